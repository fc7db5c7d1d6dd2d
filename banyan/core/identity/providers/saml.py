"""SAML 2.0 as a service provider: requests by redirect, answers by POST, and only to requests of ours.

Nothing of an answer is believed but the element that the signature covers, as the verifier returns it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from django.utils.translation import gettext as _
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier  # type: ignore[attr-defined]  # re-exported
from signxml.exceptions import SignXMLException

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.saml_encryption import decrypted
from banyan.core.identity.providers.saml_redirect import REQUEST, address_with
from banyan.core.identity.providers.saml_xml import (
    NS,
    POST,
    REDIRECT,
    SKEW,
    SUCCESS,
    instant,
    parsed,
    text_of,
    untrusted,
)
from banyan.core.identity.providers.strength import words_of
from banyan.core.identity.providers.vouching import BegunSession, ProviderFailed, ServiceProvider, Vouched

RESPONSE, ASSERTION = f"{{{NS['p']}}}Response", f"{{{NS['a']}}}Assertion"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"


@dataclass(frozen=True)
class Assertion:
    """A verified assertion; it must not be accepted again before ``expires_at``."""

    id: str
    expires_at: datetime
    vouched: Vouched


def request_address(
    provider: IdentityProvider,
    us: ServiceProvider,
    *,
    request_id: str,
    relay_state: str,
    at: datetime,
    is_fresh: bool = False,
) -> str:
    """Return where the browser is sent to sign in, or to prove itself anew however recently it did."""
    levels = "".join(
        f"<saml:AuthnContextClassRef>{escape(level)}</saml:AuthnContextClassRef>"
        for level in words_of(provider.settings.get("required_levels"))
    )
    demanded = (
        f'<samlp:RequestedAuthnContext Comparison="exact">{levels}</samlp:RequestedAuthnContext>' if levels else ""
    )
    forced = ' ForceAuthn="true"' if is_fresh else ""
    request = (
        f'<samlp:AuthnRequest xmlns:samlp="{NS["p"]}" xmlns:saml="{NS["a"]}" Version="2.0" ID={quoteattr(request_id)} '
        f'IssueInstant="{at:%Y-%m-%dT%H:%M:%SZ}" Destination={quoteattr(provider.settings["sign_in_url"])} '
        f'AssertionConsumerServiceURL={quoteattr(us.answers_at)} ProtocolBinding="{POST}"{forced}>'
        f"<saml:Issuer>{escape(us.entity_id)}</saml:Issuer>{demanded}</samlp:AuthnRequest>"
    )
    endpoint = provider.settings["sign_in_url"]
    return address_with(endpoint, REQUEST, request, relay_state=relay_state, key=us.keys[0] if us.keys else None)


def our_metadata(us: ServiceProvider, certificates: tuple[str, ...]) -> str:
    """Return the description of ourselves that administrators of providers import.

    With key pairs of the organization it has their certificates, to encrypt for us and to verify what we sign, and
    where sessions are ended.
    """
    keys = "".join(
        f'<md:KeyDescriptor use="{use}"><ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>'
        f"{_body(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for use in ("signing", "encryption")
        for certificate in certificates
    )
    sign_out = "".join(
        f'<md:SingleLogoutService Binding="{binding}" Location={quoteattr(us.signs_out_at)}/>'
        for binding in (REDIRECT, POST)
        if certificates
    )
    return (
        f'<?xml version="1.0"?>\n<md:EntityDescriptor xmlns:md="{NS["md"]}" entityID={quoteattr(us.entity_id)}>'
        f'<md:SPSSODescriptor AuthnRequestsSigned="{"true" if certificates else "false"}" WantAssertionsSigned="true" '
        f'protocolSupportEnumeration="{NS["p"]}">{keys}{sign_out}<md:AssertionConsumerService index="0" '
        f'isDefault="true" Binding="{POST}" Location={quoteattr(us.answers_at)}/>'
        "</md:SPSSODescriptor></md:EntityDescriptor>"
    )


def read_metadata(text: str) -> dict[str, Any]:
    """Return issuer, address and certificates from a provider's metadata; raise ``ProviderFailed``."""
    root = parsed(text.strip().encode())
    entities = [root] if root.tag == f"{{{NS['md']}}}EntityDescriptor" else root.findall(".//md:EntityDescriptor", NS)
    for entity in entities:
        described = entity.find("md:IDPSSODescriptor", NS)
        if described is None:
            continue
        places = [row for row in described.findall("md:SingleSignOnService", NS) if row.get("Binding") == REDIRECT]
        keys = [row for row in described.findall("md:KeyDescriptor", NS) if row.get("use") in {None, "signing"}]
        found = [node.text or "" for key in keys for node in key.findall(".//ds:X509Certificate", NS)]
        if places and found:
            leave = [row for row in described.findall("md:SingleLogoutService", NS) if row.get("Binding") == REDIRECT]
            return {
                "issuer": entity.get("entityID", ""),
                "sign_in_url": places[0].get("Location", ""),
                "sign_out_url": leave[0].get("Location", "") if leave else "",
                "sign_out_answer_url": leave[0].get("ResponseLocation", "") if leave else "",
                "certificates": [clean_certificate(entry) for entry in found],
            }
    raise ProviderFailed("provider_misconfigured", _("This is no metadata of an identity provider."))


