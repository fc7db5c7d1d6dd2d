"""Won and lost: by person, over time, for which reasons and against whom, by the day of closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.analytics.reports.funnel import is_outcome
from banyan.analytics.reports.shapes import (
    Cell,
    Column,
    Condition,
    Page,
    Question,
    Table,
    Tally,
    amount_cell,
    bars,
    count_cell,
    grouped,
    name_cell,
    nothing_closed,
    part_of,
    percent_cell,
    sees_amounts,
)
from banyan.core.web.day import list_url
from banyan.sales.choices import Outcome

NEEDS = ("outcome", "closed_on", "reason", "competitor")
DAYS_BY_WEEK, DAYS_BY_MONTH = 92, 731


@dataclass
class Part:
    """What was won and lost by one person, in one month, for one reason ..."""

    key: Any
    label: str
    condition: Condition
    won: Tally = field(default_factory=Tally)
    lost: Tally = field(default_factory=Tally)


def build(question: Question) -> Page:
    """Return what was won and lost in the period."""
    step = step_of(question)
    people = parts(question, "owner")
    return Page(
        (
            _over_time(question, parts(question, f"closed_on:{step}")),
            _table(question, "people", _by_amount(question, people), titles=(_("By person"), pgettext("colleague", "Person"))),
            _table(
                question, "reasons", parts(question, "reason"), titles=(_("Reasons"), _("Reason")),
                note=_("Losing asks for a reason; the list of reasons is yours under Settings, Pick lists."),
            ),
            _table(
                question, "competitors", [part for part in parts(question, "competitor") if part.key],
                titles=(_("Competitors"), _("Competitor")),
                empty=_("No opportunity of this period names a competitor. Write down who else was asked: it shows where you win."),
            ),
        ),
        _tiles(question, people),
    )  # fmt: skip


def parts(question: Question, by: str) -> list[Part]:
    """Return what was won and lost in the period, in parts by a field."""
    spec = question.spec("opportunity")
    found: dict[Any, Part] = {}
    for group in grouped(question.actor, spec, _base(question), by=(by, "outcome"), has_amount=True):
        part = found.setdefault(group.keys[0], Part(group.keys[0], group.labels[0], part_of(group)))
        (part.won if group.keys[1] == Outcome.WON else part.lost).add(group)
    return list(found.values())


def step_of(question: Question) -> str:
    """Return the step in which the period is shown: week, month or quarter."""
    days = (question.period.last - question.period.first).days
    return "week" if days < DAYS_BY_WEEK else "month" if days < DAYS_BY_MONTH else "quarter"


def _base(question: Question) -> list[Condition]:
    return [question.within("closed_on"), is_outcome(Outcome.WON, Outcome.LOST)]


def _url(question: Question) -> Callable[..., str]:
    spec = question.spec("opportunity")

    def url(outcome: Outcome, *conditions: Condition) -> str:
        return list_url(spec, {"all": [question.within("closed_on"), is_outcome(outcome), *conditions]})

    return url


def _by_amount(question: Question, found: Sequence[Part]) -> list[Part]:
    currency = question.actor.currency
    return sorted(found, key=lambda part: (-part.won.sums.get(currency, 0), -part.won.count, -part.lost.count))


def _tiles(question: Question, people: Sequence[Part]) -> list[dict[str, Any]]:
    actor, url = question.actor, _url(question)
    won, lost = Tally(), Tally()
    for part in people:
        won.count, lost.count = won.count + part.won.count, lost.count + part.lost.count
        for currency, total in part.won.sums.items():
            won.sums[currency] = won.sums.get(currency, 0) + total
    rate = percent_cell(won.count, won.count + lost.count)
    tiles = [
        {"label": _("Won"), "value": f"{won.count:,}", "url": url(Outcome.WON)},
        {"label": _("Lost"), "value": f"{lost.count:,}", "url": url(Outcome.LOST)},
        {"label": _("Win rate"), "value": rate.text},
    ]
    if sees_amounts(actor, question.spec("opportunity")):
        tiles.insert(0, {"label": _("Amount won"), "value": amount_cell(actor, won.sums).text, "url": url(Outcome.WON)})
    return tiles


def _over_time(question: Question, found: Sequence[Part]) -> Table:
    table = _table(question, "time", found, titles=(_("Over time"), _("Period")))
    if not table.rows:
        return table
    has_amount = sees_amounts(question.actor, question.spec("opportunity"))
    place = [column.name for column in table.columns].index("amount" if has_amount else "won")
    label = _("Won, in %(currency)s") % {"currency": question.actor.currency} if has_amount else _("Won")
    own = [_own_currency(question, row[place]) for row in table.rows]
    chart = bars("outcomes", label, [row[0].text for row in table.rows], [(_("Won"), own)])
    return Table(table.name, table.title, table.columns, table.rows, table.note, chart, table.empty)


def _own_currency(question: Question, cell: Cell) -> Cell:
    """Return a cell with the amount in the organization's currency alone, for a chart."""
    if not isinstance(cell.value, dict):
        return cell
    return Cell(cell.text, cell.url, float(cell.value.get(question.actor.currency, 0)))


def _table(
    question: Question, name: str, found: Sequence[Part], *, titles: tuple[str, str], note: str = "", empty: str = ""
) -> Table:
    """Return a table of parts; ``titles`` are its own and that of its first column."""
    actor, url = question.actor, _url(question)
    title, first = titles
    has_amount = sees_amounts(actor, question.spec("opportunity"))
    columns = [
        Column(name, first, is_number=False),
        *([Column("amount", _("Amount won"))] if has_amount else []),
        Column("won", _("Won")),
        Column("lost", _("Lost")),
        Column("win_rate", _("Win rate")),
    ]
    rows = []
    for part in found:
        won_url = url(Outcome.WON, part.condition)
        rows.append(
            [
                name_cell(part.label),
                *([amount_cell(actor, part.won.sums, won_url)] if has_amount else []),
                count_cell(part.won.count, won_url),
                count_cell(part.lost.count, url(Outcome.LOST, part.condition)),
                percent_cell(part.won.count, part.won.count + part.lost.count),
            ]
        )
    return Table(name, title, columns, rows, note, empty=empty or nothing_closed())
