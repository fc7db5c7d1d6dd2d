"""Objects that an organization makes for itself: equal to built-in ones in everything."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import resolve
from django.utils.text import slugify
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.registry import Registry
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.custom_specs import model_of
from banyan.core.objects.models import CustomField, CustomObject
from banyan.core.objects.positions import put_in_order
from banyan.core.objects.registry import field_name_from_label, forget, objects, specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.objects.translated import in_both

CUSTOM_OBJECT = "custom_object"
MOST_OBJECTS = 100
LONGEST_NAME, LONGEST_PLURAL, LONGEST_LABEL = 40, 60, 80
#: Names that coming built-in objects will have; an organization's own object must not be in their way.
KEPT_NAMES = frozenset(
    {
        "lead", "quote", "quotation", "contract", "payment", "invoice", "campaign", "segment", "ticket", "article",
        "subscription", "warehouse", "delivery", "shipment", "supplier", "purchase_order", "price_book", "bundle",
        "survey", "form", "dashboard", "target", "forecast", "commission", "stock", "return", "receipt", "territory",
        "approval", "process", "automation", "user", "file", "department", "record", "object", "field", "setting",
    }
)  # fmt: skip
_NUMBER_PLACE = re.compile(r"\{number(:0?\d{1,2}d?)?\}")
_SHAPE_KEYS = ("columns", "board_field", "board_total", "board_card", "calendar_start", "calendar_end")
_CHANGEABLE = (
    "labels", "labels_plural", "title_labels", "descriptions", "icon", "number_pattern", "main_labels", "main_required",
    "follows_main", "shape", "in_menu", "is_active", "position",
)  # fmt: skip


@dataclass(frozen=True)
class ObjectDraft:
    """A custom object to be made; texts map ``zh`` and ``en`` to words.

    ``name`` and ``plural`` (its path) are made from the labels when empty, and stay for ever, because programs use
    them. ``main_object`` names what each record belongs to.
    """

    labels: Mapping[str, str]
    labels_plural: Mapping[str, str] = field(default_factory=dict)
    title_labels: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    plural: str = ""
    icon: str = "package"
    number_pattern: str = ""
    main_object: str = ""
    main_labels: Mapping[str, str] = field(default_factory=dict)
    main_required: bool = False
    follows_main: bool = False
    in_menu: bool = True


@transaction.atomic
def create_custom_object(actor: Actor, draft: ObjectDraft) -> CustomObject:
    """Make an object and return it; pages, API, import, search and permissions have it at once.

    Raises:
        NotAllowed: The actor may not customise.
        Invalid: A name, label, pattern or the main object cannot be used.
        Conflict: The name or path is taken, or there are too many objects.
    """
    require_ability(actor, Ability.CUSTOMISE)
    if CustomObject.objects.count() >= MOST_OBJECTS:
        raise Conflict("too_many_objects", _("There can be at most %(most)d own objects.") % {"most": MOST_OBJECTS})
    labels = _texts(draft.labels, "labels", needed=True)
    plurals = _texts(draft.labels_plural, "labels_plural") or labels
    name = _usable_name(actor, draft.name) if draft.name else _free_name(actor, labels)
    plural = _usable_plural(actor, draft.plural) if draft.plural else _free_plural(actor, plurals, name)
    main = _main_object(actor, draft)
    row = CustomObject.objects.create(
        organization_id=actor.organization_id,
        name=name,
        plural=plural,
        labels=labels,
        labels_plural=plurals,
        title_labels=_texts(draft.title_labels, "title_labels"),
        descriptions=_texts(draft.descriptions, "descriptions"),
        icon=draft.icon,
        number_pattern=_pattern(draft.number_pattern or f"{name[:3].upper().strip('_')}-{{number:05d}}"),
        main_object=main.name if main else "",
        main_name=_main_name(main) if main else "",
        main_labels=_main_labels(draft, main) if main else {},
        main_required=bool(main) and (draft.main_required or draft.follows_main),
        follows_main=bool(main) and draft.follows_main,
        in_menu=draft.in_menu,
        position=CustomObject.objects.count(),
    )
    forget(actor.organization)
    tell_setup_changed(actor, CUSTOM_OBJECT, row.pk, "create", values={"name": (None, name)})
    return row


@transaction.atomic
def change_custom_object(actor: Actor, object_id: uuid.UUID, **changes: Any) -> CustomObject:
    """Change what an object is called and shows, or switch it off and on; name, path and main object stay.

    Switched off, it disappears everywhere and its records are kept. Raises ``Missing``, ``NotAllowed`` or ``Invalid``.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_object(object_id)
    before = {name: getattr(row, name) for name in _CHANGEABLE}
    for name in _CHANGEABLE:
        if name in changes:
            setattr(row, name, changes[name])
    row.labels = _texts(row.labels, "labels", needed=True)
    row.labels_plural = _texts(row.labels_plural, "labels_plural") or row.labels
    row.title_labels = _texts(row.title_labels, "title_labels")
    row.descriptions = _texts(row.descriptions, "descriptions")
    row.number_pattern = _pattern(row.number_pattern)
    row.shape = _clean_shape(row)
    row.main_required = bool(row.main_object) and (row.main_required or row.follows_main)
    if row.main_required and not before["main_required"]:
        _require_all_belong(row)
    row.save()
    forget(actor.organization)
    after = {name: getattr(row, name) for name in _CHANGEABLE}
    tell_setup_changed(actor, CUSTOM_OBJECT, row.pk, "update", values=difference(before, after))
    return row


