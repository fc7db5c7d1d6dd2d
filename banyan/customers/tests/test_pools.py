"""Public pools: who sees what in them, claiming within limits, releasing by hand and by rule, and what the log keeps."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Invalid, Missing, NotAllowed, Refused
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.models import Change
from banyan.core.records.undo import undo
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.jobs import release_all, tell_owners
from banyan.customers.models import Customer, Pool, PoolMovement
from banyan.customers.pools.queries import figures_of, has_pools, pools_open_to
from banyan.customers.pools.services import assign, claim, move, release
from banyan.customers.pools.viewing import actor_in_pool
from banyan.teamwork.models import Notification
from tests.cast import Cast

LONG_AGO = timedelta(days=400)


@pytest.fixture
def seller(scope: Cast) -> Actor:
    return scope.actor("salesperson")


def make_pool(admin: Actor, name: str = "South pool", **values: Any) -> Pool:
    made = door.create(admin, spec_for(admin.organization, "pool"), {"name": name, "protection_days": 0, **values})
    return Pool.objects.get(pk=made.pk)


def make(actor: Actor, name: str, **values: Any) -> uuid.UUID:
    return door.create(actor, spec_for(actor.organization, "customer"), {"name": name, **values}).pk


def put(admin: Actor, pool: Pool, *names: str) -> list[uuid.UUID]:
    """Make customers that lie in a pool."""
    ids = [make(admin, name, phone=f"+8613912345{number:03}") for number, name in enumerate(names)]
    release(admin, ids, reason="Nobody looks after them", pool_id=pool.pk)
    return ids


def age(*ids: uuid.UUID, days: int) -> None:
    """Let customers have been with their owners for some days, without a follow-up."""
    then = now() - timedelta(days=days)
    Customer.objects.filter(pk__in=ids).update(owned_since=then, created_at=then)


def kinds(customer: uuid.UUID) -> list[str]:
    return list(PoolMovement.objects.filter(customer_id=customer).order_by("at", "pk").values_list("kind", flat=True))


def test_customer_is_released_with_a_reason_and_claimed_by_somebody_else(admin: Actor, scope: Cast) -> None:
    pool = make_pool(admin)
    owner, seller = scope.actor("owner"), scope.actor("salesperson")
    customer = make(seller, "Harbor Light")

    release(seller, [customer], reason="Buys elsewhere")
    claim(owner, [customer])

    row = Customer.objects.get(pk=customer)
    assert (row.owner_id, row.pool_id, row.pooled_at) == (owner.user_id, None, None)
    assert kinds(customer) == ["released", "claimed"]
    first = PoolMovement.objects.filter(kind="released").get()
    assert (first.reason, first.to_pool_id, first.from_owner_id) == ("Buys elsewhere", pool.pk, seller.user_id)
    assert Change.objects.filter(record_id=customer, action="update").first().actor_id == owner.user_id


def test_members_see_their_pool_with_masked_numbers_and_nothing_more(admin: Actor, scope: Cast) -> None:
    sales, south = scope.departments["sales"], scope.departments["south"]
    pool = make_pool(admin, departments=[str(south.pk)])
    ids = put(admin, pool, "Quiet River")
    seller = scope.actor("salesperson")
    spec = spec_for(admin.organization, "customer")

    assert [entry.pk for entry in pools_open_to(seller)] == [pool.pk]
    assert restrict(live_rows(seller, spec), seller, spec).count() == 0
    inside = actor_in_pool(seller, spec, pool)
    assert list(restrict(live_rows(inside, spec), inside, spec).values_list("pk", flat=True)) == ids
    assert restrict(live_rows(inside, spec), inside, spec, "edit").count() == 0
    contacts = spec_for(admin.organization, "contact")
    assert restrict(live_rows(inside, contacts), inside, contacts).count() == 0
    assert sales.pk not in pool.departments
    assert pools_open_to(scope.actor("owner")) == []
    refused = claim(scope.actor("owner"), ids)
    assert [entry.code for entry in refused.refused.values()] == ["not_in_pool"]


def test_nobody_claims_more_than_the_pool_allows(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin, claim_limit=2, hold_limit=5)
    ids = put(admin, pool, "One", "Two", "Three")

    outcome = claim(seller, ids)

    assert outcome.done == ids[:2]
    assert [entry.code for entry in outcome.refused.values()] == ["limit_reached"]


def test_limit_of_what_one_holds_counts_all_customers(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin, hold_limit=2)
    make(seller, "Own one")
    ids = put(admin, pool, "One", "Two")

    outcome = claim(seller, ids)

    assert len(outcome.done) == 1
    with pytest.raises(Refused):
        claim(seller, outcome.refused.keys() and list(outcome.refused)).only()


def test_former_owner_waits_before_claiming_again(admin: Actor, seller: Actor) -> None:
    make_pool(admin, cooldown_days=15)
    customer = make(seller, "Back again")
    release(seller, [customer], reason="No time")

    assert [entry.code for entry in claim(seller, [customer]).refused.values()] == ["cooling_down"]
    PoolMovement.objects.update(at=now() - timedelta(days=16))
    assert claim(seller, [customer]).done == [customer]


def test_owner_of_a_pooled_customer_is_set_by_claiming_not_by_editing(admin: Actor, scope: Cast) -> None:
    pool = make_pool(admin)
    (customer,) = put(admin, pool, "Bypass")
    member = scope.actor("manager")
    spec = spec_for(admin.organization, "customer")

    if restrict(live_rows(member, spec), member, spec, "edit").filter(pk=customer).exists():
        with pytest.raises(Invalid):
            door.update(member, spec, customer, {"owner": str(member.user_id)})
    door.update(admin, spec, customer, {"owner": str(member.user_id)})
    assert Customer.objects.get(pk=customer).pool_id is None
    assert kinds(customer) == ["released", "assigned"]


def test_administrators_of_a_pool_assign_in_turn_and_move(admin: Actor, scope: Cast) -> None:
    south = str(scope.departments["south"].pk)
    keeper = scope.users["salesperson"]
    pool = make_pool(admin, departments=[south], administrators=[str(keeper.pk)])
    other = make_pool(admin, "Other pool")
    ids = put(admin, pool, "One", "Two", "Three", "Four")
    people = [scope.users["salesperson"].pk, scope.users["teammate"].pk]

    assign(scope.actor("salesperson"), ids[:3], people)
    move(scope.actor("salesperson"), ids[3:], other.pk)

    owners = dict(Customer.objects.values_list("pk", "owner_id"))
    assert [owners[pk] for pk in ids[:3]] == [people[0], people[1], people[0]]
    assert Customer.objects.get(pk=ids[3]).pool_id == other.pk
    assert kinds(ids[3]) == ["released", "moved"]
    with pytest.raises(Invalid):
        assign(admin, ids[3:] and put(admin, pool, "Five"), [scope.users["owner"].pk])
    with pytest.raises(NotAllowed):
        move(scope.actor("teammate"), put(admin, pool, "Six"), other.pk)


def test_nobody_releases_what_they_may_not_change(admin: Actor, scope: Cast) -> None:
    make_pool(admin)
    customer = make(admin, "Not yours")
    with pytest.raises((Missing, NotAllowed)):
        release(scope.actor("salesperson"), [customer], reason="Try")
    with pytest.raises(Invalid):
        release(admin, [customer], reason="  ")


def test_customer_without_follow_up_is_released_by_the_rule(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin, follow_up_days=30)
    idle, followed, fresh = (make(seller, name) for name in ("Idle", "Followed", "Fresh"))
    age(idle, followed, days=31)
    activities = spec_for(admin.organization, "activity")
    door.create(seller, activities, {"customer": str(followed), "text": "Called"})

    assert release_all(system_actor(admin.organization), now()) == 1

    assert list(Customer.objects.filter(pool=pool).values_list("pk", flat=True)) == [idle]
    movement = PoolMovement.objects.get()
    assert (movement.kind, movement.reason, movement.actor_id) == ("recycled", "rule:follow_up:30", None)
    assert Customer.objects.get(pk=fresh).owner_id == seller.user_id


def test_customer_without_deal_is_released_unless_one_is_open(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin, deal_days=90)
    names = ("Nothing", "Ordered", "Open", "Old order")
    nothing, ordered, is_open, old = (make(seller, name) for name in names)
    age(nothing, ordered, is_open, old, days=100)
    organization = admin.organization
    orders, deals = spec_for(organization, "order"), spec_for(organization, "opportunity")
    day = now().date()
    door.create(admin, orders, {"customer": str(ordered), "ordered_on": str(day), "amount": "10"})
    door.create(admin, orders, {"customer": str(old), "ordered_on": str(day - timedelta(days=95)), "amount": "10"})
    door.create(admin, deals, {"customer": str(is_open), "name": "Deal"})

    release_all(system_actor(organization), now())

    assert set(Customer.objects.filter(pool=pool).values_list("pk", flat=True)) == {nothing, old}


def test_spared_and_protected_customers_stay(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin, follow_up_days=30, spared_levels=["a"], spared_tags=["vip"])
    level, tagged, protected, plain = (
        make(seller, "Key", level="a"), make(seller, "Tagged", tags=["vip"]), make(seller, "Kept"), make(seller, "Plain"),
    )  # fmt: skip
    age(level, tagged, protected, plain, days=31)
    Customer.objects.filter(pk=protected).update(protected_until=now() + timedelta(days=1))

    release_all(system_actor(admin.organization), now())

    assert list(Customer.objects.filter(pool=pool).values_list("pk", flat=True)) == [plain]


def test_customers_of_people_who_left_are_released(admin: Actor, seller: Actor, scope: Cast) -> None:
    pool = make_pool(admin, releases_leavers=True)
    customer = make(seller, "Left behind")
    scope.users["salesperson"].is_active = False
    scope.users["salesperson"].save()

    release_all(system_actor(admin.organization), now())

    assert Customer.objects.get(pk=customer).pool_id == pool.pk


def test_owner_is_told_once_before_the_release(admin: Actor, seller: Actor) -> None:
    make_pool(admin, follow_up_days=30, notice_days=3)
    customer = make(seller, "Soon")
    age(customer, days=27)

    for hours in (0, 24, 48):
        tell_owners(system_actor(admin.organization), now() + timedelta(hours=hours))

    told = Notification.objects.filter(user_id=seller.user_id)
    assert [(row.kind, row.about) for row in told] == [("reminder", f"customer:{customer}")]


def test_claimed_customer_is_protected_for_some_days(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin, protection_days=7, follow_up_days=1)
    (customer,) = put(admin, pool, "Protected")
    claim(seller, [customer])
    age(customer, days=400)

    release_all(system_actor(admin.organization), now() + timedelta(days=6))
    assert Customer.objects.get(pk=customer).owner_id == seller.user_id
    release_all(system_actor(admin.organization), now() + timedelta(days=8))
    assert Customer.objects.get(pk=customer).pool_id == pool.pk


def test_pool_counts_what_came_went_and_became_business(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin)
    ids = put(admin, pool, "One", "Two", "Three")
    claim(seller, ids[:2])
    order = {"customer": str(ids[0]), "ordered_on": str(today(admin.time_zone)), "amount": "10"}
    door.create(admin, spec_for(admin.organization, "order"), order)

    figures = figures_of(admin.organization, [pool])[pool.pk]

    assert (figures.inside, figures.came, figures.taken, figures.converted) == (1, 3, 2, 1)


def test_whoever_only_reads_claims_nothing(admin: Actor, scope: Cast) -> None:
    ids = put(admin, make_pool(admin), "Read only")
    with pytest.raises(NotAllowed):
        claim(scope.actor("viewer"), ids)


def test_pool_is_not_deleted_while_customers_lie_in_it(admin: Actor) -> None:
    pool = make_pool(admin, cooldown_days=0)
    (customer,) = put(admin, pool, "Still there")
    spec = spec_for(admin.organization, "pool")

    with pytest.raises(Refused), transaction.atomic():
        recycle.delete(admin, spec, [pool.pk])
    claim(admin, [customer])
    recycle.delete(admin, spec, [pool.pk])
    assert Pool.objects.get(pk=pool.pk).deleted_at is not None


def test_claim_is_taken_back_by_undo(admin: Actor, seller: Actor) -> None:
    pool = make_pool(admin)
    (customer,) = put(admin, pool, "Undone")
    outcome = claim(seller, [customer])

    undo(seller, outcome.batch_id)

    assert Customer.objects.get(pk=customer).pool_id == pool.pk
    assert kinds(customer) == ["released", "claimed", "released"]


def test_product_knows_at_once_whether_there_are_pools(admin: Actor) -> None:
    assert not has_pools(admin.organization)
    make_pool(admin)
    admin.organization.refresh_from_db()
    assert has_pools(admin.organization)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_side_by_side_claimers_keep_the_limits_and_share_no_customer(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        pool = make_pool(admin, claim_limit=6, hold_limit=8)
        ids = put(admin, pool, *(f"Customer {number}" for number in range(20)))
    people = ["salesperson", "teammate", "owner"]
    troubles: list[Exception] = []

    def work(name: str, order: list[uuid.UUID]) -> Callable[[], None]:
        def run() -> None:
            try:
                for start in range(0, len(order), 4):
                    with organization_scope(cast.organization.pk):
                        claim(cast.actor(name), order[start : start + 4])
            except Exception as error:  # noqa: BLE001 told below, where the test can fail
                troubles.append(error)
            finally:
                connections.close_all()

        return run

    runs = [work(name, ids if turn % 2 else ids[::-1]) for name in people for turn in range(2)]
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    with organization_scope(cast.organization.pk):
        claims = list(PoolMovement.objects.filter(kind="claimed").values_list("customer_id", "to_owner_id"))
        owned = Customer.objects.filter(owner__isnull=False).values_list("pk", "owner_id")
        assert sorted(claims) == sorted(owned)
        assert sorted(list(dict(claims).values()).count(cast.users[name].pk) for name in people) == [6, 6, 6]
