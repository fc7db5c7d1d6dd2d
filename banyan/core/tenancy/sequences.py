"""Consecutive numbers per organization."""

from __future__ import annotations

import uuid

from django.db import connection

from banyan.core.kernel.ids import new_id


def take_numbers(organization_id: uuid.UUID, key: str, count: int = 1) -> int:
    """Reserve ``count`` consecutive numbers and return the first.

    The counter's row stays locked until the transaction ends, so take numbers as late as possible.
    A number is used up only if the transaction commits.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tenancy_sequence (id, organization_id, key, last) VALUES (%s, %s, %s, %s)
            ON CONFLICT (organization_id, key) DO UPDATE SET last = tenancy_sequence.last + excluded.last
            RETURNING last
            """,
            [new_id(), organization_id, key, count],
        )
        (last,) = cursor.fetchone()
    return int(last) - count + 1
