"""Assignment rules at work: who gets a new record, why, and who was passed over."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.models import Territory
from banyan.core.business_rules.choices import Source, Way
from banyan.core.business_rules.conditions import DraftValues, readable_test
from banyan.core.business_rules.definitions import find_rule
from banyan.core.business_rules.models import Assignment, AssignmentEntry, AssignmentRule, Turns
from banyan.core.business_rules.presence import AWAY, FULL, UNSKILLED, People, loads_of, people_at
from banyan.core.business_rules.turns import TurnState, below_cap, by_load, by_weight, in_turn
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.listing.fields import reading_of
from banyan.core.listing.filters import live_rows
from banyan.core.listing.fitting import Test, Values
from banyan.core.objects.registry import shaped
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.storage import insert_rows

SHAPING = "assignment_rules"
OWNER = "owner"
NOTE = "business_rules.assignment"
SOURCES: dict[Channel, str] = {
    Channel.IMPORT: Source.IMPORT,
    Channel.COMMAND: Source.IMPORT,
    Channel.API: Source.API,
    Channel.AUTOMATION: Source.AUTOMATION,
    Channel.JOB: Source.JOB,
    Channel.PAGE: Source.PAGE,
}


@dataclass(frozen=True)
class Decision:
    """Who gets a record, None for nobody; ``number`` is the entry's place in the rule, 0 for what is left over."""

    rule: AssignmentRule
    number: int
    way: str
    user_id: uuid.UUID | None
    passed_over: tuple[tuple[uuid.UUID, str], ...] = ()


@dataclass(frozen=True)
class ReadyEntry:
    """An entry of a rule, ready to be tried."""

    entry: AssignmentEntry
    number: int
    fits: Test


@dataclass(frozen=True)
class ReadyRule:
    """A rule of one object, ready to be tried."""

    rule: AssignmentRule
    fits: Test
    entries: tuple[ReadyEntry, ...]


@dataclass
class RulesOfObject:
    """The assignment rules in force for one object, with conditions read anew for each day."""

    rules: tuple[tuple[AssignmentRule, tuple[AssignmentEntry, ...]], ...]
    _ready: tuple[date, tuple[ReadyRule, ...]] | None = field(default=None, repr=False)

    def ready(self, actor: Actor, spec: ObjectSpec) -> tuple[ReadyRule, ...]:
        """Return the rules whose conditions can be read; entries that cannot be are left out."""
        day = today(actor.organization.time_zone)
        if self._ready is None or self._ready[0] != day:
            found = (ready_rule(actor, spec, rule, entries) for rule, entries in self.rules)
            self._ready = day, tuple(rule for rule in found if rule is not None)
        return self._ready[1]


def ready_rule(
    actor: Actor, spec: ObjectSpec, rule: AssignmentRule, entries: Iterable[AssignmentEntry]
) -> ReadyRule | None:
    """Return a rule ready to be tried; None when its condition names what is gone."""
    system = system_actor(actor.organization)
    fits = readable_test(rule.condition, spec, system)
    if fits is None:
        return None
    tests = ((entry, readable_test(entry.condition, spec, system)) for entry in entries)
    ready = (ReadyEntry(entry, place, test) for place, (entry, test) in enumerate(tests, 1) if test is not None)
    return ReadyRule(rule, fits, tuple(ready))


def load(_specs: Mapping[str, ObjectSpec]) -> Mapping[str, Any]:
    """Return the rules in force of each object; a loader of shapings."""
    found: dict[str, list[Any]] = {}
    for rule in AssignmentRule.objects.filter(is_active=True).prefetch_related("entries"):
        found.setdefault(rule.object_name, []).append((rule, tuple(rule.entries.all())))
    return {name: RulesOfObject(tuple(rules)) for name, rules in found.items()}


def applies(spec: ObjectSpec) -> bool:
    """Say whether an object has assignment rules in force."""
    return SHAPING in spec.shaping


