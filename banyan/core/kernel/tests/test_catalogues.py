"""Catalogues with the same plurals are one, and a later one wins."""

from __future__ import annotations

from django.utils.translation import gettext, override
from django.utils.translation.trans_real import translation


def test_a_language_has_few_catalogues() -> None:
    for language in ("zh-hans", "en"):
        assert len(translation(language)._catalog._catalogs) <= 2  # type: ignore[attr-defined]


def test_texts_of_all_apps_are_found() -> None:
    with override("zh-hans"):
        assert gettext("Customers") == "客户"
        assert gettext("Quotes") == "报价"
