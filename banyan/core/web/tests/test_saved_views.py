from __future__ import annotations

import json
import re

import pytest
from django.test import Client

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
