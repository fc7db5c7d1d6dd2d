"""Verifying the chain: does the database still hold what was sealed, all of it and nothing besides?

The first thing that is wrong is named. What was erased or taken back with a note in the log itself is right.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from django.db import DEFAULT_DB_ALIAS

from banyan.core.audit.bounds import BEGINNING
from banyan.core.audit.canonical import is_own_key, is_signed, leaf, leaves_of, segment_hash
from banyan.core.audit.models import Entry, Head, Segment
from banyan.core.audit.rows import CHANGES, ENTRIES, Row, Source
from banyan.core.audit.sealing import signed_parts
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import parse_id

#: Entries that explain what is missing.
ERASED, RESTORED, PRUNED = "changes.erased", "organization.restored", "audit.pruned"
SEALED_WITHIN = timedelta(hours=24)


class Damage(StrEnum):
    """What is wrong with a row or a segment."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Finding:
    """The first thing that is wrong: with a row of ``entry`` or ``change``, a ``segment``, or the ``head``.

    ``row_id`` names the row; of a missing one it is the row before it. ``segment`` is the number of the segment.
    """

    damage: Damage
    what: str
    segment: int = 0
    row_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Verification:
    """What was verified, and the first finding; ``foreign_key`` means signed by another installation's key."""

    segments: int = 0
    entries: int = 0
    changes: int = 0
    finding: Finding | None = None
    foreign_key: bool = False
    is_late: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.finding is None


