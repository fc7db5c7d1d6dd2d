"""Formulas and roll-ups, as people meet them: through the door, the interface, undo, merge and the recycle bin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid, Refused
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import spec_for
from banyan.core.own_fields.rollups import recount
from banyan.core.records import door, recycle
from banyan.core.records.merging import merge, unmerge
from banyan.core.records.models import Change
from banyan.core.records.undo import undo
from tests.cast import Cast


def formula(actor: Actor, name: str, text: str, *, kind: str = "decimal", on: str = "customer") -> CustomField:
    """Add a formula field and return its row."""
    return create_custom_field(
        actor, on, FieldDraft(kind, {"en": name}, name=name, computed="formula", definition={"formula": text})
    )


def rollup(actor: Actor, name: str, function: str, *, of: str = "", tree: Any = None) -> CustomField:
    """Add a figure of contacts to customers and return its row."""
    definition = {"object": "contact", "link": "customer", "function": function, "field": of, "filter": tree or {}}
    return create_custom_field(
        actor, "customer", FieldDraft("", {"en": name}, name=name, computed="rollup", definition=definition)
    )


def create(actor: Actor, object_name: str, /, **values: Any) -> Any:
    return door.create(actor, spec_for(actor.organization, object_name), values)


def value(actor: Actor, record: Any, name: str, on: str = "customer") -> Any:
    """Return a field's value as it is in the database now."""
    record.refresh_from_db()
    return door.value_of(record, spec_for(actor.organization, on), name)


def test_formula_follows_the_record_and_the_one_it_links_to(scope: Cast) -> None:
    actor = scope.actor("admin")
    create_custom_field(actor, "customer", FieldDraft("decimal", {"en": "Discount", "zh": "折扣"}, name="discount"))
    formula(actor, "net", "ROUND(amount * (1 - COALESCE(customer.discount, 0)), 2)", kind="money", on="opportunity")
    formula(actor, "half", "net / 2", on="opportunity")
    actor = scope.actor("admin")
    customer = create(actor, "customer", name="Alder", discount="0.1")
    made = create(actor, "opportunity", name="Deal", customer=customer.pk, amount="1000")
    assert value(actor, made, "net", "opportunity") == Decimal(900)
    assert value(actor, made, "half", "opportunity") == Decimal(450)
    version = made.version

    door.update(actor, spec_for(actor.organization, "customer"), customer.pk, {"discount": "0.2"})
    assert value(actor, made, "half", "opportunity") == Decimal(400)
    assert made.version == version, "what follows from another record is no change of this one"

    door.update(actor, spec_for(actor.organization, "opportunity"), made.pk, {"amount": "500"})
    assert value(actor, made, "net", "opportunity") == Decimal(400)
    with pytest.raises(Invalid):
        door.update(actor, spec_for(actor.organization, "opportunity"), made.pk, {"net": "1"})

    raised = door.update_many(actor, spec_for(actor.organization, "opportunity"), {made.pk: {"amount": "800"}})
    door.update(actor, spec_for(actor.organization, "customer"), customer.pk, {"discount": "0.5"})
    assert undo(actor, raised.batch_id).conflicts == []
    assert value(actor, made, "net", "opportunity") == Decimal(250)


@pytest.fixture
def figures(scope: Cast) -> Actor:
    """An administrator whose customers count their contacts, and the points of those who are active."""
    actor = scope.actor("admin")
    create_custom_field(actor, "contact", FieldDraft("decimal", {"en": "Points"}, name="points"))
    create_custom_field(actor, "contact", FieldDraft("boolean", {"en": "Active"}, name="active"))
    active = {"all": [{"field": "active", "op": "eq", "value": True}]}
    rollup(actor, "contact_count", "count")
    rollup(actor, "points_sum", "sum", of="points", tree=active)
    rollup(actor, "points_avg", "avg", of="points")
    rollup(actor, "points_max", "max", of="points")
    rollup(actor, "points_min", "min", of="points", tree=active)
    formula(actor, "per_contact", "points_sum / contact_count")
    return scope.actor("admin")


def shown(actor: Actor, customer: Any) -> dict[str, Any]:
    """Return the figures of a customer."""
    customer.refresh_from_db()
    spec = spec_for(actor.organization, "customer")
    names = ("contact_count", "points_sum", "points_avg", "points_max", "points_min", "per_contact")
    return {name: door.value_of(customer, spec, name) for name in names}


def test_rollups_follow_each_change_of_a_child(figures: Actor) -> None:
    contacts = spec_for(figures.organization, "contact")
    alder, birch = (create(figures, "customer", name=name) for name in ("Alder", "Birch"))
    assert shown(figures, alder) == {
        "contact_count": 0, "points_sum": 0, "points_avg": None, "points_max": None, "points_min": None,
        "per_contact": None,
    }  # fmt: skip
    ann = create(figures, "contact", name="Ann", customer=alder.pk, points="10", active=True)
    bob = create(figures, "contact", name="Bob", customer=alder.pk, points="4")
    create(figures, "contact", name="Cid", customer=alder.pk, active=True)
    assert shown(figures, alder) == {
        "contact_count": 3, "points_sum": 10, "points_avg": 7, "points_max": 10, "points_min": 10,
        "per_contact": Decimal("3.333333"),
    }  # fmt: skip
    assert alder.version == 1

    door.update(figures, contacts, bob.pk, {"active": True})
    assert (shown(figures, alder)["points_sum"], shown(figures, alder)["points_min"]) == (14, 4)
    door.update(figures, contacts, ann.pk, {"customer": birch.pk})
    assert shown(figures, alder)["points_max"] == 4
    assert shown(figures, birch)["points_sum"] == 10
    deleted = recycle.delete(figures, contacts, [bob.pk])
    assert shown(figures, alder)["contact_count"] == 1
    undo(figures, deleted.batch_id)
    assert (shown(figures, alder)["contact_count"], shown(figures, alder)["points_avg"]) == (2, 4)

    merged = merge(figures, spec_for(figures.organization, "customer"), birch.pk, [alder.pk])
    assert (shown(figures, birch)["contact_count"], shown(figures, birch)["points_sum"]) == (3, 14)
    assert shown(figures, birch)["per_contact"] == Decimal("4.666667")
    unmerge(figures, merged.batch_id)
    assert (shown(figures, birch)["contact_count"], shown(figures, alder)["contact_count"]) == (1, 2)


