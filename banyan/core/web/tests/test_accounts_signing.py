"""Signing in and out as people and attackers meet it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.identity import throttling
from banyan.core.identity.models import Account, Session, SignInAttempts, User
from banyan.core.identity.services import add_user, connect
from banyan.core.identity.sessions import stored_key
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import PASSWORD, Cast, sign_in

ENGLISH = {"Accept-Language": "en", "User-Agent": "Test Browser 1.0"}


def browser(**options) -> Client:
    return Client(headers=ENGLISH, **options)


def try_to_sign_in(client: Client, email: str, password: str, **values):
    return client.post("/sign-in", {"email": email, "password": password, **values})


def test_sign_in_opens_the_page_that_was_asked_for(cast: Cast) -> None:
    response = try_to_sign_in(browser(), "ada@cast.test", PASSWORD, next="/customers?search=a")

    assert (response.status_code, response.headers["Location"]) == (303, "/customers?search=a")


def test_sign_in_keeps_organization_and_device_in_the_session(cast: Cast) -> None:
    client = browser()

    try_to_sign_in(client, " ADA@Cast.Test ", PASSWORD)

    session = Session.objects.get(account__email="ada@cast.test")
    assert session.organization_id == cast.organization.pk
    assert (session.user_agent, session.address) == ("Test Browser 1.0", "127.0.0.1")
    assert session.signed_in_at is not None


def test_sign_in_changes_the_session_key(cast: Cast) -> None:
    client = browser()
    client.get("/sign-in")
    planted = client.session
    planted["planted"] = True
    planted.save()
    client.cookies["banyan_session"] = planted.session_key

    try_to_sign_in(client, "ada@cast.test", PASSWORD)

    assert client.session.session_key != planted.session_key
    assert not Session.objects.filter(session_key=stored_key(planted.session_key)).exists()


def test_answers_are_the_same_when_the_account_does_not_exist(cast: Cast) -> None:
    known = try_to_sign_in(browser(), "ada@cast.test", "wrong password")
    unknown = try_to_sign_in(browser(), "nobody@cast.test", "wrong password")

    assert known.status_code == unknown.status_code == 422
    assert "E-mail address or password is wrong." in known.text
    assert "E-mail address or password is wrong." in unknown.text


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example",
     "/%09/evil.example\r\nX: y", "\x08//evil.example", "/sign-out", ""],
)  # fmt: skip
def test_sign_in_stays_on_this_site_when_next_points_elsewhere(cast: Cast, target: str) -> None:
    response = try_to_sign_in(browser(), "ada@cast.test", PASSWORD, next=target)

    location = response.headers["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/sign-out"))


def test_sign_in_is_refused_after_many_failures_even_with_the_right_password(cast: Cast) -> None:
    for _attempt in range(throttling.ACCOUNT_FREE):
        try_to_sign_in(browser(), "ada@cast.test", "wrong password")

    response = try_to_sign_in(browser(), "ada@cast.test", PASSWORD)

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) >= 1
    assert "Too many attempts" in response.text


def test_sign_in_works_again_when_the_wait_is_over(cast: Cast) -> None:
    for _attempt in range(throttling.ACCOUNT_FREE):
        try_to_sign_in(browser(), "ada@cast.test", "wrong password")
    for row in SignInAttempts.objects.all():
        row.last_failed_at -= throttling.LONGEST_WAIT
        row.save()

    assert try_to_sign_in(browser(), "ada@cast.test", PASSWORD).status_code == 303
    assert [row.failures for row in SignInAttempts.objects.all()] == [throttling.ACCOUNT_FREE]  # the address


def test_throttling_counts_addresses_that_nobody_has(cast: Cast) -> None:
    statuses = [try_to_sign_in(browser(), "nobody@cast.test", "x").status_code for _n in range(6)]

    assert statuses == [422] * 5 + [429]


def test_throttling_covers_a_network_address_that_tries_many_accounts(cast: Cast) -> None:
    statuses = [
        try_to_sign_in(browser(), f"guess{number}@cast.test", "x").status_code
        for number in range(throttling.ADDRESS_FREE + 1)
    ]

    assert statuses[-1] == 429
    other = Client(headers=ENGLISH, REMOTE_ADDR="192.0.2.7")
    assert try_to_sign_in(other, "ada@cast.test", PASSWORD).status_code == 303


def test_forwarded_address_is_not_believed_when_there_is_no_proxy(cast: Cast) -> None:
    for number in range(throttling.ADDRESS_FREE + 1):
        client = Client(headers={**ENGLISH, "X-Forwarded-For": f"198.51.100.{number}"})
        response = try_to_sign_in(client, f"guess{number}@cast.test", "x")

    assert response.status_code == 429


@given(failures=st.integers(0, 10_000), free=st.integers(1, 50))
def test_wait_grows_with_failures_and_has_an_end(failures: int, free: int) -> None:
    wait = throttling.wait_after(failures, free=free)

    assert timedelta() <= wait <= throttling.LONGEST_WAIT
    assert throttling.wait_after(failures + 1, free=free) >= wait
    assert (wait == timedelta()) == (failures < free)


def test_sign_out_ends_the_session_on_the_server(cast: Cast) -> None:
    client = browser()
    try_to_sign_in(client, "ada@cast.test", PASSWORD)
    cookie = client.cookies["banyan_session"].value

    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").headers["Location"] == "/sign-in?notice=signed-out"

    client.cookies["banyan_session"] = cookie
    assert client.get("/").status_code == 302
    assert "You are signed out." in browser().get("/sign-in?notice=signed-out").text


def test_signing_out_empties_what_the_browser_has_stored(cast: Cast) -> None:
    client = browser()
    try_to_sign_in(client, "ada@cast.test", PASSWORD)

    assert client.post("/sign-out").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_sign_in_needs_the_token_of_our_form(cast: Cast) -> None:
    client = browser(enforce_csrf_checks=True)

    assert try_to_sign_in(client, "ada@cast.test", PASSWORD).status_code == 403


def test_deactivated_person_cannot_work_when_the_session_is_still_open(cast: Cast) -> None:
    client = sign_in(cast, "owner", **ENGLISH)
    with organization_scope(cast.organization.pk):
        User.objects.filter(pk=cast.users["owner"].pk).update(is_active=False)

    assert client.get("/").headers["Location"].startswith("/sign-in")
    client.post("/sign-out")
    try_to_sign_in(client, "owner@cast.test", PASSWORD)
    assert "not active in any organization" in client.get("/choose-organization").text


def test_account_of_two_organizations_chooses_one(cast: Cast, strangers: Cast) -> None:
    account = Account.objects.get(email="ada@cast.test")
    with organization_scope(strangers.organization.pk):
        connect(add_user(strangers.organization, name="Ada", email=account.email, roles=[]), account)
    client = browser()

    assert try_to_sign_in(client, "ada@cast.test", PASSWORD).headers["Location"] == "/choose-organization"
    shown = client.get("/choose-organization").text
    assert cast.organization.name in shown
    assert strangers.organization.name in shown

    response = client.post("/choose-organization", {"organization": str(strangers.organization.pk)})
    assert response.headers["Location"] == "/"
    assert client.session["organization"] == str(strangers.organization.pk)


def test_account_cannot_enter_an_organization_of_strangers(cast: Cast, strangers: Cast) -> None:
    client = sign_in(cast, "admin", **ENGLISH)

    response = client.post("/choose-organization", {"organization": str(strangers.organization.pk)})

    assert response.status_code == 422
    assert client.session["organization"] == str(cast.organization.pk)


def test_empty_installation_leads_to_its_first_steps(db: None) -> None:
    assert browser().get("/sign-in").headers["Location"] == "/welcome/"


def test_language_of_the_sign_in_page_is_remembered(cast: Cast) -> None:
    client = browser()
    assert "<h1>Sign in</h1>" in client.get("/sign-in").text

    client.get("/sign-in?language=zh-hans")

    assert "<h1>登录</h1>" in client.get("/sign-in").text


@pytest.fixture
def demo(cast: Cast) -> Organization:
    organization = cast.organization
    organization.settings = {
        "demo": "small",
        "demo_accounts": [
            {"email": "ada@cast.test", "password": PASSWORD, "name": "Ada Admin", "title": "Owner"},
        ],
    }
    organization.save()
    return organization


def test_demo_account_signs_in_with_one_click_at_this_machine(demo: Organization) -> None:
    client = browser()
    page = client.get("/sign-in").text
    assert "Ada Admin" in page
    assert PASSWORD not in page

    assert client.post("/demo/sign-in", {"email": "ada@cast.test"}).status_code == 303
    assert client.session["organization"] == str(demo.pk)


@pytest.mark.parametrize(
    "elsewhere",
    [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, {"HTTP_FORWARDED": "for=192.0.2.7"}],
)
def test_demo_account_is_not_offered_to_other_machines(demo: Organization, elsewhere: dict[str, str]) -> None:
    client = Client(**elsewhere)

    assert "Ada Admin" not in client.get("/sign-in").text
    assert client.post("/demo/sign-in", {"email": "ada@cast.test"}).status_code == 404


def test_demo_sign_in_is_limited_to_listed_accounts(demo: Organization) -> None:
    assert browser().post("/demo/sign-in", {"email": "owner@cast.test"}).status_code == 404
