"""Signing in through a real OpenID provider process, and what must not work."""

from __future__ import annotations

import dataclasses
import html
import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account, Session, User
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.providers import oidc
from banyan.core.identity.providers.models import IdentityProvider, ProviderDomain, ProviderKind, ProviderVisit
from banyan.core.identity.providers.reaching import fetch_json
from banyan.core.identity.providers.vouching import ProviderFailed
from banyan.core.tenancy.scope import organization_scope
from tests.cast import PASSWORD, Cast, sign_in
from tests.identity_providers import openid_provider

ENGLISH = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
NORA = {"sub": "n-1", "email": "nora@cast.test", "name": "Nora New", "groups": ["Sales Team"]}
OLGA = {"sub": "o-1", "email": "owner@cast.test", "name": "Olga Owner"}
EVE = {"sub": "e-1", "email": "ada@strangers.test", "name": "Eve"}
UNCHECKED = {"sub": "u-1", "email": "manager@cast.test", "email_verified": False}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def issuer():
    with openid_provider(NORA, OLGA, EVE, UNCHECKED) as running:
        yield running


@pytest.fixture
def provider(make_provider, issuer: str) -> IdentityProvider:
    return make_provider(ProviderKind.OIDC, {"issuer": issuer, "client_id": "banyan"}, secret="client secret")


def sent_to(client: Client, provider: IdentityProvider, next_path: str = "/customers") -> str:
    """Return the address to which the sign-in page leads."""
    asked = client.post("/sign-in", {"email": "x@cast.test", "single_sign_on": "1", "next": next_path})
    assert asked.status_code == 303, asked.text
    page = client.get(asked.headers["Location"]).text
    return html.unescape(re.search(r'content="0;url=([^"]+)"', page).group(1))


def agree(address: str, subject: str) -> str:
    """Sign in at the provider as somebody; return the path that leads back to us."""
    answer = httpx.post(address, data={"sub": subject}, follow_redirects=False)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def enter(provider: IdentityProvider, subject: str, client: Client | None = None):
    client = client or Client(headers=ENGLISH)
    return client, client.get(agree(sent_to(client, provider), subject))


def test_person_is_created_with_the_roles_of_the_groups_and_signed_in(cast: Cast, provider, told) -> None:
    client, response = enter(provider, "n-1")

    assert response.headers["Location"] == "/customers"
    assert client.get("/customers").status_code == 200
    with organization_scope(cast.organization.pk):
        user = User.objects.get(email="nora@cast.test")
        assert [role.key for role in user.roles.all()] == ["salesperson"]
    assert Session.objects.get(account=user.account).method == str(provider.pk)
    signed_in = [event for event in told if event.kind == SecurityKind.SIGNED_IN]
    assert [event.details for event in signed_in] == [{"way": str(provider.pk)}]


def test_request_carries_pkce_state_and_nonce(cast: Cast, provider) -> None:
    query = parse_qs(urlsplit(sent_to(Client(headers=ENGLISH), provider)).query)

    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert query["scope"] == ["openid email profile"]


def test_person_known_by_address_is_the_same_afterwards_by_subject(cast: Cast, provider) -> None:
    assert enter(provider, "o-1")[1].status_code == 303
    with organization_scope(cast.organization.pk):
        User.objects.filter(email="owner@cast.test").update(email="olga.renamed@cast.test")

    client, response = enter(provider, "o-1")

    assert response.status_code == 303
    assert client.session["_auth_user_id"] == str(cast.users["owner"].account_id)


@pytest.mark.parametrize(("subject", "said"), [("e-1", "does not belong to the domains"), ("u-1", "has not checked")])
def test_provider_does_not_speak_for_others(
    cast: Cast, strangers: Cast, provider, subject: str, said: str, told
) -> None:
    _client, response = enter(provider, subject)

    assert response.status_code == 422
    assert said in response.text
    assert not Session.objects.filter(account__isnull=False).exists()
    assert SecurityKind.SIGN_IN_FAILED in [event.kind for event in told]


