"""What administrators do with assignment rules: save them and their entries."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.models import Post
from banyan.core.access.scopes import Ability
from banyan.core.business_rules.choices import Source, TakerKind, Way
from banyan.core.business_rules.definitions import (
    SUBJECTS,
    checked_condition,
    described,
    has_rules,
    ruled_objects,
    store_rule,
)
from banyan.core.business_rules.models import AssignmentEntry, AssignmentRule, Turns
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.kinds import USER
from banyan.core.objects.registry import forget
from banyan.core.objects.spec import ObjectSpec

MOST_ENTRIES, MOST_WEIGHT, MOST_OPEN = 50, 100, 100_000
TAKERS: dict[str, type[Model]] = {
    TakerKind.PERSON: User,
    TakerKind.DEPARTMENT: Department,
    TakerKind.ROLE: Role,
    TakerKind.POST: Post,
}
#: Ways that find their people without being told whom.
WITHOUT_TAKERS = (Way.TERRITORY, Way.SKILL, Way.KEEP, Way.QUEUE)


@dataclass(frozen=True)
class RuleValues:
    """What an administrator says of an assignment rule."""

    name: str
    is_active: bool = True
    condition: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = (Source.IMPORT, Source.API, Source.AUTOMATION)
    fallback: User | None = None


@dataclass(frozen=True)
class Taker:
    """Who may get records, and with which weight."""

    kind: str
    id: uuid.UUID
    weight: int = 1


@dataclass(frozen=True)
class EntryValues:
    """What an administrator says of one entry."""

    way: str = Way.TURNS
    condition: Mapping[str, Any] = field(default_factory=dict)
    takers: tuple[Taker, ...] = ()
    most_open: int | None = None
    link: str = ""
    skill_field: str = ""


@transaction.atomic
def save_rule(
    actor: Actor, rule: AssignmentRule | None, spec: ObjectSpec, values: RuleValues, *, key: str = ""
) -> AssignmentRule:
    """Create a rule, or change one. Raises ``NotAllowed``, ``Invalid``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = rule or AssignmentRule(organization=actor.organization, object_name=spec.name, key=key)
    before = described(row) if rule else {}
    row.condition = checked_condition(actor, spec, values.condition, "condition")
    row.name, row.is_active, row.fallback = values.name, values.is_active, values.fallback
    row.sources = [source for source in Source.values if source in values.sources]
    if row.fallback is not None and not row.fallback.is_active:
        message = _("%(name)s is deactivated.") % {"name": row.fallback.name}
        raise Invalid([FieldError("fallback", "inactive", message)])
    return store_rule(actor, row, is_new=rule is None, before=before)


@transaction.atomic
def save_entry(
    actor: Actor, rule: AssignmentRule, entry: AssignmentEntry | None, spec: ObjectSpec, values: EntryValues
) -> AssignmentEntry:
    """Add an entry to a rule, or change one. Raises ``NotAllowed``, ``Invalid`` with what is wrong."""
    require_ability(actor, Ability.CUSTOMISE)
    row = entry or AssignmentEntry(organization=actor.organization, rule=rule, position=rule.entries.count())
    errors: list[FieldError] = []
    try:
        row.condition = checked_condition(actor, spec, values.condition, "condition")
    except Invalid as invalid:
        errors += invalid.errors
    row.way, row.most_open = values.way, values.most_open
    row.link = values.link if values.way == Way.KEEP else ""
    row.skill_field = values.skill_field if values.way == Way.SKILL else ""
    takers = () if values.way in {Way.KEEP, Way.QUEUE} else values.takers
    row.takers = [{"kind": str(taker.kind), "id": str(taker.id), "weight": taker.weight} for taker in takers]
    errors += _problems(row, spec)
    if entry is None and row.position >= MOST_ENTRIES:
        errors.append(FieldError("way", "too_many", _("A rule may have at most %(maximum)d entries.") % {"maximum": MOST_ENTRIES}))  # fmt: skip
    if errors:
        raise Invalid(errors)
    row.save()
    Turns.objects.get_or_create(organization_id=actor.organization_id, entry=row)
    _tell(actor, rule)
    return row


