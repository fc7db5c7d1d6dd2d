"""What people do with orders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.orders.models import OrderLine


@transaction.atomic
def place_order(actor: Actor, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]] = ()) -> Record:
    """Create an order with its lines and return it.

    Raises ``Invalid`` with the errors of the order, or of the lines as ``lines.<position>.<field>``;
    then nothing is stored.
    """
    context = WriteContext.for_actor(actor)
    spec = spec_for(actor.organization, "order")
    order = door.create(actor, spec, values, context=context)
    if lines:
        _add_lines(actor, order.pk, lines, context)
        order.refresh_from_db()
    return order


@transaction.atomic
def replace_lines(actor: Actor, order_id: uuid.UUID, lines: Sequence[Mapping[str, Any]]) -> None:
    """Let an order have exactly these lines: those with an ``id`` are changed, others added, missing ones deleted."""
    spec = spec_for(actor.organization, "order_line")
    context = WriteContext.for_actor(actor)
    kept = {uuid.UUID(str(line["id"])) for line in lines if line.get("id")}
    present = set(OrderLine.objects.filter(order_id=order_id, deleted_at__isnull=True).values_list("pk", flat=True))
    gone = sorted(present - kept)
    if gone:
        recycle.delete(actor, spec, gone, context=context)
    changes = {
        uuid.UUID(str(line["id"])): {name: value for name, value in line.items() if name != "id"}
        for line in lines
        if line.get("id")
    }
    if changes:
        outcome = door.update_many(actor, spec, changes, context=context)
        _raise_line_errors(list(outcome.rejected.values()))
    added = [line for line in lines if not line.get("id")]
    if added:
        _add_lines(actor, order_id, added, context)


def _add_lines(actor: Actor, order_id: uuid.UUID, lines: Sequence[Mapping[str, Any]], context: WriteContext) -> None:
    spec = spec_for(actor.organization, "order_line")
    rows = [{"order": order_id, "position": position, **line} for position, line in enumerate(lines)]
    outcome = door.create_many(actor, spec, rows, context=context)
    if outcome.rejected:
        errors = [
            FieldError(f"lines.{position}.{error.field}", error.code, error.message)
            for position, rejected in outcome.rejected.items()
            for error in rejected
        ]
        raise Invalid(errors)


def _raise_line_errors(rejected: list[list[FieldError]]) -> None:
    if rejected:
        raise Invalid([FieldError(f"lines.{error.field}", error.code, error.message) for error in rejected[0]])
