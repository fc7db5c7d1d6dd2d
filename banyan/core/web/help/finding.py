"""Which help fits a page, as one person may see it: texts of the page, of its object, links into the guides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import Resolver404, resolve
from django.utils.translation import get_language
from markupsafe import Markup, escape

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.sentences import in_own_words
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.help.conditions import all_hold
from banyan.core.web.help.guide import ADMINISTRATOR, USER, guide_in
from banyan.core.web.help.texts import HelpText, Line, Words, help_book, segments
from banyan.core.web.menu import may
from banyan.core.web.presenting import Presenter
from banyan.core.web.settings.pages import HOME as SETTINGS
from banyan.core.web.settings.pages import SettingsPage, settings_pages

ANY, OBJECT = "*", "{object}"
#: What is shown for an address that nobody knows, or that the reader may not open.
FALLBACK = ("help",)
GENERAL = ("settings",)
MOST_FIELDS = 6
_PARAMETER = re.compile(r"<(?:[a-z]+:)?(?P<name>[a-z_]+)>")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_PLACE = re.compile(r"\*(\w[^*\n]*)\*")
_KEY = re.compile(r"`(.+?)`")


@dataclass(frozen=True)
class Reading:
    """A place in a guide that explains a page at length."""

    label: str
    url: str
    book: str
    anchor: str


@dataclass(frozen=True)
class ShownHelp:
    """What the panel shows about a page."""

    title: str
    purpose: Markup
    steps: list[Markup] = field(default_factory=list)
    questions: list[tuple[Markup, Markup]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


@dataclass(frozen=True)
class _Reader:
    """Who reads, and the object that the page is about; an anonymous reader has no actor."""

    actor: Actor | None
    spec: ObjectSpec | None

    def sees(self, line: Line) -> bool:
        return all_hold(self.actor, line.conditions, self.spec)


def help_for(actor: Actor | None, path: str) -> ShownHelp:
    """Return the help about the page at a path, in the active language; never more than the reader may see.

    Without an actor, only pages that are open to everybody have help of their own.
    """
    specs = specs_on(actor.organization) if actor is not None else {}
    plurals = {spec.plural: spec for spec in specs.values()}
    route = _route_of(path)
    text = find_text(route, set(plurals)) if route is not None else None
    spec = _object_of(path, plurals)
    registered = settings_page_of(path)
    if actor is not None and registered is not None and (text is None or is_general(text)):
        return _of_settings_page(actor, registered)
    if text is None or not _may_read(actor, text, path, spec):
        text, spec = find_text(FALLBACK, set()), None
    if text is None:
        raise LookupError("The help has no text to fall back on.")
    return _shown(_Reader(actor, spec), text, path)


def is_general(text: HelpText) -> bool:
    """Say whether a text is the one about the settings as a whole, which says nothing about a page of theirs."""
    return GENERAL in text.routes


def _of_settings_page(actor: Actor, registered: SettingsPage) -> ShownHelp:
    """Return what the registration of a page of the settings says of it, where no text does."""
    if not registered.is_open_to(actor):
        return help_for(actor, "/help")
    found = reading(ADMINISTRATOR, "shaping") if actor.abilities else None
    purpose = escape(f"{registered.purpose}" or f"{registered.label}")
    return ShownHelp(title=str(registered.label), purpose=purpose, readings=[found] if found else [])


def find_text(route: tuple[str, ...], plurals: set[str]) -> HelpText | None:
    """Return the help about an address pattern, or about the closest one above it that has any."""
    best: tuple[tuple[int, int], HelpText] | None = None
    for text in help_book().pages:
        for key in text.routes:
            score = _score(key, route, plurals)
            if score is not None and (best is None or score > best[0]):
                best = (score, text)
    return best[1] if best else None


def route_segments(pattern: str) -> tuple[str, ...]:
    """Return the parts of a pattern of the table of addresses: parameters as ``*``, an object's segment as ``{object}``."""
    found = []
    for part in segments(pattern):
        parameter = _PARAMETER.fullmatch(part)
        if parameter is None:
            found.append(part)
        else:
            found.append(OBJECT if parameter["name"] == "plural" else ANY)
    return tuple(found)


def _score(key: tuple[str, ...], route: tuple[str, ...], plurals: set[str]) -> tuple[int, int] | None:
    """Return how well a key fits a route, of which it has to be a beginning; the longest and most exact is the best."""
    if len(key) > len(route) or (not key and route):
        return None
    exact = 0
    for wanted, part in zip(key, route, strict=False):
        if wanted == part:
            exact += 2
        elif (wanted == ANY and part == OBJECT) or (wanted == OBJECT and part in plurals):
            exact += 1
        else:
            return None
    return len(key), exact


def _route_of(path: str) -> tuple[str, ...] | None:
    try:
        return route_segments(resolve(path).route)
    except Resolver404:
        return None


