"""The steps of an order: confirm, cancel, back to draft."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.orders.choices import OrderStatus
from banyan.orders.models import Order
from banyan.orders.references import ORDER

LONGEST_REASON = 500


def locked_order(actor: Actor, order_id: uuid.UUID, *, version: int | None = None) -> Order:
    """Lock an order that the actor may change and return it as it is now; raise as the door does."""
    spec = spec_for(actor.organization, ORDER)
    require(actor, spec, Action.EDIT)
    (found,) = door.lock(actor, spec, [order_id], Action.EDIT)
    if version is not None and found.version != version:
        door.update(actor, spec, order_id, {}, expected_version=version)
    if not isinstance(found, Order):
        raise TypeError
    return found


@transaction.atomic
def confirm(
    actor: Actor, order_id: uuid.UUID, *, version: int | None = None, context: WriteContext | None = None
) -> Record:
    """Confirm a draft: the checks of stock, credit and contract look at it within this transaction.

    Of two people who confirm at once one wins; the other gets ``Conflict`` that says who did. Raises ``Invalid`` or
    ``Unconfirmed`` with what speaks against it.
    """
    order = locked_order(actor, order_id, version=version)
    if order.status != OrderStatus.DRAFT:
        values = {"number": order.number, "status": order.get_status_display(), "person": _who(order)}
        message = _("%(number)s is no draft any more: it is “%(status)s” (%(person)s).")
        raise Conflict("not_draft", message % values)
    spec = spec_for(actor.organization, ORDER)
    return door.update(actor, spec, order_id, {"status": OrderStatus.CONFIRMED.value}, context=context)


@transaction.atomic
def cancel(
    actor: Actor, order_id: uuid.UUID, *, reason: str, version: int | None = None, context: WriteContext | None = None
) -> Record:
    """Cancel an order. Raises ``Conflict`` when it is cancelled, ``Invalid`` without a reason or with delivered, invoiced
    or paid parts.
    """
    order = locked_order(actor, order_id, version=version)
    if order.status == OrderStatus.CANCELLED:
        raise Conflict("cancelled_already", _("This order was cancelled already."))
    if not reason.strip():
        raise Invalid([FieldError("reason", "required", _("Say why the order is cancelled."))])
    values = {"status": OrderStatus.CANCELLED.value, "cancel_reason": reason.strip()[:LONGEST_REASON]}
    return door.update(actor, spec_for(actor.organization, ORDER), order_id, values, context=context)


def _who(order: Order) -> str:
    return order.updated_by.name if order.updated_by else _("The system")
