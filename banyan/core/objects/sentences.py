"""Sentences of the product that name an object by the organization's own words: “No patients yet” instead of customers.

Every text of the product passes a catalogue of translations. Where an organization calls objects by other words, what comes
out of the catalogue is changed before values are filled in, so that nothing that people typed is ever touched. A word is an
object's name only when the English text and its Chinese translation both have it: “in order to” has no 订单 in it, and “contact
us” no 联系人. Longer names win, so that a purchase order is none of the orders.

Organizations without own words pay for a look into an empty dictionary, everybody else for each text once.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from django.utils.translation import trans_real

from banyan.core.kernel.languages import within_sentence
from banyan.core.objects.translated import in_both, is_plain, plain
from banyan.core.tenancy.scope import current_organization_id

if TYPE_CHECKING:
    from banyan.core.objects.spec import ObjectSpec
    from banyan.core.objects.wording import OwnWords

MOST_REMEMBERED = 20_000
CONTEXT = trans_real.CONTEXT_SEPARATOR
#: What is no word for people: placeholders, marks of a page, addresses, names of files and fields.
CODE = r"%\(\w+\)\w|\{\{?[^{}]*\}?\}|<[^<>]*>|`[^`]*`|[\w@-]*[/\\_@][\w/.\\-]*|\w+\.\w[\w.]*"
#: Words that hold an object's name and mean something else.
OTHERS = {
    "zh": ("客户端", "订单号码", "本产品", "产品版本"),
    "en": (
        "customer service",
        "contact details",
        "the product",
        "in order",
        "order of",
        "sort order",
        "lead to",
        "leads to",
    ),
}
VOWEL = re.compile(r"(?!uni|use|eu|one)[aeiou]|hour|honest|heir", re.IGNORECASE)


@dataclass(frozen=True)
class _Name:
    """An object, and whether a text names one of it or several."""

    object_name: str
    is_plural: bool = False


@dataclass
class Worder:
    """Changes the texts of one organization. ``known`` are the product's names by language, ``own`` the organization's words."""

    known: Mapping[str, Mapping[str, _Name]]
    own: Mapping[str, Mapping[_Name, str]]
    patterns: Mapping[str, re.Pattern[str]]
    remembered: dict[tuple[str, str, str], str] = field(default_factory=dict)
    number: int = field(default_factory=count(1).__next__)

    def changed(self, text: str, language: str, english: str, chinese: str) -> str:
        """Return a text in a language, in which objects that both languages of it name are called by own words."""
        key = (language, text, english)
        found = self.remembered.get(key)
        if found is None:
            if len(self.remembered) > MOST_REMEMBERED:
                self.remembered.clear()
            found = self.remembered[key] = self._change(text, language, english, chinese)
        return found

    def _change(self, text: str, language: str, english: str, chinese: str) -> str:
        named = self._named(english, "en") & self._named(chinese, "zh")
        if not named or not self.own[language]:
            return text

        def other(match: re.Match[str]) -> str:
            name = self.known[language].get(match["word"].lower()) if match["word"] else None
            own = self.own[language].get(name) if name and name.object_name in named else None
            return match[0] if own is None else _written(own, match, language)

        return self.patterns[language].sub(other, text)

    def _named(self, text: str, language: str) -> set[str]:
        found = (match["word"] for match in self.patterns[language].finditer(text))
        names = (self.known[language].get(word.lower()) for word in found if word)
        return {name.object_name for name in names if name}


_worders: dict[uuid.UUID, Worder] = {}


def remember(
    organization_id: uuid.UUID, specs: Mapping[str, ObjectSpec], words: Mapping[str, Mapping[str, OwnWords]]
) -> None:
    """Let the texts of an organization use its words from now on; the product's where it has none."""
    own = {name: entry[""] for name, entry in words.items() if "" in entry and name in specs}
    if not own:
        _worders.pop(organization_id, None)
        return
    before = _worders.get(organization_id)
    made = _worder(specs, own)
    if before is None or before.own != made.own:
        _worders[organization_id] = made


def words_key() -> int:
    """Return what texts that are kept across organizations have to be kept by, besides their language."""
    worder = _current()
    return 0 if worder is None else worder.number


