"""Fields that an organization adds to an object; see ``pick_lists`` for the values of choices."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.field_settings import checked_default, checked_settings, define, repeated_values
from banyan.core.objects.field_uses import Wanted, refuse_in_use
from banyan.core.objects.kinds import Choice, Link, LongText, MultipleChoice, kinds
from banyan.core.objects.models import Computed, CustomField, Sealing, SensitiveField
from banyan.core.objects.pick_lists import add_options, clean_labels, set_options
from banyan.core.objects.positions import put_in_order
from banyan.core.objects.registry import field_name_from_label, forget, specs_for, specs_here
from banyan.core.objects.spec import ObjectSpec

__all__ = [
    "CUSTOM_KINDS",
    "FieldDraft",
    "add_options",
    "change_custom_field",
    "create_custom_field",
    "customisable",
    "find_custom_field",
    "order_custom_fields",
    "set_options",
]

CUSTOM_FIELD = "custom_field"
CHOICE_KINDS = (Choice.name, MultipleChoice.name)
#: Kinds that an organization may add as fields; the others need a column of their own.
CUSTOM_KINDS = (
    "text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice", "multiple_choice",
    "tags", "email", "phone", "url", "person", "people", "link", "address", "identity_number", "bank_account",
)  # fmt: skip
#: Names that mean something else in addresses and records.
RESERVED_NAMES = frozenset(
    {
        "id", "custom", "search", "organization", "deleted_at", "deleted_by", "deleted_batch", "sort", "fields",
        "limit", "cursor", "count", "expand", "filter", "view", "display", "matching", "ids", "q", "next", "errors",
        "csrfmiddlewaretoken", "record_type",
    }
)  # fmt: skip
CHANGEABLE = (
    "labels", "help_texts", "required", "position", "is_active", "is_indexed", "settings", "definition", "is_unique",
    "default", "kind",
)  # fmt: skip
MOST_FIELDS = 200
#: Each index costs every write something.
MOST_INDEXES = 20
LONGEST_NAME = 60
LONGEST_LABEL = 120


@dataclass(frozen=True)
class FieldDraft:
    """A custom field to be made.

    ``labels`` and ``help_texts`` map ``zh`` and ``en`` to words; ``name`` is made from the label when
    empty; ``options`` are the labels of a choice; ``settings`` the arguments of the kind, such as
    ``{"target": "product"}`` of a link. Values of a ``sensitive`` field are encrypted from the first one,
    those of personal kinds in any case. ``computed`` and ``definition`` are for fields that the system fills in, see
    ``definitions``; the kind of a roll-up follows from what it rolls up. ``default`` is ``{"value": ...}`` as a page or
    program writes it, or ``{"formula": ...}``.
    """

    kind: str
    labels: Mapping[str, str]
    name: str = ""
    required: bool = False
    options: Sequence[str] = ()
    help_texts: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sensitive: bool = False
    computed: str = ""
    definition: Mapping[str, Any] = field(default_factory=dict)
    unique: bool = False
    default: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_custom_field(actor: Actor, object_name: str, draft: FieldDraft) -> CustomField:
    """Add a field to an object and return it; pages, API, import, search and history have it at once.

    Raises:
        NotAllowed: The actor may not customise.
        Missing: There is no such object, or it takes no fields.
        Invalid: The kind, name, label or target cannot be used.
        Conflict: The name is taken or reserved, or there are too many fields.
    """
    require_ability(actor, Ability.CUSTOMISE)
    spec = _customisable_spec(actor, object_name)
    labels = _clean_labels(draft.labels)
    name = _usable_name(spec, draft.name) if draft.name else _free_name_among(_taken(spec), _main(labels))
    existing = CustomField.objects.filter(object_name=object_name)
    if existing.count() >= MOST_FIELDS:
        raise Conflict("too_many_fields", _("An object can have at most %(most)d own fields.") % {"most": MOST_FIELDS})
    row = CustomField(
        organization_id=actor.organization_id,
        object_name=object_name,
        name=name,
        kind=draft.kind,
        labels=labels,
        help_texts=_clean_texts(draft.help_texts),
        required=draft.required and not draft.computed,
        # Lists of records beside the one they point to must be quick, however many there are.
        is_indexed=draft.kind == Link.name and existing.filter(is_indexed=True).count() < MOST_INDEXES,
        position=existing.count(),
        computed=draft.computed,
    )
    if draft.computed:
        define(actor, spec, row, draft.definition)
    else:
        row.settings = _settings(actor, spec, draft)
        row.default = checked_default(actor, spec, row, draft.default)
    if draft.unique:
        _make_unique(spec, row, is_sensitive=draft.sensitive)
    row.save()
    is_sensitive = draft.sensitive or kinds[row.kind].is_personal
    if is_sensitive:
        _refuse_sealing_computed(row)
        _require_sealable_kind(draft.kind)
        SensitiveField.objects.create(
            organization_id=actor.organization_id, object_name=object_name, name=name, state=Sealing.SEALED
        )
    forget(actor.organization)
    created: dict[str, tuple[Any, Any]] = {"name": (None, f"{object_name}.{name}")}
    if is_sensitive:
        created["is_encrypted"] = (None, True)
    if row.is_indexed:
        created["is_indexed"] = (None, True)
    if row.computed:
        created["definition"] = (None, row.definition)
    tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "create", values=created)
    return row


@transaction.atomic
def change_custom_field(actor: Actor, field_id: uuid.UUID, **changes: Any) -> CustomField:
    """Change labels, help texts, position, settings, what is computed, or whether a field is needed, used or indexed.

    Switching a field off hides it and keeps its values. An index is built and dropped in the background, and what is
    computed in another way is computed anew there. The kind of a field changes so only if it is a formula; others are
    converted (see ``kind_changes``).

    Raises:
        NotAllowed: The actor may not customise.
        Missing: There is no such field.
        Invalid: A text, setting or definition cannot be used.
        Refused: The field is switched off while something needs it; the message names the places.
        Conflict: There are too many indexes, or a value stands in several records that is to be unique.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_field(field_id)
    spec = _customisable_spec(actor, row.object_name)
    before = {name: getattr(row, name) for name in CHANGEABLE}
    plain = {"labels", "help_texts", "required", "position", "is_active", "is_indexed"}
    for name in plain & changes.keys():
        setattr(row, name, changes[name])
    if before["is_active"] and not row.is_active:
        specs = specs_for(actor.organization)
        refuse_in_use(specs, Wanted(row.object_name, row.name), _main(row.labels))
    _change_behaviour(actor, spec, row, changes)
    if row.is_indexed and not before["is_indexed"]:
        _require_indexable(row)
    row.labels, row.help_texts = _clean_labels(row.labels), _clean_texts(row.help_texts)
    row.save()
    forget(actor.organization)
    after = {name: getattr(row, name) for name in CHANGEABLE}
    tell_setup_changed(actor, CUSTOM_FIELD, row.pk, "update", values=difference(before, after))
    return row


