"""Rules that begin when a customer answers a ticket, or a response to a campaign arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banyan.automation.engine.trying import try_rule
from banyan.automation.models import AutomationRule
from banyan.automation.recipes import take
from banyan.automation.services import enable
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext
from banyan.automation.tests.conftest import definition, runs_of, sets
from banyan.automation.triggers.base import triggers
from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from banyan.core.records.recycle import delete
from banyan.marketing.public import Campaign, CampaignMember, add_records, note_response
from banyan.service.public import Ticket, hear, set_state
from banyan.teamwork.models import Task
from tests.cast import Cast, sign_in


def write_about(actor: Actor, ticket: Ticket, *, channel: str = "portal") -> None:
    fresh = Ticket.objects.get(pk=ticket.pk)
    hear(system_actor(actor.organization, channel=Channel.API), fresh, name="Ann", text="It leaks", channel=channel)


def campaign_with(actor: Actor, name: str, *contacts: Any) -> Campaign:
    campaign = door.create(actor, specs_on(actor.organization)["campaign"], {"name": name})
    assert isinstance(campaign, Campaign)
    add_records(actor, campaign.pk, "contact", [contact.pk for contact in contacts])
    return campaign


def test_rule_begins_when_a_customer_answers_in_the_chosen_state_and_way(
    boss: Actor, rule: Callable[..., AutomationRule], work: Callable[[], int]
) -> None:
    every = rule("ticket", definition("answer", sets(priority="high")), name="Any")
    solved = rule("ticket", definition("answer", sets(priority="urgent"), config={"states": ["solved"]}), name="Solved")
    mailed = rule("ticket", definition("answer", sets(priority="low"), config={"channels": ["mail"]}), name="Mail")
    ticket: Any = door.create(boss, specs_on(boss.organization)["ticket"], {"name": "Pump"})
    work()

    write_about(boss, ticket)
    work()
    assert [len(runs_of(entry)) for entry in (every, solved, mailed)] == [1, 0, 0]

    set_state(boss, ticket.pk, "solved")
    write_about(boss, ticket, channel="mail")
    work()
    assert [len(runs_of(entry)) for entry in (every, solved, mailed)] == [2, 1, 1]
    assert Ticket.objects.get(pk=ticket.pk).state == "open"


def test_rule_begins_once_when_a_member_responds(
    boss: Actor, rule: Callable[..., AutomationRule], work: Callable[[], int]
) -> None:
    specs = specs_on(boss.organization)
    ann = door.create(boss, specs["contact"], {"name": "Ann"})
    fair, letter = campaign_with(boss, "Fair", ann), campaign_with(boss, "Letter", ann)
    one = rule("contact", definition("response", sets(job_title="Met"), config={"campaigns": [str(fair.pk)]}))
    whole = rule("campaign", definition("response", sets(notes="Heard")), name="Campaign")
    leads = rule("lead", definition("response", sets(rating="hot")), name="Leads")
    work()

    member = CampaignMember.objects.get(campaign=fair)
    note_response(boss, fair.pk, member.pk, text="Yes")
    note_response(boss, fair.pk, member.pk, text="Yes, please", becomes="task")
    note_response(boss, letter.pk, CampaignMember.objects.get(campaign=letter).pk)
    lead = door.create(boss, specs["lead"], {"name": "Bert", "campaign": "Fair"})
    work()

    assert [run.record_id for run in runs_of(one)] == [ann.pk]
    assert sorted(str(run.record_id) for run in runs_of(whole)) == sorted(map(str, (fair.pk, letter.pk, fair.pk)))
    assert [run.record_id for run in runs_of(leads)] == [lead.pk]
    door.update(boss, specs["lead"], lead.pk, {"campaign": "fair"})
    work()
    assert len(runs_of(leads)) == 1


def test_trial_takes_tickets_and_members_that_answered(boss: Actor, rule: Callable[..., AutomationRule]) -> None:
    specs, setting = specs_on(boss.organization), Setting(boss.organization)
    asked: Any = door.create(boss, specs["ticket"], {"name": "Asked"})
    door.create(boss, specs["ticket"], {"name": "Quiet"})
    write_about(boss, asked)
    ann, bert = (door.create(boss, specs["contact"], {"name": name}) for name in ("Ann", "Bert"))
    fair = campaign_with(boss, "Fair", ann, bert)
    note_response(boss, fair.pk, CampaignMember.objects.get(contact=ann.pk).pk)
    answered = rule("ticket", definition("answer", sets(priority="high")), on=False)
    responded = rule("contact", definition("response", sets(job_title="Met")), name="Responded", on=False)

    assert [tried.title for tried in try_rule(setting, answered).tried] == ["Asked"]
    assert [tried.title for tried in try_rule(setting, responded).tried] == ["Ann"]


def test_triggers_name_what_they_wait_for_and_what_is_gone(boss: Actor) -> None:
    setting = Setting(boss.organization)
    fair = campaign_with(boss, "Fair")
    ticket, contact = (StepContext(setting, AutomationRule(), setting.specs[name]) for name in ("ticket", "contact"))
    answer, response = triggers["answer"], triggers["response"]

    assert "Solved" in answer.sentence(ticket, {"states": ["solved"], "channels": ["mail"]})
    assert answer.problems(ticket, {"states": ["closed"]})
    assert not answer.is_offered(contact)
    assert "“Fair”" in response.sentence(contact, {"campaigns": [str(fair.pk)]})
    assert not response.problems(contact, {"campaigns": [str(fair.pk)]})
    delete(boss, setting.specs["campaign"], [fair.pk])
    assert response.problems(contact, {"campaigns": [str(fair.pk)]})
    assert not response.is_offered(ticket)


def test_editor_offers_the_triggers_and_keeps_what_was_chosen(
    boss: Actor, scope: Cast, rule: Callable[..., AutomationRule]
) -> None:
    made = rule("ticket", definition("answer", sets(priority="high")), on=False)
    browser = sign_in(scope, "admin")

    page = browser.get(f"/automation/{made.pk}/trigger?choose=1").text
    assert "A customer answers a ticket" in page
    assert "A response to a campaign arrives" not in page
    browser.post(f"/automation/{made.pk}/trigger", {"kind": "answer", "begun": "1", "states": ["solved", "waiting"]})

    made.refresh_from_db()
    assert made.draft["trigger"]["config"] == {"states": ["solved", "waiting"]}


def test_ready_rules_give_their_owners_a_task(boss: Actor, work: Callable[[], int]) -> None:
    for key in ("answered_again", "campaign_response"):
        for made in take(boss, key, is_whole=True):
            enable(boss, made)
    specs = specs_on(boss.organization)
    ticket: Any = door.create(boss, specs["ticket"], {"name": "Pump leaks", "owner": str(boss.user_id)})
    set_state(boss, ticket.pk, "solved")
    campaign_with(boss, "Fair")
    door.create(boss, specs["lead"], {"name": "Bert", "campaign": "Fair", "owner": str(boss.user_id)})
    write_about(boss, ticket)
    work()

    assert Task.objects.filter(name__contains="Pump leaks").count() == 1
    assert Task.objects.filter(name__contains="Bert responded").count() == 1
