"""What a document may hold: small descriptions that check a value, say what is wrong and where, and document themselves.

A shape is told in which way two documents are laid over each other, too: a list of items with a ``key`` and a table
are merged item by item, everything else is replaced as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: In a list item or an entry of a file: take it away.
REMOVE = "remove"
LANGUAGES = ("zh", "en")
LONGEST_TEXT = 10_000
#: More choices than that are not listed.
MOST_TOLD = 30
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong in a document, and where: the keys and positions that lead to it."""

    path: Path
    message: Any
    code: str = "invalid"


@dataclass(frozen=True)
class Shape:
    """Base of all shapes; anything that JSON can say fits it."""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        yield from ()

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("anything")

    def merge(self, base: Any, over: Any) -> Any:
        """Return the value when a later document says ``over`` about what was ``base``."""
        return over

    def normal(self, value: Any) -> Any:
        """Return the one form of values that mean the same, with all defaults filled in; the value fits the shape."""
        return value

    def compact(self, value: Any) -> Any:
        """Return the one form of values that mean the same, for comparing: inner properties at their defaults are left out."""
        return self.normal(value)


@dataclass(frozen=True)
class Text(Shape):
    """A text; one of ``choices`` when those are given, a sequence or a function that returns it."""

    choices: Sequence[str] | Callable[[], Sequence[str]] = ()
    longest: int = LONGEST_TEXT
    may_be_empty: bool = True

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        choices = self.allowed()
        if not isinstance(value, str):
            yield Problem(path, _("A text belongs here; put it in quotation marks."), "not_a_text")
        elif choices and value not in choices:
            told = ", ".join(choices[:MOST_TOLD]) + (" …" if len(choices) > MOST_TOLD else "")
            values = {"value": value, "choices": told}
            yield Problem(path, _("“%(value)s” is not possible here; choose one of: %(choices)s.") % values, "unknown")
        elif len(value) > self.longest:
            yield Problem(path, _("At most %(longest)d characters.") % {"longest": self.longest}, "too_long")
        elif not value and not self.may_be_empty:
            yield Problem(path, _("This must not be empty."), "empty")

    def allowed(self) -> Sequence[str]:
        """Return the texts that are possible; all when empty."""
        return self.choices() if callable(self.choices) else self.choices

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        choices = self.allowed()
        if not choices or len(choices) > MOST_TOLD:
            return _("text")
        return _("one of: %(choices)s") % {"choices": ", ".join(choices)}


@dataclass(frozen=True)
class Words(Shape):
    """Words in the languages of the product: ``{zh: 客户, en: Customer}``, or one text for all."""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if isinstance(value, str):
            return
        if not isinstance(value, Mapping):
            yield Problem(path, _("Words belong here, such as {zh: 客户, en: Customer}."), "not_words")
            return
        for language, text in value.items():
            if language not in LANGUAGES:
                yield Problem((*path, language), _("Languages are zh and en."), "unknown_language")
            else:
                yield from Text().problems(text, (*path, language))

    def normal(self, value: Any) -> Any:
        """Return the words by language; one text for all stands in each."""
        if isinstance(value, str):
            return dict.fromkeys(LANGUAGES, value) if value else {}
        return {language: value[language] for language in LANGUAGES if value.get(language)}

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("words: {zh: …, en: …}")


@dataclass(frozen=True)
class Flag(Shape):
    """Yes or no."""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, bool):
            yield Problem(path, _("Write true or false."), "not_a_flag")

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("true or false")


@dataclass(frozen=True)
class Number(Shape):
    """A number, whole unless ``fractions`` are allowed."""

    least: float | None = None
    most: float | None = None
    fractions: bool = False

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        kinds = (int, float) if self.fractions else (int,)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            message = _("Write a number.") if self.fractions else _("Write a whole number.")
            yield Problem(path, message, "not_a_number")
        elif (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            yield Problem(path, self._bounds(), "out_of_range")

    def _bounds(self) -> str:
        if self.least is None:
            return _("Write at most %(most)s.") % {"most": self.most}
        if self.most is None:
            return _("Write at least %(least)s.") % {"least": self.least}
        return _("Write a number from %(least)s to %(most)s.") % {"least": self.least, "most": self.most}

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("number") if self.fractions else _("whole number")


@dataclass(frozen=True)
class Items(Shape):
    """A list. With ``key`` its items are told apart by that property, and two lists are merged item by item.

    A list that ``unites`` has no order: a later one adds to it.
    """

    shape: Shape = field(default_factory=Shape)
    key: str = ""
    unites: bool = False

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, list):
            yield Problem(path, _("A list belongs here; each line begins with “- ”."), "not_a_list")
            return
        known: set[Any] = set()
        for position, item in enumerate(value):
            where = (*path, position)
            if not self.key:
                yield from self.shape.problems(item, where)
                continue
            name = item.get(self.key) if isinstance(item, Mapping) else None
            if not isinstance(name, str) or not name:
                message = _("Each item of this list needs “%(key)s”.") % {"key": self.key}
                yield Problem(where, message, "without_key")
                continue
            if name in known:
                yield Problem(where, _("“%(name)s” stands in the list twice.") % {"name": name}, "twice")
            known.add(name)
            if not is_removal(item):
                yield from self.shape.problems(item, where)

    def normal(self, value: Any) -> Any:
        """Return the list with each item in its one form."""
        return [self.shape.normal(item) for item in value]

    def compact(self, value: Any) -> Any:
        """Return the list with each item in its shortest form."""
        return [self.shape.compact(item) for item in value]

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        inner = self.shape.describe()
        if self.key:
            return _("list, told apart by “%(key)s”: %(inner)s") % {"key": self.key, "inner": inner}
        return _("list: %(inner)s") % {"inner": inner}

    def merge(self, base: Any, over: Any) -> Any:
        """Return the list of both: later items win, what is removed is gone, new ones come last."""
        if self.unites and isinstance(base, list) and isinstance(over, list):
            return [*base, *(item for item in over if item not in base)]
        if not self.key or not isinstance(base, list) or not isinstance(over, list):
            return over
        merged = {item[self.key]: item for item in base}
        for item in over:
            name = item[self.key]
            if is_removal(item):
                merged.pop(name, None)
            else:
                merged[name] = self.shape.merge(merged[name], item) if name in merged else item
        return list(merged.values())