def _change_behaviour(actor: Actor, spec: ObjectSpec, row: CustomField, changes: Mapping[str, Any]) -> None:
    if row.computed:
        if row.computed == Computed.FORMULA:
            row.kind = changes.get("kind", row.kind)
        if "definition" in changes or "kind" in changes:
            define(actor, spec, row, changes.get("definition", row.definition))
        return
    if "settings" in changes:
        row.settings = {**row.settings, **checked_settings(actor, spec, row.kind, changes["settings"], name=row.name)}
    if "default" in changes:
        row.default = checked_default(actor, spec, row, changes["default"])
    if changes.get("is_unique") and not row.is_unique:
        is_sensitive = SensitiveField.objects.filter(object_name=row.object_name, name=row.name).exists()
        _make_unique(spec, row, is_sensitive=is_sensitive)
    elif "is_unique" in changes:
        row.is_unique = bool(changes["is_unique"])


def _make_unique(spec: ObjectSpec, row: CustomField, *, is_sensitive: bool) -> None:
    """Let no two records have the same value: those that there are must differ already."""
    if is_sensitive or row.computed or not indexable(row.kind) or row.kind == "boolean":
        raise Invalid([FieldError("is_unique", "not_unique", _("Values of this field cannot be unique."))])
    repeated = repeated_values(spec, row.name)
    if repeated:
        message = _("Some values stand in several records: %(values)s. Change those first.")
        raise Conflict("repeated_values", message % {"values": ", ".join(repeated)})
    row.is_unique = row.is_indexed = True


def _refuse_sealing_computed(row: CustomField) -> None:
    if row.computed:
        raise Invalid([FieldError("sensitive", "computed", _("Computed values cannot be encrypted."))])


def indexable(kind_name: str) -> bool:
    """Say whether fields of a kind can have an index: those with a single, short value."""
    return kind_name in CUSTOM_KINDS and kind_name != LongText.name and not kinds[kind_name].many


