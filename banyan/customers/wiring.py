"""What the customers app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.duplicates import duplicate_finders
from banyan.core.records.events import RecordsChanged
from banyan.customers import duplicates, objects, reactions


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        "customers",
        Module("customers", _("Customers"), _("Who your customers are, and every follow-up with them.")),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    duplicate_finders.add("customer", duplicates.find_customers)
    duplicate_finders.add("contact", duplicates.find_contacts)
    subscribe(RecordsChanged, "customers.follow_ups", reactions.keep_follow_up_dates)
