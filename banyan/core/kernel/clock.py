"""The only source of the current time, so that tests and jobs agree on it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """Return the current day in an IANA time zone, for example ``Asia/Shanghai``."""
    return now().astimezone(ZoneInfo(zone)).date()
