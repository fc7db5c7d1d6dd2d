"""The days that statistics and reports are about, as an address asks for them, and the choice between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.kernel.periods import is_period, period_days, previous_period
from banyan.core.web.wording import PERIODS

THIS_MONTH = "this_month"
#: Reports look back further than statistics: a funnel of a month has hardly begun.
USUAL_OF_REPORTS = "this_year"
ALL_TIME = "all"
OFFERED = ("this_week", "this_month", "last_month", "this_quarter", "this_year", "last_year", "last_30_days")
LONGEST_YEARS = 20
#: No record of a customer relationship is older; the first day of "all time".
BEGINNING = date(1990, 1, 1)


class Parameters(Protocol):
    """Where a period is read from: the query of an address."""

    def get(self, name: str, default: str, /) -> str | None:
        """Return a parameter."""


@dataclass(frozen=True)
class Period:
    """The days that a page is about; ``name`` is empty for days that somebody typed."""

    name: str
    first: date
    last: date

    @property
    def before(self) -> tuple[date, date]:
        """Return the period of comparison."""
        return previous_period(self.first, self.last)

    @property
    def text(self) -> str:
        """Return the days in words."""
        return _("All time") if self.name == ALL_TIME else span(self.first, self.last)


def read_period(parameters: Parameters, zone: str, *, usual: str = THIS_MONTH, whole: bool = False) -> Period:
    """Return the period of an address: a name, or two days as ``from`` and ``to``; the usual one if it makes no sense.

    ``whole`` lets it be all time, too.
    """
    try:
        first, last = (date.fromisoformat(parameters.get(name, "") or "") for name in ("from", "to"))
    except ValueError:
        first = last = date.min
    if date.min < first <= last and last.year - first.year <= LONGEST_YEARS and first.year > LONGEST_YEARS:
        return Period("", first, last)
    name = parameters.get("period", "") or ""
    name = name if is_period(name) or (whole and name == ALL_TIME) else usual
    return Period(ALL_TIME, BEGINNING, today(zone)) if name == ALL_TIME else Period(name, *period_days(name, zone))


def period_choice(period: Period, url: str, *, names: Sequence[str] = OFFERED, extra: str = "") -> dict[str, Any]:
    """Return the choice of a period for a page, in the shape that ``analytics/period.html`` takes.

    ``extra`` is a part of the query that stays, such as ``pipeline=...``.
    """
    more = f"&{extra}" if extra else ""
    labels = {**PERIODS, ALL_TIME: _("All time")}
    return {
        "url": url,
        "tabs": [
            {"label": str(labels[name]), "url": f"{url}?period={name}{more}", "active": period.name == name}
            for name in names
        ],
        "first": "" if period.name == ALL_TIME else period.first.isoformat(),
        "last": "" if period.name == ALL_TIME else period.last.isoformat(),
        "hidden": [dict(zip(("name", "value"), extra.split("=", 1), strict=True))] if extra else [],
    }


def span(first: date, last: date) -> str:
    """Return two days as a text in the reader's language; one if they are the same."""
    language = get_language() or ""
    written = written_day(first, language), written_day(last, language)
    return written[0] if first == last else " – ".join(written)
