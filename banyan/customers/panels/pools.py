"""What other pages show of public pools: the state of a customer, and who is about to be released."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now, today
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import near_day, short_instant
from banyan.customers.choices import TAKEN, MovementKind
from banyan.customers.models import Customer, Pool
from banyan.customers.pools.queries import (
    Rule,
    due_customers,
    has_pools,
    movements,
    pool_of_owners,
    pools_in_use,
    pools_open_to,
    rules_of,
)
from banyan.customers.pools.rules import Tenure, Terms, release_at
from banyan.customers.pools.services import customer_spec
from banyan.customers.pools.wording import ICONS, deed_text, reason_text

RELEASED_SOON = "released-soon"
SHOWN = 6
LINES = "customers/pools/lines.html"


def may_enter(actor: Actor) -> bool:
    """Say whether the main menu leads to public pools."""
    return has_pools(actor.organization) and may(actor, customer_spec(actor), Action.VIEW)


def may_release(actor: Actor) -> bool:
    """Say whether somebody may put customers into public pools."""
    return has_pools(actor.organization) and may(actor, customer_spec(actor), Action.EDIT)


def release_url(_spec: ObjectSpec, customer_id: uuid.UUID) -> str:
    """Return the address of the dialog that releases a customer."""
    return f"/pools/release?ids={customer_id}"


def state(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return in which pool a customer lies, or until when it is kept; nothing where neither is so."""
    if not has_pools(actor.organization):
        return None
    if row.get("pool"):
        pool = Pool.objects.filter(pk=row["pool"]).first()
        if pool is None:
            return None
        text = _("In the public pool “%(pool)s”") % {"pool": pool.name}
        may_claim = may(actor, spec, Action.EDIT)
        is_open = may_claim and any(entry.pk == pool.pk for entry in pools_open_to(actor))
        return macro(LINES, "state", {"text": text, "claim_url": f"/pools/claim?ids={row['id']}" if is_open else ""})
    kept = row.get("protected_until")
    if kept and kept > now():
        return macro(LINES, "state", {"text": _("Protected until %(day)s") % {"day": short_instant(kept, actor)}})
    return None


def released_soon(actor: Actor) -> Markup | None:
    """Return one's customers that a rule will release soon, the first to go first; None when there are none."""
    if actor.user_id is None or not may_release(actor):
        return None
    pool = _own_pool(actor)
    if pool is None or not pool.notice_days or not rules_of(pool):
        return None
    ahead = now() + timedelta(days=pool.notice_days)
    due = due_customers(actor.organization, pool, [actor.user_id], ahead)
    found = list(due.order_by("last_activity_at", "owned_since", "pk")[: SHOWN + 1])
    if not found:
        return None
    count = due.count() if len(found) > SHOWN else len(found)
    entries = [
        {
            "url": f"/customers/{customer.pk}",
            "title": customer.name,
            "subtitle": _("goes to “%(pool)s”") % {"pool": pool.name},
            "meta": _leaving(actor, pool, customer),
            "actions": [
                {
                    "label": _("Log a follow-up"),
                    "icon": "message-plus",
                    "url": f"/follow-ups/quick?about=customer:{customer.pk}",
                    "opens": "dialog",
                }
            ],
        }
        for customer in found[:SHOWN]
    ]
    shown = {
        "name": RELEASED_SOON,
        "title": _("About to be released"),
        "icon": "clock",
        "count": str(count),
        "url": "",
        "create_url": "",
        "live": "customers activities",
        "entries": entries,
    }
    return macro("components/day.html", "day_list", shown)


def load_movements(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return how a customer came into public pools and out of them, and why, newest first."""
    if not has_pools(question.actor.organization):
        return []
    rows = movements(customer_id=question.record_id)
    if question.before is not None:
        rows = rows.filter(at__lt=question.before)
    return [
        TimelineEntry(
            entry.at,
            entry.pk,
            {
                "icon": ICONS.get(MovementKind(entry.kind), "inbox"),
                "color": "blue" if entry.kind in TAKEN else "orange",
                "who": entry.actor.name if entry.actor else _("Rule of the pool"),
                "title": deed_text(entry),
                "text": reason_text(entry.reason),
            },
        )
        for entry in rows[: question.limit + 1]
    ]


def _own_pool(actor: Actor) -> Pool | None:
    if actor.user_id is None:
        return None
    pool_id = pool_of_owners([actor.user_id]).get(actor.user_id)
    return pools_in_use().filter(pk=pool_id).first() if pool_id is not None else None


def _leaving(actor: Actor, pool: Pool, customer: Customer) -> dict[str, Any]:
    """Return the day on which a customer goes, as the end of its line."""
    deal_days = pool.deal_days if Rule.DEAL in rules_of(pool) else 0
    terms = Terms(follow_up_days=pool.follow_up_days, deal_days=deal_days)
    since: datetime = customer.owned_since or customer.created_at
    at = release_at(terms, Tenure(since, customer.last_activity_at, None, customer.protected_until))
    day = max(today(actor.time_zone), at.date()) if at else today(actor.time_zone)
    return {"kind": "text", "text": near_day(day, today(actor.time_zone)), "overdue": True}
