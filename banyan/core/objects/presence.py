"""Which tables have rows at a record, asked at once: most records have something in few of the many that could.

A page then asks only where there is an answer. What is registered here is never a reason to show something: whoever
reads the rows limits them to what the reader may see.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import ForeignKey, Model

from banyan.core.kernel.moments import once_a_moment
from banyan.core.kernel.registry import Registry
from banyan.core.objects.kinds import reference_to

#: Models whose rows stand at records, by the name of their table. They hold a record's id in a link that is named like
#: the record's object or in ``record_id``, or its reference in ``about``.
tables_at_records: Registry[type[Model]] = Registry("tables at records")


def register_tables_at_records(*models: type[Model]) -> None:
    """Make tables known, so that pages of records ask them only where they have rows."""
    for model in models:
        tables_at_records.add(model._meta.db_table, model)  # noqa: SLF001 Django's own name for it


@once_a_moment
def tables_with_rows(organization_id: uuid.UUID, object_name: str, record_id: uuid.UUID) -> Collection[type[Model]]:
    """Return the registered models that have rows at a record, rows in the recycle bin aside.

    Costs one query, whatever the number of tables. Models that cannot have rows at this object are not among them.
    """
    models, statement = _statement(object_name)
    if not models:
        return frozenset()
    values: dict[str, Any] = {
        "organization": organization_id,
        "record": record_id,
        "reference": reference_to(object_name, record_id),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone() or ()
    return frozenset(model for model, has_rows in zip(models, found, strict=True) if has_rows)


@lru_cache(maxsize=256)
def _statement(object_name: str) -> tuple[list[type[Model]], str]:
    """Return the tables that an object's records can have rows in, and the question for all of them."""
    models = [model for model in tables_at_records if _conditions(model, object_name)]
    return models, "SELECT " + ", ".join(_has_rows(model, object_name) for model in models)


def _has_rows(model: type[Model], object_name: str) -> str:
    described = model._meta  # noqa: SLF001 Django's own name for it
    table, ways = described.db_table, " OR ".join(_conditions(model, object_name))
    live = " AND deleted_at IS NULL" if any(field.name == "deleted_at" for field in described.fields) else ""
    return f'EXISTS (SELECT FROM "{table}" WHERE organization_id = %(organization)s AND ({ways}){live})'


def _conditions(model: type[Model], object_name: str) -> list[str]:
    fields = {field.name: field for field in model._meta.fields}  # noqa: SLF001 Django's own name for it
    link = fields.get(object_name)
    found = [f'"{link.column}" = %(record)s'] if isinstance(link, ForeignKey) else []
    if "record_id" in fields:
        found.append("record_id = %(record)s")
    if "about" in fields:
        found.append("about = %(reference)s")
    return found
