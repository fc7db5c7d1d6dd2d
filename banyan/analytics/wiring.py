"""What the analytics app registers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.analytics import panels
from banyan.analytics.queries import measures_for
from banyan.core.access.actor import Actor
from banyan.core.objects.modules import Module, modules
from banyan.core.web.panels import DayPanel, MenuEntry, day_panels, menu_entries

MODULE = "statistics"


def register() -> None:
    """Register module, menu entry and the tiles of my day."""
    modules.add(MODULE, Module(MODULE, _("Statistics"), _("What was gained, done and earned in any period.")))
    menu_entries.add(
        MODULE,
        MenuEntry(MODULE, _("Statistics"), "/statistics", "chart-bar", position=80, module=MODULE, may=may_count),
    )
    day_panels.add("month", DayPanel("month", panels.month_tiles, column="top", position=10, module=MODULE))


def may_count(actor: Actor) -> bool:
    """Say whether there is anything that somebody may count."""
    return bool(measures_for(actor))
