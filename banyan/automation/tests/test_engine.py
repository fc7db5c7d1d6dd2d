"""From an event to its effects: what is queued, what is done, and what is said of it."""

from __future__ import annotations

from banyan.automation.models import RunStep
from banyan.automation.tests.conftest import definition, runs_of, sets, step
from banyan.core.objects.modules import specs_on
from banyan.core.records import door


def test_rule_sets_fields_of_what_fits_its_condition(boss, rule, customer, work):
    made = rule(
        "customer", definition("created", sets(level="a"), record={"field": "industry", "op": "isnull", "value": False})
    )
    fits, other = customer(industry="Software"), customer(name="Other")

    assert work() == 2
    fits.refresh_from_db()
    other.refresh_from_db()
    first, second = runs_of(made)
    assert (fits.level, other.level) == ("a", None) or (fits.level, other.level) == ("a", "")
    assert (first.state, second.state) == ("done", "skipped")
    assert "Industry" in second.reason
    assert RunStep.objects.get(run=first).text.startswith("Level:")


def test_change_of_another_field_begins_nothing(boss, rule, customer, work):
    made = rule("customer", definition("changed", sets(level="a"), config={"fields": ["status"]}))
    record = customer()
    spec = specs_on(boss.organization)["customer"]
    door.update(boss, spec, record.pk, {"website": "https://example.com"})
    assert work() == 0
    door.update(boss, spec, record.pk, {"status": "active"})
    assert work() == 1
    assert [run.state for run in runs_of(made)] == ["done"]


def test_flow_waits_branches_and_creates(boss, rule, customer, work, later):
    branch = step(
        "branch",
        branches=[
            {
                "id": "b1",
                "name": "Big",
                "condition": {"record": {"field": "level", "op": "eq", "value": "a"}},
                "steps": [step("task", title="Call {name}", days=2, to={"fields": ["owner"]})],
            }
        ],
        otherwise=[step("message", text="Nothing to do for {name}")],
    )
    made = rule("customer", definition("created", step("wait", mode="for", amount=2, unit="hours"), branch))
    customer(name="Big One", level="a")
    customer(name="Small One")

    assert work() == 2
    assert {run.state for run in runs_of(made)} == {"waiting"}
    later(hours=3)
    assert work() == 2
    assert {run.state for run in runs_of(made)} == {"done"}
    task = specs_on(boss.organization)["task"].model.objects.get()
    comment = specs_on(boss.organization)["comment"].model.objects.get()
    assert task.name == "Call Big One"
    assert comment.text == "Nothing to do for Small One"
