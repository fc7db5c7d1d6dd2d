"""What stands beside the fields of a record: panels of apps, lists of children and figures, in the order of a layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid
from banyan.core.layouts.checking import groupings_of, measures_of
from banyan.core.layouts.content import CHILD, PANEL, SIDE, TOP, Block, Plan
from banyan.core.listing.counting import count_rows, totals
from banyan.core.listing.filters import Condition
from banyan.core.listing.groups import GroupRow, group_by
from banyan.core.listing.query import ListRequest
from banyan.core.objects.kinds import Money, Reading
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Child, ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.panels import RecordPanel, contributions, record_panels
from banyan.core.web.presenting import Row

FIGURES = "components/figures.html"
#: So many months or values of a choice fit into a figure beside a record.
MOST_BARS = 12


def all_blocks(actor: Actor, spec: ObjectSpec, children: Iterable[Child], plan: Plan) -> list[Block]:
    """Return the blocks of a layout, with those that are newer than it at the end of their usual place."""
    usual = [
        *(
            Block(PANEL, TOP if panel.place == "before" else SIDE, panel.name)
            for panel in contributions(record_panels, actor, spec.name)
        ),
        *(Block(CHILD, SIDE, object=child.object_name, link=child.link, columns=child.columns) for child in children),
    ]
    known = {block.key for block in plan.blocks} | set(plan.hidden)
    return [*plan.blocks, *(block for block in usual if block.key not in known)]


def with_all_blocks(actor: Actor, spec: ObjectSpec, children: Iterable[Child], plan: Plan) -> Plan:
    """Return a layout that names every block, so that each can be moved."""
    return replace(plan, blocks=tuple(all_blocks(actor, spec, children, plan)))


def panel_named(actor: Actor, spec: ObjectSpec, name: str) -> RecordPanel | None:
    """Return a panel that apps show of records of the object."""
    return next((panel for panel in contributions(record_panels, actor, spec.name) if panel.name == name), None)


def figure(actor: Actor, block: Block, row: Row) -> Markup:
    """Return a number or a chart about the children of a record, as far as the reader sees them; nothing for others."""
    target = specs_on(actor.organization).get(block.object)
    if target is None or not may(actor, target, Action.VIEW) or block.link not in target.all_fields:
        return Markup()
    try:
        if not block.by:
            return _number(actor, target, block, row)
        return _chart(actor, target, block, row)
    except Invalid:
        # A field that the figure needs is gone, or this reader may not see it.
        return Markup()


def figure_title(target: ObjectSpec, block: Block) -> str:
    """Return what a figure is about, in words."""
    measure = measures_of(target).get(block.measure, block.measure)
    what = str(target.label_plural) if block.measure == "count" else f"{target.label_plural} · {measure}"
    return f"{what} · {groupings_of(target).get(block.by, block.by)}" if block.by else what


def _request(block: Block, row: Row) -> ListRequest:
    return ListRequest(filter=Condition(block.link, "eq", (str(row["id"]),)))


def _number(actor: Actor, target: ObjectSpec, block: Block, row: Row) -> Markup:
    request = _request(block, row)
    if block.measure == "count":
        value = str(count_rows(actor, target, request))
    else:
        name = block.measure.partition(":")[2]
        sums = totals(actor, target, request, names=(name,)).get(name, {})
        value = _amounts(actor, target, name, sums) or "–"
    query = QueryDict(mutable=True)
    query[block.link] = str(row["id"])
    tile = {
        "label": figure_title(target, block),
        "value": value,
        "url": f"/{target.plural}?{query.urlencode()}&display=table",
    }
    return macro(FIGURES, "stat_tile", tile)


def _chart(actor: Actor, target: ObjectSpec, block: Block, row: Row) -> Markup:
    groups = group_by(actor, target, _request(block, row), by=block.by, measures=("count", block.measure))
    # Periods come in order, the latest last; choices in the order of their list.
    shown = groups[-MOST_BARS:] if ":" in block.by else groups[:MOST_BARS]
    name = block.measure.partition(":")[2]
    heights = [_height(group, block.measure, actor.currency) for group in shown]
    texts = [
        str(group.values["count"])
        if block.measure == "count"
        else _amounts(actor, target, name, group.values.get(block.measure) or {})
        for group in shown
    ]
    labels = [group.labels[0] for group in shown]
    option = {
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "minInterval": 1 if block.measure == "count" else 0},
        "series": [{"type": "bar", "barMaxWidth": 28, "data": heights}],
    }
    chart = {
        "id": f"figure-{block.object}-{block.link}-{block.measure}-{block.by}".replace(":", "-"),
        "title": figure_title(target, block),
        "option": option,
        "height": "small",
        "table": {
            "head": [groupings_of(target).get(block.by, ""), measures_of(target).get(block.measure, "")],
            "rows": list(zip(labels, texts, strict=True)),
        },
    }
    return macro(FIGURES, "chart", chart) if shown else _empty(target, block)


def _empty(target: ObjectSpec, block: Block) -> Markup:
    return macro(FIGURES, "stat_tile", {"label": figure_title(target, block), "value": "0", "hint": _("None yet.")})


def _height(group: GroupRow, measure: str, currency: str) -> float:
    """Return how high a bar stands: amounts of the organization's own currency, the others stand in the table."""
    if measure == "count":
        return float(group.values["count"])
    sums = group.values.get(measure) or {}
    return float(sums.get(currency, sums.get("", Decimal(0))))


def _amounts(actor: Actor, target: ObjectSpec, name: str, sums: dict[str, Decimal]) -> str:
    kind = target.all_fields[name].kind
    reading = reading_for(actor)
    if not isinstance(kind, Money):
        return ", ".join(kind.display(value, reading) for value in sums.values())
    return ", ".join(
        kind.display(value, Reading(language=actor.language, currency=currency or actor.currency))
        for currency, value in sorted(sums.items())
    )
