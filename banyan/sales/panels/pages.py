"""What the sales app shows on other pages: open deals of a customer, how long a deal stands still, my board."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.listing.board import BoardColumn, board_columns, board_groups
from banyan.core.listing.filters import live_rows, parse_tree
from banyan.core.listing.query import ListRequest
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import has_process
from banyan.core.processes.staying import open_stays
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.day import FirstStep, list_url
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import Presenter, presenter_for
from banyan.core.web.timeline_records import amount_told, records_around
from banyan.customers.public import Figure
from banyan.sales.choices import Outcome
from banyan.sales.queries import open_stage_ids, open_value, stage_of
from banyan.sales.rules import days_in_stage, is_stuck

OPPORTUNITY = "opportunity"
BOARD = "my-board"
CARDS = 3
OPEN_OF_MINE = {
    "all": [
        {"field": "owner", "op": "eq", "value": "me"},
        {"field": "outcome", "op": "eq", "value": Outcome.OPEN.value},
    ]
}
BEGUN = (gettext_lazy("began an opportunity"), "target", "blue")
CLOSED = {Outcome.WON: (gettext_lazy("won an opportunity"), "rosette", "green"),
          Outcome.LOST: (gettext_lazy("lost an opportunity"), "circle-x", "red")}  # fmt: skip


def customer_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return what a customer's open opportunities are worth; nothing without the right to see any."""
    spec = spec_for(actor.organization, OPPORTUNITY)
    if not may(actor, spec, Action.VIEW):
        return []
    value = open_value(actor, customer_id)
    if not value.count:
        return []
    query = urlencode({"customer": customer_id, "outcome": Outcome.OPEN.value, "display": "table"})
    hint = ngettext("%(count)d opportunity", "%(count)d opportunities", value.count) % {"count": value.count}
    return [Figure(_("Open deals"), amounts_text(actor, value.sums), f"/{spec.plural}?{query}", hint)]


def my_board(actor: Actor) -> Markup | None:
    """Return one's own open opportunities by stage; None without the right, or when there are none."""
    spec = specs_on(actor.organization).get(OPPORTUNITY)
    if spec is None or spec.board is None or not may(actor, spec, Action.VIEW):
        return None
    group = next((found.id for found in board_groups(actor, spec, spec.board)), None)
    columns = tuple(entry.name for entry in Presenter(actor, spec).visible((spec.title, "customer", "amount", "stage")))
    request = ListRequest(
        filter=parse_tree(OPEN_OF_MINE), sort=("-amount",), columns=(*columns, "currency", "number", "version")
    )
    found = board_columns(actor, spec, request, spec.board, group=group, cards=CARDS)
    stages = open_stage_ids(group)
    shown = [column for column in found.columns if column.key in stages]
    if not any(column.count for column in shown):
        return None
    presenter = presenter_for(actor, spec, [row for column in shown for row in column.rows], found.labels)
    board = {
        "name": BOARD,
        "title": _("My open opportunities"),
        "icon": spec.icon,
        "count": sum(column.count for column in shown),
        "url": f"/{spec.plural}?view=mine&display=board",
        "create_url": f"/{spec.plural}/new" if may(actor, spec, Action.CREATE) else "",
        "live": spec.plural,
        "move_url": f"/{spec.plural}/move" if may(actor, spec, Action.EDIT) else "",
        "stages": [_stage(presenter, column) for column in shown],
    }
    return macro("sales/day_board.html", "day_board", board)


def _stage(presenter: Presenter, column: BoardColumn) -> dict[str, Any]:
    tree = {"all": [*OPEN_OF_MINE["all"], {"field": "stage", "op": "eq", "value": str(column.key)}]}
    return {
        "key": str(column.key),
        "label": column.label,
        "count": column.count,
        "total": amounts_text(presenter.actor, column.totals) if column.count else "",
        "url": list_url(presenter.spec, tree),
        "more": max(0, column.count - len(column.rows)),
        "cards": [
            {
                "id": row["id"],
                "version": row["version"],
                "url": presenter.url(row["id"]),
                "title": presenter.title(row),
            }
            for row in column.rows
        ],
    }


def state_line(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return how long an open opportunity has been in its stage, and whether that is too long."""
    if row.get("outcome") != Outcome.OPEN or row.get("stage_since") is None:
        return None
    if has_process(spec) and open_stays([row["id"]]):
        return None  # The guide of its process says it already.
    stage = stage_of(row.get("stage"))
    days = days_in_stage(row["stage_since"], now())
    stuck = stage is not None and is_stuck(days, stale_days=stage.stale_days, outcome=Outcome.OPEN)
    text = ngettext("%(count)d day in this stage", "%(count)d days in this stage", days) % {"count": days}
    hint = ""
    if stage and stuck:
        allowed = ngettext("The stage allows %(count)d day.", "The stage allows %(count)d days.", stage.stale_days)
        hint = allowed % {"count": stage.stale_days}
    return macro("sales/day_board.html", "state_line", {"text": text, "is_stuck": stuck, "hint": hint})


def load_opportunities(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return when opportunities of a customer or contact began, and when they were won or lost, newest first."""
    names = ("name", "amount", "currency", "outcome", "owner__name")
    began = records_around(question, OPPORTUNITY, partial(_told, BEGUN), names=names, day="started_on")
    closed = records_around(
        question, OPPORTUNITY, lambda shown, row: _told(CLOSED[row["outcome"]], shown, row),
        names=names, day="closed_on", recorded="stage_since", among=Q(outcome__in=CLOSED),
    )  # fmt: skip
    return sorted([*began, *closed], key=lambda entry: entry.at, reverse=True)


def _told(words: tuple[Any, str, str], shown: Presenter, row: Mapping[str, Any]) -> dict[str, Any]:
    title, icon, color = words
    return {
        "icon": icon,
        "color": color,
        "who": row["owner__name"] or _("The system"),
        "title": " · ".join(filter(None, (str(title), amount_told(shown, row)))),
        "links": [{"text": row["name"], "href": shown.url(row["pk"])}],
    }


def _has_any(actor: Actor) -> bool:
    spec = spec_for(actor.organization, OPPORTUNITY)
    return restrict(live_rows(actor, spec), actor, spec).exists()


def may_create(actor: Actor) -> bool:
    """Say whether somebody may write down opportunities."""
    return may(actor, spec_for(actor.organization, OPPORTUNITY), Action.CREATE)


def may_edit(actor: Actor) -> bool:
    """Say whether somebody may change opportunities."""
    return may(actor, spec_for(actor.organization, OPPORTUNITY), Action.EDIT)


def may_view(actor: Actor) -> bool:
    """Say whether somebody may see opportunities."""
    return may(actor, spec_for(actor.organization, OPPORTUNITY), Action.VIEW)


FIRST_STEP = FirstStep(
    "opportunity",
    gettext_lazy("Write down an opportunity"),
    gettext_lazy("Who may buy what, for how much and when."),
    "/opportunities/new",
    "target",
    is_done=_has_any,
    may=may_create,
    position=40,
    module="opportunities",
)
