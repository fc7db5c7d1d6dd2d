"""Rules that begin when a stage of a process is entered, or a form is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from banyan.automation.models import AutomationRule
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext
from banyan.automation.tests.conftest import definition, runs_of, sets
from banyan.automation.triggers.base import triggers
from banyan.core.access.actor import Actor
from banyan.core.processes.rules import usual_moves
from banyan.core.processes.services import NewProcess, change_draft, create_process, draft_of, publish
from banyan.core.processes.tests.making import change_stages, settle_now
from banyan.core.records import door
from banyan.leads.models import Lead
from banyan.leads.public import FormValues, save_form
from banyan.leads.services.capturing import submit
from tests.cast import Cast, sign_in

ASKED = [{"name": "name"}, {"name": "email"}]


def send(actor: Actor, form: Any, name: str, email: str) -> Any:
    given = {"name": name, "email": email}
    return submit(actor.organization, form, given, agreed=False, where="", language="en").lead


def test_rule_begins_when_a_form_is_sent(
    boss: Actor, rule: Callable[..., AutomationRule], work: Callable[[], int]
) -> None:
    form, other = (save_form(boss, None, FormValues(name, ASKED)) for name in ("Contact", "Other"))
    every = rule("lead", definition("form", sets(rating="warm")), name="Every form")
    one = rule(
        "lead",
        definition("form", sets(rating="hot"), config={"forms": [str(form.pk)], "only_new": True}),
        name="One form",
    )

    lead = send(boss, form, "Anna", "anna@bell.example")
    send(boss, form, "Anna", "anna@bell.example")
    send(boss, other, "Bert", "bert@bell.example")
    work()

    assert len(runs_of(every)) == 3
    assert [run.record_id for run in runs_of(one)] == [lead.pk]
    assert Lead.objects.get(name="Bert").rating == "warm"


def test_deleted_form_is_named(boss: Actor) -> None:
    setting = Setting(boss.organization)
    context = StepContext(setting, AutomationRule(), setting.specs["lead"])
    kind = triggers["form"]

    assert kind.problems(context, {"forms": ["01a21897-50a8-769b-87d1-e91ea3e45333"]})
    assert not kind.problems(context, {})
    assert kind.is_offered(context)
    assert not kind.is_offered(StepContext(setting, AutomationRule(), setting.specs["customer"]))


def test_rule_begins_when_a_stage_is_entered(
    boss: Actor, rule: Callable[..., AutomationRule], work: Callable[[], int]
) -> None:
    process = create_process(boss, NewProcess("lead", "status", {"en": "Way of leads"}))
    ends = {
        "converted": {"outcome": "won"},
        "unqualified": {"outcome": "cancelled"},
        "recycled": {"outcome": "cancelled"},
    }
    change_draft(boss, process, usual_moves(change_stages(draft_of(process), ends)))
    publish(boss, process)
    settle_now(boss, process)
    made = rule(
        "lead", definition("stage", sets(rating="hot"), config={"process": str(process.pk), "stages": ["contacted"]})
    )
    setting = Setting(boss.organization)
    context = StepContext(setting, made, setting.specs["lead"])

    lead = door.create(boss, setting.specs["lead"], {"name": "Anna"})
    assert work() == 0
    door.update(boss, setting.specs["lead"], lead.pk, {"status": "contacted"})
    work()

    assert Lead.objects.get(pk=lead.pk).rating == "hot"
    assert len(runs_of(made)) == 1
    kind = triggers["stage"]
    assert "Contacted" in kind.sentence(context, {"process": str(process.pk), "stages": ["contacted"]})
    assert kind.problems(context, {"process": str(process.pk), "stages": ["gone"]})
    assert not kind.is_offered(StepContext(setting, made, setting.specs["order"]))


def test_form_shows_stages_to_which_no_way_leads_as_closed(boss: Actor, scope: Cast) -> None:
    process = create_process(boss, NewProcess("lead", "status", {"en": "Way of leads"}))
    ends = {
        "converted": {"outcome": "won"},
        "unqualified": {"outcome": "cancelled"},
        "recycled": {"outcome": "cancelled"},
    }
    change_draft(boss, process, usual_moves(change_stages(draft_of(process), ends)))
    publish(boss, process)
    settle_now(boss, process)
    lead = door.create(boss, Setting(boss.organization).specs["lead"], {"name": "Anna", "status": "new"})

    form = sign_in(scope, "admin").get(f"/leads/{lead.pk}/edit").text

    closed = set(re.findall(r'<option value="(\w+)"[^>]* disabled title=', form))
    assert "converted" in closed
    assert not closed & {"new", "contacted", "unqualified"}
    assert "one goes on to" in form
