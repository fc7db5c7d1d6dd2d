"""All rows of a list, streamed: a million records take no more memory than a thousand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.query import Columns, Row
from banyan.core.listing.selection import ListRequest, Selection
from banyan.core.listing.sorting import order_of
from banyan.core.objects.spec import ObjectSpec

ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class ExportedRows:
    """Some rows of an export, by field name, with the names of the records that they link to."""

    rows: list[Row]
    labels: Mapping[uuid.UUID, str] = field(default_factory=dict)


def rows_for_export(actor: Actor, spec: ObjectSpec, request: ListRequest) -> Iterator[ExportedRows]:
    """Yield all rows of a list that the actor may export, in its order, up to 2,000 at a time.

    They are those of one instant, read by a cursor of the database; run it to the end within one
    transaction. ``limit`` and ``cursor`` of the request play no part. Raises ``NotAllowed`` without the
    right to export and ``Invalid`` for a wrong request, both before the first row.
    """
    require(actor, spec, Action.EXPORT)
    columns = Columns(actor, spec, request.columns or spec.columns)
    order = order_of(actor, spec, request.sort)
    rows = Selection(actor, spec, request, Action.EXPORT).rows().order_by(*(key.order() for key in order.keys))
    return _stream(actor, spec, columns, rows.values_list(*columns.attributes).query)


def _stream(actor: Actor, spec: ObjectSpec, columns: Columns, query: Any) -> Iterator[ExportedRows]:
    # ``QuerySet.iterator`` would read everything at once behind PgBouncer, where it cannot know that
    # the transaction outlives the cursor; here it does.
    compiler = query.get_compiler("default")
    found = compiler.results_iter(tuple_expected=True, chunked_fetch=True, chunk_size=ROWS_AT_ONCE)
    while part := list(islice(found, ROWS_AT_ONCE)):
        rows = columns.rows(part)
        yield ExportedRows(rows, labels_for_rows(spec, rows, columns.names, actor=actor))
