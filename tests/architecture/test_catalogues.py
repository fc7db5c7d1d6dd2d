"""Nobody who reads Chinese meets an English sentence, or two words for one thing."""

from __future__ import annotations

from collections import defaultdict

from tools import catalogues


def test_every_message_is_translated() -> None:
    assert catalogues.problems() == []


def test_one_message_has_one_translation_when_several_catalogues_hold_it() -> None:
    # Django merges the catalogues and keeps one of the texts, so another one would show up somewhere unexpected.
    # Where a word means two things, the code gives one of them a context.
    translations = defaultdict(set)
    for path in catalogues.catalogue_files():
        for message in catalogues.read_catalogue(path):
            singular = message.id if isinstance(message.id, str) else message.id[0]
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            if singular:
                translations[message.context, singular].add(forms)

    assert {message: texts for message, texts in translations.items() if len(texts) > 1} == {}
