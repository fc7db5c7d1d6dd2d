"""What leaves the installation: webhooks and e-mails, tried until they are taken.

A delivery is claimed in one transaction, sent outside of any, and settled in another: it may be sent twice when a
worker dies in between, with the same key for the receiver to recognise it by.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import smtplib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from banyan.automation.choices import DeliveryKind, DeliveryState, RunState, StepState
from banyan.automation.engine.telling import tell_of_failure
from banyan.automation.engine.waking import WORK, wake
from banyan.automation.models import AutomationRule, Delivery, Run, RunStep
from banyan.automation.rules.timing import deliver_after
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.outgoing import Request, fetch
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.privacy.public import may_contact, person_kinds

logger = logging.getLogger(__name__)
#: Whoever has claimed a delivery has so long to send it before somebody else does.
LEASE = timedelta(minutes=2)
AT_ONCE = 10
LONGEST_ANSWER = 2_000
#: Answers after which trying again is of no use.
GONE = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


@dataclass(frozen=True)
class Result:
    """How an attempt ended; ``is_final`` says that another one would end the same."""

    is_done: bool
    text: str
    is_final: bool = False
    answer: dict[str, Any] | None = None


def deliver_due(organization_id: uuid.UUID) -> int:
    """Send what is due, and return how many attempts that were."""
    with organization_scope(organization_id):
        organization = Organization.objects.get(pk=organization_id)
        due = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=now()).order_by("due_at")
        claimed = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
        for delivery in claimed:
            delivery.attempts += 1
            delivery.due_at = now() + LEASE
            delivery.save(update_fields=["attempts", "due_at"])
        secrets = {
            rule.pk: rule.signing_secret
            for rule in AutomationRule.objects.filter(
                pk__in=Run.objects.filter(pk__in=[d.run_id for d in claimed]).values("rule_id")
            )
        }
        rules = dict(Run.objects.filter(pk__in=[d.run_id for d in claimed]).values_list("pk", "rule_id"))
    with translation.override(organization.language):
        for delivery in claimed:
            if delivery.kind == DeliveryKind.EMAIL:
                result = _send_email(organization_id, delivery)
            else:
                result = _call(delivery, secrets.get(rules.get(delivery.run_id), ""))  # type: ignore[arg-type]
            with organization_scope(organization_id):
                settle(delivery.pk, result)
    return len(claimed)


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return the header by which a receiver proves where a call comes from and when it was made."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _call(delivery: Delivery, secret: str) -> Result:
    body = orjson.dumps(delivery.request["body"])
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Banyan-CRM",
        "Idempotency-Key": delivery.key,
        "Banyan-Signature": signature(secret, int(now().timestamp()), body),
    }
    try:
        request = Request(
            delivery.request["url"],
            method="POST",
            headers=headers,
            content=body,
            most_bytes=64 * 1024,
            most_redirects=0,
        )
        answer = fetch(request)
    except DomainError as problem:
        return Result(False, str(problem.message), is_final=problem.code == "address_refused")
    shown = {
        "status": answer.status,
        "text": answer.content[:LONGEST_ANSWER].decode("utf-8", "replace").replace("\x00", ""),
    }
    text = _("Answered with status %(status)d.") % {"status": answer.status}
    return Result(200 <= answer.status < 300, text, is_final=answer.status in GONE, answer=shown)


def _send_email(organization_id: uuid.UUID, delivery: Delivery) -> Result:
    request = delivery.request
    person = request.get("person")
    if person:
        with organization_scope(organization_id):
            refusal = _refusal(person, str(request.get("purpose") or ""))
        if refusal:
            return Result(True, refusal, answer={"refused": True})
    host = "banyan.invalid"
    message = EmailMessage(
        request["subject"], request["text"], None, [request["address"]],
        headers={"Message-ID": f"<{delivery.key.replace(':', '.')}@{host}>", "Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    try:
        message.send()
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        logger.warning("An e-mail of a rule could not be sent: %s", problem)
        return Result(False, _("The mail server did not take it."), is_final=isinstance(problem, ValueError))
    return Result(True, _("Handed over to the mail server."))


def _refusal(person: list[str], purpose: str) -> str:
    """Return why a person may not be written to, asked right before sending; an empty text when they may."""
    kind, pk = person_kinds.get(person[0]), parse_id(person[1])
    if kind is None or pk is None:
        return ""
    verdict = may_contact(person[0], pk, "email", purpose)
    if verdict.allowed or (not purpose and verdict.reason == "unknown_purpose"):
        return ""
    return _("Not sent: the person may not be contacted (%(reason)s).") % {"reason": verdict.reason}


def settle(delivery_id: uuid.UUID, result: Result) -> None:
    """Write down how an attempt ended, and let the run go on, wait for the next attempt, or fail."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    run = Run.objects.select_for_update().get(pk=delivery.run_id)
    if delivery.state != DeliveryState.WAITING:
        return
    delivery.answer = {**(result.answer or {}), "message": result.text}
    wait = None if result.is_done or result.is_final else deliver_after(delivery.attempts)
    if result.is_done:
        delivery.state, delivery.ended_at = DeliveryState.DONE, now()
    elif wait is None:
        delivery.state, delivery.ended_at = DeliveryState.FAILED, now()
    else:
        delivery.due_at = now() + wait
    delivery.save()
    _log(run, delivery, result, tries_again=wait is not None)
    awaits = run.memory.get("awaits") or {}
    if run.state != RunState.WAITING or awaits.get("step") != delivery.step_id or wait is not None:
        return
    others = set(Delivery.objects.filter(run=run, step_id=delivery.step_id).values_list("state", flat=True))
    if DeliveryState.WAITING in others:
        return
    if DeliveryState.FAILED in others:
        run.state, run.reason, run.ended_at = RunState.FAILED, result.text, now()
        run.save(update_fields=["state", "reason", "ended_at"])
        tell_of_failure(AutomationRule.objects.get(pk=run.rule_id), run)
        return
    run.memory.pop("awaits")
    run.position, run.state, run.due_at = awaits["following"], RunState.READY, now()
    run.save(update_fields=["memory", "position", "state", "due_at"])
    wake(run.organization_id, WORK)


def _log(run: Run, delivery: Delivery, result: Result, *, tries_again: bool) -> None:
    state = StepState.DONE if result.is_done else StepState.AGAIN if tries_again else StepState.FAILED
    RunStep.objects.create(
        organization_id=run.organization_id, run=run, step_id=delivery.step_id, kind=delivery.kind, state=state,
        text=result.text, details={"attempt": delivery.attempts, "key": delivery.key, **(result.answer or {})},
    )  # fmt: skip
