"""Rules leave an organization as a document and come into another one just the same."""

from __future__ import annotations

from typing import Any

import pytest

from banyan.core.business_rules.models import AssignmentRule, DuplicateRule, ValidationRule
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.configuration_parts import KEY, Change, configuration_parts
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast

PARTS = ("validation_rules", "duplicate_rules", "assignment_rules")
RULES: dict[str, dict[str, Any]] = {
    "validation_rules": {
        KEY: "customer.phone", "object": "customer", "name": "Phone", "messages": {"zh": "请填写电话", "en": "Phone, please"},
        "condition": {"field": "owner", "op": "eq", "value": "owner@cast.test"}, "field": "phone", "severity": "warn",
        "requirement": {"field": "phone", "op": "isnull", "value": False}, "not_for_roles": ["manager"],
    },
    "duplicate_rules": {
        KEY: "customer.site", "object": "customer", "name": "Site", "matches": [{"field": "website", "kind": "exact"}],
    },
    "assignment_rules": {
        KEY: "customer.turns", "object": "customer", "name": "Turns", "sources": ["api"], "else": "owner@cast.test",
        "entries": [
            {"way": "weighted", "takers": [
                {"kind": "person", "name": "teammate@cast.test", "weight": 3}, {"kind": "role", "name": "manager"},
                {"kind": "department", "name": "Sales / Sales South"},
            ]},
            {"way": "queue", "condition": {"field": "status", "op": "eq", "value": "lost"}},
        ],
    },
}  # fmt: skip


def apply(cast: Cast, name: str, entry: dict[str, Any] | None, before: dict[str, Any] | None = None) -> None:
    part = configuration_parts[name]
    key = (entry or before or {})[KEY]
    full = part.completed(entry) if entry is not None else None
    part.apply(cast.actor("admin"), Change(key, part.completed(before) if before else None, full))


def exported(cast: Cast, name: str) -> list[dict[str, Any]]:
    part = configuration_parts[name]
    return [part.completed(entry) for entry in part.read(cast.organization)]


@pytest.mark.parametrize("name", PARTS)
def test_what_is_applied_is_exported_the_same_changes_and_goes(scope: Cast, name: str) -> None:
    part, entry = configuration_parts[name], RULES[name]
    assert list(part.problems(entry)) == []
    apply(scope, name, entry)
    assert exported(scope, name) == [part.completed(entry)]

    apply(scope, name, {**entry, "name": "Other", "active": False}, entry)
    assert exported(scope, name) == [part.completed({**entry, "name": "Other", "active": False})]
    apply(scope, name, None, entry)
    assert exported(scope, name) == []


def test_document_that_names_somebody_unknown_is_refused(scope: Cast) -> None:
    entry = {**RULES["assignment_rules"], "else": "nobody@cast.test"}
    with pytest.raises(Invalid, match=r"nobody@cast\.test"):
        apply(scope, "assignment_rules", entry)


def test_rules_of_one_organization_are_none_of_another_one(scope: Cast, strangers: Cast) -> None:
    for name in PARTS:
        apply(scope, name, RULES[name])
    with organization_scope(strangers.organization.pk):
        assert all(model.objects.count() == 0 for model in (ValidationRule, DuplicateRule, AssignmentRule))
