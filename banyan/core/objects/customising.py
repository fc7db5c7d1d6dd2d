"""Changing what an object is in one organization: custom fields and pick lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, NotAllowed
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds import Choice, MultipleChoice
from banyan.core.objects.models import CustomField, PickList
from banyan.core.objects.registry import field_name_from_label, forget, spec_for

#: Kinds that an organization may add as fields; the others need a column of their own.
CUSTOM_KINDS = (
    "text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice", "multiple_choice",
    "tags", "email", "phone", "url", "person",
)  # fmt: skip
MOST_FIELDS = 200
MOST_OPTIONS = 500


@dataclass(frozen=True)
class FieldDraft:
    """A custom field to be made: its kind, what people call it in each language, and the kind's settings."""

    kind: str
    labels: Mapping[str, str]
    name: str = ""
    required: bool = False
    options: Sequence[str] = ()
    help_texts: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def create_custom_field(actor: Actor, object_name: str, draft: FieldDraft) -> CustomField:
    """Add a field to an object and return it; pages, API, import, search and history have it at once.

    Raises ``NotAllowed``, ``Invalid`` for a kind that cannot be added or a missing label, ``Conflict``
    for a name that is taken.
    """
    _require_customise(actor)
    label = next((clean_text(text) for text in draft.labels.values() if clean_text(text)), "")
    if draft.kind not in CUSTOM_KINDS:
        raise Invalid([FieldError("kind", "unknown_kind", _("Choose one of the kinds in the list."))])
    if not label:
        raise Invalid([FieldError("labels", "required", _("Write what the field is called."))])
    name = _free_name(actor, object_name, draft.name or field_name_from_label(label), chosen=bool(draft.name))
    existing = CustomField.objects.filter(object_name=object_name)
    if existing.count() >= MOST_FIELDS:
        raise Conflict("too_many_fields", _("An object can have at most %(most)d own fields.") % {"most": MOST_FIELDS})
    settings: dict[str, Any] = {}
    if draft.kind in {"choice", "multiple_choice"}:
        settings = {"options": [{"code": code, "label": code} for code in _clean_options(draft.options)], "open": True}
    row = CustomField.objects.create(
        organization_id=actor.organization_id,
        object_name=object_name,
        name=name,
        kind=draft.kind,
        labels=dict(draft.labels),
        help_texts=dict(draft.help_texts),
        settings=settings,
        required=draft.required,
        position=existing.count(),
    )
    forget(actor.organization)
    return row


@transaction.atomic
def change_custom_field(actor: Actor, field_id: Any, **changes: Any) -> CustomField:
    """Change labels, help texts, whether a value is needed, the position, or whether the field is in use.

    Switching a field off hides it and keeps its values. Raises ``Missing`` or ``NotAllowed``.
    """
    _require_customise(actor)
    row = CustomField.objects.select_for_update().filter(pk=field_id).first()
    if row is None:
        raise Missing("not_found", _("This field does not exist."))
    for name in ("labels", "help_texts", "required", "position", "is_active"):
        if name in changes:
            setattr(row, name, changes[name])
    row.save()
    forget(actor.organization)
    return row


@transaction.atomic
def add_options(actor: Actor, object_name: str, field_name: str, labels: Sequence[str]) -> dict[str, str]:
    """Add values to an open pick list and return ``{label: code}``; values that are there keep their code.

    Whoever may write a record may extend an open list by a new word, so this needs no right to customise.
    Raises ``Conflict`` when the list is closed or full.
    """
    entry = spec_for(actor.organization, object_name).all_fields[field_name]
    kind = entry.kind
    if not isinstance(kind, (Choice, MultipleChoice)) or not kind.open:
        raise Conflict("closed_list", _("No value can be added to this list."))
    known = {str(option.label).casefold(): option.code for option in kind.options}
    known |= {option.code.casefold(): option.code for option in kind.options}
    fresh = [label for label in _clean_options(labels) if label.casefold() not in known]
    if fresh:
        rows = [_stored(option) for option in kind.options] + [{"code": label, "label": label} for label in fresh]
        set_options(actor, kind.list_name, rows, checked=True)
    return {label: known.get(label.casefold(), label) for label in _clean_options(labels)}


def set_options(actor: Actor, list_name: str, rows: Sequence[Mapping[str, Any]], *, checked: bool = False) -> None:
    """Store an organization's own values of a pick list, in order: code, label, colour, whether in use.

    ``checked`` says that the caller has made sure that the actor may do so. Raises ``NotAllowed``, ``Invalid``.
    """
    if not checked:
        _require_customise(actor)
    codes = [str(row["code"]) for row in rows]
    if len(codes) != len(set(codes)) or len(codes) > MOST_OPTIONS:
        raise Invalid([FieldError("options", "bad_options", _("Each value may stand in the list once."))])
    options = [{**row, "code": str(row["code"])[:100], "label": str(row.get("label", ""))[:100]} for row in rows]
    PickList.objects.update_or_create(
        organization_id=actor.organization_id, name=list_name, defaults={"options": options}
    )
    forget(actor.organization)


def _stored(option: Any) -> dict[str, Any]:
    """Return an option as it is stored; the product's own labels stay translated, so they are left empty."""
    own = option.label if isinstance(option.label, str) else ""
    return {"code": option.code, "label": own, "color": option.color, "active": option.active}


def _clean_options(labels: Sequence[str]) -> list[str]:
    cleaned = (clean_text(str(label))[:100] for label in labels)
    return list(dict.fromkeys(label for label in cleaned if label))[:MOST_OPTIONS]


def _free_name(actor: Actor, object_name: str, wanted: str, *, chosen: bool) -> str:
    taken = set(spec_for(actor.organization, object_name).all_fields) | {"id", "search", "custom", "organization"}
    taken |= set(CustomField.objects.filter(object_name=object_name).values_list("name", flat=True))
    if wanted not in taken:
        return wanted
    if chosen:
        raise Conflict("name_taken", _("There is a field “%(name)s” already.") % {"name": wanted})
    return next(f"{wanted}_{count}" for count in range(2, MOST_FIELDS + 2) if f"{wanted}_{count}" not in taken)


def _require_customise(actor: Actor) -> None:
    if not actor.has(Ability.CUSTOMISE):
        raise NotAllowed("not_allowed", _("Only those who may customise the product can do this."))
