"""Lists as boards: columns of cards with their sums, in the shapes that the component ``board`` takes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.board import BoardColumn, BoardPage, board_columns, board_groups
from banyan.core.listing.filters import Condition
from banyan.core.listing.query import list_rows
from banyan.core.objects.spec import Board, Field
from banyan.core.records.drafts import reading_for
from banyan.core.records.locks import judged_by, rows_locks
from banyan.core.web.list_state import ListState, reading_columns
from banyan.core.web.menu import may
from banyan.core.web.panels import contributions, due_fields, row_actions
from banyan.core.web.presenting import Presenter, Row, presenter_for
from banyan.core.web.processes.guide import mark_late

BOARD_ID = "list-board"
CARDS_MORE = 10
CERTAIN = 100


def board_spec(state: ListState) -> Board:
    """Return the object's board; lists without one never ask."""
    board = state.spec.board
    if board is None:
        raise LookupError(state.spec.name)
    return board


def board_of(state: ListState) -> dict[str, Any]:
    """Return the whole board with the first cards of each column."""
    found = read_board(state)
    rows = [row for column in found.columns for row in column.rows]
    presenter = presenter_for(state.actor, state.spec, rows, found.labels)
    columns = [column_of(state, presenter, column, found) for column in found.columns]
    cards = [card for column in columns for card in column["cards"]]
    mark_late(state.spec, cards)
    mark_locked(state, cards, rows)
    return {
        "id": BOARD_ID,
        "label": str(state.spec.label_plural),
        "object": state.spec.plural,
        "live_url": state.url("/board"),
        "move_url": f"/{state.spec.plural}/move" if may(state.actor, state.spec, Action.EDIT) else "",
        "columns": columns,
    }


def read_board(state: ListState, *, cards: int = CARDS_MORE) -> BoardPage:
    """Read the board that the address asks for."""
    request = replace(state.request(), columns=columns_to_read(state))
    group = parse_id(state.parameters.get("group"))
    return board_columns(state.actor, state.spec, request, board_spec(state), group=group, cards=cards)


def column_of(state: ListState, presenter: Presenter, column: BoardColumn, found: BoardPage) -> dict[str, Any]:
    """Return one column."""
    spec = state.spec
    create = ""
    if may(state.actor, spec, Action.CREATE):
        create = f"/{spec.plural}/new?{board_spec(state).field}={column.key}"
        if found.group and board_spec(state).group_field in spec.all_fields:
            create += f"&{board_spec(state).group_field}={found.group}"
    return {
        "key": str(column.key),
        "label": column.label,
        "color": column.color,
        "count": column.count,
        "total": sums_text(state, column.totals),
        "weighted": _weighted_text(state, column),
        "limit": column.limit,
        "is_over_limit": column.is_over_limit,
        "cards": [card_of(state, presenter, row) for row in column.rows],
        "next_url": _more_url(state, str(column.key), column.next_cursor),
        "create_url": create,
    }


def more_cards(state: ListState, key: str, cursor: str) -> dict[str, Any]:
    """Return the next cards of a column."""
    board = board_spec(state)
    narrowed = state.with_filter(Condition(board.field, "eq", (key,)))
    request = replace(narrowed.request(cursor=cursor, limit=CARDS_MORE), columns=columns_to_read(state))
    page = list_rows(state.actor, state.spec, request)
    presenter = presenter_for(state.actor, state.spec, page.rows, page.labels)
    cards = [card_of(state, presenter, row) for row in page.rows]
    mark_late(state.spec, cards)
    mark_locked(state, cards, page.rows)
    return {
        "cards": cards,
        "next_url": _more_url(state, key, page.next_cursor),
    }


def mark_locked(state: ListState, cards: Iterable[dict[str, Any]], rows: Sequence[Row]) -> None:
    """Tell of cards that cannot be moved now why; asks only where something can lock the field that makes the columns."""
    name = board_spec(state).field
    locks = rows_locks(state.actor, state.spec, rows, (name,))
    for card in cards if locks else ():
        lock = locks.get(card["id"], {}).get(name)
        card["locked"] = lock.message if lock else ""


