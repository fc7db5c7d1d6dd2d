"""Duplicate rules at work: keys kept beside records, looked up by every write and while somebody types."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.decisions import restrict
from banyan.core.business_rules.choices import DuplicateAction, Reach
from banyan.core.business_rules.conditions import DraftValues, always, readable_test
from banyan.core.business_rules.likeness import are_same, digest, key_of
from banyan.core.business_rules.models import DeclaredDistinct, DuplicateKey, DuplicateRule
from banyan.core.business_rules.validation import NOBODY_TO_ASK
from banyan.core.encryption.sealing import fingerprint, fingerprints
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import WARNING
from banyan.core.listing.filters import live_rows
from banyan.core.listing.fitting import Test
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext, reading_for
from banyan.core.records.duplicates import (
    DUPLICATES_WANTED,
    Candidate,
    DuplicateRules,
    Values,
    duplicate_rules,
)

#: More records share a coarse key by chance; so many are compared.
MOST_COMPARED = 200
NAMES_SHOWN = 3
_KEY_MARK = "rule:"


@dataclass(frozen=True)
class ReadyRule:
    """A duplicate rule of one object, ready to be looked up."""

    rule: DuplicateRule
    spec: ObjectSpec
    matches: tuple[Mapping[str, str], ...]
    fits: Test = always

    @property
    def names(self) -> list[str]:
        """Return the fields that must agree."""
        return [match["field"] for match in self.matches]

    @property
    def is_sealed(self) -> bool:
        """Say whether its keys are made of encrypted values."""
        return any(self.spec.all_fields[name].is_sealed for name in self.names)

    def keys(self, actor: Actor, values: Mapping[str, Any], *, to_look_up: bool = False) -> list[str]:
        """Return the keys of a record: one to keep, or all that it may have in the table."""
        text = key_of(self.matches, self.spec.all_fields, values)
        if not text:
            return []
        if not self.is_sealed:
            return [digest(text)]
        purpose = f"{self.spec.name}.duplicates.{self.rule.key}"
        if to_look_up:
            return fingerprints(actor.organization_id, purpose, text)
        return [fingerprint(actor.organization_id, purpose, text)]


@dataclass(frozen=True)
class Found:
    """A record that a rule takes for the same; ``record_id`` is None for another row of the same write."""

    ready: ReadyRule
    record_id: uuid.UUID | None


@dataclass
class RulesOfObject:
    """The duplicate rules in force for one object, with their conditions read anew for each day."""

    rules: tuple[DuplicateRule, ...]
    _ready: tuple[date, tuple[ReadyRule, ...]] | None = field(default=None, repr=False)

    def ready(self, actor: Actor, spec: ObjectSpec) -> tuple[ReadyRule, ...]:
        """Return the rules that can be read: those all of whose fields are there."""
        day = today(actor.organization.time_zone)
        if self._ready is None or self._ready[0] != day:
            self._ready = day, tuple(entry for rule in self.rules if (entry := ready_rule(actor, rule, spec)))
        return self._ready[1]


def ready_rule(actor: Actor, rule: DuplicateRule, spec: ObjectSpec) -> ReadyRule | None:
    """Return a rule ready to be looked up; None when a field that it names is gone."""
    fits = readable_test(rule.condition, spec, system_actor(actor.organization))
    matches = tuple(rule.matches)
    if fits is None or not matches or any(match["field"] not in spec.all_fields for match in matches):
        return None
    return ReadyRule(rule, spec, matches, fits)


SHAPING = "duplicate_rules_in_force"


def load(_specs: Mapping[str, ObjectSpec]) -> Mapping[str, Any]:
    """Return the rules in force of each object; a loader of shapings."""
    found: dict[str, list[DuplicateRule]] = {}
    for rule in DuplicateRule.objects.filter(is_active=True):
        found.setdefault(rule.object_name, []).append(rule)
    return {name: RulesOfObject(tuple(rules)) for name, rules in found.items()}


def load_own(_specs: Mapping[str, ObjectSpec]) -> Mapping[str, Any]:
    """Return how forms and imports ask the rules of each object; a loader of shapings."""
    by_object: dict[str, list[DuplicateRule]] = {}
    for rule in DuplicateRule.objects.filter(is_active=True).exclude(action=DuplicateAction.REPORT):
        by_object.setdefault(rule.object_name, []).append(rule)
    return {name: _asked(name, rules) for name, rules in by_object.items()}


def _asked(object_name: str, rules: Sequence[DuplicateRule]) -> DuplicateRules:
    names = dict.fromkeys(match["field"] for rule in rules for match in rule.matches)
    return DuplicateRules(
        partial(_candidates, object_name),
        partial(_import_keys, rules),
        partial(_mean_the_same, rules),
        fields=tuple(names),
    )


def applies(spec: ObjectSpec) -> bool:
    """Say whether an object has duplicate rules in force."""
    return SHAPING in spec.shaping


def judge(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse, or warn of, records that are like others by a rule."""
    spec, actor = drafts[0].spec, context.actor
    if context.exempt:
        return
    rules = [ready for ready in _ready_rules(actor, spec) if ready.rule.action != DuplicateAction.REPORT]
    asked = [draft for draft in drafts if not draft.errors and _touches(draft, rules)]
    if not asked or not rules:
        return
    found = find(actor, spec, rules, asked)
    shown = _what_is_shown(actor, spec, found.values())
    for draft in asked:
        told: set[uuid.UUID] = set()
        for ready, others in _by_rule(found[draft.record_id]):
            code, is_asked = _code(ready.rule), ready.rule.action == DuplicateAction.WARN
            if told >= {other.record_id for other in others} - {None} and told:
                continue
            if is_asked and _is_confirmed(context, code):
                continue
            told |= {other.record_id for other in others if other.record_id is not None}
            draft.refuse(ready.names[0], code, shown.text(ready.rule, others))


