"""The lead pool, and the statistics of leads beside it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Refused
from banyan.core.web.answers import done, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import presenter_for, short_instant
from banyan.core.web.selections import selected_records
from banyan.core.web.views.base import given_ids, signed_in
from banyan.leads.forms import ReleaseForm
from banyan.leads.panels import duration_text
from banyan.leads.queries import claimed_today, lead_spec, leads_held, waiting_leads
from banyan.leads.reports import Figures, lead_report
from banyan.leads.rules import without_contact_data
from banyan.leads.services.pool import Outcome, claim, release
from banyan.leads.setting import lead_setting

AT_A_TIME = 50
#: What helps to choose a lead; everything by which it can be reached waits until somebody claims it.
SHOWN = ("company", "job_title", "industry", "source", "needs", "grade", "score")
PERIODS = (30, 90, 365)
CHANGED = ("leads",)


@signed_in("GET")
def pool(request: SignedInRequest) -> HttpResponse:
    """Show the leads that wait for somebody, the best first; names and numbers wait until one is claimed."""
    spec = lead_spec(request.actor)
    require(request.actor, spec, Action.EDIT)
    rows = waiting_leads().order_by("-score", "-created_at", "-pk")
    found = Paginator(rows, AT_A_TIME).get_page(request.GET.get("page"))
    presenter = presenter_for(request.actor, spec, [])
    seen = {entry.name for entry in presenter.visible(SHOWN)}
    kinds: dict[str, Any] = {name: spec.all_fields[name].kind for name in seen}
    entries = []
    for row in found:
        texts = {name: kinds[name].display(getattr(row, name), presenter.reading) for name in seen}
        entries.append(
            {
                "id": str(row.pk),
                "title": texts.get("company") or _("Person without company"),
                "job_title": texts.get("job_title", ""),
                "details": " · ".join(filter(None, (texts.get("industry"), texts.get("source")))),
                "needs": without_contact_data(texts.get("needs", ""))[:160],
                "grade": texts.get("grade", ""),
                "color": {"a": "green", "b": "orange"}.get(row.grade, "grey"),
                "score": row.score if "score" in seen else "",
                "since": short_instant(row.created_at, request.actor),
            }
        )
    context = {
        **_head(request, "pool"),
        "entries": entries,
        "limits": _limits(request),
        "count": found.paginator.count,
        "previous_url": f"?page={found.previous_page_number()}" if found.has_previous() else "",
        "next_url": f"?page={found.next_page_number()}" if found.has_next() else "",
    }
    return page(request, "leads/pool.html", context)


def _limits(request: SignedInRequest) -> str:
    """Return how many leads one may still claim."""
    setting, parts = lead_setting(request.actor.organization), []
    if setting.claim_limit:
        values = {"count": claimed_today(request.actor), "limit": setting.claim_limit}
        parts.append(_("Claimed today: %(count)d of %(limit)d.") % values)
    if setting.hold_limit and request.actor.user_id:
        values = {"count": leads_held(request.actor.user_id), "limit": setting.hold_limit}
        parts.append(_("Open leads: %(count)d of %(limit)d.") % values)
    return " ".join(parts)


def _head(request: SignedInRequest, active: str) -> dict[str, Any]:
    tabs = [
        {"label": _("Lead pool"), "url": "/leads/pool", "active": active == "pool"},
        {"label": _("Statistics"), "url": "/leads/statistics", "active": active == "statistics"},
    ]
    actions = []
    if request.actor.has(Ability.CUSTOMISE):
        actions.append({"label": _("Rules"), "url": "/settings/leads", "icon": "settings"})
    return {"tabs": tabs, "actions": actions}


@signed_in("POST")
def claim_selected(request: SignedInRequest) -> HttpResponse:
    """Make leads the person's own; the message can take it back."""
    lead_spec(request.actor)
    ids = _ids(request)
    outcome = claim(request.actor, ids)
    outcome.only()
    text = ngettext("%(count)d lead is yours now.", "%(count)d leads are yours now.", len(outcome.done))
    url = f"/leads/{outcome.done[0]}" if len(outcome.done) == 1 else "/leads?view=mine"
    return _told(request, text, outcome, url=url)


