"""What is exported and applied elsewhere is the same when it is exported there."""

from __future__ import annotations

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.founding import found_organization
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.tenancy.scope import organization_scope


def test_export_is_unchanged_when_it_is_applied_to_an_empty_organization(admin: Actor) -> None:
    create_custom_field(admin, "customer", FieldDraft("choice", {"zh": "电池", "en": "Battery"}, options=("Li", "Na")))
    text = write_document(current_document(admin.organization))
    other = found_organization(name="Other", language="en")
    with organization_scope(other.pk):
        actor = system_actor(other)
        apply_document(actor, read_document(text))
        assert plan_of(actor, read_document(text)).is_empty
        again = write_document(current_document(other))
    assert again.replace("name: Other", "name: Banyan Test Company") == text
