"""What approvals do to records: locks, gates, starting by themselves, lapsing, limits, documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from banyan.core.access.decisions import restrict
from banyan.core.access.explaining import explain
from banyan.core.access.models import ReportingLine
from banyan.core.approvals.choices import ActKind, ApprovalState
from banyan.core.approvals.definitions import Json
from banyan.core.approvals.documents import as_document, from_document
from banyan.core.approvals.flows import delete_flow, switch_flow
from banyan.core.approvals.limits import watch_limits
from banyan.core.approvals.models import Act, Approval, Flow, StepRun
from banyan.core.approvals.services import decide, release, return_approval
from banyan.core.approvals.tests.conftest import Make, customers, start, step, whose_turn
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Invalid, Refused
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.records.erasing import overwrite
from banyan.core.records.undo import undo
from tests.cast import Cast

IS_A: Json = {"all": [{"field": "level", "op": "eq", "value": "a"}]}


def write(cast: Cast, record: Record, by: str = "owner", **values: Any) -> Record:
    actor = cast.actor(by)
    return door.update(actor, customers(actor), record.pk, values)


def test_all_fields_but_the_owner_are_locked_while_it_runs(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "manager")), customer)

    with pytest.raises(Invalid, match="Mei Manager decides"):
        write(scope, customer, name="Other")
    write(scope, customer, "admin", owner=str(scope.users["teammate"].pk))
    admin = scope.actor("admin")
    with pytest.raises(Conflict, match="being approved"):
        recycle.delete(admin, customers(admin), [customer.pk])
    decide(scope.actor("manager"), approval.pk, agree=True)

    assert write(scope, customer, "admin", name="Other").name == "Other"


def test_only_the_chosen_fields_are_locked_and_stay_so_until_released(
    scope: Cast, make: Make, customer: Record
) -> None:
    flow = make(step(scope, "only", "manager"), lock={"fields": ["level"], "afterwards": "locked"})
    approval = start(scope, flow, customer)
    write(scope, customer, name="Other")
    decide(scope.actor("manager"), approval.pk, agree=True)
    switch_flow(scope.actor("admin"), flow.pk, active=False)

    with pytest.raises(Invalid, match="was approved"):
        write(scope, customer, level="a")
    with pytest.raises(Refused):
        delete_flow(scope.actor("admin"), flow.pk)
    with pytest.raises(Invalid, match="Say why"):
        release(scope.actor("admin"), approval.pk, comment="")
    release(scope.actor("admin"), approval.pk, comment="Wrong customer")

    assert write(scope, customer, level="a").level == "a"


def test_undo_does_not_change_what_is_being_decided(scope: Cast, make: Make, customer: Record) -> None:
    owner = scope.actor("owner")
    context = WriteContext.for_actor(owner)
    door.update(owner, customers(owner), customer.pk, {"level": "a"}, context=context)
    start(scope, make(step(scope, "only", "manager")), customer)

    undone = undo(owner, context.batch_id)

    assert (undone.undone, undone.conflicts) == (0, [customer.pk])


def test_change_after_agreement_lapses_it_and_asks_anew(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "only", "manager"), lock={"fields": ["level"], "afterwards": "anew"})
    approval = start(scope, flow, customer)
    decide(scope.actor("manager"), approval.pk, agree=True)

    write(scope, customer, name="Other")
    assert Approval.objects.get().state == ApprovalState.AGREED
    write(scope, customer, level="a")

    states = list(Approval.objects.order_by("started_at").values_list("state", flat=True))
    assert states == [ApprovalState.LAPSED, ApprovalState.RUNNING]


def test_record_becomes_what_needs_approval_only_with_it(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "only", "manager"), gate=IS_A, lock={"fields": ["name", "level"]})

    with pytest.raises(Invalid, match="needs approval first"):
        write(scope, customer, level="a")
    owner = scope.actor("owner")
    with pytest.raises(Invalid, match="needs approval first"):
        door.create(owner, customers(owner), {"name": "New", "level": "a"})
    decide(scope.actor("manager"), start(scope, flow, customer).pk, agree=True)
    with pytest.raises(Invalid, match="needs approval first"):
        write(scope, customer, name="Other than what was agreed to", level="a")
    write(scope, customer, level="a")

    assert write(scope, customer, name="Other").level == "a", "what is so already is left alone"


def test_agreement_may_set_what_needs_approval(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "only", "manager"), gate=IS_A, on_agreed={"level": "a"})

    decide(scope.actor("manager"), start(scope, flow, customer).pk, agree=True)

    customer.refresh_from_db()
    assert customer.level == "a"


def test_flow_starts_by_itself_when_a_record_comes_to_fit(scope: Cast, make: Make, customer: Record) -> None:
    make(step(scope, "only", "manager"), start={"by_itself": True, "condition": IS_A}, lock={"fields": ["level"]},
         on_agreed={"level": "a"})  # fmt: skip

    write(scope, customer, name="Other")
    assert not Approval.objects.exists()
    write(scope, customer, level="a")
    approval = Approval.objects.get()
    assert (approval.started_by_id, whose_turn(approval)) == (scope.users["owner"].pk, {"Mei"})
    decide(scope.actor("manager"), approval.pk, agree=True)
    write(scope, customer, name="Third")
    owner = scope.actor("owner")
    door.create(owner, customers(owner), {"name": "New", "level": "a"})

    assert Approval.objects.count() == 2


def test_deleted_and_erased_records_leave_nothing_waiting_and_nothing_readable(
    scope: Cast, make: Make, customer: Record
) -> None:
    approval = start(scope, make(step(scope, "only", "manager")), customer, reason="For Harbor Light")
    admin = scope.actor("admin")
    overwrite(admin, customers(admin), {customer.pk: {"name": "–"}}, clean=lambda value: value)

    approval.refresh_from_db()
    assert "name" not in approval.snapshot
    assert (approval.title, approval.reason) == (approval.number, "")
    return_approval(scope.actor("manager"), approval.pk, comment="No")
    recycle.delete(admin, customers(admin), [customer.pk])
    approval.refresh_from_db()
    assert approval.state == ApprovalState.WITHDRAWN


def late(hours: int = 1) -> None:
    """Let the time of all steps be over since so many hours."""
    StepRun.objects.update(due_at=now() - timedelta(hours=hours))


def test_late_step_is_passed_on_to_the_superior_once(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "only", "manager", hours=2, when_late="escalate"))
    approval = start(scope, flow, customer)
    system = scope.actor("admin")
    assert watch_limits(system) == 0
    late()

    assert watch_limits(system) == 1
    assert watch_limits(system) == 0
    assert whose_turn(approval) == {"Ada"}
    late()
    ReportingLine.objects.all().delete()
    watch_limits(system)
    assert whose_turn(approval) == {"Ada"}, "without a superior it is a reminder"


@pytest.mark.parametrize(("what", "state"), [("agree", "agreed"), ("refuse", "refused"), ("remind", "running")])
def test_late_step_is_decided_or_reminded_of(scope: Cast, make: Make, customer: Record, what: str, state: str) -> None:
    approval = start(scope, make(step(scope, "only", "manager", hours=8, remind_before=2, when_late=what)), customer)
    StepRun.objects.update(remind_at=now() - timedelta(minutes=1))
    assert (watch_limits(scope.actor("admin")), watch_limits(scope.actor("admin"))) == (1, 0)
    late()

    watch_limits(scope.actor("admin"))

    approval.refresh_from_db()
    assert approval.state == state
    assert Act.objects.filter(kind=ActKind.REMIND, by=None).count() == (2 if what == "remind" else 1)


def test_document_carries_flows_without_ids_and_refuses_what_is_wrong(
    scope: Cast, make: Make, customer: Record
) -> None:
    make(step(scope, "only", "manager", copies=[str(scope.users["admin"].pk)]), gate=IS_A)
    admin = scope.actor("admin")
    document = as_document(scope.organization)
    assert str(scope.users["manager"].pk) not in repr(document)
    Flow.objects.all().delete()

    (made,) = from_document(admin, document)

    assert as_document(scope.organization) == document
    assert (made.is_active, made.version) == (True, 1)
    with pytest.raises(Invalid, match="at least one step"):
        from_document(admin, [{**document[0], "steps": []}])
    with pytest.raises(Invalid, match="belongs to another object"):
        from_document(admin, [{**document[0], "object": "contact"}])


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"steps": [{"key": "a"}]}, "say who decides"),
        ({"steps": [{"key": "a", "approvers": [{"kind": "role", "role": "gone"}]}]}, "a role that exists"),
        ({"steps": [{"key": "a", "approvers": [{"kind": "field", "field": "gone"}]}]}, "does not exist any more"),
        ({"steps": [{"key": "a", "approvers": [{"kind": "head"}], "taken": "otherwise"}]}, "first step"),
        ({"steps": [{"key": "a", "approvers": [{"kind": "head"}], "taken": "if"}]}, "needs its condition"),
        ({"steps": [{"key": "a", "approvers": [{"kind": "chosen"}]}], "start": {"by_itself": True}}, "by itself"),
        ({"lock": {"fields": ["gone"]}}, "locked field"),
        ({"on_agreed": {"level": "nonsense"}}, "cannot be set"),
        ({"on_agreed": {"number": "1"}}, "set by the system"),
        ({"gate": {"all": [{"field": "gone", "op": "eq", "value": 1}]}}, "condition does not work"),
    ],
)
def test_flow_that_cannot_work_is_refused_before_anything_changes(
    scope: Cast, make: Make, part: Json, message: str
) -> None:
    good = step(scope, "only", "manager")
    definition = {"steps": [good], **part}

    with pytest.raises(Invalid, match=message):
        make(*definition.pop("steps"), **definition)

    assert not Flow.objects.filter(version__gt=0).exists()


def test_record_seen_through_another_is_shown_to_its_approver(scope: Cast, make: Make, customer: Record) -> None:
    owner, sam = scope.actor("owner"), "salesperson"
    contact = door.create(owner, spec_for(owner.organization, "contact"), {"name": "Ann", "customer": str(customer.pk)})
    flow = make(step(scope, "only", sam), spec="contact")
    start(scope, flow, contact)

    actor = scope.actor(sam)
    spec = spec_for(actor.organization, "contact")
    assert list(restrict(spec.model.objects.all(), actor, spec)) == [contact]
    assert explain(actor, spec, contact.pk).allowed
    assert any(reason.share is not None and reason.helps for reason in explain(actor, spec, contact.pk).reasons)
    parent = spec_for(actor.organization, "customer")
    assert not restrict(parent.model.objects.all(), actor, parent).exists()
