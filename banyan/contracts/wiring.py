"""What the contracts app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from banyan.contracts import api, documents, hooks, objects, panels, preparation, queries
from banyan.contracts.models import Contract
from banyan.contracts.references import AMENDMENT, CONTRACT, MODULE
from banyan.contracts.services import quoting
from banyan.contracts.views import clauses
from banyan.core.access.scopes import Ability
from banyan.core.approvals.events import ApprovalChanged, ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.web.panels import (
    DayPanel,
    QuickAction,
    RecordPanel,
    TimelineSource,
    day_panels,
    quick_actions,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.customers.public import (
    CustomersOf,
    DealSource,
    FigureSource,
    GroupFigure,
    customer_figures,
    customer_finders,
    deal_sources,
    group_figures,
)
from banyan.documents.public import register_document_kind
from banyan.privacy.public import keepers
from banyan.quotes.public import Outcome, quote_outcomes


def customers_of_contracts(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers of contracts."""
    return dict(Contract.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Contracts"),
            _("What was agreed, for how much and until when; amendments, renewals, instalments."),
            editions=(STANDARD, ENTERPRISE),
            requires=("customers", "opportunities"),
            section=_("Sales"),
            position=40,
            needed_by=_("Companies with framework agreements, terms and renewals."),
            spared_by=_("Companies whose orders are their only agreements."),
            chapters=("contracts",),
            start="/contracts",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, Contract)
    preparation.register_what_is_agreed()
    customer_finders.add(CONTRACT, customers_of_contracts)
    deals = DealSource("contracts", queries.signed_since, module=MODULE)
    deal_sources.add(deals.name, deals)
    keepers.add("contracts", queries.kept_for_law)
    subscribe(RecordsChanged, "contracts.follow", hooks.follow_contracts)
    subscribe(ApprovalChanged, "contracts.approval", hooks.follow_approval)
    subscribe(ApprovalEnded, "contracts.approved", hooks.end_approval)
    outcome = Outcome(
        "contract", _("Create the contract"), "certificate", CONTRACT, MODULE, quoting.contract_from_quote
    )
    quote_outcomes.add(outcome.name, outcome)
    for kind in documents.KINDS:
        register_document_kind(kind)
    _register_pages()
    api.register()


def _register_pages() -> None:
    """Register what the app shows on contracts, customers, opportunities, on my day and in the settings."""
    customer_figures.add(
        MODULE, FigureSource(MODULE, panels.customer_figures, module=MODULE, position=15, table=Contract)
    )
    in_force = {"field": "status", "op": "eq", "value": "active"}
    group_figures.add("contracts", GroupFigure("contracts", _("Under contract"), CONTRACT, (in_force,), position=25))
    for panel in (
        RecordPanel(
            "contract_state", panels.state, (CONTRACT,), place="before", position=20, module=MODULE, covers=(CONTRACT,),
            label=_("State of the contract"),
        ),
        RecordPanel(
            "contract_plan", panels.plan, (CONTRACT,), place="before", position=30, module=MODULE, label=_("Instalments")
        ),
        RecordPanel("contract_terms", panels.terms, (CONTRACT,), position=20, module=MODULE, label=_("Terms")),
        RecordPanel(
            "amendment_state", panels.amendment_state, (AMENDMENT,), place="before", position=20, module=MODULE,
            label=_("What changes"),
        ),
    ):  # fmt: skip
        record_panels.add(panel.name, panel)
    source = TimelineSource(
        "contracts", _("Contracts"), "certificate", panels.load_contracts, ("customer", "contact", "opportunity"),
        position=45, module=MODULE, table=Contract,
    )  # fmt: skip
    timeline_sources.add(source.name, source)
    day_panels.add(panels.ENDING.name, DayPanel(panels.ENDING.name, panels.ENDING.render, "side", 60, MODULE))
    spec = objects.CONTRACT_SPEC
    create = QuickAction(
        spec.name, spec.label, f"/{spec.plural}/new", spec.icon, position=38, module=MODULE, may=panels.may_create,
        creates=spec.name,
    )  # fmt: skip
    quick_actions.add(create.name, create)
    register_settings_page(
        SettingsPage(
            clauses.PAGE,
            _("Clauses"),
            clauses.URL,
            "file-text",
            "objects",
            _("The texts that contracts take over"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            routes=clauses.routes,
        )
    )
