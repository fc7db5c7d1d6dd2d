"""What the customers app shows on other pages: a customer at a glance, likely duplicates, blocks of my day."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import live_rows
from banyan.core.listing.query import Masked
from banyan.core.objects.kinds import Phone
from banyan.core.objects.presence import tables_with_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.day import DayList, FirstStep, list_url
from banyan.core.web.menu import may
from banyan.core.web.panels import contributions, with_rows
from banyan.core.web.presenting import near_day
from banyan.customers.choices import ActivityType, CustomerStatus
from banyan.customers.groups import Member, add_up, figure_tree, figures_for, group_of
from banyan.customers.models import Activity
from banyan.customers.queries import latest_activity, main_contact
from banyan.customers.references import GroupFigure, customer_figures

GLANCE = "customers/glance.html"
LONGEST_QUOTE = 90
NEGLECTED_DAYS = 30
NEW_DAYS = 7
#: Servers and browsers refuse addresses that name more customers than this.
MOST_IN_ADDRESS = 60

MINE = {"field": "owner", "op": "eq", "value": "me"}
DUE = {"all": [MINE, {"field": "next_follow_up_on", "op": "lte", "value": "today"}]}
NEW = {"field": "created_at", "op": "within", "value": f"last_{NEW_DAYS}_days"}


def neglected(actor: Actor) -> dict[str, Any]:
    """Return the filter of one's own active customers to whom nobody has spoken for 30 days."""
    day = (today(actor.time_zone) - timedelta(days=NEGLECTED_DAYS)).isoformat()
    return {
        "all": [
            MINE,
            {"field": "status", "op": "eq", "value": CustomerStatus.ACTIVE.value},
            {"field": "created_at", "op": "lt", "value": day},
            {
                "any": [
                    {"field": "last_activity_at", "op": "lt", "value": day},
                    {"field": "last_activity_at", "op": "isnull", "value": True},
                ]
            },
        ]
    }


FOLLOW_UPS_DUE = DayList(
    "follow-ups",
    gettext_lazy("Follow-ups due"),
    "customer",
    DUE,
    sort="next_follow_up_on",
    shows=("phone", "needs"),
    meta="next_follow_up_on",
    icon="calendar-due",
    empty=gettext_lazy("Nobody waits for you today. Dates set while logging a follow-up appear here."),
    live=("customers", "activities"),
)
NEW_CUSTOMERS = DayList(
    "new-customers",
    gettext_lazy("New customers, last 7 days"),
    "customer",
    NEW,
    sort="-created_at",
    shows=("owner", "source"),
    meta="created_at",
    icon="user-plus",
    limit=5,
    begins=True,
)
NEGLECTED_CUSTOMERS = DayList(
    "neglected-customers",
    gettext_lazy("Not contacted for 30 days"),
    "customer",
    neglected,
    sort="last_activity_at",
    shows=("phone",),
    meta="last_activity_at",
    icon="clock",
    live=("customers", "activities"),
    limit=5,
)


