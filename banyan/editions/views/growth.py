"""Settings: whether edition, servers and modules still fit, with the figures behind each advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.languages import written_day
from banyan.core.objects.modules import modules
from banyan.core.web.answers import macro
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in
from banyan.editions.choices import EDITION_LABELS
from banyan.editions.growth.rules import Day, percentile
from banyan.editions.growth.wording import PAUSES, Told, current_advice, dismiss, hear_again, new_advice
from banyan.editions.models import GrowthDay

PAGE, URL = "growth", "/settings/growth"
USUAL_PAUSE = 90
POINTS = 180


def routes() -> list[URLPattern]:
    """Return the addresses below ``/settings/``."""
    return [
        path("growth", growth, name="settings-growth"),
        path("growth/dismiss", dismiss_advice, name="settings-growth-dismiss"),
    ]


@signed_in("GET")
def growth(request: SignedInRequest) -> HttpResponse:
    """Show figures, advice, and how things went."""
    require_page(request.actor, PAGE)
    days, spoken, quiet = current_advice(request.actor)
    context = {
        "tiles": _tiles(days),
        "advice": [_card(advice) for advice in spoken],
        "quiet": [{"key": advice.key, "title": advice.title} for advice in quiet],
        "pauses": [
            {"value": days, "label": ngettext("%(num)d day", "%(num)d days", days) % {"num": days}} for days in PAUSES
        ],
        "usual_pause": USUAL_PAUSE,
        "chart": _chart(request.actor),
        "modules": _used(days),
    }
    return settings_answer(request, PAGE, "editions/growth.html", context)


@signed_in("POST")
def dismiss_advice(request: SignedInRequest) -> HttpResponse:
    """Let an advice be quiet for a while, or speak again."""
    require_page(request.actor, PAGE)
    key = request.POST.get("key", "")
    if request.POST.get("again") == "true":
        hear_again(request.actor, key)
        return saved(request, _("This advice speaks again."), URL)
    text = request.POST.get("days", str(USUAL_PAUSE))
    days = int(text) if text.isdecimal() and len(text) < 5 else 0
    dismiss(request.actor, key, days)
    return saved(request, _("This advice is quiet for %(days)d days.") % {"days": days}, URL)


def day_panel(actor: Actor) -> Markup | None:
    """Return what is new about growth, for whoever manages the organization."""
    advice = new_advice(actor) if actor.has(Ability.MANAGE_ORGANIZATION) else None
    if advice is None:
        return None
    shown = {"key": advice.key, "title": advice.title, "text": advice.why, "url": URL, "dismiss_url": f"{URL}/dismiss"}
    return macro("editions/day.html", "growth", shown)


def _card(advice: Told) -> dict[str, Any]:
    return {
        "key": advice.key, "title": advice.title, "why": advice.why, "cost": advice.cost, "gain": advice.gain,
        "url": advice.url, "link": advice.link, "icon": advice.icon, "figures": advice.figures,
    }  # fmt: skip


def _tiles(days: Sequence[Day]) -> list[dict[str, Any]]:
    now = days[-1]
    last = [day.waits for day in days[-7:] if day.waits]
    counts = tuple(sum(column) for column in zip(*last, strict=True)) if last else ()
    wait = f"{percentile(counts, 0.95):,} ms" if counts else "–"
    return [
        {"label": _("Edition"), "value": str(EDITION_LABELS[now.edition]), "url": "/settings/modules"},
        {"label": _("People with a seat"), "value": f"{now.users:,}", "url": "/settings/licence"},
        {"label": _("Records"), "value": f"{now.total:,}"},
        {"label": _("Changes in 30 days"), "value": f"{sum(sum((d.changes or {}).values()) for d in days[-31:]):,}"},
        {"label": _("19 of 20 pages within"), "value": wait},
        {"label": _("Refusals in 30 days"), "value": f"{sum(day.refusals for day in days[-30:]):,}"},
    ]  # fmt: skip


def _used(days: Sequence[Day]) -> list[dict[str, str]]:
    """Return how much each module is used, the most used first."""
    known = days[-1].records or {}
    rows = [
        (sum((day.changes or {}).get(name, 0) for day in days), records, str(modules[name].label))
        for name, records in known.items()
        if name in modules
    ]
    rows.sort(key=lambda row: (-row[0], -row[1], row[2]))
    return [{"label": label, "changes": f"{changes:,}", "records": f"{records:,}"} for changes, records, label in rows]


def _chart(actor: Actor) -> dict[str, Any] | None:
    """Return people and records by day; nothing before there are two days."""
    rows = list(GrowthDay.objects.order_by("-day")[:POINTS])[::-1]
    if len(rows) < 2:
        return None
    people = [[row.day.isoformat(), row.figures["users"]] for row in rows]
    records = [[row.day.isoformat(), sum(row.figures["records"].values())] for row in rows]
    return {
        "id": "growth-history",
        "title": _("People and records by day"),
        "option": {
            "legend": {"top": 0, "right": 0},
            "grid": {"left": 8, "right": 8, "top": 36, "bottom": 8, "containLabel": True},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "time"},
            "yAxis": [{"type": "value", "minInterval": 1}, {"type": "value", "minInterval": 1}],
            "series": [
                {"name": _("People with a seat"), "type": "line", "showSymbol": False, "data": people},
                {"name": _("Records"), "type": "line", "showSymbol": False, "yAxisIndex": 1, "data": records},
            ],
        },
        "table": {
            "head": [_("Date"), _("People with a seat"), _("Records")],
            "rows": [
                [written_day(row.day, actor.language), f"{count:,}", f"{total:,}"]
                for row, (_day, count), (_same, total) in zip(rows[-31:], people[-31:], records[-31:], strict=True)
            ],
        },
    }
