"""What people do with orders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.orders.models import OrderLine

MOST_LINES = 500
#: What an order takes over from the opportunity that led to it.
FROM_OPPORTUNITY = ("name", "customer", "contact", "amount", "currency", "source", "owner")


@transaction.atomic
def place_order(
    actor: Actor,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] = (),
    *,
    context: WriteContext | None = None,
) -> Record:
    """Create an order with its lines and return it.

    Raises ``Invalid`` with the errors of the order, or of the lines as ``lines.<position>.<field>``;
    then nothing is stored.
    """
    context = context or WriteContext.for_actor(actor)
    spec = spec_for(actor.organization, "order")
    order = door.create(actor, spec, values, context=context)
    if lines:
        _check_number(lines)
        _add_lines(actor, order.pk, list(enumerate(lines)), context)
        order.refresh_from_db()
    return order


@transaction.atomic
def replace_lines(
    actor: Actor,
    order_id: uuid.UUID,
    lines: Sequence[Mapping[str, Any]],
    *,
    version: int | None = None,
    context: WriteContext | None = None,
) -> None:
    """Let an order have exactly these lines, in this order.

    Those with an ``id`` are changed, others added, missing ones go to the recycle bin. Two people who
    do so at once come one after the other. Raises ``Missing`` or ``NotAllowed`` for the order, ``Stale``
    when it is no longer at ``version``, ``Invalid`` with errors as ``lines.<position>.<field>``.
    """
    context = context or WriteContext.for_actor(actor)
    _check_number(lines)
    # An empty change of the order locks it, asks for the right and compares the version.
    door.update(actor, spec_for(actor.organization, "order"), order_id, {}, expected_version=version, context=context)
    spec = spec_for(actor.organization, "order_line")
    present = set(OrderLine.objects.filter(order_id=order_id, deleted_at__isnull=True).values_list("pk", flat=True))
    kept: dict[uuid.UUID, int] = {}
    for position, line in enumerate(lines):
        line_id = parse_id(line["id"]) if line.get("id") else None
        if line.get("id") and (line_id not in present or line_id in kept):
            raise Invalid([_line_error(position, "id", "unknown_record", _("This line does not belong to the order."))])
        if line_id is not None:
            kept[line_id] = position
    gone = sorted(present - kept.keys())
    if gone:
        recycle.delete(actor, spec, gone, context=context)
    changes = {line_id: _values(lines[position], position) for line_id, position in kept.items()}
    if changes:
        outcome = door.update_many(actor, spec, changes, context=context)
        _raise_line_errors({kept[line_id]: errors for line_id, errors in outcome.rejected.items()})
    added = [(position, line) for position, line in enumerate(lines) if not line.get("id")]
    if added:
        _add_lines(actor, order_id, added, context)


def order_from_opportunity(actor: Actor, opportunity: Mapping[str, Any], *, context: WriteContext) -> Record:
    """Create an order with what is known from an opportunity that the actor may see, and return it."""
    values = {name: opportunity[name] for name in FROM_OPPORTUNITY if opportunity.get(name)}
    return place_order(actor, {**values, "opportunity": opportunity["id"]}, context=context)


def _check_number(lines: Sequence[Mapping[str, Any]]) -> None:
    if len(lines) > MOST_LINES:
        message = _("An order has at most %(maximum)d lines.") % {"maximum": MOST_LINES}
        raise Invalid([FieldError("lines", "too_many", message)])


def _values(line: Mapping[str, Any], position: int) -> dict[str, Any]:
    return {**{name: value for name, value in line.items() if name != "id"}, "position": position}


def _add_lines(
    actor: Actor, order_id: uuid.UUID, lines: Sequence[tuple[int, Mapping[str, Any]]], context: WriteContext
) -> None:
    spec = spec_for(actor.organization, "order_line")
    rows = [{**_values(line, position), "order": order_id} for position, line in lines]
    outcome = door.create_many(actor, spec, rows, context=context)
    _raise_line_errors({lines[index][0]: errors for index, errors in outcome.rejected.items()})


def _raise_line_errors(rejected: Mapping[int, Sequence[FieldError]]) -> None:
    if rejected:
        raise Invalid(
            [
                _line_error(position, error.field, error.code, error.message)
                for position, errors in sorted(rejected.items())
                for error in errors
            ]
        )


def _line_error(position: int, name: str, code: str, message: Any) -> FieldError:
    return FieldError(f"lines.{position}.{name}", code, message)