def glance(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return what one wants to know of a customer before saying hello; None when nothing is known."""
    facts = [*_contact(actor, row["id"]), *_follow_up(actor, row)]
    for source in with_rows(contributions(customer_figures, actor), actor, spec.name, row["id"]):
        facts += [
            {"label": str(figure.label), "text": figure.value, "url": figure.url, "hint": figure.hint}
            for figure in source.load(actor, row["id"])
        ]
    needs = str(row.get("needs") or "")
    if not facts and not needs:
        return None
    return macro(GLANCE, "glance", {"facts": facts, "needs": needs, "id": row["id"], "name": "customer"})


def group(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the group of companies around a customer as a tree with its figures; None when it stands alone."""
    roots = group_of(actor, row["id"])
    if not any(root.children for root in roots):
        return None
    figures = add_up(actor, roots)
    specs = {figure.name: counted for figure, counted in figures_for(actor)}
    tree = [_member(actor, root, figures, specs, row["id"]) for root in roots]
    count = sum(len(root.ids()) for root in roots)
    return macro("customers/group.html", "group", {"roots": tree, "count": count})


def _member(
    actor: Actor, member: Member, figures: list[GroupFigure], specs: Mapping[str, ObjectSpec], current: uuid.UUID
) -> dict[str, Any]:
    ids = member.ids()
    return {
        "title": member.name,
        "url": f"/customers/{member.id}",
        "is_current": member.id == current,
        "figures": [
            {
                "label": str(figure.label),
                "text": _figure_text(actor, member, figure),
                "url": list_url(specs[figure.name], figure_tree(figure, ids)) if len(ids) <= MOST_IN_ADDRESS else "",
            }
            for figure in figures
            if member.counts[figure.name]
        ],
        "children": [_member(actor, child, figures, specs, current) for child in member.children],
    }


def _figure_text(actor: Actor, member: Member, figure: GroupFigure) -> str:
    """Return what a company and those below add up to; how many there are when none has an amount yet."""
    sums = member.sums[figure.name]
    return amounts_text(actor, sums) if any(sums.values()) else f"{member.counts[figure.name]:,}"


def duplicates_hint(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the place that loads the warning of likely duplicates; None for whoever could not merge them."""
    if not may_merge(actor, spec.name):
        return None
    return macro(GLANCE, "duplicates_place", f"/{spec.plural}/{row['id']}/duplicates")


def may_merge(actor: Actor, object_name: str = "customer") -> bool:
    """Say whether somebody may merge records of an object."""
    spec = spec_for(actor.organization, object_name)
    return may(actor, spec, Action.EDIT) and may(actor, spec, Action.DELETE)


def _contact(actor: Actor, customer_id: uuid.UUID) -> list[dict[str, Any]]:
    if not may(actor, spec_for(actor.organization, "contact"), Action.VIEW):
        return []
    person = main_contact(actor, customer_id)
    if person is None:
        return []
    phone = person.get("mobile") or person.get("phone")
    return [
        {
            "label": _("Main contact"),
            "text": person.get("name") or "",
            "url": f"/contacts/{person['id']}",
            "phone": "" if isinstance(phone, Masked) else phone,
            "phone_text": phone if isinstance(phone, Masked) else Phone().display(phone, reading_for(actor)),
            "hint": person.get("job_title"),
        }
    ]


def _follow_up(actor: Actor, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    has_any = Activity in tables_with_rows(actor.organization_id, "customer", row["id"])
    latest = latest_activity(actor, row["id"]) if has_any else None
    if latest is None:
        return [{"label": _("Last contact"), "text": _("never")}]
    day = today(actor.time_zone)
    happened = latest["happened_at"].astimezone(ZoneInfo(actor.time_zone)).date()
    kind = dict(ActivityType.choices).get(latest["type"], latest["type"])
    said = " ".join(latest["text"].split())
    last = {
        "label": _("Last contact"),
        "text": f"{near_day(happened, day)} · {kind}",
        "hint": said[:LONGEST_QUOTE] + ("…" if len(said) > LONGEST_QUOTE else ""),
    }
    planned = row.get("next_follow_up_on")
    if planned is None:
        return [last]
    return [
        last,
        {
            "label": _("Next step"),
            "text": near_day(planned, day),
            "is_late": planned < day,
            "hint": latest["next_step"] if latest["next_on"] == planned else "",
        },
    ]


def _exists(object_name: str) -> Any:
    def ask(actor: Actor) -> bool:
        spec = spec_for(actor.organization, object_name)
        return restrict(live_rows(actor, spec), actor, spec).exists()

    return ask


def _may_create(object_name: str) -> Any:
    def ask(actor: Actor) -> bool:
        return may(actor, spec_for(actor.organization, object_name), Action.CREATE)

    return ask


may_create_customers, may_create_contacts = _may_create("customer"), _may_create("contact")

FIRST_STEPS = (
    FirstStep(
        "customer",
        gettext_lazy("Record your first customer"),
        gettext_lazy("A name is enough, the rest can follow."),
        "/customers/new",
        "building",
        is_done=_exists("customer"),
        may=may_create_customers,
        position=10,
        module="customers",
    ),
    FirstStep(
        "follow_up",
        gettext_lazy("Log a follow-up"),
        gettext_lazy("What was said, and when you speak again."),
        "/follow-ups/quick",
        "message-plus",
        is_done=_exists("activity"),
        may=_may_create("activity"),
        position=20,
        module="customers",
    ),
)
