"""What the sales app registers and subscribes to."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.tenancy.preparation import organization_preparations
from banyan.customers.public import customer_finders
from banyan.sales import objects, services
from banyan.sales.models import Opportunity


def customer_of_opportunity(opportunity_id: uuid.UUID) -> uuid.UUID | None:
    """Return the customer of an opportunity."""
    return Opportunity.objects.filter(pk=opportunity_id).values_list("customer_id", flat=True).first()


def register() -> None:
    """Register module, objects and what a new organization gets."""
    modules.add(
        "opportunities",
        Module(
            "opportunities",
            _("Opportunities"),
            _("Which deals are under way and what they will bring."),
            requires=("customers",),
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    customer_finders.add("opportunity", customer_of_opportunity)
    organization_preparations.add("sales.pipeline", services.prepare_organization)
