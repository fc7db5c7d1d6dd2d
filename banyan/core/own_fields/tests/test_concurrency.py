"""Several people who write at once, each on a connection of their own: figures and unique values stay right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from banyan.core.kernel.errors import Invalid
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.own_fields.rollups import recount
from banyan.core.records import door, recycle
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast, forget_entirely, found

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
WRITERS, TIMES = 6, 8


@pytest.fixture
def company() -> Iterator[Cast]:
    """An organization whose rows are committed; it is deleted afterwards."""
    cast = found("Concurrent Company", "concurrent.test")
    yield cast
    forget_entirely(cast)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Run the work of several writers at the same time, each in a thread with a connection of its own."""

    def alone(number: int) -> Any:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(alone, range(WRITERS)))


def test_figures_are_right_however_many_write_at_once(company: Cast) -> None:
    with organization_scope(company.organization.pk):
        actor = company.actor("admin")
        create_custom_field(actor, "contact", FieldDraft("decimal", {"en": "Points"}, name="points"))
        for function in ("count", "sum", "avg", "max", "min"):
            definition = {"object": "contact", "link": "customer", "function": function, "field": "points"}
            draft = FieldDraft("", {"en": function}, name=f"f_{function}", computed="rollup", definition=definition)
            create_custom_field(actor, "customer", draft)
        actor = company.actor("admin")
        customers = spec_for(actor.organization, "customer")
        parents = [door.create(actor, customers, {"name": f"C{number}"}).pk for number in range(2)]

    def write(number: int) -> None:
        for turn in range(TIMES):
            with organization_scope(company.organization.pk):
                actor = company.actor("admin")
                contacts = spec_for(actor.organization, "contact")
                made = door.create(
                    actor, contacts, {"name": "P", "customer": parents[turn % 2], "points": number * TIMES + turn}
                )
            with organization_scope(company.organization.pk):
                if turn % 3 == 0:
                    recycle.delete(company.actor("admin"), contacts, [made.pk])
                else:
                    values = {"points": number, "customer": parents[number % 2]}
                    door.update(company.actor("admin"), contacts, made.pk, values)

    at_once(write)
    with organization_scope(company.organization.pk):
        actor = company.actor("admin")
        customers = spec_for(actor.organization, "customer")
        rows = [customers.model._default_manager.get(pk=pk) for pk in parents]
        kept = sum(1 for turn in range(TIMES) if turn % 3)
        assert sum(door.value_of(row, customers, "f_count") for row in rows) == WRITERS * kept
        assert sum(door.value_of(row, customers, "f_sum") for row in rows) == Decimal(kept * sum(range(WRITERS)))
        assert recount(actor, customers, parents) == 0


def test_unique_value_is_taken_by_one_of_those_who_write_it_at_once(company: Cast) -> None:
    with organization_scope(company.organization.pk):
        create_custom_field(
            company.actor("admin"), "customer", FieldDraft("text", {"en": "Code"}, name="code", unique=True)
        )

    def write(number: int) -> str:
        try:
            with organization_scope(company.organization.pk):
                actor = company.actor("admin")
                door.create(actor, spec_for(actor.organization, "customer"), {"name": f"C{number}", "code": "A-1"})
        except Invalid as refused:
            return refused.errors[0].code
        return "made"

    assert sorted(at_once(write)) == ["made", *["not_unique"] * (WRITERS - 1)]
