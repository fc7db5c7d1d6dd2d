"""Activity: who was in touch with customers how often, and in which way."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.analytics.reports.shapes import (
    Cell,
    Column,
    Page,
    Question,
    Table,
    bars,
    count_cell,
    grouped,
    name_cell,
    part_of,
)
from banyan.core.listing.groups import GroupRow
from banyan.core.web.day import list_url

NEEDS = ("type", "happened_at")


def build(question: Question) -> Page:
    """Return the follow-ups of the period by person and kind."""
    spec = question.spec("activity")
    base = question.within("happened_at")
    kinds = [(option.code, str(option.label)) for option in spec.all_fields["type"].kind.options]  # type: ignore[attr-defined]  # a choice
    people: dict[Any, tuple[GroupRow, dict[Any, int]]] = {}
    for group in grouped(question.actor, spec, [base], by=("owner", "type")):
        _first, counts = people.setdefault(group.keys[0], (group, {}))
        counts[group.keys[1]] = group.values["count"]
    rows: list[list[Cell]] = []
    ordered = sorted(people.values(), key=lambda entry: -sum(entry[1].values()))
    for group, counts in ordered:
        own = [base, part_of(group)]
        cells = [
            count_cell(
                counts.get(code, 0), list_url(spec, {"all": [*own, {"field": "type", "op": "eq", "value": code}]})
            )
            for code, _label in kinds
        ]
        total = count_cell(sum(counts.values()), list_url(spec, {"all": own}))
        rows.append([name_cell(group.labels[0]), total, *cells])
    columns = [
        Column("person", pgettext("colleague", "Person"), is_number=False),
        Column("total", _("All")),
        *(Column(code, label) for code, label in kinds),
    ]
    series = [(label, [row[index + 2] for row in rows]) for index, (_code, label) in enumerate(kinds)]
    chart = bars("activity", _("Follow-ups by person"), [row[0].text for row in rows], series)
    for line in chart["option"]["series"]:
        line["stack"] = "all"
    empty = _(
        "Nobody logged a follow-up in this period. Calls, visits and messages are logged from any customer in two clicks."
    )
    note = _("Follow-ups by the day they happened and the person who made them.")
    table = Table("people", _("By person and kind"), columns, rows, note, chart if rows else None, empty)
    total = sum(row[1].value for row in rows)
    return Page((table,), [{"label": _("Follow-ups"), "value": f"{total:,}", "url": list_url(spec, base)}])
