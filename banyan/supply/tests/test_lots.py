"""Until when lots keep, and what happens to suppliers, pieces and stock when records are merged."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from banyan.core.kernel.errors import Conflict
from banyan.core.objects.registry import spec_for
from banyan.core.records.merging import merge, unmerge
from banyan.core.tenancy.scope import organization_scope
from banyan.supply.forms import lots_in
from banyan.supply.models import Lot, SerialNumber, Supplier, SupplierItem
from banyan.supply.queries import lying
from banyan.supply.services.suppliers import make_supplier, set_conditions
from banyan.supply.tests.conftest import Company
from tests.cast import api_client, sign_in


@pytest.fixture
def browser(company: Company) -> Client:
    return sign_in(company.cast, "admin")


def test_day_of_a_lot_is_set_on_its_page_and_decides_what_is_taken_first(company: Company, browser: Client) -> None:
    milk = company.stocked("Milk", tracking="lot")
    for lot in ("A", "B"):
        company.bring("5", milk, lot=lot)
    organization = company.cast.organization.pk
    assert "Milk" in browser.get("/stock/lots").text

    answer = browser.post(f"/stock/lots/expiry?product={milk.pk}&lot=B", {"expires_on": "2020-02-01"})

    assert answer.status_code in {200, 303}
    assert "expired" in browser.get("/stock/lots?q=b").text
    with organization_scope(organization):
        assert [spot.lot for spot in lying([milk.pk], company.warehouse.pk)[milk.pk]] == ["B", "A"]
    refused = browser.post(f"/stock/lots/expiry?product={milk.pk}&lot=B", {"expires_on": "0999-02-01"})
    assert "between 2000 and 2199" in refused.text
    assert browser.get(f"/stock/lots/expiry?product={milk.pk}&lot=").status_code == 404


def test_program_says_until_when_lots_keep_all_of_them_or_none(company: Company) -> None:
    program = api_client(company.cast, "admin")
    milk = company.stocked("Milk", tracking="lot")
    company.bring("5", milk, lot="A")

    def send(*lots: str, day: str | None = "2027-03-31") -> int:
        body = {"lots": [{"product": str(milk.pk), "lot": lot, "expires_on": day} for lot in lots]}
        return program.post("/api/v1/stock/lots", json.dumps(body), content_type="application/json").status_code

    assert send("A", "Z") == 404
    with organization_scope(company.cast.organization.pk):
        assert not Lot.objects.exists()
    assert send("A", day="soon") == 422
    assert send("A") == 200
    (item,) = program.get(f"/api/v1/stock/lots?product={milk.pk}").json()["items"]
    assert (item["lot"], item["on_hand"], item["expires_on"]) == ("A", "5", "2027-03-31")


def test_lots_are_read_with_their_day() -> None:
    assert lots_in("A 17 200 2027-03-31\nB 5") == [("A 17", Decimal(200), date(2027, 3, 31)), ("B", Decimal(5), None)]
    for text in ("A 5 2027-13-31", "2027-03-31", "A"):
        with pytest.raises(ValueError, match=text):
            lots_in(text)


def test_merged_customers_keep_their_role_as_supplier_and_their_pieces(company: Company) -> None:
    actor, spec = company.admin, spec_for(company.cast.organization, "customer")
    twin, third = company.make("customer", name="Harbor Light Ltd"), company.make("customer", name="Harbor Lights")
    make_supplier(actor, twin.pk, lead_days=5)
    cable = company.stocked("Cable")
    set_conditions(actor, twin.pk, company.sensor.pk, price=Decimal(5))
    make_supplier(actor, third.pk)
    set_conditions(actor, third.pk, company.sensor.pk, price=Decimal(9))
    set_conditions(actor, third.pk, cable.pk, price=Decimal(2))
    camera = company.stocked("Camera", tracking="serial")
    company.bring("1", camera, serial="S1")
    SerialNumber.objects.filter(code="S1").update(customer=twin.pk)

    done = merge(actor, spec, company.customer.pk, [twin.pk, third.pk])

    kept = Supplier.objects.get(customer=company.customer.pk)
    assert kept.lead_days == 5
    prices = dict(SupplierItem.objects.filter(supplier=kept).values_list("product_id", "price"))
    assert prices == {company.sensor.pk: 5, cable.pk: 2}
    assert SerialNumber.objects.get(code="S1").customer_id == company.customer.pk
    unmerge(actor, done.batch_id)
    assert SerialNumber.objects.get(code="S1").customer_id == twin.pk
    assert Supplier.objects.filter(customer=twin.pk).exists()


def test_product_in_stock_is_neither_deleted_nor_merged_away(company: Company) -> None:
    company.bring("1")
    other = company.make("product", name="Sensor, new")

    with pytest.raises(Conflict):
        merge(company.admin, spec_for(company.cast.organization, "product"), other.pk, [company.sensor.pk])
