"""Working runs off: batches of what is due, taken so that no two workers take the same."""

from __future__ import annotations

import logging
import time
import uuid

from django.db import OperationalError
from django.utils import timezone, translation

from banyan.automation.choices import RunState
from banyan.automation.engine.executing import Batch
from banyan.automation.models import Run
from banyan.automation.setting import Setting
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger(__name__)
BATCH = 200
#: A job works so long before it makes room for others.
SECONDS = 20.0
ATTEMPTS = 3


def due_runs(most: int, *, priority: int | None = None) -> list[Run]:
    """Lock and return the runs that are due, those first that somebody waits for."""
    rows = Run.objects.filter(state__in=[RunState.READY, RunState.WAITING], due_at__lte=now())
    if priority is not None:
        rows = rows.filter(priority=priority)
    return list(rows.order_by("priority", "due_at", "id").select_for_update(skip_locked=True)[:most])


def work_batch(organization: Organization, *, most: int = BATCH, priority: int | None = None) -> int:
    """Work one batch off within the current scope, and return how many runs it had."""
    runs = due_runs(most, priority=priority)
    if runs:
        Batch(Setting(organization), runs).work()
    return len(runs)


def work_off(organization_id: uuid.UUID, *, seconds: float = SECONDS, priority: int | None = None) -> bool:
    """Work off what is due, each batch in a transaction of its own; say whether something may be left.

    Two batches that wait for each other's records are a deadlock: PostgreSQL takes one of them back, and it is done
    again in smaller pieces.
    """
    until, most, failures = time.monotonic() + seconds, BATCH, 0
    while time.monotonic() < until:
        try:
            with organization_scope(organization_id):
                organization = Organization.objects.get(pk=organization_id)
                with translation.override(organization.language), timezone.override(organization.time_zone):
                    done = work_batch(organization, most=most, priority=priority)
        except OperationalError:
            failures += 1
            logger.warning("A batch of rules was taken back and is done again.", exc_info=True)
            if failures > ATTEMPTS:
                raise
            most = max(1, most // 10)
            continue
        if not done:
            return False
        failures = 0
    return True
