"""What an administrator does with record types; the first one adds the field that records keep theirs in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.layouts.resolution import TYPE_FIELD
from banyan.core.objects.customising import (
    CUSTOM_FIELD,
    MOST_FIELDS,
    MOST_INDEXES,
    change_custom_field,
    customisable,
)
from banyan.core.objects.kinds import Choice, MultipleChoice
from banyan.core.objects.models import CustomField
from banyan.core.objects.pick_lists import COLORS
from banyan.core.objects.positions import put_in_order
from banyan.core.objects.registry import field_name_from_label, forget, specs_for
from banyan.core.objects.spec import ObjectSpec

RECORD_TYPE = "record_type"
MOST_TYPES = 30
LONGEST_LABEL = 60
#: What tells the field of types from one that somebody made by hand.
KEEPER = "record_types"
CHANGEABLE = ("labels", "icon", "color", "is_active", "position", "roles", "default_for", "choices")
FIELD_LABELS = {"zh": "记录类型", "en": "Record type"}


@dataclass(frozen=True)
class TypeDraft:
    """A record type as it is to be; see ``RecordType`` for what the parts mean.

    ``code`` is made from the label when empty, and never changes afterwards.
    """

    labels: Mapping[str, str]
    code: str = ""
    icon: str = ""
    color: str = ""
    is_active: bool = True
    roles: Sequence[str] = ()
    default_for: Sequence[str] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def types_in_order(object_name: str) -> list[RecordType]:
    """Return all types of an object, those out of use too."""
    return list(RecordType.objects.filter(object_name=object_name))


def find_record_type(object_name: str, type_id: uuid.UUID) -> RecordType:
    """Return a type of the organization; raise ``Missing``."""
    row = RecordType.objects.filter(object_name=object_name, pk=type_id).first()
    if row is None:
        raise Missing("not_found", _("This record type does not exist."))
    return row


@transaction.atomic
def save_record_type(actor: Actor, object_name: str, row: RecordType | None, draft: TypeDraft) -> RecordType:
    """Create a record type, or change one.

    Raises ``NotAllowed``, ``Missing`` for an object without types, ``Invalid`` with what is wrong, ``Conflict`` when
    there are too many, the code is taken, or the object has a field of its own by the name of the types' field.
    """
    require_ability(actor, Ability.CUSTOMISE)
    spec = typed_spec(actor, object_name)
    values = _clean(actor, spec, draft)
    if row is None:
        row = _new_row(actor, spec, draft, values["labels"])
    before = {name: getattr(row, name) for name in CHANGEABLE} if not row._state.adding else {}  # noqa: SLF001
    if before and before["is_active"] and not values["is_active"]:
        _require_another(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    _write_field(actor, spec)
    forget(actor.organization)
    if before:
        after = {name: getattr(row, name) for name in CHANGEABLE}
        tell_setup_changed(actor, RECORD_TYPE, row.pk, "update", values=_told(row, difference(before, after)))
    else:
        tell_setup_changed(actor, RECORD_TYPE, row.pk, "create", values={"name": (None, _name(row))})
    return row


@transaction.atomic
def delete_record_type(actor: Actor, object_name: str, type_id: uuid.UUID) -> None:
    """Delete a type that no record has, together with its layouts; raise ``Conflict`` when some have it."""
    require_ability(actor, Ability.CUSTOMISE)
    spec = typed_spec(actor, object_name)
    row = find_record_type(object_name, type_id)
    used = spec.model._default_manager.filter(custom__contains={TYPE_FIELD: row.code})  # noqa: SLF001
    count = used.count()
    if count:
        message = ngettext(
            "%(count)d record is of this type. Give it another type first, or switch this one off.",
            "%(count)d records are of this type. Give them another type first, or switch this one off.",
            count,
        )
        raise Conflict("type_in_use", message % {"count": count})
    Layout.objects.filter(object_name=object_name, record_type=row.code).delete()
    name = _name(row)
    row.delete()
    _write_field(actor, spec)
    forget(actor.organization)
    tell_setup_changed(actor, RECORD_TYPE, type_id, "delete", values={"name": (name, None)})


@transaction.atomic
def order_record_types(actor: Actor, object_name: str, ids: Sequence[uuid.UUID]) -> None:
    """Put the types of an object into this order; the first is the usual one where no role has another."""
    require_ability(actor, Ability.CUSTOMISE)
    spec = typed_spec(actor, object_name)
    before = [row.code for row in types_in_order(object_name)]
    rows = put_in_order(types_in_order(object_name), ids)
    _write_field(actor, spec)
    forget(actor.organization)
    after = [row.code for row in rows]
    if rows and before != after:
        values = {"order": (f"{object_name}: {', '.join(before)}", ", ".join(after))}
        tell_setup_changed(actor, RECORD_TYPE, rows[0].pk, "update", values=values)


def typed_spec(actor: Actor, object_name: str) -> ObjectSpec:
    """Return an object whose records can have types and layouts; raise ``Missing``."""
    spec = specs_for(actor.organization).get(object_name)
    if spec is None or not customisable(spec):
        raise Missing("not_found", _("There is no such object."))
    return spec


def narrowable(spec: ObjectSpec) -> list[str]:
    """Return the fields of which a type may offer some values only: choices that are no list of the tree of territories."""
    return [
        name
        for name, entry in spec.writable_fields.items()
        if name != TYPE_FIELD and entry.kind.name in {Choice.name, MultipleChoice.name} and entry.kind.options  # type: ignore[attr-defined]
    ]


def _new_row(actor: Actor, spec: ObjectSpec, draft: TypeDraft, labels: Mapping[str, str]) -> RecordType:
    existing = types_in_order(spec.name)
    if len(existing) >= MOST_TYPES:
        message = _("An object can have at most %(most)d record types.") % {"most": MOST_TYPES}
        raise Conflict("too_many_types", message)
    taken = {row.code for row in existing}
    code = draft.code or _free(field_name_from_label(next(iter(labels.values()))), taken)
    if code in taken:
        raise Conflict("code_taken", _("There is a type with the code “%(code)s” already.") % {"code": code})
    if len(code) > LONGEST_LABEL or not code.isidentifier():
        message = _("A code has letters, digits and underscores, at most 60.")
        raise Invalid([FieldError("code", "bad_code", message)])
    return RecordType(organization_id=actor.organization_id, object_name=spec.name, code=code, position=len(existing))


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _clean(actor: Actor, spec: ObjectSpec, draft: TypeDraft) -> dict[str, Any]:
    labels = {
        language: text
        for language in ("zh", "en")
        if (text := clean_text(str(draft.labels.get(language) or ""))[:LONGEST_LABEL].strip())
    }
    if not labels:
        message = _("Give the type a name in Chinese or English.")
        raise Invalid([FieldError("label_zh", "required", message)])
    known = {str(pk) for pk in Role.objects.values_list("pk", flat=True)}
    roles = [str(role) for role in draft.roles if str(role) in known]
    default_for = [str(role) for role in draft.default_for if str(role) in known]
    if roles and not set(default_for) <= set(roles):
        message = _("A role for which this is the first choice must be one that may use it.")
        raise Invalid([FieldError("default_for", "not_usable", message)])
    return {
        "labels": labels,
        "icon": draft.icon[:40],
        "color": draft.color if draft.color in COLORS else "",
        "is_active": draft.is_active,
        "roles": roles,
        "default_for": default_for,
        "choices": _clean_choices(spec, draft.choices),
    }


def _clean_choices(spec: ObjectSpec, given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the narrowed choices; a field that offers everything is not narrowed."""
    possible = narrowable(spec)
    found: dict[str, list[str]] = {}
    for name, codes in given.items():
        if name not in possible:
            message = _("“%(name)s” is no choice of this object.") % {"name": str(name)[:60]}
            raise Invalid([FieldError("choices", "no_choice", message)])
        entry = spec.all_fields[name]
        options = [option.code for option in entry.kind.options if option.active]  # type: ignore[attr-defined]
        unknown = [code for code in codes if code not in {option.code for option in entry.kind.options}]  # type: ignore[attr-defined]
        if unknown:
            message = _("“%(field)s” has no value “%(code)s”.") % {"field": entry.label, "code": str(unknown[0])[:60]}
            raise Invalid([FieldError("choices", "unknown_choice", message)])
        if not codes:
            message = _("“%(field)s” must offer at least one value.") % {"field": entry.label}
            raise Invalid([FieldError("choices", "no_values", message)])
        if set(codes) != set(options):
            found[name] = list(codes)
    return found