@dataclass(frozen=True)
class Table(Shape):
    """Values by name; two tables are merged name by name, and ``null`` takes a name away."""

    shape: Shape = field(default_factory=Shape)
    names: Sequence[str] | Callable[[], Sequence[str]] = ()

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, Mapping):
            yield Problem(path, _("A table belongs here: a name, a colon and a value on each line."), "not_a_table")
            return
        names = self.names() if callable(self.names) else self.names
        for name, inner in value.items():
            if not isinstance(name, str) or (names and name not in names):
                yield Problem((*path, str(name)), _("“%(name)s” is not known here.") % {"name": name}, "unknown")
            elif inner is not None:
                yield from self.shape.problems(inner, (*path, name))

    def normal(self, value: Any) -> Any:
        """Return the table with each value in its one form, without what is taken away."""
        return {name: self.shape.normal(inner) for name, inner in value.items() if inner is not None}

    def compact(self, value: Any) -> Any:
        """Return the table with each value in its shortest form."""
        return {name: self.shape.compact(inner) for name, inner in value.items() if inner is not None}

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("table: %(inner)s") % {"inner": self.shape.describe()}

    def merge(self, base: Any, over: Any) -> Any:
        """Return the table of both: later values win."""
        if not isinstance(base, Mapping) or not isinstance(over, Mapping):
            return over
        merged = dict(base)
        for name, value in over.items():
            if value is None:
                merged.pop(name, None)
            else:
                merged[name] = self.shape.merge(merged[name], value) if name in merged else value
        return merged


@dataclass(frozen=True)
class Property:
    """One thing that a document says about an entry.

    A ``fixed`` one cannot be changed once the entry is there. ``default`` holds where nothing is said of a new
    entry; a ``needed`` one has none.
    """

    shape: Shape
    label: Any
    help: Any = ""
    default: Any = None
    needed: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Properties(Shape):
    """Named properties, each with a shape; what is not named is refused. ``needs_all`` asks for the needed ones."""

    properties: Mapping[str, Property] = field(default_factory=dict)
    needs_all: bool = True

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, Mapping):
            yield Problem(path, _("Properties belong here: a name, a colon and a value on each line."), "not_a_table")
            return
        for name, inner in value.items():
            known = self.properties.get(name)
            if known is None:
                message = _("“%(name)s” is not known here. Known are: %(known)s.")
                words = {"name": name, "known": ", ".join(self.properties)}
                yield Problem((*path, str(name)), message % words, "unknown")
            elif inner is None and not known.needed:
                continue
            else:
                yield from known.shape.problems(inner, (*path, name))
        for name, known in self.properties.items():
            if self.needs_all and known.needed and name not in value:
                yield Problem(path, _("“%(name)s” is missing.") % {"name": name}, "missing")

    def normal(self, value: Any) -> Any:
        """Return every property in its one form, those not mentioned with their defaults."""
        found = {}
        for name, known in self.properties.items():
            given = value.get(name)
            found[name] = known.default if given is None else known.shape.normal(given)
        return found

    def compact(self, value: Any) -> Any:
        """Return the properties in their one form, without those that are at their defaults."""
        found = {}
        for name, known in self.properties.items():
            given = value.get(name)
            compact = None if given is None else known.shape.compact(given)
            if compact is not None and (known.needed or compact != known.default):
                found[name] = compact
        return found

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return ", ".join(self.properties)

    def merge(self, base: Any, over: Any) -> Any:
        """Return the properties of both: what the later says wins, by the shape of each."""
        if not isinstance(base, Mapping) or not isinstance(over, Mapping):
            return over
        merged = dict(base)
        for name, value in over.items():
            known = self.properties.get(name)
            merged[name] = known.shape.merge(merged[name], value) if known and name in merged else value
        return merged


def is_removal(item: Any) -> bool:
    """Say whether an item or entry asks for its own removal."""
    return isinstance(item, Mapping) and item.get(REMOVE) is True


#: What a filter is in a document: a tree as lists and the interface have it.
FILTER_LABEL = gettext_lazy("filter: {all: [{field: …, op: …, value: …}]}")


@dataclass(frozen=True)
class Filter(Shape):
    """A filter tree; whether its fields exist is for the part to check."""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, Mapping):
            yield Problem(path, _("A filter belongs here."), "not_a_filter")

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return str(FILTER_LABEL)
