"""The page of what changed in the pipeline between two days, and the page of the competitors with their win rates."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.kernel.periods import period_around
from banyan.core.listing.fields import open_fields
from banyan.core.objects.modules import module_is_on
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.sales.choices import DEAL_WORK
from banyan.sales.models import Opportunity, Pipeline
from banyan.sales.queries import Compared, Comparison, compare, currencies_of_history, races
from banyan.sales.rules import MOVEMENTS, win_rate

URL, RIVALS_URL = "/pipeline/changes", "/pipeline/competitors"
KINDS = {
    "new": pgettext_lazy("pipeline", "New"),
    "moved_in": gettext_lazy("Moved in"),
    "grown": gettext_lazy("Grown"),
    "shrunk": gettext_lazy("Shrunk"),
    "moved_out": gettext_lazy("Moved out"),
    "won": gettext_lazy("Won"),
    "lost": gettext_lazy("Lost"),
    "removed": gettext_lazy("Deleted"),
}
PERIODS = {
    "this_month": gettext_lazy("This month"),
    "this_quarter": gettext_lazy("This quarter"),
    "next_quarter": gettext_lazy("Next quarter"),
    "this_year": gettext_lazy("This year"),
    "any": gettext_lazy("Any time"),
}
USUAL_PERIOD = "this_quarter"
SINCE = ((7, gettext_lazy("7 days")), (30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")))
BAR, GAP, PICTURE, TOP, BOTTOM = 64, 30, 220, 24, 40
EARLIEST = date(2000, 1, 1)


@signed_in("GET")
def changes(request: SignedInRequest) -> HttpResponse:
    """Show what changed in the pipeline between two days: a picture, and the opportunities behind each bar."""
    actor = request.actor
    _require(request, "amount", "expected_close_on", "stage")
    first_day, last_day = _days(request)
    period = request.GET.get("period", USUAL_PERIOD)
    if period not in PERIODS:
        raise Invalid([FieldError("period", "unknown_choice", _("There is no such period."))])
    limits = (None, None) if period == "any" else period_around(period, today(actor.time_zone))
    currencies = currencies_of_history()
    currency = request.GET.get("currency") or actor.currency
    zone = ZoneInfo(actor.time_zone)
    asked = Compared(
        begin=datetime.combine(first_day, time.min, zone),
        finish=min(now(), datetime.combine(last_day + timedelta(days=1), time.min, zone)),
        first=limits[0],
        last=limits[1],
        currency=currency,
        pipeline=parse_id(request.GET.get("pipeline")),
        owner=actor.user_id if request.GET.get("whose") == "mine" else None,
    )
    found = compare(actor, asked)
    context = {
        "tabs": tabs_of(URL),
        "picture": _picture(request, found, currency),
        "lists": _lists(request, found, currency),
        "filters": _filters(request, first_day, last_day, period, [*{*currencies, actor.currency}], currency),
        "is_empty": not found.start and not found.end and not any(found.moved.values()),
        "balance": _sentence(request, found, first_day, last_day, currency),
    }
    return page(request, "sales/changes.html", {"changes": context})


def tabs_of(current: str) -> list[dict[str, Any]]:
    """Return the pages about the pipeline as a whole."""
    pages = ((URL, _("Changes of opportunities")), (RIVALS_URL, _("Competitors")))
    return [{"label": label, "url": url, "active": url == current} for url, label in pages]


def _require(request: SignedInRequest, *fields: str) -> None:
    spec = spec_named(request, "opportunity")
    require(request.actor, spec, Action.VIEW)
    is_on = module_is_on(request.actor.organization, DEAL_WORK)
    if not is_on or not set(fields) <= open_fields(request.actor, spec).keys():
        raise Missing("not_found", _("There is no such page."))


def _days(request: SignedInRequest) -> tuple[date, date]:
    """Return the first and last day of the comparison; raise ``Invalid`` for what is no day, or the wrong way round."""
    last = _day(request, "to") or today(request.actor.time_zone)
    first = _day(request, "from") or last - timedelta(days=7)
    if first > last:
        message = _("The first day comes after the last one.")
        raise Invalid([FieldError("from", "wrong_order", message)])
    return first, last


def _day(request: SignedInRequest, name: str) -> date | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = _("“%(text)s” is not a day.") % {"text": text[:40]}
        raise Invalid([FieldError(name, "not_a_day", message)]) from None
    return min(max(day, EARLIEST), today(request.actor.time_zone))


def _text(request: SignedInRequest, amount: Decimal, currency: str) -> str:
    return amounts_text(request.actor, {currency: amount})


def _sentence(request: SignedInRequest, found: Comparison, first: date, last: date, currency: str) -> str:
    language = request.actor.language
    return _("From %(start)s on %(first)s to %(end)s on %(last)s") % {
        "start": _text(request, found.start, currency),
        "first": written_day(first, language),
        "end": _text(request, found.end, currency),
        "last": written_day(last, language),
    }


def _picture(request: SignedInRequest, found: Comparison, currency: str) -> dict[str, Any]:
    """Return the bars of the waterfall with their places in the picture."""
    kinds = [kind for kind in MOVEMENTS if kind != "removed" or found.counts.get(kind)]
    levels = [found.start]
    for kind in kinds:
        levels.append(levels[-1] + found.sums[kind])
    top = max((*levels, Decimal(1)))
    extent = top - min(levels)
    # Where little moved in a large pipeline, bars from zero would all look alike.
    is_cut = 0 < extent * 3 < min(levels)
    low = min(levels) - extent if is_cut else min((*levels, Decimal(0)))
    span = top - low

    def place(amount: Decimal) -> int:
        return TOP + round((PICTURE - TOP) * (top - amount) / span)

    def bar(index: int, label: str, upper: Decimal, lower: Decimal, shade: str, text: str) -> dict[str, Any]:
        return {
            "label": label,
            "text": text,
            "shade": shade,
            "x": index * (BAR + GAP) + GAP // 2,
            "middle": index * (BAR + GAP) + GAP // 2 + BAR // 2,
            "y": place(upper),
            "height": max(place(lower) - place(upper), 1) if upper != lower else 0,
        }

    foot = low if is_cut else Decimal(0)
    bars = [bar(0, _("Opening"), found.start, foot, "is-sum", _text(request, found.start, currency))]
    for index, kind in enumerate(kinds, 1):
        before, after = levels[index - 1], levels[index]
        amount = found.sums[kind]
        sign = "+" if amount > 0 else "−" if amount < 0 else ""
        shade = "is-up" if amount > 0 else "is-down"
        text = sign + _text(request, abs(amount), currency) if amount else "–"
        bars.append(bar(index, str(KINDS[kind]), max(before, after), min(before, after), shade, text))
    bars.append(bar(len(kinds) + 1, _("Closing"), found.end, foot, "is-sum", _text(request, found.end, currency)))
    return {
        "bars": bars,
        "width": len(bars) * (BAR + GAP),
        "height": PICTURE + BOTTOM,
        "bar": BAR,
        "foot": PICTURE + 20,
        "note": _("The columns do not begin at zero, so that small movements can be seen.") if is_cut else "",
        "label": ", ".join(f"{entry['label']} {entry['text']}" for entry in bars),
    }


def _lists(request: SignedInRequest, found: Comparison, currency: str) -> list[dict[str, Any]]:
    ids = {pk for entries in found.moved.values() for pk, _amount in entries}
    rows = Opportunity.objects.filter(pk__in=ids).values("pk", "name", "customer__name", "owner__name", "deleted_at")
    known = {row["pk"]: row for row in rows}
    return [
        {
            "label": str(KINDS[kind]),
            "count": found.counts[kind],
            "total": _text(request, found.sums[kind], currency),
            "rows": [_listed(request, known[pk], amount, currency) for pk, amount in entries if pk in known],
            "more": _more(found.counts[kind] - len(entries)),
        }
        for kind, entries in found.moved.items()
        if entries
    ]


def _more(number: int) -> str:
    return ngettext("%(count)d more", "%(count)d more", number) % {"count": number} if number > 0 else ""


def _listed(request: SignedInRequest, row: Mapping[str, Any], amount: Decimal, currency: str) -> dict[str, Any]:
    return {
        "name": row["name"],
        "url": "" if row["deleted_at"] else f"/opportunities/{row['pk']}",
        "customer": row["customer__name"] or "",
        "owner": row["owner__name"] or "",
        "amount": _text(request, amount, currency),
    }


def _filters(
    request: SignedInRequest, first: date, last: date, period: str, currencies: Sequence[str], currency: str
) -> dict[str, Any]:
    pipelines = list(Pipeline.objects.filter(deleted_at__isnull=True).order_by("-is_default", "position"))
    chosen = request.GET.get("pipeline", "")
    day = today(request.actor.time_zone)
    kept = {name: request.GET[name] for name in ("period", "pipeline", "whose", "currency") if request.GET.get(name)}
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "periods": [
            {"value": name, "label": str(label), "selected": name == period} for name, label in PERIODS.items()
        ],
        "pipelines": [
            {"value": str(entry.pk), "label": entry.name, "selected": str(entry.pk) == chosen} for entry in pipelines
        ]
        if len(pipelines) > 1
        else [],
        "currencies": [{"value": code, "selected": code == currency} for code in sorted(currencies)]
        if len(currencies) > 1
        else [],
        "whose": request.GET.get("whose", ""),
        "quick": [
            {
                "label": str(label),
                "url": f"{URL}?{urlencode({**kept, 'from': (day - timedelta(days=days)).isoformat()})}",
                "active": first == day - timedelta(days=days) and last == day,
            }
            for days, label in SINCE
        ],
    }


@signed_in("GET")
def competitors(request: SignedInRequest) -> HttpResponse:
    """Show the competitors: how often they were met, who won, and how to beat them."""
    _require(request)
    rows = [
        {
            "name": race.competitor.name,
            "website": race.competitor.website,
            "in_play": race.in_play,
            "won": race.won_against,
            "lost": race.lost_to,
            "rate": win_rate(race.won_against, race.lost_to),
            "facts": [
                {"label": label, "text": text}
                for label, text in (
                    (_("Strengths"), race.competitor.strengths),
                    (_("Weaknesses"), race.competitor.weaknesses),
                    (_("How to win against them"), race.competitor.notes),
                )
                if text
            ],
            "edit_url": _edit_url(request, race.competitor.pk),
        }
        for race in races(request.actor)
    ]
    context = {
        "tabs": tabs_of(RIVALS_URL),
        "rows": rows,
        "create_url": _edit_url(request, None),
    }
    return page(request, "sales/competitors.html", {"rivals": context})


def _edit_url(request: SignedInRequest, competitor_id: uuid.UUID | None) -> str:
    if not request.actor.has(Ability.CUSTOMISE):
        return ""
    return f"/settings/competitors/{competitor_id or 'new'}"
