"""The log of public pools: written whenever a customer's pool changes, whatever changed it."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.guards import catalogue_changed
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.records.events import ChangedRecord, RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization
from banyan.customers.choices import MovementKind
from banyan.customers.models import LIVE, Customer, PoolMovement


def log_movements(event: RecordsChanged) -> None:
    """Write down how customers came into pools and out of them, set-based."""
    if event.object_name != "customer":
        return
    rows = [_row(event, record) for record in event.records if "pool" in record.values]
    if rows:
        insert_rows(PoolMovement, rows)


def forget_pools(event: RecordsChanged) -> None:
    """Let every process ask anew whether there are pools after one was made, changed or taken away."""
    if event.object_name == "pool":
        catalogue_changed(Organization.objects.get(pk=event.organization_id))


def keep_pools_with_customers(event: RecordsChanged) -> None:
    """Refuse to delete a pool while customers lie in it: nobody could claim them any more."""
    if event.object_name != "pool" or event.action != ChangeAction.DELETE:
        return
    if Customer.objects.filter(LIVE, pool_id__in=[record.record_id for record in event.records]).exists():
        raise Refused("in_use", _("Customers lie in this pool. Move or assign them first."))


def _row(event: RecordsChanged, record: ChangedRecord) -> dict[str, Any]:
    from_pool, to_pool = map(parse_id, record.values["pool"])
    from_owner, to_owner = map(parse_id, record.values.get("owner", (None, None)))
    return {
        "id": new_id(),
        "organization_id": event.organization_id,
        "customer_id": record.record_id,
        "kind": movement_kind(from_pool, to_pool, to_owner, event.actor_id).value,
        "from_pool_id": from_pool,
        "to_pool_id": to_pool,
        "from_owner_id": from_owner,
        "to_owner_id": to_owner,
        "actor_id": event.actor_id,
        "reason": "",
        "at": now(),
        "batch_id": event.batch_id,
    }


def movement_kind(
    from_pool: uuid.UUID | None, to_pool: uuid.UUID | None, to_owner: uuid.UUID | None, by: uuid.UUID | None
) -> MovementKind:
    """Return what a change of pool was; nobody in particular (``by``) is a rule at work."""
    if from_pool and to_pool:
        return MovementKind.MOVED
    if to_pool:
        return MovementKind.RELEASED if by else MovementKind.RECYCLED
    if to_owner is None:
        return MovementKind.REMOVED
    return MovementKind.CLAIMED if to_owner == by else MovementKind.ASSIGNED


def give_reason(batch_id: uuid.UUID, reason: str) -> None:
    """Write down why the customers of one piece of work were moved."""
    PoolMovement.objects.filter(batch_id=batch_id).update(reason=reason)
