"""A field that must not leak: added encrypted, filled in, found by the whole value, and kept under new keys."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.pages import fresh, never_scrolls_sideways
from tests.journeys.people import ADMINISTRATOR, People, toast

LABEL = "Salary account"
ACCOUNT = "6222021234567890128"


def test_bank_account_is_kept_encrypted_found_and_kept_under_new_keys(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("顾清源")
    page.goto("/settings/fields/contact/new")
    page.get_by_label("Label in English").fill(LABEL)
    page.get_by_role("radio", name="Bank account").check()
    page.get_by_role("button", name="Add field").click()
    toast(page, "The field is there")
    expect(page.locator("li", has_text=LABEL)).to_contain_text("Encrypted")

    page.goto("/contacts/new")
    page.locator("[name=name]").fill(name)
    page.get_by_label(LABEL).fill("6222 0212 3456 7890 128")
    page.get_by_role("button", name="Create", exact=True).last.click()
    expect(page.locator("h1", has_text=name)).to_be_visible()
    expect(page.get_by_text("6222 0212 3456 7890 128").first).to_be_visible()

    page.goto(f"/contacts?salary_account={ACCOUNT}")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(name)

    page.goto("/settings/encryption")
    expect(page.locator("li", has_text=LABEL)).to_contain_text("Encrypted")
    page.get_by_role("radio", name="SM4-GCM").check()
    page.get_by_role("button", name="Make new keys").click()
    toast(page, "New keys are in use")
    expect(page.locator("li", has_text="version 2").first).to_contain_text("SM4-GCM")
    expect(page.locator("#encryption-progress progress")).to_have_count(0)

    page.goto(f"/contacts?salary_account={ACCOUNT}")
    expect(page.locator("tbody tr")).to_contain_text(name)
    phone = people.person(ADMINISTRATOR, phone=True)
    phone.goto("/settings/encryption")
    never_scrolls_sideways(phone)
