"""Bad input through every door - interface, pages, import: a clear answer, and nothing half written."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.transfer.models import Import
from banyan.core.transfer.tests.test_refusals import FILES, archive_bytes, flagged_as_encrypted, workbook_bytes
from banyan.core.web.tests.pages import DIALOG, HX, page_text
from banyan.customers.models import Customer
from tests.cast import Cast, api_client, sign_in

JSON = "application/json"
ROOT = "/api/v1/customers"


@pytest.fixture
def api(scope: Cast) -> Client:
    return api_client(scope, "admin")


@pytest.fixture
def browser(scope: Cast) -> Client:
    return sign_in(scope, "admin")


def create(api: Client, **values: Any) -> Any:
    return api.post(ROOT, json.dumps(values), content_type=JSON)


def problems(answer: Any) -> set[tuple[str, str]]:
    assert answer["Content-Type"].startswith("application/problem+json")
    found = answer.json()
    assert all(error["message"] for error in found["errors"])
    return {(error["field"], error["code"]) for error in found["errors"]}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"colour": "red"}, "colour", "unknown_parameter"),
        ({"name__like": "x"}, "name", "unknown_operator"),
        ({"created_at__gte": "yesterday"}, "created_at", "not_datetime"),
        ({"owner": "nobody"}, "owner", "unknown_record"),
        ({"employees__gt": "many"}, "employees", "not_number"),
        ({"sort": "colour"}, "sort", "unknown_field"),
        ({"sort": "tags"}, "sort", "not_sortable"),
        ({"fields": "name,colour"}, "fields", "unknown_field"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor", "bad_cursor"),
        ({"cursor": "🌳"}, "cursor", "bad_cursor"),
        ({"limit": "0"}, "limit", "out_of_range"),
        ({"limit": "1001"}, "limit", "out_of_range"),
        ({"count": "perhaps"}, "count", "not_boolean"),
        ({"filter": "{"}, "filter", "bad_json"),
        ({"filter": '{"field": "colour", "op": "eq", "value": 1}'}, "colour", "unknown_field"),
        ({"filter": json.dumps({"all": [{"all": [{"all": [{"all": [{"all": [{"all": []}]}]}]}]}]})}, "filter", ""),
    ],
)
def test_list_is_refused_when_its_address_is_wrong(api: Client, query: dict[str, str], field: str, code: str) -> None:
    answer = api.get(ROOT, query)

    assert answer.status_code in {400, 422}
    assert any(where == field and code in {"", which} for where, which in problems(answer)), answer.json()


@pytest.mark.parametrize(
    "query", ["colour=red", "sort=colour", "filter=%7B", "cursor=%F0%9F%8C%B3", "created_at__gte=x"]
)
def test_list_page_is_never_a_server_error(browser: Client, query: str) -> None:
    for path in ("/customers", "/customers/rows", "/customers/figures"):
        assert browser.get(f"{path}?{query}").status_code < 500, path


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"employees": "many"}, "not_number"),
        ({"employees": 1.5}, "not_integer"),
        ({"employees": True}, "not_number"),
        ({"employees": 10**30}, "out_of_range"),
        ({"name": ["a"]}, "not_text"),
        ({"name": {"a": 1}}, "not_text"),
        ({"name": "x" * 10_000}, "too_long"),
        ({"email": "nobody"}, "not_email"),
        ({"email": "x" * 250 + "@example.com"}, "too_long"),
        ({"website": "example.com/" + "x" * 490}, "too_long"),
        ({"tags": ["a"] * 5 + [str(n) for n in range(60)]}, "too_many"),
        ({"tags": {"a": 1}}, "not_list"),
        ({"owner": "nobody"}, "unknown_record"),
        ({"owner": "00000000-0000-7000-8000-000000000000"}, "unknown_record"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
def test_value_is_refused_by_the_interface_field_by_field(api: Client, values: dict[str, Any], code: str) -> None:
    (field,) = values
    answer = create(api, **{"name": "Good", **values})

    assert answer.status_code == 422
    assert problems(answer) == {(field, code)}
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("value", ["2023-02-30", "2026-13-01", "31.31.2026"])
def test_day_that_does_not_exist_is_refused_everywhere(api: Client, browser: Client, value: str) -> None:
    address = browser.post("/imports/new", {
        "object": "task", "file": SimpleUploadedFile("t.csv", f"Task,Due\nCall,{value}\n".encode())})["Location"]  # fmt: skip
    browser.post(f"{address}/start", {"field_0": "name", "field_1": "due_on", "match": "create"})
    task = Import.objects.get()
    form = browser.post("/tasks/new", {"name": "Call", "due_on": value, "fields": "name,due_on"}, headers=DIALOG)
    sent = api.post("/api/v1/tasks", json.dumps({"name": "Call", "due_on": value}), content_type=JSON)

    assert (task.read, task.created, task.rejected) == (1, 0, 1)
    assert form.status_code == 422
    assert value in page_text(form)
    assert problems(sent) == {("due_on", "not_date")}
    assert api.get("/api/v1/tasks").json()["items"] == []


def test_stale_version_is_refused_by_interface_form_and_cell(api: Client, browser: Client) -> None:
    made = create(api, name="First").json()
    own = f"{ROOT}/{made['id']}"
    api.patch(own, '{"name": "Second"}', content_type=JSON)

    by_header = api.patch(own, '{"name": "Third"}', content_type=JSON, headers={"If-Match": '"1"'})
    by_cell = browser.post(f"/customers/{made['id']}/cells/name", {"name": "Third", "version": "1"}, headers=HX)
    form = {"name": "Third", "version": "1", "fields": "name"}
    by_form = browser.post(f"/customers/{made['id']}/edit", form, headers=DIALOG)

    assert {by_header.status_code, by_cell.status_code, by_form.status_code} <= {409, 412}
    assert "Second" in page_text(by_form)
    assert api.get(own).json()["name"] == "Second"


def test_repeated_key_with_another_body_is_refused(api: Client) -> None:
    sent = {"content_type": JSON, "headers": {"Idempotency-Key": "once"}}
    first = api.post(ROOT, '{"name": "One"}', **sent)

    again, another = api.post(ROOT, '{"name": "One"}', **sent), api.post(ROOT, '{"name": "Two"}', **sent)

    assert (first.json(), again.json()) == (again.json(), first.json())
    assert (another.status_code, another.json()["code"]) == (422, "idempotency_mismatch")
    assert Customer.objects.count() == 1


def bomb() -> bytes:
    """Return a workbook of a few kilobytes that would unfold to a hundred megabytes."""
    target = io.BytesIO(workbook_bytes())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<sst>" + b" " * 300_000_000)
    return target.getvalue()


FILES_REFUSED = {
    "empty": ("a.csv", lambda: b""),
    "broken": ("a.xlsx", lambda: workbook_bytes()[:1_000]),
    "password": ("a.xlsx", (FILES / "password.xlsx").read_bytes),
    "encrypted": ("a.zip", lambda: flagged_as_encrypted(archive_bytes({"a.csv": b"a,b\n1,2\n"}))),
    "bomb": ("a.xlsx", bomb),
    "bomb in an archive": ("a.zip", lambda: archive_bytes({"a.csv": b"0" * 300_000_000})),
    "picture": ("a.csv", lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8),
    "no name": ("", lambda: b"%PDF-1.7\n"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", FILES_REFUSED)
def test_file_that_is_no_table_is_refused_by_interface_and_page(api: Client, browser: Client, case: str) -> None:
    name, content = FILES_REFUSED[case]
    made = content()

    by_api = api.post("/api/v1/imports", {"object": "customers", "file": SimpleUploadedFile(name or "x", made)})
    by_page = browser.post("/imports/new", {"object": "customer", "file": SimpleUploadedFile(name or "x", made)})

    assert by_api.status_code == 422, by_api.content
    assert by_api.json()["detail"]
    assert by_page.status_code == 422
    assert by_api.json()["detail"] in page_text(by_page)
    assert Import.objects.count() == 0


def test_body_that_is_too_large_is_refused(api: Client) -> None:
    answer = api.post(ROOT, json.dumps({"name": "x", "notes": "y" * 11_000_000}), content_type=JSON)

    assert answer.status_code == 413
    assert answer.json()["detail"]


#: What is sent, and what of it is kept.
NAMES = {
    "markup": ("<script>alert(1)</script><b onmouseover=x>B&amp;Q</b>", None),
    "formula": ('=HYPERLINK("http://evil")', None),
    "emoji": ("榕树 🌳👩‍👩‍👧", None),
    "four bytes": ("𠮷野家 𠀀", None),
    "right to left": ("شركة العربية", None),
    "direction override": ("invoice\u202egpj.exe", "invoicegpj.exe"),
    "lone surrogate": ("Half \ud83d done", "Half  done"),
    "control characters": ("Bell\x07 and\x1b[31m red", "Bell and[31m red"),
    "combining": ("Cafe\u0301", "Café"),
    "percent": ("100% %s {} \\' \" -- ;", None),
}


@pytest.mark.parametrize("case", NAMES)
def test_strange_name_is_kept_found_shown_and_exported_harmlessly(
    scope: Cast, api: Client, browser: Client, case: str
) -> None:
    sent, kept = NAMES[case]
    kept = sent if kept is None else kept
    made = create(api, name=sent)
    if case == "lone surrogate":
        # JSON can write half a character, and the interface says that it is none.
        assert made.status_code == 400
        made = create(api, name=kept)
    item = made.json()

    assert made.status_code == 201, made.content
    assert item["name"] == kept
    assert [row["id"] for row in api.get(ROOT, {"name": kept}).json()["items"]] == [item["id"]]
    pages = [browser.get(path).content.decode() for path in ("/customers?view=all", f"/customers/{item['id']}", "/")]
    assert all("<script>alert(1)" not in page and "<b onmouseover" not in page for page in pages)
    assert " ".join(kept.split()) in page_text(browser.get(f"/customers/{item['id']}"))
    exported = b"".join(browser.post("/customers/export", {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert f"\n{kept}" not in exported or not kept.startswith("=")


@pytest.mark.parametrize("case", NAMES)
def test_strange_name_comes_through_a_form_and_an_import(api: Client, browser: Client, case: str) -> None:
    sent, kept = NAMES[case]
    kept = sent if kept is None else kept
    if case == "lone surrogate":
        sent = kept
    quoted = '"' + sent.replace('"', '""') + '"'
    upload = SimpleUploadedFile("names.csv", f"Customer name,Note\r\n{quoted},x\r\n".encode())
    browser.post("/customers/new", {"name": sent, "fields": "name"}, headers=DIALOG)
    address = browser.post("/imports/new", {"object": "customer", "file": upload})["Location"]
    browser.post(f"{address}/start", {"field_0": "name", "match": "create"})

    assert list(Customer.objects.values_list("name", flat=True)) == [kept, kept]


@pytest.mark.parametrize(
    "body",
    [b'{"name": "a\x00b"}', b'{"name": "a\\u0000b"}', b'{"name": "\\ud800"}', b'{"name": "\xff"}', b"{", b"[]"],
)
def test_text_that_no_database_can_keep_is_refused(api: Client, body: bytes) -> None:
    answer = api.post(ROOT, body, content_type=JSON)

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/customers?search=%00",
        "/customers?name=%00",
        "/customers?search=%ED%A0%80",
        "/palette?q=%00",
        "/pick/customer?q=%00",
    ],
)
def test_nul_and_halves_of_characters_in_an_address_are_no_server_error(browser: Client, path: str) -> None:
    assert browser.get(path).status_code < 500


def test_nul_in_a_form_and_in_a_file_goes_away(browser: Client) -> None:
    browser.post("/customers/new", {"name": "A\x00B", "fields": "name"}, headers=DIALOG)
    upload = SimpleUploadedFile("names.csv", b"Customer name,Note\r\nC\x00D,x\r\n")
    answer = browser.post("/imports/new", {"object": "customer", "file": upload})
    if answer.status_code == 303:
        browser.post(f"{answer['Location']}/start", {"field_0": "name", "match": "create"})

    assert all("\x00" not in name for name in Customer.objects.values_list("name", flat=True))
    assert Customer.objects.filter(name="AB").count() == 1