def test_answer_is_refused_in_another_browser(cast: Cast, provider) -> None:
    # Otherwise somebody could be signed in, unnoticed, to an attacker's account.
    back = agree(sent_to(Client(headers=ENGLISH), provider), "n-1")
    victim = Client(headers=ENGLISH)
    victim.get("/sign-in")

    assert victim.get(back).status_code == 422
    assert "_auth_user_id" not in victim.session


def test_answer_works_once(cast: Cast, provider) -> None:
    client = Client(headers=ENGLISH)
    back = agree(sent_to(client, provider), "n-1")
    client.get(back)
    client.post("/sign-out")

    assert client.get(back).status_code == 422


def test_answer_that_names_another_provider_is_refused(cast: Cast, provider) -> None:
    client = Client(headers=ENGLISH)
    back = agree(sent_to(client, provider), "n-1")

    assert client.get(f"{back}&iss=https://evil.test").status_code == 422
    assert "_auth_user_id" not in client.session
    again = agree(sent_to(client, provider), "n-1")
    assert client.get(f"{again}&{urlencode({'iss': provider.settings['issuer']})}").status_code == 303


def test_made_up_code_is_refused(cast: Cast, provider) -> None:
    client = Client(headers=ENGLISH)
    state = parse_qs(urlsplit(sent_to(client, provider)).query)["state"][0]

    assert client.get("/sso/callback", {"state": state, "code": "made-up"}).status_code == 422


def token_for(provider: IdentityProvider, key, **changes: object) -> str:
    at = int(time.time())
    claims = {
        "iss": provider.settings["issuer"], "aud": "banyan", "sub": "n-1", "nonce": "right", "iat": at, "exp": at + 300,
    }  # fmt: skip
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1"})


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "somebody else"}, {"iss": "https://evil.example"}, {"nonce": "wrong"}, {"nonce": None},
        {"exp": 1_000_000_000}, {"exp": None}, {"sub": None}, {"aud": ["banyan", "other"]}, {"azp": "other"},
    ],
)  # fmt: skip
def test_id_token_is_refused_when_a_claim_is_wrong(cast: Cast, provider, monkeypatch, changes) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    known = {"jwks_uri": "https://keys.test/"}
    monkeypatch.setitem(oidc._documents, known["jwks_uri"], (time.monotonic() + 60, {"keys": [{**public, "kid": "1"}]}))
    good = oidc.check_id_token(provider, token_for(provider, key), nonce="right", known=known)
    assert good["sub"] == "n-1"

    with pytest.raises(ProviderFailed):
        oidc.check_id_token(provider, token_for(provider, key, **changes), nonce="right", known=known)


def test_id_token_of_another_type_is_refused(cast: Cast, provider, monkeypatch) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    known = {"jwks_uri": "https://keys.test/"}
    monkeypatch.setitem(oidc._documents, known["jwks_uri"], (time.monotonic() + 60, {"keys": [{**public, "kid": "1"}]}))
    claims = jwt.decode(token_for(provider, key), options={"verify_signature": False})

    for kind in ("at+jwt", "logout+jwt", "secevent+jwt"):
        token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1", "typ": kind})
        with pytest.raises(ProviderFailed):
            oidc.check_id_token(provider, token, nonce="right", known=known)


def test_id_token_signed_by_nobody_or_with_the_public_key_is_refused(cast: Cast, provider, monkeypatch) -> None:
    known = oidc.discover(provider.settings["issuer"])
    claims = {
        "iss": provider.settings["issuer"],
        "aud": "banyan",
        "sub": "n-1",
        "nonce": "right",
        "exp": 4_000_000_000,
        "iat": 1,
    }
    forged = [
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, "client secret of thirty-two letters", algorithm="HS256"),
        token_for(provider, rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ]
    for token in forged:
        with pytest.raises(ProviderFailed):
            oidc.check_id_token(provider, token, nonce="right", known=known)


