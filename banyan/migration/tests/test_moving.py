"""Moving in through the pages: files are delivered, understood, tried, taken over, delivered again, taken back."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.billing.models import Payment
from banyan.contracts.models import Contract
from banyan.core.transfer.models import Import, IncompleteRow, RejectedRow
from banyan.customers.models import Activity, Contact, Customer
from banyan.leads.models import Lead
from banyan.migration.jobs import run_move
from banyan.migration.models import Move, MoveTable
from banyan.migration.services import running
from banyan.migration.tests.deliveries import EXPORTS, PAGE, counts, deliver, packed, report, table, take_over, words
from banyan.orders.models import Order, OrderLine
from banyan.sales.models import Opportunity, Stage
from banyan.teamwork.models import Task
from tests.cast import Cast, api_client, sign_in

ENGLISH = ("hubspot", "dynamics", "zoho", "pipedrive", "espocrm", "suitecrm", "odoo")
CHINESE = ("fxiaoke", "neocrm", "wukong", "lixiaoyun", "dingtalk", "xiaoman", "hecom")
#: Their customers have no district of their own.
ONE_ADDRESS = ("dingtalk", "xiaoman")


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def archive(folder: str, *, without: tuple[str, ...] = (), changed: dict[str, str] | None = None) -> SimpleUploadedFile:
    paths = [path for path in sorted((EXPORTS / folder).iterdir()) if path.stem not in without]
    texts = {path.name: (changed or {}).get(path.stem, path.read_text(encoding="utf-8")) for path in paths}
    return packed(f"{folder}.zip", texts)


def workbook(folder: str) -> SimpleUploadedFile:
    """Return the files of a folder as the sheets of one workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for path in sorted((EXPORTS / folder).iterdir()):
        sheet = book.create_sheet(path.stem)
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
            sheet.append([cell or None for cell in row])
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile(f"{folder}.xlsx", content.getvalue())


def test_weekly_export_of_salesforce_comes_in_whole(scope: Cast, browser: Client) -> None:
    address = deliver(browser, archive("salesforce"))
    page = words(browser.get(address).content.decode())
    assert "Salesforce" in page
    assert "Gina Gone gina@old.example" in page  # nobody here: it is asked who she is
    assert "CustomerPriority__c" in page  # no field for it: it is said
    assert not Customer.objects.exists()

    move = take_over(browser, address)

    asia = Customer.objects.get(name="Harbor Light Asia")
    assert asia.parent.name == "Harbor Light Trading"  # it came after its subsidiary in the file
    assert asia.parent.created_at == datetime(2019, 5, 20, 10, tzinfo=UTC)
    assert asia.parent.updated_at == datetime(2024, 1, 15, 12, 30, tzinfo=UTC)
    assert asia.owner == scope.users["teammate"]
    assert asia.created_by == scope.users["owner"]
    assert asia.custom["original_id"] == "0015g00000XYZ02AAA"
    assert Customer.objects.get(name="Birch & Bell").custom["original_owner"] == "Gina Gone"
    won = Opportunity.objects.get(name="Lamps for the east quay")
    assert (won.outcome, won.closed_on, won.customer) == ("won", date(2023, 6, 30), asia.parent)
    assert Opportunity.objects.get(name="Shop lighting").stage.name == "Initial contact"
    assert not Stage.objects.filter(name="Waiting for the moon").exists()
    call = Activity.objects.get(type="call")
    assert (call.contact.name, call.customer, call.about) == ("Edith Marsh", asia.parent, f"opportunity:{won.pk}")
    note = Activity.objects.get(text__contains="Saw us at the fair.")
    assert (note.type, note.happened_at) == ("note", datetime(2024, 3, 2, 8, tzinfo=UTC))
    assert note.about == f"lead:{Lead.objects.get(name='Ana Ruiz').pk}"
    assert note.text.endswith("— Gina Gone")
    task = Task.objects.get()
    assert (task.name, task.assignee, task.due_on) == ("Send samples", scope.users["teammate"], date(2027, 1, 15))
    line = OrderLine.objects.get()
    assert (line.order.customer, line.product.name, line.order.amount) == (asia.parent, "Signal Lamp", 4800)
    assert Contact.objects.get(name="Larry Lost").customer is None

    sheets = report(browser, address)
    assert sheets["Contact.csv"][1][:3] == (
        "4",
        "Taken without some values",
        "AccountId: “0015g00000LOST9AAA” was not found.",
    )
    assert "0015g00000LOST9AAA" in sheets["Contact.csv"][1]
    assert any("Waiting for the moon" in str(cell) for cell in sheets["Opportunity.csv"][1])
    found = api_client(scope, "admin").get("/api/v1/search", {"q": "0015g00000XYZ02AAA"}).content.decode()
    assert "Harbor Light Asia" in found
    assert counts(move)[2] == 0


