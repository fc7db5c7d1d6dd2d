"""Tours fit who takes them, lead over pages that exist to elements that are there, and are remembered for each person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from banyan.core.access.ready_roles import make_ready_role, ready_roles
from banyan.core.identity.models import Role
from banyan.core.identity.services import set_roles
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tours.texts import BadTour, all_tours, read_tours
from tests.cast import Cast, sign_in

#: Tours by what people do; the last is for those who look after the system and see no business records.
ROLES = {
    "salesperson",
    "sales_manager",
    "service",
    "warehouse",
    "purchase",
    "finance",
    "marketer",
    "administrator",
    "small_team",
}
KEEPER = "keeper"


@pytest.fixture
def furnished(cast: Cast) -> Cast:
    """The organization with a record of each object that a tour shows."""
    with organization_scope(cast.organization.pk):
        admin = cast.actor("admin")
        customer = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Harbor Light"})
        deal = {"name": "Lamps", "customer": str(customer.pk), "amount": "10"}
        door.create(admin, spec_for(admin.organization, "opportunity"), deal)
    return cast


def begun(browser: Client) -> list[str]:
    """Return the tours that somebody is offered on the page of the tours, in their order."""
    return re.findall(r'data-tour-start="([a-z_]+)"', browser.get("/tours").text)


def steps(browser: Client, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = browser.get(f"/tours/{name}/steps").json()["steps"]
    return found


def test_there_is_a_tour_for_each_role() -> None:
    assert {tour.name for tour in all_tours()} == {*ROLES, KEEPER}


@pytest.mark.parametrize(
    ("person", "edition"), [("admin", "enterprise"), ("salesperson", "basic"), ("manager", "standard")]
)
def test_every_step_leads_to_an_element_of_a_page_that_opens(furnished: Cast, person: str, edition: str) -> None:
    Organization.objects.filter(pk=furnished.organization.pk).update(edition=edition)
    browser = sign_in(furnished, person)
    pages: dict[str, str] = {}
    lost = []
    for name in begun(browser):
        found = steps(browser, name)
        assert len(found) >= 3, name
        for step in found:
            if step["page"] not in pages:
                answer = browser.get(step["page"])
                pages[step["page"]] = answer.text if answer.status_code == 200 else ""
            if f'data-tour="{step["target"]}"' not in pages[step["page"]]:
                lost.append((name, step["page"], step["target"]))

    assert lost == []
    assert set(begun(browser)) == ROLES if person == "admin" else begun(browser)


def test_steps_of_what_is_off_or_not_allowed_are_left_out(furnished: Cast) -> None:
    admin, reader = sign_in(furnished, "admin"), sign_in(furnished, "viewer")
    assert "/opportunities" in [step["page"] for step in steps(admin, "salesperson")]
    Organization.objects.filter(pk=furnished.organization.pk).update(modules_off=["opportunities", "stock"])

    assert "/opportunities" not in [step["page"] for step in steps(admin, "salesperson")]
    assert "warehouse" not in begun(admin)
    assert admin.get("/tours/warehouse/steps").status_code == 404
    assert "administrator" not in begun(reader)
    assert reader.get("/tours/administrator/steps").status_code == 404


def test_tour_that_fits_is_offered_first(cast: Cast) -> None:
    assert begun(sign_in(cast, "salesperson"))[0] == "salesperson"
    assert begun(sign_in(cast, "manager"))[0] == "sales_manager"
    assert begun(sign_in(cast, "admin"))[0] in {"small_team", "administrator"}


@pytest.mark.parametrize(
    ("key", "tour"),
    [
        ("finance", "finance"),
        ("warehouse", "warehouse"),
        ("purchase", "purchase"),
        ("service", "service"),
        ("marketing", "marketer"),
        ("audit_administrator", KEEPER),
    ],
)
def test_tour_follows_the_job(furnished: Cast, key: str, tour: str) -> None:
    Organization.objects.filter(pk=furnished.organization.pk).update(edition="enterprise")
    with organization_scope(furnished.organization.pk):
        organization = furnished.organization
        if key in ready_roles:
            role = make_ready_role(organization, ready_roles[key])
        else:
            role = Role.objects.create(organization=organization, key=key, name=key, abilities=["see_audit"])
        set_roles(furnished.users["viewer"], [role])
    browser = sign_in(furnished, "viewer")

    assert begun(browser)[0] == tour
    found = steps(browser, tour)
    assert len(found) >= 3
    for step in found:
        assert f'data-tour="{step["target"]}"' in browser.get(step["page"]).text, step["page"]


def test_progress_is_kept_for_each_person(cast: Cast) -> None:
    browser, other = sign_in(cast, "admin"), sign_in(cast, "manager")
    assert browser.post("/tours/salesperson/progress", {"step": "2"}).status_code == 204

    assert browser.get("/tours/salesperson/steps").json()["at"] == 2
    assert other.get("/tours/salesperson/steps").json()["at"] == 0
    browser.post("/tours/salesperson/progress", {"step": "done"})
    assert browser.get("/tours/salesperson/steps").json()["at"] == 0
    assert "Once more" in browser.get("/tours").text
    assert browser.post("/tours/salesperson/progress", {"step": "-1"}).status_code == 404
    assert browser.post("/tours/dragons/progress", {"step": "1"}).status_code == 404


def test_offer_stands_on_my_day_until_it_is_taken_or_put_away(cast: Cast) -> None:
    browser, other = sign_in(cast, "salesperson"), sign_in(cast, "manager")
    assert "Show me around" in browser.get("/").text

    browser.post("/tours/offer/hide")
    other.post("/tours/sales_manager/progress", {"step": "0"})

    assert "Show me around" not in browser.get("/").text
    assert "Show me around" not in other.get("/").text


def test_steps_are_told_in_the_readers_language(furnished: Cast) -> None:
    browser = sign_in(furnished, "salesperson")
    browser.post("/settings/me/language", {"language": "zh-hans"})

    assert steps(browser, "salesperson")[0]["title"] == "我的一天"


def test_wrong_file_of_a_tour_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    words = 'en = {title = "A", text = "B."}\nzh-hans = {title = "甲", text = "乙。"}\n'
    for text, complaint in (
        (words, "no steps"),
        (f'{words}[[step]]\npage = "/"\n{words}', "no page or no target"),
        (
            f'{words}[[step]]\npage = "/"\ntarget = "x"\nen = {{title = "A", text = "B."}}',
            "step 1 says nothing in zh-hans",
        ),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadTour, match=complaint):
            read_tours([file])
