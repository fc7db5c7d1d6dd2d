"""Visits to a provider: who was sent comes back once, soon, and with the same browser."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.core.identity.models import User
from banyan.core.identity.providers.models import IdentityProvider, ProviderVisit, UsedAssertion
from banyan.core.identity.providers.strength import Strength
from banyan.core.identity.providers.vouching import BegunSession, ProviderFailed
from banyan.core.identity.secret_values import seal, unseal
from banyan.core.identity.secrets import hash_secret, make_secret, read_secret
from banyan.core.kernel.clock import now

OPEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Sent:
    """Somebody who is sent to a provider: the row, and the secrets that are not stored in clear."""

    visit: ProviderVisit
    state: str
    verifier: str

    @property
    def request_id(self) -> str:
        """Return the name of the request in SAML."""
        return request_id_of(self.visit)


def send(provider: IdentityProvider, *, next_path: str, is_fresh: bool = False) -> Sent:
    """Note that somebody is sent to a provider, perhaps to prove themselves anew; runs in its organization's scope."""
    ProviderVisit.objects.filter(created_at__lt=now() - OPEN_FOR).delete()
    state, state_hash = make_secret(provider.organization_id)
    # By this secret only we can redeem the code of OpenID Connect (PKCE).
    verifier = secrets.token_urlsafe(48)
    visit = ProviderVisit.objects.create(
        organization_id=provider.organization_id,
        provider=provider,
        state_hash=state_hash,
        nonce=hash_secret(f"nonce {state}")[:43],
        sealed_verifier=seal(verifier, purpose=f"visit {state_hash}", organization_id=provider.organization_id),
        next_path=next_path[:500],
        is_fresh=is_fresh,
    )
    return Sent(visit, state, verifier)


def find_visit(state: str) -> ProviderVisit:
    """Return the open visit of a state, in its organization's scope; raise ``ProviderFailed``."""
    read = read_secret(state)
    visit = (
        ProviderVisit.objects.select_related("provider__organization", "user__account")
        .filter(state_hash=read[1], created_at__gt=now() - OPEN_FOR, provider__is_on=True)
        .first()
        if read
        else None
    )
    if visit is None:
        raise ProviderFailed("visit_ended", _("This attempt to sign in took too long or was used. Try again."))
    return visit


def verifier_of(visit: ProviderVisit) -> str:
    """Return the secret by which the visit's code is redeemed."""
    return unseal(visit.sealed_verifier, purpose=f"visit {visit.state_hash}", organization_id=visit.organization_id)


def request_id_of(visit: ProviderVisit) -> str:
    """Return the name of the visit's request in SAML, which may not begin with a digit."""
    return f"_{visit.pk.hex}"


def close(visit: ProviderVisit) -> None:
    """End a visit; raise ``ProviderFailed`` when another request has ended it first."""
    if not ProviderVisit.objects.filter(pk=visit.pk).delete()[0]:
        raise ProviderFailed("visit_ended", _("This attempt to sign in took too long or was used. Try again."))


def note_return(visit: ProviderVisit, user: User, began: BegunSession, strength: Strength) -> None:
    """Note who came back, until the browser that was sent fetches the session."""
    changed = ProviderVisit.objects.filter(pk=visit.pk, returned_at=None).update(
        user=user, returned_at=now(), began=began.to_json(), strength=strength.to_json()
    )
    if not changed:
        raise ProviderFailed("visit_ended", _("This attempt to sign in took too long or was used. Try again."))


def use_assertion(provider: IdentityProvider, assertion_id: str, *, expires_at: datetime) -> None:
    """Note that an assertion was used; raise ``ProviderFailed`` when it was used before."""
    UsedAssertion.objects.filter(expires_at__lt=now()).delete()
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(
                organization_id=provider.organization_id,
                provider=provider,
                assertion_hash=hash_secret(assertion_id),
                expires_at=expires_at,
            )
    except IntegrityError:
        raise ProviderFailed("assertion_used", _("This sign-in was used already. Try again.")) from None
