"""The lists of records that point to one record, beside its timeline."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.layouts.content import Block
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import Condition
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import CUSTOM, Child, ObjectSpec
from banyan.core.web.menu import may
from banyan.core.web.panels import (
    RecordPanel,
    TimelineSource,
    contributions,
    record_panels,
    timeline_sources,
)
from banyan.core.web.presenting import Presenter, Row, presenter_for

CHILDREN_SHOWN = 5


def children_of(actor: Actor, spec: ObjectSpec) -> list[Child]:
    """Return the lists beside a record: those it declares, then every other object with pages that links to it.

    Objects that the timeline or a panel shows need no list.
    """
    on = specs_on(actor.organization)
    listing: tuple[TimelineSource | RecordPanel, ...] = (
        *contributions(timeline_sources, actor, spec.name),
        *contributions(record_panels, actor, spec.name),
    )
    covered = {name for source in listing for name in source.covers}
    declared = [child for child in spec.children if child.object_name in on and child.object_name not in covered]
    known = {(child.object_name, child.link) for child in spec.children}
    found = [child for child in declared if may(actor, on[child.object_name], Action.VIEW)]
    for other in on.values():
        if not other.has_page or other.name in covered or not may(actor, other, Action.VIEW):
            continue
        for name, entry in other.links.items():
            pointing = getattr(entry.kind, "target", "") == spec.name and (entry.source != CUSTOM or entry.indexed)
            if pointing and (other.name, name) not in known:
                label = "" if name == spec.name else f"{other.label_plural} ({entry.label})"
                found.append(Child(other.name, name, label, cascade=False))
    # Somebody who does not see to what records belong is not told it by a list either.
    return [child for child in found if child.link in open_fields(actor, on[child.object_name])]


def arranged(child: Child, block: Block) -> Child:
    """Return a list of children with the columns that a layout wants."""
    return replace(child, columns=block.columns) if block.columns else child


@dataclass(frozen=True)
class ParentRecord:
    """The record on whose page the lists stand."""

    id: uuid.UUID
    url: str
    title: str


def child_list(actor: Actor, parent: ParentRecord, child: Child) -> dict[str, Any]:
    """Return one list of children: the first of them, and how to add one."""
    target = specs_on(actor.organization)[child.object_name]
    columns = tuple(entry.name for entry in Presenter(actor, target).visible(child_columns(target, child)))
    condition = Condition(child.link, "eq", (str(parent.id),))
    page = list_rows(actor, target, ListRequest(filter=condition, columns=columns, limit=CHILDREN_SHOWN))
    presenter = presenter_for(actor, target, page.rows, page.labels)
    query = QueryDict(mutable=True)
    query[child.link] = str(parent.id)
    more = page.next_cursor is not None
    return {
        "id": f"children-{child.object_name}-{child.link}",
        "title": str(child.label or target.label_plural),
        "count": f"{CHILDREN_SHOWN}+" if more else len(page.rows) or None,
        "url": f"/{target.plural}?{query.urlencode()}&display=table" if more else "",
        "create_url": f"/{target.plural}/new?{query.urlencode()}" if may(actor, target, Action.CREATE) else "",
        "entries": [_child_entry(presenter, columns, child, row, parent.title) for row in page.rows],
        "live_url": f"{parent.url}/children/{child.object_name}/{child.link}",
        "object": target.plural,
    }


def child_columns(target: ObjectSpec, child: Child) -> tuple[str, ...]:
    """Return what has to be read of children: their name and what is shown beside it."""
    shown = child.columns or target.subtitle or target.columns
    wanted = (target.title, *shown, "number", "version", *(["currency"] if "currency" in target.all_fields else []))
    return tuple(name for name in dict.fromkeys(wanted) if name != child.link and name in target.all_fields)


def _child_entry(presenter: Presenter, columns: tuple[str, ...], child: Child, row: Row, parent: str) -> dict[str, Any]:
    title = presenter.title(row)
    # What is only named after the record on whose page it stands is told apart by its number.
    shown: dict[str, Any] = {
        "url": presenter.url(row["id"]),
        "title": str(row.get("number") or title) if title == parent else title,
    }
    texts: list[str] = []
    for entry in presenter.visible(columns):
        if entry.name in {presenter.spec.title, "number", "version", "currency", child.link}:
            continue
        cell = presenter.cell(entry, row)
        text = cell.get("text")
        if not text:
            continue
        if entry.kind.widget == "money":
            shown["meta"] = text
        elif entry.kind.widget == "choice" and "badge" not in shown:
            shown["badge"] = {"text": text, "color": cell.get("color")}
        else:
            texts.append(text)
    shown["subtitle"] = " · ".join(texts[:3])
    return shown
