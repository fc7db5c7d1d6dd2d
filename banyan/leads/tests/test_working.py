"""Scores, first contacts and what happens by itself: at night, and when somebody is late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from banyan.core.access.actor import Channel, system_actor
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.erasing import overwrite
from banyan.core.records.models import Change
from banyan.core.records.undo import undo
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing import engine, services
from banyan.leads import jobs
from banyan.leads.engine.scoring import reasons_of
from banyan.leads.models import Lead, LeadMovement, LeadSubmission, ScoreRule
from banyan.leads.public import disqualify, recycle, save_setting
from banyan.leads.services.settings import RuleValues, save_rule
from banyan.leads.tests.conftest import call, change, make
from banyan.teamwork.public import Notification
from tests.cast import Cast

COLUMNS = (
    "Prospect ID,Lead Number,Lead Origin,Lead Source,Specialization,What is your current occupation,"
    "What matters most to you in choosing a course,City,Lead Quality,Converted,TotalVisits"
)
ROWS = (
    "7927b2df,660737,API,Olark Chat,Select,Unemployed,Better Career Prospects,Select,Low in Relevance,0,0.0",
    "2a272436,660728,Landing Page Submission,Google,Finance Management,Working Professional,Select,Mumbai,,1,5.0",
)


def test_score_says_its_reasons_and_follows_the_lead(inside: Cast) -> None:
    owner = inside.actor("owner")
    lead = make(owner, phone="13912345000", company="Harbor Light", job_title="Sales director")

    assert lead.score == 45
    assert lead.grade == "b"
    assert {reason.rule.name for reason in reasons_of(inside.organization, lead.pk) if reason.rule} == {
        "Decides or heads a department", "Can be called", "Names the company",
    }  # fmt: skip
    assert change(owner, lead.pk, rating="hot").score == 65
    assert Lead.objects.get(pk=lead.pk).grade == "a"
    assert Lead.objects.get(pk=lead.pk).version == 2


def test_rules_changed_later_hold_for_all_leads(inside: Cast) -> None:
    admin = inside.actor("admin")
    lead = make(admin, company="Harbor Light")
    ScoreRule.objects.all().delete()
    save_rule(admin, None, RuleValues({"field": "company", "op": "contains", "value": "Harbor"}, 70))

    assert jobs.score_everything(admin) == 1
    lead.refresh_from_db()
    assert (lead.score, lead.grade) == (70, "a")


def test_silence_costs_points(inside: Cast) -> None:
    admin = inside.actor("admin")
    lead = make(admin, phone="13912345000")
    Lead.objects.filter(pk=lead.pk).update(created_at=now() - timedelta(days=15))

    jobs.score_everything(admin)

    lead.refresh_from_db()
    assert lead.score == 5
    assert [reason.points for reason in reasons_of(inside.organization, lead.pk)] == [15, -10]


def test_first_contact_is_measured_moves_the_lead_on_and_is_undone_with_it(inside: Cast) -> None:
    owner = inside.actor("owner")
    save_setting(inside.actor("admin"), counts_working_time=False)
    owner.organization.refresh_from_db()
    lead = make(owner)
    Lead.objects.filter(pk=lead.pk).update(created_at=now() - timedelta(minutes=90))

    call(owner, lead, type="note")
    lead.refresh_from_db()
    assert (lead.status, lead.first_contact_at) == ("new", None)
    activity = call(owner, lead, next_on="2099-01-01")
    lead.refresh_from_db()
    assert (lead.status, lead.response_minutes, str(lead.next_follow_up_on)) == ("contacted", 90, "2099-01-01")

    undo(owner, Change.objects.get(record_id=activity.pk).batch_id)
    lead.refresh_from_db()
    assert (lead.status, lead.first_contact_at, lead.response_minutes) == ("new", None, None)


def test_late_owner_is_told_once(inside: Cast) -> None:
    owner = inside.actor("owner")
    lead = make(owner)
    assert lead.answer_by is not None

    assert jobs.warn(system_actor(inside.organization), lead.answer_by + timedelta(minutes=1)) == 1
    assert jobs.warn(system_actor(inside.organization), lead.answer_by + timedelta(minutes=2)) == 0
    assert Notification.objects.filter(user=owner.user).count() == 1


def test_recycled_lead_comes_back_on_its_day(inside: Cast) -> None:
    owner = inside.actor("owner")
    lead, other = make(owner), make(owner, "Bert")
    recycle(owner, lead.pk, reason="bad_timing", again_on=(now() + timedelta(days=3)).date())
    disqualify(owner, other.pk, reason="no_need")
    Lead.objects.filter(pk=lead.pk).update(again_on=now().date() - timedelta(days=1))

    assert jobs.wake_recycled(system_actor(inside.organization)) == 1

    assert dict(Lead.objects.values_list("name", "status")) == {"Li Lei": "new", "Bert": "unqualified"}
    assert Notification.objects.filter(user=owner.user).count() == 1


def test_idle_leads_go_back_to_the_pool_after_a_warning(inside: Cast) -> None:
    owner, system = inside.actor("owner"), system_actor(inside.organization)
    save_setting(inside.actor("admin"), release_days=10, notice_days=2)
    system.organization.refresh_from_db()
    idle, talked, fresh = make(owner, "Idle"), make(owner, "Talked"), make(owner, "Fresh")
    Lead.objects.exclude(pk=fresh.pk).update(owned_since=now() - timedelta(days=11))
    call(owner, talked)

    assert jobs.tell_owners(system, now() - timedelta(days=2, hours=12)) == 1
    assert jobs.release_idle(system, now()) == 1

    assert Lead.objects.get(owner=None).pk == idle.pk
    assert LeadMovement.objects.get().reason == "rule:10"


def test_published_leads_are_imported_with_select_as_empty(users: Cast, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("\n".join((COLUMNS, *ROWS)), encoding="utf-8")
    with organization_scope(users.organization.pk):
        actor = users.actor("admin", Channel.IMPORT)
        task = services.begin(actor, object_name="lead", path=file, file_name=file.name)
        chosen = {column["column"]: column["field_name"] for column in task.plan["columns"]}
        services.make_ready(actor, task)
    done = engine.work(actor, task.pk, file)

    assert (chosen["Lead Number"], chosen["Lead Source"], chosen["Lead Origin"]) == ("name", "source", "campaign")
    assert (done.created, done.rejected) == (2, 0)
    with organization_scope(users.organization.pk):
        first, second = Lead.objects.order_by("-name")
    assert (first.name, first.source, first.campaign, first.industry) == ("660737", "Olark Chat", "API", "")
    assert (second.industry, second.needs, second.owner_id) == ("Finance Management", "", actor.user_id)


def test_lead_already_qualified_elsewhere_is_imported_without_ticks(inside: Cast) -> None:
    importer = inside.actor("admin", Channel.IMPORT)

    record = door.create(importer, spec_for(inside.organization, "lead"), {"name": "Anna", "status": "qualified"})

    assert Lead.objects.get(pk=record.pk).status == "qualified"


def test_nothing_of_what_was_sent_stays_when_a_lead_is_erased(inside: Cast) -> None:
    admin = inside.actor("admin")
    lead = make(admin, email="li@lei.example")
    LeadSubmission.objects.create(
        organization=inside.organization, lead=lead, arrival="form", title="Li Lei", values={"name": "Li Lei"}
    )

    overwrite(
        admin, spec_for(inside.organization, "lead"), {lead.pk: {"name": "–", "email": ""}}, clean=lambda text: text
    )

    assert LeadSubmission.objects.values_list("title", "values").get() == ("", {})


def test_imported_list_is_not_late_within_the_hour(inside: Cast) -> None:
    importer = inside.actor("admin", Channel.IMPORT)

    record = door.create(importer, spec_for(inside.organization, "lead"), {"name": "Anna"})

    assert Lead.objects.get(pk=record.pk).answer_by is None
