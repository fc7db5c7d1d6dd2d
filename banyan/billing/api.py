"""Billing in the interface: payments with what they pay, invoices with their lines, the steps of both and of subscriptions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from banyan.billing.models import Allocation, Payment
from banyan.billing.objects import MODULE
from banyan.billing.rules import BANDS
from banyan.billing.services import invoicing, payments, plans, subscribing
from banyan.billing.services.ageing import GROUPS, ageing
from banyan.billing.services.allocating import Target, allocate, propose, take_back
from banyan.billing.services.recurring import months_of
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import body_of, objects_in
from banyan.core.api.calls import Call
from banyan.core.api.openapi import operations
from banyan.core.api.openapi.schemas import object_schemas
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route, component_name, item_reference, register_route
from banyan.core.api.views.records import record_answer, show_record
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid, NotAllowed
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import Date, Kind, Money, Number, Unacceptable
from banyan.core.objects.registry import objects
from banyan.core.records.drafts import reading_for

Json = dict[str, Any]
PAYMENTS, INVOICES, SUBSCRIPTIONS = "payments", "invoices", "subscriptions"
TEXT: Json = {"type": "string"}
DAY: Json = {"type": ["string", "null"], "format": "date"}
DECIMAL: Json = {"type": ["string", "number"]}
ID: Json = {"type": "string", "format": "uuid"}
FLAG: Json = {"type": "boolean"}
TARGET: Json = {
    "type": "object",
    "properties": {"order": ID, "amount": DECIMAL, "plan": {**ID, "type": ["string", "null"]}, "order_amount": DECIMAL},
    "required": ["order", "amount"],
}
LINE: Json = {
    "type": "object",
    "properties": {
        "order_line": ID, "quantity": DECIMAL, "amount": DECIMAL, "name": TEXT, "unit": TEXT, "unit_price": DECIMAL,
        "tax_rate": DECIMAL,
    },
}  # fmt: skip
MOST = 500
MONTHS = 12


def create_payment(call: Call) -> Answer:
    """Record a receipt and what it pays."""
    call.allow_only(("confirmed",))
    values = call.json()
    targets = _targets(call, values.pop("allocations", []))
    made = payments.record_payment(call.actor, values, targets)
    return _placed(PAYMENTS, made.pk, _with_allocations(call, made.pk, status=201))


def show_payment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with a payment and, unless only some fields are asked for, what it pays."""
    answer = show_record(call, call.spec(PAYMENTS), id)
    if answer.status == 200 and "fields" not in call.parameters:
        answer.body = {**answer.body, "allocations": _allocations(id)}
    return answer


def allocate_payment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Let a receipt pay orders; without allocations, those that are proposed."""
    body = body_of(call, {"allocations"})
    if "allocations" in body:
        targets = _targets(call, body["allocations"])
    else:
        fetch_row(call.actor, call.spec(PAYMENTS), id, columns=("version",))
        targets = propose(call.actor, Payment.objects.get(pk=id))
    allocate(call.actor, id, targets)
    return _with_allocations(call, id)


def list_allocations(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with what a payment pays, and what was taken back."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(PAYMENTS), id, columns=("version",))
    return Answer({"items": _allocations(id)})


def take_allocations_back(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Take allocations back; without a list, all of them."""
    body = body_of(call, {"allocations", "reason"})
    fetch_row(call.actor, call.spec(PAYMENTS), id, columns=("version",))
    given = body.get("allocations")
    live = Allocation.objects.filter(payment_id=id, reversed_at__isnull=True).values_list("pk", flat=True)
    ids = [_id(entry, "allocations") for entry in given] if isinstance(given, list) else list(live)
    take_back(call.actor, id, ids, reason=_text(body, "reason"))
    return _with_allocations(call, id)


