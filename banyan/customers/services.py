"""What people do with customers beside creating, changing and merging them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Missing
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.customers.choices import CustomerStatus
from banyan.customers.models import Customer, DistinctPair


def declare_distinct(actor: Actor, spec: ObjectSpec, one: uuid.UUID, other: uuid.UUID) -> None:
    """Remember that two records that look alike are different, so that nobody is asked again.

    Raises ``NotAllowed`` without the right to edit, ``Missing`` when one of them may not be seen.
    """
    require(actor, spec, Action.EDIT)
    first, second = sorted((one, other))
    if first == second or restrict(live_rows(actor, spec), actor, spec).filter(pk__in=(first, second)).count() < 2:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    DistinctPair.objects.get_or_create(
        organization=actor.organization,
        first_id=first,
        second_id=second,
        defaults={"object_name": spec.name, "declared_by": actor.user},
    )


def count_as_won(actor: Actor, customer_ids: Iterable[uuid.UUID]) -> None:
    """Let prospects be active customers from their first signed contract or confirmed order on.

    It is called by the system after such a step; a status that somebody has chosen otherwise stays.
    """
    rows = Customer.objects.filter(
        pk__in=list(customer_ids), status=CustomerStatus.PROSPECT, deleted_at__isnull=True
    ).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        spec = spec_for(actor.organization, "customer")
        door.update_many(actor, spec, {pk: {"status": CustomerStatus.ACTIVE.value} for pk in ids})
