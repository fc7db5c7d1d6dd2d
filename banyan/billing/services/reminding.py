"""Reminders of what is due: to the owner and, where wished, to the customer by e-mail; each stage once, all of it logged."""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.billing.choices import OPEN_PLANS, PlanStatus, Stage
from banyan.billing.models import BillingSettings, CustomerTerms, PaymentPlan, Reminder
from banyan.billing.queries import settings_of
from banyan.billing.rules import stage_of
from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.events import publish
from banyan.core.kernel.languages import written_day
from banyan.documents.public import money_text
from banyan.orders.public import CLOSED_STATUSES
from banyan.privacy.public import may_contact

STAGES = (Stage.BEFORE, Stage.DUE, Stage.FIRST, Stage.SECOND, Stage.THIRD)
MOST_A_RUN = 2_000
#: Whoever is no person of the register of consents, such as a company, is asked nothing.
NO_PERSON = {"unknown_purpose", "unknown_person"}
DUE_SOON = gettext_noop("%(customer)s: %(amount)s of %(order)s is due on %(day)s.")
IS_OVERDUE = gettext_noop("%(customer)s: %(amount)s of %(order)s is overdue since %(day)s.")


def due_reminders(actor: Actor, day: date) -> list[uuid.UUID]:
    """Write down the reminders that instalments have reached, tell owners, and return those to be sent by e-mail.

    A promise to pay by a later day keeps reminders away until then. Each stage of an instalment is reached once.
    """
    own = settings_of(actor.organization)
    rows = (
        PaymentPlan.objects.filter(
            organization_id=actor.organization_id, deleted_at__isnull=True, status__in=OPEN_PLANS, due_on__isnull=False,
            is_void=False, has_no_reminders=False, paid_amount__lt=F("amount"), order__status__in=CLOSED_STATUSES,
        )
        .exclude(promised_on__gte=day)
        .exclude(status=PlanStatus.INACTIVE)
        .select_related("order", "customer")
        .order_by("due_on", "id")
    )  # fmt: skip
    stopped = set(CustomerTerms.objects.filter(has_no_reminders=True).values_list("customer_id", flat=True))
    steps = (own.first_days, own.second_days, own.third_days)
    made: list[Reminder] = []
    told = set(Reminder.objects.filter(plan__in=rows).values_list("plan_id", "stage"))
    for plan in rows.iterator(chunk_size=500):
        stage = stage_of(plan.due_on or day, day, before=plan.remind_days, steps=steps)
        if stage is None or plan.customer_id in stopped or (plan.pk, STAGES[stage].value) in told:
            continue
        made.append(_reminder(actor, own, plan, STAGES[stage]))
        if len(made) >= MOST_A_RUN:
            break
    Reminder.objects.bulk_create(made, ignore_conflicts=True)
    kept = set(Reminder.objects.filter(pk__in=[row.pk for row in made]).values_list("pk", flat=True))
    for row in made:
        if row.pk in kept and row.told_owner:
            _tell_owner(actor, row.plan, row.stage)
    return [row.pk for row in made if row.pk in kept and row.recipient]


def _reminder(actor: Actor, own: BillingSettings, plan: PaymentPlan, stage: Stage) -> Reminder:
    recipient = _address(plan) if own.reminds_customer else ""
    language = plan.customer.language or actor.organization.language
    subject, body = _message(actor, plan, stage, language) if recipient else ("", "")
    return Reminder(
        organization_id=actor.organization_id, plan=plan, stage=stage, told_owner=own.reminds_owner,
        recipient=recipient, language=language, subject=subject, body=body,
    )  # fmt: skip


def _address(plan: PaymentPlan) -> str:
    terms = CustomerTerms.objects.filter(customer_id=plan.customer_id).first()
    if terms is not None and terms.email:
        return terms.email
    contact = plan.order.contact
    return str((contact.email if contact is not None else "") or plan.customer.email or "")


def _message(actor: Actor, plan: PaymentPlan, stage: Stage, language: str) -> tuple[str, str]:
    with translation.override(language):
        context: dict[str, Any] = {
            "seller": actor.organization.name,
            "customer": plan.customer.name,
            "order": plan.order.number,
            "instalment": plan.name,
            "amount": money_text(plan.amount - plan.paid_amount, plan.currency),
            "day": written_day(plan.due_on or today(actor.time_zone), language),
            "stage": stage.value,
        }
        written = render_to_string("billing/payment_reminder.txt", context, using="jinja2")
    subject, _line, body = written.strip().partition("\n")
    return subject.strip()[:200], body.strip() + "\n"


def _tell_owner(actor: Actor, plan: PaymentPlan, stage: str) -> None:
    owner = plan.order.owner_id or plan.customer.owner_id
    if owner is None:
        return
    text = DUE_SOON if stage in {Stage.BEFORE, Stage.DUE} else IS_OVERDUE
    values = {
        "customer": plan.customer.name,
        "order": plan.order.number,
        "amount": money_text(plan.amount - plan.paid_amount, plan.currency),
        "day": (plan.due_on or today(actor.time_zone)).isoformat(),
    }
    publish(PeopleToTell(actor.organization_id, (owner,), text, f"/orders/{plan.order_id}", values))


def send_reminder(reminder_id: uuid.UUID) -> None:
    """Hand a reminder over to the mail server, unless the person may not be written to or it was paid meanwhile."""
    row = (
        Reminder.objects.select_for_update(of=("self",))
        .select_related("plan__order", "plan__customer")
        .get(pk=reminder_id)
    )
    if row.sent_at is not None or row.problem:
        return
    contact = row.plan.order.contact
    about = ("contact", contact.pk) if contact is not None else ("customer", row.plan.customer_id)
    verdict = may_contact(about[0], about[1], "email", "contract")
    if row.plan.paid_amount >= row.plan.amount or row.plan.has_no_reminders:
        row.problem = _("Not sent: it was paid, or reminders were stopped.")
    elif not verdict.allowed and verdict.reason not in NO_PERSON:
        row.problem = _("Not sent: the person may not be contacted (%(reason)s).") % {"reason": verdict.reason}
    else:
        message = EmailMessage(
            row.subject, row.body, None, [row.recipient],
            headers={"Message-ID": f"<payment-reminder.{row.pk}@banyan.invalid>", "Auto-Submitted": "auto-generated"},
        )  # fmt: skip
        try:
            message.send()
        except (OSError, smtplib.SMTPException, ValueError):
            row.problem = _("The mail server did not take it.")
        else:
            row.sent_at = now()
    row.save(update_fields=["sent_at", "problem"])


def reminders_of(plan_ids: Sequence[uuid.UUID]) -> list[Reminder]:
    """Return what was reminded of instalments, newest first."""
    return list(Reminder.objects.filter(plan__in=plan_ids))
