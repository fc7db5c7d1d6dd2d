"""The lists of approvals, one approval, its paper, and asking for one."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.approvals.deciding import decide
from banyan.core.approvals.definitions import Step
from banyan.core.approvals.engine import LONGEST_COMMENT
from banyan.core.approvals.models import Approval
from banyan.core.approvals.queries import (
    BOXES,
    COPIES,
    DECIDED,
    STARTED,
    TO_DECIDE,
    box,
    course_of,
    find_approval,
    waiting_for,
)
from banyan.core.approvals.services import find_live, may_start, path_of, start_approval, steps_to_choose
from banyan.core.kernel.errors import DomainError, NotAllowed
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, page, part, wants_panel
from banyan.core.web.approvals.acting import CHANGED, choice_fields, chosen_in
from banyan.core.web.approvals.showing import (
    acts_of,
    badge_of,
    facts_of,
    lines_of,
    possibilities,
    record_url,
    steps_of,
    tables_of,
    url_of,
)
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import Presenter, told_instant
from banyan.core.web.views.base import given_ids, object_page, signed_in

URL = "/approvals"
ROWS = 50


class StartForm(forms.Form):
    """Why approval is asked for, and who decides where the starter chooses."""

    reason = forms.CharField(
        label=gettext_lazy("What it is about"), required=False, max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3, "wide": True, "autofocus": True}),
    )  # fmt: skip

    def __init__(self, *args: Any, steps: list[Step], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields.update(choice_fields(steps))


@signed_in("GET")
def approvals(request: SignedInRequest) -> HttpResponse:
    """Show one of the lists: what waits for one, what one started, decided, or got a copy of."""
    name = request.GET.get("box", TO_DECIDE)
    name = name if name in BOXES else TO_DECIDE
    start = max(0, int(request.GET["after"])) if request.GET.get("after", "").isdecimal() else 0
    start = min(start, 100_000)
    rows = list(box(request.actor, name)[start : start + ROWS + 1])
    more = f"{URL}?box={name}&after={start + ROWS}" if len(rows) > ROWS else ""
    context = {
        "tabs": _tabs(request, name),
        "lines": lines_of(request.actor, rows[:ROWS]),
        "box": name,
        "more_url": more,
        "empty": str(EMPTY[name]),
        "live_url": request.get_full_path(),
    }
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "approval-list":
        return part(request, "approvals/_list.html", {"list": context})
    return page(request, "approvals/list.html", {"list": context})


@signed_in("POST")
def agree_to_many(request: SignedInRequest) -> HttpResponse:
    """Agree to all that were chosen; what needs a comment or a signature, or is decided already, is left out."""
    agreed, left = 0, 0
    for approval_id in given_ids(request.POST.getlist("ids"))[:ROWS]:
        try:
            decide(request.actor, approval_id, agree=True)
        except DomainError:
            left += 1
        else:
            agreed += 1
    text = ngettext("You agreed to %(count)d request.", "You agreed to %(count)d requests.", agreed)
    text %= {"count": agreed}
    if left:
        rest = ngettext(
            "%(count)d was left out: it needs a comment or a signature, or was decided meanwhile.",
            "%(count)d were left out: they need a comment or a signature, or were decided meanwhile.",
            left,
        )
        text = f"{text} {rest % {'count': left}}"
    return done(request, text, next_url=URL, changed=(CHANGED,))


@signed_in("GET")
def approval_page(request: SignedInRequest, approval_id: uuid.UUID) -> HttpResponse:
    """Show an approval: what is decided about, its steps, all that was done, and what one can do."""
    approval = find_approval(request.actor, approval_id)
    context = {"approval": _shown(request, approval)}
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "approval":
        return part(request, "approvals/_approval.html", {**context, "oob": True})
    if wants_panel(request):
        return part(request, "approvals/panel.html", context)
    return page(request, "approvals/approval.html", context)


@signed_in("GET")
def print_page(request: SignedInRequest, approval_id: uuid.UUID) -> HttpResponse:
    """Show an approval as the paper (审批单) that is printed and filed."""
    approval = find_approval(request.actor, approval_id)
    shown = _shown(request, approval)
    shown["organization"] = request.actor.organization.name
    shown["ended"] = told_instant(approval.ended_at) if approval.ended_at else ""
    return page(request, "approvals/print.html", {"approval": shown})


@object_page("GET", "POST")
def start(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, flow_id: uuid.UUID) -> HttpResponse:
    """Ask for the reason and for people to choose, and start an approval."""
    row = fetch_row(request.actor, spec, record_id)
    flow = find_live(spec, flow_id)
    if not may_start(request.actor, flow, spec, record_id):
        raise NotAllowed("not_allowed", _("You may not start “%(flow)s” for this record.") % {"flow": flow.name})
    record = spec.model._default_manager.get(pk=record_id)  # noqa: SLF001 Django's own name for it
    path = path_of(request.actor.organization, spec, record, flow.definition)
    form = StartForm(request.POST or None, steps=steps_to_choose(flow.definition, path))
    url = f"/{spec.plural}/{record_id}"
    if request.method == "POST":
        form = StartForm(request.POST, steps=steps_to_choose(flow.definition, path))
        if form.is_valid():
            try:
                approval = start_approval(
                    request.actor, flow_id, spec, record_id, reason=form.cleaned_data["reason"],
                    chosen=chosen_in(form.cleaned_data),
                )  # fmt: skip
            except DomainError as problem:
                add_problem(form, problem)
            else:
                text = _("%(flow)s is under way as %(number)s.") % {"flow": flow.name, "number": approval.number}
                return done(request, text, next_url=url, changed=(spec.plural, CHANGED), close_dialog=True)
    title = _(": ").join((flow.name, Presenter(request.actor, spec).title(row)))
    return form_answer(request, form, title=title, submit_label=_("Ask for approval"), cancel_url=url)


EMPTY = {
    TO_DECIDE: gettext_lazy("Nothing waits for your decision."),
    STARTED: gettext_lazy("You have asked for no approval yet. Start one from the page of a record."),
    DECIDED: gettext_lazy("You have decided about nothing yet."),
    COPIES: gettext_lazy("Nobody has sent you a copy of an approval yet."),
}


def _tabs(request: SignedInRequest, current: str) -> list[dict[str, Any]]:
    labels = {
        TO_DECIDE: _("To decide"), STARTED: _("Started by me"), DECIDED: _("Decided by me"), COPIES: _("Copies for me"),
    }  # fmt: skip
    waiting = waiting_for(request.actor)
    return [
        {"label": labels[name], "url": f"{URL}?box={name}", "active": name == current,
         "count": (waiting or None) if name == TO_DECIDE else None}
        for name in BOXES
    ]  # fmt: skip


def _shown(request: SignedInRequest, approval: Approval) -> dict[str, Any]:
    actor = request.actor
    course = course_of(actor, approval)
    return {
        "id": approval.pk,
        "url": url_of(approval),
        "number": approval.number,
        "title": approval.title,
        "flow": approval.flow.name,
        "badge": badge_of(approval),
        "who": approval.started_by.name if approval.started_by else _("The system"),
        "when": told_instant(approval.started_at),
        "round": approval.round,
        "reason": approval.reason,
        "is_locking": approval.is_locking,
        "facts": facts_of(actor, approval),
        "tables": tables_of(actor, approval),
        "record_url": record_url(actor, approval),
        "steps": steps_of(course),
        "acts": acts_of(approval, course),
        "copies": [row.user.name for row in approval.copies.select_related("user").order_by("user__name")],
        "can": possibilities(actor, approval),
    }
