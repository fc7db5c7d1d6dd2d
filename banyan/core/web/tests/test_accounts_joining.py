"""Invitations and forgotten passwords, and what an attacker might try with their links."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from banyan.core.identity.models import Account, Invitation, Role, Session, User
from banyan.core.identity.services import invite, new_invitation
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.jobs import send_password_link
from tests.cast import PASSWORD, Cast, sign_in

ENGLISH = {"Accept-Language": "en"}
NEW_PASSWORD = "a very different sentence"


@pytest.fixture
def link(cast: Cast) -> str:
    return f"/join/{invited(cast, 'new@cast.test')}"


def invited(cast: Cast, email: str) -> str:
    with organization_scope(cast.organization.pk):
        roles = [Role.objects.get(key="member")]
        return invite(cast.organization, email=email, name="Nora New", roles=roles, invited_by=None).secret


def answer(client: Client, link: str, password: str = NEW_PASSWORD):
    return client.post(link, {"name": "Nora New", "password": password})


def test_invited_person_joins_and_is_signed_in(cast: Cast, link: str) -> None:
    client = Client(headers=ENGLISH)
    page = client.get(link).text
    assert f"Join {cast.organization.name}" in page
    assert "new@cast.test" in page

    assert answer(client, link).headers["Location"] == "/"

    assert client.session["organization"] == str(cast.organization.pk)
    assert client.get("/").status_code == 200


def test_invitation_works_once(link: str) -> None:
    answer(Client(), link)

    again = answer(Client(headers=ENGLISH), link, "another password of theirs")

    assert again.status_code == 404
    assert Account.objects.get(email="new@cast.test").check_password(NEW_PASSWORD)


def test_invitation_ends_when_its_time_is_over(cast: Cast, link: str) -> None:
    with organization_scope(cast.organization.pk):
        Invitation.objects.update(expires_at=now() - timedelta(seconds=1))

    assert Client().get(link).status_code == 404
    assert answer(Client(), link).status_code == 404
    assert not Account.objects.filter(email="new@cast.test").exists()


def test_invitation_ends_when_a_newer_one_is_sent(cast: Cast, link: str) -> None:
    with organization_scope(cast.organization.pk):
        user = User.objects.select_related("organization").get(email="new@cast.test")
        newer = new_invitation(user, invited_by=None)

    assert answer(Client(), link).status_code == 404
    assert answer(Client(), f"/join/{newer}").status_code == 303


def test_invitation_ends_when_the_person_is_deactivated(cast: Cast, link: str) -> None:
    with organization_scope(cast.organization.pk):
        User.objects.filter(email="new@cast.test").update(is_active=False)

    assert answer(Client(), link).status_code == 404


def test_invitation_is_worth_nothing_in_another_organization(cast: Cast, strangers: Cast, link: str) -> None:
    forged = link.replace(cast.organization.pk.hex, strangers.organization.pk.hex)

    assert answer(Client(), forged).status_code == 404
    assert not Account.objects.filter(email="new@cast.test").exists()


@pytest.mark.parametrize("secret", ["x", "bny_zz_secret", "bny_" + "0" * 32 + "_secret", "%00", "bny__"])
def test_invitation_that_is_no_invitation_is_not_found(db: None, secret: str) -> None:
    assert Client().get(f"/join/{secret}").status_code == 404


def test_invitation_does_not_take_over_an_account_of_another_organization(cast: Cast, strangers: Cast) -> None:
    link = f"/join/{invited(cast, 'ada@strangers.test')}"

    taken = answer(Client(headers=ENGLISH), link)

    assert taken.status_code == 422
    account = Account.objects.get(email="ada@strangers.test")
    assert account.check_password(PASSWORD)
    assert account.organization_ids == [strangers.organization.pk]
    assert answer(Client(), link, PASSWORD).status_code == 303
    account.refresh_from_db()
    assert set(account.organization_ids) == {cast.organization.pk, strangers.organization.pk}


def test_guessing_the_password_of_an_invited_account_is_slowed_down(cast: Cast, strangers: Cast) -> None:
    link = f"/join/{invited(cast, 'ada@strangers.test')}"
    attacker = sign_in(strangers, "owner")

    statuses = [answer(attacker, link, f"guess {number}").status_code for number in range(6)]

    assert statuses == [422] * 5 + [429]


def test_weak_password_is_refused_with_a_reason(link: str) -> None:
    response = answer(Client(headers=ENGLISH), link, "password")

    assert response.status_code == 422
    assert "at least 10 characters" in response.text
    assert 'value="password"' not in response.text


@pytest.fixture
def queue(cast: Cast):
    connector = InMemoryConnector()
    with app.replace_connector(connector):
        yield connector


def without_token(page: str) -> str:
    return re.sub(r'(content|value)="\w{64}"', "", page)


def mailed_link(email: str) -> str:
    send_password_link(email=email, language="en")
    found = re.search(r"http://\S+(/reset-password/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def test_forgotten_password_says_the_same_for_everybody(queue: InMemoryConnector) -> None:
    known = Client(headers=ENGLISH).post("/forgot-password", {"email": "ada@cast.test"})
    unknown = Client(headers=ENGLISH).post("/forgot-password", {"email": "nobody@cast.test"})

    assert "a link is on its way" in known.text
    assert without_token(known.text) == without_token(unknown.text)
    assert [job["task_name"] for job in queue.jobs.values()] == ["accounts.send_password_link"] * 2


def test_password_link_is_sent_to_accounts_only(cast: Cast) -> None:
    send_password_link(email="nobody@cast.test", language="en")
    assert mail.outbox == []

    send_password_link(email="ada@cast.test", language="zh-hans")
    assert mail.outbox[0].to == ["ada@cast.test"]
    assert "设置新密码" in mail.outbox[0].subject


def test_password_link_sets_a_password_once_and_ends_all_sessions(cast: Cast) -> None:
    elsewhere = sign_in(cast, "admin")
    link = mailed_link("ada@cast.test")
    client = Client(headers=ENGLISH)
    assert "ada@cast.test" in client.get(link).text

    assert client.post(link, {"password": NEW_PASSWORD}).headers["Location"] == "/sign-in?notice=password-changed"

    assert elsewhere.get("/").status_code == 302
    assert not Session.objects.filter(account__email="ada@cast.test").exists()
    assert client.post(link, {"password": "once more, a third one"}).status_code == 404
    assert client.post("/sign-in", {"email": "ada@cast.test", "password": NEW_PASSWORD}).status_code == 303


def test_password_link_does_not_work_for_another_account(cast: Cast) -> None:
    link = mailed_link("ada@cast.test")
    ada, owner = cast.users["admin"].account_id, cast.users["owner"].account_id

    response = Client().post(link.replace(str(ada), str(owner)), {"password": NEW_PASSWORD})

    assert response.status_code == 404
    assert Account.objects.get(pk=owner).check_password(PASSWORD)


def test_password_link_refuses_a_weak_password(cast: Cast) -> None:
    link = mailed_link("ada@cast.test")

    response = Client(headers=ENGLISH).post(link, {"password": "1234567890"})

    assert response.status_code == 422
    assert "entirely numeric" in response.text
