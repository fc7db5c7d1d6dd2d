"""Changing the kind of a field: what of the values converts, what would be lost, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, defer, job
from banyan.core.jobs.runs import begin_run, latest_run, watched
from banyan.core.kernel.errors import Refused
from banyan.core.objects.customising import CUSTOM_FIELD, find_custom_field
from banyan.core.objects.field_uses import Wanted, refuse_in_use
from banyan.core.objects.kinds import Kind, Reading, Unacceptable, kinds
from banyan.core.objects.models import CustomField, PickList, SensitiveField
from banyan.core.objects.pick_lists import MOST_OPTIONS
from banyan.core.objects.registry import custom_field, forget, specs_for
from banyan.core.objects.removing import label_of
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields.jobs import fresh_actor
from banyan.core.records.storage import chunks, update_rows
from banyan.core.tenancy.scope import organization_scope

#: Kinds that become each other by way of how people write their values.
CONVERTIBLE = (
    "text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice", "multiple_choice",
    "tags", "email", "phone", "url",
)  # fmt: skip
CHOICES = ("choice", "multiple_choice")
CONVERT = "own_fields.convert"
CONVERTING = "converting"
#: So many records are converted while one waits; with more, the field is out of use meanwhile.
AT_ONCE = 2_000
LOOKED_AT = 50_000
PIECE_ROWS = 1_000
EXAMPLES = 5


@dataclass
class Preview:
    """What a change of kind would do: how many values convert, and how many are lost, with examples of both."""

    looked_at: int = 0
    total: int = 0
    converts: int = 0
    lost: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    too_many: bool = False


def require_convertible(actor: Actor, row: CustomField, kind_name: str) -> None:
    """Raise ``Refused`` when a field cannot become one of a kind."""
    is_sensitive = SensitiveField.objects.filter(object_name=row.object_name, name=row.name).exists()
    if row.computed or is_sensitive or not {row.kind, kind_name} <= set(CONVERTIBLE) or row.kind == kind_name:
        raise Refused("not_convertible", _("This field cannot become one of that kind."))
    if row.is_active:
        refuse_in_use(specs_for(actor.organization), Wanted(row.object_name, row.name), label_of(row))


def preview(actor: Actor, row: CustomField, kind_name: str) -> Preview:
    """Return what the change would do to the newest records that have a value."""
    spec = specs_for(actor.organization)[row.object_name]
    rows = _filled(spec, row.name)
    found = Preview(total=rows.count())
    conversion = _Conversion(actor, spec, row, kind_name)
    for value in rows.order_by("-pk").values_list(f"custom__{row.name}", flat=True)[:LOOKED_AT].iterator(PIECE_ROWS):
        found.looked_at += 1
        shown, result = conversion.of(value)
        if result is None:
            found.lost += 1
            if shown not in found.losses and len(found.losses) < EXAMPLES:
                found.losses.append(shown)
        else:
            found.converts += 1
            if len(found.examples) < EXAMPLES:
                found.examples.append((shown, conversion.shown(result)))
    found.too_many = len(conversion.options) > MOST_OPTIONS
    return found


@transaction.atomic
def change_kind(actor: Actor, field_id: uuid.UUID, kind_name: str) -> JobRun | None:
    """Let a field become one of another kind; what does not convert is emptied. Return the run when it takes longer.

    Until a longer run is over the field is out of use, so that nobody reads or writes half of it. Raises
    ``NotAllowed``, ``Missing``, or ``Refused`` when it is used where it would break, or does not go.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_field(field_id)
    require_convertible(actor, row, kind_name)
    spec = specs_for(actor.organization)[row.object_name]
    before, was_indexed = row.kind, row.is_indexed
    run = None
    if _filled(spec, row.name).count() <= AT_ONCE:
        convert_piece(actor, spec, row, kind_name, None, AT_ONCE)
        finish(actor, row, kind_name)
    else:
        row.settings, row.is_active = {**row.settings, CONVERTING: kind_name}, False
        row.save()
        forget(actor.organization)
        run = begin_run(actor, CONVERT, subject=str(row.pk))
        defer(convert_all, actor, lock=f"{CONVERT}-{row.pk}", run_id=str(run.pk), kind=kind_name)
    values: dict[str, tuple[Any, Any]] = {"kind": (before, kind_name)}
    if was_indexed:
        values["is_indexed"] = (True, False)
    tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "update", values=values)
    return run


