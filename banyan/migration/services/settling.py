"""Giving records the state that they had: quotes that were sent or answered, orders that are closed.

They arrive open, because what is closed takes no lines any more; when all tables are there, their states follow.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from banyan.core.access.actor import Actor, Channel
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.records.storage import chunks
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing.plan import KEY, ImportPlan
from banyan.core.transfer.importing.source_keys import records_behind
from banyan.core.transfer.models import ImportStatus
from banyan.core.transfer.parsing.dates import parse_datetime
from banyan.core.transfer.parsing.unreadable import Unreadable
from banyan.migration.models import MoveTable
from banyan.migration.services.keeping import open_task
from banyan.migration.staging import FIRST_STATES, MADE, STATE, STATE_SINCE
from banyan.orders.public import Order
from banyan.quotes.public import PastState, give_states_back, take_over_states

PIECE_ROWS = 500


class _Row(NamedTuple):
    """A row that says what a record was: its key, the state, and since when."""

    key: str
    state: str
    since: datetime | None


def settle(actor: Actor, tables: Sequence[MoveTable]) -> None:
    """Let the records of tables that were taken over be what they were; those that went on since are left alone."""
    for table in _with_states(tables):
        with organization_scope(actor.organization_id):
            for part in chunks(_rows(actor, table), PIECE_ROWS):
                states = _states(actor, table, part)
                if table.object_name == "quote":
                    take_over_states(actor, states)
                else:
                    _move_orders(actor, states, back=False)


def unsettle(actor: Actor, tables: Sequence[MoveTable]) -> None:
    """Open again what ``settle`` has closed, so that it can be taken back."""
    for table in _with_states(tables):
        for part in chunks(_rows(actor, table), PIECE_ROWS):
            states = _states(actor, table, part)
            if table.object_name == "quote":
                give_states_back(actor, states)
            else:
                _move_orders(actor, states, back=True)


def _with_states(tables: Sequence[MoveTable]) -> list[MoveTable]:
    return [
        table
        for table in tables
        if table.object_name in FIRST_STATES
        and not table.sets_links
        and table.task is not None
        and table.task.status != ImportStatus.UNDONE
    ]


def _rows(actor: Actor, table: MoveTable) -> Iterator[_Row]:
    if table.task is None:
        return
    columns = [column.column for column in ImportPlan.from_json(table.task.plan).columns]
    keys = [column.column for column in ImportPlan.from_json(table.task.plan).columns if column.field_name == KEY]
    if f"{MADE}{STATE}" not in columns or not keys:
        return
    key, state = columns.index(keys[0]), columns.index(f"{MADE}{STATE}")
    since = columns.index(f"{MADE}{STATE_SINCE}") if f"{MADE}{STATE_SINCE}" in columns else None
    with open_task(table.task) as opened:
        for row in opened.numbered_rows():
            if not row.missing and not row.surplus and row.cells[key] and row.cells[state]:
                instant = _instant(actor, row.cells[since]) if since is not None else None
                yield _Row(str(row.cells[key]).strip(), str(row.cells[state]).strip(), instant)


def _instant(actor: Actor, cell: object) -> datetime | None:
    with suppress(Unreadable):
        return parse_datetime(str(cell), None, zone=ZoneInfo(actor.time_zone)) if cell else None
    return None


def _states(actor: Actor, table: MoveTable, rows: Sequence[_Row]) -> list[PastState]:
    found = records_behind(actor, table.system, (table.kind,), {row.key for row in rows})
    return [
        PastState(found[row.key][1], row.state, row.since)
        for row in rows
        if row.key in found and found[row.key][0] == table.object_name
    ]


@transaction.atomic
def _move_orders(actor: Actor, states: Sequence[PastState], *, back: bool) -> None:
    """Close orders as they were closed there; orders that were moved here since stay as they are."""
    first = FIRST_STATES["order"]
    wanted: dict[uuid.UUID, str] = {entry.record_id: entry.status for entry in states if entry.status in first}
    present = dict(Order.objects.filter(pk__in=wanted, deleted_at=None).values_list("pk", "status"))
    changes = {
        pk: {"status": first[state] if back else state}
        for pk, state in wanted.items()
        if present.get(pk) == (state if back else first[state])
    }
    if changes:
        through = actor.through(Channel.IMPORT)
        context = WriteContext.for_actor(through, exempt=True)
        door.update_many(through, spec_for(actor.organization, "order"), changes, context=context)
