"""The pages on which an administrator lays out forms and records."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.layouts.models import Layout
from banyan.core.layouts.resolution import layout_for
from banyan.core.layouts.services import create_layout
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from tests.cast import Cast, sign_in

URL = "/settings/layouts/customer"
SCRIPT = {"HX-Request": "true", "HX-Target": "layout-editor"}
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


@pytest.fixture
def page(browser: Client) -> str:
    browser.post(f"{URL}/new", {"device": ""}, headers=DIALOG)
    return f"{URL}/{Layout.objects.get().pk}"


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def fields_in(response: Any) -> list[str]:
    return re.findall(r'<li class="layout-field[^"]*" data-layout-item data-key="(\w+)"', response.content.decode())


def step(browser: Client, page: str, **values: Any) -> Any:
    return browser.post(f"{page}/step", values, headers=SCRIPT)


def test_every_page_opens(admin: Actor, browser: Client, page: str) -> None:
    made = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Shown"})
    role = Role.objects.get(key="salesperson")
    paths = (
        "", "/fields/name", "/sections/s1", "/tabs/t1", "/columns", "/figure", "/figure?of=contact:customer",
        "/block?key=child:contact:customer", "/block?key=panel:files", "/conditions/field/name",
        "/conditions/need/level", "/conditions/section/s1", "/preview", f"/preview?record={made.pk}&show=record",
        f"/preview?record={made.pk}&role={role.pk}",
    )  # fmt: skip

    assert {path: status for path in paths if (status := browser.get(page + path).status_code) != 200} == {}
    assert [browser.get(path).status_code for path in ("/settings/layouts", URL, f"{URL}/new")] == [200, 200, 200]


def test_steps_move_fields_and_are_taken_back(browser: Client, page: str) -> None:
    before = fields_in(browser.get(page, headers=SCRIPT))

    after = fields_in(step(browser, page, do="field.down", name="name"))
    dropped = step(browser, page, do="field.drop", name="website")
    back = fields_in(browser.post(f"{page}/undo", headers=SCRIPT))

    assert (before.index("name"), after.index("name")) == (0, 1)
    assert text_of(dropped).index("Unused fields") < text_of(dropped).index('data-key="website"')
    assert back == after
    assert fields_in(browser.post(f"{page}/undo", headers=SCRIPT)) == before


def test_step_on_an_old_page_changes_nothing_and_says_so(browser: Client, page: str) -> None:
    step(browser, page, do="field.down", name="name", revision="0")

    answer = step(browser, page, do="field.drop", name="name", revision="0")

    assert "Somebody else changed this layout" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert "name" in fields_in(answer)


def test_layout_without_a_needed_field_is_refused_on_the_page(browser: Client, page: str) -> None:
    step(browser, page, do="field.drop", name="name")

    refused = browser.post(f"{page}/publish", headers=SCRIPT)

    assert "Without these fields no record can be created: Customer name." in text_of(refused)
    assert Layout.objects.get().content is None


def test_dialogs_and_conditions_shape_the_layout(admin: Actor, browser: Client, page: str) -> None:
    browser.post(f"{page}/fields/phone", {"wide": "on", "required": "on"}, headers=DIALOG)
    browser.post(f"{page}/sections/s1", {"label_en": "First", "columns": "1", "folded": "on"}, headers=DIALOG)
    browser.post(f"{page}/columns", {"columns": ["level", "name"]}, headers=DIALOG)
    figure = {"measure": "count", "by": "", "place": "main"}
    browser.post(f"{page}/figure?of=contact:customer", figure, headers=DIALOG)
    browser.post(f"{page}/block?key=panel:files", {"place": "main"}, headers=DIALOG)
    tree = json.dumps({"all": [{"field": "level", "op": "in", "value": ["a"]}]})
    browser.post(f"{page}/conditions/field/website", {"filter": tree})
    shown = text_of(browser.get(page, headers=SCRIPT))
    browser.post(f"{page}/publish", headers=SCRIPT)

    plan = layout_for(admin, spec_for(admin.organization, "customer"))
    assert plan is not None
    places = {place.name: place for place in plan.places()}
    assert (places["phone"].wide, places["phone"].required) == (True, True)
    assert places["website"].show == {"all": [{"field": "level", "op": "in", "value": "a"}]}
    assert plan.tabs[0].parts[0].columns == 1
    assert plan.columns == ("level", "name")
    assert [block.key for block in plan.blocks if block.place == "main"] == [
        "chart:contact:customer:count:", "panel:files",
    ]  # fmt: skip
    assert "shows when" in shown


def test_impossible_condition_is_shown_again_with_what_is_wrong(browser: Client, page: str) -> None:
    tree = json.dumps({"all": [{"field": "level", "op": "contains", "value": "a"}]})

    answer = browser.post(f"{page}/conditions/field/website", {"filter": tree})

    assert answer.status_code == 422
    assert "cannot be compared" in text_of(answer)


def test_preview_shows_the_draft_to_its_editor_alone_and_to_no_other_site(
    admin: Actor, browser: Client, page: str
) -> None:
    Role.objects.filter(key="salesperson").update(field_grants={"customer.phone": "hidden"})
    role = Role.objects.get(key="salesperson")
    made = door.create(admin, spec_for(admin.organization, "customer"), {"name": "Seen", "phone": "+8613800138000"})
    step(browser, page, do="field.drop", name="website")

    mine = browser.get(f"{page}/preview?record={made.pk}")
    as_role = browser.get(f"{page}/preview?record={made.pk}&role={role.pk}")
    live = browser.get("/customers/new", headers=DIALOG)

    assert 'data-field="website"' not in text_of(mine)
    assert 'name="phone"' in text_of(mine)
    assert 'name="phone"' not in text_of(as_role)
    assert 'data-field="website"' in text_of(live)
    assert mine.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in mine.headers["Content-Security-Policy"]


def test_only_those_who_customise_may_lay_out(admin: Actor, scope: Cast) -> None:
    row = create_layout(admin, "customer")
    salesperson = sign_in(scope, "salesperson")

    assert salesperson.get("/settings/layouts").status_code == 403
    assert salesperson.post(f"{URL}/{row.pk}/step", {"do": "field.drop", "name": "phone"}).status_code == 403
    assert salesperson.get(f"{URL}/{row.pk}/preview").status_code == 403


def test_reset_brings_the_products_own_layout_back(admin: Actor, browser: Client, page: str) -> None:
    step(browser, page, do="field.drop", name="website")
    browser.post(f"{page}/publish", headers=SCRIPT)
    assert 'data-field="website"' not in text_of(browser.get("/customers/new", headers=DIALOG))

    browser.post(f"{page}/delete", headers=SCRIPT)

    assert 'data-field="website"' in text_of(browser.get("/customers/new", headers=DIALOG))
    assert "put into effect" in text_of(browser.get("/settings/changes"))
