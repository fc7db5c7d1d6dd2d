"""What a rule works with: the organization, its objects, and the system's eyes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from banyan.automation.models import AutomationRule
from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import USER, Reading
from banyan.core.objects.models import Record
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for, stored_value
from banyan.core.tenancy.models import Organization

Values = Callable[[str], Any]


@dataclass
class Setting:
    """An organization as its rules see it; one for each piece of work, so that nothing is read twice."""

    organization: Organization
    labels: dict[uuid.UUID, str] = field(default_factory=dict)
    _owners: dict[uuid.UUID, Actor | None] = field(default_factory=dict)
    _readers: dict[uuid.UUID, Actor] = field(default_factory=dict)

    @cached_property
    def specs(self) -> dict[str, ObjectSpec]:
        """Return the objects of the modules that are on."""
        return specs_on(self.organization)

    @cached_property
    def system(self) -> Actor:
        """Return the system, acting for automation."""
        return system_actor(self.organization, channel=Channel.AUTOMATION)

    @cached_property
    def reading(self) -> Reading:
        """Return how values are read and written in rules; names of records are found in ``labels``."""
        return replace(reading_for(self.system), labels=self.labels)

    def owner(self, rule: AutomationRule) -> Actor | None:
        """Return a rule's owner with the rights of now; None when there is none who may still sign in."""
        if rule.owner_id is None:
            return None
        if rule.owner_id not in self._owners:
            user = User.objects.select_related("organization").filter(pk=rule.owner_id, is_active=True).first()
            self._owners[rule.owner_id] = actor_for(user, channel=Channel.AUTOMATION) if user else None
        return self._owners[rule.owner_id]

    def reader(self, user: User) -> Actor:
        """Return a person with the rights of now, for whoever is to be told something."""
        if user.pk not in self._readers:
            self._readers[user.pk] = actor_for(user, channel=Channel.AUTOMATION)
        return self._readers[user.pk]

    def target_of(self, entry: Field) -> ObjectSpec | None:
        """Return the object that a link points to."""
        return self.specs.get(getattr(entry.kind, "target", ""))

    def field_at(self, spec: ObjectSpec, path: str) -> Field | None:
        """Return the field of a path: of the object itself, or of the record that a link points to."""
        name, dot, inner = path.partition(".")
        entry = spec.all_fields.get(name)
        if entry is None or not dot:
            return entry
        target = self.target_of(entry)
        return target.all_fields.get(inner) if target else None

    def label_at(self, spec: ObjectSpec, path: str) -> str:
        """Return what people call the field of a path; the path itself when there is none."""
        entry = self.field_at(spec, path)
        if entry is None:
            return path
        name, dot, _inner = path.partition(".")
        return f"{spec.all_fields[name].label} › {entry.label}" if dot else str(entry.label)

    def display(self, entry: Field, value: Any) -> str:
        """Return a value in words; what links point to is named."""
        target = USER if entry.kind.widget == "people" else getattr(entry.kind, "target", "")
        if target and value:
            ids = value if isinstance(value, list) else [value]
            missing = [found for found in ids if isinstance(found, uuid.UUID) and found not in self.labels]
            if missing:
                self.labels.update(labels_of({target: missing}, actor=self.system))
        if hasattr(entry.kind, "options"):
            codes = value if isinstance(value, list) else [value]
            names = {option.code: str(option.label) for option in entry.kind.options}
            return ", ".join(names.get(code, str(code)) for code in codes if code)
        return entry.kind.display(value, self.reading)


class RecordValues:
    """What records and those they point to hold, by paths; a link is read once, for all the records, when it is asked for."""

    def __init__(self, setting: Setting, spec: ObjectSpec, records: Sequence[Record]) -> None:
        self._setting, self._spec, self._records = setting, spec, records
        self._linked: dict[str, tuple[ObjectSpec | None, dict[uuid.UUID, Record]]] = {}

    def of(self, record: Record) -> Values:
        """Return how the values of a record are found by their paths; what is not there is None."""

        def value(path: str) -> Any:
            name, dot, inner = path.partition(".")
            if name == "id":
                return record.pk
            entry = self._spec.all_fields.get(name)
            if entry is None:
                return None
            own = stored_value(record, entry)
            if not dot:
                return own
            target, rows = self._link(name, entry)
            linked = rows.get(own)
            inner_entry = target.all_fields.get(inner) if target is not None else None
            return stored_value(linked, inner_entry) if linked is not None and inner_entry is not None else None

        return value

    def _link(self, name: str, entry: Field) -> tuple[ObjectSpec | None, dict[uuid.UUID, Record]]:
        if name not in self._linked:
            target = self._setting.target_of(entry)
            wanted = {stored_value(record, entry) for record in self._records} - {None}
            rows = {}
            if target is not None and wanted:
                found = target.model._default_manager.filter(pk__in=wanted)  # noqa: SLF001 Django's own name for it
                rows = {row.pk: row for row in found}
            self._linked[name] = (target, rows)
        return self._linked[name]