def test_second_delivery_updates_and_undo_takes_both_back(scope: Cast, browser: Client) -> None:
    take_over(browser, deliver(browser, archive("salesforce")))
    before = {
        model: model.objects.count() for model in (Customer, Contact, Activity, Task, Opportunity, Order, OrderLine)
    }
    accounts = (EXPORTS / "salesforce/Account.csv").read_text(encoding="utf-8").replace("Leeds", "York")

    address = deliver(browser, archive("salesforce", changed={"Account": accounts}))
    second = take_over(browser, address)

    assert {model: model.objects.count() for model in before} == before
    assert counts(second)[0] == 0
    assert Customer.objects.get(name="Birch & Bell").address["city"] == "York"

    browser.post(f"{address}/undo")
    assert Customer.objects.get(name="Birch & Bell").address["city"] == "Leeds"
    first = Move.objects.last()
    browser.post(f"{PAGE}/{first.pk}/undo")
    assert not any(model.objects.filter(deleted_at=None).exists() for model in before)

    # What was taken back comes again as new.
    third = take_over(browser, deliver(browser, archive("salesforce")))
    assert counts(third)[0] > 20
    assert Contact.objects.get(name="Wei Tan", deleted_at=None).customer.deleted_at is None


def test_trial_tells_the_figures_of_the_real_run_and_writes_nothing(scope: Cast, browser: Client) -> None:
    address = deliver(browser, archive("salesforce"))
    browser.post(f"{address}/start", {"try": "1"})
    trial = counts(Move.objects.get())
    page = words(browser.get(address).content.decode())
    assert "nothing was written" in page
    assert not Customer.objects.exists()
    assert "0015g00000LOST9AAA" in str(report(browser, address))

    browser.post(f"{address}/back")
    people = {"person_text": "0055g00000A1cccAAC", "person_choice": str(scope.users["manager"].pk)}
    browser.post(f"{address}/mappings", {**people, "match": "update"})
    move = take_over(browser, address)

    assert counts(move) == trial
    assert Customer.objects.get(name="Birch & Bell").owner == scope.users["manager"]
    assert not Activity.objects.filter(text__contains="— Gina").exists()


@pytest.mark.parametrize("system", ENGLISH)
def test_exports_keep_links_owners_dates_and_notes(scope: Cast, browser: Client, system: str) -> None:
    address = deliver(browser, archive(system))
    assert Move.objects.get().system == system
    assert not MoveTable.objects.filter(problem__gt="").exists()
    take_over(browser, address)

    main = Customer.objects.get(name="Harbor Light Trading")
    assert main.owner == scope.users["owner"]
    assert main.created_at.date() == date(2019, 5, 20)
    assert main.custom["original_id"]
    edith = Contact.objects.get(name="Edith Marsh")
    assert (edith.customer, edith.owner, edith.email) == (main, scope.users["owner"], "edith@harborlight.example")
    deal = Opportunity.objects.get(name="East quay lamps")
    assert (deal.customer, deal.outcome, deal.amount, deal.closed_on) == (main, "won", 48_000, date(2023, 6, 30))
    note = Activity.objects.get(text__contains="They rebuild the east quay.")
    assert (note.type, note.customer, note.owner) == ("note", main, scope.users["owner"])
    assert note.happened_at.date() == date(2022, 10, 5)
    assert "<" not in note.text
    task = Task.objects.get(name__contains="Send samples")
    assert (task.due_on, task.assignee) == (date(2027, 1, 15), scope.users["teammate"])
    assert task.customer == main
    assert not Customer.objects.filter(name="Deleted Ltd").exists()
    assert not RejectedRow.objects.exists()
    assert not IncompleteRow.objects.exists(), list(IncompleteRow.objects.values_list("errors", flat=True))

    if system == "pipedrive":  # its ids are small numbers, which different things share
        again = take_over(browser, deliver(browser, archive(system)))
        assert counts(again)[0] == 0


