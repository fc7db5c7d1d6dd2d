"""Which column of a file belongs to which field, by its name first and by what stands in it second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from banyan.core.transfer.cells import Cell
from banyan.core.transfer.headings import WIDER, concept_of, fold_heading
from banyan.core.transfer.shapes import Shape, shape_of

# Below this a guess is more often wrong than right, and a wrong guess costs more than an empty one.
_THRESHOLD = 0.6
_SAMPLED_CELLS = 100
_LEAST_TELLING = 0.95
_LEAST_SIMILAR = 86.0
_SHORTEST_FOR_SIMILARITY = 4


class Reason(StrEnum):
    """Why a column was given a field."""

    EXACT = "exact"
    ALIAS = "alias"
    WIDER_ALIAS = "wider_alias"
    SIMILAR = "similar"
    CONTENT = "content"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FieldHint:
    """What guessing must know of a field: its name, its kind and how people call it in every language."""

    name: str
    kind: str
    labels: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """The field guessed for a column, or None; ``confidence`` runs from 0 to 1."""

    column: str
    field: str | None
    confidence: float
    reason: Reason


def guess_mapping(
    columns: Sequence[str], samples: Sequence[Sequence[Cell]], fields: Sequence[FieldHint]
) -> list[Guess]:
    """Return one guess per column, in the order of the columns.

    ``samples`` holds some filled cells of each column. A field is given to one column at most, the
    best first; a column that nothing speaks for gets None.
    """
    hints = [_PreparedHint.of(hint) for hint in fields]
    content = [Counter(shape_of(cell) for cell in cells[:_SAMPLED_CELLS]) for cells in samples]
    offers: list[tuple[float, int, int, Reason]] = []
    for column_index, column in enumerate(columns):
        heading = _PreparedHeading(fold_heading(column), concept_of(column))
        for field_index, hint in enumerate(hints):
            confidence, reason = _rate(heading, content[column_index], hint)
            if confidence >= _THRESHOLD:
                offers.append((confidence, column_index, field_index, reason))
    offers.sort(key=lambda offer: (-offer[0], offer[1], offer[2]))
    chosen: dict[int, Guess] = {}
    taken: set[int] = set()
    for confidence, column_index, field_index, reason in offers:
        if column_index not in chosen and field_index not in taken:
            taken.add(field_index)
            chosen[column_index] = Guess(columns[column_index], fields[field_index].name, confidence, reason)
    return [chosen.get(index, Guess(column, None, 0.0, Reason.NONE)) for index, column in enumerate(columns)]


@dataclass(frozen=True, slots=True)
class _PreparedHeading:
    folded: str
    concept: str | None


@dataclass(frozen=True, slots=True)
class _PreparedHint:
    """A field with its names folded and the concepts that they stand for, worked out once per file."""

    kind: str
    own_names: frozenset[str]
    aliases: frozenset[str]
    concepts: frozenset[str]

    @classmethod
    def of(cls, hint: FieldHint) -> _PreparedHint:
        own = (hint.name, *hint.labels)
        concepts = {concept_of(name) for name in (*own, *hint.aliases)} - {None}
        return cls(
            kind=hint.kind,
            own_names=frozenset(map(fold_heading, own)),
            aliases=frozenset(map(fold_heading, hint.aliases)),
            concepts=frozenset(concept for concept in concepts if concept),
        )


def _rate(heading: _PreparedHeading, content: Counter[Shape], hint: _PreparedHint) -> tuple[float, Reason]:
    by_name, reason = _rate_name(heading, hint)
    fits = _fits(content, hint.kind)
    if reason is not Reason.NONE:
        # Content can take a name's claim away, and can lift a doubtful one.
        return (by_name * (0.5 if fits == 0.0 else 0.95 + 0.05 * fits), reason)
    told = _TELLING_SHAPES.get(hint.kind)
    if told is None or heading.concept is not None:
        return (0.0, Reason.NONE)
    share = _share(content, (told,))
    return (0.65 * share, Reason.CONTENT) if share >= _LEAST_TELLING else (0.0, Reason.NONE)


def _rate_name(heading: _PreparedHeading, hint: _PreparedHint) -> tuple[float, Reason]:
    if heading.folded in hint.own_names:
        return (1.0, Reason.EXACT)
    if heading.folded in hint.aliases:
        return (0.97, Reason.ALIAS)
    if heading.concept is not None:
        if heading.concept in hint.concepts:
            return (0.9, Reason.ALIAS)
        if any(wider in hint.concepts for wider in WIDER.get(heading.concept, ())):
            return (0.75, Reason.WIDER_ALIAS)
        # A heading that is known to mean something else is not merely misspelt.
        return (0.0, Reason.NONE)
    if len(heading.folded) < _SHORTEST_FOR_SIMILARITY:
        return (0.0, Reason.NONE)
    best = max((_similarity(heading.folded, name) for name in hint.own_names | hint.aliases), default=0.0)
    return (best / 100 * 0.85, Reason.SIMILAR) if best >= _LEAST_SIMILAR else (0.0, Reason.NONE)


def _similarity(heading: str, name: str) -> float:
    """Return 0 to 100; short names must be equal, for one letter makes another word of them."""
    return fuzz.ratio(heading, name) if len(name) >= _SHORTEST_FOR_SIMILARITY else 0.0


def _fits(content: Counter[Shape], kind: str) -> float:
    """Return the share of cells that a field of that kind could hold; 0.5 when nothing is known."""
    expected = _SHAPES_BY_KIND.get(kind)
    is_known = expected is not None and sum(content.values()) > content[Shape.EMPTY]
    return _share(content, expected) if expected is not None and is_known else 0.5


def _share(content: Counter[Shape], shapes: Sequence[Shape]) -> float:
    total = sum(content.values()) - content[Shape.EMPTY]
    return sum(content[shape] for shape in shapes) / total if total else 0.0


_NUMBERS = (Shape.INTEGER, Shape.DECIMAL, Shape.PHONE)
_DATES = (Shape.DATE, Shape.DATETIME, Shape.INTEGER)
_SHAPES_BY_KIND: dict[str, tuple[Shape, ...]] = {
    "integer": _NUMBERS,
    "decimal": _NUMBERS,
    "money": _NUMBERS,
    "date": _DATES,
    "datetime": _DATES,
    "email": (Shape.EMAIL,),
    "phone": (Shape.PHONE, Shape.INTEGER),
    "url": (Shape.URL,),
}
# Only these can be told from their content alone; any number or date could be anything.
_TELLING_SHAPES = {"email": Shape.EMAIL, "phone": Shape.PHONE, "url": Shape.URL}
