"""Undo, recycle bin, merging and un-merging through the one door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, NotAllowed, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.changelog import history
from banyan.core.records.drafts import WriteContext
from banyan.core.records.merging import merge, unmerge
from banyan.core.records.models import Change, Merge
from banyan.core.records.recycle import purge_expired
from banyan.core.records.undo import undo
from banyan.customers.models import Contact, Customer
from tests.cast import Cast


@pytest.fixture
def customer(scope: Cast) -> ObjectSpec:
    return spec_for(scope.organization, "customer")


@pytest.fixture
def contact(scope: Cast) -> ObjectSpec:
    return spec_for(scope.organization, "contact")


def make(actor: Actor, spec: ObjectSpec, *names: str, **values: Any) -> list[Any]:
    return [door.create(actor, spec, {"name": name, **values}) for name in names]


def test_undo_leaves_what_somebody_changed_since_and_says_so(scope: Cast, admin: Actor, customer: ObjectSpec) -> None:
    one, two, three = make(admin, customer, "One", "Two", "Three", level="a")
    outcome = door.update_many(admin, customer, {row.pk: {"level": "b"} for row in (one, two, three)})
    door.update(scope.actor("owner"), customer, two.pk, {"level": "c"})
    door.update(scope.actor("owner"), customer, three.pk, {"source": "website"})

    undone = undo(admin, outcome.batch_id)

    assert {row.pk: row.level for row in Customer.objects.all()} == {one.pk: "a", two.pk: "c", three.pk: "a"}
    assert (undone.undone, undone.conflicts) == (2, [two.pk])
    assert Customer.objects.get(pk=three.pk).source == "website"


def test_undo_of_an_undo_brings_the_change_back(admin: Actor, customer: ObjectSpec) -> None:
    (one,) = make(admin, customer, "One", level="a")
    outcome = door.update_many(admin, customer, {one.pk: {"level": "b", "tags": ["vip"]}})

    undone = undo(admin, outcome.batch_id)
    assert (Customer.objects.get().level, Customer.objects.get().tags) == ("a", [])
    undo(admin, undone.batch_id)

    assert (Customer.objects.get().level, Customer.objects.get().tags) == ("b", ["vip"])


def test_undo_of_a_mixed_batch_takes_everything_back(admin: Actor, customer: ObjectSpec) -> None:
    changed, deleted = make(admin, customer, "Changed", "Deleted", level="a")
    context = WriteContext.for_actor(admin)
    door.create_many(admin, customer, [{"name": "Created"}], context=context)
    door.update_many(admin, customer, {changed.pk: {"level": "b"}}, context=context)
    recycle.delete(admin, customer, [deleted.pk], context=context)

    assert undo(admin, context.batch_id).undone == 3

    live = Customer.objects.filter(deleted_at=None)
    assert {row.name: row.level for row in live} == {"Changed": "a", "Deleted": "a"}


def test_undo_is_for_ones_own_work_and_for_administrators(scope: Cast, admin: Actor, customer: ObjectSpec) -> None:
    owner = scope.actor("owner")
    (one,) = make(owner, customer, "One", level="a")
    outcome = door.update_many(owner, customer, {one.pk: {"level": "b"}})

    with pytest.raises(NotAllowed):
        undo(scope.actor("teammate"), outcome.batch_id)
    assert Customer.objects.get().level == "b"
    assert undo(admin, outcome.batch_id).undone == 1
    with pytest.raises(Missing):
        undo(admin, one.pk)


def test_deleted_record_takes_its_children_along_and_brings_only_those_back(
    admin: Actor, customer: ObjectSpec, contact: ObjectSpec
) -> None:
    (one,) = make(admin, customer, "One")
    before, along = make(admin, contact, "Before", "Along", customer=str(one.pk))
    recycle.delete(admin, contact, [before.pk])

    recycle.delete(admin, customer, [one.pk])
    assert not Contact.objects.filter(deleted_at=None).exists()
    with pytest.raises(Missing):
        door.update(admin, customer, one.pk, {"name": "Ghost"})
    recycle.restore(admin, customer, [one.pk])

    assert list(Contact.objects.filter(deleted_at=None)) == [along]


def test_bin_is_emptied_after_90_days_of_what_nothing_points_to(
    admin: Actor, customer: ObjectSpec, contact: ObjectSpec
) -> None:
    old, held, young = make(admin, customer, "Old", "Held", "Young")
    recycle.delete(admin, customer, [old.pk, held.pk, young.pk])
    Customer.objects.exclude(pk=young.pk).update(deleted_at=now() - timedelta(days=91))
    (holding,) = make(admin, contact, "Holding")
    Contact.objects.filter(pk=holding.pk).update(customer=held)

    assert purge_expired(customer) == 1

    assert set(Customer.objects.values_list("name", flat=True)) == {"Held", "Young"}


@pytest.fixture
def merged(admin: Actor, customer: ObjectSpec, contact: ObjectSpec) -> dict[str, Any]:
    """A customer into which another one was merged, with the contacts of both."""
    (kept,) = make(admin, customer, "Kept", phone="+8613800000001", tags=["a"])
    (dropped,) = make(
        admin, customer, "Dropped", phone="+8613800000002", email="two@example.com", level="b", tags=["b"]
    )
    own, moved = make(admin, contact, "Own", customer=str(kept.pk)) + make(
        admin, contact, "Moved", customer=str(dropped.pk)
    )
    done = merge(admin, customer, kept.pk, [dropped.pk], choices={"level": dropped.pk})
    return {"kept": kept.pk, "dropped": dropped.pk, "own": own.pk, "moved": moved.pk, "merge": done}


def test_merge_fills_gaps_unites_lists_and_moves_children(merged: dict[str, Any]) -> None:
    kept = Customer.objects.get(pk=merged["kept"])

    assert (kept.name, kept.phone, kept.email, kept.level) == ("Kept", "+8613800000001", "two@example.com", "b")
    assert kept.tags == ["a", "b"]
    assert Customer.objects.get(pk=merged["dropped"]).deleted_at is not None
    assert set(Contact.objects.filter(customer=kept).values_list("pk", flat=True)) == {merged["own"], merged["moved"]}
    assert "merge" in {change.action for change in history([merged["kept"]])}


def test_unmerge_brings_records_values_and_children_back(admin: Actor, merged: dict[str, Any]) -> None:
    unmerge(admin, merged["merge"].batch_id)

    kept, dropped = (Customer.objects.get(pk=merged[name]) for name in ("kept", "dropped"))
    assert (kept.email, kept.level, kept.tags) == ("", "", ["a"])
    assert (dropped.deleted_at, dropped.email, dropped.tags) == (None, "two@example.com", ["b"])
    assert Contact.objects.get(pk=merged["moved"]).customer_id == merged["dropped"]
    assert Contact.objects.get(pk=merged["own"]).customer_id == merged["kept"]


def test_unmerge_keeps_what_was_changed_since(
    admin: Actor, customer: ObjectSpec, contact: ObjectSpec, merged: dict[str, Any]
) -> None:
    door.update(admin, customer, merged["kept"], {"email": "new@example.com"})
    (elsewhere,) = make(admin, customer, "Elsewhere")
    door.update(admin, contact, merged["moved"], {"customer": str(elsewhere.pk)})

    unmerge(admin, merged["merge"].batch_id)

    assert Customer.objects.get(pk=merged["kept"]).email == "new@example.com"
    assert Contact.objects.get(pk=merged["moved"]).customer_id == elsewhere.pk


def test_merge_is_taken_back_once_and_within_30_days(admin: Actor, merged: dict[str, Any]) -> None:
    Merge.objects.update(at=now() - timedelta(days=30, minutes=1))
    with pytest.raises(Refused):
        unmerge(admin, merged["merge"].batch_id)
    assert Customer.objects.get(pk=merged["dropped"]).deleted_at is not None

    Merge.objects.update(at=now() - timedelta(days=29, hours=23))
    unmerge(admin, merged["merge"].batch_id)
    with pytest.raises(Refused):
        unmerge(admin, merged["merge"].batch_id)
    with pytest.raises(Missing):
        unmerge(admin, merged["kept"])


def test_merge_needs_the_rights_to_change_and_to_delete(scope: Cast, admin: Actor, customer: ObjectSpec) -> None:
    one, two = make(admin, customer, "One", "Two")

    with pytest.raises(NotAllowed):
        merge(scope.actor("owner"), customer, one.pk, [two.pk])
    with pytest.raises(Missing):
        merge(scope.actor("salesperson"), customer, one.pk, [two.pk])
    with pytest.raises(Refused):
        merge(admin, customer, one.pk, [one.pk])
    assert Customer.objects.filter(deleted_at=None).count() == 2
    assert Merge.objects.count() == 0


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "level": st.sampled_from(["a", "b", "c", None]),
        "source": st.sampled_from(["website", "exhibition", None]),
        "tags": st.lists(st.sampled_from(["x", "y", "z"]), unique=True),
        "notes": st.text(alphabet="ab 榕𠮷🌳", max_size=10),
    },
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=VALUES, changes=st.lists(VALUES, min_size=1, max_size=4))
def test_undoing_every_change_in_reverse_leads_back_to_the_start(
    scope: Cast, start: dict[str, Any], changes: list[dict[str, Any]]
) -> None:
    admin, spec = scope.actor("admin"), spec_for(scope.organization, "customer")
    record = door.create(admin, spec, {"name": "One", **start})
    batches = [
        outcome.batch_id
        for values in changes
        if (outcome := door.update_many(admin, spec, {record.pk: values})).updated
    ]

    for batch in reversed(batches):
        assert undo(admin, batch).conflicts == []

    found = Customer.objects.get(pk=record.pk)
    names = ("name", "level", "source", "tags", "notes")
    assert {name: getattr(found, name) for name in names} == {name: getattr(record, name) for name in names}
    assert Change.objects.filter(record_id=record.pk, action="update").count() == 2 * len(batches)
