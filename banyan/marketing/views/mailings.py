"""Pages of mail to the members of a campaign: writing, looking at it as members get it, starting, how far it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError
from banyan.core.web.answers import done, page
from banyan.core.web.mail import reaches_people
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import short_instant
from banyan.core.web.views.base import signed_in
from banyan.marketing.choices import DeliveryState, Hindrance, MailingState
from banyan.marketing.forms import MailForm
from banyan.marketing.jobs import send_soon
from banyan.marketing.models import CampaignMember, Delivery, Mailing
from banyan.marketing.queries import find_campaign, titles_of
from banyan.marketing.services import mailings as services
from banyan.marketing.services.judging import with_records
from banyan.marketing.services.members import open_campaign
from banyan.marketing.services.writing import body_html, values_of, written
from banyan.marketing.setting import marketing_setting
from banyan.marketing.views.campaigns import head_of_page, may_change

AT_A_TIME = 50
COLORS = {
    MailingState.DRAFT: "grey", MailingState.SENDING: "blue", MailingState.PAUSED: "yellow", MailingState.DONE: "green",
}  # fmt: skip
DELIVERY_COLORS = {
    DeliveryState.WAITING: "grey", DeliveryState.SENDING: "blue", DeliveryState.SENT: "green",
    DeliveryState.UNKNOWN: "orange", DeliveryState.FAILED: "red", DeliveryState.NOT_ALLOWED: "yellow",
}  # fmt: skip


@signed_in("GET")
def mailings(request: SignedInRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """List the mails of a campaign."""
    campaign = find_campaign(request.actor, campaign_id)
    entries = [
        {
            "title": row.subject,
            "url": f"/mailings/{row.pk}",
            "state": str(row.get_state_display()),
            "color": COLORS[MailingState(row.state)],
            "when": short_instant(row.started_at or row.created_at, request.actor),
        }
        for row in Mailing.objects.filter(campaign=campaign).order_by("-created_at")[:200]
    ]
    return page(request, "marketing/mailings.html", {**head_of_page(request, campaign, "mails"), "entries": entries})


@signed_in("GET", "POST")
def new(request: SignedInRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Write a mail."""
    open_campaign(request.actor, campaign_id)
    return _write(request, campaign_id, None)


@signed_in("GET", "POST")
def edit(request: SignedInRequest, mailing_id: uuid.UUID) -> HttpResponse:
    """Change a mail that was not started yet."""
    mailing = services.find_mailing(request.actor, mailing_id, Action.EDIT)
    return _write(request, mailing.campaign_id, mailing)


def _write(request: SignedInRequest, campaign_id: uuid.UUID, mailing: Mailing | None) -> HttpResponse:
    marks = marketing_setting(request.actor.organization).marks_ads
    initial: dict[str, Any] = {"is_marked": marks, "counts_clicks": True}
    if mailing is not None:
        initial = {name: getattr(mailing, name) for name in MailForm.base_fields}
    form = MailForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            values = services.MailValues(**form.cleaned_data)
            row = services.save_mailing(request.actor, campaign_id, mailing, values)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return done(request, _("The mail is saved; nothing was sent."), next_url=f"/mailings/{row.pk}")
    back = f"/mailings/{mailing.pk}" if mailing else f"/campaigns/{campaign_id}/mails"
    return form_answer(request, form, title=_("Mail to the members"), cancel_url=back)


@signed_in("GET")
def mailing_page(request: SignedInRequest, mailing_id: uuid.UUID) -> HttpResponse:
    """Show a mail as a member gets it, who would get it or did, and what can be done."""
    mailing = services.find_mailing(request.actor, mailing_id)
    campaign = find_campaign(request.actor, mailing.campaign_id)
    edits = may_change(request, campaign.pk)
    is_draft = mailing.state == MailingState.DRAFT
    preview = _preview(request, mailing)
    head = head_of_page(request, campaign, "mails")
    context = {
        **head,
        "actions": _actions(mailing) if edits else [],
        "mailing": {
            "subject": mailing.subject, "state": str(mailing.get_state_display()),
            "color": COLORS[MailingState(mailing.state)], "problem": mailing.problem,
        },
        "preview": preview,
        "outlook": _outlook(request, campaign.pk) if is_draft else None,
        "has_server": reaches_people(),
        "post_url": f"/mailings/{mailing.pk}",
        "buttons": _buttons(mailing) if edits else [],
        **({} if is_draft else _deliveries(request, mailing)),
    }  # fmt: skip
    return page(request, "marketing/mailing.html", context)


def _actions(mailing: Mailing) -> list[dict[str, Any]]:
    if mailing.state != MailingState.DRAFT:
        return []
    return [{"label": _("Edit"), "url": f"/mailings/{mailing.pk}/edit", "icon": "edit"}]


