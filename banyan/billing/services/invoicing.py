"""Invoices: requested from orders, approved, issued with a number, cancelled, and taken back by credit notes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.billing.choices import OFFICIAL_KINDS, InvoiceState
from banyan.billing.engine.openness import refresh_open
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.engine.writing import change_state
from banyan.billing.events import InvoiceIssued
from banyan.billing.models import Invoice, InvoiceLine, InvoiceSeries
from banyan.billing.preparation.invoices import HEADER, OLD_NUMBER, rest_of
from banyan.billing.queries import Invoiced, balance_of, invoiced_lines, order_lines, returned_quantities, visible_order
from banyan.billing.rules import official_number_fits
from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action
from banyan.core.approvals.choices import OPEN_STATES
from banyan.core.approvals.live import live_flows
from banyan.core.approvals.models import Approval
from banyan.core.approvals.services import fits, start_approval
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, Refused
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.sequences import take_numbers
from banyan.money.rules import ZERO
from banyan.orders.public import CLOSED_STATUSES, Order

INVOICE, LINE = "invoice", "invoice_line"
MOST_LINES = 500
DEFAULT_PATTERN, DEFAULT_CREDIT_PATTERN = "INV-{year}-{number:06d}", "CN-{year}-{number:06d}"


@transaction.atomic
def request_invoice(
    actor: Actor,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] | None = None,
    *,
    context: WriteContext | None = None,
) -> Invoice:
    """Request an invoice and return it; of an order without ``lines`` all that is left to be invoiced.

    Without an order lines may follow later.

    A line of an order is given as ``{order_line, quantity}`` or ``{order_line, amount}``, any other one with name,
    quantity, unit_price (without tax) and tax_rate. All or nothing. Raises ``Missing`` for the order, ``Refused`` when
    it is not confirmed or nothing is left, ``Invalid`` with errors as ``lines.<position>.<field>``.
    """
    context = context or WriteContext.for_actor(actor)
    values = dict(values)
    order = None
    if values.get("order"):
        order = visible_order(actor, _as_id(values["order"]))
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if order.status not in CLOSED_STATUSES:
            text = _("%(order)s is not confirmed, or was cancelled: it cannot be invoiced.")
            raise Refused("not_confirmed", text % {"order": order.number})
        values.setdefault("customer", order.customer_id)
        if lines is None:
            lines = rest_lines(order)
            if not lines:
                raise _nothing_left(order)
    if lines is not None and not lines:
        raise Invalid([FieldError("lines", "required", _("An invoice needs at least one line."))])
    if lines is not None and len(lines) > MOST_LINES:
        text = _("A document has at most %(maximum)d lines.") % {"maximum": MOST_LINES}
        raise Invalid([FieldError("lines", "too_many", text)])
    made = door.create(actor, spec_for(actor.organization, INVOICE), values, context=context)
    _add_lines(actor, made.pk, lines or (), context)
    begin_approval(actor, made.pk)
    return Invoice.objects.get(pk=made.pk)


def _nothing_left(order: Order) -> Refused:
    """Return why no line of an order can be invoiced; what was changed after it had been invoiced has a way out."""
    rest = balance_of(order).to_invoice
    if not rest:
        return Refused("nothing_left", _("Everything of this order is invoiced already."))
    text = _(
        "Everything of this order was invoiced before its lines changed by %(rest)s. Take the invoice back by a credit"
        " note, then request a new one."
    )
    return Refused("changed_since", text % {"rest": rest})


def rest_lines(order: Order) -> list[dict[str, Any]]:
    """Return what of an order is still to be invoiced, as lines for ``request_invoice``."""
    found = order_lines(order.pk)
    if not found:
        left = balance_of(order).to_invoice
        return [{"name": order.name or _("As ordered"), "quantity": 1, "amount": left}] if left > 0 else []
    ids = [line.pk for line in found]
    taken, back = invoiced_lines(ids), returned_quantities(ids)
    rests = [(line, rest_of(line, taken.get(line.pk, Invoiced()), back.get(line.pk, ZERO))) for line in found]
    return [{"order_line": line.pk, "quantity": rest.quantity} for line, rest in rests if rest.quantity > 0]


def _add_lines(actor: Actor, invoice_id: uuid.UUID, lines: Sequence[Mapping[str, Any]], context: WriteContext) -> None:
    if not lines:
        return
    spec = spec_for(actor.organization, LINE)
    rows = [{**line, "invoice": invoice_id, "position": position} for position, line in enumerate(lines)]
    outcome = door.create_many(actor, spec, rows, context=context)
    if outcome.rejected:
        raise Invalid([
            FieldError(f"lines.{position}.{error.field}", error.code, error.message)
            for position, errors in sorted(outcome.rejected.items()) for error in errors
        ])  # fmt: skip


def begin_approval(actor: Actor, invoice_id: uuid.UUID) -> None:
    """Start the first flow for invoices that this one fits; without any, whoever keeps the accounts decides."""
    spec = spec_for(actor.organization, INVOICE)
    record = Invoice.objects.get(pk=invoice_id)
    for flow in live_flows(spec):
        if fits(actor.organization, spec, record, flow.definition.start.condition):
            # Whether the person may start flows does not matter: who requests an invoice asks for its approval.
            asking = actor.through(Channel.AUTOMATION) if actor.user else system_actor(actor.organization)
            try:
                with transaction.atomic():
                    start_approval(asking, flow.id, spec, record.pk, reason=_("An invoice is requested."))
            except DomainError:
                continue
            return


@transaction.atomic
def approve_invoice(actor: Actor, invoice_id: uuid.UUID, *, by_approval: bool = False) -> Invoice:
    """Agree that a requested invoice is issued. Raises ``NotAllowed``, ``Conflict`` when it is not requested."""
    invoice = _lock(actor, invoice_id, by_approval=by_approval)
    _require(invoice, InvoiceState.REQUESTED)
    if not by_approval:
        _refuse_under_way(actor, invoice)
    change_state(WriteContext.for_actor(actor), INVOICE, invoice, {"state": InvoiceState.APPROVED, "reason": ""})
    return invoice


@transaction.atomic
def refuse_invoice(actor: Actor, invoice_id: uuid.UUID, *, reason: str, by_approval: bool = False) -> Invoice:
    """Refuse a request; what it would have invoiced can be requested again."""
    invoice = _lock(actor, invoice_id, by_approval=by_approval)
    _require(invoice, InvoiceState.REQUESTED, InvoiceState.APPROVED)
    if not by_approval:
        _refuse_under_way(actor, invoice)
    values = {"state": InvoiceState.REFUSED, "reason": _needed(reason)}
    change_state(WriteContext.for_actor(actor), INVOICE, invoice, values)
    return invoice


@transaction.atomic
def issue_invoice(
    actor: Actor,
    invoice_id: uuid.UUID,
    *,
    number: str = "",
    code: str = "",
    issued_on: date | None = None,
    series_id: uuid.UUID | None = None,
) -> Invoice:
    """Issue an approved invoice: with the number of the tax office, or the next one of its series, without gaps.

    The series' counter stays locked until the transaction ends, and a number is used up only with it. Raises
    ``Conflict`` for one that is not approved, ``Invalid`` for a number that does not fit or is taken, a day in the future
    or before the last one of the series, or a red-letter invoice without its confirmation.
    """
    invoice = _lock(actor, invoice_id)
    _require(invoice, InvoiceState.APPROVED)
    day = issued_on or today(actor.time_zone)
    if day > today(actor.time_zone):
        raise Invalid([FieldError("issued_on", "in_future", _("An invoice is not issued in the future."))])
    if not invoice.amount:
        raise Invalid([FieldError("amount", "required", _("An invoice over nothing cannot be issued."))])
    if invoice.kind in OFFICIAL_KINDS:
        number, code = number.replace(" ", ""), code.replace(" ", "")
        _check_official(invoice, number, code)
    else:
        if number or code:
            text = _("The number of this invoice comes from its series and cannot be chosen.")
            raise Invalid([FieldError("number", "from_series", text)])
        number = _next_number(actor, invoice, day, series_id)
    values = {
        "state": InvoiceState.ISSUED, "issued_on": day, "official_number": number, "official_code": code,
    }  # fmt: skip
    change_state(WriteContext.for_actor(actor), INVOICE, invoice, values)
    _follow(actor, invoice)
    publish(
        InvoiceIssued(
            invoice.organization_id, invoice.pk, invoice.order_id, invoice.customer_id, day, invoice.amount,
            invoice.currency, invoice.credits_id is not None,
        )
    )  # fmt: skip
    return invoice


@transaction.atomic
def cancel_invoice(actor: Actor, invoice_id: uuid.UUID, *, reason: str) -> Invoice:
    """Cancel an issued invoice; it stays with its number, which is never given again.

    Raises ``Conflict`` when it is not issued, or credit notes point to it.
    """
    invoice = _lock(actor, invoice_id)
    _require(invoice, InvoiceState.ISSUED)
    if Invoice.objects.filter(credits=invoice, deleted_at__isnull=True).exclude(
        state__in=[InvoiceState.REFUSED, InvoiceState.CANCELLED]
    ).exists():  # fmt: skip
        raise Conflict("credited", _("A credit note points to this invoice. Cancel that one first."))
    values = {"state": InvoiceState.CANCELLED, "reason": _needed(reason)}
    change_state(WriteContext.for_actor(actor), INVOICE, invoice, values)
    _follow(actor, invoice)
    return invoice


@transaction.atomic
def credit_invoice(
    actor: Actor,
    invoice_id: uuid.UUID,
    *,
    reason: str,
    quantities: Mapping[uuid.UUID, Decimal] | None = None,
    is_return: bool = False,
    red_form_number: str = "",
) -> Invoice:
    """Request a credit note (红字发票) for an issued invoice, whole or by quantities of its lines, and return it.

    With ``is_return`` the goods came back: the customer owes less. Otherwise what it takes back may be invoiced again.
    """
    why = _needed(reason)
    found = door.lock(actor, spec_for(actor.organization, INVOICE), [invoice_id], Action.VIEW)[0]
    assert isinstance(found, Invoice)  # noqa: S101 what the specification says
    invoice = found
    if invoice.credits_id:
        raise Conflict("credit_note", _("This is a credit note itself. Cancel it instead."))
    _require(invoice, InvoiceState.ISSUED)
    lines = _credited(invoice, quantities)
    if not lines:
        raise Refused("nothing_left", _("Nothing of this invoice is left to be taken back."))
    # The buyer's number was accepted when the first invoice was issued.
    asking = actor.confirming(OLD_NUMBER)
    own = WriteContext.for_actor(asking)
    values = {
        "customer": invoice.customer_id, "order": invoice.order_id, "kind": invoice.kind, "form": invoice.form,
        "header_kind": invoice.header_kind, **{name: getattr(invoice, name) for name in HEADER},
        "currency": invoice.currency, "red_form_number": red_form_number, "owner": invoice.owner_id,
        "credits": invoice.pk, "is_return": is_return,
    }  # fmt: skip
    made = door.create(asking, spec_for(actor.organization, INVOICE), values, context=own)
    note = Invoice.objects.get(pk=made.pk)
    change_state(own, INVOICE, note, {"reason": why})
    rows = [{"credited_line": line.pk, "quantity": -quantity} for line, quantity in lines]
    _add_lines(asking, note.pk, rows, own)
    begin_approval(actor, note.pk)
    note.refresh_from_db()
    return note


def _credited(invoice: Invoice, quantities: Mapping[uuid.UUID, Decimal] | None) -> list[tuple[InvoiceLine, Decimal]]:
    """Return which lines are taken back how far; what is asked for beyond the rest is refused line by line."""
    lines = list(InvoiceLine.objects.filter(invoice=invoice, deleted_at__isnull=True).order_by("position", "id"))
    taken = invoiced_lines([line.pk for line in lines], link="credited_line")
    found = []
    for line in lines:
        left = (line.quantity or Decimal(0)) + taken.get(line.pk, Invoiced()).quantity
        asked = left if quantities is None else quantities.get(line.pk, Decimal(0))
        if asked:
            found.append((line, asked))
    return found


def _check_official(invoice: Invoice, number: str, code: str) -> None:
    if not official_number_fits(invoice.kind, code, number):
        text = (
            _("A digital invoice has a number of 20 digits and no code.")
            if invoice.kind.startswith("digital")
            else _("An invoice of the older kind has a code of 10 or 12 digits and a number of 8.")
        )
        raise Invalid([FieldError("number", "wrong_number", text)])
    if Invoice.objects.filter(official_number=number, official_code=code).exclude(pk=invoice.pk).exists():
        raise Invalid([FieldError("number", "taken", _("Another invoice has this number already."))])
    if invoice.credits_id and not invoice.red_form_number:
        text = _("A red-letter invoice needs the number of its confirmation form (红字信息确认单).")
        raise Invalid([FieldError("red_form_number", "required", text)])


def _next_number(actor: Actor, invoice: Invoice, day: date, series_id: uuid.UUID | None) -> str:
    is_credit = invoice.credits_id is not None
    series = _series_for(actor, is_credit=is_credit, series_id=series_id)
    year = day.year
    last = Invoice.objects.filter(
        official_number__startswith=series.pattern.split("{number")[0].format(year=year), issued_on__year=year
    ).order_by("-issued_on")  # fmt: skip
    number = take_numbers(actor.organization_id, f"invoice:{series.pk}:{year}")
    latest = last.values_list("issued_on", flat=True).first()
    if latest is not None and latest > day:
        text = _("The last invoice of this series was issued on %(day)s: an earlier day would break its order.")
        raise Invalid([FieldError("issued_on", "before_last", text % {"day": latest.isoformat()})])
    return series.pattern.format(year=year, number=number)


def _series_for(actor: Actor, *, is_credit: bool, series_id: uuid.UUID | None) -> InvoiceSeries:
    rows = InvoiceSeries.objects.filter(for_credits=is_credit, is_active=True)
    found = (rows.filter(pk=series_id) if series_id else rows).first()
    if found is not None:
        return found
    if series_id:
        raise Invalid([FieldError("series", "unknown_record", _("There is no such series of numbers."))])
    name = _("Credit notes") if is_credit else _("Invoices")
    pattern = DEFAULT_CREDIT_PATTERN if is_credit else DEFAULT_PATTERN
    return InvoiceSeries.objects.get_or_create(
        organization_id=actor.organization_id, name=name, defaults={"pattern": pattern, "for_credits": is_credit}
    )[0]


def _follow(actor: Actor, invoice: Invoice) -> None:
    if invoice.order_id:
        refresh_plans(invoice.organization_id, [invoice.order_id], today(actor.organization.time_zone))
        refresh_open(invoice.organization_id, [invoice.order_id])


def _lock(actor: Actor, invoice_id: uuid.UUID, *, by_approval: bool = False) -> Invoice:
    if not by_approval:
        require_ability(actor, Ability.KEEP_ACCOUNTS)
    found = door.lock(actor, spec_for(actor.organization, INVOICE), [invoice_id], Action.EDIT)[0]
    assert isinstance(found, Invoice)  # noqa: S101 what the specification says
    return found


def _require(invoice: Invoice, *states: InvoiceState) -> None:
    if invoice.state not in states:
        text = _("This invoice is “%(state)s”: that cannot be done with it now.")
        raise Conflict("wrong_state", text % {"state": invoice.get_state_display()})


def _refuse_under_way(actor: Actor, invoice: Invoice) -> None:
    if Approval.objects.filter(object_name=INVOICE, record_id=invoice.pk, state__in=OPEN_STATES).exists():
        raise Conflict("under_way", _("An approval of this invoice is under way: those who are asked decide."))


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Invalid([FieldError("reason", "required", _("Say why."))])
    return reason.strip()[:500]


def _as_id(value: Any) -> uuid.UUID:
    found = parse_id(str(value))
    if found is None:
        raise Invalid([FieldError("order", "unknown_record", _("This order does not exist, or you may not see it."))])
    return found
