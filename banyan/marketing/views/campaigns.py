"""Pages of a campaign: its members, their responses, and which campaign worked."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Missing, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.web.answers import done, page
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import short_instant
from banyan.core.web.selections import selected_records
from banyan.core.web.views.base import given_ids, signed_in
from banyan.marketing.choices import CAMPAIGN, Becomes, CampaignKind, Hindrance, MemberState
from banyan.marketing.forms import FromSegmentForm, ResponseForm, ToCampaignForm
from banyan.marketing.jobs import add_later
from banyan.marketing.models import Campaign, CampaignMember, CampaignTask
from banyan.marketing.panels import STATE_COLORS, money_of, result_row
from banyan.marketing.queries import (
    count_by_state,
    find_campaign,
    find_segment,
    offered_objects,
    rows_of,
    seen_campaigns,
    seen_segments,
    spec_on,
    titles_of,
)
from banyan.marketing.services import members as services
from banyan.marketing.services import responses
from banyan.marketing.services.results import Figures, by_segment, figures_of

AT_A_TIME = 50
MOST_COMPARED = 200
WAITING = "waiting"


@signed_in("GET")
def members(request: SignedInRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """List the members of a campaign by how far they came; names only of records that the reader may see."""
    campaign = find_campaign(request.actor, campaign_id)
    state = request.GET.get("state", "")
    rows = CampaignMember.objects.filter(campaign=campaign).select_related(
        "contact", "customer", "lead", "segment", "made_lead", "made_task", "made_opportunity"
    )
    rows = rows.filter(state=state) if state in MemberState.values else rows
    found = Paginator(rows.order_by(F("responded_at").desc(nulls_last=True), "pk"), AT_A_TIME).get_page(
        request.GET.get("page")
    )
    may_edit = may_change(request, campaign_id)
    shown = list(found)
    titles = titles_of(request.actor, shown)
    query = f"state={state}&" if state else ""
    context = {
        **head_of_page(request, campaign, "members"),
        "states": _states(campaign, state),
        "entries": [_entry(request, member, titles.get(member.record_id), may_edit=may_edit) for member in shown],
        "count": found.paginator.count,
        "may_edit": may_edit,
        "marks_reached": may_edit and campaign.kind != CampaignKind.MAIL,
        "mark_url": f"/campaigns/{campaign.pk}/members/mark",
        "tasks": _tasks(campaign) if may_edit else [],
        "previous_url": f"?{query}page={found.previous_page_number()}" if found.has_previous() else "",
        "next_url": f"?{query}page={found.next_page_number()}" if found.has_next() else "",
    }
    return page(request, "marketing/members.html", context)


def _states(campaign: Campaign, active: str) -> list[dict[str, Any]]:
    counts = count_by_state(campaign.pk)
    every = {"label": _("All"), "url": "?", "active": active not in MemberState.values, "count": sum(counts.values())}
    return [
        every,
        *(
            {"label": str(state.label), "url": f"?state={state.value}", "active": state.value == active, "count": count}
            for state in MemberState
            if (count := counts.get(state.value, 0))
        ),
    ]


def _tasks(campaign: Campaign) -> list[str]:
    texts = []
    for task in CampaignTask.objects.filter(campaign=campaign).select_related("segment").order_by("-at")[:3]:
        name = task.segment.name if task.segment is not None else "–"
        if task.finished_at is None:
            texts.append(_("“%(name)s” is being added.") % {"name": name})
        elif task.problem:
            texts.append(_("“%(name)s” could not be added: %(problem)s") % {"name": name, "problem": task.problem})
    return texts


def _entry(
    request: SignedInRequest, member: CampaignMember, title: Any, *, may_edit: bool
) -> dict[str, Any]:  # fmt: skip
    base = f"/campaigns/{member.campaign_id}/members/{member.pk}"
    seen = title is not None
    made = [
        {"label": label, "url": url}
        for label, url in (
            (_("Lead"), f"/leads/{member.made_lead_id}" if member.made_lead_id else ""),
            (_("Task"), f"/tasks/{member.made_task_id}" if member.made_task_id else ""),
            (_("Opportunity"), f"/opportunities/{member.made_opportunity_id}" if member.made_opportunity_id else ""),
        )
        if url
    ]
    instant = member.responded_at or member.clicked_at or member.reached_at
    untouched = member.state in {MemberState.PLANNED, MemberState.NOT_ALLOWED, MemberState.FAILED}
    return {
        "id": str(member.pk),
        "title": title["name"] if seen else _("A record that you may not see"),
        "url": title["url"] if seen else "",
        "segment": member.segment.name if member.segment is not None else "",
        "state": str(member.get_state_display()),
        "color": STATE_COLORS[member.state],
        "reason": str(Hindrance(member.reason).label) if member.reason in Hindrance.values else "",
        "response": member.response if seen else "",
        "when": short_instant(instant, request.actor) if instant else "",
        "made": made if seen else [],
        "respond_url": f"{base}/respond" if may_edit and seen else "",
        "remove_url": f"{base}/remove" if may_edit and untouched else "",
    }


def head_of_page(request: SignedInRequest, campaign: Campaign, active: str) -> dict[str, Any]:
    """Return title, tabs and actions of the pages of one campaign."""
    url = f"/campaigns/{campaign.pk}"
    actions = []
    if not campaign.is_over and may_change(request, campaign.pk):
        actions = [
            {"label": _("Add a segment"), "url": f"{url}/add", "icon": "users-group", "opens": "dialog"},
            {"label": _("Write a mail"), "url": f"{url}/mails/new", "icon": "mail", "primary": True},
        ]
    return {
        "title": campaign.name,
        "crumbs": [{"label": _("Campaigns"), "url": "/campaigns"}, {"label": campaign.name, "url": url}],
        "tabs": [
            {"label": _("Members"), "url": f"{url}/members", "active": active == "members"},
            {"label": _("Mails"), "url": f"{url}/mails", "active": active == "mails"},
            {"label": _("Results"), "url": f"{url}/results", "active": active == "results"},
        ],
        "actions": actions,
    }


def may_change(request: SignedInRequest, campaign_id: uuid.UUID) -> bool:
    """Say whether somebody may change a campaign."""
    try:
        find_campaign(request.actor, campaign_id, Action.EDIT)
    except DomainError:
        return False
    return True


@signed_in("GET", "POST")
def add(request: SignedInRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Ask which segment is added; many members are added in the background."""
    campaign = services.open_campaign(request.actor, campaign_id)
    known = seen_segments(request.actor)
    if not known:
        raise Refused("no_segments", _("There is no segment yet. Make one first, under Segments."))
    only = known[0].pk if len(known) == 1 else ""
    initial = {"segment": str(campaign.segment_id or only)}
    form = FromSegmentForm(request.POST if request.method == "POST" else None, actor=request.actor, initial=initial)
    if form.is_bound and form.is_valid():
        segment = find_segment(request.actor, uuid.UUID(form.cleaned_data["segment"]))
        url = f"/campaigns/{campaign.pk}/members"
        try:
            text = _added_text(request, campaign, segment)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return done(request, text, next_url=url, close_dialog=True, visit={"url": url})
    return form_answer(
        request, form, title=_("Add a segment to “%(name)s”") % {"name": campaign.name}, submit_label=_("Add"),
        cancel_url=f"/campaigns/{campaign.pk}/members",
    )  # fmt: skip