def _object_of(path: str, plurals: Mapping[str, ObjectSpec]) -> ObjectSpec | None:
    """Return the object that a page is about: the one that its address names first."""
    return next((plurals[part] for part in segments(path) if part in plurals), None)


def _may_read(actor: Actor | None, text: HelpText, path: str, spec: ObjectSpec | None) -> bool:
    if actor is None:
        return text.is_public
    if text.module and not module_is_on(actor.organization, text.module):
        return False
    if any(key[0] == OBJECT for key in text.routes if key) and (spec is None or not may(actor, spec, Action.VIEW)):
        return False
    page = settings_page_of(path) if path.startswith(SETTINGS) else None
    return page is None or page.is_open_to(actor)


def settings_page_of(path: str) -> SettingsPage | None:
    """Return the page of the settings that an address belongs to."""
    fitting = [page for page in settings_pages if path == page.url or path.startswith(f"{page.url.rstrip('/')}/")]
    return max(fitting, key=lambda page: len(page.url), default=None)


def _shown(reader: _Reader, text: HelpText, path: str) -> ShownHelp:
    language = get_language() or "en"
    about = help_book().objects.get(reader.spec.name) if reader.spec is not None else None
    is_generic = any(key and key[0] == OBJECT for key in text.routes)
    words = [text.in_language(language)]
    if about is not None and is_generic:
        words.insert(0, about.in_language(language))
    fill = _filler(reader, [one for one in (text, about) if one is not None])
    purposes = [one.purpose for one in words]
    if is_generic and about is None and reader.spec is not None and reader.spec.description:
        purposes.insert(0, str(reader.spec.description))
    lines = [line for one in reversed(words) for line in one.steps if reader.sees(line)]
    asked = [line for one in words for line in one.questions if reader.sees(line)]
    return ShownHelp(
        title=fill(_title(words[-1], path)),
        purpose=Markup(" ").join(marked(fill(purpose)) for purpose in purposes),
        steps=[marked(fill(line.text)) for line in lines],
        questions=[(marked(fill(line.text)), marked(fill(line.answer))) for line in asked],
        readings=_readings(reader, text, about, path),
    )


def _title(words: Words, path: str) -> str:
    page = settings_page_of(path)
    return words.title or (str(page.label) if page else "")


def _filler(reader: _Reader, texts: Sequence[HelpText]) -> Any:
    """Return the function that puts the words of the page's object into one of the texts, and the organization's words."""
    values: dict[str, str] = {}
    language = get_language() or "en"
    english, chinese = (" ".join(one.in_language(code).whole for one in texts) for code in ("en", "zh-hans"))
    if reader.spec is not None and reader.actor is not None:
        spec = reader.spec
        shown = Presenter(reader.actor, spec).visible(spec.quick_fields or spec.columns or tuple(spec.all_fields))
        values = {
            "{noun}": str(spec.noun),
            "{nouns}": str(spec.noun_plural),
            "{Noun}": str(spec.label),
            "{Nouns}": str(spec.label_plural),
            "{fields}": ("、" if (get_language() or "").startswith("zh") else ", ").join(
                str(entry.label) for entry in list(shown)[:MOST_FIELDS]
            ),
            "{stage}": str(spec.all_fields[spec.board.field].label) if spec.board else "",
        }

    def fill(text: str) -> str:
        text = in_own_words(text, language, english, chinese)
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    return fill


def marked(text: str) -> Markup:
    """Return a text with what is **strong**, a *place* and a `key` marked; everything else is shown as it is."""
    marked = _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
    marked = _PLACE.sub(r"<em>\1</em>", marked)
    return Markup(_KEY.sub(r"<kbd>\1</kbd>", marked))  # noqa: S704 the text was escaped right before


def _readings(reader: _Reader, text: HelpText, about: HelpText | None, path: str) -> list[Reading]:
    """Return the places in the guides; nobody without an account reads them in the product."""
    if reader.actor is None:
        return []
    language = get_language() or "en"
    user_guide = guide_in(language)
    wanted: list[tuple[str, str]] = []
    if text.guide or (about is not None and about.guide) or not text.manual:
        anchor = (about.guide if about else "") or text.guide or user_guide.chapter_about(path).name
        wanted.append((USER, anchor))
    if text.manual and reader.actor.abilities:
        wanted.append((ADMINISTRATOR, text.manual))
    return [found for book, anchor in wanted if (found := reading(book, anchor)) is not None]


def reading(book: str, anchor: str) -> Reading | None:
    """Return a place in a guide in the active language; None when there is no such anchor."""
    guide = guide_in(get_language() or "en", book)
    place = guide.place_of(anchor)
    if place is None:
        return None
    chapter, section = place
    return Reading(section.title or chapter.title, guide.address(anchor), book, anchor)


def anchors_of(texts: Iterable[HelpText]) -> set[tuple[str, str]]:
    """Return every place in a guide that help leads to, for tests."""
    found = {(USER, text.guide) for text in texts if text.guide}
    return found | {(ADMINISTRATOR, text.manual) for text in texts if text.manual}
