"""Confirming with checks, deliveries, changes with trace, cancelling and returns."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from banyan.contracts.services.steps import sign as sign_contract
from banyan.core.access.actor import Actor
from banyan.core.approvals.deciding import decide
from banyan.core.approvals.definitions import read_definition
from banyan.core.approvals.flows import create_flow, publish_flow, save_draft
from banyan.core.approvals.models import Approval
from banyan.core.kernel.errors import Conflict, DomainError, Invalid, Unconfirmed
from banyan.core.kernel.events import Event, subscribe, unsubscribe
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.tenancy.models import Organization
from banyan.core.web.tests.pages import DIALOG, HX, make, page_text, toast
from banyan.customers.models import Customer
from banyan.orders.events import (
    OrderDelivered,
    OrderLinesChanged,
    OrdersCancelled,
    OrdersConfirmed,
    OrdersReopened,
    ReturnReceived,
)
from banyan.orders.models import NotedDelivery, Order, OrderChange, OrderLine, OrderReturn
from banyan.orders.public import (
    ConfirmCheck,
    Floor,
    cancel,
    cancel_checks,
    confirm,
    confirm_checks,
    line_floors,
    mark_credited,
    place_order,
    quantities_of,
    record_delivered,
    request_return,
    return_lines_of,
)
from banyan.orders.services import returning
from banyan.orders.services.delivering import note_delivery
from banyan.products.public import lines_of, replace_lines
from tests.cast import Cast, sign_in

TOLD = (OrdersConfirmed, OrderLinesChanged, OrdersReopened, OrdersCancelled, OrderDelivered, ReturnReceived)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def company(scope: Cast) -> Cast:
    # Where stock is kept deliveries are noted there, and billing credits what comes back; here people note both by hand.
    off = ["stock", "billing"]
    Organization.objects.filter(pk=scope.organization.pk).update(edition="standard", modules_off=off)
    scope.organization.edition, scope.organization.modules_off = "standard", off
    return scope


@pytest.fixture
def owner(company: Cast) -> Actor:
    return company.actor("owner")


@pytest.fixture
def customer(company: Cast) -> Customer:
    return make(company, "customer", {"name": "Harbor Light"}, person="owner")[0]


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    events: list[Event] = []
    for kind in TOLD:
        subscribe(kind, "tests.heard", events.append)
    yield events
    for kind in TOLD:
        unsubscribe(kind, "tests.heard")


@pytest.fixture
def order(owner: Actor, customer: Customer) -> Any:
    lines = [
        {"name": "Sensor", "quantity": "10", "unit_price": "99.99", "tax_rate": "13"},
        {"name": "Cable", "quantity": "3", "unit_price": "10"},
    ]
    return place_order(owner, {"customer": customer.pk}, lines)


def given(order: Any, **quantities: str) -> list[dict[str, Any]]:
    """Return the lines of an order as the editor sends them, with other quantities; "" leaves one out."""
    rows = lines_of("order", order.pk)
    names = ("name", "unit_price", "tax_rate", "quantity")
    found = [{"id": row["id"], **{name: row[name] for name in names}} for row in rows]
    return [
        {**row, "quantity": quantities.get(row["name"], row["quantity"])}
        for row in found
        if quantities.get(row["name"], "x")
    ]


def codes(problem: Any) -> set[str]:
    return {error.code for error in problem.value.errors}


def of(order: Any, name: str) -> OrderLine:
    return OrderLine.objects.get(order=order.pk, name=name, deleted_at=None)


def test_a_check_blocks_or_warns_and_the_order_stays_a_draft(
    company: Cast, owner: Actor, customer: Customer, heard: list[Event]
) -> None:
    def judge(orders: Any) -> None:
        for entry in orders:
            if entry.amount > 1000:
                entry.block("credit_limit", "Over the limit.")
            elif entry.amount > 100:
                entry.warn("credit_low", "Nearly over.")

    confirm_checks.add("tests", ConfirmCheck("tests", judge))
    try:
        large = place_order(owner, {"customer": customer.pk, "status": "draft", "amount": "5000"})
        middle = place_order(owner, {"customer": customer.pk, "status": "draft"}, [{"name": "A", "unit_price": "500"}])
        with pytest.raises(Invalid) as blocked:
            confirm(owner, large.pk)
        with pytest.raises(Unconfirmed) as warned:
            confirm(owner, middle.pk)
        with pytest.raises(Invalid):
            place_order(owner, {"customer": customer.pk}, [{"name": "A", "unit_price": "5000"}])
        assert (codes(blocked), codes(warned)) == ({"credit_limit"}, {"warning.credit_low"})
        heard.clear()  # what was told was undone with the rest
        confirm(owner.confirming("warning.credit_low"), middle.pk)
    finally:
        confirm_checks.remove("tests")
    middle.refresh_from_db()
    customer.refresh_from_db()
    assert (middle.status, customer.status, Order.objects.count()) == ("confirmed", "active", 2)
    assert heard == [OrdersConfirmed(owner.organization_id, (middle.pk,), owner.user_id)]


def test_of_two_who_confirm_one_is_told_of_the_other(company: Cast, owner: Actor, customer: Customer) -> None:
    order = place_order(owner, {"customer": customer.pk, "status": "draft"})
    confirm(owner, order.pk)
    with pytest.raises(Conflict) as refused:
        confirm(company.actor("manager"), order.pk)
    assert "Olga Owner" in str(refused.value)


def test_deliveries_move_the_order_and_never_exceed_it(owner: Actor, order: Any, heard: list[Event]) -> None:
    sensor, cable = of(order, "Sensor"), of(order, "Cable")
    record_delivered(owner, {sensor.pk: Decimal(4)})
    order.refresh_from_db()
    assert order.status == "partly_delivered"
    with pytest.raises(Invalid) as refused:
        record_delivered(owner, {cable.pk: Decimal(1), sensor.pk: Decimal("6.001")})
    assert codes(refused) == {"too_much"}
    assert of(order, "Cable").delivered_quantity == 0
    record_delivered(owner, {cable.pk: Decimal(3), sensor.pk: Decimal(6)})
    order.refresh_from_db()
    assert order.status == "delivered"
    record_delivered(owner, {sensor.pk: Decimal(-6)})
    order.refresh_from_db()
    assert order.status == "partly_delivered"
    with pytest.raises(Invalid):
        record_delivered(owner, {sensor.pk: Decimal(-5)})
    assert next(event.quantities for event in heard if isinstance(event, OrderDelivered)) == {sensor.pk: Decimal(4)}


def test_what_is_written_by_hand_is_judged(owner: Actor, order: Any) -> None:
    sensor = of(order, "Sensor")
    for wrong in ("-1", "11", "1e30", "many"):
        with pytest.raises(Invalid):
            note_delivery(owner, order.pk, {str(sensor.pk): wrong})
    for nothing in ({}, {"no-line": "1"}, {str(sensor.pk): "0"}):
        with pytest.raises(Invalid):
            note_delivery(owner, order.pk, nothing)
    assert not NotedDelivery.objects.exists()
    note_delivery(owner, order.pk, {str(sensor.pk): "2"}, note="SF123")
    assert NotedDelivery.objects.get().lines == [{"id": str(sensor.pk), "name": "Sensor", "quantity": "2"}]


def test_a_change_after_confirming_leaves_a_note_and_agrees_to_the_cent(
    owner: Actor, order: Any, heard: list[Event]
) -> None:
    lines = [*given(order, Sensor="12"), {"name": "Box", "quantity": "1", "unit_price": "7"}]
    replace_lines(owner, "order", order.pk, lines, reason="More sensors")
    order.refresh_from_db()
    note = OrderChange.objects.get()
    assert (order.revision, note.status, note.reason, note.revision) == (1, "applied", "More sensors", 1)
    assert (note.old_amount, note.new_amount) == (Decimal("1029.90"), order.amount)
    assert note.increase == note.new_amount - note.old_amount == Decimal("206.98")
    assert [line["quantity"] for line in note.old_lines] == ["10", "3"]
    assert sum(Decimal(line["amount"]) for line in note.new_lines) == order.amount
    assert any(isinstance(event, OrderLinesChanged) for event in heard)

    replace_lines(owner, "order", order.pk, given(order))
    order.refresh_from_db()
    assert (order.revision, OrderChange.objects.count()) == (1, 1)


def test_nothing_goes_below_what_was_delivered_or_invoiced(owner: Actor, order: Any) -> None:
    sensor, cable = of(order, "Sensor"), of(order, "Cable")
    record_delivered(owner, {sensor.pk: Decimal(4)})
    line_floors.add("tests", lambda ids: {cable.pk: Floor(Decimal(2), "2 are invoiced")} if cable.pk in ids else {})
    try:
        for quantities in ({"Sensor": "3.999"}, {"Cable": "1"}, {"Sensor": ""}, {"Cable": ""}):
            with pytest.raises(DomainError):
                replace_lines(owner, "order", order.pk, given(order, **quantities))
        with pytest.raises(DomainError):
            recycle.delete(owner, spec_for(owner.organization, "order"), [order.pk])
        with pytest.raises(Invalid) as refused:
            cancel(owner, order.pk, reason="Too late")
        assert codes(refused) == {"in_use"}
        replace_lines(owner, "order", order.pk, given(order, Sensor="4", Cable="2"))
    finally:
        line_floors.remove("tests")
    order.refresh_from_db()
    assert (order.status, OrderChange.objects.count()) == ("partly_delivered", 1)


def test_a_rise_over_the_limit_waits_for_approval(company: Cast, owner: Actor, order: Any) -> None:
    admin = company.actor("admin")
    approver = {"kind": "people", "people": [str(company.users["manager"].pk)]}
    steps = [{"key": "manager", "names": {"en": "Manager"}, "approvers": [approver]}]
    start = {"condition": {"field": "increase", "op": "gt", "value": "500"}}
    definition = read_definition({"steps": steps, "start": start})
    flow = create_flow(admin, spec_for(admin.organization, "order_change"), {"en": "Larger orders", "zh": "加单审批"})
    save_draft(admin, flow.pk, **{name: getattr(definition, name) for name in definition.__dataclass_fields__})
    publish_flow(admin, flow.pk)

    assert replace_lines(owner, "order", order.pk, given(order, Sensor="11")) is None
    waiting = replace_lines(owner, "order", order.pk, given(order, Sensor="20"), reason="Rush")
    assert "needs approval" in waiting
    assert of(order, "Sensor").quantity == 11
    with pytest.raises(Conflict):
        replace_lines(owner, "order", order.pk, given(order, Sensor="10"))
    with pytest.raises(Invalid) as single:
        door.update(owner, spec_for(owner.organization, "order_line"), of(order, "Sensor").pk, {"quantity": "90"})
    assert codes(single) == {"as_a_whole"}

    decide(company.actor("manager"), Approval.objects.get().pk, agree=True)
    order.refresh_from_db()
    assert (of(order, "Sensor").quantity, order.revision) == (Decimal(20), 2)
    assert list(OrderChange.objects.order_by("created_at").values_list("status", flat=True)) == ["applied", "applied"]

    replace_lines(owner, "order", order.pk, given(order, Sensor="60"))
    decide(company.actor("manager"), Approval.objects.order_by("-started_at")[0].pk, agree=False, comment="No")
    assert of(order, "Sensor").quantity == 20
    assert OrderChange.objects.order_by("-created_at")[0].status == "refused"


def test_a_return_is_worth_what_was_paid_and_comes_once(owner: Actor, order: Any, heard: list[Event]) -> None:
    sensor = of(order, "Sensor")
    values = {"order": order.pk, "reason": "Broken"}
    with pytest.raises(Invalid) as undelivered:
        request_return(owner, values, [{"order_line": sensor.pk, "quantity": "1"}])
    assert codes(undelivered) == {"too_much"}
    record_delivered(owner, {sensor.pk: Decimal(7)})
    parts = []
    for quantity in ("3", "4"):
        made = request_return(owner, values, [{"order_line": sensor.pk, "quantity": quantity}])
        returning.approve(owner, made.pk)
        parts.append(made)
    for wrong in ("1", "-1", "0", "x"):
        with pytest.raises(Invalid):
            request_return(owner, values, [{"order_line": sensor.pk, "quantity": wrong}])
    for made in parts:
        returning.receive(owner, made.pk)
    gross = sensor.net_amount + sensor.tax_amount
    worth = sum((line.amount for made in parts for line in return_lines_of(made.pk)), Decimal(0))
    assert worth == (gross * 7 / 10).quantize(Decimal("0.01"))
    assert quantities_of(order.pk)[0].returned_quantity == 7
    assert [event.return_id for event in heard if isinstance(event, ReturnReceived)] == [made.pk for made in parts]
    with pytest.raises(Conflict):
        returning.receive(owner, parts[0].pk)
    mark_credited(owner, parts[0].pk)
    with pytest.raises(Conflict):
        mark_credited(owner, parts[0].pk, by_hand=True)
    cancel(owner, order.pk, reason="All came back")
    assert OrderReturn.objects.filter(status="credited").count() == 1


def test_a_return_is_refused_with_an_answer(owner: Actor, order: Any) -> None:
    sensor = of(order, "Sensor")
    record_delivered(owner, {sensor.pk: Decimal(5)})
    made = request_return(owner, {"order": order.pk, "reason": "Late"}, [{"order_line": sensor.pk, "quantity": "5"}])
    with pytest.raises(Invalid):
        returning.refuse(owner, made.pk, answer=" ")
    with pytest.raises(Conflict):
        returning.receive(owner, made.pk)
    returning.refuse(owner, made.pk, answer="Not covered")
    request_return(owner, {"order": order.pk, "reason": "Late"}, [{"order_line": sensor.pk, "quantity": "5"}])


def test_orders_go_only_where_they_can(owner: Actor, order: Any, heard: list[Event]) -> None:
    spec = spec_for(owner.organization, "order")
    for status in ("delivered", "partly_delivered"):
        with pytest.raises(Invalid):
            door.update(owner, spec, order.pk, {"status": status})
    cancel_checks.add("tests", lambda ids: dict.fromkeys(ids, "It is paid."))
    try:
        with pytest.raises(Invalid):
            door.update(owner, spec, order.pk, {"status": "draft"})
    finally:
        cancel_checks.remove("tests")
    door.update(owner, spec, order.pk, {"status": "draft"})
    with pytest.raises(Invalid):
        cancel(owner, order.pk, reason="")
    cancel(owner, order.pk, reason="Changed their mind")
    with pytest.raises(Conflict):
        cancel(owner, order.pk, reason="Again")
    with pytest.raises(Invalid):
        replace_lines(owner, "order", order.pk, given(order))
    with pytest.raises(Conflict):
        record_delivered(owner, {of(order, "Sensor").pk: Decimal(1)})
    kinds = [type(event) for event in heard if not isinstance(event, OrderLinesChanged)]
    assert kinds == [OrdersReopened, OrdersCancelled]


def test_orders_under_a_framework_are_counted(owner: Actor, customer: Customer) -> None:
    contracts = spec_for(owner.organization, "contract")
    contract = door.create(owner, contracts, {"customer": customer.pk, "kind": "framework", "amount": "1000"})
    values = {"customer": customer.pk, "contract": contract.pk, "amount": "700"}
    with pytest.raises(Invalid) as unsigned:
        place_order(owner, values)
    assert codes(unsigned) == {"not_in_force"}
    sign_contract(owner, contract.pk, {})
    place_order(owner, values)
    with pytest.raises(Unconfirmed):
        place_order(owner, values)
    other = make_other(owner)
    with pytest.raises(Invalid):
        place_order(owner, {**values, "customer": other})
    place_order(owner.confirming("warning.framework_exceeded"), values)
    assert Order.objects.filter(contract=contract.pk).count() == 2


def make_other(owner: Actor) -> Any:
    return door.create(owner, spec_for(owner.organization, "customer"), {"name": "Somebody else"}).pk


def test_the_page_leads_from_draft_to_return(company: Cast, owner: Actor, customer: Customer) -> None:
    order = place_order(
        owner, {"customer": customer.pk, "status": "draft"}, [{"name": "Sensor", "quantity": "5", "unit_price": "9"}]
    )
    line = of(order, "Sensor")
    browser = sign_in(company, "owner")
    url = f"/orders/{order.pk}"
    assert "Confirm" in page_text(browser.get(url))
    assert toast(browser.post(f"{url}/confirm", headers=HX)) == f"{order.number} is confirmed."
    dialog = browser.get(f"{url}/deliver", headers=DIALOG)
    assert f'name="quantity_{line.pk}"' in dialog.content.decode()
    wrong = browser.post(f"{url}/deliver", {f"quantity_{line.pk}": "6", "delivered_on": "2026-01-05"}, headers=DIALOG)
    assert wrong.status_code == 422
    assert "more than the 5 that are still open" in page_text(wrong)
    right = browser.post(f"{url}/deliver", {f"quantity_{line.pk}": "4", "delivered_on": "2026-01-05"}, headers=DIALOG)
    assert toast(right) == "The delivery is noted."
    assert browser.post(f"{url}/promise", {f"day_{line.pk}": "2026-12-24"}, headers=DIALOG).status_code == 204
    answer = browser.post(
        f"{url}/return", {f"quantity_{line.pk}": "2", "reason": "Scratched", "resolution": "credit"}, headers=DIALOG
    )
    made = OrderReturn.objects.get()
    assert answer.status_code == 204
    assert browser.post(f"/order-returns/{made.pk}/approve", headers=HX).status_code == 204
    assert (
        browser.post(f"/order-returns/{made.pk}/receive", {"received_on": "2026-01-09"}, headers=DIALOG).status_code
        == 204
    )
    shown = page_text(browser.get(url))
    assert "Partly delivered" in shown
    assert "Returned" in shown
    assert "Sensor" in page_text(browser.get(f"/order-returns/{made.pk}"))
    copied = browser.get(f"{url}/copy", headers=DIALOG).content.decode()
    assert 'value="Sensor"' in copied
    page = browser.post(f"{url}/cancel", {"reason": "x"}, headers=DIALOG)
    assert page.status_code == 422


def test_the_small_team_sees_nothing_of_it(scope: Cast) -> None:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="basic")
    scope.organization.edition = "basic"
    customer = make(scope, "customer", {"name": "Harbor Light"})[0]
    order = place_order(scope.actor("admin"), {"customer": customer.pk}, [{"name": "Sensor", "unit_price": "9"}])
    browser = sign_in(scope, "admin")
    shown = page_text(browser.get(f"/orders/{order.pk}"))
    assert "Note a delivery" not in shown
    assert "Deliveries" not in shown
    assert browser.get(f"/orders/{order.pk}/deliver", headers=DIALOG).status_code == 404
    assert browser.get("/order-returns").status_code == 404
    replace_lines(scope.actor("admin"), "order", order.pk, given(order, Sensor="2"))
    assert not OrderChange.objects.exists()
