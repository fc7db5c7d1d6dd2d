"""Approvals as pages show them: states in colours, steps with people, what was decided about, what was done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import record_fields, right_of
from banyan.core.access.scopes import Ability, Action, FieldAccess
from banyan.core.approvals.choices import ActKind, ApprovalState, SeatState, StepState
from banyan.core.approvals.deciding import earlier_steps, seat_of
from banyan.core.approvals.definitions import Definition, Step, read_definition
from banyan.core.approvals.models import Act, Approval, Seat
from banyan.core.approvals.queries import Course, ShownStep, sees_record, turns_of
from banyan.core.approvals.services import withdrawing_problem
from banyan.core.kernel.clock import now
from banyan.core.listing.guarded import tell_read
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.masking import mask
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.presenting import Presenter, told_instant

COLORS = {
    ApprovalState.RUNNING: "blue",
    ApprovalState.RETURNED: "orange",
    ApprovalState.AGREED: "green",
    ApprovalState.REFUSED: "red",
    ApprovalState.WITHDRAWN: "grey",
    ApprovalState.LAPSED: "grey",
}
SEAT_COLORS = {
    SeatState.OPEN: "blue",
    SeatState.AGREED: "green",
    SeatState.REFUSED: "red",
    SeatState.WAITING: "grey",
    SeatState.ENDED: "grey",
}
STEP_MARKS = {
    StepState.OPEN: ("current", "clock"),
    StepState.AGREED: ("done", "check"),
    StepState.REFUSED: ("refused", "x"),
    StepState.SKIPPED: ("skipped", "chevron-right"),
    StepState.RETURNED: ("skipped", "arrow-back-up"),
    StepState.ENDED: ("skipped", "minus"),
}
ACT_ICONS = {
    ActKind.AGREE: "check",
    ActKind.REFUSE: "x",
    ActKind.RETURN: "arrow-back-up",
    ActKind.COMMENT: "message",
    ActKind.REMIND: "bell",
    ActKind.HAND_ON: "arrow-right",
    ActKind.ESCALATE: "arrow-up",
    ActKind.COPY: "copy",
    ActKind.START: "send",
    ActKind.RESUBMIT: "send",
}
FACTS_IN_BRIEF = 6
SYSTEM = {"number", "version", "created_at", "created_by", "updated_at", "updated_by"}


def url_of(approval: Approval) -> str:
    """Return the address of an approval."""
    return f"/approvals/{approval.pk}"


def badge_of(approval: Approval) -> dict[str, str]:
    """Return the state of an approval as a badge."""
    return {"text": str(approval.get_state_display()), "color": COLORS[ApprovalState(approval.state)]}


def lines_of(actor: Actor, approvals: Sequence[Approval]) -> list[dict[str, Any]]:
    """Return approvals as lines of a list; with the part of the actor where it is their turn."""
    turns = turns_of(actor, approvals)
    return [_line(actor, approval, turns.get(approval.pk)) for approval in approvals]


def tables_of(actor: Actor, approval: Approval) -> list[dict[str, Any]]:
    """Return the lines of the record as tables, as they were, as far as the reader may see their fields."""
    specs = specs_for(actor.organization)
    found = []
    for name, rows in approval.lines.items():
        spec = specs.get(name)
        if spec is not None and rows and right_of(actor, spec, Action.VIEW):
            found.append(_table(actor, spec, approval, rows))
    return found


def _table(actor: Actor, spec: ObjectSpec, approval: Approval, rows: list[dict[str, Any]]) -> dict[str, Any]:
    access = record_fields(actor, spec, spec.all_fields, None)
    used = {name for row in rows for name in row}
    names = [name for name in dict.fromkeys((*spec.columns, *spec.all_fields)) if name in used and name in access]
    names = [name for name in names if access[name] > FieldAccess.MASKED and name not in SYSTEM]
    read = [
        {"id": approval.record_id, **{name: spec.all_fields[name].kind.from_json(row.get(name)) for name in names}}
        for row in rows
    ]
    currency = approval.snapshot.get("currency")
    presenter = Presenter(actor, spec, labels_for_rows(spec, read, names, actor=actor))
    return {
        "title": str(spec.label_plural),
        "columns": [str(spec.all_fields[name].label) for name in names],
        "rows": [
            [presenter.text(spec.all_fields[name], {**row, "currency": currency}) for name in names] for row in read
        ],
    }


def _line(actor: Actor, approval: Approval, seat: Seat | None) -> dict[str, Any]:
    spec = specs_for(actor.organization).get(approval.object_name)
    return {
        "id": approval.pk,
        "url": url_of(approval),
        "title": approval.title,
        "flow": approval.flow.name,
        "number": approval.number,
        "icon": spec.icon if spec else "checks",
        "object": str(spec.label) if spec else "",
        "who": approval.started_by.name if approval.started_by else _("The system"),
        "when": told_instant(approval.started_at),
        "badge": badge_of(approval),
        "seat": seat.pk if seat else None,
        "for": seat.user.name if seat is not None and seat.user_id != actor.user_id else "",
        "is_plain": seat is not None and is_plain(approval, seat),
        "late": _is_late(seat),
    }


def is_plain(approval: Approval, seat: Seat) -> bool:
    """Say whether somebody may agree at once: the step asks for no comment and no signature."""
    step = step_of(approval, seat)
    return step is not None and step.comment != "always" and not step.signature


def step_of(approval: Approval, seat: Seat) -> Step | None:
    """Return the step of somebody's part."""
    return read_definition(approval.version.definition).step(seat.run.key)


