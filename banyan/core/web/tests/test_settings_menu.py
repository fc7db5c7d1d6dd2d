"""The settings' menu: what belongs together stands together, and small teams see first what they need."""

from __future__ import annotations

import re

import pytest

from banyan.core.access.models import Territory
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, sign_in

HX = {"HX-Request": "true"}
ASIDE = ["/settings/territories", "/settings/posts", "/settings/sharing"]
LARGER = [*ASIDE, "/settings/single-sign-on", "/settings/provisioning", "/exports"]


def menu(cast: Cast, path: str = "/settings/people") -> tuple[list[str], list[str]]:
    """Return the addresses of the side menu, and those of them that stand under "More"."""
    page = sign_in(cast, "admin").get(path).text
    side = re.search(r'<nav class="side-menu".*?</nav>', page, re.DOTALL)
    assert side, page
    more = "".join(re.findall(r"<details.*?</details>", side[0], re.DOTALL))
    return (re.findall(r'<a href="([^"]+)"', side[0]), re.findall(r'<a href="([^"]+)"', more))


def choose_edition(cast: Cast, edition: str) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition=edition)


def test_security_stands_in_one_group(cast: Cast) -> None:
    choose_edition(cast, "enterprise")
    shown, more = menu(cast)

    assert more == []
    first = shown.index("/settings/security")
    assert shown[first : first + 9] == [
        f"/settings/{name}"
        for name in (
            "security",
            "single-sign-on",
            "provisioning",
            "encryption",
            "audit",
            "access-review",
            "alerts",
            "watching",
        )
    ] + ["/exports"]


def test_small_team_finds_what_larger_companies_need_under_more(cast: Cast) -> None:
    choose_edition(cast, "basic")

    shown, more = menu(cast)

    assert more[: len(LARGER)] == LARGER
    assert set(more) < set(shown)


@pytest.mark.parametrize("address", ASIDE)
def test_open_page_never_hides(cast: Cast, address: str) -> None:
    choose_edition(cast, "basic")

    assert address not in menu(cast, address)[1]


def test_page_comes_forward_once_it_is_used(cast: Cast) -> None:
    choose_edition(cast, "basic")
    with organization_scope(cast.organization.pk):
        Territory.objects.create(organization=cast.organization, name="North")

    assert "/settings/territories" not in menu(cast)[1]


def test_palette_finds_every_page_wherever_it_stands(cast: Cast) -> None:
    choose_edition(cast, "basic")
    client = sign_in(cast, "admin")

    for word, address in (
        ("Territories", ASIDE[0]),
        ("Posts and levels", ASIDE[1]),
        ("SCIM", "/settings/provisioning"),
    ):
        assert address in client.get("/palette", {"q": word}, headers=HX).text


def test_front_page_shows_all_of_them(cast: Cast) -> None:
    choose_edition(cast, "basic")
    page = sign_in(cast, "admin").get("/settings/").text

    assert all(f'href="{address}"' in page for address in LARGER)
    assert "More, for larger companies" in page


def test_settings_without_a_slash_and_pages_with_one_too_many_lead_to_the_page(cast: Cast) -> None:
    browser = sign_in(cast, "admin")

    assert browser.get("/settings?a=1").headers["Location"] == "/settings/?a=1"
    assert browser.get("/welcome").headers["Location"] == "/welcome/"
    assert browser.get("/settings/fields/").headers["Location"] == "/settings/fields"
    assert browser.get("/customers/?search=a").headers["Location"] == "/customers?search=a"
    assert browser.get("/nowhere/at/all/").status_code == 404
    assert browser.post("/settings/fields/").status_code == 404
    assert browser.get("/api/v1/customers/").status_code == 404


def test_long_front_page_is_searched_and_folded_and_a_short_one_is_not(cast: Cast) -> None:
    choose_edition(cast, "basic")

    pages = [sign_in(cast, name).get("/settings/").text for name in ("admin", "viewer")]

    assert ["fold-on-phone" in page for page in pages] == [True, False]
    assert ["data-rows-filter" in page for page in pages] == [True, False]