@pytest.mark.parametrize("system", CHINESE)
def test_chinese_exports_keep_links_owners_dates_and_records(scope: Cast, browser: Client, system: str) -> None:
    address = deliver(browser, workbook(system))
    assert Move.objects.get().system == system
    # Whoever moves in is told where the names of columns are nothing but guesses.
    assert ("are guessed" in words(browser.get(address).content.decode())) is (system != "wukong")
    take_over(browser, address)

    main = Customer.objects.get(name="港灯贸易有限公司")
    assert main.owner == scope.users["owner"]
    assert main.created_at == datetime(2019, 5, 20, 10, tzinfo=UTC)
    assert main.status == "active"
    assert system in ONE_ADDRESS or main.address["district"] == "浦东新区"
    assert "码头路1号" in main.address["street"]
    person = Contact.objects.get(name="马红")
    assert (person.customer, person.job_title, person.mobile) == (main, "采购总监", "+8613800138001")
    deal = Opportunity.objects.get(name="东码头灯具")
    assert (deal.customer, deal.outcome, deal.amount, deal.closed_on) == (main, "won", 48_000, date(2023, 6, 30))
    visit = Activity.objects.get()
    assert (visit.type, visit.text, visit.customer) == ("visit", "客户夏天要翻修东码头。", main)
    assert (visit.owner, visit.happened_at) == (scope.users["owner"], datetime(2022, 10, 5, 15, 20, tzinfo=UTC))
    assert not IncompleteRow.objects.exists(), list(IncompleteRow.objects.values_list("errors", flat=True))
    if system == "wukong":
        assert "58880001" in str(main.further_contacts)  # a second number has its place

    if system != "wukong":  # its exports have no ids
        return
    second = deliver(browser, workbook(system))
    browser.post(f"{second}/start", {"try": "1", "match": "update"})
    assert counts(Move.objects.first())[0] == 0
    again = take_over(browser, second)  # right after the trial
    assert counts(again)[0] == 0
    assert not again.is_dry_run


def test_systems_of_the_readers_country_come_first_and_guesses_are_named_beforehand(scope: Cast) -> None:
    admin = sign_in(scope, "admin")

    def offered() -> list[str]:
        page = admin.get(PAGE).content.decode()
        return re.findall(r"<option value=\"(\w+)\"", page.split('id="move-source"')[1].split("</select>")[0])[1:-1]

    english = offered()
    page = words(admin.get(PAGE).content.decode())
    assert page.count("Names of its columns are guessed") == 4
    admin.post("/settings/me/language", {"language": "zh-hans"})
    chinese = offered()
    home = {"fxiaoke", "neocrm", "wukong", "lixiaoyun", "dingtalk", "xiaoman", "hecom"}
    assert set(chinese[:7]) == home == set(english[-7:])
    assert sorted(chinese) == sorted(english)


