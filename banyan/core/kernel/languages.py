"""The languages the product speaks, and their names for the libraries in use."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date

LANGUAGES = (("zh-hans", "简体中文"), ("en", "English"))


@lru_cache(maxsize=16)
def babel_locale(language: str) -> Locale:
    """Return Babel's locale for one of Django's language codes."""
    return Locale.parse("zh_Hans_CN" if language.startswith("zh") else "en_US")


@lru_cache(maxsize=4_096)
def written_day(day: date, language: str, *, with_year: bool = True) -> str:
    """Return a day as tables and lines of text have it: 2026-01-31 in Chinese, Jan 31, 2026 in English."""
    if language.startswith("zh"):
        return day.strftime("%Y-%m-%d" if with_year else "%m-%d")
    return format_date(day, "MMM d, y" if with_year else "MMM d", locale=babel_locale(language))


def written_instant(local: datetime, language: str, *, with_year: bool = True) -> str:
    """Return an instant, already in the reader's time zone, with its time to the minute."""
    return f"{written_day(local.date(), language, with_year=with_year)} {local:%H:%M}"


def within_sentence(name: str) -> str:
    """Return a name that stands alone, such as that of an object, as it is written amid a sentence.

    English then begins it with a small letter, unless it is an abbreviation; Chinese knows no difference.
    """
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
