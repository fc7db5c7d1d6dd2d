"""Tasks, comments and who is told: through the services that pages and programs use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Missing, NotAllowed, Stale
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.records.undo import undo
from banyan.teamwork import jobs, services
from banyan.teamwork.models import Notification, Task
from banyan.teamwork.notices import mark_read, unread_count
from tests.cast import Cast


@pytest.fixture
def owner(scope: Cast) -> Actor:
    return scope.actor("owner")


def make(actor: Actor, name: str = "Call back", **values: Any) -> Any:
    return door.create(actor, spec_for(actor.organization, "task"), {"name": name, **values})


def told(scope: Cast, name: str) -> list[str]:
    return [row.text for row in Notification.objects.filter(user=scope.users[name]).order_by("created_at")]


def test_repeated_task_comes_again_once_and_both_are_undone_together(owner: Actor) -> None:
    day = today(owner.time_zone)
    task = make(owner, repeat="weekly", due_on=day.isoformat(), tags=["vip"], checklist=[{"text": "Ask", "done": True}])

    done = services.complete_task(owner, task.pk)
    again = services.complete_task(owner, task.pk)

    assert again.again is None
    assert done.again is not None
    assert (done.again.due_on, done.again.status, done.again.tags) == (day + timedelta(weeks=1), "open", ["vip"])
    assert done.again.checklist == [{"text": "Ask", "done": False}]
    assert Task.objects.filter(deleted_at=None).count() == 2

    undo(owner, Change.objects.get(record_id=done.again.pk, action="create").batch_id)
    assert list(Task.objects.filter(deleted_at=None).values_list("pk", "status")) == [(task.pk, "open")]


def test_task_is_done_with_its_instant_and_opened_again_without(owner: Actor) -> None:
    task = make(owner)
    services.complete_task(owner, task.pk)
    assert Task.objects.get().done_at is not None

    services.reopen_task(owner, task.pk)

    found = Task.objects.get()
    assert (found.status, found.done_at) == ("open", None)


def test_task_is_not_completed_over_a_change_that_was_not_seen(owner: Actor) -> None:
    task = make(owner, repeat="daily")
    door.update(owner, spec_for(owner.organization, "task"), task.pk, {"name": "Call tomorrow"})

    with pytest.raises(Stale):
        services.complete_task(owner, task.pk, version=1)
    assert Task.objects.get().status == "open"


def test_checklist_is_ticked_item_by_item(owner: Actor) -> None:
    task = make(owner, checklist=["One", "Two"])
    services.tick(owner, task.pk, position=1, done=True)
    services.tick(owner, task.pk, position=9, done=True)
    services.add_to_checklist(owner, task.pk, " Three ")
    services.add_to_checklist(owner, task.pk, "  ")

    assert Task.objects.get().checklist == [
        {"text": "One", "done": False},
        {"text": "Two", "done": True},
        {"text": "Three", "done": False},
    ]


def test_reader_and_salesperson_cannot_touch_a_task(scope: Cast, owner: Actor) -> None:
    task = make(owner)

    with pytest.raises(NotAllowed):
        services.complete_task(scope.actor("viewer"), task.pk)
    with pytest.raises(Missing):
        services.tick(scope.actor("salesperson"), task.pk, position=0, done=True)
    assert Task.objects.get().version == 1


def test_shared_task_is_seen_and_told_to_those_who_are_new(scope: Cast, owner: Actor) -> None:
    task = make(owner)
    salesperson = scope.users["salesperson"].pk
    assert list(services.visible_tasks(scope.actor("salesperson"))) == []

    for _twice in range(2):
        services.share_task(owner, task.pk, [salesperson])
    assert list(services.visible_tasks(scope.actor("salesperson"))) == [task]
    assert len(told(scope, "salesperson")) == 1

    services.share_task(owner, task.pk, [])
    assert list(services.visible_tasks(scope.actor("salesperson"))) == []


def test_assignee_is_told_of_a_task_and_of_many_only_once(scope: Cast, owner: Actor) -> None:
    spec = spec_for(owner.organization, "task")
    make(owner, "Mine", assignee=str(scope.users["owner"].pk))
    make(owner, "Yours", assignee=str(scope.users["teammate"].pk))
    rows = [{"name": f"Task {n}", "assignee": str(scope.users["manager"].pk)} for n in range(7)]
    door.create_many(owner, spec, rows)

    assert told(scope, "owner") == []
    assert len(told(scope, "teammate")) == 1
    assert "Yours" in told(scope, "teammate")[0]
    assert len(told(scope, "manager")) == 1
    assert "7" in told(scope, "manager")[0]


def test_mentioned_people_and_followers_are_told_of_a_comment(scope: Cast, owner: Actor) -> None:
    customer = door.create(owner, spec_for(owner.organization, "customer"), {"name": "Harbor Light"})
    about = reference_to("customer", customer.pk)
    services.follow(scope.actor("manager"), about)

    services.comment(owner, about=about, text="@tom teammate, please look. @Olga Owner @nobody")

    assert [len(told(scope, name)) for name in ("teammate", "manager", "owner", "viewer")] == [1, 1, 0, 0]
    assert "please look" in told(scope, "teammate")[0]
    services.unfollow(scope.actor("manager"), about)
    services.comment(owner, about=about, text="Again")
    assert len(told(scope, "manager")) == 1


def test_longest_name_that_fits_is_mentioned(scope: Cast) -> None:
    scope.users["viewer"].name = "Tom"
    scope.users["viewer"].save(update_fields=["name"])

    assert services.mentioned("@Tom Teammate") == [scope.users["teammate"].pk]
    assert services.mentioned("@Tom and @Tom") == [scope.users["viewer"].pk]
    assert services.mentioned("tom@teammate.test") == []


def test_notice_of_a_person_is_read_by_that_person_alone(scope: Cast, owner: Actor) -> None:
    make(owner, assignee=str(scope.users["teammate"].pk))
    teammate = scope.users["teammate"]
    assert unread_count(teammate.pk) == 1

    assert mark_read(scope.users["manager"], [row.pk for row in Notification.objects.all()]) == 0
    assert unread_count(teammate.pk) == 1
    assert mark_read(teammate) == 1
    assert unread_count(teammate.pk) == 0


def test_reminder_is_given_once_and_again_when_it_is_moved(scope: Cast, owner: Actor) -> None:
    assignee = str(scope.users["teammate"].pk)
    task = make(owner, remind_at=(now() - timedelta(minutes=1)).isoformat(), assignee=assignee)
    make(owner, "Later", remind_at=(now() + timedelta(days=1)).isoformat(), assignee=assignee)
    before = len(told(scope, "teammate"))

    for _twice in range(2):
        jobs.remind(timestamp=0)
    assert len(told(scope, "teammate")) == before + 1

    moved = {"remind_at": (now() - timedelta(seconds=1)).isoformat()}
    door.update(owner, spec_for(owner.organization, "task"), task.pk, moved)
    jobs.remind(timestamp=0)
    assert len(told(scope, "teammate")) == before + 2
