"""OpenID Connect with a real provider process: ending sessions both ways, and how strongly people were checked."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Role, Session
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.identity.providers.oidc_logout import EVENT
from banyan.core.identity.providers.tests.test_oidc import ENGLISH, agree, enter, sent_to
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.middleware import CONTENT_SECURITY_POLICY
from tests.cast import Cast, sign_in
from tests.identity_providers import openid_provider

OLGA = {"sub": "o-1", "email": "owner@cast.test", "name": "Olga Owner", "sid": "there-1"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def issuer():
    with openid_provider(OLGA) as running:
        yield running


@pytest.fixture
def provider_with(make_provider, issuer: str):
    def make(**setup: object) -> IdentityProvider:
        known = {"issuer": issuer, "client_id": "banyan", **setup}
        return make_provider(ProviderKind.OIDC, known, secret="client secret")

    return make


def states(issuer: str, **claims: object) -> None:
    """Let the provider say this about Olga from now on."""
    person = {key: value for key, value in OLGA.items() if key != "sub"}
    httpx.put(f"{issuer}/users/o-1", json={**person, **claims}).raise_for_status()


@pytest.fixture(autouse=True)
def plain(issuer: str) -> None:
    states(issuer)


def demand_factor(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        Role.objects.update(needs_second_factor=True)


def fresh(client: Client, provider: IdentityProvider):
    """Come back from being sent to prove oneself anew; return what was asked there, and our answer."""
    page = client.get(f"/sso/{provider.organization_id}/{provider.pk}?next=/settings/me/factors&fresh=1").text
    address = page.split('content="0;url=')[1].split('"')[0].replace("&amp;", "&")
    return parse_qs(urlsplit(address).query), client.get(agree(address, "o-1"))


def test_signing_out_here_signs_out_at_the_openid_provider(cast: Cast, provider_with, issuer: str) -> None:
    provider = provider_with(signs_out=True)
    client, _response = enter(provider, "o-1")
    kept = str(client.session["begun_at_provider"])
    assert "eyJ" not in kept

    page = client.post("/sign-out").text

    assert not Session.objects.filter(account__isnull=False).exists()
    address = page.split('content="0;url=')[1].split('"')[0].replace("&amp;", "&")
    query = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{issuer}/oauth2/end_session?")
    assert query["client_id"] == ["banyan"]
    assert query["id_token_hint"][0].count(".") == 2
    asked = httpx.get(address).text
    assert query["post_logout_redirect_uri"][0] in asked
    back = f"/sso/signed-out?state={query['state'][0]}"
    assert Client(headers=ENGLISH).get(back).status_code == 422
    assert client.get(back).headers["Location"] == "/sign-in?notice=signed-out-everywhere"
    assert "form-action 'self'" in CONTENT_SECURITY_POLICY


def test_signing_out_stays_here_when_the_provider_is_not_to_be_told_or_is_gone(cast: Cast, provider_with) -> None:
    client, _response = enter(provider_with(), "o-1")

    assert client.post("/sign-out").headers["Location"] == "/sign-in?notice=signed-out"


def logout_token(provider: IdentityProvider, *, typ: str = "logout+jwt", **changes: object) -> str:
    """Return a logout token that the provider itself has signed; a claim of None is left out."""
    at = int(time.time())
    claims = {
        "iss": provider.settings["issuer"], "aud": "banyan", "iat": at, "exp": at + 120, "jti": new_id().hex,
        "sub": "o-1", "sid": "there-1", "events": {EVENT: {}}, **changes,
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return httpx.post(f"{provider.settings['issuer']}/sign", json={"header": {"typ": typ}, "claims": claims}).text


def tell(provider: IdentityProvider, token: str):
    path = f"/sso/oidc/{provider.organization_id}/{provider.pk}/logout"
    return Client(headers=ENGLISH, enforce_csrf_checks=True).post(path, {"logout_token": token})


def test_openid_provider_ends_the_session_it_names_or_all_of_a_person(cast: Cast, provider_with, issuer, told) -> None:
    provider = provider_with()
    first, _response = enter(provider, "o-1")
    states(issuer, sid="there-2")
    second, _response = enter(provider, "o-1")
    by_password = sign_in(cast, "owner", **ENGLISH)

    token = logout_token(provider, sub=None)
    assert tell(provider, token).status_code == 200
    assert first.get("/customers").status_code == 302
    assert second.get("/customers").status_code == 200
    assert tell(provider, token).status_code == 400
    assert tell(provider, logout_token(provider, sid=None)).status_code == 200
    assert second.get("/customers").status_code == 302
    assert by_password.get("/customers").status_code == 200
    ended = [event for event in told if event.kind == SecurityKind.SIGNED_OUT]
    assert [event.details["reason"] for event in ended] == ["provider", "provider"]


def test_logout_token_is_refused_when_it_is_forged_late_or_of_another_kind(
    cast: Cast, strangers: Cast, provider_with
) -> None:
    provider = provider_with()
    client, _response = enter(provider, "o-1")
    at = int(time.time())
    bad = {
        "an id token": logout_token(provider, typ="JWT"),
        "without type": logout_token(provider, typ=""),
        "with nonce": logout_token(provider, nonce="n"),
        "without event": logout_token(provider, events=None),
        "of another event": logout_token(provider, events={"other": {}}),
        "for another client": logout_token(provider, aud="other"),
        "by another issuer": logout_token(provider, iss="https://evil.test"),
        "of nobody": logout_token(provider, sub=None, sid=None),
        "without end": logout_token(provider, exp=None),
        "run out": logout_token(provider, exp=at - 100),
        "issued long ago": logout_token(provider, iat=at - 900),
        "without name": logout_token(provider, jti=None),
        "not signed": logout_token(provider).rpartition(".")[0] + ".c2ln",
        "nothing": "",
    }
    taken = {name for name, token in bad.items() if tell(provider, token).status_code != 400}

    assert taken == set()
    assert client.get("/customers").status_code == 200
    foreign = f"/sso/oidc/{strangers.organization.pk}/{provider.pk}/logout"
    assert Client().post(foreign, {"logout_token": logout_token(provider)}).status_code == 400
    assert client.get("/customers").status_code == 200


def test_level_that_an_organization_demands_is_asked_for_and_has_to_be_stated(
    cast: Cast, provider_with, issuer
) -> None:
    provider = provider_with(required_levels="phr gold", max_age_minutes=60)
    query = parse_qs(urlsplit(sent_to(Client(headers=ENGLISH), provider)).query)
    assert (query["acr_values"], query["max_age"]) == (["phr gold"], ["3600"])

    _client, refused = enter(provider, "o-1")
    assert refused.status_code == 422
    assert "phr, gold" in refused.text
    states(issuer, acr="gold", auth_time=int(time.time()) - 7200)
    assert "too long ago" in enter(provider, "o-1")[1].text
    states(issuer, acr="gold", auth_time=int(time.time()) - 1800)
    assert enter(provider, "o-1")[1].status_code == 303
    assert not Session.objects.exclude(account__isnull=True).exclude(method=str(provider.pk)).exists()


def test_second_factor_of_a_provider_counts_when_the_organization_says_so(
    cast: Cast, provider_with, issuer: str
) -> None:
    provider, known = provider_with(), {}
    with organization_scope(cast.organization.pk):
        Role.objects.update(needs_second_factor=True)
    cases: list[tuple[str, dict[str, object], str]] = [
        ("here", {"amr": ["mfa"]}, "/sign-in/enrol"),
        ("stated", {}, "/sign-in/enrol"),
        ("stated", {"amr": ["pwd"], "acr": "1"}, "/sign-in/enrol"),
        ("stated", {"amr": ["pwd", "mfa"]}, "/customers"),
        ("provider", {}, "/customers"),
    ]
    for rule, statement, leads_to in cases:
        states(issuer, **statement)
        with organization_scope(cast.organization.pk):
            IdentityProvider.objects.update(settings={**provider.settings, "second_factor": rule})
        known[rule, str(statement)] = (enter(provider, "o-1")[1].headers["Location"], leads_to)

    assert {case: found for case, found in known.items() if found[0] != found[1]} == {}


def test_fresh_proof_is_asked_of_the_provider_and_an_old_session_there_is_none(
    cast: Cast, provider_with, issuer
) -> None:
    provider = provider_with(needs_time=True)
    states(issuer, auth_time=int(time.time()) - 3600)
    client, _response = enter(provider, "o-1")
    asked = client.get("/settings/me/factors/app")
    assert asked.headers["Location"] == "/settings/me/factors/confirm"
    assert "&amp;fresh=1" in client.get(asked.headers["Location"]).text

    query, refused = fresh(client, provider)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    assert refused.status_code == 422
    assert "without asking you anew" in refused.text
    states(issuer, auth_time=None)
    assert "auth_time" in fresh(client, provider)[1].text
    states(issuer, auth_time=int(time.time()))
    assert fresh(client, provider)[1].headers["Location"] == "/settings/me/factors"
    assert client.get("/settings/me/factors/app").status_code == 200


def test_tokens_of_the_provider_never_reach_the_browser(cast: Cast, provider_with) -> None:
    client, response = enter(provider_with(signs_out=True), "o-1")
    page = client.get("/settings/me/factors")

    sent = response.text + str(response.headers) + response.cookies.output() + page.text
    assert "eyJ" not in sent
    row = Session.objects.get(account__isnull=False)
    assert "access_token" not in str(client.session.items())
    assert "eyJhbGci" not in row.session_data
