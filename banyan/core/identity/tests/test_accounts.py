"""Accounts, invitations, tokens and departments, as services know them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.identity import services
from banyan.core.identity.hashing import PasswordHasher
from banyan.core.identity.models import Account, ApiToken, Invitation, Role, User
from banyan.core.identity.secrets import hash_secret, make_secret, read_secret
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Invalid, Missing
from banyan.core.tenancy.scope import organization_scope
from tests.architecture.layout import ROOT
from tests.cast import PASSWORD, Cast

SETTINGS = ROOT / "banyan/settings.py"


@given(organization=st.uuids())
def test_secret_tells_its_organization_and_is_kept_as_a_hash(organization: uuid.UUID) -> None:
    secret, digest = make_secret(organization)

    assert read_secret(secret) == (organization, digest)
    assert digest not in secret
    assert make_secret(organization)[0] != secret


@given(text=st.text(max_size=80))
def test_any_other_text_is_no_secret(text: str) -> None:
    read = read_secret(text)

    assert read is None or text.strip().startswith("bny_")


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 250 + "@example.com", "a b@example.com"])
def test_account_is_refused_when_the_address_is_none(db: None, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.register_account(email=email, password=PASSWORD)

    assert [error.field for error in refused.value.errors] == ["email"]
    assert not Account.objects.exists()


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "ada@cast.test"])
def test_account_is_refused_when_the_password_is_weak(db: None, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.register_account(email="ada@cast.test", password=password)

    assert {error.field for error in refused.value.errors} == {"password"}
    assert not Account.objects.exists()


def test_address_of_an_account_is_compared_in_normal_form(db: None) -> None:
    services.register_account(email="Ada@Example.COM", password=PASSWORD)

    with pytest.raises(Conflict):
        services.register_account(email=" ada@example.com ", password=PASSWORD)


def test_second_colleague_with_the_same_address_is_refused(scope: Cast) -> None:
    with pytest.raises(Conflict):
        services.add_user(scope.organization, name="Again", email="OWNER@cast.test", roles=[])

    assert User.objects.filter(email="owner@cast.test").count() == 1


def test_roles_are_exactly_those_that_were_set(scope: Cast) -> None:
    user = scope.users["owner"]
    manager, reader = Role.objects.get(key="manager"), Role.objects.get(key="read_only")

    for _twice in range(2):
        services.set_roles(user, [manager, reader])

    assert set(user.roles.all()) == {manager, reader}


def invited(cast: Cast) -> services.Joined:
    return services.invite(
        cast.organization, email="new@cast.test", name="New", roles=[], invited_by=cast.users["admin"]
    )


def test_invitation_is_kept_as_a_hash_and_works_once(scope: Cast) -> None:
    joined = invited(scope)
    invitation = services.find_invitation(joined.secret)
    assert joined.secret not in (invitation.secret_hash, str(invitation))

    account = services.accept_invitation(invitation, password=PASSWORD, name=" Nora New ")

    joined.user.refresh_from_db()
    assert (joined.user.account, joined.user.name) == (account, "Nora New")
    assert account.organization_ids == [scope.organization.pk]
    with pytest.raises(Missing):
        services.find_invitation(joined.secret)
    with pytest.raises(Missing):
        services.accept_invitation(invitation, password="another good password")
    assert Account.objects.get(email="new@cast.test").check_password(PASSWORD)


def test_invitation_ends_with_time_and_with_the_next_one(scope: Cast) -> None:
    first = invited(scope)
    second = services.new_invitation(first.user, invited_by=None)
    with pytest.raises(Missing):
        services.find_invitation(first.secret)
    assert services.find_invitation(second).user == first.user

    Invitation.objects.update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(Missing):
        services.find_invitation(second)


def test_invitation_is_worth_nothing_in_the_scope_of_strangers(scope: Cast, strangers: Cast) -> None:
    secret = invited(scope).secret

    with organization_scope(strangers.organization.pk), pytest.raises(Missing):
        services.find_invitation(secret)


def test_invited_account_of_another_organization_needs_its_own_password(scope: Cast) -> None:
    services.register_account(email="new@cast.test", password="the password of before")
    invitation = services.find_invitation(invited(scope).secret)

    with pytest.raises(Invalid):
        services.accept_invitation(invitation, password=PASSWORD)
    assert Account.objects.get(email="new@cast.test").organization_ids == []

    services.accept_invitation(invitation, password="the password of before")
    assert Account.objects.get(email="new@cast.test").organization_ids == [scope.organization.pk]


def test_token_is_shown_once_and_kept_as_a_hash(scope: Cast) -> None:
    text = services.create_token(scope.users["owner"], name="Script")

    row = ApiToken.objects.get(user=scope.users["owner"])
    assert row.secret_hash == hash_secret(text.split("_", 2)[2])
    assert text not in {str(value) for value in vars(row).values()}


def test_password_link_ends_with_the_password_that_it_was_made_for(cast: Cast) -> None:
    account = Account.objects.get(email="owner@cast.test")
    token = default_token_generator.make_token(account)
    assert default_token_generator.check_token(account, token)

    services.set_password(account, "an entirely new password")

    assert not default_token_generator.check_token(Account.objects.get(pk=account.pk), token)


def test_passwords_are_stored_with_argon2id_beyond_the_least_that_owasp_asks_for() -> None:
    # Tests use a quick hash; what the product uses is the first of its settings.
    stored = PasswordHasher().encode("a password of somebody", "salt of sixteen b")
    variety, version, costs = stored.removeprefix("argon2$").split("$")[:3]

    assert (variety, version) == ("argon2id", "v=19")
    memory, passes, lanes = (int(part.partition("=")[2]) for part in costs.split(","))
    assert (memory >= 19 * 1024, passes >= 2, lanes >= 1) == (True, True, True)
    assert 'PASSWORD_HASHERS = [\n    "banyan.core.identity.hashing.PasswordHasher"' in SETTINGS.read_text("utf-8")
