"""Changes of confirmed orders: traced with old and new lines, and approved first where a flow asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.approvals.live import LiveFlow, live_flows
from banyan.core.approvals.services import fits, start_approval
from banyan.core.kernel.errors import Conflict
from banyan.core.kernel.ids import new_id
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import shaped, spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.orders.choices import RUNNING_STATUSES, ChangeStatus
from banyan.orders.conditions import check_grown, written
from banyan.orders.models import Order, OrderChange
from banyan.orders.references import CHANGE, DEPTH, ORDER, StepContext, step
from banyan.orders.services.delivering import follow_deliveries
from banyan.products.public import Replacing, lines_of, replace_lines

NUMBERS = ("quantity", "unit_price", "discount_percent", "tax_rate", "amount")
Line = dict[str, Any]


def replace_order_lines(asked: Replacing, proceed: Callable[[], None]) -> Any:
    """Let a confirmed order have other lines and write down what changed; a draft just gets them.

    Returns in words that the change waits, when it needs approval: then nothing about the order has changed.
    """
    order: Order = asked.document
    if order.status not in RUNNING_STATUSES:
        proceed()
        return None
    traced = module_is_on(asked.actor.organization, DEPTH)
    if traced and not isinstance(asked.context, StepContext):
        refuse_while_waiting(order)
    before, old_amount = written_lines(order.pk), order.amount or Decimal(0)
    point = transaction.savepoint()
    proceed()
    order.refresh_from_db()
    after, new_amount = written_lines(order.pk), order.amount or Decimal(0)
    if before == after:
        transaction.savepoint_commit(point)
        return None
    told = {
        "revision": order.revision + 1, "currency": order.currency, "old_amount": old_amount, "new_amount": new_amount,
        "increase": new_amount - old_amount,
    }  # fmt: skip
    if traced and not isinstance(asked.context, StepContext):
        flow = _flow_for(asked.actor, order, told)
        if flow is not None:
            transaction.savepoint_rollback(point)
            return _ask(asked, order, told, before, after, flow)
    transaction.savepoint_commit(point)
    if new_amount > old_amount:
        check_grown(asked.actor, order, asked.context)
    if traced:
        _settle(asked, order, told, before, after)
    follow_deliveries(asked.actor, [order.pk])
    return None


def finish_order(actor: Actor, order: Order, context: WriteContext) -> None:
    """Let the checks look at an order that is written confirmed, once it has its lines."""
    if order.status in RUNNING_STATUSES and context.channel is not Channel.IMPORT:
        check_grown(actor, order, context)


def written_lines(order_id: uuid.UUID) -> list[Line]:
    """Return the lines of an order as a change note keeps them."""
    return [
        {
            "id": str(row["id"]),
            "product": str(row["product_id"]) if row["product_id"] else None,
            "name": row["name"],
            "unit": row["unit"],
            **{name: None if row[name] is None else written(row[name]) for name in NUMBERS},
        }
        for row in lines_of(ORDER, order_id)
    ]


def refuse_while_waiting(order: Order) -> None:
    """Refuse a second change while the first one waits for approval."""
    waiting = OrderChange.objects.filter(order=order, status=ChangeStatus.WAITING, deleted_at__isnull=True).first()
    if waiting is not None:
        message = _("%(number)s waits for approval. Wait for the answer, or withdraw it first.")
        raise Conflict("waiting", message % {"number": waiting.number}, record_id=waiting.pk)


@transaction.atomic
def apply_change(actor: Actor, change: OrderChange) -> None:
    """Let an order have the lines of a change that was approved; the order may have moved on meanwhile.

    Raises ``Conflict`` when it is no longer running or its lines are not those that the change was about, ``Invalid``
    when something was delivered meanwhile that the new lines do not have.
    """
    order = Order.objects.select_for_update(no_key=True).get(pk=change.order_id)
    if order.status not in RUNNING_STATUSES:
        message = _("%(number)s cannot be changed any more: it is “%(status)s”.")
        raise Conflict("not_running", message % {"number": order.number, "status": order.get_status_display()})
    if written_lines(order.pk) != change.old_lines:
        raise Conflict("moved_on", _("The lines of the order were changed meanwhile. Propose the change again."))
    context = step(actor)
    context.derived = {}
    system = system_actor(actor.organization)
    replace_lines(system, ORDER, order.pk, change.proposal or [], context=context)
    OrderChange.objects.filter(pk=change.pk).update(new_lines=written_lines(order.pk), proposal=None)


def set_change_status(actor: Actor, change: OrderChange, status: str) -> None:
    """Write down how a change ended."""
    spec = spec_for(actor.organization, CHANGE)
    door.update(system_actor(actor.organization), spec, change.pk, {}, context=step(actor, status=status))


def _flow_for(actor: Actor, order: Order, told: Mapping[str, Any]) -> LiveFlow | None:
    """Return the approval flow that a change needs; None when it may be made at once."""
    spec = shaped(actor.organization, spec_for(actor.organization, CHANGE))
    flows = live_flows(spec)
    if not flows:
        return None
    record = OrderChange(
        organization_id=actor.organization_id, order=order, pk=new_id(), owner_id=actor.user_id, **told
    )
    return next(
        (flow for flow in flows if fits(actor.organization, spec, record, flow.definition.start.condition)), None
    )


def _ask(
    asked: Replacing, order: Order, told: Mapping[str, Any], before: list[Line], after: list[Line], flow: LiveFlow
) -> str:
    proposal = _plain(asked.lines)
    change = _write(asked, order, told, ChangeStatus.WAITING)
    OrderChange.objects.filter(pk=change.pk).update(old_lines=before, new_lines=after, proposal=proposal)
    spec = spec_for(asked.actor.organization, CHANGE)
    starter = asked.actor if asked.actor.is_system else asked.actor.through(Channel.AUTOMATION)
    start_approval(starter, flow.id, spec, change.pk, reason=asked.reason or _("Change of a confirmed order"))
    return _("%(number)s needs approval (%(flow)s). The order stays as it is until then.") % {
        "number": change.number,
        "flow": flow.name,
    }


def _settle(
    asked: Replacing, order: Order, told: Mapping[str, Any], before: Sequence[Line], after: Sequence[Line]
) -> None:
    """Write the note of a change that was made, and count the order's revision up."""
    if not isinstance(asked.context, StepContext):
        change = _write(asked, order, told, ChangeStatus.APPLIED)
        OrderChange.objects.filter(pk=change.pk).update(old_lines=list(before), new_lines=list(after))
    context = step(asked.actor, revision=told["revision"])
    context.batch_id = asked.context.batch_id
    door.update(
        system_actor(asked.actor.organization), spec_for(asked.actor.organization, ORDER), order.pk, {}, context=context
    )


def _write(asked: Replacing, order: Order, told: Mapping[str, Any], status: ChangeStatus) -> OrderChange:
    """Create the note of a change; whoever may change an order thereby leaves its trace."""
    spec = spec_for(asked.actor.organization, CHANGE)
    name = _("Change %(revision)d of %(order)s") % {"revision": told["revision"], "order": order.number}
    context = step(asked.actor, **told, status=status.value, name=name, reason=asked.reason.strip()[:500],
                   owner=asked.actor.user_id)  # fmt: skip
    context.batch_id = asked.context.batch_id
    system = system_actor(asked.actor.organization)
    made = door.create(system, spec, {"order": str(order.pk)}, context=context)
    if not isinstance(made, OrderChange):
        raise TypeError
    return made


def _plain(lines: Sequence[Mapping[str, Any]]) -> list[Line]:
    return [
        {name: value if value is None or isinstance(value, (bool, int)) else str(value) for name, value in line.items()}
        for line in lines
    ]
