"""The Jinja2 environment of all pages."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, FileSystemLoader

from banyan.core.web import board_cards, markup, table_rows
from banyan.core.web.assets import asset
from banyan.core.web.fragments import fragment


class _Environment(Environment):
    """The environment, with globals that each template finds in one look.

    Jinja chains those of a template before those of the environment, and compares the chain name by name, slowly, each
    time a template imports another one.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template; all of ours are set before the first template is loaded."""
        return {**self.globals, **(d or {})}


def environment(**options: Any) -> Environment:
    """Return the environment: templates of every app, autoescape, translations, asset and page addresses."""
    options.pop("loader", None)
    folders = [Path(config.path) / "templates" for config in apps.get_app_configs()]
    made = _Environment(
        loader=FileSystemLoader([folder for folder in folders if folder.is_dir()]),
        extensions=["jinja2.ext.i18n"],
        **{**options, "autoescape": True, "trim_blocks": True, "lstrip_blocks": True},
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the i18n extension
        gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext
    )
    made.globals.update(
        asset=asset,
        fragment=fragment,
        url=_url,
        get_language=translation.get_language,
        fast_markup=markup,
        fast_rows=table_rows,
        fast_cards=board_cards,
    )
    return made


def gettext(message: str) -> str:
    """Return a text in the reader's language; a page has four hundred, and Django's own look-up adds up to 3 ms."""
    return _translated(translation.get_language(), message)


@lru_cache(maxsize=20_000)
def _translated(language: str | None, message: str) -> str:
    """Return what Django says in the active language, which is ``language``."""
    return translation.gettext(message)


def _url(name: str, **values: Any) -> str:
    return reverse(name, kwargs=values or None)
