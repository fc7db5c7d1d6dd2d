"""Own fields of objects, and the values of choices."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Flag, Items, Number, Problem, Properties, Property, Table, Text, Words
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.listing.portable import local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.customising import (
    CHOICE_KINDS,
    CUSTOM_KINDS,
    FieldDraft,
    change_custom_field,
    create_custom_field,
    customisable,
)
from banyan.core.objects.definitions import NARROWED
from banyan.core.objects.kinds import kinds
from banyan.core.objects.models import Computed, CustomField, PickList, Sealing, SensitiveField
from banyan.core.objects.pick_lists import COLORS, find_list, set_options, stored
from banyan.core.objects.registry import objects, specs_for
from banyan.core.objects.removing import remove_custom_field, restore_custom_field
from banyan.core.objects.sensitivity import set_sensitive
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization

FIELDS, PICK_LISTS, ENCRYPTED_FIELDS = "fields", "pick_lists", "encrypted_fields"
OPTIONS = "options"
#: Properties of the file and the columns that hold them, as far as they can be changed later.
CHANGEABLE = {
    "label": "labels", "help": "help_texts", "required": "required", "settings": "settings", "definition": "definition",
    "default": "default", "unique": "is_unique", "position": "position", "active": "is_active", "indexed": "is_indexed",
}  # fmt: skip
#: Settings of a choice that stand elsewhere in the file: with its pick list, and with what it depends on.
OF_LISTS = frozenset({OPTIONS, NARROWED})


def read_fields(organization: Organization) -> list[dict[str, Any]]:
    """Return the own fields of every object, in the order of objects and forms."""
    places = {name: place for place, name in enumerate(specs_for(organization))}
    rows = sorted(
        (row for row in CustomField.objects.filter(removed_at=None) if row.object_name in places and not row.kept_by),
        key=lambda row: (places[row.object_name], row.position, row.name),
    )
    return [_written(organization, row) for row in rows]


def _written(organization: Organization, row: CustomField) -> dict[str, Any]:
    return {
        KEY: f"{row.object_name}.{row.name}",
        "kind": row.kind,
        "computed": row.computed,
        "label": row.labels,
        "help": row.help_texts,
        "required": row.required,
        "settings": {} if row.computed else _settings(row),
        "definition": _exchanged(organization, row.definition, portable_filter),
        "default": row.default,
        "unique": row.is_unique,
        "position": row.position,
        "active": row.is_active,
        "indexed": row.is_indexed,
    }


def _settings(row: CustomField) -> dict[str, Any]:
    """Return a field's settings as a file has them; that a choice takes new values is usual and goes without saying."""
    found = _plain(row.settings, OF_LISTS)
    return {name: value for name, value in found.items() if (name, value) != ("open", True)}


def _plain(values: Mapping[str, Any], left_out: Collection[str] = ()) -> dict[str, Any]:
    return {name: value for name, value in sorted(values.items()) if name not in left_out}


def _exchanged(organization: Organization, definition: Mapping[str, Any], exchange: Any) -> dict[str, Any]:
    """Return a definition with names instead of ids in its filter, or the other way round."""
    if not definition:
        return {}
    child = specs_for(organization).get(str(definition.get("object", "")))
    found = _plain(definition, {"volatile"})
    if child is not None and found.get("filter"):
        found["filter"] = exchange(organization, child, found["filter"])
    return found


def apply_field(actor: Actor, change: Change) -> None:
    """Create, change or remove a field; one that was removed lately comes back with its values."""
    object_name, _dot, name = change.key.partition(".")
    row = CustomField.objects.filter(object_name=object_name, name=name).first()
    if change.is_removal:
        if row is not None and row.removed_at is None:
            remove_custom_field(actor, row.pk)
        return
    entry = change.values()
    definition = _exchanged(actor.organization, entry["definition"], local_filter)
    if row is not None and row.removed_at is not None:
        _refuse_other_kind(row, entry)
        row = restore_custom_field(actor, row.pk)
    if row is None:
        row = create_custom_field(
            actor,
            object_name,
            FieldDraft(
                kind=entry["kind"],
                labels=entry["label"],
                name=name,
                required=entry["required"],
                help_texts=entry["help"],
                settings=entry["settings"],
                computed=entry["computed"],
                definition=definition,
                unique=entry["unique"],
                default=entry["default"],
            ),
        )
    wanted = {CHANGEABLE[name]: entry[name] for name in CHANGEABLE if entry[name] is not None}
    wanted["definition"] = definition
    if row.computed:
        del wanted["settings"], wanted["default"]
    changes = {column: value for column, value in wanted.items() if _present(row, column) != value}
    if changes:
        change_custom_field(actor, row.pk, **changes)


def _present(row: CustomField, column: str) -> Any:
    if column == "settings":
        return _settings(row)
    return _plain(row.definition, {"volatile"}) if column == "definition" else getattr(row, column)


