"""Finding customers and contacts that may be the same as others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from banyan.core.access.actor import Actor
from banyan.core.records.duplicates import Candidate
from banyan.customers.models import Contact, Customer
from banyan.customers.rules import LIKELY_DUPLICATE, POSSIBLE_DUPLICATE, match_keys, similarity

CUSTOMER_FIELDS = ("name", "type", "phone", "email", "tax_number", "address")
CONTACT_FIELDS = ("name", "mobile", "phone", "email", "birthday", "address", "customer_id")
MOST_CANDIDATES = 20


def find_customers(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[list[Candidate]]:
    """Return for each row the customers that may be the same, whoever owns them (查重)."""
    given = [{"type": "company", **row} for row in rows]
    return _find(Customer.objects.filter(deleted_at__isnull=True), CUSTOMER_FIELDS, given)


def find_contacts(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[list[Candidate]]:
    """Return for each row the contacts that may be the same."""
    return _find(Contact.objects.filter(deleted_at__isnull=True), CONTACT_FIELDS, rows)


def _find(rows: QuerySet[Any], names: Sequence[str], given: Sequence[Mapping[str, Any]]) -> list[list[Candidate]]:
    keys = [match_keys(values) for values in given]
    wanted = sorted({key for row in keys for key in row})
    if not wanted:
        return [[] for _row in given]
    by_key: dict[str, list[dict[str, Any]]] = {}
    for found in rows.filter(match_keys__overlap=wanted).values("id", "match_keys", *names):
        found["customer"] = found.pop("customer_id", None)
        for key in found["match_keys"]:
            by_key.setdefault(key, []).append(found)
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
