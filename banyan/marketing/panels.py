"""What marketing shows on campaigns, segments, customers, contacts and leads, in timelines and on my day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.day import DayList
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import presenter_for, short_instant
from banyan.marketing.choices import CAMPAIGN, CampaignStatus, MemberState, SegmentKind
from banyan.marketing.models import Campaign, CampaignMember, Segment
from banyan.marketing.queries import (
    find_segment,
    members_here,
    offered_objects,
    seen_campaigns,
    seen_segments,
    spec_on,
    titles_of,
    waiting_responses,
)
from banyan.marketing.services.results import Figures, figures_of
from banyan.marketing.services.segments import first_members
from banyan.money.public import NoRate, convert

PARTS = "marketing/panels.html"
SHOWN = 10
Row = Mapping[str, Any]
STATE_COLORS = {
    MemberState.PLANNED.value: "grey",
    MemberState.NOT_ALLOWED.value: "yellow",
    MemberState.FAILED.value: "red",
    MemberState.SENT.value: "cyan",
    MemberState.CLICKED.value: "blue",
    MemberState.RESPONDED.value: "green",
    MemberState.UNSUBSCRIBED.value: "orange",
}


def may_see(actor: Actor) -> bool:
    """Say whether somebody may see campaigns; nobody where there are none."""
    return _may(actor, CAMPAIGN, Action.VIEW)


def may_edit(actor: Actor) -> bool:
    """Say whether somebody may change campaigns."""
    return _may(actor, CAMPAIGN, Action.EDIT)


def may_make_segments(actor: Actor) -> bool:
    """Say whether somebody may make segments."""
    return _may(actor, "segment", Action.CREATE)


def _may(actor: Actor, name: str, action: Action) -> bool:
    spec = specs_on(actor.organization).get(name)
    return spec is not None and may(actor, spec, action)


def money_of(actor: Actor, sums: Mapping[str, Decimal], object_name: str, field: str) -> str:
    """Return amounts by currency as one text; a dash where there are none, or the reader may not see them."""
    spec = specs_on(actor.organization).get(object_name)
    if spec is None or not list(presenter_for(actor, spec, []).visible((field,))):
        return "–"
    return amounts_text(actor, sums) if sums else "–"


def result_row(actor: Actor, campaign: Campaign, figures: Figures) -> dict[str, Any]:
    """Return what a campaign came to, in words and numbers."""
    sees_cost = money_of(actor, {campaign.currency: Decimal(1)}, CAMPAIGN, "actual_cost") != "–"
    cost = campaign.actual_cost if sees_cost else None
    won = _in_currency(actor, figures.shared_won, campaign.currency)
    back = round((won - cost) * 100 / cost) if cost and won is not None else None
    return {
        "name": campaign.name,
        "url": f"/campaigns/{campaign.pk}/results",
        "kind": str(campaign.get_kind_display()),
        "members": f"{figures.members:,}",
        "reached": f"{figures.reached:,}",
        "clicked": f"{figures.clicked:,}",
        "responded": f"{figures.responded:,}",
        "rate": f"{figures.responded * 100 // figures.reached} %" if figures.reached else "–",
        "expected": f"{campaign.expected_responses:,}" if campaign.expected_responses is not None else "",
        "unsubscribed": f"{figures.unsubscribed:,}",
        "left_out": f"{figures.not_allowed + figures.failed:,}",
        "leads": f"{figures.leads:,}",
        "qualified": f"{figures.qualified:,}",
        "opportunities": f"{figures.opportunities:,}",
        "won": f"{figures.won:,}",
        "first_won": money_of(actor, figures.first_won, "opportunity", "amount"),
        "shared_won": money_of(actor, figures.shared_won, "opportunity", "amount"),
        "cost": amounts_text(actor, {campaign.currency: cost}) if cost is not None else "–",
        "per_response": amounts_text(actor, {campaign.currency: cost / figures.responded}, is_whole=False)
        if cost is not None and figures.responded
        else "–",
        "back": f"{back:+,} %" if back is not None else "–",
        "order": won if won is not None else Decimal(0),
    }


def _in_currency(actor: Actor, sums: Mapping[str, Decimal], currency: str) -> Decimal | None:
    """Return sums in one currency at the rates of today; None where a rate is missing."""
    try:
        day = today(actor.time_zone)
        parts = [
            amount if own == currency else convert(actor.organization, amount, own, currency, day)
            for own, amount in sums.items()
        ]
    except NoRate:
        return None
    return sum(parts, Decimal(0))


def campaign_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what a campaign came to so far, with the ways to its members, mails and results."""
    campaign = Campaign.objects.filter(pk=row["id"]).first()
    if campaign is None:
        return None
    result = result_row(actor, campaign, figures_of(actor, [campaign.pk])[campaign.pk])
    url = f"/campaigns/{campaign.pk}"
    tiles = [
        {"label": _("Members"), "value": result["members"], "url": f"{url}/members"},
        {"label": _("People reached"), "value": result["reached"]},
        {"label": _("Responses"), "value": result["responded"], "url": f"{url}/members?state=responded"},
        {
            "label": _("Leads"),
            "value": result["leads"],
            "hint": _("%(count)s qualified") % {"count": result["qualified"]},
        },
        {"label": _("Won, shared evenly"), "value": result["shared_won"], "url": f"{url}/results"},
    ]
    mine = restrict(live_rows(actor, spec), actor, spec, Action.EDIT).filter(pk=campaign.pk)
    edits = not campaign.is_over and mine.exists()
    actions = [{"label": _("Members"), "url": f"{url}/members", "icon": "users"},
               {"label": _("Mails"), "url": f"{url}/mails", "icon": "mail"},
               {"label": _("Results"), "url": f"{url}/results", "icon": "chart-bar"}]  # fmt: skip
    if edits:
        actions.insert(0, {"label": _("Add a segment"), "url": f"{url}/add", "icon": "users-group", "opens": "dialog"})
    return macro(PARTS, "campaign_state", {"tiles": tiles, "actions": actions})


