"""Campaigns of the medium demo: a year of fairs, mails and advertising, of which some paid and some did not."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from banyan.core.access.actor import Actor, Channel
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.public import Customer
from banyan.leads.public import Lead
from banyan.marketing.public import (
    Campaign,
    CampaignMember,
    MailValues,
    MemberState,
    Segment,
    SegmentValues,
    save_mailing,
    save_segment,
)
from banyan.sales.public import Opportunity

BODY = """Dear {name|friend},

our **autumn prices** hold until the end of the month. The list is [here](https://maven.example/autumn).

- new workstations with five years of support
- trade-in of what you have

{owner|Your Maven team}
"""


@dataclass(frozen=True)
class Plan:
    """A campaign: how many days ago it began and how long it ran, for whom, at what cost, and how well it did.

    History is as old as the published deals: its days are counted back from the last of them that was won.
    """

    name: str
    kind: str
    days_ago: int
    days: int
    segment: str
    budget: int
    cost: int
    reached: float
    responds: float
    code: str = ""
    parent: str = ""
    is_history: bool = False


SEGMENTS = (
    SegmentValues("Key accounts", "customer", filter={"field": "employees", "op": "gte", "value": 5000}),
    SegmentValues(
        "Medical and retail", "customer", filter={"field": "industry", "op": "in", "value": ["medical", "retail"]}
    ),
    SegmentValues("All customers", "customer"),
    SegmentValues("Hot and warm leads", "lead", filter={"field": "rating", "op": "in", "value": ["hot", "warm"]}),
    SegmentValues("Leads of the website", "lead", filter={"field": "source", "op": "eq", "value": "website"}),
)
PLANS = (
    Plan("Key account dinner", "event", 330, 1, "Key accounts", 18_000, 19_400, 0.9, 0.45, is_history=True),
    Plan("Winter clearance mail", "mail", 290, 10, "All customers", 1_500, 1_260, 0.95, 0.08, is_history=True),
    Plan(
        "Clinics and shops on the road", "event", 210, 5, "Medical and retail", 9_000, 8_350, 0.85, 0.3, is_history=True
    ),
    Plan("Trade fair Chicago", "event", 62, 3, "Leads of the website", 12_000, 13_900, 0.6, 0.1, "chicago"),
    Plan("Newsletter October", "mail", 55, 8, "All customers", 900, 780, 0.95, 0.12, "news-10"),
    Plan("Spring hardware days", "event", 60, 50, "Medical and retail", 9_000, 7_600, 0.8, 0.2, "spring-days"),
    Plan(
        "Calls to quiet accounts",
        "phone",
        20,
        30,
        "Key accounts",
        3_000,
        1_100,
        0.5,
        0.25,
        parent="Spring hardware days",
    ),
    Plan("Autumn prices", "mail", -7, 20, "Hot and warm leads", 1_200, 0, 0.0, 0.0, "autumn"),
)
#: Campaigns that leads of the demo name as the one they came by.
NAMED = ("Trade fair Chicago", "Spring hardware days", "Newsletter October")
ANSWERS = (
    "Wants an offer for new workstations.",
    "Asks for a visit after the holidays.",
    "Will extend the support contract.",
    "",
)


def run_campaigns(administrator: Actor, marketer: str) -> None:
    """Give the organization segments, campaigns with members and responses, and a mail that waits."""
    chance = random.Random(11)  # noqa: S311 demo data keep no secret
    owner = User.objects.get(email=marketer)
    segments = {values.name: save_segment(administrator, None, values) for values in SEGMENTS}
    made = _campaigns(administrator, segments, owner.pk)
    for plan in PLANS:
        _add_members(administrator, made[plan.name], plan, segments[plan.segment], chance)
    _add_named_leads(made)
    Segment.objects.filter(pk__in=[row.pk for row in segments.values()]).update(owner=owner)
    save_mailing(administrator, made["Autumn prices"].pk, None, MailValues("Autumn prices for {company|you}", BODY))


def _campaigns(administrator: Actor, segments: dict[str, Segment], owner_id: uuid.UUID) -> dict[str, Campaign]:
    spec, today = spec_for(administrator.organization, "campaign"), now().date()
    importer = administrator.through(Channel.IMPORT)
    made: dict[str, Campaign] = {}
    last = Opportunity.objects.filter(outcome="won", started_on__isnull=False).order_by("-started_on").first()
    past = last.started_on if last is not None and last.started_on is not None else today
    for plan in sorted(PLANS, key=lambda plan: bool(plan.parent)):
        begin = (past if plan.is_history else today) - timedelta(days=plan.days_ago)
        end = begin + timedelta(days=plan.days)
        status = "planned" if begin > today else "running" if end >= today else "done"
        values: dict[str, Any] = {
            "name": plan.name, "kind": plan.kind, "status": status, "starts_on": begin.isoformat(), "ends_on": end.isoformat(),
            "segment": str(segments[plan.segment].pk), "budget": str(plan.budget), "code": plan.code, "owner": str(owner_id),
            "actual_cost": str(plan.cost) if plan.cost else None,
            "parent": str(made[plan.parent].pk) if plan.parent else None,
            "expected_responses": 20 if plan.kind == "event" else 10,
        }  # fmt: skip
        record = door.create(importer, spec, {name: value for name, value in values.items() if value not in (None, "")})
        made[plan.name] = Campaign.objects.get(pk=record.pk)
    return made


def _add_members(administrator: Actor, campaign: Campaign, plan: Plan, segment: Segment, chance: random.Random) -> None:
    """Let those respond first who bought afterwards, as it is with campaigns that are aimed well."""
    zone = ZoneInfo(administrator.organization.time_zone)
    assert campaign.starts_on is not None  # noqa: S101 each plan has one
    begin = datetime.combine(campaign.starts_on, time(10), zone)
    buyers = set(
        Opportunity.objects.filter(started_on__gte=campaign.starts_on, outcome="won").values_list(
            "customer_id", flat=True
        )
    )
    model: Any = Customer if segment.object_name == "customer" else Lead
    ids = list(model.objects.filter(deleted_at__isnull=True).order_by("number").values_list("pk", flat=True))
    ids = ids if plan.segment == "All customers" else chance.sample(ids, min(len(ids), 40))
    rows = []
    for pk in ids:
        member = CampaignMember(
            organization_id=administrator.organization_id, campaign=campaign, segment=segment, added_at=begin,
            **{f"{segment.object_name}_id": pk},
        )  # fmt: skip
        if chance.random() < plan.reached:
            _reach(member, begin, chance, plan.responds * (1.6 if pk in buyers else 0.7))
        rows.append(member)
    CampaignMember.objects.bulk_create(rows, ignore_conflicts=True)


def _reach(member: CampaignMember, begin: datetime, chance: random.Random, responds: float) -> None:
    member.state, member.reached_at = MemberState.SENT, begin
    if chance.random() < 0.3 and member.campaign.kind == "mail":
        member.state, member.clicked_at, member.clicks = (
            MemberState.CLICKED,
            begin + timedelta(hours=5),
            chance.randrange(1, 4),
        )
    if chance.random() < responds:
        member.state, member.responded_at = MemberState.RESPONDED, begin + timedelta(hours=chance.randrange(1, 90))
        member.response = chance.choice(ANSWERS)


def _add_named_leads(campaigns: dict[str, Campaign]) -> None:
    """Count the leads that came by a campaign, as the product does with each new one."""
    rows = [
        CampaignMember(
            organization_id=lead.organization_id, campaign=campaigns[lead.campaign], lead=lead, state=MemberState.RESPONDED,
            responded_at=lead.created_at, added_at=lead.created_at,
        )
        for lead in Lead.objects.filter(campaign__in=NAMED).order_by("number")
    ]  # fmt: skip
    CampaignMember.objects.bulk_create(rows, ignore_conflicts=True)
