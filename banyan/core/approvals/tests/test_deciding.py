"""Approvals on their way: who decides, in which order, and how they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from banyan.core.access.deputies import Absence, name_deputy
from banyan.core.access.models import Share
from banyan.core.approvals.choices import ActKind, ApprovalState
from banyan.core.approvals.deciding import add_approver, decide, hand_on, return_approval
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.approvals.flows import publish_flow, save_draft
from banyan.core.approvals.models import Act, Approval, Copy
from banyan.core.approvals.queries import COPIES, DECIDED, STARTED, TO_DECIDE, box, course_of, waiting_for
from banyan.core.approvals.services import comment, remind, resubmit, withdraw
from banyan.core.approvals.tests.conftest import Make, people, start, step, turn_of, whose_turn
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, DomainError, Invalid, Missing, NotAllowed, Refused
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.objects.models import Record
from tests.cast import Cast


def say(cast: Cast, approval: Approval, by: str, *, agree: bool = True, **details: Any) -> str:
    """Let somebody decide, and return the state afterwards."""
    details.setdefault("comment", "" if agree else "Too much")
    return decide(cast.actor(by), approval.pk, agree=agree, **details).state


def test_steps_follow_each_other_and_the_end_is_told(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "first", "manager"), step(scope, "second", "admin"), on_agreed={"level": "a"})
    told: list[ApprovalEnded] = []
    subscribe(ApprovalEnded, "tests.ended", told.append)
    try:
        approval = start(scope, flow, customer, reason="A big one")
        assert whose_turn(approval) == {"Mei"}
        assert say(scope, approval, "manager") == ApprovalState.RUNNING
        assert whose_turn(approval) == {"Ada"}
        assert say(scope, approval, "admin", comment="Fine") == ApprovalState.AGREED
    finally:
        unsubscribe(ApprovalEnded, "tests.ended")

    customer.refresh_from_db()
    assert customer.level == "a"
    assert [(event.outcome, event.record_id) for event in told] == [("agreed", customer.pk)]
    assert [act.kind for act in Act.objects.all()] == [ActKind.START, ActKind.AGREE, ActKind.AGREE]
    assert approval.snapshot["level"] == "b"
    assert {name: box(scope.actor("admin"), name).count() for name in (TO_DECIDE, STARTED, DECIDED, COPIES)} == {
        TO_DECIDE: 0, STARTED: 0, DECIDED: 1, COPIES: 0,
    }  # fmt: skip


def test_one_refusal_ends_it_and_needs_a_reason(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "both", "manager", "admin"), on_refused={"level": "c"})
    approval = start(scope, flow, customer)

    with pytest.raises(Invalid, match="needs a comment"):
        say(scope, approval, "manager", agree=False, comment=" ")
    assert say(scope, approval, "manager", agree=False) == ApprovalState.REFUSED

    customer.refresh_from_db()
    assert customer.level == "c"
    with pytest.raises(Conflict, match="ended already"):
        say(scope, approval, "admin")


@pytest.mark.parametrize(
    ("mode", "turns"),
    [
        ("one", [{"Mei", "Ada", "Vera"}]),
        ("turn", [{"Mei"}, {"Ada"}, {"Vera"}]),
        ("ratio", [{"Mei", "Ada", "Vera"}] * 2),
    ],
)
def test_mode_says_who_has_a_turn(scope: Cast, make: Make, customer: Record, mode: str, turns: list[set[str]]) -> None:
    approval = start(scope, make(step(scope, "all", "manager", "admin", "viewer", mode=mode, ratio=60)), customer)

    for number, (turn, name) in enumerate(zip(turns, ("manager", "admin", "viewer"), strict=False), start=1):
        assert whose_turn(approval) == turn - {"Mei"} if number > 1 else turn
        state = say(scope, approval, name)

    assert state == ApprovalState.AGREED


def test_second_click_counts_once_and_a_late_decision_is_told(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "one", "manager", "admin", mode="one")), customer)
    mine, other = turn_of(approval, scope, "manager"), turn_of(approval, scope, "admin")

    assert say(scope, approval, "manager", seat_id=mine) == ApprovalState.AGREED
    assert say(scope, approval, "manager", seat_id=mine) == ApprovalState.AGREED
    with pytest.raises(Conflict):
        say(scope, approval, "manager", agree=False, seat_id=mine)
    with pytest.raises(Conflict):
        say(scope, approval, "admin", seat_id=other)

    assert Act.objects.filter(kind=ActKind.AGREE).count() == 1


def test_branches_and_parallel_steps_follow_the_record(scope: Cast, make: Make, customer: Record) -> None:
    is_a = {"all": [{"field": "level", "op": "eq", "value": "a"}]}
    flow = make(
        step(scope, "big", "admin", taken="if", condition=is_a),
        step(scope, "small", "manager", taken="otherwise"),
        step(scope, "law", "viewer", parallel=True),
    )
    approval = start(scope, flow, customer)

    assert approval.path == ["small", "law"]
    assert whose_turn(approval) == {"Mei", "Vera"}
    assert say(scope, approval, "viewer") == ApprovalState.RUNNING
    assert say(scope, approval, "manager") == ApprovalState.AGREED


def test_superiors_decide_one_after_the_other_and_the_starter_never(scope: Cast, make: Make, customer: Record) -> None:
    chain = {"key": "chain", "approvers": [{"kind": "chain", "level": 3}], "mode": "turn"}
    own = {"key": "own", "approvers": [people(scope, "owner")]}
    approval = start(scope, make(chain, own), customer)

    assert whose_turn(approval) == {"Mei"}
    say(scope, approval, "manager")
    assert whose_turn(approval) == {"Ada"}
    say(scope, approval, "admin")

    assert whose_turn(approval) == {"Mei"}, "the superior decides instead of the starter"
    with pytest.raises(NotAllowed):
        say(scope, approval, "owner")


def test_own_request_is_decided_by_the_starter_only_where_flow_and_step_allow_it(
    scope: Cast, make: Make, customer: Record
) -> None:
    flow = make(step(scope, "own", "owner", when_starter="decides"), own=True)

    assert say(scope, start(scope, flow, customer), "owner") == ApprovalState.AGREED


def test_step_that_nobody_can_decide_is_skipped_or_goes_to_administrators(
    scope: Cast, make: Make, customer: Record
) -> None:
    nobody = {"approvers": [{"kind": "head"}]}
    flow = make({"key": "skipped", "when_empty": "skip", **nobody}, {"key": "administrators", **nobody})
    approval = start(scope, flow, customer)

    assert whose_turn(approval) == {"Ada"}
    assert Act.objects.filter(kind=ActKind.SKIP, step="skipped").exists()


def test_starter_chooses_who_decides(scope: Cast, make: Make, customer: Record) -> None:
    flow = make({"key": "chosen", "names": {"en": "Colleague"}, "approvers": [{"kind": "chosen"}]})

    with pytest.raises(Invalid, match="Choose who decides"):
        start(scope, flow, customer)
    with pytest.raises(Invalid, match="your own request"):
        start(scope, flow, customer, chosen={"chosen": [str(scope.users["owner"].pk)]})
    approval = start(scope, flow, customer, chosen={"chosen": [str(scope.users["viewer"].pk)]})

    assert whose_turn(approval) == {"Vera"}


def test_returned_request_is_changed_and_submitted_again(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "first", "manager"), step(scope, "second", "admin"))
    approval = start(scope, flow, customer)
    say(scope, approval, "manager")

    return_approval(scope.actor("admin"), approval.pk, to="first", comment="Look again")
    assert whose_turn(approval) == {"Mei"}
    return_approval(scope.actor("manager"), approval.pk, comment="Lower it")
    approval.refresh_from_db()
    assert (approval.state, approval.is_locking) == (ApprovalState.RETURNED, False)
    with pytest.raises(NotAllowed):
        resubmit(scope.actor("manager"), approval.pk)

    resubmit(scope.actor("owner"), approval.pk, comment="Done")

    assert whose_turn(approval) == {"Mei"}
    say(scope, approval, "manager")
    assert say(scope, approval, "admin") == ApprovalState.AGREED
    with pytest.raises(Conflict):
        resubmit(scope.actor("owner"), approval.pk)


def test_part_is_handed_on_and_others_are_added_before_and_after(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "manager")), customer)

    with pytest.raises(Invalid):
        hand_on(scope.actor("manager"), approval.pk, scope.users["owner"].pk)
    hand_on(scope.actor("manager"), approval.pk, scope.users["admin"].pk, comment="Yours")
    add_approver(scope.actor("admin"), approval.pk, scope.users["viewer"].pk, before=True)
    assert whose_turn(approval) == {"Vera"}
    say(scope, approval, "viewer")
    assert whose_turn(approval) == {"Ada"}
    add_approver(scope.actor("admin"), approval.pk, scope.users["teammate"].pk, before=False)
    assert say(scope, approval, "admin") == ApprovalState.RUNNING
    assert whose_turn(approval) == {"Tom"}
    assert say(scope, approval, "teammate") == ApprovalState.AGREED
    course = course_of(scope.actor("owner"), approval)
    assert [seat.user.name.split()[0] for seat in course.steps[0].voices[0]] == ["Vera", "Ada", "Tom"]


def test_deputy_decides_for_somebody_who_is_away(scope: Cast, make: Make, customer: Record) -> None:
    day = today(scope.organization.time_zone)
    absence = Absence(day, day + timedelta(days=3))
    name_deputy(scope.actor("manager"), scope.users["manager"].pk, scope.users["viewer"], absence)
    approval = start(scope, make(step(scope, "only", "manager")), customer)

    assert waiting_for(scope.actor("viewer")) == 1
    assert say(scope, approval, "viewer") == ApprovalState.AGREED

    act = Act.objects.get(kind=ActKind.AGREE)
    assert act.by is not None
    assert act.on_behalf_of is not None
    assert (act.by.name, act.on_behalf_of.name) == ("Vera Viewer", "Mei Manager")


def test_starter_withdraws_reminds_and_everybody_involved_comments(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "manager"), withdrawing="undecided"), customer)

    remind(scope.actor("owner"), approval.pk)
    with pytest.raises(Conflict, match="hours between"):
        remind(scope.actor("owner"), approval.pk)
    comment(scope.actor("manager"), approval.pk, "Why so much?")
    with pytest.raises(NotAllowed):
        withdraw(scope.actor("manager"), approval.pk)
    assert withdraw(scope.actor("owner"), approval.pk).state == ApprovalState.WITHDRAWN
    assert waiting_for(scope.actor("manager")) == 0


def test_only_one_request_of_a_flow_is_under_way_for_a_record(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "only", "manager"))
    start(scope, flow, customer)

    with pytest.raises(Conflict, match="under way"):
        start(scope, flow, customer)


def test_flow_says_for_which_records_and_by_whom_it_is_started(scope: Cast, make: Make, customer: Record) -> None:
    is_a = {"all": [{"field": "level", "op": "eq", "value": "a"}]}
    flow = make(step(scope, "only", "manager"), start={"condition": is_a, "starters": "roles", "roles": ["manager"]})

    with pytest.raises(NotAllowed):
        start(scope, flow, customer, by="owner")
    with pytest.raises(Refused, match="does not fit"):
        start(scope, flow, customer, by="manager")


def test_approver_sees_the_record_only_while_they_decide(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "salesperson")), customer)
    assert Share.objects.filter(record_id=customer.pk, grantee_id=scope.users["salesperson"].pk).exists()

    say(scope, approval, "salesperson")

    assert not Share.objects.filter(record_id=customer.pk).exists()


def test_copies_go_to_people_who_only_read(scope: Cast, make: Make, customer: Record) -> None:
    vera, tom = str(scope.users["viewer"].pk), str(scope.users["teammate"].pk)
    approval = start(scope, make(step(scope, "only", "manager", copies=[vera]), copies=[vera, tom]), customer)
    assert box(scope.actor("viewer"), COPIES).count() == 1

    say(scope, approval, "manager")

    assert Copy.objects.count() == 2


def test_signature_is_the_own_name(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "manager", signature=True)), customer)

    with pytest.raises(Invalid, match="write your name"):
        say(scope, approval, "manager", signature="Somebody")
    assert say(scope, approval, "manager", signature="mei  manager") == ApprovalState.AGREED


def test_running_approval_keeps_the_version_it_began_with(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "first", "manager"), step(scope, "second", "admin"))
    approval = start(scope, flow, customer)
    admin = scope.actor("admin")
    save_draft(admin, flow.pk, steps=())
    with pytest.raises(Invalid, match="at least one step"):
        publish_flow(admin, flow.pk)

    say(scope, approval, "manager")

    assert whose_turn(approval) == {"Ada"}


def test_same_person_decides_once_where_the_flow_says_so(scope: Cast, make: Make, customer: Record) -> None:
    flow = make(step(scope, "first", "manager"), step(scope, "second", "manager"), repeated=False)

    assert say(scope, start(scope, flow, customer), "manager") == ApprovalState.AGREED


def test_value_that_cannot_be_set_leaves_the_decision_and_is_told(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "manager"), on_agreed={"level": "a"}), customer)
    definition = {**approval.version.definition, "on_agreed": {"level": "gone"}}
    type(approval.version).objects.update(definition=definition)

    assert say(scope, approval, "manager") == ApprovalState.AGREED
    assert "could not be set" in Act.objects.get(kind=ActKind.COMMENT).comment


def test_strangers_know_nothing_of_it(scope: Cast, make: Make, customer: Record) -> None:
    approval = start(scope, make(step(scope, "only", "manager")), customer)

    with pytest.raises(DomainError):
        say(scope, approval, "salesperson")
    with pytest.raises(Missing):
        decide(scope.actor("manager"), scope.users["viewer"].pk, agree=True)
