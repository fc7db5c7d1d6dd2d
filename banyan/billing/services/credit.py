"""Credit limits: what a customer owes and has ordered, against what it may; looked at when orders are confirmed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.billing.choices import CreditMode
from banyan.billing.models import CreditRelease, CustomerTerms
from banyan.billing.queries import balances, prepayments, settings_of, terms_of, visible_order
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.core.web.amounts import amounts_text
from banyan.customers.public import Customer
from banyan.money.public import NoRate, convert
from banyan.money.rules import ZERO
from banyan.orders.public import CLOSED_STATUSES, Confirming, Order

MODULE = "billing"
BEYOND = "credit_limit"


@dataclass(frozen=True)
class Credit:
    """What a customer may owe, in the organization's currency, and what it does.

    ``receivable`` is invoiced and not paid, ``ordered`` confirmed and not invoiced; prepayments count against both.
    ``unknown`` are currencies without a rate, which cannot be counted.
    """

    limit: Decimal | None
    mode: str
    receivable: Decimal = ZERO
    ordered: Decimal = ZERO
    unknown: tuple[str, ...] = ()

    @property
    def exposure(self) -> Decimal:
        """Return what the customer owes or will owe."""
        return self.receivable + self.ordered

    @property
    def left(self) -> Decimal | None:
        """Return how much more may be ordered; None without a limit."""
        return None if self.limit is None else self.limit - self.exposure


def limit_of(organization: Organization, customer_id: uuid.UUID) -> Decimal | None:
    """Return how much a customer may owe: by its own terms, else by its level; None without a limit."""
    own, level_limits = terms_of(organization, customer_id).credit_limit, settings_of(organization).level_limits
    if own is not None or not level_limits:
        return own
    level = Customer.objects.filter(pk=customer_id).values_list("level", flat=True).first() or ""
    found = level_limits.get(level)
    return Decimal(str(found)) if found not in {None, ""} else None


def credit_of(organization: Organization, customer_id: uuid.UUID, *, besides: Iterable[uuid.UUID] = ()) -> Credit:
    """Return the credit of a customer; orders ``besides`` are left out."""
    limit = limit_of(organization, customer_id)
    mode = terms_of(organization, customer_id).credit_mode or settings_of(organization).credit_mode
    rows = Order.objects.filter(customer_id=customer_id, deleted_at__isnull=True, status__in=CLOSED_STATUSES)
    orders = list(rows.exclude(pk__in=list(besides)).only("pk", "amount", "currency"))
    sums = balances((order.pk, order.amount) for order in orders)
    receivable: dict[str, Decimal] = {}
    ordered: dict[str, Decimal] = {}
    for order in orders:
        balance = sums[order.pk]
        currency = order.currency or organization.currency
        still = max(balance.open, ZERO)
        billed = min(max(balance.invoiced - balance.paid, ZERO), still)
        receivable[currency] = receivable.get(currency, ZERO) + billed
        ordered[currency] = ordered.get(currency, ZERO) + still - billed
    for currency, amount in prepayments(customer_id).items():
        receivable[currency] = receivable.get(currency, ZERO) - amount
    unknown: set[str] = set()
    return Credit(
        limit, mode, _added(organization, receivable, unknown), _added(organization, ordered, unknown),
        tuple(sorted(unknown)),
    )  # fmt: skip


def _added(organization: Organization, sums: dict[str, Decimal], unknown: set[str]) -> Decimal:
    total = ZERO
    for currency, amount in sums.items():
        if not amount:
            continue
        try:
            total += convert(organization, amount, currency, organization.currency, today(organization.time_zone))
        except NoRate:
            unknown.add(currency)
    return total


def check_credit(entries: Sequence[Confirming]) -> None:
    """Warn of, or refuse, orders that go beyond their customer's credit; the customer is locked, so that two orders
    that are confirmed at once see each other.
    """
    if not entries:
        return
    organization = entries[0].actor.organization
    if not module_is_on(organization, MODULE):
        return
    customers = {entry.customer_id for entry in entries if entry.customer_id}
    has_limits = settings_of(organization).credit_mode != CreditMode.OFF
    if not has_limits and not CustomerTerms.objects.filter(customer__in=customers).exclude(
        credit_mode__in=["", CreditMode.OFF]
    ).exists():  # fmt: skip
        return
    list(Customer.objects.filter(pk__in=customers).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    for entry in entries:
        if entry.customer_id is not None:
            _judge(organization, entry)


def _judge(organization: Organization, entry: Confirming) -> None:
    if entry.customer_id is None:
        return
    credit = credit_of(organization, entry.customer_id, besides=[entry.order_id])
    if credit.limit is None or credit.mode == CreditMode.OFF:
        return
    try:
        amount = convert(
            organization, entry.amount, entry.currency or organization.currency, organization.currency,
            today(organization.time_zone),
        )  # fmt: skip
    except NoRate as problem:
        entry.block("no_rate", problem.message)
        return
    beyond = credit.exposure + amount - credit.limit
    if beyond <= 0 or CreditRelease.objects.filter(order_id=entry.order_id).exists():
        return
    text = {
        "limit": amounts_text(entry.actor, {organization.currency: credit.limit}),
        "open": amounts_text(entry.actor, {organization.currency: credit.exposure}),
        "beyond": amounts_text(entry.actor, {organization.currency: beyond}),
    }
    said = _("With this order the customer goes %(beyond)s beyond the credit limit of %(limit)s; %(open)s is open.")
    if credit.mode == CreditMode.WARN:
        entry.warn(BEYOND, said % text)
    else:
        way = _("Somebody who keeps accounts can release it on the order's page; or let the customer pay first.")
        entry.block(BEYOND, f"{said % text} {way}")


@transaction.atomic
def release_credit(actor: Actor, order_id: uuid.UUID, *, reason: str) -> CreditRelease:
    """Let an order pass beyond the credit limit, with the reason and what was open then.

    Raises ``NotAllowed`` without the right to keep accounts, ``Invalid`` without a reason.
    """
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    order = visible_order(actor, order_id)
    if not reason.strip():
        raise Invalid([FieldError("reason", "required", _("Say why."))])
    credit = credit_of(actor.organization, order.customer_id, besides=[order.pk])
    return CreditRelease.objects.create(
        organization_id=actor.organization_id, order=order, reason=reason.strip()[:500], limit=credit.limit,
        exposure=credit.exposure, released_by_id=actor.user_id,
    )  # fmt: skip
