"""What is known of lots: how much there is of them, and until when they keep."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.products.public import Product
from banyan.supply.engine.ledger import refuse_while_mirrored
from banyan.supply.models import Balance, Lot, StockMove
from banyan.supply.permissions import require_stock_work

#: Nobody means a day beyond these; a slip of the keyboard would let goods keep for ever.
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
SOON = timedelta(days=30)


@dataclass(frozen=True)
class LotInStock:
    """How much of a lot there is, all places together, and until when it keeps; None where nobody has said."""

    product_id: uuid.UUID
    product: str
    unit: str
    lot: str
    on_hand: Decimal
    expires_on: date | None

    def is_expired(self, day: date) -> bool:
        """Say whether the lot keeps no longer on a day."""
        return self.expires_on is not None and self.expires_on < day

    def is_soon(self, day: date) -> bool:
        """Say whether the lot has only a month left."""
        return self.expires_on is not None and day <= self.expires_on <= day + SOON


def lots_in_stock(*, text: str = "", product_id: uuid.UUID | None = None, limit: int = 200) -> list[LotInStock]:
    """Return the lots of which something is there, those that expire first before others."""
    rows = Balance.objects.filter(on_hand__gt=0).exclude(lot="")
    if text:
        rows = rows.filter(lot__istartswith=text) | rows.filter(product__name__icontains=text)
    if product_id:
        rows = rows.filter(product=product_id)
    sums = rows.values_list("product_id", "product__name", "product__unit", "lot").annotate(Sum("on_hand")).order_by()
    found = list(sums)
    days = {
        (product, code): day
        for product, code, day in Lot.objects.filter(product__in={row[0] for row in found}).values_list(
            "product_id", "code", "expires_on"
        )
    }
    lots = [
        LotInStock(product, name, unit, lot, on_hand, days.get((product, lot)))
        for product, name, unit, lot, on_hand in found
    ]
    return sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.product, lot.lot))[:limit]


@dataclass(frozen=True)
class Expiry:
    """Until when a lot of a product keeps; None takes back what was said."""

    product_id: uuid.UUID
    lot: str
    expires_on: date | None


@transaction.atomic
def set_expiries(actor: Actor, given: Sequence[Expiry]) -> None:
    """Say until when lots keep: from then on the ones that expire first are taken first.

    Raises ``Missing`` for a product or a lot that never was, ``Invalid`` for a day that nobody means.
    """
    require_stock_work(actor)
    if actor.channel is not Channel.API:
        refuse_while_mirrored(actor)
    for position, entry in enumerate(given):
        check_expiry(entry.expires_on, f"lots.{position}.expires_on")
        moves = StockMove.objects.filter(product=entry.product_id, lot=entry.lot)
        is_there = Product.objects.filter(pk=entry.product_id, deleted_at__isnull=True).exists() and entry.lot
        if not is_there or not moves.exists():
            raise Missing("not_found", _("There is no lot “%(lot)s” of this product.") % {"lot": entry.lot[:60]})
        remember_expiry(actor, entry.product_id, entry.lot, entry.expires_on)


def check_expiry(day: date | None, field: str) -> None:
    """Raise ``Invalid`` for a day on which nothing expires."""
    if day is not None and not EARLIEST <= day <= LATEST:
        raise Invalid([FieldError(field, "out_of_range", _("Give a day between 2000 and 2199."))])


def remember_expiry(actor: Actor, product_id: uuid.UUID, lot: str, day: date | None) -> None:
    """Keep until when a lot keeps; the caller has asked for the right and looked at the day."""
    values: dict[str, Any] = {"expires_on": day}
    Lot.objects.update_or_create(
        organization_id=actor.organization_id, product_id=product_id, code=lot.strip(), defaults=values
    )


def expires_of(product_id: uuid.UUID, lot: str) -> date | None:
    """Return until when a lot keeps, as far as anybody has said."""
    return Lot.objects.filter(product=product_id, code=lot).values_list("expires_on", flat=True).first()