def resume(actor: Actor, row: CustomField) -> None:
    """Let a conversion that has failed go on where it stopped. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    run = latest_run(CONVERT, subject=str(row.pk))
    kind = row.settings.get(CONVERTING)
    if run is not None and kind and not run.is_under_way:
        defer(convert_all, actor, lock=f"{CONVERT}-{row.pk}", run_id=str(run.pk), kind=kind)


@job(CONVERT, label=gettext_lazy("The values of a field are converted"), queue=BULK, attempts=5, in_transaction=False)
def convert_all(actor: Actor, *, run_id: str, kind: str) -> None:
    """Convert all values of a field, piece by piece; go on where an interrupted run stopped."""
    actor = fresh_actor(actor.organization_id)
    with organization_scope(actor.organization_id):
        run = JobRun.objects.get(pk=run_id)
        row = find_custom_field(uuid.UUID(run.subject))
        spec = specs_for(actor.organization)[row.object_name]
        total, place = _filled(spec, row.name).count(), run.outcome
    if row.settings.get(CONVERTING) != kind:
        return
    with watched(actor, run_id) as report:
        after, done = place.get("after"), int(place.get("rows", 0))
        while True:
            with organization_scope(actor.organization_id):
                last, count = convert_piece(actor, spec, row, kind, after, PIECE_ROWS)
                done += count
                after = last
                JobRun.objects.filter(pk=run_id).update(outcome={"after": after, "rows": done})
                if after is None:
                    finish(actor, find_custom_field(row.pk), kind)
            report(label_of(row), done, total)
            if after is None:
                break
        report.outcome = {"rows": done}


def convert_piece(
    actor: Actor, spec: ObjectSpec, row: CustomField, kind_name: str, after: str | None, size: int
) -> tuple[str | None, int]:
    """Convert the next values; return the last record's id (None: there are no more) and how many there were."""
    rows = _filled(spec, row.name).order_by("pk")
    rows = rows.filter(pk__gt=after) if after else rows
    locked = rows.select_for_update(of=("self",), no_key=True)[:size]
    found = list(locked.values_list("pk", f"custom__{row.name}"))
    conversion = _Conversion(actor, spec, row, kind_name)
    changed = [{"id": pk, "custom": {row.name: conversion.of(value)[1]}} for pk, value in found]
    for part in chunks(changed, PIECE_ROWS):
        update_rows(spec.model, ["custom"], part, joins_custom=True)
    _keep_options(actor, row, kind_name, conversion.options)
    return (str(found[-1][0]) if len(found) == size else None), len(found)


def finish(actor: Actor, row: CustomField, kind_name: str) -> None:
    """Put the field in use as one of its new kind."""
    row.kind, row.is_active = kind_name, True
    row.settings = {"options": [], "open": True} if kind_name in CHOICES else {}
    row.default, row.is_unique, row.is_indexed = {}, False, False
    row.save()
    forget(actor.organization)


def _keep_options(actor: Actor, row: CustomField, kind_name: str, options: Sequence[str]) -> None:
    if kind_name not in CHOICES:
        return
    if len(options) > MOST_OPTIONS:
        raise Refused("too_many_values", _("These are too many different values for a choice."))
    name = f"{row.object_name}.{row.name}"
    stored, _created = PickList.objects.get_or_create(organization=actor.organization, name=name)
    known = {option["code"] for option in stored.options}
    stored.options += [{"code": code, "label": code} for code in options if code not in known]
    if len(stored.options) > MOST_OPTIONS:
        raise Refused("too_many_values", _("These are too many different values for a choice."))
    stored.save(update_fields=["options"])


def _filled(spec: ObjectSpec, name: str) -> Any:
    return spec.model._default_manager.filter(custom__has_key=name)  # noqa: SLF001 Django's own name for it


class _Conversion:
    """Turns stored values of one kind into stored values of another, by way of how people write them."""

    def __init__(self, actor: Actor, spec: ObjectSpec, row: CustomField, kind_name: str) -> None:
        self._old = _kind_of(spec, row)
        self._is_choice = kind_name in CHOICES
        self._new: Kind = kinds[kind_name]()
        self._reading = Reading(
            language=actor.language,
            time_zone=actor.organization.time_zone,
            currency=actor.currency,
            country=actor.organization.country,
        )
        self._codes: dict[str, str] = {}

    @property
    def options(self) -> list[str]:
        """Return the values that a choice needs."""
        return list(self._codes)

    def of(self, stored: Any) -> tuple[str, Any]:
        """Return a value as people write it, and as the new kind stores it; None when it is lost."""
        try:
            written = str(self._old.export(self._old.from_json(stored), self._reading))
        except (ValueError, TypeError, ArithmeticError):
            return str(stored), None
        if self._is_choice:
            return written, self._chosen(written)
        try:
            parsed = self._new.parse(written, self._reading)
        except Unacceptable:
            return written, None
        return written, None if self._new.is_empty(parsed) else self._new.to_json(parsed)

    def shown(self, stored: Any) -> str:
        """Return a converted value as people see it."""
        if self._is_choice:
            return ", ".join(stored) if isinstance(stored, list) else str(stored)
        return self._new.display(self._new.from_json(stored), self._reading)

    def _chosen(self, written: str) -> Any:
        parts: Iterable[str] = written.replace(";", ",").split(",") if self._new.many else [written]
        codes = [self._codes.setdefault(part.strip()[:100], part.strip()[:100]) for part in parts if part.strip()]
        return (codes if self._new.many else codes[0]) if codes else None


def _kind_of(spec: ObjectSpec, row: CustomField) -> Kind:
    """Return the kind as the field has it, with the words of its choices; also while it is out of use."""
    if row.name in spec.all_fields:
        return spec.all_fields[row.name].kind
    lists = {entry.name: entry.options for entry in PickList.objects.filter(name=f"{row.object_name}.{row.name}")}
    return custom_field(row, lists).kind


__all__ = ["CONVERT", "CONVERTIBLE", "CONVERTING", "Preview", "change_kind", "preview", "require_convertible", "resume"]