def _refuse_other_kind(row: CustomField, entry: Mapping[str, Any]) -> None:
    if (row.kind, row.computed) != (entry["kind"], entry["computed"]):
        message = _("A field of this name and another kind was removed lately; its values are still kept.")
        raise Conflict("removed_lately", message)


def read_conditional(organization: Organization) -> list[dict[str, Any]]:
    """Return the choices whose values depend on another choice."""
    specs = specs_for(organization)
    rows = CustomField.objects.filter(kind__in=CHOICE_KINDS, removed_at=None).order_by("object_name", "name")
    return [
        {
            KEY: f"{row.object_name}.{row.name}",
            "by": row.settings[NARROWED]["by"],
            "values": row.settings[NARROWED]["values"],
        }
        for row in rows
        if row.object_name in specs and (row.settings.get(NARROWED) or {}).get("by")
    ]


def apply_conditional(actor: Actor, change: Change) -> None:
    """Let the values of a choice depend on another one, or no more."""
    object_name, _dot, name = change.key.partition(".")
    row = CustomField.objects.filter(object_name=object_name, name=name, removed_at=None).first()
    if row is None:
        if change.is_removal:
            return
        raise Missing("not_found", _("This field does not exist."))
    entry = change.values()
    narrowed = {} if change.is_removal else {"by": entry["by"], "values": entry["values"]}
    change_custom_field(actor, row.pk, settings={NARROWED: narrowed})


CONDITIONAL_PART = ConfigurationPart(
    name="conditional_choices",
    label=gettext_lazy("Choices that depend on another"),
    key_help=gettext_lazy("object.name, such as customer.battery_type"),
    properties={
        "by": Property(Text(), gettext_lazy("Depends on"), needed=True),
        "values": Property(
            Table(Items(Text())), gettext_lazy("Values"), gettext_lazy("Which go with each value of the other."), {}
        ),
    },
    read=read_conditional,
    apply=apply_conditional,
    after=("fields", "pick_lists"),
)


def _check_fields(actor: Actor, changes: Sequence[Change]) -> Iterator[Problem]:
    specs = specs_for(actor.organization)
    for change in changes:
        object_name, dot, name = change.key.partition(".")
        spec = specs.get(object_name)
        if not dot or not name:
            yield Problem((change.key,), _("The key of a field is “object.name”, such as customer.size."), "bad_key")
        elif change.is_new and spec is not None and not customisable(spec):
            yield Problem((change.key,), _("Fields cannot be added to this object."), "not_customisable")


def _kind_names() -> list[str]:
    return list(CUSTOM_KINDS)


FIELDS_PART = ConfigurationPart(
    name=FIELDS,
    label=gettext_lazy("Own fields"),
    key_help=gettext_lazy("object.name, such as customer.battery_type"),
    properties={
        "kind": Property(Text(_kind_names), pgettext_lazy("field", "Kind"), needed=True, fixed=True),
        "label": Property(Words(), gettext_lazy("Label"), needed=True),
        "help": Property(Words(), gettext_lazy("Help text"), default={}),
        "required": Property(Flag(), gettext_lazy("Required"), default=False),
        "computed": Property(
            Text(("", *Computed.values)),
            gettext_lazy("Computed"),
            gettext_lazy("By the system, as the definition says."),
            "",
            fixed=True,
        ),
        "settings": Property(
            Table(), gettext_lazy("Settings"), gettext_lazy("Of the kind, such as target of a link."), {}
        ),
        "definition": Property(
            Table(),
            gettext_lazy("Definition"),
            gettext_lazy(
                "{formula: …}, {object, link, function, field, filter} of a roll-up, {pattern, restart, first} of numbers."
            ),
            {},
        ),
        "default": Property(Table(), gettext_lazy("Default value"), gettext_lazy("{value: …} or {formula: …}"), {}),
        "unique": Property(Flag(), gettext_lazy("Unique"), default=False),
        "position": Property(Number(least=0), gettext_lazy("Position")),
        "active": Property(Flag(), gettext_lazy("In use"), default=True),
        "indexed": Property(Flag(), gettext_lazy("Indexed"), default=False),
    },
    read=read_fields,
    apply=apply_field,
    after=("objects",),
    help=gettext_lazy("A field that is removed can be brought back with its values for 30 days."),
    check=_check_fields,
    title=lambda entry: _shown(entry["label"]),
)


def _shown(label: Mapping[str, str]) -> str:
    return str(Translated(label, ""))


