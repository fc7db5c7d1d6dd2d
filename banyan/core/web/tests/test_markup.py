"""The pieces that are made without the template engine: they must be as safe as templates are."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.web.markup import SEVERAL, SINGLE, avatar, icon, initials, show
from banyan.core.web.table_rows import rows

HOSTILE = st.text() | st.sampled_from(
    ['"><script>alert(1)</script>', "<img src=x onerror=1>", "' onfocus='x", "&lt;b&gt;", "榕树"]
)
KNOWN_TAGS = {"a", "button", "img", "input", "progress", "span", "svg", "td", "time", "tr", "use"}
KNOWN_ATTRIBUTES = {
    "alt", "aria-hidden", "aria-label", "class", "colspan", "data-cell", "data-color", "data-editable", "data-log", "data-open",
    "data-phone", "data-row", "data-select", "data-url", "data-version", "datetime", "href", "hx-boost", "hx-get", "hx-swap",
    "hx-target", "hx-trigger", "id", "loading", "max", "name", "rel", "role", "src", "tabindex", "target", "title", "type", "value",
}  # fmt: skip


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data):
        self.text += data


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(str(markup))
    reader.close()
    return reader


@given(kind=st.sampled_from([*SINGLE, *SEVERAL, "text"]), text=HOSTILE, other=HOSTILE)
def test_value_stays_text_when_it_looks_like_markup(kind, text, other):
    entries = [{"text": text, "color": other, "href": other}]
    cell = {
        "kind": kind,
        "text": text,
        "value": other,
        "href": other,
        "color": other,
        "hint": other,
        "entries": entries,
    }

    found = read(show(cell))

    assert found.tags <= KNOWN_TAGS
    assert found.attributes <= KNOWN_ATTRIBUTES


@given(text=HOSTILE)
def test_row_stays_text_when_its_values_look_like_markup(text):
    table = {
        "columns": [{"name": text, "kind": text, "phone": text, "editable": True}],
        "rows": [{"id": text, "url": text, "label": text, "version": text, "cells": [{"text": text}],
                  "actions": [{"icon": text, "label": text, "url": text, "opens": text}]}],
        "selectable": True, "next_url": text,
    }  # fmt: skip

    found = read(rows(table))

    assert found.tags <= KNOWN_TAGS
    assert found.attributes <= KNOWN_ATTRIBUTES


@given(name=st.text(max_size=40))
def test_initials_are_short_when_the_name_is_anything(name):
    assert len(initials(name)) <= 4 or name.upper() != name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("陈志远", "志远"),
        ("欧阳静", "阳静"),
        ("王磊", "王磊"),
        ("Maria Keller", "MK"),
        ("admin", "AD"),
        ("", "?"),
        ("Li 伟", "伟"),
    ],
)
def test_initials_follow_the_custom_of_the_language(name, expected):
    assert initials(name) == expected


def test_avatar_keeps_its_color_when_it_is_drawn_again():
    assert avatar("陈志远") == avatar("陈志远")
    assert 'aria-hidden="true"' in avatar("陈志远")
    assert 'aria-label="陈志远"' in avatar("陈志远", decorative=False)


def test_empty_value_is_a_quiet_dash():
    assert "–" in show({"kind": "money", "text": ""})


def test_icon_speaks_when_it_has_a_label():
    assert 'aria-label="Done"' in icon("check", "", "Done")
    assert 'aria-hidden="true"' in icon("check")
