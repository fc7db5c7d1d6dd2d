"""Providers of single sign-on as administrators set them up."""

from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.identity.models import Role
from banyan.core.identity.providers.models import IdentityProvider, ProviderDomain, ProviderKind
from banyan.core.identity.providers.secrets import secret_of
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in

ENGLISH = {"Accept-Language": "en"}
URL = "/settings/single-sign-on"
OIDC = {
    "name": "Company", "domains": "cast.test, @CAST.example", "issuer": "https://login.cast.test", "client_id": "banyan",
    "secret": "client secret", "creates_people": "on",
}  # fmt: skip
LDAP = {"name": "Directory", "domains": "cast.test", "url": "ldaps://d.cast.test", "base_dn": "dc=cast,dc=test"}


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin", **ENGLISH)


def only_provider(cast: Cast) -> IdentityProvider:
    with organization_scope(cast.organization.pk):
        return IdentityProvider.objects.get()


def test_provider_is_kept_with_its_secret_sealed_and_never_shown(cast: Cast, ada: Client) -> None:
    with organization_scope(cast.organization.pk):
        member = Role.objects.get(key="member")

    made = ada.post(f"{URL}/new/oidc", {**OIDC, "group_0": "Staff", "group_role_0": str(member.pk)})

    provider = only_provider(cast)
    assert made.headers["Location"] == f"{URL}/{provider.pk}"
    assert secret_of(provider) == "client secret"
    assert provider.group_roles == {"Staff": [str(member.pk)]}
    assert sorted(ProviderDomain.objects.values_list("domain", flat=True)) == ["cast.example", "cast.test"]
    page = ada.get(f"{URL}/{provider.pk}").text
    assert "https://login.cast.test" in page
    assert "/sso/callback" in page
    assert "client secret" not in page
    with organization_scope(cast.organization.pk):
        assert not any("client secret" in str(change.__dict__) for change in Change.objects.all())


def test_empty_secret_keeps_the_stored_one(cast: Cast, ada: Client) -> None:
    ada.post(f"{URL}/new/oidc", OIDC)
    provider = only_provider(cast)

    assert ada.post(f"{URL}/{provider.pk}", {**OIDC, "name": "Other", "secret": ""}).status_code == 303

    changed = only_provider(cast)
    assert (changed.name, changed.sealed_secret) == ("Other", provider.sealed_secret)


@pytest.mark.parametrize("domains", ["qq.com", "strangers.test", "not a domain", ""])
def test_domain_of_others_cannot_be_claimed(cast: Cast, strangers: Cast, ada: Client, domains: str) -> None:
    assert ada.post(f"{URL}/new/oidc", {**OIDC, "domains": domains}).status_code == 422
    assert not ProviderDomain.objects.exists()


def test_domain_belongs_to_one_organization(cast: Cast, strangers: Cast, ada: Client) -> None:
    ada.post(f"{URL}/new/oidc", {**OIDC, "domains": "shared.example"})
    other = sign_in(strangers, "admin", **ENGLISH)

    assert other.post(f"{URL}/new/oidc", {**OIDC, "domains": "shared.example"}).status_code == 422


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("ldap", {**LDAP, "url": "ldap://d.cast.test"}),
        ("ldap", {**LDAP, "person_filter": "(objectClass=*)"}),
        ("ldap", {**LDAP, "ca_certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}),
        ("saml", {"name": "S", "domains": "cast.test", "issuer": "x", "sign_in_url": "https://x.test"}),
        ("saml", {"name": "S", "domains": "cast.test", "metadata": "<nothing/>"}),
        ("oidc", {**OIDC, "is_on": "on", "issuer": "http://127.0.0.1:1"}),
    ],
)
def test_what_would_not_work_or_not_be_safe_is_refused(cast: Cast, ada: Client, kind: str, values) -> None:
    assert ada.post(f"{URL}/new/{kind}", values).status_code == 422
    with organization_scope(cast.organization.pk):
        assert not IdentityProvider.objects.exists()


def test_role_beyond_ones_own_rights_cannot_be_mapped(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        role = Role.objects.get(key="manager")
        role.abilities = [*role.abilities, "manage_security"]
        role.save()
        administrator = Role.objects.get(key="administrator")
    mei = sign_in(cast, "manager", **ENGLISH)

    refused = mei.post(f"{URL}/new/oidc", {**OIDC, "group_0": "All", "group_role_0": str(administrator.pk)})

    assert refused.status_code == 422
    with organization_scope(cast.organization.pk):
        assert not IdentityProvider.objects.exists()


@pytest.mark.parametrize("name", ["manager", "owner", "viewer"])
def test_pages_are_for_those_who_manage_security(cast: Cast, name: str) -> None:
    client = sign_in(cast, name, **ENGLISH)

    for path in (URL, f"{URL}/only", f"{URL}/new/oidc"):
        assert client.get(path).status_code == 403


def test_every_kind_has_a_form(ada: Client) -> None:
    for kind in ProviderKind:
        assert ada.get(f"{URL}/new/{kind.value}").status_code == 200
    assert ada.get(f"{URL}/new/other").status_code == 404


def test_removed_provider_frees_its_domains(cast: Cast, ada: Client) -> None:
    ada.post(f"{URL}/new/oidc", OIDC)

    assert ada.post(f"{URL}/{only_provider(cast).pk}/remove").status_code == 303

    assert not ProviderDomain.objects.exists()
