"""Leads of the medium demo: enquiries of two months, some answered, some waiting, some converted; and a web form."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from banyan.core.access.actor import Actor, Channel
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.leads.public import Choice, FormValues, Lead, LeadStatus, convert, prepare_organization, save_form

LEADS, CONVERTED = 140, 6
FIRST = (
    "Emma",
    "Liam",
    "Olivia",
    "Noah",
    "Ava",
    "Ethan",
    "Mia",
    "Lucas",
    "Grace",
    "Oscar",
    "Nora",
    "Felix",
    "Ruth",
    "Ivan",
)
LAST = (
    "Harper",
    "Nguyen",
    "Fischer",
    "Santos",
    "Kaur",
    "Moreau",
    "Lindqvist",
    "Okafor",
    "Tanaka",
    "Reyes",
    "Novak",
    "Walsh",
)
COMPANIES = (
    "Bluefin Logistics", "Cedar Valley Clinics", "Northgate Schools", "Ironwood Tools", "Sunline Energy", "Harborview Hotels",
    "Pinecrest Foods", "Summit Robotics", "Lakeside Dental", "Granite Builders", "Orchard Media", "Westfield Transit",
)  # fmt: skip
TITLES = (
    "Purchasing manager",
    "IT director",
    "Operations manager",
    "Office assistant",
    "Chief engineer",
    "Consultant",
    "",
)
NEEDS = (
    "Needs twenty workstations before the move in spring.", "Asks for a quote on servers for a new branch.",
    "Wants to compare support contracts.", "Asked for the price list.", "",
)  # fmt: skip
SOURCES = ("website", "exhibition", "referral", "advertising", "search", "cold_call")
CAMPAIGNS = ("Spring hardware days", "Trade fair Chicago", "Newsletter October", "")
STATES = (
    (LeadStatus.NEW, 5), (LeadStatus.CONTACTED, 5), (LeadStatus.QUALIFYING, 3), (LeadStatus.QUALIFIED, 2),
    (LeadStatus.UNQUALIFIED, 3), (LeadStatus.RECYCLED, 1),
)  # fmt: skip
REASONS = ("no_need", "no_budget", "no_answer", "bad_timing")


def add_leads(administrator: Actor, salespeople: list[User]) -> None:
    """Give the organization leads; the same ones each time."""
    chance = random.Random(5)  # noqa: S311 demo data keep no secret
    importer = administrator.through(Channel.IMPORT)
    prepare_organization(administrator.organization)
    spec = spec_for(administrator.organization, "lead")
    rows = [_lead(chance, salespeople) for _place in range(LEADS)]
    made = door.create_many(importer, spec, rows).created
    _spread_over_time(made, chance, ZoneInfo(administrator.organization.time_zone))
    _talk(administrator, made, chance)
    open_leads = Lead.objects.filter(status=LeadStatus.QUALIFIED).order_by("number").values_list("pk", flat=True)
    for pk in list(open_leads)[:CONVERTED]:
        convert(administrator, pk, Choice(opportunity="none"))
    save_form(administrator, None, FormValues(
        "Contact us",
        [{"name": "name", "required": True}, {"name": "company"}, {"name": "email", "required": True}, {"name": "needs"}],
        source="website", campaign="Spring hardware days",
        texts={"title": {"en": "How can we help?", "zh": "需要什么帮助？"}, "thanks": {"en": "Thank you. We will call you today."}},
    ))  # fmt: skip


def _lead(chance: random.Random, salespeople: list[User]) -> dict[str, Any]:
    first, last, company = chance.choice(FIRST), chance.choice(LAST), chance.choice(COMPANIES)
    status = chance.choices([state for state, _weight in STATES], [weight for _state, weight in STATES])[0]
    owner = chance.choice(salespeople).pk if status != LeadStatus.NEW or chance.random() < 0.6 else None
    domain = company.lower().replace(" ", "")
    return {
        "name": f"{first} {last}", "company": company if chance.random() < 0.9 else "", "job_title": chance.choice(TITLES),
        "phone": f"+1312555{chance.randrange(1000, 9999)}" if chance.random() < 0.7 else "",
        "email": f"{first}.{last}{chance.randrange(10, 99)}@{domain}.example".lower(), "needs": chance.choice(NEEDS),
        "source": chance.choice(SOURCES), "campaign": chance.choice(CAMPAIGNS), "status": status.value,
        "rating": chance.choice(("hot", "warm", "cold", "", "")), "owner": str(owner) if owner else None,
        "reason": chance.choice(REASONS) if status in {LeadStatus.UNQUALIFIED, LeadStatus.RECYCLED} else "",
        "again_on": (now() + timedelta(days=chance.randrange(5, 60))).date().isoformat() if status == LeadStatus.RECYCLED else None,
    }  # fmt: skip


def _spread_over_time(made: list[uuid.UUID], chance: random.Random, zone: ZoneInfo) -> None:
    """Let most leads have come in on the working days of the last two months, the new ones lately."""
    rows = list(Lead.objects.filter(pk__in=made))
    today = now().astimezone(zone)
    for row in rows:
        day = today - timedelta(
            days=chance.randrange(0, 3) if row.status == LeadStatus.NEW else chance.randrange(3, 60)
        )
        day -= timedelta(days=max(0, day.weekday() - 4))
        at = day.replace(hour=chance.randrange(10, 16), minute=chance.randrange(0, 60))
        row.created_at = min(at, today - timedelta(minutes=chance.randrange(1, 40)))
        row.answer_by = row.created_at + timedelta(hours=1)
    Lead.objects.bulk_update(rows, ["created_at", "answer_by"])
    Lead.objects.filter(pk__in=made).update(owned_since=F("created_at"))


def _talk(administrator: Actor, made: list[uuid.UUID], chance: random.Random) -> None:
    """Log the first contacts of leads that were contacted."""
    spec = spec_for(administrator.organization, "activity")
    rows = []
    for lead in Lead.objects.filter(pk__in=made).exclude(status=LeadStatus.NEW).order_by("number"):
        at: datetime = lead.created_at + timedelta(minutes=chance.choice((5, 12, 25, 40, 55, 90, 300, 1_500)))
        rows.append(
            {
                "type": chance.choice(("call", "call", "email", "message")), "about": f"lead:{lead.pk}",
                "text": chance.choice(("Called back, wants an offer.", "Left a message.", "Sent the price list.")),
                "happened_at": min(at, now()).isoformat(), "owner": str(lead.owner_id) if lead.owner_id else None,
            }
        )  # fmt: skip
    door.create_many(administrator.through(Channel.IMPORT), spec, rows)
