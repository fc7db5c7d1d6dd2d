"""Who needs a seat: whoever may change something. Who only reads is a guest and costs nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.access.models import LevelRole, PostHolding, PostRole
from banyan.core.access.rights import Grants, read_grants
from banyan.core.access.scopes import Action
from banyan.core.identity.models import Role, User, UserRole

#: What guests may do: look, and take along what they see.
READING = frozenset({Action.VIEW.value, Action.EXPORT.value})


@dataclass(frozen=True)
class Seats:
    """How many people need a seat, how many are guests, and how many are deactivated."""

    used: int
    guests: int
    inactive: int


def needs_seat(grants: Grants, abilities: list[str]) -> bool:
    """Say whether a role lets somebody change anything: records, or the organization itself."""
    if abilities:
        return True
    return any(
        action not in READING and read_grants(written)
        for actions in grants.values()
        for action, written in actions.items()
    )


def count_seats() -> Seats:
    """Count the seats of the organization whose scope is open; deputies need none of those they stand in for."""
    active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    seated = seated_people() & active
    total = User.objects.count()
    return Seats(len(seated), len(active) - len(seated), total - len(active))


def seated_people() -> set[uuid.UUID]:
    """Return the people whose roles, by themselves or by their posts and levels, let them change anything."""
    writing = [role.pk for role in Role.objects.all() if needs_seat(role.grants, list(role.abilities))]
    found = set(UserRole.objects.filter(role__in=writing).values_list("user_id", flat=True))
    posts = set(PostRole.objects.filter(role__in=writing).values_list("post_id", flat=True))
    levels = set(LevelRole.objects.filter(role__in=writing).values_list("level_id", flat=True))
    if posts or levels:
        holdings = PostHolding.objects.filter(post__in=posts) | PostHolding.objects.filter(post__level__in=levels)
        found |= set(holdings.values_list("user_id", flat=True))
    return found
