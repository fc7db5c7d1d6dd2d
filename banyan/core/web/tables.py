"""Lists as tables: columns, rows, actions, totals, in the shapes that the component ``table`` takes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.audit.counting import count
from banyan.core.business_rules.assignment import SHAPING as ASSIGNMENT_RULES
from banyan.core.listing.coloring import colors_of
from banyan.core.listing.fields import open_fields
from banyan.core.listing.query import list_rows
from banyan.core.objects.kinds import Money
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.records.locks import NO_LOCKS, FieldLock, Locks, judged_by, rows_locks
from banyan.core.web.list_state import ListState, reading_columns
from banyan.core.web.menu import may
from banyan.core.web.panels import POST, bulk_offers, contributions, due_fields, row_actions
from banyan.core.web.presenting import ALIGNED_AT_END, Presenter, Row, presenter_for

TABLE_ID = "list-table"
#: On a narrow screen a row shows its title, one value at the end and these many below.
PHONE_DETAILS = 3


def table_of(state: ListState) -> dict[str, Any]:
    """Return the whole table with its first page of rows."""
    spec, actor = state.spec, state.actor
    shown = page_of_rows(state, "")
    return {
        **shown,
        "id": TABLE_ID,
        "label": str(spec.label_plural),
        "object": spec.plural,
        "live_url": state.url("/rows"),
        "totals_url": state.url("/figures"),
        "bulk": bulk_actions(actor, spec),
        "matching_query": state.query(),
    }


def page_of_rows(state: ListState, cursor: str) -> dict[str, Any]:
    """Return one page of rows with what a row needs of its table."""
    spec, actor = state.spec, state.actor
    seen = open_fields(actor, spec) if may(actor, spec, Action.EDIT) else ()
    locking = (name for name in judged_by(spec, state.columns) if name in seen)
    extra = (*reading_columns(spec, state.columns), *_watched_fields(actor, spec), *locking)
    page = list_rows(actor, spec, state.request(cursor=cursor, extra=extra))
    count(actor, rows=len(page.rows))
    presenter = presenter_for(actor, spec, page.rows, page.labels)
    entries = presenter.visible(state.columns)
    rows = rows_of(presenter, entries, page.rows)
    mark_locked(state, entries, rows, page.rows)
    if state.view is not None and state.view.color_rules:
        colors = colors_of(actor, spec, state.view.color_rules, [row["id"] for row in page.rows])
        rows = [{**row, "color": colors.get(row["id"], "")} for row in rows]
    return {
        "columns": columns_of(state, presenter, entries),
        "rows": rows,
        "selectable": bool(bulk_actions(actor, spec)),
        "next_url": state.url("/rows", cursor=page.next_cursor) if page.next_cursor else "",
    }


def mark_locked(
    state: ListState, entries: Sequence[Field], shown: Sequence[dict[str, Any]], rows: Sequence[Row]
) -> None:
    """Show which cells cannot be changed now, and why, before anybody opens one; asks only for those who may edit.

    What locks several cells of a row is marked once, at its title, and what no such record ever lets change tells so
    only under the pointer: a list of sent quotes stays calm.
    """
    spec = state.spec
    names = {entry.name for entry in entries} & spec.writable_fields.keys()
    if not names or not may(state.actor, spec, Action.EDIT):
        return
    locks = rows_locks(state.actor, spec, rows, names)
    for row in shown if locks else ():
        _mark_row(entries, row["cells"], locks.get(row["id"], NO_LOCKS))


def _mark_row(entries: Sequence[Field], cells: Sequence[dict[str, Any]], locks: Locks) -> None:
    by_lock: dict[FieldLock, list[dict[str, Any]]] = {}
    for entry, cell in zip(entries, cells, strict=True):
        if entry.name in locks and not cell.get("readonly"):
            by_lock.setdefault(locks[entry.name], []).append(cell)
    title = next((cell for cell in cells if cell.get("kind") == "title"), cells[0])
    for lock, locked in by_lock.items():
        for cell in locked:
            cell["closed"] = lock.message
        if lock.of_record:
            (locked[0] if len(locked) == 1 else title)["locked"] = lock.message


def columns_of(state: ListState, presenter: Presenter, entries: Iterable[Field]) -> list[dict[str, Any]]:
    """Return the heads of the columns, with the addresses that sort by them."""
    entries = list(entries)
    sortable = open_fields(state.actor, state.spec)
    can_edit = may(state.actor, state.spec, Action.EDIT)
    places = phone_places(state.spec, entries)
    directions = {name.lstrip("-"): "desc" if name.startswith("-") else "asc" for name in state.sort[:1]}
    return [
        {
            "name": entry.name,
            "label": str(entry.label),
            "kind": entry.kind.name,
            "align": "end" if entry.kind.widget in ALIGNED_AT_END else "",
            "sorted": directions.get(entry.name, ""),
            "sort_url": _sort_url(state, entry) if entry.kind.sortable and entry.name in sortable else "",
            "editable": can_edit and presenter.editable_somewhere(entry),
            "phone": places.get(entry.name, ""),
        }
        for entry in entries
    ]


def column_of(presenter: Presenter, entry: Field, *, can_edit: bool = True) -> dict[str, Any]:
    """Return one column without its head: for a cell that is answered alone."""
    places = phone_places(presenter.spec, presenter.visible(presenter.spec.columns))
    return {
        "name": entry.name,
        "kind": entry.kind.name,
        "align": "end" if entry.kind.widget in ALIGNED_AT_END else "",
        "editable": can_edit and presenter.editable_somewhere(entry),
        "phone": places.get(entry.name, ""),
    }


def phone_places(spec: ObjectSpec, entries: Iterable[Field]) -> dict[str, str]:
    """Return where columns stand on a narrow screen; those without a place are left out there."""
    places = {spec.title: "title"}
    rest = [entry for entry in entries if entry.name != spec.title]
    at_end = next((entry for entry in rest if entry.kind.widget in {"money", "choice"}), None)
    if at_end:
        places[at_end.name] = "end"
    details = [entry for entry in rest if entry is not at_end and entry.kind.widget not in {"long_text", "tags"}]
    places |= {entry.name: "meta" for entry in details[:PHONE_DETAILS]}
    return places


def rows_of(presenter: Presenter, entries: Iterable[Field], rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows of cells, each with its actions."""
    entries = list(entries)
    actions = _RowActions(presenter.actor, presenter.spec)
    return [
        {
            "id": row["id"],
            "url": presenter.url(row["id"]),
            "label": presenter.title(row),
            "version": row.get("version"),
            "cells": [presenter.cell(entry, row) for entry in entries],
            "actions": actions.of(row["id"]),
        }
        for row in rows
    ]


