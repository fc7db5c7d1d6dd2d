"""Background work of the editions: trials whose time is over end."""

from __future__ import annotations

import logging

from banyan.core.jobs.registration import BULK, installation_periodic
from banyan.editions.adviser.trials import due_trials, end_trial

logger = logging.getLogger(__name__)


@installation_periodic("20 18 * * *", name="editions.end_adviser_trials", queue=BULK)
def end_adviser_trials() -> None:
    """Delete what is in the adviser's trials whose last day has passed, in the small hours in China."""
    for organization in due_trials():
        try:
            end_trial(organization)
        except Exception:
            # One that cannot be deleted does not keep the others; it is tried again tomorrow.
            logger.exception("The trial %s could not be ended.", organization.pk)
