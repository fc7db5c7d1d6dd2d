from __future__ import annotations

import base64
import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.access.scopes import FieldAccess, Scope
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.kernel.ids import new_id
from banyan.core.listing import narrowing, selection
from banyan.core.listing.counting import count_rows
from banyan.core.listing.query import ListRequest, fetch_row, list_rows
from banyan.core.records import recycle
from banyan.core.records.door import create, create_many, update
from banyan.core.tenancy.scope import organization_scope
from tests.cast import with_rights

SORTS = [
    (), ("-updated_at",), ("created_at",), ("name",), ("-name", "created_at"), ("employees",), ("-employees",),
    ("employees", "-name"), ("-annual_revenue", "employees"), ("status", "-employees", "name"), ("next_follow_up_on",),
]  # fmt: skip


@pytest.fixture
def many(admin, salesperson, customer):
    """Forty customers with equal and empty values in most fields; every fourth is the salesperson's."""
    rows = [
        {
            "name": f"{'张李王'[n % 3]}氏 {n % 7}",
            "status": ["active", "lost"][n % 2],
            "employees": n % 5 if n % 4 else None,
            "annual_revenue": f"{n % 6}.50" if n % 3 else None,
            "next_follow_up_on": f"2026-01-{n % 9 + 1:02}" if n % 2 else None,
            "owner": salesperson.user_id if n % 4 == 0 else admin.user_id,
        }
        for n in range(40)
    ]
    return create_many(admin, customer, rows).created


def read_through(actor, spec, *, limit, **request):
    found, cursor = [], ""
    while True:
        page = list_rows(actor, spec, ListRequest(limit=limit, cursor=cursor, **request))
        found += page.rows
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


def sort_value(row, name):
    value = row[name]
    return (value is None, value)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("search", ["", "张氏"])
def test_pages_show_each_row_once_in_order(admin, salesperson, customer, many, sort, search):
    for actor in (admin, salesperson):
        whole = list_rows(actor, customer, ListRequest(sort=sort, search=search, limit=1000)).rows
        paged = read_through(actor, customer, limit=3, sort=sort, search=search)

        assert [row["id"] for row in paged] == [row["id"] for row in whole]
        assert max(Counter(row["id"] for row in paged).values()) == 1


@pytest.mark.parametrize("name", ["employees", "annual_revenue", "next_follow_up_on"])
@pytest.mark.parametrize("narrow", [False, True])
def test_empty_values_come_last_in_either_direction(admin, salesperson, customer, many, name, narrow):
    actor = salesperson if narrow else admin
    for descending in (False, True):
        request = ListRequest(sort=("-" * descending + name,), columns=(name,), limit=1000)
        values = [row[name] for row in list_rows(actor, customer, request).rows]
        filled = [value for value in values if value is not None]

        assert values == sorted(filled, reverse=descending) + [None] * (len(values) - len(filled))


def test_chinese_names_are_sorted_by_pinyin(admin, names, add):
    for name in ("王五", "阿里", "李四", "Baker"):
        add(admin, name)

    assert names(admin, sort=("name",)) == ["阿里", "Baker", "李四", "王五"]


def test_page_neither_repeats_nor_skips_when_rows_are_added_meanwhile(admin, customer, many, add):
    first = list_rows(admin, customer, ListRequest(limit=10))
    add(admin, "Newcomer")
    second = list_rows(admin, customer, ListRequest(limit=1000, cursor=first.next_cursor))

    assert {row["id"] for row in first.rows} | {row["id"] for row in second.rows} == set(many)
    assert len(first.rows) + len(second.rows) == len(many)


def test_pages_are_the_same_when_too_many_rows_match_for_narrowing(salesperson, customer, many, monkeypatch):
    narrow = list_rows(salesperson, customer, ListRequest(sort=("employees", "-name"), limit=1000)).rows
    monkeypatch.setattr(narrowing, "MOST_ROWS", 3)

    assert read_through(salesperson, customer, limit=4, sort=("employees", "-name")) == narrow


def test_pages_of_a_frequent_word_are_those_of_a_rare_one(admin, customer, many, monkeypatch):
    rare = list_rows(admin, customer, ListRequest(search="张氏", limit=1000)).rows
    monkeypatch.setattr(selection, "FREQUENT_ROWS", -1)

    assert read_through(admin, customer, limit=4, search="张氏") == rare
    assert count_rows(admin, customer, ListRequest(search="张氏")).is_exact is False


CUSTOM_SORTS = ["seats", "-seats", "budget", "-renews_on", "seen_at", "vip", "-region"]


