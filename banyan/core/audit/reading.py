"""Reads of guarded fields: gathered while a request runs, and written down once at its end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from banyan.core.access.actor import Actor
from banyan.core.audit.notes import note, note_records
from banyan.core.listing.events import GuardedRead

READ = "read.guarded"


@dataclass
class _Reads:
    actor: Actor
    fields: set[str] = field(default_factory=set)
    ids: dict[uuid.UUID, None] = field(default_factory=dict)


_Gathered = dict[tuple[uuid.UUID | None, str], _Reads]
_gathered: ContextVar[_Gathered | None] = ContextVar("guarded_reads", default=None)


@contextmanager
def gathering_reads() -> Iterator[None]:
    """Write down at the end of the block what was read within it, one entry for each object.

    The block stands within the transaction; an error in it leaves nothing, as nothing was answered.
    """
    gathered: _Gathered = {}
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    for (_user, object_name), reads in gathered.items():
        _write(object_name, reads)


def note_guarded_read(event: GuardedRead) -> None:
    """Remember a read until the request ends; outside of a request write it down at once."""
    gathered = _gathered.get()
    known = {} if gathered is None else gathered
    reads = known.setdefault((event.actor.user_id, event.object_name), _Reads(event.actor))
    reads.fields.update(event.fields)
    reads.ids.update(dict.fromkeys(event.record_ids))
    if gathered is None:
        _write(event.object_name, reads)


def _write(object_name: str, reads: _Reads) -> None:
    details = {"fields": sorted(reads.fields)}
    if len(reads.ids) == 1:
        note(reads.actor, READ, object_name=object_name, record_id=next(iter(reads.ids)), details=details)
    else:
        note_records(reads.actor, READ, object_name=object_name, ids=reads.ids, details=details)