def _buttons(mailing: Mailing) -> list[dict[str, str]]:
    test = {"act": "test", "label": _("Send a test to me"), "kind": "secondary", "icon": "mail", "confirm": ""}
    if mailing.state == MailingState.DRAFT:
        confirm = _("Send this mail to the members now?")
        return [
            test,
            {"act": "start", "label": _("Send the mail"), "kind": "primary", "icon": "send", "confirm": confirm},
        ]
    if mailing.state == MailingState.SENDING:
        return [{"act": "pause", "label": _("Stop sending"), "kind": "secondary", "icon": "x", "confirm": ""}]
    if mailing.state == MailingState.PAUSED:
        return [{"act": "resume", "label": _("Go on sending"), "kind": "primary", "icon": "send", "confirm": ""}]
    return []


def _outlook(request: SignedInRequest, campaign_id: uuid.UUID) -> dict[str, Any]:
    found = services.outlook(request.actor, campaign_id)
    return {
        "members": f"{found.members:,}",
        "allowed": f"{found.allowed:,}",
        "hindrances": [
            {"label": str(Hindrance(reason).label), "count": f"{count:,}"} for reason, count in found.hindrances
        ],
    }


def _preview(request: SignedInRequest, mailing: Mailing) -> dict[str, Any]:
    """Return a mail as one member gets it, among those whose records the reader may see."""
    rows = list(with_records(CampaignMember.objects.filter(campaign_id=mailing.campaign_id)).order_by("pk")[:30])
    titles = titles_of(request.actor, rows)
    seen = [member for member in rows if member.record_id in titles]
    given = request.GET.get("member", "")
    chosen = next((member for member in seen if str(member.pk) == given), seen[0] if seen else None)
    values = values_of(chosen) if chosen is not None else services.EXAMPLE
    mail = written(request.actor.organization, mailing, values)
    return {
        "subject": mail.subject,
        "html": Markup(body_html(mailing.body, values)),  # noqa: S704 the renderer lets no HTML of the text through
        "end": mail.text.partition("\n-- \n")[2].strip().splitlines(),
        "members": [
            {"value": str(member.pk), "label": titles[member.record_id]["name"], "selected": member is chosen}
            for member in seen
        ],
    }


def _deliveries(request: SignedInRequest, mailing: Mailing) -> dict[str, Any]:
    counts = services.progress(mailing.pk)
    state = request.GET.get("state", "")
    rows = Delivery.objects.filter(mailing=mailing).select_related("member")
    rows = rows.filter(state=state) if state in DeliveryState.values else rows
    found = Paginator(rows.order_by("pk"), AT_A_TIME).get_page(request.GET.get("page"))
    titles = titles_of(request.actor, [row.member for row in found])
    query = f"state={state}&" if state in DeliveryState.values else ""
    return {
        "states": [
            {"label": _("All"), "url": "?", "active": not query, "count": sum(counts.values())},
            *(
                {"label": str(one.label), "url": f"?state={one.value}", "active": one.value == state, "count": count}
                for one in DeliveryState
                if (count := counts[one.value])
            ),
        ],
        "entries": [_delivery(request, row, titles) for row in found],
        "count": found.paginator.count,
        "previous_url": f"?{query}page={found.previous_page_number()}" if found.has_previous() else "",
        "next_url": f"?{query}page={found.next_page_number()}" if found.has_next() else "",
    }


def _delivery(request: SignedInRequest, row: Delivery, titles: Any) -> dict[str, Any]:
    title = titles.get(row.member.record_id)
    return {
        "title": title["name"] if title else _("A record that you may not see"),
        "url": title["url"] if title else "",
        "state": str(row.get_state_display()),
        "color": DELIVERY_COLORS[DeliveryState(row.state)],
        "reason": str(Hindrance(row.reason).label) if row.reason in Hindrance.values else "",
        "when": short_instant(row.sent_at, request.actor) if row.sent_at else "",
    }


TOLD = {
    "start": gettext_lazy("The mail is being sent, minute by minute."),
    "pause": gettext_lazy("Sending has stopped. What went out stays noted."),
    "resume": gettext_lazy("Sending goes on. Nobody gets the mail twice."),
}


@signed_in("POST")
def act(request: SignedInRequest, mailing_id: uuid.UUID) -> HttpResponse:
    """Send a test, start, stop or go on."""
    name = request.POST.get("act", "")
    url = f"/mailings/{mailing_id}"
    if name == "test":
        address = services.send_test(request.actor, mailing_id)
        return done(request, _("A test was sent to %(address)s.") % {"address": address}, next_url=url)
    steps = {"start": services.start, "pause": services.pause, "resume": services.resume}
    if name not in steps:
        return done(request, _("Nothing was done."), next_url=url)
    mailing = steps[name](request.actor, mailing_id)
    if mailing.state == MailingState.SENDING:
        send_soon(request.actor, mailing.pk)
    return done(request, str(TOLD[name]), next_url=url)
