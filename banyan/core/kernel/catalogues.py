"""Catalogues of translations are one for each language, so that a text is looked up once."""

from __future__ import annotations

from typing import Any

from django.utils.translation.trans_real import TranslationCatalog


def merge_alike() -> None:
    """Let Django keep catalogues whose plurals are made alike as one.

    Django means to, but compares the code of one function with another function, which never are equal; so every app
    added a catalogue, and in a language with fifty of them most texts were looked up tens of times
    (``TranslationCatalog.update``, Django 5.2).
    """
    TranslationCatalog.update = _update  # type: ignore[method-assign, assignment]


def _update(catalogue: Any, translation: Any) -> None:
    if translation.plural.__code__ == catalogue._plurals[0].__code__:  # noqa: SLF001 a mended method of Django's own
        catalogue._catalogs[0].update(translation._catalog)  # noqa: SLF001
    else:
        catalogue._catalogs.insert(0, translation._catalog.copy())  # noqa: SLF001
        catalogue._plurals.insert(0, translation.plural)  # noqa: SLF001
