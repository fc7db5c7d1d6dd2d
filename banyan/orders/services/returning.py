"""Returns: asked for, approved or refused, received, credited."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.changelog import tell_figures
from banyan.core.records.drafts import WriteContext, reading_for
from banyan.orders.choices import OPEN_RETURNS, ReturnStatus
from banyan.orders.conditions import written
from banyan.orders.events import ReturnReceived
from banyan.orders.models import Order, OrderLine, OrderReturn, ReturnLine
from banyan.orders.queries import return_lines_of, spoken_for
from banyan.orders.references import LINE, RETURN, crediting_modules, receives_returns, step
from banyan.orders.rules import Quantities, part_of
from banyan.orders.services.delivering import QUANTITY, follow_deliveries

MOST_LINES = 500


@transaction.atomic
def request_return(
    actor: Actor,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] | None,
    *,
    context: WriteContext | None = None,
) -> OrderReturn:
    """Write down which lines of an order shall come back, and why.

    ``values`` are the order, reason, resolution and notes; each line has ``order_line`` and ``quantity``. Without any
    (None) they are said later. Raises ``Invalid`` with errors as ``lines.<position>.<field>``: nothing comes back that
    was not delivered, or twice.
    """
    context = context or WriteContext.for_actor(actor)
    if lines is not None and not lines:
        raise Invalid([FieldError("lines", "required", _("Say how much of which line comes back."))])
    spec = spec_for(actor.organization, RETURN)
    made = door.create(actor, spec, values, context=context)
    if not isinstance(made, OrderReturn):
        raise TypeError
    if lines is None:
        return made
    _set_lines(actor, made, lines)
    return _sum_up(actor, made)


@transaction.atomic
def replace_return_lines(actor: Actor, return_id: uuid.UUID, lines: Sequence[Mapping[str, Any]]) -> OrderReturn:
    """Let a return that nobody has answered yet have exactly these lines."""
    found = _locked(actor, return_id)
    _require(found, (ReturnStatus.REQUESTED,))
    if not lines:
        raise Invalid([FieldError("lines", "required", _("Say how much of which line comes back."))])
    ReturnLine.objects.filter(order_return=found).delete()
    _set_lines(actor, found, lines)
    return _sum_up(actor, found)


@transaction.atomic
def approve(actor: Actor, return_id: uuid.UUID, *, answer: str = "") -> OrderReturn:
    """Agree to a return; the goods are awaited."""
    found = _locked(actor, return_id)
    _require(found, (ReturnStatus.REQUESTED,))
    if not return_lines_of(found.pk):
        raise Invalid([FieldError("lines", "required", _("Say how much of which line comes back."))])
    return _move(actor, found, ReturnStatus.APPROVED, answer=answer.strip()[:500])


@transaction.atomic
def refuse(actor: Actor, return_id: uuid.UUID, *, answer: str) -> OrderReturn:
    """Refuse a return that has not come yet; the answer says why."""
    found = _locked(actor, return_id)
    _require(found, OPEN_RETURNS)
    if not answer.strip():
        raise Invalid([FieldError("answer", "required", _("Say why the return is refused."))])
    return _move(actor, found, ReturnStatus.REFUSED, answer=answer.strip()[:500])


@transaction.atomic
def receive(actor: Actor, return_id: uuid.UUID, *, received_on: date | None = None) -> OrderReturn:
    """Write down that the goods of a return came back: the lines count them, and what they are worth can be credited.

    Raises ``Conflict`` when the return is not approved, ``Invalid`` when less was delivered than comes back.
    """
    found = _locked(actor, return_id, receiving_action(actor))
    _require(found, (ReturnStatus.APPROVED,))
    day = received_on or today(actor.time_zone)
    if day > today(actor.time_zone):
        raise Invalid([FieldError("received_on", "in_future", _("The day on which it came back lies in the future."))])
    lines = return_lines_of(found.pk)
    stored = _locked_lines([line.order_line_id for line in lines])
    figures, errors = [], []
    for line in lines:
        own = stored[line.order_line_id]
        has = Quantities(own.quantity, own.delivered_quantity, own.returned_quantity)
        if line.quantity > has.returnable:
            errors.append(_too_much(str(line.position), own, has.returnable))
        figures.append((own.pk, own.returned_quantity, own.returned_quantity + line.quantity))
        own.returned_quantity += line.quantity
    if errors:
        raise Invalid(errors)
    OrderLine.objects.bulk_update(stored.values(), ["returned_quantity"])
    tell_figures(actor.organization_id, LINE, ("returned_quantity",), figures)
    moved = _move(actor, found, ReturnStatus.RECEIVED, received_on=day)
    follow_deliveries(actor, [found.order_id])
    publish(ReturnReceived(actor.organization_id, found.pk, found.order_id, actor.user_id))
    return moved


@transaction.atomic
def mark_credited(actor: Actor, return_id: uuid.UUID, *, by_hand: bool = False) -> OrderReturn:
    """Write down that the customer got what the return is worth; the app that credits calls it, or people by hand."""
    keeper = crediting_keeper(actor)
    if by_hand and keeper:
        raise Conflict("credited_elsewhere", _("Returns are credited in “%(module)s”.") % {"module": keeper})
    found = (
        _locked(actor, return_id) if by_hand else OrderReturn.objects.select_for_update(no_key=True).get(pk=return_id)
    )
    _require(found, (ReturnStatus.RECEIVED,))
    return _move(actor, found, ReturnStatus.CREDITED)


def crediting_keeper(actor: Actor) -> str:
    """Return what the module is called that credits returns; an empty text when people do by hand."""
    names = [name for name in crediting_modules.keys() if module_is_on(actor.organization, name)]  # noqa: SIM118 a registry
    return str(crediting_modules[names[0]]) if names else ""


def _set_lines(actor: Actor, made: OrderReturn, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write the lines of a return; the lines of the order are locked, so that two returns at once cannot take the same."""
    if len(lines) > MOST_LINES:
        raise Invalid(
            [FieldError("lines", "too_many", _("A document has at most %(maximum)d lines.") % {"maximum": MOST_LINES})]
        )
    errors: list[FieldError] = []
    wanted: list[tuple[int, uuid.UUID, Decimal]] = []
    for position, line in enumerate(lines):
        read = _read(actor, position, line, errors)
        if read is not None:
            wanted.append((position, *read))
    own = OrderLine.objects.filter(
        order=made.order_id, deleted_at__isnull=True, pk__in=[pk for _place, pk, _number in wanted]
    )
    stored = _locked_lines(list(own.values_list("pk", flat=True)))
    taken = spoken_for(list(stored))
    rows = []
    for position, pk, quantity in wanted:
        own_line = stored.get(pk)
        if own_line is None:
            message = _("This line does not belong to the order.")
            errors.append(FieldError(f"lines.{position}.order_line", "unknown_record", message))
            continue
        before = taken.get(pk, Decimal(0))
        free = (
            Quantities(own_line.quantity, own_line.delivered_quantity, own_line.returned_quantity).returnable - before
        )
        if quantity > free:
            errors.append(_too_much(str(position), own_line, max(Decimal(0), free)))
            continue
        taken[pk] = before + quantity
        start = own_line.returned_quantity + before
        gross = own_line.net_amount + own_line.tax_amount
        rows.append(
            ReturnLine(
                organization_id=made.organization_id, order_return=made, order_line=own_line, position=position,
                quantity=quantity, amount=part_of(gross, own_line.quantity, start, quantity),
                tax_amount=part_of(own_line.tax_amount, own_line.quantity, start, quantity),
            )
        )  # fmt: skip
    if errors:
        raise Invalid(errors)
    ReturnLine.objects.bulk_create(rows)


