"""What the orders app derives and refuses while orders, changes and returns pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.contracts.public import Contract, ContractStatus
from banyan.core.access.actor import Actor, Channel
from banyan.core.approvals.live import live_flows
from banyan.core.kernel.errors import Conflict
from banyan.core.objects.models import Record
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import (
    ClosedValues,
    Locks,
    LockSource,
    Stored,
    ValueSource,
    locking,
    register_closed_values,
    register_locks,
)
from banyan.core.records.policies import Phase, WritePolicy, register_policy
from banyan.customers.public import Customer
from banyan.orders.choices import CLOSED_STATUSES, RUNNING_STATUSES, OrderStatus
from banyan.orders.conditions import floors_of, obstacles, run_confirm_checks, written
from banyan.orders.models import Order, OrderLine
from banyan.orders.references import CHANGE, DEPTH, LINE, ORDER, RETURN, Confirming, StepContext
from banyan.orders.rules import MOVES
from banyan.products.public import Binding, LineDocument, is_written_whole, keep_amounts, line_preparation

DERIVED_STATUSES = {OrderStatus.PARTLY_DELIVERED.value, OrderStatus.DELIVERED.value}
#: What a line that was delivered or invoiced keeps.
FIXED_ON_LINES = ("product", "order")


def closed_lines(order: Any) -> Any:
    """Return why the lines of an order cannot change; nothing when they can."""
    if order.status == OrderStatus.CANCELLED:
        return _("The order was cancelled. Take it back to draft to change it.")
    if order.status == OrderStatus.COMPLETED:
        return _("The order is completed. Reopen it to change its lines.")
    return ""


def order_document(**hooks: Any) -> LineDocument:
    """Return how orders have lines; ``hooks`` are what the services add."""
    return LineDocument(
        parent=ORDER,
        line=LINE,
        link="order",
        module="orders",
        day="ordered_on",
        first=("customer", "amount", "ordered_on", "name"),
        changed=("customers", "order-changes"),
        print_at="print",
        closed=closed_lines,
        closes_single_lines=False,
        binding=Binding("status", tuple(status.value for status in CLOSED_STATUSES), OrderStatus.DRAFT.value),
        **hooks,
    )


def prepare_orders(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name an order after its customer when nothing else is said; judge its days, its contract and where it goes.

    The amount of an order with lines is their sum and cannot be typed over; it is never negative.
    """
    names = _customer_names(drafts)
    sources = _customer_sources(drafts)
    keep_amounts(drafts, context, order_document())
    derived = context.derived if isinstance(context, StepContext) else {}
    for draft in drafts:
        for name, value in derived.items():
            draft.set(name, value)
        if not draft.get("name"):
            draft.set("name", names.get(draft.get("customer"), ""))
        if draft.is_new and not draft.get("source"):
            draft.set("source", sources.get(draft.get("customer"), ""))
        ordered, delivered = draft.get("ordered_on"), draft.get("deliver_on")
        if ordered and delivered and delivered < ordered and draft.changes("ordered_on", "deliver_on"):
            draft.refuse("deliver_on", "before_order", _("The delivery cannot come before the order."))
    if not context.exempt:
        _judge_contracts(drafts, context)
        if not derived:
            _judge_moves(drafts, context)


