"""Looking into a public pool: records that nobody owns, seen by people who may claim them.

Whoever looks into a pool is an actor of its own kind: it sees the rows of that one pool and nothing else, changes
nothing, and of the fields only what the pool shows. So lists, filters, search and masking of everything generic hold
for pools, and what one sees in a pool never widens what one sees elsewhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q

from banyan.core.access.scopes import Action, FieldAccess

if TYPE_CHECKING:
    from banyan.core.access.actor import Actor
    from banyan.core.access.decisions import Guarded


def looking_into(
    actor: Actor, spec: Guarded, pool_id: uuid.UUID, *, names: Iterable[str], shown: Mapping[str, FieldAccess]
) -> Actor:
    """Return the actor who looks into a pool: of the fields ``names`` it sees those ``shown``, as far as its roles allow.

    The caller has checked that the person belongs to the pool.
    """
    own = actor.field_grants
    levels = {}
    for name in names:
        path = f"{spec.name}.{name}"
        levels[path] = min(
            own.get(path, FieldAccess.READ_ONLY), shown.get(name, FieldAccess.HIDDEN), FieldAccess.READ_ONLY
        )
    return replace(actor, pool=pool_id, field_grants={**own, **levels}, field_exceptions={}, is_system=False)


def rows_of_pool(actor: Actor, spec: Guarded, action: Action | str) -> Q | None:
    """Return the condition for whoever looks into a pool: its rows, to be seen only; nothing of other objects."""
    if not spec.pool_field or action != Action.VIEW:
        return None
    return Q(**{f"{spec.pool_field}_id": actor.pool})
