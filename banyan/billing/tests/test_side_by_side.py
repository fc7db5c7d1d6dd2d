"""Two people at once: nothing is allocated, invoiced or numbered twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connections

from banyan.billing.models import Allocation, Invoice
from banyan.billing.queries import balance_of
from banyan.billing.services.allocating import Target, allocate
from banyan.billing.services.invoicing import approve_invoice, issue_invoice, request_invoice
from banyan.billing.tests.conftest import Desk
from banyan.core.kernel.errors import DomainError
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from tests.cast import Cast


def side_by_side(*tasks: Callable[[], object]) -> list[Exception]:
    """Do everything at once, and return what was refused."""
    refused: list[Exception] = []
    gate = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=20)
            task()
        except DomainError as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_people_at_once_take_no_more_than_there_is(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard")
    with organization_scope(cast.organization.pk):
        actor = cast.actor("admin")
        desk = Desk(actor)
        order = desk.order(100)
        payments = [desk.receipt(60), desk.receipt(60)]
        bills = [desk.order(10), desk.order(10), desk.order(10)]
        asked = [request_invoice(actor, {"order": bill.pk, "kind": "plain"}) for bill in bills]
        for invoice in asked:
            approve_invoice(actor, invoice.pk)

    def paying(payment_id: object) -> Callable[[], object]:
        def run() -> None:
            with organization_scope(cast.organization.pk):
                allocate(cast.actor("admin"), payment_id, [Target(order.pk, Decimal(60))])  # type: ignore[arg-type]

        return run

    def invoicing() -> None:
        with organization_scope(cast.organization.pk):
            request_invoice(cast.actor("admin"), {"order": order.pk, "kind": "plain"})

    def issuing(invoice_id: object) -> Callable[[], object]:
        def run() -> None:
            with organization_scope(cast.organization.pk):
                issue_invoice(cast.actor("admin"), invoice_id)  # type: ignore[arg-type]

        return run

    assert len(side_by_side(*(paying(payment.pk) for payment in payments))) == 1
    assert len(side_by_side(invoicing, invoicing)) == 1
    assert side_by_side(*(issuing(invoice.pk) for invoice in asked)) == []
    with organization_scope(cast.organization.pk):
        assert balance_of(order).paid == 60
        assert Allocation.objects.count() == 1
        numbers = sorted(Invoice.objects.filter(state="issued").values_list("official_number", flat=True))
        assert [number[-6:] for number in numbers] == ["000001", "000002", "000003"]
