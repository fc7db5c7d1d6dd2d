"""How strongly a provider has checked a person, and what an organization makes of that.

A provider that says nothing has checked a password at most, unless the organization trusts it without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.identity.providers.models import IdentityProvider, SecondFactor
from banyan.core.identity.providers.vouching import ProviderFailed, Vouched

#: What clocks of two machines may differ.
SKEW = timedelta(minutes=1)
#: How old a proof may be for which somebody was sent anew; the page of the provider may lie open that long.
FRESH_FOR = timedelta(minutes=10)
#: What states a second factor when the organization names nothing else (RFC 8176).
STATEMENTS = ("mfa",)


@dataclass(frozen=True)
class Strength:
    """What a visit proved: whether a second factor, and when; no instant when that is not known."""

    has_factor: bool
    proven_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Return what is kept in the visit."""
        return {"has_factor": self.has_factor, "proven_at": self.proven_at.isoformat() if self.proven_at else ""}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Strength:
        """Return the strength from what was kept; of nothing, the least."""
        proven_at = kept.get("proven_at")
        return cls(bool(kept.get("has_factor")), datetime.fromisoformat(proven_at) if proven_at else None)


def words_of(text: object) -> tuple[str, ...]:
    """Return the values that an administrator has typed, apart by spaces or commas."""
    return tuple(str(text or "").replace(",", " ").split())


def longest_of(provider: IdentityProvider) -> timedelta | None:
    """Return how long ago people may have signed in at the provider; nothing when that does not matter."""
    minutes = provider.settings.get("max_age_minutes")
    return timedelta(minutes=int(minutes)) if minutes else None


def strength_of(provider: IdentityProvider, vouched: Vouched, *, is_fresh: bool, at: datetime) -> Strength:
    """Return what a visit proved; raise ``ProviderFailed`` when it is less than the organization demands.

    Args:
        provider: The provider with the organization's demands.
        vouched: What it says.
        is_fresh: Whether the person was sent to prove themselves anew.
        at: The current time.
    """
    demanded = words_of(provider.settings.get("required_levels"))
    if demanded and not set(demanded) & set(vouched.levels):
        message = _(
            "Your organization demands that the provider checks you more strongly (%(levels)s), which it did not. "
            "Sign in there by a stronger way, or ask your administrator."
        )
        raise ProviderFailed("level_too_low", message % {"levels": ", ".join(demanded)})
    longest = longest_of(provider)
    if longest is not None and _is_older(vouched, longest, at):
        raise ProviderFailed(
            "proof_too_old",
            _("You signed in at the provider too long ago, or it does not say when. Sign in there anew."),
        )
    return Strength(_has_factor(provider, vouched), _proven_at(provider, vouched, is_fresh=is_fresh, at=at))


def _has_factor(provider: IdentityProvider, vouched: Vouched) -> bool:
    # Providers of before this choice stay trusted as they were.
    rule = provider.settings.get("second_factor") or SecondFactor.PROVIDER
    if rule == SecondFactor.STATED:
        counts = words_of(provider.settings.get("factor_statements")) or STATEMENTS
        return bool(set(counts) & set(vouched.levels))
    return bool(rule == SecondFactor.PROVIDER)


def _proven_at(provider: IdentityProvider, vouched: Vouched, *, is_fresh: bool, at: datetime) -> datetime | None:
    if vouched.proven_at is not None:
        if is_fresh and _is_older(vouched, FRESH_FOR, at):
            message = _("The provider let you in without asking you anew, which does not suffice here. Try again.")
            raise ProviderFailed("proof_too_old", message)
        return min(vouched.proven_at, at)
    if not provider.settings.get("needs_time"):
        return at
    if is_fresh:
        message = _(
            "The provider does not say when you proved yourself there (auth_time), so this is no fresh proof. Your "
            "administrator can have it said, or allow it without in the settings of single sign-on."
        )
        raise ProviderFailed("proof_without_time", message)
    return None


def _is_older(vouched: Vouched, longest: timedelta, at: datetime) -> bool:
    return vouched.proven_at is None or vouched.proven_at + longest + SKEW < at
