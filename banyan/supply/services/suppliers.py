"""Suppliers, who are customer records in another role, and the conditions at which they sell."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.registry import spec_for
from banyan.customers.public import Customer
from banyan.products.public import Product
from banyan.supply.models import (
    Supplier,
    SupplierItem,
)
from banyan.supply.permissions import require_buyer


@transaction.atomic
def make_supplier(actor: Actor, customer_id: uuid.UUID, **terms: Any) -> Supplier:
    """Let a customer record be a supplier, too, on these terms; ``is_active=False`` ends that."""
    require_buyer(actor)
    visible_customer(actor, customer_id)
    found, _created = Supplier.objects.update_or_create(
        organization_id=actor.organization_id, customer_id=customer_id, defaults=terms
    )
    return found


def visible_customer(actor: Actor, customer_id: uuid.UUID) -> Customer:
    """Return a customer whom the actor may see; raise ``Missing``."""
    rows = Customer.objects.filter(pk=customer_id, deleted_at__isnull=True)
    found = restrict(rows, actor, spec_for(actor.organization, "customer")).first()
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return found


@transaction.atomic
def set_conditions(actor: Actor, supplier_id: uuid.UUID, product_id: uuid.UUID, **terms: Any) -> SupplierItem:
    """Say at which conditions a supplier sells a product: price, article number, least quantity, multiple, lead days."""
    require_buyer(actor)
    supplier = make_supplier(actor, supplier_id)
    if not Product.objects.filter(pk=product_id, deleted_at__isnull=True).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    errors = [
        FieldError(name, "negative", _("Give a value from zero up."))
        for name in ("price", "least", "multiple")
        if (value := terms.get(name)) is not None and (not value.is_finite() or value < 0)
    ]
    if errors:
        raise Invalid(errors)
    found, _created = SupplierItem.objects.update_or_create(
        organization_id=actor.organization_id, supplier=supplier, product_id=product_id, defaults=terms
    )
    return found


@transaction.atomic
def drop_conditions(actor: Actor, item_id: uuid.UUID) -> None:
    """Forget the conditions at which a supplier sells a product."""
    require_buyer(actor)
    SupplierItem.objects.filter(pk=item_id).delete()
