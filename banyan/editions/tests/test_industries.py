"""The templates of industries can be applied to a new organization in either language, and twice."""

from __future__ import annotations

import pytest

from banyan.core.access.actor import system_actor
from banyan.core.access.founding import add_administrator, found_organization
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import read_document
from banyan.core.configuration.templates import templates
from banyan.core.objects.pick_lists import find_list
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.scope import organization_scope


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "language"), [("manufacturing", "zh-hans"), ("software", "en")])
def test_template_changes_nothing_more_when_it_is_applied_again(key: str, language: str) -> None:
    document = read_document(templates[key].text(language), source=key)
    organization = found_organization(name="New", language=language)
    add_administrator(organization, name="Ada", email="ada@new.test", password="correct horse battery")
    with organization_scope(organization.pk):
        actor = system_actor(organization)
        apply_document(actor, document)

        assert plan_of(actor, document).is_empty
        assert all(option.active for option in find_list(organization, "customer.source").options)
        made = [spec for spec in specs_for(organization).values() if spec.is_custom]
        assert made
        assert all(spec.custom_fields for spec in made)
