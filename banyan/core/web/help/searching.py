"""Search in the guides: a few hundred short sections, so that looking at each is quick enough."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import get_language

from banyan.core.tenancy.models import Organization
from banyan.core.web.help.finding import Reading, reading
from banyan.core.web.help.guide import Guide, guide_in
from banyan.core.web.help.in_use import in_use

Books = list[tuple[str, Guide]]
MOST_FOUND = 8
MOST_WORDS = 8
TITLE_WEIGHT, MOST_HITS = 10, 5
_HAN = re.compile(r"[\u4e00-\u9fff]")


def search_guides(query: str, books: Iterable[str], organization: Organization) -> list[Reading]:
    """Return the sections of what an organization uses that hold all words of a query, the best first.

    Chinese without spaces is looked for as it is; when it stands nowhere, by its pairs of characters, most of which
    have to be there.
    """
    wanted = [(book, in_use(guide_in(get_language() or "en", book), organization)) for book in books]
    words = query.lower().split()[:MOST_WORDS]
    found = _ranked(words, wanted, share=1.0)
    if not found and words and all(_HAN.search(word) for word in words):
        pairs = [word[place : place + 2] for word in words for place in range(max(len(word) - 1, 1))]
        found = _ranked(pairs, wanted, share=0.6)
    return found


def _ranked(words: list[str], books: Books, *, share: float) -> list[Reading]:
    if not words:
        return []
    hits: list[tuple[float, int, str, str]] = []
    for number, (book, anchor, title, text) in enumerate(_sections(books)):
        present = [word for word in words if word in title or word in text]
        if len(present) < share * len(words):
            continue
        score = sum(TITLE_WEIGHT * (word in title) + min(text.count(word), MOST_HITS) for word in present)
        hits.append((-score, number, book, anchor))
    best = [reading(book, anchor) for _score, _number, book, anchor in sorted(hits)[:MOST_FOUND]]
    return [found for found in best if found is not None]


def _sections(books: Books) -> Iterator[tuple[str, str, str, str]]:
    for book, guide in books:
        for chapter in guide.chapters:
            for section in chapter.sections:
                title = section.title or chapter.title
                yield book, section.name or chapter.name, title.lower(), section.text.lower()
