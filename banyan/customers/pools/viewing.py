"""What people see of a pool's customers before one of them is theirs."""

from __future__ import annotations

from banyan.core.access.actor import Actor
from banyan.core.access.pools import looking_into
from banyan.core.access.scopes import FieldAccess
from banyan.core.objects.spec import ObjectSpec
from banyan.customers.choices import ContactAccess
from banyan.customers.models import Pool

#: What helps to choose a customer. Everything else may hold names and numbers, and waits until somebody claims it.
DESCRIBING = (
    "name", "number", "type", "status", "level", "source", "industry", "employees", "tags",
    "created_at", "updated_at", "last_activity_at", "pool", "pooled_at",
)  # fmt: skip
CONTACT_DATA = ("phone", "email")
#: Those that came last stand first.
SORT = "-pooled_at"
LEVELS = {
    ContactAccess.MASKED: FieldAccess.MASKED,
    ContactAccess.HIDDEN: FieldAccess.HIDDEN,
    ContactAccess.SHOWN: FieldAccess.READ_ONLY,
}


def actor_in_pool(actor: Actor, spec: ObjectSpec, pool: Pool) -> Actor:
    """Return the actor who looks into a pool; the caller has checked that the person belongs to it."""
    shown = dict.fromkeys(DESCRIBING, FieldAccess.READ_ONLY)
    shown |= dict.fromkeys(CONTACT_DATA, LEVELS[ContactAccess(pool.contact_access)])
    return looking_into(actor, spec, pool.pk, names=spec.all_fields, shown=shown)
