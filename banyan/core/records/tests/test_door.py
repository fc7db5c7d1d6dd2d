from __future__ import annotations

import uuid

import pytest

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid, Missing, NotAllowed, Stale
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.customers.models import Customer
from tests.cast import Cast


@pytest.fixture
def spec(scope: Cast):
    return spec_for(scope.organization, "customer")


def test_create_gives_number_owner_search_words_and_history(admin: Actor, spec) -> None:
    customer = door.create(admin, spec, {"name": "北京榕树科技有限公司", "phone": "138 0013 8000", "tags": "vip, new"})

    assert (customer.number, customer.owner_id, customer.version) == ("C-00001", admin.user_id, 1)
    assert (customer.phone, customer.tags) == ("+8613800138000", ["vip", "new"])
    assert Customer.objects.extra(where=["search @@ '北京'::tsquery"]).count() == 1
    assert list(Change.objects.filter(record_id=customer.pk).values_list("action", flat=True)) == ["create"]


def test_update_changes_version_and_history_when_a_value_differs(admin: Actor, spec) -> None:
    customer = door.create(admin, spec, {"name": "Harbor Light"})

    changed = door.update(admin, spec, customer.pk, {"name": "Harbor Light Trading", "level": "a"})

    assert (changed.name, changed.version) == ("Harbor Light Trading", 2)
    change = Change.objects.get(record_id=customer.pk, action="update")
    assert change.values == {"name": ["Harbor Light", "Harbor Light Trading"], "level": ["", "a"]}


def test_update_writes_nothing_when_nothing_differs(admin: Actor, spec) -> None:
    customer = door.create(admin, spec, {"name": "Harbor Light"})

    assert door.update(admin, spec, customer.pk, {"name": "Harbor Light"}).version == 1
    assert Change.objects.filter(action="update").count() == 0


def test_update_is_refused_when_version_is_stale(admin: Actor, spec) -> None:
    customer = door.create(admin, spec, {"name": "Harbor Light"})
    door.update(admin, spec, customer.pk, {"name": "Other"}, expected_version=1)

    with pytest.raises(Stale):
        door.update(admin, spec, customer.pk, {"name": "Third"}, expected_version=1)
    assert Customer.objects.get().name == "Other"


def test_create_names_every_bad_field(admin: Actor, spec) -> None:
    with pytest.raises(Invalid) as refused:
        door.create(admin, spec, {"email": "nobody", "level": "z", "color": "red", "number": "X"})

    assert {(error.field, error.code) for error in refused.value.errors} == {
        ("name", "required"),
        ("email", "not_email"),
        ("level", "unknown_choice"),
        ("color", "unknown_field"),
        ("number", "read_only"),
    }
    assert Customer.objects.count() == 0


def test_create_many_writes_the_good_rows_and_reports_the_others(admin: Actor, spec) -> None:
    outcome = door.create_many(admin, spec, [{"name": "A"}, {"email": "a@b.example"}, {"name": "C"}])

    assert [error.code for error in outcome.rejected[1]] == ["required"]
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["A", "C"]


def test_viewer_may_not_write(scope: Cast, spec) -> None:
    customer = door.create(scope.actor("admin"), spec, {"name": "A"})

    with pytest.raises(NotAllowed):
        door.create(scope.actor("viewer"), spec, {"name": "B"})
    with pytest.raises(NotAllowed):
        door.update(scope.actor("viewer"), spec, customer.pk, {"name": "B"})
    assert list(Customer.objects.values_list("name", flat=True)) == ["A"]


def test_salesperson_finds_only_own_customers(scope: Cast, spec) -> None:
    foreign = door.create(scope.actor("admin"), spec, {"name": "A"})

    with pytest.raises(Missing):
        door.update(scope.actor("salesperson"), spec, foreign.pk, {"name": "B"})


def test_link_to_an_unknown_record_is_refused(admin: Actor, scope: Cast) -> None:
    contact = spec_for(scope.organization, "contact")

    with pytest.raises(Invalid) as refused:
        door.create(admin, contact, {"name": "Maria", "customer": str(uuid.uuid4())})
    assert [(error.field, error.code) for error in refused.value.errors] == [("customer", "unknown_record")]
