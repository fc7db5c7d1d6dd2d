from __future__ import annotations

import pytest

from banyan.core.access.scopes import FieldAccess
from banyan.core.identity.models import Role, User
from banyan.core.kernel.errors import Invalid, Missing, NotAllowed
from banyan.core.kernel.ids import new_id
from banyan.core.listing.coloring import colors_of, read_rules
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import list_rows
from banyan.core.listing.views import (
    ViewValues,
    default_view,
    delete_view,
    find_view,
    list_views,
    order_views,
    request_of,
    save_view,
)
from banyan.core.tenancy.scope import organization_scope

ACTIVE = {"field": "status", "op": "eq", "value": "active"}


def saved_names(actor, spec):
    return [view.name for view in list_views(actor, spec) if not view.is_preset]


def test_presets_come_before_saved_views(owner, customer):
    save_view(owner, customer, ViewValues("Saved"))
    views = list_views(owner, customer)

    assert [view.name for view in views] == ["My customers", "Follow-up due", "New this month", "Saved"]
    assert [view.is_preset for view in views] == [True, True, True, False]


def test_view_shows_its_records_in_its_order(admin, customer, add):
    for name, status, employees in (("Alder", "active", 1), ("Birch", "lost", 2), ("Cedar", "active", 3)):
        add(admin, name, status=status, employees=employees)
    values = ViewValues("Active", ACTIVE, sort=("-employees",), columns=("name",))
    view = find_view(admin, customer, str(save_view(admin, customer, values).pk))
    request = request_of(admin, customer, view, filter=parse_tree({"field": "employees", "op": "lt", "value": 3}))

    assert [row["name"] for row in list_rows(admin, customer, request_of(admin, customer, view)).rows] == [
        "Cedar", "Alder",
    ]  # fmt: skip
    assert [row["name"] for row in list_rows(admin, customer, request).rows] == ["Alder"]


def test_private_view_is_nobody_elses(owner, admin, customer):
    row = save_view(owner, customer, ViewValues("Private"))

    assert saved_names(owner, customer) == ["Private"]
    assert saved_names(admin, customer) == []
    for call in (lambda: find_view(admin, customer, str(row.pk)), lambda: delete_view(admin, customer, row.pk)):
        with pytest.raises(Missing):
            call()


def test_shared_view_is_everybodys_but_changed_only_by_those_who_may_share(admin, owner, customer):
    row = save_view(admin, customer, ViewValues("Shared", ACTIVE, is_shared=True))
    view = find_view(owner, customer, str(row.pk))

    assert (view.is_shared, view.is_mine, view.may_change) == (True, False, False)
    with pytest.raises(NotAllowed):
        save_view(owner, customer, ViewValues("Renamed"), view_id=row.pk)
    with pytest.raises(NotAllowed):
        delete_view(owner, customer, row.pk)
    assert find_view(admin, customer, str(row.pk)).name == "Shared"


def test_sharing_needs_the_right_to_share(owner, customer):
    with pytest.raises(NotAllowed):
        save_view(owner, customer, ViewValues("Shared", is_shared=True))

    assert saved_names(owner, customer) == []


def test_view_is_changed_and_deleted(owner, customer):
    row = save_view(owner, customer, ViewValues("First", ACTIVE))
    save_view(owner, customer, ViewValues("Second", None, display="board"), view_id=row.pk)
    view = find_view(owner, customer, str(row.pk))

    assert (view.name, view.filter, view.display) == ("Second", None, "board")
    delete_view(owner, customer, row.pk)
    assert saved_names(owner, customer) == []


def test_views_stand_in_the_order_that_people_give_them(owner, customer):
    rows = [save_view(owner, customer, ViewValues(name)) for name in ("A", "B", "C")]
    order_views(owner, customer, [rows[2].pk, new_id(), rows[0].pk, rows[1].pk])

    assert saved_names(owner, customer) == ["C", "A", "B"]


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (ViewValues(" "), ["name"]),
        (ViewValues("x" * 81), ["name"]),
        (ViewValues("X", {"field": "colour", "value": 1}), ["colour"]),
        (ViewValues("X", "nonsense", sort=("owner",), columns=("colour",), display="map"), ["display", "filter", "sort", "fields"]),
    ],
)  # fmt: skip
def test_view_is_refused_with_everything_that_is_wrong(owner, customer, values, fields):
    with pytest.raises(Invalid) as refused:
        save_view(owner, customer, values)

    assert [error.field for error in refused.value.errors] == fields
    assert saved_names(owner, customer) == []


