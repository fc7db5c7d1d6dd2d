"""What a document would do to an organization: create, change, leave alone, and remove where that is wished."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.configuration.documents import BadDocument, Complaint, Document, complaint_about
from banyan.core.kernel.document_shapes import Problem
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, Entry, ordered_parts
from banyan.core.tenancy.models import Organization

CREATE, CHANGE, REMOVE = "create", "change", "remove"


@dataclass(frozen=True)
class Step:
    """One change of one entry. Its ``name`` is by what people tick it.

    A removal is ``asked`` for when the file itself says ``remove: true``; else the entry is merely not in the file.
    """

    part: ConfigurationPart
    change: Change
    is_asked: bool = True

    @property
    def name(self) -> str:
        """Return by which name the step is chosen."""
        return f"{self.part.name}:{self.change.key}"

    @property
    def action(self) -> str:
        """Return what happens: create, change or remove."""
        if self.change.is_removal:
            return REMOVE
        return CREATE if self.change.is_new else CHANGE

    @property
    def title(self) -> str:
        """Return what people read of the entry."""
        return self.part.title_of(self.change.values())


@dataclass(frozen=True)
class Plan:
    """What a document would do. ``steps`` are in the order in which they are made; nothing is done yet.

    ``extra`` are the entries of the organization that a document does not mention; they are removed only on demand.
    """

    document: Document
    steps: tuple[Step, ...] = ()
    extra: tuple[Step, ...] = ()
    unchanged: Mapping[str, int] = field(default_factory=dict)
    conflicts: tuple[Complaint, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing would change."""
        return not self.steps

    def counts(self) -> dict[str, int]:
        """Return how many entries would be created, changed and removed."""
        found = {CREATE: 0, CHANGE: 0, REMOVE: 0}
        for step in self.steps:
            found[step.action] += 1
        return found

    def with_extra_removed(self) -> Plan:
        """Return the plan that also removes what the document does not mention."""
        return replace(self, steps=(*self.steps, *self.extra), extra=())

    def chosen(self, names: Collection[str]) -> Plan:
        """Return the plan with the steps of these names alone, removals of what is not mentioned among them."""
        steps = tuple(step for step in (*self.steps, *self.extra) if step.name in names)
        kept = {(step.part.name, step.change.key) for step in steps}
        return replace(self, steps=steps, extra=(), conflicts=_conflicts_of(self.conflicts, kept))

    def digest(self) -> str:
        """Return a fingerprint of all that the plan would do, to notice when the organization has changed since."""
        told = [(step.name, step.change.before, step.change.entry, step.action) for step in (*self.steps, *self.extra)]
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_all(organization: Organization) -> dict[str, dict[str, Entry]]:
    """Return the whole configuration of an organization, by part and key, with every property; within its scope."""
    return {
        part.name: {entry[KEY]: part.completed(entry) for entry in part.read(organization)} for part in ordered_parts()
    }


def compare(
    document: Document,
    current: Mapping[str, Mapping[str, Entry]],
    *,
    actor: Actor | None = None,
    is_exact: bool = False,
) -> Plan:
    """Return what a document would do to a configuration as ``read_all`` returns it.

    With ``actor`` the parts judge the changes too. With ``is_exact`` nothing else may remain in the parts
    that the document has: what it does not mention is removed. Raises ``BadDocument`` when something needed is missing of a new entry.
    """
    steps: list[Step] = []
    removals: list[Step] = []
    extra: list[Step] = []
    unchanged: dict[str, int] = {}
    problems: list[Complaint] = []
    conflicts: list[Complaint] = []
    for part in ordered_parts():
        present = current.get(part.name, {})
        wanted = document.entries.get(part.name, {})
        changed = [Step(part, change) for change in _changes(part, document, wanted, present)]
        unchanged[part.name] = len(wanted) - len(changed)
        for step in changed:
            problems += [complaint_about(document, part.name, step.change.key, one) for one in _missing(step)]
            conflicts += [complaint_about(document, part.name, step.change.key, one) for one in _fixed(step)]
        steps += _in_order(part, changed)
        removals += [
            Step(part, Change(key, before=present[key])) for name, key in sorted(document.removals)
            if name == part.name and key in present
        ]  # fmt: skip
        if part.name in document.entries:
            extra += _extra(part, document, wanted, present)
    if problems:
        raise BadDocument(problems)
    removals.reverse()
    extra.reverse()
    plan = Plan(document, (*steps, *removals), tuple(extra), unchanged, tuple(conflicts))
    plan = plan.with_extra_removed() if is_exact else plan
    return replace(plan, conflicts=(*plan.conflicts, *_judged(actor, plan))) if actor else plan


