"""The one door for writes.

Every change of a record goes through here, one or many at a time, whoever asks: permission, values,
rules, the row, the change log and the event, in one transaction.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.guards import require_own_eyes
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Missing, NotAllowed, Stale, refusal
from banyan.core.kernel.text.tokens import search_lexemes
from banyan.core.objects.models import Record
from banyan.core.objects.registry import shaped
from banyan.core.objects.sealing import lexeme, seal_value
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records.changelog import record_changes
from banyan.core.records.checks import check_links, check_transfers, check_unique
from banyan.core.records.drafts import Draft, Levels, Origin, WriteContext, complete, fill, stored_value
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import ChangeAction
from banyan.core.records.policies import Phase, run_policies
from banyan.core.records.sealing import sealed_pair
from banyan.core.records.storage import insert_rows, update_rows
from banyan.core.tenancy.sequences import take_numbers

Values = Mapping[str, Any]
NO_ORIGIN = Origin()


@dataclass
class Outcome:
    """What a set-based write did; ``rejected`` maps the position (or id) of a row to its errors."""

    batch_id: uuid.UUID
    created: list[uuid.UUID] = field(default_factory=list)
    updated: list[uuid.UUID] = field(default_factory=list)
    unchanged: list[uuid.UUID] = field(default_factory=list)
    rejected: dict[Any, list[FieldError]] = field(default_factory=dict)


def create(actor: Actor, spec: ObjectSpec, values: Values, *, context: WriteContext | None = None) -> Record:
    """Create one record and return it.

    Raises ``NotAllowed`` without the right to create, ``Invalid`` with all errors of all fields, ``Unconfirmed`` when
    they are nothing but warnings.
    """
    outcome = create_many(actor, spec, [values], context=context)
    if outcome.rejected:
        raise refusal(outcome.rejected[0])
    return spec.model._default_manager.get(pk=outcome.created[0])  # noqa: SLF001


@transaction.atomic
def create_many(
    actor: Actor,
    spec: ObjectSpec,
    rows: Sequence[Values],
    *,
    context: WriteContext | None = None,
    ids: Sequence[uuid.UUID] | None = None,
) -> Outcome:
    """Create the rows that are right and say what is wrong with the others, by their position.

    ``ids`` gives the records the ids that the caller has chosen. Raises ``NotAllowed``.
    """
    spec = shaped(actor.organization, spec)
    require(actor, spec, Action.CREATE)
    context = context or WriteContext.for_actor(actor)
    drafts = [Draft(spec, record_id=ids[position] if ids else None) for position in range(len(rows))]
    levels: Levels = {}
    for draft, values in zip(drafts, rows, strict=True):
        fill(draft, values, context, levels)
    _check(context, spec, drafts)
    outcome = Outcome(context.batch_id)
    outcome.rejected = {position: draft.errors for position, draft in enumerate(drafts) if draft.errors}
    good = [draft for draft in drafts if not draft.errors]
    if good:
        _insert(context, spec, good)
        outcome.created = [draft.record_id for draft in good]
        told = [ChangedRecord(draft.record_id, remarks=draft.remarks, held=held) for draft, held in _held(spec, good)]
        record_changes(context, spec, ChangeAction.CREATE, told)
    return outcome


def _held(spec: ObjectSpec, drafts: Sequence[Draft]) -> Iterator[tuple[Draft, Values]]:
    """Return new records with the values that they begin with; what is encrypted in them must not travel in events."""
    secret = {name for name, entry in spec.all_fields.items() if entry.sensitive}
    for draft in drafts:
        values = draft.values
        yield draft, values if secret.isdisjoint(values) else {n: v for n, v in values.items() if n not in secret}


def update(
    actor: Actor,
    spec: ObjectSpec,
    record_id: uuid.UUID,
    values: Values,
    *,
    expected_version: int | None = None,
    context: WriteContext | None = None,
) -> Record:
    """Change one record and return it.

    Raises ``Missing`` when the actor may not see it, ``NotAllowed`` when it may not be changed,
    ``Stale`` when ``expected_version`` is no longer the current one, ``Invalid`` with all errors, ``Unconfirmed`` when
    they are nothing but warnings.
    """
    versions = {} if expected_version is None else {record_id: expected_version}
    outcome = update_many(actor, spec, {record_id: values}, expected_versions=versions, context=context)
    if outcome.rejected:
        raise refusal(outcome.rejected[record_id])
    return spec.model._default_manager.get(pk=record_id)  # noqa: SLF001


@transaction.atomic
def update_many(
    actor: Actor,
    spec: ObjectSpec,
    changes: Mapping[uuid.UUID, Values],
    *,
    expected_versions: Mapping[uuid.UUID, int] | None = None,
    context: WriteContext | None = None,
) -> Outcome:
    """Change records, each with its own values; the right ones are written, the others reported by id.

    Raises ``Missing``, ``NotAllowed`` or ``Stale`` before anything is written.
    """
    spec = shaped(actor.organization, spec)
    context = context or WriteContext.for_actor(actor)
    drafts = [Draft(spec, existing=record) for record in lock(actor, spec, list(changes), Action.EDIT)]
    for draft in drafts:
        _check_version(draft, (expected_versions or {}).get(draft.record_id))
        fill(draft, changes[draft.record_id], context)
    return write_changes(context, spec, drafts)


def write_changes(context: WriteContext, spec: ObjectSpec, drafts: Sequence[Draft]) -> Outcome:
    """Check and store drafts of existing, locked records; for the door's own rooms (undo, merge)."""
    _check(context, spec, drafts)
    outcome = Outcome(context.batch_id)
    outcome.rejected = {draft.record_id: draft.errors for draft in drafts if draft.errors}
    changed: list[tuple[Draft, dict[str, tuple[Any, Any]]]] = []
    for draft in drafts:
        if draft.errors:
            continue
        difference = _difference(draft)
        if difference:
            changed.append((draft, difference))
            outcome.updated.append(draft.record_id)
        else:
            outcome.unchanged.append(draft.record_id)
    if changed:
        store(context, spec, [draft for draft, _ in changed])
        records = [ChangedRecord(draft.record_id, difference, draft.remarks) for draft, difference in changed]
        record_changes(context, spec, ChangeAction.UPDATE, records)
    return outcome