@pytest.mark.parametrize("sort", CUSTOM_SORTS)
def test_custom_field_sorts_pages_by_its_type(admin, custom_customer, sort):
    rows = [
        {"name": f"{n}", "seats": n * 3, "budget": f"{n}.5", "renews_on": f"2026-01-{n + 1:02}", "vip": n % 2 == 0,
         "seen_at": f"2026-02-{n + 1:02}T01:00:00Z", "region": "abc"[n % 3]}
        for n in range(12)
    ]  # fmt: skip
    create_many(admin, custom_customer, [*rows, {"name": "empty"}, {"name": "empty too"}])
    name = sort.removeprefix("-")
    found = read_through(admin, custom_customer, limit=4, sort=(sort,), columns=("name", name))
    values = [row[name] for row in found]

    assert len({row["id"] for row in found}) == 14
    assert values[:12] == sorted(values[:12], reverse=sort.startswith("-"))
    assert values[12:] == [None, None]


@pytest.mark.parametrize(
    ("sort", "code"),
    [(("colour",), "unknown_field"), (("owner",), "not_sortable"), (("notes",), "not_sortable"), (("id",), "unknown_field"),
     (("name",) * 6, "too_many")],
)  # fmt: skip
def test_order_is_refused_when_it_cannot_be(admin, customer, sort, code):
    with pytest.raises(Invalid) as refused:
        list_rows(admin, customer, ListRequest(sort=sort))

    assert [(error.field, error.code) for error in refused.value.errors] == [("sort", code)]


@pytest.mark.parametrize("level", [FieldAccess.HIDDEN, FieldAccess.MASKED])
def test_order_by_what_the_actor_cannot_read_is_refused(customer, restricted, level):
    with pytest.raises(Invalid) as refused:
        list_rows(restricted(employees=level), customer, ListRequest(sort=("employees",)))

    assert refused.value.errors[0].code == "unknown_field"


