"""What is decided about papers, payment and forms goes with the configuration file into another organization."""

from __future__ import annotations

import pytest

from banyan.billing.services.deciding import save_settings
from banyan.billing.services.plans import save_template
from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.founding import found_organization
from banyan.core.configuration.applying import apply_document
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.documents.kinds import document_kinds
from banyan.documents.services.letterheads import change_letterhead
from banyan.documents.services.texts import change_texts
from banyan.leads.services.forms import FormValues, save_form

PARTS = ("letterhead", "document_texts", "billing", "payment_terms", "lead_forms")


def company(name: str) -> Organization:
    return found_organization(name=name, edition="standard", language="en", currency="USD")


def parts_of(actor: Actor) -> dict[str, object]:
    document = current_document(actor.organization)
    return {name: document.entries.get(name) for name in PARTS}


@pytest.mark.django_db
def test_decisions_about_papers_payment_and_forms_travel_with_the_file() -> None:
    first, second = company("First"), company("Second")
    with organization_scope(first.pk):
        actor = system_actor(first)
        change_letterhead(actor, {"name_en": "First Ltd.", "bank_name": "Bank of Example", "accent": "navy"}, {})
        change_texts(actor, document_kinds["quote"], "en", {"intro": "Dear {customer},", "terms": ""})
        save_settings(actor, {"term_days": 45, "reminds_customer": True, "level_limits": {"a": "5000"}})
        rows = [{"name": "All", "percent": "100", "event": "confirmed", "days_after": 14}]
        save_template(actor, None, name="Fourteen days", rows=rows)
        fields = [{"name": "name", "required": True, "zh": "", "en": "Your name"}]
        save_form(actor, None, FormValues("Fair", fields, consent_required=False, sites=["https://example.com"]))
        text = write_document(current_document(first))
        wanted = parts_of(actor)
    with organization_scope(second.pk):
        actor = system_actor(second)
        before = parts_of(actor)
        apply_document(actor, read_document(text))
        got = parts_of(actor)

    assert before != wanted
    assert got == wanted
