"""Single logout: asking a provider to end its session, and ending ours when it asks; every message is signed.

The provider's questions come with a browser, by redirect or by POST. What it says is believed for a few minutes and once.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.saml import verified
from banyan.core.identity.providers.saml_encryption import decrypted
from banyan.core.identity.providers.saml_redirect import REQUEST, RESPONSE, address_with, is_signed_by, received
from banyan.core.identity.providers.saml_xml import NS, SKEW, SUCCESS, instant, parsed, text_of, untrusted
from banyan.core.identity.providers.vouching import BegunSession, ServiceProvider

TAGS = {REQUEST: f"{{{NS['p']}}}LogoutRequest", RESPONSE: f"{{{NS['p']}}}LogoutResponse"}
#: How old a message may be when it does not say itself.
BELIEVED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Asked:
    """A provider's verified wish to end a person's sessions: all of them when it names none."""

    id: str
    name: str
    indexes: tuple[str, ...]
    relay_state: str
    believed_until: datetime


@dataclass(frozen=True)
class Answered:
    """A provider's verified answer to our wish; ``is_done`` when nothing went on elsewhere."""

    in_response_to: str
    is_done: bool


@dataclass(frozen=True)
class Message:
    """A message whose signature is the provider's, and that is meant for us."""

    kind: str
    root: Any
    relay_state: str


def can_sign_out(provider: IdentityProvider, us: ServiceProvider) -> bool:
    """Say whether sessions of a provider can be ended there: it has an address for that, and we have a key."""
    return bool(provider.settings.get("sign_out_url") and us.keys)


def leaving_address(
    provider: IdentityProvider, us: ServiceProvider, session: BegunSession, *, request_id: str, at: datetime
) -> str:
    """Return where the browser is sent to end the session at the provider as well."""
    endpoint = provider.settings["sign_out_url"]
    named = [
        ("NameQualifier", session.qualifier),
        ("SPNameQualifier", session.our_qualifier),
        ("Format", session.name_format),
    ]
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in named if value)
    index = f"<samlp:SessionIndex>{escape(session.index)}</samlp:SessionIndex>" if session.index else ""
    message = (
        f"{_opening('LogoutRequest', us, message_id=request_id, endpoint=endpoint, at=at)}"
        f"<saml:NameID{attributes}>{escape(session.name)}</saml:NameID>{index}</samlp:LogoutRequest>"
    )
    return address_with(endpoint, REQUEST, message, relay_state="", key=us.keys[0])


def answer_address(
    provider: IdentityProvider, us: ServiceProvider, asked: Asked, *, answer_id: str, at: datetime
) -> str:
    """Return where the browser goes on to tell the provider that our sessions are over."""
    settings = provider.settings
    endpoint = settings.get("sign_out_answer_url") or settings["sign_out_url"]
    opening = _opening(
        "LogoutResponse",
        us,
        message_id=answer_id,
        endpoint=endpoint,
        at=at,
        extra=f" InResponseTo={quoteattr(asked.id)}",
    )
    message = f'{opening}<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status></samlp:LogoutResponse>'
    return address_with(endpoint, RESPONSE, message, relay_state=asked.relay_state, key=us.keys[0])


def message_of_address(provider: IdentityProvider, us: ServiceProvider, query: str) -> Message:
    """Return the message that a browser brings in an address; raise ``ProviderFailed``."""
    message = received(query)
    if not is_signed_by(message, provider.settings["certificates"]):
        raise untrusted()
    return _checked(provider, us, message.kind, parsed(message.xml), message.relay_state)


def message_of_form(
    provider: IdentityProvider, us: ServiceProvider, kind: str, encoded: str, relay_state: str
) -> Message:
    """Return the message that a browser posts, which is signed within; raise ``ProviderFailed``."""
    try:
        xml = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise untrusted() from None
    # What the signature covers is read, and nothing beside it.
    root = verified(provider, etree.tostring(parsed(xml)))
    return _checked(provider, us, kind, root, relay_state)


def asked_by(message: Message, us: ServiceProvider, at: datetime) -> Asked:
    """Return whose sessions a request wants to end; raise ``ProviderFailed`` when it is late."""
    root = message.root
    issued, ends = instant(root.get("IssueInstant")), instant(root.get("NotOnOrAfter"))
    if issued is None or not root.get("ID") or not at - BELIEVED_FOR - SKEW < issued < at + SKEW:
        raise untrusted()
    if root.get("NotOnOrAfter") and (ends is None or ends <= at - SKEW):
        raise untrusted()
    sealed = root.find("a:EncryptedID", NS)
    name = text_of(decrypted(sealed, us.keys) if sealed is not None else root.find("a:NameID", NS))
    if not name:
        raise untrusted()
    indexes = tuple(filter(None, (text_of(node) for node in root.findall("p:SessionIndex", NS))))
    return Asked(root.get("ID"), name, indexes, message.relay_state, issued + BELIEVED_FOR + 2 * SKEW)


def answered_by(message: Message) -> Answered:
    """Return what a provider answered to our wish to end its session."""
    codes = [node.get("Value") for node in message.root.findall("p:Status//p:StatusCode", NS)]
    # Somebody who is signed out here and not everywhere gets a second code beside the success.
    return Answered(message.root.get("InResponseTo", ""), codes == [SUCCESS])


def _checked(provider: IdentityProvider, us: ServiceProvider, kind: str, root: Any, relay_state: str) -> Message:
    issuer = root.find("a:Issuer", NS)
    if root.tag != TAGS[kind] or issuer is None or text_of(issuer) != provider.settings["issuer"]:
        raise untrusted()
    # A message that was signed for another service would end sessions here.
    if root.get("Destination") != us.signs_out_at:
        raise untrusted()
    return Message(kind, root, relay_state)


def _opening(name: str, us: ServiceProvider, *, message_id: str, endpoint: str, at: datetime, extra: str = "") -> str:
    return (
        f'<samlp:{name} xmlns:samlp="{NS["p"]}" xmlns:saml="{NS["a"]}" Version="2.0" ID={quoteattr(message_id)} '
        f'IssueInstant="{at:%Y-%m-%dT%H:%M:%SZ}" Destination={quoteattr(endpoint)}{extra}>'
        f"<saml:Issuer>{escape(us.entity_id)}</saml:Issuer>"
    )
