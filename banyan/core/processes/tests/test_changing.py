"""Putting a process into force: what is refused, what the preview says, what becomes of running records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.models import ReportingLine
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import Role, User
from banyan.core.jobs.models import JobRun
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid, NotAllowed, Refused
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.objects.field_uses import Wanted, refuse_in_use
from banyan.core.objects.registry import spec_for, specs_for
from banyan.core.processes.events import StageEntered
from banyan.core.processes.models import Process, ProcessVersion, Stay
from banyan.core.processes.reporting import stage_figures
from banyan.core.processes.rules import Check, Gate, Limit, Outcome, Receiver, Stage
from banyan.core.processes.services import (
    NewProcess,
    active,
    change_draft,
    create_process,
    delete_process,
    discard_draft,
    draft_of,
    preview,
    problems,
    publish,
    warnings,
    with_stage,
    without_stage,
)
from banyan.core.processes.staying import forget_stays_of_purged
from banyan.core.processes.tests.making import change_stages, settle_now
from banyan.core.processes.watching import escalate, remind
from banyan.core.records import door
from banyan.core.records.models import Change
from tests.cast import Cast

Make = Callable[..., Any]


def move(actor: Actor, record: Any, phase: str) -> None:
    door.update(actor, spec_for(actor.organization, "task"), record.pk, {"phase": phase})


@pytest.fixture
def notices() -> Any:
    """What people are told while the test runs."""
    events: list[PeopleToTell] = []
    subscribe(PeopleToTell, "tests.notices", events.append)
    yield events
    unsubscribe(PeopleToTell, "tests.notices")


def test_process_that_makes_no_sense_is_refused(admin: Actor, draft: Process) -> None:
    sound = draft_of(draft)
    for changes, said in (
        ({"Review": {"moves": ()}}, "“Review” has no way out"),
        ({"Review": {"moves": ("Draft", "Dropped")}}, "Nothing leads to “Legal”"),
        ({"Draft": {"starts": False}}, "No stage is where records begin"),
        ({"Signed": {"outcome": ""}, "Dropped": {"outcome": ""}}, "No stage ends the process"),
    ):
        change_draft(admin, draft, change_stages(sound, changes))
        with override("en"), pytest.raises(Invalid) as problem:
            publish(admin, draft)
        assert said in str(problem.value.message)
    assert not Process.objects.get(pk=draft.pk).is_active


def test_what_can_never_be_is_not_even_stored(admin: Actor, draft: Process) -> None:
    definition = draft_of(draft)
    for wrong in (
        with_stage(definition, Stage("Nowhere")),
        change_stages(definition, {"Draft": {"entry": Gate(fields=("nothing",))}}),
        change_stages(definition, {"Draft": {"limit": Limit(hours=2, remind=5)}}),
        replace(definition, stages=(*definition.stages, definition.stages[0])),
    ):
        with pytest.raises(Invalid):
            change_draft(admin, draft, wrong)


def test_receivers_who_are_not_there_are_told_of(admin: Actor, draft: Process, scope: Cast) -> None:
    role = Role.objects.create(organization=scope.organization, key="lawyers", name="Lawyers")
    changes = {"Legal": {"handover": Receiver("role", str(role.pk))}}
    change_draft(admin, draft, change_stages(draft_of(draft), changes))
    with override("en"):
        assert problems(admin, draft) == []
        assert "Nobody is there to receive records of “Legal”" in warnings(admin, draft)[0]
        role.delete()
        assert "does not exist any more" in problems(admin, draft)[0]


def test_only_those_who_customise_change_processes(scope: Cast, draft: Process) -> None:
    for act in (
        lambda who: publish(who, draft),
        lambda who: create_process(who, NewProcess("task", "phase", {"en": "x"})),
        lambda who: delete_process(who, draft),
    ):
        with pytest.raises(NotAllowed):
            act(scope.actor("owner"))


def test_running_records_are_brought_along(admin: Actor, process: Make, task: Make) -> None:
    row = process()
    records = [task(phase="Draft") for _time in range(3)]
    move(admin, records[0], "Review")
    move(admin, records[1], "Review")

    fewer = without_stage(draft_of(row), "Review")
    fewer = change_stages(
        fewer, {"Draft": {"moves": ("Legal", "Dropped")}, "Legal": {"entry": Gate(fields=("lawyer",))}}
    )
    change_draft(admin, row, fewer)
    seen = {stage.key: (stage.count, stage.is_lost) for stage in preview(admin, row)}
    assert seen["Review"] == (2, True)
    assert seen["Draft"] == (1, False)
    with pytest.raises(Refused) as problem:
        publish(admin, row)
    assert "Review" in str(problem.value.message)
    run = publish(admin, row, {"Review": "Legal"})
    assert JobRun.objects.filter(pk=run.pk, subject=str(row.pk)).exists()
    assert settle_now(admin, row, {"Review": "Legal"})["moved"] == 2

    assert {stay.stage for stay in Stay.objects.filter(record_id=records[0].pk, left_at=None)} == {"Legal"}
    assert Change.objects.filter(record_id=records[0].pk, values__has_key="phase").count() == 2
    assert ProcessVersion.objects.get(process=row, number=2).moved == {"Review": "Legal"}
    change_draft(admin, row, with_stage(draft_of(row), Stage("Review", Outcome.OPEN, moves=("Legal",))))
    assert {stage.key: stage.failing for stage in preview(admin, row)}["Legal"] == 2


def test_draft_can_be_thrown_away_and_says_nothing_meanwhile(admin: Actor, process: Make, task: Make) -> None:
    row = process()
    change_draft(admin, row, change_stages(draft_of(row), {"Draft": {"moves": ("Legal", "Review")}}))
    record = task(phase="Draft")
    with pytest.raises(Invalid):
        move(admin, record, "Legal")
    discard_draft(admin, row)
    assert draft_of(row) == active(row).definition


def test_history_is_found_in_the_change_log(admin: Actor, draft: Process, task: Make) -> None:
    old, untouched = task(phase="Draft"), task(phase="Legal")
    move(admin, old, "Review")
    move(admin, old, "Legal")
    told: list[StageEntered] = []
    subscribe(StageEntered, "tests.stages", told.append)
    publish(admin, draft)
    assert settle_now(admin, draft)["noted"] == 2
    assert settle_now(admin, draft)["noted"] == 0

    stays = list(Stay.objects.filter(record_id=old.pk).order_by("entered_at"))
    assert [stay.stage for stay in stays] == ["Draft", "Review", "Legal"]
    assert stays[0].entered_at == old.created_at
    assert stays[0].left_at == stays[1].entered_at
    assert [stay.stage for stay in Stay.objects.filter(record_id=untouched.pk)] == ["Legal"]
    move(admin, old, "Signed")
    unsubscribe(StageEntered, "tests.stages")
    assert [(event.stage, event.previous, event.record_ids) for event in told] == [("Signed", "Legal", (old.pk,))]
    assert Stay.objects.filter(record_id=old.pk, left_at=None).count() == 1


def test_time_per_stage_is_reported(admin: Actor, process: Make, task: Make) -> None:
    row = process()
    records = [task(phase="Draft") for _time in range(4)]
    for hours, record in zip((1, 2, 3), records, strict=False):
        move(admin, record, "Review")
        stay = Stay.objects.get(record_id=record.pk, stage="Draft")
        Stay.objects.filter(pk=stay.pk).update(entered_at=stay.left_at - timedelta(hours=hours))
    figures = {stage.key: stage for stage in stage_figures(admin, spec_for(admin.organization, "task"), active(row))}
    draft = figures["Draft"]
    assert (draft.finished, draft.present, draft.median, draft.average) == (3, 1, 2.0, 2.0)
    assert figures["Review"].present == 3
    assert figures["Legal"].median is None


def test_late_records_are_told_of_once_and_change_hands(
    scope: Cast, admin: Actor, process: Make, task: Make, notices: list[PeopleToTell]
) -> None:
    owner, manager, sam = (scope.users[name] for name in ("owner", "manager", "salesperson"))
    ReportingLine.objects.create(organization=scope.organization, user=owner, superior=manager)
    limit = Limit(hours=4, remind=1, receiver=Receiver("person", str(sam.pk)))
    process({"Draft": {"limit": limit}})
    record = task(phase="Draft", owner=owner.pk)
    stay = Stay.objects.get(record_id=record.pk)
    assert stay.due_at - stay.entered_at == timedelta(hours=4)
    assert (remind(admin), escalate(admin)) == (0, 0)

    Stay.objects.filter(pk=stay.pk).update(remind_at=now() - timedelta(minutes=1))
    assert (remind(admin), remind(admin)) == (1, 0)
    assert notices.pop().user_ids == (owner.pk,)
    Stay.objects.filter(pk=stay.pk).update(due_at=now() - timedelta(minutes=1))
    assert (escalate(admin), escalate(admin)) == (1, 0)
    told = [set(event.user_ids) for event in notices if "too long" in event.text or "yours now" in event.text]
    assert {owner.pk, manager.pk} in told
    assert {sam.pk} in told
    record.refresh_from_db()
    assert record.owner_id == sam.pk
    assert User.objects.filter(pk=sam.pk).exists()


def test_limit_of_a_changed_process_counts_for_running_records(admin: Actor, process: Make, task: Make) -> None:
    row = process()
    record = task(phase="Draft")
    assert Stay.objects.get(record_id=record.pk).due_at is None
    change_draft(admin, row, change_stages(draft_of(row), {"Draft": {"limit": Limit(hours=8)}}))
    publish(admin, row)
    settle_now(admin, row)
    assert Stay.objects.get(record_id=record.pk).due_at > now() + timedelta(hours=7)


def test_stays_of_purged_records_are_forgotten(admin: Actor, process: Make, task: Make) -> None:
    process()
    gone, kept = task(phase="Draft"), task(phase="Draft")
    spec = spec_for(admin.organization, "task")
    Stay.objects.filter(record_id__in=[gone.pk, kept.pk]).update(left_at=now() - timedelta(days=100))
    spec.model._default_manager.filter(pk=gone.pk).delete()
    assert forget_stays_of_purged(spec, now() - timedelta(days=90)) == 1
    assert not Stay.objects.filter(record_id=gone.pk).exists()
    assert Stay.objects.filter(record_id=kept.pk).exists()


def test_records_outside_may_begin(admin: Actor, draft: Process, task: Make) -> None:
    outside = task()
    assert {stage.key: stage.count for stage in preview(admin, draft)}[""] == 1
    publish(admin, draft, {"": "Draft"})
    assert settle_now(admin, draft, {"": "Draft"})["moved"] == 1
    assert Stay.objects.get(record_id=outside.pk, left_at=None).stage == "Draft"
    assert "" not in {stage.key for stage in preview(admin, draft)}


def test_fields_and_values_that_a_process_uses_are_kept(admin: Actor, process: Make) -> None:
    checked = Gate((Check({"field": "pages", "op": "gte", "value": 3}, {"en": "Three pages"}),), ("lawyer",))
    process({"Review": {"entry": checked}})
    specs = specs_for(admin.organization)
    for wanted in (
        Wanted("task", "phase"), Wanted("task", "phase", "Legal"), Wanted("task", "lawyer"), Wanted("task", "pages"),
    ):  # fmt: skip
        with pytest.raises(Refused) as problem:
            refuse_in_use(specs, wanted, "x")
        assert "Contracts" in str(problem.value.message) or "合同" in str(problem.value.message)
    refuse_in_use(specs, Wanted("task", "phase", "Elsewhere"), "x")
    refuse_in_use(specs, Wanted("task", "notes"), "x")
