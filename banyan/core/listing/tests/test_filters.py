from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.scopes import FieldAccess, Scope
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import Condition, Group, parse_parameters, parse_tree, to_q, tree_to_json
from banyan.core.listing.fitting import Fitting
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.registry import spec_for
from banyan.core.records.door import create, create_many
from banyan.core.records.drafts import Draft
from banyan.core.records.linked import LinkedValues
from tests.cast import with_rights

MEANINGS = [
    ({"field": "status", "op": "eq", "value": "active"}, ["Alder", "Cedar"]),
    ({"field": "status", "op": "ne", "value": "active"}, ["Birch"]),
    ({"field": "status", "op": "in", "value": ["lost", "prospect"]}, ["Birch"]),
    ({"field": "status", "op": "eq", "value": "Active"}, ["Alder", "Cedar"]),
    ({"field": "employees", "op": "gt", "value": "5"}, ["Birch"]),
    ({"field": "employees", "op": "gte", "value": 5}, ["Alder", "Birch"]),
    ({"field": "employees", "op": "lt", "value": 50}, ["Alder"]),
    ({"field": "employees", "op": "lte", "value": 50}, ["Alder", "Birch"]),
    ({"field": "employees", "op": "between", "value": [6, 60]}, ["Birch"]),
    ({"field": "employees", "op": "isnull", "value": True}, ["Cedar"]),
    ({"field": "employees", "op": "eq", "value": ""}, ["Cedar"]),
    ({"field": "employees", "op": "ne", "value": 5}, ["Birch", "Cedar"]),
    ({"field": "industry", "op": "in", "value": ["retail", ""]}, ["Alder", "Birch", "Cedar"]),
    ({"field": "name", "op": "contains", "value": "ED"}, ["Cedar"]),
    ({"field": "name", "op": "startswith", "value": "al"}, ["Alder"]),
    ({"field": "phone", "op": "contains", "value": "0138"}, ["Alder"]),
    ({"field": "phone", "op": "isnull", "value": False}, ["Alder"]),
    ({"field": "tags", "op": "contains", "value": ["vip", "north"]}, ["Alder"]),
    ({"field": "tags", "op": "in", "value": ["north", "south"]}, ["Alder"]),
    ({"field": "tags", "op": "isnull", "value": True}, ["Cedar"]),
    ({"field": "address", "op": "contains", "value": "nanshan"}, ["Cedar"]),
    ({"field": "created_at", "op": "within", "value": "today"}, ["Alder", "Birch", "Cedar"]),
    ({"field": "created_at", "op": "within", "value": "last_week"}, []),
    ({"field": "created_at", "op": "eq", "value": "today"}, ["Alder", "Birch", "Cedar"]),
    ({"field": "created_at", "op": "ne", "value": "today"}, []),
    ({"field": "created_at", "op": "lte", "value": "today"}, ["Alder", "Birch", "Cedar"]),
    ({"field": "created_at", "op": "lt", "value": "today"}, []),
    ({"field": "owner", "op": "eq", "value": "me"}, ["Alder", "Birch", "Cedar"]),
    ({"field": "tags", "value": "vip"}, ["Alder", "Birch"]),
    (
        {"any": [{"field": "name", "value": "Birch"}, {"all": [{"field": "status", "value": "active"},
         {"field": "employees", "op": "isnull"}]}]},
        ["Birch", "Cedar"],
    ),
    ({"any": [{"field": "name", "value": "Birch"}, {"all": []}]}, ["Alder", "Birch", "Cedar"]),
    ({}, ["Alder", "Birch", "Cedar"]),
]  # fmt: skip


def error_of(call, *arguments):
    with pytest.raises(Invalid) as refused:
        call(*arguments)
    return refused.value.errors[0]


@pytest.fixture
def shops(admin, add):
    add(admin, "Alder", status="active", phone="13800138000", tags=["vip", "north"], employees=5)
    add(admin, "Birch", status="lost", tags=["vip"], employees=50, industry="retail")
    add(admin, "Cedar", status="active", employees=None, address={"city": "深圳", "street": "Nanshan Road 5"})


@pytest.mark.parametrize(("tree", "expected"), MEANINGS)
def test_filter_finds_the_rows_that_it_describes(admin, names, shops, tree, expected):
    assert names(admin, tree, sort=("name",)) == expected


@pytest.mark.parametrize(("tree", "expected"), MEANINGS)
def test_filter_means_the_same_of_values_that_are_in_no_row(admin, shops, tree, expected):
    spec = spec_for(admin.organization, "customer")
    drafts = [Draft(spec, existing=row) for row in spec.model.objects.order_by("name")]
    fitting = Fitting(parse_tree(tree), spec, admin)
    values = LinkedValues(admin, spec, drafts, fitting.paths)

    assert [draft.get("name") for draft in drafts if fitting.holds(values.of(draft))] == expected


