"""Counting what really lies in a warehouse, and booking the difference."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.ids import new_id
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.sequences import take_numbers
from banyan.products.public import Product
from banyan.supply.choices import CountStatus, MoveKind
from banyan.supply.engine.ledger import move_stock, refuse_while_mirrored
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.models import Balance, Place, StockCount, StockCountLine
from banyan.supply.permissions import require_stock_work
from banyan.supply.rules import MOST, PLACES, ZERO
from banyan.supply.services.stock import find_warehouse, first_place

MOST_LINES = 2_000


@transaction.atomic
def begin_count(actor: Actor, warehouse_id: uuid.UUID, *, place_id: uuid.UUID | None = None) -> StockCount:
    """Begin to count a warehouse, or one of its places: the list holds whatever should lie there."""
    require_stock_work(actor)
    refuse_while_mirrored(actor)
    warehouse = find_warehouse(warehouse_id)
    number = f"ST-{take_numbers(actor.organization_id, 'stock_count', 1):05d}"
    count = StockCount.objects.create(
        organization_id=actor.organization_id, number=number, warehouse=warehouse, begun_by=actor.user
    )
    there = Balance.objects.filter(place__warehouse=warehouse, on_hand__gt=0)
    if place_id is not None:
        there = there.filter(place=place_id)
    spots = there.order_by("place__position", "place__code", "product__name", "lot", "serial")
    rows = [
        {
            "id": new_id(), "organization_id": actor.organization_id, "count_id": count.pk, "product_id": row.product_id,
            "place_id": row.place_id, "lot": row.lot, "serial": row.serial, "expected": row.on_hand,
        }
        for row in spots[:MOST_LINES]
    ]  # fmt: skip
    insert_rows(StockCountLine, rows)
    return count


def lock_count(actor: Actor, count_id: uuid.UUID) -> StockCount:
    """Lock a count that is open; raise ``Missing`` or ``Conflict``."""
    require_stock_work(actor)
    count = StockCount.objects.select_for_update().filter(pk=count_id).first()
    if count is None:
        raise Missing("not_found", _("There is no such count."))
    if count.status != CountStatus.OPEN:
        raise Conflict("finished", _("This count is finished. Begin another one."))
    return count


@transaction.atomic
def note_counts(actor: Actor, count_id: uuid.UUID, counted: Mapping[uuid.UUID, Decimal | None]) -> None:
    """Keep what was counted, line by line; what should lie there is looked up at that moment."""
    count = lock_count(actor, count_id)
    lines = {line.pk: line for line in StockCountLine.objects.filter(count=count, pk__in=counted)}
    errors = []
    for line_id, quantity in counted.items():
        if line_id not in lines:
            errors.append(FieldError("lines", "unknown_record", _("This line does not belong to the count.")))
        elif quantity is not None and not is_count(quantity, is_piece=bool(lines[line_id].serial)):
            errors.append(FieldError(f"counted_{line_id}", "bad_quantity", _("Give a quantity from zero up.")))
    if errors:
        raise Invalid(errors)
    there = {
        (row.product_id, row.place_id, row.lot, row.serial): row.on_hand
        for row in Balance.objects.filter(
            place__warehouse=count.warehouse_id, product__in={line.product_id for line in lines.values()}
        )
    }
    for line_id, quantity in counted.items():
        line = lines[line_id]
        if quantity != line.counted:
            expected = there.get((line.product_id, line.place_id, line.lot, line.serial), ZERO)
            StockCountLine.objects.filter(pk=line_id).update(counted=quantity, expected=expected)


def is_count(quantity: Decimal, *, is_piece: bool) -> bool:
    """Say whether a quantity can have been counted: none or more, and of a serial number at most one."""
    if not quantity.is_finite() or not 0 <= quantity <= MOST or quantity != quantity.quantize(PLACES):
        return False
    return quantity in {0, 1} if is_piece else True


@dataclass(frozen=True)
class Found:
    """What was found of which the list knew nothing; without a place it lies at the first one."""

    product_id: uuid.UUID
    quantity: Decimal
    place_id: uuid.UUID | None = None
    lot: str = ""
    serial: str = ""


@transaction.atomic
def add_found(actor: Actor, count_id: uuid.UUID, found: Found) -> None:
    """Keep that something was found of which the list knows nothing."""
    count = lock_count(actor, count_id)
    if not Product.objects.filter(pk=found.product_id, deleted_at__isnull=True).exists():
        raise Invalid([FieldError("product", "unknown_record", _("Choose a product."))])
    place = (
        Place.objects.filter(pk=found.place_id, warehouse=count.warehouse_id).first()
        if found.place_id
        else first_place(count.warehouse_id)
    )
    if place is None:
        raise Invalid([FieldError("place", "unknown_record", _("There is no such place in your warehouses."))])
    if not is_count(found.quantity, is_piece=bool(found.serial)):
        raise Invalid([FieldError("quantity", "bad_quantity", _("Give a quantity from zero up."))])
    there = Balance.objects.filter(product=found.product_id, place=place, lot=found.lot, serial=found.serial).first()
    StockCountLine.objects.update_or_create(
        organization_id=actor.organization_id, count=count, product_id=found.product_id, place=place, lot=found.lot, serial=found.serial,
        defaults={"counted": found.quantity, "expected": there.on_hand if there else ZERO},
    )  # fmt: skip


@transaction.atomic
def post_count(actor: Actor, count_id: uuid.UUID) -> int:
    """Book the differences of what was counted, and return how many there were; lines nobody counted stay as they are.

    Raises ``Conflict`` when less is there than is reserved for orders: which order goes without is for people to say.
    """
    count = lock_count(actor, count_id)
    lines = list(StockCountLine.objects.filter(count=count, counted__isnull=False))
    if not lines:
        raise Conflict("nothing_counted", _("Nothing has been counted yet: fill in what lies there."))
    lock_products(actor.organization_id, {line.product_id for line in lines}, adds=True)
    moves = []
    for line in lines:
        difference = (line.counted or ZERO) - line.expected
        if not difference:
            continue
        moves.append(
            Move(
                line.product_id, abs(difference), MoveKind.COUNT,
                from_place=line.place_id if difference < 0 else None,
                to_place=line.place_id if difference > 0 else None,
                lot=line.lot, serial=line.serial, document=f"stock_count:{count.pk}", line_id=line.pk,
                note=count.number,
            )
        )  # fmt: skip
    move_stock(actor, moves)
    StockCount.objects.filter(pk=count.pk).update(status=CountStatus.POSTED, posted_at=now())
    return len(moves)


@transaction.atomic
def drop_count(actor: Actor, count_id: uuid.UUID) -> None:
    """Give up a count without booking anything."""
    count = lock_count(actor, count_id)
    StockCount.objects.filter(pk=count.pk).update(status=CountStatus.DROPPED)