def facts_of(actor: Actor, approval: Approval, *, brief: bool = False) -> list[dict[str, Any]]:
    """Return what is decided about, as it was then, as far as the reader may see the fields; in the form's order."""
    spec = specs_for(actor.organization).get(approval.object_name)
    if spec is None:
        return []
    row = _row(spec, approval)
    named = (*_first(spec, approval), *(entry.name for entry in spec.custom_fields))
    wanted = [name for name in named if name in row and name not in SYSTEM]
    names = list(dict.fromkeys(name for name in wanted if name != spec.title))
    access = record_fields(actor, spec, names, approval.record_id)
    shown = [name for name in names if access[name] > FieldAccess.HIDDEN][: FACTS_IN_BRIEF if brief else None]
    for name in shown:
        if access[name] is FieldAccess.MASKED:
            row[name] = mask(spec.all_fields[name].kind, row[name])
    tell_read(actor, spec, shown, [row])
    presenter = Presenter(actor, spec, labels_for_rows(spec, [row], shown, actor=actor))
    return [
        {"label": str(spec.all_fields[name].label), "text": presenter.text(spec.all_fields[name], row)}
        for name in shown
    ]


def record_url(actor: Actor, approval: Approval) -> str:
    """Return the address of the record; empty when the reader may not see it."""
    spec = specs_on(actor.organization).get(approval.object_name)
    if spec is None or not spec.has_page or not sees_record(actor, approval):
        return ""
    return f"/{spec.plural}/{approval.record_id}"


def steps_of(course: Course) -> list[dict[str, Any]]:
    """Return the steps as the component shows them: name, mark, people with what they said."""
    return [_step(shown) for shown in course.steps]


def acts_of(approval: Approval, course: Course) -> list[dict[str, Any]]:
    """Return all that was done, the newest first."""
    definition = read_definition(approval.version.definition)
    return [_act(act, definition) for act in reversed(course.acts)]


def shown_people(shown: ShownStep) -> list[dict[str, str]]:
    """Return who would decide a step that lies ahead."""
    return [{"name": user.name, "text": user.title} for user in shown.people]


def possibilities(actor: Actor, approval: Approval) -> dict[str, Any]:
    """Return what the reader may do with an approval now."""
    definition = read_definition(approval.version.definition)
    seat = seat_of(approval, actor) if approval.state == ApprovalState.RUNNING else None
    step = definition.step(seat.run.key) if seat else None
    starter_id = approval.started_by_id or _owner_of(actor, approval)
    is_starter = actor.user_id is not None and actor.user_id == starter_id
    return {
        "seat": seat.pk if seat else None,
        "for": seat.user.name if seat is not None and seat.user_id != actor.user_id else "",
        "step": step.name if step else "",
        "comment_needed": step is not None and step.comment == "always",
        "signature": actor.user.name if step is not None and step.signature and actor.user else "",
        "may_withdraw": is_starter and not withdrawing_problem(approval, definition, actor, starter_id),
        "may_remind": is_starter and approval.state == ApprovalState.RUNNING,
        "may_resubmit": is_starter and approval.state == ApprovalState.RETURNED,
        "may_release": approval.state == ApprovalState.AGREED and approval.is_locking and actor.has(Ability.CUSTOMISE),
        "earlier": [(entry.key, entry.name) for entry in earlier_steps(definition, approval)],
    }


