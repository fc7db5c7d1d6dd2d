"""What types and layouts ask of every write: a type that one may use, its values, and the fields that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.layouts.conditions import Deciding
from banyan.core.layouts.resolution import (
    TYPE_FIELD,
    TypeShape,
    default_type,
    find_type,
    layout_for,
    layouts_of,
    types_of,
)
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.policies import Phase, WritePolicy


def has_types(spec: ObjectSpec) -> bool:
    """Say whether records of the object have types."""
    return bool(layouts_of(spec).types)


def asks_for_fields(spec: ObjectSpec) -> bool:
    """Say whether some layout of the object needs fields."""
    return any(place.required or place.require for ruling in layouts_of(spec).rulings for place in ruling.plan.places())


def assign_types(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Give new records of which nobody said the type the usual one of whoever creates them."""
    for draft in drafts:
        if draft.is_new and not draft.values.get(TYPE_FIELD):
            usual = default_type(context.actor, draft.spec)
            if usual is not None:
                draft.set(TYPE_FIELD, usual.code)


def judge_types(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse types that are not in use or that the person may not use, and values that a type does not offer."""
    if context.exempt:
        return
    for draft in drafts:
        usable = types_of(context.actor, draft.spec)
        code = draft.get(TYPE_FIELD)
        if draft.changes(TYPE_FIELD) and code and all(entry.code != code for entry in usable):
            labels = ", ".join(entry.label for entry in usable)
            message = _("This type cannot be used here. Choose one of: %(types)s.") % {"types": labels}
            draft.refuse(TYPE_FIELD, "unusable_type", message)
            continue
        kept = find_type(draft.spec, code)
        if kept is not None:
            _judge_choices(draft, kept)


def _judge_choices(draft: Draft, kept: TypeShape) -> None:
    """A value that a record had before its type was narrowed may stay; only what changes is judged."""
    for name, codes in kept.choices.items():
        entry = draft.spec.all_fields.get(name)
        if entry is None or not (draft.changes(name) or (draft.changes(TYPE_FIELD) and not draft.is_new)):
            continue
        value = draft.get(name)
        wrong = [item for item in (value if isinstance(value, list) else [value]) if item and item not in codes]
        if wrong:
            options = {option.code: str(option.label) for option in getattr(entry.kind, "options", ())}
            values = {
                "value": ", ".join(options.get(code, str(code)) for code in wrong),
                "type": kept.label,
                "options": ", ".join(options.get(code, code) for code in codes),
            }
            message = _("“%(value)s” is not offered for “%(type)s”. Choose one of: %(options)s.") % values
            draft.refuse(name, "not_offered", message)


def judge_requirements(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse drafts that leave a field empty which their layout shows and needs.

    Only what a write touches is judged: the field itself, or what decides on it. The system's own work is not,
    because nobody would be there to fill anything in.
    """
    if context.exempt or context.actor.is_system:
        return
    decided: dict[int, Deciding] = {}
    for draft in drafts:
        plan = layout_for(context.actor, draft.spec, _type_of(draft))
        if plan is not None and any(place.required or place.require for place in plan.places()):
            if id(plan) not in decided:
                decided[id(plan)] = Deciding(plan, draft.spec, context.actor)
            _judge_draft(draft, decided[id(plan)])


def _type_of(draft: Draft) -> Any:
    return draft.get(TYPE_FIELD) if TYPE_FIELD in draft.spec.all_fields else ""


def _judge_draft(draft: Draft, deciding: Deciding) -> None:
    def value(name: str) -> Any:
        return draft.record_id if name == "id" else draft.get(name)

    wrong = {error.field for error in draft.errors}
    for place in deciding.needed(value):
        entry = draft.spec.writable_fields.get(place.name)
        if entry is None or place.name in wrong or place.read_only:
            continue
        touched = {place.name, TYPE_FIELD, *deciding.paths_of(place.name)} & draft.values.keys()
        if (draft.is_new or touched) and entry.kind.is_empty(draft.get(place.name)):
            draft.refuse(place.name, "required", _("“%(label)s” is needed.") % {"label": entry.label})


POLICIES = (
    WritePolicy("layouts.types", Phase.ASSIGN, has_types, assign_types),
    WritePolicy("layouts.types_judged", Phase.JUDGE, has_types, judge_types),
    WritePolicy("layouts.requirements", Phase.JUDGE, asks_for_fields, judge_requirements),
)
