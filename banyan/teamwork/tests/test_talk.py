"""Comments, mentions, following and the notices that come of them."""

from __future__ import annotations

from typing import Any

import pytest

from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.undo import undo
from banyan.core.web.tests.pages import HX, page_text
from banyan.teamwork.choices import NotificationKind
from banyan.teamwork.models import Comment, Notification, Task
from banyan.teamwork.notices import mark_read, notify, unread_count
from banyan.teamwork.services import comment, follow, mentioned, unfollow
from banyan.teamwork.tests.conftest import Make, Told
from banyan.teamwork.views.talk import save_comment
from tests.cast import Cast, sign_in


@pytest.fixture
def customer(scope: Cast) -> Any:
    return door.create(scope.actor("owner"), spec_for(scope.organization, "customer"), {"name": "Harbor Light"})


@pytest.fixture
def about(customer: Any) -> str:
    return reference_to("customer", customer.pk)


def test_people_are_mentioned_by_name_whatever_its_case_and_the_longest_name_wins(scope: Cast) -> None:
    owner, teammate = scope.users["owner"], scope.users["teammate"]
    teammate.name = "Olga Owner Junior"
    teammate.save()

    assert mentioned("@olga owner please look") == [owner.pk]
    assert mentioned("@Olga Owner Junior and @Olga Owner") == [teammate.pk, owner.pk]
    assert mentioned("mail olga@owner.test, @nobody") == []


def test_person_who_left_is_not_mentioned(scope: Cast) -> None:
    owner = scope.users["owner"]
    owner.is_active = False
    owner.save()

    assert mentioned("@Olga Owner") == []


def test_comment_tells_the_mentioned_and_the_followers_each_once(scope: Cast, about: str, told: Told) -> None:
    follow(scope.actor("owner"), about)
    follow(scope.actor("teammate"), about)

    comment(scope.actor("admin"), about=about, text="@Olga Owner they will sign")

    assert told("owner") == ["Ada Admin mentioned you: @Olga Owner they will sign"]
    assert told("teammate") == ["Ada Admin commented: @Olga Owner they will sign"]
    assert told("admin") == []


def test_comment_is_in_the_timeline_and_can_be_taken_back(scope: Cast, customer: Any, about: str) -> None:
    browser = sign_in(scope, "owner")
    batch = save_comment(scope.actor("owner"), about, "They will sign")
    assert "They will sign" in browser.get(f"/customers/{customer.pk}").text

    undo(scope.actor("owner"), batch)

    assert "They will sign" not in browser.get(f"/customers/{customer.pk}").text


def test_nobody_comments_on_a_record_that_they_may_not_see(scope: Cast, strangers: Cast, customer: Any) -> None:
    other = door.create(scope.actor("admin"), spec_for(scope.organization, "customer"), {"name": "Not Sam's"})

    answers = [
        sign_in(scope, "salesperson").post(f"/customers/{other.pk}/comment", {"text": "x"}),
        sign_in(strangers, "admin").post(f"/customers/{customer.pk}/comment", {"text": "x"}),
    ]

    assert all(answer.status_code >= 400 for answer in answers)
    assert not Comment.objects.exists()


def test_followers_hear_of_changes_until_they_stop_following(
    scope: Cast, customer: Any, about: str, told: Told
) -> None:
    spec = spec_for(scope.organization, "customer")
    follow(scope.actor("teammate"), about)
    follow(scope.actor("teammate"), about)
    door.update(scope.actor("owner"), spec, customer.pk, {"name": "Harbor Lights"})

    unfollow(scope.actor("teammate"), about)
    door.update(scope.actor("owner"), spec, customer.pk, {"name": "Harbor"})

    assert told("teammate") == ["Olga Owner changed “Harbor Lights”."]


def test_follow_button_says_what_a_click_does(scope: Cast, strangers: Cast, customer: Any) -> None:
    browser, url = sign_in(scope, "teammate"), f"/follow/customers/{customer.pk}"

    assert 'aria-pressed="true"' in browser.post(url, {"follow": "true"}, headers=HX).text
    assert 'aria-pressed="false"' in browser.post(url, {"follow": "false"}, headers=HX).text
    assert sign_in(strangers, "admin").post(url, {"follow": "true"}).status_code == 404


def test_assignee_is_told_of_a_task_and_not_of_their_own(scope: Cast, make: Make, told: Told) -> None:
    owner = str(scope.users["owner"].pk)
    make("Call back", assignee=owner)
    make("Own", by="owner")

    assert told("owner") == ["New task for you: Call back"]


def test_many_tasks_at_once_are_one_notice(scope: Cast, told: Told) -> None:
    rows = [{"name": f"Task {number}", "assignee": str(scope.users["owner"].pk)} for number in range(6)]

    door.create_many(scope.actor("admin"), spec_for(scope.organization, "task"), rows)

    assert told("owner") == ["You have 6 new tasks."]


def test_new_owner_is_told_of_the_records(scope: Cast, customer: Any, told: Told) -> None:
    spec = spec_for(scope.organization, "customer")

    door.update(scope.actor("admin"), spec, customer.pk, {"owner": str(scope.users["teammate"].pk)})

    assert told("teammate") == ["1 records are yours now."]


def test_nobody_is_told_in_a_language_they_do_not_read_nor_after_they_left(scope: Cast, told: Told) -> None:
    chinese, gone = scope.users["owner"], scope.users["teammate"]
    chinese.language, gone.is_active = "zh-hans", False
    chinese.save()
    gone.save()

    count = notify([chinese, gone], kind=NotificationKind.TASK, text="New task for you: %(name)s", values={"name": "A"})

    assert count == 1
    assert told("owner") != ["New task for you: A"]
    assert told("owner")[0].endswith("A")


def test_notices_are_counted_shown_and_read(scope: Cast, make: Make) -> None:
    owner = scope.users["owner"]
    tasks = [make(f"Task {number}", assignee=str(owner.pk)) for number in range(3)]
    browser = sign_in(scope, "owner")
    assert unread_count(owner.pk) == 3
    assert "New task for you: Task 1" in browser.get("/notifications", headers=HX).text

    mark_read(owner, [Notification.objects.filter(about=reference_to("task", tasks[0].pk)).get().pk])
    assert unread_count(owner.pk) == 2
    mark_read(owner)
    assert unread_count(owner.pk) == 0


def test_notices_are_for_their_person_alone(scope: Cast, make: Make) -> None:
    make("Only Olga", assignee=str(scope.users["owner"].pk))
    notice = Notification.objects.get()

    mark_read(scope.users["teammate"], [notice.pk])

    assert unread_count(scope.users["owner"].pk) == 1
    assert "Only Olga" not in page_text(sign_in(scope, "teammate").get("/notifications"))


def test_task_of_a_colleague_stands_in_the_timeline_of_its_customer(scope: Cast, make: Make, customer: Any) -> None:
    make("Send samples", customer=str(customer.pk), assignee=str(scope.users["teammate"].pk))

    text = page_text(sign_in(scope, "owner").get(f"/customers/{customer.pk}"))

    assert Task.objects.count() == 1
    assert "gave Tom Teammate a task" in text
    assert "Send samples" in text
