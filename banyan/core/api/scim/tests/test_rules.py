"""Filters and patches of SCIM on plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.api.scim.rules import (
    BadFilter,
    BadPath,
    Combination,
    Comparison,
    apply_patch,
    as_bool,
    matches,
    parse_filter,
)

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PERSON = {
    "userName": "a@cast.test",
    "name": {"formatted": "Ann"},
    "active": True,
    "emails": [{"value": "a@cast.test", "type": "work", "primary": True}],
    "members": [{"value": "1"}, {"value": "2"}],
}


def test_and_binds_closer_than_or_and_parentheses_closest() -> None:
    first = Comparison("a", "eq", 1)
    second, third = Comparison("b", "pr"), Comparison("c", "co", "x")

    assert parse_filter('a eq 1 or b pr and c co "x"') == Combination(
        "or", (first, Combination("and", (second, third)))
    )
    assert parse_filter('(A eq 1 OR b pr) and c co "x"') == Combination(
        "and", (Combination("or", (first, second)), third)
    )
    assert parse_filter("not (b pr)") == Combination("not", (second,))
    assert parse_filter('emails[type eq "work"]') == Comparison("emails.type", "eq", "work")
    assert parse_filter(r'a eq "x\"y"').value == 'x"y'


@pytest.mark.parametrize(
    "text",
    ["", "a", "a eq", "a like 1", "a eq 1 and", "(a eq 1", "a eq 1)", "a eq x", 'a eq "x', "a eq 1 b eq 2", "or"],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        parse_filter(text)


def test_endless_filter_is_refused() -> None:
    with pytest.raises(BadFilter):
        parse_filter("(" * 5000 + "a pr" + ")" * 5000)


@given(text=st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        meant = parse_filter(text)
    except BadFilter:
        return
    assert isinstance(matches(meant, {}), bool)


@given(value=st.text(max_size=30))
def test_entry_fits_the_filter_of_its_own_value(value: str) -> None:
    assert matches(Comparison("value", "eq", value), {"value": value})
    assert not matches(Comparison("value", "ne", value), {"Value": value})


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ({"op": "replace", "path": "active", "value": "False"}, {"active": "False"}),
        ({"op": "Replace", "value": {"active": False, "title": "CEO"}}, {"active": False, "title": "CEO"}),
        ({"op": "replace", "path": "name.formatted", "value": "Bea"}, {"name": {"formatted": "Bea"}}),
        ({"op": "replace", "value": {"name.formatted": "Bea"}}, {"name": {"formatted": "Bea"}}),
        ({"op": "add", "path": "NAME", "value": {"givenName": "B"}}, {"name": {"formatted": "Ann", "givenName": "B"}}),
        (
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@cast.test"},
            {"emails": [{"value": "b@cast.test", "type": "work", "primary": True}]},
        ),
        (
            {"op": "add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
            {"phoneNumbers": [{"type": "work", "value": "1"}]},
        ),
        ({"op": "add", "path": "members", "value": [{"value": "2"}, {"value": "3"}]},
         {"members": [{"value": "1"}, {"value": "2"}, {"value": "3"}]}),
        ({"op": "remove", "path": 'members[value eq "1"]'}, {"members": [{"value": "2"}]}),
        ({"op": "remove", "path": "members", "value": [{"value": "1"}]}, {"members": [{"value": "2"}]}),
        ({"op": "replace", "path": f"{ENTERPRISE}:department", "value": "South"}, {ENTERPRISE: {"department": "South"}}),
        ({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:userName", "value": "c@cast.test"},
         {"userName": "c@cast.test"}),
    ],
)  # fmt: skip
def test_patch_changes_what_it_names_and_nothing_else(operation, changed) -> None:
    before = {**PERSON}

    assert apply_patch(PERSON, [operation]) == {**PERSON, **changed}
    assert before == PERSON


def test_patch_removes_an_attribute() -> None:
    assert "name" not in apply_patch(PERSON, [{"op": "remove", "path": "name"}])


@pytest.mark.parametrize(
    "operation", [None, {}, {"op": "move"}, {"op": "remove"}, {"op": "add", "path": "a[b"}, {"op": "add", "value": "x"}]
)
def test_what_is_no_operation_is_refused(operation) -> None:
    with pytest.raises(BadPath):
        apply_patch(PERSON, [operation])


@pytest.mark.parametrize(("value", "truth"), [("True", True), ("false", False), (True, True), (0, False)])
def test_truth_may_come_as_text(value, truth) -> None:
    assert as_bool(value) is truth
