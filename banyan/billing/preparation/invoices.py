"""What billing derives and refuses while invoices and their lines pass the one door for writes.

A line's amounts follow from the order's line: shares of rounded sums, so that all invoices of an order agree with it to
the cent. Orders are locked first, so that two people who invoice at once see each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.billing.choices import (
    CHANGEABLE_INVOICES,
    OFFICIAL_KINDS,
    SPECIAL_KINDS,
    HeaderKind,
    InvoiceKind,
    InvoiceState,
)
from banyan.billing.models import BuyerHeader, Invoice, InvoiceLine
from banyan.billing.preparation.payments import HUGE, check_currency
from banyan.billing.queries import Invoiced, balances, invoiced_lines, returned_quantities, returned_share
from banyan.billing.rules import TaxNumber, share, tax_number_kind
from banyan.core.kernel.clock import today
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, Stored, locking
from banyan.customers.public import Customer
from banyan.money.rules import HUNDRED, ZERO, rounded
from banyan.orders.public import Order, OrderLine

HEADER = ("title", "tax_number", "bank", "bank_account", "address", "phone", "email")
#: What may still be said of an invoice that is issued: where it went.
AFTERWARDS = frozenset({"email", "express_company", "express_number", "delivered_on", "notes", "owner"})
#: The least quantity that can be told.
SMALLEST = Decimal("0.001")
OLD_NUMBER = "warning.old_tax_number"
#: What an invoice keeps from the beginning.
FIXED = ("order", "customer", "currency", "credits", "is_return")
STATE_FIELDS = ("state", "issued_on", "official_number", "official_code")


def prepare_invoices(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Fill in the buyer's data of the customer, check the tax number, and keep what is issued as it is."""
    orders = {
        order.pk: order
        for order in Order.objects.filter(pk__in={draft.get("order") for draft in drafts if draft.get("order")})
    }
    customers = {draft.get("customer") for draft in drafts} | {order.customer_id for order in orders.values()}
    taken_back = {draft.get("credits") for draft in drafts if draft.get("credits")}
    blue = {row.pk: row for row in Invoice.objects.filter(pk__in=taken_back)}
    headers = {
        header.customer_id: header for header in BuyerHeader.objects.filter(customer__in=customers, is_default=True)
    }
    names = dict(Customer.objects.filter(pk__in=customers - {None}).values_list("pk", "name"))
    for draft in drafts:
        order = orders.get(draft.get("order"))
        if draft.is_new:
            _begin(draft, order, context)
            _check_credited(draft, blue.get(draft.get("credits")))
            _fill_header(draft, headers.get(draft.get("customer")), names)
        elif draft.changes(*STATE_FIELDS):
            draft.refuse("state", "not_here", _("The state of an invoice changes by approving and issuing it alone."))
        if order is not None and order.customer_id != draft.get("customer"):
            draft.refuse("customer", "other_customer", _("The order belongs to another customer."))
        check_currency(draft, context)
        if draft.is_new or draft.changes("tax_number", "kind", "header_kind", "title"):
            _check_header(draft, context)


def _begin(draft: Draft, order: Order | None, context: WriteContext) -> None:
    draft.set("state", InvoiceState.REQUESTED)
    if not draft.get("requested_on"):
        draft.set("requested_on", today(context.actor.time_zone))
    if order is not None:
        draft.set("currency", order.currency or context.actor.currency)
        if "owner" not in draft.given and order.owner_id:
            draft.set("owner", order.owner_id)


def _check_credited(draft: Draft, blue: Invoice | None) -> None:
    if blue is None:
        draft.set("is_return", False)
        return
    if blue.state != InvoiceState.ISSUED or blue.credits_id:
        draft.refuse("credits", "not_issued", _("Only an invoice that is issued can be taken back."))
    if blue.customer_id != draft.get("customer") or blue.order_id != draft.get("order"):
        draft.refuse("credits", "other_customer", _("A credit note has customer and order of its invoice."))
    draft.set("currency", blue.currency)


def _fill_header(draft: Draft, header: BuyerHeader | None, names: Mapping[Any, str]) -> None:
    if draft.get("title"):
        return
    if header is None:
        draft.set("title", names.get(draft.get("customer"), ""))
        return
    draft.set("header_kind", header.kind)
    for name in HEADER:
        if not draft.get(name):
            draft.set(name, getattr(header, name))


