"""The frame of the pages about stock: their heading, their tabs, and who sees which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.actor import Actor
from banyan.core.web.answers import page
from banyan.core.web.middleware import SignedInRequest
from banyan.supply.permissions import buys, sees_stock, works_with_stock
from banyan.supply.setting import supply_setting

URL = "/stock"
OVERVIEW, WORK, BACKORDERS, TO_ORDER, COUNTS, LEDGER, SERIALS, LOTS = (
    "overview", "work", "backorders", "to-order", "counts", "ledger", "serials", "lots",
)  # fmt: skip


def tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    """Return the tabs that somebody may open."""
    works, orders, is_mirror = works_with_stock(actor), buys(actor), supply_setting(actor.organization).is_mirror
    entries = (
        (OVERVIEW, pgettext("stock", "Overview"), URL, sees_stock(actor)),
        (WORK, pgettext("stock", "Work"), f"{URL}/work", works and not is_mirror),
        (BACKORDERS, _("Waiting orders"), f"{URL}/backorders", sees_stock(actor)),
        (TO_ORDER, _("To order"), f"{URL}/to-order", orders),
        (COUNTS, pgettext("stock", "Counts"), f"{URL}/counts", works),
        (LEDGER, pgettext("stock", "Moves"), f"{URL}/moves", sees_stock(actor)),
        (SERIALS, _("Serial numbers"), f"{URL}/serials", sees_stock(actor)),
        (LOTS, _("Lots"), f"{URL}/lots", sees_stock(actor)),
    )
    return [{"label": label, "url": url, "active": name == current} for name, label, url, is_open in entries if is_open]


def stock_page(
    request: SignedInRequest, current: str, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page about stock in its frame."""
    around = {
        "tabs": tabs(request.actor, current),
        "is_mirror": supply_setting(request.actor.organization).is_mirror,
        "works": works_with_stock(request.actor) and not supply_setting(request.actor.organization).is_mirror,
    }
    return page(request, template, {**around, **context}, status=status)
