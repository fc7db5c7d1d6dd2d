"""What a hundred active rules add to a write: processor time of this process, as they ask the database nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from django.db import transaction

from banyan.core.access.actor import Actor, system_actor
from banyan.core.business_rules.validation_rules import RuleValues, save_rule
from banyan.core.objects.registry import spec_for, specs_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.demo.measuring.figures import Figure

RULES, RUNS = 100, 60
BOUND = 2
NAMED = {"field": "name", "op": "isnull", "value": False}
PROSPECTS = {
    "all": [{"field": "status", "op": "eq", "value": "prospect"}, {"field": "level", "op": "ne", "value": "a"}]
}


def judge_by_rules(organization: Organization) -> Iterator[Figure]:
    """Yield how much dearer a change of a customer is with rules that all look at it; nothing of it stays."""
    with organization_scope(organization.pk):
        actor = system_actor(Organization.objects.get(pk=organization.pk))
        with transaction.atomic():
            before = _change(actor)
            for number in range(RULES):
                values = RuleValues(
                    name=f"Rule {number}",
                    condition=PROSPECTS if number % 2 else {},
                    requirement={"any": [NAMED, {"field": "phone", "op": "isnull", "value": False}]},
                    messages={"en": "A name or a phone"},
                )
                save_rule(actor, None, spec_for(actor.organization, "customer"), values)
            added = max(0.0, _change(actor) - before)
            yield Figure(f"added to a write by {RULES} validation rules", round(added, 2), bound=BOUND)
            transaction.set_rollback(True)
        # What this process knows of the organization is as it was before.
        specs_for(Organization.objects.get(pk=organization.pk))


def _change(actor: Actor) -> float:
    """Return the median of what changing a record costs, each another one: all is one transaction, which keeps old rows."""
    spec = spec_for(actor.organization, "customer")
    made = door.create_many(actor, spec, [{"name": f"Judged {run}"} for run in range(RUNS)]).created
    times = []
    for record_id in made:
        start = time.process_time()
        door.update(actor, spec, record_id, {"notes": "Judged"})
        times.append((time.process_time() - start) * 1_000)
    return statistics.median(times)
