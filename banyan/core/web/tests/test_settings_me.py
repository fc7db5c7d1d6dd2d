"""My settings: profile, password, devices, tokens."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.identity.models import Account, ApiToken, Session, User
from banyan.core.identity.sessions import stored_key
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from tests.cast import PASSWORD, Cast, sign_in

NEW_PASSWORD = "a very different sentence"


@pytest.fixture
def me(cast: Cast) -> Client:
    return sign_in(cast, "owner")


def user_of(cast: Cast, name: str) -> User:
    with organization_scope(cast.organization.pk):
        return User.objects.get(pk=cast.users[name].pk)


def profile(**changes: str) -> dict[str, str]:
    return {"name": "Olga Owner", "title": "", "phone": "", "language": "", "time_zone": "", "theme": "auto", **changes}


def test_profile_is_changed_and_shown_in_the_chosen_language(cast: Cast, me: Client) -> None:
    response = me.post("/settings/me", profile(name="Olga O.", language="zh-hans", theme="dark"), follow=True)

    assert 'lang="zh-hans"' in response.text
    assert 'data-theme="dark"' in response.text
    assert "Olga O." in response.text


def test_profile_without_name_is_refused_and_keeps_what_was_typed(cast: Cast, me: Client) -> None:
    response = me.post("/settings/me", profile(name="", title="Partner"))

    assert response.status_code == 422
    assert 'value="Partner"' in response.text
    assert user_of(cast, "owner").title == ""


def test_theme_and_language_follow_the_account_menu(cast: Cast, me: Client) -> None:
    assert me.post("/settings/me/theme", {"theme": "dark"}).status_code == 204
    assert me.post("/settings/me/language", {"language": "zh-hans"}).headers["HX-Refresh"] == "true"
    assert me.post("/settings/me/theme", {"theme": "<b>"}).status_code == 400
    assert me.post("/settings/me/language", {"language": "xx"}).status_code == 400

    user = user_of(cast, "owner")
    assert (user.theme, user.language) == ("dark", "zh-hans")


def test_name_that_colleagues_see_is_logged(cast: Cast, me: Client) -> None:
    me.post("/settings/me", profile(name="Olga O.", theme="dark"))

    with organization_scope(cast.organization.pk):
        change = Change.objects.get(object_name="user", record_id=cast.users["owner"].pk)
    assert change.values == {"name": ["Olga Owner", "Olga O."]}
    assert change.actor_id == cast.users["owner"].pk


def test_password_change_ends_other_sessions_and_keeps_this_one(cast: Cast, me: Client) -> None:
    elsewhere = sign_in(cast, "owner")

    me.post("/settings/me/password", {"current": PASSWORD, "password": NEW_PASSWORD})

    assert me.get("/settings/me").status_code == 200
    assert elsewhere.get("/settings/me").status_code == 302
    assert Account.objects.get(email="owner@cast.test").check_password(NEW_PASSWORD)


def test_password_change_needs_the_current_password_and_is_slowed_down(cast: Cast, me: Client) -> None:
    answers = [me.post("/settings/me/password", {"current": f"guess {n}", "password": NEW_PASSWORD}) for n in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 6
    assert "not your current password" in answers[0].text
    assert "Too many attempts" in answers[-1].text
    assert Account.objects.get(email="owner@cast.test").check_password(PASSWORD)


def test_weak_password_is_refused(me: Client) -> None:
    assert "at least 10 characters" in me.post("/settings/me/password", {"current": PASSWORD, "password": "short"}).text


def test_device_is_signed_out_from_afar(cast: Cast, me: Client) -> None:
    elsewhere = sign_in(cast, "owner", **{"User-Agent": "Mozilla/5.0 (iPhone; CPU) Safari/600"})
    Session.objects.filter(session_key=stored_key(elsewhere.session.session_key)).update(user_agent="iPhone Safari")

    page = me.get("/settings/me/devices").text
    assert "Safari on iPhone" in page
    assert elsewhere.session.session_key not in page
    target = re.search(r"/settings/me/devices/(\w{32})/sign-out", page)
    assert target
    me.post(target[0])

    assert elsewhere.get("/settings/me").status_code == 302
    assert me.get("/settings/me").status_code == 200


def test_device_of_somebody_else_cannot_be_signed_out(cast: Cast, me: Client) -> None:
    theirs = sign_in(cast, "admin")
    page = theirs.get("/settings/me/devices").text
    sign_in(cast, "admin")
    target = re.search(r"/settings/me/devices/(\w{32})/sign-out", theirs.get("/settings/me/devices").text)

    assert page
    assert target
    assert me.post(target[0]).status_code == 404


def test_all_other_devices_are_signed_out_at_once(cast: Cast, me: Client) -> None:
    others = [sign_in(cast, "owner") for _n in range(2)]
    colleague = sign_in(cast, "admin")

    me.post("/settings/me/devices/others")

    assert [other.get("/settings/me").status_code for other in others] == [302, 302]
    assert (me.get("/settings/me").status_code, colleague.get("/settings/me").status_code) == (200, 200)


def test_token_is_shown_once_and_works_until_it_is_revoked(cast: Cast, me: Client) -> None:
    made = me.post("/settings/me/tokens/new", {"name": "Report", "days": "30"}).text
    secret = re.search(r'value="(bny_[^"]+)"', made)
    assert secret
    program = Client(headers={"Authorization": f"Bearer {secret[1]}"})
    assert program.get("/api/v1/customers").status_code == 200
    listed = me.get("/settings/me/tokens").text
    assert "Report" in listed
    assert secret[1] not in listed

    with organization_scope(cast.organization.pk):
        token = ApiToken.objects.get(name="Report")
    assert token.expires_at is not None
    me.post(f"/settings/me/tokens/{token.pk}/revoke")

    assert program.get("/api/v1/customers").status_code == 401


def test_token_of_somebody_else_cannot_be_revoked(cast: Cast, me: Client) -> None:
    sign_in(cast, "admin").post("/settings/me/tokens/new", {"name": "Theirs", "days": "never"})
    with organization_scope(cast.organization.pk):
        token = ApiToken.objects.get(name="Theirs")

    assert me.post(f"/settings/me/tokens/{token.pk}/revoke").status_code == 404
