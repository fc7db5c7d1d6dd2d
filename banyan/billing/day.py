"""My day of those who keep the accounts: what is to be issued, confirmed and called in; whoever sells has other things to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability, Action
from banyan.core.web.day import DayList

TO_ISSUE = DayList(
    "invoices-to-issue",
    _("Invoices to issue"),
    "invoice",
    {"field": "state", "op": "in", "value": ["requested", "approved"]},
    sort="requested_on",
    shows=("customer", "state", "amount"),
    meta="requested_on",
    empty=_("No invoice waits. What colleagues request appears here."),
    live=("invoices",),
    limit=8,
)
TO_CONFIRM = DayList(
    "payments-to-confirm",
    _("Payments to confirm"),
    "payment",
    {"field": "state", "op": "eq", "value": "waiting"},
    sort="paid_on",
    shows=("customer", "amount"),
    meta="paid_on",
    live=("payments",),
)
OVERDUE = DayList(
    "instalments-overdue",
    _("Overdue instalments"),
    "payment_plan",
    {"field": "status", "op": "eq", "value": "overdue"},
    sort="due_on",
    shows=("customer", "amount"),
    meta="due_on",
    empty=_("Nothing is overdue."),
    live=("payment-plans", "payments"),
    limit=8,
)


def _keeps_accounts(actor: Actor) -> bool:
    return actor.has(Ability.KEEP_ACCOUNTS) and not actor.may("opportunity", Action.CREATE)


def to_issue(actor: Actor) -> Markup | None:
    """Return the invoices that wait to be approved or issued."""
    return TO_ISSUE.render(actor) if _keeps_accounts(actor) else None


def to_confirm(actor: Actor) -> Markup | None:
    """Return the receipts that count only once somebody confirms them."""
    return TO_CONFIRM.render(actor) if _keeps_accounts(actor) else None


def overdue(actor: Actor) -> Markup | None:
    """Return the instalments that should have been paid."""
    return OVERDUE.render(actor) if _keeps_accounts(actor) else None