def waiting_names(approval: Approval) -> list[str]:
    """Return who has to decide now."""
    seats = Seat.objects.filter(run__approval=approval, run__state=StepState.OPEN, state=SeatState.OPEN)
    return list(dict.fromkeys(seats.order_by("user__name").values_list("user__name", flat=True)))


def definition_of(approval: Approval) -> Definition:
    """Return the definition that an approval goes by."""
    return read_definition(approval.version.definition)


def _first(spec: ObjectSpec, approval: Approval) -> list[str]:
    """Return the fields that matter most: those that are locked by name, then those of the list and the form."""
    sections = [name for section in spec.layout() for name in section.fields]
    return [*(name for name in approval.locked if name != "*"), *spec.columns, *spec.subtitle, *sections]


def _row(spec: ObjectSpec, approval: Approval) -> dict[str, Any]:
    row: dict[str, Any] = {"id": approval.record_id}
    for name, value in approval.snapshot.items():
        entry = spec.all_fields.get(name)
        if entry is not None:
            row[name] = entry.kind.from_json(value)
    return row


def _step(shown: ShownStep) -> dict[str, Any]:
    mark, icon = STEP_MARKS[StepState(shown.state)] if shown.state else ("ahead", "")
    seats = [seat for voice in shown.voices for seat in voice]
    people = [_seat(seat) for seat in seats] if seats else shown_people(shown)
    hints = [str(shown.step.get_mode())] if len(shown.voices) > 1 or len(shown.people) > 1 else []
    if shown.by_administrators:
        hints.append(_("nobody else was found"))
    if shown.due_at is not None and shown.state == StepState.OPEN:
        hints.append(_("until %(instant)s") % {"instant": told_instant(shown.due_at)})
    return {
        "name": shown.step.name,
        "mark": mark,
        "icon": icon,
        "state": str(StepState(shown.state).label) if shown.state else "",
        "parallel": shown.step.parallel,
        "hint": " · ".join(hints),
        "people": people,
        "is_taken": shown.is_taken,
    }


def _seat(seat: Seat) -> dict[str, Any]:
    state = SeatState(seat.state)
    by = seat.decided_by
    deputy = _("by %(name)s") % {"name": by.name} if by is not None and by.pk != seat.user_id else ""
    added = _("added by %(name)s") % {"name": seat.added_by.name} if seat.added_by else ""
    at = told_instant(seat.decided_at) if seat.decided_at and state in {SeatState.AGREED, SeatState.REFUSED} else ""
    return {
        "name": seat.user.name,
        "state": str(state.label),
        "color": SEAT_COLORS.get(state, "grey"),
        "text": " · ".join(filter(None, (deputy, added, at))),
        "comment": seat.comment,
        "signed_as": seat.signed_as,
        "at": at,
    }


def _act(act: Act, definition: Definition) -> dict[str, Any]:
    kind = ActKind(act.kind)
    step = definition.step(act.step)
    who = act.by.name if act.by else _("The system")
    if act.on_behalf_of is not None:
        who = _("%(name)s for %(absent)s") % {"name": who, "absent": act.on_behalf_of.name}
    return {
        "icon": ACT_ICONS.get(kind, "circle-check"),
        "who": who,
        "what": str(kind.label),
        "people": _(", ").join(act.people),
        "step": step.name if step else "",
        "comment": act.comment,
        "when": told_instant(act.at),
    }


def _is_late(seat: Seat | None) -> bool:
    return seat is not None and seat.run.due_at is not None and seat.run.due_at < now()


def _owner_of(actor: Actor, approval: Approval) -> uuid.UUID | None:
    spec = specs_for(actor.organization).get(approval.object_name)
    if spec is None:
        return None
    found: uuid.UUID | None = (
        spec.model._default_manager.filter(pk=approval.record_id).values_list("owner_id", flat=True).first()  # noqa: SLF001
    )
    return found
