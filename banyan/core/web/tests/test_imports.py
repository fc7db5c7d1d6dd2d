"""Importing through the pages: what a person who brings a file sees."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

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
    for position, options in re.findall(r'name="field_(\d+)">(.*?)</select>', text, re.DOTALL):
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

    assert list(Customer.objects.get().custom.values()) == ["12"]


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
