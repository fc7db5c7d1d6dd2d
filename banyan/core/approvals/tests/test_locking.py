"""What approvals do to records: locks, gates, starting by themselves, lapsing, limits, documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from banyan.core.access.decisions import restrict
from banyan.core.access.explaining import explain
from banyan.core.access.models import ReportingLine
from banyan.core.approvals.choices import ActKind, ApprovalState
from banyan.core.approvals.deciding import decide, return_approval
from banyan.core.approvals.definitions import Json
from banyan.core.approvals.documents import from_document
from banyan.core.approvals.flows import delete_flow, switch_flow
from banyan.core.approvals.limits import watch_limits
from banyan.core.approvals.models import Act, Approval, Flow, StepRun
from banyan.core.approvals.services import release
from banyan.core.approvals.tests.conftest import Make, customers, start, step, whose_turn
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Invalid, Refused
from banyan.core.objects.configuration_parts import KEY, Change, configuration_parts
from banyan.core.objects.custom_objects import ObjectDraft, create_custom_object
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.records.erasing import overwrite
from banyan.core.records.merging import merge
from banyan.core.records.undo import undo
from banyan.core.tenancy.models import Organization
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


def test_record_that_is_being_approved_is_not_merged_away(scope: Cast, make: Make, customer: Record) -> None:
    admin = scope.actor("admin")
    other = door.create(admin, customers(admin), {"name": "Harbor Lights"})
    approval = start(scope, make(step(scope, "only", "manager")), customer)

    with pytest.raises(Conflict, match="being approved"):
        merge(admin, customers(admin), other.pk, [customer.pk])
    return_approval(scope.actor("manager"), approval.pk, comment="Same company twice")
    merge(admin, customers(admin), other.pk, [customer.pk])

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
    mine: Json = {"field": "owner", "op": "eq", "value": str(scope.users["owner"].pk)}
    vera = str(scope.users["viewer"].pk)
    make(step(scope, "only", "manager", copies=[vera]), gate=mine, on_agreed={"owner": vera})
    admin, part = scope.actor("admin"), configuration_parts["approval_flows"]
    (document,) = part.read(scope.organization)
    assert not [pk for pk in (user.pk for user in scope.users.values()) if str(pk) in repr(document)]
    assert list(part.problems(document)) == []
    Flow.objects.all().delete()
    entry = part.completed(part.shortened(part.completed(document)))

    part.apply(admin, Change(document[KEY], None, entry))

    assert part.read(scope.organization) == [document]
    with pytest.raises(Invalid, match="at least one step"):
        part.apply(admin, Change(document[KEY], entry, {**entry, "steps": []}))
    with pytest.raises(Invalid, match="belongs to another object"):
        from_document(admin, [{**document, "object": "contact", "gate": {}}])
    part.apply(admin, Change(document[KEY], entry, None))
    assert not Flow.objects.exists()


def test_heads_of_departments_are_carried_by_names(scope: Cast) -> None:
    admin, part = scope.actor("admin"), configuration_parts["department_heads"]
    key = "Sales / Sales South"
    entry = {KEY: key, "head": "manager@cast.test"}

    part.apply(admin, Change(key, None, entry))

    assert part.read(scope.organization) == [entry]
    part.apply(admin, Change(key, entry, None))
    assert part.read(scope.organization) == []


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


def test_lines_of_a_record_are_decided_about_and_locked_with_it(scope: Cast, make: Make, customer: Record) -> None:
    owner = scope.actor("owner")
    order, line = (spec_for(owner.organization, name) for name in ("order", "order_line"))
    made = door.create(owner, order, {"customer": str(customer.pk)})
    row = door.create(owner, line, {"order": str(made.pk), "name": "Desk", "quantity": 2, "unit_price": "100"})
    approval = start(scope, make(step(scope, "only", "manager"), spec="order"), made)
    order, line = (spec_for(owner.organization, name) for name in ("order", "order_line"))

    assert [(kept["name"], kept["quantity"]) for kept in approval.lines["order_line"]] == [("Desk", "2")]
    with pytest.raises(Invalid, match="being approved"):
        door.update(owner, line, row.pk, {"quantity": 3})
    with pytest.raises(Invalid, match="being approved"):
        door.create(owner, line, {"order": str(made.pk), "name": "Chair", "unit_price": "10"})
    with pytest.raises(Conflict, match="being approved"):
        recycle.delete(owner, line, [row.pk])
    decide(scope.actor("manager"), approval.pk, agree=True)

    assert door.update(owner, line, row.pk, {"quantity": 3}).version == 2


def test_own_objects_have_flows_as_built_in_ones(scope: Cast, make: Make, customer: Record) -> None:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="standard")
    admin = scope.actor("admin")
    create_custom_object(admin, ObjectDraft(labels={"en": "Project"}, labels_plural={"en": "Projects"}))
    project = door.create(admin, spec_for(admin.organization, "project"), {"name": "Bridge"})
    flow = make(step(scope, "only", "manager"), spec="project")

    approval = start(scope, flow, project, by="admin")

    with pytest.raises(Invalid, match="being approved"):
        door.update(admin, spec_for(admin.organization, "project"), project.pk, {"name": "Tower"})
    assert decide(scope.actor("manager"), approval.pk, agree=True).state == ApprovalState.AGREED
