"""Demo records: what a template brings for trying things, each known by a mark, and taken away again in one go.

What a file says of them is portable: records name each other by their keys, days are counted from today
(``today+14``, ``today-3 10:30``), and words stand in both languages, of which the organization gets its own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.configuration.documents import words_of
from banyan.core.configuration.models import DemoRecord
from banyan.core.identity.models import User, UserRole
from banyan.core.kernel.clock import today
from banyan.core.kernel.document_shapes import LANGUAGES
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.kernel.ids import new_id
from banyan.core.listing.portable import find_record
from banyan.core.objects.kinds import Link, Reference, reference_to
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.models import Organization

ITEM_KEY = "key"
SUBJECT = "demo_records"
#: In the settings of an organization: how many demo records of each object it has, so that pages can tell without asking.
DEMO_COUNT = "demo_records"
MOST_RECORDS = 500
_DAY = re.compile(r"^today(?:\s*([+-])\s*(\d{1,4}))?(?:\s+(\d{1,2}:\d{2}))?$")
_LISTED = 3


@dataclass(frozen=True)
class Removed:
    """How many demo records went, and names of those that stay because own records refer to them."""

    count: int
    kept: tuple[str, ...] = ()


def demo_count(organization: Organization) -> int:
    """Return how many demo records people can see: those of modules that are off wait unseen, and are not counted."""
    kept = organization.settings.get(DEMO_COUNT) or {}
    if isinstance(kept, int):  # As earlier versions noted it.
        return kept
    on = specs_on(organization)
    return sum(count for name, count in kept.items() if name in on)


def has_demo_records(organization: Organization) -> bool:
    """Say whether there are demo records at all, also of modules that are off."""
    return bool(organization.settings.get(DEMO_COUNT))


def live_demo_records(organization: Organization) -> dict[str, list[DemoRecord]]:
    """Return the marks of the demo records that are still there, by object in the order of objects."""
    found: dict[str, list[DemoRecord]] = {}
    marks: dict[str, list[DemoRecord]] = {}
    for mark in DemoRecord.objects.all():
        marks.setdefault(mark.object_name, []).append(mark)
    for name, spec in specs_for(organization).items():
        if name in marks:
            ids = [mark.record_id for mark in marks[name]]
            live = set(_live(spec, ids).values_list("pk", flat=True))
            found[name] = [mark for mark in marks[name] if mark.record_id in live]
    return {name: rows for name, rows in found.items() if rows}


def own_records_of(organization: Organization, object_names: Iterable[str]) -> list[str]:
    """Return the labels of those objects that have records which are no demo records."""
    specs = specs_for(organization)
    found = []
    for name in object_names:
        spec = specs.get(name)
        if spec is None or spec.is_setting:
            continue
        demo = DemoRecord.objects.filter(object_name=name).values("record_id")
        if spec.model._default_manager.filter(deleted_at__isnull=True).exclude(pk__in=demo).exists():  # noqa: SLF001
            found.append(str(spec.label_plural))
    return found


def create_demo_records(actor: Actor, spec: ObjectSpec, items: Sequence[Mapping[str, Any]]) -> None:
    """Create demo records of an object, all or none; raise ``Invalid`` with what is wrong with one of them.

    Their owner is whoever applies the template, else the first administrator. The rules of the organization are
    there for people: demo records stand in any stage from the start.
    """
    waiting = {str(item[ITEM_KEY]): item for item in items}
    own_links = [name for name, entry in spec.links.items() if getattr(entry.kind, "target", "") == spec.name]
    while waiting:
        # What another one of the same object leads to comes first; a circle is refused as a name that is not known.
        ready = {
            key: item for key, item in waiting.items() if not any(item.get(name) in waiting for name in own_links)
        } or waiting
        _create(actor, spec, list(ready.values()))
        waiting = {key: item for key, item in waiting.items() if key not in ready}


def _create(actor: Actor, spec: ObjectSpec, items: Sequence[Mapping[str, Any]]) -> None:
    writer = _writer(actor)
    names = _Names(actor)
    owner = _owner(actor)
    rows = []
    for item in items:
        values = {"owner": str(owner)} if owner and "owner" in spec.writable_fields else {}
        rows.append(values | _values(actor, spec, item, names))
    ids = [new_id() for _row in rows]
    outcome = door.create_many(writer, spec, rows, context=WriteContext.for_actor(writer, exempt=True), ids=ids)
    _refuse(items, list(ids), {ids[position]: errors for position, errors in outcome.rejected.items()})
    keys = [item[ITEM_KEY] for item in items]
    # A mark without its record is one that somebody has deleted.
    DemoRecord.objects.filter(object_name=spec.name, key__in=keys).delete()
    first = DemoRecord.objects.count()
    DemoRecord.objects.bulk_create(
        DemoRecord(
            organization=actor.organization,
            object_name=spec.name,
            key=item[ITEM_KEY],
            record_id=record_id,
            values={name: value for name, value in item.items() if name != ITEM_KEY},
            position=first + number,
        )
        for number, (item, record_id) in enumerate(zip(items, ids, strict=True))
    )


def change_demo_records(actor: Actor, spec: ObjectSpec, items: Sequence[Mapping[str, Any]]) -> None:
    """Give demo records other values; raise ``Invalid``."""
    writer = _writer(actor)
    names = _Names(actor)
    marks = {mark.key: mark for mark in DemoRecord.objects.filter(object_name=spec.name)}
    changes = {marks[item[ITEM_KEY]].record_id: _values(actor, spec, item, names) for item in items}
    outcome = door.update_many(writer, spec, changes, context=WriteContext.for_actor(writer, exempt=True))
    _refuse(items, list(changes), outcome.rejected)
    for item in items:
        mark = marks[item[ITEM_KEY]]
        mark.values = {name: value for name, value in item.items() if name != ITEM_KEY}
        mark.save(update_fields=["values"])


def delete_demo_records(actor: Actor, spec: ObjectSpec, keys: Iterable[str]) -> int:
    """Take demo records away for good and return how many went; those that own records refer to stay.

    What people have written below one of them, such as a follow-up, goes to the recycle bin with it.
    """
    marks = list(DemoRecord.objects.filter(object_name=spec.name, key__in=list(keys)).order_by("-position"))
    live = set(_live(spec, [mark.record_id for mark in marks]).values_list("pk", flat=True))
    needed = _needed(actor, spec, live)
    writer = _writer(actor)
    gone = [
        mark
        for mark in marks
        if mark.record_id not in live or (mark.record_id not in needed and _deleted(writer, spec, mark.record_id))
    ]
    recycle.erase_deleted(spec, [mark.record_id for mark in gone])
    DemoRecord.objects.filter(pk__in=[mark.pk for mark in gone]).delete()
    return len(gone)


@transaction.atomic
def remove_demo_records(actor: Actor) -> Removed:
    """Take all demo records of the organization away; raise ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    specs = specs_for(actor.organization)
    keys: dict[str, list[str]] = {}
    for mark in DemoRecord.objects.order_by("-position"):
        keys.setdefault(mark.object_name, []).append(mark.key)
    count = sum(delete_demo_records(actor, specs[name], found) for name, found in keys.items() if name in specs)
    left = live_demo_records(actor.organization)
    marks = [mark for found in left.values() for mark in found]
    DemoRecord.objects.exclude(pk__in=[mark.pk for mark in marks]).delete()
    remember_demo_count(actor)
    tell_setup_changed(actor, SUBJECT, new_id(), "delete", values={"count": (count, None)})
    return Removed(count, tuple(_titles(specs, left)))


