"""Reports that an organization has made: a table of groups, and a chart of the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from banyan.analytics.models import Drawing, OwnReport
from banyan.analytics.reports.shapes import Cell, Column, Page, Question, Report, Table, bars, count_cell, name_cell
from banyan.core.access.actor import Actor
from banyan.core.listing.filters import parse_tree, tree_to_json
from banyan.core.listing.groups import GroupRow, group_by
from banyan.core.listing.query import ListRequest
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.web.amounts import amounts_text
from banyan.core.web.day import list_url

PREFIX = "own-"
COUNT = "count"
MOST_DRAWN = 24


def own_reports(actor: Actor) -> list[Report]:
    """Return the reports of the organization whose object is in use, as the product's own ones are."""
    specs = specs_on(actor.organization)
    return [_report(row, specs[row.object_name]) for row in OwnReport.objects.all() if row.object_name in specs]


def _report(row: OwnReport, spec: ObjectSpec) -> Report:
    named = [*row.by, *(name for name in row.measures if name != COUNT), row.day_field]
    fields = tuple({_field_of(name) for name in named if name})
    return Report(
        name=f"{PREFIX}{row.key}",
        label=Translated(row.labels, row.key),
        question=Translated(row.questions, ""),
        icon=spec.icon,
        needs={row.object_name: fields},
        build=partial(_build, row, tuple(row.by), tuple(row.measures)),
        has_period=bool(row.day_field),
    )


def _field_of(name: str) -> str:
    """Return the field of a dimension or figure: ``due_on:month`` and ``sum:amount`` name one each."""
    first, _colon, second = name.partition(":")
    return second if first in {"sum", "average"} else first


def _build(row: OwnReport, by: Sequence[str], measures: Sequence[str], question: Question) -> Page:
    actor, spec = question.actor, question.spec(row.object_name)
    conditions: list[Any] = [row.filter] if row.filter else []
    if row.day_field:
        conditions.append(question.within(row.day_field))
    request = ListRequest(filter=parse_tree({"all": conditions} if conditions else {}))
    groups = group_by(actor, spec, request, by=by, measures=measures)
    columns = [
        *(Column(f"by_{place}", _label(spec, name), is_number=False) for place, name in enumerate(by)),
        *(Column(name.replace(":", "_"), measure_label(spec, name)) for name in measures),
    ]
    rows = [_row(actor, spec, group, measures, conditions) for group in groups]
    title = str(Translated(row.labels, row.key))
    chart = _chart(row, title, columns, rows, groups) if rows and row.drawing != Drawing.NONE else None
    return Page((Table(row.key, title, columns, rows, chart=chart),))


def _row(
    actor: Actor, spec: ObjectSpec, group: GroupRow, measures: Sequence[str], conditions: Sequence[Any]
) -> list[Cell]:
    url = list_url(spec, {"all": [*conditions, *tree_to_json(group.filter)["all"]]})
    cells = [name_cell(label, url if place == 0 else "") for place, label in enumerate(group.labels)]
    for name in measures:
        value = group.values.get(name)
        cells.append(count_cell(value or 0, url) if name == COUNT else _figure(actor, value or {}, url))
    return cells


def _figure(actor: Actor, sums: Mapping[str, Any], url: str) -> Cell:
    if not sums:
        return Cell("–")
    if set(sums) == {""}:
        total = sums[""]
        return Cell(f"{total:,.2f}".rstrip("0").rstrip("."), url, str(total))
    return Cell(amounts_text(actor, dict(sums)), url, {currency: str(total) for currency, total in sums.items()})


def _chart(
    row: OwnReport, title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], groups: Sequence[GroupRow]
) -> dict[str, Any]:
    first = len(row.by)
    if first == 1:
        shown = rows[:MOST_DRAWN]
        series = [(columns[first].label, [cells[first] for cells in shown])]
        chart = bars(f"own-{row.key}", title, [cells[0].text for cells in shown], series)
    else:
        labels = list(dict.fromkeys(group.labels[0] for group in groups))[:MOST_DRAWN]
        parts = list(dict.fromkeys(group.labels[1] for group in groups))[:MOST_DRAWN]
        found = {group.labels: cells[first] for group, cells in zip(groups, rows, strict=True)}
        series = [(part, [found.get((label, part), Cell("0", value=0)) for label in labels]) for part in parts]
        chart = bars(f"own-{row.key}", title, labels, series)
    return _drawn(row, chart, first)


def _drawn(row: OwnReport, chart: dict[str, Any], dimensions: int) -> dict[str, Any]:
    option = chart["option"]
    if row.drawing == Drawing.LINE:
        option["series"] = [{**one, "type": "line"} for one in option["series"]]
    elif row.drawing == Drawing.RING and dimensions == 1:
        names, (one,) = option["xAxis"]["data"], option["series"]
        data = [{"name": name, **point} for name, point in zip(names, one["data"], strict=True)]
        chart["option"] = {
            "legend": {"top": 0, "right": 0},
            "series": [{"name": one["name"], "type": "pie", "radius": ["45%", "70%"], "data": data}],
        }
    elif dimensions > 1:
        option["series"] = [{**one, "stack": "all"} for one in option["series"]]
    return chart


def _label(spec: ObjectSpec, name: str) -> str:
    entry = spec.all_fields.get(_field_of(name))
    return str(entry.label) if entry is not None else name


def measure_label(spec: ObjectSpec, name: str) -> str:
    """Return what a figure is called."""
    if name == COUNT:
        return _("How many")
    words = {"field": _label(spec, name)}
    return _("Average of %(field)s") % words if name.startswith("average") else _("Sum of %(field)s") % words
