from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from banyan.core.identity.models import Role
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, make, news, page_text
from tests.cast import Cast, sign_in

LEVEL_A = json.dumps({"all": [{"field": "level", "op": "in", "value": ["a"]}]})


@pytest.fixture
def customers(cast: Cast) -> None:
    make(cast, "customer", {"name": "Key Account", "level": "a"}, {"name": "Ordinary Account", "level": "c"})


def save(browser: Client, name: str, **more: str) -> str:
    """Save the customers of level A as a view and return its address."""
    response = browser.post("/customers/views", {"query": f"filter={LEVEL_A}", "name": name, **more}, headers=DIALOG)
    return news(response)["visit"]["url"]


def test_list_is_saved_as_a_view_and_shown_by_its_tab(cast: Cast, browser: Client, customers: None) -> None:
    url = save(browser, "Key customers")

    text = page_text(browser.get(url))

    assert "Key Account" in text
    assert "Ordinary Account" not in text
    assert "Level: A: key customer" in text
    assert f'<a href="{url}" aria-current="page">Key customers' in browser.get(url).content.decode()


def test_filter_editor_saves_what_stands_in_it(cast: Cast, browser: Client, customers: None) -> None:
    sent = {"view_name": "From the editor", "filter": LEVEL_A}
    headers = {**HX, "HX-Current-URL": "http://testserver/customers?sort=-name"}

    url = news(browser.post("/customers/views", sent, headers=headers))["visit"]["url"]

    response = browser.get(url)
    assert "The view “From the editor” was saved." in response.content.decode()
    assert "Ordinary Account" not in page_text(response)
    assert 'aria-sort="descending"' in response.content.decode()


def test_private_view_is_nobody_elses(cast: Cast, browser: Client, customers: None) -> None:
    url = save(browser, "Only mine")

    other = sign_in(cast, "owner")

    assert "Only mine" not in page_text(other.get("/customers"))
    assert other.get(url.replace("?view=", "/views/"), headers=DIALOG).status_code == 404


def test_shared_view_is_everybodys_tab(cast: Cast, browser: Client, customers: None) -> None:
    save(browser, "For all", is_shared="true")

    assert "For all" in page_text(sign_in(cast, "owner").get("/customers"))


def test_sharing_needs_the_right(cast: Cast, customers: None) -> None:
    browser = sign_in(cast, "owner")

    response = browser.post("/customers/views", {"query": "", "name": "For all", "is_shared": "true"}, headers=DIALOG)

    assert response.status_code == 403
    assert "For all" not in page_text(browser.get("/customers"))


def test_view_without_a_name_keeps_the_dialog(browser: Client) -> None:
    response = browser.post("/customers/views", {"query": f"filter={LEVEL_A}", "name": " "}, headers=DIALOG)

    assert response.status_code == 422
    assert "Give the view a name" in page_text(response)


def test_view_is_renamed_without_losing_its_filter(cast: Cast, browser: Client, customers: None) -> None:
    url = save(browser, "Key customers")

    browser.post(url.replace("?view=", "/views/"), {"name": "Best customers"}, headers=DIALOG)

    text = page_text(browser.get(url))
    assert "Best customers" in text
    assert "Ordinary Account" not in text


def test_view_takes_over_what_the_list_shows_now(cast: Cast, browser: Client, customers: None) -> None:
    url = save(browser, "Key customers")
    sent = {"name": "Key customers", "as_shown": "true", "query": "search=ordinary"}

    browser.post(url.replace("?view=", "/views/"), sent, headers=DIALOG)

    assert "Ordinary Account" in page_text(browser.get(url))


def test_view_is_deleted_and_the_records_stay(cast: Cast, browser: Client, customers: None) -> None:
    url = save(browser, "Key customers")

    browser.post(url.replace("?view=", "/views/") + "/delete", headers=HX)

    text = page_text(browser.get("/customers"))
    assert "Key customers" not in text
    assert "Key Account" in text


