"""What of an order was delivered: quantities of its lines, and the status that follows from them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.kernel.text.cleaning import clean_line
from banyan.core.objects.kinds import Number, Unacceptable
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.changelog import notify_live, tell_figures
from banyan.core.records.drafts import reading_for
from banyan.orders.choices import RUNNING_STATUSES, OrderStatus
from banyan.orders.conditions import written
from banyan.orders.events import OrderDelivered
from banyan.orders.models import NotedDelivery, Order, OrderLine
from banyan.orders.references import LINE, ORDER, delivery_modules, step
from banyan.orders.rules import NOT_DELIVERED, WHOLLY, Quantities, delivery_state
from banyan.orders.services.steps import locked_order

QUANTITY = Number(digits=14, decimals=3)


@transaction.atomic
def record_delivered(actor: Actor, quantities: Mapping[uuid.UUID, Decimal]) -> None:
    """Add what was delivered to lines of confirmed orders; negative quantities take a mistake back.

    Whoever calls it has asked for rights. Orders and lines are locked in the order of their keys, so that two
    deliveries at once come one after the other and never exceed what was ordered. Raises ``Conflict`` for orders that
    are not running, ``Invalid`` with errors as ``lines.<id>.quantity``; then nothing is noted.
    """
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    if not wanted:
        return
    order_ids = set(OrderLine.objects.filter(pk__in=wanted).values_list("order_id", flat=True))
    orders = list(Order.objects.select_for_update(no_key=True).filter(pk__in=order_ids).order_by("pk"))
    lines = list(
        OrderLine.objects.select_for_update(no_key=True).filter(pk__in=wanted, deleted_at__isnull=True).order_by("pk")
    )
    for order in orders:
        if order.status not in RUNNING_STATUSES or order.deleted_at is not None:
            message = _("%(number)s takes no deliveries: it is “%(status)s”.")
            values = {"number": order.number, "status": order.get_status_display()}
            raise Conflict("not_running", message % values, record_id=order.pk)
    _judge(lines, wanted)
    figures = []
    for line in lines:
        before, line.delivered_quantity = line.delivered_quantity, line.delivered_quantity + wanted[line.pk]
        figures.append((line.pk, before, line.delivered_quantity))
    OrderLine.objects.bulk_update(lines, ["delivered_quantity"])
    tell_figures(actor.organization_id, LINE, ("delivered_quantity",), figures)
    follow_deliveries(actor, [order.pk for order in orders])
    publish(OrderDelivered(actor.organization_id, tuple(order.pk for order in orders), dict(wanted), actor.user_id))


def follow_deliveries(actor: Actor, order_ids: Sequence[uuid.UUID]) -> None:
    """Let the status of running orders follow from their lines."""
    orders = Order.objects.filter(pk__in=list(order_ids), status__in=RUNNING_STATUSES, deleted_at__isnull=True)
    lines: dict[uuid.UUID, list[Quantities]] = {}
    rows = OrderLine.objects.filter(order__in=list(order_ids), deleted_at__isnull=True)
    for order_id, *numbers in rows.values_list("order_id", "quantity", "delivered_quantity", "returned_quantity"):
        lines.setdefault(order_id, []).append(Quantities(*numbers))
    moving: dict[str, list[uuid.UUID]] = {}
    for pk, status in orders.values_list("pk", "status"):
        state = delivery_state(lines.get(pk, ()))
        new = {NOT_DELIVERED: OrderStatus.CONFIRMED, WHOLLY: OrderStatus.DELIVERED}.get(
            state, OrderStatus.PARTLY_DELIVERED
        )
        if new != status:
            moving.setdefault(new.value, []).append(pk)
    spec = spec_for(actor.organization, ORDER)
    system = system_actor(actor.organization)
    for status, ids in moving.items():
        door.update_many(system, spec, {pk: {} for pk in sorted(ids)}, context=step(actor, status=status))
    still = set(order_ids) - {pk for ids in moving.values() for pk in ids}
    if still:
        told = {"object": ORDER, "plural": spec.plural, "action": "update", "ids": [str(pk) for pk in sorted(still)]}
        notify_live(actor.organization_id, told)


@transaction.atomic
def note_delivery(
    actor: Actor,
    order_id: uuid.UUID,
    quantities: Mapping[str, Any],
    *,
    delivered_on: date | None = None,
    note: str = "",
) -> NotedDelivery:
    """Note a delivery by hand: quantities, as people write them, by the ids of lines.

    Raises ``Conflict`` where another module notes deliveries, ``Invalid`` for quantities that are none, negative, or
    more than what is open.
    """
    keeper = delivery_keeper(actor)
    if keeper:
        raise Conflict("noted_elsewhere", _("Deliveries are noted in “%(module)s”.") % {"module": keeper})
    order = locked_order(actor, order_id)
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order, deleted_at__isnull=True)}
    found = _read(actor, lines, quantities)
    if not found:
        raise Invalid([FieldError("", "nothing", _("Say how much of which line was delivered."))])
    day = delivered_on or today(actor.time_zone)
    if day > today(actor.time_zone):
        raise Invalid([FieldError("delivered_on", "in_future", _("The day of the delivery lies in the future."))])
    record_delivered(actor, found)
    return NotedDelivery.objects.create(
        organization_id=actor.organization_id,
        order=order,
        delivered_on=day,
        note=clean_line(note)[:200],
        by=actor.user,
        lines=[
            {"id": str(pk), "name": lines[pk].name, "quantity": written(quantity)} for pk, quantity in found.items()
        ],
    )


def delivery_keeper(actor: Actor) -> str:
    """Return what the module is called that notes deliveries; an empty text when people do by hand."""
    return next((str(keeper.label) for keeper in delivery_modules if keeper.is_at_work(actor.organization)), "")


def _judge(lines: Sequence[OrderLine], wanted: Mapping[uuid.UUID, Decimal]) -> None:
    errors = [
        FieldError(f"lines.{pk}.quantity", "unknown_record", _("This line does not exist any more."))
        for pk in sorted(set(wanted) - {line.pk for line in lines})
    ]
    for line in lines:
        quantity, after = wanted[line.pk], line.delivered_quantity + wanted[line.pk]
        if after > line.quantity:
            message = _("“%(line)s”: %(quantity)s are more than the %(open)s that are still open.")
            values = {
                "line": line.name,
                "quantity": written(quantity),
                "open": written(line.quantity - line.delivered_quantity),
            }
            errors.append(FieldError(f"lines.{line.pk}.quantity", "too_much", message % values))
        elif after < line.returned_quantity:
            message = _("“%(line)s”: %(returned)s came back already, so at least these were delivered.")
            values = {"line": line.name, "returned": written(line.returned_quantity)}
            errors.append(FieldError(f"lines.{line.pk}.quantity", "too_little", message % values))
    if errors:
        raise Invalid(errors)


def _read(
    actor: Actor, lines: Mapping[uuid.UUID, OrderLine], quantities: Mapping[str, Any]
) -> dict[uuid.UUID, Decimal]:
    by_text = {str(pk): pk for pk in lines}
    found, errors = {}, []
    for key, value in quantities.items():
        pk = by_text.get(str(key))
        if pk is None:
            errors.append(
                FieldError(
                    f"lines.{str(key)[:40]}.quantity", "unknown_record", _("This line does not belong to the order.")
                )
            )
            continue
        try:
            quantity = QUANTITY.parse(value, reading_for(actor))
        except Unacceptable as problem:
            errors.append(FieldError(f"lines.{pk}.quantity", problem.code, problem.message))
            continue
        if quantity is not None and quantity < 0:
            errors.append(FieldError(f"lines.{pk}.quantity", "negative", _("The quantity cannot be negative.")))
        elif quantity:
            found[pk] = quantity
    if errors:
        raise Invalid(errors)
    return found
