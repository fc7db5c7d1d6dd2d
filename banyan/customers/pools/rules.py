"""The rules of public pools, without database: whose pool it is, when a customer falls due, how a share is dealt out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle


@dataclass(frozen=True)
class Ground:
    """What pools there are for: the id, and the departments whose people it is meant for (none: for everybody else)."""

    id: uuid.UUID
    departments: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True)
class Terms:
    """The days of a pool by which its customers are released; 0 is no such rule."""

    follow_up_days: int = 0
    deal_days: int = 0


@dataclass(frozen=True)
class Tenure:
    """How long a customer has been with its owner, and since when nothing has happened."""

    owned_since: datetime
    last_activity_at: datetime | None = None
    last_deal_at: datetime | None = None
    protected_until: datetime | None = None


def pool_for(path: Sequence[uuid.UUID], grounds: Iterable[Ground]) -> uuid.UUID | None:
    """Return the pool that takes the customers of somebody in a department.

    The pool of the nearest department on the way up wins; then one that is meant for nobody in particular; the
    first in order where several fit. ``path`` holds the departments from the top down, nothing for people without.
    """
    best: tuple[int, uuid.UUID] | None = None
    for ground in grounds:
        depths = [depth for depth, department in enumerate(path) if department in ground.departments]
        depth = max(depths, default=-1)
        if depth < 0 and ground.departments:
            continue
        if best is None or depth > best[0]:
            best = depth, ground.id
    return best[1] if best else None


def is_member(path: Sequence[uuid.UUID], departments: frozenset[uuid.UUID]) -> bool:
    """Say whether somebody in a department belongs to a pool: its departments have all below them."""
    return not departments or not departments.isdisjoint(path)


def release_at(terms: Terms, tenure: Tenure) -> datetime | None:
    """Return when a customer falls due by the days of its pool; None when it never does."""
    moments = []
    if terms.follow_up_days:
        since = max(tenure.owned_since, tenure.last_activity_at or tenure.owned_since)
        moments.append(since + timedelta(days=terms.follow_up_days))
    if terms.deal_days:
        since = max(tenure.owned_since, tenure.last_deal_at or tenure.owned_since)
        moments.append(since + timedelta(days=terms.deal_days))
    if not moments:
        return None
    return max(min(moments), tenure.protected_until or min(moments))


def room_left(*, held: int, claimed_today: int, hold_limit: int, claim_limit: int) -> int | None:
    """Return how many more customers somebody may claim now; None when nothing limits it."""
    rooms = [limit - used for limit, used in ((hold_limit, held), (claim_limit, claimed_today)) if limit]
    return max(0, min(rooms)) if rooms else None


def round_robin(ids: Sequence[uuid.UUID], people: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, uuid.UUID]:
    """Return who gets which record when they are dealt out in turn."""
    return dict(zip(ids, cycle(people), strict=False))