def _read(
    actor: Actor, position: int, line: Mapping[str, Any], errors: list[FieldError]
) -> tuple[uuid.UUID, Decimal] | None:
    place = f"lines.{position}"
    unknown = sorted(str(name) for name in line.keys() - {"order_line", "quantity"})
    if unknown:
        message = _("There is no field “%(name)s”.") % {"name": unknown[0][:60]}
        errors.append(FieldError(f"{place}.{unknown[0][:60]}", "unknown_field", message))
        return None
    pk = parse_id(line.get("order_line"))
    try:
        quantity = QUANTITY.parse(line.get("quantity"), reading_for(actor))
    except Unacceptable as problem:
        errors.append(FieldError(f"{place}.quantity", problem.code, problem.message))
        return None
    if pk is None:
        errors.append(FieldError(f"{place}.order_line", "required", _("Choose the line that comes back.")))
    elif quantity is None or quantity <= 0:
        errors.append(FieldError(f"{place}.quantity", "too_small", _("The quantity is more than zero.")))
    else:
        return pk, quantity
    return None


def _locked_lines(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, OrderLine]:
    rows = OrderLine.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return {line.pk: line for line in rows}


def _too_much(place: str, line: OrderLine, free: Decimal) -> FieldError:
    message = _("“%(line)s”: at most %(free)s can come back: delivered, and in no other return.")
    return FieldError(f"lines.{place}.quantity", "too_much", message % {"line": line.name, "free": written(free)})


def _sum_up(actor: Actor, made: OrderReturn) -> OrderReturn:
    total = sum((line.amount for line in return_lines_of(made.pk)), Decimal(0))
    return _move(actor, made, ReturnStatus(made.status), amount=total)


def receiving_action(actor: Actor) -> Action:
    """Return what somebody has to be allowed with a return to take in its goods: the warehouse has only to see it."""
    return Action.VIEW if receives_returns(actor) else Action.EDIT


def _locked(actor: Actor, return_id: uuid.UUID, action: Action = Action.EDIT) -> OrderReturn:
    spec = spec_for(actor.organization, RETURN)
    require(actor, spec, action)
    order_id = OrderReturn.objects.filter(pk=return_id).values_list("order_id", flat=True).first()
    if order_id is not None:
        # Orders come before returns wherever both are locked.
        list(Order.objects.select_for_update(no_key=True).filter(pk=order_id).values_list("pk", flat=True))
    (found,) = door.lock(actor, spec, [return_id], action)
    if not isinstance(found, OrderReturn):
        raise TypeError
    return found


def _require(found: OrderReturn, statuses: Sequence[str]) -> None:
    if found.status not in statuses:
        message = _("This is not possible any more: the return is “%(status)s”.")
        raise Conflict("wrong_status", message % {"status": found.get_status_display()})


def _move(actor: Actor, found: OrderReturn, status: ReturnStatus, **derived: Any) -> OrderReturn:
    spec = spec_for(actor.organization, RETURN)
    context = step(actor, status=status.value, **derived)
    moved = door.update(system_actor(actor.organization), spec, found.pk, {}, context=context)
    if not isinstance(moved, OrderReturn):
        raise TypeError
    return moved
