"""All objects of the product, and each object as one organization has shaped it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.text import slugify

from banyan.core.access.models import Territory
from banyan.core.access.territories import territory_tree
from banyan.core.kernel.registry import Registry
from banyan.core.kernel.text.pinyin import syllables, units
from banyan.core.objects import sentences
from banyan.core.objects.custom_specs import MAIN_COLUMN, custom_spec
from banyan.core.objects.kinds import (
    FILE,
    TERRITORIES,
    USER,
    Choice,
    Kind,
    MultipleChoice,
    Option,
    TerritoryChoice,
    kinds,
)
from banyan.core.objects.models import (
    Computed,
    CustomField,
    CustomObject,
    PickList,
    Sealing,
    SensitiveField,
    Wording,
)
from banyan.core.objects.shaping import Shaping, tables_in_use
from banyan.core.objects.spec import CUSTOM, Child, Field, ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.objects.wording import own_words, with_own_words
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import current_organization_id

objects: Registry[ObjectSpec] = Registry("objects")

#: What else organizations make of their objects, such as rules and layouts: rooms above register how theirs is read, once
#: for each ``catalogue_version`` and process. What stands under ``BOARD`` is the board of objects that have none.
BOARD = "board"
shapings: Registry[Shaping] = Registry("shapings")

#: Choices that an organization makes elsewhere than in its pick lists, by the name of the list: rooms above register how
#: the values are read, as ``{code, label}``.
option_lists: Registry[Callable[[Organization], list[dict[str, Any]]]] = Registry("option lists")

SpecType = TypeVar("SpecType", bound=ObjectSpec)
#: By organization: the state that it was shaped in (see ``_state``), and its specifications.
_shaped: dict[Any, tuple[tuple[Any, ...], dict[str, ObjectSpec]]] = {}
_REMEMBERED = 500


def register_object(spec: ObjectSpec) -> ObjectSpec:
    """Make an object known to pages, API, search, import and everything else generic."""
    return objects.add(spec.name, spec)


def specs_here() -> Mapping[str, ObjectSpec]:
    """Return the objects of the organization whose scope is open; only the built-in ones outside of any.

    They are as this process last shaped them: whoever acts has asked for them with the actor's organization.
    """
    organization_id = current_organization_id()
    if organization_id is None:
        return {spec.name: spec for spec in objects}
    remembered = _shaped.get(organization_id)
    if remembered is not None:
        return remembered[1]
    return specs_for(Organization.objects.get(pk=organization_id))


def spec_for(organization: Organization, name: str) -> ObjectSpec:
    """Return an object as the organization uses it: with its custom fields and its own pick lists.

    What is read is remembered until the organization's ``catalogue_version`` changes. Raises
    ``KeyError`` when there is no such object.
    """
    return specs_for(organization)[name]


def shaped(organization: Organization, spec: ObjectSpec) -> ObjectSpec:
    """Return a specification as the organization uses it, whichever form of it is given.

    Writes must know which fields are encrypted there. What is not registered stays as it is.
    """
    return specs_for(organization).get(spec.name, spec)


def specs_for(organization: Organization) -> dict[str, ObjectSpec]:
    """Return all objects as the organization uses them; runs within its scope."""
    remembered = _shaped.get(organization.pk)
    if remembered and remembered[0] == _state(organization):
        return remembered[1]
    shaped = _shape(organization)
    if len(_shaped) > _REMEMBERED:
        _shaped.clear()
    _shaped[organization.pk] = (_state(organization), shaped)
    return shaped


def _state(organization: Organization) -> tuple[Any, ...]:
    """Return what the specifications of an organization depend on: its definitions, its modules, registered objects."""
    modules = (organization.edition, tuple(organization.modules_on), tuple(organization.modules_off))
    return (organization.catalogue_version, len(objects), *modules)


def remembered_spec(organization_id: uuid.UUID, name: str) -> ObjectSpec | None:
    """Return an object as this process last shaped it, without asking the database; None when it has not yet.

    For whoever answers to a write: the write itself has just shaped the object.
    """
    remembered = _shaped.get(organization_id)
    return remembered[1].get(name) if remembered else None


def remembered_choice(organization_id: uuid.UUID) -> tuple[str, frozenset[str], frozenset[str]] | None:
    """Return edition, modules on and modules off as this process last shaped an organization; None when it has not yet."""
    remembered = _shaped.get(organization_id)
    if remembered is None:
        return None
    _version, _count, edition, on, off = remembered[0]
    return edition, frozenset(on), frozenset(off)


def forget(organization: Organization) -> None:
    """Tell every process that the organization's fields or pick lists have changed."""
    Organization.objects.filter(pk=organization.pk).update(catalogue_version=_next_version(organization))
    organization.refresh_from_db(fields=["catalogue_version"])
    _shaped.pop(organization.pk, None)


