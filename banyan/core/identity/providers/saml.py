"""SAML 2.0 as a service provider: requests by redirect, answers by POST, and only to requests of ours.

Nothing of an answer is believed but the element that the signature covers, as the verifier returns it.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from cryptography import x509
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier  # type: ignore[attr-defined]  # re-exported
from signxml.exceptions import SignXMLException

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.vouching import ProviderFailed, ServiceProvider, Vouched

NS = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}
RESPONSE, ASSERTION = f"{{{NS['p']}}}Response", f"{{{NS['a']}}}Assertion"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
SKEW = timedelta(seconds=60)
MOST_BYTES = 500_000


@dataclass(frozen=True)
class Assertion:
    """A verified assertion; it must not be accepted again before ``expires_at``."""

    id: str
    expires_at: datetime
    vouched: Vouched


def request_address(
    provider: IdentityProvider, us: ServiceProvider, *, request_id: str, relay_state: str, at: datetime
) -> str:
    """Return where the browser is sent to sign in."""
    request = (
        f'<samlp:AuthnRequest xmlns:samlp="{NS["p"]}" xmlns:saml="{NS["a"]}" Version="2.0" ID={quoteattr(request_id)} '
        f'IssueInstant="{at:%Y-%m-%dT%H:%M:%SZ}" Destination={quoteattr(provider.settings["sign_in_url"])} '
        f"AssertionConsumerServiceURL={quoteattr(us.answers_at)} "
        'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
        f"<saml:Issuer>{us.entity_id}</saml:Issuer></samlp:AuthnRequest>"
    )
    packer = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(packer.compress(request.encode()) + packer.flush()).decode()
    endpoint = provider.settings["sign_in_url"]
    query = urlencode({"SAMLRequest": packed, "RelayState": relay_state})
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def our_metadata(us: ServiceProvider) -> str:
    """Return the description of ourselves that administrators of providers import."""
    return (
        f'<?xml version="1.0"?>\n<md:EntityDescriptor xmlns:md="{NS["md"]}" entityID={quoteattr(us.entity_id)}>'
        f'<md:SPSSODescriptor WantAssertionsSigned="true" protocolSupportEnumeration="{NS["p"]}">'
        '<md:AssertionConsumerService index="0" isDefault="true" '
        f'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location={quoteattr(us.answers_at)}/>'
        "</md:SPSSODescriptor></md:EntityDescriptor>"
    )


def read_metadata(text: str) -> dict[str, Any]:
    """Return issuer, address and certificates from a provider's metadata; raise ``ProviderFailed``."""
    root = _parsed(text.strip().encode())
    entities = [root] if root.tag == f"{{{NS['md']}}}EntityDescriptor" else root.findall(".//md:EntityDescriptor", NS)
    for entity in entities:
        described = entity.find("md:IDPSSODescriptor", NS)
        if described is None:
            continue
        places = [row for row in described.findall("md:SingleSignOnService", NS) if row.get("Binding") == REDIRECT]
        keys = [row for row in described.findall("md:KeyDescriptor", NS) if row.get("use") in {None, "signing"}]
        found = [node.text or "" for key in keys for node in key.findall(".//ds:X509Certificate", NS)]
        if places and found:
            return {
                "issuer": entity.get("entityID", ""),
                "sign_in_url": places[0].get("Location", ""),
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
        root = _parsed(base64.b64decode(encoded, validate=True))
    except ValueError:
        raise _untrusted() from None
    if root.tag != RESPONSE or root.get("InResponseTo") != request_id:
        raise _untrusted()
    if root.get("Destination") not in {None, us.answers_at}:
        raise _untrusted()
    status = root.find("p:Status/p:StatusCode", NS)
    if status is None or status.get("Value") != SUCCESS:
        raise ProviderFailed("provider_refused", _("The provider did not let you in."))
    assertion = _signed_assertion(provider, root)
    issuer = assertion.find("a:Issuer", NS)
    if issuer is None or _text(issuer) != provider.settings["issuer"]:
        raise _untrusted()
    expires_at = _check_conditions(assertion, us, at)
    _check_subject(assertion, us, request_id, at)
    return Assertion(assertion.get("ID", ""), expires_at, _vouched(provider, assertion))


def _parsed(xml: bytes) -> Any:
    """Return the root of a document; without entities, network or document type."""
    if len(xml) > MOST_BYTES:
        raise _untrusted()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise _untrusted() from None
    document: Any = root.getroottree()
    if document.docinfo.doctype:
        raise _untrusted()
    return root


def _signed_assertion(provider: IdentityProvider, root: Any) -> Any:
    """Return the one assertion, from what a certificate of the provider has signed: it, or the whole answer."""
    assertions = root.findall(".//a:Assertion", NS)
    if len(assertions) != 1 or root.findall("a:Assertion", NS) != assertions:
        raise _untrusted()
    for holder in (assertions[0], root):
        if holder.find("ds:Signature", NS) is None:
            continue
        signed = _verified(provider, etree.tostring(holder))
        found = signed if signed.tag == ASSERTION else signed.find("a:Assertion", NS)
        if signed.tag in {RESPONSE, ASSERTION} and found is not None and found.get("ID") == assertions[0].get("ID"):
            return found
    raise _untrusted()


def _verified(provider: IdentityProvider, xml: bytes) -> Any:
    """Return the element that a signature covers, whose holder is the document's root."""
    expected = SignatureConfiguration(location="./", expect_references=1)
    for certificate in provider.settings["certificates"]:
        try:
            result = XMLVerifier().verify(xml, x509_cert=certificate, id_attribute="ID", expect_config=expected)
        except (SignXMLException, ValueError, etree.LxmlError):
            continue
        if not isinstance(result, list) and result.signed_xml is not None:
            return result.signed_xml
    raise _untrusted()


def _check_conditions(assertion: Any, us: ServiceProvider, at: datetime) -> datetime:
    conditions = assertion.find("a:Conditions", NS)
    if conditions is None or not assertion.get("ID"):
        raise _untrusted()
    begins, ends = _instant(conditions.get("NotBefore")), _instant(conditions.get("NotOnOrAfter"))
    audiences = [_text(node) for node in conditions.findall("a:AudienceRestriction/a:Audience", NS)]
    if us.entity_id not in audiences or (begins is not None and begins > at + SKEW):
        raise _untrusted()
    if ends is None or ends <= at - SKEW:
        raise _untrusted()
    return ends + SKEW


def _check_subject(assertion: Any, us: ServiceProvider, request_id: str, at: datetime) -> None:
    for confirmation in assertion.findall("a:Subject/a:SubjectConfirmation", NS):
        facts = confirmation.find("a:SubjectConfirmationData", NS)
        if confirmation.get("Method") != BEARER or facts is None:
            continue
        ends = _instant(facts.get("NotOnOrAfter"))
        is_ours = facts.get("Recipient") == us.answers_at and facts.get("InResponseTo") == request_id
        if is_ours and ends is not None and ends > at - SKEW and facts.get("NotBefore") is None:
            return
    raise _untrusted()


def _vouched(provider: IdentityProvider, assertion: Any) -> Vouched:
    subject = assertion.find("a:Subject/a:NameID", NS)
    if subject is None or not _text(subject):
        raise _untrusted()
    values: dict[str, tuple[str, ...]] = {}
    for attribute in assertion.findall("a:AttributeStatement/a:Attribute", NS):
        texts = tuple(_text(node) for node in attribute.findall("a:AttributeValue", NS))
        values[attribute.get("Name", "")] = texts
    settings = provider.settings
    emails = values.get(settings.get("email_attribute") or "email") or (
        (_text(subject),) if "@" in _text(subject) else ()
    )
    names = values.get(settings.get("name_attribute") or "name") or ("",)
    groups = values.get(settings.get("groups_attribute") or "groups") or ()
    return Vouched(subject=_text(subject)[:255], email=emails[0] if emails else "", name=names[0], groups=groups)


def _text(node: Any) -> str:
    """Return all the text of an element: a comment in the middle of a name must not shorten it."""
    return "".join(node.itertext()).strip()


def _instant(text: str | None) -> datetime | None:
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _untrusted() -> ProviderFailed:
    return ProviderFailed("provider_untrusted", _("What the provider sent could not be verified. Try again."))