def closed_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[Any, Locks]:
    """Return what cannot change of invoices: whose they are, and nearly all that is on those that are closed."""
    if context.exempt:
        return {}
    fixed = locking(
        FIXED, "fixed", _("An invoice stays with its order, customer and currency. Request a new one."), of_record=False
    )
    text = _("This invoice is closed: only where it is sent, and notes, may be changed.")
    closed = locking(spec.all_fields.keys() - AFTERWARDS - {*STATE_FIELDS}, "closed", text)
    return {
        record.record_id: fixed if record.before("state") in CHANGEABLE_INVOICES else {**closed, **fixed}
        for record in records
    }


def _check_header(draft: Draft, context: WriteContext) -> None:
    kind, number = draft.get("kind"), str(draft.get("tax_number") or "").replace(" ", "").upper()
    if not draft.get("title"):
        draft.refuse("title", "required", _("An invoice needs the name of the buyer."))
    if kind not in OFFICIAL_KINDS:
        return
    is_company = draft.get("header_kind") == HeaderKind.COMPANY
    if kind in SPECIAL_KINDS and not is_company:
        draft.refuse(
            "header_kind", "special_for_companies", _("Private persons get ordinary invoices, no special ones.")
        )
    if kind in SPECIAL_KINDS and not number:
        draft.refuse("tax_number", "required", _("A special invoice needs the buyer's tax number."))
    if not number:
        return
    problem = tax_number_problem(number)
    if problem is not None:
        code, text = problem
        is_asked = code == OLD_NUMBER and (context.actor.is_system or context.actor.has_confirmed(code))
        if not is_asked:
            draft.refuse("tax_number", code, text)
    draft.set("tax_number", number)


def tax_number_problem(number: str) -> tuple[str, str] | None:
    """Return what speaks against a Chinese tax number, as code and text; older ones are only warned of."""
    kind = tax_number_kind(number)
    if kind is TaxNumber.WRONG_DIGIT:
        return "wrong_check_digit", _("The check digit of this tax number is wrong: a character was mistyped.")
    if kind is TaxNumber.WRONG:
        return "wrong_tax_number", _(
            "A tax number has 18 characters, digits and capital letters without I, O, S, V, Z."
        )
    if kind is TaxNumber.OLD:
        return OLD_NUMBER, _("This is a tax number of the older kind, of 15 or 20 characters. Is it still right?")
    return None


@dataclass
class _Books:
    """What is known while the lines of some invoices are judged; sums grow with every line."""

    invoices: dict[uuid.UUID, Invoice]
    order_lines: dict[uuid.UUID, OrderLine]
    blue_lines: dict[uuid.UUID, InvoiceLine]
    invoiced: dict[uuid.UUID, Invoiced]
    credited: dict[uuid.UUID, Invoiced]
    returned: dict[uuid.UUID, Decimal]
    rests: dict[uuid.UUID, Decimal]
    with_lines: set[uuid.UUID]


