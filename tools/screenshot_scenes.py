"""What ``make screenshots`` takes pictures of: an address, and what to do there before the picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from playwright.sync_api import Page

Act = Callable[[Page], None]
#: For some frames in a row nothing is on its way and nothing moves: requests, skeletons, pictures, animations, charts,
#: calendars, pickers.
SETTLED = """() => {
  const isCalm = document.readyState === "complete"
    && !document.querySelector(".htmx-request, [aria-busy=true]")
    && [...document.images].every((image) => image.complete)
    && [...document.querySelectorAll(".chart-canvas")].every((canvas) => canvas.childElementCount)
    && [...document.querySelectorAll("[data-calendar]")].every((view) => view.childElementCount)
    && [...document.querySelectorAll("dialog[open] select[data-picker]")].every((select) => select.tomselect)
    && document.getAnimations().every((animation) => animation.playState !== "running");
  window.calmFrames = isCalm ? (window.calmFrames ?? 0) + 1 : 0;
  return window.calmFrames > 5;
}"""


@dataclass(frozen=True)
class Scene:
    """One picture. ``path`` may hold {names} that ``screenshots.Prepared`` knows; ``whole`` takes the page to its end;
    what a phone does not have is ``is_wide_only``.
    """

    name: str
    path: str
    act: Act | None = None
    whole: bool = False
    is_wide_only: bool = False
    who: str = "administrator"


def settle(page: Page) -> None:
    """Wait until the page has all it shows."""
    page.evaluate("() => { window.calmFrames = 0; }")
    page.wait_for_function(SETTLED)


def _click(selector: str, then: str = "") -> Act:
    """Return an act that clicks, and waits for what the click brings."""

    def act(page: Page) -> None:
        page.locator(selector).filter(visible=True).first.click()
        if then:
            page.locator(then).first.wait_for()

    return act


def _press(key: str, then: str) -> Act:
    def act(page: Page) -> None:
        page.keyboard.press(key)
        page.locator(then).first.wait_for()

    return act


def _search(text: str) -> Act:
    def act(page: Page) -> None:
        page.keyboard.press("Control+k")
        page.locator("#palette-query").fill(text)
        page.locator("#palette-results .palette-item").first.wait_for()

    return act


def _select_rows(page: Page) -> None:
    for box in page.locator("[name=ids]").all()[:3]:
        box.check(force=True)
    page.locator("[data-selection]").wait_for()


def _export(page: Page) -> None:
    _select_rows(page)
    page.locator("[data-selection] [hx-get$='/bulk/export']").click()
    page.locator(DIALOG).wait_for()


def _edit_cell(page: Page) -> None:
    page.locator("td[data-editable]").nth(3).dblclick()
    page.locator("[data-cell-editor]").wait_for()


def _conflict(page: Page) -> None:
    """Change the notes of a record while they are open in a form, and send the form with other notes."""
    status = page.evaluate(
        """async () => (await fetch(`${location.pathname.replace(/edit$/, "facts/notes/edit")}`, {
          method: "POST", body: new URLSearchParams({ notes: `By phone, ${new Date().toISOString()}` }),
          headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content, "HX-Request": "true" },
        })).status"""
    )
    assert status == HTTPStatus.OK, status  # noqa: S101 the scene cannot come about without it
    page.locator("form.page-form [name=notes]").fill("Deliver on Friday. 周五交货。")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("form.page-form [type=submit]").first.click()
    page.locator(".conflict-table").wait_for()


def _fill_wrongly(page: Page) -> None:
    page.locator("form.page-form [name=email]").fill("nobody")
    page.locator("form.page-form").evaluate("(form) => { form.noValidate = true; }")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("form.page-form [type=submit]").first.click()
    page.locator("[aria-invalid=true]").first.wait_for()


def _open_menu(menu: str) -> Act:
    return _click(f"[popovertarget={menu}]", f"#{menu}:popover-open")


LISTS = ("customers", "contacts", "opportunities", "tasks", "orders", "products", "activities")
RECORDS = ("customer", "contact", "opportunity", "order", "task", "product")
SETTINGS = (
    "me", "me/password", "me/devices", "me/factors", "me/deputies", "me/tokens", "organization", "modules", "people", "people/invite",
    "departments", "departments/new", "territories", "posts", "roles", "roles/compare", "sharing", "sharing/new/customer", "access",
    "security", "single-sign-on", "single-sign-on/new/oidc", "provisioning", "encryption", "audit", "alerts", "watching",
    "changes", "fields", "fields/customer", "fields/customer/new", "lists",
    "lists/customer.source", "pools", "pools/new", "jobs", "backups", "api",
)  # fmt: skip
DIALOG = "#dialog[open] .dialog-form, #dialog[open] .composer"


def _page_scenes() -> list[Scene]:
    scenes = [Scene("my-day", "/", whole=True)]
    scenes += [Scene(f"list-{plural}", f"/{plural}?display=table") for plural in LISTS]
    scenes += [Scene(f"record-{name}", f"{{{name}}}", whole=True) for name in RECORDS]
    scenes += [Scene(f"new-{name}", f"/{name}/new", whole=True) for name in ("customers", "opportunities", "orders")]
    scenes += [Scene(f"settings-{path.replace('/', '-')}", f"/settings/{path}", whole=True) for path in SETTINGS]
    return [
        *scenes,
        Scene("settings", "/settings/", whole=True),
        Scene("exports", "/exports"),
        Scene("settings-role", "{role}", whole=True),
        Scene("settings-person", "{person}", whole=True),
        Scene("board", "/opportunities?display=board"),
        Scene("board-tasks", "/tasks?display=board"),
        Scene("calendar", "/tasks?display=calendar"),
        Scene("statistics", "/statistics", whole=True),
        Scene("edit-customer", "{customer}/edit", whole=True),
        Scene("history", "{customer}/history", whole=True),
        Scene("print", "{order}/print", whole=True),
        Scene("recycle-bin", "/recycle-bin"),
        Scene("duplicates", "/customers/duplicates-review", whole=True),
        Scene("pools", "/pools"),
        Scene("merge", "/customers/merge?ids={customer_id}&ids={other_id}", whole=True),
        Scene("imports", "/imports"),
        Scene("import-new", "/imports/new"),
        Scene("import-plan", "{import_plan}", whole=True),
        Scene("import-outcome", "{import_outcome}", whole=True),
        Scene("help", "/help", whole=True),
        Scene("help-chapter", "{chapter}", whole=True),
        Scene("help-errors", "/docs/errors"),
        Scene("help-api", "/api/docs"),
        Scene("empty-list", "/customers?search=zzzzzz"),
        Scene("error-404", "/nowhere/at/all"),
        Scene("error-403", "/settings/people", who="reader"),
        Scene("offline", "/offline"),
        Scene("guide-organization", "/welcome/organization"),
        Scene("guide-colleagues", "/welcome/colleagues"),
        Scene("guide-data", "/welcome/data"),
        Scene("guide-done", "/welcome/done"),
        Scene("sign-in", "/sign-in", who="stranger"),
        Scene("forgot-password", "/forgot-password", who="stranger"),
        Scene("day-of-a-reader", "/", whole=True, who="reader"),
        Scene("record-of-a-reader", "{customer}", who="reader"),
    ]


def _act_scenes() -> list[Scene]:
    customers = "/customers?display=table"
    create = "#quick-create:popover-open"
    return [
        Scene("filter-builder", f"{customers}&status=active", _click("[data-toggle]", ".filter-builder:not([hidden])")),
        Scene("column-chooser", customers, _open_menu("column-menu"), is_wide_only=True),
        Scene("selection", customers, _select_rows),
        Scene("cell-editor", customers, _edit_cell, is_wide_only=True),
        Scene("side-panel", customers, _click("a.title-link, tbody a[data-open=panel]", "#panel-body .record")),
        Scene("export", customers, _export),
        Scene("save-view", customers, _click(".view-tabs > .icon-button", DIALOG)),
        Scene(
            "dialog-customer",
            "/",
            _click("#quick-create a[href='/customers/new'], .day-create a[href='/customers/new']", DIALOG),
        ),
        Scene("dialog-opportunity", "{customer}", _click("a[href^='/opportunities/new']", DIALOG)),
        Scene("dialog-order", "{customer}", _click("a[href^='/orders/new']", DIALOG)),
        Scene("dialog-edit", "{customer}", _click(".record-actions a[href$='/edit']", DIALOG)),
        Scene("dialog-follow-up", "{customer}", _click("a[href*='follow-ups/quick']", DIALOG)),
        Scene("fact-editor", "{customer}", _click("[data-fact=status] .fact-value", ".fact.is-editing")),
        Scene(
            "record-menu",
            "{customer}",
            _click(".record-actions [popovertarget^=record-more]", "[id^=record-more]:popover-open"),
        ),
        Scene("create-menu", "/", _click("[popovertarget=quick-create]", create)),
        Scene("account-menu", "/", _open_menu("account")),
        Scene("notifications", "/", _open_menu("notifications")),
        Scene("palette", "/", _press("Control+k", "#palette-results .palette-item")),
        Scene("palette-results", "/", _search("ma")),
        Scene("shortcuts", "/", _press("?", "#shortcuts[open]")),
        Scene("form-refused", "/customers/new", _fill_wrongly),
        Scene("conflict", "{order}/edit", _conflict),
    ]


def scenes(pattern: str = "") -> list[Scene]:
    """Return the scenes whose names contain the pattern, all of them without one."""
    return [scene for scene in (*_page_scenes(), *_act_scenes()) if re.search(pattern, scene.name)]
