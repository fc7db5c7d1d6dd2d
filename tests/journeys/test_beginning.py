"""The first minutes: setting up, inviting a colleague who joins, and a forgotten password."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.installation import Installation, wait_until
from tests.journeys.pages import hear_news, record_customer
from tests.journeys.people import ADMINISTRATOR, People, sign_in

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another horse battery"
#: What a first-time user is promised, in seconds.
PROMISED = 180


def test_team_works_together_within_three_minutes_when_the_product_is_fresh(founders: People):
    page, began = founders.stranger(), time.monotonic()
    page.goto("/")
    page.locator("[name=organization]").fill("Lane Studio")
    page.locator("[name=name]").fill("Ada Lane")
    page.locator("[name=email]").fill("ada@lane.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.locator("[name=industry]").select_option(index=1)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Without a template").click()
    page.locator("[name=emails]").fill("ben@lane.example")
    page.get_by_role("button", name="Invite").click()
    link = page.locator(".copy-line input").input_value()
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("link", name="Begin with nothing").click()
    page.get_by_role("button", name="To my day").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
    hear_news(page)
    colleague = founders.stranger()
    colleague.goto(link)
    colleague.locator("[name=name]").fill("Ben Moor")
    colleague.locator("[name=password]").fill(PASSWORD)
    colleague.get_by_role("button", name="Join").click()
    expect(colleague.get_by_role("heading", level=1)).to_contain_text("Ben")
    record_customer(colleague, "Harbor Light Trading")
    expect(page.locator(".stat-tile", has_text="New customers").locator(".stat-value")).to_have_text("1")
    assert time.monotonic() - began < PROMISED


def test_every_step_of_the_guide_may_be_skipped(people: People):
    page = people.person(ADMINISTRATOR)
    page.goto("/welcome/organization")
    page.get_by_role("link", name="Skip this step").click()
    page.get_by_role("heading", name="What does your trade need?").wait_for()
    page.get_by_role("link", name="Without a template").click()
    page.get_by_role("heading", name="Who works with you?").wait_for()
    page.get_by_role("link", name="Skip this step").click()
    page.get_by_role("heading", name="Where do your customers come from?").wait_for()
    page.get_by_role("link", name="Begin with nothing").click()
    page.get_by_role("button", name="To my day").click()
    page.locator(".day-head").wait_for()


def test_person_signs_in_with_a_new_password_when_the_old_one_is_forgotten(people: People, installation: Installation):
    page, email = people.stranger(), "zhengkaiwen@small.demo"
    page.goto("/sign-in")
    page.get_by_role("link", name=re.compile("[Ff]orgot")).click()
    page.locator("[name=email]").fill(email)
    page.get_by_role("button", name="Send the link").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()

    def link() -> str:
        messages = [file.read_text(encoding="utf-8") for file in installation.mail.glob("*")]
        found_links = re.findall(r"https?://[^/\s]+(/reset-password/\S+)", "\n".join(messages).replace("=\n", ""))
        return found_links[-1] if found_links else ""

    page.goto(wait_until(link, what="a message with the link"))
    page.locator("[name=password]").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your password is changed").wait_for()
    sign_in(page, email, NEW_PASSWORD)
    page.locator(".day-head").wait_for()
