from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banyan.core.tenancy.models import Organization
from banyan.core.web.list_state import ROWS_PER_PAGE
from banyan.core.web.tests.pages import HX, make, names_in_order, page_text, reads
from tests.cast import Cast, sign_in

#: Session, the person with all rights, views, rows, names of owners, unread notices.
LIST_READS = 6


def test_list_shows_rows_with_links_to_their_pages(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor Light Trading", "phone": "+442071234567"})

    response = browser.get("/customers")

    assert response.status_code == 200
    assert "Harbor Light Trading +44 20 7123 4567 Prospect" in page_text(response)
    assert f'<a class="title-link" href="/customers/{customer.pk}" data-open="panel">' in response.content.decode()


def test_list_sends_to_sign_in_and_back_when_nobody_is_signed_in(db: None, client: Client) -> None:
    response = client.get("/customers?search=har")

    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=%2Fcustomers%3Fsearch%3Dhar")


@pytest.mark.parametrize("path", ["/nothing", "/nothing/new", "/customers/9e2f/edit"])
def test_page_is_not_found_when_there_is_no_such_object(browser: Client, path: str) -> None:
    response = browser.get(path)

    assert response.status_code == 404
    assert "There is nothing here" in page_text(response)


def test_object_is_absent_when_its_module_is_off(cast: Cast, browser: Client) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(modules_off=["orders"])

    assert browser.get("/orders").status_code == 404
    assert 'href="/orders"' not in browser.get("/customers").content.decode()


def test_list_hides_what_belongs_to_others_when_the_role_sees_only_its_own(cast: Cast) -> None:
    make(cast, "customer", {"name": "Not Yours Limited"})
    make(cast, "customer", {"name": "Mine Limited"}, person="salesperson")

    text = page_text(sign_in(cast, "salesperson").get("/customers"))

    assert "Mine Limited" in text
    assert "Not Yours" not in text


def test_list_hides_other_organizations(cast: Cast, strangers: Cast, browser: Client) -> None:
    (foreign,) = make(strangers, "customer", {"name": "Foreign Customer"})

    assert "Foreign" not in page_text(browser.get("/customers"))
    assert browser.get(f"/customers/{foreign.pk}").status_code == 404


def test_names_with_markup_are_shown_as_text(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "<script>alert(1)</script>", "tags": ['"><img src=x>']})

    html = browser.get("/customers").content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_search_narrows_the_list_and_says_so(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "北京榕树科技有限公司"}, {"name": "上海灯塔贸易有限公司"})

    text = page_text(browser.get("/customers?search=榕树"))

    assert "北京榕树科技有限公司" in text
    assert "上海灯塔" not in text
    assert "Search: 榕树" in text


