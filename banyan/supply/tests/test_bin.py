"""The recycle bin keeps customers that stock and purchasing need."""

from __future__ import annotations

from datetime import timedelta

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.customers.public import Customer
from banyan.supply.models import Supplier


def test_bin_keeps_a_supplier_and_goes_on_with_the_rest(admin: Actor) -> None:
    spec = spec_for(admin.organization, "customer")
    supplier, plain = (door.create(admin, spec, {"name": name}).pk for name in ("Supplier", "Plain"))
    Supplier.objects.create(organization=admin.organization, customer_id=supplier)
    recycle.delete(admin, spec, [supplier, plain])
    Customer.objects.update(deleted_at=now() - timedelta(days=91))

    assert recycle.purge_expired(spec) == 1

    assert list(Customer.objects.values_list("pk", flat=True)) == [supplier]
