"""The keys of records under duplicate rules: kept when records change, made for all when a rule does."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from banyan.core.access.actor import Actor, system_actor
from banyan.core.business_rules.duplicates import SHAPING, ReadyRule, RulesOfObject, ready_rule
from banyan.core.business_rules.models import DuplicateKey, DuplicateRule
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.events import RecordsChanged, RecordsResealed
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import chunks, insert_rows
from banyan.core.tenancy.models import Organization

PIECE_RECORDS = 1_000
#: The keys of so many records are made while somebody waits.
MOST_AT_ONCE = 5_000


def settle(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let the keys of records agree with the values that they are about to have, set-based."""
    spec = drafts[0].spec
    actor = system_actor(context.actor.organization)
    rules: RulesOfObject = spec.shaping[SHAPING]
    for ready in rules.ready(actor, spec):
        touched = [draft for draft in drafts if draft.is_new or draft.changes(*ready.names)]
        if touched:
            _write(actor, [ready], touched, is_new=all(draft.is_new for draft in touched))


def forget_keys(event: RecordsChanged) -> None:
    """Make the keys anew of records whose personal data was erased; that goes past the one door's rules."""
    if event.action != ChangeAction.ERASE:
        return
    found = _ruled(event.organization_id, event.object_name)
    if found is not None:
        write_keys(*found, [record.record_id for record in event.records], is_new=False)


def renew_keys(event: RecordsResealed) -> None:
    """Make the keys anew of records whose values were encrypted, decrypted or encrypted under another key."""
    found = _ruled(event.organization_id, event.object_name)
    if found is not None:
        write_keys(*found, list(event.record_ids), is_new=False)


def _ruled(organization_id: uuid.UUID, object_name: str) -> tuple[Actor, ObjectSpec, Sequence[ReadyRule]] | None:
    """Return the rules of an object, if it has any."""
    organization = Organization.objects.get(pk=organization_id)
    spec = specs_for(organization).get(object_name)
    rules: RulesOfObject | None = spec.shaping.get(SHAPING) if spec is not None else None
    if spec is None or rules is None:
        return None
    actor = system_actor(organization)
    return actor, spec, rules.ready(actor, spec)


def write_keys(
    actor: Actor, spec: ObjectSpec, rules: Sequence[ReadyRule], ids: Sequence[uuid.UUID], *, is_new: bool
) -> None:
    """Write the keys of records under some rules in place of those that they have."""
    for part in chunks(ids, PIECE_RECORDS):
        records = spec.model._default_manager.filter(pk__in=part)  # noqa: SLF001 Django's own name for it
        _write(actor, rules, [Draft(spec, existing=record) for record in records], is_new=is_new)


def _write(actor: Actor, rules: Sequence[ReadyRule], drafts: Sequence[Draft], *, is_new: bool) -> None:
    if not is_new:
        ids = [draft.record_id for draft in drafts]
        DuplicateKey.objects.filter(rule_id__in=[ready.rule.pk for ready in rules], record_id__in=ids).delete()
    rows: list[dict[str, Any]] = [
        {"organization_id": actor.organization_id, "rule_id": ready.rule.pk, "key": key, "record_id": draft.record_id}
        for draft in drafts
        for ready in rules
        for key in ready.keys(actor, {name: draft.get(name) for name in ready.names})
    ]
    if rows:
        insert_rows(DuplicateKey, rows)


def make_all_keys(actor: Actor, rule: DuplicateRule, spec: ObjectSpec) -> None:
    """Make the keys of all records under a rule, so that older records are found too."""
    ready = ready_rule(actor, rule, spec)
    if ready is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM business_rules_duplicatekey WHERE rule_id = %s", [rule.pk])
    ids = live_rows(system_actor(actor.organization), spec).order_by("pk").values_list("pk", flat=True)
    write_keys(actor, spec, [ready], list(ids), is_new=True)
    DuplicateRule.objects.filter(pk=rule.pk).update(keys_made_at=now())
