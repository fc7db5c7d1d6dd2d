"""The organization of the current transaction.

Row-level security lets a transaction see the rows of one organization only. The setting is local to
the transaction, so it is right behind PgBouncer in transaction mode too.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_current: ContextVar[uuid.UUID | None] = ContextVar("organization_id", default=None)


def current_organization_id() -> uuid.UUID | None:
    """Return the organization of the surrounding scope, or None outside of any."""
    return _current.get()


@contextmanager
def organization_scope(organization_id: uuid.UUID) -> Iterator[None]:
    """Run the block in one transaction that sees and writes rows of this organization alone.

    Nesting is allowed; the surrounding organization is put back afterwards.
    """
    outer = _current.get()
    token = _current.set(organization_id)
    try:
        with transaction.atomic():
            if outer != organization_id:
                _tell_database(str(organization_id))
            yield
            if outer != organization_id and _inside_transaction():
                _tell_database("" if outer is None else str(outer))
    finally:
        _current.reset(token)


def _inside_transaction() -> bool:
    """Say whether an outer transaction goes on after the block, whose setting has to be put back.

    A block that is rolled back puts it back by that.
    """
    return len(connection.savepoint_ids) > 0 and not connection.needs_rollback


def _tell_database(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('banyan.organization', %s, true)", [value])
