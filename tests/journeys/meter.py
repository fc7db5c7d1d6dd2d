"""What a task costs a person: clicks, homings, characters, decisions and waiting, by the keystroke-level model.

A click into each field unless it has the cursor already; no Tab and no shortcuts; Enter is one character; the hand begins
on the mouse; a decision is one command, one field, or one menu with its entry, field with its suggestion, calendar with
its day. Waiting is the time from an action until what is needed next can be seen.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.journeys.people import take_focus

CLICK_SECONDS, HOMING_SECONDS, CHARACTER_SECONDS, DECISION_SECONDS = 1.1, 0.4, 0.2, 1.35

MOST_NUDGES, NUDGE_MILLISECONDS = 20, 250


@dataclass
class Cost:
    """The counts of one task; times in seconds."""

    clicks: int = 0
    fields: int = 0
    chars: int = 0
    views: int = 0
    homings: int = 0
    decisions: int = 0
    wait: float = 0.0

    @property
    def klm(self) -> float:
        """The seconds that an experienced person needs, without waiting."""
        return (
            self.clicks * CLICK_SECONDS
            + self.homings * HOMING_SECONDS
            + self.chars * CHARACTER_SECONDS
            + self.decisions * DECISION_SECONDS
        )

    @property
    def total(self) -> float:
        """The seconds that the task takes."""
        return self.klm + self.wait

    def row(self) -> dict[str, Any]:
        """Return all figures by name."""
        return {**asdict(self), "klm": self.klm, "total": self.total}


class Meter:
    """Performs a task in a page and counts what it costs."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cost = Cost()
        self._hand_on_mouse = True

    def click(self, target: Locator, *, decides: bool = True, view: bool = False, clicks: int = 1) -> None:
        """Press something, when it is there; ``decides`` is false for the second half of a pair."""
        self._await(target)
        self._to_mouse(clicks)
        self.cost.decisions += decides
        self.cost.views += view
        if self.page.viewport_size and self.page.viewport_size["width"] < 500:
            target.tap()
        else:
            target.click()

    def type(self, field: Locator, text: str, *, focused: bool = False, decides: bool = True) -> None:
        """Type into a field, with a click into it unless it must have the cursor already.

        Raises:
            AssertionError: ``focused`` was said, but the cursor is somewhere else.
        """
        self._await(field)
        if focused:
            field.evaluate(
                "(field) => new Promise((done) => { if (field === document.activeElement) done(); "
                "else field.addEventListener('focus', () => done(), { once: true }); setTimeout(done, 3000) })"
            )
            assert field.evaluate("(field) => field === document.activeElement"), f"the cursor is not in {field}"
        else:
            self._to_mouse()
            take_focus(field)
        if self._hand_on_mouse:
            self.cost.homings += 1
            self._hand_on_mouse = False
        self.cost.fields += 1
        self.cost.chars += len(text)
        self.cost.decisions += decides
        field.press_sequentially(text)

    def enter(self, *, decides: bool = False, view: bool = False) -> None:
        """Press Enter where the cursor is; ``decides`` when it is a command of its own, such as saving a form."""
        self.cost.chars += 1
        self.cost.decisions += decides
        self.cost.views += view
        self.page.keyboard.press("Enter")

    def choose(self, select: Locator, value: str, *, decides: bool = True) -> None:
        """Choose from the browser's own select: two clicks, and one decision or half of a pair."""
        self._await(select)
        self._to_mouse(2)
        self.cost.decisions += decides
        select.select_option(value)

    def attach(self, button: Locator, path: str) -> None:
        """Choose a file: the button, the file, and Open: three clicks; what to do and which file are two decisions."""
        self._await(button)
        self._to_mouse(3)
        self.cost.decisions += 2
        with self.page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(path)

    def drag(self, item: Locator, target: Locator) -> None:
        """Drag something: one click, one decision."""
        self._await(item)
        self._await(target)
        self._to_mouse()
        self.cost.decisions += 1
        drag(self.page, item, target)

    def done(self, sign: Locator) -> None:
        """Wait for the sign that the task is finished."""
        self._await(sign)

    def _await(self, target: Locator) -> None:
        started = time.perf_counter()
        target.wait_for(timeout=20_000)
        self.cost.wait += time.perf_counter() - started

    def _to_mouse(self, clicks: int = 1) -> None:
        if not self._hand_on_mouse:
            self.cost.homings += 1
            self._hand_on_mouse = True
        self.cost.clicks += clicks


def drag(page: Page, item: Locator, target: Locator) -> None:
    """Drag a card with the mouse in steps, as a hand does, until it is seen in the column, and let it go.

    Raises:
        AssertionError: The column does not take it.
    """
    item.scroll_into_view_if_needed()
    start, end = item.bounding_box(), target.bounding_box()
    assert start, item
    assert end, target
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 10, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 90, steps=12)
    arrived = target.locator(".is-placeholder")
    # The browser tells the board of a movement only with the next one, and on a busy machine drops some.
    for nudge in range(MOST_NUDGES):
        page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 95 + nudge % 5)
        with suppress(PlaywrightTimeoutError):
            arrived.wait_for(timeout=NUDGE_MILLISECONDS)
            break
    assert arrived.is_visible(), "the card did not come over the column"
    page.mouse.up()