def test_sort_reverses_when_the_head_is_followed_twice(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Beta"}, {"name": "Alpha"}, {"name": "Gamma"})

    rising = browser.get("/customers?sort=name")

    assert names_in_order(rising, ["Gamma", "Alpha", "Beta"]) == ["Alpha", "Beta", "Gamma"]
    assert 'href="/customers?sort=-name"' in rising.content.decode()
    falling = browser.get("/customers?sort=-name")
    assert names_in_order(falling, ["Gamma", "Alpha", "Beta"]) == ["Gamma", "Beta", "Alpha"]


def filtered(tree: object) -> str:
    """Return the address of the customers that a filter leaves."""
    return f"/customers?filter={quote(json.dumps(tree))}"


def test_filter_is_said_in_words_and_can_be_taken_away(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Key", "level": "a"}, {"name": "Ordinary", "level": "c"})
    tree = {"all": [{"field": "level", "op": "in", "value": ["a"]}, {"field": "owner", "op": "eq", "value": "me"}]}

    response = browser.get(filtered(tree))

    text = page_text(response)
    assert "Level: A: key customer" in text
    assert "Owner: me" in text
    assert "Ordinary" not in text.partition("Actions")[2]
    assert 'href="/customers?view=all"' in response.content.decode()


def test_filter_that_cannot_be_understood_is_a_bad_request(browser: Client) -> None:
    response = browser.get(filtered({"field": "no_such_field", "op": "eq", "value": "x"}))

    assert response.status_code == 400
    assert "There is no field “no_such_field” here." in page_text(response)


def test_conditions_may_stand_in_the_address(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Key", "tags": ["vip"]}, {"name": "Ordinary"})

    text = page_text(browser.get("/customers?tags__contains=vip"))

    assert "Tags: vip" in text
    assert "Ordinary" not in text


def test_list_says_why_it_is_empty_and_how_to_begin(cast: Cast, browser: Client) -> None:
    empty = page_text(browser.get("/customers"))
    assert "No customers yet Companies and people you do business with" in empty

    make(cast, "customer", {"name": "Somebody"})
    narrowed = browser.get("/customers?search=nobody")
    assert "Nothing fits here" in page_text(narrowed)
    assert 'href="/customers?view=all"' in narrowed.content.decode()


def test_list_loads_more_by_cursor_until_the_end(cast: Cast, browser: Client) -> None:
    names = [f"Customer {number:03d}" for number in range(ROWS_PER_PAGE + 5)]
    make(cast, "customer", *({"name": name} for name in names))
    first = browser.get("/customers?sort=name").content.decode()
    following = re.findall(r'hx-get="(/customers/rows[^"]*cursor[^"]*)"', first)

    rest = browser.get(unescape(following[0]), headers=HX)

    assert names_in_order(rest, names) == names[ROWS_PER_PAGE:]
    assert "Load more" not in page_text(rest)


def test_figures_come_apart_from_the_list_and_sum_what_adds_up(cast: Cast, browser: Client) -> None:
    (customer,) = make(cast, "customer", {"name": "Harbor"})
    amounts = ("1200", "34.5")
    make(cast, "order", *({"name": "Order", "customer": str(customer.pk), "amount": amount} for amount in amounts))

    figures = page_text(browser.get("/orders/figures", headers=HX))

    assert "2 in all" in figures
    assert "1,234.50" in figures
    assert "Select all 2" in figures


def test_columns_are_kept_for_the_person_when_they_were_chosen(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Harbor", "email": "post@harbor.example"})
    headers = {**HX, "HX-Current-URL": "http://testserver/customers"}

    changed = browser.post("/customers/columns", {"columns": ["name", "email"]}, headers=headers)

    assert "Customer name E-mail" in page_text(changed)
    assert "post@harbor.example" in page_text(browser.get("/customers"))
    other = page_text(sign_in(cast, "manager").get("/customers"))
    assert "post@harbor.example" not in other


@pytest.mark.parametrize(
    ("person", "offered", "withheld"),
    [
        ("admin", ["/customers/new", "/imports/new", "/customers/bulk/delete", "/edit"], []),
        ("viewer", [], ["/customers/new", "/imports/new", "/customers/bulk/", '/edit"', '/delete"']),
    ],
)
def test_list_offers_only_what_the_role_allows(
    cast: Cast, person: str, offered: list[str], withheld: list[str]
) -> None:
    make(cast, "customer", {"name": "Harbor"})

    html = sign_in(cast, person).get("/customers").content.decode()

    assert [part for part in offered if part not in html] == []
    assert [part for part in withheld if part in html] == []


@pytest.mark.parametrize("rows", [1, 5])
def test_list_costs_the_same_queries_whatever_it_shows(cast: Cast, browser: Client, rows: int) -> None:
    make(cast, "customer", *({"name": f"Customer {number}"} for number in range(rows)))
    browser.get("/customers")

    with CaptureQueriesContext(connection) as queries:
        browser.get("/customers")

    assert len(reads(queries)) == LIST_READS


def test_list_speaks_chinese_when_the_person_does(cast: Cast, browser: Client) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(language="zh-hans")

    text = page_text(browser.get("/customers"))

    assert "筛选" in text
    assert "Filter" not in text


def test_list_has_no_boxes_to_select_when_nothing_may_be_done_with_rows(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Harbor Light"})
    reader = sign_in(cast, "viewer")

    assert "data-select-all" in browser.get("/customers").content.decode()
    assert "data-select" not in reader.get("/customers").content.decode()
    assert "list-table-matching" not in reader.get("/customers/figures", headers=HX).content.decode()
