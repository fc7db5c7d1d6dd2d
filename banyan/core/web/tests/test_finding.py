from __future__ import annotations

import pytest
from django.test import Client

from banyan.core.tenancy.models import Organization
from banyan.core.web.tests.pages import DIALOG, HX, make, page_text
from tests.cast import Cast, sign_in


def texts(response) -> list[str]:
    return [item["text"] for item in response.json()["items"]]


@pytest.mark.parametrize("query", ["榕树", "rongshu", "bjrs", "0013"])
def test_picker_finds_records_by_name_pinyin_initials_and_phone(cast: Cast, browser: Client, query: str) -> None:
    make(cast, "customer", {"name": "北京榕树", "phone": "13800138000"}, {"name": "上海灯塔", "phone": "13911112222"})

    assert texts(browser.get(f"/pick/customer?q={query}", headers=HX)) == ["北京榕树"]


def test_picker_offers_people_with_oneself_first(cast: Cast, browser: Client) -> None:
    assert texts(browser.get("/pick/user", headers=HX))[0] == "Ada Admin"
    assert texts(browser.get("/pick/user?q=olga", headers=HX)) == ["Olga Owner"]
    assert texts(browser.get("/pick/user?me=1", headers=HX))[0] == "me"


def test_picker_keeps_to_the_contacts_of_a_customer(cast: Cast, browser: Client) -> None:
    one, two = make(cast, "customer", {"name": "One"}, {"name": "Two"})
    make(cast, "contact", {"name": "Maria", "customer": str(one.pk)}, {"name": "Mark", "customer": str(two.pk)})

    assert texts(browser.get(f"/pick/contact?q=ma&customer={one.pk}", headers=HX)) == ["Maria"]


def test_picker_finds_contacts_of_others_when_the_customer_has_none_of_that_name(cast: Cast, browser: Client) -> None:
    one, two = make(cast, "customer", {"name": "One"}, {"name": "Two"})
    make(cast, "contact", {"name": "Maria", "customer": str(one.pk)})

    assert texts(browser.get(f"/pick/contact?customer={two.pk}", headers=HX)) == []
    assert texts(browser.get(f"/pick/contact?q=ma&customer={two.pk}", headers=HX)) == ["Maria"]


@pytest.mark.parametrize("path", ["/orders/new", "/opportunities/new"])
def test_form_offers_only_the_contacts_of_the_customer_it_is_made_for(cast: Cast, browser: Client, path: str) -> None:
    [customer] = make(cast, "customer", {"name": "One"})

    html = browser.get(f"{path}?customer={customer.pk}", headers=DIALOG).content.decode()

    assert f'data-url="/pick/contact?customer={customer.pk}" data-narrowed-by="customer"' in html


def test_picker_creates_what_it_does_not_find(cast: Cast, browser: Client) -> None:
    response = browser.post("/pick/customer/new", {"name": "Harbor Light"}, headers=HX)

    made = response.json()
    assert (response.status_code, made["text"]) == (201, "Harbor Light")
    contact = browser.post("/pick/contact/new", {"name": "Maria", "customer": made["value"]}, headers=HX).json()
    assert texts(browser.get(f"/pick/contact?customer={made['value']}", headers=HX)) == ["Maria"]
    browser.post(contact["undo_url"], headers=HX)
    assert texts(browser.get(f"/pick/contact?customer={made['value']}", headers=HX)) == []


def test_picker_creates_nothing_without_a_name_or_the_right(cast: Cast, browser: Client) -> None:
    assert browser.post("/pick/customer/new", {"name": ""}, headers=HX).status_code == 422
    assert sign_in(cast, "viewer").post("/pick/customer/new", {"name": "Mine"}, headers=HX).status_code == 403
    assert "data-create-url" not in sign_in(cast, "viewer").get("/customers", headers=HX).content.decode()


def test_picker_hides_what_the_person_may_not_see(cast: Cast) -> None:
    make(cast, "customer", {"name": "Secret Limited"})

    assert texts(sign_in(cast, "salesperson").get("/pick/customer?q=secret", headers=HX)) == []


def test_picker_suggests_tags_in_use_most_frequent_first(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "One", "tags": ["north", "vip"]}, {"name": "Two", "tags": ["vip"]})

    assert texts(browser.get("/pick/tags?object=customer&field=tags", headers=HX)) == ["vip", "north"]
    assert texts(browser.get("/pick/tags?object=customer&field=tags&q=nor", headers=HX)) == ["north"]


@pytest.mark.parametrize(
    "path", ["/pick/nothing", "/pick/tags?object=customer&field=custom", "/pick/tags?object=x&field=tags"]
)
def test_picker_of_what_does_not_exist_is_not_found(browser: Client, path: str) -> None:
    assert browser.get(path, headers=HX).status_code == 404


def test_palette_finds_how_to_make_something_new(browser: Client) -> None:
    assert "New customer" in page_text(browser.get("/palette?q=new+customer", headers=HX))


def test_palette_offers_the_lists_that_hold_hits(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Fair Trading"})

    html = browser.get("/palette?q=fair", headers=HX).content.decode()

    assert 'href="/customers?view=all&amp;display=table&amp;search=fair"' in html
    assert "/opportunities?" not in html


def test_palette_finds_records_pages_and_actions(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Customs Office"})

    text = page_text(browser.get("/palette?q=custom", headers=HX))

    assert "Records Customs Office" in text
    assert "Actions New customer" in text
    assert "Go to Customers" in text


def test_palette_understands_pinyin_of_pages(cast: Cast, browser: Client) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(language="zh-hans")

    assert "回收站" in page_text(browser.get("/palette?q=huishou", headers=HX))


def test_palette_says_when_nothing_was_found(browser: Client) -> None:
    assert "Nothing found for “qqxqq”." in page_text(browser.get("/palette?q=qqxqq", headers=HX))


def test_palette_offers_nothing_that_the_role_forbids(cast: Cast) -> None:
    assert "Actions" not in page_text(sign_in(cast, "viewer").get("/palette?q=customer", headers=HX))