def confirm(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let the checks look at the orders that become closed business; a policy of the door, when all else is right."""
    if context.exempt or context.channel is Channel.IMPORT:
        return
    by_id = {draft.record_id: draft for draft in drafts if _is_confirmed_now(draft)}
    orders = [
        Confirming(
            pk,
            draft.get("customer"),
            draft.get("contract"),
            draft.get("amount") or Decimal(0),
            draft.get("currency") or context.actor.currency,
            context.actor,
        )
        for pk, draft in sorted(by_id.items())
    ]
    run_confirm_checks(orders)
    for order in orders:
        by_id[order.order_id].errors.extend(order.errors)


def keep_orders(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Refuse that orders with delivered, invoiced or paid parts go to the recycle bin."""
    found = obstacles([record.pk for record in records])
    if found:
        pk, reason = next(iter(found.items()))
        raise Conflict("in_use", _("This order cannot be deleted. %(reason)s") % {"reason": reason}, record_id=pk)


def keep_lines(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Refuse that lines go to the recycle bin of which something was delivered or invoiced."""
    lines = [record for record in records if isinstance(record, OrderLine)]
    floors = floors_of(lines)
    for line in lines:
        if line.pk in floors:
            message = _("“%(line)s” cannot be removed: %(reason)s.")
            raise Conflict("in_use", message % {"line": line.name, "reason": floors[line.pk].reason}, record_id=line.pk)


def closed_statuses(_actor: Actor, _spec: ObjectSpec, order: Stored) -> ClosedValues:
    """Return the statuses that an order cannot get by hand now: no way leads there, they are derived, or parts are out."""
    before, labels = order.before("status"), dict(OrderStatus.choices)
    open_to = MOVES.get(before, frozenset())
    ways = _(", ").join(str(label) for status, label in labels.items() if status in open_to)
    no_way = _("From “%(before)s” an order goes on to: %(ways)s.") % {"before": labels.get(before, ""), "ways": ways}
    derived = _("Note a delivery: what is delivered follows from the lines of the order.")
    found = {
        status: derived if status in DERIVED_STATUSES and before != OrderStatus.COMPLETED else no_way
        for status in labels
        if status != before and status not in open_to
    }
    if before == OrderStatus.COMPLETED:
        found = {status: reason for status, reason in found.items() if status not in DERIVED_STATUSES}
    leaving = {OrderStatus.CANCELLED.value, OrderStatus.DRAFT.value} & open_to
    reason = obstacles([order.record_id]).get(order.record_id) if leaving else None
    return {"status": {**found, **(dict.fromkeys(leaving, reason) if reason else {})}}


def register_policies() -> None:
    """Let the door ask when orders are confirmed, and before orders and lines are deleted."""
    register_policy(WritePolicy("orders.confirm", Phase.SETTLE, lambda spec: spec.name == ORDER, confirm))
    register_policy(WritePolicy("orders.keep", Phase.JUDGE, lambda spec: spec.name == ORDER, None, keep_orders))
    register_closed_values(ValueSource("orders.moves", lambda spec: spec.name == ORDER, closed_statuses))
    register_locks(LockSource("orders.returns", lambda spec: spec.name == RETURN, returned_of))
    register_policy(WritePolicy("orders.keep_lines", Phase.JUDGE, lambda spec: spec.name == LINE, None, keep_lines))


def lines_preparation() -> Callable[[Sequence[Draft], WriteContext], None]:
    """Return the business rules of order lines: prices as everywhere, and nothing below what was delivered or invoiced."""
    priced = line_preparation(order_document())

    def prepare(drafts: Sequence[Draft], context: WriteContext) -> None:
        priced(drafts, context)
        _judge_floors(drafts)
        if not context.exempt and not isinstance(context, StepContext):
            _judge_ways(drafts, context)

    return prepare


def prepare_changes(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Take over what a step says of a change; a note by hand changes no line and says only what else was agreed."""
    derived = context.derived if isinstance(context, StepContext) else {}
    by_hand = [draft for draft in drafts if draft.is_new and not derived and not context.exempt]
    orders = Order.objects.in_bulk([pk for pk in {draft.get("order") for draft in by_hand} if pk]) if by_hand else {}
    for draft in drafts:
        for name, value in derived.items():
            draft.set(name, value)
    for draft in by_hand:
        order = orders.get(draft.get("order"))
        if order is not None:
            amount = order.amount or Decimal(0)
            draft.set("name", _("Note to %(order)s") % {"order": order.number})
            for name, value in (("revision", order.revision), ("currency", order.currency), ("old_amount", amount),
                                ("new_amount", amount), ("increase", Decimal(0))):  # fmt: skip
                draft.set(name, value)


def prepare_returns(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let a return belong to the customer of its order, which was delivered."""
    orders = Order.objects.in_bulk([pk for pk in {draft.get("order") for draft in drafts} if pk])
    derived = context.derived if isinstance(context, StepContext) else {}
    for draft in drafts:
        for name, value in derived.items():
            draft.set(name, value)
        order = orders.get(draft.get("order"))
        if order is None:
            continue
        if draft.is_new:
            draft.set("customer", order.customer_id)
            draft.set("currency", order.currency)
        if not draft.get("name"):
            draft.set("name", _("Return of %(order)s") % {"order": str(order)[:150]})


def returned_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return that returns stay with their order."""
    lock = locking(["order"], "fixed", _("A return belongs to its order. Write another one instead."), of_record=False)
    return {record.record_id: lock for record in records}


def _is_confirmed_now(draft: Draft) -> bool:
    return draft.get("status") in CLOSED_STATUSES and (draft.is_new or draft.before("status") not in CLOSED_STATUSES)


def _judge_moves(drafts: Sequence[Draft], context: WriteContext) -> None:
    moving = [draft for draft in drafts if draft.changes("status")]
    if context.channel is not Channel.IMPORT:
        for draft in moving:
            _judge_move(draft)
    leaving = [
        draft
        for draft in moving
        if not draft.is_new and not draft.errors and draft.get("status") in {OrderStatus.CANCELLED, OrderStatus.DRAFT}
    ]
    found = obstacles([draft.record_id for draft in leaving]) if leaving else {}
    for draft in leaving:
        if draft.record_id in found:
            draft.refuse("status", "in_use", found[draft.record_id])


def _judge_move(draft: Draft) -> None:
    status = draft.get("status")
    if status in DERIVED_STATUSES and (draft.is_new or draft.before("status") != OrderStatus.COMPLETED):
        draft.refuse("status", "derived", _("Note a delivery: what is delivered follows from the lines of the order."))
    elif not draft.is_new and status not in MOVES.get(draft.before("status"), frozenset()) | DERIVED_STATUSES:
        labels = dict(OrderStatus.choices)
        message = _("An order that is “%(before)s” cannot become “%(after)s”.")
        values = {"before": labels.get(draft.before("status"), ""), "after": labels.get(status, "")}
        draft.refuse("status", "no_way", message % values)


def _judge_contracts(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse orders under a contract of somebody else, or one that is not in force."""
    asked = [
        draft for draft in drafts if draft.get("contract") and (draft.changes("contract") or _is_confirmed_now(draft))
    ]
    if not asked or context.channel is Channel.IMPORT:
        return
    contracts: Mapping[uuid.UUID, Contract] = Contract.objects.in_bulk([draft.get("contract") for draft in asked])
    for draft in asked:
        contract = contracts.get(draft.get("contract"))
        if contract is None:
            continue
        if contract.customer_id != draft.get("customer"):
            draft.refuse("contract", "other_customer", _("This contract was made with another customer."))
        elif contract.status != ContractStatus.ACTIVE and _is_confirmed_now(draft):
            message = _("The contract %(number)s is not in force: it is “%(status)s”.")
            values = {"number": contract.number, "status": contract.get_status_display()}
            draft.refuse("contract", "not_in_force", message % values)


def _judge_floors(drafts: Sequence[Draft]) -> None:
    """Refuse lines below what was delivered or invoiced, and other products in their place."""
    asked = [draft for draft in drafts if draft.existing is not None and draft.changes("quantity", *FIXED_ON_LINES)]
    if not asked:
        return
    ids = [draft.record_id for draft in asked]
    # Whoever notes a delivery at the same moment waits until this write is done, or was before it.
    lines = {
        line.pk: line for line in OrderLine.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")
    }
    floors = floors_of(list(lines.values()))
    for draft in asked:
        floor = floors.get(draft.record_id)
        if floor is None:
            continue
        if (draft.get("quantity") or Decimal(0)) < floor.quantity:
            message = _("At least %(quantity)s must remain: %(reason)s.")
            values = {"quantity": written(floor.quantity), "reason": floor.reason}
            draft.refuse("quantity", "below_floor", message % values)
        for name in FIXED_ON_LINES:
            if draft.changes(name):
                draft.refuse(name, "in_use", _("This stays as it is: %(reason)s.") % {"reason": floor.reason})


def _judge_ways(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse to change single lines of a confirmed order where changes need approval: it is asked for all lines together."""
    organization = context.actor.organization
    if not module_is_on(organization, DEPTH) or not live_flows(spec_for(organization, CHANGE)):
        return
    ids = {draft.get("order") for draft in drafts if draft.is_new or any(draft.changes(name) for name in draft.values)}
    running = set(Order.objects.filter(pk__in=ids - {None}, status__in=RUNNING_STATUSES).values_list("pk", flat=True))
    for draft in drafts:
        if draft.get("order") in running and not is_written_whole(draft.get("order")):
            message = _("The order is confirmed, and changes may need approval. Change its lines as a whole.")
            draft.refuse("", "as_a_whole", message)


def _customer_names(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    ids = {draft.get("customer") for draft in drafts if not draft.get("name")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "name")) if ids else {}


def _customer_sources(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    """Return the source of each new order's customer, so that sales can be counted by source."""
    ids = {draft.get("customer") for draft in drafts if draft.is_new and not draft.get("source")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "source")) if ids else {}
