"""Rules together with approvals, assignment rules, formulas and the configuration file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from banyan.automation import services
from banyan.automation.models import AutomationRule, RuleVersion
from banyan.automation.tests.conftest import definition, runs_of, sets, step
from banyan.core.approvals.deciding import decide
from banyan.core.approvals.definitions import read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, save_draft
from banyan.core.approvals.models import Approval
from banyan.core.configuration.applying import apply_document
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from tests.cast import Cast


@pytest.mark.parametrize("agree", [True, False])
def test_run_waits_for_an_approval_and_goes_on_only_if_it_is_agreed(boss, rule, customer, work, scope: Cast, agree):
    spec = specs_on(boss.organization)["customer"]
    people = [{"kind": "people", "people": [str(scope.users["manager"].pk)]}]
    flow = create_flow(boss, spec, {"en": "Key customers", "zh": "重点客户"})
    wanted = read_definition({"steps": [{"key": "one", "names": {"en": "One"}, "approvers": people}]})
    save_draft(boss, flow.pk, **{name: getattr(wanted, name) for name in wanted.__dataclass_fields__})
    flow = publish_flow(boss, flow.pk)
    made = rule("customer", definition("created", step("approval", flow=flow.key, then="end"), sets(level="a")))
    record = customer(owner=str(scope.users["owner"].pk))
    work()
    assert runs_of(made)[0].state == "waiting"
    decide(scope.actor("manager"), Approval.objects.get().pk, agree=agree, comment="Because")
    work()
    record.refresh_from_db()
    assert (runs_of(made)[0].state, record.level == "a") == ("done" if agree else "stopped", agree)


def test_formula_computes_over_the_record_and_its_parent(boss, rule, customer, work):
    rows = [{"field": "next_step", "source": "formula", "value": 'customer.name & "!"'},
            {"field": "amount", "source": "formula", "value": "amount * 1.5"}]  # fmt: skip
    made = rule("opportunity", definition("created", step("set_fields", values=rows)))
    spec, buyer = specs_on(boss.organization)["opportunity"], customer()
    deal = door.create(boss, spec, {"name": "Deal", "customer": str(buyer.pk), "amount": 100})
    work()
    deal.refresh_from_db()
    assert (deal.amount, deal.next_step) == (Decimal(150), "Harbor Light!")
    made.draft["steps"][0]["config"]["values"] = [{"field": "amount", "source": "formula", "value": "amount +"}]
    with pytest.raises(Invalid):
        services.save_version(boss, made)


def test_rules_are_written_to_the_configuration_file_without_ids_and_read_back(boss, rule, scope: Cast):
    stage = specs_on(boss.organization)["stage"].model.objects.order_by("position").last()
    owner = scope.users["owner"]
    made = rule("opportunity", definition(
        "reached",
        step("notify", to={"grantees": [f"person:{owner.pk}"]}, text="Look"),
        config={"field": "stage", "to": [str(stage.pk)]},
    ))  # fmt: skip
    text = write_document(current_document(boss.organization, ["automation_rules"]))
    assert str(stage.pk) not in text
    assert str(owner.pk) not in text
    before = RuleVersion.objects.get(rule=made).definition
    services.delete_rule(boss, services.disable(boss, made))
    apply_document(boss, read_document(text))
    again = AutomationRule.objects.get()
    assert (again.state, again.key) == ("on", made.key)
    assert services.definition_in_force(again) == before
