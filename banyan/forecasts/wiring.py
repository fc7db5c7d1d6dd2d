"""What the forecasts app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.web.panels import DayPanel, MenuEntry, PaletteEntry, day_panels, menu_entries, palette_entries
from banyan.forecasts import api, jobs, objects
from banyan.forecasts.queries.measures import SOURCES, measure_sources
from banyan.forecasts.queries.targets import goals_of
from banyan.forecasts.views import attainment
from banyan.forecasts.views.frame import ATTAINMENT, FORECAST, MODULE, PLAN, SCREEN
from banyan.sales.public import goals_of_people

__all__ = ["jobs", "register"]


def register() -> None:
    """Register module, object, measures, menu and what my day shows."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Targets and forecast"),
            _("Targets of teams and people, what will come in, and how near forecasts came."),
            editions=(STANDARD, ENTERPRISE),
            requires=("opportunities",),
            needed_by=_("Sales managers who answer for a number."),
            spared_by=_("Teams small enough to talk about each deal."),
            start="/forecast",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    for source in SOURCES:
        measure_sources.add(source.name, source)
    goals_of_people.add(MODULE, goals_of)
    api.register()
    menu_entries.add(
        MODULE,
        MenuEntry(
            MODULE,
            _("Forecast"),
            FORECAST,
            "chart-line",
            section=_("Analysis"),
            position=76,
            module=MODULE,
            may=may_forecast,
        ),
    )
    for name, label, url, icon in (
        ("attainment", _("Attainment of targets"), ATTAINMENT, "flag"),
        ("plan", _("Set targets"), PLAN, "table"),
        ("screen", _("Big screen"), SCREEN, "device-desktop"),
    ):
        palette_entries.add(
            f"targets.{name}", PaletteEntry(f"targets.{name}", label, url, icon, module=MODULE, may=may_see_targets)
        )
    day_panels.add("targets", DayPanel("targets", attainment.my_day, column="side", position=5, module=MODULE))


def may_forecast(actor: Actor) -> bool:
    """Say whether somebody sees any opportunities."""
    return actor.may("opportunity", "view")


def may_see_targets(actor: Actor) -> bool:
    """Say whether somebody sees any targets."""
    return actor.may("target", "view")
