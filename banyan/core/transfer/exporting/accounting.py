"""What an export leaves behind: who took which rows, in the log and in the file; and what stops one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.audit.counting import count
from banyan.core.audit.notes import note_records
from banyan.core.audit.policy import Policy
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import NotAllowed, Refused
from banyan.core.kernel.ids import new_id

ID_BYTES = 16


class SeenIds(Collection[uuid.UUID]):
    """The ids of many rows in little memory: sixteen megabytes for a million."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, record_id: uuid.UUID) -> None:
        """Add an id."""
        self._bytes += record_id.bytes

    def __len__(self) -> int:
        return len(self._bytes) // ID_BYTES

    def __iter__(self) -> Iterator[uuid.UUID]:
        for place in range(0, len(self._bytes), ID_BYTES):
            yield uuid.UUID(bytes=bytes(self._bytes[place : place + ID_BYTES]))

    def __contains__(self, wanted: object) -> bool:
        return any(record_id == wanted for record_id in self)


@dataclass
class Account:
    """One export while it is made; ``approved_rows`` is how many rows somebody has approved, if anybody has.

    The mark in the file names person, time and the entry of the log, by whose id it is found there.
    """

    actor: Actor
    object_name: str
    approved_rows: int | None = None
    entry_id: uuid.UUID = field(default_factory=new_id)
    ids: SeenIds = field(default_factory=SeenIds)

    @property
    def mark(self) -> tuple[tuple[str, str], ...]:
        """Return what the file says about itself, as names and values."""
        user = self.actor.user
        at = now().astimezone(ZoneInfo(self.actor.time_zone))
        return (
            (_("Exported by"), f"{user.name} <{user.email}>" if user else _("The system")),
            (_("Time"), at.isoformat(sep=" ", timespec="seconds")),
            (_("Organization"), self.actor.organization.name),
            (_("Entry of the audit log"), str(self.entry_id)),
        )

    def take(self, record_id: uuid.UUID) -> None:
        """Note a row that goes into the file; raise ``Refused`` or ``NotAllowed`` when it is one too many."""
        self.ids.add(record_id)
        check_rows(self.actor, len(self.ids), policy=self.policy, approved_rows=self.approved_rows)

    @cached_property
    def policy(self) -> Policy:
        """The organization's choices."""
        return Policy.of(self.actor.organization)

    def close(self, *, format_name: str, fields: Iterable[str]) -> None:
        """Write down who exported which rows, in the transaction that read them."""
        note_records(
            self.actor,
            "export",
            object_name=self.object_name,
            ids=self.ids,
            details={"format": format_name, "approved": self.approved_rows is not None, "fields": sorted(fields)},
            entry_id=self.entry_id,
        )
        count(self.actor, at_once=True, exports=1, exported_rows=len(self.ids))


def most_rows(actor: Actor, policy: Policy) -> int:
    """Return how many rows one export of the actor may hold: as organization and roles agree; any number when zero."""
    return min((limit for limit in (policy.most_rows, actor.most_export_rows) if limit), default=0)


def check_rows(actor: Actor, rows: int, *, policy: Policy, approved_rows: int | None = None) -> None:
    """Raise ``Refused`` for more rows than organization and roles let the actor take, ``NotAllowed`` for more than approved."""
    if actor.is_system:
        return
    most = most_rows(actor, policy)
    if most and rows > most:
        message = _("One export may hold %(most)s rows. Narrow the list.")
        raise Refused("too_many_rows", message % {"most": f"{most:,}"})
    free = max(policy.approval_rows, approved_rows or 0)
    if policy.approval_rows and rows > free:
        message = _("An export of more than %(most)s rows needs approval.")
        raise NotAllowed("approval_needed", message % {"most": f"{free:,}"})
