"""What all of SAML's messages share: reading XML safely, names, texts and instants, and the one way to refuse."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from lxml import etree

from banyan.core.identity.providers.vouching import ProviderFailed

NS = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
}
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SKEW = timedelta(seconds=60)
MOST_BYTES = 500_000


def parsed(xml: bytes) -> Any:
    """Return the root of a document; without entities, network or document type."""
    if len(xml) > MOST_BYTES:
        raise untrusted()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise untrusted() from None
    document: Any = root.getroottree()
    if document.docinfo.doctype:
        raise untrusted()
    return root


def text_of(node: Any) -> str:
    """Return all the text of an element: a comment in the middle of a name must not shorten it."""
    return "".join(node.itertext()).strip() if node is not None else ""


def instant(text: str | None) -> datetime | None:
    """Return an instant with a time zone, or None."""
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def untrusted() -> ProviderFailed:
    """Return the refusal of all that cannot be verified; it tells nobody what was wrong, least of all a forger."""
    return ProviderFailed("provider_untrusted", _("What the provider sent could not be verified. Try again."))
