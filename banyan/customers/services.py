"""What people do with customers beside creating, changing and merging them."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Missing
from banyan.core.listing.filters import live_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.customers.models import DistinctPair


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
