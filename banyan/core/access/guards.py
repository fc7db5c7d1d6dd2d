"""Checks before the people and roles of an organization are changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.roles import DUTY_ROLES
from banyan.core.access.scopes import Ability
from banyan.core.identity.duties import are_separated
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.kernel.errors import NotAllowed, Refused
from banyan.core.tenancy.models import Organization

#: Whoever has both can mend everything else.
INDISPENSABLE = (Ability.MANAGE_PEOPLE, Ability.MANAGE_ORGANIZATION)


def require_ability(actor: Actor, ability: Ability) -> None:
    """Raise ``NotAllowed`` unless the actor has a right that belongs to no object."""
    require_own_eyes(actor)
    if not actor.has(ability):
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))


def require_own_eyes(actor: Actor) -> None:
    """Raise ``NotAllowed`` when somebody only looks as this actor."""
    if actor.watched_by is not None:
        raise NotAllowed("only_looking", _("You are looking as somebody else: nothing can be changed. Go back first."))


def require_own_abilities(actor: Actor, roles: Iterable[Role]) -> None:
    """Raise ``NotAllowed`` when a role carries abilities that the actor lacks: nobody gives or takes more than theirs."""
    if actor.is_system:
        return
    beyond = {ability for role in roles for ability in role.abilities} - actor.abilities
    if beyond:
        message = _("This role allows more than you may do yourself. Ask an administrator to change it.")
        raise NotAllowed("beyond_own_rights", message)


def require_may_assign(actor: Actor, roles: Iterable[Role], *, to: User | None = None) -> None:
    """Raise ``NotAllowed`` when the actor may not give or take these roles.

    Where duties are separated nobody has the rights of all three administrators, so whoever runs the system appoints
    the two others, though not themselves; the log tells those at once.
    """
    listed = list(roles)
    if (
        are_separated(actor.organization)
        and actor.has(Ability.MANAGE_ORGANIZATION)
        and (to is None or to != actor.user)
    ):
        appointed = {starting.key for starting in DUTY_ROLES}
        listed = [role for role in listed if role.key not in appointed]
    require_own_abilities(actor, listed)


def lock_organization(actor: Actor) -> None:
    """Let changes of people and roles happen one after the other, so that two cannot remove the last two administrators."""
    # Not the key: what only refers to the organization, as every new row does, need not wait.
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)


def require_an_administrator() -> None:
    """Raise ``Refused`` unless an active person who can sign in may still manage people and organization."""
    able = Role.objects.filter(abilities__contains=[ability.value for ability in INDISPENSABLE])
    holders = UserRole.objects.filter(role__in=able).values("user_id")
    if not User.objects.filter(pk__in=holders, is_active=True, account__isnull=False).exists():
        message = _("The organization would have no administrator any more. Make somebody else administrator first.")
        raise Refused("last_administrator", message)


def catalogue_changed(organization: Organization) -> None:
    """Tell every process that what it remembers about the organization is out of date."""
    Organization.objects.filter(pk=organization.pk).update(catalogue_version=F("catalogue_version") + 1)
    organization.refresh_from_db(fields=["catalogue_version"])