def unremember(organization: Organization) -> None:
    """Let this process read the organization's objects anew, as after changes that were rolled back."""
    _shaped.pop(organization.pk, None)


def _next_version(organization: Organization) -> int:
    current = Organization.objects.values_list("catalogue_version", flat=True).get(pk=organization.pk)
    return current + 1


def _shape(organization: Organization) -> dict[str, ObjectSpec]:
    others = [table for shaping in shapings for table in shaping.tables]
    used = tables_in_use(
        organization.pk, (PickList, CustomField, SensitiveField, CustomObject, Territory, Wording, *others)
    )
    lists = {row.name: row.options for row in _rows(PickList, used)}
    lists[TERRITORIES] = _territories() if Territory in used else []
    lists.update({name: option_lists[name](organization) for name in option_lists.keys()})  # noqa: SIM118 it yields entries
    custom: dict[str, list[Field]] = {}
    for row in _rows(CustomField, used).filter(is_active=True):
        custom.setdefault(row.object_name, []).append(custom_field(row, lists))
    sealed: dict[str, dict[str, str]] = {}
    for sensitive in _rows(SensitiveField, used):
        sealed.setdefault(sensitive.object_name, {})[sensitive.name] = sensitive.state
    objects_made = _rows(CustomObject, used).filter(is_active=True)
    made = [custom_spec(row, tuple(custom.get(row.name, ()))) for row in objects_made]
    specs = {
        spec.name: _shaped_spec(spec, custom.get(spec.name, []), lists, sealed.get(spec.name, {}))
        for spec in (*objects, *made)
    }
    # What an organization makes of an object, such as a layout, is made of the fields that it has.
    words = own_words(_rows(Wording, used))
    sentences.remember(organization.pk, specs, words)
    present = _without_modules_off(organization, with_own_words(specs, words))
    return _with_shapings(_with_children(_with_known_links(present)), used)


def _rows(table: Any, used: frozenset[type[Model]]) -> Any:
    return table.objects.all() if table in used else table.objects.none()


def _without_modules_off(organization: Organization, specs: dict[str, ObjectSpec]) -> dict[str, ObjectSpec]:
    """Leave out fields of modules that are off, and links to their objects; the values are kept."""
    from banyan.core.objects.modules import modules_of  # noqa: PLC0415 modules ask the registry for their objects

    on = modules_of(organization)

    def is_off(entry: Field) -> bool:
        target = specs.get(getattr(entry.kind, "target", ""))
        leads_nowhere = target is not None and target.module not in on and not entry.required
        return leads_nowhere or bool(entry.module and entry.module not in on)

    found = {}
    for name, spec in specs.items():
        # What is off itself stays whole: nobody sees it, and what is written for it in passing has to fit.
        entries = [entry for entry in (*spec.fields, *spec.custom_fields) if isinstance(entry, Field)]
        off = {entry.name for entry in entries if is_off(entry)} if spec.module in on else set()
        found[name] = _without(spec, off) if off else spec
    return found


