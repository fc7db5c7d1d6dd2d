"""The access review: who may do what, confirmed or taken away person by person, with a document for auditors."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access import reviewing
from banyan.core.access.departments import department_tree
from banyan.core.access.models import AccessReview, AccessReviewRow, ReviewDecision
from banyan.core.access.people import roles_of
from banyan.core.access.review_facts import Facts, facts_of
from banyan.core.access.scopes import Ability
from banyan.core.audit.notes import note
from banyan.core.identity.models import Department
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.access_paper import SIGNALS, workbook
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

NAME, URL = "access-review", reviewing.PLACE
PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VIEWS = {
    "open": gettext_lazy("Not decided yet"),
    "unusual": gettext_lazy("Unusual"),
    "decided": gettext_lazy("Decided"),
    "all": gettext_lazy("All"),
}


class ReduceForm(forms.Form):
    """Which roles somebody loses, or that their access ends."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles to take away"), required=False, widget=forms.SelectMultiple(attrs={"wide": True})
    )
    ends = forms.BooleanField(
        label=gettext_lazy("End the access altogether"), required=False,
        help_text=gettext_lazy("Deactivates the person: sessions and tokens end, and their records stay."),
    )  # fmt: skip
    remark = forms.CharField(label=gettext_lazy("Remark"), max_length=300, required=False)


class MonthsForm(forms.Form):
    """How often a review is due."""

    months = forms.IntegerField(
        label=gettext_lazy("Months between two reviews"), min_value=0, max_value=reviewing.MOST_MONTHS,
        help_text=gettext_lazy("0 reminds nobody. Auditors of ISO 27001 and of 等保 (MLPS) usually expect 6 or 12."),
    )  # fmt: skip


@signed_in("GET")
def review(request: SignedInRequest) -> HttpResponse:
    """Show the review that is under way with its people, or those of before."""
    require_page(request.actor, NAME)
    current = reviewing.open_review()
    organization = request.actor.organization
    due = reviewing.due_on(organization)
    context: dict[str, Any] = {
        "url": URL,
        "may_decide": request.actor.has(Ability.MANAGE_SECURITY),
        "months": reviewing.months_between(organization),
        "due": due,
        "is_due": due is not None and due <= now().date(),
        "past": [_past(row) for row in AccessReview.objects.exclude(finished_at=None)],
        "current": None,
    }
    if current is not None:
        context.update(_current(request, current))
    return settings_answer(request, NAME, "settings/access_review.html", context)


@signed_in("POST")
def begin(request: SignedInRequest) -> HttpResponse:
    """Begin a review."""
    require_page(request.actor, NAME)
    reviewing.begin_review(request.actor)
    return saved(request, _("The access review has begun."), URL)


@signed_in("POST")
def confirm(request: SignedInRequest) -> HttpResponse:
    """Confirm the person whose button was pressed, or all who are marked."""
    require_page(request.actor, NAME)
    chosen = [request.POST["only"]] if "only" in request.POST else request.POST.getlist("row")
    count = reviewing.confirm_rows(request.actor, {one for one in map(parse_id, chosen) if one is not None})
    return saved(request, _("%(count)d people are confirmed.") % {"count": count}, URL)


@signed_in("POST")
def confirm_usual(request: SignedInRequest) -> HttpResponse:
    """Confirm all who are open and not unusual, in the department that was looked at."""
    require_page(request.actor, NAME)
    department = _department(request.POST.get("department", ""))
    count = reviewing.confirm_usual(request.actor, department_id=department.pk if department else None)
    return saved(request, _("%(count)d people are confirmed.") % {"count": count}, _address("open", department))


