"""The pages on which an administrator who is no programmer makes fields do more, and what people meet in forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from banyan.core.kernel.clock import now
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import spec_for
from banyan.core.objects.removing import KEPT
from banyan.core.own_fields import jobs
from banyan.core.own_fields.converting import convert_all
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import page_text
from tests.cast import Cast, api_client, sign_in

URL = "/settings/fields/customer"


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast, "admin")


@pytest.fixture
def api(cast: Cast) -> Client:
    return api_client(cast, "admin")


def add(cast: Cast, *drafts: FieldDraft, on: str = "customer") -> list[CustomField]:
    """Add fields to an object and return their rows."""
    with organization_scope(cast.organization.pk):
        return [create_custom_field(cast.actor("admin"), on, draft) for draft in drafts]


def field(cast: Cast, name: str) -> CustomField:
    with organization_scope(cast.organization.pk):
        return CustomField.objects.get(name=name)


def post(api: Client, path: str, status: int = 201, **values: Any) -> Any:
    answer = api.post(f"/api/v1/{path}", json.dumps(values), content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_formula_is_tried_while_it_is_written_and_then_stands_in_lists(
    cast: Cast, browser: Client, api: Client
) -> None:
    add(cast, FieldDraft("decimal", {"en": "Turnover", "zh": "营业额"}, name="turnover"))
    post(api, "customers", name="Alder", turnover="250")
    assert "Turnover" in page_text(browser.get(f"{URL}/new/formula"))
    tried = page_text(browser.post(f"{URL}/formula/check", {"formula": "营业额 / 1000", "kind": "decimal"}))
    assert "Alder" in tried
    assert "0.25" in tried
    wrong = page_text(browser.post(f"{URL}/formula/check", {"formula": "turnover + name", "kind": "decimal"}))
    assert "Character 12" in wrong
    refused = browser.post(f"{URL}/new/formula", {"label_en": "Size", "formula": "turnover +", "kind": "decimal"})
    assert refused.status_code == 422
    made = browser.post(f"{URL}/new/formula", {"label_en": "Size", "formula": "营业额 / 1000", "kind": "decimal"})
    assert made.status_code == 303
    assert field(cast, "size").definition["formula"] == "turnover / 1000"
    post(api, "customers", name="Birch", turnover="9000")
    found = api.get("/api/v1/customers?size__gt=1&sort=-size").json()["items"]
    assert [(row["name"], row["size"]) for row in found] == [("Birch", "9")]
    assert "Size 9" in page_text(browser.get(f"/customers/{found[0]['id']}"))
    assert browser.get("/customers?columns=name&columns=size").status_code == 200
    assert page_text(browser.get(f"{URL}/{field(cast, 'size').pk}"))


def test_rollup_is_made_on_its_page_with_a_condition(cast: Cast, browser: Client, api: Client) -> None:
    add(cast, FieldDraft("boolean", {"en": "Active"}, name="active"), on="contact")
    assert f"{URL}/new/rollup/contact/customer" in browser.get(f"{URL}/new/rollup").content.decode()
    tree = json.dumps({"all": [{"field": "active", "op": "eq", "value": True}]})
    made = browser.post(
        f"{URL}/new/rollup/contact/customer", {"label_en": "Active people", "function": "count", "filter": tree}
    )
    assert made.status_code == 303, page_text(made)
    customer = post(api, "customers", name="Alder")
    for active in (True, True, False):
        post(api, "contacts", name="P", customer=customer["id"], active=active)
    assert api.get(f"/api/v1/customers/{customer['id']}").json()["active_people"] == 2
    refused = browser.post(f"{URL}/new/rollup/contact/customer", {"label_en": "X", "function": "sum"})
    assert refused.status_code == 422


def test_numbers_follow_their_pattern_and_old_records_get_theirs(
    cast: Cast, browser: Client, api: Client, run: Callable[[], None]
) -> None:
    old = post(api, "customers", name="Old")
    sent = {"label_en": "Code", "pattern": "K-{year}-{number:3}", "restart": "year", "first": "5"}
    assert browser.post(f"{URL}/new/number", {**sent, "pattern": "K-{number}"}).status_code == 422
    assert browser.post(f"{URL}/new/number", sent).status_code == 303
    year = now().year
    assert post(api, "customers", name="New")["code"] == f"K-{year}-005"
    run()
    assert api.get(f"/api/v1/customers/{old['id']}").json()["code"] == f"K-{year}-006"


@pytest.fixture
def run(cast: Cast) -> Callable[[], None]:
    """Work off the computation of customers, as a worker does."""

    def work() -> None:
        with organization_scope(cast.organization.pk):
            started = jobs.start_computing(cast.actor("admin"), "customer")
        jobs.compute_all.func(organization_id=str(cast.organization.pk), run_id=str(started.pk))

    return work


def test_formula_of_records_that_were_there_is_computed_in_the_background(
    cast: Cast, api: Client, run: Callable[[], None]
) -> None:
    customer = post(api, "customers", name="Alder")
    post(api, "contacts", name="P", customer=customer["id"])
    count = {"object": "contact", "link": "customer", "function": "count"}
    add(
        cast,
        FieldDraft("", {"en": "People"}, name="people", computed="rollup", definition=count),
        FieldDraft("text", {"en": "Word"}, name="word", computed="formula", definition={"formula": "name & people"}),
    )
    assert api.get(f"/api/v1/customers/{customer['id']}").json()["word"] is None
    run()
    found = api.get(f"/api/v1/customers/{customer['id']}").json()
    assert (found["people"], found["word"], found["version"]) == (1, "Alder1", 1)


def test_limits_default_and_uniqueness_hold_for_pages_and_programs(cast: Cast, browser: Client, api: Client) -> None:
    rows = add(
        cast,
        FieldDraft("text", {"en": "Code"}, name="code"),
        FieldDraft("integer", {"en": "Stars"}, name="stars"),
        FieldDraft("date", {"en": "Review"}, name="review_on"),
    )
    urls = [f"{URL}/{row.pk}" for row in rows]
    names = {"label_en": "Code", "is_active": "true"}
    slow = browser.post(urls[0], {**names, "pattern": "(a+)+"})
    assert slow.status_code == 422
    saved = browser.post(urls[0], {**names, "pattern": "[A-Z]{2}-[0-9]+", "is_unique": "true"})
    assert saved.status_code == 303
    assert browser.post(urls[1], {"label_en": "Stars", "is_active": "true", "minimum": "1", "maximum": "5",
                                  "default_value": "3"}).status_code == 303  # fmt: skip
    assert browser.post(urls[2], {"label_en": "Review", "is_active": "true",
                                  "default_value": "=ADDDAYS(TODAY(), 30)"}).status_code == 303  # fmt: skip
    made = post(api, "customers", name="Alder", code="AB-1")
    with organization_scope(cast.organization.pk):
        zone_day = (now() + timedelta(hours=8)).date()
    assert (made["stars"], made["review_on"]) == (3, (zone_day + timedelta(days=30)).isoformat())
    for values, code in (
        ({"code": "ab"}, "wrong_form"),
        ({"code": "AB-1"}, "not_unique"),
        ({"stars": 6}, "out_of_range"),
    ):
        refused = post(api, "customers", 422, name="Birch", **values)
        assert refused["errors"][0]["code"] == code
    assert "=ADDDAYS" in browser.get(urls[2]).content.decode()


def test_values_that_repeat_keep_a_field_from_becoming_unique(cast: Cast, browser: Client, api: Client) -> None:
    (row,) = add(cast, FieldDraft("text", {"en": "Code"}, name="code"))
    for name in ("Alder", "Birch"):
        post(api, "customers", name=name, code="same")
    refused = browser.post(f"{URL}/{row.pk}", {"label_en": "Code", "is_active": "true", "is_unique": "true"})
    assert refused.status_code == 422
    assert "same" in page_text(refused)


def test_choice_depends_on_another_in_the_door_and_in_the_form(cast: Cast, browser: Client, api: Client) -> None:
    rows = add(
        cast,
        FieldDraft("choice", {"en": "Country"}, name="land", options=("China", "Germany")),
        FieldDraft("choice", {"en": "Town"}, name="town", options=("Suzhou", "Berlin", "Other")),
    )
    url = f"{URL}/{rows[1].pk}/choices"
    assert "Suzhou" in page_text(browser.get(f"{url}?by=land"))
    matrix = {"by": "land", "allowed:China": ["Suzhou", "Other"], "allowed:Germany": ["Berlin", "Other"]}
    assert browser.post(url, matrix).status_code == 303
    refused = post(api, "customers", 422, name="Alder", land="China", town="Berlin")
    assert refused["errors"][0]["field"] == "town"
    assert "Suzhou" in refused["errors"][0]["message"]
    made = post(api, "customers", name="Alder", land="China", town="Suzhou")
    moved = api.patch(
        f"/api/v1/customers/{made['id']}", json.dumps({"land": "Germany"}), content_type="application/json"
    )
    assert moved.status_code == 422
    assert "data-goes-with" in browser.get("/customers/new").content.decode()
    back = browser.post(f"{URL}/{rows[0].pk}/choices", {"by": "town", "allowed:Suzhou": ["China"]})
    assert back.status_code == 422


def test_kind_changes_after_a_preview_of_what_is_lost(cast: Cast, browser: Client, api: Client) -> None:
    (row,) = add(cast, FieldDraft("text", {"en": "Score"}, name="score"))
    made = [post(api, "customers", name="C", score=score) for score in ("12", "3.5", "many")]
    shown = page_text(browser.get(f"{URL}/{row.pk}/convert?kind=decimal"))
    assert "many" in shown
    assert browser.post(f"{URL}/{row.pk}/convert", {"kind": "decimal"}).status_code == 303
    assert [api.get(f"/api/v1/customers/{entry['id']}").json()["score"] for entry in made] == ["12", "3.5", None]
    assert browser.post(f"{URL}/{row.pk}/convert", {"kind": "choice"}).status_code == 303
    assert api.get(f"/api/v1/customers/{made[0]['id']}").json()["score"] == "12"


def test_many_values_are_converted_in_the_background(
    cast: Cast, browser: Client, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = add(cast, FieldDraft("text", {"en": "Score"}, name="score"))
    made = post(api, "customers", name="C", score="7")
    monkeypatch.setattr("banyan.core.own_fields.converting.AT_ONCE", 0)
    browser.post(f"{URL}/{row.pk}/convert", {"kind": "integer"})
    assert "score" not in api.get(f"/api/v1/customers/{made['id']}").json()
    with organization_scope(cast.organization.pk):
        run_id = str(jobs.JobRun.objects.get(name="own_fields.convert").pk)
    assert "Score" in page_text(browser.get(f"{URL}/{row.pk}/converting"))
    convert_all.func(organization_id=str(cast.organization.pk), run_id=run_id, kind="integer")
    assert api.get(f"/api/v1/customers/{made['id']}").json()["score"] == 7


def test_removed_field_comes_back_with_its_values_until_they_are_erased(
    cast: Cast, browser: Client, api: Client
) -> None:
    (row,) = add(cast, FieldDraft("decimal", {"en": "Weight"}, name="weight"))
    definition = {"formula": "weight * 2"}
    (double,) = add(
        cast, FieldDraft("decimal", {"en": "Double"}, name="double", computed="formula", definition=definition)
    )
    made = post(api, "customers", name="Alder", weight="4")
    url = f"{URL}/{row.pk}"
    assert "Double" in page_text(browser.get(f"{url}/remove"))
    assert browser.post(f"{url}/remove").status_code == 422
    assert browser.post(f"{URL}/{double.pk}/remove").status_code == 303
    assert browser.post(f"{url}/remove").status_code == 303
    assert "weight" not in api.get(f"/api/v1/customers/{made['id']}").json()
    assert browser.post(f"{url}/restore").status_code == 303
    assert api.get(f"/api/v1/customers/{made['id']}").json()["weight"] == "4"
    browser.post(f"{url}/remove")
    with organization_scope(cast.organization.pk):
        CustomField.objects.filter(pk=row.pk).update(removed_at=now() - KEPT - timedelta(days=1))
        jobs.erase_expired(cast.actor("admin"))
        assert not CustomField.objects.filter(pk=row.pk).exists()
        stored = spec_for(cast.organization, "customer").model._default_manager.get(pk=made["id"])
        assert "weight" not in stored.custom


def test_removed_field_is_erased_at_once_when_somebody_says_so(cast: Cast, browser: Client, api: Client) -> None:
    rows = add(cast, FieldDraft("decimal", {"en": "Weight"}, name="weight"),
               FieldDraft("text", {"en": "Colour"}, name="colour"))  # fmt: skip
    made = post(api, "customers", name="Alder", weight="4", colour="red")
    weight, colour = (f"{URL}/{row.pk}" for row in rows)
    assert browser.get(f"{weight}/erase").status_code == 404
    assert browser.post(f"{weight}/erase").status_code == 422
    assert post(api, f"custom-fields/{rows[0].pk}/erase", 422)["code"] == "not_removed"
    for url in (weight, colour):
        browser.post(f"{url}/remove")
    assert f"{weight}/erase" in browser.get(URL).text
    assert "1 record has a value in it." in page_text(browser.get(f"{weight}/erase"))

    assert browser.post(f"{weight}/erase").status_code == 303
    assert api.post(f"/api/v1/custom-fields/{rows[1].pk}/erase").status_code == 202
    assert page_text(browser.get(URL)).count("The values are being erased.") == 2
    assert browser.post(f"{weight}/restore").status_code == 422
    jobs.erase_given_up.func(organization_id=str(cast.organization.pk))

    with organization_scope(cast.organization.pk):
        assert not CustomField.objects.filter(object_name="customer").exists()
        stored = spec_for(cast.organization, "customer").model._default_manager.get(pk=made["id"])
        assert not {"weight", "colour"} & stored.custom.keys()
    (again,) = add(cast, FieldDraft("text", {"en": "Weight"}, name="weight"))
    assert again.name == "weight"


def test_what_a_formula_uses_cannot_be_encrypted_nor_the_other_way_round(cast: Cast, browser: Client) -> None:
    (row, secret) = add(cast, FieldDraft("text", {"en": "Code"}, name="code"),
                        FieldDraft("text", {"en": "Secret"}, name="secret", sensitive=True))  # fmt: skip
    add(
        cast, FieldDraft("text", {"en": "Loud"}, name="loud", computed="formula", definition={"formula": "UPPER(code)"})
    )
    refused = browser.post(f"{URL}/{row.pk}", {"label_en": "Code", "is_active": "true", "sensitive": "true"})
    assert refused.status_code == 422
    assert "Loud" in page_text(refused)
    tried = browser.post(f"{URL}/new/formula", {"label_en": "X", "formula": f"UPPER({secret.name})", "kind": "text"})
    assert tried.status_code == 422


def test_people_and_addresses_are_kinds_of_own_fields(cast: Cast, api: Client) -> None:
    add(cast, FieldDraft("people", {"en": "Team"}, name="team"), FieldDraft("address", {"en": "Site"}, name="site"))
    user = str(cast.users["owner"].pk)
    made = post(api, "customers", name="Alder", team=[user], site={"city": "Suzhou"})
    assert (made["team"], made["site"]) == ([user], {"city": "Suzhou"})
    assert api.get(f"/api/v1/customers?team__contains={user}&count=true").json()["count"] == 1
    assert api.get("/api/v1/customers?site__contains=Suzhou&count=true").json()["count"] == 1
    assert api.get("/api/v1/customers?team__isnull=true&count=true").json()["count"] == 0


def test_volatile_formulas_are_among_the_daily_work(cast: Cast) -> None:
    definition = {"formula": "DAYS(TODAY(), created_at)"}
    add(cast, FieldDraft("integer", {"en": "Age"}, name="age", computed="formula", definition=definition))
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        spec = spec_for(actor.organization, "customer")
        made = door.create(actor, spec, {"name": "Alder"})
        assert door.value_of(made, spec, "age") == 0
        spec.model._default_manager.filter(pk=made.pk).update(created_at=now() - timedelta(days=3))
        (started,) = jobs.start_daily(actor)
    jobs.compute_all.func(organization_id=str(cast.organization.pk), run_id=str(started.pk))
    with organization_scope(cast.organization.pk):
        made.refresh_from_db()
        assert door.value_of(made, spec, "age") == 3


def test_fields_are_set_up_by_programs_too(cast: Cast, api: Client) -> None:
    weight = post(api, "custom-fields", object="customer", name="weight", kind="decimal", labels={"en": "Weight"},
                  settings={"minimum": "0"}, default={"value": "2"})  # fmt: skip
    made = post(api, "custom-fields", object="customer", name="double", kind="decimal", labels={"en": "Double"},
                computed="formula", definition={"formula": "{Weight} * 2"})  # fmt: skip
    assert made["definition"]["formula"] == "weight * 2"
    assert post(api, "customers", name="Alder")["double"] == "4"
    wrong = post(api, "custom-fields", 422, object="customer", kind="decimal", labels={"en": "X"},
                 computed="formula", definition={"formula": "weight *"})  # fmt: skip
    assert (wrong["errors"][0]["field"], wrong["errors"][0]["code"]) == ("formula", "incomplete")
    path = f"/api/v1/custom-fields/{weight['id']}"
    assert api.delete(path).status_code == 422
    changed = api.patch(path, json.dumps({"kind": "text"}), content_type="application/json")
    assert changed.json()["code"] == "in_use"
    assert api.delete(f"/api/v1/custom-fields/{made['id']}").status_code == 204
    assert api.patch(path, json.dumps({"kind": "text"}), content_type="application/json").json()["kind"] == "text"
    assert [row["removed"] for row in api.get("/api/v1/custom-fields?object=customer").json()["items"]] == [False, True]
    for bad in ({"definition": {"first": "x", "pattern": "{number}"}, "computed": "number"},
                {"kind": "choice", "settings": {"narrowed": 5}}, {"kind": "integer", "settings": {"minimum": [1]}}):  # fmt: skip
        post(api, "custom-fields", 422, object="customer", labels={"en": "X"}, **bad)
