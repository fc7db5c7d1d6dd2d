"""The log of public pools in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.web.presenting import short_instant
from banyan.customers.choices import MovementKind
from banyan.customers.models import PoolMovement
from banyan.customers.pools.queries import Rule

ICONS = {
    MovementKind.CLAIMED: "user-check",
    MovementKind.ASSIGNED: "users",
    MovementKind.MOVED: "arrows-move",
    MovementKind.RECYCLED: "rotate",
}


def movement_lines(actor: Actor, movements: list[PoolMovement], *, names: bool) -> list[dict[str, Any]]:
    """Return lines of the log; ``names`` says whether each tells the customer."""
    return [
        {
            "icon": ICONS.get(MovementKind(entry.kind), "inbox"),
            "title": entry.customer.name if names else movement_text(entry),
            "text": movement_text(entry) if names else "",
            "reason": reason_text(entry.reason),
            "who": entry.actor.name if entry.actor else _("Rule of the pool"),
            "at": short_instant(entry.at, actor),
        }
        for entry in movements
    ]


def movement_text(entry: PoolMovement) -> str:
    """Return what happened, in words."""
    words = {
        "from_owner": entry.from_owner.name if entry.from_owner else "–",
        "to_owner": entry.to_owner.name if entry.to_owner else "–",
        "from_pool": entry.from_pool.name if entry.from_pool else "–",
        "to_pool": entry.to_pool.name if entry.to_pool else "–",
    }
    texts = {
        MovementKind.RELEASED: _("Released from %(from_owner)s into “%(to_pool)s”"),
        MovementKind.RECYCLED: _("Released by rule from %(from_owner)s into “%(to_pool)s”"),
        MovementKind.CLAIMED: _("Claimed by %(to_owner)s from “%(from_pool)s”"),
        MovementKind.ASSIGNED: _("Assigned to %(to_owner)s from “%(from_pool)s”"),
        MovementKind.MOVED: _("Moved from “%(from_pool)s” to “%(to_pool)s”"),
        MovementKind.REMOVED: _("Taken out of “%(from_pool)s”"),
    }
    if entry.from_owner is None:
        texts |= dict.fromkeys((MovementKind.RELEASED, MovementKind.RECYCLED), _("Put into “%(to_pool)s”"))
    return texts[MovementKind(entry.kind)] % words


def reason_text(reason: str) -> str:
    """Return why a customer was moved: what a person wrote, or the rule that did it."""
    mark, _separator, rest = reason.partition(":")
    rule, _separator, days = rest.partition(":")
    if mark != "rule" or rule not in set(Rule):
        return reason
    texts = {
        Rule.FOLLOW_UP: _("No follow-up for %(days)s days"),
        Rule.DEAL: _("No deal for %(days)s days"),
        Rule.LEAVER: _("The owner has left"),
    }
    return texts[Rule(rule)] % {"days": days}


def deed_text(entry: PoolMovement) -> str:
    """Return what somebody did, to be read after the name."""
    words = {
        "to_owner": entry.to_owner.name if entry.to_owner else "–",
        "from_pool": entry.from_pool.name if entry.from_pool else "–",
        "to_pool": entry.to_pool.name if entry.to_pool else "–",
    }
    texts = {
        MovementKind.RELEASED: _("released the customer into “%(to_pool)s”"),
        MovementKind.RECYCLED: _("released the customer into “%(to_pool)s”"),
        MovementKind.CLAIMED: _("claimed the customer from “%(from_pool)s”"),
        MovementKind.ASSIGNED: _("assigned the customer from “%(from_pool)s” to %(to_owner)s"),
        MovementKind.MOVED: _("moved the customer from “%(from_pool)s” to “%(to_pool)s”"),
        MovementKind.REMOVED: _("took the customer out of “%(from_pool)s”"),
    }
    return texts[MovementKind(entry.kind)] % words
