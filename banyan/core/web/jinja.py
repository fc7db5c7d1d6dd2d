"""The Jinja2 environment of all pages."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, FileSystemLoader

BUILD = Path(__file__).resolve().parent / "static" / "build"


def environment(**options: Any) -> Environment:
    """Return the environment: templates of every app, autoescape, translations, asset and page addresses."""
    options.pop("loader", None)
    folders = [Path(config.path) / "templates" for config in apps.get_app_configs()]
    made = Environment(
        loader=FileSystemLoader([folder for folder in folders if folder.is_dir()]),
        extensions=["jinja2.ext.i18n"],
        **{**options, "autoescape": True, "trim_blocks": True, "lstrip_blocks": True},
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the i18n extension
        translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext
    )
    made.globals.update(asset=asset, url=_url, get_language=translation.get_language)
    return made


def asset(name: str) -> str:
    """Return the address of a built file by its plain name; files that are not built keep their own."""
    built = _manifest().get(name)
    return static(f"build/{built}" if built else name)


def _manifest() -> dict[str, str]:
    path = BUILD / "manifest.json"
    if not path.exists():
        return {}
    return _read_manifest(path.stat().st_mtime_ns if settings.DEBUG else 0)


@lru_cache(maxsize=2)
def _read_manifest(_stamp: int) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((BUILD / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def _url(name: str, **values: Any) -> str:
    return reverse(name, kwargs=values or None)