def _titles(specs: Mapping[str, ObjectSpec], left: Mapping[str, Sequence[DemoRecord]]) -> Iterable[str]:
    for name, marks in left.items():
        yield from map(str, _live(specs[name], [mark.record_id for mark in marks]))


def remember_demo_count(actor: Actor) -> None:
    """Note in the organization's settings how many demo records there are."""
    current = Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    rows = DemoRecord.objects.order_by("object_name").values_list("object_name")
    counts = dict(rows.annotate(count=Count("pk")))
    settings = {name: value for name, value in current.settings.items() if name != DEMO_COUNT}
    current.settings = {**settings, DEMO_COUNT: counts} if counts else settings
    current.save(update_fields=["settings"])
    actor.organization.settings = current.settings


def _writer(actor: Actor) -> Actor:
    """Return who writes: the system, so that nobody's rights or limits leave half of the records out."""
    return system_actor(actor.organization, channel=Channel.IMPORT)


def _owner(actor: Actor) -> uuid.UUID | None:
    if actor.user is not None:
        return actor.user.pk
    administrators = UserRole.objects.filter(role__key="administrator").values("user_id")
    people = User.objects.filter(is_active=True)
    first = people.filter(pk__in=administrators).order_by("pk").first() or people.order_by("pk").first()
    return first.pk if first else None


