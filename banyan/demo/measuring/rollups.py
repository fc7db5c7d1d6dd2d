"""What it costs to keep roll-ups: adding a child to a parent with few children, and to one with very many."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from banyan.core.access.actor import Actor, system_actor
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for, specs_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.demo.measuring.figures import Figure

CHILDREN = 100_000
RUNS = 30
BOUND = 15
FUNCTIONS = ("count", "sum", "avg", "min", "max")
_FILL = """
    INSERT INTO customers_contact
    SELECT made.* FROM customers_contact AS sample, generate_series(1, %s) AS place,
           json_populate_record(sample, json_build_object('id', gen_random_uuid(), 'number', 'X' || place,
                                'custom', json_build_object('points', (place %% 1000)::text))) AS made
     WHERE sample.id = %s
"""


def keep_rollups(organization: Organization, *, children: int = CHILDREN) -> Iterator[Figure]:
    """Yield what adding a contact costs below a customer with one contact, and with many; nothing of it stays."""
    with organization_scope(organization.pk):
        actor = system_actor(Organization.objects.get(pk=organization.pk))
        with transaction.atomic():
            _add_fields(actor)
            customers = spec_for(actor.organization, "customer")
            parents = [door.create(actor, customers, {"name": f"Rolled up {number}"}).pk for number in range(2)]
            samples = [_add(actor, parent, 1) for parent in parents]
            with connection.cursor() as cursor:
                cursor.execute(_FILL, [children, samples[1].pk])
            for name, parent in zip(("1 contact", f"{children:,} contacts"), parents, strict=True):
                yield _figure(actor, f"five roll-ups over {name}", parent)
            transaction.set_rollback(True)
        # What this process knows of the organization's fields is as it was before.
        specs_for(Organization.objects.get(pk=organization.pk))


def _add_fields(actor: Actor) -> None:
    create_custom_field(actor, "contact", FieldDraft("decimal", {"en": "Points"}, name="points"))
    for function in FUNCTIONS:
        definition = {"object": "contact", "link": "customer", "function": function, "field": "points"}
        name = f"rolled_{function}"
        create_custom_field(
            actor, "customer", FieldDraft("", {"en": name}, name=name, computed="rollup", definition=definition)
        )


def _add(actor: Actor, parent: Any, points: int) -> Any:
    return door.create(
        actor, spec_for(actor.organization, "contact"), {"name": "C", "customer": parent, "points": points}
    )


def _figure(actor: Actor, name: str, parent: Any) -> Figure:
    times = []
    for run in range(RUNS):
        start = time.perf_counter()
        _add(actor, parent, run)
        times.append((time.perf_counter() - start) * 1_000)
    p95 = round(statistics.quantiles(times, n=20)[-1], 2)
    return Figure(name, round(statistics.median(times), 2), bound=BOUND, p95=p95)
