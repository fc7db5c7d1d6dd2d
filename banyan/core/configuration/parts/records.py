"""Records that belong to the set-up, such as pipelines and stages: one part for each object of that sort."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Department
from banyan.core.kernel.document_shapes import Flag, Items, Number, Property, Shape, Text
from banyan.core.kernel.errors import FieldError, Invalid, Refused
from banyan.core.listing.portable import SEPARATOR, find_record, naming_field, record_key, tree_paths
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.kinds import (
    Boolean,
    Choice,
    Departments,
    Integer,
    Link,
    MultipleChoice,
    People,
    Person,
    Reference,
    Tags,
)
from banyan.core.objects.registry import objects, specs_for
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.recycle import links_to
from banyan.core.tenancy.models import Organization

#: People are no configuration, and what a field refers to freely has no name of its own.
LEFT_OUT = (Person, People, Reference)


def setting_parts() -> list[ConfigurationPart]:
    """Return one part for each object of the set-up."""
    return [_part(spec) for spec in objects if spec.is_setting]


def _part(spec: ObjectSpec) -> ConfigurationPart:
    fields = {name: entry for name, entry in spec.writable_fields.items() if _is_written(spec, entry)}
    above = [
        objects[target].plural
        for entry in fields.values()
        if (target := str(getattr(entry.kind, "target", ""))) in objects and objects[target].is_setting
    ]
    return ConfigurationPart(
        name=spec.plural,
        label=spec.label_plural,
        key_help=_key_help(spec, fields),
        properties={name: _property(spec, entry) for name, entry in fields.items()},
        read=_reading(spec, fields),
        apply=_applying(spec, fields),
        after=("fields", "pick_lists", "departments", "territories", *dict.fromkeys(above)),
        title=lambda entry: entry[spec.title] or entry[KEY],
    )


def _is_written(spec: ObjectSpec, entry: Field) -> bool:
    is_people = isinstance(entry.kind, LEFT_OUT) and not isinstance(entry.kind, Departments)
    return entry.name != "owner" and entry.source != CUSTOM and not is_people


def _key_help(spec: ObjectSpec, fields: Mapping[str, Field]) -> str:
    outer = next((entry for entry in fields.values() if _target(entry) is not None and entry.required), None)
    title = str(naming_field(spec).label)
    return f"{outer.label}{SEPARATOR}{title}" if outer else title


def _target(entry: Field) -> ObjectSpec | None:
    target = objects.get(str(getattr(entry.kind, "target", "")))
    return target if target is not None and target.is_setting else None


def _property(spec: ObjectSpec, entry: Field) -> Property:
    default = None if callable(entry.default) else entry.default
    is_name = entry.name == naming_field(spec).name or (_target(entry) is not None and entry.required)
    if default is None and isinstance(entry.kind, Tags | MultipleChoice | Departments):
        default = []
    return Property(
        _shape(entry),
        entry.label,
        entry.help,
        entry.kind.to_json(default) if default is not None else None,
        needed=entry.name in {spec.title, naming_field(spec).name},
        fixed=is_name,
    )


def _shape(entry: Field) -> Shape:
    kind = entry.kind
    if isinstance(kind, Boolean):
        return Flag()
    if isinstance(kind, Integer):
        return Number()
    if isinstance(kind, MultipleChoice):
        return Items(Text(tuple(option.code for option in kind.options)))
    if isinstance(kind, Tags | Departments):
        return Items(Text())
    if isinstance(kind, Choice) and not kind.open:
        codes = tuple(option.code for option in kind.options)
        return Text(codes if entry.required or entry.default else ("", *codes))
    return Text() if kind.json_type.get("type") == "string" else Shape()


def _reading(spec: ObjectSpec, fields: Mapping[str, Field]) -> Callable[[Organization], list[dict[str, Any]]]:
    def read(organization: Organization) -> list[dict[str, Any]]:
        departments = tree_paths(Department)
        outer = [name for name, entry in fields.items() if isinstance(entry.kind, Link)]
        rows = spec.model._default_manager.filter(deleted_at__isnull=True).select_related(*outer)  # noqa: SLF001
        sort = spec.sort.removeprefix("-") or spec.title
        found: dict[str, dict[str, Any]] = {}
        for row in rows.order_by(
            *[f"{name}__{objects[_target_name(fields[name])].sort}" for name in outer], sort, "id"
        ):
            key = record_key(spec, row)
            found.setdefault(key, {KEY: key, **{
                name: _portable(organization, row, entry, departments) for name, entry in fields.items()
            }})  # fmt: skip
        return list(found.values())

    return read


def _target_name(entry: Field) -> str:
    return str(getattr(entry.kind, "target", ""))


def _portable(organization: Organization, row: Any, entry: Field, departments: Mapping[uuid.UUID, str]) -> Any:
    value = getattr(row, entry.attribute)
    if isinstance(entry.kind, Departments):
        return sorted(departments[pk] for pk in value or () if pk in departments)
    if isinstance(entry.kind, Link):
        linked = getattr(row, entry.name)
        return record_key(objects[_target_name(entry)], linked) if linked is not None else None
    return entry.kind.to_json(value)


def _applying(spec: ObjectSpec, fields: Mapping[str, Field]) -> Callable[[Actor, Change], None]:
    def apply(actor: Actor, change: Change) -> None:
        shaped = specs_for(actor.organization)[spec.name]
        found = find_record(shaped, change.key)
        if change.is_removal:
            if found is not None:
                _refuse_while_used(shaped, found)
                recycle.delete(actor, shaped, [found])
            return
        entry = change.values()
        names = [name for name in fields if change.is_new or name in change.changed()]
        values = {name: _local(fields[name], entry[name]) for name in names}
        if found is None:
            values = {name: value for name, value in values.items() if value not in (None, "")}
            door.create(actor, shaped, values)
            if find_record(shaped, change.key) is None:
                raise Invalid([FieldError(naming_field(spec).name, "other_key", _("The key does not fit the name."))])
        else:
            outcome = door.update_many(actor, shaped, {found: values})
            if outcome.rejected:
                raise Invalid(next(iter(outcome.rejected.values())))

    return apply


def _local(entry: Field, value: Any) -> Any:
    if value is None:
        return [] if entry.kind.many else None
    if isinstance(entry.kind, Departments):
        known = {path: pk for pk, path in tree_paths(Department).items()}
        return [str(_known(known.get(name), name, entry)) for name in value]
    if isinstance(entry.kind, Link):
        return str(_known(find_record(objects[_target_name(entry)], value), value, entry)) if value else None
    return value


def _known(found: uuid.UUID | None, name: str, entry: Field) -> uuid.UUID:
    if found is None:
        message = _("“%(name)s” is not known in this organization.") % {"name": name}
        raise Invalid([FieldError(entry.name, "unknown_record", message)])
    return found


def _refuse_while_used(spec: ObjectSpec, record_id: uuid.UUID) -> None:
    """Raise ``Refused`` when live records point to one that is to be removed; its own parts go with it."""
    parts: Sequence[str] = [child.object_name for child in spec.children if child.cascade]
    for other, link in links_to(spec):
        rows = other.model._default_manager.filter(**{link.attribute: record_id}, deleted_at__isnull=True)  # noqa: SLF001
        if other.name in parts:
            for part_id in rows.values_list("pk", flat=True):
                _refuse_while_used(other, part_id)
        elif rows.exists():
            message = _("%(objects)s still use it: %(count)d. Change them first.")
            raise Refused("in_use", message % {"objects": other.label_plural, "count": rows.count()})
