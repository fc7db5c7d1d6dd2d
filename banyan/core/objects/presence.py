"""Which tables have rows at a record, asked at once: most records have something in few of the many that could.

A page then asks only where there is an answer. What is registered here is never a reason to show something: whoever
reads the rows limits them to what the reader may see.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import ForeignKey, Model

from banyan.core.database.presence import Asked, tables_having
from banyan.core.kernel.moments import once_a_moment
from banyan.core.kernel.registry import Registry
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.modules import modules_here


@dataclass(frozen=True)
class TableAtRecords:
    """A model whose rows stand at records while its module is on; no module means always.

    They hold a record's id in a link that is named like the record's object or in ``record_id``, or its reference in
    ``about``.
    """

    model: type[Model]
    module: str = ""


tables_at_records: Registry[TableAtRecords] = Registry("tables at records")


def register_tables_at_records(module: str, *models: type[Model]) -> None:
    """Make tables of a module known, so that pages of records ask them only where they have rows."""
    for model in models:
        tables_at_records.add(model._meta.db_table, TableAtRecords(model, module))  # noqa: SLF001 Django's own name for it


@once_a_moment
def tables_with_rows(organization_id: uuid.UUID, object_name: str, record_id: uuid.UUID) -> Collection[type[Model]]:
    """Return the registered models that have rows at a record, rows in the recycle bin aside.

    Costs one query, whatever the number of tables, and asks none whose module is off. Runs within the organization's scope.
    """
    values = {"organization": organization_id, "record": record_id, "reference": reference_to(object_name, record_id)}
    return tables_having(_asked(object_name, modules_here()), values)


@lru_cache(maxsize=2_000)
def _asked(object_name: str, modules_on: frozenset[str]) -> tuple[Asked, ...]:
    """Return the tables that an object's records can have rows in, and how those are found."""
    tables = (table.model for table in tables_at_records if not table.module or table.module in modules_on)
    return tuple((model, condition) for model in tables if (condition := _condition(model, object_name)))


def _condition(model: type[Model], object_name: str) -> str:
    """Return which rows stand at a record of an object; an empty text when none can."""
    fields = {field.name: field for field in model._meta.fields}  # noqa: SLF001 Django's own name for it
    link = fields.get(object_name)
    ways = [f'"{link.column}" = %(record)s'] if isinstance(link, ForeignKey) else []
    if "record_id" in fields:
        ways.append("record_id = %(record)s")
    if "about" in fields:
        ways.append("about = %(reference)s")
    live = " AND deleted_at IS NULL" if "deleted_at" in fields else ""
    return f"organization_id = %(organization)s AND ({' OR '.join(ways)}){live}" if ways else ""
