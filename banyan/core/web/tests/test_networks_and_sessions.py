"""Networks by role, on pages and through the interface; other people's sessions; news of new devices."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from banyan.cli.rescuing import rescue_account
from banyan.core.identity.events import SecurityEvent, SecurityKind
from banyan.core.identity.factors.totp import begin_totp
from banyan.core.identity.models import Account, Role, Session, User
from banyan.core.identity.networks import allowed_networks, is_within, read_networks
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.jobs import send_device_notice
from tests.cast import PASSWORD, Cast, api_client, sign_in

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
OFFICE = "203.0.113.0/24"


def limit(cast: Cast, role: str, *networks: str) -> None:
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key=role).update(networks=list(networks))


def kinds(told: list[SecurityEvent]) -> list[str]:
    return [event.kind for event in told]


@given(number=st.integers(0, 2**32 - 1), length=st.integers(0, 32))
def test_network_holds_the_address_it_was_written_with(number: int, length: int) -> None:
    address = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    [network] = read_networks(f"{address}/{length}")

    assert is_within(address, [network])
    assert is_within(f"::ffff:{address}", [network])


@pytest.mark.parametrize("text", ["office", "10.0.0.0/33", "10.0.0.256", "10.0.0.1/x"])
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=text.replace(".", "[.]")):
        read_networks(f"10.0.0.0/8, {text}")


def test_unknown_address_is_within_nothing() -> None:
    assert not is_within("", ["0.0.0.0/0"])
    assert allowed_networks([[], ["10.0.0.0/8"], []]) == ("10.0.0.0/8",)


def test_session_ends_when_it_is_used_outside_of_the_networks(cast: Cast, told: list[SecurityEvent]) -> None:
    client = sign_in(cast, "owner", **ENGLISH)
    limit(cast, "member", OFFICE)

    assert client.get("/customers", REMOTE_ADDR="203.0.113.9").status_code == 200
    response = client.get("/customers", REMOTE_ADDR="198.51.100.7")

    assert response.headers["Location"] == "/sign-in?notice=network"
    assert "certain networks" in client.get("/sign-in?notice=network").text
    assert client.get("/customers", REMOTE_ADDR="203.0.113.9").status_code == 302
    [event] = told
    assert (event.kind, event.address, event.user_id) == (
        SecurityKind.NETWORK_REFUSED, "198.51.100.7", cast.users["owner"].pk,
    )  # fmt: skip


@pytest.mark.parametrize("by", ["token", "session"])
def test_interface_obeys_networks_too(cast: Cast, told: list[SecurityEvent], by: str) -> None:
    client = api_client(cast, "owner") if by == "token" else sign_in(cast, "owner", **ENGLISH)
    limit(cast, "member", OFFICE)

    assert client.get("/api/v1/customers", REMOTE_ADDR="203.0.113.9").status_code == 200
    refused = client.get("/api/v1/customers", REMOTE_ADDR="198.51.100.7")

    assert (refused.status_code, refused.json()["code"]) == (403, "network_not_allowed")
    assert kinds(told) == [SecurityKind.NETWORK_REFUSED]


def test_other_roles_and_people_are_not_limited(cast: Cast) -> None:
    limit(cast, "member", OFFICE)

    assert sign_in(cast, "viewer").get("/customers").status_code == 200


def test_administrator_cannot_lock_themselves_out(cast: Cast) -> None:
    ada = sign_in(cast, "admin", **ENGLISH)
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="administrator")
    url, values = f"/settings/roles/{role.pk}", {"name": "Administrator", "*:view": "all", "has_sign_in": "1"}
    values["abilities"] = role.abilities

    refused = ada.post(url, {**values, "networks": OFFICE})

    assert refused.status_code == 422
    assert "lock yourself out" in refused.text
    with organization_scope(cast.organization.pk):
        assert Role.objects.get(pk=role.pk).networks == []
    assert ada.post(url, {**values, "networks": f"{OFFICE}\n127.0.0.0/8"}).status_code == 303


def test_administrator_sees_and_ends_sessions_of_a_person(cast: Cast, told: list[SecurityEvent]) -> None:
    owner = Client(headers=ENGLISH)
    owner.post("/sign-in", {"email": "owner@cast.test", "password": PASSWORD})
    ada = sign_in(cast, "admin", **ENGLISH)
    url = f"/settings/people/{cast.users['owner'].pk}"
    assert "Firefox on Windows" in ada.get(url).text

    assert ada.post(f"{url}/sign-out").status_code == 303

    assert owner.get("/customers").status_code == 302
    assert ada.get(url).status_code == 200
    assert [event.details["count"] for event in told if event.kind == SecurityKind.SESSION_REVOKED] == [1]


def test_sessions_in_other_organizations_are_not_shown_nor_ended(cast: Cast, strangers: Cast) -> None:
    client = sign_in(cast, "owner", **ENGLISH)
    Session.objects.filter(account=cast.users["owner"].account).update(organization_id=strangers.organization.pk)
    ada = sign_in(cast, "admin", **ENGLISH)
    url = f"/settings/people/{cast.users['owner'].pk}"

    assert "Firefox on Windows" not in ada.get(url).text
    ada.post(f"{url}/sign-out")

    assert Session.objects.filter(account=cast.users["owner"].account).exists()
    assert client.session["organization"] == str(cast.organization.pk)


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_nobody_else_sees_or_ends_sessions(cast: Cast, name: str) -> None:
    client = sign_in(cast, name, **ENGLISH)

    assert client.post(f"/settings/people/{cast.users['admin'].pk}/sign-out").status_code == 403


def test_owner_is_told_of_a_new_device_by_notice_and_message(cast: Cast) -> None:
    Client(headers=ENGLISH).post("/sign-in", {"email": "owner@cast.test", "password": PASSWORD})
    with app.replace_connector(InMemoryConnector()) as replaced:
        client = Client(headers={**ENGLISH, "User-Agent": "Mozilla/5.0 (iPhone) Safari"})
        client.post("/sign-in", {"email": "owner@cast.test", "password": PASSWORD})
        [queued] = [job for job in replaced.connector.jobs.values() if job["task_name"] == send_device_notice.name]

    send_device_notice(**queued["args"])

    [message] = mail.outbox
    assert (message.to, message.subject) == (["owner@cast.test"], "Your account was signed in on a new device")
    assert "Safari on iPhone" in message.body
    assert "/settings/me/devices" in message.body
    assert "signed in on a new device: Safari on iPhone" in client.get("/notifications").text


def test_new_device_is_told_in_the_owner_s_language_whatever_the_page_spoke(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        User.objects.filter(pk=cast.users["owner"].pk).update(language="en")
    for agent in ("Mozilla/5.0 (Windows NT 10.0) Firefox/130", "Mozilla/5.0 (iPhone) Safari"):
        client = Client(headers={"Accept-Language": "zh-CN", "User-Agent": agent})
        client.post("/sign-in", {"email": "owner@cast.test", "password": PASSWORD})

    assert "signed in on a new device: Safari on iPhone" in client.get("/notifications").text


def test_signing_out_elsewhere_and_tokens_are_told(cast: Cast, told: list[SecurityEvent]) -> None:
    sign_in(cast, "owner")
    client = sign_in(cast, "owner", **ENGLISH)

    client.post("/settings/me/devices/others")
    client.post("/settings/me/tokens/new", {"name": "report", "days": "30"})

    assert kinds(told) == [SecurityKind.SESSION_REVOKED, SecurityKind.TOKEN_MADE]


def test_owner_of_the_machine_lets_somebody_in_again(cast: Cast, told: list[SecurityEvent]) -> None:
    account = Account.objects.get(email="ada@cast.test")
    begin_totp(account)
    limit(cast, "administrator", OFFICE)
    with organization_scope(cast.organization.pk):
        SignInPolicy.objects.create(organization=cast.organization, only_single_sign_on=True)

    done = rescue_account(account, factors=True, networks=True, passwords=True)

    assert len(done) == 4
    client = Client(headers=ENGLISH)
    client.post("/sign-in", {"email": "ada@cast.test", "password": PASSWORD})
    assert client.get("/settings/people").status_code == 200
    assert {SecurityKind.ACCOUNT_UNLOCKED, SecurityKind.FACTORS_RESET, SecurityKind.POLICY_CHANGED} <= set(kinds(told))