def prepare_invoice_lines(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Work out what each line takes of its order, and refuse more than is left of it."""
    books = _open_books(drafts)
    for draft in sorted(drafts, key=lambda draft: draft.get("position") or 0):
        invoice = books.invoices.get(draft.get("invoice"))
        if invoice is None:
            continue
        if invoice.state not in CHANGEABLE_INVOICES:
            draft.refuse("invoice", "closed", _("This invoice is closed: its lines stay as they are."))
        elif not draft.is_new and draft.changes("invoice", "order_line", "credited_line"):
            draft.refuse("order_line", "fixed", _("A line stays with its invoice and order line. Add another one."))
        elif invoice.credits_id or draft.get("credited_line"):
            _credit_line(draft, invoice, books)
        elif draft.get("order_line"):
            _order_line(draft, invoice, books)
        elif invoice.order_id:
            _whole_order(draft, invoice, books)
        else:
            _free_line(draft)


def _open_books(drafts: Sequence[Draft]) -> _Books:
    ids = {draft.get("invoice") for draft in drafts}
    orders = Invoice.objects.filter(pk__in=ids, order__isnull=False).values_list("order_id", flat=True)
    locked = Order.objects.filter(pk__in=list(orders)).select_for_update(no_key=True).order_by("pk")
    by_id = {order.pk: order for order in locked}
    # Read after the locks: whoever held them may have changed the state.
    invoices = {row.pk: row for row in Invoice.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")}
    own = [draft.record_id for draft in drafts if not draft.is_new]
    lines = {draft.get("order_line") for draft in drafts} - {None}
    blue = {draft.get("credited_line") for draft in drafts} - {None}
    plain = [invoice.order_id for invoice in invoices.values() if invoice.order_id]
    sums = balances((pk, by_id[pk].amount) for pk in plain)
    mine = InvoiceLine.objects.filter(pk__in=own, order_line__isnull=True).values_list("invoice__order", "amount")
    rests = {pk: balance.to_invoice for pk, balance in sums.items()}
    for order_id, amount in mine:
        if order_id in rests:
            rests[order_id] += amount or ZERO
    return _Books(
        invoices,
        {line.pk: line for line in OrderLine.objects.filter(pk__in=lines, deleted_at__isnull=True)},
        {line.pk: line for line in InvoiceLine.objects.filter(pk__in=blue)},
        invoiced_lines(lines, besides=own),
        invoiced_lines(blue, link="credited_line", besides=own),
        returned_quantities(lines),
        rests,
        set(OrderLine.objects.filter(order__in=plain, deleted_at__isnull=True).values_list("order_id", flat=True)),
    )


@dataclass(frozen=True)
class Rest:
    """What of an order line is still to be invoiced, and what it comes to altogether."""

    quantity: Decimal
    amount: Decimal
    whole: Decimal
    whole_amount: Decimal
    whole_tax: Decimal
    taken: Invoiced


def rest_of(line: OrderLine, taken: Invoiced, returned: Decimal = ZERO) -> Rest:
    """Return what of an order line may still be invoiced: ordered, less returned, less invoiced."""
    back = max(returned, taken.returned)
    whole = line.quantity - back
    amount, tax = returned_share(line, back - taken.returned)
    amount = line.net_amount + line.tax_amount - taken.returned_amount - amount
    tax = line.tax_amount - taken.returned_tax - tax
    return Rest(whole - taken.quantity, amount - taken.amount, whole, amount, tax, taken)


def _order_line(draft: Draft, invoice: Invoice, books: _Books) -> None:
    line = books.order_lines.get(draft.get("order_line"))
    if line is None or line.order_id != invoice.order_id:
        draft.refuse("order_line", "unknown_record", _("This line does not belong to the invoice's order."))
        return
    rest = rest_of(line, books.invoiced.get(line.pk, Invoiced()), books.returned.get(line.pk, ZERO))
    by_amount = "amount" in draft.given and "quantity" not in draft.given and draft.get("amount") is not None
    quantity = _quantity_for(draft.get("amount"), rest) if by_amount else draft.get("quantity")
    quantity = rest.quantity if quantity is None else quantity
    if by_amount and ZERO < draft.get("amount") < rest.amount and rest.quantity == SMALLEST:
        text = _("The rest of “%(name)s” (%(amount)s) is too little to be split: invoice it whole.")
        draft.refuse("amount", "not_divisible", text % {"name": line.name, "amount": rest.amount})
        return
    if quantity <= 0 or quantity > rest.quantity or (by_amount and not ZERO < draft.get("amount") <= rest.amount):
        text = _("Only %(rest)s of “%(name)s” (%(amount)s) is left to be invoiced.")
        values = {"rest": _plain(max(rest.quantity, ZERO)), "name": line.name, "amount": max(rest.amount, ZERO)}
        draft.refuse("amount" if by_amount else "quantity", "more_than_rest", text % values)
        return
    if by_amount:
        amount = draft.get("amount")
        tax = share(rest.whole_tax, rest.taken.amount + amount, rest.whole_amount, taken=rest.taken.tax)
    else:
        reached = rest.taken.quantity + quantity
        amount = share(rest.whole_amount, reached, rest.whole, taken=rest.taken.amount)
        tax = share(rest.whole_tax, reached, rest.whole, taken=rest.taken.tax)
    if amount < 0:
        text = _("More was invoiced of “%(name)s” than it costs now. Take that invoice back first.")
        draft.refuse("quantity", "invoiced_beyond", text % {"name": line.name})
        return
    _set_amounts(draft, quantity, amount, tax)
    for name, value in (("name", line.name), ("product", line.product_id), ("unit", line.unit)):
        if not draft.get(name):
            draft.set(name, value)
    draft.set("tax_rate", line.tax_rate if line.tax_rate is not None else ZERO)
    taken = rest.taken
    books.invoiced[line.pk] = replace(
        taken, quantity=taken.quantity + quantity, amount=taken.amount + amount, tax=taken.tax + tax
    )


def _quantity_for(amount: Decimal, rest: Rest) -> Decimal:
    if amount == rest.amount or not rest.whole_amount:
        return rest.quantity
    # While some of the amount is left, some of the quantity is: without any, nobody could invoice that rest.
    return min(max(rounded(rest.whole * amount / rest.whole_amount, 3), SMALLEST), rest.quantity - SMALLEST)


def _credit_line(draft: Draft, invoice: Invoice, books: _Books) -> None:
    blue = books.blue_lines.get(draft.get("credited_line"))
    if blue is None or blue.invoice_id != invoice.credits_id:
        text = _("Choose a line of the invoice that is taken back.")
        draft.refuse("credited_line", "unknown_record", text)
        return
    taken = books.credited.get(blue.pk, Invoiced())
    back, before = -(draft.get("quantity") or ZERO), -taken.quantity
    of = blue.quantity or ZERO
    if back <= 0 or before + back > of:
        text = _("Only %(rest)s of “%(name)s” is left to be taken back.")
        draft.refuse("quantity", "more_than_rest", text % {"rest": _plain(of - before), "name": blue.name})
        return
    amount = share(blue.amount or ZERO, before + back, of, taken=-taken.amount)
    tax = share(blue.tax_amount, before + back, of, taken=-taken.tax)
    _set_amounts(draft, -back, -amount, -tax)
    for name in ("name", "unit", "tax_rate", "unit_price"):
        draft.set(name, getattr(blue, name))
    draft.set("product", blue.product_id)
    draft.set("order_line", blue.order_line_id)
    books.credited[blue.pk] = replace(
        taken, quantity=taken.quantity - back, amount=taken.amount - amount, tax=taken.tax - tax
    )


def _whole_order(draft: Draft, invoice: Invoice, books: _Books) -> None:
    """Invoice part of an order that has an amount and no lines."""
    order_id = invoice.order_id
    if order_id in books.with_lines:
        draft.refuse("order_line", "required", _("Choose the line of the order that is invoiced."))
        return
    assert order_id is not None  # noqa: S101 asked by the caller
    amount = draft.get("amount") if draft.get("amount") is not None else books.rests[order_id]
    if amount <= 0 or amount > books.rests[order_id]:
        text = _("Only %(rest)s of this order is left to be invoiced.")
        draft.refuse("amount", "more_than_rest", text % {"rest": max(books.rests[order_id], ZERO)})
        return
    books.rests[order_id] -= amount
    net = rounded(amount * HUNDRED / (HUNDRED + (draft.get("tax_rate") or ZERO)))
    _set_amounts(draft, draft.get("quantity") or Decimal(1), amount, amount - net)
    if not draft.get("name"):
        draft.set("name", _("As ordered"))


def _free_line(draft: Draft) -> None:
    quantity, price = draft.get("quantity"), draft.get("unit_price")
    quantity = Decimal(1) if quantity is None else quantity
    if not draft.get("name"):
        draft.refuse("name", "required", _("Choose a product or describe what is invoiced."))
    price = ZERO if price is None else price
    if quantity <= 0 or price < 0 or quantity * price >= HUGE:
        draft.refuse("unit_price", "negative", _("The quantity must be above zero, the unit price not below it."))
        return
    rate = draft.get("tax_rate") or ZERO
    if not ZERO <= rate <= HUNDRED:
        draft.refuse("tax_rate", "out_of_range", _("A tax rate lies between 0 and 100 %."))
        return
    net = rounded(quantity * price)
    tax = rounded(net * rate / HUNDRED)
    draft.set("quantity", quantity)
    draft.set("amount", net + tax)
    draft.set("tax_amount", tax)
    draft.set("net_amount", net)


def _set_amounts(draft: Draft, quantity: Decimal, amount: Decimal, tax: Decimal) -> None:
    draft.set("quantity", quantity)
    draft.set("amount", amount)
    draft.set("tax_amount", tax)
    draft.set("net_amount", amount - tax)
    if quantity:
        draft.set("unit_price", rounded((amount - tax) / quantity))


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def kind_of(country: str) -> InvoiceKind:
    """Return the usual kind of invoice in a country."""
    return InvoiceKind.DIGITAL_ORDINARY if country == "CN" else InvoiceKind.PLAIN
