"""The addresses of the files that browsers load."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

MANIFEST = Path(__file__).resolve().parent / "static" / "build" / "manifest.json"


def asset(name: str) -> str:
    """Return the address of a built file by its plain name; files that are not built keep their own."""
    # While developing, files are built anew under a running server.
    return _address(name, MANIFEST.stat().st_mtime_ns if settings.DEBUG and MANIFEST.exists() else 0)


@lru_cache(maxsize=256)
def _address(name: str, stamp: int) -> str:
    built = _manifest(stamp).get(name)
    return static(built or name)


@lru_cache(maxsize=2)
def _manifest(_stamp: int) -> dict[str, str]:
    if not MANIFEST.exists():
        return {}
    manifest: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest
