"""Changes of the organization's set-up in the change log: people, roles, departments, fields, lists."""

from __future__ import annotations

from collections.abc import Sequence

from banyan.core.access.events import SetupChanged
from banyan.core.kernel.ids import new_id
from banyan.core.records.models import Change


def log_setup_change(event: SetupChanged) -> None:
    """Write a change of the set-up to the change log, in the transaction of the change."""
    log_setup_changes([event])


def log_setup_changes(events: Sequence[SetupChanged]) -> None:
    """Write changes that were made together, which makes them one piece of work."""
    batch_id = new_id()
    Change.objects.bulk_create(
        Change(
            organization_id=event.organization_id,
            batch_id=batch_id,
            object_name=event.subject,
            record_id=event.subject_id,
            action=event.action,
            values={name: list(pair) for name, pair in event.values.items()},
            actor_id=event.actor_id,
            channel=event.channel,
        )
        for event in events
    )
