"""The content security policy forbids inline code and styles, so no template may rely on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.architecture.layout import PACKAGE, name_of, templates

SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL | re.IGNORECASE)
DATA_TYPE = re.compile(r"""type=["']application/(ld\+)?json["']""")
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on, which evaluates its value": re.compile(r"\shx-on[:a-z-]*\s*=", re.IGNORECASE),
    "a value that htmx would evaluate": re.compile(r"""hx-(vals|headers)\s*=\s*["']?\s*(js|javascript):"""),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a javascript: address": re.compile(r"""["']\s*javascript:""", re.IGNORECASE),
}
EVALUATION = re.compile(r"\beval\s*\(|\bnew\s+Function\b|set(Timeout|Interval)\s*\(\s*[\"'`]")
MODULES = sorted((PACKAGE / "core/web/static/js").rglob("*.js"))


def markup_of(path: Path) -> str:
    """Return the template without what Jinja2 takes out, where ``style=`` may be the argument of a macro."""
    return re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_template_holds_no_inline_code_or_style(path: Path) -> None:
    text = markup_of(path)

    assert [reason for reason, pattern in FORBIDDEN.items() if pattern.search(text)] == []
    scripts = [found for found in SCRIPT.finditer(text) if not DATA_TYPE.search(found["attributes"])]
    assert [found["body"].strip() for found in scripts if found["body"].strip()] == []


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_template_parses(path: Path) -> None:
    environment = Environment(  # noqa: S701 - nothing is rendered
        extensions=["jinja2.ext.do", "jinja2.ext.i18n", "jinja2.ext.loopcontrols"]
    )

    environment.parse(path.read_text(encoding="utf-8"), filename=str(path))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_evaluates_no_text(path: Path) -> None:
    assert EVALUATION.findall(path.read_text(encoding="utf-8")) == []