def _touches(draft: Draft, rules: Iterable[ReadyRule]) -> bool:
    return draft.is_new or any(draft.changes(*ready.names) for ready in rules)


def _code(rule: DuplicateRule) -> str:
    code = f"duplicate.{rule.key}"
    return f"{WARNING}{code}" if rule.action == DuplicateAction.WARN else code


def _is_confirmed(context: WriteContext, code: str) -> bool:
    if context.channel in NOBODY_TO_ASK or DUPLICATES_WANTED in context.confirmed:
        return True
    return code in context.confirmed or context.actor.has_confirmed(code)


def _ready_rules(actor: Actor, spec: ObjectSpec) -> tuple[ReadyRule, ...]:
    rules: RulesOfObject | None = spec.shaping.get(SHAPING)
    return rules.ready(actor, spec) if rules is not None else ()


def find(
    actor: Actor, spec: ObjectSpec, rules: Sequence[ReadyRule], drafts: Sequence[Draft]
) -> dict[uuid.UUID, list[Found]]:
    """Return for each draft the records that rules take for the same; three queries for all drafts.

    Drafts that come later in the same write are compared with those before them.
    """
    values_of = DraftValues(system_actor(actor.organization), spec, drafts)
    found: dict[uuid.UUID, list[Found]] = {draft.record_id: [] for draft in drafts}
    wanted: dict[tuple[uuid.UUID, str], list[Draft]] = defaultdict(list)
    for ready in rules:
        for draft in drafts:
            if not ready.fits(values_of.of(draft)) or not (draft.is_new or draft.changes(*ready.names)):
                continue
            for key in ready.keys(actor, _values(draft, ready), to_look_up=True):
                before = wanted[ready.rule.pk, key]
                if any(_is_same(ready, draft, other) for other in before[-MOST_COMPARED:]):
                    found[draft.record_id].append(Found(ready, None))
                before.append(draft)
    _compare_with_stored(actor, spec, rules, wanted, found)
    return found


def _compare_with_stored(
    actor: Actor,
    spec: ObjectSpec,
    rules: Sequence[ReadyRule],
    wanted: Mapping[tuple[uuid.UUID, str], Sequence[Draft]],
    found: dict[uuid.UUID, list[Found]],
) -> None:
    by_rule = {ready.rule.pk: ready for ready in rules}
    rows = DuplicateKey.objects.filter(rule_id__in=by_rule, key__in={key for _rule, key in wanted})
    hits: dict[tuple[uuid.UUID, str], list[uuid.UUID]] = defaultdict(list)
    for rule_id, key, record_id in rows.order_by("-record_id").values_list("rule_id", "key", "record_id"):
        hits[rule_id, key].append(record_id)
    ids = {pk for (rule_id, key), pks in hits.items() if (rule_id, key) in wanted for pk in pks[:MOST_COMPARED]}
    if not ids:
        return
    system = system_actor(actor.organization)
    stored = {row.pk: Draft(spec, existing=row) for row in live_rows(actor, spec).filter(pk__in=ids)}  # type: ignore[arg-type]  # the rows of a specification are records
    values_of = DraftValues(system, spec, list(stored.values()))
    distinct = _declared_distinct(spec, {draft.record_id for drafts in wanted.values() for draft in drafts} | ids)
    for (rule_id, key), drafts in wanted.items():
        ready = by_rule[rule_id]
        for pk in hits.get((rule_id, key), ())[:MOST_COMPARED]:
            other = stored.get(pk)
            if other is None or not ready.fits(values_of.of(other)):
                continue
            for draft in drafts:
                is_pair = draft.record_id != pk and frozenset({draft.record_id, pk}) not in distinct
                if is_pair and _is_same(ready, draft, other):
                    found[draft.record_id].append(Found(ready, pk))


def _values(draft: Draft, ready: ReadyRule) -> dict[str, Any]:
    return {name: draft.get(name) for name in ready.names}


def _is_same(ready: ReadyRule, one: Draft, other: Draft) -> bool:
    return are_same(ready.matches, ready.spec.all_fields, _values(one, ready), _values(other, ready))


def _declared_distinct(spec: ObjectSpec, ids: set[uuid.UUID]) -> set[frozenset[uuid.UUID]]:
    rows = DeclaredDistinct.objects.filter(object_name=spec.name, one__in=ids, other__in=ids)
    return {frozenset(pair) for pair in rows.values_list("one", "other")}


