"""Messages of SAML in an address (HTTP redirect): packed, and signed over the text of the address itself."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_plus, unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from banyan.core.identity.providers.saml_xml import MOST_BYTES, untrusted
from banyan.core.identity.providers.vouching import KeyPair

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256 = f"{MORE}rsa-sha256"
#: Signatures that count; SHA-1 is not among them.
RSA = {RSA_SHA256: hashes.SHA256(), f"{MORE}rsa-sha384": hashes.SHA384(), f"{MORE}rsa-sha512": hashes.SHA512()}
ECDSA = {f"{MORE}ecdsa-sha256": hashes.SHA256(), f"{MORE}ecdsa-sha384": hashes.SHA384()}
REQUEST, RESPONSE = "SAMLRequest", "SAMLResponse"


@dataclass(frozen=True)
class Received:
    """A message of an address: its kind, its XML, what has to be sent back with the answer, and whether it is signed."""

    kind: str
    xml: bytes
    relay_state: str
    signed_text: bytes
    algorithm: str
    signature: bytes


def address_with(endpoint: str, kind: str, xml: str, *, relay_state: str, key: KeyPair | None) -> str:
    """Return the address that carries a message to a provider, signed when there is a key."""
    packer = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(packer.compress(xml.encode()) + packer.flush()).decode()
    parts = [(kind, packed), *([("RelayState", relay_state)] if relay_state else [])]
    if key is not None:
        parts.append(("SigAlg", RSA_SHA256))
        private = serialization.load_pem_private_key(key.private_key.encode(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError("Keys of organizations are RSA.")
        signature = private.sign(_query(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        parts.append(("Signature", base64.b64encode(signature).decode()))
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{_query(parts)}"


def received(query: str) -> Received:
    """Return the message of an address as it came; raise ``ProviderFailed`` when there is not exactly one.

    The signature covers the parameters as the provider has written them, so that the query is not decoded first.
    """
    raw: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in raw:
            raise untrusted()
        raw[name] = value
    kinds = [kind for kind in (REQUEST, RESPONSE) if kind in raw]
    if len(kinds) != 1:
        raise untrusted()
    signed = [f"{name}={raw[name]}" for name in (kinds[0], "RelayState", "SigAlg") if name in raw]
    values = {name: unquote_plus(value) for name, value in raw.items()}
    return Received(
        kind=kinds[0],
        xml=_unpacked(values[kinds[0]]),
        relay_state=values.get("RelayState", ""),
        signed_text="&".join(signed).encode(),
        algorithm=values.get("SigAlg", ""),
        signature=_decoded(values.get("Signature", "")),
    )


def is_signed_by(message: Received, certificates: Iterable[str]) -> bool:
    """Say whether the holder of one of the certificates has signed a message."""
    return any(_verifies(message, certificate) for certificate in certificates)


def _verifies(message: Received, certificate: str) -> bool:
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey) and message.algorithm in RSA:
            public.verify(message.signature, message.signed_text, padding.PKCS1v15(), RSA[message.algorithm])
            return True
        if isinstance(public, ec.EllipticCurvePublicKey) and message.algorithm in ECDSA:
            public.verify(message.signature, message.signed_text, ec.ECDSA(ECDSA[message.algorithm]))
            return True
    except InvalidSignature:
        return False
    return False


def _query(parts: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote_plus(value)}" for name, value in parts)


def _unpacked(text: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=-15)
    try:
        # A small text may unpack to gigabytes.
        xml = unpacker.decompress(_decoded(text), MOST_BYTES)
    except zlib.error:
        raise untrusted() from None
    if unpacker.unconsumed_tail:
        raise untrusted()
    return xml


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise untrusted() from None
