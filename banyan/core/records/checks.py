"""Checks of drafts that ask the database, set-based: links that must be visible, values that must be unique."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.listing.fields import value_expression
from banyan.core.objects.kinds import USER, Reference, split_reference
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records.drafts import Draft

#: More locks of single values than this would be many for the server's lock table.
MOST_VALUE_LOCKS = 100


def check_links(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse links to records that do not exist, lie in the recycle bin or may not be seen."""
    for name, entry in spec.links.items():
        wanted: dict[uuid.UUID, list[Draft]] = {}
        for draft in drafts:
            value = draft.values.get(name)
            if value is not None and value != draft.before(name):
                wanted.setdefault(value, []).append(draft)
        if not wanted:
            continue
        for missing in wanted.keys() - _existing(actor, entry, list(wanted)):
            for draft in wanted[missing]:
                _refuse_missing(draft, entry)
    for name, entry in spec.writable_fields.items():
        if isinstance(entry.kind, Reference):
            _check_references(actor, entry, [draft for draft in drafts if draft.changes(name) and draft.get(name)])


def _refuse_missing(draft: Draft, entry: Field) -> None:
    message = _("The record chosen for “%(label)s” was not found.") % {"label": entry.label}
    draft.refuse(entry.name, "unknown_record", message)


def _check_references(actor: Actor, entry: Field, drafts: Sequence[Draft]) -> None:
    by_target: dict[str, dict[uuid.UUID, list[Draft]]] = {}
    for draft in drafts:
        target, record_id = split_reference(draft.get(entry.name)) or ("", draft.record_id)
        by_target.setdefault(target, {}).setdefault(record_id, []).append(draft)
    for target, wanted in by_target.items():
        known = _visible_ids(actor, target, list(wanted)) if target in specs_here() else set()
        for missing in wanted.keys() - known:
            for draft in wanted[missing]:
                _refuse_missing(draft, entry)


def _existing(actor: Actor, entry: Field, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    target: str = entry.kind.target  # type: ignore[attr-defined]
    if target == USER:
        return set(User.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if target not in specs_here():
        model = link_models[target]
        return set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))  # noqa: SLF001
    return _visible_ids(actor, target, ids)


def _visible_ids(actor: Actor, target: str, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    spec = specs_here()[target]
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001
    return set(restrict(rows, actor, spec).values_list("pk", flat=True))


def check_transfers(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse to give records away without the right to; somebody who may change a record need not have it.

    A service with a rule of its own, such as claiming from a pool, sets the owner itself.
    """
    moved = [draft for draft in drafts if not draft.is_new and "owner" in draft.given and draft.changes("owner")]
    if not moved or actor.is_system or spec.is_setting:
        return
    rows = spec.model._default_manager.filter(pk__in=[draft.record_id for draft in moved])  # noqa: SLF001
    allowed = set(restrict(rows, actor, spec, Action.TRANSFER).values_list("pk", flat=True))
    for draft in moved:
        if draft.record_id not in allowed:
            draft.refuse("owner", "not_allowed", _("You may not give this record to somebody else."))


#: Link targets that are no business objects, such as files; rooms above register theirs.
link_models: dict[str, type[Model]] = {}


def check_unique(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse values that another record outside the recycle bin has, or that come twice at once."""
    for name, entry in spec.writable_fields.items():
        if entry.unique:
            _check_unique_field(actor, spec, entry, [draft for draft in drafts if name in draft.values])


def lock_values(actor: Actor, spec: ObjectSpec, entry: Field, values: Sequence[str]) -> None:
    """Let whoever else writes one of these values into the field wait until this transaction ends.

    Many values are not locked one by one, but as the whole field: locks have to fit into the server's memory.
    """
    scope = f"{actor.organization_id}:{spec.name}.{entry.name}"
    with connection.cursor() as cursor:
        if len(values) > MOST_VALUE_LOCKS:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [scope])
            return
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [scope])
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT hashtextextended(value, 1) AS key"
            " FROM unnest(%s::text[]) AS value ORDER BY key) AS keys",
            [[f"{scope}:{value}" for value in values]],
        )


def _check_unique_field(actor: Actor, spec: ObjectSpec, entry: Field, drafts: Sequence[Draft]) -> None:
    by_value: dict[Any, list[Draft]] = {}
    for draft in drafts:
        if not entry.kind.is_empty(draft.values[entry.name]):
            by_value.setdefault(draft.values[entry.name], []).append(draft)
    if not by_value:
        return
    rows = spec.model._default_manager.filter(deleted_at__isnull=True)  # noqa: SLF001
    if entry.source == CUSTOM:
        # Columns have constraints; an own field has only this check, which others that write the same must wait for.
        lock_values(actor, spec, entry, [str(entry.kind.to_json(value)) for value in by_value])
        # Row-level security compares the organization too; said here, the planner knows it for the index.
        rows = rows.filter(organization_id=actor.organization_id)
    found = rows.annotate(found=value_expression(entry)).filter(found__in=list(by_value))
    taken = set(found.values_list("found", "pk"))
    for value, same in by_value.items():
        holders = {pk for other, pk in taken if other == value}
        for position, draft in enumerate(same):
            if holders - {draft.record_id} or position > 0:
                message = _("Another record already has this “%(label)s”.") % {"label": entry.label}
                draft.refuse(entry.name, "not_unique", message)