def clean_certificate(text: str) -> str:
    """Return a certificate in PEM form; raise ``ProviderFailed`` when the text is none."""
    body = "".join(line for line in text.split("\n") if "-----" not in line)
    compact = "".join(body.split())
    lines = [compact[start : start + 64] for start in range(0, len(compact), 64)]
    pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise ProviderFailed("not_a_certificate", _("This is no certificate in PEM form.")) from None
    return pem


def read_response(
    provider: IdentityProvider, us: ServiceProvider, encoded: str, *, request_id: str, at: datetime
) -> Assertion:
    """Return the assertion of an answer after all checks; raise ``ProviderFailed``.

    Args:
        provider: Who has to have signed it.
        us: Whom it has to be meant for.
        encoded: What the browser posted.
        request_id: The request of ours that it has to answer.
        at: The current time.
    """
    try:
        root = parsed(base64.b64decode(encoded, validate=True))
    except ValueError:
        raise untrusted() from None
    if root.tag != RESPONSE or root.get("InResponseTo") != request_id:
        raise untrusted()
    if root.get("Destination") not in {None, us.answers_at}:
        raise untrusted()
    status = root.find("p:Status/p:StatusCode", NS)
    if status is None or status.get("Value") != SUCCESS:
        raise ProviderFailed("provider_refused", _("The provider did not let you in."))
    assertion = _signed_assertion(provider, us, root)
    issuer = assertion.find("a:Issuer", NS)
    if issuer is None or text_of(issuer) != provider.settings["issuer"]:
        raise untrusted()
    expires_at = _check_conditions(assertion, us, at)
    _check_subject(assertion, us, request_id, at)
    return Assertion(assertion.get("ID", ""), expires_at, _vouched(provider, us, assertion))


def _signed_assertion(provider: IdentityProvider, us: ServiceProvider, root: Any) -> Any:
    """Return the one assertion, from what a certificate of the provider has signed: it, or the whole answer.

    A signature over the answer covers what is encrypted within it and is verified first; one of the assertion itself is
    found when it has been decrypted.
    """
    clear, sealed = root.findall(".//a:Assertion", NS), root.findall(".//a:EncryptedAssertion", NS)
    found = [*clear, *sealed]
    if len(found) != 1 or [*root.findall("a:Assertion", NS), *root.findall("a:EncryptedAssertion", NS)] != found:
        raise untrusted()
    if clear and provider.settings.get("needs_encryption"):
        message = _("The provider did not encrypt its answer, as your organization demands. Tell your administrator.")
        raise ProviderFailed("not_encrypted", message)
    is_whole = root.find("ds:Signature", NS) is not None
    if is_whole:
        root = verified(provider, etree.tostring(root))
    holder = root.find("a:EncryptedAssertion" if sealed else "a:Assertion", NS) if root.tag == RESPONSE else None
    if holder is None:
        raise untrusted()
    assertion = decrypted(holder, us.keys) if sealed else holder
    if assertion.tag != ASSERTION:
        raise untrusted()
    if is_whole:
        return assertion
    signed = verified(provider, etree.tostring(assertion))
    if signed.tag != ASSERTION or signed.get("ID") != assertion.get("ID"):
        raise untrusted()
    return signed


