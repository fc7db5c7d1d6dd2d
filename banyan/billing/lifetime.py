"""What money says of a customer in full: what was paid in all, what is open, and whether bills are paid in time."""

from __future__ import annotations

import uuid
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.billing.choices import PaymentKind, PaymentState
from banyan.billing.services.ageing import open_items
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.web.amounts import amounts_text
from banyan.core.web.menu import may
from banyan.customers.public import Figure, HealthReason
from banyan.money.rules import ZERO

#: From so many days overdue on a debt weighs heavier.
LONG_OVERDUE = 60


def figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return what a customer has paid in all; nothing without the right to see payments."""
    spec = specs_on(actor.organization)["payment"]
    if not may(actor, spec, Action.VIEW) or "amount" not in open_fields(actor, spec):
        return []
    rows = restrict(live_rows(actor, spec), actor, spec).filter(
        customer=customer_id, kind=PaymentKind.RECEIPT, state=PaymentState.CONFIRMED
    )
    found = list(rows.order_by().values("currency").annotate(number=Count("*"), total=Sum("amount")))
    number = sum(row["number"] for row in found)
    if not number:
        return []
    sums = {row["currency"] or actor.currency: row["total"] for row in found}
    hint = ngettext("%(count)d payment", "%(count)d payments", number) % {"count": number}
    query = urlencode({"customer": customer_id, "display": "table"})
    return [Figure(_("Paid in all"), amounts_text(actor, sums), f"/{spec.plural}?{query}", hint)]


def health(actor: Actor, customer_id: uuid.UUID) -> list[HealthReason]:
    """Return what overdue bills say of a customer's health; paying in time is a good sign."""
    specs = specs_on(actor.organization)
    if not may(actor, specs["order"], Action.VIEW) or "amount" not in open_fields(actor, specs["order"]):
        return []
    day = today(actor.time_zone)
    items = open_items(actor, customer_id=customer_id)
    late = [item for item in items if item.days(day) > 0]
    url = f"/receivables?{urlencode({'customer': customer_id})}"
    if not late:
        return [HealthReason(5, _("Everything that is due has been paid."), url)] if figures(actor, customer_id) else []
    sums: dict[str, Decimal] = {}
    for item in late:
        sums[item.currency] = sums.get(item.currency, ZERO) + item.amount
    days = max(item.days(day) for item in late)
    text = ngettext(
        "%(amount)s is overdue, for up to %(count)d day.", "%(amount)s is overdue, for up to %(count)d days.", days
    )
    points = -25 if days > LONG_OVERDUE else -10
    return [HealthReason(points, text % {"amount": amounts_text(actor, sums), "count": days}, url)]
