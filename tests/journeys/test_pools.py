"""A customer's way through the public pool: given up by one, found masked and claimed by another."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import fresh, fresh_phone, never_scrolls_sideways, open_customer, open_list, record_customer
from tests.journeys.people import ADMINISTRATOR, SALESPERSON, People, dialog, toast


def test_customer_given_up_by_one_is_claimed_by_another(people: People):
    admin, other = people.person(ADMINISTRATOR), people.person(SALESPERSON)
    pool, name, phone = fresh("公海"), fresh("公海客户"), fresh_phone()
    admin.goto("/settings/pools/new")
    admin.locator("[name=name]").fill(pool)
    admin.locator(".page-form [type=submit]").click()
    expect(admin.locator(".pool-preview")).to_be_visible()
    admin.locator(".pool-preview").get_by_role("button").click()
    expect(admin.locator("#pool-preview .notice")).to_contain_text("would be released today")
    record_customer(admin, name, phone=phone)
    open_list(admin, "customers", name).first.locator("[data-select]").check()
    admin.locator("[data-selection]").get_by_role("button", name="Release").click()
    form = dialog(admin)
    form.locator("[name=reason]").fill("No budget this year")
    form.locator("[name=pool]").select_option(label=pool)
    form.get_by_role("button", name="Release").click()
    toast(admin, "is released")

    other.goto("/pools")
    if other.locator(".tabs a", has_text=pool).count():
        other.locator(".tabs a", has_text=pool).click()
    assert barriers(other) == []
    never_scrolls_sideways(other)
    row = other.locator("tr[data-row]", has_text=name)
    expect(row).to_contain_text(f"{phone[:3]}****{phone[-4:]}")
    row.locator(".title-link, a").first.click()
    card = other.locator(".pool-card")
    expect(card).to_contain_text("No budget this year")
    card.get_by_role("button", name="Claim").click()
    toast(other, "is yours now")
    open_customer(other, name)
    expect(other.locator("h1")).to_contain_text(name)
    other.goto("/pools")
    expect(other.locator("tr[data-row]", has_text=name)).to_have_count(0)