def lock(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID], action: Action) -> list[Record]:
    """Lock live records in order of their ids for a change that the actor may make, and return them.

    Raises ``Missing`` when one is not visible, ``NotAllowed`` when one is visible but not for this action.
    """
    require_own_eyes(actor)
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001
    allowed = set(restrict(rows, actor, spec, action).values_list("pk", flat=True))
    if len(allowed) < len(set(ids)):
        seen = set(restrict(rows, actor, spec).values_list("pk", flat=True))
        if set(ids) - seen:
            raise Missing("not_found", _("This record does not exist, or you may not see it."))
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _check_version(draft: Draft, expected: int | None) -> None:
    current = draft.existing.version if draft.existing is not None else None
    if expected is not None and expected != current:
        raise Stale(
            "stale",
            _("Somebody changed this record in the meantime. Look at both versions and choose."),
            record_id=draft.record_id,
            version=current,
        )


def _check(context: WriteContext, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    run_policies(Phase.ASSIGN, spec, drafts, context)
    complete(spec, drafts, context)
    check_links(context.actor, spec, drafts)
    if not context.exempt:
        check_transfers(context.actor, spec, drafts)
    check_unique(context.actor, spec, drafts)
    if spec.prepare is not None:
        spec.prepare([draft for draft in drafts if not draft.errors], context)
    run_policies(Phase.DERIVE, spec, drafts, context)
    run_policies(Phase.JUDGE, spec, drafts, context)
    run_policies(Phase.SETTLE, spec, drafts, context)


def _difference(draft: Draft) -> dict[str, tuple[Any, Any]]:
    difference = {}
    for name, value in draft.values.items():
        before = draft.before(name)
        if value != before and not (_empty(draft, name, value) and _empty(draft, name, before)):
            entry = draft.spec.all_fields[name]
            pair = (entry.kind.to_json(before), entry.kind.to_json(value))
            # What is encrypted in the record must not lie in the change log, nor travel in events.
            difference[name] = sealed_pair(entry, draft.record_id, pair) if entry.sensitive else pair
    return difference


def _empty(draft: Draft, name: str, value: Any) -> bool:
    return draft.spec.all_fields[name].kind.is_empty(value)


def _insert(context: WriteContext, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    at = now()
    year = at.astimezone(ZoneInfo(context.actor.time_zone)).year
    key = f"{spec.name}:{year}" if "{year}" in spec.number_pattern else spec.name
    first = take_numbers(context.actor.organization_id, key, len(drafts))
    searched = searched_fields(spec)

    def row_of(position: int, draft: Draft) -> dict[str, Any]:
        draft.values["number"] = spec.number_pattern.format(year=year, number=first + position)
        origin = context.origins.get(draft.record_id, NO_ORIGIN)
        created_at = origin.created_at or at
        return {
            "id": draft.record_id,
            "organization_id": context.actor.organization_id,
            "version": 1,
            "created_at": draft.columns.pop("created_at", created_at),
            "created_by_id": origin.created_by_id or context.actor.user_id,
            "updated_at": origin.updated_at or created_at,
            "updated_by_id": context.actor.user_id,
            "search": lexemes_of(draft, searched),
            **spec.fixed,
            **_row(draft, draft.values),
        }

    insert_rows(spec.model, itertools.starmap(row_of, enumerate(drafts)))


def store(context: WriteContext, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Update rows; rows that set the same columns share a statement."""
    at = now()
    searched = searched_fields(spec)
    groups: dict[tuple[bool, tuple[str, ...]], list[dict[str, Any]]] = {}
    for draft in drafts:
        existing = draft.existing
        if existing is None:
            raise TypeError("Only existing records can be changed.")
        row = {
            "id": draft.record_id,
            "version": existing.version + 1,
            "updated_at": at,
            "updated_by_id": context.actor.user_id,
            **_row(draft, draft.values),
        }
        if any(entry.weight or entry.sensitive for entry in map(spec.all_fields.__getitem__, draft.values)):
            row["search"] = lexemes_of(draft, searched)
        groups.setdefault(("custom" not in draft.columns, tuple(sorted(row))), []).append(row)
    for (joins_custom, names), rows in groups.items():
        update_rows(spec.model, [name for name in names if name != "id"], rows, joins_custom=joins_custom)


def _row(draft: Draft, values: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of the table for values of fields; custom values are to join those already there.

    Others may derive values of the same record while it is being written: only what is set is written.
    """
    row = dict(draft.columns)
    is_whole = draft.is_new or "custom" in draft.columns
    custom = dict(draft.columns.get("custom", {}))
    touched = draft.is_new
    for name, value in values.items():
        entry: Field = draft.spec.all_fields[name]
        if entry.source != CUSTOM:
            row[entry.attribute] = seal_value(entry, draft.record_id, value)
            continue
        touched = True
        if not entry.kind.is_empty(value):
            custom[name] = seal_value(entry, draft.record_id, entry.kind.to_json(value))
        elif is_whole:
            custom.pop(name, None)
        else:
            custom[name] = None
    if draft.is_new and not custom:
        return row
    return {**row, "custom": custom} if touched else row


def searched_fields(spec: ObjectSpec) -> list[Field]:
    """Return the fields whose values make a record findable."""
    return [entry for entry in spec.all_fields.values() if entry.weight or entry.sensitive]


def lexemes_of(draft: Draft, searched: Sequence[Field]) -> str:
    """Return the search vector of a draft from the fields that make it findable."""
    words, whole = [], []
    # A new record has no value but those that were given; most fields of an imported one are empty.
    get = draft.values.get if draft.is_new else draft.get
    for entry in searched:
        value = get(entry.name)
        if entry.sensitive:
            whole.append(lexeme(entry, value))
        elif value is not None and (text := entry.kind.search_text(value)):
            words.append((text, entry.weight))
    return " ".join(filter(None, (search_lexemes(words), *whole)))


def value_of(record: Record, spec: ObjectSpec, name: str) -> Any:
    """Return a field's value of a record, built-in or custom."""
    return stored_value(record, spec.all_fields[name])
