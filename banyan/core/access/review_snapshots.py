"""How rights stood when an access review was finished: what an auditor reads years later must not be today's rights.

Colleagues stand in it by their ids, so that whoever was made anonymous meanwhile is so here too; roles, departments and
territories stand by the names they had, for they may be gone.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.models import (
    AccessReview,
    AccessReviewRow,
    AccessSnapshot,
    GranteeKind,
    Share,
    SharingRule,
    Territory,
)
from banyan.core.access.review_facts import Facts, facts_of
from banyan.core.identity.duties import are_separated
from banyan.core.identity.models import Department, Role, User, UserRole
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.policy.rules import SignInRules
from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.kernel.clock import now


@dataclass(frozen=True)
class RoleState:
    """A role as it was: ``holders`` is how many active people had it."""

    id: str
    name: str
    abilities: list[str]
    grants: dict[str, Any]
    field_grants: dict[str, Any]
    needs_second_factor: bool
    networks: list[str]
    holders: int


@dataclass(frozen=True)
class ShareState:
    """Something shared, or a rule that shares (``rule`` is its name); instants and days are written in ISO 8601."""

    object_name: str
    record_id: str = ""
    grantee_kind: str = ""
    grantee_id: str = ""
    grantee: str = ""
    access: str = ""
    ends_on: str = ""
    shared_by: str = ""
    since: str = ""
    rule: str = ""


@dataclass(frozen=True)
class RightsState:
    """Who could do what at one moment, apart from the people one by one.

    ``counts`` are of people: active, inactive, with a second factor, and by signal; ``people`` are department and
    activity of those whom a review is about.
    """

    at: datetime
    counts: dict[str, int]
    signals: dict[str, int]
    are_separated: bool
    roles: list[RoleState]
    rules: dict[str, int]
    only_single_sign_on: bool
    emergency_ids: list[str]
    providers: list[dict[str, Any]]
    shares: list[ShareState]
    people: dict[str, dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> RightsState:
        """Return the state from what was kept."""
        return cls(
            **{
                **kept,
                "at": datetime.fromisoformat(kept["at"]),
                "roles": [RoleState(**role) for role in kept["roles"]],
                "shares": [ShareState(**share) for share in kept["shares"]],
            }
        )


def state_now(actor: Actor, *, about: Collection[User] = ()) -> RightsState:
    """Return how the rights of the actor's organization stand now; with a line for each of ``about``."""
    active = list(User.objects.filter(is_active=True))
    facts = facts_of(active)
    signals = Counter(code for entry in facts.values() for code in entry.signals)
    policy = policy_of(actor.organization_id)
    return RightsState(
        at=now(),
        counts={
            "active": len(active),
            "inactive": User.objects.filter(is_active=False).count(),
            "factor": sum(entry.has_factor for entry in facts.values()),
        },
        signals=dict(signals),
        are_separated=are_separated(actor.organization),
        roles=_roles(),
        rules={entry.name: getattr(policy, entry.name) for entry in fields(SignInRules)},
        only_single_sign_on=policy.only_single_sign_on,
        emergency_ids=[str(one) for one in policy.emergency_user_ids],
        providers=[
            {"name": provider.name, "kind": str(provider.kind), "is_on": provider.is_on}
            for provider in IdentityProvider.objects.all()
        ],
        shares=[*_shares(), *(ShareState(rule.object_name, rule=rule.name) for rule in SharingRule.objects.all())],
        people={
            str(person.pk): {
                "department": person.department.name if person.department else "",
                "is_active": person.is_active,
            }
            for person in about
        },
    )


def keep_state(actor: Actor, review: AccessReview) -> None:
    """Keep how rights stand at the end of a review, and the facts of those about whom nothing was decided."""
    rows = list(AccessReviewRow.objects.filter(review=review).select_related("user__department"))
    undecided = [row for row in rows if not row.facts]
    known = facts_of([row.user for row in undecided])
    for row in undecided:
        row.facts = known[row.user_id].to_json()
    AccessReviewRow.objects.bulk_update(undecided, ["facts"], batch_size=1000)
    state = state_now(actor, about=[row.user for row in rows])
    AccessSnapshot.objects.create(organization_id=actor.organization_id, review=review, state=state.to_json())


def kept_state(review: AccessReview) -> RightsState | None:
    """Return how rights stood when a review ended; nothing for one under way, or from before states were kept."""
    kept = AccessSnapshot.objects.filter(review=review).values_list("state", flat=True).first()
    return RightsState.from_json(kept) if kept is not None else None


def facts_of_row(row: AccessReviewRow, known: Mapping[uuid.UUID, Facts]) -> Facts:
    """Return what was known of a person when it was decided; what is known now while nothing is decided."""
    return Facts.from_json(row.facts) if row.facts else known[row.user_id]


def _roles() -> list[RoleState]:
    holders = Counter(UserRole.objects.filter(user__is_active=True).values_list("role_id", flat=True))
    return [
        RoleState(
            str(role.pk),
            role.name,
            list(role.abilities),
            role.grants,
            role.field_grants,
            role.needs_second_factor,
            list(role.networks),
            holders[role.pk],
        )
        for role in Role.objects.all()
    ]


def _shares() -> list[ShareState]:
    today = now().date()
    names = {row.pk: row.name for model in (Role, Department, Territory) for row in model._default_manager.all()}  # noqa: SLF001 Django's public model API is named so
    return [
        ShareState(
            object_name=share.object_name,
            record_id=str(share.record_id),
            grantee_kind=GranteeKind(share.grantee_kind).value,
            grantee_id=str(share.grantee_id),
            grantee=names.get(share.grantee_id, ""),
            access=share.access,
            ends_on=share.ends_on.isoformat() if share.ends_on else "",
            shared_by=str(share.shared_by_id or ""),
            since=share.created_at.isoformat(),
        )
        for share in Share.objects.iterator()
        if share.ends_on is None or share.ends_on >= today
    ]
