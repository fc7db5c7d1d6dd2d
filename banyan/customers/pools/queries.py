"""What is asked of public pools: whose they are, what falls due, what somebody holds, and how full they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability, Action
from banyan.core.identity.models import Department, User
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.customers.choices import TAKEN, MovementKind
from banyan.customers.models import LIVE, Customer, Pool, PoolMovement
from banyan.customers.pools.rules import Ground, is_member, pool_for
from banyan.customers.references import DealSource, deal_sources

COUNTED_DAYS = 30
_has_pools: dict[tuple[uuid.UUID, int], bool] = {}
_MOST_REMEMBERED = 2_000


def pools_in_use() -> QuerySet[Pool]:
    """Return the pools that are in use, in their order."""
    return Pool.objects.filter(LIVE, is_active=True).order_by("position", "name", "pk")


def has_pools(organization: Organization) -> bool:
    """Say whether an organization uses any pool; remembered until its set-up changes."""
    key = organization.pk, organization.catalogue_version
    if key not in _has_pools:
        if len(_has_pools) > _MOST_REMEMBERED:
            _has_pools.clear()
        _has_pools[key] = pools_in_use().exists()
    return _has_pools[key]


def administers(actor: Actor, pool: Pool | uuid.UUID | None) -> bool:
    """Say whether somebody administers a pool: everybody named there, and all who may customise."""
    if actor.has(Ability.CUSTOMISE):
        return True
    if pool is None or actor.user_id is None:
        return False
    if isinstance(pool, Pool):
        return actor.user_id in pool.administrators
    return Pool.objects.filter(LIVE, pk=pool, administrators__contains=[actor.user_id]).exists()


def pools_open_to(actor: Actor) -> list[Pool]:
    """Return the pools in use that somebody belongs to or administers; none without the right to see customers."""
    if not actor.may("customer", Action.VIEW) or actor.is_system:
        return []
    pools = list(pools_in_use())
    path = department_path(actor) if pools else []
    return [pool for pool in pools if administers(actor, pool) or is_member(path, frozenset(pool.departments))]


def department_path(actor: Actor) -> list[uuid.UUID]:
    """Return the departments of somebody, from the top down."""
    if actor.user is None or actor.user.department_id is None:
        return []
    return Department.objects.values_list("path", flat=True).get(pk=actor.user.department_id)


def pool_of_owners(
    people: Iterable[uuid.UUID] | None = None, *, instead: Pool | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    """Return for each person the pool that takes their customers, for all people without ``people``; two queries.

    ``instead`` is a pool as it would be, to see what would change.
    """
    pools = [instead if instead and pool.pk == instead.pk else pool for pool in pools_in_use()]
    grounds = [Ground(pool.pk, frozenset(pool.departments)) for pool in pools]
    users = User.objects.all() if people is None else User.objects.filter(pk__in=people)
    found = {}
    for user_id, path in users.order_by().values_list("pk", "department__path"):
        pool_id = pool_for(path or (), grounds)
        if pool_id is not None:
            found[user_id] = pool_id
    return found


def members_of(pool: Pool) -> QuerySet[User]:
    """Return the active people who belong to a pool."""
    users = User.objects.filter(is_active=True)
    if not pool.departments:
        return users.order_by("name")
    return users.filter(department__path__overlap=pool.departments).order_by("name")


class Rule(StrEnum):
    """By which customers are released."""

    FOLLOW_UP = "follow_up"
    DEAL = "deal"
    LEAVER = "leaver"

    def key(self, pool: Pool) -> str:
        """Return what the log keeps of the rule: its name, and its days."""
        days = {Rule.FOLLOW_UP: pool.follow_up_days, Rule.DEAL: pool.deal_days}
        return f"rule:{self.value}:{days.get(self, 0)}"


def rules_of(pool: Pool) -> tuple[Rule, ...]:
    """Return the rules that a pool uses."""
    used = {Rule.FOLLOW_UP: pool.follow_up_days, Rule.DEAL: pool.deal_days, Rule.LEAVER: pool.releases_leavers}
    return tuple(rule for rule, days in used.items() if days)


def due_customers(
    organization: Organization,
    pool: Pool,
    owners: Sequence[uuid.UUID],
    at: datetime,
    *,
    rules: Sequence[Rule] | None = None,
) -> QuerySet[Customer]:
    """Return the customers of some people that the rules of a pool release at a moment, all its rules or some."""
    owned = Coalesce("owned_since", "created_at", output_field=DateTimeField())
    rows = Customer.objects.filter(LIVE, owner_id__in=owners, pool=None).alias(owned_at=owned)
    rows = rows.filter(Q(protected_until=None) | Q(protected_until__lte=at))
    due = Q(pk__in=[])
    for rule in rules_of(pool) if rules is None else rules:
        if rule is Rule.FOLLOW_UP:
            limit = at - timedelta(days=pool.follow_up_days)
            due |= Q(owned_at__lte=limit) & (Q(last_activity_at=None) | Q(last_activity_at__lte=limit))
        elif rule is Rule.DEAL:
            limit = at - timedelta(days=pool.deal_days)
            day = limit.astimezone(ZoneInfo(organization.time_zone)).date()
            due |= Q(owned_at__lte=limit) & ~_any_closed(organization, "pk", day)
        else:
            due |= Q(owner_id__in=User.objects.filter(is_active=False).values("pk"))
    return rows.filter(due).filter(_not_spared(organization, pool))


def _not_spared(organization: Organization, pool: Pool) -> Q:
    condition = Q()
    if pool.spared_levels:
        condition &= ~Q(level__in=pool.spared_levels)
    if pool.spared_tags:
        condition &= ~Q(tags__overlap=pool.spared_tags)
    if pool.spares_open_deals:
        for source in _sources(organization):
            if source.open is not None:
                condition &= ~Q(source.open("pk"))
    return condition


def _any_closed(organization: Organization, customer: str, since: Any) -> Q:
    condition = Q(pk__in=[])
    for source in _sources(organization):
        condition |= Q(source.closed(customer, since))
    return condition


def _sources(organization: Organization) -> list[DealSource]:
    return [source for source in deal_sources if not source.module or module_is_on(organization, source.module)]


def customers_held(people: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """Return how many customers people hold."""
    rows = Customer.objects.filter(LIVE, owner_id__in=list(people)).order_by()
    return dict(rows.values_list("owner_id").annotate(count=Count("pk")))


def claimed_today(actor: Actor, pool: Pool) -> int:
    """Return how many customers of a pool somebody has claimed since midnight at the organization's place."""
    zone = ZoneInfo(actor.organization.time_zone)
    midnight = now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return PoolMovement.objects.filter(
        actor_id=actor.user_id, kind=MovementKind.CLAIMED, from_pool=pool, at__gte=midnight
    ).count()