def test_chinese_is_found_within_names_and_only_there(admin, names, add):
    add(admin, "北京榕树科技（集团）", tags=["深圳"])
    add(admin, "深圳大树")

    assert names(admin, {"field": "name", "op": "contains", "value": "榕树"}) == ["北京榕树科技（集团）"]
    assert names(admin, {"field": "name", "op": "contains", "value": "树科"}) == ["北京榕树科技（集团）"]
    assert names(admin, {"field": "name", "op": "contains", "value": "深圳"}) == ["深圳大树"]
    assert names(admin, {"field": "name", "op": "contains", "value": "（集"}) == ["北京榕树科技（集团）"]
    assert names(admin, {"field": "name", "op": "contains", "value": "树"}, sort=("name",)) == [
        "北京榕树科技（集团）", "深圳大树",
    ]  # fmt: skip


def test_me_finds_nothing_of_others(owner, names, shops):
    assert names(owner, {"field": "owner", "op": "eq", "value": "me"}) == []


def test_linked_field_is_compared_through_the_link(admin, contact, add):
    retail = add(admin, "Birch", industry="retail")
    medical = add(admin, "Cedar", industry="medical")
    create_many(admin, contact, [{"name": "Rita", "customer": retail}, {"name": "Mona", "customer": medical}])
    request = ListRequest(filter=parse_tree({"field": "customer.industry", "value": "retail"}), columns=("name",))

    assert [row["name"] for row in list_rows(admin, contact, request).rows] == ["Rita"]


def test_linked_field_says_nothing_of_records_that_may_not_be_seen(admin, salesperson, contact, add):
    hidden = add(admin, "Secret", industry="retail")
    create(admin, contact, {"name": "Rita", "customer": hidden})
    salesperson = with_rights(salesperson, contact=Scope.ALL)
    request = ListRequest(filter=parse_tree({"field": "customer.industry", "value": "retail"}))

    assert list_rows(salesperson, contact, request).rows == []


CUSTOM_VALUES = {
    "seats": 12, "budget": "99.50", "renews_on": "2026-03-01", "seen_at": "2026-03-01T08:00:00Z", "vip": True,
    "region": "South", "badges": ["gold", "blue"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("seats", "eq", 12), ("seats", "between", [10, 13]), ("seats", "in", [12, 13]), ("budget", "gt", "9.6"),
        ("budget", "lt", 100), ("renews_on", "gte", "2026-03-01"), ("seen_at", "lt", "2026-03-02"), ("vip", "eq", True),
        ("region", "contains", "out"), ("region", "startswith", "so"), ("badges", "contains", ["gold", "blue"]),
        ("badges", "in", ["gold", "red"]), ("badges", "isnull", False), ("region", "isnull", False),
        ("buddy", "eq", "me"), ("seats", "ne", 99),
    ],
)  # fmt: skip
def test_custom_field_is_compared_as_its_kind_says(admin, custom_customer, field, operator, value):
    create(admin, custom_customer, {"name": "Full", **CUSTOM_VALUES, "buddy": admin.user_id})
    create(admin, custom_customer, {"name": "Empty", "seats": 99})
    tree = parse_tree({"field": field, "op": operator, "value": value})
    request = ListRequest(filter=tree, columns=("name",))

    assert [row["name"] for row in list_rows(admin, custom_customer, request).rows] == ["Full"]


@pytest.mark.parametrize("field", ["badges", "region", "vip", "renews_on"])
def test_custom_field_is_empty_where_nothing_was_given(admin, custom_customer, field):
    create(admin, custom_customer, {"name": "Full", **CUSTOM_VALUES})
    create(admin, custom_customer, {"name": "Empty", "badges": []})
    request = ListRequest(filter=parse_tree({"field": field, "op": "isnull", "value": True}), columns=("name",))

    assert [row["name"] for row in list_rows(admin, custom_customer, request).rows] == ["Empty"]


@pytest.mark.parametrize(
    ("tree", "field", "code", "hint"),
    [
        ({"field": "colour", "value": 1}, "colour", "unknown_field", "status"),
        ({"field": "parent.colour", "value": 1}, "parent.colour", "unknown_field", "industry"),
        ({"field": "parent.parent.name", "value": 1}, "parent.parent.name", "unknown_field", "name"),
        ({"field": "status", "op": "gt", "value": 1}, "status", "unknown_operator", "eq, ne, in"),
        ({"field": "employees", "value": "many"}, "employees", "not_number", "many"),
        ({"field": "employees", "op": "gt", "value": ""}, "employees", "value_needed", "Employees"),
        ({"field": "employees", "op": "between", "value": [1]}, "employees", "wrong_number_of_values", "2"),
        ({"field": "created_at", "op": "within", "value": "someday"}, "created_at", "unknown_period", "someday"),
        ({"field": "next_follow_up_on", "value": "2023-02-30"}, "next_follow_up_on", "not_date", "2023-02-30"),
        ({"field": "owner", "value": "nobody"}, "owner", "unknown_record", "nobody"),
        ({"field": "employees", "op": "isnull", "value": "perhaps"}, "employees", "not_boolean", "true"),
    ],
)
def test_filter_is_refused_with_what_is_possible_when_it_does_not_fit(admin, customer, tree, field, code, hint):
    error = error_of(to_q, parse_tree(tree), customer, admin)

    assert (error.field, error.code) == (field, code)
    assert hint in str(error.message)


