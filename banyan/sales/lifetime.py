"""What opportunities say of a customer in full: how many were won, and signs of health."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.web.menu import may
from banyan.customers.public import Figure, HealthReason
from banyan.sales.choices import Outcome
from banyan.sales.queries import open_value

OPPORTUNITY = "opportunity"


def figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return how many of a customer's decided opportunities were won."""
    spec = spec_for(actor.organization, OPPORTUNITY)
    if not may(actor, spec, Action.VIEW):
        return []
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id).exclude(outcome=Outcome.OPEN)
    counts = dict(rows.values_list("outcome").annotate(number=Count("*")).order_by())
    decided = sum(counts.values())
    if not decided:
        return []
    query = urlencode({"customer": customer_id, "outcome__in": f"{Outcome.WON},{Outcome.LOST}", "display": "table"})
    text = _("%(won)d of %(all)d") % {"won": counts.get(Outcome.WON, 0), "all": decided}
    return [Figure(_("Opportunities won"), text, f"/{spec.plural}?{query}")]


def health(actor: Actor, customer_id: uuid.UUID) -> list[HealthReason]:
    """Return what a customer's opportunities say of its health: something is open, or the latest were lost."""
    spec = spec_for(actor.organization, OPPORTUNITY)
    if not may(actor, spec, Action.VIEW):
        return []
    url = f"/{spec.plural}?{urlencode({'customer': customer_id, 'display': 'table'})}"
    value = open_value(actor, customer_id)
    if value.count:
        text = ngettext("%(count)d opportunity is open.", "%(count)d opportunities are open.", value.count)
        return [HealthReason(10, text % {"count": value.count}, url)]
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id)
    latest = list(rows.order_by("-closed_on", "-pk").values_list("outcome", flat=True)[:2])
    if latest == [Outcome.LOST, Outcome.LOST]:
        return [HealthReason(-10, _("The last two opportunities were lost, and none is open."), url)]
    return []
