"""What access, and whoever else changes an organization's set-up, tells the rest of the product."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.events import Event, publish_all


@dataclass(frozen=True)
class SetupChanged(Event):
    """Somebody changed people, roles, departments, fields, lists or the organization itself.

    ``subject`` names the kind of thing, ``values`` maps what changed to ``(old, new)`` in JSON's terms.
    """

    organization_id: uuid.UUID
    subject: str
    subject_id: uuid.UUID
    action: str
    actor_id: uuid.UUID | None
    channel: str
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordShared(Event):
    """Somebody shared a record with people, departments, roles, posts or levels; ``people`` are those named one by one."""

    organization_id: uuid.UUID
    object_name: str
    record_id: uuid.UUID
    people: tuple[uuid.UUID, ...]
    access: str
    team_role: str
    actor_id: uuid.UUID | None


def tell_setup_changed(
    actor: Actor,
    subject: str,
    subject_id: uuid.UUID,
    action: str,
    *,
    values: dict[str, tuple[Any, Any]] | None = None,
) -> None:
    """Publish a change of the set-up; an update that changed nothing is not told."""
    tell_setup_changes(actor, subject, action, {subject_id: values or {}})


def tell_setup_changes(
    actor: Actor, subject: str, action: str, values: Mapping[uuid.UUID, dict[str, tuple[Any, Any]]]
) -> None:
    """Publish what was done to several things of a kind at once, by their ids; as ``tell_setup_changed`` does of one."""
    publish_all(
        [
            SetupChanged(
                organization_id=actor.organization_id,
                subject=subject,
                subject_id=subject_id,
                action=action,
                actor_id=actor.user_id,
                channel=actor.channel.value,
                values=changed,
            )
            for subject_id, changed in values.items()
            if changed or action != "update"
        ]
    )


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the entries that differ, as ``{name: (old, new)}``."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
