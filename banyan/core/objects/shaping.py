"""What rooms above let specifications carry, and which of their tables an organization uses at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from banyan.core.objects.spec import ObjectSpec


@dataclass(frozen=True)
class Shaping:
    """How rules, layouts and the like of an organization are read.

    ``load`` runs within the organization's scope; it gets the shaped specifications and returns what it has for an
    object, by the object's name. It is not asked while none of ``tables`` has a row of the organization.
    """

    load: Callable[[Mapping[str, ObjectSpec]], Mapping[str, Any]]
    tables: tuple[type[Model], ...]


def tables_in_use(organization_id: uuid.UUID, tables: Collection[type[Model]]) -> frozenset[type[Model]]:
    """Return those tables that have rows of an organization, with one query.

    Most organizations define nothing in most of them, and each would cost a query of its own.
    """
    wanted = tuple(dict.fromkeys(tables))
    with connection.cursor() as cursor:
        cursor.execute(_use_of(wanted), {"organization": organization_id})
        found = cursor.fetchone() or ()
    return frozenset(table for table, is_used in zip(wanted, found, strict=True) if is_used)


@lru_cache(maxsize=256)
def _use_of(tables: tuple[type[Model], ...]) -> str:
    """Return the question which of the tables have rows."""
    one = 'EXISTS (SELECT FROM "{}" WHERE organization_id = %(organization)s)'
    return "SELECT " + ", ".join(one.format(table._meta.db_table) for table in tables)  # noqa: SLF001 Django names no public way