def test_name_is_refused_when_the_person_has_it_already(owner, admin, customer):
    save_view(owner, customer, ViewValues("Mine"))
    save_view(admin, customer, ViewValues("Mine"))

    with pytest.raises(Invalid):
        save_view(owner, customer, ViewValues("Mine"))


def test_view_of_a_role_is_what_its_people_see_first(admin, owner, customer):
    member = Role.objects.get(key="member")
    save_view(admin, customer, ViewValues("For members", is_shared=True, default_role_ids=(member.pk,)))

    assert default_view(owner, customer).name == "For members"
    assert default_view(admin, customer) is None


def test_view_leaves_out_columns_that_the_reader_may_not_see(admin, customer, restricted):
    row = save_view(
        admin, customer, ViewValues("All", sort=("-employees",), columns=("name", "employees"), is_shared=True)
    )
    reader = restricted(employees=FieldAccess.HIDDEN)
    request = request_of(reader, customer, find_view(reader, customer, str(row.pk)))

    assert (request.columns, request.sort) == (("name",), ())


def test_view_is_invisible_to_strangers(admin, strangers, customer):
    row = save_view(admin, customer, ViewValues("Shared", is_shared=True))
    with organization_scope(strangers.organization.pk), pytest.raises(Missing):
        find_view(strangers.actor("admin"), customer, str(row.pk))


def test_view_is_seen_by_the_roles_and_departments_that_it_is_shared_with(scope, customer):
    admin, names = scope.actor("admin"), ("manager", "owner", "teammate", "salesperson", "viewer")
    role = Role.objects.get(key="salesperson")
    save_view(admin, customer, ViewValues("For salespeople", role_ids=(role.pk,)))
    save_view(admin, customer, ViewValues("For Sales", department_ids=(scope.departments["sales"].pk,)))
    save_view(admin, customer, ViewValues("For the South", department_ids=(scope.departments["south"].pk,)))

    seen = {name: saved_names(scope.actor(name), customer) for name in names}

    # A department's view is for those below it, too.
    assert seen == {
        "manager": ["For Sales"],
        "owner": ["For Sales"],
        "teammate": ["For Sales", "For the South"],
        "salesperson": ["For salespeople", "For Sales", "For the South"],
        "viewer": [],
    }


def test_default_of_a_role_needs_that_the_view_is_shared_with_its_people(scope, customer):
    admin, role = scope.actor("admin"), Role.objects.get(key="salesperson")
    department = scope.departments["sales"].pk
    save_view(admin, customer, ViewValues("South", department_ids=(department,), default_role_ids=(role.pk,)))

    assert default_view(scope.actor("salesperson"), customer).name == "South"
    User.objects.filter(pk=scope.users["salesperson"].pk).update(department=None)
    assert default_view(scope.actor("salesperson"), customer) is None


def test_first_rule_that_fits_colours_a_row(admin, customer, add):
    rows = {name: add(admin, name, **values) for name, values in (
        ("Late", {"status": "lost", "employees": 1}), ("Big", {"employees": 900}), ("Plain", {"employees": 1}),
    )}  # fmt: skip
    rules = read_rules(
        [
            {"filter": {"field": "status", "op": "eq", "value": "lost"}, "color": "red"},
            {"filter": {"field": "employees", "op": "gte", "value": 500}, "color": "green"},
            {"filter": {"field": "gone", "op": "eq", "value": 1}, "color": "blue"},
        ]
    )

    found = colors_of(admin, customer, rules, list(rows.values()))

    assert found == {rows["Late"]: "red", rows["Big"]: "green"}


def test_rules_of_colour_are_checked_when_a_view_is_saved(admin, customer):
    for rule in ({"filter": {"field": "status", "op": "eq", "value": "lost"}, "color": "pinkish"}, {"color": "red"}, 3):
        with pytest.raises(Invalid):
            read_rules([rule])
    unknown = read_rules([{"filter": {"field": "gone", "op": "eq", "value": 1}, "color": "red"}])
    with pytest.raises(Invalid):
        save_view(admin, customer, ViewValues("Coloured", color_rules=unknown))
