"""Pick lists as an organization shapes them: order, labels, colours, values hidden and added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.field_uses import Wanted, refuse_in_use
from banyan.core.objects.kinds import Choice, MultipleChoice, Option
from banyan.core.objects.models import PickList
from banyan.core.objects.registry import forget, spec_for, specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization

PICK_LIST = "pick_list"
COLORS = ("grey", "green", "blue", "cyan", "teal", "lime", "yellow", "orange", "red", "pink", "purple")
MOST_OPTIONS = 500
LONGEST_LABEL = 100


@dataclass(frozen=True)
class EditableList:
    """A pick list that the organization may shape, and the field it belongs to."""

    name: str
    spec: ObjectSpec
    field: Field
    options: tuple[Option, ...]


def editable_lists(organization: Organization) -> list[EditableList]:
    """Return the pick lists that an organization may shape, in the order of objects and fields."""
    found = []
    for spec in specs_for(organization).values():
        for entry in spec.all_fields.values():
            kind = entry.kind
            if isinstance(kind, (Choice, MultipleChoice)) and kind.open and kind.list_name:
                found.append(EditableList(kind.list_name, spec, entry, kind.options))
    return found


def find_list(organization: Organization, name: str) -> EditableList:
    """Return a pick list by its name; raise ``Missing``."""
    for entry in editable_lists(organization):
        if entry.name == name:
            return entry
    raise Missing("not_found", _("There is no such list."))


@transaction.atomic
def set_options(actor: Actor, list_name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give a pick list these values in this order.

    Records may already have a value that is left out, so it stays, hidden.

    Args:
        actor: Somebody who may customise.
        list_name: The list.
        rows: ``code`` (a new value has none), ``label`` (empty keeps the product's own, translated one),
            ``color``, ``active``. A label may be words in both languages: ``{"zh": ..., "en": ...}``.

    Raises:
        NotAllowed: The actor may not customise.
        Missing: There is no such list.
        Refused: A value is left out that a formula or another rule compares with; the message names the places.
        Invalid: A value stands in the list twice, or there are too many.
    """
    require_ability(actor, Ability.CUSTOMISE)
    current = find_list(actor.organization, list_name)
    options = _clean_rows(rows)
    kept = {option["code"] for option in options}
    specs = specs_for(actor.organization)
    for option in current.options:
        if option.code not in kept:
            wanted = Wanted(current.spec.name, current.field.name, option.code)
            refuse_in_use(specs, wanted, str(option.label))
    hidden = [{**stored(option), "active": False} for option in current.options if option.code not in kept]
    _write(actor, list_name, [*options, *hidden])


@transaction.atomic
def add_options(actor: Actor, object_name: str, field_name: str, labels: Sequence[str]) -> dict[str, str]:
    """Add values to an open pick list and return ``{label: code}``; values that are there keep their code.

    Whoever may write a record may extend an open list by a new word, so this needs no right to customise.
    Raises ``Conflict`` when the list is closed or full.
    """
    kind = spec_for(actor.organization, object_name).all_fields[field_name].kind
    if not isinstance(kind, (Choice, MultipleChoice)) or not kind.open:
        raise Conflict("closed_list", _("No value can be added to this list."))
    known: dict[str, str] = {}
    for option in sorted(kind.options, key=lambda option: option.active):
        known |= {str(option.label).casefold(): option.code, option.code.casefold(): option.code}
    wanted = clean_labels(labels)
    fresh = [label for label in wanted if label.casefold() not in known]
    if len(kind.options) + len(fresh) > MOST_OPTIONS:
        raise Conflict("list_full", _("A list can have at most %(most)d values.") % {"most": MOST_OPTIONS})
    if fresh:
        rows = [stored(option) for option in kind.options] + [{"code": label, "label": label} for label in fresh]
        _write(actor, kind.list_name, rows)
    return {label: known.get(label.casefold(), label) for label in wanted}


def clean_labels(labels: Sequence[str]) -> list[str]:
    """Return labels cleaned and shortened, each once, without empty ones."""
    cleaned = (clean_text(str(label))[:LONGEST_LABEL].strip() for label in labels)
    return list(dict.fromkeys(label for label in cleaned if label))[:MOST_OPTIONS]


def stored(option: Option) -> dict[str, Any]:
    """Return an option as it is stored; the product's own labels stay translated, so they are left empty."""
    own: Any = option.label if isinstance(option.label, str) else ""
    if isinstance(option.label, Translated):
        own = dict(option.label.texts)
    return {"code": option.code, "label": own, "color": option.color, "active": option.active}


def _clean_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = []
    for row in rows:
        label = _clean_label(row.get("label") or "")
        code = str(row.get("code") or label)[:LONGEST_LABEL]
        if code:
            color = row.get("color") if row.get("color") in COLORS else ""
            options.append({"code": code, "label": label, "color": color, "active": bool(row.get("active", True))})
    # A value that was taken out stays hidden beside a new one that is written alike but for its capitals.
    offered = [option["code"].casefold() for option in options if option["active"]]
    codes = [option["code"] for option in options]
    if len(codes) != len(set(codes)) or len(offered) != len(set(offered)) or len(codes) > MOST_OPTIONS:
        raise Invalid([FieldError("options", "bad_options", _("Each value may stand in the list once."))])
    return options


def _clean_label(label: Any) -> Any:
    """Return a label cleaned; words that are the same in both languages are one text."""
    if not isinstance(label, Mapping):
        return clean_text(str(label))[:LONGEST_LABEL].strip()
    words = {language: _clean_label(str(text or "")) for language, text in label.items()}
    words = {language: text for language, text in words.items() if text}
    return next(iter(words.values()), "") if len(set(words.values())) < 2 and len(words) != 1 else words


def _write(actor: Actor, list_name: str, options: list[dict[str, Any]]) -> None:
    row, _created = PickList.objects.get_or_create(organization=actor.organization, name=list_name)
    before = {"options": row.options}
    row.options = options
    row.save(update_fields=["options"])
    forget(actor.organization)
    tell_setup_changed(actor, PICK_LIST, row.pk, "update", values=difference(before, {"options": options}))
