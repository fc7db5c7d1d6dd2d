"""An administrator sets up single sign-on by the page, and a colleague comes in through a real OpenID provider."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.identity_providers import openid_provider
from tests.journeys.people import ADMINISTRATOR, People

NEWCOMER = {"sub": "newcomer", "email": "newcomer@small.demo", "name": "Nina Newcomer"}


def test_colleague_comes_in_through_the_provider_that_an_administrator_set_up(people: People) -> None:
    with openid_provider(NEWCOMER) as issuer:
        admin = people.person(ADMINISTRATOR)
        admin.goto("/settings/single-sign-on/new/oidc")
        admin.locator("#field-name").fill("Company login")
        admin.locator("#field-domains").fill("small.demo")
        admin.locator("#field-issuer").fill(issuer)
        admin.locator("#field-client_id").fill("banyan")
        admin.locator("#field-secret").fill("secret of the client")
        admin.locator("#field-is_on").check()
        admin.get_by_label("只读").check(force=True)
        admin.locator("form.page-form button[type=submit]").click()
        expect(admin.get_by_label("Address to sign in at once")).to_be_visible()

        # The provider's own page asks for its styles elsewhere, which a machine without network refuses.
        people.expect_trouble(issuer)
        colleague = people.stranger()
        colleague.goto("/sign-in")
        colleague.get_by_text("Sign in through my company").click()
        colleague.get_by_label("E-mail of your company").fill("newcomer@small.demo")
        colleague.get_by_role("button", name="Go on").click()
        colleague.locator("button[name=sub][value=newcomer]").click()
        expect(colleague.locator("[popovertarget=account]")).to_be_visible()

        admin.goto("/settings/single-sign-on")
        admin.get_by_role("button", name="Remove").click()
        expect(admin.get_by_text("Company login")).to_have_count(0)
        colleague.goto("/customers")
        expect(colleague.locator("#field-password")).to_be_visible()
