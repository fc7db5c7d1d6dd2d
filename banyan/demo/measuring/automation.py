"""What rules cost a write, and how many events are worked off."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from banyan.automation.public import create_rule, delete_rule, disable, enable, work_off
from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import Conflict
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer
from banyan.demo.measuring.figures import Figure

IDLE_RULES, WRITES, EVENTS = 100, 60, 4_000
#: What 100 active rules may add to a write, in milliseconds, and how many events have to be worked off in a minute.
MOST_ADDED, LEAST_EVENTS = 2.0, 10_000


def measure_rules(organization: Organization) -> Iterator[Figure]:
    """Yield what 100 rules that are not meant add to a write, and how many events a minute are worked off."""
    with organization_scope(organization.pk):
        actor = system_actor(Organization.objects.get(pk=organization.pk))
        spec = specs_on(actor.organization)["customer"]
        ids = list(
            Customer.objects.filter(deleted_at__isnull=True)
            .order_by("created_at")
            .values_list("pk", flat=True)[:EVENTS]
        )
    without = _write(actor, spec, ids[0], "without")
    fields = ("status", "level", "industry", "source")
    with organization_scope(organization.pk):
        idle = [_rule(actor, spec, f"Bench {number}", fields[number % 4]) for number in range(IDLE_RULES)]
    with_rules = _write(actor, spec, ids[0], "with")
    with organization_scope(organization.pk):
        for rule in idle:
            delete_rule(actor, disable(actor, rule))
        busy = _rule(actor, spec, "Bench events", "website")
        door.update_many(actor, spec, {pk: {"website": f"https://example.com/{time.time_ns()}"} for pk in ids})
    begin = time.perf_counter()
    while work_off(organization.pk):
        pass
    seconds = time.perf_counter() - begin
    _delete_when_done(actor, busy)
    added = round(max(0.0, with_rules - without), 2)
    yield Figure(f"what {IDLE_RULES} rules add to a write", added, bound=MOST_ADDED)
    yield Figure(
        "events of rules worked off",
        round(len(ids) / seconds * 60),
        unit="a minute",
        bound=LEAST_EVENTS,
        more_is_better=True,
    )


def _delete_when_done(actor: Actor, rule: Any) -> None:
    """Delete a rule once no other worker is at its runs any more."""
    for _attempt in range(100):
        try:
            with organization_scope(actor.organization_id):
                delete_rule(actor, disable(actor, rule))
        except Conflict:
            time.sleep(0.1)
        else:
            return


def _write(actor: Actor, spec: ObjectSpec, record_id: Any, word: str) -> float:
    """Return how long a change of one field takes when nothing else disturbs it: the quickest tenth, in milliseconds."""
    times = []
    for number in range(WRITES):
        begin = time.perf_counter()
        with organization_scope(actor.organization_id):
            door.update(actor, spec, record_id, {"website": f"https://example.com/{word}/{number}/{time.time_ns()}"})
        times.append((time.perf_counter() - begin) * 1_000)
    return statistics.quantiles(times, n=10)[0]


def _rule(actor: Actor, spec: ObjectSpec, name: str, field: str) -> Any:
    """Return a rule that answers to a field and writes another one where a condition holds."""
    values = [{"field": "needs", "source": "text", "value": "{name}: {website}"}]
    definition = {
        "trigger": {"kind": "changed", "config": {"fields": [field]}},
        "condition": {"record": {"field": "name", "op": "isnull", "value": False}},
        "steps": [{"id": "write", "kind": "set_fields", "config": {"values": values}}],
    }
    return enable(actor, create_rule(actor, name=f"{name} {time.time_ns()}", spec=spec, definition=definition))