def test_unknown_table_is_asked_about_and_read_as_what_one_says(scope: Cast, browser: Client) -> None:
    odd = table("odd.csv", "Alpha,Beta,Gamma\nHarbor Light Trading,+44 20 7946 0101,9\n")
    address = deliver(browser, odd, archive("zoho", without=("Accounts_001",)))
    page = words(browser.get(address).content.decode())
    assert "1 table was not recognised" in page
    entry = MoveTable.objects.get(name="odd.csv")

    browser.post(f"{address}/tables/{entry.pk}/assign", {"kind": "customer"})
    plan = browser.get(f"{address}/tables/{entry.pk}").content.decode()
    names = re.findall(r'id="field-(\d+)" name', plan)
    columns = Import.objects.get(part_of=entry.move_id, object_name="customer").plan["columns"]
    chosen = {f"field_{position}": columns[int(position)]["field_name"] for position in names}
    places = {column["column"]: position for position, column in enumerate(columns)}
    chosen |= {f"field_{places['Alpha']}": "name", f"field_{places['Beta']}": "phone", f"field_{places['Gamma']}": "+"}
    answer = browser.post(f"{address}/tables/{entry.pk}", chosen)
    assert answer.status_code in {302, 303}, words(answer.content.decode())[:800]
    take_over(browser, address)

    customer = Customer.objects.get(name="Harbor Light Trading")
    assert customer.phone == "+442079460101"
    assert str(customer.custom["gamma"]) == "9"
    # Of contacts and opportunities only the names of their customer are known to lead anywhere.
    assert "zcrm_4150868000000111001" in str(report(browser, address))


def test_spreadsheets_of_ones_own_are_understood_by_their_headings(scope: Cast, browser: Client) -> None:
    customers = table(
        "客户表.csv", "编号,客户名称,电话,行业\n001,港灯贸易,021-58880001,航运\n002,桦铃零售,0571-88880002,零售\n"
    )
    people = table("联系人表.csv", "姓名,公司,手机\n马红,港灯贸易,13800138001\n")
    deals = table("pipeline.csv", "opportunity_id,account,deal_stage,close_value\nAB1,港灯贸易,Won,4800\n")
    address = deliver(browser, customers, people, deals, source="spreadsheet")
    take_over(browser, address)

    assert Contact.objects.get(name="马红").customer == Customer.objects.get(name="港灯贸易")
    deal = Opportunity.objects.get()
    assert (deal.amount, deal.customer.name, deal.outcome) == (4800, "港灯贸易", "won")
    again = table("客户表.csv", "编号,客户名称,电话,行业\n001,港灯贸易（上海）,021-58880001,航运\n")
    take_over(browser, deliver(browser, again, source="spreadsheet"))
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["桦铃零售", "港灯贸易（上海）"]


