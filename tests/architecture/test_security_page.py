"""The pages about security name tests, and a test that is gone would be a promise that nobody keeps."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.architecture.layout import ROOT

PAGES = ("docs/security.md", "docs/security.zh-CN.md")
CHAPTERS = 17
NAME = re.compile(r"`(test_\w+)`")
POINT = re.compile(r"^\| (\d[\d.,\s-]+) \|.*\| (.+) \|$", re.MULTILINE)
WITHOUT_TEST = {"not yet", "does not apply", "尚无", "不适用"}


@cache
def known_tests() -> frozenset[str]:
    files = [*ROOT.glob("banyan/**/test_*.py"), *ROOT.glob("tests/**/test_*.py")]
    return frozenset(
        name for path in files for name in re.findall(r"^\s*def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    )


def points(page: str) -> list[tuple[str, str]]:
    return POINT.findall((ROOT / page).read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_named_test_exists(page: str) -> None:
    assert set(NAME.findall((ROOT / page).read_text("utf-8"))) - known_tests() == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_chapter_stands_there_and_every_point_has_a_test_or_says_so(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")

    assert [int(number) for number in re.findall(r"^## V(\d+) ", text, re.MULTILINE)] == list(range(1, CHAPTERS + 1))
    assert [point for point, tests in points(page) if tests not in WITHOUT_TEST and not NAME.search(tests)] == []


def test_both_languages_say_the_same() -> None:
    english, chinese = ([(point, NAME.findall(tests)) for point, tests in points(page)] for page in PAGES)

    assert english == chinese
    assert len(english) > 50
