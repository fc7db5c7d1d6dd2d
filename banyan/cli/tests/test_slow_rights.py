"""The doctor names rights on conditions that are slow: rule, field, and the way out."""

from __future__ import annotations

import pytest
from django.utils import translation

from banyan.cli import slow_rights
from banyan.cli.slow_rights import check_conditions
from banyan.core.access.models import SharingRule
from banyan.core.identity.models import Role
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from tests.cast import Cast


@pytest.fixture
def crowded(scope: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """An organization in which two customers are very many."""
    monkeypatch.setattr(slow_rights, "MANY", 1)
    admin = scope.actor("admin")
    for name in ("Bund Trading", "Pudong Steel"):
        door.create(admin, spec_for(scope.organization, "customer"), {"name": name})
    return scope


def told() -> str:
    with translation.override("en"):
        result = check_conditions()
        return f"{result.state}: {result.message} {result.advice}"


def test_rules_and_roles_that_ask_for_a_field_without_index_are_named(crowded: Cast) -> None:
    admin = crowded.actor("admin")
    field = create_custom_field(admin, "customer", FieldDraft("text", {"en": "Shoe size"}, name="shoe_size"))
    condition = {"all": [{"field": "shoe_size", "op": "eq", "value": "42"}]}
    assert told().startswith("ok")
    SharingRule.objects.create(
        organization=crowded.organization, name="Big feet", object_name="customer", condition=condition
    )
    role = Role.objects.get(key="salesperson")
    linked = {"field": "customer.shoe_size", "op": "eq", "value": "42"}
    role.grants = {**role.grants, "contact": {"view": ["own", {"scope": "all", "condition": linked}]}}
    role.field_grants = {"customer.phone": {"level": "hidden", "except": {"scope": "all", "condition": condition}}}
    role.save()

    found = told()
    assert found.startswith("warning")
    assert "the sharing rule “Big feet” asks for “Shoe size”" in found
    assert f"the role “{role.name}” asks for “Shoe size”" in found
    assert found.count("Shoe size") == 2, "the same is told once"
    assert "Switch on “Indexed”" in found

    change_custom_field(admin, field.pk, is_indexed=True)
    assert told().startswith("ok")


def test_a_rule_that_asks_for_own_fields_of_few_records_is_no_trouble(
    crowded: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_custom_field(crowded.actor("admin"), "customer", FieldDraft("text", {"en": "Shoe size"}, name="shoe_size"))
    condition = {"field": "shoe_size", "op": "eq", "value": "42"}
    SharingRule.objects.create(
        organization=crowded.organization, name="Big feet", object_name="customer", condition=condition
    )
    monkeypatch.setattr(slow_rights, "MANY", 2)

    assert told().startswith("ok")