def _problems(row: AssignmentEntry, spec: ObjectSpec) -> Iterator[FieldError]:
    if row.way not in Way.values:
        yield FieldError("way", "unknown_choice", _("Choose one of the values in the list."))
    if not row.takers and row.way not in WITHOUT_TAKERS:
        yield FieldError("takers", "required", _("Choose who gets the records."))
    if missing_takers(row.takers):
        yield FieldError(
            "takers", "unknown_record", _("Somebody chosen here is deactivated or does not exist any more.")
        )
    if any(not 1 <= int(taker["weight"]) <= MOST_WEIGHT for taker in row.takers):
        message = _("Weights are whole numbers from 1 to %(maximum)d.") % {"maximum": MOST_WEIGHT}
        yield FieldError("takers", "out_of_range", message)
    if row.way == Way.KEEP and row.link not in owned_links(spec):
        yield FieldError("link", "required", _("Choose the link whose owner keeps the record."))
    if row.way == Way.SKILL and row.skill_field not in spec.all_fields:
        yield FieldError("skill_field", "required", _("Choose the field that says which skill is needed."))
    if row.way == Way.TERRITORY and not has_territory(spec):
        yield FieldError("way", "no_territory", _("These records lie in no territory."))
    if row.most_open is not None and not 1 <= row.most_open <= MOST_OPEN:
        message = _("Write a whole number from 1 to %(maximum)d.") % {"maximum": MOST_OPEN}
        yield FieldError("most_open", "out_of_range", message)


def missing_takers(takers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those takers that do not exist any more, or are deactivated."""
    missing = []
    for taker in takers:
        model = TAKERS.get(str(taker["kind"]))
        rows = model._default_manager.filter(pk=taker["id"]) if model is not None else None  # noqa: SLF001
        if rows is not None and model is User:
            rows = rows.filter(is_active=True)
        if rows is None or not rows.exists():
            missing.append(taker)
    return missing


def owned_links(spec: ObjectSpec) -> list[str]:
    """Return the links to records that have owners."""
    return [name for name, entry in spec.links.items() if getattr(entry.kind, "target", "") not in {"", USER, "file"}]


def has_territory(spec: ObjectSpec) -> bool:
    """Say whether an object's records lie in territories."""
    name = spec.territory_field.partition("__")[0]
    return bool(name) and name in spec.all_fields


def assignable_objects(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects whose records are somebody's: those with an owner of their own."""
    return {name: spec for name, spec in ruled_objects(actor).items() if is_assignable(spec)}


def is_assignable(spec: ObjectSpec) -> bool:
    """Say whether an object's records can be given to somebody by rules."""
    return has_rules(spec) and "owner" in spec.own_fields


def assignable_object(actor: Actor, name: str) -> ObjectSpec:
    """Return an object whose records are somebody's; raise ``Missing``."""
    spec = assignable_objects(actor).get(name)
    if spec is None:
        raise Missing("not_found", _("There is no such object."))
    return spec


def find_entry(rule: AssignmentRule, entry_id: uuid.UUID) -> AssignmentEntry:
    """Return an entry of a rule; raise ``Missing``."""
    found = rule.entries.filter(pk=entry_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such entry; it may have been deleted."))
    return found


@transaction.atomic
def delete_entry(actor: Actor, rule: AssignmentRule, entry: AssignmentEntry) -> None:
    """Take an entry out of a rule."""
    require_ability(actor, Ability.CUSTOMISE)
    entry.delete()
    _close_ranks(rule)
    _tell(actor, rule)


@transaction.atomic
def order_entries(actor: Actor, rule: AssignmentRule, ids: Sequence[uuid.UUID]) -> None:
    """Put the entries of a rule into another order: the first that fits decides."""
    require_ability(actor, Ability.CUSTOMISE)
    place = {pk: number for number, pk in enumerate(ids)}
    for entry in rule.entries.all():
        entry.position = place.get(entry.pk, len(place) + entry.position)
        entry.save(update_fields=["position"])
    _close_ranks(rule)
    _tell(actor, rule)


def _close_ranks(rule: AssignmentRule) -> None:
    for number, entry in enumerate(rule.entries.order_by("position", "pk")):
        if entry.position != number:
            AssignmentEntry.objects.filter(pk=entry.pk).update(position=number)


def _tell(actor: Actor, rule: AssignmentRule) -> None:
    """Log that the entries of a rule changed, as the sentence of their number, and let every process read them anew."""
    count = rule.entries.count()
    tell_setup_changed(actor, SUBJECTS[AssignmentRule], rule.pk, "update", values={"entries": (None, count), "name": (rule.name, rule.name)})  # fmt: skip
    forget(actor.organization)