class _Broken(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


@dataclass
class _Explained:
    """Which changes may differ or be missing, by entries that are sealed themselves."""

    erased: set[uuid.UUID] = field(default_factory=set)
    spans: list[tuple[uuid.UUID, uuid.UUID]] = field(default_factory=list)
    pruned: dict[int, str] = field(default_factory=dict)

    def may_miss(self, bounds: tuple[uuid.UUID, uuid.UUID]) -> bool:
        """Say whether changes of a segment were taken back with a note."""
        after, before = bounds
        return any(first < before and after < last for first, last in self.spans)

    def erased_in(self, bounds: tuple[uuid.UUID, uuid.UUID]) -> set[uuid.UUID]:
        """Return the ids of a segment's changes that were erased or made anonymous."""
        return {row_id for row_id in self.erased if bounds[0] <= row_id < bounds[1]}


def verify(organization_id: uuid.UUID, *, alias: str = DEFAULT_DB_ALIAS) -> Verification:
    """Verify an organization's chain from its oldest segment to its end, in constant memory.

    Runs within the organization's scope, or as a role that sees all rows.
    """
    head = Head.objects.using(alias).filter(organization_id=organization_id).first()
    walk = _Walk(organization_id, alias)
    try:
        walk.run(head)
    except _Broken as broken:
        return walk.result(head, broken.finding)
    return walk.result(head, None)


class _Walk:
    def __init__(self, organization_id: uuid.UUID, alias: str) -> None:
        self.organization_id = organization_id
        self.alias = alias
        self.explained = self._explanations()
        self.segments = self.entries = self.changes = 0
        self.foreign_key = False

    def run(self, head: Head | None) -> None:
        """Check every segment against the one before and against its rows, then the end."""
        previous: Segment | None = None
        for segment in self._segments():
            self._check_link(previous, segment)
            self._check_itself(segment)
            self._check_gap(previous, segment)
            self._check_rows(segment, ENTRIES, segment.leaves[0])
            self._check_rows(segment, CHANGES, segment.leaves[1])
            self.segments += 1
            previous = segment
        self._check_head(head, previous)

    def result(self, head: Head | None, finding: Finding | None) -> Verification:
        """Return what was found."""
        waiting = head is not None and head.at < now() - SEALED_WITHIN
        return Verification(self.segments, self.entries, self.changes, finding, self.foreign_key, waiting)

    def _segments(self) -> Iterator[Segment]:
        rows = Segment.objects.using(self.alias).filter(organization_id=self.organization_id)
        number = -1
        # One at a time by number: a segment holds the hashes of thousands of rows.
        while (segment := rows.filter(number__gt=number).order_by("number").first()) is not None:
            yield segment
            number = segment.number

    def _explanations(self) -> _Explained:
        found = _Explained()
        rows = Entry.objects.using(self.alias).filter(
            organization_id=self.organization_id, kind__in=(ERASED, RESTORED, PRUNED)
        )
        for entry in rows:
            found.erased.update(_ids(entry.details.get("ids", ())))
            span = list(_ids([entry.details.get("after"), entry.details.get("before")]))
            if entry.kind == RESTORED and len(span) == 2:
                found.spans.append((span[0], span[1]))
            if entry.kind == PRUNED:
                found.pruned[int(entry.details.get("through", 0))] = str(entry.details.get("hash", ""))
        return found

    def _check_link(self, previous: Segment | None, segment: Segment) -> None:
        if previous is not None:
            expected: tuple[int, str | None] = (previous.number + 1, previous.hash)
        elif segment.number == 1:
            expected = (1, "")
        else:
            expected = (segment.number, self.explained.pruned.get(segment.number - 1))
        if (segment.number, segment.previous) != expected:
            number = previous.number + 1 if previous else 1
            raise _Broken(Finding(Damage.MISSING, "segment", number))

    def _check_itself(self, segment: Segment) -> None:
        expected = segment_hash(
            segment.suite,
            organization_id=self.organization_id,
            number=segment.number,
            bounds=(segment.after, segment.before),
            leaves=segment.leaves,
            previous=segment.previous,
        )
        if expected != segment.hash:
            raise _Broken(Finding(Damage.CHANGED, "segment", segment.number))
        if not is_own_key(segment.key_id):
            self.foreign_key = True
        elif not is_signed(segment.signature, segment.suite, "segment", segment.hash):
            raise _Broken(Finding(Damage.UNSIGNED, "segment", segment.number))

    def _check_gap(self, previous: Segment | None, segment: Segment) -> None:
        """Between two segments, and before the first, there is no row."""
        self._refuse_rows(ENTRIES, previous.before if previous else BEGINNING, segment.after, segment.number)
        if previous is not None:
            # Changes before the first segment may stand although their seals were pruned.
            self._refuse_rows(CHANGES, previous.before, segment.after, segment.number)

    def _refuse_rows(self, source: Source, after: uuid.UUID, before: uuid.UUID, number: int) -> None:
        for row in source.between(self.organization_id, after, before, alias=self.alias):
            raise _Broken(Finding(Damage.INSERTED, source.name, number, row[0]))

    def _check_rows(self, segment: Segment, source: Source, joined: bytes) -> None:
        bounds = (segment.after, segment.before)
        rows = list(source.between(self.organization_id, *bounds, alias=self.alias))
        leaves = leaves_of(joined)
        erased = self.explained.erased_in(bounds) if source is CHANGES else set()
        may_miss = source is CHANGES and self.explained.may_miss(bounds)
        finding = _compare(segment, source, leaves, rows, _Allowed(erased, len(leaves) if may_miss else 0))
        if finding is not None:
            raise _Broken(finding)
        self.entries += len(rows) if source is ENTRIES else 0
        self.changes += len(rows) if source is CHANGES else 0

    def _check_head(self, head: Head | None, last: Segment | None) -> None:
        if head is None:
            if (
                last is not None
                or Entry.objects.using(self.alias)
                .filter(organization_id=self.organization_id, at__lt=now() - SEALED_WITHIN)
                .exists()
            ):
                raise _Broken(Finding(Damage.MISSING, "head"))
            return
        if is_own_key(head.key_id) and not is_signed(head.signature, head.suite, *signed_parts(head)):
            raise _Broken(Finding(Damage.UNSIGNED, "head"))
        number, hashed = (last.number, last.hash) if last else (0, "")
        if number < head.number:
            raise _Broken(Finding(Damage.MISSING, "segment", number + 1))
        if (number, hashed) != (head.number, head.hash):
            raise _Broken(Finding(Damage.CHANGED, "head", head.number))
        for source in (ENTRIES, CHANGES):
            self._refuse_rows(source, last.before if last else BEGINNING, head.before, head.number)


@dataclass
class _Allowed:
    erased: set[uuid.UUID]
    missing: int


def _compare(
    segment: Segment, source: Source, leaves: Sequence[bytes], rows: Sequence[Row], allowed: _Allowed
) -> Finding | None:
    """Return the first row that differs from what was sealed, walking both in order."""
    hashes = [leaf(segment.suite, row) for row in rows]
    if hashes == list(leaves):
        return None
    present = {row[0] for row in rows}
    missing = allowed.missing or len(allowed.erased - present)
    sealed, here = set(leaves), set(hashes)
    place, last = 0, None
    for row, hashed in zip(rows, hashes, strict=True):
        while place < len(leaves) and leaves[place] != hashed and leaves[place] not in here and hashed in sealed:
            if missing == 0:
                return Finding(Damage.MISSING, source.name, segment.number, last)
            missing, place = missing - 1, place + 1
        if place < len(leaves) and (leaves[place] == hashed or row[0] in allowed.erased):
            place, last = place + 1, row[0]
            continue
        changed = place < len(leaves) and leaves[place] not in here and len(rows) <= len(leaves)
        return Finding(Damage.CHANGED if changed else Damage.INSERTED, source.name, segment.number, row[0])
    if len(leaves) - place > missing:
        return Finding(Damage.MISSING, source.name, segment.number, last)
    return None


def _ids(texts: Iterable[object]) -> Iterator[uuid.UUID]:
    for text in texts:
        found = parse_id(text)
        if found is not None:
            yield found
