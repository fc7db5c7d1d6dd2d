"""The nightly work of public pools: release what is due, and tell owners what will be."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.events import ReleaseAhead
from banyan.customers.models import Pool
from banyan.customers.pools.queries import Rule, due_customers, pool_of_owners, pools_in_use, rules_of
from banyan.customers.pools.services import recycle_due

AT_ONCE = 1_000


@periodic("15 17 * * *", name="customers.pools_at_night", queue=BULK)
def pools_at_night(actor: Actor) -> None:
    """Queue the release of customers, a quarter past one in the morning in China, and tell who will lose some soon."""
    defer(release_due, actor, lock=f"customers.release_due:{actor.organization_id}")
    tell_owners(actor, now())


@job(
    "customers.release_due",
    label=gettext_lazy("Customers are released into the public pool"),
    queue=BULK,
    in_transaction=False,
)
def release_due(actor: Actor) -> None:
    """Release what is due in parts, each in a transaction of its own: a million customers keep nobody waiting."""
    release_all(actor, now())


def release_all(actor: Actor, at: datetime) -> int:
    """Release the customers due at a moment, pool by pool and rule by rule; return how many."""
    with organization_scope(actor.organization_id):
        work = [(pool, owners, rule) for pool, owners in owners_by_pool() for rule in rules_of(pool)]
    released = 0
    for pool, owners, rule in work:
        after: uuid.UUID | None = None
        while True:
            with organization_scope(actor.organization_id):
                due = due_customers(actor.organization, pool, owners, at, rules=(rule,)).order_by("pk")
                rows = due if after is None else due.filter(pk__gt=after)
                ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
                # What somebody works on at the moment is passed over, and waits for the next night.
                released += recycle_due(actor, ids, pool.pk, rule.key(pool)) if ids else 0
            if not ids:
                break
            after = ids[-1]
    return released


def tell_owners(actor: Actor, at: datetime) -> None:
    """Tell owners once of each customer that the rules will release so many days later."""
    for pool, owners in owners_by_pool():
        if not pool.notice_days:
            continue
        ahead = at + timedelta(days=pool.notice_days)
        lasting = tuple(rule for rule in rules_of(pool) if rule is not Rule.LEAVER)
        if not lasting:
            continue
        due = due_customers(actor.organization, pool, owners, ahead, rules=lasting)
        told = due_customers(actor.organization, pool, owners, ahead - timedelta(days=1), rules=lasting)
        by_owner: dict[uuid.UUID, list[uuid.UUID]] = {}
        for owner_id, pk in due.exclude(pk__in=told.values("pk")).order_by("pk").values_list("owner_id", "pk"):
            if owner_id is not None:
                by_owner.setdefault(owner_id, []).append(pk)
        for owner_id, ids in by_owner.items():
            publish(ReleaseAhead(actor.organization_id, owner_id, tuple(ids), pool.name, pool.notice_days))


def owners_by_pool() -> Iterator[tuple[Pool, list[uuid.UUID]]]:
    """Yield each pool in use with the people whose customers it takes."""
    owners: dict[uuid.UUID, list[uuid.UUID]] = {}
    for user_id, pool_id in pool_of_owners().items():
        owners.setdefault(pool_id, []).append(user_id)
    for pool in pools_in_use():
        if pool.pk in owners:
            yield pool, owners[pool.pk]
