"""Parts of the frame that are made once and shown many times.

The frame around every page (menus, search, shortcuts, texts for scripts) costs as much to render as the
page within it, and is the same from page to page but for a few values.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from django.utils import translation
from jinja2 import Environment, pass_environment
from markupsafe import Markup

from banyan.core.objects.sentences import words_key

#: A fragment has two to five kilobytes; a busy server shows a few for each person who is signed in.
MOST_KEPT = 2_000


@pass_environment
def fragment(environment: Environment, template: str, **values: Any) -> Markup:
    """Return what a template makes of plain values (text, numbers, lists, dictionaries) in the reader's language.

    It sees nothing of the page around it. Raises ``TypeError`` for a value that is not plain, because
    two of those could look the same and differ.
    """
    make = _make.__wrapped__ if environment.auto_reload else _make
    return make(environment, template, (translation.get_language(), words_key()), orjson.dumps(values))


@lru_cache(maxsize=MOST_KEPT)
def _make(environment: Environment, template: str, reader: tuple[str | None, int], values: bytes) -> Markup:
    return Markup(environment.get_template(template).render(orjson.loads(values)))  # noqa: S704 templates escape
