"""Words of the adviser's files in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def word(words: Mapping[str, str]) -> str:
    """Return the reader's language of a text of the files."""
    return words["zh" if (get_language() or "").startswith("zh") else "en"]
