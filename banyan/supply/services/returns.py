"""Goods that come back from customers: into stock, or held back until somebody has looked at them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.supply.choices import DeliveryStatus, MoveKind
from banyan.supply.engine.ledger import move_stock, refuse_while_mirrored
from banyan.supply.engine.moves import Move
from banyan.supply.models import Delivery, DeliveryPick, SerialNumber, StockMove
from banyan.supply.permissions import require_stock_work
from banyan.supply.queries import lines_of_delivery
from banyan.supply.rules import ZERO, is_quantity, plain
from banyan.supply.services.deliveries import DELIVERY, lock_delivery
from banyan.supply.services.stock import first_place


@dataclass(frozen=True)
class Returned:
    """What comes back of a line of a delivery; a lot where the product has lots, a serial number where it has those."""

    line_id: uuid.UUID
    quantity: Decimal
    lot: str = ""
    serial: str = ""


def returned_of(delivery_id: uuid.UUID) -> dict[uuid.UUID, Decimal]:
    """Return what has come back already, by line of the delivery."""
    rows = StockMove.objects.filter(document=f"{DELIVERY}:{delivery_id}", kind=MoveKind.RETURN, line_id__isnull=False)
    return dict(rows.values_list("line_id").annotate(Sum("quantity")).order_by())


@transaction.atomic
def take_back(
    actor: Actor, delivery_id: uuid.UUID, returned: Sequence[Returned], *, is_held: bool = True, note: str = ""
) -> Delivery:
    """Book goods of a delivery back: held back (quarantine) unless they may be sold at once.

    Raises ``Invalid`` for more than was sent, or for a serial number that was not part of it.
    """
    require_stock_work(actor)
    refuse_while_mirrored(actor)
    delivery = lock_delivery(actor, delivery_id, DeliveryStatus.SHIPPED, DeliveryStatus.DELIVERED)
    if not returned:
        raise Conflict("nothing_returned", _("Say what comes back: nothing is filled in."))
    if delivery.warehouse_id is None:
        message = _("The supplier sent these goods. Book them into a warehouse by hand if they come to you.")
        raise Conflict("sent_by_supplier", message)
    lines = {line.pk: line for line in lines_of_delivery(delivery_id)}
    before = returned_of(delivery_id)
    totals: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    picks = DeliveryPick.objects.filter(line__in=lines)
    sent = {(pick.line_id, pick.lot, pick.serial) for pick in picks}
    place = first_place(delivery.warehouse_id, is_held=is_held)
    errors, moves = [], []
    for entry in returned:
        line = lines.get(entry.line_id)
        if line is None or line.product_id is None or not is_quantity(entry.quantity):
            errors.append(FieldError("lines", "bad_quantity", _("Give the quantity that comes back, above zero.")))
            continue
        where, named = f"line_{line.pk}", {"name": line.name, "serial": entry.serial}
        totals[line.pk] += entry.quantity
        most = line.quantity - before.get(line.pk, ZERO)
        if totals[line.pk] > most:
            message = _("%(name)s: at most %(most)s can come back.")
            errors.append(FieldError(where, "too_much", message % {**named, "most": plain(most) if most else "0"}))
        if entry.serial and (line.pk, entry.lot, entry.serial) not in sent:
            message = _("%(name)s: serial number %(serial)s was not part of this delivery.")
            errors.append(FieldError(where, "not_sent", message % named))
        moves.append(
            Move(
                line.product_id, entry.quantity, MoveKind.RETURN, to_place=place.pk, lot=entry.lot, serial=entry.serial,
                document=f"{DELIVERY}:{delivery_id}", line_id=line.pk, note=note,
            )
        )  # fmt: skip
    if errors:
        raise Invalid(errors)
    move_stock(actor, moves)
    return delivery


def lots_sent(delivery_id: uuid.UUID) -> dict[uuid.UUID, list[DeliveryPick]]:
    """Return from which lots and with which serial numbers each line of a delivery was sent."""
    found: dict[uuid.UUID, list[DeliveryPick]] = defaultdict(list)
    for pick in DeliveryPick.objects.filter(line__delivery=delivery_id).order_by("id"):
        found[pick.line_id].append(pick)
    return found


def serial_facts(product_id: uuid.UUID | None, code: str) -> list[SerialNumber]:
    """Return the pieces with a serial number, of one product or of all, for service and search."""
    rows = SerialNumber.objects.filter(code=code.strip()).select_related("product", "customer", "place__warehouse")
    return list(rows.filter(product=product_id) if product_id else rows)
