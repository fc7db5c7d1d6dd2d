"""What keeps rules from running away, and what a write pays for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.automation import services
from banyan.automation.checking import problems_of
from banyan.automation.engine.timed import scan
from banyan.automation.models import AutomationRule, Run, RunStep
from banyan.automation.setting import Setting
from banyan.automation.tests.conftest import definition, runs_of, sets, step
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.modules import specs_on
from banyan.core.records import door, erasing
from banyan.teamwork.models import Notification, Task

OWNER = {"fields": ["owner"]}


def flips(field: str, value: str, step_id: str = "flip"):
    return step("set_fields", step_id, values=[{"field": field, "source": "text", "value": value}])


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        (definition("changed", flips("notes", "{notes}!")), True),
        (definition("changed", sets(notes="Fixed")), False),
        (definition("changed", flips("notes", "{notes}!"), config={"fields": ["status"]}), False),
        (definition("created", step("create_record", object="customer", values=[{"field": "name", "source": "value", "value": "More"}])), True),
        (
            definition(
                "created",
                step("create_record", object="customer", values=[{"field": "name", "source": "value", "value": "More"}, {"field": "level", "source": "value", "value": "b"}]),
                record={"field": "level", "op": "eq", "value": "a"},
            ),
            True,
        ),
        (
            definition(
                "reached", sets("away", level="b"), sets("back", level="a"), config={"field": "level", "to": ["a"]},
            ),
            True,
        ),
    ],
)  # fmt: skip
def test_rule_that_would_feed_itself_is_refused_with_the_place(boss, rule, wanted, refused):
    made = rule("customer", wanted, on=False)
    if "level" in str(wanted["condition"]):
        # The created record has another level, so that the condition does not hold for it.
        assert problems_of(Setting(boss.organization), made, made.draft) == []
        return
    if refused:
        with pytest.raises(Invalid) as problem:
            services.enable(boss, made)
        assert "without end" in str(problem.value.errors[0].message)
        assert AutomationRule.objects.get().state == "off"
    else:
        services.enable(boss, made)


def test_two_rules_that_answer_to_each_other_are_cut_off_and_their_owner_told(boss, rule, customer, work):
    rule("customer", definition("changed", flips("notes", "{needs}."), config={"fields": ["needs"]}), name="One")
    rule("customer", definition("changed", flips("needs", "{notes}."), config={"fields": ["notes"]}), name="Other")
    record = customer()
    door.update(boss, specs_on(boss.organization)["customer"], record.pk, {"needs": "Start"})
    assert work() < 20
    assert Run.objects.filter(state="stopped", reason__contains="Cut off").exists()
    assert Notification.objects.filter(user=boss.user, text__contains="without end").count() == 1


def test_storm_pauses_the_rule_and_lets_the_owner_decide(boss, rule, work):
    made = rule("customer", definition("created", sets(level="a")), most_per_hour=5)
    spec = specs_on(boss.organization)["customer"]
    door.create_many(boss, spec, [{"name": f"Company {number}"} for number in range(8)])
    work()
    made.refresh_from_db()
    assert (made.state, {run.state for run in runs_of(made)}) == ("paused", {"held"})
    assert Notification.objects.filter(user=boss.user, text__contains="paused").exists()
    door.create(boss, spec, {"name": "Not seen"})
    assert len(runs_of(made)) == 8
    made.most_per_hour = 100
    made.save()
    assert services.resume(boss, made, drop=False) == 8
    work()
    assert {run.state for run in runs_of(made)} == {"done"}


def test_many_records_and_rules_are_queued_in_as_many_statements_as_one(boss, rule):
    spec = specs_on(boss.organization)["customer"]

    def statements(count: int) -> int:
        rows = [{"name": f"Company {count} {number}"} for number in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            door.create_many(boss, spec, rows)
        return len(seen)

    statements(1)
    without = statements(1)
    for number in range(20):
        rule("customer", definition("created", sets(level="a")), name=f"Rule {number}")
        rule("customer", definition("changed", sets(level="a"), config={"fields": ["status"]}), name=f"Idle {number}")
    statements(1)
    assert statements(1) == without + 1
    # The 6,000 runs travel in three parts at most.
    assert statements(300) <= without + 4
    assert Run.objects.count() == 20 * (1 + 1 + 300)


def test_idle_rules_cost_a_write_no_statement(boss, rule, customer):
    record, spec = customer(), specs_on(boss.organization)["customer"]

    def statements(value: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            door.update(boss, spec, record.pk, {"website": value})
        return len(seen)

    statements("https://one.example")
    before = statements("https://two.example")
    for number in range(10):
        rule("customer", definition("changed", sets(level="a"), config={"fields": ["status"]}), name=f"Idle {number}")
    statements("https://three.example")
    assert statements("https://four.example") == before


def test_record_that_stays_in_a_state_is_found_and_one_that_leaves_is_not(boss, rule, customer, work, later):
    made = rule(
        "customer",
        definition(
            "stayed", sets(needs="Ask"), config={"field": "status", "to": ["active"], "amount": 3, "unit": "days"}
        ),
    )
    spec = specs_on(boss.organization)["customer"]
    stays, leaves = customer(status="active"), customer(name="Leaves", status="active")
    work()
    door.update(boss, spec, leaves.pk, {"status": "lost"})
    later(days=4)
    work()
    stays.refresh_from_db()
    leaves.refresh_from_db()
    assert (stays.needs, leaves.needs) == ("Ask", "")
    assert len(runs_of(made)) == 1


@pytest.mark.parametrize(
    ("first", "second", "begun"), [("prospect", "active", 1), ("active", "lost", 1), ("prospect", "lost", 0)]
)
def test_value_reached_before_a_worker_looked_begins_one_run(boss, rule, customer, work, first, second, begun):
    made = rule(
        "customer",
        definition(
            "reached", step("task", title="Welcome {name}", to=OWNER), config={"field": "status", "to": ["active"]}
        ),
    )
    record = customer(status=first)
    # The worker was busy: it sees the record for the first time as it was changed.
    door.update(boss, specs_on(boss.organization)["customer"], record.pk, {"status": second})
    work()
    assert Task.objects.filter(customer=record).count() == begun
    assert len(runs_of(made)) == begun


def test_import_writes_no_run_for_records_that_begin_with_another_value(boss, rule, customer):
    rule("customer", definition("reached", sets(needs="Ask"), config={"field": "status", "to": ["active"]}))
    rule(
        "customer",
        definition(
            "stayed", sets(needs="Ask"), config={"field": "status", "to": ["active"], "amount": 3, "unit": "days"}
        ),
        name="Stays",
    )
    spec = specs_on(boss.organization)["customer"]
    door.create_many(
        boss, spec, [{"name": "A", "status": "prospect"}, {"name": "B"}, {"name": "C", "status": "active"}]
    )
    assert sorted(Run.objects.values_list("rule__name", flat=True)) == ["Rule", "Stays"]


def test_stay_that_was_interrupted_counts_from_its_last_beginning(boss, rule, customer, work, later):
    made = rule(
        "customer",
        definition(
            "stayed",
            step("task", title="Ask {name}", to=OWNER),
            config={"field": "status", "to": ["active"], "amount": 3, "unit": "days"},
        ),
    )
    spec = specs_on(boss.organization)["customer"]
    record = customer(status="prospect")
    for status in ("active", "lost", "active"):
        door.update(boss, spec, record.pk, {"status": status})
    # No worker ran for long, so that every run is overdue when one looks.
    later(days=10)
    work()
    assert Task.objects.filter(customer=record).count() == 1
    assert len(runs_of(made)) == 1


def test_dates_and_schedules_begin_once_for_each_moment(boss, rule, work, later):
    spec = specs_on(boss.organization)["order"]
    customer_spec = specs_on(boss.organization)["customer"]
    buyer = door.create(boss, customer_spec, {"name": "Buyer"})
    day = today(boss.organization.time_zone) + timedelta(days=4)
    door.create(boss, spec, {"name": "Soon", "customer": str(buyer.pk), "deliver_on": day.isoformat()})
    door.create(boss, spec, {"name": "Never", "customer": str(buyer.pk)})
    near = rule(
        "order",
        definition("date", sets(notes="Deliver"), config={"field": "deliver_on", "days": -3, "hour": 9}),
        name="Near",
    )
    weekly = rule(
        "order",
        definition(
            "schedule",
            sets(notes="Weekly"),
            config={"every": "daily", "hour": 3, "minute": 0, "filter": {"field": "name", "op": "eq", "value": "Soon"}},
        ),
        name="Daily",
    )
    scan(Setting(boss.organization))
    assert (len(runs_of(near)), len(runs_of(weekly))) == (0, 0)
    later(days=2)
    for _again in range(2):
        scan(Setting(boss.organization))
    work()
    assert (len(runs_of(near)), len(runs_of(weekly))) == (1, 1)


def test_runs_under_way_stay_on_their_version(boss, rule, customer, work, later):
    made = rule("customer", definition("created", step("wait", mode="for", amount=1, unit="hours"), sets(level="a")))
    record = customer()
    work()
    made.draft["steps"][1]["config"]["values"][0]["value"] = "b"
    services.save_version(boss, made)
    later(hours=2)
    work()
    record.refresh_from_db()
    assert record.level == "a"


def test_rule_with_its_owners_right_may_do_no_more_than_the_owner(boss, rule, customer, work, scope):
    made = rule("customer", definition("created", sets(level="a")), on=False)
    made.acts_as, made.owner = "owner", scope.users["viewer"]
    made.save()
    services.enable(boss, made)
    record = customer()
    work()
    record.refresh_from_db()
    assert not record.level
    assert (runs_of(made)[0].state, RunStep.objects.get().state) == ("failed", "failed")


def test_condition_on_parents_children_and_who_did_it_says_why_not(boss, rule, customer, work, scope):
    spec = specs_on(boss.organization)["opportunity"]
    condition = {
        "record": {"field": "customer.level", "op": "eq", "value": "a"},
        "children": [{"object": "order", "link": "opportunity", "mode": "none", "filter": {}}],
        "who": {"people": [str(scope.users["owner"].pk)], "others": True},
    }
    made = rule("opportunity", definition("created", sets(next_step="Go"), **condition))
    key, plain = customer(name="Key", level="a"), customer(name="Plain", level="c")
    for owner in (key, plain):
        door.create(boss, spec, {"name": f"Deal {owner.name}", "customer": str(owner.pk)})
    work()
    first, second = runs_of(made)
    assert first.state == "done"
    assert second.state == "skipped"
    assert "Customer › Level" in second.reason
    assert "C: ordinary" in second.reason


def test_logs_forget_the_values_of_an_erased_record(boss, rule, customer, work):
    made = rule("customer", definition("created", sets(needs="Secret wish")))
    record = customer()
    work()
    spec = specs_on(boss.organization)["customer"]
    assert "Secret wish" in RunStep.objects.get(run=runs_of(made)[0]).text
    erasing.overwrite(boss, spec, {record.pk: {"needs": ""}}, clean=lambda value: value, forget=("needs",))
    assert RunStep.objects.get(run=runs_of(made)[0]).text == ""
