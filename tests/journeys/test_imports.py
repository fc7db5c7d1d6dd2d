"""A file of customers as people have it: in an old encoding, with a row that is wrong."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.pages import fresh, fresh_phone, open_list
from tests.journeys.people import SALESPERSON, People

TILES = ("Read", "Created", "Updated", "Unchanged", "Rejected")


def figures(page: Page) -> tuple[int, ...]:
    """Return read, created, updated, unchanged and rejected."""
    return tuple(int(text) for text in page.locator("#import-outcome .stat-value").all_inner_texts())


def test_file_is_imported_mended_and_taken_back_when_a_row_is_wrong(people: People, tmp_path: Path):
    page, name = people.person(SALESPERSON), fresh("导入客户")
    rows = [f"{name}{number}厂,{fresh_phone()},上海市" for number in (1, 2, 3)]
    rows[1] = f"{name}2厂,12,上海市"
    file = tmp_path / "客户名单.csv"
    file.write_bytes("\n".join(["客户名称,手机,城市", *rows, ""]).encode("gb18030"))
    page.goto("/customers")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("link", name="Import").click()
    chooser.value.set_files(file)
    expect(page.locator("#import-preview")).to_contain_text("1 of the first 3 rows would be put aside")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-outcome")).to_contain_text("1 row needs your attention")
    assert figures(page) == (3, 2, 0, 0, 1)
    page.locator(".reject-cell.is-bad input").fill(fresh_phone())
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#import-outcome")).to_contain_text("Every row was taken")
    assert figures(page) == (3, 3, 0, 0, 0)
    outcome = page.url
    expect(open_list(page, "customers", name)).to_have_count(3)
    page.goto(outcome)
    page.get_by_role("button", name="Undo the whole import").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator("#import-outcome")).to_contain_text("This import was taken back")
    page.goto(f"/customers?display=table&search={name}")
    expect(page.locator("#list-body")).not_to_contain_text(name)
