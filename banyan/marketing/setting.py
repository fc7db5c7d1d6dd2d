"""What an organization chooses about its mail to many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from banyan.core.tenancy.models import Organization

SETTING = "marketing"


@dataclass(frozen=True)
class MarketingSetting:
    """How mail to many is sent; numbers of 0 and empty hours mean that there is no such limit."""

    sender_name: str = ""
    reply_to: str = ""
    postal_address: str = ""
    per_minute: int = 60
    cap_mails: int = 4
    cap_days: int = 30
    quiet_from: str = "21:00"
    quiet_until: str = "08:00"
    marks_ads: bool = True

    def stored(self) -> dict[str, Any]:
        """Return the settings as they are kept."""
        return asdict(self)


KNOWN = tuple(entry.name for entry in fields(MarketingSetting))


def marketing_setting(organization: Organization) -> MarketingSetting:
    """Return what an organization has chosen, with the usual for the rest."""
    stored: Mapping[str, Any] = organization.settings.get(SETTING) or {}
    return MarketingSetting(**{name: stored[name] for name in KNOWN if name in stored})
