"""Doing the steps of many runs together: runs of one rule that are at the same step take it in one go.

Everything a batch does - the effects of steps, the lines of the log, the position of each run - is written in one
transaction. A worker that dies takes all of it back, and the runs are where they were.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from banyan.automation.choices import ActsAs, DeliveryState, Priority, RuleState, RunState, StepState
from banyan.automation.conditions import Case, Tester
from banyan.automation.engine.causes import Causes, Origin, causing
from banyan.automation.engine.guarding import circling, pause, storming
from banyan.automation.engine.matching import definitions_of, insert_runs, run_row
from banyan.automation.engine.telling import tell_of_failure, tell_of_loop
from banyan.automation.engine.waking import DELIVER, wake
from banyan.automation.models import AutomationRule, Delivery, Run, RunStep, Tally
from banyan.automation.rules.programs import END, Instruction, Program, compile_steps
from banyan.automation.rules.timing import retry_after
from banyan.automation.setting import RecordValues, Setting
from banyan.automation.steps.base import Outcome, StepKind, SubRun, Work, step_kinds
from banyan.automation.triggers.base import triggers
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Invalid, Missing, NotAllowed
from banyan.core.kernel.ids import new_id
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.storage import insert_rows, update_rows

logger = logging.getLogger(__name__)
COLUMNS = ("state", "position", "due_at", "memory", "attempts", "reason", "ended_at")
#: What somebody has to put right first: trying again would only say the same.
PERMANENT = (Invalid, NotAllowed, Missing)
#: How a verdict says that an event was none of the trigger after all.
NO_CASE = "-"


@dataclass
class Execution:
    """A run on its way, with what it is run by. ``index`` is the instruction it is at, None when it rests."""

    run: Run
    rule: AutomationRule
    definition: dict[str, Any]
    program: Program
    spec: ObjectSpec
    index: int | None = None
    log: list[RunStep] = field(default_factory=list)
    begun: bool = False
    is_dropped: bool = False

    @property
    def group(self) -> tuple[Any, ...]:
        """Return what runs have in common that take a step together."""
        return self.rule.pk, self.run.version, self.index, self.spec.name

    def rest(self, state: RunState, *, reason: str = "", due_at: datetime | None = None) -> None:
        """Let the run wait, or end it."""
        self.index = None
        self.run.state, self.run.due_at = state, due_at
        self.run.reason = reason or self.run.reason
        if state not in (RunState.READY, RunState.WAITING, RunState.HELD):
            self.run.ended_at = now()


@lru_cache(maxsize=2_000)
def _program(rule_id: uuid.UUID, version: int, steps: str) -> Program:
    import orjson  # noqa: PLC0415 needed here alone

    return compile_steps(orjson.loads(steps))


def program_of(rule_id: uuid.UUID, version: int, definition: dict[str, Any]) -> Program:
    """Return the program of a version; versions never change, so it is made once."""
    import orjson  # noqa: PLC0415 as above

    return _program(rule_id, version, orjson.dumps(definition.get("steps") or []).decode())


class Batch:
    """Runs that are worked off together; ``is_trial`` lets nothing leave the installation, and nobody wait."""

    def __init__(self, setting: Setting, runs: Sequence[Run], *, is_trial: bool = False) -> None:
        self.setting, self.is_trial = setting, is_trial
        self.begun: list[dict[str, Any]] = []
        self.deliveries: list[dict[str, Any]] = []
        self.executions = self._loaded(runs)
        self._owners: dict[uuid.UUID, Actor | None] = {}

    def work(self) -> None:
        """Take every run as far as it goes, and write down how far that is."""
        if not self.is_trial:
            self._guard()
        self._begin()
        while active := [execution for execution in self.executions if execution.index is not None]:
            first = active[0].group
            # Runs of one call are about different records; a second one about the same has its turn next.
            together = {entry.run.record_id: entry for entry in reversed(active) if entry.group == first}
            self._take(list(reversed(together.values())))
        self._store()

    def _loaded(self, runs: Sequence[Run]) -> list[Execution]:
        rules = AutomationRule.objects.in_bulk({run.rule_id for run in runs})
        definitions = definitions_of([(run.rule_id, run.version) for run in runs])
        found = []
        for run in runs:
            rule, definition = rules[run.rule_id], definitions.get((run.rule_id, run.version), {})
            if self.is_trial:
                definition = rule.draft
            program = program_of(rule.pk, run.version, definition)
            spec = self.setting.specs.get(run.object_name)
            execution = Execution(run, rule, definition, program, spec)  # type: ignore[arg-type]  # judged next
            if spec is None:
                execution.rest(RunState.STOPPED, reason=_("The object is switched off or gone."))
            elif run.position is not None:
                execution.index = run.position
                self._go(execution, run.position)
            found.append(execution)
        return found

    # Before the first step

    def _guard(self) -> None:
        fresh = [entry for entry in self.executions if self._is_fresh(entry)]
        for entry in fresh:
            if entry.rule.state == RuleState.PAUSED:
                entry.rest(RunState.HELD)
        circles = circling([entry.run for entry in fresh])
        for entry in fresh:
            if entry.run.pk in circles:
                entry.rest(
                    RunState.STOPPED,
                    reason=_("Stopped: the rule came back to this record again and again within ten minutes."),
                )
                tell_of_loop(entry.run.organization_id, entry.rule.pk)
        begun = Counter(entry.rule.pk for entry in fresh if self._is_fresh(entry))
        for rule in storming({entry.rule.pk: entry.rule for entry in fresh}.values(), begun):
            for entry in fresh:
                if entry.rule.pk == rule.pk:
                    entry.rest(RunState.HELD)
            pause(self.setting.organization, rule)

    @staticmethod
    def _is_fresh(entry: Execution) -> bool:
        return entry.run.position is None and entry.run.state in (RunState.READY, RunState.WAITING)

    def _begin(self) -> None:
        """Look at trigger and condition of the runs that have not begun, together for each rule."""
        groups: dict[tuple[Any, ...], list[Execution]] = defaultdict(list)
        for entry in self.executions:
            if self._is_fresh(entry):
                groups[entry.rule.pk, entry.run.version, entry.spec.name].append(entry)
        for members in groups.values():
            records = self._records(members)
            present = [entry for entry in members if entry.run.record_id in records]
            try:
                self._judge(present, records)
            except DomainError as problem:
                for entry in present:
                    entry.begun = True
                    self._fail(entry, problem, step_id="", kind="condition")

    def _judge(self, members: Sequence[Execution], records: dict[uuid.UUID, Record]) -> None:
        if not members:
            return
        first = members[0]
        cases = [Case(records[entry.run.record_id], entry.run.cause, self._moment(entry)) for entry in members]
        trigger = triggers.get(first.rule.trigger)
        config = (first.definition.get("trigger") or {}).get("config") or {}
        verdicts = trigger.verdicts(self.setting, first.spec, config, cases) if trigger else [""] * len(cases)
        kept = [position for position, verdict in enumerate(verdicts) if verdict != NO_CASE]
        for position, entry in enumerate(members):
            entry.is_dropped = position not in set(kept)
            if entry.is_dropped:
                entry.rest(RunState.SKIPPED)
        tester = Tester(self.setting, first.spec, first.definition.get("condition"))
        for position, why in zip(kept, tester.verdicts([cases[position] for position in kept]), strict=True):
            entry = members[position]
            entry.begun = True
            if why:
                entry.rest(RunState.SKIPPED, reason=why)
            else:
                self._go(entry, entry.program.start)

    def _moment(self, entry: Execution) -> datetime | None:
        return None if self.is_trial else entry.run.created_at

    def _records(self, members: Iterable[Execution]) -> dict[uuid.UUID, Record]:
        """Read the records of runs as they are now; runs whose record is gone are ended."""
        listed = list(members)
        spec = listed[0].spec
        manager = spec.model._default_manager  # noqa: SLF001 Django's own name for it
        rows = manager.filter(pk__in={entry.run.record_id for entry in listed}, deleted_at__isnull=True)
        found = {row.pk: row for row in rows}
        for entry in listed:
            if entry.run.record_id not in found:
                entry.rest(RunState.STOPPED, reason=_("The record was deleted meanwhile."))
        return found

    # Step by step

    def _take(self, members: list[Execution]) -> None:
        instruction = members[0].program.instructions[members[0].index or 0]
        kind = step_kinds.get(instruction.kind)
        records = self._records(members)
        members = [entry for entry in members if entry.run.record_id in records]
        if not members:
            return
        actor = self._actor(members[0].rule)
        if kind is None or actor is None:
            reason = (
                _("This kind of step is not there any more.")
                if kind is None
                else _("The rule's owner may no longer sign in.")
            )
            for entry in members:
                self._fail(
                    entry, DomainError("impossible", reason), instruction.step_id, instruction.kind, permanent=True
                )
            return
        shared = RecordValues(self.setting, members[0].spec, list(records.values()))
        works = [
            Work(
                self.setting, entry.rule, entry.run, entry.spec, actor, instruction, records[entry.run.record_id],
                is_trial=self.is_trial, shared=shared,
            )
            for entry in members
        ]  # fmt: skip
        with causing(self._causes(members)):
            self._do(kind, instruction, members, works)

    def _do(self, kind: StepKind, instruction: Instruction, members: list[Execution], works: list[Work]) -> None:
        """Do a step for all together; when that fails, for each alone, so that one keeps no other from going on."""
        try:
            with transaction.atomic():
                outcomes = kind.run_many(works)
        except OperationalError:
            # A deadlock takes the whole transaction with it; the batch is done again.
            raise
        except Exception as problem:  # noqa: BLE001 whatever a step raises is told in its log
            if len(members) > 1:
                for entry, work in zip(members, works, strict=True):
                    with causing(self._causes([entry])):
                        self._do(kind, instruction, [entry], [work])
            else:
                self._fail(members[0], problem, instruction.step_id, instruction.kind)
            return
        for entry, outcome in zip(members, outcomes, strict=True):
            self._apply(entry, instruction, outcome)

    def _causes(self, members: Sequence[Execution]) -> Causes:
        origins = {
            entry.run.record_id: Origin(entry.run.depth + 1, entry.run.root or entry.run.pk, entry.run.pk)
            for entry in members
        }
        return Causes(origins, max(origins.values(), key=lambda origin: origin.depth))

    def _actor(self, rule: AutomationRule) -> Actor | None:
        return self.setting.owner(rule) if rule.acts_as == ActsAs.OWNER else self.setting.system

    def _apply(self, entry: Execution, instruction: Instruction, outcome: Outcome) -> None:
        run, following = entry.run, instruction.following if outcome.goes_to is None else outcome.goes_to
        waits_on = outcome.stays and bool((run.memory.get("patience") or {}).get(instruction.step_id))
        if not waits_on:
            state = StepState.WAITING if outcome.waits else StepState.DONE
            self._log(entry, instruction.step_id, instruction.kind, state, outcome.text, outcome.details)
        for key, value in outcome.remember.items():
            joined = {**(run.memory.get(key) or {}), **value} if isinstance(value, dict) else value
            run.memory = (
                {**run.memory, key: joined} if joined is not None else {k: v for k, v in run.memory.items() if k != key}
            )
        run.attempts = 0
        self._begin_others(entry, outcome.sub_runs)
        if outcome.outgoing:
            self._send(entry, instruction, outcome, following)
        if outcome.ends:
            entry.rest(RunState.STOPPED, reason=outcome.text)
        elif outcome.waits and not self.is_trial:
            run.position = entry.index if outcome.stays or outcome.outgoing else following
            entry.rest(RunState.WAITING, due_at=None if outcome.outgoing else outcome.wait_until)
        else:
            self._go(entry, following)

    def _go(self, entry: Execution, index: int) -> None:
        entry.run.position = entry.index = index
        if index == END:
            entry.rest(RunState.DONE)

    def _begin_others(self, entry: Execution, sub_runs: Sequence[SubRun]) -> None:
        run = entry.run
        for sub in sub_runs:
            rule, is_body = sub.rule or entry.rule, sub.rule is None
            origin = Origin(run.depth if is_body else run.depth + 1, run.root or run.pk, run.pk)
            version = run.version if is_body else rule.version
            self.begun.append(
                run_row(
                    rule.pk, version, sub.object_name, sub.record_id, cause=run.cause, origin=origin,
                    position=sub.position, priority=Priority(run.priority),
                )
            )  # fmt: skip

    def _send(self, entry: Execution, instruction: Instruction, outcome: Outcome, following: int) -> None:
        for number, outgoing in enumerate(outcome.outgoing):
            self.deliveries.append(
                {
                    "id": new_id(), "organization_id": entry.run.organization_id, "run_id": entry.run.pk,
                    "step_id": instruction.step_id, "key": f"{entry.run.pk}:{instruction.step_id}:{number}",
                    "kind": outgoing.kind, "request": outgoing.request, "state": DeliveryState.WAITING, "due_at": now(),
                }
            )  # fmt: skip
        entry.run.memory = {**entry.run.memory, "awaits": {"step": instruction.step_id, "following": following}}

    def _fail(self, entry: Execution, problem: Exception, step_id: str, kind: str, *, permanent: bool = False) -> None:
        """Try the step again later, or let the run fail: it is shown, and its owner is told."""
        if not isinstance(problem, DomainError):
            logger.error("A step of rule %s failed.", entry.rule.pk, exc_info=problem)
        text = (
            str(problem.message)
            if isinstance(problem, DomainError)
            else _("An error that nobody foresaw; it is in the server's log.")
        )
        run = entry.run
        run.attempts += 1
        wait = None if permanent or self.is_trial or isinstance(problem, PERMANENT) else retry_after(run.attempts)
        if wait is None:
            self._log(entry, step_id, kind, StepState.FAILED, text)
            entry.rest(RunState.FAILED, reason=text)
            return
        self._log(entry, step_id, kind, StepState.AGAIN, text)
        entry.rest(RunState.READY, due_at=now() + wait)

    def _log(
        self,
        entry: Execution,
        step_id: str,
        kind: str,
        state: StepState,
        text: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        entry.log.append(
            RunStep(
                organization_id=entry.run.organization_id, run_id=entry.run.pk, step_id=step_id, kind=kind, state=state,
                text=text, details=details or {},
            )
        )  # fmt: skip

    # What became of it

    def _store(self) -> None:
        dropped = [entry.run.pk for entry in self.executions if entry.is_dropped]
        if dropped:
            Run.objects.filter(pk__in=dropped).delete()
        kept = [entry for entry in self.executions if not entry.is_dropped]
        update_rows(
            Run,
            COLUMNS,
            [{"id": entry.run.pk, **{name: getattr(entry.run, name) for name in COLUMNS}} for entry in kept],
        )
        lines = [line for entry in kept for line in entry.log]
        if lines:
            columns = ("id", "organization_id", "run_id", "step_id", "kind", "state", "text", "details", "at")
            insert_rows(RunStep, [{name: getattr(line, name) for name in columns} for line in lines])
        if self.begun:
            insert_runs(self.setting.organization.pk, self.begun)
        if self.is_trial:
            return
        if self.deliveries:
            insert_rows(Delivery, self.deliveries)
            wake(self.setting.organization.pk, DELIVER)
        self._count(kept)
        for entry in kept:
            if entry.run.state == RunState.FAILED:
                tell_of_failure(entry.rule, entry.run)

    def _count(self, kept: Sequence[Execution]) -> None:
        rows = []
        for rule_id in {entry.rule.pk for entry in kept}:
            mine = [entry for entry in kept if entry.rule.pk == rule_id]
            states = Counter(entry.run.state for entry in mine)
            rows.append(
                {
                    "organization_id": self.setting.organization.pk, "rule_id": rule_id,
                    "begun": sum(entry.begun for entry in mine),
                    "done": states[RunState.DONE] + states[RunState.STOPPED],
                    "skipped": states[RunState.SKIPPED], "failed": states[RunState.FAILED],
                }
            )  # fmt: skip
        if rows:
            insert_rows(Tally, rows)
