"""Several people at one quote at once, each on a connection of their own: one answer counts, one order is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from banyan.core.access.actor import system_actor
from banyan.core.kernel.errors import Conflict
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.portal.public import Recipient
from banyan.products.public import write_document
from banyan.quotes.models import Quote, QuoteDecision, QuoteOutcome
from banyan.quotes.services.outcomes import make_outcome
from banyan.quotes.services.steps import Answer, accept_quote, decline_quote, send_quote
from tests.cast import Cast, forget_entirely, found

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PEOPLE = 4


@pytest.fixture
def company() -> Iterator[Cast]:
    cast = found("Quoting Company", "quoting.test")
    cast.organization.edition = "standard"
    cast.organization.save(update_fields=["edition"])
    yield cast
    forget_entirely(cast)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    def alone(number: int) -> Any:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(alone, range(PEOPLE)))


def test_of_several_answers_one_counts_and_one_order_follows(company: Cast) -> None:
    organization = company.organization
    with organization_scope(organization.pk):
        owner = company.actor("owner")
        customer = door.create(owner, spec_for(owner.organization, "customer"), {"name": "Racing Ltd"})
        lines = [{"name": "Lamp", "quantity": 1, "unit_price": 10}]
        quote = write_document(owner, "quote", {"customer": customer.pk}, lines)
        send_quote(owner, quote.pk, Recipient("Wang"))

    def answer(number: int) -> str:
        try:
            with organization_scope(organization.pk):
                said = accept_quote if number % 2 else decline_quote
                return said(system_actor(organization), quote.pk, Answer(f"Person {number}")).signer
        except Conflict as refused:
            return refused.code

    answers = at_once(answer)
    assert answers.count("not_open") == PEOPLE - 1
    with organization_scope(organization.pk):
        assert QuoteDecision.objects.count() == 1
        Quote.objects.update(status="accepted")

    def become(_number: int) -> Any:
        with organization_scope(organization.pk):
            return make_outcome(company.actor("owner"), quote.pk, "order")

    assert len(set(at_once(become))) == 1
    with organization_scope(organization.pk):
        assert QuoteOutcome.objects.count() == 1
