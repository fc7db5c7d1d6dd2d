"""The rows that a list is about, before order and pages; counting, boards and charts begin here too."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import orjson
from django.db.models import Model, Q, QuerySet

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import visible
from banyan.core.access.scopes import Action
from banyan.core.listing.filters import Node, join, live_rows, to_q
from banyan.core.listing.text_search import search_condition
from banyan.core.listing.withholding import withheld
from banyan.core.objects.spec import ObjectSpec

MOST_ROWS = 10_000
FREQUENT_ROWS = 5_000


@dataclass(frozen=True)
class ListRequest:
    """What a list is asked for.

    ``sort`` and ``columns`` hold names of fields (the object's own when empty), ``limit`` is the
    number of rows of a page, ``cursor`` the ``next_cursor`` of the page before. ``labelled`` names the
    links whose labels are needed; None is all of them.
    """

    filter: Node | None = None
    search: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    limit: int = 50
    cursor: str = ""
    labelled: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Selection:
    """All rows that fit a request and that the actor may see (or export, edit ... by ``action``).

    Raises ``Invalid`` as soon as the rows are asked for, when the filter is wrong.
    """

    actor: Actor
    spec: ObjectSpec
    request: ListRequest = field(default_factory=ListRequest)
    action: Action | str = Action.VIEW

    def rows(self) -> QuerySet[Model]:
        """Return the rows as one query."""
        if self.limit is None or self._fitting is None:
            return self.spec.model._default_manager.none()  # noqa: SLF001
        return self._fitting.filter(self.limit)

    def parts(self) -> list[QuerySet[Model]]:
        """Return the rows as one query for each way in which the actor may see them.

        "Mine, or of a customer that I see" joined by OR makes PostgreSQL read the whole table; each way
        by itself has an index. The parts may share rows.
        """
        if self.limit is None or self._fitting is None:
            return []
        if self.limit.connector != Q.OR or self.limit.negated:
            return [self._fitting.filter(self.limit)]
        return [self._fitting.filter(child if isinstance(child, Q) else Q(child)) for child in self.limit.children]

    @cached_property
    def is_frequent_search(self) -> bool:
        """Whether more rows fit the search than can be looked at one by one, as far as statistics tell.

        They know frequent words well. Limits by owner are guessed too badly to ask.
        """
        asked = bool(self.request.search.strip()) and join(self.request.filter) is None
        if not asked or self.limit is None or self.limit or self._fitting is None:
            return False
        return estimated_rows(self._fitting) > FREQUENT_ROWS

    @cached_property
    def limit(self) -> Q | None:
        """Return what the actor's rights limit the rows to: an empty ``Q`` is no limit, None no row at all."""
        return visible(self.actor, self.spec, self.action)

    @cached_property
    def _fitting(self) -> QuerySet[Model] | None:
        condition, annotations = to_q(self.request.filter, self.spec, self.actor)
        rows = live_rows(self.actor, self.spec).alias(**annotations).filter(condition)
        left_out = withheld(self.actor, self.spec) if self.action == Action.EXPORT else None
        if left_out is not None:
            rows = rows.exclude(left_out)
        if not self.request.search.strip():
            return rows
        searched = search_condition(self.actor, self.spec, self.request.search)
        return None if searched is None else rows.filter(searched)


def matching_rows(
    actor: Actor, spec: ObjectSpec, request: ListRequest, *, action: Action | str = Action.VIEW
) -> QuerySet[Model]:
    """Return every row of a list as a query without order: for bulk work, sums and charts.

    ``action`` is the right that the rows are limited by. Raises ``Invalid`` for a wrong filter.
    """
    return Selection(actor, spec, request, action).rows()


def count_withheld(actor: Actor, spec: ObjectSpec, request: ListRequest) -> int:
    """Return how many rows of a list an export leaves out that the actor might otherwise export."""
    left_out = withheld(actor, spec)
    limit = visible(actor, spec, Action.EXPORT)
    if left_out is None or limit is None:
        return 0
    return matching_rows(actor, spec, request).filter(limit).filter(left_out).count()


def estimated_rows(rows: QuerySet[Model]) -> int:
    """Return how many rows the planner expects of a query; it reads none of them."""
    plan = orjson.loads(rows.explain(format="json"))
    return int(plan[0]["Plan"].get("Plan Rows", 0))
