"""The SQL of who sees what agrees with a plain reading of the rules, whatever roles, places and shares there are."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.actor import Actor, GivenRule
from banyan.core.access.decisions import restrict
from banyan.core.access.explaining import explain
from banyan.core.access.models import Share, Territory
from banyan.core.access.rights import Reach, RoleRights, Standing, reaches_of, read_grants, write_grants
from banyan.core.access.scopes import Action, Scope
from banyan.core.access.territories import territory_tree
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.models import Contact, Customer
from tests.cast import Cast

PEOPLE = ("admin", "manager", "owner", "teammate", "salesperson")
INDUSTRIES = ("retail", "medical")
RETAIL = {"field": "industry", "op": "eq", "value": "retail"}
SHAREABLE = {Action.VIEW: {"view", "edit"}, Action.EDIT: {"edit"}}


@dataclass(frozen=True)
class Fact:
    """What the rules ask about a customer."""

    pk: uuid.UUID
    owner: uuid.UUID
    territory: uuid.UUID | None
    industry: str


@dataclass(frozen=True)
class World:
    """Customers with every mixture of owner, territory and industry, each with a contact."""

    cast: Cast
    territories: tuple[Territory, ...]
    facts: tuple[Fact, ...]


@pytest.fixture
def world(scope: Cast) -> World:
    admin = scope.actor("admin")
    east = territory_tree.create(admin, name="East")
    harbour = territory_tree.create(admin, name="Harbour", parent_id=east.pk)
    scope.organization.refresh_from_db()
    rows = [
        {"name": f"{person} {industry}", "owner": scope.users[person].pk, "industry": industry, "territory": place}
        for person, place in zip(PEOPLE, (east.pk, harbour.pk, None, east.pk, harbour.pk), strict=True)
        for industry in INDUSTRIES
    ]
    made = door.create_many(admin, spec_for(scope.organization, "customer"), rows)
    assert not made.rejected
    contacts = [{"name": "contact", "customer": pk} for pk in made.created]
    assert not door.create_many(admin, spec_for(scope.organization, "contact"), contacts).rejected
    facts = Customer.objects.values_list("pk", "owner_id", "territory_id", "industry")
    return World(scope, (east, harbour), tuple(Fact(*row) for row in facts))


scopes = st.sampled_from([scope.key for scope in Scope])
cells = st.lists(
    st.one_of(scopes, st.builds(lambda scope: {"scope": scope, "condition": RETAIL}, scopes)), min_size=1, max_size=2
)
grants = st.dictionaries(
    st.sampled_from(["*", "customer", "contact"]),
    st.dictionaries(st.sampled_from([Action.VIEW.value, Action.EDIT.value, Action.DELETE.value]), cells, max_size=3),
    max_size=3,
)
places = st.fixed_dictionaries(
    {
        "user": st.sampled_from(PEOPLE),
        "reports": st.sets(st.sampled_from(PEOPLE), max_size=2),
        "colleagues": st.sets(st.sampled_from(PEOPLE), max_size=2),
        "below": st.sets(st.sampled_from(PEOPLE), max_size=2),
        "territories": st.sets(st.sampled_from([0, 1]), max_size=2),
        "roles": st.lists(grants, min_size=1, max_size=2),
    }
)
shares = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["view", "edit"]), st.booleans()), max_size=3)
rules = st.lists(st.booleans(), max_size=2)


def standing(world: World, place: dict[str, Any]) -> Standing:
    def ids(names: set[str]) -> frozenset[uuid.UUID]:
        return frozenset(world.cast.users[name].pk for name in names)

    return Standing(
        "self",
        place["user"],
        world.cast.users[place["user"]].pk,
        tuple(RoleRights(new_id(), "made up", written) for written in place["roles"]),
        ids(place["reports"]),
        ids(place["colleagues"]),
        ids(place["colleagues"] | place["below"]),
        frozenset(world.territories[position].pk for position in place["territories"]),
    )


def covers(reach: Reach, fact: Fact) -> bool:
    """Whether a grant covers a customer by owner or territory."""
    match reach.grant.scope:
        case Scope.ALL:
            return True
        case Scope.TERRITORY:
            return fact.owner == reach.standing.user_id or fact.territory in reach.standing.territories
        case other:
            return fact.owner in reach.standing.people(other)


def allowed(actor: Actor, fact: Fact, given: dict[uuid.UUID, set[str]], action: Action) -> bool:
    """The rules for a customer, read in plain Python."""
    reaches = reaches_of(actor.standings, "customer", action)
    if not reaches:
        return False
    by_role = any(covers(reach, fact) and fits(reach, fact) for reach in reaches)
    return by_role or besides(actor, fact, given, action)


def besides(actor: Actor, fact: Fact, given: dict[uuid.UUID, set[str]], action: Action) -> bool:
    """Whether a share or a sharing rule reaches a customer."""
    by_share = bool(given.get(fact.pk, set()) & SHAREABLE.get(action, set()))
    by_rule = any(
        action in SHAREABLE and (rule.may_edit or action is Action.VIEW) and fact.industry == "retail"
        for rule in actor.sharing_rules
    )
    return by_share or by_rule


def fits(reach: Reach, fact: Fact) -> bool:
    return reach.grant.condition is None or fact.industry == "retail"


@pytest.fixture
def person(world: World) -> Callable[..., tuple[Actor, dict[uuid.UUID, set[str]]]]:
    """Make an actor of drawn places, shares and rules; the shares are written to the database."""

    def made(
        drawn: list[dict[str, Any]], shared: list[tuple[int, str, bool]], ruled: list[bool]
    ) -> tuple[Actor, dict[uuid.UUID, set[str]]]:
        actor = world.cast.actor(drawn[0]["user"]).standing_as(*(standing(world, place) for place in drawn))
        given: dict[uuid.UUID, set[str]] = {}
        for position, level, over in {position: (position, level, over) for position, level, over in shared}.values():
            fact = world.facts[position]
            Share.objects.create(
                organization=world.cast.organization,
                object_name="customer",
                record_id=fact.pk,
                grantee_kind="person",
                grantee_id=actor.user_id,
                access=level,
                ends_on="2020-01-01" if over else None,
            )
            if not over:
                given.setdefault(fact.pk, set()).add(level)
        world.cast.organization.refresh_from_db()
        found = tuple(GivenRule(new_id(), "rule", "customer", RETAIL, may_edit) for may_edit in ruled)
        return replace(actor, organization=world.cast.organization, sharing_rules=found), given

    return made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(places, min_size=1, max_size=2), shared=shares, ruled=rules)
def test_customers_seen_are_those_that_the_rules_name(world, person, drawn, shared, ruled) -> None:
    spec = spec_for(world.cast.organization, "customer")
    with transaction.atomic():
        actor, given = person(drawn, shared, ruled)
        for action in (Action.VIEW, Action.EDIT, Action.DELETE):
            seen = set(restrict(Customer.objects.all(), actor, spec, action).values_list("pk", flat=True))
            assert seen == {fact.pk for fact in world.facts if allowed(actor, fact, given, action)}
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(places, min_size=1, max_size=2), shared=shares, ruled=rules)
def test_contacts_seen_are_those_of_customers_seen_within_the_right_on_contacts(
    world, person, drawn, shared, ruled
) -> None:
    spec = spec_for(world.cast.organization, "contact")
    with transaction.atomic():
        actor, given = person(drawn, shared, ruled)
        # Conditions on customers say nothing of contacts; the field they ask for is not there.
        reaches = [reach for reach in reaches_of(actor.standings, "contact", "view") if reach.grant.condition is None]
        seen = set(restrict(Contact.objects.all(), actor, spec).values_list("customer_id", flat=True))
        assert seen == {
            fact.pk
            for fact in world.facts
            if allowed(actor, fact, given, Action.VIEW)
            and reaches
            and (any(covers(reach, fact) for reach in reaches) or besides(actor, fact, given, Action.VIEW))
        }
        transaction.set_rollback(True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(places, min_size=1, max_size=2), shared=shares, ruled=rules, which=st.integers(0, 9))
def test_an_explanation_helps_exactly_when_access_is_given(world, person, drawn, shared, ruled, which) -> None:
    spec = spec_for(world.cast.organization, "customer")
    with transaction.atomic():
        actor, given = person(drawn, shared, ruled)
        fact = world.facts[which]
        for action in (Action.VIEW, Action.EDIT, Action.DELETE):
            explanation = explain(actor, spec, fact.pk, action)
            assert explanation.allowed == allowed(actor, fact, given, action)
            assert explanation.allowed == any(reason.helps for reason in explanation.reasons)
        transaction.set_rollback(True)


@given(cells)
def test_grants_are_read_back_as_they_are_written(cell) -> None:
    assert read_grants(write_grants(read_grants(cell))) == read_grants(cell)
