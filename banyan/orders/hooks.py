"""What follows when orders and their lines change, and when the approval of a change ends."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.events import publish
from banyan.core.records.events import ChangedRecord, RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.tenancy.models import Organization
from banyan.customers.public import count_as_won
from banyan.orders.choices import CLOSED_STATUSES, RUNNING_STATUSES, ChangeStatus, OrderStatus
from banyan.orders.events import OrderLinesChanged, OrdersCancelled, OrdersConfirmed, OrdersReopened
from banyan.orders.models import Order, OrderChange, OrderLine
from banyan.orders.references import CHANGE, LINE, ORDER
from banyan.orders.services.changing import apply_change, set_change_status

NOT_APPLIED = gettext_noop("%(change)s was approved but could not be applied: %(reason)s")


def follow_orders(event: RecordsChanged) -> None:
    """Tell which orders were confirmed, reopened or cancelled, and of which confirmed ones lines have changed."""
    if event.object_name == LINE:
        _tell_lines(event)
    elif event.object_name == ORDER and event.action == ChangeAction.CREATE:
        if event.channel != Channel.IMPORT.value:
            ids = [record.record_id for record in event.records]
            rows = Order.objects.filter(pk__in=ids, status__in=CLOSED_STATUSES)
            _tell_confirmed(event, list(rows.values_list("pk", flat=True)))
    elif event.object_name == ORDER and event.action == ChangeAction.UPDATE:
        _tell_moves(event)


def end_approval(event: ApprovalEnded) -> None:
    """Apply the change of an order that was agreed to; drop it otherwise."""
    if event.object_name != CHANGE:
        return
    change = OrderChange.objects.filter(pk=event.record_id, status=ChangeStatus.WAITING).first()
    if change is None:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    actor = system_actor(organization, channel=Channel.AUTOMATION)
    if event.outcome != "agreed":
        set_change_status(actor, change, ChangeStatus.REFUSED.value)
        return
    try:
        with transaction.atomic():
            apply_change(actor, change)
            set_change_status(actor, change, ChangeStatus.APPLIED.value)
    except DomainError as problem:
        _give_up(actor, change, str(problem.message))


def _give_up(actor: Actor, change: OrderChange, reason: str) -> None:
    """Let an approval stand although the order has moved on, and tell its writer."""
    set_change_status(actor, change, ChangeStatus.REFUSED.value)
    people = tuple(pk for pk in (change.owner_id, change.created_by_id) if pk is not None)
    values = {"change": str(change), "reason": reason}
    publish(
        PeopleToTell(
            actor.organization_id, tuple(dict.fromkeys(people)), NOT_APPLIED, f"/orders/{change.order_id}", values
        )
    )


def _tell_moves(event: RecordsChanged) -> None:
    confirmed, reopened, cancelled = [], [], []
    for record in event.records:
        before, after = _move(record)
        if after in CLOSED_STATUSES and before not in CLOSED_STATUSES:
            confirmed.append(record.record_id)
        elif after == OrderStatus.CANCELLED:
            cancelled.append(record.record_id)
        elif after == OrderStatus.DRAFT and before in CLOSED_STATUSES:
            reopened.append(record.record_id)
    _tell_confirmed(event, confirmed)
    if reopened:
        publish(OrdersReopened(event.organization_id, tuple(reopened), event.actor_id))
    if cancelled:
        publish(OrdersCancelled(event.organization_id, tuple(cancelled), event.actor_id))


def _move(record: ChangedRecord) -> tuple[str, str]:
    before, after = record.values.get("status", ("", ""))
    return str(before or ""), str(after or "")


def _tell_confirmed(event: RecordsChanged, ids: list[uuid.UUID]) -> None:
    if not ids:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    customers = Order.objects.filter(pk__in=ids).values_list("customer_id", flat=True)
    count_as_won(system_actor(organization, channel=Channel.AUTOMATION), customers)
    publish(OrdersConfirmed(event.organization_id, tuple(ids), event.actor_id))


def _tell_lines(event: RecordsChanged) -> None:
    if event.channel == Channel.IMPORT.value:
        return
    ids = [record.record_id for record in event.records]
    orders = OrderLine.objects.filter(pk__in=ids, order__status__in=RUNNING_STATUSES)
    found = tuple(sorted(set(orders.values_list("order_id", flat=True))))
    if found:
        publish(OrderLinesChanged(event.organization_id, found, tuple(ids), event.actor_id))