def confirm_payment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Confirm that money came in."""
    body_of(call, set())
    fetch_row(call.actor, call.spec(PAYMENTS), id, columns=("version",))
    payments.confirm_payment(call.actor, id)
    return _with_allocations(call, id)


def refuse_payment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Say that money did not come in."""
    body = body_of(call, {"reason"})
    payments.refuse_payment(call.actor, id, reason=_text(body, "reason"))
    return _with_allocations(call, id)


def reverse_payment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Reverse a payment."""
    body = body_of(call, {"reason"})
    payments.reverse_payment(call.actor, id, reason=_text(body, "reason"))
    return _with_allocations(call, id)


def refund_payment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Give money of a receipt back."""
    body = body_of(call, {"amount", "reason", "order"})
    order = _id(body["order"], "order") if body.get("order") else None
    amount = _read(call, body, "amount", Money()) or Decimal(0)
    made = payments.refund_payment(call.actor, id, amount=amount, reason=_text(body, "reason"), order_id=order)
    return _with_allocations(call, made.pk, status=201)


def create_invoice(call: Call) -> Answer:
    """Request an invoice with its lines; of an order without lines, all that is left."""
    call.allow_only(("confirmed",))
    values = call.json()
    lines = objects_in(values, "lines") if "lines" in values else None
    values.pop("lines", None)
    made = invoicing.request_invoice(call.actor, values, lines)
    return _placed(INVOICES, made.pk, record_answer(call, call.spec(INVOICES), made.pk, status=201))


