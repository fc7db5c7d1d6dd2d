"""Keeping roll-ups: by what changed while people work, and from the children themselves where that is not enough.

Whoever changes a parent's figures holds its row's lock until the end of the transaction, so that of two who change
children at once the second adds to what the first has left. The lock is one that does not keep others from adding
children. Counting anew locks first and counts in a statement after that: what others have changed by then is seen, and
what they are still changing comes on top when they get the lock.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Sum

from banyan.core.access.actor import Actor
from banyan.core.expressions.values import plain
from banyan.core.listing.fields import value_expression
from banyan.core.listing.filters import parse_tree, to_q
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.definitions import AVERAGE, COUNT, MAXIMUM, MINIMUM, SUM, Rollup, own_fields
from banyan.core.objects.field_settings import converted
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields.computing import recompute, write_figures
from banyan.core.records.drafts import Draft
from banyan.core.records.events import ChangedRecord
from banyan.core.records.models import ChangeAction

FIGURES = "figures"
#: Of averages the sum and the number of values are kept too, under names that no field can have.
SUM_MARK, COUNT_MARK = "~sum", "~count"
Values = Callable[[str], Any]


@dataclass
class Delta:
    """What comes to a parent's figure, and what goes: values of children that count."""

    added: list[Any] = field(default_factory=list)
    removed: list[Any] = field(default_factory=list)
    is_unclear: bool = False


Deltas = dict[uuid.UUID, Delta]


@dataclass(frozen=True)
class Counted:
    """What the children of one parent come to."""

    number: int = 0
    filled: int = 0
    total: Any = None
    least: Any = None
    greatest: Any = None


def follow_children(actor: Actor, child: ObjectSpec, action: str, changes: Sequence[ChangedRecord]) -> None:
    """Bring the roll-ups that children feed up to date with a change of theirs, in the same transaction."""
    here = own_fields(child)
    if here is None:
        return
    concerned = [rollup for rollup in here.fed if _is_concerned(rollup, action, changes)]
    if not concerned:
        return
    specs = specs_for(actor.organization)
    rows = child.model._default_manager.filter(pk__in=[change.record_id for change in changes])  # noqa: SLF001
    drafts = {record.pk: Draft(child, existing=record) for record in rows}
    by_parent: dict[str, dict[Rollup, Deltas]] = defaultdict(dict)
    for rollup in concerned:
        tell = _teller(actor, child, rollup)
        deltas: Deltas = defaultdict(Delta)
        for change in changes:
            draft = drafts.get(change.record_id)
            if draft is not None:
                _add(deltas, tell, draft, action, change)
        if deltas:
            by_parent[rollup.object_name][rollup] = deltas
    for name in sorted(by_parent):
        _apply(actor, specs[name], by_parent[name])


def _is_concerned(rollup: Rollup, action: str, changes: Sequence[ChangedRecord]) -> bool:
    if action not in {ChangeAction.UPDATE, ChangeAction.ERASE, FIGURES}:
        return True
    return any(not rollup.watched.isdisjoint(change.values) for change in changes)


#: Returns parent and value of a child that counts, None of one that does not.
Teller = Callable[[Values], "tuple[uuid.UUID, Any] | None"]


def _teller(actor: Actor, child: ObjectSpec, rollup: Rollup) -> Teller:
    fitting = Fitting(parse_tree(rollup.filter), child, actor) if rollup.filter else None

    def tell(values: Values) -> tuple[uuid.UUID, Any] | None:
        parent = values(rollup.link)
        if parent is None or (fitting is not None and not fitting.holds(values)):
            return None
        return parent, values(rollup.of) if rollup.of else 1

    return tell


def _add(deltas: Deltas, tell: Teller, draft: Draft, action: str, change: ChangedRecord) -> None:
    """Note what a child has been for its parent and what it is now, as far as that differs."""
    is_deleted = draft.existing is not None and draft.existing.deleted_at is not None

    def values(path: str) -> Any:
        return draft.record_id if path == "id" else draft.get(path)

    def before(path: str) -> Any:
        if path in change.values:
            return draft.spec.all_fields[path].kind.from_json(change.values[path][0])
        return values(path)

    current = tell(values)
    if action == ChangeAction.ERASE:
        # What was there is nowhere any more.
        if current is not None:
            deltas[current[0]].is_unclear = True
    elif action == ChangeAction.DELETE or (action == ChangeAction.MERGE and is_deleted):
        _exchange(deltas, current, None)
    elif action in {ChangeAction.CREATE, ChangeAction.RESTORE}:
        _exchange(deltas, None, current)
    elif action in {ChangeAction.UPDATE, FIGURES} and not is_deleted:
        _exchange(deltas, tell(before), current)