def _changes(
    part: ConfigurationPart, document: Document, wanted: Mapping[str, Entry], present: Mapping[str, Entry]
) -> Iterator[Change]:
    for key, entry in wanted.items():
        before = present.get(key)
        if document.is_whole(part.name, key):
            target = part.completed(entry)
        else:
            target = {**part.shape.merge(before or part.completed({KEY: key}), entry), KEY: key}
        target = part.completed(target)
        if target != before:
            yield Change(key, before=before, entry=target)


def _missing(step: Step) -> Iterator[Problem]:
    if step.part.is_single and step.change.is_new:
        words = {"key": step.change.key}
        yield Problem((), _("There is only one entry here; “%(key)s” is not it.") % words, "unknown")
    if step.change.entry is not None:
        yield from step.part.missing(step.change.entry)


def _fixed(step: Step) -> Iterator[Problem]:
    """Yield what cannot be changed any more, although the file says something else."""
    if step.change.is_new or step.change.is_removal:
        return
    for name, (now, then) in step.change.changed().items():
        if step.part.properties[name].fixed:
            words = {"name": name, "now": as_text(now), "then": as_text(then)}
            message = _("“%(name)s” is %(now)s here and %(then)s in the file; it cannot be changed.") % words
            yield Problem((name,), message, "conflict")


def _in_order(part: ConfigurationPart, steps: Sequence[Step]) -> list[Step]:
    """Return the steps so that what an entry needs of its own part comes before it."""
    if part.needs is None:
        return list(steps)
    waiting = {step.change.key: step for step in steps}
    ordered: list[Step] = []

    def take(key: str, above: tuple[str, ...] = ()) -> None:
        step = waiting.get(key)
        if step is None or key in above:
            return
        for needed in part.needs(step.change.values()) if part.needs else ():
            take(needed, (*above, key))
        if waiting.pop(key, None) is not None:
            ordered.append(step)

    for step in steps:
        take(step.change.key)
    return ordered


def _extra(
    part: ConfigurationPart, document: Document, wanted: Mapping[str, Entry], present: Mapping[str, Entry]
) -> list[Step]:
    if not part.removable or part.is_single:
        return []
    unknown = [
        key
        for key, entry in present.items()
        if key not in wanted
        and (part.name, key) not in document.removals
        and not (part.is_gone and part.is_gone(entry))
    ]
    return _in_order(part, [Step(part, Change(key, before=present[key]), is_asked=False) for key in unknown])


def _judged(actor: Actor, plan: Plan) -> Iterator[Complaint]:
    for part in ordered_parts():
        changes = [step.change for step in plan.steps if step.part.name == part.name]
        if part.check is None or not changes:
            continue
        for problem in part.check(actor, changes):
            key, *rest = problem.path or ("",)
            yield complaint_about(plan.document, part.name, str(key), replace(problem, path=tuple(rest)))


def _conflicts_of(conflicts: Sequence[Complaint], kept: Collection[tuple[str, str]]) -> tuple[Complaint, ...]:
    starts = tuple(f"{part}[{key}]" for part, key in kept)
    return tuple(entry for entry in conflicts if entry.path.startswith(starts)) if starts else ()


def as_text(value: Any) -> str:
    """Return a value as a difference shows it: short, in one line."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
