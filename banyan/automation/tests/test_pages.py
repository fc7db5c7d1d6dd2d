"""What administrators see and do: the list, the flow, versions, tests and logs."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from banyan.automation.models import AutomationRule, RuleVersion, Run
from banyan.automation.recipes import RECIPES
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext, step_kinds
from banyan.automation.tests.conftest import definition, sets, step
from banyan.automation.triggers.base import triggers
from banyan.core.identity.models import Role
from banyan.core.tenancy.models import Organization
from tests.cast import Cast, sign_in

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def browser(boss, scope: Cast) -> Client:
    return sign_in(scope, "admin")


def text_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_rule_is_made_tested_and_switched_on_by_clicks(browser, boss, customer, work):
    earlier = customer(name="Earlier", industry="Software")
    assert browser.get("/automation").status_code == 200
    assert "created" in text_of(browser.get("/automation/new?object=customer"))
    made = browser.post("/automation/new", {"object": "customer", "trigger": "created"})
    rule = AutomationRule.objects.get()
    url = f"/automation/{rule.pk}"
    assert made["Location"] == url
    assert "Add at least one step" in text_of(browser.get(url))

    assert "Set fields" in text_of(browser.get(f"{url}/steps/new?place=&position=0", headers=DIALOG))
    form = browser.get(f"{url}/steps/new?kind=set_fields&place=&position=0", headers=DIALOG)
    assert form.status_code == 200
    sent = {"kind": "set_fields", "place": "", "position": "0", "begun": "1", "rows": "0"}
    refused = browser.post(f"{url}/steps/new?kind=set_fields", sent, headers=DIALOG)
    assert refused.status_code == 422
    added = browser.post(f"{url}/steps/new?kind=set_fields", {**sent, "refresh": "1", "added": "level"}, headers=DIALOG)
    assert 'name="v0-field" value="level"' in added.content.decode()
    row = {"rows": "1", "v0-field": "level", "v0-source": "value", "v0-value": "a"}
    assert browser.post(f"{url}/steps/new?kind=set_fields", {**sent, **row}, headers=DIALOG).status_code == 204

    condition = '{"all": [{"field": "industry", "op": "isnull", "value": "false"}]}'
    assert "data-filter-builder" in browser.get(f"{url}/conditions/main/record", headers=DIALOG).content.decode()
    assert browser.post(f"{url}/conditions/main/record", {"filter": condition}).status_code in (302, 303)
    assert "isnull" in browser.get(f"{url}/conditions/main/record", headers=DIALOG).content.decode()
    page = text_of(browser.get(url))
    assert "Set Level = A: key customer" in page
    assert "Industry: filled" in page

    tried = text_of(browser.post(f"{url}/test"))
    assert "Earlier" in tried
    assert "would be done" in tried
    earlier.refresh_from_db()
    assert not earlier.level
    assert Run.objects.count() == 0

    assert browser.post(f"{url}/save", {"on": "1"}).status_code == 303
    record = customer(name="Later", industry="Software")
    work()
    record.refresh_from_db()
    assert record.level == "a"
    run = Run.objects.get()
    assert "Later" in text_of(browser.get(f"{url}/runs"))
    assert "Level:" in text_of(browser.get(f"/automation/runs/{run.pk}"))
    assert "Automation" in text_of(browser.get(f"/customers/{record.pk}/children"))


def test_versions_are_compared_and_taken_back(browser, rule):
    made = rule("customer", definition("created", sets(level="a")))
    url = f"/automation/{made.pk}"
    step_url = f"{url}/steps/set_fields"
    row = {"begun": "1", "rows": "1", "v0-field": "level", "v0-source": "value", "v0-value": "b"}
    assert browser.get(f"{step_url}/edit", headers=DIALOG).status_code == 200
    browser.post(f"{step_url}/edit", row, headers=DIALOG)
    assert "Changes that are not in effect yet" in text_of(browser.get(url))
    browser.post(f"{url}/save")
    assert RuleVersion.objects.filter(rule=made).count() == 2
    shown = text_of(browser.get(f"{url}/versions/1"))
    assert "A: key customer" in shown
    assert "B: important" in shown
    browser.post(f"{url}/versions/1/restore")
    browser.post(f"{url}/save")
    assert RuleVersion.objects.get(rule=made, number=3).definition["steps"][0]["config"]["values"][0]["value"] == "a"


def test_every_dialog_of_every_kind_opens(browser, boss, rule):
    rule("opportunity", definition("called", step("stop")), name="Other")
    made = rule("opportunity", definition("created", step("stop")), name="This")
    url = f"/automation/{made.pk}"
    for kind in step_kinds:
        answer = browser.get(f"{url}/steps/new?kind={kind.name}&place=&position=0", headers=DIALOG)
        assert answer.status_code == (404 if kind.name in {"stop", "branch"} else 200), kind.name
        if kind.name in {"stop", "branch"}:
            assert (
                browser.post(f"{url}/steps/new", {"kind": kind.name, "place": "", "position": "0"}).status_code == 303
            )
    for kind in triggers:
        answer = browser.get(f"{url}/trigger?kind={kind.name}", headers=DIALOG)
        assert answer.status_code == 200, kind.name
    made.refresh_from_db()
    branch = next(entry for entry in made.draft["steps"] if entry["kind"] == "branch")
    place = f"{branch['id']}-{branch['branches'][0]['id']}"
    for part in ("record", "children/0", "who"):
        assert browser.get(f"{url}/conditions/{place}/{part}", headers=DIALOG).status_code == 200
        assert browser.get(f"{url}/conditions/main/{part}").status_code == 200
    assert browser.post(f"{url}/steps/{branch['id']}/branches/new").status_code == 303
    assert (
        browser.get(f"{url}/steps/{branch['id']}/branches/{branch['branches'][0]['id']}", headers=DIALOG).status_code
        == 200
    )
    assert browser.get(url).status_code == 200


def test_recipes_are_taken_and_sound(browser, boss):
    assert text_of(browser.get("/automation/recipes")).count("Take it") >= 10
    for key, recipe in RECIPES.items():
        assert browser.post(f"/automation/recipes/{key}").status_code == 303, key
        assert AutomationRule.objects.filter(recipe=key, version=1).count() == len(recipe.parts)
    listed = text_of(browser.get("/automation"))
    assert "Welcome new customers" in listed
    for rule in AutomationRule.objects.all():
        assert browser.get(f"/automation/{rule.pk}").status_code == 200


def test_basic_edition_has_five_rules_by_one_click_and_no_editor(browser, boss, scope: Cast, customer, work):
    Organization.objects.filter(pk=scope.organization.pk).update(edition="basic")
    page = text_of(browser.get("/automation"))
    assert page.count("Switch on") == 5
    assert browser.post("/automation/recipes/welcome").status_code == 303
    made = AutomationRule.objects.get()
    assert made.state == "on"
    assert browser.post("/automation/recipes/lost").status_code == 404
    assert browser.get(f"/automation/{made.pk}").status_code == 200
    assert browser.get("/automation/new").status_code == 404
    assert browser.get(f"/automation/{made.pk}/trigger").status_code == 404
    assert browser.post(f"/automation/{made.pk}/switch", {"to": "off"}).status_code == 303


def test_only_those_who_customise_may_look_and_change(boss, scope: Cast, rule):
    made = rule("customer", definition("created", sets(level="a")))
    viewer = sign_in(scope, "salesperson")
    assert viewer.get("/automation").status_code == 403
    for path in ("switch", "save", "delete", "resume", "end-runs", "test", "discard", "address"):
        assert viewer.post(f"/automation/{made.pk}/{path}").status_code == 403, path
    assert viewer.get(f"/automation/{made.pk}").status_code == 403


def test_button_is_shown_to_its_roles_and_goes_first(boss, scope: Cast, rule, customer, work):
    member = str(Role.objects.get(key="member").pk)
    made = rule(
        "customer", definition("button", sets(level="a"), config={"label": "Make key customer", "roles": [member]})
    )
    record = customer(owner=str(scope.users["owner"].pk))
    owner, admin = sign_in(scope, "owner"), sign_in(scope, "admin")
    assert "Make key customer" in owner.get(f"/customers/{record.pk}").content.decode()
    assert "Make key customer" not in admin.get(f"/customers/{record.pk}").content.decode()
    url = f"/automation/buttons/{made.pk}/customers/{record.pk}"
    assert admin.post(url).status_code == 404
    assert sign_in(scope, "salesperson").post(url).status_code == 404
    assert owner.post(url).status_code == 303
    assert Run.objects.get().priority == 0
    work()
    record.refresh_from_db()
    assert record.level == "a"


def test_new_rule_asks_at_once_for_what_its_trigger_needs(browser, boss):
    made = browser.post("/automation/new", {"object": "opportunity", "trigger": "stayed"})
    rule = AutomationRule.objects.get()
    assert made["Location"] == f"/automation/{rule.pk}?begin=1"
    asking = f'<div hx-get="/automation/{rule.pk}/trigger" hx-trigger="load" hx-target="#dialog-body"'
    assert asking in browser.get(made["Location"]).content.decode()
    assert asking not in browser.get(f"/automation/{rule.pk}").content.decode()
    assert browser.get(f"/automation/{rule.pk}/trigger", headers=DIALOG).status_code == 200
    shown = text_of(browser.get(f"/automation/{rule.pk}"))
    assert "None" not in shown
    assert str(triggers["stayed"].label) in shown
    assert str(triggers["stayed"].label) in text_of(browser.get("/automation"))


def test_no_trigger_says_nonsense_before_it_is_set(boss):
    setting = Setting(boss.organization)
    for spec in setting.specs.values():
        context = StepContext(setting, AutomationRule(), spec)
        for kind in triggers:
            if kind.is_offered(context):
                assert not re.search(r"None|“”|…", kind.told(context, {})), (kind.name, spec.name)
