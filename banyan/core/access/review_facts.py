"""What speaks for and against somebody's rights when they are reviewed: roles, last visits, and what is unusual."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from banyan.core.access.models import LevelRole, PostHolding, PostRole
from banyan.core.access.rights import read_grants
from banyan.core.access.scopes import Action, Scope
from banyan.core.identity.duties import duties_of
from banyan.core.identity.factors.models import Passkey, TotpFactor
from banyan.core.identity.models import Account, ApiToken, Role, Session, User, UserRole
from banyan.core.kernel.clock import now

#: Whoever has not been here for so long probably does not need to be let in.
DORMANT_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class Facts:
    """What speaks for and against somebody's rights.

    ``roles`` are their own, ``brought`` those that posts and levels bring; ``signals`` are codes of what is unusual:
    ``never``, ``dormant``, ``no_factor``, ``administers``, ``several_duties``, ``exports_all``, ``token``.
    """

    roles: tuple[str, ...]
    brought: tuple[str, ...]
    last_seen: datetime | None
    has_factor: bool
    signals: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what a review keeps."""
        return {**asdict(self), "last_seen": self.last_seen.isoformat() if self.last_seen else ""}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Facts:
        """Return the facts from what was kept."""
        seen = kept["last_seen"]
        texts = {name: tuple(kept[name]) for name in ("roles", "brought", "signals")}
        return cls(
            **texts, last_seen=datetime.fromisoformat(seen) if seen else None, has_factor=bool(kept["has_factor"])
        )


def facts_of(people: Sequence[User]) -> dict[uuid.UUID, Facts]:
    """Return what is known of people of one organization, with a number of queries that does not grow with them."""
    ids = [person.pk for person in people]
    accounts = {person.pk: person.account_id for person in people}
    own: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for held in UserRole.objects.select_related("role").filter(user__in=ids).order_by("role__position"):
        own[held.user_id].append(held.role)
    brought = _brought(ids)
    seen = _last_seen(list(filter(None, accounts.values())), people)
    proven = set(TotpFactor.objects.filter(account__in=seen, confirmed_at__isnull=False).values_list("pk", flat=True))
    proven |= set(Passkey.objects.filter(account__in=seen).values_list("account_id", flat=True))
    with_token = set(ApiToken.objects.filter(user__in=ids).values_list("user_id", flat=True))
    at = now()
    found = {}
    for person in people:
        account_id = accounts[person.pk]
        last_seen = seen.get(account_id) if account_id else None
        roles = [*own[person.pk], *brought[person.pk]]
        has_factor = account_id in proven
        found[person.pk] = Facts(
            tuple(role.name for role in own[person.pk]),
            tuple(role.name for role in brought[person.pk]),
            last_seen,
            has_factor,
            tuple(_signals(roles, last_seen, at, has_factor=has_factor, has_token=person.pk in with_token)),
        )
    return found


def _brought(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Role]]:
    by_post: dict[uuid.UUID, list[Role]] = defaultdict(list)
    by_level: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for brings in PostRole.objects.select_related("role"):
        by_post[brings.post_id].append(brings.role)
    for ranked in LevelRole.objects.select_related("role"):
        by_level[ranked.level_id].append(ranked.role)
    found: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for holding in PostHolding.objects.select_related("post").filter(user__in=ids):
        level_id = holding.post.level_id
        for role in (*by_post[holding.post_id], *(by_level[level_id] if level_id else [])):
            if role not in found[holding.user_id]:
                found[holding.user_id].append(role)
    return found


def _last_seen(account_ids: Collection[uuid.UUID], people: Sequence[User]) -> dict[uuid.UUID, datetime | None]:
    """Return when accounts were last seen: at a sign-in, or in a session of this organization."""
    seen = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "last_login"))
    if people:
        sessions = Session.objects.filter(account__in=account_ids, organization_id=people[0].organization_id)
        for account_id, at in sessions.exclude(last_seen_at=None).values_list("account_id", "last_seen_at"):
            seen[account_id] = max(filter(None, (seen.get(account_id), at)))
    return seen


def _signals(
    roles: Sequence[Role], last_seen: datetime | None, at: datetime, *, has_factor: bool, has_token: bool
) -> list[str]:
    abilities = {ability for role in roles for ability in role.abilities}
    exports = any(
        grant.scope is Scope.ALL
        for role in roles
        for actions in role.grants.values()
        for grant in read_grants(actions.get(Action.EXPORT.value))
    )
    told = {
        "never": last_seen is None,
        "dormant": last_seen is not None and last_seen < at - DORMANT_AFTER,
        "no_factor": not has_factor and any(role.needs_second_factor for role in roles),
        "administers": bool(duties_of(abilities)),
        "several_duties": len(duties_of(abilities)) > 1,
        "exports_all": exports,
        "token": has_token,
    }
    return [code for code, holds in told.items() if holds]
