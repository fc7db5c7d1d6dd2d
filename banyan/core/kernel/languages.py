"""The languages the product speaks, and their names for the libraries in use."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

LANGUAGES = (("zh-hans", "简体中文"), ("en", "English"))


@lru_cache(maxsize=16)
def babel_locale(language: str) -> Locale:
    """Return Babel's locale for one of Django's language codes."""
    return Locale.parse("zh_Hans_CN" if language.startswith("zh") else "en_US")