@signed_in("GET", "POST")
def reduce(request: SignedInRequest, row_id: uuid.UUID) -> HttpResponse:
    """Take roles, or all access, from somebody."""
    require_page(request.actor, NAME)
    row = AccessReviewRow.objects.select_related("user").filter(pk=row_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such access review."))
    form = ReduceForm(request.POST or None)
    form.fields["roles"].choices = [(str(role.pk), role.name) for role in roles_of(row.user)]  # type: ignore[attr-defined]  # a choice field
    if request.method == "POST" and form.is_valid():
        chosen = {one for one in map(parse_id, form.cleaned_data["roles"]) if one is not None}
        try:
            done = reviewing.reduce_row(
                request.actor,
                row_id,
                role_ids=chosen,
                ends=form.cleaned_data["ends"],
                remark=form.cleaned_data["remark"],
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = (
                _("It is done.") if done else _("Those who manage people are told to do it; the review waits for them.")
            )
            return saved(request, text, URL)
    title = _("Take rights away from %(name)s") % {"name": row.user.name}
    return settings_form(request, NAME, form, title=title, cancel_url=URL)


@signed_in("POST")
def finish(request: SignedInRequest) -> HttpResponse:
    """End the review."""
    require_page(request.actor, NAME)
    reviewing.finish_review(request.actor)
    return saved(request, _("The access review is finished. Its document can be downloaded here at any time."), URL)


@signed_in("GET", "POST")
def interval(request: SignedInRequest) -> HttpResponse:
    """Say how often a review is due."""
    require_page(request.actor, NAME)
    form = MonthsForm(request.POST or None, initial={"months": reviewing.months_between(request.actor.organization)})
    if request.method == "POST" and form.is_valid():
        reviewing.set_months(request.actor, form.cleaned_data["months"])
        return saved(request, _("The reminder is saved."), URL)
    return settings_form(request, NAME, form, title=_("Reminder"), cancel_url=URL)


@signed_in("GET")
def paper(request: SignedInRequest) -> HttpResponse:
    """Send who may do what now as a workbook."""
    require_page(request.actor, NAME)
    return _sent(request, None)


@signed_in("GET")
def paper_of(request: SignedInRequest, review_id: uuid.UUID) -> HttpResponse:
    """Send a review as a workbook."""
    require_page(request.actor, NAME)
    return _sent(request, reviewing.find_review(review_id))


def _sent(request: SignedInRequest, found: AccessReview | None) -> HttpResponse:
    content = workbook(request.actor, found)
    note(request.actor, "access.paper", record_id=found.pk if found else None)
    response = HttpResponse(content, content_type=XLSX)
    name = f"access-{(found.started_at if found else now()):%Y-%m-%d}.xlsx"
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


def _current(request: SignedInRequest, current: AccessReview) -> dict[str, Any]:
    department = _department(request.GET.get("department", ""))
    live = reviewing.rows_of(current, department_id=department.pk if department else None)
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    waiting = {row.pk for row in reviewing.waiting_rows(current)}
    chosen = {
        "open": live.filter(decision=ReviewDecision.OPEN),
        "decided": live.exclude(decision=ReviewDecision.OPEN),
    }.get(view, live)
    listed = list(chosen)
    facts = facts_of([row.user for row in listed])
    if view == "unusual":
        listed = [row for row in listed if facts[row.user_id].signals]
    start = int(request.GET.get("start", "0")) if request.GET.get("start", "0").isdigit() else 0
    everybody = reviewing.rows_of(current)
    left = everybody.filter(decision=ReviewDecision.OPEN).count()
    return {
        "current": {
            "id": current.pk,
            "since": told_instant(current.started_at),
            "by": current.started_by.name if current.started_by else "",
        },
        "count": everybody.count(),
        "left": left,
        "waiting": len(waiting),
        "may_finish": not left and not waiting,
        "views": [
            {"label": str(label), "url": _address(name, department), "is_current": name == view}
            for name, label in VIEWS.items()
        ],
        "view": view,
        "departments": [
            {"id": str(one.pk), "name": one.name, "depth": depth, "is_current": one == department}
            for one, depth in department_tree.in_order()
        ],
        "department": department,
        "usual": _count_usual(request, listed, facts) if view == "open" else 0,
        "rows": [_shown(row, facts[row.user_id], is_waiting=row.pk in waiting) for row in listed[start : start + PAGE]],
        "previous_url": _address(view, department, start=max(start - PAGE, 0)) if start else "",
        "next_url": _address(view, department, start=start + PAGE) if len(listed) > start + PAGE else "",
    }


def _department(text: str) -> Department | None:
    """Return the department that is looked at; none for everybody."""
    found = parse_id(text)
    return Department.objects.filter(pk=found).first() if found is not None else None


def _address(view: str, department: Department | None, *, start: int = 0) -> str:
    asked = {"view": view, "department": str(department.pk) if department else "", "start": str(start or "")}
    return f"{URL}?{urlencode({name: value for name, value in asked.items() if value})}"


def _count_usual(request: SignedInRequest, open_rows: list[AccessReviewRow], facts: dict[uuid.UUID, Facts]) -> int:
    """Return how many of the open people have nothing unusual; nobody confirms themselves."""
    mine = request.actor.user_id
    return sum(not facts[row.user_id].signals for row in open_rows if row.user_id != mine)


def _shown(row: AccessReviewRow, known: Facts, *, is_waiting: bool) -> dict[str, Any]:
    facts = Facts.from_json(row.facts) if row.facts else known
    return {
        "id": row.pk,
        "name": row.user.name,
        "email": row.user.email,
        "department": row.user.department.name if row.user.department else "",
        "roles": facts.roles,
        "brought": facts.brought,
        "seen": told_instant(facts.last_seen) if facts.last_seen else "",
        "signals": [str(SIGNALS[code]) for code in facts.signals],
        "decision": row.decision,
        "decision_label": str(row.get_decision_display()) if row.decision else "",
        "is_waiting": is_waiting,
        "remark": row.remark,
        "by": row.decided_by.name if row.decided_by else "",
    }


def _past(row: AccessReview) -> dict[str, Any]:
    decided = AccessReviewRow.objects.filter(review=row)
    return {
        "id": row.pk,
        "finished": told_instant(row.finished_at) if row.finished_at else "",
        "by": row.finished_by.name if row.finished_by else "",
        "people": decided.count(),
        "taken": decided.filter(decision__in=[ReviewDecision.REDUCED, ReviewDecision.ENDED]).count(),
    }
