"""Words that an administrator wrote in one or two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, override


class Translated:
    """Words read in the language of the moment; those of the other language where one is missing."""

    def __init__(self, texts: Mapping[str, str], fallback: Any) -> None:
        self.texts = texts
        self.fallback = fallback

    def __str__(self) -> str:
        language = "zh" if (get_language() or "en").startswith("zh") else "en"
        return self.texts.get(language) or next((text for text in self.texts.values() if text), str(self.fallback))


def in_both(label: Any) -> dict[str, str]:
    """Return a translatable text in Chinese and in English."""
    found = {}
    for key, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            found[key] = str(label)
    return found
