"""The components in a real browser, under the product's content security policy: behaviour and accessibility."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from banyan.core.web.tests.gallery_server import ROOT, gallery_server, open_layers
from tests.journeys.meter import drag
from tests.journeys.people import chromium

AXE = ROOT / "node_modules/axe-core/axe.min.js"
BUILD = ROOT / "banyan/core/web/static/build/manifest.json"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: The theme changes nothing but colours.
COLOURS = ["color-contrast"]
RUN = "rules => axe.run({runOnly: rules, resultTypes: ['violations'], preload: false})"
PAGES = ("list", "list-filters", "list-empty", "panel", "board", "record", "dialog", "command-palette", "menus", "inputs", "pieces",
         "shortcuts", "sign-in", "wizard", "not-found", "conflict")  # fmt: skip
COLORFUL = ("list", "list-filters", "board", "record", "inputs", "pieces")

# One browser and one server serve all of them.
pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def site():
    with gallery_server() as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def posted(site):
    site[1].clear()
    return site[1]


@pytest.fixture
def desk(browser, site):
    """Open pages at a width and in a theme; nothing in them may complain to the console."""
    complaints: list[str] = []
    contexts = []

    def visit(name: str, *, width: int = 1440, theme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, has_touch=width < 600, reduced_motion="reduce"
        )
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('banyan.theme', '{theme}')")
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{site[0]}/{name}")
        return page

    yield visit
    for context in contexts:
        context.close()
    # Some samples meet an error answer on purpose, and the browser mentions each.
    assert [text for text in complaints if not re.search(r"status of 4(04|09|22)", text)] == []


@pytest.mark.parametrize(
    ("width", "theme", "names", "rules"),
    [(1440, "light", PAGES, TAGS), (1440, "dark", COLORFUL, COLOURS), (390, "light", PAGES, TAGS)],
)
def test_pages_are_accessible_and_fit_when_checked_by_axe(desk, site, width, theme, names, rules):
    page = desk(names[0], width=width, theme=theme)
    found = {}
    for name in names:
        page.goto(f"{site[0]}/{name}")
        open_layers(page)
        page.wait_for_function("document.getAnimations().every(animation => animation.playState !== 'running')")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.evaluate(AXE.read_text(encoding="utf-8"))
        violations = page.evaluate(RUN, rules)["violations"]
        if violations:
            found[name] = [(item["id"], [node["html"][:160] for node in item["nodes"]][:4]) for item in violations]

    assert found == {}


def test_record_opens_in_panel_and_closes_by_escape_when_its_name_is_clicked(desk):
    page = desk("list")

    page.locator(".title-link").first.click()

    expect(page.locator("#panel h1")).to_have_text("Harbor Light Trading")
    assert "panel=/customers/c0" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert "panel" not in page.url


def test_panel_is_open_when_its_address_is_loaded(desk):
    page = desk("list?panel=/customers/c3")

    expect(page.locator("#panel h1")).to_be_visible()


def test_dialog_keeps_the_entry_and_then_closes_when_corrected(desk, posted):
    page = desk("list")
    page.keyboard.press("c")
    page.keyboard.press("c")
    name = page.locator("#dialog [name=name]")
    expect(name).to_be_focused()

    name.fill("Harbor Light Trading")
    page.locator("#dialog [type=submit]").last.click()

    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    assert posted[-1][1]["name"] == "Harbor Light Trading"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    assert posted[-1][0] == "/undo"


def test_palette_chooses_the_next_hit_when_an_arrow_is_pressed(desk):
    page = desk("record")
    page.keyboard.press("Control+k")
    with page.expect_response("**/palette?q=harbor"):
        page.keyboard.type("harbor")
    expect(page.locator(".palette-item[aria-selected=true]")).to_contain_text("Harbor Light")

    page.keyboard.press("ArrowDown")

    expect(page.locator(".palette-item[aria-selected=true]")).to_contain_text("Blue Heron")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_cell_is_edited_when_keys_are_used_alone(desk, posted):
    page = desk("list")
    page.locator("[data-cell=name]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")

    page.keyboard.press("Enter")
    editor = page.locator("[data-cell-editor] [name=status]")
    expect(editor).to_be_focused()
    editor.fill("Key account")
    page.keyboard.press("Enter")

    cell = page.locator("tr").nth(2).locator("[data-cell=status]")
    expect(cell).to_have_text("Key account")
    assert posted[-1] == ("/customers/c1/cells/status", {"version": "1", "status": "Key account"})


def test_keys_move_in_the_list_when_nothing_or_a_record_s_link_has_the_focus(desk, posted):
    page = desk("list")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-cell]").first).to_be_focused()

    page.locator(".title-link").first.focus()
    page.keyboard.press("ArrowDown")

    expect(page.locator("tr[data-row]").nth(1).locator("[data-cell]:focus")).to_have_count(1)
    page.locator(".title-link").first.focus()
    page.keyboard.press("x")
    expect(page.locator("tr.is-selected")).to_have_count(1)


def test_sheet_of_keys_has_the_places_of_the_menu_in_its_words(desk):
    page = desk("list")
    page.keyboard.press("?")

    places = page.locator("#shortcuts [data-places] > div")

    expect(places).to_have_text(
        ["gdMy day", "gcCustomers", "goOpportunities", "gtTasks", "gpProducts", "grReports"], use_inner_text=False
    )
    page.keyboard.press("Escape")
    # What the menu does not have is nowhere to go to.
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("list$"))


def test_cell_is_as_before_when_editing_is_given_up(desk, posted):
    page = desk("list")
    cell = page.locator("[data-cell=status]").first
    cell.dblclick()
    page.locator("[data-cell-editor] [name=status]").fill("Something")

    page.keyboard.press("Escape")

    expect(cell).to_have_text("Key account")
    assert posted == []


def test_selection_bar_counts_rows_when_shift_selects_a_range(desk):
    page = desk("list")
    boxes = page.locator("[data-select]")
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])

    expect(page.locator("[data-selection-count]")).to_have_text("4")
    page.locator("[data-select-all]").check()
    expect(page.locator("[data-selection-count]")).to_have_text("24")
    page.locator("[data-select-matching]").click()
    expect(page.locator("[data-selection-count]")).to_have_text("12,842")


def test_card_moves_when_dragged_to_another_column(desk, posted):
    page = desk("board")
    page.locator("[data-board][data-ready]").wait_for()
    target = page.locator("[data-column=offer] [data-cards]")

    drag(page, page.locator("#card-new0"), target)

    expect(target.locator("#card-new0")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    assert posted[-1][1]["to"] == "offer"


def test_card_returns_when_its_move_meets_a_conflict(desk, posted):
    page = desk("board")
    page.locator("#card-need0 .board-title").focus()

    page.keyboard.press("Shift+ArrowRight")

    expect(page.locator("#toasts")).to_contain_text("Ben moved this card")
    expect(page.locator("[data-column=need] #card-need0")).to_be_visible()
    assert posted[-1][1]["to"] == "offer"


def test_card_moves_by_menu_when_on_a_phone(desk, posted):
    page = desk("board", width=390)
    page.locator("#card-new0 [data-card-move]").click()

    with page.expect_response("**/move"):
        page.get_by_role("menuitem", name="Negotiation").click()

    expect(page.locator("[data-column=deal] #card-new0")).to_be_attached()
    assert posted[-1][1]["to"] == "deal"


def test_follow_up_is_logged_when_text_and_a_day_are_given(desk, posted):
    page = desk("record")
    form = page.locator("#composer")
    expect(form.locator("[name=next_step]")).to_be_hidden()
    form.locator("[name=text]").fill("Asked for a quote.")
    expect(form.locator("[name=next_step]")).to_be_visible()

    form.get_by_role("button", name="In a week").click()

    expect(page.locator("#toasts")).to_contain_text("Saved.")
    values = posted[-1][1]
    assert values["text"] == "Asked for a quote."
    assert values["kind"] == "call"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", values["next_on"])
    expect(form.locator("[name=text]")).to_have_value("")


def test_follow_up_waits_for_its_text_when_a_day_is_chosen_first(desk, posted):
    page = desk("record")
    form = page.locator("#composer")

    form.get_by_role("button", name="In a week").click()

    expect(form.locator("[name=text]")).to_be_focused()
    expect(form.get_by_role("button", name="In a week")).to_have_attribute("aria-pressed", "true")
    assert posted == []


@pytest.mark.parametrize(
    ("pasted", "name", "phone"),
    [
        ("Maria Keller +44 7911 123456", "Maria Keller", "+44 7911 123456"),
        ("王小明，13812345678", "王小明", "13812345678"),
        ("3M 1999 Trading", "3M 1999 Trading", ""),
    ],
)
def test_number_and_address_go_to_their_fields_when_pasted_with_a_name(desk, pasted, name, phone):
    page = desk("list")
    page.keyboard.press("c")
    page.keyboard.press("c")
    page.locator("#dialog [name=phone]").fill("")
    box = page.locator("#dialog [name=name]")

    box.fill(pasted)
    box.blur()

    expect(box).to_have_value(name)
    expect(page.locator("#dialog [name=phone]")).to_have_value(phone)


def test_day_is_chosen_in_two_clicks_when_the_calendar_is_used(desk):
    page = desk("inputs")
    box = page.locator("#field-date")
    box.click()

    page.locator(".calendar-day:not(.is-other)").nth(14).click()

    expect(box).to_have_value(re.compile(r"^2026-11-15$"))
    expect(page.locator(".calendar-popover")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "understood"), [("12/24/x", "12/24/x"), ("2026年3月5日", "2026-03-05"), ("20260305", "2026-03-05")]
)
def test_day_is_understood_when_typed_as_people_write_it(desk, typed, understood):
    page = desk("inputs")
    box = page.locator("#field-date")
    box.fill(typed)
    box.blur()

    expect(box).to_have_value(understood)


def test_picker_finds_people_when_one_types(desk):
    page = desk("inputs")
    page.evaluate("document.querySelector('#field-customer').tomselect?.destroy()")
    page.evaluate(
        "const s = document.createElement('select'); s.dataset.picker = ''; s.dataset.url = '/pick/users'; s.name = 'who';"
        "s.setAttribute('aria-label', 'Who'); document.querySelector('form .field-grid').prepend(s);"
        "document.dispatchEvent(new CustomEvent('htmx:load', {detail: {elt: s}}))"
    )
    held: list[Route] = []
    is_answering = False

    def hold(route: Route) -> None:
        if is_answering:
            route.continue_()
        else:
            held.append(route)

    page.route("**/pick/users*", hold)
    page.locator(".field-grid > .ts-wrapper input").first.fill("anna")

    # While the answer is on its way the list says so in an entry that nobody can take.
    expect(page.get_by_role("option", disabled=True).filter(visible=True)).to_have_count(1)
    is_answering = True
    for route in held:
        route.continue_()
    page.get_by_role("option", name="Anna Marsh").click()

    expect(page.locator("select[name=who]")).to_have_value("7")


def test_filter_becomes_a_tree_when_conditions_are_changed(desk):
    page = desk("list")
    page.keyboard.press("f")
    amount = page.locator("[data-condition] [name=value]").first
    amount.fill("70000")

    page.get_by_role("button", name="Apply").click()

    page.wait_for_url(re.compile("filter="))
    assert "70000" in page.url
    assert "this_month" in page.url


def test_theme_and_menu_stay_when_the_page_is_loaded_again(desk):
    page = desk("list")
    page.locator(".avatar-button").click()
    page.locator("[data-set-theme=dark]").click()
    page.keyboard.press("Escape")
    page.keyboard.press("[")

    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert page.evaluate("localStorage.getItem('banyan.menu')") == "narrow"


def test_first_page_is_small_when_compressed(site):
    total = sum(
        len(gzip.compress((BUILD.parent / name).read_bytes()))
        for name in [path.name for path in Path(BUILD.parent).iterdir()]
        if name.startswith(("app-", "vendor-", "chunk-", "htmx-", "theme-", "icons-"))
        and not name.endswith((".br", ".gz"))
    )

    assert total < 150_000


def test_visit_keeps_the_frame_when_another_page_is_opened(desk):
    page = desk("list")
    page.evaluate("window.stayed = true")

    page.evaluate("document.dispatchEvent(new CustomEvent('visit', {detail: {url: '/record'}}))")

    expect(page.locator("#page h1")).to_have_text("Harbor Light Trading")
    assert page.url.endswith("/record")
    assert page.title().startswith("Harbor Light Trading")
    assert page.evaluate("window.stayed") is True
    page.go_back()
    expect(page.locator("#page h1")).to_have_text("Customers")
    expect(page.locator("#sidebar")).to_have_count(1)


def test_list_search_keeps_the_cursor_when_the_list_comes_back(desk):
    page = desk("list")
    page.keyboard.press("/")

    page.keyboard.type("harbor", delay=30)
    page.wait_for_url(re.compile("search=harbor"))

    expect(page.locator("[data-live-search] input[type=search]")).to_be_focused()
    expect(page.locator("[data-live-search] input[type=search]")).to_have_value("harbor")


def test_unread_count_and_menu_work_when_the_bell_is_pressed(desk):
    page = desk("list")

    page.get_by_role("button", name="Notifications").click()

    expect(page.locator("#notification-list")).to_contain_text("You are up to date.")