def _added_text(request: SignedInRequest, campaign: Campaign, segment: Any) -> str:
    count = rows_of(request.actor, segment).count()
    if not count:
        raise Refused("empty", _("Nobody is in this segment now, as far as you may see."))
    if count > services.MOST_AT_ONCE:
        task = CampaignTask.objects.create(
            organization=request.actor.organization, campaign=campaign, segment=segment, user_id=request.actor.user_id
        )
        add_later(request.actor, task)
        return _("%(count)s members are being added.") % {"count": f"{count:,}"}
    parts = list(services.add_segment(request.actor, campaign.pk, segment))
    return told(services.Added(sum(part.added for part in parts), sum(part.known for part in parts)))


def told(added: services.Added) -> str:
    """Return how many records were added, and how many were there already."""
    text = ngettext("%(count)s member was added.", "%(count)s members were added.", added.added) % {
        "count": f"{added.added:,}"
    }
    if added.known:
        text += " " + ngettext("%(count)s was there already.", "%(count)s were there already.", added.known) % {
            "count": f"{added.known:,}"
        }
    return text


@signed_in("GET", "POST")
def add_selected(request: SignedInRequest, plural: str) -> HttpResponse:
    """Add what is chosen in a list, or one record, to a campaign."""
    spec = next((one for one in offered_objects(request.actor) if one.plural == plural), None)
    if spec is None:
        raise Missing("not_found", _("There is no such page."))
    require(request.actor, spec_on(request.actor, CAMPAIGN), Action.EDIT)
    chosen = selected_records(request, spec, Action.VIEW)
    if chosen.everything is not None:
        raise Refused("too_many", _("These are too many at once. Make a segment of them, and add that."))
    bound = request.POST if request.method == "POST" and "campaign" in request.POST else None
    form = ToCampaignForm(bound, actor=request.actor)
    if form.is_bound and form.is_valid():
        campaign_id = uuid.UUID(form.cleaned_data["campaign"])
        try:
            text = told(services.add_records(request.actor, campaign_id, spec.name, list(chosen.ids)))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return done(
                request, text, next_url=f"/campaigns/{campaign_id}/members", close_dialog=True, clear_selection=True,
                changed=("campaigns",),
            )  # fmt: skip
    title = ngettext("Add %(count)s record to a campaign", "Add %(count)s records to a campaign", chosen.count)
    return form_answer(
        request, form, title=title % {"count": f"{chosen.count:,}"}, hidden=chosen.hidden, submit_label=_("Add"),
        cancel_url=f"/{plural}", action=request.path,
    )  # fmt: skip


