"""Importing through the pages: what a person who brings a file sees."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.identity.models import User
from banyan.core.transfer.models import Import, RejectedRow
from banyan.customers.models import Contact, Customer
from tests.cast import Cast, api_client, sign_in

FILE = "客户名称,手机,邮箱,来源\n杭州海棠家居有限公司,13800138000,a@b.example,网站\n坏行,,nobody,网站\n=cmd|calc,13900139000,,\n"


def choose(browser: Client, text: str = FILE, name: str = "客户.csv", encoding: str = "gb18030") -> str:
    upload = SimpleUploadedFile(name, text.encode(encoding))
    answer = browser.post("/imports/new", {"object": "customer", "file": upload})
    assert answer.status_code == 303, answer.content.decode()[:3000]
    return answer["Location"]


def as_guessed(browser: Client, address: str) -> dict[str, str]:
    """Return the form of the plan as the page proposes it."""
    text = browser.get(address).content.decode()
    values = {}
    for position, options in re.findall(r'name="field_(\d+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[f"field_{position}"] = chosen[1] if chosen else ""
    return values


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def test_file_is_understood_imported_mended_and_undone(scope: Cast, browser: Client) -> None:
    address = choose(browser)
    plan = as_guessed(browser, address)
    assert list(plan.values()) == ["name", "phone", "email", "source"]

    browser.post(f"{address}/start", {**plan, "match": "update", "import": "1"})
    task = Import.objects.get()
    assert (task.status, task.read, task.created, task.rejected) == ("done", 3, 2, 1)
    assert Customer.objects.filter(phone="+8613800138000", email="a@b.example").count() == 1
    row = RejectedRow.objects.get()
    assert "nobody" in browser.get(address).content.decode()

    cells = {"cell_0": "好行", "cell_1": "", "cell_2": "good@b.example", "cell_3": "网站"}
    browser.post(f"{address}/rows/{row.pk}", cells)
    task.refresh_from_db()
    assert (task.read, task.created, task.rejected) == (3, 3, 0)

    browser.post(f"{address}/undo")
    assert Customer.objects.filter(deleted_at=None).count() == 0


def test_trial_writes_nothing_and_can_be_done_for_real(scope: Cast, browser: Client) -> None:
    address = choose(browser)
    browser.post(f"{address}/start", {**as_guessed(browser, address), "try": "1"})

    assert Customer.objects.count() == 0
    assert Import.objects.get().created == 2

    browser.post(f"{address}/continue")
    assert Customer.objects.filter(deleted_at=None).count() == 2


def test_second_import_updates_and_its_undo_brings_the_old_values_back(scope: Cast, browser: Client) -> None:
    for source in ("网站", "展会"):
        address = choose(browser, f"客户名称,手机,来源\n杭州海棠家居有限公司,13800138000,{source}\n")
        browser.post(f"{address}/start", {**as_guessed(browser, address), "match": "update"})

    assert Import.objects.first().updated == 1
    changed = Customer.objects.get().source
    browser.post(f"{address}/undo")
    assert Customer.objects.get().source != changed


def test_formula_is_kept_as_text_and_harmless_in_the_errors_file(scope: Cast, browser: Client) -> None:
    address = choose(browser, "客户名称,邮箱\n=cmd|calc,nobody\n")
    browser.post(f"{address}/start", {"field_0": "name", "field_1": "email"})

    assert "'=cmd|calc" in browser.get(f"{address}/errors").content.decode()


def test_new_column_becomes_a_field(scope: Cast, browser: Client) -> None:
    address = choose(browser, "客户名称,楼层数\n甲公司,12\n")
    browser.post(f"{address}/start", {"field_0": "name", "field_1": "+"})

    assert list(Customer.objects.get().custom.values()) == [12]


def test_columns_of_an_address_become_its_parts(scope: Cast, browser: Client) -> None:
    address = choose(browser, "客户名称,省份,城市,详细地址,邮编\n甲公司,浙江省,杭州市,文三路 1 号,310012\n")
    plan = as_guessed(browser, address)
    assert list(plan.values()) == ["name", "address.province", "address.city", "address", "address.postcode"]

    browser.post(f"{address}/start", plan)

    assert Customer.objects.get().address == {
        "province": "浙江省", "city": "杭州市", "street": "文三路 1 号", "postcode": "310012",
    }  # fmt: skip


def test_preview_tells_what_would_be_put_aside(browser: Client) -> None:
    text = browser.get(choose(browser)).content.decode()

    assert "1 of the first 3 rows would be put aside" in text
    assert "Row 3 · 邮箱: “nobody” is not an e-mail address." in text


def test_choosing_another_field_asks_how_its_cells_are_written(browser: Client) -> None:
    address = choose(browser, "客户名称,日子\n甲公司,03/04/2026\n")

    answer = browser.post(f"{address}/columns/1", {"field_0": "name", "field_1": "next_follow_up_on"})

    text = answer.content.decode()
    assert 'name="order_1"' in text
    assert "Row 2 · 日子" in text


def test_order_of_dates_can_be_said(scope: Cast, browser: Client) -> None:
    address = choose(browser, "客户名称,日子\n甲公司,03/04/2026\n")

    browser.post(f"{address}/start", {"field_0": "name", "field_1": "next_follow_up_on", "order_1": "mdy"})

    assert Customer.objects.get().next_follow_up_on == date(2026, 3, 4)


def test_words_of_a_closed_list_can_be_translated(scope: Cast, browser: Client) -> None:
    address = choose(browser, "客户名称,客户状态\n甲公司,正在谈\n")
    assert 'value="正在谈"' in browser.get(address).content.decode()

    browser.post(
        f"{address}/start",
        {"field_0": "name", "field_1": "status", "word_1": "正在谈", "code_1": "active"},
    )

    assert Customer.objects.get().status == "active"


def test_missing_needed_field_is_said_before(browser: Client) -> None:
    address = choose(browser)

    text = browser.post(f"{address}/columns/0", {"field_0": ""}).content.decode()

    assert "No column goes to: Customer name. Every row needs it." in text


def test_file_can_be_read_again_in_another_encoding(scope: Cast, browser: Client) -> None:
    address = choose(browser)

    browser.post(f"{address}/read-again", {"encoding": "big5"})
    assert Import.objects.get().plan["encoding"] == "cp950"
    browser.post(f"{address}/read-again", {"encoding": ""})

    assert list(as_guessed(browser, address).values()) == ["name", "phone", "email", "source"]


def test_all_rows_can_be_tried_again_after_a_list_has_grown(scope: Cast, browser: Client) -> None:
    address = choose(browser, "联系人,负责人\n张三,王新人\n李四,王新人\n")
    task = Import.objects.get()
    assert task.object_name == "customer"
    browser.post(f"{address}/start", {"field_0": "name", "field_1": "owner"})
    task.refresh_from_db()
    assert task.rejected == 2
    User.objects.filter(pk=scope.users["owner"].pk).update(name="王新人")

    browser.post(f"{address}/rows", {})

    task.refresh_from_db()
    assert (task.read, task.created, task.rejected) == (2, 2, 0)


def test_rows_of_a_trial_are_not_mended(scope: Cast, browser: Client) -> None:
    address = choose(browser)
    browser.post(f"{address}/start", {**as_guessed(browser, address), "try": "1"})

    answer = browser.post(f"{address}/rows", {})

    assert answer.status_code == 409
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\x00\x01\x02\x03" * 100, "只有表头\n".encode()])
def test_broken_file_is_refused_with_the_way_out(browser: Client, content: bytes) -> None:
    answer = browser.post("/imports/new", {"object": "customer", "file": SimpleUploadedFile("x.xlsx", content)})

    assert answer.status_code == 422
    assert 'class="notice is-error"' in answer.content.decode()
    assert Import.objects.count() == 0


def test_reader_cannot_import(scope: Cast) -> None:
    assert sign_in(scope, "viewer").get("/imports/new?object=customer").status_code == 404


def test_import_of_somebody_else_is_missing(scope: Cast, browser: Client) -> None:
    address = choose(browser)

    assert sign_in(scope, "owner").get(address).status_code == 404


def test_contacts_bring_their_customers_along(scope: Cast, browser: Client) -> None:
    upload = SimpleUploadedFile("people.csv", b"Name,Company,Mobile\nMaria Keller,Northwind,+447911123456\n")
    address = browser.post("/imports/new", {"object": "contact", "file": upload})["Location"]
    browser.post(f"{address}/start", as_guessed(browser, address))

    contact = Contact.objects.select_related("customer").get()
    assert (contact.name, contact.customer.name) == ("Maria Keller", "Northwind")


def test_program_sends_a_file_and_gets_an_import(scope: Cast) -> None:
    client = api_client(scope, "admin")
    upload = SimpleUploadedFile("c.csv", b"Name,Phone\nAcme,+442071234567\n")

    made = client.post("/api/v1/imports", {"file": upload, "object": "customers"})

    assert made.status_code == 202, made.content
    shown = client.get(made["Location"]).json()
    assert (shown["status"], shown["read"], shown["object"]) == ("waiting", 0, "customer")


def test_selection_is_exported_as_csv(scope: Cast, browser: Client) -> None:
    address = choose(browser)
    browser.post(f"{address}/start", as_guessed(browser, address))
    ids = [str(Customer.objects.get(phone="+8613800138000").pk)]

    sent = b"".join(browser.post("/customers/export", {"ids": ids, "format": "csv"}).streaming_content).decode(
        "utf-8-sig"
    )

    assert "杭州海棠家居有限公司" in sent
    assert "=cmd" not in sent
