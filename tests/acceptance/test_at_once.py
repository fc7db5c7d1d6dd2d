"""Two people at the same thing at the same moment, each in a browser of their own: one is first, the other is told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connections

from banyan.billing.models import Allocation, BankLine, OpenOrder, Payment
from banyan.core.access.actor import system_actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.models import Change
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX
from banyan.orders.public import Order, OrderLine, place_order
from banyan.portal.public import Recipient
from banyan.products.public import replace_lines, write_document
from banyan.quotes.models import Quote
from banyan.quotes.services.steps import Answer, accept_quote, send_quote
from banyan.supply.choices import MoveKind, PurchaseStatus
from banyan.supply.engine.moves import Move
from banyan.supply.models import Delivery, Place, PurchaseOrder, PurchaseOrderLine, StockLevel, StockMove
from banyan.supply.public import move_stock
from banyan.supply.services.deliveries import plan_delivery, ship_delivery
from banyan.supply.services.purchasing import set_status
from banyan.supply.services.stock import keep_stock
from tests.cast import Cast, forget_entirely, found, sign_in

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "owner"]), pytest.mark.slow]
PEOPLE = 4
#: A busy machine says so instead of letting people wait for ever; they try again, as it asks them to.
BUSY = 503


class Firm:
    """A company whose data is committed, so that everybody sees it: one customer, one product in stock."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        cast.organization.edition, cast.organization.modules_on = "standard", ["purchase"]
        cast.organization.save(update_fields=["edition", "modules_on"])
        self.browsers = [sign_in(cast, "admin") for _person in range(PEOPLE)]
        with organization_scope(cast.organization.pk):
            self.warehouse, self.customer, self.product = (
                self.make(name, name=title)
                for name, title in (("warehouse", "Main"), ("customer", "Harbor Light"), ("product", "Pump"))
            )
            keep_stock(self.admin, self.product.pk, tracking="none")
            self.place = Place.objects.get(code="STOCK")

    @property
    def admin(self) -> Any:
        return self.cast.actor("admin")

    def make(self, name: str, /, **values: Any) -> Any:
        return door.create(self.admin, spec_for(self.cast.organization, name), values)

    def within(self, work: Callable[[], Any]) -> Any:
        with organization_scope(self.cast.organization.pk):
            return work()

    def order(self, quantity: int, **values: Any) -> Any:
        line = {"product": self.product.pk, "quantity": quantity, "unit_price": "100"}
        return self.within(lambda: place_order(self.admin, {"customer": self.customer.pk, **values}, [line]))

    def bring(self, quantity: int) -> None:
        move = Move(self.product.pk, Decimal(quantity), MoveKind.ADJUSTMENT, to_place=self.place.pk)
        self.within(lambda: move_stock(self.admin, [move]))

    def press(self, path: str, headers: dict[str, str] = HX, **values: Any) -> list[bool]:
        """Let everybody press the same button at once; return for whom it was done."""

        def one(number: int) -> bool:
            answer = self.browsers[number].post(path, values, headers=headers)
            while answer.status_code == BUSY:
                answer = self.browsers[number].post(path, values, headers=headers)
            assert answer.status_code < 500, answer.content
            return answer.status_code < 400

        return at_once([partial(one, number) for number in range(PEOPLE)])

    def try_at_once(self, *works: Callable[[], object]) -> list[str]:
        """Do everything at once; return what became of each: done, or the code of the refusal."""

        def one(work: Callable[[], object]) -> str:
            try:
                self.within(work)
            except DomainError as refused:
                return refused.code
            return "done"

        return at_once([partial(one, work) for work in works])


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Do everything at the same moment, each on a connection of its own, and return what each returned."""
    answers: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(number: int) -> None:
        gate.wait(timeout=30)
        try:
            answers[number] = works[number]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def firm() -> Iterator[Firm]:
    cast = found("At Once", "at-once.test")
    try:
        yield Firm(cast)
    finally:
        forget_entirely(cast)


def test_goods_are_promised_sent_and_received_once(firm: Firm) -> None:
    """Confirming, planning, shipping and receiving: whoever comes second is told, and nothing is booked twice."""
    draft = firm.order(3, status="draft")
    firm.bring(2)

    assert Counter(firm.press(f"/orders/{draft.pk}/confirm")) == {True: 1, False: PEOPLE - 1}
    confirmations = Change.objects.filter(object_name="order", record_id=draft.pk, values__has_key="status")
    assert firm.within(lambda: confirmations.filter(action="update").count()) == 1
    level = firm.within(StockLevel.objects.get)
    assert (level.on_hand, level.reserved) == (2, 2)

    # Four warehousemen send what is there of it, at once, each all that may be sent.
    plans = firm.try_at_once(*[lambda: plan_delivery(firm.admin, draft.pk)] * PEOPLE)
    assert Counter(plans) == {"done": 1, "nothing_to_send": PEOPLE - 1}
    delivery = firm.within(Delivery.objects.get)
    shipping = {"tracking_number": "SF1", "shipped_on": str(today("Asia/Shanghai"))}
    assert Counter(firm.press(f"/deliveries/{delivery.pk}/ship", DIALOG, **shipping))[True] == 1
    assert firm.within(lambda: OrderLine.objects.get(order=draft.pk).delivered_quantity) == 2

    def buy() -> PurchaseOrderLine:
        lines = [{"product": firm.product.pk, "quantity": 5}]
        purchase: Any = write_document(firm.admin, "purchase_order", {"supplier": firm.customer.pk}, lines)
        set_status(firm.admin, purchase.pk, PurchaseStatus.ORDERED)
        return PurchaseOrderLine.objects.get(purchase_order=purchase.pk)

    line = firm.within(buy)
    goods = {f"quantity_{line.pk}": "5", "place": str(firm.place.pk), "note": ""}
    assert Counter(firm.press(f"/purchase-orders/{line.purchase_order_id}/receive", DIALOG, **goods))[True] == 1
    level = firm.within(StockLevel.objects.get)
    assert (level.on_hand, level.reserved) == (5, 1)
    assert firm.within(lambda: PurchaseOrder.objects.get().status) == "received"
    assert firm.within(lambda: StockMove.objects.filter(kind="receipt").count()) == 1

    changed_while_it_is_sent(firm)


def changed_while_it_is_sent(firm: Firm) -> None:
    """One sends what another takes off the order: either it stays on the order, or it is not sent."""
    firm.bring(10)
    before = firm.within(StockLevel.objects.get)
    order = firm.order(10)
    delivery = firm.within(lambda: plan_delivery(firm.admin, order.pk))
    line = firm.within(lambda: OrderLine.objects.get(order=order.pk))
    fewer = {"id": line.pk, "product": firm.product.pk, "quantity": "4", "unit_price": "100"}

    answers = firm.try_at_once(
        lambda: ship_delivery(firm.admin, delivery.pk),
        lambda: replace_lines(firm.admin, "order", order.pk, [fewer]),
    )

    line = firm.within(lambda: OrderLine.objects.get(order=order.pk))
    assert answers.count("done") >= 1
    assert line.delivered_quantity <= line.quantity
    level = firm.within(StockLevel.objects.get)
    assert level.on_hand == before.on_hand - line.delivered_quantity
    assert level.reserved == before.reserved + (0 if line.delivered_quantity else line.quantity)


def test_money_and_a_signature_count_once(firm: Firm) -> None:
    """Four people at one receipt, and the customer who signs while others rewrite: what was read is what counts."""
    paid_once(firm)
    signed_as_read(firm)


def paid_once(firm: Firm) -> None:
    """A line of the bank statement matched by four people, and a receipt confirmed by four, are one receipt each."""
    order = firm.order(1)
    text = "date,amount,payer\n2026-03-09,60,Harbor Light"
    firm.browsers[0].post("/billing/bank/new", {"currency": "CNY", "text": text})
    (bank_line,) = firm.within(lambda: list(BankLine.objects.all()))

    assert Counter(firm.press(f"/billing/bank/{bank_line.pk}/record-match")) == {True: 1, False: PEOPLE - 1}
    assert firm.within(lambda: [row.amount for row in Payment.objects.all()]) == [60]
    assert firm.within(lambda: OpenOrder.objects.get(order=order.pk).amount) == 40

    # Four receipts of the rest, typed at once by four people: one pays the order, and nobody pays it twice.
    paid = {"amount": "40", "paid_on": str(today("Asia/Shanghai")), "method": "transfer"}
    assert Counter(firm.press(f"/billing/orders/{order.pk}/payment", DIALOG, **paid))[True] == 1
    live = Allocation.objects.filter(order=order.pk, reversed_at__isnull=True)
    assert firm.within(lambda: sum(row.order_amount for row in live)) == 100
    assert not firm.within(lambda: OpenOrder.objects.filter(order=order.pk).exists())


def signed_as_read(firm: Firm) -> None:
    """The customer signs while others revise the quote and rewrite its lines: what was signed is what was sent."""

    def offer() -> Quote:
        lines = [{"name": "Lamp", "quantity": 1, "unit_price": 10}]
        written: Any = write_document(firm.admin, "quote", {"customer": firm.customer.pk}, lines)
        send_quote(firm.admin, written.pk, Recipient("Wang"))
        return Quote.objects.get(pk=written.pk)

    quote = firm.within(offer)
    other = [{"name": "Lamp", "quantity": 9, "unit_price": 99}]
    answers = firm.try_at_once(
        lambda: accept_quote(system_actor(firm.cast.organization), quote.pk, Answer("Wang Wei")),
        lambda: replace_lines(firm.admin, "quote", quote.pk, other),
        lambda: door.update(firm.admin, spec_for(firm.cast.organization, "quote"), quote.pk, {"name": "Another"}),
    )

    assert answers[0] == "done"
    assert "done" not in answers[1:]
    stored = firm.within(lambda: Quote.objects.get(pk=quote.pk))
    assert (stored.status, stored.amount, stored.name) == ("accepted", quote.amount, quote.name)
    before = firm.within(Order.objects.count)
    assert Counter(firm.press(f"/quotes/{quote.pk}/become/order"))[True] >= 1
    assert firm.within(Order.objects.count) == before + 1
