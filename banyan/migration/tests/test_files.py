"""Attachments of exports: found, attached to the records that theirs became, reported where they are not, taken back."""

from __future__ import annotations

import base64
import json

import pytest
from django.test import Client

from banyan.contracts.models import Contract
from banyan.core.files.models import Attachment
from banyan.customers.models import Activity, Customer
from banyan.migration.models import MoveAttachment, MoveTable
from banyan.migration.tests.deliveries import counts, deliver, packed, report, table, take_over, words
from banyan.quotes.models import Quote
from banyan.sales.models import Opportunity, OpportunityLine
from tests.cast import Cast, sign_in

PDF = b"%PDF-1.7\nquay\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
ACCOUNT, DEAL, QUOTE = "0015g00000XYZ01AAA", "0065g00000OPP01AAA", "0Q05g00000QUO01AAA"
CONTRACT, PRODUCT = "8005g00000CON01AAA", "01t5g00000PRO01AAA"
SALESFORCE = {
    "Account.csv": f"Id,Name,OwnerId,BillingCity,IsDeleted\n{ACCOUNT},Harbor Light Trading,0055g1,London,0\n",
    "User.csv": "Id,Username,Name,Email\n0055g1,olga,Olga Owner,owner@ours.example\n",
    "Product2.csv": f"Id,Name,ProductCode,IsActive\n{PRODUCT},Signal Lamp,L-1,1\n",
    "Opportunity.csv": "Id,Name,AccountId,StageName,CloseDate,Amount\n"
    f"{DEAL},East quay lamps,{ACCOUNT},Qualification,2027-06-30,4800\n",
    "OpportunityLineItem.csv": "Id,OpportunityId,Product2Id,Quantity,UnitPrice,TotalPrice\n"
    f"00k5g00000LIN01AAA,{DEAL},{PRODUCT},40,120,4800\n",
    "Quote.csv": "Id,OpportunityId,AccountId,Name,QuoteNumber,Status,ExpirationDate,GrandTotal,CreatedDate\n"
    f"{QUOTE},{DEAL},{ACCOUNT},Lamps,00000007,Presented,2027-03-01,4560,2026-02-01T09:00:00.000+0000\n",
    "QuoteLineItem.csv": "Id,QuoteId,Product2Id,Quantity,UnitPrice,Discount\n"
    f"0QL5g00000LIN01AAA,{QUOTE},{PRODUCT},40,120,5\n",
    "Contract.csv": "Id,ContractNumber,AccountId,StartDate,EndDate,Status,CompanySignedId\n"
    f"{CONTRACT},00000100,{ACCOUNT},2026-03-01,2027-02-28,Activated,0055g1\n",
    "Attachment.csv": "Id,ParentId,Name,ContentType,BodyLength,OwnerId,CreatedDate\n"
    f"00P1,{ACCOUNT},plan.pdf,application/pdf,20,0055g1,2021-03-04T08:00:00.000+0000\n"
    f"00P2,{CONTRACT},signed.pdf,application/pdf,20,0055g1,2021-03-04T08:00:00.000+0000\n"
    f"00P3,{ACCOUNT},setup.exe,application/octet-stream,9,0055g1,2021-03-04T08:00:00.000+0000\n"
    f"00P4,{ACCOUNT},missing.pdf,application/pdf,9,0055g1,2021-03-04T08:00:00.000+0000\n"
    "00P5,0015g00000LOST9AAA,orphan.pdf,application/pdf,9,0055g1,2021-03-04T08:00:00.000+0000\n",
    "Attachments/00P1": PDF,
    "Attachments/00P2": PDF + b"signed",
    "Attachments/00P3": b"MZ program",
    "Attachments/00P5": PDF,
    "ContentVersion.csv": "Id,ContentDocumentId,IsLatest,Title,PathOnClient,FileExtension,FirstPublishLocationId\n"
    "0681,0691,0,quay,quay.png,png,0055g1\n0682,0691,1,quay,quay.png,png,0055g1\n",
    "ContentDocumentLink.csv": "Id,ContentDocumentId,LinkedEntityId,ShareType\n"
    f"06A1,0691,{DEAL},V\n06A2,0691,{QUOTE},V\n06A3,0691,0055g1,I\n",
    "ContentVersion/0682": PNG,
    "Documents/notes.txt": b"Nobody knows whose these are.",
}


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def attached() -> list[tuple[str, str]]:
    rows = Attachment.objects.filter(deleted_at=None).order_by("file__name", "about")
    return [(name, about.partition(":")[0]) for name, about in rows.values_list("file__name", "about")]


