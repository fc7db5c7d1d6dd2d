"""A passkey from the first page to signing in with it alone, with the browser's own virtual authenticator."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.installation import PASSWORD, Installation
from tests.journeys.people import COLLEAGUE, People, choose_language

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def at_localhost(people: People, installation: Installation) -> tuple[Page, str]:
    """Open a browser with an authenticator; a passkey belongs to a name, never to an address of digits."""
    page = people.stranger()
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page, f"http://localhost:{urlsplit(installation.url).port}"


def sign_in_by_password(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in")
    page.locator("#field-email").fill(COLLEAGUE)
    page.locator("#field-password").fill(PASSWORD)
    page.locator("form.plain-form button[type=submit]").click()


def sign_out(page: Page) -> None:
    page.locator("[popovertarget=account]").click()
    page.locator("#account").get_by_text("Sign out").click()
    expect(page.locator("#field-email")).to_be_visible()


def test_passkey_is_made_proves_the_second_step_and_signs_in_alone(people: People, installation: Installation) -> None:
    page, base = at_localhost(people, installation)
    sign_in_by_password(page, base)
    page.wait_for_url(f"{base}/")
    choose_language(page, "en")

    page.goto(f"{base}/settings/me/factors")
    page.get_by_label("Name").fill("Office laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_label("Recovery codes").locator("li")).to_have_count(10)

    sign_out(page)
    sign_in_by_password(page, base)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{base}/")

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{base}/")

    page.goto(f"{base}/settings/me/factors")
    row = page.locator("li", has_text="Office laptop")
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
