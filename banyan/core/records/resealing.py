"""Bringing stored values into the form that their fields ask for: sealed, under the key in use, or clear.

Works in small pieces, each in a transaction of its own, while people go on working: reads accept every form.
It changes neither versions nor the change log, since no value changes. Doing a piece again does no harm.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q

from banyan.core.access.actor import Actor
from banyan.core.ciphers.envelopes import PREFIX
from banyan.core.kernel.events import publish
from banyan.core.kernel.registry import Registry
from banyan.core.objects.models import Record
from banyan.core.objects.registry import specs_for
from banyan.core.objects.sealing import CHANGE, VALUE, Damaged, is_outdated, open_value, seal_value
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records.door import lexemes_of, searched_fields
from banyan.core.records.drafts import Draft
from banyan.core.records.events import RecordsResealed
from banyan.core.records.models import Change, Merge
from banyan.core.records.storage import update_rows

PIECE_ROWS = 500

#: Works on the next rows after an id, and returns the last id (None: there are no more) and their number.
Work = Callable[[Actor, uuid.UUID | None], tuple[uuid.UUID | None, int]]


@dataclass(frozen=True)
class Step:
    """One kind of rows that hold sealed values: what works on them, and how many there are."""

    name: str
    work: Work
    count: Callable[[Actor], int]


#: Steps besides records and their log; rooms above register theirs.
further_steps: Registry[Step] = Registry("resealing steps")


def steps_for(actor: Actor) -> list[Step]:
    """Return all steps of an organization, in the order in which they are worked off."""
    specs = specs_with_sealed_fields(actor)
    if not specs:
        return list(further_steps)
    logged = {"object_name__in": list(specs)}
    return [
        *(_step_of(spec) for spec in specs.values()),
        Step("changes", reseal_changes, lambda _actor: Change.objects.filter(**logged).count()),
        Step("merges", reseal_merges, lambda _actor: Merge.objects.filter(**logged).count()),
        *further_steps,
    ]


def _step_of(spec: ObjectSpec) -> Step:
    count = spec.model._default_manager.count  # noqa: SLF001 Django's own name for it
    return Step(spec.name, lambda _actor, after: reseal_records(spec, after), lambda _actor: count())


def sealed_fields(spec: ObjectSpec) -> list[Field]:
    """Return the fields whose stored values may be sealed, or have to be."""
    return [entry for entry in spec.all_fields.values() if entry.is_sealed]


def specs_with_sealed_fields(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects with such fields, as the organization uses them."""
    return {name: spec for name, spec in specs_for(actor.organization).items() if sealed_fields(spec)}


def reseal_records(spec: ObjectSpec, after: uuid.UUID | None) -> tuple[uuid.UUID | None, int]:
    """Work on the next records after an id, deleted ones included; return the last id and how many there were.

    The fingerprints among their words are made anew too. No id means that there are no more.
    """
    return _reseal(spec, _next_rows(spec.model, Q(), after))


def reseal_strays(spec: ObjectSpec) -> int:
    """Seal values of sensitive fields that are still in the clear; return how many records were done.

    Somebody who began to write before the field became sensitive may have left them behind.
    """
    found = Q()
    for entry in sealed_fields(spec):
        if entry.sensitive:
            found |= _is_clear(entry)
    return _reseal(spec, _next_rows(spec.model, found, None))[1] if found else 0


def _is_clear(entry: Field) -> Q:
    if entry.source == CUSTOM:
        return Q(custom__has_key=entry.name) & ~Q(**{f"custom__{entry.name}__startswith": PREFIX})
    filled = Q(**{f"{entry.attribute}__isnull": False}) & ~Q(**{entry.attribute: ""})
    return filled & ~Q(**{f"{entry.attribute}__startswith": PREFIX})


def _reseal(spec: ObjectSpec, rows: list[Any]) -> tuple[uuid.UUID | None, int]:
    searched, changed = searched_fields(spec), []
    for record in rows:
        draft = Draft(spec, existing=record)
        try:
            columns = _resealed_columns(spec, record)
            changed.append({"id": record.pk, **columns, "search": lexemes_of(draft, searched)})
        except Damaged:
            continue  # told in the log; nobody can make it better here
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in changed:
        groups.setdefault(tuple(sorted(row)), []).append(row)
    for names, same in groups.items():
        update_rows(spec.model, [name for name in names if name != "id"], same)
    if changed:
        ids = tuple(row["id"] for row in changed)
        publish(RecordsResealed(organization_id=rows[0].organization_id, object_name=spec.name, record_ids=ids))
    return (rows[-1].pk if rows else None), len(rows)


def _resealed_columns(spec: ObjectSpec, record: Record) -> dict[str, Any]:
    """Return the columns of a record that need another form, with it."""
    columns: dict[str, Any] = {}
    custom = dict(record.custom or {})
    for entry in sealed_fields(spec):
        stored = custom.get(entry.name) if entry.source == CUSTOM else getattr(record, entry.attribute)
        if not is_outdated(entry, stored):
            continue
        fitting = _in_fitting_form(entry, record.pk, stored, VALUE)
        if entry.source == CUSTOM:
            custom[entry.name] = fitting
            columns["custom"] = custom
        else:
            columns[entry.attribute] = fitting
    return columns


def reseal_changes(actor: Actor, after: uuid.UUID | None) -> tuple[uuid.UUID | None, int]:
    """Work on the next entries of the change log, as ``reseal_records`` does."""
    specs = specs_with_sealed_fields(actor)
    rows = _next_rows(Change, Q(object_name__in=list(specs)), after)
    for row in rows:
        values = _resealed_pairs(specs[row.object_name], row.record_id, row.values)
        if values is not None:
            Change.objects.filter(pk=row.pk).update(values=values)
    return (rows[-1].pk if rows else None), len(rows)


def reseal_merges(actor: Actor, after: uuid.UUID | None) -> tuple[uuid.UUID | None, int]:
    """Work on what merges keep of before, as ``reseal_records`` does."""
    specs = specs_with_sealed_fields(actor)
    rows = _next_rows(Merge, Q(object_name__in=list(specs)), after)
    for row in rows:
        values = _resealed_pairs(specs[row.object_name], row.kept_id, row.before)
        if values is not None:
            Merge.objects.filter(pk=row.pk).update(before=values)
    return (rows[-1].pk if rows else None), len(rows)


def _resealed_pairs(spec: ObjectSpec, record_id: uuid.UUID, values: dict[str, Any]) -> dict[str, Any] | None:
    """Return kept pairs of old and new values in the fitting form; None when they have it."""
    changed = dict(values)
    for entry in sealed_fields(spec):
        pair: Sequence[Any] | None = values.get(entry.name)
        if pair is None or not any(is_outdated(entry, value) for value in pair):
            continue
        try:
            changed[entry.name] = [_in_fitting_form(entry, record_id, value, CHANGE) for value in pair]
        except Damaged:
            continue
    return None if changed == values else changed


def _in_fitting_form(entry: Field, record_id: uuid.UUID, stored: Any, purpose: str) -> Any:
    return seal_value(entry, record_id, open_value(entry, record_id, stored, purpose), purpose)


def _next_rows(model: type[Model], condition: Q, after: uuid.UUID | None) -> list[Any]:
    rows = model._default_manager.filter(condition)  # noqa: SLF001 Django's own name for it
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.order_by("pk").select_for_update(of=("self",))[:PIECE_ROWS])
