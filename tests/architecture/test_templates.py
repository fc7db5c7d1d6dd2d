"""The content security policy forbids inline code and styles, so no template may rely on them."""

from __future__ import annotations

import re
from pathlib import Path

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


def what_the_policy_stops(path: Path) -> list[str]:
    """Return the inline styles and the code that a template holds."""
    text = markup_of(path)
    scripts = [found for found in SCRIPT.finditer(text) if not DATA_TYPE.search(found["attributes"])]
    return [
        *(reason for reason, pattern in FORBIDDEN.items() if pattern.search(text)),
        *(found["body"].strip() for found in scripts if found["body"].strip()),
    ]


def test_no_template_holds_inline_code_or_style() -> None:
    found = {name_of(path): wrong for path in templates() if (wrong := what_the_policy_stops(path))}

    assert found == {}


def test_every_template_parses() -> None:
    environment = Environment(  # noqa: S701 - nothing is rendered
        extensions=["jinja2.ext.do", "jinja2.ext.i18n", "jinja2.ext.loopcontrols"]
    )
    paths = list(templates())

    assert len(paths) > 100
    for path in paths:
        # What is wrong names the file and the line.
        environment.parse(path.read_text(encoding="utf-8"), filename=str(path))


def test_no_module_evaluates_text() -> None:
    found = {name_of(path): texts for path in MODULES if (texts := EVALUATION.findall(path.read_text("utf-8")))}

    assert MODULES
    assert found == {}
