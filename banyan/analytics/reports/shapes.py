"""What reports are made of: tables of cells that know their value, their text and the records behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.analytics.periods import Period
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action, Scope
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import parse_tree, tree_to_json
from banyan.core.listing.groups import GroupRow, group_by
from banyan.core.listing.query import ListRequest
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.amounts import amounts_text

Condition = dict[str, Any]
Sums = dict[str, Decimal]


@dataclass(frozen=True)
class Cell:
    """A figure or a name: ``text`` for people, ``value`` for programs, ``url`` of the records behind it."""

    text: str
    url: str = ""
    value: Any = None


@dataclass(frozen=True)
class Column:
    """A column of a table; ``name`` is its key in the REST interface."""

    name: str
    label: str
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """A table with a sentence on how it is counted, and perhaps a chart of the same figures."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    chart: dict[str, Any] | None = None
    empty: str = ""


@dataclass(frozen=True)
class Page:
    """A report as it was asked for."""

    tables: Sequence[Table]
    tiles: Sequence[dict[str, Any]] = ()
    choices: Sequence[dict[str, Any]] = ()
    kept: str = ""


@dataclass(frozen=True)
class Question:
    """Who asks, for which days, and with which further parameters."""

    actor: Actor
    period: Period
    parameters: Mapping[str, str] = field(default_factory=dict)

    def spec(self, name: str) -> ObjectSpec:
        """Return an object that the report counts."""
        return specs_on(self.actor.organization)[name]

    def within(self, day_field: str) -> Condition:
        """Return the condition that a day lies in the period."""
        days = [self.period.first.isoformat(), self.period.last.isoformat()]
        return {"field": day_field, "op": "between", "value": days}


@dataclass(frozen=True)
class Report:
    """A report: the question that it answers, what it needs to be seen, and how it is made.

    ``needs`` names objects with the fields that must not be hidden from the reader.
    """

    name: str
    label: Any
    question: Any
    icon: str
    needs: Mapping[str, tuple[str, ...]]
    build: Callable[[Question], Page]
    has_period: bool = True

    def may(self, actor: Actor) -> bool:
        """Say whether somebody sees all that the report counts."""
        specs = specs_on(actor.organization)
        return all(
            name in specs
            and effective_scope(actor, specs[name], Action.VIEW) is not Scope.NONE
            and set(fields) <= open_fields(actor, specs[name]).keys()
            for name, fields in self.needs.items()
        )


@dataclass
class Tally:
    """How many records, and what they add up to by currency."""

    count: int = 0
    sums: Sums = field(default_factory=dict)

    def add(self, group: GroupRow, amount: str = "amount") -> None:
        """Add a group of records."""
        self.count += group.values["count"]
        for currency, total in (group.values.get(f"sum:{amount}") or {}).items():
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + total


def sees_amounts(actor: Actor, spec: ObjectSpec) -> bool:
    """Say whether the amounts of an object may be added up for somebody."""
    return "amount" in open_fields(actor, spec)


def grouped(
    actor: Actor, spec: ObjectSpec, conditions: Sequence[Condition], *, by: Sequence[str], has_amount: bool = False
) -> list[GroupRow]:
    """Count the records that fit all conditions in groups; add their amounts up where they may be seen."""
    request = ListRequest(filter=parse_tree({"all": list(conditions)}))
    measures = ("count", "sum:amount") if has_amount and sees_amounts(actor, spec) else ("count",)
    return group_by(actor, spec, request, by=by, measures=measures)


def part_of(group: GroupRow, position: int = 0) -> Condition:
    """Return the condition of one of a group's dimensions."""
    tree: Condition = tree_to_json(group.filter)["all"][position]
    return tree


def name_cell(text: str, url: str = "", value: Any = None) -> Cell:
    """Return a name."""
    return Cell(text, url, text if value is None else value)


def count_cell(count: int, url: str = "") -> Cell:
    """Return a number of records; zero opens nothing."""
    return Cell(f"{count:,}", url if count else "", count)


def amount_cell(actor: Actor, sums: Sums, url: str = "") -> Cell:
    """Return amounts by currency."""
    value = {currency: str(total) for currency, total in sums.items()}
    return Cell(amounts_text(actor, sums) if any(sums.values()) else "–", url if any(sums.values()) else "", value)


def percent_cell(part: int, whole: int) -> Cell:
    """Return a share in percent, to one decimal; a dash where there is no whole."""
    if not whole:
        return Cell("–")
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")
    return Cell(f"{share} %", value=float(share))


def days_cell(days: float | None) -> Cell:
    """Return an average of days, to one decimal."""
    if days is None:
        return Cell("–")
    rounded = round(days, 1)
    return Cell(
        ngettext("%(days)s day", "%(days)s days", 1 if rounded == 1 else 2) % {"days": f"{rounded:,}"}, value=rounded
    )


def bars(name: str, title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[Cell]]]) -> dict[str, Any]:
    """Return a chart of bars, one group for each label; the table that it belongs to stands below."""
    return {
        "id": f"chart-{name}",
        "title": title,
        "option": {
            "legend": {"top": 0, "right": 0},
            "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "category", "data": list(labels)},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {"name": label, "type": "bar", "barMaxWidth": 28, "data": [_bar(cell) for cell in cells]}
                for label, cells in series
            ],
        },
    }


def _bar(cell: Cell) -> dict[str, Any]:
    value = cell.value
    if isinstance(value, dict):
        value = float(next(iter(value.values()), 0))
    return {"value": value or 0, **({"url": cell.url} if cell.url else {})}


def nothing_closed() -> str:
    """Return what an empty report of closed opportunities says."""
    return _("No opportunity was won or lost in this period. Close one on the board, or choose a longer period.")
