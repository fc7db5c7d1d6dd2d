"""Whoever asks too often waits: a person, an address without a session, a token, and a person with many tokens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from banyan.core.api import limits as of_interface
from banyan.core.identity.services import create_token
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web import limits as of_pages
from tests.cast import Cast, sign_in

OUTSIDE = "203.0.113.9"
LIMITERS = {
    "pages": of_pages.people, "public": of_pages.addresses, "token": of_interface.limiter, "person": of_interface.people,
}  # fmt: skip


@pytest.fixture
def three_a_minute(request: pytest.FixtureRequest) -> Iterator[None]:
    """The limiter that the test names grants three requests."""
    limiter = LIMITERS[request.param]
    usual, limiter.limit = limiter.limit, 3
    limiter._buckets.clear()
    yield
    limiter.limit = usual
    limiter._buckets.clear()


@pytest.mark.parametrize("three_a_minute", ["public"], indirect=True)
@pytest.mark.parametrize("path", ["/sign-in", "/forgot-password", "/join/x", "/welcome/", "/nothing-here"])
def test_address_without_session_waits(db: None, three_a_minute: None, path: str) -> None:
    client = Client(REMOTE_ADDR=OUTSIDE)
    statuses = [client.get(path).status_code for _time in range(4)]

    assert statuses[3] == 429
    assert 429 not in statuses[:3]
    assert int(client.get(path)["Retry-After"]) > 0
    assert Client(REMOTE_ADDR="203.0.113.10").get(path).status_code != 429


@pytest.mark.parametrize("three_a_minute", ["public"], indirect=True)
def test_password_guessing_is_limited_by_address_whatever_the_account(db: None, three_a_minute: None) -> None:
    client = Client(REMOTE_ADDR=OUTSIDE)
    statuses = [
        client.post("/sign-in", {"email": f"person{number}@x.test", "password": "x"}).status_code for number in range(4)
    ]

    assert statuses == [422, 422, 422, 429]


@pytest.mark.parametrize("three_a_minute", ["public"], indirect=True)
def test_machine_itself_and_its_watchers_do_not_wait(db: None, three_a_minute: None) -> None:
    assert {Client().get("/sign-in").status_code for _time in range(6)} <= {200, 302}
    assert {Client(REMOTE_ADDR=OUTSIDE).get("/healthz").status_code for _time in range(6)} == {200}


@pytest.mark.parametrize("three_a_minute", ["pages"], indirect=True)
def test_person_waits_in_every_window_and_colleagues_do_not(cast: Cast, three_a_minute: None) -> None:
    one, two = sign_in(cast, "owner"), sign_in(cast, "owner")
    statuses = [client.get("/customers").status_code for client in (one, two, one, two)]

    assert statuses == [200, 200, 200, 429]
    assert sign_in(cast, "manager").get("/customers").status_code == 200


def programs(cast: Cast, count: int) -> list[Client]:
    with organization_scope(cast.organization.pk):
        tokens = [create_token(cast.users["owner"], name=f"test {number}") for number in range(count)]
    return [Client(headers={"Authorization": f"Bearer {token}"}) for token in tokens]


@pytest.mark.parametrize("three_a_minute", ["token"], indirect=True)
def test_token_waits_and_another_one_does_not(cast: Cast, three_a_minute: None) -> None:
    one, two = programs(cast, 2)

    assert [one.get("/api/v1/me").status_code for _time in range(4)] == [200, 200, 200, 429]
    assert two.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("three_a_minute", ["person"], indirect=True)
def test_person_waits_whatever_the_token(cast: Cast, three_a_minute: None) -> None:
    statuses = [program.get("/api/v1/me").status_code for program in programs(cast, 4)]

    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize("three_a_minute", ["token"], indirect=True)
def test_address_that_guesses_tokens_waits(cast: Cast, three_a_minute: None) -> None:
    statuses = [
        Client(REMOTE_ADDR=OUTSIDE, headers={"Authorization": f"Bearer {number}"}).get("/api/v1/me").status_code
        for number in range(5)
    ]

    assert statuses[0] == 401
    assert statuses[-1] in {401, 429}