def test_session_of_a_provider_opens_its_organization_only(cast: Cast, strangers: Cast, provider) -> None:
    account = Account.objects.get(email="owner@cast.test")
    with organization_scope(strangers.organization.pk):
        User.objects.filter(pk=strangers.users["owner"].pk).update(account=account)
    account.organization_ids = [*account.organization_ids, strangers.organization.pk]
    account.save()
    client, _response = enter(provider, "o-1")

    assert strangers.organization.name not in client.get("/choose-organization").text
    chosen = client.post("/choose-organization", {"organization": str(strangers.organization.pk)})

    assert chosen.status_code == 422
    assert client.session["organization"] == str(cast.organization.pk)
    assert client.get("/settings/me/factors").status_code == 422


def test_only_single_sign_on_leads_everybody_but_emergencies_to_the_provider(cast: Cast, provider) -> None:
    ada = sign_in(cast, "admin", **ENGLISH)
    owner = sign_in(cast, "owner", **ENGLISH)
    url = "/settings/single-sign-on/only"
    assert ada.post(url, {"only": "on", "emergency": []}).status_code == 422
    assert ada.post(url, {"only": "on", "emergency": [str(cast.users["admin"].pk)]}).status_code == 303

    assert owner.get("/customers").status_code == 302
    password = Client(headers=ENGLISH).post("/sign-in", {"email": "owner@cast.test", "password": PASSWORD})
    unknown = Client(headers=ENGLISH).post("/sign-in", {"email": "nobody@cast.test", "password": PASSWORD})
    assert (
        password.headers["Location"]
        == unknown.headers["Location"]
        == f"/sso/{cast.organization.pk}/{provider.pk}?next=%2F"
    )
    emergency = Client(headers=ENGLISH).post("/sign-in", {"email": "ada@cast.test", "password": PASSWORD})
    assert emergency.headers["Location"] == "/"
    assert ada.post(f"/settings/single-sign-on/{provider.pk}/remove").status_code == 422


def test_password_opens_nothing_when_only_single_sign_on_even_for_an_address_that_leads_nowhere(
    cast: Cast, provider
) -> None:
    with organization_scope(cast.organization.pk):
        SignInPolicy.objects.create(organization=cast.organization, only_single_sign_on=True)
        IdentityProvider.objects.update(domains=[])
    ProviderDomain.objects.all().delete()

    client = Client(headers=ENGLISH)
    response = client.post("/sign-in", {"email": "owner@cast.test", "password": PASSWORD})

    assert response.headers["Location"] == "/choose-organization"
    assert cast.organization.name not in client.get("/choose-organization").text
    assert client.get("/customers").status_code == 302


@pytest.mark.parametrize(
    "address",
    ["http://provider.test/", "http://169.254.169.254/latest", "https://169.254.169.254/", "file:///etc/passwd"],
)
def test_addresses_that_no_provider_has_are_refused(address: str) -> None:
    with pytest.raises(ProviderFailed):
        fetch_json(address)


def test_provider_that_describes_another_issuer_is_refused(make_provider, issuer: str) -> None:
    with pytest.raises(ProviderFailed, match="provider_misconfigured"):
        make_provider(ProviderKind.OIDC, {"issuer": f"{issuer}/", "client_id": "banyan"}, secret="client secret")


def test_provider_in_a_network_that_is_not_allowed_is_refused_with_the_way_out(make_provider, issuer, settings) -> None:
    settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, outgoing_networks=())
    oidc._documents.clear()

    with pytest.raises(ProviderFailed, match="address_refused") as refusal:
        make_provider(ProviderKind.OIDC, {"issuer": issuer, "client_id": "banyan"}, secret="client secret")
    assert "BANYAN_OUTGOING_NETWORKS" in str(refusal.value)


def test_visits_keep_no_secret_in_clear(cast: Cast, provider) -> None:
    state = parse_qs(urlsplit(sent_to(Client(headers=ENGLISH), provider)).query)["state"][0]

    with organization_scope(cast.organization.pk):
        visit = ProviderVisit.objects.get()
        row = IdentityProvider.objects.get()
    assert state.split("_", 2)[2] not in visit.state_hash
    assert visit.sealed_verifier.startswith("bx1.")
    assert "client secret" not in row.sealed_secret
