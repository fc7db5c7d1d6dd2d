"""Which of several tables have rows that fit, asked at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

#: A table, and which of its rows count: SQL over its columns, with named values.
Asked = tuple[type[Model], str]


def tables_having(asked: tuple[Asked, ...], values: Mapping[str, Any]) -> frozenset[type[Model]]:
    """Return the tables that have a row that fits, with one query; no query for no table.

    ``asked`` is remembered as SQL, so its conditions must be texts of ours, the same again and again.
    """
    if not asked:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_statement(asked), values)
        found = cursor.fetchone() or ()
    return frozenset(table for (table, _condition), has_rows in zip(asked, found, strict=True) if has_rows)


@lru_cache(maxsize=2_000)
def _statement(asked: tuple[Asked, ...]) -> str:
    names = ((table._meta.db_table, condition) for table, condition in asked)  # noqa: SLF001 Django's own name for it
    return "SELECT " + ", ".join(f'EXISTS (SELECT FROM "{name}" WHERE {condition})' for name, condition in names)  # noqa: S608 names and conditions are ours
