"""Quotes, orders and products of deals of other systems: their lines, their links, their owners, and what had become of them.

Headings are those of exports and of the systems' own descriptions of their tables; see ``checked`` in each description.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from banyan.core.records.models import Change
from banyan.core.transfer.models import IncompleteRow, RejectedRow
from banyan.customers.models import Customer
from banyan.migration.models import Move
from banyan.migration.services import running
from banyan.migration.tests.deliveries import EXPORTS, counts, deliver, packed, take_over, words
from banyan.orders.models import Order, OrderLine
from banyan.quotes.models import Quote, QuoteDecision, QuoteLine
from banyan.sales.models import Opportunity, OpportunityLine
from tests.cast import Cast, sign_in


@dataclass(frozen=True)
class Documents:
    """Files beside the others of an export, and what comes of them: states of quotes and orders, numbers of lines."""

    files: dict[str, str]
    quotes: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    deal_lines: int = 0
    decided_on: date | None = None
    deal: str = "East quay lamps"


SALESFORCE = Documents(
    {
        "Quote.csv": "Id,OwnerId,IsDeleted,Name,CreatedDate,CreatedById,LastModifiedDate,SystemModstamp,OpportunityId,QuoteNumber,"
        "Status,ExpirationDate,AccountId,GrandTotal\n"
        "0Q01,0055g00000A1aaaAAA,false,Lamps,2023-06-01T09:00:00.000Z,0055g00000A1aaaAAA,2023-06-20T09:00:00.000Z,"
        "2023-06-20T09:00:00.000Z,0065g00000OPP01AAA,00000011,Accepted,2023-07-01,0015g00000XYZ01AAA,4560\n"
        "0Q02,0055g00000A1aaaAAA,false,More lamps,2023-06-02T09:00:00.000Z,0055g00000A1aaaAAA,2023-06-20T09:00:00.000Z,"
        "2023-06-20T09:00:00.000Z,0065g00000OPP01AAA,00000012,Needs Review,2035-07-01,0015g00000XYZ01AAA,100\n",
        "QuoteLineItem.csv": "Id,IsDeleted,CreatedDate,SystemModstamp,QuoteId,Quantity,UnitPrice,Discount,Product2Id,SortOrder\n"
        "0QL1,false,2023-06-01T09:00:00.000Z,2023-06-01T09:00:00.000Z,0Q01,40,120,5,01t5g00000PRO01AAA,1\n",
        "OpportunityLineItem.csv": "Id,OpportunityId,SortOrder,PricebookEntryId,Product2Id,Quantity,UnitPrice,TotalPrice,Discount,"
        "SystemModstamp,IsDeleted\n00k1,0065g00000OPP01AAA,1,01u1,01t5g00000PRO01AAA,40,120,4800,,2023-06-01T09:00:00.000Z,false\n",
    },
    quotes={"Lamps 00000011": "accepted", "More lamps 00000012": "draft"},
    deal_lines=1,
    deal="Lamps for the east quay",
)
DYNAMICS = Documents(
    {
        "quotes.json": '{"value": [{"@odata.etag": "W/1", "quoteid": "q-1", "name": "Lamps", "quotenumber": "QUO-1", "statecode": 2,'
        ' "_customerid_value": "a0000000-0000-4000-8000-000000000001", "_opportunityid_value":'
        ' "d0000000-0000-4000-8000-000000000001", "effectivefrom": "2023-06-01", "effectiveto": "2023-07-01",'
        ' "closedon": "2023-06-20T10:00:00Z", "totalamount": 4800, "createdon": "2023-06-01T09:00:00Z"},'
        ' {"@odata.etag": "W/1", "quoteid": "q-2", "name": "More", "quotenumber": "QUO-2", "statecode": 1,'
        ' "_customerid_value": "a0000000-0000-4000-8000-000000000001", "effectivefrom": "2023-06-01", "effectiveto":'
        ' "2035-07-01", "totalamount": 90, "createdon": "2023-06-01T09:00:00Z"}]}',
        "quotedetails.json": '{"value": [{"@odata.etag": "W/1", "quotedetailid": "qd-1", "_quoteid_value": "q-1",'
        ' "productdescription": "Signal Lamp", "quantity": 40, "priceperunit": 120, "lineitemnumber": 1}]}',
        "salesorders.json": '{"value": [{"@odata.etag": "W/1", "salesorderid": "s-1", "name": "Lamps", "ordernumber": "ORD-1",'
        ' "statecode": 3, "_customerid_value": "a0000000-0000-4000-8000-000000000001", "totalamount": 4800,'
        ' "datesubmitted": "2023-07-01", "createdon": "2023-07-01T09:00:00Z"}, {"@odata.etag": "W/1", "salesorderid": "s-2",'
        ' "name": "Never", "ordernumber": "ORD-2", "statecode": 2, "_customerid_value":'
        ' "a0000000-0000-4000-8000-000000000001", "totalamount": 10, "createdon": "2023-07-01T09:00:00Z"}]}',
        "salesorderdetails.json": '{"value": [{"@odata.etag": "W/1", "salesorderdetailid": "sd-1", "_salesorderid_value": "s-1",'
        ' "productdescription": "Signal Lamp", "quantity": 40, "priceperunit": 120, "lineitemnumber": 1}, {"@odata.etag": "W/1",'
        ' "salesorderdetailid": "sd-2", "_salesorderid_value": "s-2", "productdescription": "Nothing", "quantity": 1,'
        ' "priceperunit": 10, "lineitemnumber": 1}]}',
        "opportunityproducts.json": '{"value": [{"@odata.etag": "W/1", "opportunityproductid": "op-1", "_opportunityid_value":'
        ' "d0000000-0000-4000-8000-000000000001", "productdescription": "Signal Lamp", "quantity": 40, "priceperunit": 120,'
        ' "lineitemnumber": 1}]}',
    },
    quotes={"Lamps QUO-1": "accepted", "More QUO-2": "sent"},
    orders={"Lamps ORD-1": "completed", "Never ORD-2": "cancelled"},
    deal_lines=1,
    decided_on=date(2023, 6, 20),
)
HUBSPOT = Documents(
    {
        "quotes.csv": "Record ID,Quote Title,Quote Status,Expiration Date,Quote Amount,Currency,Quote owner,Associated Company IDs,"
        "Associated Contact IDs,Associated Deal IDs,Create Date,Esign Date,Payment Status\n"
        "8001,Lamps,Approval not needed,2035-07-01,4560,CNY,Olga Owner,5501,101,7001,2023-06-01 09:00,,\n"
        "8002,More lamps,Draft,2035-07-01,100,CNY,Olga Owner,5501,,7001,2023-06-01 09:00,,\n"
        "8003,Signed lamps,Expired,2023-07-01,100,CNY,Olga Owner,5501,,7001,2023-06-01 09:00,2023-06-20 09:00,\n"
        "8004,Paid lamps,Published,2023-07-01,100,CNY,Olga Owner,5501,,7001,2023-06-01 09:00,,Paid\n"
        "8005,Old lamps,Expired,2023-07-01,100,CNY,Olga Owner,5501,,7001,2023-06-01 09:00,,Pending\n"
        "8006,Refused lamps,Declined,2023-07-01,100,CNY,Olga Owner,5501,,7001,2023-06-01 09:00,,\n",
        "line_items.csv": "Record ID,Name,Quantity,Unit price,Unit discount percentage,Associated Deal IDs,Associated Quote IDs\n"
        "8101,Signal Lamp,40,120,5,7001,8001\n8102,Signal Lamp,40,120,,7001,\n",
    },
    quotes={
        "Lamps": "sent", "More lamps": "draft", "Signed lamps": "accepted", "Paid lamps": "accepted", "Old lamps": "expired",
        "Refused lamps": "declined",
    },
    deal_lines=1,
)  # fmt: skip
ZOHO = Documents(
    {
        "Products_001.csv": "Record Id,Product Owner.id,Product Name,Product Code,Unit Price,Created Time\n"
        "zcrm_4150868000000666001,zcrm_4150868000000097001,Signal Lamp,SL-1,120,2023-01-01 09:00:00\n",
        "Quotes_001.csv": "Record Id,Quote Owner.id,Quote Owner,Subject,Quote Stage,Valid Until,Account Name.id,Account Name,"
        "Deal Name.id,Deal Name,Grand Total,Created By,Created Time,Modified Time\n"
        "zcrm_4150868000000777001,zcrm_4150868000000097001,Olga Owner,Lamps,Closed Won,2023-07-01,zcrm_4150868000000111001,"
        "Harbor Light Trading,zcrm_4150868000000333001,East quay lamps,4800,Olga Owner,2023-06-01 09:00:00,2023-06-20 09:00:00\n"
        "zcrm_4150868000000777002,zcrm_4150868000000097001,Olga Owner,Lost lamps,Closed Lost,2023-07-01,zcrm_4150868000000111001,"
        "Harbor Light Trading,,,10,Olga Owner,2023-06-01 09:00:00,2023-06-20 09:00:00\n",
        "Quoted_Items_001.csv": "Record Id,Parent Id.id,Product Name.id,Product Name,Quantity,List Price,Sequence Number\n"
        "zcrm_4150868000000777101,zcrm_4150868000000777001,zcrm_4150868000000666001,Signal Lamp,40,120,1\n",
        "Sales_Orders_001.csv": "Record Id,Sales Order Owner.id,Sales Order Owner,Subject,SO Number,Status,Due Date,Account Name.id,"
        "Account Name,Grand Total,Created By,Created Time\n"
        "zcrm_4150868000000888001,zcrm_4150868000000097001,Olga Owner,Lamps,77,Delivered,2023-08-01,zcrm_4150868000000111001,"
        "Harbor Light Trading,4800,Olga Owner,2023-07-01 09:00:00\n",
        "Ordered_Items_001.csv": "Record Id,Parent Id.id,Product Name.id,Product Name,Quantity,List Price,Sequence Number\n"
        "zcrm_4150868000000888101,zcrm_4150868000000888001,zcrm_4150868000000666001,Signal Lamp,40,120,1\n",
    },
    quotes={"Lamps": "accepted", "Lost lamps": "declined"},
    orders={"Lamps 77": "completed"},
)
ESPOCRM = Documents(
    {
        "Quote.csv": "id,name,number,status,deleted,accountId,accountName,opportunityId,dateQuoted,dateValid,grandTotalAmount,"
        "grandTotalAmountCurrency,createdAt,createdById,assignedUserId,assignedUserName\n"
        "5f0000000000000q1,Lamps,Q-1,Approved,0,5f0000000000000a1,Harbor Light Trading,5f0000000000000o1,2023-06-01,2023-07-01,"
        "4800,CNY,2023-06-01 09:00:00,5f000000000000u01,5f000000000000u01,Olga Owner\n"
        "5f0000000000000q2,Shown lamps,Q-2,Presented,0,5f0000000000000a1,Harbor Light Trading,,2023-06-01,2035-07-01,"
        "4800,CNY,2023-06-01 09:00:00,5f000000000000u01,5f000000000000u01,Olga Owner\n",
        "QuoteItem.csv": "id,name,quoteId,productId,quantity,listPrice,discount,taxRate,order\n"
        "5f0000000000000i1,Signal Lamp,5f0000000000000q1,,40,120,0,0,1\n",
        "SalesOrder.csv": "id,name,status,deleted,accountId,accountName,dateOrdered,grandTotalAmount,grandTotalAmountCurrency,"
        "createdAt,createdById,assignedUserId,assignedUserName\n"
        "5f0000000000000s1,Lamps,Completed,0,5f0000000000000a1,Harbor Light Trading,2023-07-01,4800,CNY,"
        "2023-07-01 09:00:00,5f000000000000u01,5f000000000000u01,Olga Owner\n",
        "SalesOrderItem.csv": "id,name,salesOrderId,productId,quantity,listPrice,discount,taxRate,order\n"
        "5f0000000000000j1,Signal Lamp,5f0000000000000s1,,40,120,0,0,1\n",
    },
    quotes={"Lamps": "accepted", "Shown lamps": "sent"},
    orders={"Lamps": "completed"},
)
SUITECRM = Documents(
    {
        "aos_quotes.csv": "id,name,date_entered,date_modified,modified_user_id,created_by,description,deleted,assigned_user_id,"
        "billing_account_id,billing_account,opportunity_id,expiration,stage,total_amount\n"
        "6q1b-0001,Lamps,2023-06-01 09:00:00,2023-06-20 09:00:00,u-1,u-1,,0,u-1,1a1b-0001,Harbor Light Trading,3d1b-0001,"
        "2023-07-01,Closed Accepted,4800\n"
        "6q1b-0002,Dead lamps,2023-06-01 09:00:00,2023-06-20 09:00:00,u-1,u-1,,0,u-1,1a1b-0001,Harbor Light Trading,,"
        "2023-07-01,Closed Dead,4800\n",
        "aos_products_quotes.csv": "id,name,date_entered,deleted,assigned_user_id,parent_type,parent_id,product_id,product_qty,"
        "product_list_price,product_unit_price,vat,number\n"
        "6l1b-0001,Signal Lamp,2023-06-01 09:00:00,0,u-1,AOS_Quotes,6q1b-0001,,40,120,120,0,1\n",
    },
    quotes={"Lamps": "accepted", "Dead lamps": "expired"},
)
PIPEDRIVE = Documents(
    {
        "products.csv": "Product - ID,Product - Name,Product - Product code,Product - Unit prices\n71,Signal Lamp,SL-1,120\n",
        "deal_products.csv": "id,deal_id,product_id,name,quantity,item_price,order_nr\n81,31,71,Signal Lamp,40,120,1\n",
    },
    deal_lines=1,
)
ODOO = Documents(
    {
        "sale_order.csv": "id,name,partner_id/id,partner_id,date_order,state,amount_untaxed,amount_total,user_id,create_date\n"
        "__export__.sale_order_61,S00061,__export__.res_partner_11,Harbor Light Trading,2023-07-01 09:00:00,done,4800.0,5424.0,"
        "Olga Owner,2023-07-01 09:00:00\n"
        "__export__.sale_order_62,S00062,__export__.res_partner_11,Harbor Light Trading,2023-07-01 09:00:00,sent,4800.0,5424.0,"
        "Olga Owner,2023-07-01 09:00:00\n",
        "sale_order_line.csv": "id,order_id/id,product_id/id,name,product_uom_qty,price_unit,discount\n"
        "__export__.sale_order_line_71,__export__.sale_order_61,__export__.product_template_1,Signal Lamp,40,120.0,0\n"
        "__export__.sale_order_line_72,__export__.sale_order_62,__export__.product_template_1,Signal Lamp,40,120.0,0\n",
    },
    orders={"S00061": "completed", "S00062": "draft"},
)
SYSTEMS = {
    "salesforce": SALESFORCE, "dynamics": DYNAMICS, "hubspot": HUBSPOT, "zoho": ZOHO, "espocrm": ESPOCRM,
    "suitecrm": SUITECRM, "pipedrive": PIPEDRIVE, "odoo": ODOO,
}  # fmt: skip


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def delivered(browser: Client, system: str) -> str:
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted((EXPORTS / system).iterdir())}
    return deliver(browser, packed(f"{system}.zip", files | SYSTEMS[system].files))


@pytest.mark.parametrize("system", SYSTEMS)
def test_documents_come_with_lines_links_and_what_had_become_of_them(scope: Cast, browser: Client, system: str) -> None:
    wanted = SYSTEMS[system]
    move = take_over(browser, delivered(browser, system))

    main = Customer.objects.get(name="Harbor Light Trading")
    deal = Opportunity.objects.get(name=wanted.deal)
    assert (deal.outcome, deal.customer) == ("won", main)
    assert dict(Quote.objects.values_list("name", "status")) == wanted.quotes
    orders = Order.objects.exclude(name="") if system != "salesforce" else Order.objects.none()
    assert dict(orders.values_list("name", "status")) == wanted.orders
    assert OpportunityLine.objects.count() == wanted.deal_lines
    for line in OpportunityLine.objects.all():
        assert (line.opportunity, line.quantity, line.unit_price) == (deal, 40, 120)
    for line in QuoteLine.objects.select_related("quote"):
        quote = line.quote
        percent = line.discount_percent or 0
        assert (line.quantity, line.unit_price, quote.customer) == (40, 120, main)
        assert quote.amount == Decimal(4800) * (100 - percent) / 100
        assert quote.opportunity in {deal, None}
        assert (quote.decided_at.date() if quote.decided_at else None) == wanted.decided_on
    assert QuoteLine.objects.count() == (1 if wanted.quotes else 0)
    for order in orders:
        assert (order.customer, OrderLine.objects.filter(order=order).count()) == (main, 1)
    assert not QuoteDecision.objects.exists()  # no answer of a customer is made up
    assert counts(move)[2] == 0
    assert not RejectedRow.objects.exists()
    lost = IncompleteRow.objects.filter(
        source__object_name__in=("quote", "quote_line", "order", "order_line", "opportunity_line")
    )
    assert not lost.exists(), list(lost.values_list("errors", flat=True))
    for quote in Quote.objects.all():
        assert browser.get(f"/quotes/{quote.pk}").status_code == 200


def test_states_are_history_follow_once_and_go_back_with_the_move(scope: Cast, browser: Client) -> None:
    address = delivered(browser, "dynamics")
    take_over(browser, address)
    accepted = Quote.objects.get(status="accepted")
    page = words(browser.get(f"/quotes/{accepted.pk}").content.decode())
    assert "Accepted" in page
    told = Change.objects.filter(record_id=accepted.pk, action="update").first()
    assert (told.channel, told.values["status"]) == ("import", ["draft", "accepted"])
    refused = browser.post(f"/quotes/{accepted.pk}/edit", {"name": "Other"})
    assert refused.status_code in {409, 422}

    # A second delivery finds all of them as they are; what went on here since is left alone.
    again = take_over(browser, delivered(browser, "dynamics"))
    assert counts(again)[0] == 0
    assert sorted(Quote.objects.values_list("status", flat=True)) == ["accepted", "sent"]
    assert sorted(Order.objects.values_list("status", flat=True)) == ["cancelled", "completed"]

    browser.post(f"{address}/undo")
    assert Move.objects.get(pk=address.rsplit("/", 1)[-1]).state == "undone"
    for model in (Quote, QuoteLine, Order, OrderLine):
        assert not model.objects.filter(deleted_at=None).exists()


def test_states_follow_when_an_interrupted_move_goes_on(scope: Cast, browser: Client) -> None:
    address = delivered(browser, "zoho")
    admin, move = scope.actor("admin"), Move.objects.get()
    running.make_ready(admin, move)

    def power_cut(_move: Move, row: object) -> None:
        if getattr(row, "object_name", "") == "order_line":
            raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        running.work(admin, move.pk, progress=power_cut)
    assert set(Quote.objects.values_list("status", flat=True)) == {"draft"}

    take_over(browser, address)
    assert sorted(Quote.objects.values_list("status", flat=True)) == ["accepted", "declined"]
    assert Order.objects.get().status == "completed"