def segment_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return how many members a segment has now, the first of them, and its rule in words."""
    segment = Segment.objects.filter(pk=row["id"]).first()
    if segment is None:
        return None
    shown: dict[str, Any] = {"problem": "", "names": [], "count": "", "rule": ""}
    try:
        target = spec_on(actor, segment.object_name)
        count, first = first_members(actor, segment)
        shown["count"] = ngettext("%(count)s member now", "%(count)s members now", count) % {"count": f"{count:,}"}
        shown["names"] = [{"text": _name(one), "url": f"/{target.plural}/{one.pk}"} for one in first]
        if segment.kind == SegmentKind.DYNAMIC:
            shown["rule"] = condition_in_words(actor, target, segment.filter) if segment.filter else _("all")
    except DomainError as problem:
        shown["problem"] = _("The rule cannot be read by you any more: %(problem)s") % {"problem": problem.message}
    left_out = Segment.objects.filter(pk__in=segment.excluded, deleted_at=None)
    seen = {one.pk: one.name for one in seen_segments(actor, segment.object_name)} if segment.excluded else {}
    names = [seen.get(pk) or _("(a segment that you may not see)") for pk in left_out.values_list("pk", flat=True)]
    shown["left_out"] = ", ".join(sorted(names))
    shown["members_url"] = f"/segments/{segment.pk}/members"
    shown["edit_url"] = f"/segments/{segment.pk}/rule" if _may_change(actor, segment) else ""
    return macro(PARTS, "segment_state", shown)


def _may_change(actor: Actor, segment: Segment) -> bool:
    try:
        find_segment(actor, segment.pk, Action.EDIT)
    except DomainError:
        return False
    return True


def _name(record: Any) -> str:
    return str(record.name or getattr(record, "company", "") or record.number)


def campaigns_here(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the campaigns that a customer, contact or lead was part of, as far as the reader may see them."""
    if not may_see(actor):
        return None
    adds = may_edit(actor) and spec.name in {one.name for one in offered_objects(actor)}
    add_url = f"/campaigns/add/{spec.plural}?ids={row['id']}" if adds else ""
    return _campaigns(actor, list(members_here(spec.name, row["id"])[:SHOWN]), _("Campaigns"), add_url)


