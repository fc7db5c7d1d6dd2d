"""Figures as pages show them: tiles with the period before, and the same on my day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.analytics.periods import THIS_MONTH
from banyan.analytics.queries import Comparison, Figure, compare, measures_for, sees_amount
from banyan.analytics.rules import SAME, UP, change_of
from banyan.core.access.actor import Actor
from banyan.core.kernel.periods import period_days
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.day import list_url

TILES_OF_THE_DAY = ("new_customers", "won", "orders")
MONTH_LABELS = {
    "new_customers": gettext_lazy("New customers this month"),
    "won": gettext_lazy("Won this month"),
    "orders": gettext_lazy("Orders this month"),
}


def month_tiles(actor: Actor) -> Markup | None:
    """Return the tiles of this month for my day; None when there is nothing that the actor may count."""
    first, last = period_days(THIS_MONTH, actor.time_zone)
    measures = measures_for(actor, TILES_OF_THE_DAY)
    if not measures:
        return None
    compared = [compare(actor, measure, spec, first=first, last=last) for measure, spec in measures]
    tiles = [
        {
            **tile(actor, comparison, first=first, last=last, before=_("last month")),
            "label": str(MONTH_LABELS[comparison.measure.name]),
        }
        for comparison in compared
    ]
    return macro("analytics/tiles.html", "month_tiles", tiles)


def tile(actor: Actor, comparison: Comparison, *, first: date, last: date, before: str) -> dict[str, Any]:
    """Return a comparison in the shape of the component ``stat_tile``; the tile opens the records it counts."""
    measure, spec = comparison.measure, comparison.spec
    has_amount = sees_amount(actor, measure, spec)
    change = change_of(_weight(actor, comparison.current, has_amount), _weight(actor, comparison.previous, has_amount))
    was = _("%(before)s %(value)s") % {"before": before, "value": value_text(actor, comparison.previous, has_amount)}
    return {
        "label": str(measure.label),
        "value": value_text(actor, comparison.current, has_amount),
        "hint": count_text(comparison.current.count) if has_amount else "",
        "delta": "" if change.direction == SAME or change.percent is None else f"{abs(change.percent)} %",
        "direction": change.direction,
        "good": None if change.direction == SAME else change.direction == UP,
        "previous": was,
        "url": list_url(spec, measure.tree(first, last), sort=f"-{measure.day_field}"),
    }


def value_text(actor: Actor, figure: Figure, has_amount: bool) -> str:  # noqa: FBT001 the second half of the value
    """Return a figure as a headline: the amount where there is one, else the number."""
    return amounts_text(actor, figure.sums) if has_amount else f"{figure.count:,}"


def count_text(count: int) -> str:
    """Return how many records an amount is made of."""
    return _("%(count)s records") % {"count": f"{count:,}"}


def _weight(actor: Actor, figure: Figure, has_amount: bool) -> Decimal | int:  # noqa: FBT001 as above
    """Return what two figures are compared by: amounts in the organization's currency, else numbers."""
    if not has_amount:
        return figure.count
    return figure.sums.get(actor.currency, Decimal(0)) if len(figure.sums) <= 1 else Decimal(figure.count)
