"""Gates through the one door: what is refused, what it says, and what obeys without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.models import GranteeKind, ReportingLine
from banyan.core.approvals.models import DepartmentHead
from banyan.core.files.services import attach
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Invalid, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.processes.models import Process, Stay, Tick
from banyan.core.processes.rules import Check, Gate, Item, Movers, Reason, Receiver
from banyan.core.processes.services import NewProcess, create_process, publish, switch
from banyan.core.processes.tests.making import settle_now
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.records.undo import undo
from tests.cast import Cast

Make = Callable[..., Any]


def move(actor: Actor, record: Any, phase: str, **values: Any) -> Any:
    return door.update(actor, spec_for(actor.organization, "task"), record.pk, {"phase": phase, **values})


def refused(actor: Actor, record: Any, phase: str, **values: Any) -> dict[str, str]:
    """What is said when a move is refused, by code."""
    with pytest.raises(Invalid) as problem:
        move(actor, record, phase, **values)
    return {error.code: str(error.message) for error in problem.value.errors}


def test_only_ways_of_the_process_are_open(admin: Actor, process: Make, task: Make) -> None:
    process()
    record = task(phase="Draft")

    assert "Review" in refused(admin, record, "Legal")["move_not_allowed"]
    assert move(admin, record, "Review").custom["phase"] == "Review"
    assert move(admin, record, "Dropped").custom["phase"] == "Dropped"
    with override("en"):
        assert "nowhere else" in refused(admin, record, "Draft")["move_not_allowed"]


def test_records_begin_where_the_process_begins(admin: Actor, process: Make, task: Make) -> None:
    process()
    with pytest.raises(Invalid) as problem:
        task(phase="Legal")
    assert problem.value.errors[0].code == "no_start_stage"
    assert "Draft" in str(problem.value.errors[0].message)
    assert task().custom["phase"] == "Draft"
    spec = spec_for(admin.organization, "task")
    of_file = admin.through(Channel.IMPORT)
    old = door.create(of_file, spec, {"name": "Old one", "phase": "Legal"})
    assert old.custom["phase"] == "Legal"
    assert "move_not_allowed" in refused(of_file, old, "Draft")


def test_everything_that_is_missing_is_named_at_once(admin: Actor, process: Make, task: Make) -> None:
    long_enough = Check(
        {"field": "pages", "op": "gte", "value": 3}, {"en": "A contract has three pages.", "zh": "至少三页"}
    )
    row = process(
        {
            "Review": {"entry": Gate((long_enough,), ("lawyer",)), "checklist": (Item("read", {"en": "Read it"}),)},
            "Draft": {"exit": Gate(fields=("pages",), file=True)},
        }
    )
    record = task(phase="Draft")

    with override("en"):
        said = refused(admin, record, "Review")
    assert said.keys() == {"required", "condition", "file"}
    assert said["condition"] == "A contract has three pages."
    attach(admin, object_name="task", record_id=record.pk, upload=SimpleUploadedFile("contract.txt", b"words"))
    move(admin, record, "Review", lawyer="Lee", pages=3)
    assert "Read it" in refused(admin, record, "Legal")["checklist"]
    Tick.objects.create(organization=admin.organization, process=row, record_id=record.pk, stage="Review", item="read")
    move(admin, record, "Legal")


def test_value_that_a_stage_needs_cannot_be_taken_away(admin: Actor, process: Make, task: Make) -> None:
    process({"Review": {"entry": Gate(fields=("lawyer",))}})
    record = task(phase="Draft")
    move(admin, record, "Review", lawyer="Lee")
    spec = spec_for(admin.organization, "task")
    with pytest.raises(Invalid):
        door.update(admin, spec, record.pk, {"lawyer": ""})
    door.update(admin, spec, record.pk, {"lawyer": "Li", "name": "Renamed"})


def test_way_back_and_giving_up_need_words_but_no_gate(admin: Actor, process: Make, task: Make) -> None:
    why = (Reason("price", {"en": "Price"}), Reason("late", {"en": "Too late"}))
    process(
        {"Review": {"exit": Gate(fields=("lawyer",))}, "Dropped": {"reasons": why, "needs_comment": True}},
        back_needs_reason=True,
    )
    record = task(phase="Draft")
    move(admin, record, "Review")

    assert refused(admin, record, "Draft").keys() == {"comment"}
    move(admin, record, "Draft", stage_comment="A page is missing")
    assert refused(admin, record, "Dropped", stage_reason="weather").keys() == {"reason", "comment"}
    move(admin, record, "Dropped", stage_reason="price", stage_comment="Too dear")

    stays = Stay.objects.filter(record_id=record.pk).order_by("entered_at", "pk")
    assert [(stay.stage, stay.reason, stay.comment) for stay in stays] == [
        ("Draft", "", ""), ("Review", "", ""), ("Draft", "", "A page is missing"), ("Dropped", "price", "Too dear"),
    ]  # fmt: skip
    assert [stay.left_at is None for stay in stays] == [False, False, False, True]
    assert {stay.left_by_id for stay in stays} == {admin.user_id, None}


def test_reasons_are_no_field_where_no_process_is(admin: Actor, task: Make) -> None:
    with pytest.raises(Invalid) as problem:
        task(stage_reason="price")
    assert problem.value.errors[0].code == "unknown_field"


def test_only_those_who_may_move_do(scope: Cast, admin: Actor, process: Make, task: Make) -> None:
    role = Role.objects.get(key="manager")
    named = ({"kind": str(GranteeKind.ROLE), "id": str(role.pk)},)
    process({"Draft": {"movers": Movers(owner=True, grantees=named)}})
    owner, manager = scope.actor("owner"), scope.actor("manager")
    record = task(phase="Draft", owner=owner.user_id)

    assert "Manager" in refused(admin, record, "Review")["may_not_move"]
    move(manager, record, "Review")
    other = task(phase="Draft", owner=owner.user_id)
    move(owner, other, "Review")


def test_record_goes_to_whom_the_stage_names(scope: Cast, admin: Actor, process: Make, task: Make) -> None:
    tom, sam = scope.users["teammate"], scope.users["salesperson"]
    member = Role.objects.get(key="member")
    sales, south = scope.departments["sales"], scope.departments["south"]
    ReportingLine.objects.create(organization=scope.organization, user=sam, superior=tom)
    process(
        {
            "Review": {"handover": Receiver("role", str(member.pk))},
            "Legal": {"handover": Receiver("department", str(south.pk))},
            "Signed": {"handover": Receiver("creator")},
        }
    )
    records = [task(phase="Draft") for _time in range(4)]
    owners = [move(admin, record, "Review").owner_id for record in records]
    assert sorted(map(str, owners)) == sorted(map(str, [scope.users["owner"].pk, tom.pk] * 2))
    assert move(admin, records[0], "Legal").owner_id == tom.pk
    assert move(admin, records[0], "Signed").owner_id == admin.user_id
    kept = move(admin, records[1], "Legal", owner=sam.pk)
    assert kept.owner_id == sam.pk
    assert sales is not None


def test_named_head_of_a_department_receives(scope: Cast, admin: Actor, process: Make, task: Make) -> None:
    south, sam = scope.departments["south"], scope.users["salesperson"]
    DepartmentHead.objects.create(organization=scope.organization, department=south, user=sam)
    process({"Review": {"handover": Receiver("department", str(south.pk))}})
    assert move(admin, task(phase="Draft"), "Review").owner_id == sam.pk


def test_condition_decides_which_process_governs(admin: Actor, process: Make, draft: Process, task: Make) -> None:
    draft.condition = {"field": "priority", "op": "eq", "value": "high"}
    draft.save()
    process()
    free, bound = task(phase="Legal", priority="normal"), task(phase="Draft", priority="high")

    move(admin, free, "Signed")
    assert "move_not_allowed" in refused(admin, bound, "Legal")
    assert not Stay.objects.filter(record_id=free.pk).exists()
    # Coming under a process is no move; the next one is judged.
    spec = spec_for(admin.organization, "task")
    door.update(admin, spec, free.pk, {"priority": "high"})
    assert Stay.objects.get(record_id=free.pk, left_at=None).stage == "Signed"
    assert "move_not_allowed" in refused(admin, free, "Legal")


def test_undo_and_restore_are_not_judged(admin: Actor, process: Make, task: Make) -> None:
    process({"Review": {"moves": ("Legal",)}})
    record = task(phase="Draft")
    context = WriteContext.for_actor(admin)
    spec = spec_for(admin.organization, "task")
    door.update(admin, spec, record.pk, {"phase": "Review"}, context=context)
    undo(admin, context.batch_id)
    assert Stay.objects.get(record_id=record.pk, left_at=None).stage == "Draft"
    recycle.delete(admin, spec, [record.pk])
    assert not Stay.objects.filter(record_id=record.pk, left_at=None).exists()
    recycle.restore(admin, spec, [record.pk])
    assert Stay.objects.get(record_id=record.pk, left_at=None).stage == "Draft"


def test_process_that_is_off_says_nothing(admin: Actor, process: Make, task: Make) -> None:
    row = process()
    record = task(phase="Draft")
    switch(admin, row, on=False)
    move(admin, record, "Legal")
    switch(admin, row, on=True)
    settle_now(admin, row)
    assert Stay.objects.get(record_id=record.pk, left_at=None).stage == "Legal"
    assert "move_not_allowed" in refused(admin, record, "Draft")


def test_moves_of_many_cost_as_many_queries_as_of_one(
    admin: Actor, process: Make, task: Make, django_assert_max_num_queries: Any
) -> None:
    process({"Draft": {"exit": Gate(file=True), "checklist": (Item("a", {"en": "A"}, needed=False),)},
             "Review": {"handover": Receiver("creator")}})  # fmt: skip
    records = [task(phase="Draft") for _time in range(12)]
    for record in records:
        attach(admin, object_name="task", record_id=record.pk, upload=SimpleUploadedFile("a.txt", b"words"))
    spec = spec_for(admin.organization, "task")
    with django_assert_max_num_queries(36):
        outcome = door.update_many(admin, spec, {record.pk: {"phase": "Review"} for record in records})
    assert len(outcome.updated) == 12


def test_stage_of_a_pipeline_is_governed_and_kept(admin: Actor) -> None:
    spec = spec_for(admin.organization, "opportunity")
    stage_spec = spec_for(admin.organization, "stage")
    customer = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Acme"})
    deal = door.create(admin, spec, {"name": "Big", "customer": customer.pk})
    chosen = {"field": "pipeline", "op": "eq", "value": str(deal.pipeline_id)}  # type: ignore[attr-defined]
    row = create_process(admin, NewProcess("opportunity", "stage", {"en": "Sales"}, chosen))
    publish(admin, row)
    settle_now(admin, row)
    stages = list(stage_spec.model._default_manager.order_by("position"))

    with pytest.raises(Invalid) as problem:
        door.update(admin, spec, deal.pk, {"stage": stages[3].pk})
    assert problem.value.errors[0].field == "stage"
    door.update(admin, spec, deal.pk, {"stage": stages[1].pk})
    assert Stay.objects.get(record_id=deal.pk, left_at=None).stage == str(stages[1].pk)
    with pytest.raises(Refused) as kept:
        recycle.delete(admin, stage_spec, [stages[2].pk])
    assert "Sales" in str(kept.value.message)
