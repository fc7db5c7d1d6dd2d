"""The organization's own key pairs for SAML: made here, the private key sealed, the certificate told to providers."""

from __future__ import annotations

import uuid
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from banyan.core.identity.providers.models import SigningKey
from banyan.core.identity.providers.vouching import KeyPair
from banyan.core.identity.secret_values import seal, unseal
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id

KEY_BITS = 3072
VALID_FOR = timedelta(days=5 * 365)
#: How long before its end an administrator is reminded that a key should be replaced.
REMIND_BEFORE = timedelta(days=60)


def make_key(organization_id: uuid.UUID, *, name: str, is_used: bool) -> SigningKey:
    """Make a key pair of the organization in scope, with a certificate that it signs itself."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    at = now()
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of providers may be a little behind.
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    key = SigningKey(
        id=new_id(),
        organization_id=organization_id,
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        is_used=is_used,
        expires_at=certificate.not_valid_after_utc,
    )
    text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    key.sealed_private_key = seal(text, purpose=key.purpose, organization_id=organization_id)
    key.save(force_insert=True)
    return key


def certificates_of(organization_id: uuid.UUID) -> tuple[str, ...]:
    """Return the certificates of the organization in scope, the one in use first."""
    return tuple(SigningKey.objects.filter(organization_id=organization_id).values_list("certificate", flat=True))


def key_pairs_of(organization_id: uuid.UUID) -> tuple[KeyPair, ...]:
    """Return the key pairs of the organization in scope, the one in use first; raise ``SealBroken``."""
    return tuple(
        KeyPair(unseal(key.sealed_private_key, purpose=key.purpose, organization_id=organization_id), key.certificate)
        for key in SigningKey.objects.filter(organization_id=organization_id)
    )


def fingerprint(certificate: str) -> str:
    """Return the SHA-256 of a certificate as administrators compare it."""
    return x509.load_pem_x509_certificate(certificate.encode()).fingerprint(hashes.SHA256()).hex(":").upper()
