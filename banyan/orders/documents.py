"""The papers of orders: confirmation and delivery note; and the page on which a customer follows an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.objects.modules import module_is_on
from banyan.customers.public import party_lines
from banyan.documents.public import (
    Column,
    DocumentKind,
    Paper,
    Party,
    Table,
    head_of,
    money_text,
    number_text,
    paper_day,
    pdf_answer,
    pdf_of,
    priced_lines,
)
from banyan.orders.choices import CLOSED_STATUSES, OrderStatus
from banyan.orders.models import NotedDelivery, Order, OrderLine
from banyan.orders.queries import quantities_of
from banyan.orders.references import DEPTH, MODULE, ORDER, delivery_modules
from banyan.orders.rules import Quantities
from banyan.portal.public import PortalPage, Visit, comments_of
from banyan.products.public import lines_of

Row = Mapping[str, Any]
CONFIRMATION, NOTE, FOLLOW = "order_confirmation", "delivery_note", "order_status"
#: What visitors see of the way of an order.
WAY = (OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED, OrderStatus.DELIVERED)


def confirmation(actor: Actor, row: Row) -> Paper:
    """Return the confirmation of an order with its priced lines."""
    order = Order.objects.select_related("customer", "contact", "contract").get(pk=row["id"])
    language = get_language() or actor.language
    sees = isinstance(row.get("amount"), Decimal) or row.get("amount") is None
    priced = priced_lines(lines_of(ORDER, order.pk), row) if sees else None
    revision = str(order.revision) if order.revision else ""
    return Paper(
        title=_("Order confirmation") if order.status in CLOSED_STATUSES else _("Order"),
        number=order.number,
        subject=order.name,
        facts=[
            (_("Order date"), _day(order.ordered_on, language)),
            (_("Deliver by"), _day(order.deliver_on, language)),
            (_("Revision"), revision),
            (_("Contract"), order.contract.number if order.contract else ""),
        ],
        parties=_parties(actor, order),
        tables=[priced.table] if priced and priced.table.rows else [],
        sums=priced.sums if priced else (),
        capitals=priced.capitals if priced else "",
        notes=order.notes,
        signatures=[_("Supplier (signature and date)"), _("Customer (signature and date)")],
        values={"customer": order.customer.name},
        stamp={OrderStatus.DRAFT: _("Draft"), OrderStatus.CANCELLED: str(OrderStatus.CANCELLED.label)}.get(
            OrderStatus(order.status), ""
        ),
        shows_bank=True,
        shows_seal=order.status in CLOSED_STATUSES,
    )


def delivery_note(actor: Actor, row: Row) -> Paper:
    """Return a note of what was delivered and what is still open, without prices."""
    order = Order.objects.select_related("customer", "contact").get(pk=row["id"])
    language = get_language() or actor.language
    last = NotedDelivery.objects.filter(order=order).order_by("-at").first()
    columns = (
        Column("#"),
        Column(_("Product or description"), is_wide=True),
        Column(pgettext("goods", "Ordered"), is_number=True),
        Column(_("Delivered"), is_number=True),
        Column(pgettext("goods", "Open"), is_number=True),
    )
    rows = [
        [
            str(index),
            line.name,
            number_text(line.quantity, unit=line.unit),
            number_text(line.delivered_quantity, unit=line.unit),
            number_text(_numbers(line).open, unit=line.unit),
        ]
        for index, line in enumerate(quantities_of(order.pk), 1)
    ]
    return Paper(
        title=_("Delivery note"),
        number=order.number,
        subject=order.name,
        facts=[
            (_("Order date"), _day(order.ordered_on, language)),
            (_("Delivered on"), _day(last.delivered_on, language) if last else ""),
            (_("Note"), last.note if last else ""),
        ],
        parties=_parties(actor, order),
        tables=[Table(columns, rows)],
        signatures=[_("Handed over by"), _("Received by (signature and date)")],
        values={"customer": order.customer.name},
    )


def follow(visit: Visit) -> HttpResponse:
    """Show a customer where the order stands: its way, its lines with what was delivered, and when more comes."""
    order = Order.objects.get(pk=visit.record_id)
    currency = order.currency or visit.actor.currency
    lines = quantities_of(order.pk)
    reached = {OrderStatus.COMPLETED: OrderStatus.DELIVERED}.get(OrderStatus(order.status), OrderStatus(order.status))
    context = {
        "title": f"{_('Order')} {order.number}",
        "order": {
            "number": order.number,
            "name": order.name,
            "status": str(order.get_status_display()),
            "is_cancelled": order.status == OrderStatus.CANCELLED,
            "ordered_on": _day(order.ordered_on, visit.language),
            "deliver_on": _day(order.deliver_on, visit.language),
            "amount": money_text(order.amount, currency),
            "way": [
                {"label": str(status.label), "is_done": reached in WAY and WAY.index(status) <= WAY.index(reached)}
                for status in WAY
                if status != OrderStatus.PARTLY_DELIVERED or reached == OrderStatus.PARTLY_DELIVERED
            ],
            "lines": [
                {
                    "name": line.name,
                    "ordered": number_text(line.quantity, unit=line.unit),
                    "delivered": number_text(line.delivered_quantity, unit=line.unit),
                    "open": number_text(_numbers(line).open, unit=line.unit),
                    "promised": _day(line.promised_on, visit.language),
                }
                for line in lines
            ],
            "deliveries": [
                {
                    "day": _day(entry.delivered_on, visit.language),
                    "note": entry.note,
                    "lines": ", ".join(f"{line['quantity']} × {line['name']}" for line in entry.lines),
                }
                for entry in NotedDelivery.objects.filter(order=order).order_by("delivered_on", "at")
            ],
            "pdf_url": visit.url("pdf"),
        },
        "comments": comments_of(ORDER, visit.record_id),
    }
    return visit.answer("orders/portal.html", context)


def download(visit: Visit) -> HttpResponse:
    """Give the confirmation of the order as PDF, in the reader's language."""
    return pdf_answer(*pdf_of(visit.actor, CONFIRMATION_KIND, visit.row, visit.language))


