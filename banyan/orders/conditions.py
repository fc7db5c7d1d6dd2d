"""What speaks against confirming, shrinking or cancelling orders: own rules, and those of the apps above."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from banyan.contracts.public import ContractType
from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import refusal
from banyan.core.objects.modules import module_is_on
from banyan.core.records.drafts import WriteContext
from banyan.orders.models import Order, OrderLine
from banyan.orders.queries import contract_use
from banyan.orders.references import Confirming, Floor, cancel_checks, confirm_checks, line_floors


def run_confirm_checks(orders: Sequence[Confirming]) -> None:
    """Let every check look at orders that are being confirmed; what speaks against one is in its ``errors``."""
    if not orders:
        return
    _check_frameworks(orders)
    organization = orders[0].actor.organization
    for check in sorted(confirm_checks, key=lambda check: (check.position, check.name)):
        if not check.module or module_is_on(organization, check.module):
            standing = [order for order in orders if not order.errors]
            if standing:
                check.run(standing)


def check_grown(actor: Actor, order: Order, context: WriteContext) -> None:
    """Ask the checks again when a confirmed order got its lines, or more of them; raise what speaks against it."""
    if context.exempt:
        return
    confirming = Confirming(
        order.pk, order.customer_id, order.contract_id, order.amount or Decimal(0), order.currency, actor
    )
    run_confirm_checks([confirming])
    if confirming.errors:
        raise refusal(confirming.errors)


def floors_of(lines: Sequence[OrderLine]) -> dict[uuid.UUID, Floor]:
    """Return what the quantity of each line may not go below: what was delivered, or what the apps above say."""
    found = {
        line.pk: Floor(
            line.delivered_quantity, _("%(quantity)s are delivered") % {"quantity": written(line.delivered_quantity)}
        )
        for line in lines
        if line.delivered_quantity > 0
    }
    ids = [line.pk for line in lines]
    for ask in line_floors:
        for pk, floor in ask(ids).items() if ids else ():
            if pk not in found or floor.quantity > found[pk].quantity:
                found[pk] = floor
    return {pk: floor for pk, floor in found.items() if floor.quantity > 0}


def obstacles(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return for some orders why they cannot be cancelled or go back to draft: delivered, invoiced or paid parts."""
    found: dict[uuid.UUID, str] = {}
    lines = list(OrderLine.objects.filter(order__in=list(order_ids), deleted_at__isnull=True))
    for line in lines:
        if line.delivered_quantity > line.returned_quantity:
            found.setdefault(line.order_id, _("Parts of it are delivered. Take them back by a return first."))
    by_order = {line.pk: line.order_id for line in lines}
    for ask in line_floors:
        for pk, floor in ask(list(by_order)).items() if by_order else ():
            if floor.quantity > 0:
                reason = _("%(reason)s. Reverse that first.") % {"reason": floor.reason}
                found.setdefault(by_order[pk], reason)
    for answer in cancel_checks:
        for pk, reason in answer(list(order_ids)).items():
            found.setdefault(pk, str(reason))
    return found


def written(quantity: Decimal) -> str:
    """Return a quantity as people write it: no needless zeros."""
    text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check_frameworks(orders: Sequence[Confirming]) -> None:
    """Warn when orders exceed what their framework contract is worth."""
    ids = {order.contract_id for order in orders if order.contract_id}
    for contract_id in ids:
        use = contract_use(contract_id, without=[order.order_id for order in orders])
        if use is None or use.contract.kind != ContractType.FRAMEWORK or use.contract.amount is None:
            continue
        left = use.contract.amount - use.ordered
        for order in orders:
            if order.contract_id != contract_id or order.currency != use.contract.currency:
                continue
            left -= order.amount
            if left < 0:
                message = _("The framework contract %(number)s is exceeded by %(amount)s %(currency)s.")
                values = {"number": use.contract.number, "amount": -left, "currency": order.currency}
                order.warn("framework_exceeded", message % values)
