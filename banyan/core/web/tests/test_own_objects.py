"""An administrator makes an object on the pages of the settings, gives it fields and uses it at once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banyan.core.objects.models import CustomField, CustomObject
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import HX, page_text
from tests.cast import Cast, api_client, sign_in

PROJECT = {
    "label_zh": "项目", "label_en": "Project", "plural_zh": "项目", "plural_en": "Projects", "icon": "briefcase",
    "main_object": "customer", "in_menu": "true", "number_pattern": "PRJ-{number:04d}",
}  # fmt: skip


@pytest.fixture
def standard(cast: Cast) -> Cast:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard")
    return cast


@pytest.fixture
def browser(standard: Cast) -> Client:
    return sign_in(standard, "admin")


def made(cast: Cast) -> CustomObject:
    with organization_scope(cast.organization.pk):
        return CustomObject.objects.get()


def test_object_made_on_the_page_has_fields_a_menu_entry_and_a_list(standard: Cast, browser: Client) -> None:
    answer = browser.post("/settings/objects/new", PROJECT)
    field = {"label_en": "State", "kind": "choice", "options": "Planned\nRunning"}
    browser.post(f"{answer['Location']}/new", field)
    page = browser.get("/projects")

    assert answer["Location"] == "/settings/fields/project"
    assert 'href="/projects"' in browser.get("/").content.decode()
    assert "State" in page_text(page)
    assert "Board" in page_text(page)
    assert "belongs to: Customer" in page_text(browser.get("/settings/objects"))


@pytest.mark.parametrize(
    ("name", "several", "path"),
    [("Machine", "Machines", "machines"), ("Battery", "Batteries", "batteries"), ("Bus", "Buses", "buses"),
     ("Key", "Keys", "keys"), ("Service visit", "Service visits", "service-visits")],
)  # fmt: skip
def test_several_are_called_by_the_name_when_nobody_says_otherwise(
    standard: Cast, browser: Client, name: str, several: str, path: str
) -> None:
    browser.post("/settings/objects/new", {"label_zh": "机台", "label_en": name, "icon": "tool"})

    row = made(standard)
    assert (row.labels_plural, row.plural) == ({"zh": "机台", "en": several}, path)
    assert browser.get(f"/{path}").status_code == 200


def test_shape_of_list_and_board_is_chosen(standard: Cast, browser: Client) -> None:
    browser.post("/settings/objects/new", PROJECT)
    browser.post("/settings/fields/project/new", {"label_en": "State", "kind": "choice", "options": "Planned"})
    browser.post("/settings/fields/project/new", {"label_en": "Budget", "kind": "money"})
    row = made(standard)
    shape = {**PROJECT, "is_active": "true", "columns": ["budget"], "board_field": "", "plural_en": "All projects"}
    answer = browser.post(f"/settings/objects/{row.pk}", shape)
    page = page_text(browser.get("/projects"))

    assert answer.status_code == 303
    assert "All projects" in page
    assert "Budget" in page
    assert "Board" not in page


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(standard: Cast, browser: Client) -> None:
    answer = browser.post("/settings/objects/new", {**PROJECT, "number_pattern": "PRJ", "label_en": "Vehicle"})

    assert answer.status_code == 422
    assert "holds {number} once" in page_text(answer)
    assert 'value="Vehicle"' in answer.content.decode()


def test_object_is_deleted_only_without_records(standard: Cast, browser: Client) -> None:
    browser.post("/settings/objects/new", {**PROJECT, "main_object": ""})
    browser.post("/projects/new", {"name": "Plant"})
    row = made(standard)
    refused = browser.post(f"/settings/objects/{row.pk}/delete", headers=HX)
    with organization_scope(standard.organization.pk):
        still = CustomObject.objects.count()

    assert refused.status_code == 409
    assert still == 1


def test_only_who_may_customise_makes_objects_and_not_in_the_basic_edition(standard: Cast) -> None:
    assert sign_in(standard, "manager").get("/settings/objects").status_code == 403
    Organization.objects.filter(pk=standard.organization.pk).update(edition="basic")
    assert sign_in(standard, "admin").get("/settings/objects").status_code == 404


def test_list_of_a_choice_is_closed_and_takes_only_its_values(standard: Cast, browser: Client) -> None:
    browser.post("/settings/objects/new", {**PROJECT, "main_object": ""})
    browser.post("/settings/fields/project/new", {"label_en": "State", "kind": "choice", "options": "Planned\nRunning"})
    with organization_scope(standard.organization.pk):
        field = CustomField.objects.get(name="state")
    api = api_client(standard, "admin")
    before = api.get("/api/v1/openapi.json").json()["components"]["schemas"]["ProjectCreate"]["properties"]["state"]
    browser.post(f"/settings/fields/project/{field.pk}", {"label_en": "State", "is_active": "true"})
    after = api.get("/api/v1/openapi.json").json()["components"]["schemas"]["ProjectCreate"]["properties"]["state"]

    assert "enum" not in before
    assert [code for code in after["enum"] if code] == ["Planned", "Running"]


def test_everything_about_an_object_is_one_click_from_everything_else(standard: Cast, browser: Client) -> None:
    browser.post("/settings/objects/new", {"label_en": "Machine", "icon": "tool"})
    browser.post("/settings/fields/machine/new", {"label_en": "State", "kind": "choice", "options": "Up\nDown"})
    strip = strip_of(browser.get("/settings/fields/machine").text)

    assert list(strip) == [
        "Fields", "List, board and calendar", "Types and layouts", "Processes", "Validation rules", "Duplicate rules",
        "Assignment rules", "Approval flows", "Automation",
    ]  # fmt: skip
    for label, url in strip.items():
        page = browser.get(url)
        assert page.status_code == 200, label
        assert strip_of(page.text) == strip, label
        assert re.search(rf'<a href="{re.escape(url)}" aria-current="page">', page.text), label


def test_pages_of_a_field_lead_to_its_values_and_back_to_its_object(standard: Cast, browser: Client) -> None:
    browser.post("/settings/objects/new", {"label_en": "Machine", "icon": "tool"})
    browser.post("/settings/fields/machine/new", {"label_en": "State", "kind": "choice", "options": "Up\nDown"})
    with organization_scope(standard.organization.pk):
        url = f"/settings/fields/machine/{CustomField.objects.get(name='state').pk}"

    page = browser.get(url).text
    assert 'href="/settings/lists/machine.state"' in page
    for path in (url, f"{url}/choices", f"{url}/convert", f"{url}/remove", "/settings/fields/machine/new",
                 "/settings/fields/machine/new/formula", "/settings/fields/machine/new/rollup",
                 "/settings/fields/machine/new/number"):  # fmt: skip
        assert strip_of(browser.get(path).text)["Fields"] == "/settings/fields/machine", path


def test_page_for_one_object_shows_and_offers_only_what_is_about_it(standard: Cast, browser: Client) -> None:
    browser.post("/settings/objects/new", {"label_en": "Machine", "icon": "tool"})
    browser.post("/settings/fields/machine/new", {"label_en": "State", "kind": "choice", "options": "Up\nDown"})
    for name in ("customer", "machine"):
        browser.post(f"/settings/approvals/new/{name}", {"name_en": f"Flow of {name}"})
        browser.post("/automation/new", {"object": name, "trigger": "created"})
    browser.post("/settings/processes/new", {"field": "customer:status:", "label_en": "Way of customers"})

    approvals = browser.get("/settings/approvals?object=machine").text
    assert "Flow of machine" in approvals
    assert "Flow of customer" not in approvals
    assert "/settings/approvals/new/machine" in approvals
    assert "/settings/approvals/new/customer" not in approvals
    rules = browser.get("/automation?object=machine").text
    assert rules.count("rule-rows") == 1
    assert "Customer:" not in rules
    assert "/automation/new?object=machine" in rules
    assert "Way of customers" not in browser.get("/settings/processes?object=machine").text
    offered = re.findall(r'<option value="(\w+):', browser.get("/settings/processes/new?object=machine").text)
    assert set(offered) == {"machine"}
    for name in ("validation", "duplicate", "assignment"):
        page = browser.get(f"/settings/{name}-rules?object=machine").text
        assert re.findall(rf"/settings/{name}-rules/new/(\w+)", page) == ["machine"]
    assert "object-strip" not in browser.get("/settings/approvals").text
    assert browser.get("/settings/approvals?object=nothing").status_code == 200


def strip_of(page: str) -> dict[str, str]:
    """Return the labels and addresses of the strip that leads through an object's settings."""
    (strip,) = re.findall(r'<nav class="tabs object-strip".*?</nav>', page, re.DOTALL)
    return {label: url for url, label in re.findall(r'<a href="([^"]+)"[^>]*>.*?</svg>([^<]+)', strip)}