def test_half_files_and_foreign_files_are_said_and_nothing_is_lost(scope: Cast, browser: Client) -> None:
    whole = archive("salesforce").read()
    half = SimpleUploadedFile("export.zip", whole[: len(whole) // 2])
    answer = browser.post(PAGE, {"source": "auto", "files": [half]})
    assert answer.status_code == 422
    assert "damaged" in words(answer.content.decode())
    assert not Move.objects.exists()

    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 nothing")
    broken = table("annotations.json", '{"value": [{"annotationid": "1", "notetext": "They re')
    text = (EXPORTS / "hubspot/companies.csv").read_text(encoding="utf-8")
    cut = table("companies.csv", text + "5503,Cut of")
    address = deliver(browser, letter, broken, cut)
    page = words(browser.get(address).content.decode())
    assert "letter.pdf" in page
    assert "downloaded completely" in page
    move = take_over(browser, address)

    assert counts(move) == (2, 0, 1)
    sheets = report(browser, address)
    assert any(row[0] == "4" and "Cut of" in row for row in sheets["companies.csv"])
    assert any("letter.pdf" in str(row) for row in sheets["Overview"])


def test_values_that_do_not_fit_are_left_out_and_reported_as_they_were(scope: Cast, browser: Client) -> None:
    text = (
        "Record ID,Company name,Company owner,Number of Employees,Company Domain Name,Lifecycle Stage,Create Date\n"
        "1,Harbor Light Trading,Olga Owner,about three hundred,harborlight.example,Somewhere,2019-05-20 10:00\n"
        "2,,Olga Owner,12,nameless.example,Customer,2019-05-20 10:00\n"
        "1,Harbor Light Trading Ltd,Olga Owner,300,,Customer,yesterday\n"
    )
    address = deliver(browser, table("companies.csv", text))
    move = take_over(browser, address)

    customer = Customer.objects.get()
    assert (customer.name, customer.employees, customer.status) == ("Harbor Light Trading Ltd", 300, "active")
    assert counts(move) == (1, 1, 1)
    rows = report(browser, address)["companies.csv"]
    assert any("about three hundred" in row and "Taken without some values" in row for row in rows)
    assert any(row[0] == "3" and row[1] == "Put aside" and "nameless.example" in row for row in rows)


def test_interrupted_move_goes_on_without_repeating_or_losing_a_row(scope: Cast, browser: Client) -> None:
    address = deliver(browser, archive("salesforce"))
    admin, move = scope.actor("admin"), Move.objects.get()
    running.make_ready(admin, move)
    seen: list[str] = []

    def power_cut(_move: Move, row: MoveTable) -> None:
        seen.append(row.object_name)
        if seen.count("contact"):
            raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        running.work(admin, move.pk, progress=power_cut)
    assert Move.objects.get().problem in words(browser.get(address).content.decode())
    assert Contact.objects.count() == 3
    assert not Opportunity.objects.exists()

    take_over(browser, address)
    assert (Customer.objects.count(), Contact.objects.count(), Opportunity.objects.count()) == (3, 3, 3)
    assert Activity.objects.count() == 6


def test_whoever_does_not_manage_the_organization_sees_nothing(scope: Cast) -> None:
    visitor = sign_in(scope, "manager")
    assert visitor.get(PAGE).status_code == 403
    assert "Come from another CRM" not in visitor.get("/customers").content.decode()
    admin = sign_in(scope, "admin")
    assert PAGE in admin.get("/customers").content.decode()
    assert PAGE in admin.get("/imports/new?object=customer").content.decode()
    address = deliver(admin, archive("lixiaoyun"))
    assert visitor.get(address).status_code == 403
    assert visitor.post(f"{address}/start", {"move": "1"}).status_code == 403
    admin.post(f"{address}/discard")
    assert not Move.objects.exists()


def test_programs_deliver_files_and_read_the_report(scope: Cast) -> None:
    client = api_client(scope, "admin")
    answer = client.post("/api/v1/migrations", {"files": [archive("espocrm")], "dry_run": "false"})
    assert answer.status_code == 202, answer.content
    address = answer.headers["Location"]
    assert answer.json()["source"] == "espocrm"
    assert client.get(address).json()["status"] == "waiting"
    move_id = address.rsplit("/", 1)[-1]
    run_move(
        organization_id=str(scope.organization.pk), user_id=str(scope.users["admin"].pk), move_id=move_id
    )  # as the worker does
    done = client.get(address).json()
    assert (done["status"], done["rejected"], done["created"]) == ("done", 0, done["read"])
    assert client.get(f"{address}/report").content[:2] == b"PK"
    assert client.post(f"{address}/undo").json()["undone"] == done["created"]
    refused = client.post("/api/v1/migrations", {"files": [archive("espocrm")], "source": "abacus"})
    assert refused.status_code == 422


def test_spreadsheets_are_linked_by_ids_that_somebody_may_refuse(scope: Cast, browser: Client) -> None:
    customers = "客户编号,客户名称,电话,上级编号\nK001,港灯贸易,021-58880001,K003\nK002,桦铃零售,021-58880002,\nK003,港灯集团,021-58880003,\n"
    people = "姓名,客户编号,手机\n马红,K002,13800138001\n李雷,K001,13800138002\n韩梅,K001,13800138003\n王五,K009,13800138004\n赵六,K003,13800138005\n"
    address = deliver(browser, table("客户表.csv", customers), table("联系人表.csv", people.encode("gb18030")))
    page = words(browser.get(address).content.decode())
    assert "客户编号 → 客户表.csv : 客户编号 3 of 4 found" in page
    take_over(browser, address)

    first, second, group = (Customer.objects.get(name=name) for name in ("港灯贸易", "桦铃零售", "港灯集团"))
    assert Contact.objects.get(name="马红").customer == second
    assert Contact.objects.get(name="李雷").customer == first
    assert first.parent == group
    assert Contact.objects.get(name="王五").customer is None
    assert "K009" in str(report(browser, address))

    other = deliver(browser, table("客户表.csv", customers), table("联系人表.csv", people))
    browser.post(f"{other}/mappings", {"relations_shown": "1", "match": "update"})
    plan = Import.objects.get(part_of=other.rsplit("/", 1)[-1], object_name="contact").plan
    assert not any(column["kinds"] for column in plan["columns"])
    assert "customer" not in plan["create_links"]  # an id is nobody's name


def test_wrong_encodings_two_files_of_one_object_and_formats_nobody_knows(scope: Cast, browser: Client) -> None:
    header = "Record ID,Company name,Company owner,Industry\n"
    first = table("companies-1.csv", f"{header}1,Harbor Light,,\n".encode("utf-16"))
    second = table("companies-2.csv", f"{header}2,港灯贸易,,\n1,Harbor Light Ltd,,\n".encode("gb18030"))
    nonsense = table("backup.bak", bytes(range(256)) * 8)
    address = deliver(browser, first, second, nonsense)
    page = words(browser.get(address).content.decode())
    assert "backup.bak" in page
    move = take_over(browser, address)

    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Harbor Light Ltd", "港灯贸易"]
    assert counts(move) == (2, 1, 0)
    browser.post(f"{address}/undo")
    assert not Customer.objects.filter(deleted_at=None).exists()


def test_orders_contracts_and_receipts_of_chinese_systems_come_with_their_lines(scope: Cast, browser: Client) -> None:
    sheets = {
        "客户.csv": "唯一性ID,客户名称,客户级别,负责人,负责人主属部门,生命状态\nc1,港灯贸易,重点客户,Olga Owner,销售部,正常\n",
        "产品.csv": "唯一性ID,产品名称,产品编码,标准价格（元）,负责人主属部门\np1,信号灯,L-1,120,销售部\n",
        "销售订单.csv": "唯一性ID,销售订单编号,客户名称,下单日期,销售订单金额（元）,负责人,生命状态\n"
        "o1,SO-001,港灯贸易,2026-03-01,4800,Olga Owner,正常\n",
        "订单产品.csv": "唯一性ID,销售订单编号,产品名称,数量,销售单价（元）,生命状态\nl1,SO-001,信号灯,40,120,正常\n",
        "合同.csv": "唯一性ID,合同编号,客户名称,合同金额（元）,签订日期,合同开始日期,负责人,生命状态\n"
        "k1,HT-9,港灯贸易,4800,2026-02-20,2026-03-01,Olga Owner,正常\n",
        "回款.csv": "唯一性ID,回款编号,客户名称,回款金额（元）,回款日期,回款方式,销售订单编号,生命状态\n"
        "r1,HK-1,港灯贸易,1800,2026-03-20,转账,SO-001,正常\n",
    }
    address = deliver(browser, packed("纷享销客.zip", sheets))
    assert Move.objects.get().system == "fxiaoke"
    move = take_over(browser, address)

    customer = Customer.objects.get()
    line = OrderLine.objects.get()
    assert (line.order.name, line.order.customer, line.product.name, line.quantity) == (
        "SO-001",
        customer,
        "信号灯",
        40,
    )
    contract = Contract.objects.get()
    assert (contract.name, contract.customer, contract.amount, contract.signed_on) == (
        "HT-9",
        customer,
        4800,
        date(2026, 2, 20),
    )
    payment = Payment.objects.get()
    assert (payment.customer, payment.amount, payment.method, payment.reference) == (customer, 1800, "transfer", "HK-1")
    assert counts(move)[2] == 0
    assert not IncompleteRow.objects.exists(), list(IncompleteRow.objects.values_list("errors", flat=True))