def board_switch(state: ListState) -> list[dict[str, Any]]:
    """Return the pipelines to choose from; none when there is only one."""
    groups = board_groups(state.actor, state.spec, board_spec(state))
    if len(groups) < 2:
        return []
    chosen = parse_id(state.parameters.get("group")) or groups[0].id
    return [
        {"label": group.label, "url": state.url(group=str(group.id)), "active": group.id == chosen} for group in groups
    ]


def card_of(state: ListState, presenter: Presenter, row: Row) -> dict[str, Any]:
    """Return one card: title, what the object wants to have on it, amount, date, owner."""
    board, spec = board_spec(state), state.spec
    entries = presenter.visible(name for name in board.card if name not in {board.total, board.field})
    card: dict[str, Any] = {
        "id": row["id"],
        "url": presenter.url(row["id"]),
        "version": row.get("version"),
        "title": presenter.title(row),
        "owner": presenter.labels.get(row["owner"], "") if row.get("owner") else "",
        "badges": [],
        "log_url": _log_url(presenter, row["id"]),
    }
    total = spec.all_fields.get(board.total)
    if total is not None and row.get(board.total) is not None:
        card["amount"] = presenter.text(total, row)
    lines: list[str] = []
    for entry in entries:
        _put_on_card(card, lines, presenter, entry, row)
    card["subtitle"] = " · ".join(lines)
    return card


def _put_on_card(card: dict[str, Any], lines: list[str], presenter: Presenter, entry: Field, row: Row) -> None:
    cell = presenter.cell(entry, row, in_list=False)
    if not cell.get("text"):
        return
    if entry.kind.widget == "date" and "due" not in card:
        card |= {"due": cell["text"], "overdue": bool(cell.get("overdue"))}
    elif entry.kind.widget == "choice":
        card["badges"].append({"text": cell["text"], "color": cell.get("color")})
    elif entry.kind.widget == "multiple_choice":
        first, *others = cell["entries"]
        card["badges"].append(first)
        if others:
            card["badges"].append({"text": f"+{len(others)}"})
    elif entry.kind.widget == "person":
        card["owner"] = cell["text"]
    else:
        lines.append(cell["text"])


def sums_text(state: ListState, sums: Mapping[str, Decimal]) -> str:
    """Return the sums of a column as text, currency by currency."""
    entry = state.spec.all_fields.get(board_spec(state).total)
    if entry is None:
        return ""
    reading = reading_for(state.actor)
    return " + ".join(
        entry.kind.display(amount.to_integral_value(), replace(reading, currency=currency) if currency else reading)
        for currency, amount in sums.items()
        if amount
    )


def _weighted_text(state: ListState, column: BoardColumn) -> str:
    """Return the sums weighted by the stage's probability; nothing where that says no more than the sums."""
    if not column.probability or column.probability == CERTAIN:
        return ""
    text = sums_text(state, column.weighted)
    return _("≈ %(amount)s at %(percent)d %%") % {"amount": text, "percent": column.probability} if text else ""


def columns_to_read(state: ListState) -> tuple[str, ...]:
    """Return what has to be read of a record so that it can be shown as a card."""
    board, spec = board_spec(state), state.spec
    wanted = (spec.title, *board.card, board.total, board.field, "owner", "version", "number")
    late = (name for entry in contributions(due_fields, state.actor, spec.name) for name in entry.open_when)
    names = dict.fromkeys(name for name in (*wanted, *late) if name)
    shown = {entry.name for entry in Presenter(state.actor, spec).visible(names)}
    extra = (*reading_columns(spec, [name for name in names if name in shown]), *judged_by(spec, (board.field,)))
    visible = {entry.name for entry in Presenter(state.actor, spec).visible(dict.fromkeys(extra))}
    return tuple(
        dict.fromkeys((*(name for name in names if name in shown), *(name for name in extra if name in visible)))
    )


def _log_url(presenter: Presenter, record_id: uuid.UUID) -> str:
    for action in contributions(row_actions, presenter.actor, presenter.spec.name):
        if action.logs and action.may(presenter.actor):
            return action.url(presenter.spec, record_id)
    return ""


def _more_url(state: ListState, key: str, cursor: str | None) -> str:
    return state.url("/cards", column=key, cursor=cursor) if cursor else ""
