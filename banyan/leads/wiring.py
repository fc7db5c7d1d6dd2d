"""What the leads app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.duplicates import duplicate_rules
from banyan.core.records.events import FiguresChanged, RecordsChanged, RecordsResealed
from banyan.core.tenancy.preparation import organization_preparations
from banyan.customers.public import customer_finders
from banyan.leads import duplicates, objects, queries, reactions
from banyan.leads.choices import MODULE
from banyan.leads.services.settings import prepare_organization


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE, _("Leads"), _("Who may become a customer: captured, answered, judged and converted."),
            editions=(STANDARD, ENTERPRISE), requires=("customers",),
        ),
    )  # fmt: skip
    for spec in objects.OBJECTS:
        register_object(spec)
    duplicate_rules.add("lead", duplicates.LEAD_RULES)
    customer_finders.add("lead", queries.customers_of_leads)
    organization_preparations.add("leads.starting", prepare_organization)
    subscribe(RecordsChanged, "leads.contacts", reactions.note_contacts)
    subscribe(RecordsChanged, "leads.keys", reactions.keep_keys)
    subscribe(RecordsChanged, "leads.movements", reactions.log_movements)
    subscribe(RecordsChanged, "leads.reversals", reactions.note_reversals)
    subscribe(RecordsChanged, "leads.scores", reactions.score_changed)
    subscribe(FiguresChanged, "leads.score_figures", reactions.score_figures)
    subscribe(RecordsResealed, "leads.renew_keys", reactions.renew_keys)
