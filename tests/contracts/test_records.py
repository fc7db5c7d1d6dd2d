"""What the one door for writes promises for every object that is registered."""

from __future__ import annotations

from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.merging import merge, unmerge
from banyan.core.records.models import Change
from banyan.core.records.undo import undo
from tests.cast import Cast
from tests.contracts.samples import Maker


def test_undo_takes_back_what_was_not_changed_since(scope: Cast, spec: ObjectSpec, maker: Maker) -> None:
    created = door.create_many(maker.actor, spec, [maker.values(spec)])
    [pk] = created.created
    teammate, owner = scope.users["teammate"].pk, scope.users["owner"].pk

    outcome = door.update_many(maker.actor, spec, {pk: {"owner": teammate}})
    assert spec.model.objects.get(pk=pk).owner_id == teammate
    undone = undo(maker.actor, outcome.batch_id)
    assert spec.model.objects.get(pk=pk).owner_id == maker.actor.user_id
    assert (undone.undone, undone.conflicts) == (1, [])

    outcome = door.update_many(maker.actor, spec, {pk: {"owner": teammate}})
    door.update(maker.actor, spec, pk, {"owner": owner})
    assert undo(maker.actor, outcome.batch_id).conflicts == [pk]
    assert spec.model.objects.get(pk=pk).owner_id == owner


def test_undo_of_a_creation_puts_it_into_the_bin(spec: ObjectSpec, maker: Maker) -> None:
    outcome = door.create_many(maker.actor, spec, [maker.values(spec)])

    undo(maker.actor, outcome.batch_id)

    assert spec.model.objects.get(pk=outcome.created[0]).deleted_at is not None


def test_restore_brings_the_children_back_and_every_change_is_logged_once(spec: ObjectSpec, maker: Maker) -> None:
    record = maker.record(spec)
    assert actions_on(record) == ["create"]
    children = []
    for child in spec.children:
        target = maker.spec(child.object_name)
        if child.cascade:
            children.append((target, maker.record(target, **{child.link: str(record.pk)})))

    before = actions_on(record)
    recycle.delete(maker.actor, spec, [record.pk])
    assert all(target.model.objects.get(pk=row.pk).deleted_at for target, row in children)
    recycle.restore(maker.actor, spec, [record.pk])

    assert actions_on(record) == [*before, "delete", "restore"]
    assert spec.model.objects.get(pk=record.pk).deleted_at is None
    assert not any(target.model.objects.get(pk=row.pk).deleted_at for target, row in children)


def actions_on(record: Record) -> list[str]:
    """Return what the log says was done with a record, in order."""
    return list(Change.objects.filter(record_id=record.pk).order_by("id").values_list("action", flat=True))


def test_merge_moves_the_children_and_unmerge_returns_them(spec: ObjectSpec, maker: Maker) -> None:
    keep, drop = maker.record(spec), maker.record(spec)
    moved = [
        (
            maker.spec(child.object_name),
            child.link,
            maker.record(maker.spec(child.object_name), **{child.link: str(drop.pk)}),
        )
        for child in spec.children
    ]

    done = merge(maker.actor, spec, keep.pk, [drop.pk])
    for target, link, row in moved:
        assert getattr(target.model.objects.get(pk=row.pk), f"{link}_id") == keep.pk
    assert spec.model.objects.get(pk=drop.pk).deleted_at is not None

    unmerge(maker.actor, done.batch_id)
    for target, link, row in moved:
        assert getattr(target.model.objects.get(pk=row.pk), f"{link}_id") == drop.pk
    assert spec.model.objects.get(pk=drop.pk).deleted_at is None
