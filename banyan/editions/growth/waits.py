"""How long people wait for pages: counted in each process, and added to the day of the organization once a minute."""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.scope import organization_scope
from banyan.editions.growth.rules import BOUNDS, bucket

_ADD = """
    INSERT INTO editions_responsetimes (id, organization_id, day, counts) VALUES (%s, %s, %s, %s)
    ON CONFLICT (organization_id, day) DO UPDATE SET counts = ARRAY(
        SELECT a + b FROM unnest(editions_responsetimes.counts, excluded.counts) WITH ORDINALITY AS t(a, b, place)
         ORDER BY place)
"""
_lock = threading.Lock()
_counts: dict[uuid.UUID, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
_written: dict[uuid.UUID, float] = {}


def watch(request: HttpRequest, seconds: float) -> None:
    """Count how long a person waited for an answer; called after the request's transaction has ended."""
    every = settings.RESPONSE_TIMES_EVERY
    actor: Actor | None = getattr(request, "actor", None)
    if not every or actor is None:
        return
    organization_id = actor.organization_id
    at = time.monotonic()
    with _lock:
        _counts[organization_id][bucket(seconds * 1000)] += 1
        if at - _written.setdefault(organization_id, at) < every:
            return
        _written[organization_id] = at
        counts = _counts.pop(organization_id)
    add(actor, counts)


def add(actor: Actor, counts: list[int]) -> None:
    """Add counts to the day of an organization."""
    with organization_scope(actor.organization_id), connection.cursor() as cursor:
        cursor.execute(_ADD, [new_id(), actor.organization_id, today(actor.time_zone), counts])
