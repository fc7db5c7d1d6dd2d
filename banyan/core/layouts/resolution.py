"""Which types and which layout somebody has: one answer for forms, record pages, side panels and lists.

What an organization has defined hangs on its shaped specifications, so that asking costs no query.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.kernel.origin import current_origin
from banyan.core.layouts.content import Part, Place, Plan, Tab, in_language, plan_from_json
from banyan.core.layouts.models import Device, Layout, RecordType
from banyan.core.objects.kinds import Money
from banyan.core.objects.spec import ObjectSpec

SHAPING = "layouts"
#: The field of a record that says of which type it is.
TYPE_FIELD = "record_type"


@dataclass(frozen=True)
class TypeShape:
    """A record type that is in use."""

    code: str
    labels: Mapping[str, str]
    icon: str = ""
    color: str = ""
    roles: frozenset[uuid.UUID] = frozenset()
    default_for: frozenset[uuid.UUID] = frozenset()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return what it is called in the language of the moment."""
        return in_language(self.labels)


@dataclass(frozen=True)
class Ruling:
    """A layout that is in effect, and for whom."""

    plan: Plan
    record_type: str = ""
    role_id: uuid.UUID | None = None
    device: str = ""

    def weight(self, roles: frozenset[uuid.UUID], record_type: str, device: str) -> int:
        """Return how closely it fits, minus one when it does not: the type counts most, then the role, then the device."""
        wanted = (
            (self.record_type, self.record_type == record_type, 4),
            (self.role_id, self.role_id in roles, 2),
            (self.device, self.device == device, 1),
        )
        if any(given and not fits for given, fits, _weight in wanted):
            return -1
        return sum(weight for given, _fits, weight in wanted if given)


@dataclass(frozen=True)
class ObjectLayouts:
    """What an organization has defined for one object."""

    types: tuple[TypeShape, ...] = ()
    rulings: tuple[Ruling, ...] = ()


NONE = ObjectLayouts()


def load_shapings(specs: Mapping[str, ObjectSpec]) -> dict[str, ObjectLayouts]:
    """Read the types and layouts in effect, by object; runs within the organization's scope."""
    rows = list(RecordType.objects.filter(is_active=True))
    roles = frozenset(Role.objects.values_list("pk", flat=True)) if rows else frozenset()
    types: dict[str, list[TypeShape]] = {}
    for row in rows:
        types.setdefault(row.object_name, []).append(type_shape(row, roles))
    rulings: dict[str, list[Ruling]] = {}
    for layout in Layout.objects.filter(content__isnull=False):
        if layout.object_name in specs:
            plan = completed(plan_from_json(layout.content), specs[layout.object_name])
            ruling = Ruling(plan, layout.record_type, layout.role_id, layout.device)
            rulings.setdefault(layout.object_name, []).append(ruling)
    found = {}
    for name in types.keys() | rulings.keys():
        if name in specs:
            # Where the field is switched off, there are no types.
            own = types.get(name, []) if TYPE_FIELD in specs[name].all_fields else []
            found[name] = ObjectLayouts(tuple(own), tuple(rulings.get(name, [])))
    return found


def type_shape(row: RecordType, roles: frozenset[uuid.UUID]) -> TypeShape:
    """Return a record type as specifications carry it; of its roles those that still exist count."""
    return TypeShape(
        code=row.code,
        labels=row.labels,
        icon=row.icon,
        color=row.color,
        roles=frozenset(map(uuid.UUID, row.roles)) & roles,
        default_for=frozenset(map(uuid.UUID, row.default_for)) & roles,
        choices={name: tuple(codes) for name, codes in row.choices.items()},
    )


def layouts_of(spec: ObjectSpec) -> ObjectLayouts:
    """Return what the organization has defined for an object; nothing for most."""
    found = spec.shaping.get(SHAPING, NONE)
    return found if isinstance(found, ObjectLayouts) else NONE


def layout_for(actor: Actor, spec: ObjectSpec, record_type: Any = "", device: str | None = None) -> Plan | None:
    """Return how somebody's pages and forms of records of this type are laid out; None for the product's own way.

    Without ``device`` it is the one that the work at hand is asked from. Asks the database nothing.
    """
    rulings = layouts_of(spec).rulings
    if not rulings:
        return None
    roles = roles_of(actor)
    wanted = (roles, str(record_type or ""), device_at_hand() if device is None else device)
    best = max(rulings, key=lambda ruling: ruling.weight(*wanted))
    return best.plan if best.weight(*wanted) >= 0 else None


def roles_of(actor: Actor) -> frozenset[uuid.UUID]:
    """Return the ids of the roles that somebody acts with."""
    return frozenset(role.role_id for place in actor.standings for role in place.roles)


def device_at_hand() -> str:
    """Return whether the work at hand is asked from a phone; all else counts as a computer."""
    return Device.PHONE if "Mobi" in current_origin().user_agent else Device.DESKTOP


def types_of(actor: Actor, spec: ObjectSpec) -> tuple[TypeShape, ...]:
    """Return the record types that somebody may use, in their order."""
    types = layouts_of(spec).types
    if actor.is_system or not types:
        return types
    roles = roles_of(actor)
    return tuple(entry for entry in types if not entry.roles or entry.roles & roles)


def default_type(actor: Actor, spec: ObjectSpec) -> TypeShape | None:
    """Return the type of a new record for which nobody chose one: the first choice of a role, else the first."""
    types = types_of(actor, spec)
    roles = roles_of(actor)
    return next((entry for entry in types if entry.default_for & roles), types[0] if types else None)


def find_type(spec: ObjectSpec, code: Any) -> TypeShape | None:
    """Return a type in use by its code."""
    return next((entry for entry in layouts_of(spec).types if entry.code == code), None)


def placeable(spec: ObjectSpec) -> list[str]:
    """Return the fields that a layout may place: what the product's own layout shows, and the owner.

    Currencies of amounts come with the amounts.
    """
    carried = {entry.kind.currency_field for entry in spec.all_fields.values() if isinstance(entry.kind, Money)}
    own = [name for section in spec.layout() for name in section.fields]
    names = dict.fromkeys((*own, *spec.writable_fields))
    return [name for name in names if name not in carried or name in own]


def completed(plan: Plan, spec: ObjectSpec, *, with_needed: bool = True) -> Plan:
    """Return a layout without fields that are gone, and with those that are newer than it in its last section.

    ``with_needed`` shows a field without which no record can be created even where the layout leaves it out.
    """
    known = spec.all_fields
    tabs = tuple(
        replace(
            tab,
            parts=tuple(
                replace(part, places=tuple(place for place in part.places if place.name in known)) for part in tab.parts
            ),
        )
        for tab in plan.tabs
    )
    plan = replace(plan, tabs=tabs, columns=tuple(name for name in plan.columns if name in known))
    placed = set(plan.names())
    left_out = {name for name in plan.left_out if not (with_needed and is_needed(spec, name))}
    newer = [name for name in placeable(spec) if name not in placed and name not in left_out]
    if not newer:
        return plan
    last = plan.tabs[-1] if plan.tabs else Tab("t1")
    parts = last.parts or (Part("s1"),)
    extended = replace(parts[-1], places=(*parts[-1].places, *(Place(name) for name in newer)))
    return replace(plan, tabs=(*plan.tabs[:-1], replace(last, parts=(*parts[:-1], extended))))


def is_needed(spec: ObjectSpec, name: str) -> bool:
    """Say whether no record can be created without somebody filling in the field."""
    entry = spec.writable_fields.get(name)
    return entry is not None and entry.required and entry.default is None