def read_pick_lists(organization: Organization) -> list[dict[str, Any]]:
    """Return the lists that the organization has shaped, and those of its own choices."""
    specs = specs_for(organization)
    own = {row.name: row.options for row in PickList.objects.order_by("name")}
    for row in CustomField.objects.filter(kind__in=CHOICE_KINDS):
        name = f"{row.object_name}.{row.name}"
        if row.removed_at is not None or row.kept_by:
            own.pop(name, None)
        else:
            own.setdefault(name, row.settings.get(OPTIONS, []))
    return [
        {KEY: name, OPTIONS: [_option(entry) for entry in options]}
        for name, options in sorted(own.items())
        if "." not in name or name.partition(".")[0] in specs
    ]


def _option(row: Mapping[str, Any]) -> dict[str, Any]:
    label = row.get("label") or ""
    return {
        "code": row["code"],
        **({"label": label} if label else {}),
        **({"color": row["color"]} if row.get("color") else {}),
        **({"active": False} if not row.get("active", True) else {}),
    }


def apply_pick_list(actor: Actor, change: Change) -> None:
    """Give a list its values; values that are left out of it stay, hidden, because records may have them.

    A list that is removed is the product's own again; that of an own field goes with its field.
    """
    if not change.is_removal:
        options = change.values()[OPTIONS]
        set_options(actor, change.key, _with_present(actor, change.key, options) if change.is_new else options)
        return
    if CustomField.objects.filter(object_name=change.key.partition(".")[0], name=change.key.partition(".")[2]).exists():
        return
    current = find_list(actor.organization, change.key)
    given = objects[current.spec.name].all_fields[current.field.name].kind
    codes = [option.code for option in getattr(given, "options", ())]
    set_options(actor, change.key, [{"code": code} for code in codes])


def _with_present(actor: Actor, name: str, options: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return values for a list that nobody has shaped yet: those that it has stay, in their order."""
    given = {option["code"]: option for option in options}
    present = list(map(stored, find_list(actor.organization, name).options))
    if all(option["code"] in given for option in present):
        return list(options)
    codes = {option["code"] for option in present}
    merged = [given.get(option["code"], option) for option in present]
    return [*merged, *(option for code, option in given.items() if code not in codes)]


def _is_as_given(entry: Mapping[str, Any]) -> bool:
    """Say whether a list differs from the product's own by hidden values at most."""
    return all(
        not option.get("active", True) or not (option.get("label") or option.get("color")) for option in entry[OPTIONS]
    )


OPTION = Properties(
    {
        "code": Property(Text(longest=100, may_be_empty=False), pgettext_lazy("option", "Code"), needed=True),
        "label": Property(
            Words(),
            gettext_lazy("Label"),
            gettext_lazy("The product's own, in each language, where it is missing."),
            {},
        ),
        "color": Property(Text(("", *COLORS)), gettext_lazy("Colour"), default=""),
        "active": Property(Flag(), gettext_lazy("In use"), default=True),
    }
)

PICK_LISTS_PART = ConfigurationPart(
    name=PICK_LISTS,
    label=gettext_lazy("Pick lists"),
    key_help=gettext_lazy("the name of the list, mostly object.field"),
    properties={
        OPTIONS: Property(Items(OPTION, key="code"), gettext_lazy("Values"), gettext_lazy("In their order."), []),
    },
    read=read_pick_lists,
    apply=apply_pick_list,
    after=(FIELDS,),
    help=gettext_lazy("A value that is left out is hidden and not deleted: records may have it."),
    is_gone=_is_as_given,
)


def read_encrypted(organization: Organization) -> list[dict[str, Any]]:
    """Return the fields whose values are encrypted, beside those that are so by their kind."""
    specs = specs_for(organization)
    rows = SensitiveField.objects.exclude(state=Sealing.OPENING).order_by("object_name", "name")
    return [
        {KEY: f"{row.object_name}.{row.name}"}
        for row in rows
        if row.object_name in specs and not _is_by_kind(row.object_name, row.name)
    ]


def _is_by_kind(object_name: str, name: str) -> bool:
    """Say whether a field is encrypted from the beginning because of its kind."""
    own = CustomField.objects.filter(object_name=object_name, name=name).values_list("kind", flat=True).first()
    return own is not None and kinds[own].is_personal


def apply_encrypted(actor: Actor, change: Change) -> None:
    """Have a field's values encrypted, or no more; those that exist follow in the background."""
    object_name, _dot, name = change.key.partition(".")
    if object_name not in specs_for(actor.organization):
        raise Missing("not_found", _("There is no such object."))
    set_sensitive(actor, object_name, name, sensitive=not change.is_removal)


ENCRYPTED_PART = ConfigurationPart(
    name=ENCRYPTED_FIELDS,
    label=gettext_lazy("Encrypted fields"),
    key_help=gettext_lazy("object.field"),
    properties={},
    read=read_encrypted,
    apply=apply_encrypted,
    after=(FIELDS,),
    help=gettext_lazy("Keys of encryption are never in a file."),
)

__all__ = ["CONDITIONAL_PART", "ENCRYPTED_PART", "FIELDS_PART", "PICK_LISTS_PART"]
