"""What was sold is handed over to service: a confirmed order of a won opportunity opens a ticket."""

from __future__ import annotations

from banyan.automation.models import AutomationRule, RuleVersion
from banyan.automation.recipes import take
from banyan.automation.services import enable
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.service.models import Ticket
from tests.cast import Cast


def sold(scope: Cast, boss, customer) -> None:
    organization = scope.organization
    for_whom = customer(name="Harbor Light", owner=scope.users["owner"].pk)
    deal = door.create(boss, spec_for(organization, "opportunity"), {"name": "Press line", "customer": for_whom.pk})
    values = {
        "name": "Press line",
        "customer": for_whom.pk,
        "opportunity": deal.pk,
        "amount": "100",
        "status": "confirmed",
    }
    door.create(boss, spec_for(organization, "order"), values)


def take_over(boss) -> AutomationRule:
    rules = take(boss, "hand_over", is_whole=True)
    return enable(boss, next(rule for rule in rules if rule.name.startswith("4.")))


def test_a_confirmed_order_of_a_won_opportunity_opens_an_onboarding_ticket(boss, scope: Cast, customer, work) -> None:
    take_over(boss)
    sold(scope, boss, customer)
    work()
    ticket = Ticket.objects.get()
    assert (ticket.name, ticket.kind, ticket.owner_id) == ("Onboarding of Harbor Light", "onboarding", None)
    assert "Press line" in ticket.description
    assert ticket.reply_by is not None


def test_without_tickets_the_recipe_makes_its_tasks_as_before(boss, scope: Cast) -> None:
    organization = Organization.objects.get(pk=scope.organization.pk)
    organization.modules_off = ["tickets"]
    organization.save(update_fields=["modules_off"])
    boss.organization.modules_off = ["tickets"]
    rule = take_over(boss)
    steps = [step["kind"] for step in RuleVersion.objects.get(rule=rule, number=rule.version).definition["steps"]]
    assert "create_record" not in steps
    assert "task" in steps
