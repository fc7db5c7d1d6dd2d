"""Ageing: how long opportunities stand in each stage, which are stuck, and how long selling takes from start to close."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from banyan.analytics.reports.durations import Standing, days_to_close, finished_stays, standing_now
from banyan.analytics.reports.funnel import is_outcome
from banyan.analytics.reports.shapes import (
    Cell,
    Column,
    Condition,
    Page,
    Question,
    Table,
    amount_cell,
    bars,
    count_cell,
    days_cell,
    grouped,
    name_cell,
    sees_amounts,
)
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.day import list_url
from banyan.core.web.list_state import reading_columns
from banyan.core.web.presenting import Presenter, presenter_for
from banyan.sales.choices import Outcome
from banyan.sales.public import Pipeline, Stage

NEEDS = ("stage", "outcome", "stage_since", "started_on", "closed_on")
STUCK_SHOWN = 20


def build(question: Question) -> Page:
    """Return the open opportunities by stage, those that are stuck, and average durations in the period."""
    spec = question.spec("opportunity")
    stages = list(
        Stage.objects.filter(outcome=Outcome.OPEN, deleted_at__isnull=True).order_by("pipeline_id", "position", "id")
    )
    standing = standing_now(question, spec, [is_outcome(Outcome.OPEN)])
    late = stuck_condition(stages)
    stuck = {} if late is None else _stuck_by_stage(question, spec, late)
    return Page(
        (
            _stages(question, spec, stages, standing, stuck),
            _stuck(question, spec, late, sum(stuck.values())),
            _closing(question, spec),
        ),
        _tiles(question, spec, standing, late, sum(stuck.values())),
    )


def stuck_condition(stages: Sequence[Stage]) -> Condition | None:
    """Return the condition that an open opportunity is in its stage for longer than that allows; None if all do."""
    found: list[Condition] = [_too_long(stage) for stage in stages if stage.stale_days]
    return {"all": [is_outcome(Outcome.OPEN), {"any": found}]} if found else None


def _too_long(stage: Stage) -> Condition:
    # Whole days: what stands for thirty days and some hours has not been there for more than thirty.
    limit = now() - timedelta(days=stage.stale_days + 1)
    return {
        "all": [
            {"field": "stage", "op": "eq", "value": str(stage.pk)},
            {"field": "stage_since", "op": "lte", "value": limit.isoformat(timespec="seconds")},
        ]
    }


def _stuck_by_stage(question: Question, spec: ObjectSpec, late: Condition) -> dict[uuid.UUID, int]:
    return {group.keys[0]: group.values["count"] for group in grouped(question.actor, spec, [late], by=("stage",))}


def _tiles(
    question: Question, spec: ObjectSpec, standing: dict[uuid.UUID, Standing], late: Condition | None, stuck: int
) -> list[dict[str, Any]]:
    count = sum(stage.count for stage in standing.values())
    days = sum(stage.days * stage.count for stage in standing.values()) / count if count else None
    tiles = [
        {"label": _("Open now"), "value": f"{count:,}", "url": list_url(spec, is_outcome(Outcome.OPEN))},
        {"label": _("On average in their stage"), "value": days_cell(days).text},
    ]
    if late is not None:
        tiles.append({"label": _("Stuck"), "value": f"{stuck:,}", "url": list_url(spec, late, sort="stage_since")})
    return tiles


def _stages(
    question: Question,
    spec: ObjectSpec,
    stages: Sequence[Stage],
    standing: dict[uuid.UUID, Standing],
    stuck: dict[uuid.UUID, int],
) -> Table:
    actor, has_amount = question.actor, sees_amounts(question.actor, spec)
    stays = finished_stays(question, spec)
    pipelines = dict(Pipeline.objects.filter(deleted_at__isnull=True).values_list("pk", "name"))
    rows: list[list[Cell]] = []
    for stage in stages:
        here, stay = standing.get(stage.pk, Standing(0, 0.0, 0.0, {})), stays.get(stage.pk)
        if not here.count and stay is None and len(pipelines) > 1:
            continue
        at = {"field": "stage", "op": "eq", "value": str(stage.pk)}
        url = list_url(spec, {"all": [is_outcome(Outcome.OPEN), at]}, sort="stage_since")
        name = f"{pipelines.get(stage.pipeline_id, '')} · {stage.name}" if len(pipelines) > 1 else stage.name
        rows.append(
            [
                name_cell(name),
                count_cell(here.count, url),
                *([amount_cell(actor, here.sums, url)] if has_amount else []),
                days_cell(here.days if here.count else None),
                days_cell(here.longest if here.count else None),
                count_cell(stuck.get(stage.pk, 0), list_url(spec, _too_long(stage), sort="stage_since")),
                days_cell(stay.days if stay else None),
                count_cell(stay.count if stay else 0),
            ]
        )
    columns = [
        Column("stage", _("Stage"), is_number=False),
        Column("open", _("Open now")),
        *([Column("amount", _("Amount"))] if has_amount else []),
        Column("average_days", _("On average so far")),
        Column("longest_days", _("Longest")),
        Column("stuck", _("Stuck")),
        Column("stay_days", _("Average stay")),
        Column("stays", _("Stays that ended")),
    ]
    note = _(
        "Open opportunities as they stand now. The average stay is of those that left the stage within the period, from"
        " the change log; what was imported in its last stage has left none."
    )
    chart = bars("ageing", _("Days in the stage, on average"), [row[0].text for row in rows], _series(columns, rows))
    empty = _("There is no pipeline with open stages. Make one under Settings, Pipelines.")
    return Table("stages", _("By stage"), columns, rows, note, chart if rows else None, empty)


def _series(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[tuple[str, list[Cell]]]:
    places = {column.name: index for index, column in enumerate(columns)}
    wanted = ("average_days", "stay_days")
    return [(columns[places[name]].label, [row[places[name]] for row in rows]) for name in wanted]


def _stuck(question: Question, spec: ObjectSpec, late: Condition | None, count: int) -> Table:
    """Return those that are stuck, the longest first."""
    names = [
        name for name in ("name", "customer", "owner", "stage", "amount", "stage_since") if name in spec.all_fields
    ]
    empty = _("Nothing is stuck: every open opportunity moves on within the days that its stage allows.")
    title = _("Stuck")
    if late is None:
        text = _(
            "No stage limits its days. Set them under Settings, Pipelines, and this list shows who waits too long."
        )
        return Table("stuck", title, [Column("name", _("Opportunity"))], [], empty=text)
    shown = Presenter(question.actor, spec).visible(dict.fromkeys((*names, *reading_columns(spec, names))))
    request = ListRequest(
        filter=parse_tree(late),
        sort=("stage_since",),
        columns=tuple(entry.name for entry in shown),
        limit=STUCK_SHOWN,
    )
    found = list_rows(question.actor, spec, request)
    presenter = presenter_for(question.actor, spec, found.rows, found.labels)
    entries = presenter.visible([name for name in names if name not in {"name", "stage_since"}])
    rows = [
        [
            name_cell(presenter.title(row), presenter.url(row["id"]), str(row["id"])),
            *(Cell(presenter.text(entry, row), value=presenter.text(entry, row)) for entry in entries),
            days_cell((now() - row["stage_since"]).days),
        ]
        for row in found.rows
    ]
    columns = [
        Column("opportunity", _("Opportunity"), is_number=False),
        *(Column(entry.name, str(entry.label), is_number=False) for entry in entries),
        Column("days", _("In the stage for")),
    ]
    note = _("The %(shown)s that wait the longest, of %(count)s.") % {"shown": len(rows), "count": f"{count:,}"}
    return Table("stuck", title, columns, rows, note if count > len(rows) else "", empty=empty)


def _closing(question: Question, spec: ObjectSpec) -> Table:
    found = days_to_close(question, spec)
    rows = []
    for outcome in (Outcome.WON, Outcome.LOST):
        count, days = found.get(outcome, (0, None))
        known = {"field": "started_on", "op": "isnull", "value": False}
        url = list_url(spec, {"all": [question.within("closed_on"), is_outcome(outcome), known]})
        rows.append([name_cell(str(outcome.label)), count_cell(count, url), days_cell(days)])
    columns = [
        Column("outcome", _("Outcome"), is_number=False),
        Column("count", _("Closed")),
        Column("days", _("Days from start to close")),
    ]
    note = _("Opportunities closed in the period that say when they began and when they were closed.")
    return Table("closing", _("From start to close"), columns, rows, note)
