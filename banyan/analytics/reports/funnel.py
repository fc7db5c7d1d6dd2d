"""The sales funnel: how far the opportunities came that began in a period, and how many went on from stage to stage."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from banyan.analytics.reports.shapes import (
    Cell,
    Column,
    Condition,
    Page,
    Question,
    Table,
    Tally,
    amount_cell,
    count_cell,
    grouped,
    name_cell,
    part_of,
    percent_cell,
    sees_amounts,
)
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.board import BoardGroup, board_groups
from banyan.core.listing.groups import GroupRow
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.day import list_url
from banyan.sales.choices import Outcome
from banyan.sales.public import Stage

NEEDS = ("pipeline", "stage", "furthest_stage", "outcome", "started_on")
PIPELINE = "pipeline"


@dataclass(frozen=True)
class Funnel:
    """The opportunities of a pipeline that began in the period, by how far they came and how they stand."""

    spec: ObjectSpec
    base: Sequence[Condition]
    stages: Sequence[Stage]
    groups: Sequence[GroupRow]

    def reached(self, place: int) -> Tally:
        """Return what reached the open stage at a place, or any later one; all have reached the first."""
        return self._sum(lambda group: place == 0 or self._place(group) >= place)

    def standing(self, outcome: Outcome) -> Tally:
        """Return what is open, won or lost."""
        return self._sum(lambda group: group.keys[1] == outcome)

    def lost_from(self, place: int) -> Tally:
        """Return what was lost out of a stage."""
        return self._sum(lambda group: group.keys[1] == Outcome.LOST and self._place(group) == place)

    def url(self, *conditions: Condition) -> str:
        """Return the address of the records that fit further conditions."""
        return list_url(self.spec, {"all": [*self.base, *conditions]})

    def reached_url(self, place: int) -> str:
        """Return the address of what reached a stage."""
        later = [str(stage.pk) for stage in self.stages[place:]]
        return self.url(*([{"field": "furthest_stage", "op": "in", "value": later}] if place else []))

    def lost_url(self, place: int) -> str:
        """Return the address of what was lost out of a stage."""
        here: Condition = {"field": "furthest_stage", "op": "eq", "value": str(self.stages[place].pk)}
        if place == 0:
            here = {"any": [here, {"field": "furthest_stage", "op": "isnull", "value": True}]}
        return self.url(here, is_outcome(Outcome.LOST))

    def _place(self, group: GroupRow) -> int:
        ids: list[uuid.UUID] = [stage.pk for stage in self.stages]
        return ids.index(group.keys[0]) if group.keys[0] in ids else 0

    def _sum(self, fits: Any) -> Tally:
        tally = Tally()
        for group in self.groups:
            if fits(group):
                tally.add(group)
        return tally


def build(question: Question) -> Page:
    """Return the funnel of one pipeline: stages, how many reached each and went on, and the same by person."""
    actor, spec = question.actor, question.spec("opportunity")
    pipelines = board_groups(actor, spec, spec.board) if spec.board else []
    chosen = _chosen(pipelines, question)
    base = [*([{"field": PIPELINE, "op": "eq", "value": str(chosen)}] if chosen else []), began(question)]
    stages = list(
        Stage.objects.filter(pipeline=chosen, outcome=Outcome.OPEN, deleted_at__isnull=True).order_by("position", "id")
    )
    groups = grouped(actor, spec, base, by=("furthest_stage", "outcome"), has_amount=True)
    funnel = Funnel(spec, base, stages, groups)
    choices = [
        {"label": entry.label, "url": _url(question, entry.id), "active": entry.id == chosen} for entry in pipelines
    ]
    tables = (_stages(question, funnel), _people(question, spec, base))
    return Page(tables, _tiles(funnel), choices if len(choices) > 1 else (), f"{PIPELINE}={chosen}" if chosen else "")


def began(question: Question) -> Condition:
    """Return the condition that an opportunity began in the period: on its start date, else when it was recorded."""
    unknown = {"field": "started_on", "op": "isnull", "value": True}
    return {"any": [question.within("started_on"), {"all": [unknown, question.within("created_at")]}]}


def is_outcome(*outcomes: Outcome) -> Condition:
    """Return the condition that an opportunity is open, won or lost."""
    if len(outcomes) == 1:
        return {"field": "outcome", "op": "eq", "value": outcomes[0].value}
    return {"field": "outcome", "op": "in", "value": [outcome.value for outcome in outcomes]}


def _chosen(pipelines: Sequence[BoardGroup], question: Question) -> uuid.UUID | None:
    asked = parse_id(question.parameters.get(PIPELINE))
    return next((entry.id for entry in pipelines if entry.id == asked), pipelines[0].id if pipelines else None)


def _url(question: Question, pipeline: uuid.UUID) -> str:
    period = question.period
    days = f"period={period.name}" if period.name else f"from={period.first}&to={period.last}"
    return f"/reports/funnel?{days}&{PIPELINE}={pipeline}"


def _tiles(funnel: Funnel) -> list[dict[str, Any]]:
    won, lost, still = (funnel.standing(outcome) for outcome in (Outcome.WON, Outcome.LOST, Outcome.OPEN))
    rate = percent_cell(won.count, won.count + lost.count)
    figures = (
        (_("Began"), funnel.reached(0).count, funnel.url(), ""),
        (
            _("Won"),
            won.count,
            funnel.url(is_outcome(Outcome.WON)),
            _("%(share)s of what is decided") % {"share": rate.text},
        ),
        (_("Lost"), lost.count, funnel.url(is_outcome(Outcome.LOST)), ""),
        (_("Still open"), still.count, funnel.url(is_outcome(Outcome.OPEN)), ""),
    )
    return [
        {"label": label, "value": f"{count:,}", "url": url, "previous": hint if count else ""}
        for label, count, url, hint in figures
    ]


def _stages(question: Question, funnel: Funnel) -> Table:
    actor, every = question.actor, funnel.reached(0)
    has_amount = sees_amounts(actor, funnel.spec)
    rows: list[list[Cell]] = []
    before = every.count
    for place, stage in enumerate(funnel.stages):
        reached, lost = funnel.reached(place), funnel.lost_from(place)
        url = funnel.reached_url(place)
        rows.append(
            [
                name_cell(stage.name),
                count_cell(reached.count, url),
                percent_cell(reached.count, before) if place else Cell("–"),
                percent_cell(reached.count, every.count),
                *([amount_cell(actor, reached.sums, url)] if has_amount else []),
                count_cell(lost.count, funnel.lost_url(place)),
            ]
        )
        before = reached.count
    won, url = funnel.standing(Outcome.WON), funnel.url(is_outcome(Outcome.WON))
    last = [percent_cell(won.count, before), percent_cell(won.count, every.count)]
    amount = [amount_cell(actor, won.sums, url)] if has_amount else []
    rows.append([name_cell(str(Outcome.WON.label)), count_cell(won.count, url), *last, *amount, Cell("")])
    columns = [
        Column("stage", _("Stage"), is_number=False),
        Column("reached", _("Reached it")),
        Column("from_previous", _("Of the stage before")),
        Column("of_all", _("Of all")),
        *([Column("amount", _("Amount"))] if has_amount else []),
        Column("lost", _("Lost from here")),
    ]
    empty = _("No opportunity began in this period. Record one, or choose a longer period.")
    if not every.count:
        return Table("stages", _("From stage to stage"), columns, [], _note(funnel), empty=empty)
    return Table("stages", _("From stage to stage"), columns, rows, _note(funnel), _chart(rows))


def _note(funnel: Funnel) -> str:
    note = _(
        "Counted are the opportunities that began in the period, by their start date or, without one, the day they were"
        " recorded. Each counts in every stage up to the furthest it ever reached; won ones in all. Amounts are those of today."
    )
    unknown = sum(
        group.values["count"] for group in funnel.groups if group.keys[0] is None and group.keys[1] == Outcome.LOST
    )
    if unknown:
        text = ngettext(
            "%(count)s was imported as lost without its stages and counts as lost from the first.",
            "%(count)s were imported as lost without their stages and count as lost from the first.",
            unknown,
        )
        note = f"{note} {text % {'count': f'{unknown:,}'}}"
    return note


def _chart(rows: Sequence[Sequence[Cell]]) -> dict[str, Any]:
    steps = [{"name": row[0].text, "value": row[1].value, "url": row[1].url} for row in rows]
    series = {
        "type": "funnel",
        "sort": "none",
        "left": "15%",
        "width": "55%",
        "top": 8,
        "bottom": 8,
        "gap": 2,
        "label": {"position": "right", "formatter": "{b}  {c}"},
        "data": steps,
    }
    return {"id": "chart-funnel", "title": _("How many came how far"), "option": {"series": [series]}}


def _people(question: Question, spec: ObjectSpec, base: Sequence[Condition]) -> Table:
    """Return the same opportunities by the person who looks after them."""
    actor = question.actor
    has_amount = sees_amounts(actor, spec)
    found: dict[Any, tuple[GroupRow, dict[str, Tally]]] = {}
    for group in grouped(actor, spec, base, by=("owner", "outcome"), has_amount=True):
        _first, tallies = found.setdefault(group.keys[0], (group, {}))
        tallies.setdefault(group.keys[1], Tally()).add(group)
    rows: list[list[Cell]] = []
    for group, tallies in found.values():
        person = part_of(group)
        won, lost, still = (tallies.get(outcome, Tally()) for outcome in (Outcome.WON, Outcome.LOST, Outcome.OPEN))

        def url(*conditions: Condition, person: Condition = person) -> str:
            return list_url(spec, {"all": [*base, person, *conditions]})

        won_url = url(is_outcome(Outcome.WON))
        rows.append(
            [
                name_cell(group.labels[0]),
                count_cell(won.count + lost.count + still.count, url()),
                count_cell(won.count, won_url),
                count_cell(lost.count, url(is_outcome(Outcome.LOST))),
                count_cell(still.count, url(is_outcome(Outcome.OPEN))),
                percent_cell(won.count, won.count + lost.count),
                *([amount_cell(actor, won.sums, won_url)] if has_amount else []),
            ]
        )
    columns = [
        Column("person", pgettext("colleague", "Person"), is_number=False),
        Column("began", _("Began")),
        Column("won", _("Won")),
        Column("lost", _("Lost")),
        Column("open", _("Still open")),
        Column("win_rate", _("Win rate")),
        *([Column("amount", _("Amount won"))] if has_amount else []),
    ]
    return Table(
        "people",
        _("By person"),
        columns,
        rows,
        _("The win rate is won of won and lost; open ones are not decided yet."),
    )