def cooling_down(user_id: uuid.UUID | None, pool: Pool, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those customers that somebody gave up, or lost, too short a time ago to claim them again."""
    if not pool.cooldown_days or user_id is None:
        return set()
    since = now() - timedelta(days=pool.cooldown_days)
    rows = PoolMovement.objects.filter(customer_id__in=ids, from_owner_id=user_id, to_pool__isnull=False, at__gt=since)
    return set(rows.values_list("customer_id", flat=True))


@dataclass(frozen=True)
class Figures:
    """A pool in numbers: what lies in it, and what came, went and became business in the last 30 days."""

    inside: int = 0
    came: int = 0
    taken: int = 0
    converted: int = 0


def figures_of(organization: Organization, pools: Sequence[Pool]) -> dict[uuid.UUID, Figures]:
    """Return the numbers of pools, in four queries for all."""
    ids = [pool.pk for pool in pools]
    since = now() - timedelta(days=COUNTED_DAYS)
    moves = PoolMovement.objects.filter(at__gte=since).order_by()
    inside = _counted(Customer.objects.filter(LIVE, pool_id__in=ids).order_by(), "pool_id")
    came = _counted(moves.filter(to_pool_id__in=ids), "to_pool_id")
    taken = moves.filter(from_pool_id__in=ids, kind__in=TAKEN)
    dated = taken.annotate(day=TruncDate("at", tzinfo=ZoneInfo(organization.time_zone)))
    converted = dated.filter(_any_closed(organization, "customer_id", OuterRef("day")))
    became = dict(converted.values_list("from_pool_id").annotate(count=Count("customer_id", distinct=True)))
    left = _counted(taken, "from_pool_id")
    return {pk: Figures(inside.get(pk, 0), came.get(pk, 0), left.get(pk, 0), became.get(pk, 0)) for pk in ids}


def _counted(rows: QuerySet[Any], name: str) -> dict[uuid.UUID, int]:
    return dict(rows.values_list(name).annotate(count=Count("pk")))


def movements(*, pool_id: uuid.UUID | None = None, customer_id: uuid.UUID | None = None) -> QuerySet[PoolMovement]:
    """Return the log of a pool, or of a customer, newest first; the caller has checked that it may be seen."""
    rows = PoolMovement.objects.select_related("customer", "from_pool", "to_pool", "from_owner", "to_owner", "actor")
    if pool_id is not None:
        rows = rows.filter(Q(to_pool_id=pool_id) | Q(from_pool_id=pool_id))
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    return rows.order_by("-at", "-pk")


def hidden_duplicates(actor: Actor, ids: list[uuid.UUID]) -> list[dict[str, str]]:
    """Return what to say of customers that are like the one being recorded, but that the reader may not see (撞单).

    It tells that there is one, and where to turn to; never who it is.
    """
    lines: dict[str, dict[str, str]] = {}
    open_pools = {pool.pk for pool in pools_open_to(actor)} if has_pools(actor.organization) else set()
    found: dict[uuid.UUID, Any] = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "pool_id"))
    for pk, pool_id in found.items():
        if pool_id in open_pools:
            line = {"text": _("It lies in the public pool: claim it there."), "url": f"/pools/{pool_id}/customers/{pk}"}
        elif pool_id is not None:
            line = {"text": _("It lies in the public pool of another department: ask your manager.")}
        else:
            line = {"text": _("A customer like this is already followed by a colleague: ask your manager.")}
        lines.setdefault(line.get("url", line["text"]), line)
    return list(lines.values())