def _with_children(specs: dict[str, ObjectSpec]) -> dict[str, ObjectSpec]:
    """Let the records that belong to others go with them to the recycle bin, and stand beside them."""
    found = dict(specs)
    for spec in specs.values():
        for entry in spec.links.values() if spec.is_custom else ():
            if entry.attribute == MAIN_COLUMN:
                target = found[entry.kind.target]  # type: ignore[attr-defined]  # links have a target
                child = Child(spec.name, entry.name, cascade=entry.required or bool(spec.inherits_from))
                found[target.name] = replace(target, children=(*target.children, child))
    return found


def _with_known_links(specs: dict[str, ObjectSpec]) -> dict[str, ObjectSpec]:
    """Leave out own links that lead to an object which is not in use; their values are kept."""
    known = {*specs, USER, FILE}

    def is_lost(entry: str | Field) -> bool:
        return isinstance(entry, Field) and (getattr(entry.kind, "target", "") or USER) not in known

    found = {}
    for name, spec in specs.items():
        lost = {entry.name for entry in spec.custom_fields if is_lost(entry)}
        if spec.is_custom:
            lost |= {entry.name for entry in spec.fields if isinstance(entry, Field) and is_lost(entry)}
        found[name] = _without(spec, lost) if lost else spec
    return found


def _without(spec: ObjectSpec, names: set[str]) -> ObjectSpec:
    return replace(
        spec,
        fields=tuple(entry for entry in spec.fields if isinstance(entry, str) or entry.name not in names),
        custom_fields=tuple(entry for entry in spec.custom_fields if entry.name not in names),
        inherits_from="" if spec.inherits_from in names else spec.inherits_from,
        columns=tuple(name for name in spec.columns if name not in names),
        subtitle=tuple(name for name in spec.subtitle if name not in names),
        quick_fields=tuple(name for name in spec.quick_fields if name not in names),
        filters=tuple(name for name in spec.filters if name not in names),
    )


def _with_shapings(specs: dict[str, ObjectSpec], used: frozenset[type[Model]]) -> dict[str, ObjectSpec]:
    found: dict[str, dict[str, Any]] = {}
    for key in shapings.keys():  # noqa: SIM118 a registry yields its entries
        if used.isdisjoint(shapings[key].tables):
            continue
        for name, shaping in shapings[key].load(specs).items():
            found.setdefault(name, {})[key] = shaping
    return {name: _with_shaping(spec, found[name]) if name in found else spec for name, spec in specs.items()}


def _with_shaping(spec: ObjectSpec, shaping: Mapping[str, Any]) -> ObjectSpec:
    """Return an object with what was made of it; one without a board of its own may have got one."""
    return replace(spec, shaping=shaping, board=spec.board or shaping.get(BOARD))


def _shaped_spec(spec: ObjectSpec, custom: list[Field], lists: dict[str, Any], sealed: dict[str, str]) -> ObjectSpec:
    given = (_with_own_options(entry, lists) for entry in _given_fields(spec))
    built_in = (entry for entry in given if not isinstance(entry.kind, TerritoryChoice) or entry.kind.options)
    return replace(
        spec,
        fields=tuple(_with_sealing(spec, entry, sealed) for entry in built_in),
        custom_fields=tuple(_with_sealing(spec, entry, sealed) for entry in custom),
    )


def dormant_fields(spec: ObjectSpec) -> dict[str, Field]:
    """Return the encrypted own fields of an object that are not in use; their values are kept."""
    states = dict(SensitiveField.objects.filter(object_name=spec.name).values_list("name", "state"))
    rows = CustomField.objects.filter(object_name=spec.name, is_active=False, name__in=states) if states else ()
    return {row.name: _with_sealing(spec, custom_field(row), states) for row in rows}


def _with_sealing(spec: ObjectSpec, entry: Field, sealed: dict[str, str]) -> Field:
    """Return a field as it is with encrypted values: without words in the search, and without an order."""
    state = sealed.get(entry.name)
    if state is None:
        return entry
    sensitive = state != Sealing.OPENING
    return replace(
        entry,
        kind=entry.kind.sealed(),
        sensitive=sensitive,
        in_transition=state != Sealing.SEALED,
        object_name=spec.name,
        weight="" if sensitive else entry.weight,
        indexed=False,
    )


