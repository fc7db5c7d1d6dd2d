"""How an organization works with quotes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization
from banyan.core.tenancy.models import Organization

KEY = "quotes"


@dataclass(frozen=True)
class QuoteSettings:
    """For how many days quotes hold, when their owners are reminded, and whether acceptance wins the opportunity."""

    valid_days: int = 30
    remind_days: int = 3
    wins_opportunity: bool = True


def settings_of(organization: Organization) -> QuoteSettings:
    """Return how an organization works with quotes."""
    stored = organization.settings.get(KEY, {})
    known = {name: stored[name] for name in asdict(QuoteSettings()) if name in stored}
    return QuoteSettings(**known)


def change_settings(actor: Actor, values: dict[str, Any]) -> None:
    """Store how the organization works with quotes; the caller has asked for the right."""
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = asdict(settings_of(organization))
    after = {**before, **values}
    organization.settings = {**organization.settings, KEY: after}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    tell_setup_changed(actor, "quotes", organization.pk, "update", values=changed)