@transaction.atomic
def delete_custom_object(actor: Actor, object_id: uuid.UUID) -> None:
    """Delete an object without records, with its fields.

    Raises ``Missing``, ``NotAllowed``, or ``Conflict`` while it has records (also in the recycle bin), or while
    fields or objects point to it; the message names them.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = find_custom_object(object_id)
    if model_of(row.name)._default_manager.exists():  # noqa: SLF001 Django's own name for it
        message = _(
            "“%(name)s” has records, perhaps in the recycle bin. Switch the object off instead: that keeps them."
        )
        raise Conflict("has_records", message % {"name": row.name})
    pointing = _pointing_to(actor, row.name)
    if pointing:
        message = _("Records point to this object: %(fields)s. Remove those fields first.")
        raise Conflict("pointed_at", message % {"fields": ", ".join(pointing)})
    CustomField.objects.filter(object_name=row.name).delete()
    object_id = row.pk
    row.delete()
    forget(actor.organization)
    tell_setup_changed(actor, CUSTOM_OBJECT, object_id, "delete", values={"name": (row.name, None)})


@transaction.atomic
def order_custom_objects(actor: Actor, object_ids: list[uuid.UUID]) -> None:
    """Put the objects into this order in the menu; those not named come last."""
    require_ability(actor, Ability.CUSTOMISE)
    put_in_order(CustomObject.objects.all(), object_ids)
    forget(actor.organization)


def find_custom_object(object_id: uuid.UUID) -> CustomObject:
    """Return a custom object of the organization; raise ``Missing``."""
    row = CustomObject.objects.filter(pk=object_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such object."))
    return row


def possible_mains(actor: Actor) -> list[ObjectSpec]:
    """Return the objects to whose records those of a custom object may belong."""
    return [
        spec
        for spec in specs_for(actor.organization).values()
        if spec.has_page and not spec.is_setting and not spec.ability
    ]


def _main_object(actor: Actor, draft: ObjectDraft) -> ObjectSpec | None:
    if not draft.main_object:
        return None
    found = next((spec for spec in possible_mains(actor) if spec.name == draft.main_object), None)
    if found is None:
        raise Invalid([FieldError("main_object", "unknown_object", _("Choose one of the objects in the list."))])
    return found


def _main_name(main: ObjectSpec) -> str:
    """Return the name of the link: that of the object, unless every record has a field of that name."""
    return f"main_{main.name}" if main.name in {"name", "number", "owner", "version"} else main.name


def _main_labels(draft: ObjectDraft, main: ObjectSpec) -> dict[str, str]:
    return _texts(draft.main_labels, "main_labels") or in_both(main.label)


def _require_all_belong(row: CustomObject) -> None:
    rows = model_of(row.name)._default_manager.filter(belongs_to__isnull=True, deleted_at__isnull=True)  # noqa: SLF001
    count = rows.count()
    if count:
        message = _("%(count)d records belong to nothing yet. Fill in what they belong to first.") % {"count": count}
        raise Invalid([FieldError("main_required", "empty_values", message)])


def _pointing_to(actor: Actor, name: str) -> list[str]:
    return [
        f"{spec.label}: {entry.label}"
        for spec in specs_for(actor.organization).values()
        if spec.name != name
        for entry in spec.links.values()
        if getattr(entry.kind, "target", "") == name
    ]


def _clean_shape(row: CustomObject) -> dict[str, Any]:
    return {key: row.shape[key] for key in _SHAPE_KEYS if key in row.shape}


def _texts(texts: Mapping[str, str], name: str, *, needed: bool = False) -> dict[str, str]:
    cleaned = {language: clean_text(str(text or ""))[:LONGEST_LABEL].strip() for language, text in texts.items()}
    found = {language: text for language, text in cleaned.items() if text and language in {"zh", "en"}}
    if needed and not found:
        raise Invalid([FieldError(name, "required", _("Write what the object is called."))])
    return found


def _pattern(pattern: str) -> str:
    """Return a pattern of numbers; raise ``Invalid`` unless it holds ``{number}`` once, and ``{year}`` at most."""
    text = clean_text(pattern)[:40].strip()
    rest = _NUMBER_PLACE.sub("", text, count=1)
    if rest == text or "{" in rest.replace("{year}", "") or "}" in rest.replace("{year}", ""):
        message = _("A pattern such as PRJ-{year}-{number:05d} holds {number} once, and {year} if you like.")
        raise Invalid([FieldError("number_pattern", "not_a_pattern", message)])
    return text


def _taken_names(actor: Actor) -> set[str]:
    return {*objects.keys(), *KEPT_NAMES, *CustomObject.objects.values_list("name", flat=True)}


def _usable_name(actor: Actor, name: str) -> str:
    if (
        not (name.isascii() and name.isidentifier() and name == name.lower() and len(name) <= LONGEST_NAME)
        or "__" in name
    ):
        message = _("A name consists of small letters, digits and single underscores, and begins with a letter.")
        raise Invalid([FieldError("name", "not_a_name", message)])
    if name in _taken_names(actor):
        raise Conflict("name_taken", _("There is an object “%(name)s” already.") % {"name": name})
    return name


def _free_name(actor: Actor, labels: Mapping[str, str]) -> str:
    taken = _taken_names(actor)
    words = field_name_from_label(labels.get("en") or next(iter(labels.values()))).lower().split("_")
    base = "_".join(part for part in words if part)[: LONGEST_NAME - 3].strip("_")
    base = base if base.isascii() and base.isidentifier() else "object"
    return _first_free(base, taken, "_")


def _usable_plural(actor: Actor, plural: str) -> str:
    if plural != slugify(plural) or not plural or len(plural) > LONGEST_PLURAL or plural[0].isdigit():
        message = _("An address consists of small letters, digits and hyphens, and begins with a letter.")
        raise Invalid([FieldError("plural", "not_a_path", message)])
    if plural in _taken_plurals() or not _is_free_address(plural):
        raise Conflict("name_taken", _("The address “%(plural)s” is taken.") % {"plural": plural})
    return plural


def _free_plural(actor: Actor, plurals: Mapping[str, str], name: str) -> str:
    base = slugify(plurals.get("en", ""))[: LONGEST_PLURAL - 3].strip("-_") or slugify(name.replace("_", "-"))
    base = base if not base[:1].isdigit() else f"o-{base}"
    taken = _taken_plurals()
    found = _first_free(base, taken, "-")
    while not _is_free_address(found):
        taken.add(found)
        found = _first_free(base, taken, "-")
    return found


def _taken_plurals() -> set[str]:
    coming = {name.replace("_", "-") for name in KEPT_NAMES}
    kept = {*coming, *(f"{name}s" for name in coming), "opportunities", "deliveries", "territories", "processes"}
    return {*(spec.plural for spec in objects), *kept, *CustomObject.objects.values_list("plural", flat=True)}


def _is_free_address(plural: str) -> bool:
    """Say whether pages and the interface have no address of their own there."""
    return resolve(f"/{plural}").url_name == "list" and plural not in reserved_paths()


def reserved_paths() -> set[str]:
    """Return the first parts of the interface's own paths, which rooms above announce."""
    return {path for source in path_sources for path in source()}


#: Who has addresses of their own besides pages: functions that return the first parts of paths.
path_sources: Registry[Callable[[], set[str]]] = Registry("path sources")


def _first_free(base: str, taken: set[str], mark: str) -> str:
    number, found = 2, base
    while found in taken:
        found = f"{base}{mark}{number}"
        number += 1
    return found
