"""Deciding from an e-mail: the message, the page that its link opens, and what happens there."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.deputies import deputies_on
from banyan.core.access.standing import actor_for
from banyan.core.approvals.choices import SeatState, StepState
from banyan.core.approvals.deciding import decide
from banyan.core.approvals.events import ApproversAsked
from banyan.core.approvals.mail_links import find_link, make_link, may_decide_unsigned, use_link
from banyan.core.approvals.models import Approval, MailLink, Seat
from banyan.core.identity.models import User
from banyan.core.identity.secrets import read_secret
from banyan.core.identity.visitors import client_address
from banyan.core.jobs.registration import IMMEDIATE, defer, job
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Missing, NotAllowed
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.answers import part
from banyan.core.web.approvals.showing import definition_of, facts_of, step_of, url_of
from banyan.core.web.mail import base_url, reaches_people, send_message
from banyan.core.web.plain_forms import UNPROCESSABLE
from banyan.core.web.views.base import to_sign_in

MAX_COMMENT = 2_000


def ask_by_mail(event: ApproversAsked) -> None:
    """Queue messages to those whose turn has come, if the flow says so and e-mail reaches people."""
    if not reaches_people():
        return
    approval = Approval.objects.select_related("version").get(pk=event.approval_id)
    if definition_of(approval).mail:
        organization = Organization.objects.get(pk=event.organization_id)
        actor = Actor(organization=organization, user=None, channel=Channel.JOB, is_system=True)
        defer(send_questions, actor, seat_ids=[str(pk) for pk in event.seat_ids])


@job("approvals.send_questions", label=gettext_lazy("Questions of approvals are sent"), queue=IMMEDIATE, attempts=5)
def send_questions(actor: Actor, *, seat_ids: list[str]) -> None:
    """Send the links to those who still have to decide, and to their deputies."""
    wanted = [uuid.UUID(text) for text in seat_ids]
    seats = Seat.objects.select_related("run__approval__flow", "run__approval__started_by", "user").filter(
        pk__in=wanted, state=SeatState.OPEN, run__state=StepState.OPEN
    )
    for seat in seats:
        people = [seat.user_id, *deputies_on([seat.user_id], today(actor.organization.time_zone))]
        users = User.objects.select_related("account", "organization")
        for user in users.filter(pk__in=people, is_active=True, account__isnull=False):
            _send(seat, user)


def decide_by_mail(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Show what a link in an e-mail is about, and take the decision; opening the page changes nothing.

    Whoever has the link signs in first, unless the organization lets the link be enough.
    """
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "POST"])
    read = read_secret(secret)
    if read is None or not Organization.objects.filter(pk=read[0]).exists():
        return _answer(request, {"problem": _("This link is not complete. Open it from the e-mail again.")}, 404)
    organization_id, digest = read
    with organization_scope(organization_id):
        try:
            link = find_link(digest)
            actor = _actor(request, link)
        except DomainError as problem:
            return _answer(request, {"problem": str(problem.message)}, problem.status)
        if actor is None:
            return to_sign_in(request)
        with translation.override(actor.language), timezone.override(actor.time_zone):
            return _page(request, actor, link)


def _page(request: HttpRequest, actor: Actor, link: MailLink) -> HttpResponse:
    approval = link.seat.run.approval
    step = step_of(approval, link.seat)
    shown: dict[str, Any] = {
        "flow": approval.flow.name,
        "title": approval.title,
        "number": approval.number,
        "reason": approval.reason,
        "who": approval.started_by.name if approval.started_by else _("The system"),
        "person": actor.user.name if actor.user else "",
        "for": link.seat.user.name if link.seat.user_id != link.user_id else "",
        "facts": facts_of(actor, approval, brief=True),
        "signature": bool(step and step.signature),
        "comment": request.POST.get("comment", "")[:MAX_COMMENT],
        "url": url_of(approval),
    }
    if request.method != "POST":
        return _answer(request, {"mail": shown})
    agree = request.POST.get("decision") == "agree"
    if request.POST.get("decision") not in {"agree", "refuse"}:
        return _answer(request, {"mail": {**shown, "error": _("Choose whether you agree.")}}, UNPROCESSABLE)
    try:
        with transaction.atomic():
            used = find_link(link.token_hash, lock=True)
            decide(actor, approval.pk, agree=agree, comment=shown["comment"], seat_id=used.seat_id,
                   signature=request.POST.get("signature", "")[:200])  # fmt: skip
            use_link(used)
    except DomainError as problem:
        if problem.status != UNPROCESSABLE:
            return _answer(request, {"problem": str(problem.message)}, problem.status)
        return _answer(request, {"mail": {**shown, "error": str(problem.message)}}, UNPROCESSABLE)
    text = _("You agreed.") if agree else _("You refused.")
    return _answer(request, {"done": {"text": text, "title": approval.title, "url": url_of(approval)}})


def _actor(request: HttpRequest, link: MailLink) -> Actor | None:
    """Return as whom the link's holder acts; None when they have to sign in. Raises ``NotAllowed`` for somebody else."""
    signed_in: Actor | None = getattr(request, "actor", None)
    if signed_in is not None and signed_in.organization_id == link.organization_id:
        if signed_in.watched_by is not None or signed_in.user_id != link.user_id:
            message = _("This link was sent to %(name)s. You are signed in as somebody else.")
            raise NotAllowed("not_yours", message % {"name": link.user.name})
        return signed_in
    if not may_decide_unsigned(link.user.organization):
        return None
    if link.user.account is None or not link.user.account.is_active:
        raise Missing("link_over", _("This link was used already or is too old. Sign in to see what waits for you."))
    actor = actor_for(link.user)
    if not actor.may_come_from(client_address(request)):
        raise NotAllowed("network", _("From this network you may not decide. Use the company's network."))
    return actor


def _answer(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = part(request, "approvals/mail.html", {"actor": None, **context}, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _send(seat: Seat, user: User) -> None:
    approval = seat.run.approval
    language = user.language or user.organization.language
    with translation.override(language):
        flow = approval.flow.name
        facts = facts_of(actor_for(user), approval, brief=True)
    context = {
        "flow": flow,
        "title": approval.title,
        "number": approval.number,
        "who": approval.started_by.name if approval.started_by else "",
        "for": seat.user.name if seat.user_id != user.pk else "",
        "reason": approval.reason,
        "facts": facts,
        "link": f"{base_url()}/approvals/mail/{make_link(seat, user.pk)}",
    }
    send_message(user.email, "approval", language=language, context=context)