def came_from(actor: Actor, _spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the campaign whose response became a lead; asks nothing for leads of no campaign."""
    if not row.get("campaign") or not may_see(actor):
        return None
    found = CampaignMember.objects.filter(made_lead_id=row["id"], campaign__deleted_at__isnull=True)
    return _campaigns(actor, list(found.select_related("campaign")[:SHOWN]), _("Came from a response"), "")


def _campaigns(actor: Actor, found: list[CampaignMember], title: str, add_url: str) -> Markup | None:
    seen = set(seen_campaigns(actor).filter(pk__in=[m.campaign_id for m in found]).values_list("pk", flat=True))
    entries = [
        {
            "title": member.campaign.name,
            "url": f"/campaigns/{member.campaign_id}",
            "subtitle": short_instant(_instant(member), actor),
            "state": str(member.get_state_display()),
            "color": STATE_COLORS[member.state],
        }
        for member in found
        if member.campaign_id in seen
    ]
    if not entries:
        return None
    return macro(PARTS, "campaigns_here", {"title": title, "entries": entries, "add_url": add_url})


def menu_of(actor: Actor, spec: ObjectSpec, row: Row) -> list[dict[str, Any]]:
    """Return the entry of a record's menu that adds it to a campaign."""
    if not may_edit(actor):
        return []
    url = f"/campaigns/add/{spec.plural}?ids={row['id']}"
    return [{"label": _("Add to a campaign"), "url": url, "icon": "speakerphone", "opens": "dialog"}]


def _instant(member: CampaignMember) -> Any:
    return member.responded_at or member.clicked_at or member.reached_at or member.added_at


def load_touches(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return what campaigns did at a record, and what came back, the newest first."""
    actor = question.actor
    if not may_see(actor):
        return []
    found = list(members_here(question.spec.name, question.record_id)[:200])
    seen = set(seen_campaigns(actor).filter(pk__in=[m.campaign_id for m in found]).values_list("pk", flat=True))
    entries = [
        entry for member in found if member.campaign_id in seen for entry in _touches_of(member)
        if question.before is None or entry.at < question.before
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[: question.limit + 1]


def _touches_of(member: CampaignMember) -> list[TimelineEntry]:
    name = {"campaign": member.campaign.name}
    link = [{"text": member.campaign.name, "href": f"/campaigns/{member.campaign_id}"}]
    told = (
        (member.reached_at, "speakerphone", "grey", _("was reached by “%(campaign)s”"), ""),
        (member.clicked_at, "hand-click", "blue", _("followed a link of “%(campaign)s”"), ""),
        (member.responded_at, "message-reply", "green", _("responded to “%(campaign)s”"), member.response),
        (member.unsubscribed_at, "mail-off", "orange", _("unsubscribed by a mail of “%(campaign)s”"), ""),
    )
    return [
        TimelineEntry(
            at, member.pk,
            {"icon": icon, "color": color, "who": "", "title": title % name, "text": text[:1_000], "links": link},
        )
        for at, icon, color, title, text in told
        if at is not None
    ]  # fmt: skip


def _running(_actor: Actor) -> dict[str, Any]:
    return {
        "all": [
            {"field": "owner", "op": "eq", "value": "me"},
            {"field": "status", "op": "eq", "value": CampaignStatus.RUNNING.value},
        ]
    }


RUNNING = DayList(
    "campaigns-running", gettext_lazy("My running campaigns"), CAMPAIGN, _running, sort="ends_on",
    shows=("kind", "segment"), meta="ends_on", icon="speakerphone", live=("campaigns",),
)  # fmt: skip


def to_follow(actor: Actor) -> Markup | None:
    """Return the responses to somebody's campaigns of which nothing was made yet."""
    if not may_edit(actor) or actor.user_id is None:
        return None
    rows = waiting_responses(actor).select_related("contact", "customer", "lead")
    found = list(rows[: SHOWN + 1])
    titles = titles_of(actor, found)
    entries = [
        {
            "url": f"/campaigns/{member.campaign_id}/members?state=responded",
            "title": titles[member.record_id]["name"],
            "subtitle": member.campaign.name,
        }
        for member in found[:SHOWN]
        if member.record_id in titles
    ]
    if not entries:
        return None
    shown = {
        "name": "campaign-responses", "title": _("Responses to follow up"), "icon": "message-reply",
        "count": str(len(entries)) if len(found) <= SHOWN else f"{SHOWN}+", "url": entries[0]["url"], "create_url": "",
        "live": "campaigns", "empty": "", "entries": entries,
    }  # fmt: skip
    return macro("components/day.html", "day_list", shown)
