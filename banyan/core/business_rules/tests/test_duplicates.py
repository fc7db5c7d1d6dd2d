"""Duplicate rules through forms, interface, imports and their pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from banyan.core.business_rules.jobs import forget_gone, make_keys
from banyan.core.business_rules.models import DuplicateKey, DuplicateRule
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, api_client, sign_in

URL = "/settings/duplicate-rules"
JSON: dict[str, Any] = {"content_type": "application/json"}
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def admin_page(cast: Cast) -> Client:
    return sign_in(cast, "admin")


def add_rule(page: Client, object_name: str, *matches: tuple[str, str], **sent: Any) -> Any:
    given = {
        "name": "Same product code", "action": "refuse", "reach": "organization", "is_active": "true",
        "match_field": [name for name, _kind in matches], "match_kind": [kind for _name, kind in matches], **sent,
    }  # fmt: skip
    return page.post(f"{URL}/new/{object_name}", given)


def rule_of(cast: Cast) -> DuplicateRule:
    with organization_scope(cast.organization.pk):
        return DuplicateRule.objects.get()


def test_same_value_but_for_spelling_is_refused_for_new_and_changed_records_of_any_object(
    cast: Cast, admin_page: Client
) -> None:
    client = api_client(cast, "admin")
    old = client.post("/api/v1/opportunities", {"name": "Big Deal 2026"}, **JSON)
    assert old.status_code == 201
    assert add_rule(admin_page, "opportunity", ("name", "normalised")).status_code == 303

    refused = client.post("/api/v1/opportunities", {"name": "big-deal 2026"}, **JSON)
    assert refused.status_code == 422
    error = refused.json()["errors"][0]
    assert (error["field"], error["code"]) == ("name", "duplicate.same_product_code")
    assert "“Big Deal 2026”" in error["message"]
    other = client.post("/api/v1/opportunities", {"name": "Small Deal"}, **JSON).json()
    changed = client.patch(f"/api/v1/opportunities/{other['id']}", {"name": "BIG DEAL 2026"}, **JSON)
    assert changed.status_code == 422
    same = client.patch(f"/api/v1/opportunities/{old.json()['id']}", {"name": "Big deal 2026"}, **JSON)
    assert same.status_code == 200, "a record is no duplicate of itself"
    rows = {"create": [{"name": "Twin"}, {"name": "twin"}, {"name": "Other"}]}
    bulk = client.post("/api/v1/opportunities/bulk", rows, **JSON).json()
    assert [row["index"] for row in bulk["rejected"]] == [1]


def test_similar_names_warn_and_can_be_confirmed_and_what_is_typed_is_looked_up(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    client.post("/api/v1/opportunities", {"name": "Harbor Light refit"}, **JSON)
    add_rule(admin_page, "opportunity", ("name", "fuzzy"), action="warn", name="Similar deals")

    typed = admin_page.get("/opportunities/duplicates?name=Harbour+Lights+refit", headers={"HX-Request": "true"})
    assert "Harbor Light refit" in typed.text
    assert "Similar deals" in typed.text
    sent = {"name": "Harbour Lights refit", "fields": "name"}
    asked = admin_page.post("/opportunities/new", sent, headers=DIALOG)
    assert (asked.status_code, "Similar deals" in asked.text) == (422, True)
    action = "/opportunities/new?confirmed=warning.duplicate.similar_deals"
    assert admin_page.post(action, sent, headers=DIALOG).status_code == 204
    assert client.post("/api/v1/opportunities", {"name": "Quiet River"}, **JSON).status_code == 201


def test_hidden_duplicate_is_told_without_its_name_and_not_at_all_when_the_rule_stays_in_sight(
    cast: Cast, admin_page: Client
) -> None:
    api_client(cast, "admin").post("/api/v1/opportunities", {"name": "Secret Deal"}, **JSON)
    add_rule(admin_page, "opportunity", ("name", "exact"))
    seller = api_client(cast, "salesperson")

    refused = seller.post("/api/v1/opportunities", {"name": "Secret Deal"}, **JSON)
    assert refused.status_code == 422
    assert "may not see" in refused.json()["errors"][0]["message"]
    rule = rule_of(cast)
    sent = {
        "name": rule.name, "action": "refuse", "reach": "visible", "is_active": "true", "match_field": ["name"],
        "match_kind": ["exact"],
    }  # fmt: skip
    assert admin_page.post(f"{URL}/{rule.pk}", sent).status_code == 303
    assert seller.post("/api/v1/opportunities", {"name": "Secret Deal"}, **JSON).status_code == 201


def test_page_lists_what_is_found_and_forgets_pairs_that_are_no_duplicates(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    ids = [
        client.post("/api/v1/opportunities", {"name": name}, **JSON).json()["id"] for name in ("Deal", "DEAL", "Else")
    ]
    add_rule(admin_page, "opportunity", ("name", "normalised"), action="report")
    rule = rule_of(cast)

    page = admin_page.get(f"{URL}/{rule.pk}/found").text
    assert f"ids={ids[0]}&amp;ids={ids[1]}" in page
    assert ids[2] not in page
    assert client.post("/api/v1/opportunities", {"name": "deal"}, **JSON).status_code == 201, "it only reports"
    with organization_scope(cast.organization.pk):
        assert DuplicateKey.objects.count() == 4
    assert admin_page.post(f"{URL}/{rule.pk}/distinct", {"ids": ids[:2]}).status_code == 303
    assert f"ids={ids[0]}&amp;ids={ids[1]}" not in admin_page.get(f"{URL}/{rule.pk}/found").text


def test_rule_of_its_own_joins_the_built_in_search_for_customers(cast: Cast, admin_page: Client) -> None:
    client = api_client(cast, "admin")
    client.post("/api/v1/customers", {"name": "Acme Ltd", "website": "https://acme.example"}, **JSON)
    add_rule(admin_page, "customer", ("website", "exact"), name="Same site")

    refused = client.post("/api/v1/customers", {"name": "Zenith", "website": "https://acme.example"}, **JSON)
    assert refused.status_code == 422
    like = admin_page.get("/customers/duplicates?name=Acme+Limited", headers={"HX-Request": "true"})
    assert "Acme Ltd" in like.text, "the built-in search goes on"


def test_field_that_tells_nothing_apart_is_refused(cast: Cast, admin_page: Client) -> None:
    assert add_rule(admin_page, "customer").status_code == 422
    vague = add_rule(admin_page, "opportunity", ("amount", "fuzzy"))
    assert (vague.status_code, "cannot be compared like this" in vague.text) == (422, True)
    with organization_scope(cast.organization.pk):
        assert DuplicateRule.objects.count() == 0


def test_large_rules_get_their_keys_in_the_background_and_gone_records_lose_theirs(
    cast: Cast, admin_page: Client
) -> None:
    client = api_client(cast, "admin")
    made = client.post("/api/v1/opportunities", {"name": "Deal"}, **JSON).json()
    add_rule(admin_page, "opportunity", ("name", "exact"))
    rule = rule_of(cast)
    with organization_scope(cast.organization.pk):
        DuplicateKey.objects.all().delete()
        make_keys.func(organization_id=str(cast.organization.pk), rule_id=str(rule.pk))
        assert [str(key.record_id) for key in DuplicateKey.objects.all()] == [made["id"]]
        spec = spec_for(cast.organization, "opportunity")
        spec.model._default_manager.filter(pk=made["id"]).delete()
        forget_gone.func(timestamp=0)
        assert DuplicateKey.objects.count() == 0
