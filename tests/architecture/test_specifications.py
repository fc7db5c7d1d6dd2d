from __future__ import annotations

import pytest

from banyan.core.objects.registry import objects
from banyan.core.objects.spec import Field, ObjectSpec

NARROWED = [
    (spec, entry) for spec in objects for entry in spec.all_fields.values() if getattr(entry.kind, "narrowed_by", "")
]


@pytest.mark.parametrize(("spec", "entry"), NARROWED, ids=[f"{spec.name}.{entry.name}" for spec, entry in NARROWED])
def test_link_is_narrowed_by_what_both_records_point_to(spec: ObjectSpec, entry: Field) -> None:
    name = entry.kind.narrowed_by  # type: ignore[attr-defined]  # only links have one
    target = objects[entry.kind.target]  # type: ignore[attr-defined]

    assert spec.links[name].kind.target == target.links[name].kind.target  # type: ignore[attr-defined]


def test_order_of_namesakes_can_be_asked_of_the_database(db: None) -> None:
    for spec in objects:
        assert str(spec.model._default_manager.order_by(*spec.namesake_order).query)


def test_numbers_of_two_objects_begin_differently() -> None:
    beginnings = [spec.number_pattern.partition("{")[0] for spec in objects if not spec.is_custom]
    assert sorted(beginnings) == sorted(set(beginnings))