def _exchange(deltas: Deltas, was: tuple[uuid.UUID, Any] | None, now: tuple[uuid.UUID, Any] | None) -> None:
    if was == now:
        return
    if was is not None:
        deltas[was[0]].removed.append(was[1])
    if now is not None:
        deltas[now[0]].added.append(now[1])


def _apply(actor: Actor, spec: ObjectSpec, given: Mapping[Rollup, Deltas]) -> None:
    """Lock the parents in the order of their ids and give them their new figures."""
    ids = sorted({parent for deltas in given.values() for parent in deltas})
    records = list(_locked(spec, ids))
    drafts = {record.pk: Draft(spec, existing=record) for record in records}
    keeper = _Keeper(drafts)
    for rollup, deltas in given.items():
        unclear = [pk for pk, delta in deltas.items() if pk in drafts and keeper.add(rollup, pk, delta)]
        if unclear:
            keeper.put(rollup, unclear, count_children(actor, rollup, unclear))
    keeper.write(actor, spec)


def _locked(spec: ObjectSpec, ids: Collection[uuid.UUID]) -> Any:
    rows = spec.model._default_manager.filter(pk__in=ids)  # noqa: SLF001 Django's own name for it
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")


class _Keeper:
    """The figures of locked parents, changed in memory and written once."""

    def __init__(self, drafts: Mapping[uuid.UUID, Draft]) -> None:
        self._drafts = drafts
        self._figures: dict[uuid.UUID, dict[str, Any]] = defaultdict(dict)
        self._companions: dict[uuid.UUID, dict[str, Any]] = defaultdict(dict)

    def add(self, rollup: Rollup, pk: uuid.UUID, delta: Delta) -> bool:
        """Change a figure by a delta; say whether the children have to be counted instead."""
        if delta.is_unclear:
            return True
        change = _CHANGES[rollup.function]
        return change(self, rollup, pk, delta)

    def put(self, rollup: Rollup, ids: Iterable[uuid.UUID], counted: Mapping[uuid.UUID, Counted]) -> None:
        """Give parents the figure that their children come to."""
        for pk in ids:
            found = counted.get(pk, Counted())
            if rollup.function == AVERAGE:
                self._set_average(rollup, pk, found.total or 0, found.filled)
            else:
                value = {
                    COUNT: found.number, SUM: found.total or 0, MINIMUM: found.least, MAXIMUM: found.greatest,
                }[rollup.function]  # fmt: skip
                self._figures[pk][rollup.name] = converted(rollup.kind, value)

    def write(self, actor: Actor, spec: ObjectSpec) -> None:
        """Write what has changed, and tell of it."""
        changes = []
        for pk in sorted(self._figures):
            draft, pairs = self._drafts[pk], {}
            for name, value in self._figures[pk].items():
                to_json = spec.all_fields[name].kind.to_json
                pair = (to_json(draft.before(name)), to_json(value))
                if pair[0] != pair[1]:
                    pairs[name] = pair
            if pairs:
                changes.append((pk, pairs))
        companions = {pk: beside for pk, beside in self._companions.items() if beside != self._stored(pk, beside)}
        write_figures(actor, spec, changes, companions)

    def differing(self, rollup: Rollup) -> set[uuid.UUID]:
        """Return the records that have another figure, or none at all."""
        to_json = rollup.kind.to_json
        return {
            pk
            for pk, figures in self._figures.items()
            if to_json(self._value(rollup, pk)) != to_json(figures[rollup.name])
            or any(
                value or self._companions[pk][name] not in {"0", 0}
                for name, value in self._stored(pk, self._companions[pk]).items()
                if value != self._companions[pk][name]
            )
        }

    def _stored(self, pk: uuid.UUID, names: Iterable[str]) -> dict[str, Any]:
        custom = getattr(self._drafts[pk].existing, "custom", None) or {}
        return {name: custom.get(name) for name in names}

    def _value(self, rollup: Rollup, pk: uuid.UUID) -> Any:
        return self._drafts[pk].before(rollup.name)

    def _count(self, rollup: Rollup, pk: uuid.UUID, delta: Delta) -> bool:
        before = self._value(rollup, pk) or 0
        self._figures[pk][rollup.name] = before + len(delta.added) - len(delta.removed)
        return False

    def _sum(self, rollup: Rollup, pk: uuid.UUID, delta: Delta) -> bool:
        before = _decimal(self._value(rollup, pk) or 0)
        self._figures[pk][rollup.name] = converted(rollup.kind, before + _total(delta.added) - _total(delta.removed))
        return False

    def _average(self, rollup: Rollup, pk: uuid.UUID, delta: Delta) -> bool:
        names = (rollup.name + SUM_MARK, rollup.name + COUNT_MARK)
        total, number = self._stored(pk, names).values()
        if total is None or number is None:
            return True
        total = _decimal(total) + _total(delta.added) - _total(delta.removed)
        self._set_average(rollup, pk, total, int(number) + _filled(delta.added) - _filled(delta.removed))
        return False

    def _set_average(self, rollup: Rollup, pk: uuid.UUID, total: Any, number: int) -> None:
        beside = {rollup.name + SUM_MARK: plain(_decimal(total)), rollup.name + COUNT_MARK: number}
        self._companions[pk].update(beside)
        average = _decimal(total) / number if number > 0 else None
        self._figures[pk][rollup.name] = converted(rollup.kind, average)

    def _extreme(self, rollup: Rollup, pk: uuid.UUID, delta: Delta) -> bool:
        before = self._value(rollup, pk)
        choose = min if rollup.function == MINIMUM else max
        added = [value for value in delta.added if value is not None]
        for value in delta.removed:
            # What leaves the end leaves a gap that only the other children can fill.
            if value is not None and (before is None or choose(value, before) == value):
                return True
        values = [*added, *([before] if before is not None else [])]
        self._figures[pk][rollup.name] = converted(rollup.kind, choose(values)) if values else None
        return False


