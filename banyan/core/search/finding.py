"""Finding records of all objects by a few characters: names, pinyin, initials, numbers, phones, e-mail."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.text.folding import letters_and_digits
from banyan.core.kernel.text.tokens import rank_of, search_query, starts_with_query
from banyan.core.kernel.text.typos import close_key, forgiving_query, is_close
from banyan.core.listing.fields import reading_of, shown_fields
from banyan.core.listing.filters import Node
from banyan.core.listing.labels import labels_of, pointed_at, title_of
from banyan.core.listing.masking import Masked
from banyan.core.listing.query import Columns, Row
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for
from banyan.core.objects.shaping import tables_in_use
from banyan.core.objects.spec import ObjectSpec
from banyan.core.search.candidates import Candidate, Places

Chosen = Iterable[str] | Callable[[], Iterable[str]]
BEGINNING_AT_ONCE = 40
CONTAINING_AT_ONCE = 60
GUESSED_FROM = 300
LONGEST_NUMBER = 40
_WORST_PLACE = 9
_SCORE_STEP = 0.1


@dataclass(frozen=True)
class Hit:
    """A record that was found; ``score`` lies between 0 and 1, the best hits come first.

    ``is_guess`` marks what was not typed but may have been meant.
    """

    object: str
    id: uuid.UUID
    title: str
    subtitle: str
    number: str
    score: float
    is_guess: bool = False


def find(actor: Actor, text: str, limit: int = 20, objects: Chosen | None = None) -> list[Hit]:
    """Return the records that fit a text best, of every object that the actor may see.

    ``objects`` names the objects to look through, or is a function that does; without it they are
    those of the modules that are on. A record whose number is the text comes first, then names that are
    the text, begin with it, contain it, the same by pinyin or initials, and at last records where other
    fields fit. When nothing fits, names that are one slip away are guessed. Costs one query to leave
    out objects without records, one more when enough names begin with the text, two otherwise, another one when nothing
    was found, one for the subtitles of each object among the hits and one for each that they link to.
    """
    return best_hits(actor, _searchable(actor, objects), text, limit=limit)


def best_hits(
    actor: Actor, specs: Sequence[ObjectSpec], text: str, *, limit: int, within: Node | None = None
) -> list[Hit]:
    """Return what ``find`` does for these very objects, among the records that pass a filter."""
    found = _gather(actor, specs, text, limit=limit, within=within)
    by_name = {spec.name: spec for spec in specs}
    if not found:
        guessed = _guessed(actor, specs, text, within)[:limit]
        return _present(actor, by_name, [(0.0, hit) for hit in guessed], is_guess=True)
    order = {spec.name: place for place, spec in enumerate(specs)}
    wanted = letters_and_digits(text)
    ranks = {hit.id: rank_of(hit.title, wanted) for hit in found.values()}
    ranked = sorted(found.values(), key=lambda hit: (not hit.is_exact, ranks[hit.id], order[hit.object]))
    return _present(actor, by_name, [(_score(hit, ranks[hit.id][0]), hit) for hit in ranked[:limit]])


def _guessed(actor: Actor, specs: Sequence[ObjectSpec], text: str, within: Node | None) -> list[Candidate]:
    """Return records whose titles are a slip away from the text, the nearest first."""
    query = forgiving_query(text)
    if not query:
        return []
    near = Places(actor, specs, within).fitting(query, GUESSED_FROM)
    close = {candidate.id: candidate for candidate in near if is_close(candidate.title, text)}
    return sorted(close.values(), key=lambda candidate: close_key(candidate.title, text))


def _searchable(actor: Actor, chosen: Chosen | None) -> list[ObjectSpec]:
    if chosen is None:
        specs = list(specs_on(actor.organization).values())
    else:
        known = specs_for(actor.organization)
        names = chosen() if callable(chosen) else chosen
        specs = [known[name] for name in names if name in known]
    return [spec for spec in specs if spec.has_page and not spec.is_setting]


def _gather(
    actor: Actor, specs: Sequence[ObjectSpec], text: str, *, limit: int, within: Node | None
) -> dict[uuid.UUID, Candidate]:
    """Collect names that begin with the text, and everything else only when they are not enough."""
    used = tables_in_use(actor.organization_id, [spec.model for spec in specs]) if len(specs) > 1 else ()
    places = Places(actor, [spec for spec in specs if spec.model in used or len(specs) == 1], within)
    found: dict[uuid.UUID, Candidate] = {}
    number = " ".join(text.split())
    is_number = number.isascii() and len(number) <= LONGEST_NUMBER and any(map(str.isdigit, number))
    beginning = starts_with_query(text)
    most = max(limit, BEGINNING_AT_ONCE)
    _add(found, places.fitting(beginning, most, number=number if is_number else "", value=text))
    query = search_query(text)
    if query and len(found) < limit:
        _add(found, places.fitting(query, max(limit, CONTAINING_AT_ONCE)))
    return found


def _add(found: dict[uuid.UUID, Candidate], more: Iterable[Candidate]) -> None:
    for candidate in more:
        found.setdefault(candidate.id, candidate)


def _present(
    actor: Actor, specs: dict[str, ObjectSpec], hits: Sequence[tuple[float, Candidate]], *, is_guess: bool = False
) -> list[Hit]:
    ids: dict[str, list[uuid.UUID]] = {}
    for _points, hit in hits:
        ids.setdefault(hit.object, []).append(hit.id)
    subtitles = subtitles_of(actor, [(specs[name], found) for name, found in ids.items()])
    return [
        Hit(
            object=hit.object,
            id=hit.id,
            title=title_of(specs[hit.object], hit.title, hit.number),
            subtitle=subtitles.get(hit.id, ""),
            number=hit.number,
            score=score,
            is_guess=is_guess,
        )
        for score, hit in hits
    ]


def _score(hit: Candidate, place: int) -> float:
    return 1.0 if hit.is_exact else round(_SCORE_STEP * (_WORST_PLACE - place), 1)


def subtitles_of(actor: Actor, records: Iterable[tuple[ObjectSpec, Sequence[uuid.UUID]]]) -> dict[uuid.UUID, str]:
    """Return the line under the title of records, from their objects' ``subtitle`` fields that the actor sees.

    Costs one query for each object, and one for each that they link to.
    """
    read: list[tuple[ObjectSpec, list[str], list[Row]]] = []
    linked: dict[str, set[uuid.UUID]] = {}
    for spec, ids in records:
        shown = shown_fields(actor, spec)
        names = [name for name in spec.subtitle if name in shown]
        if not names:
            continue
        columns = Columns(actor, spec, names)
        found = spec.model._default_manager.filter(pk__in=ids).order_by()  # noqa: SLF001
        rows = columns.rows(list(found.values_list(*columns.attributes)))
        read.append((spec, names, rows))
        for target, pointed in pointed_at(spec, rows, columns.names).items():
            linked.setdefault(target, set()).update(pointed)
    reading = reading_of(actor, labels_of(linked, actor=actor))
    return {row["id"]: " · ".join(_texts(spec, row, names, reading)) for spec, names, rows in read for row in rows}


def _texts(spec: ObjectSpec, row: Row, names: Iterable[str], reading: Any) -> list[str]:
    texts = []
    for name in names:
        value = row[name]
        text = value if isinstance(value, Masked) else spec.all_fields[name].kind.display(value, reading)
        if text:
            texts.append(str(text))
    return texts
