"""What the sales app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.kernel.events import subscribe
from banyan.core.objects.events import ModulesSwitched
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.events import FiguresChanged, RecordsChanged
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.day import first_steps
from banyan.core.web.menu import OBJECT_POSITION
from banyan.core.web.panels import (
    BulkOffer,
    DayPanel,
    MenuEntry,
    PaletteEntry,
    QuickAction,
    RecordPanel,
    RowAction,
    TimelineSource,
    bulk_offers,
    day_panels,
    day_row_actions,
    menu_entries,
    palette_entries,
    quick_actions,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.customers.public import (
    CustomersOf,
    DealSource,
    FigureSource,
    GroupFigure,
    HealthSource,
    customer_figures,
    customer_finders,
    deal_sources,
    group_figures,
    health_sources,
    lifetime_figures,
)
from banyan.products.public import register_lines
from banyan.sales import api, jobs, lifetime, objects, preparation, queries, reactions
from banyan.sales.choices import DEAL_WORK, Outcome
from banyan.sales.models import Opportunity
from banyan.sales.panels import deal_work
from banyan.sales.panels import pages as panels
from banyan.sales.services import deal_work as services_of_deals
from banyan.sales.services import pipelines
from banyan.sales.views import changes, moving, settings
from banyan.sales.views import pipelines as pages


def customers_of_opportunities(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers of opportunities."""
    return dict(Opportunity.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def register() -> None:
    """Register module, objects and what a new organization gets."""
    modules.add(
        "opportunities",
        Module(
            "opportunities",
            _("Opportunities"),
            _("Which deals are under way and what they will bring."),
            requires=("customers",),
            section=_("Sales"),
            position=20,
            needed_by=_("Companies whose sales take more than one talk."),
            spared_by=_("Shops and others who sell at once, without negotiating."),
            chapters=(
                "opportunities",
                "targets",
            ),
            start="/opportunities",
        ),
    )
    modules.add(
        DEAL_WORK,
        Module(
            DEAL_WORK,
            _("Deal work"),
            _("Decision makers, competitors, teams with credit, signs of risk and what changed in the pipeline."),
            editions=(STANDARD, ENTERPRISE),
            requires=("opportunities", "products"),
            section=_("Sales"),
            position=20,
            needed_by=_("Teams that sell large deals together, against competitors."),
            spared_by=_("Teams in which one person carries a deal from beginning to end."),
            chapters=(
                "deal-work",
                "risk-signs",
                "pipeline-changes",
            ),
            start="/opportunities",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records("opportunities", Opportunity)
    customer_finders.add("opportunity", customers_of_opportunities)
    deals = DealSource("opportunities", queries.won_since, queries.open_opportunity, module="opportunities")
    deal_sources.add(deals.name, deals)
    organization_preparations.add("sales.pipeline", pipelines.prepare_organization)
    _register_pages()
    subscribe(ModulesSwitched, "sales.risks", jobs.catch_up)
    subscribe(RecordsChanged, "sales.history", reactions.keep_history)
    subscribe(FiguresChanged, "sales.history_of_figures", reactions.follow_figures)
    subscribe(RecordsChanged, "sales.people", reactions.follow_people)
    subscribe(RecordsChanged, "sales.stages", reactions.follow_stages)
    subscribe(RecordsChanged, "sales.outcomes", reactions.follow_outcomes)
    api.register()
    register_lines(preparation.LINES)


def _register_pages() -> None:
    """Register what the app shows on customers, on opportunities and on my day."""
    module = "opportunities"
    customer_figures.add(
        module, FigureSource(module, panels.customer_figures, module=module, position=10, table=Opportunity)
    )
    lifetime_figures.add(module, FigureSource(module, lifetime.figures, module=module, position=30))
    health_sources.add(module, HealthSource(module, lifetime.health, module=module, position=30))
    for position, outcome, label in ((10, Outcome.OPEN, _("Open deals")), (20, Outcome.WON, _("Won"))):
        stands = {"field": "outcome", "op": "eq", "value": outcome.value}
        figure = GroupFigure(outcome.value, label, "opportunity", (stands,), position=position)
        group_figures.add(figure.name, figure)
    _register_deal_work()
    state = RecordPanel(
        "stage_age", panels.state_line, objects=("opportunity",), place="before", module=module, label=_("Time in the stage")
    )  # fmt: skip
    record_panels.add(state.name, state)
    source = TimelineSource(
        "opportunities",
        _("Opportunities"),
        "target",
        panels.load_opportunities,
        objects=("customer", "contact"),
        position=40,
        module=module,
        table=Opportunity,
    )
    timeline_sources.add(source.name, source)
    day_panels.add(panels.BOARD, DayPanel(panels.BOARD, panels.my_board, position=30, module=module))
    first_steps.add(panels.FIRST_STEP.name, panels.FIRST_STEP)
    opportunity = objects.OPPORTUNITY
    create = QuickAction(
        opportunity.name,
        opportunity.label,
        f"/{opportunity.plural}/new",
        opportunity.icon,
        position=30,
        module=module,
        may=panels.may_create,
        creates=opportunity.name,
    )
    quick_actions.add(create.name, create)
    of_customer = RowAction(
        opportunity.name,
        _("New opportunity"),
        opportunity.icon,
        lambda _spec, customer: f"/{opportunity.plural}/new?customer={customer}",
        may=panels.may_create,
        objects=("customer",),
        position=20,
        module=module,
    )
    day_row_actions.add(of_customer.name, of_customer)


def _register_deal_work() -> None:
    """Register what larger teams use: people of a deal, competitors, teams, signs of risk, mass moves, changes."""
    module = DEAL_WORK
    for place, (name, render) in enumerate(deal_work.PARTS.items()):
        panel = RecordPanel(
            f"deal_{name}",
            render,
            objects=("opportunity",),
            position=10 + place,
            module=module,
            covers=("opportunity_contact",) if name == "people" else (),
            label=deal_work.LABELS[name],
        )
        record_panels.add(panel.name, panel)
    signs = RecordPanel(
        "risk_signs", deal_work.risk_line, objects=("opportunity",), place="before", position=5, module=module,
        label=_("Signs of risk"),
    )  # fmt: skip
    record_panels.add(signs.name, signs)
    move = BulkOffer(
        "move", _("Move deals"), "arrows-move", moving.URL, may=panels.may_edit, objects=("opportunity",), module=module
    )
    bulk_offers.add(move.name, move)
    entry = MenuEntry(
        "pipeline", _("Pipeline changes"), changes.URL, "trending-up", position=OBJECT_POSITION + 2, module=module,
        may=panels.may_view,
    )  # fmt: skip
    menu_entries.add(entry.name, entry)
    for name, label, url in (
        ("pipeline.changes", _("What changed in the pipeline"), changes.URL),
        ("pipeline.competitors", _("Competitors"), changes.RIVALS_URL),
    ):
        palette = PaletteEntry(name, label, url, "trending-up", module=module, may=panels.may_view)
        palette_entries.add(palette.name, palette)
    _register_settings()


def _register_settings() -> None:
    """Register the pages of the settings, and what their changes are called in the log of the set-up."""
    module = DEAL_WORK
    for subject, called in (
        (services_of_deals.TEAM, _("Team and credit")),
        (services_of_deals.COMPETITOR, _("Competitor")),
        (services_of_deals.LIMITS, _("Signs of risk")),
    ):
        subjects.add(subject, called)
    register_settings_page(
        SettingsPage(
            pages.PAGE,
            _("Pipelines"),
            pages.URL,
            "layout-kanban",
            "objects",
            _("Stages, probabilities and when a deal is stuck"),
            ability=Ability.CUSTOMISE,
            module="opportunities",
            routes=pages.routes,
        )
    )
    register_settings_page(
        SettingsPage(
            settings.COMPETITORS,
            _("Competitors"),
            settings.COMPETITORS_URL,
            "flag",
            "objects",
            _("Who sells to your customers too, and how to win against them"),
            ability=Ability.CUSTOMISE,
            module=module,
            routes=settings.competitor_routes,
        )
    )
    register_settings_page(
        SettingsPage(
            settings.RISKS,
            _("Signs of risk"),
            settings.RISKS_URL,
            "alert-triangle",
            "objects",
            _("From when on an opportunity stands still or may be lost"),
            ability=Ability.CUSTOMISE,
            module=module,
            routes=settings.risk_routes,
        )
    )