def test_presets_come_first_and_narrow_the_list(cast: Cast, browser: Client) -> None:
    make(cast, "customer", {"name": "Somebody else's", "owner": str(cast.users["owner"].pk)}, {"name": "Mine"})

    html = browser.get("/customers?view=mine").content.decode()

    tabs = re.findall(r'class="view-tab[^>]*><a[^>]*>([^<]+)', html)
    assert tabs == ["All", "My customers", "Follow-up due", "New this month"]
    assert "Somebody else" not in page_text(browser.get("/customers?view=mine"))


def test_view_is_shared_with_a_role_and_keeps_its_audience_when_renamed(cast: Cast, browser: Client) -> None:
    with organization_scope(cast.organization.pk):
        role = str(Role.objects.get(key="salesperson").pk)
    url = save(browser, "For salespeople", role_ids=role)
    address = url.replace("?view=", "/views/")

    assert "For salespeople" in page_text(sign_in(cast, "salesperson").get("/customers"))
    assert "For salespeople" not in page_text(sign_in(cast, "owner").get("/customers"))
    assert f'value="{role}" checked' in browser.get(address, headers=DIALOG).content.decode()

    browser.post(address, {"name": "Renamed", "role_ids": role, "asks_for_tab": "1"}, headers=DIALOG)
    # It is no tab any more, but still there under its address.
    text = page_text(sign_in(cast, "salesperson").get("/customers"))
    assert "Renamed" not in text
    assert "Renamed" in page_text(sign_in(cast, "salesperson").get(url))


def test_pinned_view_comes_first_for_whoever_pinned_it(cast: Cast, browser: Client) -> None:
    url = save(browser, "Important", is_shared="true")
    pin = url.replace("?view=", "/views/") + "/pin"

    browser.post(pin, headers=HX)

    text = page_text(browser.get("/customers"))
    assert text.index("Important") < text.index("My customers")
    other = page_text(sign_in(cast, "owner").get("/customers"))
    assert other.index("Important") > other.index("My customers")
    browser.post(pin, headers=HX)
    text = page_text(browser.get("/customers"))
    assert text.index("Important") > text.index("My customers")
    assert sign_in(cast, "owner").post("/customers/views/mine/pin", headers=HX).status_code == 204


def test_rows_are_coloured_by_the_rules_of_the_view(cast: Cast, browser: Client, customers: None) -> None:
    url = save(browser, "Key customers", is_shared="true")
    colors = url.replace("?view=", "/views/") + "/colors"
    condition = json.dumps({"field": "level", "op": "eq", "value": "a"})

    page = browser.get(f"{colors}?filter={condition}")
    assert "Level: A: key customer" in page_text(page)
    assert browser.post(colors, {"filter": condition, "color": "red"}).status_code == 303

    assert 'class="row-red"' in browser.get(url).content.decode()
    assert "row-red" not in browser.get("/customers?view=all").content.decode()
    assert browser.post(colors, {"filter": condition, "color": "invisible"}).status_code == 422
    assert sign_in(cast, "owner").get(colors).status_code == 403
    browser.post(colors, {"remove": "0"})
    assert "row-red" not in browser.get(url).content.decode()


def test_every_tab_leads_somewhere_when_fields_are_hidden(cast: Cast) -> None:
    with organization_scope(cast.organization.pk):
        Role.objects.update(field_grants={"opportunity.closed_on": "hidden"})
    browser = sign_in(cast, "admin")

    tabs = set(re.findall(r'href="/opportunities\?view=([^"&]+)', browser.get("/opportunities").text))

    assert "open" in tabs
    assert "won" not in tabs
    assert {tab: browser.get(f"/opportunities?view={tab}").status_code for tab in tabs} == dict.fromkeys(tabs, 200)
    assert browser.get("/opportunities?view=won").status_code == 400
