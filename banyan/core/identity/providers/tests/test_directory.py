"""Signing in with the password of a real directory."""

from __future__ import annotations

import ldap3
import pytest
from django.test import Client
from django.utils.translation import override

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account, Role, Session, User
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.providers.directory import _PinnedServer
from banyan.core.identity.providers.joining import user_of
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.identity.providers.reaching import directory_addresses, require_encryption
from banyan.core.identity.providers.vouching import ProviderFailed, Vouched
from banyan.core.identity.visitors import NOBODY
from banyan.core.tenancy.scope import organization_scope
from tests.cast import PASSWORD, Cast
from tests.identity_providers import DIRECTORY_PASSWORD, READER_PASSWORD, Authority, directory, encrypted_directory

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory):
    with directory(tmp_path_factory.mktemp("slapd")) as running:
        yield running


@pytest.fixture
def settings(address: str) -> dict[str, str]:
    return {
        "url": address,
        "bind_dn": "cn=reader,dc=cast,dc=test",
        "base_dn": "ou=people,dc=cast,dc=test",
        "person_filter": "(|(mail={login})(uid={login}))",
        "group_base_dn": "ou=groups,dc=cast,dc=test",
    }


@pytest.fixture
def provider(make_provider, settings: dict[str, str]) -> IdentityProvider:
    return make_provider(ProviderKind.LDAP, settings, secret=READER_PASSWORD)


def enter(email: str, password: str = DIRECTORY_PASSWORD):
    client = Client(headers=ENGLISH)
    return client, client.post("/sign-in", {"email": email, "password": password})


def roles_of(cast: Cast, email: str) -> list[str]:
    with organization_scope(cast.organization.pk):
        user = User.objects.get(email=email)
        return list(
            Role.objects.filter(pk__in=user.roles.through.objects.filter(user=user).values("role_id")).values_list(
                "key", flat=True
            )
        )


def test_person_of_the_directory_comes_in_with_the_role_of_the_group(cast: Cast, provider, told) -> None:
    client, response = enter("nora@cast.test")

    assert response.headers["Location"] == "/"
    assert client.get("/settings/me").status_code == 200
    assert roles_of(cast, "nora@cast.test") == ["salesperson"]
    assert Session.objects.get(account__email="nora@cast.test").method == str(provider.pk)
    assert not Account.objects.get(email="nora@cast.test").has_usable_password()
    assert [event.kind for event in told][-2:] == [SecurityKind.PERSON_PROVISIONED, SecurityKind.SIGNED_IN]


def test_colleague_keeps_the_roles_that_were_given_here(cast: Cast, provider) -> None:
    _client, response = enter("owner@cast.test")

    assert response.status_code == 303
    assert roles_of(cast, "owner@cast.test") == ["member"]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nora@cast.test", "wrong"),
        ("nora@cast.test", ""),
        ("nobody@cast.test", DIRECTORY_PASSWORD),
        ("*@cast.test", DIRECTORY_PASSWORD),
        ("nora@cast.test)(mail=*@cast.test", DIRECTORY_PASSWORD),
        ("*)(uid=*))(|(uid=*@cast.test", DIRECTORY_PASSWORD),
    ],
)
def test_wrong_or_crafted_sign_in_is_refused(cast: Cast, provider, email: str, password: str) -> None:
    assert enter(email, password)[1].status_code == 422
    assert not Session.objects.filter(account__isnull=False).exists()


def test_directory_speaks_for_its_domains_only(cast: Cast, strangers: Cast, make_provider, settings) -> None:
    made = make_provider(ProviderKind.LDAP, {**settings, "email_attribute": "mail"}, secret=READER_PASSWORD)

    with organization_scope(cast.organization.pk), pytest.raises(ProviderFailed) as refused:
        user_of(made, Vouched("1", "ada@strangers.test"), NOBODY)
    assert refused.value.code == "foreign_domain"


def test_own_password_still_works_beside_the_directory_but_not_when_only_single_sign_on(cast: Cast, provider) -> None:
    assert enter("owner@cast.test", PASSWORD)[1].status_code == 303

    with organization_scope(cast.organization.pk):
        SignInPolicy.objects.create(
            organization=cast.organization,
            only_single_sign_on=True,
            emergency_user_ids=[cast.users["admin"].pk],
        )

    assert enter("owner@cast.test", PASSWORD)[1].status_code == 422
    assert enter("owner@cast.test")[1].headers["Location"] == "/"
    assert enter("ada@cast.test", PASSWORD)[1].headers["Location"] == "/"


