"""What a record lacks for a move: asked by every write, and by the page that guides to the next stage."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.models import GranteeKind
from banyan.core.access.sharing import Grantee, names_of
from banyan.core.files.models import Attachment
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess, fitting, said, stage_key
from banyan.core.processes.models import Tick
from banyan.core.processes.rules import Check, Definition, Gate, Movers, Stage, Way, way_of
from banyan.core.processes.values import labels_of_values
from banyan.core.records.drafts import Draft
from banyan.core.records.linked import LinkedValues

#: What a write may say beside values: why a record moves.
REASON, COMMENT = "stage_reason", "stage_comment"


class Need(StrEnum):
    """What may be lacking for a move."""

    MOVE = "move_not_allowed"
    MOVER = "may_not_move"
    START = "no_start_stage"
    STAGE = "unknown_stage"
    FIELD = "required"
    CHECK = "condition"
    ITEM = "checklist"
    FILE = "file"
    REASON = "reason"
    COMMENT = "comment"


#: What nobody can supply while moving: it has to be another move, or another person.
FORBIDDING = frozenset({Need.MOVE, Need.MOVER, Need.START, Need.STAGE})


@dataclass(frozen=True)
class Lack:
    """One thing that is missing: which field shows it, its message, and what it is about (an item's or field's name)."""

    need: Need
    field: str
    message: str
    about: str = ""


@dataclass(frozen=True)
class Move:
    """A draft on its way between two stages of a process; without source it begins."""

    draft: Draft
    process: ActiveProcess
    source: str
    target: str

    @property
    def way(self) -> Way:
        """Return which way it goes."""
        return way_of(self.process.definition, self.source, self.target)

    @property
    def begins_outside(self) -> bool:
        """Say whether the record was in no stage at all before, of this process or any other."""
        return not self.source


@dataclass
class Judge:
    """Judges moves of one write together: ticks, files and linked records are read once for all of them."""

    actor: Actor
    spec: ObjectSpec
    moves: Sequence[Move]
    _values: LinkedValues = field(init=False)
    _fits: dict[int, Fitting | None] = field(default_factory=dict, init=False)
    _ticked: set[tuple[uuid.UUID, uuid.UUID, str, str]] = field(default_factory=set, init=False)
    _filed: set[uuid.UUID] = field(default_factory=set, init=False)
    _labels: dict[str, dict[str, str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        system = system_actor(self.actor.organization)
        for check in self._checks():
            self._fits[id(check)] = fitting(parse_tree(dict(check.filter)), self.spec, system) if check.filter else None
        paths = {path for fits in self._fits.values() if fits is not None for path in fits.paths}
        drafts = [move.draft for move in self.moves]
        self._values = LinkedValues(system, self.spec, drafts, paths)
        ids = {draft.record_id for draft in drafts if not draft.is_new}
        if any(stage.checklist for stage in self._stages()) and ids:
            rows = Tick.objects.filter(record_id__in=ids).values_list("record_id", "process_id", "stage", "item")
            self._ticked = set(rows)
        if any(stage.entry.file or stage.exit.file for stage in self._stages()) and ids:
            abouts = {reference_to(self.spec.name, pk): pk for pk in ids}
            found = Attachment.objects.filter(about__in=list(abouts), deleted_at=None).values_list("about", flat=True)
            self._filed = {abouts[about] for about in set(found)}

    def lacks(self, move: Move, *, channel: Channel | None = None) -> list[Lack]:
        """Return everything that is missing for a move, the forbidding things first."""
        definition = move.process.definition
        target = definition.stage(move.target)
        if target is None:
            return [self._unknown_stage(move)]
        found: list[Lack] = []
        source = definition.stage(move.source)
        if move.way is Way.BEGIN:
            found += self._of_begin(move, target, channel)
        elif source is not None:
            found += self._of_leaving(move, source)
        if move.way is not Way.BACK:
            found += self._of_gate(move, target.entry, self.label(move.process, move.target))
        found += self._of_words(move, target, channel)
        return list(dict.fromkeys(found))

    def lacks_while_there(self, draft: Draft, process: ActiveProcess, stage: Stage) -> list[Lack]:
        """Return fields that the stage needs and that a change would empty."""
        name = self.label(process, stage.key)
        emptied = [
            entry
            for entry in stage.entry.fields
            if entry in draft.values and entry in self.spec.all_fields and self._is_empty(draft, entry)
        ]
        return [self._missing_field(entry, name) for entry in emptied if draft.changes(entry)]

    def is_ticked(self, process: ActiveProcess, record_id: uuid.UUID, stage: str, item: str) -> bool:
        """Say whether an item of the checklist is done."""
        return (record_id, process.id, stage, item) in self._ticked

    def label(self, process: ActiveProcess, key: str) -> str:
        """Return what a stage is called."""
        if process.field_name not in self._labels:
            entry = self.spec.all_fields[process.field_name]
            self._labels[process.field_name] = labels_of_values(self.actor, self.spec, entry)
        return self._labels[process.field_name].get(key, key)

    def _stages(self) -> Iterator[Stage]:
        for move in self.moves:
            for key in (move.source, move.target):
                stage = move.process.definition.stage(key)
                if stage is not None:
                    yield stage

    def _checks(self) -> Iterator[Check]:
        for stage in self._stages():
            yield from stage.entry.checks
            yield from stage.exit.checks

    def _of_begin(self, move: Move, target: Stage, channel: Channel | None) -> list[Lack]:
        """New records begin in a first stage; history in files may begin anywhere, and what was outside comes in."""
        definition = move.process.definition
        is_new_here = move.begins_outside or self._comes_from_another(move)
        if target.starts or not is_new_here or channel is Channel.IMPORT:
            return []
        names = self._names(move.process, [stage.key for stage in definition.stages if stage.starts])
        message = _("“%(process)s” begins with: %(stages)s.") % {"process": move.process.label, "stages": names}
        return [Lack(Need.START, move.process.field_name, message)]

    def _comes_from_another(self, move: Move) -> bool:
        """Say whether the record leaves another process for this one, whose stages it never had."""
        return move.draft.changes(*(move.process.watched - {move.process.field_name}))

    def _of_leaving(self, move: Move, source: Stage) -> list[Lack]:
        found: list[Lack] = []
        name = self.label(move.process, move.source)
        if move.target not in source.moves:
            found.append(self._no_such_move(move, source))
        if not may_move(self.actor, source.movers, move.draft):
            people = movers_in_words(source.movers)
            message = _("Only these may move it on from “%(stage)s”: %(people)s.") % {"stage": name, "people": people}
            found.append(Lack(Need.MOVER, move.process.field_name, message))
        if move.way is Way.ON:
            found += self._of_gate(move, source.exit, name, leaving=True)
            for item in source.checklist:
                ticked = self.is_ticked(move.process, move.draft.record_id, move.source, item.key)
                if item.needed and not ticked:
                    message = _("Not ticked yet in “%(stage)s”: %(item)s.")
                    text = message % {"stage": name, "item": said(item.labels)}
                    found.append(Lack(Need.ITEM, move.process.field_name, text, item.key))
        return found

    def _of_gate(self, move: Move, gate: Gate, name: str, *, leaving: bool = False) -> list[Lack]:
        draft = move.draft
        found = [
            self._missing_field(entry, name, leaving=leaving)
            for entry in gate.fields
            if entry in self.spec.all_fields and self._is_empty(draft, entry)
        ]
        for check in gate.checks:
            fits = self._fits.get(id(check))
            if fits is not None and not fits.holds(self._values.of(draft)):
                message = said(check.messages) or _("A condition of “%(stage)s” does not hold.") % {"stage": name}
                found.append(Lack(Need.CHECK, move.process.field_name, message))
        if gate.file and draft.record_id not in self._filed:
            text = _("“%(stage)s” needs a file: attach it to the record first.") % {"stage": name}
            found.append(Lack(Need.FILE, move.process.field_name, text))
        return found

    def _of_words(self, move: Move, target: Stage, channel: Channel | None) -> list[Lack]:
        """Reasons and comments are given with the move; files of history have none."""
        if channel is Channel.IMPORT:
            return []
        remarks, name = move.draft.remarks, self.label(move.process, target.key)
        found: list[Lack] = []
        reason = remarks.get(REASON, "")
        if target.reasons and reason not in {entry.key for entry in target.reasons}:
            choices = ", ".join(f"{entry.key} ({said(entry.labels)})" for entry in target.reasons)
            text = _("Say why it goes to “%(stage)s”. Choose one of: %(choices)s.")
            if channel is Channel.PAGE:
                text = _("Say why it goes to “%(stage)s”: the stages on its page ask for the reason.")
            found.append(Lack(Need.REASON, REASON, text % {"stage": name, "choices": choices}))
        is_back = move.way is Way.BACK and move.process.definition.back_needs_reason
        if (target.needs_comment or is_back) and not remarks.get(COMMENT, "").strip():
            text = _("Say why it goes back to “%(stage)s”.") if is_back else _("Write a comment for “%(stage)s”.")
            found.append(Lack(Need.COMMENT, COMMENT, text % {"stage": name}))
        return found

    def _no_such_move(self, move: Move, source: Stage) -> Lack:
        names = self._names(move.process, source.moves)
        given = {"source": self.label(move.process, source.key), "target": self.label(move.process, move.target)}
        if not source.moves:
            text = _("From “%(source)s” a record goes nowhere else.") % given
        else:
            text = _("There is no way from “%(source)s” to “%(target)s”. One goes on to: %(stages)s.")
            text = text % {**given, "stages": names}
        return Lack(Need.MOVE, move.process.field_name, text)

    def _unknown_stage(self, move: Move) -> Lack:
        names = self._names(move.process, move.process.definition.keys)
        text = _("“%(process)s” has no stage “%(stage)s”. Its stages are: %(stages)s.") % {
            "process": move.process.label,
            "stage": self.label(move.process, move.target),
            "stages": names,
        }
        return Lack(Need.STAGE, move.process.field_name, text)

    def _missing_field(self, name: str, stage: str, *, leaving: bool = False) -> Lack:
        label = self.spec.all_fields[name].label
        text = _("“%(field)s” is needed before “%(stage)s” is left.") if leaving else _(
            "“%(field)s” is needed in “%(stage)s”."
        )  # fmt: skip
        return Lack(Need.FIELD, name, text % {"field": label, "stage": stage}, name)

    def _is_empty(self, draft: Draft, name: str) -> bool:
        return self.spec.all_fields[name].kind.is_empty(draft.get(name))

    def _names(self, process: ActiveProcess, keys: Sequence[str]) -> str:
        return ", ".join(self.label(process, key) for key in keys)


def moves_of(draft: Draft, processes: Sequence[ActiveProcess]) -> list[Move]:
    """Return the moves that a draft makes in its processes."""
    found = []
    for process in processes:
        source, target = stage_key(draft.before(process.field_name)), stage_key(draft.get(process.field_name))
        if target != source or draft.is_new:
            found.append(Move(draft, process, source, target))
    return found


def may_move(actor: Actor, movers: Movers, draft: Draft) -> bool:
    """Say whether somebody may move a record on: the owner, who stands in for them, or whoever is named."""
    if actor.is_system or movers.is_anybody:
        return True
    if movers.owner and draft.before("owner") in {place.user_id for place in actor.standings}:
        return True
    return not {parse_id(grantee["id"]) for grantee in movers.grantees}.isdisjoint(actor.grantee_ids)


def movers_in_words(movers: Movers) -> str:
    """Return who may move records on."""
    grantees = [Grantee(entry["kind"], pk) for entry in movers.grantees if (pk := parse_id(entry["id"])) is not None]
    names = names_of(grantees)
    words = [_("the owner")] if movers.owner else []
    for grantee in grantees:
        if grantee.id in names:
            kind = "" if grantee.kind == GranteeKind.PERSON else f"{GranteeKind(grantee.kind).label}: "
            words.append(f"{kind}{names[grantee.id]}")
    return ", ".join(words)


def next_stages(definition: Definition, key: str) -> list[str]:
    """Return where one can go from a stage, what lies ahead first, then ends given up, then back."""
    stage = definition.stage(key)
    if stage is None:
        return []
    order = {Way.ON: 0, Way.AWAY: 1, Way.BACK: 2, Way.BEGIN: 3}
    return sorted(
        (target for target in stage.moves if definition.stage(target) is not None),
        key=lambda target: (order[way_of(definition, key, target)], definition.position(target)),
    )