def test_files_quotes_and_contracts_of_salesforce_come_along_and_go_again(scope: Cast, browser: Client) -> None:
    address = deliver(browser, packed("WE_00D1.ZIP", SALESFORCE))
    page = words(browser.get(address).content.decode())
    assert "7 files are attached to their records" in page  # orphan.pdf too: only the run shows that its record is lost
    assert "1 file cannot be attached: missing.pdf" in page
    browser.post(f"{address}/start", {"try": "1"})
    assert "nothing was written" in words(browser.get(address).content.decode())
    assert not Attachment.objects.exists()
    tried = list(MoveAttachment.objects.values_list("name", "state"))

    move = take_over(browser, address)

    customer, deal = Customer.objects.get(), Opportunity.objects.get()
    quote, contract = Quote.objects.get(), Contract.objects.get()
    assert (quote.customer, quote.opportunity, quote.amount) == (customer, deal, 4560)
    assert quote.name == "Lamps 00000007"
    assert "Presented" in quote.notes
    assert OpportunityLine.objects.get().quantity == 40
    assert (contract.customer, contract.our_signer, str(contract.starts_on)) == (
        customer,
        scope.users["owner"],
        "2026-03-01",
    )
    assert attached() == [
        ("plan.pdf", "customer"), ("quay.png", "opportunity"), ("quay.png", "quote"), ("signed.pdf", "contract"),
    ]  # fmt: skip
    plan = Attachment.objects.get(file__name="plan.pdf")
    assert (plan.attached_by, plan.attached_at.year) == (scope.users["owner"], 2021)
    assert list(MoveAttachment.objects.values_list("name", "state")) == tried
    lost = {row[0]: row[-1] for row in report(browser, address)["Files"][1:]}
    assert set(lost) == {"setup.exe", "missing.pdf", "orphan.pdf", "notes.txt"}
    assert "Programs" in lost["setup.exe"]
    assert "0015g00000LOST9AAA" in lost["orphan.pdf"]
    assert counts(move)[2] == 0

    again = deliver(browser, packed("WE_00D1.ZIP", SALESFORCE))
    take_over(browser, again)
    assert Attachment.objects.count() == 4
    assert OpportunityLine.objects.count() == 1

    browser.post(f"{address}/undo")
    assert attached() == []
    assert not Customer.objects.filter(deleted_at=None).exists()


def test_contents_within_tables_are_read(scope: Cast, browser: Client) -> None:
    notes = [{"annotationid": "n1", "subject": "Plan", "notetext": "See the file.", "filename": "plan.pdf", "isdocument": True,
              "documentbody": base64.b64encode(PDF * 4).decode(), "_objectid_value": "a1", "createdon": "2021-03-04T08:00:00Z"},
             {"annotationid": "n2", "subject": "Broken", "notetext": "Half a file.", "filename": "half.pdf", "isdocument": True,
              "documentbody": "JVBERi0x" * 60 + "§§", "_objectid_value": "a1", "createdon": "2021-03-04T08:00:00Z"}]  # fmt: skip
    accounts = "(Do Not Modify) Account,(Do Not Modify) Row Checksum,Account Name\na1,x=,Harbor Light Trading\n"
    address = deliver(browser, table("annotations.json", json.dumps({"value": notes})), table("accounts.csv", accounts))
    take_over(browser, address)

    assert attached() == [("plan.pdf", "customer")]
    assert Activity.objects.get(text__contains="See the file.").customer == Customer.objects.get()
    assert "damaged" in str(report(browser, address)["Files"])


@pytest.mark.parametrize(
    ("name", "files", "found", "lost"),
    [
        (
            "espocrm.zip",
            {
                "Account.csv": "id,name,website,assignedUserId,createdById\na1,Harbor Light,,u1,u1\n",
                "Attachment.csv": "id,name,type,size,parentId,parentType,createdAt,createdById\n"
                "f1,plan.pdf,application/pdf,9,a1,Account,2021-03-04 08:00:00,u1\n",
                "upload/f1": PDF,
            },
            {"plan.pdf": ["a1"]},
            {},
        ),
        (
            "hubspot.zip",
            {
                "companies.csv": "Record ID,Company name,Company owner,Industry\n55,Harbor Light,,\n",
                "notes.csv": "Record ID,Note body,Associated Company IDs,Attachment URLs\n"
                "9,Read this,55,https://api.hubspot.example/f/plan.pdf;https://api.hubspot.example/f/two.pdf\n",
            },
            {},
            {"plan.pdf": "nothing is fetched", "two.pdf": "nothing is fetched"},
        ),
        (
            "客户资料.zip",
            {
                "客户.csv": "客户编号,客户名称,客户级别,客户来源,负责人,归属部门,附件\nK001,港灯贸易,重点客户,展会,王,销售,图/港.png；没有.pdf\n",
                "图/港.png": PNG,
                "附件/K001/合同.xlsx": b"PK\x03\x04 not a table here",
                "more.zip": b"PK\x03\x04",
            },
            {"港.png": ["K001"], "合同.xlsx": ["K001", "合同"]},
            {"没有.pdf": "not delivered", "more.zip": "within an archive"},
        ),
    ],
    ids=["upload folder", "addresses", "folders called as records"],
)
def test_lists_and_folders_say_whose_files_are(
    scope: Cast, browser: Client, name: str, files: dict, found: dict, lost: dict
) -> None:
    address = deliver(browser, packed(name, files))
    rows = MoveAttachment.objects.all()
    assert {row.name: row.keys for row in rows.filter(state="waiting")} == found
    assert all(lost[row.name] in row.problem for row in rows.filter(state="lost"))
    assert rows.filter(state="lost").count() == len(lost)
    assert not MoveTable.objects.filter(name__contains="合同").exists()

    for entry in MoveTable.objects.filter(lists_files=True):
        browser.post(f"{address}/tables/{entry.pk}/leave-out")
        assert not rows.filter(table=entry).exists()
