"""The cards of boards as markup: see ``markup`` for why templates do not make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from banyan.core.web.markup import avatar, badge, icon, lock_mark, trusted

Values = Mapping[str, Any]


def cards(board: Values, column: Values) -> Markup:
    """Return the cards of a column, with the button that loads the next."""
    tools = _tools(board)
    body = [_card(item, tools) for item in column["cards"]]
    if column.get("next_url"):
        body.append(
            '<div class="board-more" role="listitem"><button class="btn btn-ghost-secondary btn-sm" type="button" '
            f'hx-get="{escape(column["next_url"])}" hx-trigger="click, intersect once" hx-target="closest .board-more" '
            f'hx-swap="outerHTML">{escape(_("Load more"))}</button></div>'
        )
    return trusted("".join(body))


def card(board: Values, item: Values, oob: bool = False) -> Markup:  # noqa: FBT001, FBT002 as the macros have it
    """Return one card; with ``oob`` it takes the place of the one in the page."""
    return trusted(_card(item, _tools(board), oob=oob))


def _tools(board: Values) -> tuple[str, str, str]:
    """Return what the tools of all cards of a board have in common: logging before and after its address, moving."""
    log, move = escape(_("Log a follow-up")), escape(_("Move to another column"))
    return (
        f'<a class="icon-button" title="{log}" aria-label="{log}" data-open="dialog" href="',
        f'">{icon("message-plus")}</a>',
        f'<button class="icon-button" type="button" title="{move}" aria-label="{move}" data-card-move="" '
        f'aria-haspopup="menu">{icon("arrows-move")}</button>'
        if board.get("move_url")
        else "",
    )


def _card(item: Values, tools: tuple[str, str, str], *, oob: bool = False) -> str:
    card_id = escape(item["id"])
    before, after, move = tools
    if item.get("locked"):
        move = lock_mark(item["locked"])
    log = f"{before}{escape(item['log_url'])}{after}" if item.get("log_url") else ""
    owner = avatar(item["owner"], item.get("owner_image", ""), "small", decorative=False) if item.get("owner") else ""
    subtitle = f'<div class="board-subtitle">{escape(item["subtitle"])}</div>' if item.get("subtitle") else ""
    badges = "".join(badge(part["text"], part.get("color") or "") for part in item.get("badges") or ())
    badges = f'<div class="card-badges">{badges}</div>' if badges else ""
    swap = ' hx-swap-oob="true"' if oob else ""
    return (
        f'<article class="board-card{" is-locked" if item.get("locked") else ""}" id="card-{card_id}" role="listitem" data-card="{card_id}" '
        f'data-version="{escape(item.get("version") or "")}"{swap}>'
        f'<a class="board-title" href="{escape(item["url"])}" data-open="panel">{escape(item["title"])}</a>{subtitle}'
        f'{badges}<div class="card-foot">{_figures(item)}<span class="card-tools">{log}{move}</span>{owner}</div></article>'
    )


def _figures(item: Values) -> str:
    amount = f'<span class="card-amount figures">{escape(item["amount"])}</span>' if item.get("amount") else ""
    if not item.get("due"):
        return amount
    late = " is-overdue" if item.get("overdue") else ""
    mark = icon("calendar", "icon-small")
    return f'{amount}<span class="card-due figures{late}">{mark}{escape(item["due"])}</span>'