def _require_another(row: RecordType) -> None:
    others = RecordType.objects.filter(object_name=row.object_name, is_active=True).exclude(pk=row.pk)
    if others.exists():
        return
    message = _("This is the last type in use. To do without types, switch off the field “Record type” under Fields.")
    raise Conflict("last_type", message)


def _write_field(actor: Actor, spec: ObjectSpec) -> None:
    """Let the field of types have the types as its values; the first type adds the field."""
    row = CustomField.objects.filter(object_name=spec.name, name=TYPE_FIELD).first()
    types = types_in_order(spec.name)
    options = [
        {"code": entry.code, "label": entry.labels, "color": entry.color, "active": entry.is_active} for entry in types
    ]
    if row is None:
        own = CustomField.objects.filter(object_name=spec.name)
        if own.count() >= MOST_FIELDS:
            raise Conflict(
                "too_many_fields", _("An object can have at most %(most)d own fields.") % {"most": MOST_FIELDS}
            )
        row = CustomField.objects.create(
            organization_id=actor.organization_id, object_name=spec.name, name=TYPE_FIELD, kind=Choice.name,
            labels=FIELD_LABELS, settings={"kept_by": KEEPER, "open": False, "options": options}, position=own.count(),
        )  # fmt: skip
        tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "create", values={"name": (None, f"{spec.name}.{TYPE_FIELD}")})
        forget(actor.organization)
        if own.filter(is_indexed=True).count() < MOST_INDEXES:
            # Lists, forms and rules ask for the type all the time.
            change_custom_field(actor, row.pk, is_indexed=True)
        return
    if row.kept_by != KEEPER:
        message = _("There is a field “record_type” of your own already. Types need that name: remove the field first.")
        raise Conflict("field_taken", message)
    row.settings = {**row.settings, "options": options}
    row.save(update_fields=["settings"])


def _told(row: RecordType, changed: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {"name": (_name(row), _name(row)), **changed} if changed else {}


def _name(row: RecordType) -> str:
    return f"{row.object_name}: {next(iter(row.labels.values()), row.code)}"
