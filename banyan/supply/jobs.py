"""Background work of the supply chain: promises that time itself changes."""

from __future__ import annotations

import uuid

from django.db.models import F
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, DEFAULT, defer, job, periodic
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.supply.choices import STOCK
from banyan.supply.engine.allocation import allocate_waiting
from banyan.supply.engine.locking import lock_products
from banyan.supply.models import Demand

AT_ONCE = 200


@periodic("40 17 * * *", name="supply.promises_at_night", queue=BULK)
def promises_at_night(actor: Actor) -> None:
    """Queue what is late by now: goods that did not come move the promises that rest on them. In the small hours in China."""
    if module_is_on(actor.organization, STOCK):
        waiting = Demand.objects.filter(quantity__gt=F("reserved") + F("delivered") + F("direct"))
        products = sorted(set(waiting.values_list("product_id", flat=True)), key=str)
        for start in range(0, len(products), AT_ONCE):
            ids = [str(pk) for pk in products[start : start + AT_ONCE]]
            defer(reckon_promises, actor, lock=f"supply.promises:{actor.organization_id}", product_ids=ids)


@job("supply.promises", label=gettext_lazy("Delivery promises are worked out anew"), queue=DEFAULT, attempts=3)
def reckon_promises(actor: Actor, *, product_ids: list[str]) -> None:
    """Share out what is free, and reckon promises anew, for some products."""
    organization = Organization.objects.get(pk=actor.organization_id)
    ids = list(lock_products(organization.pk, [uuid.UUID(pk) for pk in product_ids]))
    allocate_waiting(organization, ids)
