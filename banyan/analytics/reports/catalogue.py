"""Which reports there are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.analytics.reports import activity, ageing, funnel, goals, outcomes, sources
from banyan.analytics.reports.shapes import Report
from banyan.core.kernel.registry import Registry

reports: Registry[Report] = Registry("reports")

REPORTS = (
    Report(
        "funnel",
        _("Sales funnel"),
        _("How many opportunities go on from stage to stage, and where are they lost?"),
        "chart-funnel",
        {"opportunity": funnel.NEEDS},
        funnel.build,
    ),
    Report(
        "outcomes",
        _("Won and lost"),
        _("Who wins how much, for which reasons deals are won and lost, and against whom?"),
        "rosette",
        {"opportunity": outcomes.NEEDS},
        outcomes.build,
    ),
    Report(
        "ageing",
        _("Ageing"),
        _("How long do opportunities stand in each stage, and which are stuck?"),
        "clock",
        {"opportunity": ageing.NEEDS},
        ageing.build,
    ),
    Report(
        "activity",
        _("Activity"),
        _("Who is in touch with customers how often, and in which way?"),
        "activity",
        {"activity": activity.NEEDS},
        activity.build,
    ),
    Report(
        "sources",
        _("Sources"),
        _("Where do customers come from, and which sources lead to won deals?"),
        "filter",
        {"customer": sources.CUSTOMER_NEEDS, "opportunity": sources.NEEDS},
        sources.build,
    ),
    Report(
        "targets",
        _("Targets"),
        _("What was to be won, what is won, and is the pace enough?"),
        "target",
        {"opportunity": goals.NEEDS, "target": goals.TARGET_NEEDS},
        goals.build,
    ),
)


def register() -> None:
    """Make the reports known."""
    for report in REPORTS:
        reports.add(report.name, report)
