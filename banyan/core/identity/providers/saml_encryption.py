"""Reading what a provider has encrypted for us (XML Encryption), with algorithms of a short list.

Whatever goes wrong is the same refusal: an answer that told a bad padding from a bad signature would let an attacker
decrypt what somebody intercepted, one question after the other. RSA with PKCS #1 v1.5 is not read at all.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from banyan.core.identity.providers.saml_xml import MOST_BYTES, NS, parsed, untrusted
from banyan.core.identity.providers.vouching import KeyPair

ENC, ENC11, DSIG = NS["xenc"], NS["xenc11"], NS["ds"]
#: Ciphers by name, with the bytes of their key.
GCM = {f"{ENC11}aes128-gcm": 16, f"{ENC11}aes192-gcm": 24, f"{ENC11}aes256-gcm": 32}
CBC = {f"{ENC}aes128-cbc": 16, f"{ENC}aes192-cbc": 24, f"{ENC}aes256-cbc": 32}
OAEP = {f"{ENC}rsa-oaep-mgf1p", f"{ENC11}rsa-oaep"}
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    f"{DSIG}sha1": hashes.SHA1(),  # noqa: S303 within OAEP it protects nothing by itself, and many providers know no other
    f"{ENC}sha256": hashes.SHA256(),
    f"{ENC}sha512": hashes.SHA512(),
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384(),
}
MASKS: dict[str, hashes.HashAlgorithm] = {
    f"{ENC11}mgf1sha1": hashes.SHA1(),  # noqa: S303 as above
    f"{ENC11}mgf1sha256": hashes.SHA256(),
    f"{ENC11}mgf1sha384": hashes.SHA384(),
    f"{ENC11}mgf1sha512": hashes.SHA512(),
}
NONCE, BLOCK, TAG = 12, 16, 16


def decrypted(holder: Any, keys: Iterable[KeyPair]) -> Any:
    """Return the root of what an EncryptedAssertion or EncryptedID holds; raise ``ProviderFailed``.

    Args:
        holder: The element; the key may lie within its EncryptedData or beside it.
        keys: Our key pairs; a provider may still use an earlier one.
    """
    data = holder.find("xenc:EncryptedData", NS)
    if data is None:
        raise untrusted()
    method = _algorithm(data)
    content = _cipher_value(data)
    for wrapped in holder.iterfind(".//xenc:EncryptedKey", NS):
        for pair in keys:
            secret = _content_key(wrapped, pair)
            if secret is not None and len(secret) == {**GCM, **CBC}.get(method):
                return parsed(_opened(method, secret, content))
    raise untrusted()


def _content_key(wrapped: Any, pair: KeyPair) -> bytes | None:
    """Return the key of the content when it is wrapped for this pair."""
    method = wrapped.find("xenc:EncryptionMethod", NS)
    name = method.get("Algorithm") if method is not None else None
    if name not in OAEP:
        raise untrusted()
    digest = _named(method, "ds:DigestMethod", DIGESTS, hashes.SHA1())  # noqa: S303 the standard's default
    mask = _named(method, "xenc11:MGF", MASKS, hashes.SHA1()) if name == f"{ENC11}rsa-oaep" else hashes.SHA1()  # noqa: S303 as above
    private = serialization.load_pem_private_key(pair.private_key.encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        return None
    scheme = padding.OAEP(mgf=padding.MGF1(algorithm=mask), algorithm=digest, label=None)
    try:
        return private.decrypt(_cipher_value(wrapped), scheme)
    except ValueError:
        return None


def _opened(method: str, secret: bytes, content: bytes) -> bytes:
    if method in GCM:
        try:
            return AESGCM(secret).decrypt(content[:NONCE], content[NONCE:], None)
        except (InvalidTag, ValueError):
            raise untrusted() from None
    if len(content) < 2 * BLOCK or len(content) % BLOCK:
        raise untrusted()
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(content[:BLOCK])).decryptor()
    clear = decryptor.update(content[BLOCK:]) + decryptor.finalize()
    filled = clear[-1]
    # A wrong padding is not told from XML that cannot be read: both end in the parser.
    return clear[:-filled] if 0 < filled <= BLOCK else clear


def _named(
    method: Any, place: str, known: dict[str, hashes.HashAlgorithm], default: hashes.HashAlgorithm
) -> hashes.HashAlgorithm:
    node = method.find(place, NS)
    if node is None:
        return default
    found = known.get(node.get("Algorithm", ""))
    if found is None:
        raise untrusted()
    return found


def _algorithm(data: Any) -> str:
    method = data.find("xenc:EncryptionMethod", NS)
    name = method.get("Algorithm", "") if method is not None else ""
    if name not in GCM and name not in CBC:
        raise untrusted()
    return str(name)


def _cipher_value(element: Any) -> bytes:
    node = element.find("xenc:CipherData/xenc:CipherValue", NS)
    text = "".join((node.text or "").split()) if node is not None else ""
    if not text or len(text) > 2 * MOST_BYTES:
        raise untrusted()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise untrusted() from None
