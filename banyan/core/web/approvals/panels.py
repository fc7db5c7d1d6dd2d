"""What approvals add to other pages: to my day, to a record and its menu, to the main menu."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.approvals.choices import OPEN_STATES, ActKind, ApprovalState
from banyan.core.approvals.live import SHAPING, all_flows
from banyan.core.approvals.models import Act, Approval
from banyan.core.approvals.queries import TO_DECIDE, approvals_of, box, course_of, startable, waiting_for
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.approvals.showing import badge_of, lines_of, possibilities, steps_of, url_of, waiting_names
from banyan.core.web.panels import Row, TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import told_instant

TEMPLATE = "approvals/_parts.html"
ROWS_OF_DAY = 6
ENDED_SHOWN = 1
#: What a timeline tells of, with its colour.
TOLD = {
    ActKind.START: "blue", ActKind.AGREE: "green", ActKind.REFUSE: "red", ActKind.RETURN: "orange",
    ActKind.RESUBMIT: "blue", ActKind.WITHDRAW: "grey", ActKind.RELEASE: "orange", ActKind.LAPSE: "grey",
}  # fmt: skip


def has_flows(actor: Actor) -> bool:
    """Say whether the organization has flows at all; without any, pages say nothing of approvals."""
    return any(SHAPING in spec.shaping for spec in specs_for(actor.organization).values())


def count_waiting(actor: Actor) -> int | None:
    """Return how many approvals wait for somebody, for the main menu; None for none."""
    return (waiting_for(actor) or None) if has_flows(actor) else None


def day_panel(actor: Actor) -> Markup | None:
    """Return what waits for one's decision, with the answer beside each."""
    if not has_flows(actor):
        return None
    rows = list(box(actor, TO_DECIDE)[: ROWS_OF_DAY + 1])
    if not rows:
        return None
    count = waiting_for(actor)
    return macro(TEMPLATE, "day_block", lines_of(actor, rows[:ROWS_OF_DAY]), count)


def record_panel(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the approvals of a record above its page: those under way with their steps, and how the last one ended."""
    if not all_flows(spec):
        return None
    rows = approvals_of(spec, row["id"])
    shown = [entry for entry in rows if entry.state in OPEN_STATES]
    if not shown:
        shown = [entry for entry in rows if entry.state != ApprovalState.WITHDRAWN][:ENDED_SHOWN]
    starting = [
        {"label": flow.name, "url": f"/approvals/start/{spec.plural}/{row['id']}/{flow.id}"}
        for flow in startable(actor, spec, row["id"])
    ]
    if not shown and not starting:
        return None
    return macro(TEMPLATE, "record_block", [_entry(actor, approval) for approval in shown], starting)


def record_menu(actor: Actor, spec: ObjectSpec, row: Row) -> list[dict[str, Any]]:
    """Return the approvals that can be asked for, as entries of a record's menu."""
    if not all_flows(spec):
        return []
    return [
        {
            "label": flow.name,
            "url": f"/approvals/start/{spec.plural}/{row['id']}/{flow.id}",
            "icon": "checks",
            "opens": "dialog",
        }
        for flow in startable(actor, spec, row["id"])
    ]


def _entry(actor: Actor, approval: Approval) -> dict[str, Any]:
    is_open = approval.state in OPEN_STATES
    return {
        "url": url_of(approval),
        "flow": approval.flow.name,
        "number": approval.number,
        "badge": badge_of(approval),
        "is_open": is_open,
        "is_locking": approval.is_locking,
        "waiting": waiting_names(approval) if is_open else [],
        "when": told_instant(approval.ended_at or approval.started_at),
        "steps": steps_of(course_of(actor, approval)) if is_open else [],
        "can": possibilities(actor, approval) if is_open else {},
        "line": lines_of(actor, [approval])[0],
    }


def timeline(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return how approvals of a record began and ended, for its timeline."""
    if not all_flows(question.spec):
        return []
    rows = Act.objects.select_related("approval__flow", "by").filter(
        approval__object_name=question.spec.name, approval__record_id=question.record_id, kind__in=TOLD
    )
    if question.before is not None:
        rows = rows.filter(at__lt=question.before)
    return [_told(question.actor, act) for act in rows.order_by("-at")[: question.limit]]


def _told(actor: Actor, act: Act) -> TimelineEntry:
    kind, approval = ActKind(act.kind), act.approval
    shown = {
        "icon": "checks",
        "color": TOLD[kind],
        "title": kind.label,
        "links": [{"text": f"{approval.flow.name} {approval.number}", "href": url_of(approval)}],
        "text": act.comment,
        "who": act.by.name if act.by else _("The system"),
    }
    return TimelineEntry(act.at, act.pk, shown)
