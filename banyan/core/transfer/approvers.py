"""Who decides about exports: those who manage security, and, if the organization wants so, superiors and their deputies."""

from __future__ import annotations

import uuid

from banyan.core.access.actor import Actor
from banyan.core.access.deputies import deputies_on, deputising
from banyan.core.access.posts import superiors_of
from banyan.core.access.scopes import Ability
from banyan.core.access.standing import reports_of
from banyan.core.audit.alerts import people_with
from banyan.core.audit.policy import Policy
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.tenancy.models import Organization


def approvers_of(organization: Organization, user_id: uuid.UUID, *, is_everything: bool = False) -> list[uuid.UUID]:
    """Return the active people who may decide about a person's exports, the person never among them.

    An export of everything is no matter of superiors.
    """
    able = people_with(Ability.MANAGE_SECURITY)
    if Policy.of(organization).superiors_approve and not is_everything:
        superiors = superiors_of(user_id)
        able += [*superiors, *deputies_on(superiors, today(organization.time_zone))]
    able = [each for each in dict.fromkeys(able) if each != user_id]
    active = set(User.objects.filter(pk__in=able, is_active=True).values_list("pk", flat=True))
    return [each for each in able if each in active]


def people_below(actor: Actor) -> frozenset[uuid.UUID]:
    """Return the people about whose exports the actor decides as their superior, or as a superior's deputy today."""
    if actor.user is None or not Policy.of(actor.organization).superiors_approve:
        return frozenset()
    places = [actor.user, *(row.user for row in deputising(actor.user.pk, today(actor.organization.time_zone)))]
    return frozenset[uuid.UUID]().union(*(reports_of(user) for user in places)) - {actor.user.pk}
