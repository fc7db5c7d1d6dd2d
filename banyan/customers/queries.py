"""What the customers app looks up: who to call, what was said last, and which pairs may be one customer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import get_language

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.text.phone import format_phone
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.filters import live_rows
from banyan.core.listing.query import Columns, Masked, fetch_row
from banyan.core.objects.kinds import Address
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.records.drafts import reading_for
from banyan.core.records.storage import to_json
from banyan.customers.choices import ContactRoleKind
from banyan.customers.models import DistinctPair

#: Keys that more records share than this belong to something common, such as a switchboard's number.
MOST_SHARING = 10
#: So many people of a customer are compared here: writing the comparison as SQL takes longer than reading them.
FEW_CONTACTS = 20
#: Whom to call first: who has a number, then who decides; the older of two alike.
ORDER = (
    (When(Q(mobile="") & Q(phone=""), then=Value(1)), 0),
    (When(role=ContactRoleKind.DECISION_MAKER, then=Value(0)), 1),
)
EXACT_KEYS = ("n:%", "p:%", "e:%", "t:%")


def main_contact(actor: Actor, customer_id: uuid.UUID) -> dict[str, Any] | None:
    """Return the person to call at a customer, as the actor may see them: who decides and has a number comes first."""
    spec = spec_for(actor.organization, "contact")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id, do_not_contact=False)
    shown = shown_fields(actor, spec)
    columns = Columns(actor, spec, [name for name in ("name", "job_title", "mobile", "phone") if name in shown])
    compared = dict.fromkeys([*columns.attributes, "mobile", "phone", "role", "created_at"])
    found = list(rows.values(*compared)[: FEW_CONTACTS + 1])
    if len(found) > FEW_CONTACTS:
        silent, rank = (Case(when, default=Value(other), output_field=IntegerField()) for when, other in ORDER)
        found = list(rows.order_by(silent, rank, "created_at", "pk").values(*compared)[:1])
    if not found:
        return None
    best = min(found, key=_how_far)
    return columns.rows([[best[name] for name in columns.attributes]])[0]


def _how_far(contact: dict[str, Any]) -> tuple[bool, bool, datetime, uuid.UUID]:
    """Return by what people are compared, in the order of ``ORDER``."""
    silent = not (contact["mobile"] or contact["phone"])
    return silent, contact["role"] != ContactRoleKind.DECISION_MAKER, contact["created_at"], contact["id"]


def latest_activity(actor: Actor, customer_id: uuid.UUID) -> dict[str, Any] | None:
    """Return a customer's newest follow-up that the actor may see."""
    spec = spec_for(actor.organization, "activity")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id)
    wanted = ("type", "text", "happened_at", "next_step", "next_on")
    return next(iter(rows.order_by("-happened_at", "-pk").values(*wanted)[:1]), None)


def distinct_pairs(object_name: str, ids: Iterable[uuid.UUID]) -> set[frozenset[uuid.UUID]]:
    """Return the pairs among these records that somebody has declared to be two different ones."""
    known = list(ids)
    rows = DistinctPair.objects.filter(object_name=object_name, first_id__in=known, second_id__in=known)
    return {frozenset(pair) for pair in rows.values_list("first_id", "second_id")}


def records_declared_distinct(object_name: str, record_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the records that somebody has declared not to be the same as this one."""
    rows = DistinctPair.objects.filter(Q(first_id=record_id) | Q(second_id=record_id), object_name=object_name)
    return {found for pair in rows.values_list("first_id", "second_id") for found in pair} - {record_id}


def records_by_key(name: str, keys: Sequence[str], *, most_each: int) -> dict[str, list[uuid.UUID]]:
    """Return records of the organization that have one of the match keys, at most some for each key.

    ``name`` says of which object. Those in the recycle bin are among them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT wanted.key, record.id
              FROM json_array_elements_text(%(keys)s) AS wanted(key),
                   LATERAL (SELECT {name}_id AS id FROM customers_{name}key WHERE key = wanted.key
                             LIMIT %(most)s) AS record
            """,  # noqa: S608 the name is one of two of ours
            {"keys": to_json(list(keys)), "most": most_each},
        )
        found: dict[str, list[uuid.UUID]] = {}
        for key, record_id in cursor.fetchall():
            found.setdefault(key, []).append(record_id)
        return found


def pairs_sharing_a_key(actor: Actor, name: str, *, limit: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Return pairs of live records that share an exact key (name, phone, e-mail, tax number), in one query.

    Newest first; pairs that somebody has declared distinct are left out. The caller checks who may see them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH shared AS (
                SELECT key, array_agg(record.id ORDER BY record.id) AS ids
                  FROM customers_{name}key AS entry JOIN customers_{name} AS record ON record.id = entry.{name}_id
                 WHERE entry.organization_id = %(organization)s AND record.deleted_at IS NULL
                   AND key LIKE ANY(%(keys)s)
                 GROUP BY key HAVING count(*) BETWEEN 2 AND %(most)s)
            SELECT DISTINCT one.id, other.id
              FROM shared, unnest(ids) AS one(id), unnest(ids) AS other(id)
             WHERE one.id < other.id
               AND NOT EXISTS (SELECT 1 FROM customers_distinctpair AS pair
                                WHERE pair.first_id = one.id AND pair.second_id = other.id)
             ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
            """,  # noqa: S608 the name is one of two of ours
            {
                "organization": actor.organization_id,
                "keys": list(EXACT_KEYS),
                "most": MOST_SHARING,
                "limit": limit,
            },
        )
        return [(one, other) for one, other in cursor.fetchall()]


#: What papers say of a customer below the name.
PARTY_FIELDS = ("address", "phone", "tax_number")


def party_lines(actor: Actor, customer_id: uuid.UUID | None) -> list[str]:
    """Return address, phone and tax number of a customer as papers have them, as far as the actor may see them."""
    spec = specs_on(actor.organization).get("customer")
    if customer_id is None or spec is None:
        return []
    shown = shown_fields(actor, spec)
    names = [name for name in PARTY_FIELDS if name in shown]
    try:
        row = fetch_row(actor, spec, customer_id, columns=names or ["number"])
    except Missing:
        return []
    address = row.get("address")
    written = address if isinstance(address, Masked) else Address().display(address, reading_for(actor))
    phone = row.get("phone")
    if isinstance(phone, str):
        phone = format_phone(phone, get_language() or "en")
    return [str(line) for line in (written, phone, row.get("tax_number")) if line]
