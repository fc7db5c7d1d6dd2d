"""What the analytics app registers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.analytics import api, panels
from banyan.analytics.documents import PART
from banyan.analytics.queries import MODULE, measures_for
from banyan.analytics.reports import catalogue
from banyan.core.access.actor import Actor
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.modules import Module, Offer, module_is_on, modules, offers
from banyan.core.web.panels import DayPanel, MenuEntry, day_panels, menu_entries


def register() -> None:
    """Register module, menu entries, reports, their interface and the tiles of my day."""
    catalogue.register()
    register_part(PART)
    api.register()
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Statistics"),
            _("What was gained, done and earned in any period."),
            needed_by=_("Everybody who wants to see how a month went."),
            spared_by=_("Whoever looks at figures in another program."),
            chapters=(
                "statistics",
                "reports",
            ),
            start="/statistics",
        ),
    )
    menu_entries.add(
        MODULE,
        MenuEntry(
            MODULE,
            _("Statistics"),
            "/statistics",
            "chart-bar",
            section=_("Analysis"),
            position=80,
            module=MODULE,
            may=may_count,
        ),
    )
    menu_entries.add(
        "reports",
        MenuEntry(
            "reports",
            _("Reports"),
            "/reports",
            "chart-funnel",
            section=_("Analysis"),
            position=82,
            module=MODULE,
            may=may_report,
        ),
    )
    offers.add("reports", Offer("reports", _("Reports"), reports_for, position=60))
    day_panels.add("month", DayPanel("month", panels.month_tiles, column="top", position=10, module=MODULE))


def may_count(actor: Actor) -> bool:
    """Say whether there is anything that somebody may count."""
    return bool(measures_for(actor))


def reports_for(actor: Actor) -> dict[str, str]:
    """Return the reports that somebody may see, by name."""
    if not module_is_on(actor.organization, MODULE):
        return {}
    return {report.name: str(report.label) for report in catalogue.reports if report.may(actor)}


def may_report(actor: Actor) -> bool:
    """Say whether there is any report that somebody may see."""
    return any(report.may(actor) for report in catalogue.reports)
