"""The two kinds of rows that the chain seals, read as they are hashed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from banyan.core.audit.canonical import CHANGE_COLUMNS, ENTRY_COLUMNS
from banyan.core.audit.models import Entry
from banyan.core.records.models import Change

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Source:
    """A table of sealed rows, and the columns whose values are hashed; the first is the id."""

    name: str
    model: type[models.Model]
    columns: Sequence[str]

    def between(
        self, organization_id: uuid.UUID, after: uuid.UUID, before: uuid.UUID, *, alias: str = DEFAULT_DB_ALIAS
    ) -> Iterator[Row]:
        """Return an organization's rows with ids from ``after`` to before ``before``, in order."""
        rows = self.model._default_manager.using(alias).filter(  # noqa: SLF001 Django's own name for it
            organization_id=organization_id, pk__gte=after, pk__lt=before
        )
        return iter(rows.order_by("pk").values_list(*self.columns))

    def first(self, organization_id: uuid.UUID, after: uuid.UUID, before: uuid.UUID, count: int) -> list[Row]:
        """Return at most ``count`` of those rows."""
        rows = self.model._default_manager.filter(  # noqa: SLF001 as above
            organization_id=organization_id, pk__gte=after, pk__lt=before
        )
        return list(rows.order_by("pk").values_list(*self.columns)[:count])


ENTRIES = Source("entry", Entry, ENTRY_COLUMNS)
CHANGES = Source("change", Change, CHANGE_COLUMNS)
