"""Settings, scoring rules and checklist of leads in the configuration file."""

from __future__ import annotations

from banyan.core.access.actor import system_actor
from banyan.core.access.founding import found_organization
from banyan.core.configuration.applying import apply_document, plan_of
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.leads.models import LeadQuestion, ScoreRule
from banyan.leads.public import save_setting
from banyan.leads.services.settings import QuestionValues, RuleValues, delete_rule, save_question, save_rule
from banyan.leads.setting import lead_setting
from tests.cast import Cast

PARTS = ("lead_settings", "lead_scores", "lead_questions")


def test_choices_about_leads_travel_to_another_organization(inside: Cast) -> None:
    admin = inside.actor("admin")
    save_setting(admin, answer_minutes=15, mapping={"customer": {"notes": ""}})
    save_rule(admin, None, RuleValues({"field": "company", "op": "contains", "value": "Harbor"}, 70, name="Known"))
    save_question(admin, None, QuestionValues("Is there a plan?", is_needed=False))
    delete_rule(admin, ScoreRule.objects.get(key="usual_1").pk)
    text = write_document(current_document(admin.organization, PARTS))
    other = found_organization(name="Other", language="en")
    Organization.objects.filter(pk=other.pk).update(edition="standard")

    with organization_scope(other.pk):
        other.refresh_from_db()
        apply_document(system_actor(other), read_document(text), removes_extra=True)

        assert ScoreRule.objects.filter(name="Known", points=70).exists()
        assert not ScoreRule.objects.filter(key="usual_1").exists()
        assert LeadQuestion.objects.filter(text="Is there a plan?", is_needed=False).exists()
        assert lead_setting(Organization.objects.get(pk=other.pk)).answer_minutes == 15
        assert plan_of(system_actor(other), read_document(text)).is_empty
