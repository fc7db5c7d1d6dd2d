"""What happens to customers when other records change."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection

from banyan.core.objects.registry import spec_for
from banyan.core.records.changelog import tell_figures
from banyan.core.records.drafts import Draft
from banyan.core.records.events import RecordsChanged, RecordsResealed
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import update_rows
from banyan.core.tenancy.models import Organization
from banyan.customers.keys import keys_to_keep
from banyan.customers.rules import MATCHED_FIELDS, match_keys

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
            WITH before AS (SELECT id, last_activity_at, next_follow_up_on FROM customers_customer
                             WHERE id IN (SELECT customer_id FROM customers_activity WHERE id = ANY(%(ids)s))
                             ORDER BY id FOR NO KEY UPDATE)
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
              JOIN before ON before.id = touched.customer_id
             WHERE customer.id = touched.customer_id
            RETURNING customer.id, before.last_activity_at, before.next_follow_up_on,
                      customer.last_activity_at, customer.next_follow_up_on
            """,
            {"ids": ids, "is_gone": event.action == "delete", "organization": event.organization_id},
        )
        names = ("last_activity_at", "next_follow_up_on")
        tell_figures(event.organization_id, "customer", names, cursor.fetchall())


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
    _write_key_rows(event.object_name, ids, is_new=is_new)


def renew_match_keys(event: RecordsResealed) -> None:
    """Make the keys of records anew whose values were encrypted, decrypted or encrypted under another key."""
    if event.object_name not in KEYED:
        return
    spec = spec_for(Organization.objects.get(pk=event.organization_id), event.object_name)
    rows: list[dict[str, Any]] = []
    for record in spec.model._default_manager.filter(pk__in=event.record_ids):  # noqa: SLF001 Django's own name for it
        draft = Draft(spec, existing=record)
        values = {name: draft.get(name) for name in MATCHED_FIELDS if name in spec.all_fields}
        rows.append({"id": record.pk, "match_keys": keys_to_keep(spec, match_keys(values))})
    update_rows(spec.model, ["match_keys"], rows)
    _write_key_rows(spec.name, [row["id"] for row in rows], is_new=False)


def _write_key_rows(name: str, ids: list[uuid.UUID], *, is_new: bool) -> None:
    with connection.cursor() as cursor:
        if not is_new:
            cursor.execute(f"DELETE FROM customers_{name}key WHERE {name}_id = ANY(%s)", [ids])  # noqa: S608 ours
        cursor.execute(
            f"""
            INSERT INTO customers_{name}key (organization_id, key, {name}_id)
            SELECT organization_id, unnest(match_keys), id FROM customers_{name} WHERE id = ANY(%s::uuid[])
            """,  # noqa: S608 the name is one of two of ours
            [f"{{{','.join(map(str, ids))}}}"],
        )
