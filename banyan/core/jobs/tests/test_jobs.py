"""Jobs: queued with the change that caused them, run as who asked, within their organization."""

from __future__ import annotations

import uuid
from typing import Any

import procrastinate
import pytest
from django.db import connection, transaction
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from banyan.core.access.actor import Actor, Channel
from banyan.core.identity.models import User
from banyan.core.jobs.registration import actor_of, defer, job, periodic
from banyan.core.jobs.status import counts_of, jobs_of, retry_job, waiting_seconds
from banyan.core.tenancy.scope import current_organization_id, organization_scope
from tests.cast import Cast

seen: list[dict[str, Any]] = []


@job("tests.look", label="Looks", attempts=3)
def look(actor: Actor, *, word: str) -> None:
    seen.append(
        {
            "word": word,
            "who": actor.user_id,
            "channel": actor.channel,
            "organization": current_organization_id(),
            "emails": set(User.objects.values_list("email", flat=True)),
            "language": translation.get_language(),
            "zone": timezone.get_current_timezone_name(),
            "atomic": connection.in_atomic_block,
        }
    )


@job("tests.break_down", label="Breaks down", attempts=1)
def break_down(actor: Actor) -> None:
    User.objects.update(title="Half done")
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def forgotten() -> None:
    seen.clear()


def run(cast: Cast, task: procrastinate.tasks.Task, name: str | None = "owner", **values: Any) -> None:
    user_id = str(cast.users[name].pk) if name else None
    task(organization_id=str(cast.organization.pk), user_id=user_id, **values)


def test_job_runs_as_the_person_within_the_organization(cast: Cast, strangers: Cast) -> None:
    with organization_scope(cast.organization.pk):
        User.objects.filter(pk=cast.users["owner"].pk).update(language="zh-hans", time_zone="Asia/Tokyo")

    run(cast, look, word="hello")

    (found,) = seen
    assert (found["word"], found["who"], found["channel"]) == ("hello", cast.users["owner"].pk, Channel.JOB)
    assert found["organization"] == cast.organization.pk
    assert {email.partition("@")[2] for email in found["emails"]} == {"cast.test"}
    assert (found["language"], found["zone"], found["atomic"]) == ("zh-hans", "Asia/Tokyo", True)
    assert current_organization_id() is None


def test_job_that_nobody_asked_for_runs_as_the_system(cast: Cast) -> None:
    run(cast, look, None, word="hello")

    assert seen[0]["who"] is None
    assert seen[0]["organization"] == cast.organization.pk


def test_job_that_fails_writes_nothing(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError):
        run(cast, break_down)

    with organization_scope(cast.organization.pk):
        assert not User.objects.filter(title="Half done").exists()


def test_job_of_somebody_who_has_left_does_not_run(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        User.objects.filter(pk=cast.users["owner"].pk).update(is_active=False)

    with pytest.raises(LookupError):
        run(cast, look, word="hello")
    assert seen == []


def test_job_cannot_borrow_a_person_of_another_organization(cast: Cast, strangers: Cast) -> None:
    with pytest.raises(LookupError):
        actor_of(cast.organization.pk, strangers.users["admin"].pk)


def test_job_is_there_exactly_when_its_transaction_was_committed(scope: Cast) -> None:
    @transaction.atomic
    def change_and_fail() -> None:
        defer(look, scope.actor("owner"), word="lost")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    kept = defer(look, scope.actor("owner"), word="kept")

    assert [row.id for row in jobs_of(scope.organization.pk)] == [kept]


def test_jobs_of_others_are_not_shown_and_not_repeated(scope: Cast, strangers: Cast) -> None:
    job_id = defer(look, scope.actor("owner"), word="ours")
    set_state(job_id, "failed")

    assert jobs_of(strangers.organization.pk) == []
    assert counts_of(strangers.organization.pk) == {}
    assert not retry_job(strangers.organization.pk, job_id)
    assert state_of(job_id) == "failed"


def set_state(job_id: int, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s", [state, job_id]
        )


def state_of(job_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job_id])
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(("state", "repeated"), [("failed", True), ("succeeded", False), ("todo", False)])
def test_only_a_failed_job_is_queued_again(scope: Cast, state: str, *, repeated: bool) -> None:
    job_id = defer(look, scope.actor("owner"), word="x")
    set_state(job_id, state)

    assert retry_job(scope.organization.pk, job_id) is repeated
    assert state_of(job_id) == ("todo" if repeated else state)


def test_counts_and_states_tell_what_there_is(scope: Cast) -> None:
    ids = [defer(look, scope.actor("owner"), word="x") for _ in range(3)]
    set_state(ids[0], "failed")

    assert counts_of(scope.organization.pk) == {"failed": 1, "todo": 2}
    assert [row.id for row in jobs_of(scope.organization.pk, state="todo")] == [ids[2], ids[1]]
    assert waiting_seconds() >= 0


def test_failing_job_is_tried_again_with_longer_waits_and_then_given_up() -> None:
    decisions = [look.retry_strategy.get_retry_decision(exception=ValueError(), job=attempted(n)) for n in range(4)]

    instants = [decision.retry_at for decision in decisions if decision is not None]
    assert decisions[3] is None
    assert len(instants) == 3
    assert instants == sorted(instants)


def attempted(times: int) -> Any:
    return procrastinate.jobs.Job(
        id=1, queue="default", lock=None, queueing_lock=None, task_name="tests.look", attempts=times
    )


def test_periodic_work_is_done_for_every_organization_although_one_fails(cast: Cast, strangers: Cast) -> None:
    done: list[uuid.UUID] = []

    def tidy(actor: Actor) -> None:
        if actor.organization_id == cast.organization.pk:
            User.objects.update(title="Half done")
            raise ZeroDivisionError
        done.append(actor.organization_id)
        User.objects.update(title="Tidied")

    task = periodic("0 0 1 1 *", name=f"tests.tidy_{uuid.uuid4().hex}")(tidy)
    try:
        with pytest.raises(RuntimeError, match="1 organizations"):
            task(timestamp=0)
    finally:
        app.periodic_registry.periodic_tasks.pop((task.name, task.name), None)

    assert strangers.organization.pk in done
    with organization_scope(strangers.organization.pk):
        assert set(User.objects.values_list("title", flat=True)) == {"Tidied"}
    with organization_scope(cast.organization.pk):
        assert not User.objects.filter(title="Half done").exists()