def test_logged_figures_are_read_only_and_not_in_the_log_of_their_parent(figures: Actor) -> None:
    alder = create(figures, "customer", name="Alder")
    create(figures, "contact", name="Ann", customer=alder.pk, points="1")
    assert [change.action for change in Change.objects.filter(record_id=alder.pk)] == ["create"]
    with pytest.raises(Invalid) as caught:
        door.update(figures, spec_for(figures.organization, "customer"), alder.pk, {"contact_count": 5})
    assert caught.value.errors[0].code == "read_only"


points = st.none() | st.decimals(min_value=-99, max_value=99, places=1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(0, 2), points, st.booleans()),
        st.tuples(st.just("update"), st.integers(0, 9), points, st.booleans()),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 2), st.booleans()),
        st.tuples(st.just("delete"), st.integers(0, 9), st.none(), st.none()),
        st.tuples(st.just("undo"), st.integers(0, 9), st.none(), st.none()),
        st.tuples(st.just("many"), st.integers(0, 2), points, st.booleans()),
    ),
    min_size=4,
    max_size=14,
)


@given(steps)
@settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_increments_always_come_to_what_counting_anew_gives(figures: Actor, work: list[tuple[Any, ...]]) -> None:
    spec = spec_for(figures.organization, "contact")
    customers = [create(figures, "customer", name=f"C{number}") for number in range(3)]
    people: list[Any] = []
    batches: list[Any] = []
    for what, which, given_points, active in work:
        person = people[which % len(people)] if people else None
        if what in {"create", "many"}:
            row = {"name": "P", "customer": customers[which].pk, "points": given_points, "active": active}
            outcome = door.create_many(figures, spec, [row] * (3 if what == "many" else 1))
            people += outcome.created
        elif what == "undo" and batches:
            undo(figures, batches[which % len(batches)])
            continue
        elif person is None or not spec.model.objects.filter(pk=person, deleted_at__isnull=True).exists():
            continue
        elif what == "update":
            outcome = door.update_many(figures, spec, {person: {"points": given_points, "active": active}})
        elif what == "move":
            outcome = door.update_many(figures, spec, {person: {"customer": customers[given_points].pk}})
        elif what == "delete":
            outcome = recycle.delete(figures, spec, [person])
        else:
            continue
        if outcome.created or outcome.updated:
            batches.append(outcome.batch_id)
    parents = spec_for(figures.organization, "customer")
    before = [shown(figures, customer) for customer in customers]
    assert recount(figures, parents, [customer.pk for customer in customers]) == 0
    assert [shown(figures, customer) for customer in customers] == before


def test_circles_are_refused_with_the_way_before_anything_changes(scope: Cast) -> None:
    actor = scope.actor("admin")
    first = formula(actor, "first", "1 + 1")
    formula(actor, "second", "first * 2")
    with pytest.raises(Invalid) as caught, translation.override("en"):
        change_custom_field(scope.actor("admin"), first.pk, definition={"formula": "second + 1"})
    assert "Customer.first → Customer.second → Customer.first" in str(caught.value.errors[0].message)
    first.refresh_from_db()
    assert first.definition["formula"] == "1 + 1"

    figure = rollup(scope.actor("admin"), "people", "count")
    formula(scope.actor("admin"), "share", "1 / customer.people", on="contact")
    definition = {"object": "contact", "link": "customer", "function": "sum", "field": "share"}
    with pytest.raises(Invalid) as caught, translation.override("en"):
        change_custom_field(scope.actor("admin"), figure.pk, definition=definition)
    assert "Customer.people → Contact.share → Customer.people" in str(caught.value.errors[0].message)


def test_field_that_a_formula_needs_cannot_be_switched_off(scope: Cast) -> None:
    actor = scope.actor("admin")
    row = create_custom_field(actor, "customer", FieldDraft("decimal", {"en": "Weight"}, name="weight"))
    formula(scope.actor("admin"), "double", "weight * 2")
    with pytest.raises(Refused) as caught:
        change_custom_field(scope.actor("admin"), row.pk, is_active=False)
    assert "“double”" in str(caught.value.message)
    with pytest.raises(Invalid) as wrong:
        formula(scope.actor("admin"), "bad", "wieght * 2")
    assert "“weight”" in str(wrong.value.errors[0].message)
    with pytest.raises(Invalid) as text:
        formula(scope.actor("admin"), "bad", "weight * 2", kind="text")
    assert text.value.errors[0].code == "wrong_type"
