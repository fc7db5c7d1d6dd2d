"""The proof of the machine: an object has everything at once, over HTTP, whether a developer has declared it by one
model and one specification, or an administrator has made it on a page."""

from __future__ import annotations

import csv
import io
import json
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from openpyxl import load_workbook

from banyan.core.access.actor import Actor
from banyan.core.database.row_level_security import isolation_statements
from banyan.core.identity.models import User
from banyan.core.objects.custom_objects import ObjectDraft, change_custom_object, create_custom_object
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.pick_lists import set_options
from banyan.core.objects.registry import objects, register_object
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, PANEL, make, news, page_text, toast
from tests.cast import Cast, api_client, sign_in
from tests.contracts.test_pages import entered

JSON = "application/json"
TABLE = "customers_equipment"
SOURCE = Path(__file__).parent / "equipment.py"
PRESS = {"name": "液压机 Press", "condition": "repair", "serviced_on": "2026-03-05", "price": "1200.50"}
LATHE = {"name": "Lathe", "condition": "working", "serviced_on": "2026-03-20", "price": "800", "tags": ["heavy"]}


@pytest.fixture(scope="module", params=["declared", "made"])
def way(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """How the object comes about; the declared one has a table as a migration makes it, and a registration."""
    if request.param == "made":
        yield request.param
        return
    from tests.contracts.equipment import EQUIPMENT, Equipment  # noqa: PLC0415 the model must not outlive the test

    role = connections["default"].settings_dict["USER"]
    with django_db_blocker.unblock():
        owner = connections["owner"]
        with owner.schema_editor() as editor:
            editor.create_model(Equipment)
            for statement in isolation_statements(TABLE, role=role):
                editor.execute(statement)
        owner.close()
        register_object(EQUIPMENT)
    yield request.param
    objects.remove(EQUIPMENT.name)
    with django_db_blocker.unblock():
        with owner.schema_editor() as editor:
            editor.delete_model(Equipment)
        owner.close()
    del apps.all_models["customers"]["equipment"]
    apps.clear_cache()


@pytest.fixture
def new_object(way: str, cast: Cast) -> None:
    """The object in the organization of the test; one that is made is there as soon as it is made."""
    if way == "made":
        with organization_scope(cast.organization.pk):
            make_equipment(cast.actor("admin"))


def make_equipment(actor: Actor) -> None:
    """Make the object of ``equipment.py`` as an administrator does it."""
    Organization.objects.filter(pk=actor.organization_id).update(edition="standard")
    labels = {"zh": "设备", "en": "Equipment"}
    draft = ObjectDraft(labels, labels, labels, plural="equipment", number_pattern="EQ-{number:04d}",
                        main_object="customer")  # fmt: skip
    row = create_custom_object(actor, draft)
    for kind, name, chinese, english in (
        ("choice", "condition", "状况", "Condition"), ("date", "serviced_on", "保养日期", "Serviced on"),
        ("money", "price", "价格", "Price"), ("long_text", "notes", "备注", "Notes"), ("tags", "tags", "标签", "Tags"),
    ):  # fmt: skip
        create_custom_field(actor, row.name, FieldDraft(kind, {"zh": chinese, "en": english}, name=name))
    conditions = (("working", "Working"), ("repair", "In repair"), ("retired", "Retired"))
    set_options(actor, f"{row.name}.condition", [{"code": code, "label": label} for code, label in conditions])
    change_custom_object(actor, row.pk, shape={"board_field": "condition", "board_total": "price"})


@pytest.fixture
def browser(new_object: None, cast: Cast) -> Client:
    return sign_in(cast, "admin")


@pytest.fixture
def api(new_object: None, cast: Cast) -> Client:
    return api_client(cast, "admin")


@pytest.fixture
def press(api: Client) -> dict[str, Any]:
    return created(api, PRESS)


@pytest.fixture
def lathe(api: Client) -> dict[str, Any]:
    return created(api, LATHE)


def created(api: Client, values: dict[str, Any]) -> dict[str, Any]:
    answer = api.post("/api/v1/equipment", json.dumps(values), content_type=JSON)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def lines_of_code(source: Path) -> int:
    """Count the lines that hold anything but comments and texts that explain."""
    counted: set[int] = set()
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    with source.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in {*skipped, tokenize.ENCODING} and not token.string.startswith('"""'):
                counted.update(range(token.start[0], token.end[0] + 1))
    return len(counted)


def test_declaration_costs_less_than_150_lines() -> None:
    assert lines_of_code(SOURCE) < 150


def test_list_shows_records_with_filters_columns_and_totals(
    cast: Cast, browser: Client, press: dict[str, Any], lathe: dict[str, Any]
) -> None:
    everything = page_text(browser.get("/equipment"))
    filtered = page_text(browser.get("/equipment?condition=repair"))
    grouped = {
        "any": [{"field": "price", "op": "gt", "value": "5000"}, {"field": "tags", "op": "contains", "value": "heavy"}]
    }
    either = page_text(browser.get("/equipment", {"filter": json.dumps(grouped)}))
    figures = page_text(browser.get("/equipment/figures"))
    chosen = browser.post("/equipment/columns", {"columns": ["tags", "name"]}, headers=HX).content.decode()

    assert "液压机 Press" in everything
    assert "Lathe" in everything
    assert "Lathe" not in filtered
    assert "Condition: In repair" in filtered
    assert "液压机 Press" not in either
    assert "2,000.50" in figures
    assert "2 in all" in figures
    assert chosen.index('data-cell="tags"') < chosen.index('data-cell="name"')
    assert "In repair" not in page_text(browser.get("/equipment"))


def test_views_are_there_and_can_be_saved(browser: Client, press: dict[str, Any], lathe: dict[str, Any]) -> None:
    saved = browser.post("/equipment/views", {"query": "tags__contains=heavy", "name": "Heavy ones"}, headers=DIALOG)
    heavy = page_text(browser.get(news(saved)["visit"]["url"]))

    assert "Heavy ones" in heavy
    assert "Lathe" in heavy
    assert "液压机 Press" not in heavy


def test_declared_view_is_there(way: str, browser: Client, press: dict[str, Any], lathe: dict[str, Any]) -> None:
    if way == "made":
        pytest.skip("Views of objects that are made are saved by people.")
    broken = page_text(browser.get("/equipment?view=broken"))

    assert "液压机 Press" in broken
    assert "Lathe" not in broken


def test_board_moves_cards_and_adds_up(
    browser: Client, press: dict[str, Any], lathe: dict[str, Any], api: Client
) -> None:
    board = page_text(browser.get("/equipment?display=board"))
    sent = {"id": press["id"], "to": "retired", "version": press["version"]}
    moved = browser.post("/equipment/move", sent, headers={**HX, "HX-Current-URL": "http://x/equipment?display=board"})

    assert all(text in board for text in ("Working", "In repair", "Retired", "Lathe", "1,200.50"))
    assert moved.status_code == 200
    assert api.get(f"/api/v1/equipment/{press['id']}").json()["condition"] == "retired"


def test_calendar_shows_days(browser: Client, press: dict[str, Any], lathe: dict[str, Any]) -> None:
    assert browser.get("/equipment?display=calendar").status_code == 200

    shown = browser.get("/equipment/events?start=2026-03-01&end=2026-03-10").json()["items"]

    assert [item["title"] for item in shown] == [PRESS["name"]]


def test_record_page_side_panel_and_timeline(browser: Client, press: dict[str, Any]) -> None:
    address = f"/equipment/{press['id']}"
    full, panel = browser.get(address), browser.get(address, headers=PANEL)
    timeline, history = browser.get(f"{address}/timeline", headers=HX), browser.get(f"{address}/history", headers=HX)

    assert "液压机 Press" in page_text(full)
    assert "<html" in full.content.decode()
    assert "1,200.50" in page_text(panel)
    assert "<html" not in panel.content.decode()
    assert "Ada Admin" in page_text(timeline)
    assert history.status_code == 200


def test_form_creates_and_complains(browser: Client, api: Client) -> None:
    form = browser.get("/equipment/new", headers=DIALOG).content.decode()
    sent = {**entered(form), "name": "Drill", "serviced_on": "2026-02-30"}
    refused = browser.post("/equipment/new", sent, headers=DIALOG)
    accepted = browser.post("/equipment/new", {**sent, "serviced_on": "2026-02-28"}, headers=DIALOG)

    assert refused.status_code == 422
    assert "2026-02-30" in page_text(refused)
    assert accepted.status_code in {200, 204}, accepted.content
    assert [item["name"] for item in api.get("/api/v1/equipment").json()["items"]] == ["Drill"]


def test_cell_and_fact_are_edited_in_place(browser: Client, press: dict[str, Any], api: Client) -> None:
    own = f"/equipment/{press['id']}"
    cell = browser.post(f"{own}/cells/price", {"price": "99.90", "version": "1"}, headers=HX)
    fact = browser.post(f"{own}/facts/notes/edit", {"notes": "Oil leaks", "version": "2"}, headers=HX)
    stale = browser.post(f"{own}/cells/price", {"price": "1", "version": "1"}, headers=HX)

    assert (cell.status_code, fact.status_code) == (200, 200)
    assert stale.status_code in {409, 412}
    found = api.get(f"/api/v1/{own.strip('/')}").json()
    assert (found["price"], found["notes"]) == ("99.90", "Oil leaks")


def test_bulk_edit_and_undo(browser: Client, press: dict[str, Any], lathe: dict[str, Any], api: Client) -> None:
    sent = {"ids": [press["id"], lathe["id"]], "fields": "condition", "condition": "retired"}
    changed = browser.post("/equipment/bulk/edit", sent, headers=DIALOG)
    during = {item["condition"] for item in api.get("/api/v1/equipment").json()["items"]}
    browser.post(news(changed)["toast"]["undo_url"], headers=HX)
    after = {item["name"]: item["condition"] for item in api.get("/api/v1/equipment").json()["items"]}

    assert toast(changed) == "2 records were changed."
    assert during == {"retired"}
    assert after == {PRESS["name"]: "repair", LATHE["name"]: "working"}


def test_interface_and_its_description(way: str, api: Client, press: dict[str, Any]) -> None:
    address = f"/api/v1/equipment/{press['id']}"
    document = api.get("/api/v1/openapi.json").json()
    stale = api.patch(address, '{"price": "7"}', content_type=JSON, headers={"If-Match": '"9"'})
    unknown = api.get("/api/v1/equipment?no_such=1")
    wrong = api.post("/api/v1/equipment", '{"name": "", "price": "much"}', content_type=JSON)

    assert press["number"] == "EQ-0001"
    assert {"/equipment", "/equipment/{id}", "/equipment/bulk"} <= {
        key.removeprefix("/api/v1") for key in document["paths"]
    }
    # Lists of values that are made grow by what is imported, so the description names none.
    shapes = [schema for name, schema in document["components"]["schemas"].items() if name.startswith("Equipment")]
    kept = {tuple(filter(None, shape.get("properties", {}).get("condition", {}).get("enum", ()))) for shape in shapes}
    assert kept - {()} == ({("working", "repair", "retired")} if way == "declared" else set())
    assert (stale.status_code, unknown.status_code, wrong.status_code) == (412, 400, 422)
    assert {error["field"] for error in wrong.json()["errors"]} == {"name", "price"}
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_import_and_export(way: str, cast: Cast, browser: Client, api: Client) -> None:
    make(cast, "customer", {"name": "Harbor Light"})
    condition = "维修中" if way == "declared" else "In repair"
    text = f'设备,状况,客户,价格\n=cmd|calc,{condition},Harbor Light,"1,500"\n钻床,好的,,many\n'
    upload = SimpleUploadedFile("设备.csv", text.encode("gb18030"))
    address = browser.post("/imports/new", {"object": "equipment", "file": upload})["Location"]
    plan = {f"field_{index}": name for index, name in enumerate(("name", "condition", "customer", "price"))}
    browser.post(f"{address}/start", {**plan, "match": "create", "import": "1"})
    (item,) = api.get("/api/v1/equipment?expand=customer").json()["items"]
    rows = {
        ending: b"".join(browser.post("/equipment/export", {"format": ending}).streaming_content)
        for ending in ("csv", "xlsx")
    }

    assert (item["name"], item["condition"], item["price"]) == ("=cmd|calc", "repair", "1500.00")
    heading, row = csv.reader(io.StringIO(rows["csv"].decode("utf-8-sig")))
    exported = dict(zip(heading, row, strict=True))
    assert (exported["Equipment"], exported["Customer"], exported["Condition"]) == (
        "'=cmd|calc",
        "Harbor Light",
        "In repair",
    )
    sheet = load_workbook(io.BytesIO(rows["xlsx"])).active
    cells = dict(zip(*sheet.iter_rows(values_only=True), strict=True))
    assert (cells["Equipment"], cells["Price"]) == ("=cmd|calc", 1500)


def test_search_finds_words_characters_and_pinyin(browser: Client, api: Client, press: dict[str, Any]) -> None:
    for text in ("pres", "液压", "yeya", "EQ-0001"):
        assert [hit["id"] for hit in api.get("/api/v1/search", {"q": text}).json()["items"]] == [press["id"]], text
        assert "液压机 Press" in browser.get("/palette", {"q": text}).content.decode(), text


def test_rights_hold(cast: Cast, strangers: Cast, new_object: None, press: dict[str, Any]) -> None:
    own = f"equipment/{press['id']}"
    seen = {
        who: (
            client.get(f"/api/v1/{own}").status_code,
            client.patch(f"/api/v1/{own}", "{}", content_type=JSON).status_code,
        )
        for who, client in {
            "viewer": api_client(cast, "viewer"),
            "salesperson": api_client(cast, "salesperson"),
            "stranger": api_client(strangers, "admin"),
            "nobody": Client(),
        }.items()
    }

    assert seen == {"viewer": (200, 403), "salesperson": (404, 404), "stranger": (404, 404), "nobody": (401, 401)}
    assert sign_in(strangers, "admin").get(f"/{own}").status_code == 404
    assert "/sign-in" in Client().get(f"/{own}")["Location"]
    assert sign_in(cast, "viewer").post(f"/{own}/delete", headers=HX).status_code == 403


def test_page_speaks_both_languages(way: str, cast: Cast, new_object: None, press: dict[str, Any]) -> None:
    pages = {}
    for language in ("en", "zh-hans"):
        with organization_scope(cast.organization.pk):
            User.objects.filter(pk=cast.users["admin"].pk).update(language=language)
        pages[language] = page_text(sign_in(cast, "admin").get("/equipment"))

    assert "Condition" in pages["en"]
    assert "In repair" in pages["en"]
    assert "状况" in pages["zh-hans"]
    assert ("维修中" if way == "declared" else "In repair") in pages["zh-hans"]
