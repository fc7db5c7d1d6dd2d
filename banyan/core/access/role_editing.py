"""What those who manage people do with roles: copy, change, delete."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import (
    catalogue_changed,
    lock_organization,
    require_ability,
    require_an_administrator,
    require_own_abilities,
)
from banyan.core.access.models import LevelRole, PostRole
from banyan.core.access.rights import read_grants, write_grants
from banyan.core.access.scopes import FIELD_ACCESS, Ability, Action, FieldAccess
from banyan.core.identity.duties import are_separated, require_one_duty
from banyan.core.identity.models import Role, UserRole
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused

ROLE = "role"
ADMINISTRATOR = "administrator"


def find_role(role_id: uuid.UUID) -> Role:
    """Return a role of the organization; raise ``Missing``."""
    role = Role.objects.filter(pk=role_id).first()
    if role is None:
        raise Missing("not_found", _("There is no such role."))
    return role


@transaction.atomic
def copy_role(actor: Actor, role_id: uuid.UUID, *, name: str) -> Role:
    """Create a role with the rights of another one and return it."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    original = find_role(role_id)
    require_own_abilities(actor, [original])
    role = Role.objects.create(
        organization=actor.organization,
        key=_free_key(name),
        name=_clean_name(name),
        grants=original.grants,
        field_grants=original.field_grants,
        abilities=original.abilities,
        needs_second_factor=original.needs_second_factor,
        networks=original.networks,
        most_export_rows=original.most_export_rows,
        position=Role.objects.count(),
    )
    tell_setup_changed(actor, ROLE, role.pk, "create", values={"name": (None, role.name)})
    return role


@transaction.atomic
def change_role(
    actor: Actor,
    role_id: uuid.UUID,
    *,
    name: str,
    grants: Mapping[str, Mapping[str, Any]],
    field_grants: Mapping[str, Any],
    abilities: list[str],
) -> Role:
    """Give a role exactly these rights.

    Args:
        actor: Somebody who manages people.
        role_id: The role.
        name: Its name.
        grants: Object names (or ``*`` for all others) to actions to scopes, perhaps on conditions (see ``rights``).
        field_grants: ``object.field`` to hidden, masked, read_only or editable, perhaps with an exception.
        abilities: Rights that belong to no object.

    Raises:
        Refused: Nobody would be administrator any more.
        NotAllowed: An ability given or taken is not the actor's own.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    role = find_role(role_id)
    before = _described(role)
    kept = set(role.abilities)
    role.name = _clean_name(name)
    role.grants = clean_grants(grants)
    role.field_grants = clean_field_grants(field_grants)
    role.abilities = [ability.value for ability in Ability if ability.value in abilities]
    require_own_abilities(actor, [Role(abilities=sorted(kept ^ set(role.abilities)))])
    if are_separated(actor.organization) and set(role.abilities) - kept:
        _require_separate_holders(role)
    role.save()
    if kept - set(role.abilities):
        require_an_administrator()
    catalogue_changed(actor.organization)
    tell_setup_changed(actor, ROLE, role.pk, "update", values=difference(before, _described(role)))
    return role


@transaction.atomic
def delete_role(actor: Actor, role_id: uuid.UUID) -> None:
    """Delete a role that nobody has; the administrator's stays. Raises ``Refused``."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    role = find_role(role_id)
    if role.key == ADMINISTRATOR:
        raise Refused("administrator_stays", _("The role of administrators cannot be deleted."))
    if any(given.objects.filter(role=role).exists() for given in (UserRole, PostRole, LevelRole)):
        raise Refused("role_in_use", _("People, posts or levels have this role. Give them another one first."))
    tell_setup_changed(actor, ROLE, role.pk, "delete", values={"name": (role.name, None)})
    role.delete()


def clean_grants(grants: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return grants with known actions and scopes only; what reaches nothing is left out."""
    return {
        name: {
            action.value: write_grants(found) for action in Action if (found := read_grants(actions.get(action.value)))
        }
        for name, actions in grants.items()
    }


def clean_field_grants(field_grants: Mapping[str, Any]) -> dict[str, Any]:
    """Return field permissions with known levels only; what is editable anyway is left out."""
    cleaned: dict[str, Any] = {}
    for path, written in field_grants.items():
        level = written.get("level", "") if isinstance(written, Mapping) else written
        if FIELD_ACCESS.get(level, FieldAccess.EDITABLE) is FieldAccess.EDITABLE:
            continue
        exception = read_grants(written.get("except")) if isinstance(written, Mapping) else ()
        cleaned[path] = {"level": level, "except": write_grants(exception[:1])} if exception else level
    return cleaned


def _require_separate_holders(role: Role) -> None:
    """Raise ``Refused`` when what a role is given lets it, or somebody who has it, carry two duties."""
    require_one_duty([role])
    for user_id in UserRole.objects.filter(role=role).values_list("user_id", flat=True):
        others = Role.objects.filter(pk__in=UserRole.objects.filter(user_id=user_id).values("role_id")).exclude(
            pk=role.pk
        )
        require_one_duty([role, *others])


def _described(role: Role) -> dict[str, Any]:
    return {
        "name": role.name,
        "grants": role.grants,
        "field_grants": role.field_grants,
        "abilities": list(role.abilities),
    }


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid([FieldError("name", "required", _("Write a name."))])
    return cleaned[:120]


def _free_key(name: str) -> str:
    base = slugify(name)[:30].replace("-", "_") or ROLE
    taken = set(Role.objects.filter(key__startswith=base).values_list("key", flat=True))
    number = 2
    key = base
    while key in taken:
        key = f"{base}_{number}"
        number += 1
    return key
