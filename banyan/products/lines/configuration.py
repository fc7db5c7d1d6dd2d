"""What the configuration file says of discounts: how much roles and levels may give, and what happens above."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.models import Level
from banyan.core.approvals.models import Flow
from banyan.core.identity.models import Role
from banyan.core.kernel.document_shapes import Items, Properties, Property, Table, Text
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.tenancy.models import Organization
from banyan.products.choices import OverLimit
from banyan.products.lines.editing import plain
from banyan.products.lines.limits import Limit, limits_of
from banyan.products.services import set_discount_limits

DISCOUNTS, OTHERS, ROLE, LEVEL = "discounts", "others", "role", "level"


def read_discounts(organization: Organization) -> list[dict[str, Any]]:
    """Return the limits, by names of roles and levels."""
    limits = limits_of(organization)
    roles = {str(role.pk): role.key for role in Role.objects.all()}
    levels = {str(level.pk): level.name for level in Level.objects.all()}
    flows = {str(flow.pk): flow.key for flow in Flow.objects.all()}
    named = [(_who(limit, roles, levels), plain(limit.percent)) for limit in limits.limits]
    return [
        {
            KEY: DISCOUNTS,
            "over": limits.over,
            "limits": [{"who": who, "percent": percent} for who, percent in named if who],
            "flows": {name: flows[key] for name, key in (limits.flows or {}).items() if key in flows},
        }
    ]


def apply_discounts(actor: Actor, change: Change) -> None:
    """Set the limits; raises ``Invalid`` for a role, a level or a flow that is not there."""
    values = change.values()
    roles = {role.key: str(role.pk) for role in Role.objects.all()}
    levels = {level.name: str(level.pk) for level in Level.objects.all()}
    flows = {flow.key: str(flow.pk) for flow in Flow.objects.all()}
    wanted = [_limit(entry, roles, levels) for entry in values["limits"] or ()]
    unknown = [key for key in (values["flows"] or {}).values() if key not in flows]
    if unknown:
        raise Invalid([FieldError("flows", "unknown", _("There is no approval flow “%(key)s”.") % {"key": unknown[0]})])
    started = {name: flows[key] for name, key in (values["flows"] or {}).items()}
    set_discount_limits(actor, limits=wanted, over=values["over"] or OverLimit.REFUSE, flows=started)


def _limit(entry: Mapping[str, Any], roles: Mapping[str, str], levels: Mapping[str, str]) -> dict[str, str]:
    who = str(entry.get("who", ""))
    kind, _colon, name = who.partition(":")
    known = {ROLE: roles, LEVEL: levels}.get(kind, {})
    try:
        percent = Decimal(str(entry.get("percent", "")))
    except InvalidOperation:
        percent = Decimal(-1)
    if not 0 <= percent <= 100:
        raise Invalid([FieldError("limits", "out_of_range", _("A discount lies between 0 and 100 %."))])
    if who == OTHERS:
        return {"percent": plain(percent)}
    if name not in known:
        message = _("There is no “%(who)s”. Write role:…, level:… or others.") % {"who": who[:80]}
        raise Invalid([FieldError("limits", "unknown", message)])
    return {kind: known[name], "percent": plain(percent)}


def _who(limit: Limit, roles: Mapping[str, str], levels: Mapping[str, str]) -> str:
    """Return whom a limit is for; nothing for a role or level that is gone."""
    if limit.role:
        return f"{ROLE}:{roles[limit.role]}" if limit.role in roles else ""
    if limit.level:
        return f"{LEVEL}:{levels[limit.level]}" if limit.level in levels else ""
    return OTHERS


PART = ConfigurationPart(
    name=DISCOUNTS,
    label=gettext_lazy("Discount limits"),
    key_help=DISCOUNTS,
    properties={
        "over": Property(
            Text(OverLimit.values), gettext_lazy("A discount above the limit"), default=OverLimit.REFUSE.value
        ),
        "limits": Property(
            Items(
                Properties(
                    {
                        "who": Property(
                            Text(), gettext_lazy("Who"), gettext_lazy("role:…, level:… or others"), needed=True
                        ),
                        "percent": Property(Text(longest=6), gettext_lazy("May give up to (%)"), needed=True),
                    }
                ),
                key="who",
            ),
            gettext_lazy("Discount limits"),
            default=[],
        ),
        "flows": Property(Table(Text()), gettext_lazy("Approval flows by object"), default={}),
    },
    read=read_discounts,
    apply=apply_discounts,
    after=("roles", "levels", "approval_flows"),
    removable=False,
    is_single=True,
)