def test_second_factor_is_asked_for_after_the_password_of_a_directory(cast: Cast, provider) -> None:
    with organization_scope(cast.organization.pk):
        Role.objects.filter(key="salesperson").update(needs_second_factor=True)

    assert enter("nora@cast.test")[1].headers["Location"] == "/sign-in/enrol"


def test_provider_that_does_not_answer_is_not_switched_on(cast: Cast, make_provider, settings) -> None:
    with pytest.raises(ProviderFailed):
        make_provider(ProviderKind.LDAP, settings, secret="wrong")
    with pytest.raises(ProviderFailed):
        make_provider(ProviderKind.LDAP, {**settings, "url": "ldap://127.0.0.1:1"}, secret=READER_PASSWORD)
    with organization_scope(cast.organization.pk):
        assert not IdentityProvider.objects.exists()


@pytest.mark.parametrize("url", ["ldap://directory.cast.test", "http://directory.cast.test", "directory.cast.test"])
def test_passwords_never_travel_in_clear(url: str) -> None:
    with pytest.raises(ProviderFailed):
        require_encryption(url, starts_tls=False)


def test_directory_outside_of_the_allowed_networks_is_not_reached() -> None:
    with pytest.raises(ProviderFailed, match="address_refused"):
        directory_addresses("ldaps://10.9.8.7")


def test_connection_to_a_directory_goes_to_the_address_that_was_checked() -> None:
    server = _PinnedServer("ldaps://127.0.0.1:1", ldap3.Tls())
    # As if the name led elsewhere by now.
    server.host = "10.9.8.7"

    assert [entry[4] for entry in server.candidate_addresses()] == [("127.0.0.1", 1)]


def test_deactivated_person_stays_out(cast: Cast, provider) -> None:
    enter("nora@cast.test")
    with organization_scope(cast.organization.pk):
        User.objects.filter(email="nora@cast.test").update(is_active=False)

    _client, response = enter("nora@cast.test")

    assert response.status_code == 422
    assert "deactivated" in response.text


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def encrypted(authority: Authority, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("slapd-tls")
    with encrypted_directory(folder, authority.issue(folder, "localhost")) as running:
        yield running


BEGINNINGS = ("ldaps", "starttls")


def address_of(encrypted: tuple[str, str], beginning: str) -> dict[str, object]:
    secure, plain = encrypted
    return {"url": secure} if beginning == "ldaps" else {"url": plain, "starts_tls": True}


def refused(make_provider, settings, values) -> ProviderFailed:
    with override("en"), pytest.raises(ProviderFailed) as problem:
        make_provider(ProviderKind.LDAP, {**settings, **values}, secret=READER_PASSWORD)
    return problem.value


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_password_travels_encrypted_to_a_directory_whose_certificate_is_known(
    cast: Cast, make_provider, settings, encrypted, authority, beginning: str
) -> None:
    known = {**address_of(encrypted, beginning), "ca_certificate": authority.certificate}

    made = make_provider(ProviderKind.LDAP, {**settings, **known}, secret=READER_PASSWORD)

    assert enter("nora@cast.test")[1].status_code == 303
    assert enter("nora@cast.test", "wrong")[1].status_code == 422
    # The directory got a certificate of somebody else meanwhile: nobody's password goes there.
    with organization_scope(cast.organization.pk):
        made.settings = {**made.settings, "ca_certificate": Authority("Somebody else").certificate}
        made.save()
    page = enter("nora@cast.test")[1]
    assert (page.status_code, "is from an authority that is not known here" in page.text) == (422, True)


def test_directory_with_a_certificate_of_nobody_is_not_talked_to(make_provider, settings, encrypted) -> None:
    for beginning in BEGINNINGS:
        unknown = refused(make_provider, settings, address_of(encrypted, beginning))
        assert (unknown.code, "settings of the provider" in str(unknown.message)) == ("directory_certificate", True)


@pytest.mark.parametrize(
    ("host", "days", "said"), [("elsewhere.test", 30, "not for localhost"), ("localhost", -1, "has expired")]
)
def test_certificate_of_another_name_or_of_yesterday_is_refused_with_the_reason(
    make_provider, settings, authority, tmp_path, host: str, days: int, said: str
) -> None:
    certificate = authority.issue(tmp_path, host, days=days)
    with encrypted_directory(tmp_path, certificate) as running:
        for beginning in BEGINNINGS:
            values = {**address_of(running, beginning), "ca_certificate": authority.certificate}
            assert said in str(refused(make_provider, settings, values).message)
