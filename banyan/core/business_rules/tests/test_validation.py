"""Validation rules through the doors that people and programs use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from banyan.core.business_rules.jobs import look_through
from banyan.core.business_rules.models import RuleCheck, ValidationRule
from banyan.core.identity.models import Role
from banyan.core.objects.models import CustomField
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer
from tests.cast import Cast, api_client, sign_in

URL = "/settings/validation-rules"
JSON: dict[str, Any] = {"content_type": "application/json"}
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


def tree(*conditions: tuple[str, str, Any]) -> str:
    return json.dumps({"all": [{"field": field, "op": op, "value": value} for field, op, value in conditions]})


@pytest.fixture
def admin_page(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def add_rule(page: Client, object_name: str = "customer", **sent: Any) -> Any:
    """Create a rule through its page: active customers need a phone, unless something else is said."""
    given = {
        "name": "Phone of active customers", "moment": "both", "severity": "refuse", "is_active": "true",
        "condition": tree(("status", "eq", "active")), "requirement": tree(("phone", "isnull", "false")),
        "message_en": "“{name}” needs a phone.", "message_zh": "“{name}”需要填写电话。", "field": "phone", **sent,
    }  # fmt: skip
    return page.post(f"{URL}/new/{object_name}", given)


def test_broken_rule_is_refused_by_every_door_with_its_message_at_its_field(cast: Cast, admin_page: Client) -> None:
    assert add_rule(admin_page).status_code == 303
    client = api_client(cast, "admin")

    refused = client.post("/api/v1/customers", {"name": "Harbor Light", "status": "active"}, **JSON)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "phone", "code": "rule.phone_of_active_customers", "message": "“Harbor Light” needs a phone."}
    ]
    form = admin_page.post("/customers/new", {"name": "Harbor Light", "status": "active"})
    assert (form.status_code, "“Harbor Light” needs a phone." in form.text) == (422, True)
    assert client.post("/api/v1/customers", {"name": "Prospect", "status": "prospect"}, **JSON).status_code == 201
    kept = client.post("/api/v1/customers", {"name": "A", "status": "active", "phone": "13800138000"}, **JSON)
    assert kept.status_code == 201
    emptied = client.patch(f"/api/v1/customers/{kept.json()['id']}", {"phone": None}, **JSON)
    assert emptied.status_code == 422
    rows = {"create": [{"name": "B", "status": "active"}, {"name": "C"}]}
    bulk = client.post("/api/v1/customers/bulk", rows, **JSON).json()
    assert [row["index"] for row in bulk["rejected"]] == [0]
    assert len(bulk["created"]) == 1


def test_warning_is_confirmed_by_form_and_interface_and_only_then_written(cast: Cast, admin_page: Client) -> None:
    add_rule(admin_page, severity="warn")
    sent = {"name": "Harbor Light", "status": "active", "fields": "name,status"}

    asked = admin_page.post("/customers/new", sent, headers=DIALOG)
    assert asked.status_code == 422
    assert "needs a phone" in asked.text
    action = "/customers/new?confirmed=warning.phone_of_active_customers"
    assert f'action="{action}"' in asked.text
    assert admin_page.post(action, sent, headers=DIALOG).status_code == 204

    client = api_client(cast, "admin")
    refused = client.post("/api/v1/customers", {"name": "B", "status": "active"}, **JSON)
    assert (refused.status_code, refused.json()["code"]) == (422, "unconfirmed")
    code = refused.json()["errors"][0]["code"]
    assert (
        client.post(f"/api/v1/customers?confirmed={code}", {"name": "B", "status": "active"}, **JSON).status_code == 201
    )
    assert client.post("/api/v1/customers?confirmed=true", {"name": "C", "status": "active"}, **JSON).status_code == 201
    other = client.post("/api/v1/customers?confirmed=warning.other", {"name": "D", "status": "active"}, **JSON)
    assert other.status_code == 422


def test_warning_of_a_cell_and_a_moved_card_asks_in_a_dialog(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    made = client.post("/api/v1/customers", {"name": "A", "phone": "13800138000", "status": "active"}, **JSON).json()
    add_rule(admin_page, severity="warn")

    asked = admin_page.post(f"/customers/{made['id']}/cells/phone", {"phone": ""}, headers={"HX-Request": "true"})
    assert asked.headers["HX-Retarget"] == "#dialog-body"
    assert "needs a phone" in asked.text
    again = f"/customers/{made['id']}/edit?confirmed=warning.phone_of_active_customers"
    assert f'action="{again}"' in asked.text
    assert admin_page.post(again, {"fields": "phone", "phone": ""}, headers=DIALOG).status_code == 204
    assert client.get(f"/api/v1/customers/{made['id']}").json()["phone"] in {"", None}


def test_rule_looks_through_a_link_and_only_at_changes_of_its_fields(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    shop = client.post("/api/v1/customers", {"name": "Shop", "industry": "retail"}, **JSON).json()
    clinic = client.post("/api/v1/customers", {"name": "Clinic", "industry": "medical"}, **JSON).json()
    person = client.post("/api/v1/contacts", {"name": "Li", "customer": shop["id"]}, **JSON).json()
    answer = add_rule(
        admin_page, "contact", name="Mobile in retail", condition=tree(("customer.industry", "eq", "retail")),
        requirement=tree(("mobile", "isnull", "false")), watched=["mobile", "customer"], field="mobile",
        message_en="Contacts of {customer} ({customer.industry}) need a mobile.", message_zh="",
    )  # fmt: skip
    assert answer.status_code == 303

    new = client.post("/api/v1/contacts", {"name": "Wang", "customer": shop["id"]}, **JSON)
    assert new.status_code == 422
    assert new.json()["errors"][0]["message"].startswith("Contacts of Shop (Retail")
    assert client.post("/api/v1/contacts", {"name": "Wang", "customer": clinic["id"]}, **JSON).status_code == 201
    assert client.patch(f"/api/v1/contacts/{person['id']}", {"name": "Li Wei"}, **JSON).status_code == 200
    moved = client.patch(f"/api/v1/contacts/{person['id']}", {"mobile": None, "customer": clinic["id"]}, **JSON)
    assert moved.status_code == 200
    assert client.patch(f"/api/v1/contacts/{person['id']}", {"customer": shop["id"]}, **JSON).status_code == 422


def test_role_is_excepted_and_a_rule_that_is_off_refuses_nothing(cast: Cast, admin_page: Client) -> None:
    with organization_scope(cast.organization.pk):
        manager = Role.objects.get(key="manager")
    add_rule(admin_page, excepted_roles=[str(manager.pk)])
    body = {"name": "A", "status": "active"}

    assert api_client(cast, "manager").post("/api/v1/customers", body, **JSON).status_code == 201
    assert api_client(cast, "owner").post("/api/v1/customers", body, **JSON).status_code == 422
    with organization_scope(cast.organization.pk):
        rule = ValidationRule.objects.get()
    assert admin_page.post(f"{URL}/{rule.pk}/switch").status_code == 303
    assert api_client(cast, "owner").post("/api/v1/customers", body, **JSON).status_code == 201


def test_page_tells_which_existing_records_break_a_rule_and_tries_one(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    made = client.post("/api/v1/customers", {"name": "No Phone Ltd", "status": "active"}, **JSON).json()
    client.post("/api/v1/customers", {"name": "With Phone", "status": "active", "phone": "13800138000"}, **JSON)
    add_rule(admin_page)
    with organization_scope(cast.organization.pk):
        rule = ValidationRule.objects.get()

    assert admin_page.post(f"{URL}/{rule.pk}/check").status_code == 303
    with organization_scope(cast.organization.pk):
        found = RuleCheck.objects.get()
    assert (found.is_done, found.checked, found.broken) == (True, 2, 1)
    page = admin_page.get(f"{URL}/{rule.pk}").text
    assert "No Phone Ltd" in page
    assert "With Phone" not in page
    sent = {
        "name": rule.name, "moment": "both", "severity": "refuse", "requirement": tree(("phone", "isnull", "false")),
        "message_en": "No phone", "record": made["id"], "try": "1",
    }  # fmt: skip
    assert "This record breaks the rule: No phone" in admin_page.post(f"{URL}/{rule.pk}", sent).text
    with organization_scope(cast.organization.pk):
        assert ValidationRule.objects.get().messages["en"] == "“{name}” needs a phone.", "trying saves nothing"


def test_rule_that_says_nothing_or_names_what_is_not_there_is_refused(cast: Cast, admin_page: Client) -> None:
    nothing = add_rule(admin_page, requirement="")
    assert (nothing.status_code, "Say what must hold" in nothing.text) == (422, True)
    unknown = add_rule(admin_page, message_en="{colour} is wrong", requirement=tree(("shape", "eq", "1")))
    assert unknown.status_code == 422
    assert "colour" in unknown.text
    assert "shape" in unknown.text
    with organization_scope(cast.organization.pk):
        assert ValidationRule.objects.count() == 0


def test_only_those_who_customise_reach_the_pages(cast: Cast) -> None:
    page = sign_in(cast, "owner")
    assert page.get(URL).status_code == 403
    assert page.post(f"{URL}/new/customer", {"name": "x"}).status_code == 403


def test_undo_brings_back_what_a_later_rule_would_refuse(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    made = client.post("/api/v1/customers", {"name": "A", "status": "active"}, **JSON).json()
    changed = client.post(
        "/api/v1/customers/bulk", {"update": [{"id": made["id"], "status": "prospect"}]}, **JSON
    ).json()
    add_rule(admin_page)

    assert client.post(f"/api/v1/undo/{changed['batch']}").status_code == 200
    with organization_scope(cast.organization.pk):
        assert Customer.objects.get().status == "active"


def test_formula_must_be_true_and_a_wrong_one_is_refused_with_its_place(cast: Cast, admin_page: Client) -> None:
    wrong = add_rule(admin_page, "opportunity", requirement="", expression="amount <= ", field="amount", name="Limit",
                     condition="", message_en="{amount} is too much.")  # fmt: skip
    assert (wrong.status_code, "at character" in wrong.text) == (422, True)
    no_condition = add_rule(admin_page, "opportunity", requirement="", expression="amount + 1", field="", name="Limit",
                            condition="", message_en="No")  # fmt: skip
    assert no_condition.status_code == 422
    right = add_rule(
        admin_page, "opportunity", requirement="", expression="COALESCE(amount, 0) <= 1000 OR ISBLANK(customer) = false",
        field="amount", name="Limit", condition="", message_en="{amount} is too much.", message_zh="",
    )  # fmt: skip
    assert right.status_code == 303, right.text
    client = api_client(cast, "admin")

    refused = client.post("/api/v1/opportunities", {"name": "Big", "amount": "5000"}, **JSON)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["message"].endswith("5,000 is too much.")
    assert client.post("/api/v1/opportunities", {"name": "Small", "amount": "900"}, **JSON).status_code == 201


def test_field_that_a_rule_needs_cannot_be_taken_out_of_use(cast: Cast, admin_page: Client) -> None:
    admin_page.post("/settings/fields/customer/new", {"label_en": "Fax", "label_zh": "传真", "kind": "text"})
    with organization_scope(cast.organization.pk):
        field = CustomField.objects.get(name="fax")
    add_rule(admin_page, requirement=tree(("fax", "isnull", "false")), name="Fax needed")

    page = admin_page.post(
        f"/settings/fields/customer/{field.pk}",
        {"label_en": "Fax", "label_zh": "传真", "kind": "text", "is_active": ""},
    )

    assert "Fax needed" in page.text
    with organization_scope(cast.organization.pk):
        assert CustomField.objects.get(name="fax").is_active


def test_many_records_are_looked_through_in_the_background(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    client.post("/api/v1/customers", {"name": "No Phone Ltd", "status": "active"}, **JSON)
    add_rule(admin_page)
    with organization_scope(cast.organization.pk):
        rule = ValidationRule.objects.get()
        RuleCheck.objects.create(organization=cast.organization, rule=rule, total=5_000)
    waiting = admin_page.get(f"{URL}/{rule.pk}/check/part").text
    assert f'hx-get="{URL}/{rule.pk}/check/part"' in waiting

    look_through.func(organization_id=str(cast.organization.pk), rule_id=str(rule.pk))

    done = admin_page.get(f"{URL}/{rule.pk}/check/part").text
    assert "1 record breaks the rule." in done
    assert "No Phone Ltd" in done
    assert "hx-get" not in done
