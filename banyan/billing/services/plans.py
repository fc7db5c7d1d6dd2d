"""How an order is to be paid: instalments by a template, by hand, or from what was agreed before."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.billing.choices import DueEvent, PlanStatus
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.models import OrderEvent, PaymentPlan, PlanTemplate
from banyan.billing.queries import plans_of, visible_order
from banyan.billing.rules import plan_amounts
from banyan.contracts.public import instalments_of
from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.money.public import allocate, places_of
from banyan.money.rules import HUNDRED, ZERO
from banyan.orders.public import Order

PLAN = "payment_plan"
MOST_ROWS = 60


def usual_templates() -> list[tuple[str, list[dict[str, Any]]]]:
    """Return ways to pay to begin with."""
    deposit, delivery, rest = _("Deposit"), _("On delivery"), _("Final payment")
    whole = _("Whole amount")
    return [
        (_("30 days net"), [_row(whole, 100, DueEvent.CONFIRMED, 30)]),
        (_("30 / 60 / 10"), [
            _row(deposit, 30, DueEvent.CONFIRMED, 7), _row(delivery, 60, DueEvent.DELIVERED, 7),
            _row(rest, 10, DueEvent.INVOICED, 90),
        ]),
        (_("Half before, half after delivery"), [
            _row(deposit, 50, DueEvent.CONFIRMED, 0), _row(rest, 50, DueEvent.DELIVERED, 30),
        ]),
    ]  # fmt: skip


def _row(name: str, percent: int, event: DueEvent, days: int) -> dict[str, Any]:
    return {"name": name, "percent": str(percent), "event": event.value, "days_after": days}


@transaction.atomic
def plan_by_template(
    actor: Actor, order_id: uuid.UUID, template_id: uuid.UUID, *, context: WriteContext | None = None
) -> list[PaymentPlan]:
    """Plan what of an order is not planned yet by a template, and return the instalments.

    Raises ``Missing`` for order or template, ``Refused`` when everything is planned.
    """
    template = PlanTemplate.objects.filter(pk=template_id).first()
    if template is None:
        raise Missing("not_found", _("There are no such payment terms any more."))
    order = visible_order(actor, order_id, Action.EDIT)
    Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    left = unplanned(order)
    if left <= 0:
        raise Refused("all_planned", _("The whole amount of this order is planned already."))
    percents = [Decimal(str(row["percent"])) for row in template.rows]
    amounts = plan_amounts(left, percents, places_of(order.currency or actor.currency))
    rows = [
        {"name": row["name"], "event": row["event"], "days_after": row["days_after"], "amount": amount}
        for row, amount in zip(template.rows, amounts, strict=True)
    ]
    return add_instalments(actor, order.pk, rows, context=context)


@transaction.atomic
def add_instalments(
    actor: Actor, order_id: uuid.UUID, rows: Sequence[Mapping[str, Any]], *, context: WriteContext | None = None
) -> list[PaymentPlan]:
    """Add instalments to an order, all or nothing; each is given as the values of a ``payment_plan``."""
    spec = spec_for(actor.organization, PLAN)
    given = [{**row, "order": order_id} for row in rows if Decimal(str(row.get("amount") or 0)) != 0]
    outcome = door.create_many(actor, spec, given, context=context)
    if outcome.rejected:
        raise Invalid([
            FieldError(f"rows.{position}.{error.field}", error.code, error.message)
            for position, errors in sorted(outcome.rejected.items()) for error in errors
        ])  # fmt: skip
    return list(PaymentPlan.objects.filter(pk__in=outcome.created).order_by("position"))


#: What makes an instalment of a contract due, in the plan of its order.
CONTRACT_EVENTS = {
    "signing": DueEvent.CONFIRMED, "delivery": DueEvent.DELIVERED, "acceptance": DueEvent.DELIVERED,
    "invoice": DueEvent.INVOICED, "warranty": DueEvent.DELIVERED,
}  # fmt: skip


@transaction.atomic
def plan_by_contract(actor: Actor, order: Order, *, context: WriteContext | None = None) -> list[PaymentPlan]:
    """Plan what of an order is not planned yet as the instalments of its contract say, in their proportions."""
    Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    agreed = instalments_of(order.contract_id) if order.contract_id else []
    left = unplanned(order)
    if not agreed or left <= 0:
        return []
    amounts = allocate(left, [entry.amount for entry in agreed], places_of(order.currency or actor.currency))
    rows = [
        {
            "name": entry.name, "amount": amount, "days_after": entry.days,
            "event": DueEvent.DATE if entry.due_on else CONTRACT_EVENTS.get(entry.event, DueEvent.CONFIRMED),
            **({"due_on": entry.due_on} if entry.due_on else {}),
        }
        for entry, amount in zip(agreed, amounts, strict=True)
    ]  # fmt: skip
    return add_instalments(actor, order.pk, rows, context=context)


def unplanned(order: Order, plans: Iterable[PaymentPlan] | None = None) -> Decimal:
    """Return what of an order no instalment holds; ``plans`` are its instalments, if they are known already."""
    agreed = plans_of(order.pk) if plans is None else plans
    planned = (plan.amount for plan in agreed if plan.status != PlanStatus.VOID)
    return (order.amount or ZERO) - sum(planned, ZERO)


def note_event(organization: Any, order_id: uuid.UUID, event: DueEvent, happened_on: Any) -> None:
    """Note that an order was delivered, so that the instalments due after it get their day."""
    OrderEvent.objects.get_or_create(
        organization_id=organization.pk, order_id=order_id, event=event, defaults={"happened_on": happened_on}
    )
    refresh_plans(organization.pk, [order_id], today(organization.time_zone))


@transaction.atomic
def save_template(
    actor: Actor, template: PlanTemplate | None, *, name: str, rows: Sequence[Mapping[str, Any]]
) -> PlanTemplate:
    """Store payment terms; raise ``Invalid`` unless their percents make 100."""
    require_ability(actor, Ability.CUSTOMISE)
    kept = _checked(rows)
    if not name.strip():
        raise Invalid([FieldError("name", "required", _("Payment terms need a name."))])
    others = PlanTemplate.objects.filter(name=name.strip())
    if (others.exclude(pk=template.pk) if template else others).exists():
        raise Invalid([FieldError("name", "taken", _("There are payment terms of this name already."))])
    was = rows_text(template.rows) if template else ""
    found = template or PlanTemplate(organization_id=actor.organization_id, position=PlanTemplate.objects.count())
    found.name, found.rows = name.strip(), kept
    before = {"rows": (was, rows_text(kept))} if template else {}
    found.save()
    tell_setup_changed(actor, "payment_terms", found.pk, "update" if template else "create", values=before)
    return found


@transaction.atomic
def remove_template(actor: Actor, template_id: uuid.UUID) -> None:
    """Delete payment terms; orders that are planned by them stay as they are."""
    require_ability(actor, Ability.CUSTOMISE)
    if PlanTemplate.objects.filter(pk=template_id).delete()[0]:
        tell_setup_changed(actor, "payment_terms", template_id, "delete")


def _checked(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    total = ZERO
    for row in rows:
        try:
            percent = Decimal(str(row["percent"]))
            days = int(row.get("days_after") or 0)
        except (InvalidOperation, ValueError):
            raise Invalid([FieldError("rows", "not_number", _("Percent and days are numbers."))]) from None
        if not percent.is_finite() or not ZERO < percent <= HUNDRED or not 0 <= days <= 3650:
            raise Invalid([FieldError("rows", "out_of_range", _("Percents lie above 0, days between 0 and 3650."))])
        event = str(row.get("event") or "")
        if event not in {DueEvent.CONFIRMED.value, DueEvent.DELIVERED.value, DueEvent.INVOICED.value}:
            raise Invalid([FieldError("rows", "unknown_choice", _("Choose what makes each instalment due."))])
        total += percent
        name = str(row.get("name") or "").strip()[:120] or _("Instalment %(number)s") % {"number": len(kept) + 1}
        kept.append({"name": name, "percent": str(percent), "event": event, "days_after": days})
    if total != HUNDRED or not kept or len(kept) > MOST_ROWS:
        text = _("All instalments together must make 100 %%; they make %(total)s %%.") % {"total": total}
        raise Invalid([FieldError("rows", "not_whole", text)])
    return kept


def rows_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return payment terms in words."""
    events = dict(DueEvent.choices)
    parts = []
    for row in rows:
        days = int(row.get("days_after") or 0)
        after = (ngettext("%(count)s day", "%(count)s days", days) % {"count": days}) if days else ""
        parts.append(
            " ".join(filter(None, (f"{row['percent']} %", str(row["name"]), f"({events[row['event']]}", after))) + ")"
        )
    return " · ".join(parts)