_CHANGES: dict[str, Callable[[_Keeper, Rollup, uuid.UUID, Delta], bool]] = {
    COUNT: _Keeper._count,  # noqa: SLF001 the table of this class's own methods
    SUM: _Keeper._sum,  # noqa: SLF001
    AVERAGE: _Keeper._average,  # noqa: SLF001
    MINIMUM: _Keeper._extreme,  # noqa: SLF001
    MAXIMUM: _Keeper._extreme,  # noqa: SLF001
}


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _total(values: Iterable[Any]) -> Decimal:
    return sum((_decimal(value) for value in values if value is not None), Decimal(0))


def _filled(values: Iterable[Any]) -> int:
    return sum(1 for value in values if value is not None)


def count_children(actor: Actor, rollup: Rollup, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Counted]:
    """Return what the children of parents come to, with one statement; parents without children are left out."""
    child = specs_for(actor.organization)[rollup.child]
    compiled, annotations = to_q(parse_tree(rollup.filter), child, actor)
    manager = child.model._default_manager  # noqa: SLF001 Django's own name for it
    rows = manager.filter(organization_id=actor.organization_id, deleted_at__isnull=True).order_by()
    rows = rows.annotate(parent_of_child=value_expression(child.all_fields[rollup.link]))
    grouped = rows.filter(parent_of_child__in=list(ids)).alias(**annotations).filter(compiled)
    figures: dict[str, Any] = {"number": Count("pk")}
    if rollup.of:
        grouped = grouped.annotate(counted_value=value_expression(child.all_fields[rollup.of]))
        figures["filled"] = Count("counted_value")
        if rollup.function in {SUM, AVERAGE}:
            figures["total"] = Sum("counted_value")
        else:
            figures |= {"least": Min("counted_value"), "greatest": Max("counted_value")}
    found = grouped.values("parent_of_child").annotate(**figures)
    return {row.pop("parent_of_child"): Counted(**row) for row in found}


def recount(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> int:
    """Count the children of records anew and set right what differs; return how many records that were."""
    here = own_fields(spec)
    if here is None or not here.rollups or not ids:
        return 0
    records = spec.model._default_manager.filter(pk__in=ids)  # noqa: SLF001 as above
    differing = _differing(actor, spec, here.rollups, {record.pk: Draft(spec, existing=record) for record in records})
    if differing:
        drafts = {record.pk: Draft(spec, existing=record) for record in _locked(spec, differing)}
        keeper = _Keeper(drafts)
        for rollup in here.rollups:
            keeper.put(rollup, drafts, count_children(actor, rollup, list(drafts)))
        keeper.write(actor, spec)
        recompute(actor, spec, differing)
    return len(differing)


def _differing(
    actor: Actor, spec: ObjectSpec, rollups: Sequence[Rollup], drafts: Mapping[uuid.UUID, Draft]
) -> list[uuid.UUID]:
    """Return the records whose figures are not what their children come to, without locking any."""
    found: set[uuid.UUID] = set()
    for rollup in rollups:
        keeper = _Keeper(drafts)
        keeper.put(rollup, drafts, count_children(actor, rollup, list(drafts)))
        found |= keeper.differing(rollup)
    return sorted(found)
