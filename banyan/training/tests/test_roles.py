"""Courses of finance, the warehouse and purchasing: practised in the role, checked by what is there."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest

from banyan.billing.public import Target
from banyan.billing.services.allocating import allocate
from banyan.core.access.ready_roles import make_ready_role, ready_roles
from banyan.core.identity.models import UserRole
from banyan.core.kernel.clock import now
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.supply.choices import MoveKind
from banyan.supply.public import (
    Move,
    Wanted,
    book,
    first_place,
    order_wanted,
    pick_delivery,
    plan_delivery,
    ship_delivery,
    warehouses,
)
from banyan.training.tests.learning import Learning, find, rows, write
from tests.cast import Cast, sign_in


@pytest.fixture
def trading(home: Cast) -> Cast:
    """A company that keeps stock and buys, with somebody in finance, in the warehouse and in purchasing."""
    Organization.objects.filter(pk=home.organization.pk).update(edition="enterprise")
    with organization_scope(home.organization.pk):
        organization = Organization.objects.get(pk=home.organization.pk)
        for name, key in (("teammate", "finance"), ("viewer", "warehouse"), ("salesperson", "purchase")):
            UserRole.objects.filter(user=home.users[name]).delete()
            role = make_ready_role(organization, ready_roles[key])
            UserRole.objects.create(organization=organization, user=home.users[name], role=role)
    return home


def test_finance_practises_from_the_bank_statement_to_the_issued_invoice(trading: Cast) -> None:
    learning = Learning(trading, "teammate")
    learner = learning.practise("finance", "bank")
    page = learning.browser.get("/training/finance/bank").text
    assert 'href="/training/finance/files/statement" download' in page
    statement = learning.browser.get("/training/finance/files/statement").content.decode("utf-8-sig")
    assert learning.check("finance", "bank") != []
    learning.browser.post("/billing/bank/new", {"currency": learner.currency, "text": statement})
    line = re.findall(r"/billing/bank/([0-9a-f-]{36})/record", learning.browser.get("/billing/bank").text)[0]
    harbor = find(learner, "customer", "Harbor Light Trading")
    learning.browser.post(f"/billing/bank/{line}/record", {"customer": str(harbor.pk)})
    assert learning.check("finance", "bank") == []

    assert learning.check("finance", "allocate") != []
    payments = {row["reference"] or row["amount"]: row["id"] for row in rows(learning, "payments")}
    order = find(learner, "order", "Shelves for the showroom")
    with organization_scope(learner.organization_id):
        allocate(learner, uuid.UUID(payments["1800.00"]), [Target(order.pk, Decimal(1800))])
    assert learning.check("finance", "allocate") == []

    assert learning.check("finance", "reverse") == ["The payment with the reference T-500-B is not reversed yet."]
    learning.browser.post(f"/payments/{payments['T-500-A']}/reverse", {"reason": "Twice"})
    assert len(learning.check("finance", "reverse")) == 2
    learning.browser.post(f"/payments/{payments['T-500-B']}/reverse", {"reason": "Twice"})
    meadow = find(learner, "customer", "Meadow Bakery")
    write(learner, "payment", customer=meadow.pk, amount="500", reference="T-500-A")
    assert learning.check("finance", "reverse") == []

    assert learning.check("finance", "issue") != []
    invoice = rows(learning, "invoices")[0]["id"]
    learning.browser.post(f"/invoices/{invoice}/approve")
    learning.browser.post(
        f"/invoices/{invoice}/issue", {"issued_on": f"{now():%Y-%m-%d}", "number": "26312000000000012345"}
    )
    assert learning.check("finance", "issue") == []

    assert learning.check("finance", "promise") != []
    instalment = rows(learning, "payment-plans")[0]
    with organization_scope(learner.organization_id):
        spec = spec_for(learner.organization, "payment_plan")
        door.update(learner, spec, uuid.UUID(instalment["id"]), {"promised_on": "2030-01-02"})
    assert learning.check("finance", "promise") == []


def test_warehouse_practises_receiving_shipping_and_counting(trading: Cast) -> None:
    learning = Learning(trading, "viewer")
    learner = learning.practise("warehouse", "receive")
    assert learning.browser.get("/stock/work").status_code == 200
    assert learning.check("warehouse", "receive") == ["Of Bookcase, 8 pieces are to be received."]
    purchase = rows(learning, "purchase-orders")[0]["id"]
    with organization_scope(learner.organization_id):
        place = first_place(warehouses()[0].pk)
    line = rows(learning, "purchase-order-lines")[0]["id"]
    answer = learning.browser.post(
        f"/purchase-orders/{purchase}/receive", {f"quantity_{line}": "8", "place": str(place.pk)}
    )
    assert answer.status_code == 303, answer.text
    assert learning.check("warehouse", "receive") == []

    assert len(learning.check("warehouse", "ship")) == 3
    order = find(learner, "order", "Bookcases for the shop")
    with organization_scope(learner.organization_id):
        delivery = plan_delivery(learner, order.pk)
        pick_delivery(learner, delivery.pk)
        ship_delivery(learner, delivery.pk, carrier="DHL", tracking_number="JD-1")
    assert learning.check("warehouse", "ship") == []
    assert len(learning.check("warehouse", "arrived")) == 2
    learning.browser.post(f"/deliveries/{delivery.pk}/arrived", {"received_by": "Anna Reed"})
    assert learning.check("warehouse", "arrived") == []

    assert learning.check("warehouse", "count") == ["There are not 11 of Step stool on hand yet."]
    stool = find(learner, "product", "Step stool")
    with organization_scope(learner.organization_id):
        book(learner, Move(stool.pk, Decimal(1), MoveKind.ADJUSTMENT, from_place=place.pk, note="Counted"))
    assert learning.check("warehouse", "count") == []


def test_purchasing_practises_conditions_orders_and_what_is_short(trading: Cast) -> None:
    learning = Learning(trading, "salesperson")
    learner = learning.practise("purchase", "terms")
    paper, pad = find(learner, "customer", "Blue River Paper"), find(learner, "product", "Desk pad")
    assert len(learning.check("purchase", "terms")) == 1
    learning.browser.post(f"/customers/{paper.pk}/supplier/items", {"product": str(pad.pk), "price": "18"})
    assert learning.check("purchase", "terms") == []

    assert len(learning.check("purchase", "write")) == 2
    order = write(learner, "purchase_order", supplier=paper.pk)
    line = write(learner, "purchase_order_line", purchase_order=order.pk, product=pad.pk, quantity="50")
    with organization_scope(learner.organization_id):
        line.refresh_from_db()
    assert line.unit_price == 18
    assert learning.check("purchase", "write") == []
    for key, values in (
        ("place", {"status": "ordered"}),
        ("confirm", {"status": "confirmed", "supplier_reference": "BR-77", "expected_on": "2030-01-02"}),
    ):
        assert learning.check("purchase", key) != []
        with organization_scope(learner.organization_id):
            door.update(learner, spec_for(learner.organization, "purchase_order"), order.pk, values)
        assert learning.check("purchase", key) == []

    assert len(learning.check("purchase", "short")) == 2
    page = learning.browser.get("/stock/to-order").text
    assert "Table vase" in page
    vase, pottery = find(learner, "product", "Table vase"), find(learner, "customer", "Red Clay Pottery")
    with organization_scope(learner.organization_id):
        order_wanted(learner, [Wanted(vase.pk, warehouses()[0].pk, pottery.pk, Decimal(15))])
    assert learning.check("purchase", "short") == []


def test_courses_of_a_role_are_for_those_who_work_in_it(trading: Cast) -> None:
    shown = {
        name: sign_in(trading, name).get("/training").text for name in ("teammate", "viewer", "salesperson", "owner")
    }
    # Members may change the records of everybody, so that they work in the warehouse as well.
    wanted = {"finance": ["teammate"], "warehouse": ["viewer", "owner"], "purchase": ["salesperson", "owner"]}
    for course, people in wanted.items():
        assert [who for who, text in shown.items() if f"/training/{course}/" in text] == people
    Organization.objects.filter(pk=trading.organization.pk).update(modules_off=["purchase"])
    assert sign_in(trading, "salesperson").get("/training/purchase").status_code == 404
    lessons = sign_in(trading, "viewer").get("/training/warehouse").text
    assert "Pick and ship" in lessons
    assert "Take goods in" not in lessons
