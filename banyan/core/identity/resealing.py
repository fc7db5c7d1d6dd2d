"""Secrets of accounts and providers brought under the key in use: after a new key, or from before the master key."""

from __future__ import annotations

import logging

from banyan.core.identity.factors.models import TotpFactor
from banyan.core.identity.factors.totp import seed_purpose
from banyan.core.identity.providers.models import IdentityProvider, SigningKey
from banyan.core.identity.secret_values import SealBroken, reseal

logger = logging.getLogger(__name__)


def reseal_seeds() -> int:
    """Work on the seeds of all authenticator apps; return how many were sealed anew.

    One that cannot be opened is left for its owner to replace. Interrupted, it can be run again.
    """
    changed = 0
    for account_id, sealed in TotpFactor.objects.values_list("account_id", "sealed_seed").iterator():
        try:
            fresh = reseal(sealed, purpose=seed_purpose(account_id))
        except SealBroken:
            logger.warning("The authenticator app of account %s cannot be opened.", account_id)
            continue
        if fresh != sealed:
            # Whoever set the app up anew meanwhile keeps the new one.
            changed += TotpFactor.objects.filter(pk=account_id, sealed_seed=sealed).update(sealed_seed=fresh)
    return changed


def reseal_provider_secrets() -> int:
    """Work on the providers of the organization in scope, and its own keys; return how many secrets were sealed anew."""
    changed = _reseal_signing_keys()
    for provider in IdentityProvider.objects.exclude(sealed_secret=""):
        sealed = provider.sealed_secret
        try:
            fresh = reseal(sealed, purpose=provider.purpose, organization_id=provider.organization_id)
        except SealBroken:
            logger.warning("The secret of provider %s cannot be opened.", provider.pk)
            continue
        if fresh != sealed:
            same = IdentityProvider.objects.filter(pk=provider.pk, sealed_secret=sealed)
            changed += same.update(sealed_secret=fresh)
    return changed


def _reseal_signing_keys() -> int:
    changed = 0
    for key in SigningKey.objects.all():
        try:
            fresh = reseal(key.sealed_private_key, purpose=key.purpose, organization_id=key.organization_id)
        except SealBroken:
            logger.warning("The private key %s for single sign-on cannot be opened.", key.pk)
            continue
        if fresh != key.sealed_private_key:
            same = SigningKey.objects.filter(pk=key.pk, sealed_private_key=key.sealed_private_key)
            changed += same.update(sealed_private_key=fresh)
    return changed