def may_be_followed(actor: Actor, row: Row) -> bool:
    """Say whether customers can be shown an order: once it is confirmed, unless a module above shows its deliveries."""
    shown_above = any(module_is_on(actor.organization, keeper.module) for keeper in delivery_modules)
    return row.get("status") in CLOSED_STATUSES and not shown_above


def _has_deliveries(actor: Actor, row: Row) -> bool:
    return row.get("status") in CLOSED_STATUSES


def _count(actor: Actor, row: Row) -> int:
    return OrderLine.objects.filter(order=row["id"], deleted_at__isnull=True).count()


def _parties(actor: Actor, order: Order) -> Sequence[Party]:
    lines = party_lines(actor, order.customer_id)
    contact = str(order.contact) if order.contact else ""
    return [
        Party(
            _("Supplier"),
            head_of(actor.organization, get_language() or actor.language).name,
            [order.owner.name] if order.owner else [],
        ),
        Party(_("Customer"), order.customer.name, [*lines, *([contact] if contact else [])]),
    ]


def _numbers(line: OrderLine) -> Quantities:
    return Quantities(line.quantity, line.delivered_quantity, line.returned_quantity)


def _day(day: Any, language: str) -> str:
    return paper_day(day, language)


CONFIRMATION_KIND = DocumentKind(
    CONFIRMATION, gettext_lazy("Order confirmation"), ORDER, confirmation, size=_count, module=MODULE
)
KINDS = (
    CONFIRMATION_KIND,
    DocumentKind(
        NOTE, gettext_lazy("Delivery note"), ORDER, delivery_note, size=_count, is_offered=_has_deliveries, module=DEPTH
    ),
)
PAGE = PortalPage(
    FOLLOW,
    ORDER,
    DEPTH,
    gettext_lazy("Follow the order"),
    follow,
    downloads={"pdf": download},
    has_comments=True,
    valid_days=90,
    may_be_made=may_be_followed,
)
