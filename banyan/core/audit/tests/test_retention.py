"""The log is kept for a chosen time, six months at the least, and what stays can still be verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from banyan.cli.checks import check_audit_log
from banyan.core.access.scopes import Ability
from banyan.core.audit import sealing
from banyan.core.audit.bounds import id_at
from banyan.core.audit.models import Entry, Segment
from banyan.core.audit.notes import note
from banyan.core.audit.policy import KEY, Policy, change_policy
from banyan.core.audit.retention import prune
from banyan.core.audit.sealing import seal
from banyan.core.audit.verification import verify
from banyan.core.identity.models import Role
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.kernel.ids import new_id
from banyan.core.records.models import Change
from tests.cast import Cast

SOON = timedelta(seconds=1)


def write_ago(cast: Cast, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let an entry stand in the log that was written and sealed so many days ago."""
    at = now() - timedelta(days=days)
    row_id = type(new_id())(int=id_at(at).int + days)
    Entry.objects.create(id=row_id, organization_id=cast.organization.pk, at=at, kind=f"test.{days}")
    monkeypatch.setattr(sealing, "now", lambda: at + SOON)
    seal(cast.organization.pk, horizon=at + SOON)
    monkeypatch.undo()


@pytest.fixture
def aged(scope: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    for days in (1_500, 1_200, 400, 10):
        write_ago(scope, monkeypatch, days)
    return scope


def test_old_entries_go_and_the_rest_verifies(aged: Cast) -> None:
    gone = prune(aged.organization)
    seal(aged.organization.pk, horizon=now() + SOON)

    assert gone == 2
    assert [entry.kind for entry in Entry.objects.order_by("id")] == ["test.400", "test.10", "audit.pruned"]
    assert Segment.objects.order_by("number").first().number == 3
    assert verify(aged.organization.pk).finding is None


def test_nothing_goes_twice(aged: Cast) -> None:
    prune(aged.organization)

    assert prune(aged.organization) == 0
    assert Entry.objects.filter(kind="audit.pruned").count() == 1


@pytest.mark.parametrize("months", [0, 5, -1, 100_000])
def test_time_out_of_bounds_is_refused(scope: Cast, months: int) -> None:
    with pytest.raises(Invalid):
        change_policy(scope.actor("admin"), audit_months=months)


def test_time_is_six_months_although_the_row_says_less(aged: Cast) -> None:
    aged.organization.settings = {KEY: {"audit_months": 0}}

    assert Policy.of(aged.organization).audit_months == 6
    assert prune(aged.organization) == 3


def test_administrator_of_people_cannot_choose_the_time(scope: Cast) -> None:
    Role.objects.filter(key="manager").update(abilities=[Ability.MANAGE_PEOPLE, Ability.MANAGE_ORGANIZATION])

    with pytest.raises(NotAllowed):
        change_policy(scope.actor("manager"), audit_months=12)


def test_chosen_time_stands_in_the_change_log(scope: Cast) -> None:
    change_policy(scope.actor("admin"), audit_months=12)

    assert Change.objects.get(object_name="organization", action="update").values == {"audit_months": [36, 12]}


def test_doctor_names_what_is_wrong(scope: Cast) -> None:
    note(scope.actor("admin"), "test.done")
    seal(scope.organization.pk, horizon=now() + SOON)
    assert check_audit_log().state == "ok"
    change: Any = Change.objects.order_by("id")[2]
    change.delete()

    with translation.override("en"):
        result = check_audit_log()

    assert result.state == "problem"
    assert "missing" in str(result.message)
    assert "Banyan Test Company" in str(result.message)
