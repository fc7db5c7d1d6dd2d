"""Tasks as people and programs use them: done, repeated, in parts, one after the other, together."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.query import list_rows
from banyan.core.listing.views import find_view, request_of
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.records.recycle import delete, restore
from banyan.core.records.undo import undo
from banyan.core.web.tests.pages import DIALOG, HX, news, page_text, toast
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.jobs import remind
from banyan.teamwork.models import Task
from banyan.teamwork.preparation import WAITS
from banyan.teamwork.services import add_to_checklist, complete_task, reopen_task, share_task, tick
from banyan.teamwork.tests.conftest import Make, Told
from tests.cast import Cast, api_client, sign_in


def fresh(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def update(scope: Cast, task: Task, **values: object) -> None:
    door.update(scope.actor("admin"), spec_for(scope.organization, "task"), task.pk, values)


def test_completed_task_knows_when_and_opens_again(scope: Cast, make: Make) -> None:
    task = make()

    complete_task(scope.actor("admin"), task.pk)
    assert fresh(task).status == TaskStatus.DONE
    assert fresh(task).done_at is not None

    reopen_task(scope.actor("admin"), task.pk)
    assert (fresh(task).status, fresh(task).done_at) == (TaskStatus.OPEN, None)


def test_repeated_task_comes_again_with_an_unticked_checklist(scope: Cast, make: Make) -> None:
    due = today("Asia/Shanghai")
    task = make(due_on=due.isoformat(), repeat="weekly", checklist=[{"text": "a", "done": True}], tags=["x"])

    again = complete_task(scope.actor("admin"), task.pk).again

    assert again is not None
    assert (again.name, again.due_on, again.status) == ("Call", due + timedelta(weeks=1), TaskStatus.OPEN)
    assert (again.checklist, again.tags, again.repeat) == ([{"text": "a", "done": False}], ["x"], "weekly")


def test_second_click_makes_no_second_copy(scope: Cast, make: Make) -> None:
    task = make(repeat="daily")

    complete_task(scope.actor("admin"), task.pk)
    assert complete_task(scope.actor("admin"), task.pk).again is None

    assert Task.objects.count() == 2


def test_completing_is_taken_back_together_with_the_task_that_came_again(scope: Cast, make: Make) -> None:
    task = make(repeat="daily")
    context = WriteContext.for_actor(scope.actor("admin"))
    complete_task(scope.actor("admin"), task.pk, context=context)

    undo(scope.actor("admin"), context.batch_id)

    assert fresh(task).status == TaskStatus.OPEN
    assert Task.objects.filter(deleted_at__isnull=True).count() == 1


def test_checklist_is_ticked_and_grows(scope: Cast, make: Make) -> None:
    task, admin = make(checklist="one\n[x] two"), scope.actor("admin")

    tick(admin, task.pk, position=0, done=True)
    tick(admin, task.pk, position=7, done=True)
    add_to_checklist(admin, task.pk, " three ")
    add_to_checklist(admin, task.pk, "  ")

    assert fresh(task).checklist == [
        {"text": "one", "done": True},
        {"text": "two", "done": True},
        {"text": "three", "done": False},
    ]


def test_reminder_is_given_once_and_again_when_it_moves(scope: Cast, make: Make, told: Told) -> None:
    task = make("Send offer", by="owner", remind_at=(now() - timedelta(minutes=1)).isoformat())
    make("Later", by="owner", remind_at=(now() + timedelta(hours=1)).isoformat())
    done = make("Done", by="owner", remind_at=(now() - timedelta(minutes=1)).isoformat())
    complete_task(scope.actor("owner"), done.pk)

    remind.func(0)
    remind.func(0)
    assert told("owner") == ["Reminder: Send offer"]

    update(scope, task, remind_at=(now() - timedelta(seconds=1)).isoformat())
    remind.func(0)
    assert told("owner").count("Reminder: Send offer") == 2


def test_reminders_reach_the_people_of_each_organization(scope: Cast, strangers: Cast, make: Make, told: Told) -> None:
    make("Ours", remind_at=(now() - timedelta(minutes=1)).isoformat())

    remind.func(0)

    assert told("admin") == ["Reminder: Ours"]


def test_parts_of_a_task_are_counted_and_take_over_what_it_is_about(scope: Cast, make: Make) -> None:
    customer = door.create(scope.actor("admin"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    whole = make("Move office", customer=str(customer.pk))
    done, _open = make("Pack", parent=whole), make("Carry", parent=whole)
    cancelled = make("Burn", parent=whole)
    complete_task(scope.actor("admin"), done.pk)
    update(scope, cancelled, status="cancelled")

    browser = sign_in(scope, "admin")
    listed = page_text(browser.get(f"/tasks/{whole.pk}/children/task/parent"))

    assert "1 of 2 sub-tasks done" in page_text(browser.get(f"/tasks/{whole.pk}"))
    assert all(word in listed for word in ("Sub-tasks", "Pack", "Carry", "Burn"))
    assert fresh(done).customer_id == customer.pk


def test_parts_come_again_with_the_whole_as_far_apart_as_they_were(scope: Cast, make: Make) -> None:
    whole = make("Close the month", due_on="2099-01-31", repeat="monthly")
    make("Collect bills", parent=whole, due_on="2099-01-29")

    again = complete_task(scope.actor("admin"), whole.pk).again

    [part] = Task.objects.filter(parent=again)
    assert (part.name, part.due_on, part.status) == ("Collect bills", date(2099, 2, 26), TaskStatus.OPEN)


def test_parts_go_into_the_bin_with_the_whole_and_come_back(scope: Cast, make: Make) -> None:
    whole = make("Whole")
    part = make("Part", parent=whole)
    spec = spec_for(scope.organization, "task")

    delete(scope.actor("admin"), spec, [whole.pk])
    assert fresh(part).deleted_at is not None

    restore(scope.actor("admin"), spec, [whole.pk])
    assert fresh(part).deleted_at is None


@pytest.mark.parametrize("link", ["parent", "waits_for"])
def test_tasks_in_a_circle_are_refused(scope: Cast, make: Make, link: str) -> None:
    first = make("First")
    second = make("Second", **{link: first})
    third = make("Third", **{link: second})

    for target in (first, third):
        with pytest.raises(Invalid) as caught:
            update(scope, first, **{link: str(target.pk)})
        assert [(error.field, error.code) for error in caught.value.errors] == [(link, "circle")]


def test_task_that_waits_is_not_completed_before_the_other_unless_confirmed(scope: Cast, make: Make) -> None:
    before, admin = make("Sign contract"), scope.actor("admin")
    after = make("Deliver", waits_for=before)

    for attempt in (lambda: complete_task(admin, after.pk), lambda: update(scope, after, status="done")):
        with pytest.raises(Invalid) as caught:
            attempt()
        assert [error.code for error in caught.value.errors] == [WAITS]
        assert "Sign contract" in str(caught.value.errors[0].message)

    complete_task(admin, after.pk, context=WriteContext.for_actor(admin, confirmed=frozenset({WAITS})))
    assert fresh(after).status == TaskStatus.DONE


def test_task_that_waits_is_completed_after_the_other_and_its_people_are_told(
    scope: Cast, make: Make, told: Told
) -> None:
    before = make("Sign contract")
    after = make("Deliver", waits_for=before, assignee=str(scope.users["owner"].pk))

    complete_task(scope.actor("admin"), before.pk)
    complete_task(scope.actor("owner"), after.pk)

    assert told("owner") == ["New task for you: Deliver", "“Deliver” can begin: “Sign contract” is done."]


def test_task_that_waits_for_a_deleted_one_is_completed(scope: Cast, make: Make) -> None:
    before = make("Gone")
    after = make("Deliver", waits_for=before)
    delete(scope.actor("admin"), spec_for(scope.organization, "task"), [before.pk])

    complete_task(scope.actor("admin"), after.pk)

    assert fresh(after).status == TaskStatus.DONE


def test_page_asks_before_a_waiting_task_is_completed(scope: Cast, make: Make) -> None:
    before = make("Sign contract")
    after = make("Deliver", waits_for=before)
    browser = sign_in(scope, "admin")
    assert "Waits for Sign contract" in page_text(browser.get(f"/tasks/{after.pk}"))

    asked = browser.post(f"/tasks/{after.pk}/complete", headers=HX)
    assert asked["HX-Retarget"] == "#dialog-body"
    assert "which is still open" in asked.text
    assert fresh(after).status == TaskStatus.OPEN

    done = browser.post(f"/tasks/{after.pk}/complete", {"confirmed": "true"}, headers=DIALOG)
    assert fresh(after).status == TaskStatus.DONE
    assert "close-dialog" in news(done)


def test_program_confirms_by_a_parameter(scope: Cast, make: Make) -> None:
    before = make("Sign contract")
    after = make("Deliver", waits_for=before)
    client = api_client(scope, "admin")

    refused = client.post(f"/api/v1/tasks/{after.pk}/complete", content_type="application/json")
    assert refused.status_code == 422
    assert [error["code"] for error in refused.json()["errors"]] == [WAITS]
    confirmed = client.post(f"/api/v1/tasks/{after.pk}/complete?confirmed=true", content_type="application/json")
    assert confirmed.json()["status"] == "done"


def test_undo_may_complete_what_was_confirmed_before(scope: Cast, make: Make) -> None:
    before, admin = make("Sign contract"), scope.actor("admin")
    after = make("Deliver", waits_for=before)
    complete_task(admin, after.pk, context=WriteContext.for_actor(admin, confirmed=frozenset({WAITS})))
    context = WriteContext.for_actor(admin)
    reopen_task(admin, after.pk, context=context)

    undo(admin, context.batch_id)

    assert fresh(after).status == TaskStatus.DONE


def mine(scope: Cast, name: str) -> list[str]:
    spec, actor = spec_for(scope.organization, "task"), scope.actor(name)
    request = request_of(actor, spec, find_view(actor, spec, "mine"))
    return [row["name"] for row in list_rows(actor, spec, request).rows]


def test_helpers_see_the_task_among_their_own_and_may_complete_it(scope: Cast, make: Make, told: Told) -> None:
    helper = str(scope.users["salesperson"].pk)
    task = make("Prepare fair", helpers=[helper])

    assert told("salesperson") == ["A task was shared with you: Prepare fair"]
    assert mine(scope, "salesperson") == ["Prepare fair"]
    assert mine(scope, "owner") == []
    complete_task(scope.actor("salesperson"), task.pk)
    assert fresh(task).status == TaskStatus.DONE


def test_former_helper_sees_the_task_no_longer(scope: Cast, make: Make) -> None:
    task = make("Prepare fair", helpers=[str(scope.users["salesperson"].pk)])

    update(scope, task, helpers=[])

    assert sign_in(scope, "salesperson").get(f"/tasks/{task.pk}").status_code == 404


def test_shared_task_is_seen_by_those_named_and_by_nobody_else(scope: Cast, make: Make, told: Told) -> None:
    task = make("Secret plan")
    assert sign_in(scope, "salesperson").get(f"/tasks/{task.pk}").status_code == 404

    share_task(scope.actor("admin"), task.pk, [scope.users["salesperson"].pk])
    assert sign_in(scope, "salesperson").get(f"/tasks/{task.pk}").status_code == 200
    assert told("salesperson") == ["A task was shared with you: Secret plan"]

    share_task(scope.actor("admin"), task.pk, [])
    assert sign_in(scope, "salesperson").get(f"/tasks/{task.pk}").status_code == 404


def test_sharing_page_asks_for_people_and_tells_them_once(scope: Cast, make: Make, told: Told) -> None:
    task, browser = make("Plan"), sign_in(scope, "admin")
    person = str(scope.users["owner"].pk)

    assert "Share: Plan" in browser.get(f"/tasks/{task.pk}/share", headers=DIALOG).text
    answer = browser.post(f"/tasks/{task.pk}/share", {"shared_with": [person]}, headers=DIALOG)
    browser.post(f"/tasks/{task.pk}/share", {"shared_with": [person]}, headers=DIALOG)

    assert toast(answer) == "Shared. Everybody named has been told."
    assert told("owner") == ["A task was shared with you: Plan"]
    assert browser.post(f"/tasks/{task.pk}/share", {"shared_with": ["nobody"]}, headers=DIALOG).status_code == 422


def test_task_is_written_down_in_a_line_about_a_record(scope: Cast) -> None:
    customer = door.create(scope.actor("owner"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})
    browser = sign_in(scope, "owner")

    browser.post("/tasks/quick", {"name": "Send samples", "about": f"customer:{customer.pk}"}, headers=DIALOG)

    task = Task.objects.get()
    assert (task.name, task.customer_id, task.assignee_id) == ("Send samples", customer.pk, scope.users["owner"].pk)
    assert browser.post("/tasks/quick", {"name": ""}, headers=DIALOG).status_code == 422


def test_only_those_who_see_a_task_may_complete_it(scope: Cast, strangers: Cast, make: Make) -> None:
    task = make("Secret plan")

    assert sign_in(scope, "salesperson").post(f"/tasks/{task.pk}/complete").status_code == 404
    assert sign_in(strangers, "admin").post(f"/tasks/{task.pk}/complete").status_code == 404
    assert sign_in(scope, "viewer").post(f"/tasks/{task.pk}/complete").status_code in {403, 404}
    assert fresh(task).status == TaskStatus.OPEN
