"""What people do with public pools: claim, assign, release, move; and what the rules do by themselves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.models import LIVE, Customer, Pool
from banyan.customers.pools.movements import give_reason
from banyan.customers.pools.queries import (
    administers,
    claimed_today,
    cooling_down,
    customers_held,
    members_of,
    pool_of_owners,
    pools_in_use,
    pools_open_to,
)
from banyan.customers.pools.rules import room_left, round_robin
from banyan.customers.references import pool_guards

LONGEST_REASON = 255
MOST_AT_ONCE = 1_000


@dataclass
class Outcome:
    """What was done with customers, as one batch, and why nothing was done with the others."""

    batch_id: uuid.UUID
    done: list[uuid.UUID] = field(default_factory=list)
    refused: dict[uuid.UUID, Refused] = field(default_factory=dict)

    def only(self) -> None:
        """Raise why nothing was done, where it was asked for a single customer."""
        if not self.done and self.refused:
            raise next(iter(self.refused.values()))


@transaction.atomic
def claim(actor: Actor, ids: Sequence[uuid.UUID]) -> Outcome:
    """Become the owner of customers in pools that one belongs to, as far as the limits of each pool allow.

    Whoever claims is locked first, then the customers in order of their ids, so that of several who claim at once
    one gets each customer and nobody more than allowed. Raises ``NotAllowed`` for whoever may not change customers.
    """
    require(actor, customer_spec(actor), Action.EDIT)
    if actor.user is None:
        raise NotAllowed("not_allowed", _("Only a person can claim customers."))
    _lock_person(actor.user)
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    open_pools = {pool.pk: pool for pool in pools_open_to(actor)}
    waiting: dict[uuid.UUID, list[Customer]] = {}
    for record in _locked(outcome, ids):
        if record.pool_id is None or record.pool_id not in open_pools:
            outcome.refused[record.pk] = _gone()
        else:
            waiting.setdefault(record.pool_id, []).append(record)
    for pool_id, records in waiting.items():
        _claim_from(context, open_pools[pool_id], records, outcome)
    return outcome


def _claim_from(context: WriteContext, pool: Pool, records: Sequence[Customer], outcome: Outcome) -> None:
    actor = context.actor
    cooling = cooling_down(actor.user_id, pool, [record.pk for record in records])
    held = customers_held([actor.user_id]).get(actor.user_id, 0) if pool.hold_limit and actor.user_id else 0
    claimed = claimed_today(actor, pool) if pool.claim_limit else 0
    room = room_left(held=held, claimed_today=claimed, hold_limit=pool.hold_limit, claim_limit=pool.claim_limit)
    taken: list[Customer] = []
    for record in records:
        if record.pk in cooling:
            message = _("You gave this customer up recently; you may claim it again %(days)d days after that.")
            outcome.refused[record.pk] = Refused("cooling_down", message % {"days": pool.cooldown_days})
        elif room is not None and len(taken) >= room:
            is_holding = pool.hold_limit and held + len(taken) >= pool.hold_limit
            outcome.refused[record.pk] = _holds_enough(pool) if is_holding else _claimed_enough(pool)
        else:
            taken.append(record)
    protected = now() + timedelta(days=pool.protection_days) if pool.protection_days else None
    _give(context, dict.fromkeys(taken, actor.user_id), protected, outcome)


@transaction.atomic
def assign(actor: Actor, ids: Sequence[uuid.UUID], people: Sequence[uuid.UUID]) -> Outcome:
    """Give customers of pools that one administers to people who belong there, in turn when they are several.

    The limits of claiming do not bind administrators. Raises ``Invalid`` when somebody does not belong to the pool.
    """
    require(actor, customer_spec(actor), Action.VIEW)
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    chosen = list(dict.fromkeys(people))
    if not chosen:
        raise Invalid([FieldError("people", "required", _("Choose at least one person."))])
    for pool, records in _administered(actor, ids, outcome):
        members = set(members_of(pool).values_list("pk", flat=True))
        if not members.issuperset(chosen):
            raise Invalid([FieldError("people", "not_a_member", _("Not everybody chosen belongs to this pool."))])
        shares = round_robin([record.pk for record in records], chosen)
        protected = now() + timedelta(days=pool.protection_days) if pool.protection_days else None
        _give(context, {record: shares[record.pk] for record in records}, protected, outcome)
    return outcome


@transaction.atomic
def release(actor: Actor, ids: Sequence[uuid.UUID], *, reason: str, pool_id: uuid.UUID | None = None) -> Outcome:
    """Put customers that one may change into the pool that takes them, or into the one given, and say why.

    Raises ``Missing`` or ``NotAllowed`` as any change of these customers would, ``Invalid`` without reason.
    """
    spec, text = customer_spec(actor), " ".join(reason.split())[:LONGEST_REASON]
    if not text:
        raise Invalid([FieldError("reason", "required", _("Say why, so that the next one knows."))])
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    records: list[Customer] = list(door.lock(actor, spec, ids, Action.EDIT))  # type: ignore[arg-type]
    in_use = {pool.pk for pool in pools_in_use()}
    if pool_id is not None and pool_id not in in_use:
        raise Invalid([FieldError("pool", "unknown_record", _("There is no such pool."))])
    owners = {record.owner_id for record in records if record.owner_id is not None}
    by_owner = pool_of_owners(owners) if pool_id is None else {}
    targets: dict[Customer, uuid.UUID] = {}
    for record in records:
        target = pool_id or (by_owner.get(record.owner_id) if record.owner_id else None)
        if record.pool_id is not None:
            outcome.refused[record.pk] = Refused("in_pool", _("This customer lies in a public pool already."))
        elif target is None:
            outcome.refused[record.pk] = Refused("no_pool", _("No public pool takes the customers of this owner."))
        else:
            targets[record] = target
    _put(context, targets, outcome)
    give_reason(context.batch_id, text)
    return outcome


@transaction.atomic
def move(actor: Actor, ids: Sequence[uuid.UUID], to_pool: uuid.UUID) -> Outcome:
    """Move customers from pools that one administers into another pool."""
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    if not pools_in_use().filter(pk=to_pool).exists():
        raise Invalid([FieldError("pool", "unknown_record", _("There is no such pool."))])
    for _pool, records in _administered(actor, ids, outcome):
        _put(context, {record: to_pool for record in records if record.pool_id != to_pool}, outcome)
    return outcome


def recycle_due(actor: Actor, ids: Sequence[uuid.UUID], pool_id: uuid.UUID, reason: str) -> int:
    """Put customers that a rule has found into their pool, those that nobody else works on; return how many."""
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    rows = Customer.objects.filter(LIVE, pk__in=ids, pool=None)
    records = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    _put(context, dict.fromkeys(records, pool_id), outcome)
    give_reason(context.batch_id, reason)
    return len(outcome.done)


def customer_spec(actor: Actor) -> ObjectSpec:
    """Return the specification of customers as the organization uses them."""
    return spec_for(actor.organization, "customer")


def pool_to_enter(actor: Actor, pool_id: uuid.UUID) -> Pool:
    """Return a pool that somebody may look into; raise ``Missing`` for others, as if there were none.

    One that is not in use is open to its administrators alone.
    """
    pool = next((pool for pool in pools_open_to(actor) if pool.pk == pool_id), None)
    if pool is None and actor.may("customer", Action.VIEW):
        pool = next((pool for pool in Pool.objects.filter(LIVE, pk=pool_id) if administers(actor, pool)), None)
    if pool is None:
        raise Missing("not_found", _("There is no such pool, or you do not belong to it."))
    return pool


def _administered(actor: Actor, ids: Sequence[uuid.UUID], outcome: Outcome) -> Iterable[tuple[Pool, list[Customer]]]:
    """Return the locked customers by pool, as far as the actor administers it."""
    by_pool: dict[uuid.UUID | None, list[Customer]] = {}
    for record in _locked(outcome, ids):
        by_pool.setdefault(record.pool_id, []).append(record)
    pools = {pool.pk: pool for pool in pools_in_use().filter(pk__in=[pk for pk in by_pool if pk])}
    found = []
    for pool_id, records in by_pool.items():
        pool = pools.get(pool_id) if pool_id else None
        if pool is None:
            outcome.refused |= {record.pk: _gone() for record in records}
        elif not administers(actor, pool):
            raise NotAllowed("not_allowed", _("Only the administrators of the pool may do this."))
        else:
            found.append((pool, records))
    return found


def _locked(outcome: Outcome, ids: Sequence[uuid.UUID]) -> list[Customer]:
    """Lock customers in order of their ids; those that are gone are reported as such."""
    if len(ids) > MOST_AT_ONCE:
        message = _("At most %(count)d customers at a time.") % {"count": MOST_AT_ONCE}
        raise Refused("too_many", message)
    rows = list(Customer.objects.filter(LIVE, pk__in=ids).select_for_update(of=("self",)).order_by("pk"))
    outcome.refused |= {pk: _gone() for pk in set(ids) - {record.pk for record in rows}}
    order = {pk: position for position, pk in enumerate(ids)}
    return sorted(rows, key=lambda record: order[record.pk])


def _lock_person(user: User) -> None:
    """Let a person's claims happen one after the other; records may name the person meanwhile."""
    list(User.objects.filter(pk=user.pk).select_for_update(no_key=True, of=("self",)))