def _require_sealable_kind(kind_name: str) -> None:
    if not kinds[kind_name].sealable:
        message = _("Values of this kind cannot be encrypted.")
        raise Invalid([FieldError("sensitive", "not_sealable", message)])


def _require_indexable(row: CustomField) -> None:
    is_sensitive = SensitiveField.objects.filter(object_name=row.object_name, name=row.name).exists()
    if is_sensitive or not indexable(row.kind):
        raise Invalid([FieldError("is_indexed", "not_indexable", _("Fields of this kind cannot be indexed."))])
    if CustomField.objects.filter(object_name=row.object_name, is_indexed=True).count() >= MOST_INDEXES:
        message = _("An object can have at most %(most)d indexed fields.") % {"most": MOST_INDEXES}
        raise Conflict("too_many_indexes", message)


@transaction.atomic
def order_custom_fields(actor: Actor, object_name: str, field_ids: Sequence[uuid.UUID]) -> None:
    """Put an object's custom fields into this order; those not named come last."""
    require_ability(actor, Ability.CUSTOMISE)
    put_in_order(CustomField.objects.filter(object_name=object_name), field_ids)
    forget(actor.organization)


def find_custom_field(field_id: uuid.UUID) -> CustomField:
    """Return a custom field of the organization; raise ``Missing``."""
    row = CustomField.objects.filter(pk=field_id).first()
    if row is None:
        raise Missing("not_found", _("This field does not exist."))
    return row


def customisable(spec: ObjectSpec) -> bool:
    """Say whether an organization may add fields to an object."""
    return not spec.is_setting and (spec.has_page or spec.importable)


def _customisable_spec(actor: Actor, object_name: str) -> ObjectSpec:
    spec = specs_for(actor.organization).get(object_name)
    if spec is None or not customisable(spec):
        raise Missing("not_found", _("There is no such object."))
    return spec


def _settings(actor: Actor, spec: ObjectSpec, draft: FieldDraft) -> dict[str, Any]:
    if draft.kind not in CUSTOM_KINDS:
        raise Invalid([FieldError("kind", "unknown_kind", _("Choose one of the kinds in the list."))])
    settings = checked_settings(actor, spec, draft.kind, draft.settings)
    if draft.kind in CHOICE_KINDS:
        options = [{"code": label, "label": label} for label in clean_labels(draft.options)]
        return {"open": True, **settings, "options": options}
    if draft.kind == "link" and settings.get("target") not in specs_here():
        raise Invalid([FieldError("target", "required", _("Choose which records the field leads to."))])
    return settings


def _taken(spec: ObjectSpec) -> set[str]:
    own = CustomField.objects.filter(object_name=spec.name).values_list("name", flat=True)
    columns = {column.name for column in spec.model._meta.get_fields()}  # noqa: SLF001 Django's public model API is named so
    return {*own, *spec.all_fields, *columns, *RESERVED_NAMES}


def _usable_name(spec: ObjectSpec, name: str) -> str:
    is_name = name.isascii() and name.isidentifier() and name == name.lower() and len(name) <= LONGEST_NAME
    if not is_name or "__" in name or name.startswith("_"):
        message = _("A name consists of small letters, digits and single underscores, and begins with a letter.")
        raise Invalid([FieldError("name", "not_a_name", message)])
    if name in _taken(spec):
        raise Conflict("name_taken", _("There is a field “%(name)s” already.") % {"name": name})
    return name


def _free_name_among(taken: set[str], label: str) -> str:
    """Return a name made from a label, unlike those taken; words without Latin letters or pinyin become ``field``."""
    base = "_".join(part for part in field_name_from_label(label).lower().split("_") if part)
    base = base if base.isascii() and base.isidentifier() else "field"
    number, name = 2, base
    while name in taken:
        name = f"{base}_{number}"
        number += 1
    return name


def _main(labels: Mapping[str, str]) -> str:
    return labels.get("en") or next(iter(labels.values()))


def _clean_labels(labels: Mapping[str, str]) -> dict[str, str]:
    cleaned = _clean_texts(labels)
    if not cleaned:
        raise Invalid([FieldError("labels", "required", _("Write what the field is called."))])
    return cleaned


def _clean_texts(texts: Mapping[str, str]) -> dict[str, str]:
    cleaned = {language: clean_text(str(text or ""))[:LONGEST_LABEL].strip() for language, text in texts.items()}
    return {language: text for language, text in cleaned.items() if text}
