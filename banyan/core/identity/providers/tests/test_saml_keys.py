"""The organization's own key pair for SAML: assertions that are encrypted for it, and sessions that end on both sides."""

from __future__ import annotations

import base64
import html
import re
import zlib
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client
from lxml import etree

from banyan.core.encryption.rotation import make_new_keys
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Session
from banyan.core.identity.providers.keys import key_pairs_of
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind, SigningKey
from banyan.core.identity.providers.tests.saml_provider import (
    ENGLISH,
    ISSUER,
    SIGN_IN_URL,
    SIGN_OUT_URL,
    XENC,
    XENC11,
    A,
    Encryption,
    Leaving,
    P,
    Signer,
    Visit,
    encrypted,
    in_address,
    read_address,
    with_encrypted_assertion,
    with_signed_assertion,
)
from banyan.core.identity.resealing import reseal_provider_secrets
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in

URL = "/settings/single-sign-on"
DS = "http://www.w3.org/2000/09/xmldsig#"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def provider(make_provider, signer: Signer) -> IdentityProvider:
    return make_provider(
        ProviderKind.SAML,
        {
            "issuer": ISSUER,
            "sign_in_url": SIGN_IN_URL,
            "sign_out_url": SIGN_OUT_URL,
            "certificates": [signer.certificate],
        },
    )


@pytest.fixture
def ada(cast: Cast) -> Client:
    return sign_in(cast, "admin", **ENGLISH)


def certificates(provider: IdentityProvider, use: str = "encryption") -> list[str]:
    """Return our certificates as a provider reads them from our metadata."""
    root = etree.fromstring(Client().get(f"/sso/saml/{provider.organization_id}/{provider.pk}/metadata").content)
    found = root.findall(f".//{{*}}KeyDescriptor[@use='{use}']//{{{DS}}}X509Certificate")
    return [f"-----BEGIN CERTIFICATE-----\n{node.text}\n-----END CERTIFICATE-----\n" for node in found]


@pytest.fixture
def certificate(provider: IdentityProvider, ada: Client) -> str:
    assert ada.post(f"{URL}/keys").status_code == 303
    return certificates(provider)[0]


def enter(visit: Visit, response) -> Client:
    back = visit.post(response)
    assert back.status_code == 303, back.text
    assert visit.client.get(back.headers["Location"]).headers["Location"] == "/customers"
    return visit.client


def is_in(client: Client) -> bool:
    return client.get("/settings/me").status_code == 200


HOWS = [
    Encryption(),
    Encryption(f"{XENC11}aes128-gcm", f"{XENC11}rsa-oaep", f"{XENC}sha256", f"{XENC11}mgf1sha256"),
    Encryption(f"{XENC}aes256-cbc", is_key_beside=True),
    Encryption(f"{XENC}aes128-cbc", digest=f"{XENC}sha256"),
]


@pytest.mark.parametrize("how", HOWS)
def test_assertion_that_was_encrypted_for_us_signs_in(provider, certificate: str, signer: Signer, how) -> None:
    visit = Visit(provider)
    kind, request, _state = read_address(visit.address, certificates(provider, "signing")[0])
    assert (kind, request.get("ID")) == ("SAMLRequest", visit.request_id)

    answer = with_encrypted_assertion(with_signed_assertion(visit.answer(), signer), certificate, how)
    if how.is_key_beside:
        answer = signer.sign(with_encrypted_assertion(visit.answer(), certificate, how))

    assert is_in(enter(visit, answer))


def test_encryption_alone_proves_nothing(provider, certificate: str, signer: Signer) -> None:
    visit = Visit(provider)
    wrong = {
        "not signed": with_encrypted_assertion(visit.answer(), certificate),
        "signed by others": with_encrypted_assertion(with_signed_assertion(visit.answer(), Signer()), certificate),
        "for another key": with_encrypted_assertion(with_signed_assertion(visit.answer(), signer), signer.certificate),
        "old key transport": with_encrypted_assertion(
            with_signed_assertion(visit.answer(), signer), certificate, Encryption(transport=f"{XENC}rsa-1_5")
        ),
    }
    changed = with_encrypted_assertion(
        with_signed_assertion(visit.answer(), signer), certificate, Encryption(f"{XENC}aes256-cbc")
    )
    value = changed.findall(".//{*}CipherValue")[-1]
    content = bytearray(base64.b64decode(value.text))
    content[-20] ^= 1
    value.text = base64.b64encode(bytes(content)).decode()
    wrong["changed"] = changed
    both = with_encrypted_assertion(with_signed_assertion(visit.answer(), signer), certificate)
    both.append(visit.answer(id="_evil", email="ada@cast.test").find(f"{{{A}}}Assertion"))
    wrong["one in clear beside it"] = both
    holder = with_encrypted_assertion(visit.answer(), certificate)
    sealed = holder.find(f"{{{A}}}EncryptedAssertion")
    holder.replace(sealed, encrypted(with_signed_assertion(visit.answer(), signer), certificate))
    wrong["an answer in the place of an assertion"] = holder

    answers = {name: visit.post(answer) for name, answer in wrong.items()}

    assert {name: found.status_code for name, found in answers.items()} == dict.fromkeys(wrong, 422)
    # An attacker who sends one after the other must not learn what was wrong.
    texts = {"".join(etree.HTML(found.text).find(".//main").itertext()).split("CRM")[0] for found in answers.values()}
    assert len({re.sub(r"[0-9a-f-]{30,}", "", text) for text in texts}) == 1
    assert not Session.objects.filter(account__isnull=False, method=str(provider.pk)).exists()


