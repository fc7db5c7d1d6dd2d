"""What rooms above let specifications carry, and which of their tables an organization uses at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from banyan.core.database.presence import tables_having
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
    asked = tuple((table, "organization_id = %(organization)s") for table in dict.fromkeys(tables))
    return tables_having(asked, {"organization": organization_id})