def approve_invoice(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Agree that an invoice is issued."""
    body_of(call, set())
    invoicing.approve_invoice(call.actor, id)
    return record_answer(call, call.spec(INVOICES), id)


def refuse_invoice(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Refuse a request."""
    invoicing.refuse_invoice(call.actor, id, reason=_text(body_of(call, {"reason"}), "reason"))
    return record_answer(call, call.spec(INVOICES), id)


def issue_invoice(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Issue an approved invoice."""
    body = body_of(call, {"issued_on", "number", "code", "series"})
    invoicing.issue_invoice(
        call.actor, id, number=_text(body, "number"), code=_text(body, "code"),
        issued_on=_read(call, body, "issued_on", Date()),
        series_id=_id(body["series"], "series") if body.get("series") else None,
    )  # fmt: skip
    return record_answer(call, call.spec(INVOICES), id)


def cancel_invoice(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Cancel an issued invoice."""
    invoicing.cancel_invoice(call.actor, id, reason=_text(body_of(call, {"reason"}), "reason"))
    return record_answer(call, call.spec(INVOICES), id)


def credit_invoice(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Request a credit note."""
    body = body_of(call, {"reason", "is_return", "red_form_number", "lines"})
    quantities = None
    if "lines" in body:
        number = Number(digits=14, decimals=3)
        quantities = {
            _id(line.get("line"), "lines"): _read(call, line, "quantity", number) or Decimal(0)
            for line in objects_in(body, "lines")
        }
    made = invoicing.credit_invoice(
        call.actor, id, reason=_text(body, "reason"), quantities=quantities, is_return=body.get("is_return") is True,
        red_form_number=_text(body, "red_form_number"),
    )  # fmt: skip
    return record_answer(call, call.spec(INVOICES), made.pk, status=201)


def change_subscription(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Give a running subscription another quantity or price."""
    body = body_of(call, {"quantity", "unit_price", "on", "is_prorated"})
    row = fetch_row(call.actor, call.spec(SUBSCRIPTIONS), id, columns=("quantity", "unit_price"))
    quantity = _read(call, body, "quantity", Number(digits=14, decimals=3))
    price = _read(call, body, "unit_price", Money())
    subscribing.change_subscription(
        call.actor, id, quantity=row["quantity"] if quantity is None else quantity,
        unit_price=row["unit_price"] if price is None else price, on=_read(call, body, "on", Date()),
        is_prorated=body.get("is_prorated") is not False,
    )  # fmt: skip
    return record_answer(call, call.spec(SUBSCRIPTIONS), id)


def pause_subscription(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let a subscription rest."""
    body_of(call, set())
    subscribing.pause_subscription(call.actor, id)
    return record_answer(call, call.spec(SUBSCRIPTIONS), id)


def resume_subscription(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let a paused subscription go on."""
    body_of(call, set())
    subscribing.resume_subscription(call.actor, id)
    return record_answer(call, call.spec(SUBSCRIPTIONS), id)


def cancel_subscription(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """End a subscription."""
    body = body_of(call, {"reason", "ends_on"})
    ends = _read(call, body, "ends_on", Date())
    subscribing.cancel_subscription(call.actor, id, reason=_text(body, "reason"), ends_on=ends)
    return record_answer(call, call.spec(SUBSCRIPTIONS), id)


def renew_subscription(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Make the orders of the periods that have begun."""
    body_of(call, set())
    made = subscribing.renew(call.actor, id, today(call.actor.time_zone))
    return Answer({"items": [{"id": order.pk, "number": order.number} for order in made]})


def plan_order(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Plan the rest of an order by payment terms."""
    body = body_of(call, {"template"})
    made = plans.plan_by_template(call.actor, id, _id(body.get("template"), "template"))
    return Answer({"items": [{"id": plan.pk, "name": plan.name, "amount": str(plan.amount)} for plan in made]}, 201)


def list_receivables(call: Call) -> Answer:
    """Answer with what is open by age."""
    call.allow_only(("by",))
    spec = call.spec("orders")
    require(call.actor, spec, Action.VIEW)
    if "amount" not in shown_fields(call.actor, spec):
        raise NotAllowed("not_allowed", _("You may not see the amounts of orders."))
    by = call.parameter("by") or GROUPS[0]
    if by not in GROUPS:
        raise BadParameters(
            [FieldError("by", "unknown_choice", _("Choose one of: %(names)s.") % {"names": ", ".join(GROUPS)})]
        )
    day = today(call.actor.time_zone)
    rows = ageing(call.actor, by=by, day=day).rows
    return Answer({"items": [
        {
            "id": row.key or None, "name": row.label, "currency": row.currency,
            **{name: str(amount) for name, amount in zip(_band_names(), row.amounts, strict=True)},
            "total": str(row.total), "overdue": str(row.overdue),
        }
        for row in rows
    ]})  # fmt: skip


def list_recurring(call: Call) -> Answer:
    """Answer with recurring revenue by month."""
    call.allow_only(())
    require(call.actor, call.spec(SUBSCRIPTIONS), Action.VIEW)
    found = months_of(call.actor, today(call.actor.time_zone), MONTHS)
    return Answer({"items": [
        {
            "month": f"{month.first:%Y-%m}", "currency": currency,
            **{name: str(getattr(month, name)) for name in MONTH_FIELDS},
        }
        for currency, months in found.items() for month in months
    ]})  # fmt: skip


def _placed(plural: str, record_id: uuid.UUID, answer: Answer) -> Answer:
    """Say where a new record is."""
    answer.headers["Location"] = reverse("api", args=[f"{plural}/{record_id}"])
    return answer


MONTH_FIELDS = ("opening", "new", "expansion", "contraction", "churn", "closing")


def _band_names() -> list[str]:
    return ["not_due", *(f"days_{first}_{last}" if last else f"days_{first}" for first, last in BANDS)]


def _with_allocations(call: Call, payment_id: uuid.UUID, *, status: int = 200) -> Answer:
    answer = record_answer(call, call.spec(PAYMENTS), payment_id, status=status)
    if "version" in answer.body:
        answer.body = {**answer.body, "allocations": _allocations(payment_id)}
    return answer


def _allocations(payment_id: uuid.UUID) -> list[Json]:
    return [
        {
            "id": row.pk, "order": row.order_id, "plan": row.plan_id, "amount": str(row.amount),
            "order_amount": str(row.order_amount), "rate": format(row.rate.normalize(), "f"),
            "difference": str(row.difference), "made_at": row.made_at, "reversed_at": row.reversed_at,
        }
        for row in Allocation.objects.filter(payment_id=payment_id)
    ]  # fmt: skip


def _targets(call: Call, given: Any) -> list[Target]:
    targets = []
    for position, entry in enumerate(objects_in({"allocations": given}, "allocations")[: MOST + 1]):
        name = f"allocations.{position}"
        amount = _read(call, entry, "amount", Money(), name)
        targets.append(
            Target(
                _id(entry.get("order"), f"{name}.order"), amount or Decimal(0),
                _id(entry["plan"], f"{name}.plan") if entry.get("plan") else None,
                _read(call, entry, "order_amount", Money(), name),
            )
        )  # fmt: skip
    return targets


def _id(value: Any, name: str) -> uuid.UUID:
    found = parse_id(value)
    if found is None:
        raise Invalid(
            [FieldError(name, "unknown_record", _("“%(value)s” was not found.") % {"value": str(value)[:60]})]
        )
    return found


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return "" if value is None else str(value)


def _read(call: Call, values: Mapping[str, Any], name: str, kind: Kind, prefix: str = "") -> Any:
    try:
        return kind.parse(values.get(name), reading_for(call.actor))
    except Unacceptable as problem:
        field = f"{prefix}.{name}" if prefix else name
        raise Invalid([FieldError(field, problem.code, problem.message)]) from None


def _operation(name: str, tag: str, summary: Callable[[], str], body: Json | None, replies: Mapping[int, Reply],
               parameters: tuple[Parameter, ...] = ()) -> Callable[[], Operation]:  # fmt: skip
    def describe() -> Operation:
        schema = None if body is None else {"type": "object", "properties": body}
        return Operation(
            id=name, summary=summary(), tag=objects[tag].label_plural, body=schema, body_required=False,
            replies=replies, parameters=parameters, problems=(400, 404, 409, 412, 413, 415, 422),
        )  # fmt: skip

    return describe


def _creating(object_name: str, name: str, items: Json) -> Callable[[], Operation]:
    """Describe how a record is created together with a list."""

    def describe() -> Operation:
        found = operations.create_operation(objects[object_name])
        body = object_schemas(objects[object_name])[f"{component_name(object_name)}Create"]
        listed = {"type": "array", "maxItems": MOST, "items": items}
        example = {"example": found.body["example"]} if found.body and "example" in found.body else {}
        body = {**body, "properties": {**body["properties"], name: listed}, **example}
        body.pop("additionalProperties", None)
        return Operation(**{**found.__dict__, "body": body})

    return describe


def _items(*names: str) -> Reply:
    item = {"type": "object", "properties": {name: {} for name in names}}
    return Reply("OK", {"type": "object", "properties": {"items": {"type": "array", "items": item}}})


def register() -> None:
    """Add the paths to the interface; creating payments and invoices takes the place of the general way."""
    payment, invoice, subscription = (
        Reply("OK", item_reference(name)) for name in ("payment", "invoice", "subscription")
    )
    reason = {"reason": TEXT}
    targets = {"allocations": {"type": "array", "maxItems": MOST, "items": TARGET}}
    back = {"allocations": {"type": "array", "items": ID}, **reason}
    issue = {"issued_on": DAY, "number": TEXT, "code": TEXT, "series": ID}
    part = {"type": "object", "properties": {"line": ID, "quantity": DECIMAL}}
    credit = {"is_return": FLAG, "red_form_number": TEXT, "lines": {"type": "array", "items": part}, **reason}
    changing = {"quantity": DECIMAL, "unit_price": DECIMAL, "on": DAY, "is_prorated": FLAG}
    by = Parameter("by", _("customer, owner or department"), {"type": "string", "enum": list(GROUPS)})
    register_route(
        Route("POST", "/payments", create_payment, _creating("payment", "allocations", TARGET), module=MODULE)
    )
    register_route(
        Route(
            "GET", "/payments/{id}", show_payment, lambda: operations.show_operation(objects["payment"]), module=MODULE
        )
    )
    register_route(Route("POST", "/invoices", create_invoice, _creating("invoice", "lines", LINE), module=MODULE))
    one, bill, sub = "/payments/{id}", "/invoices/{id}", "/subscriptions/{id}"
    for method, path, view, name, tag, summary, body, reply, status in (
        ("GET", f"{one}/allocations", list_allocations, "list_allocations", "payment", lambda: _("List what a payment pays"), None, _items("id", "order", "amount"), 200),
        ("POST", f"{one}/allocations", allocate_payment, "allocate_payment", "payment", lambda: _("Allocate a payment to orders"), targets, payment, 200),
        ("POST", f"{one}/take-back", take_allocations_back, "take_allocations_back", "payment", lambda: _("Take allocations back"), back, payment, 200),
        ("POST", f"{one}/confirm", confirm_payment, "confirm_payment", "payment", lambda: _("Confirm a payment"), None, payment, 200),
        ("POST", f"{one}/refuse", refuse_payment, "refuse_payment", "payment", lambda: _("Refuse a payment"), reason, payment, 200),
        ("POST", f"{one}/reverse", reverse_payment, "reverse_payment", "payment", lambda: _("Reverse a payment"), reason, payment, 200),
        ("POST", f"{one}/refund", refund_payment, "refund_payment", "payment", lambda: _("Give money of a payment back"), {"amount": DECIMAL, "order": ID, **reason}, payment, 201),
        ("POST", f"{bill}/approve", approve_invoice, "approve_invoice", "invoice", lambda: _("Approve an invoice"), None, invoice, 200),
        ("POST", f"{bill}/refuse", refuse_invoice, "refuse_invoice", "invoice", lambda: _("Refuse an invoice"), reason, invoice, 200),
        ("POST", f"{bill}/issue", issue_invoice, "issue_invoice", "invoice", lambda: _("Issue an invoice"), issue, invoice, 200),
        ("POST", f"{bill}/cancel", cancel_invoice, "cancel_invoice", "invoice", lambda: _("Cancel an invoice"), reason, invoice, 200),
        ("POST", f"{bill}/credit", credit_invoice, "credit_invoice", "invoice", lambda: _("Request a credit note"), credit, invoice, 201),
        ("POST", f"{sub}/change", change_subscription, "change_subscription", "subscription", lambda: _("Change a running subscription"), changing, subscription, 200),
        ("POST", f"{sub}/pause", pause_subscription, "pause_subscription", "subscription", lambda: _("Pause a subscription"), None, subscription, 200),
        ("POST", f"{sub}/resume", resume_subscription, "resume_subscription", "subscription", lambda: _("Resume a subscription"), None, subscription, 200),
        ("POST", f"{sub}/cancel", cancel_subscription, "cancel_subscription", "subscription", lambda: _("Cancel a subscription"), {"ends_on": DAY, **reason}, subscription, 200),
        ("POST", f"{sub}/renew", renew_subscription, "renew_subscription", "subscription", lambda: _("Make the due orders of a subscription"), None, _items("id", "number"), 200),
        ("POST", "/orders/{id}/payment-plan", plan_order, "plan_order", "payment_plan", lambda: _("Plan an order by payment terms"), {"template": ID}, _items("id", "name", "amount"), 201),
    ):  # fmt: skip
        register_route(Route(method, path, view, _operation(name, tag, summary, body, {status: reply}), module=MODULE))
    ages = _items("id", "name", "currency", *_band_names(), "total", "overdue")
    describe = _operation(
        "list_receivables", "payment", lambda: _("List what is open by age"), None, {200: ages}, (by,)
    )
    register_route(Route("GET", "/receivables", list_receivables, describe, module=MODULE))
    months = _items("month", "currency", *MONTH_FIELDS)
    describe = _operation(
        "list_recurring_revenue", "subscription", lambda: _("List recurring revenue by month"), None, {200: months}
    )
    register_route(Route("GET", "/recurring-revenue", list_recurring, describe, module=MODULE))
