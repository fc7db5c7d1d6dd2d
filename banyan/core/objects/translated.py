"""Words that an administrator wrote in one or two languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.translation import get_language, override

_is_plain: ContextVar[bool] = ContextVar("texts as the product has them", default=False)


@contextmanager
def plain() -> Iterator[None]:
    """Give texts as the product has them, whatever an organization calls its objects."""
    token = _is_plain.set(True)
    try:
        yield
    finally:
        _is_plain.reset(token)


def is_plain() -> bool:
    """Say whether texts are wanted as the product has them."""
    return _is_plain.get()


class Translated:
    """Words read in the language of the moment; those of the other language where one is missing."""

    def __init__(self, texts: Mapping[str, str], fallback: Any) -> None:
        self.texts = texts
        self.fallback = fallback

    def __str__(self) -> str:
        language = "zh" if (get_language() or "en").startswith("zh") else "en"
        return self.texts.get(language) or next((text for text in self.texts.values() if text), str(self.fallback))


def in_both(label: Any) -> dict[str, str]:
    """Return a translatable text in Chinese and in English, as the product has it."""
    found = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with plain(), override(language):
            found[key] = str(label)
    return found
