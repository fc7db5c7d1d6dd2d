from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from banyan.core.bulk.models import BulkTask
from banyan.core.bulk.work import carry_out, take_back
from banyan.core.web.selections import MOST_RECORDS
from banyan.core.web.tests.pages import DIALOG, HX, make, news, page_text, stored, toast
from banyan.customers.models import Customer
from tests.cast import Cast, sign_in


@pytest.fixture
def customers(cast: Cast) -> list[Customer]:
    """Three customers: two of level C with tags, one of level A."""
    rows = [{"name": "One", "level": "c", "tags": ["old"]}, {"name": "Two", "level": "c", "tags": ["old", "vip"]}]
    return make(cast, "customer", *rows, {"name": "Three", "level": "a"})


def ids(*records: Customer) -> list[str]:
    return [str(record.pk) for record in records]


def test_selected_records_are_changed_together_and_can_be_taken_back(
    cast: Cast, browser: Client, customers: list[Customer]
) -> None:
    sent = {"ids": ids(*customers), "fields": "level", "level": "b"}

    response = browser.post("/customers/bulk/edit", sent, headers=DIALOG)

    assert toast(response) == "3 records were changed."
    assert {stored(cast, customer).level for customer in customers} == {"b"}
    assert news(response)["clear-selection"] is True
    undone = browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert toast(undone) == "3 records are as they were."
    assert [stored(cast, customer).level for customer in customers] == ["c", "c", "a"]


def test_bulk_dialog_asks_for_the_field_and_then_for_its_value(browser: Client, customers: list[Customer]) -> None:
    query = "&".join(f"ids={pk}" for pk in ids(*customers))

    dialog = browser.get(f"/customers/bulk/edit?{query}", headers=DIALOG)
    control = browser.get("/customers/bulk/control?field=level", headers=HX)

    assert "Customers: Change 3 records" in page_text(dialog)
    assert dialog.content.decode().count('name="ids"') == 3
    assert "A: key customer" in page_text(control)
    assert '<input type="hidden" name="fields" value="level">' in control.content.decode()


def test_bulk_edit_without_a_field_says_so(browser: Client, customers: list[Customer]) -> None:
    response = browser.post("/customers/bulk/edit", {"ids": ids(*customers)}, headers=DIALOG)

    assert response.status_code == 422
    assert "Choose the field to change." in page_text(response)


def test_records_are_assigned_to_a_colleague(cast: Cast, browser: Client, customers: list[Customer]) -> None:
    sent = {"ids": ids(*customers[:2]), "owner": str(cast.users["owner"].pk)}

    response = browser.post("/customers/bulk/assign", sent, headers=DIALOG)

    assert toast(response) == "2 records were changed."
    owners = [stored(cast, customer).owner_id for customer in customers]
    assert owners == [cast.users["owner"].pk, cast.users["owner"].pk, cast.users["admin"].pk]


def test_tags_are_added_and_taken_off(cast: Cast, browser: Client, customers: list[Customer]) -> None:
    sent = {"ids": ids(*customers), "tags_to_add": ["vip", "north"], "tags_to_remove": ["old"]}

    browser.post("/customers/bulk/tags", sent, headers=DIALOG)

    assert [stored(cast, customer).tags for customer in customers] == [
        ["vip", "north"],
        ["vip", "north"],
        ["vip", "north"],
    ]


def test_all_that_match_are_meant_when_the_list_says_so(cast: Cast, browser: Client, customers: list[Customer]) -> None:
    sent = {"matching": "level=c", "fields": "level", "level": "b"}

    response = browser.post("/customers/bulk/edit", sent, headers=DIALOG)

    assert toast(response) == "2 records were changed."
    assert [stored(cast, customer).level for customer in customers] == ["b", "b", "a"]


def test_selected_records_are_deleted_and_come_back(cast: Cast, browser: Client, customers: list[Customer]) -> None:
    response = browser.post("/customers/bulk/delete", {"ids": ids(*customers[:2])}, headers=HX)

    assert toast(response) == "2 records were deleted."
    assert page_text(browser.get("/customers")).count("Three") == 1
    assert "Two" not in page_text(browser.get("/customers"))
    browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert "Two" in page_text(browser.get("/customers"))


def test_records_that_break_a_rule_stay_and_the_message_says_why(
    cast: Cast, browser: Client, customers: list[Customer]
) -> None:
    sent = {"ids": ids(*customers), "fields": "parent", "parent": str(customers[0].pk)}

    response = browser.post("/customers/bulk/edit", sent, headers=DIALOG)

    text = toast(response)
    assert text == "2 records were changed. 1 could not be changed: A company cannot stand above itself."


def test_records_of_others_are_left_out_when_the_role_may_not_change_them(cast: Cast) -> None:
    (foreign,) = make(cast, "customer", {"name": "Not mine"})
    (own,) = make(cast, "customer", {"name": "Mine"}, person="salesperson")
    sent = {"ids": ids(foreign, own), "fields": "level", "level": "a"}

    response = sign_in(cast, "salesperson").post("/customers/bulk/edit", sent, headers=DIALOG)

    assert toast(response) == "1 record was changed. 1 you may not change."
    assert (stored(cast, foreign).level, stored(cast, own).level) == ("", "a")


