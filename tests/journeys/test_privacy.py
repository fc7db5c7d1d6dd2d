"""A person asks to be forgotten: the request, everything about the person, the copy, the erasure with its certificate."""

from __future__ import annotations

import json
import zipfile

from playwright.sync_api import expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import fresh, fresh_phone, never_scrolls_sideways
from tests.journeys.people import ADMINISTRATOR, People, toast


def test_person_who_asks_to_be_forgotten_is_found_copied_and_erased(people: People):
    page, name, phone = people.person(ADMINISTRATOR), fresh("欧阳"), fresh_phone()
    page.goto("/contacts/new")
    page.locator("[name=name]").fill(name)
    page.locator("[name=mobile]").fill(phone)
    page.locator("form.page-form .form-actions [type=submit]").first.click()
    expect(page.locator("h1")).to_contain_text(name)
    contact = page.url

    page.goto("/settings/privacy")
    page.get_by_role("link", name="New request").click()
    form = page.locator("#dialog[open] form, form.page-form").first
    form.locator("[name=requester]").fill(name)
    form.locator("[name=kind]").select_option("delete")
    form.locator("[type=submit]").last.click()
    toast(page, "The request is written down")
    expect(page.locator("h1")).to_contain_text(name)
    assert barriers(page) == []
    never_scrolls_sideways(page)
    page.get_by_role("link", name="Find the person").click()
    page.locator("main [name=q]").fill(phone)
    page.get_by_role("button", name="Search", exact=True).click()
    page.locator("li", has_text=name).get_by_role("button", name="This is the person").click()
    toast(page, "The request is about")
    page.get_by_role("link", name="Everything about this person").click()
    expect(page.get_by_text("Records of the person", exact=True)).to_be_visible()
    assert barriers(page) == []
    never_scrolls_sideways(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download a copy").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert json.loads(archive.read("person.json"))["records"][0]["fields"]["name"] == name

    page.get_by_role("link", name="Erase").click()
    expect(page.get_by_text("What will be touched")).to_be_visible()
    assert barriers(page) == []
    never_scrolls_sideways(page)
    page.locator("[name=confirmed]").check()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator("#certificate")).to_contain_text("Done")
    expect(page.locator("#certificate")).not_to_contain_text(name)
    assert barriers(page) == []
    page.goto(contact)
    expect(page.locator("h1")).to_contain_text("Erased person")
