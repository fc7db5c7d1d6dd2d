"""How much discount somebody may give, and whether lines stay within it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.objects.modules import module_is_on
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.tenancy.models import Organization
from banyan.money.public import HUNDRED
from banyan.products.choices import OverLimit
from banyan.products.lines.declaring import LineDocument
from banyan.products.lines.editing import plain
from banyan.products.models import DocumentAmounts
from banyan.products.pricing import PriceQuestion, prices_of
from banyan.products.references import DISCOUNTS, PRICING, SETTING

ZERO = Decimal(0)
#: What of a line its discount follows from.
DECIDING = ("unit_price", "discount_percent", "product")


@dataclass(frozen=True)
class Limit:
    """What holders of a role, or of posts of a level, may give in %; without both, everybody else."""

    percent: Decimal
    role: str = ""
    level: str = ""


@dataclass(frozen=True)
class Limits:
    """The limits of an organization, what happens above them, and the approval flow for each kind of document."""

    limits: tuple[Limit, ...] = ()
    over: str = OverLimit.REFUSE.value
    flows: Mapping[str, str] | None = None

    def of(self, actor: Actor) -> Decimal | None:
        """Return the greatest discount in % that somebody may give; None when there is no limit for them.

        Of several roles and levels the most generous counts. Programs that act by themselves are not limited.
        """
        if actor.is_system or actor.user is None or actor.channel is Channel.AUTOMATION or not self.limits:
            return None
        roles = {str(role.role_id) for place in actor.standings for role in place.roles}
        others = {str(found) for found in actor.grantee_ids}
        own = [
            limit.percent
            for limit in self.limits
            if (limit.role and limit.role in roles) or (limit.level and limit.level in others)
        ]
        if own:
            return max(own)
        return next((limit.percent for limit in self.limits if not limit.role and not limit.level), None)


@dataclass(frozen=True)
class GivenLine:
    """What of a line its discount follows from."""

    product_id: uuid.UUID | None
    quantity: Decimal
    unit: str
    unit_price: Decimal | None
    discount_percent: Decimal


def limits_of(organization: Organization) -> Limits:
    """Return the limits that an organization has set; none where prices in depth are off."""
    if not module_is_on(organization, PRICING):
        return Limits()
    values = organization.settings.get(SETTING, {}).get(DISCOUNTS, {})
    limits = tuple(
        Limit(Decimal(entry["percent"]), entry.get("role", ""), entry.get("level", ""))
        for entry in values.get("limits", ())
    )
    return Limits(limits, values.get("over", OverLimit.REFUSE.value), values.get("flows", {}))


def judge_discounts(
    drafts: Sequence[Draft],
    parents: Mapping[uuid.UUID, DocumentAmounts],
    document: LineDocument,
    context: WriteContext,
) -> None:
    """Refuse discounts above what the actor may give, unless such documents wait for approval instead.

    A lower price than the list says is a discount, too. Lines whose prices somebody else gave, and that do not change
    now, are left alone.
    """
    if context.exempt or not document.customer:
        return
    limits = limits_of(context.actor.organization)
    allowed = limits.of(context.actor)
    if allowed is None or limits.over != OverLimit.REFUSE:
        return
    judged = [draft for draft in drafts if not draft.errors and (draft.is_new or draft.changes(*DECIDING))]
    by_parent: dict[Any, list[Draft]] = {}
    for draft in judged:
        by_parent.setdefault(draft.get(document.link), []).append(draft)
    for parent_id, lines in by_parent.items():
        given = [_given(draft) for draft in lines]
        percents = discounts_of(context.actor.organization, parents.get(parent_id), document, given)
        for draft, percent in zip(lines, percents, strict=True):
            if percent > allowed:
                draft.refuse("discount_percent", "over_limit", told_limit(percent, allowed))


def told_limit(percent: Decimal, allowed: Decimal) -> str:
    """Return why a discount is refused, and the way out."""
    message = _(
        "This is a discount of %(percent)s %% on the list price; you may give %(allowed)s %%. Lower it, or ask somebody"
        " who may give more."
    )
    return message % {"percent": plain(percent), "allowed": plain(allowed)}


def discounts_of(
    organization: Organization,
    parent: DocumentAmounts | None,
    document: LineDocument,
    lines: Sequence[GivenLine],
) -> list[Decimal]:
    """Return by how many % each line lies below the list price; without a list price, the discount that it names."""
    customer = getattr(parent, f"{document.customer}_id", None) if document.customer else None
    day: date | None = getattr(parent, document.day, None) if document.day else None
    currency = parent.currency if parent is not None else ""
    with_product = [line for line in lines if line.product_id is not None]
    questions = [
        PriceQuestion(line.product_id, line.quantity or Decimal(1), customer, currency, day, line.unit)
        for line in with_product
        if line.product_id is not None
    ]
    found = dict(zip(map(id, with_product), prices_of(organization, questions), strict=True))
    listed = {key: price.unit_price for key, price in found.items() if price is not None}
    return [_below(line, listed.get(id(line))) for line in lines]


def _below(line: GivenLine, listed: Decimal | None) -> Decimal:
    if not listed:
        return line.discount_percent
    asked = (line.unit_price or ZERO) * (HUNDRED - line.discount_percent) / HUNDRED
    return max(ZERO, ((listed - asked) * HUNDRED / listed).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP"))


def _given(draft: Draft) -> GivenLine:
    return GivenLine(
        draft.get("product"), Decimal(draft.get("quantity") or 0), draft.get("unit") or "", draft.get("unit_price"),
        Decimal(draft.get("discount_percent") or 0),
    )  # fmt: skip