def test_bulk_work_is_refused_without_the_right(cast: Cast, customers: list[Customer]) -> None:
    browser = sign_in(cast, "viewer")

    for path in ("edit", "assign", "tags", "delete", "merge"):
        assert browser.post(f"/customers/bulk/{path}", {"ids": ids(*customers)}, headers=HX).status_code == 403
    assert [stored(cast, customer).version for customer in customers] == [1, 1, 1]


@pytest.mark.parametrize("sent", [{}, {"ids": ["nonsense"]}])
def test_bulk_work_needs_a_selection(browser: Client, sent: dict[str, list[str]]) -> None:
    response = browser.post("/customers/bulk/delete", sent, headers=HX)

    assert response.status_code == 422
    assert response.json()["detail"] == "Choose at least one record."


def test_selected_records_are_merged_on_a_page_of_its_own(browser: Client, customers: list[Customer]) -> None:
    one = browser.post("/customers/bulk/merge", {"ids": ids(customers[0])}, headers=HX)
    assert one.json()["detail"] == "Choose between two and twenty different records to merge."

    two = browser.post("/customers/bulk/merge", {"ids": ids(*customers[:2])}, headers=HX)
    assert news(two)["visit"]["url"] == f"/customers/merge?ids={customers[0].pk}&ids={customers[1].pk}"


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let more than two records be many."""
    assert MOST_RECORDS == 10_000
    monkeypatch.setattr("banyan.core.web.selections.MOST_RECORDS", 2)
    monkeypatch.setattr("banyan.core.bulk.services.MOST_AT_ONCE", 2)


def carried_out(cast: Cast, response: Any) -> str:
    """Do the work that an answer leads to, as the worker does, and return the address of its page."""
    url = news(response)["visit"]["url"]
    carry_out(cast.actor("admin"), UUID(url.rpartition("/")[2]))
    return url


def test_many_records_are_changed_in_the_background_and_taken_back(
    scope: Cast, browser: Client, customers: list[Customer], few_at_once: None
) -> None:
    sent = {"matching": "", "fields": "level", "level": "b"}
    waiting = browser.post("/customers/bulk/edit", sent, headers=DIALOG)
    before = page_text(browser.get(news(waiting)["visit"]["url"]))
    url = carried_out(scope, waiting)
    after = page_text(browser.get(url))

    assert "Waiting" in before
    assert "3 records were changed." in after
    assert [stored(scope, customer).level for customer in customers] == ["b", "b", "b"]

    assert browser.post(f"{url}/undo")["Location"] == url
    take_back(scope.actor("admin"), UUID(url.rpartition("/")[2]))
    assert "3 records are as they were." in page_text(browser.get(f"{url}/progress", headers=HX))
    assert [stored(scope, customer).level for customer in customers] == ["c", "c", "a"]


def test_many_records_are_tagged_in_the_background(
    scope: Cast, browser: Client, customers: list[Customer], few_at_once: None
) -> None:
    carried_out(scope, browser.post("/customers/bulk/tags", {
        "matching": "", "tags_to_add": ["new"], "tags_to_remove": ["old"]}, headers=DIALOG))  # fmt: skip

    assert [stored(scope, customer).tags for customer in customers] == [["new"], ["vip", "new"], ["new"]]


def test_many_records_are_deleted_in_the_background(
    scope: Cast, browser: Client, customers: list[Customer], few_at_once: None
) -> None:
    url = carried_out(scope, browser.post("/customers/bulk/delete", {"matching": ""}, headers=HX))

    assert "3 records were deleted." in page_text(browser.get(url))
    assert all(stored(scope, customer).deleted_at for customer in customers)


def test_work_of_somebody_else_is_not_found(
    scope: Cast, browser: Client, customers: list[Customer], few_at_once: None
) -> None:
    url = carried_out(scope, browser.post("/customers/bulk/delete", {"matching": ""}, headers=HX))

    assert sign_in(scope, "owner").get(url).status_code == 404
    assert sign_in(scope, "owner").post(f"{url}/undo").status_code == 404


def test_values_that_no_record_can_take_are_refused_at_once(
    browser: Client, customers: list[Customer], few_at_once: None
) -> None:
    response = browser.post("/customers/bulk/edit", {"matching": "", "fields": "email", "email": "no"}, headers=DIALOG)

    assert response.status_code == 422
    assert BulkTask.objects.count() == 0


def test_export_dialog_opens_from_the_selection_and_keeps_it(browser: Client, customers: list[Customer]) -> None:
    response = browser.get("/customers/bulk/export", {"ids": ids(*customers[:2])}, headers=DIALOG)

    html = response.content.decode()
    assert response.status_code == 200
    assert html.count('name="ids"') == 2
    assert "Export customers" in page_text(response)
