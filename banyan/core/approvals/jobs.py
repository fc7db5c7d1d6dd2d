"""Background work on approvals: time limits."""

from __future__ import annotations

from banyan.core.access.actor import Actor
from banyan.core.approvals.limits import watch_limits
from banyan.core.jobs.registration import periodic


@periodic("*/10 * * * *", name="approvals.watch_limits")
def watch_time_limits(actor: Actor) -> None:
    """Remind and act where the time for a step is running out or over."""
    watch_limits(actor)