def assign(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Give new records without an owner to whom the rules say, before they get the usual one."""
    if context.exempt:
        return
    spec, actor, source = drafts[0].spec, context.actor, SOURCES[context.channel]
    new = [draft for draft in drafts if draft.is_new and draft.values.get(OWNER) is None]
    rules = [ready for ready in _rules(actor, spec) if source in ready.rule.sources]
    if not new or not rules:
        return
    assigner = Assigner(actor, spec, rules, new)
    for draft in new:
        decision = assigner.decide(draft)
        if decision is not None:
            draft.set(OWNER, decision.user_id)
            draft.notes[NOTE] = decision
    assigner.finish()


def settle(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note why new records went to whom they went."""
    made = [(draft.record_id, draft.notes[NOTE]) for draft in drafts if NOTE in draft.notes]
    if made:
        note_assignments(context.actor, drafts[0].spec, made)


def note_assignments(actor: Actor, spec: ObjectSpec, made: Sequence[tuple[uuid.UUID, Decision]]) -> None:
    """Keep why somebody got a record; people read it in the record's timeline."""
    rows: list[dict[str, Any]] = [
        {
            "organization_id": actor.organization_id,
            "object_name": spec.name,
            "record_id": record_id,
            "rule_id": decision.rule.pk,
            "rule_name": decision.rule.name,
            "entry_number": decision.number,
            "way": decision.way,
            "user_id": decision.user_id,
            "passed_over": [{"user": str(pk), "why": why} for pk, why in decision.passed_over],
        }
        for record_id, decision in made
    ]
    insert_rows(Assignment, rows)


def _rules(actor: Actor, spec: ObjectSpec) -> tuple[ReadyRule, ...]:
    rules: RulesOfObject | None = spec.shaping.get(SHAPING)
    return rules.ready(actor, spec) if rules is not None else ()


class Assigner:
    """Decides for the records of one write; a trial changes nothing.

    The turns of all entries are locked in the order of their ids until the transaction ends, so that two writes at
    once never take the same turn nor lock each other out.
    """

    def __init__(
        self,
        actor: Actor,
        spec: ObjectSpec,
        rules: Sequence[ReadyRule],
        drafts: Sequence[Draft],
        *,
        is_trial: bool = False,
        moment: datetime | None = None,
    ) -> None:
        self.actor, self.spec, self.rules = actor, spec, rules
        system = system_actor(actor.organization)
        self._values = DraftValues(system, spec, drafts, defaults_for=actor)
        self._is_trial = is_trial
        self._people: People | None = None
        self._moment = moment or now()
        self._turns: dict[uuid.UUID, Turns] | None = None
        self._states: dict[uuid.UUID, TurnState] = {}
        self._loads: dict[str, int] | None = None
        self._parents: dict[uuid.UUID, list[uuid.UUID]] | None = None

    @property
    def people(self) -> People:
        """Return everybody as they are now."""
        if self._people is None:
            self._people = people_at(self.actor, self._moment)
        return self._people

    def decide(self, draft: Draft) -> Decision | None:
        """Return who gets a record by the first rule that is about it; None leaves it to the usual owner."""
        values = self._values.of(draft)
        for ready in self.rules:
            if ready.fits(values):
                return self._by_rule(ready, values)
        return None

    def finish(self) -> None:
        """Write down the turns that were taken."""
        if self._is_trial or self._turns is None:
            return
        for entry_id, state in self._states.items():
            row = self._turns.get(entry_id)
            if row is not None and row.taken != state.taken:
                row.taken, row.people = state.taken, state.people
                row.save(update_fields=["taken", "people"])

    def _by_rule(self, ready: ReadyRule, values: Values) -> Decision | None:
        passed_over: list[tuple[uuid.UUID, str]] = []
        for entry in ready.entries:
            if not entry.fits(values):
                continue
            if entry.entry.way == Way.QUEUE:
                return Decision(ready.rule, entry.number, Way.QUEUE, None, _once(passed_over))
            chosen = self._by_entry(entry.entry, values, passed_over)
            if chosen is not None:
                self._count(chosen)
                return Decision(ready.rule, entry.number, entry.entry.way, chosen, _once(passed_over))
        fallback = ready.rule.fallback_id
        if fallback is None or fallback not in self.people.names:
            return None
        self._count(fallback)
        return Decision(ready.rule, 0, "", fallback, _once(passed_over))

    def _by_entry(
        self, entry: AssignmentEntry, values: Values, passed_over: list[tuple[uuid.UUID, str]]
    ) -> uuid.UUID | None:
        if entry.way == Way.KEEP:
            return self._kept(entry, values, passed_over)
        wanted, weights = self._wanted(entry, values)
        free = self._free(entry, wanted, values, passed_over)
        if not free:
            # Nobody of the entry is there: whoever stands in for those who are away.
            stand_ins = [self.people.deputies[pk] for pk in wanted if pk in self.people.deputies]
            free = self._free(entry, list(dict.fromkeys(stand_ins)), values, passed_over)
        if not free:
            return None
        candidates, state = [str(pk) for pk in free], self._state(entry)
        if entry.way == Way.LOAD:
            return uuid.UUID(by_load(state, candidates, self._known_loads()))
        if entry.way == Way.WEIGHTED:
            return uuid.UUID(by_weight(state, candidates, weights))
        return uuid.UUID(in_turn(state, candidates))

    def _wanted(self, entry: AssignmentEntry, values: Values) -> tuple[list[uuid.UUID], dict[str, int]]:
        """Return the people whom an entry means for a record, and their weights."""
        weights: dict[str, int] = {}
        wanted: dict[uuid.UUID, None] = {}
        for taker in entry.takers:
            pk = parse_id(taker.get("id"))
            for person in self.people.of_taker(taker.get("kind", ""), pk) if pk else ():
                wanted[person] = None
                weights[str(person)] = max(weights.get(str(person), 0), int(taker.get("weight") or 1))
        if entry.way == Way.TERRITORY:
            return self._of_territory(values, wanted if entry.takers else None), weights
        if entry.way == Way.SKILL and not entry.takers:
            return self.people.in_order, weights
        return list(wanted), weights

    def _of_territory(self, values: Values, among: Collection[uuid.UUID] | None) -> list[uuid.UUID]:
        """Return who works in the record's territory, else in the next one above where somebody does."""
        path = self.spec.territory_field.replace("__", ".")
        territory = values(path) if path and self.spec.all_fields.get(path.partition(".")[0]) is not None else None
        if territory is None:
            return []
        if self._parents is None:
            self._parents = {pk: list(above) for pk, above in Territory.objects.values_list("pk", "path")}
        for place in reversed(self._parents.get(territory, [territory])):
            members = self.people.territories.get(place, set())
            found = [pk for pk in self.people.in_order if pk in members and (among is None or pk in among)]
            if any(not self.people.why_not(pk) for pk in found):
                return found
        return []

    def _free(
        self,
        entry: AssignmentEntry,
        wanted: Sequence[uuid.UUID],
        values: Values,
        passed_over: list[tuple[uuid.UUID, str]],
    ) -> list[uuid.UUID]:
        needed = self._needed_skills(entry, values) if entry.way == Way.SKILL else None
        free = []
        for person in wanted:
            why = self.people.why_not(person)
            if not why and needed is not None and not (needed and self.people.have_skills(person, needed)):
                why = UNSKILLED
            if why:
                passed_over.append((person, why))
            else:
                free.append(person)
        caps = {str(pk): _smaller(entry.most_open, self.people.terms_of(pk).most_open) for pk in free}
        if not any(cap is not None for cap in caps.values()):
            return free
        allowed = set(below_cap(list(caps), self._known_loads(), caps))
        passed_over += [(pk, FULL) for pk in free if str(pk) not in allowed]
        return [pk for pk in free if str(pk) in allowed]

    def _needed_skills(self, entry: AssignmentEntry, values: Values) -> set[str]:
        field_ = self.spec.all_fields.get(entry.skill_field)
        value = values(entry.skill_field) if field_ is not None else None
        if field_ is None or field_.kind.is_empty(value):
            return set()
        given = value if isinstance(value, (list, tuple)) else [value]
        reading = reading_of(system_actor(self.actor.organization))
        shown = [field_.kind.display([item] if field_.kind.many else item, reading) for item in given]
        known = {skill for terms in (self.people.usual, *self.people.terms.values()) for skill in terms.skills}
        codes = [letters_and_digits(str(item)) for item in given]
        # People write skills as the values are called; programs by their codes.
        return {code if code in known else letters_and_digits(label) for code, label in zip(codes, shown, strict=True)}

    def _kept(
        self, entry: AssignmentEntry, values: Values, passed_over: list[tuple[uuid.UUID, str]]
    ) -> uuid.UUID | None:
        owner = values(f"{entry.link}.{OWNER}") if entry.link in self.spec.links else None
        if owner is None:
            return None
        why = self.people.why_not(owner)
        if why in {AWAY, "inactive"}:
            passed_over.append((owner, why))
            return None
        return owner

    def _state(self, entry: AssignmentEntry) -> TurnState:
        turns = self._lock()
        if entry.pk not in self._states:
            row = turns.get(entry.pk)
            self._states[entry.pk] = TurnState(row.taken, row.people).copy() if row is not None else TurnState()
        return self._states[entry.pk]

    def _lock(self) -> dict[uuid.UUID, Turns]:
        if self._turns is None:
            ids = [ready.entry.pk for rule in self.rules for ready in rule.entries]
            rows = Turns.objects.filter(entry_id__in=ids).order_by("pk")
            self._turns = {row.entry_id: row for row in (rows if self._is_trial else rows.select_for_update())}
        return self._turns

    def _known_loads(self) -> dict[str, int]:
        if self._loads is None:
            # What others are being given at this moment counts too: they hold the turns until they are done.
            self._lock()
            self._loads = loads_of(self.actor, self.spec, self.people.names)
        return self._loads

    def _count(self, person: uuid.UUID) -> None:
        if self._loads is not None:
            self._loads[str(person)] = self._loads.get(str(person), 0) + 1


def _smaller(one: int | None, other: int | None) -> int | None:
    known = [cap for cap in (one, other) if cap is not None]
    return min(known) if known else None


def _once(passed_over: Iterable[tuple[uuid.UUID, str]]) -> tuple[tuple[uuid.UUID, str], ...]:
    return tuple(dict.fromkeys(passed_over))


@transaction.atomic
def assign_by_rule(
    actor: Actor,
    rule_id: uuid.UUID,
    spec: ObjectSpec,
    record_ids: Sequence[uuid.UUID],
    *,
    batch_id: uuid.UUID | None = None,
) -> door.Outcome:
    """Give existing records to whom a rule says, whether it is in force or not; what it cannot place stays.

    Raises ``Missing`` when there is no such rule, ``Refused`` when it is for another object, and what changing the
    records raises: ``Missing`` and ``NotAllowed``.
    """
    spec = shaped(actor.organization, spec)
    rule = find_rule(AssignmentRule, rule_id)
    if rule.object_name != spec.name:
        message = _("“%(rule)s” is a rule for other records.") % {"rule": rule.name}
        raise Refused("wrong_object", message)
    ready = ready_rule(actor, spec, rule, rule.entries.all())
    context = WriteContext.for_actor(actor, batch_id=batch_id)
    if ready is None:
        return door.Outcome(context.batch_id)
    rows = live_rows(actor, spec).filter(pk__in=list(record_ids)).order_by("pk")
    drafts = [Draft(spec, existing=row) for row in rows]  # type: ignore[arg-type]  # the rows of a specification are records
    assigner = Assigner(actor, spec, [ready], drafts)
    decisions = {draft.record_id: found for draft in drafts if (found := assigner.decide(draft)) is not None}
    changes = {pk: {OWNER: decision.user_id} for pk, decision in decisions.items()}
    outcome = door.update_many(actor, spec, changes, context=context)
    assigner.finish()
    note_assignments(actor, spec, [(pk, decisions[pk]) for pk in outcome.updated])
    return outcome


@dataclass(frozen=True)
class Previewed:
    """What a rule would have decided about a record."""

    record_id: uuid.UUID
    decision: Decision | None


def preview(actor: Actor, rule: AssignmentRule, spec: ObjectSpec, *, most: int = 10) -> list[Previewed]:
    """Return to whom the newest records would go by a rule, one after the other; nothing is changed."""
    ready = ready_rule(actor, spec, rule, rule.entries.all())
    if ready is None:
        return []
    system = system_actor(actor.organization)
    rows = list(live_rows(system, spec).order_by("-created_at", "-pk")[:most])
    drafts = [Draft(spec, existing=row) for row in rows]  # type: ignore[arg-type]  # the rows of a specification are records
    assigner = Assigner(system, spec, [ready], drafts, is_trial=True)
    found = [Previewed(draft.record_id, assigner.decide(draft)) for draft in reversed(drafts)]
    return found[::-1]
