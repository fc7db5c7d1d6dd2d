"""What happens to customers when other records change."""

from __future__ import annotations

from django.db import connection

from banyan.core.records.events import RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.customers.rules import MATCHED_FIELDS

KEYED = ("customer", "contact")


def keep_follow_up_dates(event: RecordsChanged) -> None:
    """Let each customer's last and next follow-up agree with its follow-ups, set-based.

    The newest follow-up decides the next date, so logging one clears or moves the reminder; taking the
    newest one back brings the reminder before it back, unless somebody has set another date since. These
    are derived figures: they are no change of the customer and leave its version alone.
    """
    if event.object_name != "activity":
        return
    ids = [record.record_id for record in event.records]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE customers_customer AS customer
               SET last_activity_at = newest.happened_at,
                   next_follow_up_on = CASE WHEN newest.id = ANY(%(ids)s) THEN newest.next_on
                                            WHEN %(is_gone)s AND customer.next_follow_up_on IS NOT DISTINCT FROM
                                                 touched.next_on THEN newest.next_on
                                            ELSE customer.next_follow_up_on END
              FROM (SELECT DISTINCT ON (customer_id) customer_id, next_on FROM customers_activity
                     WHERE id = ANY(%(ids)s) AND customer_id IS NOT NULL
                     ORDER BY customer_id, happened_at DESC, id DESC) AS touched
              LEFT JOIN LATERAL (
                   SELECT id, happened_at, next_on FROM customers_activity AS activity
                    WHERE activity.organization_id = %(organization)s
                      AND activity.customer_id = touched.customer_id AND activity.deleted_at IS NULL
                    ORDER BY happened_at DESC, id DESC LIMIT 1) AS newest ON true
             WHERE customer.id = touched.customer_id
            """,
            {"ids": ids, "is_gone": event.action == "delete", "organization": event.organization_id},
        )


def keep_match_keys(event: RecordsChanged) -> None:
    """Let the rows by which duplicates are looked up agree with the keys of customers and contacts, set-based."""
    if event.object_name not in KEYED or event.action in {ChangeAction.DELETE, ChangeAction.RESTORE}:
        return
    is_new = event.action == ChangeAction.CREATE
    ids = [
        record.record_id
        for record in event.records
        if is_new or event.action == ChangeAction.MERGE or not record.values.keys().isdisjoint(MATCHED_FIELDS)
    ]
    if not ids:
        return
    name = event.object_name
    with connection.cursor() as cursor:
        if not is_new:
            cursor.execute(f"DELETE FROM customers_{name}key WHERE {name}_id = ANY(%s)", [ids])  # noqa: S608 ours
        cursor.execute(
            f"""
            INSERT INTO customers_{name}key (organization_id, key, {name}_id)
            SELECT organization_id, unnest(match_keys), id FROM customers_{name} WHERE id = ANY(%s)
            """,  # noqa: S608 the name is one of two of ours
            [ids],
        )