def test_filter_reports_every_mistake_at_once(admin, customer):
    tree = parse_tree([{"field": "colour", "value": 1}, {"field": "employees", "value": "many"}])

    with pytest.raises(Invalid) as refused:
        to_q(tree, customer, admin)

    assert [error.field for error in refused.value.errors] == ["colour", "employees"]


@pytest.mark.parametrize("level", [FieldAccess.HIDDEN, FieldAccess.MASKED])
def test_filter_knows_no_field_that_the_actor_cannot_read(customer, restricted, level):
    error = error_of(to_q, parse_tree({"field": "phone", "value": "138"}), customer, restricted(phone=level))

    assert error.code == "unknown_field"
    assert "phone" not in str(error.message).partition("There are")[2].replace("telephone", "")


@pytest.mark.parametrize(
    "tree",
    [
        "text", 5, {"field": 5}, {"all": {}}, {"all": [], "any": []}, {"field": "name", "op": 3}, {"op": "eq"},
        {"field": "name", "value": 1, "values": [1]}, {"field": "name", "value": 1, "else": 2}, {"all": ["name"]},
    ],
)  # fmt: skip
def test_tree_is_refused_when_its_shape_is_wrong(tree):
    assert error_of(parse_tree, tree).code == "bad_filter"


def test_tree_is_refused_when_it_is_too_deep_or_too_long():
    deep = {"field": "name", "value": 1}
    for _level in range(6):
        deep = {"all": [deep]}

    assert error_of(parse_tree, deep).code == "too_deep"
    assert error_of(parse_tree, [{"field": "name", "value": 1}] * 51).code == "too_many_conditions"
    assert parse_tree(deep["all"][0])


def test_parameters_read_operators_lists_and_repetitions(customer):
    parameters = {
        "status": ["active", "lost"], "employees__gte": ["5"], "employees__between": ["1,2"], "tags": ["vip"],
        "parent.name__contains": ["x"], "created_at__within": ["today"], "level__in": ["A", "B"],
    }  # fmt: skip

    assert parse_parameters(parameters, customer) == Group(
        "all",
        (
            Condition("status", "", ("active", "lost")),
            Condition("employees", "gte", ("5",)),
            Condition("employees", "between", ("1", "2")),
            Condition("tags", "", ("vip",)),
            Condition("parent.name", "contains", ("x",)),
            Condition("created_at", "within", ("today",)),
            Condition("level", "in", ("A", "B")),
        ),
    )


def test_parameters_name_the_unknown_operator(admin, customer):
    error = error_of(to_q, parse_parameters({"name__like": ["x"]}, customer), customer, admin)

    assert (error.field, error.code) == ("name", "unknown_operator")


def test_repeated_parameter_finds_either_value(admin, customer, shops):
    request = ListRequest(filter=parse_parameters({"name": ["Alder", "Birch"]}, customer), sort=("name",))

    assert [row["name"] for row in list_rows(admin, customer, request).rows] == ["Alder", "Birch"]


conditions = st.builds(
    Condition,
    st.sampled_from(["name", "status", "a.b"]),
    st.sampled_from(["", "eq", "in"]),
    st.lists(st.one_of(st.text(), st.integers(), st.booleans()), min_size=1, max_size=3).map(tuple),
)
trees = st.recursive(
    conditions,
    lambda nodes: st.builds(Group, st.sampled_from(["all", "any"]), st.lists(nodes, min_size=1, max_size=3).map(tuple)),
    max_leaves=8,
).filter(lambda node: depth(node) <= 5)


def depth(node):
    return 0 if isinstance(node, Condition) else 1 + max((depth(part) for part in node.parts), default=0)


@given(trees)
def test_tree_survives_json(node):
    assert parse_tree(tree_to_json(node)) == node


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["\x00", "\ud800", "1e400", "2023-02-30", "9" * 50, "me", "today", "-1", "'; drop table"]),
    st.lists(st.text(max_size=5), max_size=3), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)  # fmt: skip


@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_any_value_either_finds_the_same_as_without_rows_or_is_refused(admin, customer, shops, data):
    fields = [*customer.all_fields, "id", "parent.name", "owner.name", "nothing"]
    tree = {
        "field": data.draw(st.sampled_from(fields)),
        "op": data.draw(st.sampled_from(["eq", "ne", "lt", "gte", "in", "contains", "startswith", "isnull", "within"])),
        "value": data.draw(values),
    }
    node = parse_tree(tree)
    try:
        found = {row["id"] for row in list_rows(admin, customer, ListRequest(filter=node)).rows}
    except Invalid:
        with pytest.raises(Invalid):
            Fitting(node, customer, admin)
        return
    drafts = [Draft(customer, existing=row) for row in customer.model.objects.all()]
    fitting = Fitting(node, customer, admin)
    linked = LinkedValues(admin, customer, drafts, fitting.paths)
    assert {draft.record_id for draft in drafts if fitting.holds(linked.of(draft))} == found