def in_own_words(text: str, language: str, english: str, chinese: str) -> str:
    """Return a text that stands beside its translation, as those of the help do, with the organization's own words."""
    worder = _current()
    return text if worder is None else worder.changed(text, _short(language), english, chinese)


def install() -> None:
    """Let every catalogue of translations that Django opens from now on know own words."""
    trans_real.DjangoTranslation = WordedTranslation  # type: ignore[misc]
    trans_real._translations.clear()  # type: ignore[attr-defined]  # noqa: SLF001 those that were opened before


class WordedTranslation(trans_real.DjangoTranslation):
    """A catalogue whose texts call objects as the organization does whose scope is open."""

    def gettext(self, message: str) -> str:
        """Return a text in this language; its context is no part of it."""
        text: str = super().gettext(message)
        worder = _current()
        if worder is None:
            return text
        text = text.rpartition(CONTEXT)[2]
        return worder.changed(text, _short(self.to_language()), message.rpartition(CONTEXT)[2], _chinese(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form of a text that fits a number."""
        text: str = super().ngettext(msgid1, msgid2, n)
        worder = _current()
        if worder is None or CONTEXT in text:
            return text
        english = f"{msgid1.rpartition(CONTEXT)[2]} {msgid2.rpartition(CONTEXT)[2]}"
        chinese = _plural_chinese(msgid1, msgid2)
        return worder.changed(text, _short(self.to_language()), english, chinese)


def _current() -> Worder | None:
    if not _worders:
        return None
    organization_id = current_organization_id()
    worder = _worders.get(organization_id) if organization_id else None
    return None if worder is None or is_plain() else worder


def _chinese(message: str) -> str:
    with plain():
        return trans_real.translation("zh-hans").gettext(message)


def _plural_chinese(one: str, several: str) -> str:
    with plain():
        return trans_real.translation("zh-hans").ngettext(one, several, 2)


def _short(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


def _worder(specs: Mapping[str, ObjectSpec], own: Mapping[str, OwnWords]) -> Worder:
    known: dict[str, dict[str, _Name]] = {"zh": {}, "en": {}}
    for spec in specs.values():
        for label, is_plural in ((spec.label_plural, True), (spec.label, False)):
            for language, word in in_both(label).items():
                # Chinese has one form, and what two objects are called says of neither that it is meant.
                before = known[language].get(word.lower())
                is_same = before is None or before.object_name == spec.name
                known[language][word.lower()] = _Name(spec.name if is_same else "", is_plural and language == "en")
    for language, phrases in OTHERS.items():
        known[language].update({phrase: _Name("") for phrase in phrases})
    return Worder(
        known=known,
        own={language: dict(_own(own, language)) for language in known},
        patterns={language: _pattern(words, language) for language, words in known.items()},
    )


def _own(own: Mapping[str, OwnWords], language: str) -> Iterator[tuple[_Name, str]]:
    for name, words in own.items():
        one = words.labels.get(language, "")
        several = words.labels_plural.get(language, "") or one
        if one:
            yield _Name(name), one
        if several and language == "en":
            yield _Name(name, is_plural=True), several


def _pattern(words: Mapping[str, Any], language: str) -> re.Pattern[str]:
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    if language == "zh":
        return re.compile(rf"{CODE_IN_CHINESE}|(?P<word>{listed})")
    return re.compile(rf"(?:{CODE})|(?:\b(?P<article>[Aa]n?)(?P<space>\s+))?\b(?P<word>{listed})\b", re.IGNORECASE)


#: In Chinese words stand without spaces, so what counts as a name of a file has to be of Latin letters alone.
CODE_IN_CHINESE = r"%\(\w+\)[a-z]|\{\{?[^{}]*\}?\}|<[^<>]*>|`[^`]*`"


def _written(own: str, match: re.Match[str], language: str) -> str:
    """Return an own word as it stands in a text: small amid a sentence, and with the article that it takes."""
    if language == "zh":
        return own
    word = own if match["word"][:1].isupper() else within_sentence(own)
    if not match["article"]:
        return word
    article = "an" if VOWEL.match(own) else "a"
    return (article.capitalize() if match["article"][:1].isupper() else article) + match["space"] + word
