"""Finding customers and contacts that may be the same as others."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.sealing import opened_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.duplicates import Candidate, DuplicateRules
from banyan.customers.keys import keys_to_look_up
from banyan.customers.models import Contact, Customer
from banyan.customers.pools.queries import hidden_duplicates
from banyan.customers.queries import pairs_sharing_a_key, records_by_key, records_declared_distinct
from banyan.customers.rules import LIKELY_DUPLICATE, POSSIBLE_DUPLICATE, match_keys, similarity

CUSTOMER_FIELDS = ("name", "type", "phone", "email", "tax_number", "address")
CONTACT_FIELDS = ("name", "mobile", "phone", "email", "birthday", "address", "customer_id")
COMPARED = {"customer": CUSTOMER_FIELDS, "contact": CONTACT_FIELDS}
MOST_CANDIDATES = 20
MOST_PAIRS = 500


@dataclass
class DuplicateGroup:
    """Records that may all be one: each is like at least one other of the group."""

    rows: list[dict[str, Any]]
    score: float
    reasons: tuple[str, ...]
    pairs: set[frozenset[uuid.UUID]] = field(default_factory=set)


def find_customers(
    actor: Actor, rows: Sequence[Mapping[str, Any]], keys: Sequence[Sequence[str]]
) -> list[list[Candidate]]:
    """Return for each row the customers that may be the same, whoever owns them (查重)."""
    live = Customer.objects.filter(deleted_at__isnull=True)
    spec = spec_for(actor.organization, "customer")
    return _find(spec, live, list(map(_as_customer, rows)), keys)


def find_contacts(
    actor: Actor, rows: Sequence[Mapping[str, Any]], keys: Sequence[Sequence[str]]
) -> list[list[Candidate]]:
    """Return for each row the contacts that may be the same."""
    spec = spec_for(actor.organization, "contact")
    return _find(spec, Contact.objects.filter(deleted_at__isnull=True), rows, keys)


def _as_customer(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "company", **values}


def _are_likely_one(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return similarity(one, other).score >= LIKELY_DUPLICATE


CUSTOMER_RULES = DuplicateRules(
    find_customers,
    lambda values: match_keys(_as_customer(values)),
    lambda one, other: _are_likely_one(_as_customer(one), _as_customer(other)),
    hidden_duplicates,
    review_url="/customers/duplicates-review",
)
CONTACT_RULES = DuplicateRules(find_contacts, match_keys, _are_likely_one, review_url="/contacts/duplicates-review")


def duplicates_of(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> list[Candidate]:
    """Return the records that the actor may see and that may be the same as this one, best first.

    Those that somebody has declared to be different are left out.
    """
    names = COMPARED[spec.name]
    row = live_rows(actor, spec).filter(pk=record_id).values(*names).first()
    if row is None:
        return []
    row = opened_row(spec.all_fields.values(), row, record_id)
    row["customer"] = row.pop("customer_id", None)
    found = _find(spec, live_rows(actor, spec), [row], [match_keys(row)])[0]
    others = {entry.record_id for entry in found} - {record_id} - records_declared_distinct(spec.name, record_id)
    seen = set(restrict(live_rows(actor, spec), actor, spec).filter(pk__in=others).values_list("pk", flat=True))
    return [entry for entry in found if entry.record_id in seen]


def duplicate_groups(actor: Actor, spec: ObjectSpec, *, limit: int) -> list[DuplicateGroup]:
    """Return groups of records that the actor may see and that may be one, the most certain first.

    Costs two queries whatever the number of records; at most 500 pairs are compared.
    """
    pairs = pairs_sharing_a_key(actor, spec.name, limit=MOST_PAIRS)
    names = (*COMPARED[spec.name], "number", "owner_id", "created_at", "updated_at")
    wanted = {record_id for pair in pairs for record_id in pair}
    rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=wanted).values("id", *names)
    by_id: dict[uuid.UUID, dict[str, Any]] = {}
    for stored in rows:
        row = opened_row(spec.all_fields.values(), stored, stored["id"])
        row["customer"] = row.get("customer_id")
        by_id[row["id"]] = row
    scored = []
    for one, other in pairs:
        if one in by_id and other in by_id:
            result = similarity(by_id[one], by_id[other])
            if result.score >= POSSIBLE_DUPLICATE:
                scored.append((one, other, result))
    groups = _joined([(one, other) for one, other, _result in scored])
    found = []
    for members in groups:
        inside = [entry for entry in scored if entry[0] in members]
        best = max((entry[2] for entry in inside), key=lambda result: result.score)
        ordered = sorted((by_id[member] for member in members), key=lambda row: row["created_at"])
        pairs_inside = {frozenset(entry[:2]) for entry in inside}
        found.append(DuplicateGroup(ordered, best.score, best.reasons, pairs_inside))
    return sorted(found, key=lambda group: -group.score)[:limit]


def _joined(pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> list[set[uuid.UUID]]:
    """Return the groups that pairs make: whoever shares a partner is in one group."""
    group_of: dict[uuid.UUID, set[uuid.UUID]] = {}
    for one, other in pairs:
        merged = group_of.get(one, {one}) | group_of.get(other, {other})
        for member in merged:
            group_of[member] = merged
    return list({id(group): group for group in group_of.values()}.values())


def _find(
    spec: ObjectSpec,
    rows: QuerySet[Any],
    given: Sequence[Mapping[str, Any]],
    keys: Sequence[Sequence[str]],
) -> list[list[Candidate]]:
    keys = [keys_to_look_up(spec, row) for row in keys]
    wanted = list(dict.fromkeys(key for row in keys for key in row))
    ids_by_key = records_by_key(spec.name, wanted, most_each=MOST_CANDIDATES + 1) if wanted else {}
    if not ids_by_key:
        return [[] for _row in given]
    records: dict[uuid.UUID, dict[str, Any]] = {}
    for stored in rows.filter(pk__in={pk for ids in ids_by_key.values() for pk in ids}).values(
        "id", *COMPARED[spec.name]
    ):
        found = opened_row(spec.all_fields.values(), stored, stored["id"])
        found["customer"] = found.pop("customer_id", None)
        records[found["id"]] = found
    by_key = {key: [records[pk] for pk in ids if pk in records] for key, ids in ids_by_key.items()}
    return [_candidates(values, row, by_key) for values, row in zip(given, keys, strict=True)]


def _candidates(
    values: Mapping[str, Any], keys: Sequence[str], by_key: Mapping[str, list[dict[str, Any]]]
) -> list[Candidate]:
    close: dict[uuid.UUID, dict[str, Any]] = {}
    for key in keys:
        for found in by_key.get(key, ()):
            close.setdefault(found["id"], found)
        if len(close) > MOST_CANDIDATES:
            break
    candidates = []
    for record_id, found in close.items():
        score = similarity(values, found)
        if score.score >= POSSIBLE_DUPLICATE:
            likely = score.score >= LIKELY_DUPLICATE
            candidates.append(Candidate(record_id, found["name"], score.score, score.reasons, likely))
    return sorted(candidates, key=lambda candidate: -candidate.score)
