"""Switching the separation of duties on and off, and the three roles that go with it."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.roles import DUTY_ROLES
from banyan.core.access.scopes import Ability
from banyan.core.identity.duties import SETTING, are_separated, duties_of
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.tenancy.models import Organization


@transaction.atomic
def separate_duties(actor: Actor, *, separate: bool = True) -> None:
    """Demand from now on that nobody has two of the three duties, or no longer; the three roles are made if missing.

    Only who has all duties may do so. Whoever has several keeps them until somebody changes their roles; see
    ``holders_of_several``.
    """
    for ability in (Ability.MANAGE_PEOPLE, Ability.MANAGE_SECURITY, Ability.SEE_AUDIT):
        require_ability(actor, ability)
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = are_separated(organization)
    if separate:
        _make_missing_roles(actor)
    organization.settings = {**organization.settings, SETTING: separate}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    changed = {SETTING: (before, separate)} if before != separate else {}
    tell_setup_changed(actor, "organization", organization.pk, "update", values=changed)


def holders_of_several() -> list[User]:
    """Return the active people of the organization who have more than one duty, by name."""
    abilities: dict[object, set[str]] = defaultdict(set)
    for user_id, held in UserRole.objects.values_list("user_id", "role__abilities"):
        abilities[user_id].update(held)
    several = [user_id for user_id, held in abilities.items() if len(duties_of(held)) > 1]
    return list(User.objects.filter(pk__in=several, is_active=True).order_by("name"))


def _make_missing_roles(actor: Actor) -> None:
    known = set(Role.objects.values_list("key", flat=True))
    position = Role.objects.count()
    for starting in DUTY_ROLES:
        if starting.key in known:
            continue
        with override(actor.organization.language):
            name = str(starting.name)
        role = Role.objects.create(
            organization=actor.organization,
            key=starting.key,
            name=name,
            grants=starting.grants,
            abilities=[ability.value for ability in starting.abilities],
            position=position,
        )
        position += 1
        tell_setup_changed(actor, "role", role.pk, "create", values={"name": (None, name)})
