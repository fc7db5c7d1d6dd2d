"""How processes look at every write: who gets a record that comes into a stage, and whether it may come there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.kernel.errors import Refused
from banyan.core.objects.kinds import Choice
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import STAGES, ActiveProcess, Governing, has_process, processes_of, stage_key
from banyan.core.processes.gates import Judge, Lack, Move, moves_of
from banyan.core.processes.receiving import Receivers
from banyan.core.processes.rules import Handover
from banyan.core.processes.values import stored_form
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import ClosedValues, Stored, ValueSource, register_closed_values
from banyan.core.records.policies import Phase, WritePolicy


def _touched(drafts: Sequence[Draft], processes: Sequence[ActiveProcess]) -> list[Draft]:
    """Return the drafts that may move, or that empty a field which some stage needs."""
    watched = {name for process in processes for name in process.watched}
    needed = {name for process in processes for stage in process.definition.stages for name in stage.entry.fields}
    return [draft for draft in drafts if draft.is_new or not (watched | needed).isdisjoint(draft.values)]


def judge(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse moves that their process does not allow, saying each thing that is missing."""
    if context.exempt:
        return
    spec = drafts[0].spec
    touched = _touched(drafts, processes_of(spec))
    if not touched:
        return
    governing = Governing(context.actor, spec, touched)
    of_draft = [(draft, governing.of(draft)) for draft in touched]
    moving = [(draft, moves_of(draft, processes)) for draft, processes in of_draft]
    resting = [
        (draft, process)
        for (draft, processes), (_same, moves) in zip(of_draft, moving, strict=True)
        for process in processes
        if process.id not in {move.process.id for move in moves}
    ]
    judged = Judge(context.actor, spec, [move for _draft, moves in moving for move in moves])
    for draft, moves in moving:
        for move in moves:
            _refuse(draft, judged.lacks(move, channel=context.channel) if _is_judged(move) else [])
    for draft, process in resting:
        stage = process.definition.stage(str(draft.get(process.field_name) or ""))
        if stage is not None:
            _refuse(draft, judged.lacks_while_there(draft, process, stage))


def _is_judged(move: Move) -> bool:
    """Say whether a move is to be judged: what is in no stage, before and after, is not on its way."""
    return bool(move.target or move.source)


def _refuse(draft: Draft, lacks: Sequence[Lack]) -> None:
    wrong = {error.field for error in draft.errors}
    for lack in lacks:
        # That a value is missing need not be said twice; nor that one which cannot be read is not there.
        if lack.field not in wrong or lack.field in {move_field.field_name for move_field in processes_of(draft.spec)}:
            draft.refuse(lack.field, str(lack.need), lack.message)


def begin_and_hand_over(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let new records begin in the first stage, and give those that come into a stage to whom it names.

    Whoever names a stage or an owner is right; files of history begin nowhere by themselves.
    """
    if context.exempt:
        return
    spec = drafts[0].spec
    touched = _touched(drafts, processes_of(spec))
    if not touched:
        return
    governing = Governing(context.actor, spec, touched)
    receivers: dict[str, Receivers] = {}
    for draft in touched:
        for process in governing.of(draft):
            if draft.is_new and context.channel is not Channel.IMPORT:
                _begin(draft, process)
            for move in moves_of(draft, [process]):
                stage = process.definition.stage(move.target)
                if stage is not None and stage.handover.kind != Handover.STAYS and "owner" not in draft.given:
                    name = process.field_name
                    choosing = receivers.setdefault(name, Receivers(context.actor, spec, spec.all_fields[name]))
                    _give(draft, choosing.choose(stage.handover, draft, stage.key))


def _begin(draft: Draft, process: ActiveProcess) -> None:
    """Put a new record that nobody gave a stage into the first one, where there is only one."""
    starts = [stage.key for stage in process.definition.stages if stage.starts]
    entry = draft.spec.all_fields[process.field_name]
    if len(starts) == 1 and process.field_name not in draft.given and entry.kind.is_empty(draft.get(entry.name)):
        draft.set(entry.name, stored_form(entry, starts[0]))


def _give(draft: Draft, person: uuid.UUID | None) -> None:
    if person is not None:
        draft.set("owner", person)


def closed_stages(_actor: Actor, spec: ObjectSpec, record: Stored) -> ClosedValues:
    """Return the stages to which no way leads from where a record is.

    Of several processes with conditions the door alone says which one counts; then nothing is closed beforehand.
    """
    found: dict[str, dict[str, str]] = {}
    for process in processes_of(spec):
        kind, name = spec.all_fields[process.field_name].kind, process.field_name
        if name in found or process.condition is not None or not isinstance(kind, Choice):
            found.setdefault(name, {})
            continue
        labels = {option.code: str(option.label) for option in kind.options}
        stage = process.definition.stage(stage_key(record.before(name)))
        if stage is None:
            found[name] = {}
            continue
        here = labels.get(stage.key, stage.key)
        ways = _(", ").join(labels.get(key, key) for key in stage.moves)
        reason = _("From “%(stage)s” one goes on to: %(stages)s.") % {"stage": here, "stages": ways}
        if not stage.moves:
            reason = _("From “%(source)s” a record goes nowhere else.") % {"source": here}
        found[name] = {key: reason for key in labels if key != stage.key and key not in stage.moves}
    return found


def register_closed_stages() -> None:
    """Let forms and programs know to which stages no way leads."""
    register_closed_values(ValueSource("processes.moves", has_process, closed_stages))


def keep_stages(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Keep records that are stages of a process in force."""
    used = spec.shaping.get(STAGES, {})
    for record in records:
        process = used.get(str(record.pk))
        if process is not None:
            message = _("“%(name)s” is a stage of the process “%(process)s”. Take it out there first.")
            raise Refused("stage_of_process", message % {"name": record, "process": process})


POLICIES = (
    WritePolicy("processes.begin", Phase.DERIVE, has_process, begin_and_hand_over),
    WritePolicy("processes.judge", Phase.JUDGE, has_process, judge),
    WritePolicy("processes.keep_stages", Phase.JUDGE, lambda spec: bool(spec.shaping.get(STAGES)), keep=keep_stages),
)