def _territories() -> list[dict[str, Any]]:
    """Return the territories as values of a choice, in the order of the tree."""
    found: list[dict[str, Any]] = []
    names: dict[Any, str] = {}
    for territory, _depth in territory_tree.in_order():
        above = names.get(territory.parent_id)
        names[territory.pk] = f"{above} / {territory.name}" if above else territory.name
        found.append({"code": str(territory.pk), "label": names[territory.pk]})
    return found


def _given_fields(spec: ObjectSpec) -> list[Field]:
    system = {"number", "owner", "created_at", "created_by", "updated_at", "updated_by", "version"}
    named = {entry if isinstance(entry, str) else entry.name for entry in spec.fields}
    return [entry for name, entry in spec.all_fields.items() if name in named or name not in system]


def _with_own_options(entry: Field, lists: dict[str, Any]) -> Field:
    kind = entry.kind
    if isinstance(kind, (Choice, MultipleChoice)) and kind.list_name in lists:
        return replace(entry, kind=replace(kind, options=_options(kind.options, lists[kind.list_name])))
    return entry


def _options(built_in: tuple[Option, ...], own: list[dict[str, Any]]) -> tuple[Option, ...]:
    labels = {option.code: option.label for option in built_in}
    options = [
        Option(row["code"], _label_of(row) or labels.get(row["code"], row["code"]), row.get("color", ""),
               row.get("active", True))
        for row in own
    ]  # fmt: skip
    present = {option.code for option in options}
    return (*options, *(option for option in built_in if option.code not in present))


def _label_of(row: Mapping[str, Any]) -> Any:
    """Return the organization's own label of a value: a text, words in both languages, or nothing."""
    label = row.get("label")
    return Translated(label, row["code"]) if isinstance(label, Mapping) and label else label


def custom_field(row: CustomField, lists: dict[str, Any] | None = None) -> Field:
    """Return the field that a custom field's row describes."""
    settings = dict(row.settings)
    kind_class = kinds[row.kind]
    if row.kind in {"choice", "multiple_choice"}:
        list_name = f"{row.object_name}.{row.name}"
        own: list[dict[str, Any]] = (lists or {}).get(list_name) or settings.get("options", [])
        settings = {"options": _options((), own), "open": settings.get("open", True), "list_name": list_name}
    accepted = {name: value for name, value in settings.items() if name in kind_class.__dataclass_fields__}
    return Field(
        name=row.name,
        kind=kind_class(**accepted),
        label=Translated(row.labels, row.name),
        help=Translated(row.help_texts, ""),
        required=row.required and not row.computed,
        read_only=bool(row.computed),
        unique=row.is_unique,
        indexed=row.is_indexed,
        source=CUSTOM,
        attribute="custom",
        default=_default(row, kind_class(**accepted)),
        weight="D" if _is_searched(row, kind_class(**accepted)) else "",
    )


def _default(row: CustomField, kind: Kind) -> Any:
    """Return the value that new records get; one that a formula finds is not known before the record is there."""
    value = kind.from_json(row.default.get("value"))
    return [] if value is None and kind.many else value


def _is_searched(row: CustomField, kind: Kind) -> bool:
    """Say whether records are found by the words of a field; what is computed follows from words found elsewhere."""
    sample = {"street": "x"} if kind.sql_type == "jsonb" else "x"
    return row.computed in {"", Computed.NUMBER} and bool(kind.search_text(sample))


def field_name_from_label(label: str) -> str:
    """Return a name for a custom field from what people call it; Chinese becomes pinyin."""
    name = re.sub(r"\W+", "_", slugify(" ".join(syllables(units(label))))).strip("_")[:50]
    return name if name and not name[0].isdigit() else f"field_{name}"
