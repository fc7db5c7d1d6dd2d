"""Writing the log: one function for everything that is written down."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.audit.models import Entry, Result
from banyan.core.audit.verification import ERASED, RESTORED
from banyan.core.kernel.ids import new_id
from banyan.core.kernel.origin import current_origin

#: Ids of records in one entry; more go on in further entries.
IDS_PER_ENTRY = 10_000


def note(  # noqa: PLR0913 an entry has these parts
    actor: Actor,
    kind: str,
    *,
    object_name: str = "",
    record_id: uuid.UUID | None = None,
    result: Result = Result.DONE,
    details: Mapping[str, Any] | None = None,
    entry_id: uuid.UUID | None = None,
) -> Entry:
    """Write down what somebody did, in the current transaction; the address is that of the request.

    Who looks as somebody else is named by their own name, and in ``details`` as whom they looked. ``entry_id`` is one that was given out before, as the mark in a file. ``details`` are in JSON's terms and hold no values of records: whoever reads the log need not see those.
    """
    person = actor.person
    seen_as = {"as": str(actor.user_id)} if person is not None and person.pk != actor.user_id else {}
    return Entry.objects.create(
        id=entry_id or new_id(),
        organization_id=actor.organization_id,
        user_id=person.pk if person else None,
        person=person.name if person else "",
        channel=actor.channel.value,
        address=current_origin().address or None,
        kind=kind,
        object_name=object_name,
        record_id=record_id,
        result=result,
        details={**(details or {}), **seen_as},
    )


def note_records(
    actor: Actor,
    kind: str,
    *,
    object_name: str,
    ids: Collection[uuid.UUID],
    details: Mapping[str, Any] | None = None,
    entry_id: uuid.UUID | None = None,
) -> Entry:
    """Write down what somebody did with many records, with their ids; return the first of the entries.

    A second and further entries of the same kind hold the ids that do not fit, and name the first.
    """
    parts = _in_parts(ids)
    described = {**(details or {}), "count": len(ids), "ids": next(parts, [])}
    first = note(actor, kind, object_name=object_name, details=described, entry_id=entry_id)
    for part in parts:
        note(actor, kind, object_name=object_name, details={"continues": str(first.pk), "ids": part})
    return first


def note_erasure(actor: Actor, change_ids: Iterable[uuid.UUID], *, reason: str) -> None:
    """Write down that rows of the change log were erased or made anonymous, so that the chain stays right.

    Call it in the transaction that changes them.
    """
    for part in _in_parts(change_ids):
        note(actor, ERASED, details={"reason": reason, "ids": part})


def note_restored(actor: Actor, *, after: uuid.UUID, before: uuid.UUID) -> None:
    """Write down that an organization was put back to an earlier state: changes between the two ids are gone."""
    note(actor, RESTORED, details={"after": str(after), "before": str(before)})


def _in_parts(ids: Iterable[uuid.UUID]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := [str(record_id) for record_id in islice(rest, IDS_PER_ENTRY)]:
        yield part
