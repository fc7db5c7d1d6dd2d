"""Record types: given to new records, narrowing what they offer, and a field as any other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.identity.services import create_token
from banyan.core.kernel.errors import Conflict, Invalid, NotAllowed
from banyan.core.layouts.models import RecordType
from banyan.core.layouts.record_types import TypeDraft, delete_record_type, order_record_types, save_record_type
from banyan.core.layouts.resolution import types_of
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from tests.cast import Cast, sign_in

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
TYPES = "/settings/layouts/customer/types"


@pytest.fixture
def key_account(admin: Actor) -> RecordType:
    return save_record_type(admin, "customer", None, TypeDraft({"zh": "大客户", "en": "Key account"}, code="key"))


@pytest.fixture
def dealer(admin: Actor, key_account: RecordType) -> RecordType:
    draft = TypeDraft({"zh": "经销商", "en": "Dealer"}, code="dealer", choices={"level": ["a", "b"]})
    return save_record_type(admin, "customer", None, draft)


def customer(actor: Actor, **values: Any) -> Any:
    return door.create(actor, spec_for(actor.organization, "customer"), {"name": "Harbor", **values})


def test_type_of_new_record_is_the_first_when_nobody_chose(admin: Actor, dealer: RecordType) -> None:
    assert customer(admin).custom["record_type"] == "key"

    order_record_types(admin, "customer", [dealer.pk])

    assert customer(admin, name="Second").custom["record_type"] == "dealer"


def test_type_of_new_record_is_the_first_choice_of_a_role(admin: Actor, scope: Cast, dealer: RecordType) -> None:
    salesperson = str(Role.objects.get(key="salesperson").pk)
    draft = TypeDraft({"zh": "经销商"}, default_for=[salesperson], choices={"level": ["a", "b"]})
    save_record_type(admin, "customer", dealer, draft)

    assert customer(scope.actor("salesperson")).custom["record_type"] == "dealer"
    assert customer(admin, name="Second").custom["record_type"] == "key"


def test_type_is_refused_when_no_role_may_use_it(admin: Actor, scope: Cast, dealer: RecordType) -> None:
    manager = str(Role.objects.get(key="manager").pk)
    save_record_type(admin, "customer", dealer, TypeDraft({"zh": "经销商"}, roles=[manager]))
    salesperson = scope.actor("salesperson")

    assert [entry.code for entry in types_of(salesperson, spec_for(admin.organization, "customer"))] == ["key"]
    with pytest.raises(Invalid) as refused:
        customer(salesperson, record_type="dealer")
    assert [error.code for error in refused.value.errors] == ["unusable_type"]


def test_values_that_a_type_does_not_offer_are_refused_and_old_ones_stay(admin: Actor, dealer: RecordType) -> None:
    with pytest.raises(Invalid) as refused:
        customer(admin, record_type="dealer", level="c")
    assert [(error.field, error.code) for error in refused.value.errors] == [("level", "not_offered")]

    spec = spec_for(admin.organization, "customer")
    made = customer(admin, record_type="dealer", level="b")
    save_record_type(admin, "customer", dealer, TypeDraft({"zh": "经销商"}, choices={"level": ["a"]}))

    door.update(admin, spec, made.pk, {"name": "Renamed"})
    with pytest.raises(Invalid):
        door.update(admin, spec, made.pk, {"level": "c"})


def test_form_asks_for_the_type_only_where_there_is_a_choice(
    admin: Actor, scope: Cast, key_account: RecordType
) -> None:
    browser = sign_in(scope, "admin")
    assert 'name="name"' in browser.get("/customers/new", headers=DIALOG).content.decode()

    save_record_type(admin, "customer", None, TypeDraft({"en": "Dealer"}, code="dealer", choices={"level": ["a"]}))
    asked = browser.get("/customers/new?city=x", headers=DIALOG).content.decode()
    form = browser.get("/customers/new?record_type=dealer", headers=DIALOG).content.decode()

    assert "record_type=dealer" in asked
    assert "record_type=key" in asked
    assert 'name="name"' not in asked
    assert '<input type="hidden" name="record_type" value="dealer">' in form
    assert "Dealer" in form
    level = form[form.index('data-field="level"') :].partition("</select>")[0]
    assert [code for code in ("a", "b", "c") if f'value="{code}"' in level] == ["a"]

    browser.post("/customers/new", {"name": "Made", "record_type": "dealer", "level": "a"}, headers=DIALOG)
    rows = browser.get("/customers?record_type=dealer&display=table").content.decode()
    assert "Made" in rows


def test_type_is_filtered_changed_and_told_as_any_field(admin: Actor, scope: Cast, dealer: RecordType) -> None:
    assert admin.user
    secret = create_token(admin.user, name="test")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    sent = json.dumps({"name": "By a program", "record_type": "dealer"})

    made = client.post("/api/v1/customers", sent, content_type="application/json").json()
    found = client.get("/api/v1/customers?record_type=dealer").json()["items"]
    changed = json.dumps({"record_type": "Key account"})
    client.patch(f"/api/v1/customers/{made['id']}", changed, content_type="application/json")
    history = sign_in(scope, "admin").get(f"/customers/{made['id']}/history").content.decode()

    assert [row["name"] for row in found] == ["By a program"]
    assert client.get(f"/api/v1/customers/{made['id']}").json()["record_type"] == "key"
    assert "Dealer" in history
    assert "Key account" in history


def test_type_in_use_is_not_deleted_and_the_last_one_not_switched_off(admin: Actor, dealer: RecordType) -> None:
    made = customer(admin, record_type="dealer")

    with pytest.raises(Conflict) as refused:
        delete_record_type(admin, "customer", dealer.pk)
    assert refused.value.code == "type_in_use"

    door.update(admin, spec_for(admin.organization, "customer"), made.pk, {"record_type": "key"})
    delete_record_type(admin, "customer", dealer.pk)
    row = RecordType.objects.get(code="key")
    with pytest.raises(Conflict):
        save_record_type(admin, "customer", row, TypeDraft(row.labels, is_active=False))


def test_bad_types_are_refused_with_what_is_wrong(admin: Actor, scope: Cast, key_account: RecordType) -> None:
    wrong = {
        "code_taken": TypeDraft({"zh": "x"}, code="key"),
        "bad_code": TypeDraft({"zh": "x"}, code="no blanks"),
        "required": TypeDraft({}),
        "no_choice": TypeDraft({"zh": "x"}, choices={"name": ["a"]}),
        "unknown_choice": TypeDraft({"zh": "x"}, choices={"level": ["zzz"]}),
        "no_values": TypeDraft({"zh": "x"}, choices={"level": []}),
    }
    for code, draft in wrong.items():
        with pytest.raises((Invalid, Conflict)) as refused:
            save_record_type(admin, "customer", None, draft)
        problem = refused.value
        assert code in {problem.code, *(error.code for error in getattr(problem, "errors", ()))}

    with pytest.raises(NotAllowed):
        save_record_type(scope.actor("salesperson"), "customer", None, TypeDraft({"zh": "x"}))


def test_pages_make_change_order_and_delete_types(admin: Actor, scope: Cast) -> None:
    browser = sign_in(scope, "admin")
    browser.post(f"{TYPES}/new", {"label_zh": "大客户", "label_en": "Key account", "icon": "star", "is_active": "on"})
    browser.post(f"{TYPES}/new", {"label_en": "Dealer", "is_active": "on", "offers__level": ["a"]})
    key, dealer = RecordType.objects.all()

    assert (key.icon, dealer.choices["level"]) == ("star", ["a"])
    assert browser.get(f"{TYPES}/{dealer.pk}").status_code == 200
    browser.post(f"{TYPES}/order", {"ids": [str(dealer.pk), str(key.pk)]})
    page = browser.get("/settings/layouts/customer").content.decode()
    assert page.index("Dealer") < page.index("Key account")
    assert "1 field narrowed" in page

    browser.post(f"{TYPES}/{dealer.pk}/delete")
    assert [row.code for row in RecordType.objects.all()] == [key.code]
    told = browser.get("/settings/changes").content.decode()
    assert "Record type" in told
