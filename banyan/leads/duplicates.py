"""Finding leads that may be the same as others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.objects.sealing import opened_row
from banyan.core.records.duplicates import Candidate, DuplicateRules
from banyan.customers.public import LIKELY_DUPLICATE, POSSIBLE_DUPLICATE, keys_to_look_up, match_keys, similarity
from banyan.leads.choices import LeadStatus
from banyan.leads.models import LIVE, Lead, LeadKey

COMPARED = ("name", "company", "phone", "email")
MOST_CANDIDATES, MOST_ROWS = 20, 5_000


def find_leads(actor: Actor, rows: Sequence[Mapping[str, Any]], keys: Sequence[Sequence[str]]) -> list[list[Candidate]]:
    """Return for each row the open leads that may be the same, best first; two queries for all."""
    spec = spec_for(actor.organization, "lead")
    wanted = [keys_to_look_up(spec, own) for own in keys]
    every = list(dict.fromkeys(key for own in wanted for key in own))
    if not every:
        return [[] for _row in rows]
    by_key: dict[str, list[uuid.UUID]] = {}
    for key, pk in LeadKey.objects.filter(key__in=every).values_list("key", "lead_id")[:MOST_ROWS]:
        by_key.setdefault(key, []).append(pk)
    ids = {pk for found in by_key.values() for pk in found}
    live = Lead.objects.filter(LIVE, pk__in=ids).exclude(status=LeadStatus.CONVERTED)
    known = {row["id"]: opened_row(spec.all_fields.values(), row, row["id"]) for row in live.values("id", *COMPARED)}
    return [
        _best(values, {pk for key in own for pk in by_key.get(key, ())}, known)
        for values, own in zip(rows, wanted, strict=True)
    ]


def _best(
    values: Mapping[str, Any], ids: set[uuid.UUID], known: Mapping[uuid.UUID, Mapping[str, Any]]
) -> list[Candidate]:
    found = []
    for pk in list(ids)[: MOST_CANDIDATES * 5]:
        if pk not in known:
            continue
        score = similarity(values, known[pk])
        if score.score >= POSSIBLE_DUPLICATE:
            likely = score.score >= LIKELY_DUPLICATE
            found.append(Candidate(pk, str(known[pk]["name"]), score.score, score.reasons, likely))
    return sorted(found, key=lambda candidate: -candidate.score)[:MOST_CANDIDATES]


def _are_likely_one(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return similarity(one, other).score >= LIKELY_DUPLICATE


LEAD_RULES = DuplicateRules(find_leads, match_keys, _are_likely_one)