@signed_in("GET", "POST")
def respond(request: SignedInRequest, campaign_id: uuid.UUID, member_id: uuid.UUID) -> HttpResponse:
    """Ask what somebody answered and what becomes of it."""
    campaign = find_campaign(request.actor, campaign_id, Action.EDIT)
    member = CampaignMember.objects.filter(campaign=campaign, pk=member_id).first()
    title = titles_of(request.actor, [member]).get(member.record_id) if member is not None else None
    if member is None or title is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    possible = responses.possible(request.actor, member)
    form = ResponseForm(
        request.POST if request.method == "POST" else None, possible=possible,
        initial={"text": member.response, "becomes": possible[0].value},
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        try:
            responses.note_response(request.actor, campaign_id, member_id, text=sent["text"], becomes=sent["becomes"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return done(
                request, RESPONDED[Becomes(sent["becomes"])](), next_url=f"/campaigns/{campaign_id}/members",
                close_dialog=True, changed=("campaigns", "leads", "tasks", "opportunities"),
                visit={"url": f"/campaigns/{campaign_id}/members"},
            )  # fmt: skip
    return form_answer(
        request, form, title=_("%(name)s responded") % {"name": title["name"]}, submit_label=_("Save"),
        cancel_url=f"/campaigns/{campaign_id}/members",
    )  # fmt: skip


RESPONDED = {
    Becomes.LEAD: lambda: _("The response is noted, and a lead is made of it."),
    Becomes.TASK: lambda: _("The response is noted, and a task is made of it."),
    Becomes.OPPORTUNITY: lambda: _("The response is noted, and an opportunity is made of it."),
    Becomes.NOTHING: lambda: _("The response is noted."),
}


@signed_in("POST")
def mark(request: SignedInRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Note of ticked members that they were reached or responded, or make leads of their responses."""
    ids = given_ids(request.POST.getlist("ids"))
    if not ids:
        raise Refused("nothing_chosen", _("Choose at least one member."))
    act = request.POST.get("act", "")
    if act == "reached":
        count = services.mark_reached(request.actor, campaign_id, ids)
    elif act in {"responded", "lead"}:
        becomes = Becomes.LEAD if act == "lead" else Becomes.NOTHING
        count = _respond_many(request, campaign_id, ids, becomes)
    else:
        raise Missing("not_found", _("There is no such page."))
    text = ngettext("%(count)s member is noted.", "%(count)s members are noted.", count) % {"count": f"{count:,}"}
    return done(request, text, next_url=f"/campaigns/{campaign_id}/members")


def _respond_many(request: SignedInRequest, campaign_id: uuid.UUID, ids: list[uuid.UUID], becomes: Becomes) -> int:
    find_campaign(request.actor, campaign_id, Action.EDIT)
    rows = CampaignMember.objects.filter(campaign_id=campaign_id, pk__in=ids)
    found = list(rows.filter(made_lead=None, lead=None) if becomes == Becomes.LEAD else rows)
    seen = titles_of(request.actor, found)
    shown = [member for member in found if member.record_id in seen]
    for member in shown:
        responses.note_response(request.actor, campaign_id, member.pk, becomes=becomes)
    return len(shown)


@signed_in("POST")
def remove(request: SignedInRequest, campaign_id: uuid.UUID, member_id: uuid.UUID) -> HttpResponse:
    """Take a member out whom the campaign has not reached."""
    services.remove_member(request.actor, campaign_id, member_id)
    url = f"/campaigns/{campaign_id}/members"
    return done(request, _("The member is removed."), next_url=url, visit={"url": url})


@signed_in("GET")
def results(request: SignedInRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Show what one campaign came to, and segment by segment."""
    campaign = find_campaign(request.actor, campaign_id)
    figures = figures_of(request.actor, [campaign.pk])[campaign.pk]
    context = {
        **head_of_page(request, campaign, "results"),
        "row": result_row(request.actor, campaign, figures),
        "segments": [{**row, "label": row["segment__name"] or _("Added singly")} for row in by_segment(campaign.pk)],
    }
    return page(request, "marketing/results.html", context)


@signed_in("GET")
def comparison(request: SignedInRequest) -> HttpResponse:
    """Compare the campaigns that somebody may see, of one year or of all."""
    spec = spec_on(request.actor, CAMPAIGN)
    require(request.actor, spec, Action.VIEW)
    rows = seen_campaigns(request.actor)
    years = sorted({day.year for day in rows.exclude(starts_on=None).dates("starts_on", "year")}, reverse=True)[:6]
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and int(given) in years else None
    kind = request.GET.get("kind", "")
    chosen = rows.filter(starts_on__year=year) if year else rows
    chosen = (
        chosen.filter(segment_id=parse_id(request.GET.get("segment", ""))) if request.GET.get("segment") else chosen
    )
    chosen = chosen.filter(kind=kind) if kind in CampaignKind.values else chosen
    campaigns = list(
        chosen.select_related("segment").order_by(F("starts_on").desc(nulls_last=True), "name")[:MOST_COMPARED]
    )
    figures = figures_of(request.actor, [row.pk for row in campaigns])
    shown = [result_row(request.actor, row, figures[row.pk]) for row in campaigns]
    context = {
        "rows": sorted(shown, key=lambda row: row["order"], reverse=True),
        "total": _total(request, campaigns, figures),
        "years": [
            {"label": _("All years"), "url": "?", "active": year is None},
            *({"label": str(one), "url": f"?year={one}", "active": one == year} for one in years),
        ],
        "is_cut": len(campaigns) == MOST_COMPARED,
        "crumbs": [{"label": str(spec.label_plural), "url": "/campaigns"}],
    }
    return page(request, "marketing/comparison.html", context)


def _total(
    request: SignedInRequest, campaigns: list[Campaign], figures: dict[uuid.UUID, Figures]
) -> list[dict[str, str]]:
    cost: dict[str, Decimal] = {}
    won: dict[str, Decimal] = {}
    for row in campaigns:
        if row.actual_cost is not None:
            cost[row.currency] = cost.get(row.currency, Decimal(0)) + row.actual_cost
        for currency, amount in figures[row.pk].shared_won.items():
            won[currency] = won.get(currency, Decimal(0)) + amount
    return [
        {"label": _("Campaigns"), "value": str(len(campaigns))},
        {"label": _("People reached"), "value": f"{sum(entry.reached for entry in figures.values()):,}"},
        {"label": _("Responses"), "value": f"{sum(entry.responded for entry in figures.values()):,}"},
        {"label": _("Won, shared evenly"), "value": money_of(request.actor, won, "opportunity", "amount")},
        {"label": _("Cost"), "value": money_of(request.actor, cost, CAMPAIGN, "actual_cost")},
    ]