def as_cursor(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


BAD_CURSORS = [
    "x", "!!!", "e30", "W10", "a" * 5000, as_cursor(1), as_cursor("customer:-updated_at", "2026-01-01T00:00:00Z"),
    as_cursor("customer:name", "a", str(new_id())), as_cursor("customer:-updated_at", "yesterday", str(new_id())),
    as_cursor("customer:-updated_at", "2026-01-01T00:00:00", str(new_id())),
    as_cursor("customer:-updated_at", None, str(new_id())), as_cursor("customer:-updated_at", 5, str(new_id())),
    as_cursor("customer:-updated_at", "2026-01-01T00:00:00Z", "no id"),
]  # fmt: skip


@pytest.mark.parametrize("cursor", BAD_CURSORS, ids=range(len(BAD_CURSORS)))
def test_cursor_is_refused_when_it_was_not_made_for_this_order(admin, customer, many, cursor):
    with pytest.raises(Invalid) as refused:
        list_rows(admin, customer, ListRequest(sort=("-updated_at",), cursor=cursor))

    assert [(error.field, error.code) for error in refused.value.errors] == [("cursor", "bad_cursor")]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    | st.sampled_from(["1E+999999", "NaN", "-0", "2026-01-01", "\x00", str(new_id())]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cursor_is_either_followed_or_refused(admin, customer, data):
    sort = data.draw(st.sampled_from(["employees", "-annual_revenue", "name", "next_follow_up_on", "created_at"]))
    place = data.draw(st.one_of(st.just(str(new_id())), JSON_VALUES))
    cursor = as_cursor(f"customer:{sort}", data.draw(JSON_VALUES), place)
    try:
        list_rows(admin, customer, ListRequest(sort=(sort,), cursor=cursor))
    except Invalid as refused:
        codes = [error.code for error in refused.errors]
    else:
        codes = []

    assert codes in ([], ["bad_cursor"])


def test_row_holds_the_columns_asked_for_and_the_id(admin, customer, add):
    pk = add(admin, "Alder", employees=5)

    assert list_rows(admin, customer, ListRequest(columns=("name", "employees"))).rows == [
        {"id": pk, "name": "Alder", "employees": 5}
    ]


def test_unknown_column_is_refused(admin, customer):
    with pytest.raises(Invalid) as refused:
        list_rows(admin, customer, ListRequest(columns=("name", "colour")))

    assert [(error.field, error.code) for error in refused.value.errors] == [("fields", "unknown_field")]


def test_labels_name_people_and_linked_records(admin, customer, add):
    parent = add(admin, "Trunk")
    add(admin, "Branch", parent=parent)
    page = list_rows(admin, customer, ListRequest(columns=("name", "parent", "owner")))

    assert page.labels == {parent: "Trunk", admin.user_id: "Ada Admin"}


def test_list_costs_the_same_queries_for_one_row_and_for_five(
    admin, salesperson, customer, add, django_assert_num_queries
):
    # Which fields the roles guard is read once and remembered.
    add(admin, "First")
    list_rows(admin, customer, ListRequest())
    for actor, queries in ((admin, 3), (salesperson, 3)):
        for count in (1, 4):
            for number in range(count):
                add(actor, f"Branch {number}", parent=add(actor, f"Trunk {number}"))
            with django_assert_num_queries(queries):
                list_rows(actor, customer, ListRequest(columns=("name", "parent", "owner")))


def test_deleted_records_are_not_listed(admin, customer, names, add):
    recycle.delete(admin, customer, [add(admin, "Gone")])

    assert names(admin) == []


def test_strangers_see_nothing_of_each_other(admin, strangers, customer, names, add):
    add(admin, "Ours")
    with organization_scope(strangers.organization.pk):
        stranger = strangers.actor("admin")
        assert list_rows(stranger, customer, ListRequest()).rows == []
        add(stranger, "Theirs")

    assert names(admin) == ["Ours"]


def test_salesperson_lists_their_own_customers_and_the_contacts_there(admin, salesperson, contact, names, add):
    mine, other = add(salesperson, "Mine"), add(admin, "Other")
    for name, at in (("Anna", mine), ("Olaf", other), ("Nobody's", None)):
        create(admin, contact, {"name": name, "customer": at})
    create(salesperson, contact, {"name": "My friend"})
    salesperson = with_rights(salesperson, contact=Scope.ALL)
    listed = list_rows(salesperson, contact, ListRequest(columns=("name",), sort=("name",))).rows

    assert names(salesperson) == ["Mine"]
    assert [row["name"] for row in listed] == ["Anna", "My friend"]


def test_search_limits_the_list_to_what_was_typed(admin, names, add):
    for name in ("北京榕树科技", "上海大树", "Oak & Sons"):
        add(admin, name)

    assert names(admin, search="榕树") == ["北京榕树科技"]
    assert names(admin, search="oak") == ["Oak & Sons"]
    assert names(admin, search="…") == []


def test_masked_value_is_shown_in_part_and_hidden_value_is_absent(customer, restricted, owner, add):
    pk = add(owner, "Alder", phone="13812341234", email="anna@alder.example", employees=5, industry="retail")
    reader = restricted(
        phone=FieldAccess.MASKED, email=FieldAccess.MASKED, employees=FieldAccess.MASKED, industry=FieldAccess.HIDDEN
    )
    row = fetch_row(reader, customer, pk)

    assert (row["phone"], row["email"], row["employees"]) == ("138****1234", "a***@alder.example", "***")
    assert "industry" not in row


def test_masked_words_are_not_searchable(customer, restricted, names, owner, add):
    add(owner, "Alder Trading", phone="13812341234")
    reader = restricted(phone=FieldAccess.MASKED)

    assert names(owner, search="13812341234") == names(owner, search="1234") == ["Alder Trading"]
    assert names(reader, search="13812341234") == names(reader, search="1234") == []
    assert names(reader, search="alder") == ["Alder Trading"]


def test_hidden_name_of_a_linked_record_is_not_told(customer, restricted, owner, add):
    parent = add(owner, "Trunk")
    child = add(owner, "Branch", parent=parent)
    reader = restricted(name=FieldAccess.HIDDEN)
    page = list_rows(reader, customer, ListRequest(columns=("parent",)))

    assert page.labels[parent].startswith("C-")
    assert "name" not in fetch_row(reader, customer, child)


def test_single_record_is_missing_when_it_may_not_be_seen(admin, salesperson, customer, add):
    pk = add(admin, "Other")

    assert fetch_row(admin, customer, pk)["name"] == "Other"
    for actor, wanted in ((salesperson, pk), (admin, new_id())):
        with pytest.raises(Missing):
            fetch_row(actor, customer, wanted)


def test_change_moves_a_record_to_the_front(admin, customer, names, add):
    first = add(admin, "First")
    add(admin, "Second")
    update(admin, customer, first, {"employees": 3})

    assert names(admin) == ["First", "Second"]


def test_the_bound_of_narrowing_is_the_bound_of_counting():
    assert narrowing.MOST_ROWS == selection.MOST_ROWS