def test_answer_in_clear_is_refused_when_encryption_is_demanded(make_provider, ada, provider, signer) -> None:
    form = {"name": "Company", "domains": "cast.test", "issuer": ISSUER, "sign_in_url": SIGN_IN_URL, "is_on": "on",
            "certificate": signer.certificate, "needs_encryption": "on", "creates_people": "on"}  # fmt: skip
    refused = ada.post(f"{URL}/{provider.pk}", form)
    assert refused.status_code == 422
    assert "Make a key pair of your own first" in refused.text
    ada.post(f"{URL}/keys")
    assert ada.post(f"{URL}/{provider.pk}", form).status_code == 303

    visit = Visit(provider)
    page = visit.post(with_signed_assertion(visit.answer(email="owner@cast.test"), signer))
    assert page.status_code == 422
    assert "did not encrypt" in page.text
    with organization_scope(provider.organization_id):
        only = SigningKey.objects.get()
    assert "has to encrypt" in ada.post(f"{URL}/keys/{only.pk}/remove", follow=True).text
    sealed = with_encrypted_assertion(
        with_signed_assertion(visit.answer(email="owner@cast.test"), signer), certificates(provider)[0]
    )
    assert is_in(enter(visit, sealed))


def test_key_pair_is_sealed_follows_the_organizations_key_and_is_replaced_in_steps(
    cast: Cast, provider, ada: Client, certificate: str, signer: Signer
) -> None:
    with organization_scope(cast.organization.pk):
        first = SigningKey.objects.get()
        assert "PRIVATE" not in first.sealed_private_key
        assert "PRIVATE KEY" in key_pairs_of(cast.organization.pk)[0].private_key
    assert sign_in(cast, "manager", **ENGLISH).post(f"{URL}/keys").status_code == 403
    assert ada.post(f"{URL}/keys").status_code == 303
    assert ada.post(f"{URL}/keys").status_code == 409
    assert ada.post(f"{URL}/keys/{first.pk}/remove").status_code == 409
    known = certificates(provider)
    assert (known[0], len(known)) == (certificate, 2)
    # Prepared: what is encrypted for the new one is read, and the old one still signs.
    early = Visit(provider)
    read_address(early.address, known[0])
    assert is_in(enter(early, with_encrypted_assertion(with_signed_assertion(early.answer(), signer), known[1])))

    with organization_scope(cast.organization.pk):
        second = SigningKey.objects.get(is_used=False)
    assert ada.post(f"{URL}/keys/{second.pk}/use").status_code == 303
    late = Visit(provider)
    read_address(late.address, known[1])
    answer = with_signed_assertion(late.answer(id="_late"), signer)
    assert is_in(enter(late, with_encrypted_assertion(answer, known[0])))
    assert ada.post(f"{URL}/keys/{first.pk}/remove").status_code == 303
    assert certificates(provider) == [known[1]]
    with organization_scope(cast.organization.pk):
        make_new_keys(cast.organization)
        assert reseal_provider_secrets() == 1
        assert SigningKey.objects.get().sealed_private_key != second.sealed_private_key
        assert "PRIVATE KEY" in key_pairs_of(cast.organization.pk)[0].private_key


def test_signing_out_here_signs_out_at_the_provider(provider, certificate: str, signer: Signer) -> None:
    visit = Visit(provider)
    client = enter(visit, with_signed_assertion(visit.answer(), signer))

    page = client.post("/sign-out")

    assert not is_in(client)
    address = html.unescape(re.search(r'content="0;url=([^"]+)"', page.text).group(1))
    assert address.startswith(f"{SIGN_OUT_URL}?")
    kind, asked, _state = read_address(address, certificate)
    assert (kind, asked.get("Destination")) == ("SAMLRequest", SIGN_OUT_URL)
    assert asked.findtext(f"{{{A}}}Issuer") == visit.us.entity_id
    assert asked.findtext(f"{{{A}}}NameID") == "nora"
    assert asked.findtext(f"{{{P}}}SessionIndex") == "_session1"

    def answer(in_response_to: str, *codes: str):
        inner = "".join(f'<p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{code}"/>' for code in codes[1:])
        return etree.fromstring(
            f"""<p:LogoutResponse xmlns:p="{P}" xmlns:a="{A}" ID="_back" Version="2.0" InResponseTo="{in_response_to}"
            Destination="{visit.us.signs_out_at}"><a:Issuer>{ISSUER}</a:Issuer><p:Status><p:StatusCode
            Value="urn:oasis:names:tc:SAML:2.0:status:{codes[0]}">{inner}</p:StatusCode></p:Status></p:LogoutResponse>"""
        )

    path = urlsplit(visit.us.signs_out_at).path
    forged = in_address(Signer(), "SAMLResponse", answer(asked.get("ID"), "Success"))
    assert client.get(f"{path}?{forged}").status_code == 422
    done = client.get(f"{path}?{in_address(signer, 'SAMLResponse', answer(asked.get('ID'), 'Success'))}", follow=True)
    assert "signed out, here and at" in html.unescape(done.text)
    partly = in_address(signer, "SAMLResponse", answer(asked.get("ID"), "Success", "PartialLogout"))
    assert "Close the browser" in client.get(f"{path}?{partly}", follow=True).text
    posted = base64.b64encode(etree.tostring(signer.sign(answer(asked.get("ID"), "Success")))).decode()
    back = Client(headers=ENGLISH).post(path, {"SAMLResponse": posted})
    assert back.headers["Location"] == "/sign-in?notice=signed-out-everywhere"


