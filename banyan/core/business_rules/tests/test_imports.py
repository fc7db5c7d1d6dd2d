"""Files meet the rules row by row, and whoever takes rows again has read what was said of them."""

from __future__ import annotations

import json
from collections import Counter

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.business_rules.models import Assignment
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.models import Import, RejectedRow
from banyan.customers.models import Customer
from tests.cast import Cast, sign_in

PHONE = json.dumps({"all": [{"field": "phone", "op": "isnull", "value": "false"}]})
FILE = "name,phone\nHarbor Light,13800138000\nNo Phone,\nHarbor-Light,13900139000\nQuiet River,13700137000\n"
PLAN = {"field_0": "name", "field_1": "phone", "match": "ask", "import": "1"}


def bring(page: Client) -> str:
    answer = page.post("/imports/new", {"object": "customer", "file": SimpleUploadedFile("a.csv", FILE.encode())})
    address = str(answer["Location"])
    page.post(f"{address}/start", PLAN)
    return address


def test_rows_are_put_aside_with_what_rules_say_and_go_in_when_they_are_taken_again(cast: Cast) -> None:
    page = sign_in(cast, "admin")
    rule = {"name": "Phone", "moment": "both", "severity": "warn", "is_active": "true", "requirement": PHONE}
    assert (
        page.post("/settings/validation-rules/new/customer", {**rule, "message_en": "{name}: no phone"}).status_code
        == 303
    )
    same = {"name": "Same name", "action": "refuse", "reach": "organization", "is_active": "true"}
    matches = {"match_field": ["name"], "match_kind": ["normalised"]}
    assert page.post("/settings/duplicate-rules/new/customer", {**same, **matches}).status_code == 303

    address = bring(page)

    with organization_scope(cast.organization.pk):
        task = Import.objects.get()
        assert (task.created, task.rejected) == (2, 2)
        said = {row.number: row.errors[0]["message"] for row in RejectedRow.objects.all()}
        assert "No Phone: no phone" in said.values()
        assert "There is such a record already." in said.values()
    page.post(f"{address}/rows", {})
    with organization_scope(cast.organization.pk):
        assert sorted(Customer.objects.values_list("name", flat=True)) == ["Harbor Light", "No Phone", "Quiet River"]
        assert RejectedRow.objects.count() == 1, "what is there already is asked about again"


def test_rows_without_owner_are_assigned_in_turn(cast: Cast) -> None:
    page = sign_in(cast, "admin")
    made = page.post(
        "/settings/assignment-rules/new/customer", {"name": "Turns", "is_active": "true", "sources": ["import"]}
    )
    people = [f"person:{cast.users[name].pk}" for name in ("owner", "teammate")]
    page.post(str(made["Location"]), {"way": "turns", "taker": people, "weight": ["1", "1"]})

    bring(page)

    with organization_scope(cast.organization.pk):
        owners = Counter(Customer.objects.values_list("owner_id", flat=True))
        assert set(owners) == {cast.users["owner"].pk, cast.users["teammate"].pk}
        assert max(owners.values()) - min(owners.values()) <= 1
        assert Assignment.objects.count() == sum(owners.values())