def _give(
    context: WriteContext, owners: dict[Customer, uuid.UUID | None], protected: datetime | None, outcome: Outcome
) -> None:
    for guard in pool_guards:
        reasons = guard([record.pk for record in owners])
        outcome.refused |= {pk: Refused("guarded", reason) for pk, reason in reasons.items()}
        owners = {record: owner for record, owner in owners.items() if record.pk not in reasons}

    def change(draft: Draft, record: Customer) -> None:
        draft.set("owner", owners[record])
        draft.set("pool", None)
        draft.set("protected_until", protected)

    _write(context, owners, change, outcome)


def _put(context: WriteContext, targets: dict[Customer, uuid.UUID], outcome: Outcome) -> None:
    def change(draft: Draft, record: Customer) -> None:
        draft.set("owner", None)
        draft.set("pool", targets[record])
        draft.set("protected_until", None)

    _write(context, targets, change, outcome)


def _write(
    context: WriteContext, records: Iterable[Customer], change: Callable[[Draft, Customer], None], outcome: Outcome
) -> None:
    spec = customer_spec(context.actor)
    drafts = []
    for record in records:
        draft = Draft(spec, existing=record)
        change(draft, record)
        drafts.append(draft)
    if not drafts:
        return
    written = door.write_changes(context, spec, drafts)
    outcome.done += written.updated
    for pk, errors in written.rejected.items():
        outcome.refused[pk] = Refused(errors[0].code, errors[0].message)


def _gone() -> Refused:
    return Refused("not_in_pool", _("This customer is no longer in the pool: somebody was faster."))


def _holds_enough(pool: Pool) -> Refused:
    message = _("One may hold at most %(count)d customers.") % {"count": pool.hold_limit}
    return Refused("limit_reached", message)


def _claimed_enough(pool: Pool) -> Refused:
    message = _("One may claim at most %(count)d customers of this pool a day.") % {"count": pool.claim_limit}
    return Refused("limit_reached", message)
