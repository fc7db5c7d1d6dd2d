"""A customer in full: what it has come to over the years, its way through the life cycle, and how well business goes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.languages import written_day
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.models import Change
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.panels import contributions
from banyan.customers.choices import ActivityType, CustomerStatus, HealthLevel
from banyan.customers.health import HEALTH_IS_AT_RISK_BELOW, HEALTH_IS_GOOD_FROM, contact_points, health_score
from banyan.customers.models import Customer
from banyan.customers.references import Figure, HealthReason, health_sources, lifetime_figures

TEMPLATE = "customers/in_full.html"
YEAR = timedelta(days=365)
COLORS = {HealthLevel.GOOD: "green", HealthLevel.WATCH: "yellow", HealthLevel.RISK: "red"}


def place(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup:
    """Return the place that loads the panel: its sums over the years must not hold up the page."""
    return macro(TEMPLATE, "place", f"/{spec.plural}/{row['id']}/in-full")


def in_full(actor: Actor, row: Mapping[str, Any]) -> Markup:
    """Return the panel itself."""
    customer_id = row["id"]
    figures = [
        {"label": str(figure.label), "text": figure.value, "url": figure.url, "hint": figure.hint}
        for source in contributions(lifetime_figures, actor)
        for figure in source.load(actor, customer_id)
    ]
    return macro(
        TEMPLATE,
        "in_full",
        {
            "url": f"/customers/{customer_id}/in-full",
            "health": health(actor, customer_id),
            "figures": figures,
            "stages": life_cycle(actor, row),
        },
    )


def health(actor: Actor, customer_id: uuid.UUID) -> dict[str, Any] | None:
    """Return how well business with a customer goes and why, the heaviest reason first; None when nothing is known."""
    reasons = [
        reason
        for source in contributions(health_sources, actor)
        for reason in source.load(actor, customer_id)
        if reason.points
    ]
    if not reasons:
        return None
    score = health_score(reason.points for reason in reasons)
    level = (
        HealthLevel.GOOD
        if score >= HEALTH_IS_GOOD_FROM
        else HealthLevel.RISK
        if score < HEALTH_IS_AT_RISK_BELOW
        else HealthLevel.WATCH
    )
    return {
        "score": score,
        "label": str(level.label),
        "color": COLORS[level],
        "reasons": [
            {"points": f"{reason.points:+d}", "is_good": reason.points > 0, "text": reason.text, "url": reason.url}
            for reason in sorted(reasons, key=lambda reason: -abs(reason.points))
        ],
    }


def life_cycle(actor: Actor, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the stages that a customer has been in, oldest first, with the days spent in each.

    They are read from the change log; nothing for whoever may not see the status.
    """
    spec = spec_for(actor.organization, "customer")
    if "status" not in open_fields(actor, spec):
        return []
    changes = Change.objects.filter(record_id=row["id"], values__has_key="status").order_by("id")
    moves = [(at, *values["status"]) for at, values in changes.values_list("at", "values")]
    begun: datetime = row["created_at"]
    entered = [(begun, moves[0][1] if moves else row.get("status"))]
    entered += [(at, new) for at, _old, new in moves]
    labels, zone = dict(CustomerStatus.choices), ZoneInfo(actor.time_zone)
    ends = [at for at, _stage in entered[1:]] + [now()]
    return [
        {
            "label": str(labels.get(stage, stage)),
            "since": written_day(at.astimezone(zone).date(), actor.language),
            "days": _days((end - at).days),
            "is_current": position == len(entered) - 1,
        }
        for position, ((at, stage), end) in enumerate(zip(entered, ends, strict=True))
        if stage
    ]


def contact_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return how often one was in touch with a customer in the last twelve months, by channel."""
    spec = spec_for(actor.organization, "activity")
    if not may(actor, spec, Action.VIEW):
        return []
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id, happened_at__gte=now() - YEAR)
    counts = list(rows.values_list("type").annotate(number=Count("*")).order_by("-number"))
    total = sum(number for _kind, number in counts)
    if not total:
        return []
    labels = dict(ActivityType.choices)
    by_channel = ", ".join(f"{labels.get(kind, kind)} {number}" for kind, number in counts)
    query = urlencode({"customer": customer_id, "display": "table"})
    return [Figure(_("Follow-ups in 12 months"), f"{total:,}", f"/{spec.plural}?{query}", by_channel)]


def contact_health(actor: Actor, customer_id: uuid.UUID) -> list[HealthReason]:
    """Return what the follow-ups of a customer say about its health."""
    spec = spec_for(actor.organization, "customer")
    seen = {"last_activity_at", "next_follow_up_on"} & open_fields(actor, spec).keys()
    row = Customer.objects.filter(pk=customer_id).values("last_activity_at", "next_follow_up_on", "created_at")[0]
    reasons: list[HealthReason] = []
    if "last_activity_at" in seen:
        last = row["last_activity_at"]
        days = None if last is None else (now() - last).days
        points = contact_points(days, (now() - row["created_at"]).days)
        text = _("Nobody has been in touch yet.") if days is None else _silence(days)
        reasons.append(HealthReason(points, text))
    if "next_follow_up_on" in seen and row["next_follow_up_on"] is not None:
        late = _days_between(row["next_follow_up_on"], today(actor.time_zone))
        if late > 0:
            text = ngettext(
                "A follow-up is overdue by %(count)d day.", "A follow-up is overdue by %(count)d days.", late
            )
            reasons.append(HealthReason(-10, text % {"count": late}))
    return reasons


def _silence(days: int) -> str:
    if not days:
        return _("There was contact today.")
    text = ngettext("The last contact was %(count)d day ago.", "The last contact was %(count)d days ago.", days)
    return text % {"count": days}


def _days_between(earlier: date, later: date) -> int:
    return (later - earlier).days


def _days(number: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", number) % {"count": number}