class _RowActions:
    """The actions that every row of a table has."""

    def __init__(self, actor: Actor, spec: ObjectSpec) -> None:
        self.spec = spec
        self.registered = [entry for entry in contributions(row_actions, actor, spec.name) if entry.may(actor)]
        self.can_edit = may(actor, spec, Action.EDIT)
        self.can_delete = may(actor, spec, Action.DELETE)
        self.edit, self.delete = _("Edit"), _("Delete")

    def of(self, record_id: uuid.UUID) -> list[dict[str, Any]]:
        address = f"/{self.spec.plural}/{record_id}"
        actions = [
            {
                "icon": entry.icon,
                "label": str(entry.label),
                "url": entry.url(self.spec, record_id),
                "opens": entry.opens if entry.opens != POST else "",
                "post": entry.url(self.spec, record_id) if entry.opens == POST else "",
                "log": entry.logs,
            }
            for entry in self.registered
        ]
        if self.can_edit:
            actions.append({"icon": "pencil", "label": self.edit, "url": f"{address}/edit", "opens": "dialog"})
        if self.can_delete:
            actions.append({"icon": "trash", "label": self.delete, "post": f"{address}/delete"})
        return actions


def bulk_actions(actor: Actor, spec: ObjectSpec) -> list[dict[str, Any]]:
    """Return what may be done with selected rows."""
    base = f"/{spec.plural}/bulk"
    actions: list[dict[str, Any]] = []
    if may(actor, spec, Action.BULK) and may(actor, spec, Action.EDIT):
        if "owner" in spec.own_fields:
            actions.append({"label": _("Assign"), "icon": "user-check", "url": f"{base}/assign", "opens": "dialog"})
            if ASSIGNMENT_RULES in spec.shaping:
                url = f"{base}/assign-by-rule"
                actions.append({"label": _("Assign by rule"), "icon": "user-cog", "url": url, "opens": "dialog"})
        actions.append({"label": _("Edit"), "icon": "pencil", "url": f"{base}/edit", "opens": "dialog"})
        if any(entry.kind.widget == "tags" for entry in spec.writable_fields.values()):
            actions.append({"label": _("Tags"), "icon": "tags", "url": f"{base}/tags", "opens": "dialog"})
        if may(actor, spec, Action.DELETE):
            actions.append({"label": _("Merge"), "icon": "git-merge", "url": f"{base}/merge", "opens": ""})
    if may(actor, spec, Action.BULK):
        actions += [
            {"label": str(offer.label), "icon": offer.icon, "url": offer.url, "opens": offer.opens}
            for offer in contributions(bulk_offers, actor, spec.name)
            if offer.may(actor)
        ]
    if may(actor, spec, Action.EXPORT):
        actions.append({"label": _("Export"), "icon": "table-export", "url": f"{base}/export", "opens": "dialog"})
    if may(actor, spec, Action.BULK) and may(actor, spec, Action.DELETE):
        actions.append({"label": _("Delete"), "icon": "trash", "url": f"{base}/delete", "opens": "", "danger": True})
    return actions


def totals_of(state: ListState, sums: Mapping[str, Mapping[str, Decimal]]) -> dict[str, str]:
    """Return the sums of columns as text; amounts in several currencies stand beside each other."""
    reading = reading_for(state.actor)
    shown = {}
    for name, by_currency in sums.items():
        entry = state.spec.all_fields[name]
        texts = [
            entry.kind.display(amount, replace(reading, currency=currency) if currency else reading)
            for currency, amount in by_currency.items()
        ]
        shown[name] = " + ".join(texts)
    return shown


def summed_columns(state: ListState) -> list[str]:
    """Return the shown columns whose sum says something: amounts, and numbers that are quantities."""
    fields = state.spec.all_fields
    return [name for name in state.columns if name in fields and _is_summed(fields[name])]


def _is_summed(entry: Field) -> bool:
    return entry.summed and entry.kind.totals and (isinstance(entry.kind, Money) or entry.kind.name == "decimal")


def _sort_url(state: ListState, entry: Field) -> str:
    """Return the address that sorts by a column: first rising, then falling, then as usual."""
    current = state.sort[0] if state.sort else ""
    following = {entry.name: f"-{entry.name}", f"-{entry.name}": None}.get(current, entry.name)
    return state.url(sort=following)


def _watched_fields(actor: Actor, spec: ObjectSpec) -> tuple[str, ...]:
    """Return the fields that decide whether a date is late."""
    return tuple(name for entry in contributions(due_fields, actor, spec.name) for name in entry.open_when)
