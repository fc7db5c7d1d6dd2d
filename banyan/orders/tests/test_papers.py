"""The papers of orders and contracts, and the page on which a customer follows an order."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from banyan.contracts.services.instalments import replace_instalments
from banyan.contracts.services.terms import set_term
from banyan.core.kernel.errors import Refused
from banyan.core.listing.query import fetch_row
from banyan.core.tenancy.models import Organization
from banyan.core.web.tests.pages import make, page_text
from banyan.documents.public import kind_for, paper_of
from banyan.orders.public import OrderLine, place_order, record_delivered
from banyan.portal.public import Recipient, create_link
from tests.cast import Cast, sign_in


@pytest.fixture
def order(scope: Cast) -> Any:
    customer = make(scope, "customer", {"name": "Harbor Light", "tax_number": "91350100M000100Y43"}, person="owner")[0]
    lines = [{"name": "Sensor", "quantity": "3", "unit_price": "113", "tax_rate": "13"}]
    order = place_order(scope.actor("owner"), {"customer": customer.pk}, lines)
    record_delivered(
        scope.actor("owner"), {OrderLine.objects.get(order=order.pk).pk: OrderLine.objects.get().quantity - 1}
    )
    order.refresh_from_db()
    return order


def paper(cast: Cast, kind: str, record: Any, language: str) -> Any:
    actor = cast.actor("owner")
    found, spec = kind_for(actor, kind)
    with override(language):
        return paper_of(actor, found, fetch_row(actor, spec, record.pk), language)


def test_confirmation_has_prices_and_the_note_has_quantities(scope: Cast, order: Any) -> None:
    confirmation = paper(scope, "order_confirmation", order, "zh-hans")
    note = paper(scope, "delivery_note", order, "en")

    assert (confirmation.title, confirmation.capitals) == ("订单确认书", "叁佰叁拾玖元整")
    assert "91350100M000100Y43" in confirmation.parties[1].lines
    assert [str(cell) for cell in note.tables[0].rows[0]] == ["1", "Sensor", "3", "2", "1"]
    assert not note.sums


def test_contract_on_paper_has_plan_and_terms(scope: Cast, order: Any) -> None:
    owner = scope.actor("owner")
    values = {"customer": order.customer_id, "amount": "1000", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    contract = make(scope, "contract", values, person="owner")[0]
    replace_instalments(owner, contract.pk, [{"share": "100", "event": "acceptance", "days": "10"}])
    set_term(owner, contract.pk, None, title="Law", text="Chinese law applies.")

    found = paper(scope, "contract", contract, "en")

    assert found.stamp == "Draft"
    assert found.tables[0].rows[0][1:3] == ["10 days after acceptance", "100%"]
    assert found.terms == "1. Law\nChinese law applies."


def test_a_customer_follows_the_order_at_a_link(scope: Cast, order: Any) -> None:
    # Where stock is kept, its own page shows the deliveries.
    Organization.objects.filter(pk=scope.organization.pk).update(modules_off=["stock"])
    scope.organization.modules_off = ["stock"]
    owner = scope.actor("owner")
    link = create_link(owner, "order", order.pk, purpose="order_status", recipient=Recipient("Li", language="en"))

    answer = Client().get(link.url[link.url.index("/p/") :])

    shown = page_text(answer)
    assert answer.status_code == 200
    assert "Partly delivered" in shown
    assert "Sensor 3 2 1" in shown
    assert "113" not in shown
    draft = place_order(owner, {"customer": order.customer_id, "status": "draft"})
    with pytest.raises(Refused):
        create_link(owner, "order", draft.pk, purpose="order_status")


def test_an_order_page_offers_its_papers(scope: Cast, order: Any) -> None:
    shown = sign_in(scope, "owner").get(f"/orders/{order.pk}").content.decode()
    assert f"/documents/order_confirmation/{order.pk}" in shown
