"""The organization's rules for signing in, as administrators set them and people meet them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banyan.core.identity.events import SecurityEvent, SecurityKind
from banyan.core.identity.models import Account, Session, SignInAttempts
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.policy.rules import SignInRules
from banyan.core.identity.sessions import stored_key
from banyan.core.kernel.clock import now
from tests.cast import PASSWORD, Cast, sign_in

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
OTHER_PASSWORD = "seventeen quiet herons"


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin", **ENGLISH)


def set_rules(ada: Client, **rules: int):
    return ada.post("/settings/security", {**asdict(SignInRules()), **rules})


def enter(cast: Cast, name: str = "owner", password: str = PASSWORD) -> tuple[Client, object]:
    client = Client(headers=ENGLISH)
    return client, client.post("/sign-in", {"email": cast.users[name].email, "password": password})


def test_rules_are_kept_logged_and_shown(cast: Cast, ada: Client, told: list[SecurityEvent]) -> None:
    response = set_rules(ada, min_length=14, lock_failures=5)

    assert response.status_code == 303
    kept = policy_of(cast.organization.pk).rules
    assert (kept.min_length, kept.lock_failures, kept.history) == (14, 5, 0)
    assert 'value="14"' in ada.get("/settings/security").text
    [event] = told
    assert event.kind == SecurityKind.POLICY_CHANGED
    assert event.details["changed"] == {"min_length": (10, 14), "lock_failures": (20, 5)}
    assert (event.organization_id, event.user_id) == (cast.organization.pk, cast.users["admin"].pk)


@pytest.mark.parametrize(
    "rules", [{"min_length": 4}, {"idle_minutes": 1}, {"character_classes": 9}, {"lock_failures": 2}]
)
def test_rules_out_of_bounds_are_refused(cast: Cast, ada: Client, rules: dict[str, int]) -> None:
    assert set_rules(ada, **rules).status_code == 422
    assert policy_of(cast.organization.pk).rules == SignInRules()


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_page_is_for_those_who_manage_security(cast: Cast, name: str) -> None:
    client = sign_in(cast, name, **ENGLISH)

    assert client.get("/settings/security").status_code == 403
    assert set_rules(client, min_length=14).status_code == 403
    assert policy_of(cast.organization.pk).rules == SignInRules()


def test_rules_of_one_organization_do_not_reach_another(cast: Cast, strangers: Cast, ada: Client) -> None:
    set_rules(ada, min_length=30)

    assert policy_of(strangers.organization.pk).rules == SignInRules()


def test_new_password_is_refused_when_it_breaks_the_rules(cast: Cast, ada: Client) -> None:
    set_rules(ada, min_length=30)
    client, _response = enter(cast)

    response = client.post("/settings/me/password", {"current": PASSWORD, "password": OTHER_PASSWORD})

    assert response.status_code == 422
    assert "at least 30 characters" in response.text


def test_new_password_is_refused_when_it_was_used_before(cast: Cast, ada: Client) -> None:
    set_rules(ada, history=3)
    client, _response = enter(cast)

    def change(current: str, chosen: str) -> int:
        return client.post("/settings/me/password", {"current": current, "password": chosen}).status_code

    assert change(PASSWORD, OTHER_PASSWORD) == 303
    assert change(OTHER_PASSWORD, PASSWORD) == 422
    assert change(OTHER_PASSWORD, "a third one of theirs") == 303


def test_old_password_has_to_be_replaced_before_the_session_begins(cast: Cast, ada: Client) -> None:
    set_rules(ada, expiry_days=90)
    Account.objects.filter(email="owner@cast.test").update(password_changed_at=now() - timedelta(days=91))

    client, response = enter(cast)
    assert response.headers["Location"] == "/sign-in/new-password"
    assert client.get("/").headers["Location"].startswith("/sign-in")
    assert client.post("/sign-in/new-password", {"password": PASSWORD}).status_code == 422

    done = client.post("/sign-in/new-password", {"password": OTHER_PASSWORD})

    assert done.headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert enter(cast)[1].status_code == 422


def test_step_of_signing_in_is_closed_to_who_proved_nothing(cast: Cast) -> None:
    response = Client().post("/sign-in/new-password", {"password": OTHER_PASSWORD})

    assert response.headers["Location"] == "/sign-in"


def test_session_ends_when_idle_for_too_long_and_goes_on_with_activity(cast: Cast, ada: Client) -> None:
    set_rules(ada, idle_minutes=30)
    client, _response = enter(cast)
    row = Session.objects.filter(session_key=stored_key(client.session.session_key))
    nearly = now() + timedelta(minutes=1)
    row.update(last_seen_at=now() - timedelta(minutes=29), expire_date=nearly)

    assert client.get("/settings/me", headers={"X-Background": "1"}).status_code == 200
    assert row.get().expire_date == nearly
    assert client.get("/settings/me").status_code == 200
    assert row.get().expire_date > now() + timedelta(minutes=29)

    row.update(expire_date=now())
    assert client.get("/settings/me").status_code == 302


def test_activity_costs_no_query_when_it_was_noted_lately(cast: Cast) -> None:
    client, _response = enter(cast)

    with CaptureQueriesContext(connection) as asked:
        client.get("/settings/me/tokens")

    assert len([query for query in asked.captured_queries if "identity_session" in query["sql"]]) == 1
    assert not any("identity_signinpolicy" in query["sql"] for query in asked.captured_queries)


def test_activity_does_not_outlive_the_absolute_limit(cast: Cast, ada: Client) -> None:
    set_rules(ada, absolute_hours=8)
    client, _response = enter(cast)
    row = Session.objects.filter(session_key=stored_key(client.session.session_key))
    end = now() + timedelta(minutes=2)
    row.update(ends_at=end, last_seen_at=now() - timedelta(hours=1))

    client.get("/settings/me")

    assert row.get().expire_date == end


def test_shorter_limits_hold_for_sessions_that_exist(cast: Cast, ada: Client) -> None:
    client, _response = enter(cast)
    row = Session.objects.filter(session_key=stored_key(client.session.session_key))
    row.update(last_seen_at=now() - timedelta(hours=2))

    set_rules(ada, idle_minutes=60)

    assert not row.exists()
    assert ada.get("/settings/security").status_code == 200


def test_one_more_device_signs_out_the_oldest(cast: Cast, ada: Client, told: list[SecurityEvent]) -> None:
    set_rules(ada, max_sessions=2)
    first, second, third = (enter(cast)[0] for _number in range(3))

    assert [client.get("/settings/me").status_code for client in (first, second, third)] == [302, 200, 200]
    assert [event.kind for event in told].count(SecurityKind.SESSION_REVOKED) == 1


def test_account_is_locked_after_the_failures_of_the_policy(cast: Cast, ada: Client, told: list[SecurityEvent]) -> None:
    set_rules(ada, lock_failures=3, lock_minutes=45)
    told.clear()

    for _attempt in range(3):
        assert enter(cast, password="wrong")[1].status_code == 422
    refused = enter(cast)[1]

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 44 * 60
    assert [event.kind for event in told] == [SecurityKind.SIGN_IN_FAILED] * 3 + [SecurityKind.ACCOUNT_LOCKED]
    assert {event.organization_id for event in told} == {cast.organization.pk}

    for row in SignInAttempts.objects.all():
        row.last_failed_at -= timedelta(minutes=46)
        row.save()
    assert enter(cast)[1].status_code == 303


def test_failure_of_an_unknown_address_belongs_to_no_organization(cast: Cast, told: list[SecurityEvent]) -> None:
    Client(headers=ENGLISH).post("/sign-in", {"email": "nobody@cast.test", "password": "x"})

    [event] = told
    assert (event.account_id, event.organization_id, event.address) == (None, None, "127.0.0.1")
    assert event.details == {"email": "nobody@cast.test", "way": "password"}


def test_keys_of_sessions_cannot_be_taken_from_the_table(cast: Cast) -> None:
    enter(cast)
    stolen = Session.objects.get(account__email="owner@cast.test").session_key
    thief = Client(headers=ENGLISH)
    thief.cookies["banyan_session"] = stolen

    assert thief.get("/settings/me").status_code == 302
