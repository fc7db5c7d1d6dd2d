"""Translations as Django looks them up, in fewer steps: a page looks up hundreds."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.utils.translation import trans_real
from django.utils.translation.trans_real import TranslationCatalog


class ActiveLanguage:
    """Where the active catalogue is kept: a context variable, as in Django's own place for it, without what that adds.

    Django asks for it twice for each text.
    """

    def __init__(self) -> None:
        self._kept: ContextVar[Any] = ContextVar("active_catalogue", default=None)

    @property
    def value(self) -> Any:
        """Return the active catalogue; raise ``AttributeError`` when none is, as Django expects."""
        found = self._kept.get()
        if found is None:
            raise AttributeError("value")
        return found

    @value.setter
    def value(self, catalogue: Any) -> None:
        self._kept.set(catalogue)

    @value.deleter
    def value(self) -> None:
        self._kept.set(None)


def keep_active_language() -> None:
    """Let Django keep the active language in one step."""
    trans_real._active = ActiveLanguage()  # type: ignore[attr-defined]  # noqa: SLF001 Django has no setting for it


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
