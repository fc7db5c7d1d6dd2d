"""The secret by which we prove ourselves to a provider: the client's, or that of the directory's reader."""

from __future__ import annotations

from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.secret_values import seal, unseal


def keep_secret(provider: IdentityProvider, secret: str) -> None:
    """Put a secret into a provider that is about to be saved; it is sealed with the organization's key."""
    provider.sealed_secret = seal(secret, purpose=provider.purpose, organization_id=provider.organization_id)


def secret_of(provider: IdentityProvider) -> str:
    """Return a provider's secret, empty when it has none; raise ``SealBroken``."""
    if not provider.sealed_secret:
        return ""
    return unseal(provider.sealed_secret, purpose=provider.purpose, organization_id=provider.organization_id)
