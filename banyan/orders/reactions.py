"""What happens to orders when their lines change."""

from __future__ import annotations

from django.db import connection

from banyan.core.records.changelog import tell_figures
from banyan.core.records.events import RecordsChanged


def keep_order_totals(event: RecordsChanged) -> None:
    """Let each order's amount be the sum of its live lines, set-based.

    An order whose last line went keeps no stale sum. Orders are locked by the update, so two people
    changing lines at once cannot lose an amount.
    """
    if event.object_name != "order_line":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH before AS (SELECT id, amount FROM orders_order
                             WHERE id IN (SELECT order_id FROM orders_orderline WHERE id = ANY(%(ids)s))
                             ORDER BY id FOR NO KEY UPDATE)
            UPDATE orders_order AS parent
               SET amount = COALESCE((SELECT sum(line.amount) FROM orders_orderline AS line
                                       WHERE line.organization_id = %(organization)s AND line.order_id = parent.id
                                         AND line.deleted_at IS NULL), 0),
                   version = parent.version + 1,
                   updated_at = now()
              FROM before WHERE parent.id = before.id
            RETURNING parent.id, before.amount, parent.amount
            """,
            {"ids": [record.record_id for record in event.records], "organization": event.organization_id},
        )
        tell_figures(event.organization_id, "order", ("amount",), cursor.fetchall())