@signed_in("GET", "POST")
def release_selected(request: SignedInRequest) -> HttpResponse:
    """Ask why leads are released, and put them into the pool."""
    chosen = selected_records(request, lead_spec(request.actor), Action.EDIT)
    if chosen.everything is not None:
        raise Refused("too_many", _("These are too many at once. Choose fewer leads."))
    form = ReleaseForm(request.POST if request.method == "POST" and "reason" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            outcome = release(request.actor, list(chosen.ids), reason=form.cleaned_data["reason"])
            outcome.only()
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = ngettext("%(count)d lead is released.", "%(count)d leads are released.", len(outcome.done))
            return _told(request, text, outcome)
    title = ngettext("Release %(count)d lead", "Release %(count)d leads", chosen.count)
    return form_answer(
        request, form, title=title % {"count": chosen.count}, hidden=chosen.hidden, submit_label=_("Release"),
        cancel_url="/leads", action=request.path,
    )  # fmt: skip


@signed_in("GET")
def statistics(request: SignedInRequest) -> HttpResponse:
    """Show how soon leads are answered and what became of them, by person and by source."""
    require(request.actor, lead_spec(request.actor), Action.VIEW)
    given = request.GET.get("days", "")
    days = int(given) if given.isdecimal() and int(given) in PERIODS else PERIODS[0]
    at = now()
    report = lead_report(request.actor, at - timedelta(days=days), at)
    total = report.total
    tiles = [
        {"label": _("Leads"), "value": str(total.leads)},
        {"label": _("Median time to first contact"), "value": _minutes(total)},
        {"label": _("Answered in time"), "value": _percent(total.share(total.in_time))},
        {"label": _("Overdue now"), "value": str(total.waiting)},
        {"label": _("Converted"), "value": _percent(total.share(total.converted))},
    ]
    context = {
        **_head(request, "statistics"),
        "tiles": tiles,
        "periods": [
            {"label": ngettext("%(count)d day", "%(count)d days", count) % {"count": count}, "url": f"?days={count}", "active": count == days}
            for count in PERIODS
        ],
        "groups": [
            {"title": _("By person"), "first": _("Owner"), "rows": [_line(row, _("Nobody")) for row in report.people]},
            {"title": _("By source"), "first": _("Source"), "rows": [_line(row, _("Unknown")) for row in report.sources]},
        ],
        "is_cut": report.is_cut,
    }  # fmt: skip
    return page(request, "leads/statistics.html", context)


def _line(row: Figures, unnamed: str) -> dict[str, str]:
    return {
        "label": row.label or unnamed,
        "leads": str(row.leads),
        "median": _minutes(row),
        "in_time": _percent(row.share(row.in_time)),
        "waiting": str(row.waiting),
        "converted": _percent(row.share(row.converted)),
    }


def _minutes(row: Figures) -> str:
    return duration_text(row.median) if row.median is not None else "–"


def _percent(share: int | None) -> str:
    return f"{share} %" if share is not None else "–"


def _ids(request: SignedInRequest) -> list[uuid.UUID]:
    ids = given_ids([*request.POST.getlist("ids"), *request.GET.getlist("ids")])
    if not ids:
        raise Refused("nothing_chosen", _("Choose at least one record."))
    return ids


def _told(request: SignedInRequest, text: str, outcome: Outcome, *, url: str = "/leads") -> HttpResponse:
    words = text % {"count": len(outcome.done)}
    if outcome.refused:
        reason = next(iter(outcome.refused.values())).message
        words += " " + _("%(count)d were left: %(reason)s") % {"count": len(outcome.refused), "reason": reason}
    return done(
        request, words, next_url=url, changed=CHANGED, undo_url=f"/undo/{outcome.batch_id}", close_dialog=True,
        clear_selection=True, visit={"url": url},
    )  # fmt: skip
