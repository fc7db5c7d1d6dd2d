"""What people without an account see and do: a customer follows an order, a supplier confirms and sends a purchase order."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_day
from banyan.core.kernel.text.cleaning import clean_line
from banyan.documents.public import kind_for, number_text, pdf_answer, pdf_of, priced_lines
from banyan.orders.public import CLOSED_STATUSES
from banyan.portal.public import PortalPage, Visit, VisitKind, comments_of, note_visit, tell_people
from banyan.products.public import lines_of
from banyan.supply.choices import COMING_PURCHASES, PURCHASE, SENT_DELIVERIES, STOCK, DeliveryStatus, PurchaseStatus
from banyan.supply.models import Carrier, Delivery, PurchaseOrder
from banyan.supply.queries import carrier_names, deliverables, lines_of_delivery
from banyan.supply.services.deliveries import confirm_arrival
from banyan.supply.services.direct import ship_direct
from banyan.supply.services.purchasing import confirm_by_supplier, note_shipment

ORDER_PAGE, SUPPLIER_PAGE = "order_progress", "supplier_order"
ARRIVED = gettext_noop("%(who)s has received delivery %(delivery)s of “%(name)s”.")
CONFIRMED = gettext_noop("%(who)s confirms “%(name)s” for %(day)s.")
SENT = gettext_noop("%(who)s has sent “%(name)s”: %(number)s")


def _day(visit: Visit, value: Any) -> str:
    return written_day(value, visit.language) if value else ""


def tracking_address(carrier: str, number: str) -> str:
    """Return where a parcel is followed, or an empty text."""
    found = Carrier.objects.filter(name=carrier).first() if carrier and number else None
    return found.tracking_url.replace("{number}", quote(number, safe="")) if found else ""


def show_order(visit: Visit) -> HttpResponse:
    """Show a customer what of an order has been sent, what comes when, and where parcels are."""
    deliveries = Delivery.objects.filter(order=visit.record_id, status__in=SENT_DELIVERIES, deleted_at__isnull=True)
    context = {
        "title": visit.row.get("number"),
        "ordered_on": _day(visit, visit.row.get("ordered_on")),
        "lines": [
            {
                "name": line.name,
                "ordered": number_text(line.ordered, unit=line.unit),
                "sent": number_text(line.delivered) if line.delivered else "",
                "promised": _day(visit, line.promised_on) if line.ordered > line.delivered else "",
            }
            for line in deliverables(visit.record_id)
        ],
        "deliveries": [
            {
                "id": row.pk,
                "number": row.number,
                "status": DeliveryStatus(row.status).label,
                "is_open": row.status == DeliveryStatus.SHIPPED,
                "shipped_on": _day(visit, row.shipped_on),
                "delivered_on": _day(visit, row.delivered_on),
                "parcel": " ".join(filter(None, (row.carrier, row.tracking_number))),
                "parcel_url": tracking_address(row.carrier, row.tracking_number),
                "lines": [
                    f"{number_text(line.quantity, unit=line.unit)} × {line.name}" for line in lines_of_delivery(row.pk)
                ],
            }
            for row in deliveries.order_by("shipped_on", "pk")
        ],
    }
    return visit.answer("supply/portal_order.html", context)


def arrived(visit: Visit) -> HttpResponse:
    """Let a customer confirm that a delivery of this very order has arrived."""
    delivery_id = parse_id(visit.request.POST.get("delivery", ""))
    found = (
        Delivery.objects.filter(pk=delivery_id, order=visit.record_id, deleted_at__isnull=True).first()
        if delivery_id
        else None
    )
    if found is None:
        raise Missing("not_found", _("This delivery does not belong to the order."))
    name = clean_line(visit.request.POST.get("name", ""))[:120] or visit.link.recipient
    confirm_arrival(visit.actor, found.pk, received_by=name)
    note_visit(visit.link, VisitKind.ANSWER, visit.network, found.number)
    tell_people(visit.link, ARRIVED, delivery=found.number)
    return visit.done("arrived")


def show_purchase(visit: Visit) -> HttpResponse:
    """Show a supplier what is ordered, and ask for a day and for the shipment."""
    order = PurchaseOrder.objects.select_related("warehouse").get(pk=visit.record_id)
    amounts = {
        name: getattr(order, name) for name in ("currency", "amount", "net_amount", "tax_amount", "prices_include_tax")
    }
    lines = [
        {**line, "description": line["article_number"]}
        for line in lines_of("purchase_order", order.pk, "article_number")
    ]
    priced = priced_lines(lines, amounts)
    context = {
        "title": order.number,
        "facts": [
            (label, text)
            for label, text in (
                (_("Ordered on"), _day(visit, order.ordered_on)),
                (_("Expected on"), _day(visit, order.expected_on)),
                (_("Confirmed for"), _day(visit, order.confirmed_on)),
                (_("Deliver to"), _goes_to(order)),
                (_("Your number"), order.supplier_reference),
                (_("Status"), str(PurchaseStatus(order.status).label)),
            )
            if text
        ],
        "table": priced.table,
        "sums": priced.sums,
        "notes": order.notes,
        "is_open": order.status in COMING_PURCHASES,
        "is_direct": order.order_id is not None,
        "day": order.confirmed_on or order.expected_on or "",
        "reference": order.supplier_reference,
        "carriers": carrier_names(visit.actor.organization.country),
        "tracking_number": order.tracking_number,
        "comments": [
            {
                "name": comment.name, "is_ours": comment.author_id is not None, "text": comment.text,
                "when": _day(visit, comment.at.date()),
            }
            for comment in comments_of("purchase_order", order.pk)
        ],
    }  # fmt: skip
    return visit.answer("supply/portal_purchase.html", context)


def _goes_to(order: PurchaseOrder) -> str:
    here = order.warehouse
    return order.ship_to or (" · ".join(filter(None, (here.name, here.address))) if here else "")


def confirm(visit: Visit) -> HttpResponse:
    """Let a supplier confirm the order for a day."""
    text = visit.request.POST.get("day", "")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid([FieldError("day", "bad_date", _("Choose the day on which you deliver."))]) from error
    reference = clean_line(visit.request.POST.get("reference", ""))
    confirm_by_supplier(visit.actor, visit.record_id, day=day, reference=reference)
    note_visit(visit.link, VisitKind.ANSWER, visit.network, text)
    tell_people(visit.link, CONFIRMED, day=_day(visit, day))
    return visit.done("confirmed")


def sent(visit: Visit) -> HttpResponse:
    """Let a supplier say that the goods have left: to us, or, of a drop shipment, to the customer."""
    number = clean_line(visit.request.POST.get("tracking_number", ""))[:80]
    carrier = clean_line(visit.request.POST.get("carrier", ""))[:80]
    if visit.row.get("order"):
        ship_direct(visit.actor, visit.record_id, carrier=carrier, tracking_number=number)
    elif not number:
        raise Invalid(
            [FieldError("tracking_number", "required", _("Give the tracking number, so that we can follow it."))]
        )
    else:
        note_shipment(visit.actor, visit.record_id, tracking_number=" ".join(filter(None, (carrier, number))))
    note_visit(visit.link, VisitKind.ANSWER, visit.network, number)
    tell_people(visit.link, SENT, number=number or "–")
    return visit.done("sent")


def paper(visit: Visit) -> HttpResponse:
    """Give away the purchase order as PDF."""
    kind, _spec = kind_for(visit.actor, "purchase_order")
    return pdf_answer(*pdf_of(visit.actor, kind, visit.row, visit.language))


PAGES = (
    PortalPage(
        ORDER_PAGE,
        "order",
        STOCK,
        gettext_lazy("The customer follows the order and its deliveries"),
        show_order,
        actions={"arrived": arrived},
        notices={"arrived": gettext_lazy("Thank you. We know now that it has arrived.")},
        valid_days=90,
        may_be_made=lambda _actor, row: row.get("status") in CLOSED_STATUSES,
    ),
    PortalPage(
        SUPPLIER_PAGE,
        "purchase_order",
        PURCHASE,
        gettext_lazy("The supplier confirms and sends the order"),
        show_purchase,
        actions={"confirm": confirm, "sent": sent},
        downloads={"paper": paper},
        notices={
            "confirmed": gettext_lazy("Thank you. Your confirmation has arrived."),
            "sent": gettext_lazy("Thank you. We know now that it is on its way."),
        },
        has_comments=True,
        valid_days=90,
        may_be_made=lambda _actor, row: row.get("status") in COMING_PURCHASES,
    ),
)