def _by_rule(found: Iterable[Found]) -> list[tuple[ReadyRule, list[Found]]]:
    groups: dict[uuid.UUID, list[Found]] = {}
    for entry in found:
        groups.setdefault(entry.ready.rule.pk, []).append(entry)
    return [(entries[0].ready, entries) for entries in groups.values()]


@dataclass(frozen=True)
class _Shown:
    """What may be said of the records that were found."""

    titles: Mapping[uuid.UUID, str]
    hidden: Mapping[uuid.UUID, str]

    def text(self, rule: DuplicateRule, others: Sequence[Found]) -> str:
        """Return the message: the names of records that may be seen; of others only that there are some (撞单)."""
        ids = [entry.record_id for entry in others if entry.record_id is not None]
        names = [self.titles[pk] for pk in ids if pk in self.titles]
        if names:
            shown = ", ".join(f"“{name}”" for name in names[:NAMES_SHOWN])
            return _("There is %(names)s already, which is the same by the rule “%(rule)s”.") % {
                "names": shown, "rule": rule.name,
            }  # fmt: skip
        if not ids:
            return _("Another row is the same by the rule “%(rule)s”.") % {"rule": rule.name}
        said = next((self.hidden[pk] for pk in ids if pk in self.hidden), "")
        said = said or _("There is one that belongs to somebody else and that you may not see.")
        return _("%(what)s (Rule “%(rule)s”)") % {"what": said, "rule": rule.name}


def _what_is_shown(actor: Actor, spec: ObjectSpec, found: Iterable[Sequence[Found]]) -> _Shown:
    """Return what may be said; records that the reader does not see lose their place where a rule looks no further."""
    lists = list(found)
    ids = {entry.record_id for entries in lists for entry in entries if entry.record_id is not None}
    if not ids:
        return _Shown({}, {})
    rows = live_rows(actor, spec).filter(pk__in=ids)
    seen = set(restrict(rows, actor, spec).values_list("pk", flat=True))
    for entries in lists:
        entries[:] = [  # type: ignore[index]  # the lists are those of this room
            entry
            for entry in entries
            if entry.record_id is None or entry.record_id in seen or entry.ready.rule.reach == Reach.ORGANIZATION
        ]
    built_in = duplicate_rules.get(spec.name)
    unseen = sorted(ids - seen)
    hidden = {}
    if unseen and built_in is not None and built_in.hidden is not None:
        hidden = {pk: " ".join(line["text"] for line in built_in.hidden(actor, [pk])) for pk in unseen[:NAMES_SHOWN]}
    return _Shown(labels_of({spec.name: seen}, actor=actor) if seen else {}, hidden)


def _candidates(
    object_name: str, actor: Actor, rows: Sequence[Values], _keys: Sequence[Sequence[str]]
) -> list[list[Candidate]]:
    """Return the records that rules take for the same, for forms and imports."""
    spec = spec_for(actor.organization, object_name)
    rules = [ready for ready in _ready_rules(actor, spec) if ready.rule.action != DuplicateAction.REPORT]
    drafts = [_draft_of(actor, spec, row) for row in rows]
    found = find(actor, spec, rules, drafts)
    _what_is_shown(actor, spec, found.values())
    ids = {entry.record_id for entries in found.values() for entry in entries if entry.record_id is not None}
    titles = labels_of({spec.name: ids}, actor=system_actor(actor.organization)) if ids else {}
    return [_listed(found[draft.record_id], titles) for draft in drafts]


def _listed(found: Sequence[Found], titles: Mapping[uuid.UUID, str]) -> list[Candidate]:
    reasons: dict[uuid.UUID, list[str]] = {}
    for entry in found:
        if entry.record_id is not None:
            reasons.setdefault(entry.record_id, []).append(entry.ready.rule.name)
    return [
        Candidate(pk, titles.get(pk, ""), 1.0, tuple(dict.fromkeys(names)), is_likely=True)
        for pk, names in reasons.items()
    ]


def _draft_of(actor: Actor, spec: ObjectSpec, row: Values) -> Draft:
    """Return what somebody types, or a row of a file, as a draft; what cannot be read is left out."""
    draft, reading = Draft(spec), reading_for(actor)
    for name, value in row.items():
        entry = spec.all_fields.get(name)
        if entry is None or value is None:
            continue
        try:
            draft.values[name] = entry.kind.parse(value, reading)
        except (Unacceptable, TypeError, ValueError):
            continue
    return draft


def _import_keys(rules: Sequence[DuplicateRule], values: Values) -> list[str]:
    """Return what rows of one file share when they may be the same record: their values as they are written."""
    found = []
    for rule in rules:
        parts = [str(values.get(match["field"]) or "").strip().casefold() for match in rule.matches]
        if all(parts):
            found.append(f"{_KEY_MARK}{rule.pk}:{digest(chr(10).join(parts))}")
    return found


def _mean_the_same(rules: Sequence[DuplicateRule], one: Values, other: Values) -> bool:
    return bool(set(_import_keys(rules, one)) & set(_import_keys(rules, other)))
