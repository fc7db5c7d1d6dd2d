"""The templates of industries can be applied to a new organization in either language, and twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from banyan.core.access.actor import system_actor
from banyan.core.access.founding import add_administrator, found_organization
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import read_document
from banyan.core.configuration.templates import templates
from banyan.core.objects.configuration_parts import configuration_parts
from banyan.core.objects.pick_lists import find_list
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.editions.wiring import INDUSTRIES
from tests.cast import Cast


@pytest.fixture
def applied(db: None) -> Callable[[str, str], Organization]:
    """Apply a template to a new organization that speaks a language."""

    def apply(key: str, language: str) -> Organization:
        organization = found_organization(name="New", language=language)
        add_administrator(organization, name="Ada", email="ada@new.test", password="correct horse battery")
        with organization_scope(organization.pk):
            apply_document(system_actor(organization), read_document(templates[key].text(language), source=key))
        return organization

    return apply


@pytest.mark.parametrize(
    ("key", "language"), [("manufacturing", "zh-hans"), ("software", "en"), ("finance", "zh-hans")]
)
def test_template_changes_nothing_more_when_it_is_applied_again(
    applied: Callable[[str, str], Organization], key: str, language: str
) -> None:
    organization = applied(key, language)
    with organization_scope(organization.pk):
        document = read_document(templates[key].text(language), source=key)

        assert plan_of(system_actor(organization), document).is_empty
        # What customers are promised and whom one writes to comes along, ready for when the modules are switched on.
        wanted = document.entries
        assert [row["key"] for row in configuration_parts["segments"].read(organization)] == list(wanted["segments"])
        assert set(wanted["service_answers"]) <= {
            row["key"] for row in configuration_parts["service_answers"].read(organization)
        }
        assert (
            configuration_parts["service_settings"].read(organization)[0]["targets"]
            == wanted["service_settings"]["service"]["targets"]
        )
        kinds = {option.code for option in find_list(organization, "ticket.kind").options}
        assert {option["code"] for option in wanted["pick_lists"]["ticket.kind"]["options"]} <= kinds
        assert all(option.active for option in find_list(organization, "customer.source").options)
        made = [spec for spec in specs_for(organization).values() if spec.is_custom]
        assert made
        assert all(spec.custom_fields for spec in made)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_template_fits_a_new_organization(scope: Cast, language: str) -> None:
    actor = system_actor(scope.organization)
    for key, _icon, _industries in INDUSTRIES:
        plan = plan_of(actor, read_document(templates[key].text(language), source=key))
        assert not plan.is_empty, key