def verified(provider: IdentityProvider, xml: bytes) -> Any:
    """Return the element that a signature of the provider covers, whose holder is the document's root."""
    expected = SignatureConfiguration(location="./", expect_references=1)
    for certificate in provider.settings["certificates"]:
        try:
            result = XMLVerifier().verify(xml, x509_cert=certificate, id_attribute="ID", expect_config=expected)
        except (SignXMLException, ValueError, etree.LxmlError):
            continue
        if not isinstance(result, list) and result.signed_xml is not None:
            return result.signed_xml
    raise untrusted()


def _check_conditions(assertion: Any, us: ServiceProvider, at: datetime) -> datetime:
    conditions = assertion.find("a:Conditions", NS)
    if conditions is None or not assertion.get("ID"):
        raise untrusted()
    begins, ends = instant(conditions.get("NotBefore")), instant(conditions.get("NotOnOrAfter"))
    audiences = [text_of(node) for node in conditions.findall("a:AudienceRestriction/a:Audience", NS)]
    if us.entity_id not in audiences or (begins is not None and begins > at + SKEW):
        raise untrusted()
    if ends is None or ends <= at - SKEW:
        raise untrusted()
    return ends + SKEW


def _check_subject(assertion: Any, us: ServiceProvider, request_id: str, at: datetime) -> None:
    for confirmation in assertion.findall("a:Subject/a:SubjectConfirmation", NS):
        facts = confirmation.find("a:SubjectConfirmationData", NS)
        if confirmation.get("Method") != BEARER or facts is None:
            continue
        ends = instant(facts.get("NotOnOrAfter"))
        is_ours = facts.get("Recipient") == us.answers_at and facts.get("InResponseTo") == request_id
        if is_ours and ends is not None and ends > at - SKEW and facts.get("NotBefore") is None:
            return
    raise untrusted()


def _vouched(provider: IdentityProvider, us: ServiceProvider, assertion: Any) -> Vouched:
    subject = _name_id(assertion, us)
    values: dict[str, tuple[str, ...]] = {}
    for attribute in assertion.findall("a:AttributeStatement/a:Attribute", NS):
        texts = tuple(text_of(node) for node in attribute.findall("a:AttributeValue", NS))
        values[attribute.get("Name", "")] = texts
    settings = provider.settings
    emails = values.get(settings.get("email_attribute") or "email") or (
        (text_of(subject),) if "@" in text_of(subject) else ()
    )
    names = values.get(settings.get("name_attribute") or "name") or ("",)
    groups = values.get(settings.get("groups_attribute") or "groups") or ()
    statement = assertion.find("a:AuthnStatement", NS)
    began = BegunSession(
        name=text_of(subject),
        index=statement.get("SessionIndex", "") if statement is not None else "",
        name_format=subject.get("Format", ""),
        qualifier=subject.get("NameQualifier", ""),
        our_qualifier=subject.get("SPNameQualifier", ""),
    )
    return Vouched(
        subject=text_of(subject)[:255],
        email=emails[0] if emails else "",
        name=names[0],
        groups=groups,
        began=began,
        levels=tuple(
            text_of(node) for node in assertion.findall("a:AuthnStatement/a:AuthnContext/a:AuthnContextClassRef", NS)
        ),
        proven_at=instant(statement.get("AuthnInstant")) if statement is not None else None,
    )


def _name_id(assertion: Any, us: ServiceProvider) -> Any:
    """Return the name of the person, which may be encrypted by itself."""
    sealed = assertion.find("a:Subject/a:EncryptedID", NS)
    name = decrypted(sealed, us.keys) if sealed is not None else assertion.find("a:Subject/a:NameID", NS)
    if name is None or name.tag != f"{{{NS['a']}}}NameID" or not text_of(name):
        raise untrusted()
    return name


def _body(certificate: str) -> str:
    return "".join(line for line in certificate.splitlines() if "-----" not in line)
