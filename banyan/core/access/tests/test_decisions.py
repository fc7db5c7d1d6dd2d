"""The condition that limits rows agrees with a plain reading of the rules, for every scope and person."""

from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import product

import pytest

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import fields, restrict
from banyan.core.access.rights import RoleRights
from banyan.core.access.scopes import Action, FieldAccess, Scope
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.models import Contact, Customer
from banyan.teamwork.models import Task
from tests.cast import Cast

PEOPLE = ("admin", "manager", "owner", "teammate", "salesperson")


@pytest.fixture
def owners(scope: Cast) -> dict[uuid.UUID, str]:
    """One customer with a contact for each person; returns customer id to the person."""
    admin = scope.actor("admin")
    found = {}
    for name in PEOPLE:
        owner = scope.users[name].pk
        customer = door.create(admin, spec_for(scope.organization, "customer"), {"name": f"of {name}", "owner": owner})
        door.create(admin, spec_for(scope.organization, "contact"), {"name": f"at {name}", "customer": customer.pk})
        found[customer.pk] = name
    return found


def with_scopes(actor: Actor, **scopes: Scope) -> Actor:
    """The same person in the same place with one role that gives every action these scopes."""
    grants = {name: {str(action): given.key for action in Action} for name, given in scopes.items()}
    place = replace(actor.standings[0], roles=(RoleRights(new_id(), "made up", grants),))
    return actor.standing_as(place)


def with_colleagues(cast: Cast, name: str) -> Actor:
    """An actor who knows the colleagues, whatever the role's scopes ask for."""
    user = cast.users[name]
    tree = {"sales": ("manager", "owner", "teammate", "salesperson"), "south": ("teammate", "salesperson")}
    place = next((key for key, row in cast.departments.items() if row.pk == user.department_id), None)
    own = {person.pk for person in cast.users.values() if place and person.department_id == user.department_id}
    below = {cast.users[key].pk for key in tree.get(place or "", ())}
    actor = cast.actor(name)
    standing = replace(actor.standings[0], colleagues=frozenset(own), colleagues_below=frozenset(below))
    return actor.standing_as(standing)


def expected(cast: Cast, actor: Actor, scope: Scope) -> set[str]:
    """Return whose records a scope covers, read off the rules in plain Python."""
    allowed = {
        Scope.NONE: set(),
        Scope.OWN: {actor.user_id},
        Scope.REPORTS: {actor.user_id},
        Scope.DEPARTMENT: set(actor.standings[0].colleagues) | {actor.user_id},
        Scope.DEPARTMENT_AND_BELOW: set(actor.standings[0].colleagues_below) | {actor.user_id},
        Scope.TERRITORY: {actor.user_id},
        Scope.ALL: {user.pk for user in cast.users.values()},
    }[scope]
    return {name for name in PEOPLE if cast.users[name].pk in allowed}


def test_customers_seen_are_those_of_the_scope(scope: Cast, owners) -> None:
    spec = spec_for(scope.organization, "customer")
    for person, given in product(PEOPLE, Scope):
        actor = with_scopes(with_colleagues(scope, person), customer=given)

        seen = restrict(Customer.objects.all(), actor, spec)

        assert {owners[pk] for pk in seen.values_list("pk", flat=True)} == expected(scope, actor, given), (
            person,
            given,
        )


def test_contacts_seen_are_those_of_customers_seen(scope: Cast, owners) -> None:
    spec = spec_for(scope.organization, "contact")
    somebody = with_colleagues(scope, "owner")
    for parent, child in product(Scope, Scope):
        actor = with_scopes(somebody, customer=parent, contact=child)

        seen = restrict(Contact.objects.all(), actor, spec)

        both = expected(scope, actor, parent) & expected(scope, actor, child)
        assert {owners[pk] for pk in seen.values_list("customer_id", flat=True)} == both, (parent, child)


def test_a_contact_without_customer_belongs_to_its_owner(scope: Cast, owners) -> None:
    spec = spec_for(scope.organization, "contact")
    door.create(scope.actor("admin"), spec, {"name": "loose", "owner": scope.users["salesperson"].pk})

    seen = restrict(Contact.objects.all(), scope.actor("salesperson"), spec)

    assert sorted(seen.values_list("name", flat=True)) == ["at salesperson", "loose"]


def test_a_task_shared_with_somebody_is_seen(scope: Cast) -> None:
    spec = spec_for(scope.organization, "task")
    values = {"name": "together", "shared_with": [str(scope.users["salesperson"].pk)]}
    door.create(scope.actor("admin"), spec, values)
    door.create(scope.actor("admin"), spec, {"name": "alone"})

    seen = restrict(Task.objects.all(), scope.actor("salesperson"), spec)

    assert list(seen.values_list("name", flat=True)) == ["together"]


def test_more_rights_never_show_fewer_rows(scope: Cast, owners) -> None:
    spec = spec_for(scope.organization, "customer")
    actor = with_colleagues(scope, "teammate")

    wider = (Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.DEPARTMENT_AND_BELOW, Scope.ALL)
    counts = [restrict(Customer.objects.all(), with_scopes(actor, customer=given), spec).count() for given in wider]

    assert counts == sorted(counts)


def test_a_field_that_a_role_hides_is_hidden(scope: Cast) -> None:
    actor = replace(scope.actor("owner"), field_grants={"customer.phone": FieldAccess.MASKED})

    found = fields(actor, spec_for(scope.organization, "customer"), ["name", "phone"])

    assert found == {"name": FieldAccess.EDITABLE, "phone": FieldAccess.MASKED}