def test_provider_ends_the_session_it_names_and_hears_so(provider, certificate: str, signer: Signer, told) -> None:
    first, second = Visit(provider), Visit(provider)
    here = enter(first, with_signed_assertion(first.answer(), signer))
    there = enter(second, with_signed_assertion(second.answer(id="_assertion2", index="_session2"), signer))
    slo = first.us.signs_out_at
    path = urlsplit(slo).path

    back = Client(headers=ENGLISH).get(f"{path}?{in_address(signer, 'SAMLRequest', Leaving(slo).xml())}")

    assert back.status_code == 303
    kind, answer, state = read_address(back.headers["Location"], certificate)
    assert (kind, answer.get("InResponseTo"), state) == ("SAMLResponse", "_leaving1", "there")
    assert answer.find(f".//{{{P}}}StatusCode").get("Value").endswith(":Success")
    assert (is_in(here), is_in(there)) == (False, True)
    assert [event.details["reason"] for event in told if event.kind == SecurityKind.SIGNED_OUT] == ["provider"]

    # By POST, with an encrypted name, and all sessions; in the browser that is signed in.
    everything = Leaving(slo, id="_leaving2", indexes=()).xml()
    name = everything.find(f"{{{A}}}NameID")
    everything.replace(name, encrypted(name, certificate))
    sent = base64.b64encode(etree.tostring(signer.sign(everything))).decode()
    assert there.post(path, {"SAMLRequest": sent, "RelayState": "x"}).status_code == 303
    assert not is_in(there)


def test_request_to_sign_out_is_refused_when_it_is_forged_late_repeated_or_for_others(
    provider, certificate: str, signer: Signer
) -> None:
    visit = Visit(provider)
    client = enter(visit, with_signed_assertion(visit.answer(), signer))
    slo = visit.us.signs_out_at
    path = urlsplit(slo).path
    good = Leaving(slo, name="somebody else").xml()
    honest = in_address(signer, "SAMLRequest", good)
    packed = base64.b64encode(zlib.compress(b"<a>" + b" " * 2_000_000 + b"</a>", wbits=-15)).decode()
    wrong = {
        "forged": in_address(Signer(), "SAMLRequest", Leaving(slo).xml()),
        "unsigned": honest.partition("&SigAlg")[0],
        "other text": honest.replace("RelayState=there", "RelayState=elsewhere"),
        "twice": f"{honest}&SAMLRequest=x",
        "weak": in_address(signer, "SAMLRequest", Leaving(slo).xml(), algorithm="rsa-md5"),
        "late": in_address(signer, "SAMLRequest", Leaving(slo, at=now() - timedelta(minutes=20)).xml()),
        "early": in_address(signer, "SAMLRequest", Leaving(slo, at=now() + timedelta(minutes=20)).xml()),
        "for others": in_address(signer, "SAMLRequest", Leaving("https://another.service/slo").xml()),
        "of others": in_address(signer, "SAMLRequest", Leaving(slo, issuer="https://evil.test/").xml()),
        "nothing": "",
        "a bomb": urlencode({"SAMLRequest": packed}),
        "an answer in its place": in_address(signer, "SAMLResponse", Leaving(slo).xml()),
    }

    refused = {name: Client(headers=ENGLISH).get(f"{path}?{query}").status_code for name, query in wrong.items()}
    assert refused == dict.fromkeys(wrong, 422)
    assert Client().post(path, {"SAMLRequest": base64.b64encode(etree.tostring(good)).decode()}).status_code == 422
    assert Client().get(f"{path}?{honest}").status_code == 303
    assert Client().get(f"{path}?{honest}").status_code == 422
    assert is_in(client)


def test_without_a_key_pair_signing_out_stays_here(provider, signer: Signer) -> None:
    visit = Visit(provider)
    client = enter(visit, with_signed_assertion(visit.answer(), signer))
    query = in_address(signer, "SAMLRequest", Leaving(visit.us.signs_out_at).xml())

    assert Client().get(f"{urlsplit(visit.us.signs_out_at).path}?{query}").status_code == 404
    assert client.post("/sign-out").headers["Location"] == "/sign-in?notice=signed-out"
    assert certificates(provider) == []
