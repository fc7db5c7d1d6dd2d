"""Sources: where customers come from, and which of them lead to opportunities and to won deals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from banyan.analytics.reports.funnel import began, is_outcome
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
    part_of,
    percent_cell,
    sees_amounts,
)
from banyan.core.web.day import list_url
from banyan.sales.choices import Outcome

CUSTOMER_NEEDS = ("source", "created_at")
NEEDS = ("source", "outcome", "closed_on", "started_on")


@dataclass
class Source:
    """What came from one source in the period."""

    label: str
    condition: Condition
    customers: int = 0
    began: int = 0
    won: Tally = field(default_factory=Tally)
    lost: Tally = field(default_factory=Tally)


def build(question: Question) -> Page:
    """Return for each source the new customers, the opportunities begun, and what was won of those closed."""
    actor, spec, customers = question.actor, question.spec("opportunity"), question.spec("customer")
    found: dict[Any, Source] = {}
    gained, closed = question.within("created_at"), question.within("closed_on")

    def source(group: Any) -> Source:
        return found.setdefault(group.keys[0], Source(group.labels[0], part_of(group)))

    for group in grouped(actor, customers, [gained], by=("source",)):
        source(group).customers = group.values["count"]
    for group in grouped(actor, spec, [began(question)], by=("source",)):
        source(group).began = group.values["count"]
    decided = [closed, is_outcome(Outcome.WON, Outcome.LOST)]
    for group in grouped(actor, spec, decided, by=("source", "outcome"), has_amount=True):
        entry = source(group)
        (entry.won if group.keys[1] == Outcome.WON else entry.lost).add(group)
    has_amount = sees_amounts(actor, spec)
    rows: list[list[Cell]] = []
    for entry in sorted(found.values(), key=lambda entry: (-entry.won.sums.get(actor.currency, 0), -entry.won.count)):
        own = entry.condition
        won_url = list_url(spec, {"all": [closed, is_outcome(Outcome.WON), own]})
        rows.append(
            [
                name_cell(entry.label),
                count_cell(entry.customers, list_url(customers, {"all": [gained, own]})),
                count_cell(entry.began, list_url(spec, {"all": [began(question), own]})),
                count_cell(entry.won.count, won_url),
                count_cell(entry.lost.count, list_url(spec, {"all": [closed, is_outcome(Outcome.LOST), own]})),
                percent_cell(entry.won.count, entry.won.count + entry.lost.count),
                *([amount_cell(actor, entry.won.sums, won_url)] if has_amount else []),
            ]
        )
    columns = [
        Column("source", _("Source"), is_number=False),
        Column("customers", _("New customers")),
        Column("began", _("Opportunities begun")),
        Column("won", _("Won")),
        Column("lost", _("Lost")),
        Column("win_rate", _("Win rate")),
        *([Column("amount", _("Amount won"))] if has_amount else []),
    ]
    note = _(
        "Each column counts what happened in the period, so what was won may have begun before. An opportunity has the source"
        " of its customer unless it names another."
    )
    empty = _(
        "No customer was gained and nothing was won in this period. Say where customers come from, and this shows what pays."
    )
    series = [(_("Won"), [row[3] for row in rows]), (_("Lost"), [row[4] for row in rows])]
    chart = bars("sources", _("Won and lost by source"), [row[0].text for row in rows], series) if rows else None
    return Page((Table("sources", _("By source"), columns, rows, note, chart, empty),))
