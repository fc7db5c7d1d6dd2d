"""The rows of data tables as markup: see ``markup`` for why templates do not make them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from banyan.core.web.markup import icon, lock_mark, show, trusted

Values = Mapping[str, Any]


def rows(table: Values) -> Markup:
    """Return the rows of one page, with the button that loads the next: the answer to a refresh and to "load more"."""
    openings = [_opening(column) for column in table["columns"]]
    is_selectable = bool(table.get("selectable"))
    body = [_row(row, openings, is_selectable=is_selectable) for row in table["rows"]]
    if table.get("next_url"):
        body.append(
            f'<tr class="table-more"><td colspan="{len(openings) + 2}"><button class="btn btn-ghost-secondary btn-sm" '
            f'type="button" hx-get="{escape(table["next_url"])}" hx-trigger="click, intersect once" '
            f'hx-target="closest tr" hx-swap="outerHTML">{escape(_("Load more"))}</button></td></tr>'
        )
    return trusted("".join(body))


def line(table: Values, row: Values) -> Markup:
    """Return one row: the answer after a row was changed elsewhere (swap "outerHTML" into #row-<id>)."""
    openings = [_opening(column) for column in table["columns"]]
    return trusted(_row(row, openings, is_selectable=bool(table.get("selectable"))))


def value(column: Values, cell: Values) -> Markup:
    """Return one cell: the answer after an edit in the cell (swap "outerHTML")."""
    return trusted(_cell(_opening(column), cell))


def _opening(column: Values) -> tuple[str, str]:
    """Return the start of a column's cells, for those that can be edited and for those that cannot."""
    end = " is-end" if column.get("align") == "end" else ""
    start = (
        f'<td class="kind-{escape(column.get("kind", "text"))}{end}" data-phone="{escape(column.get("phone") or "")}" '
        f'data-cell="{escape(column["name"])}" tabindex="-1"'
    )
    return (f"{start} data-editable>" if column.get("editable") else f"{start}>"), f"{start}>"


def _cell(opening: tuple[str, str], cell: Values) -> str:
    if cell.get("locked"):
        return f"{opening[1]}{show(cell)}{lock_mark(cell['locked'])}</td>"
    if cell.get("closed"):
        return f'{opening[1][:-1]} title="{escape(cell["closed"])}">{show(cell)}</td>'
    return f"{opening[1] if cell.get('readonly') else opening[0]}{show(cell)}</td>"


def _row(row: Values, openings: list[tuple[str, str]], *, is_selectable: bool) -> str:
    record_id = escape(row["id"])
    cells = "".join(map(_cell, openings, row["cells"]))
    actions = "".join(map(_action, row.get("actions") or ()))
    classes = [*(["is-muted"] if row.get("muted") else []), *([f"row-{row['color']}"] if row.get("color") else [])]
    style = f' class="{escape(" ".join(classes))}"' if classes else ""
    return (
        f'<tr id="row-{record_id}" data-row="{record_id}" data-url="{escape(row["url"])}" '
        f'data-version="{escape(row.get("version") or "")}"{style}>{_checkbox(row) if is_selectable else ""}{cells}'
        f'<td class="cell-actions">{actions}</td></tr>'
    )


def _checkbox(row: Values) -> str:
    name = escape(_("Select %(name)s") % {"name": row.get("label") or row["id"]})
    return (
        f'<td class="cell-check"><input class="form-check-input" type="checkbox" name="ids" value="{escape(row["id"])}" '
        f'data-select aria-label="{name}"></td>'
    )


def _action(action: Values) -> str:
    """Return an action of a row; only its address differs from row to row, so the rest is made once."""
    post = action.get("post")
    before, after = _around_address(
        icon(action["icon"]),
        str(action["label"]),
        str(action.get("opens") or ""),
        str(action.get("confirm") or ""),
        is_post=bool(post),
        logs=bool(action.get("log")),
    )
    return f"{before}{escape(post or action['url'])}{after}"


@lru_cache(maxsize=512)
def _around_address(mark: Markup, name: str, opens: str, confirm: str, *, is_post: bool, logs: bool) -> tuple[str, str]:
    """Return what stands before and after the address of an action; ``mark`` is its icon."""
    label = escape(name)
    common = f'class="icon-button" title="{label}" aria-label="{label}"{" data-log" if logs else ""}'
    if is_post:
        question = f' hx-confirm="{escape(confirm)}"' if confirm else ""
        return f'<button type="button" {common} hx-post="', f'" hx-swap="none"{question}>{mark}</button>'
    opened = f' data-open="{escape(opens)}"' if opens else ""
    return f'<a {common} href="', f'"{opened}>{mark}</a>'
