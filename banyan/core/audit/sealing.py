"""Sealing: hashing what was logged since, behind the back of those who write.

Nobody who writes waits for the chain. Some seconds later a job takes the rows in the order of their ids, which is that
of time, and appends a segment. It stays clear of rows that a running transaction could still add before them: it
goes no further than the beginning of the oldest transaction, less a minute for clocks that differ.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction

from banyan.core.audit.bounds import BEGINNING, following, id_at
from banyan.core.audit.canonical import LEAF_BYTES, current_suite, key_id, leaf, segment_hash, sign
from banyan.core.audit.models import Head, Segment
from banyan.core.audit.rows import CHANGES, ENTRIES, Row
from banyan.core.kernel.clock import now

logger = logging.getLogger(__name__)

ROWS_PER_SEGMENT = 2_000
SEGMENTS_PER_RUN = 50
CLOCKS_DIFFER = timedelta(seconds=60)
#: Without anything new the end is noted this often, so that idle organizations cost one query a minute.
HEAD_MOVES_EACH = timedelta(hours=1)

OLDEST_TRANSACTION = """
    SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
    WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


def safe_horizon() -> datetime:
    """Return the instant before which nobody adds rows any more."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_TRANSACTION)
        (oldest,) = cursor.fetchone()
    return oldest - CLOCKS_DIFFER


@transaction.atomic
def seal(organization_id: uuid.UUID, *, horizon: datetime | None = None) -> list[Segment]:
    """Append what was logged before the horizon to the chain of the current organization and return the new segments.

    Two that seal at once do it one after the other.
    """
    end = id_at(horizon or safe_horizon())
    head = _locked_head(organization_id)
    sealed: list[Segment] = []
    while len(sealed) < SEGMENTS_PER_RUN:
        segment = _next_segment(head, end)
        if segment is None:
            break
        sealed.append(segment)
        head.number, head.hash = segment.number, segment.hash
        head.entries, head.before = segment.first_entry + _rows_in(segment.leaves[0]), segment.before
    is_complete = len(sealed) < SEGMENTS_PER_RUN
    if sealed or (end.int - head.before.int) >> 80 > HEAD_MOVES_EACH / timedelta(milliseconds=1):
        _move_head(head, max(end, head.before) if is_complete else head.before)
    if sealed:
        # Whoever keeps the application's log elsewhere has a witness that the database cannot change.
        logger.info("Audit log of %s sealed to segment %d: %s", organization_id, head.number, head.hash)
    return sealed


def signed_parts(head: Head) -> tuple[object, ...]:
    """Return what the signature of a chain's end covers."""
    return ("head", head.organization_id, head.number, head.entries, head.hash, head.before)


def _locked_head(organization_id: uuid.UUID) -> Head:
    suite = current_suite()
    fresh = Head(organization_id=organization_id, before=BEGINNING, suite=suite, key_id=key_id())
    fresh.signature = sign(suite, *signed_parts(fresh))
    Head.objects.bulk_create([fresh], ignore_conflicts=True)
    return Head.objects.select_for_update().get(organization_id=organization_id)


def _next_segment(head: Head, end: uuid.UUID) -> Segment | None:
    """Seal the next rows; what fills a segment leaves the others of its time to the next one."""
    after, before = head.before, end
    if before <= after:
        return None
    entries = ENTRIES.first(head.organization_id, after, before, ROWS_PER_SEGMENT)
    changes = CHANGES.first(head.organization_id, after, before, ROWS_PER_SEGMENT)
    if not entries and not changes:
        return None
    full = [rows for rows in (entries, changes) if len(rows) == ROWS_PER_SEGMENT]
    if full:
        before = min(following(rows[-1][0]) for rows in full)
    return _append(head, (after, before), _below(entries, before), _below(changes, before))


def _append(head: Head, bounds: tuple[uuid.UUID, uuid.UUID], entries: list[Row], changes: list[Row]) -> Segment:
    suite, number = current_suite(), head.number + 1
    leaves = [b"".join(leaf(suite, row) for row in rows) for rows in (entries, changes)]
    hashed = segment_hash(
        suite, organization_id=head.organization_id, number=number, bounds=bounds, leaves=leaves, previous=head.hash
    )
    return Segment.objects.create(
        organization_id=head.organization_id,
        number=number,
        after=bounds[0],
        before=bounds[1],
        entry_leaves=leaves[0],
        change_leaves=leaves[1],
        first_entry=head.entries,
        suite=suite,
        previous=head.hash,
        hash=hashed,
        key_id=key_id(),
        signature=sign(suite, "segment", hashed),
        at=now(),
    )


def _move_head(head: Head, before: uuid.UUID) -> None:
    head.before, head.suite, head.key_id, head.at = before, current_suite(), key_id(), now()
    head.signature = sign(head.suite, *signed_parts(head))
    head.save()


def _below(rows: list[Row], before: uuid.UUID) -> list[Row]:
    return [row for row in rows if row[0] < before]


def _rows_in(leaves: bytes) -> int:
    return len(leaves) // LEAF_BYTES
