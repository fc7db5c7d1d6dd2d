"""SAML: answers that are signed by the provider, and every way in which one may be forged, late or meant for others."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from lxml import etree

from banyan.core.identity.models import Session, User
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind, UsedAssertion
from banyan.core.identity.providers.saml import clean_certificate, read_metadata
from banyan.core.identity.providers.tests.saml_provider import (
    ENGLISH,
    ISSUER,
    SIGN_IN_URL,
    SIGN_OUT_URL,
    A,
    P,
    Signer,
    Visit,
    with_signed_assertion,
)
from banyan.core.identity.providers.vouching import ProviderFailed
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.single_sign_on import service_of
from tests.cast import Cast


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def provider(make_provider, signer: Signer) -> IdentityProvider:
    return make_provider(
        ProviderKind.SAML, {"issuer": ISSUER, "sign_in_url": SIGN_IN_URL, "certificates": [signer.certificate]}
    )


def nobody_came_in() -> bool:
    return not Session.objects.filter(account__isnull=False).exists()


@pytest.mark.parametrize("covers", ["assertion", "answer"])
def test_signed_answer_signs_in(cast: Cast, provider, signer: Signer, covers: str) -> None:
    visit = Visit(provider)
    answer = visit.answer()
    signed = with_signed_assertion(answer, signer) if covers == "assertion" else signer.sign(answer)

    back = visit.post(signed)

    assert back.status_code == 303, back.text
    assert nobody_came_in()
    done = visit.client.get(back.headers["Location"])
    assert done.headers["Location"] == "/customers"
    assert visit.client.get("/customers").status_code == 200
    with organization_scope(cast.organization.pk):
        user = User.objects.get(email="nora@cast.test")
        assert (user.name, [role.key for role in user.roles.all()]) == ("Nora New", ["salesperson"])


CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"


def test_class_that_an_organization_demands_is_asked_for_and_has_to_be_stated(
    cast: Cast, make_provider, signer: Signer
) -> None:
    provider = make_provider(
        ProviderKind.SAML,
        {
            "issuer": ISSUER, "sign_in_url": SIGN_IN_URL, "certificates": [signer.certificate],
            "required_levels": f"{CLASSES}TimeSyncToken",
        },
    )  # fmt: skip
    visit = Visit(provider)
    asked = visit.request.find(f"{{{P}}}RequestedAuthnContext")

    assert (asked.get("Comparison"), [node.text for node in asked]) == ("exact", [f"{CLASSES}TimeSyncToken"])
    for level in ("", f"{CLASSES}Password"):
        visit = Visit(provider)
        refused = visit.post(with_signed_assertion(visit.answer(level=level), signer))
        if refused.status_code == 303:
            refused = visit.client.get(refused.headers["Location"])
        assert "demands that the provider checks you more strongly" in refused.text
        assert nobody_came_in()
    visit = Visit(provider)
    back = visit.post(with_signed_assertion(visit.answer(id="_assertion2", level=f"{CLASSES}TimeSyncToken"), signer))
    assert visit.client.get(back.headers["Location"]).headers["Location"] == "/customers"


def test_fresh_proof_is_demanded_and_a_session_of_an_hour_ago_is_none(cast: Cast, provider, signer: Signer) -> None:
    assert Visit(provider).request.get("ForceAuthn") is None
    visit = Visit(provider, asks="&fresh=1")
    assert visit.request.get("ForceAuthn") == "true"

    old = f"{now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    refused = visit.post(with_signed_assertion(visit.answer(proven_at=old), signer))
    if refused.status_code == 303:
        refused = visit.client.get(refused.headers["Location"])

    assert "without asking you anew" in refused.text
    assert nobody_came_in()


PAST, FUTURE = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "https://another.service/"}, {"issuer": "https://evil.test/"}, {"recipient": "https://evil.test/"},
        {"destination": "https://evil.test/"}, {"request": "_other"}, {"assertion_request": "_other"}, {"ends": PAST},
        {"confirmed_until": PAST}, {"not_before": FUTURE}, {"status": "Responder"}, {"subject": ""}, {"ends": "soon"},
        {"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"}, {"email": "ada@strangers.test"},
    ],
)  # fmt: skip
def test_answer_is_refused_when_it_is_late_or_meant_for_others(cast: Cast, provider, signer, changes) -> None:
    visit = Visit(provider)

    assert visit.post(signer.sign(visit.answer(**changes))).status_code == 422
    assert nobody_came_in()


def test_answer_without_signature_or_by_another_key_is_refused(cast: Cast, provider, signer: Signer) -> None:
    visit = Visit(provider)

    assert visit.post(visit.answer()).status_code == 422
    assert visit.post(with_signed_assertion(visit.answer(), Signer())).status_code == 422
    assert visit.post(Signer().sign(visit.answer())).status_code == 422
    assert nobody_came_in()


def test_changed_answer_is_refused(cast: Cast, provider, signer: Signer) -> None:
    visit = Visit(provider)
    signed = with_signed_assertion(visit.answer(email="owner@cast.test"), signer)
    forged = etree.tostring(signed).replace(b"owner@cast.test", b"ada@cast.test")

    assert visit.post(forged).status_code == 422


@pytest.mark.parametrize("place", ["before", "after", "inside the signature", "around"])
def test_wrapped_assertion_is_refused(cast: Cast, provider, signer: Signer, place: str) -> None:
    # Signature wrapping: the signed assertion stays valid somewhere, and an unsigned one is read instead.
    visit = Visit(provider)
    signed = with_signed_assertion(visit.answer(email="owner@cast.test"), signer)
    genuine = signed.find(f"{{{A}}}Assertion")
    evil = visit.answer(email="ada@cast.test", id="_evil").find(f"{{{A}}}Assertion")
    if place == "before":
        genuine.addprevious(evil)
    elif place == "after":
        genuine.addnext(evil)
    elif place == "inside the signature":
        signature = genuine.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
        wrapper = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
        wrapper.append(evil)
    else:
        signed.replace(genuine, evil)
        evil.append(genuine)

    assert visit.post(signed).status_code == 422
    assert nobody_came_in()


def test_comment_does_not_shorten_an_address(cast: Cast, provider, signer: Signer) -> None:
    visit = Visit(provider)
    signed = with_signed_assertion(visit.answer(email="ada@cast.test.evil.test"), signer)
    commented = etree.tostring(signed).replace(b"ada@cast.test.evil", b"ada@cast.test<!-- -->.evil")

    back = visit.post(commented)

    assert back.status_code == 422
    assert nobody_came_in()


def test_answer_works_once_and_only_in_the_browser_that_was_sent(cast: Cast, provider, signer: Signer) -> None:
    visit = Visit(provider)
    signed = with_signed_assertion(visit.answer(), signer)
    back = visit.post(signed)

    thief = Client(headers=ENGLISH)
    assert thief.get(back.headers["Location"]).status_code == 422
    assert visit.post(signed).status_code == 422
    assert visit.client.get(back.headers["Location"]).status_code == 303
    assert visit.client.get(back.headers["Location"]).status_code == 422


def test_assertion_is_not_taken_for_a_second_visit(cast: Cast, provider, signer: Signer) -> None:
    first = Visit(provider)
    first.post(with_signed_assertion(first.answer(), signer))
    second = Visit(provider)

    assert second.post(with_signed_assertion(second.answer(id="_assertion1"), signer)).status_code == 422
    with organization_scope(cast.organization.pk):
        assert UsedAssertion.objects.count() == 1


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"not xml", b"<a/>",
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><r>&b;</r>',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(cast: Cast, provider, xml: bytes) -> None:
    assert Visit(provider).post(xml).status_code == 422


def test_unasked_answer_is_refused(cast: Cast, provider, signer: Signer) -> None:
    visit = Visit(provider)
    signed = with_signed_assertion(visit.answer(), signer)

    assert visit.post(signed, state="bny_x_y").status_code == 422
    assert visit.post(signed, state=f"bny_{cast.organization.pk.hex}_guessed").status_code == 422


def test_metadata_of_a_provider_fills_in_the_form(signer: Signer) -> None:
    body = "".join(line for line in signer.certificate.splitlines() if "-----" not in line)
    xml = f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ISSUER}">
        <md:IDPSSODescriptor protocolSupportEnumeration="{P}"><md:KeyDescriptor use="signing">
        <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{body}
        </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
        <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://x.test/post"/>
        <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SIGN_IN_URL}"/>
        <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SIGN_OUT_URL}"/>
        </md:IDPSSODescriptor></md:EntityDescriptor>"""

    assert read_metadata(xml) == {
        "issuer": ISSUER, "sign_in_url": SIGN_IN_URL, "sign_out_url": SIGN_OUT_URL, "sign_out_answer_url": "",
        "certificates": [signer.certificate],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(ProviderFailed):
        clean_certificate(text)


def test_we_describe_ourselves(cast: Cast, provider) -> None:
    us = service_of(provider)
    page = Client().get(urlsplit(us.entity_id).path)

    assert page.headers["Content-Type"] == "application/samlmetadata+xml"
    root = etree.fromstring(page.content)
    assert root.get("entityID") == us.entity_id
    assert us.answers_at in page.text
