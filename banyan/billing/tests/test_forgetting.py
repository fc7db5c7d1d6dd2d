"""What becomes of a customer's terms and invoice titles when the customer is erased for good."""

from __future__ import annotations

from datetime import timedelta

from banyan.billing.models import BuyerHeader, CustomerTerms
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.customers.public import Customer


def test_terms_and_invoice_titles_go_with_a_customer_out_of_the_bin(admin: Actor) -> None:
    spec = spec_for(admin.organization, "customer")
    customer = door.create(admin, spec, {"name": "Li Na", "type": "person"})
    CustomerTerms.objects.create(organization=admin.organization, customer_id=customer.pk, term_days=30)
    BuyerHeader.objects.create(organization=admin.organization, customer_id=customer.pk, title="Li Na")
    recycle.delete(admin, spec, [customer.pk])
    assert recycle.purge_expired(spec) == 0
    Customer.objects.update(deleted_at=now() - timedelta(days=91))

    assert recycle.purge_expired(spec) == 1

    assert [model.objects.count() for model in (Customer, CustomerTerms, BuyerHeader)] == [0, 0, 0]