def _live(spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> Any:
    return spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001


def _refuse(items: Sequence[Mapping[str, Any]], ids: Sequence[Any], rejected: Mapping[Any, Any]) -> None:
    errors = [
        FieldError("records", error.code, f"{items[ids.index(record_id)][ITEM_KEY]}.{error.field}: {error.message}")
        for record_id, found in rejected.items()
        for error in found
    ]
    if errors:
        raise Invalid(errors)


class _Names:
    """The records that demo records name: demo records by their keys, those of the set-up by their names."""

    def __init__(self, actor: Actor) -> None:
        self.specs = specs_for(actor.organization)
        self.marks = {(mark.object_name, mark.key): mark.record_id for mark in DemoRecord.objects.all()}

    def find(self, target: str, name: str) -> uuid.UUID:
        found = self.marks.get((target, name))
        spec = self.specs.get(target)
        found = found or (find_record(spec, name) if spec is not None else None)
        if found is None:
            message = _("“%(name)s” is not known in this organization.") % {"name": name[:120]}
            raise Invalid([FieldError("records", "unknown_record", message)])
        return found


def _values(actor: Actor, spec: ObjectSpec, item: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in item.items():
        if name == ITEM_KEY:
            continue
        entry = spec.writable_fields.get(name)
        if entry is None:
            message = _("There is no field “%(name)s” here.") % {"name": name[:60]}
            raise Invalid([FieldError("records", "unknown_field", f"{item[ITEM_KEY]}: {message}")])
        found[name] = _value(actor, entry, value, names)
    return found


def _value(actor: Actor, entry: Field, value: Any, names: _Names) -> Any:
    if isinstance(value, Mapping) and value and set(value) <= set(LANGUAGES):
        value = words_of(value, actor.organization.language)
    if isinstance(value, list):
        return [_value(actor, entry, each, names) if isinstance(each, Mapping) else each for each in value]
    if not isinstance(value, str):
        return value
    day = _DAY.match(value)
    if day is not None:
        return _day(actor, day)
    if isinstance(entry.kind, Reference):
        target, _colon, key = value.partition(":")
        return reference_to(target, names.find(target, key))
    if isinstance(entry.kind, Link):
        return str(names.find(str(getattr(entry.kind, "target", "")), value))
    return value


def _day(actor: Actor, found: re.Match[str]) -> str:
    sign, days, clock = found.groups()
    ahead = int(days or 0) * (-1 if sign == "-" else 1)
    day = (today(actor.organization.time_zone) + timedelta(days=ahead)).isoformat()
    return f"{day}T{clock.zfill(5)}" if clock else day


def _needed(actor: Actor, spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those demo records to which a record points that is none, save for what goes with a demo record anyway."""
    marked = DemoRecord.objects.values_list("object_name", flat=True).distinct()
    specs = specs_for(actor.organization)
    parts = {child.object_name for name in marked if name in specs for child in specs[name].children if child.cascade}
    demo = list(DemoRecord.objects.values_list("record_id", flat=True))
    found: set[uuid.UUID] = set()
    for other, link in recycle.links_to(spec):
        if other.name not in parts:
            rows = other.model._default_manager.filter(**{f"{link.attribute}__in": list(ids)}, deleted_at__isnull=True)  # noqa: SLF001
            found |= set(rows.exclude(pk__in=demo).values_list(link.attribute, flat=True))
    return found


def _deleted(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> bool:
    """Put a record into the bin; return False when something speaks against it."""
    try:
        with transaction.atomic():
            recycle.delete(actor, spec, [record_id])
    except DomainError:
        return False
    return True
