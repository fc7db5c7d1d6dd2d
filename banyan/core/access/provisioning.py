"""Groups of a company's directory, which give roles and departments, and the tokens that it shows."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.directory_people import let_go
from banyan.core.access.events import difference, tell_setup_changed, tell_setup_changes
from banyan.core.access.guards import require_ability, require_an_administrator, require_own_abilities
from banyan.core.access.people import USER, find_person
from banyan.core.access.scopes import Ability
from banyan.core.identity.duties import are_separated, duties_of, require_one_duty
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Department, Role, User, UserRole
from banyan.core.identity.providers.models import (
    ProvisionedGroup,
    ProvisionedMember,
    ProvisionedPerson,
    ProvisioningToken,
)
from banyan.core.identity.secrets import make_secret
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing

TOKEN = "provisioning_token"  # noqa: S105 - the name of a thing, not a secret
GROUP = "provisioned_group"
MOST_TOKENS = 10


@transaction.atomic
def release_person(actor: Actor, user_id: uuid.UUID) -> None:
    """Deactivate a person whom the directory has deleted: what they own stays, so they stay as well."""
    user = find_person(user_id)
    if user.is_active:
        let_go(actor, user)
    for group in ProvisionedGroup.objects.filter(pk__in=_groups_of(user)):
        set_members(actor, group, [one for one in _member_ids(group) if one != user.pk])
    ProvisionedPerson.objects.filter(user=user).delete()


def find_group(group_id: uuid.UUID) -> ProvisionedGroup:
    """Return a group of the directory; raise ``Missing``."""
    group = ProvisionedGroup.objects.select_related("role", "department").filter(pk=group_id).first()
    if group is None:
        raise Missing("not_found", _("There is no such group."))
    return group


@transaction.atomic
def save_group(actor: Actor, *, name: str, external_id: str, group: ProvisionedGroup | None = None) -> ProvisionedGroup:
    """Add or rename a group. A new one stands for nothing until an administrator says for what."""
    cleaned = " ".join(name.split())[:190]
    if not cleaned:
        raise Invalid([FieldError("displayName", "required", _("Write a name."))])
    made = group or ProvisionedGroup(organization=actor.organization)
    if ProvisionedGroup.objects.filter(name=cleaned).exclude(pk=made.pk).exists():
        raise Conflict("group_exists", _("There is a group with this name already."))
    before = {"name": None if group is None else group.name}
    made.name, made.external_id = cleaned, external_id
    made.save()
    action = "create" if group is None else "update"
    tell_setup_changed(actor, GROUP, made.pk, action, values=difference(before, {"name": made.name}))
    return made


@transaction.atomic
def remove_group(actor: Actor, group: ProvisionedGroup) -> None:
    """Remove a group; its members lose what it gave them."""
    set_members(actor, group, [])
    tell_setup_changed(actor, GROUP, group.pk, "delete", values={"name": (group.name, None)})
    group.delete()


@transaction.atomic
def set_members(actor: Actor, group: ProvisionedGroup, user_ids: list[uuid.UUID]) -> None:
    """Let a group have exactly these members, who have its role and department from now on.

    Raises ``Invalid`` for somebody of another organization, ``Refused`` when the last administrator would go or
    somebody would have two of the duties that are separated.
    """
    wanted = set(user_ids)
    if wanted - set(User.objects.filter(pk__in=wanted).values_list("pk", flat=True)):
        raise Invalid([FieldError("members", "not_found", _("A member is not a person of this organization."))])
    present = set(_member_ids(group))
    before = _standing_of(wanted ^ present)
    ProvisionedMember.objects.filter(group=group, user_id__in=present - wanted).delete()
    ProvisionedMember.objects.bulk_create(
        ProvisionedMember(organization=actor.organization, group=group, user_id=one) for one in wanted - present
    )
    _take(group.role, present - wanted)
    _give(actor, group, wanted - present)
    _tell_standing(actor, before)
    if group.role is not None and present - wanted:
        require_an_administrator()


@transaction.atomic
def map_group(
    actor: Actor, group_id: uuid.UUID, *, role: Role | None, department: Department | None
) -> ProvisionedGroup:
    """Say which role and department a group stands for; its members have them from now on.

    Raises ``NotAllowed`` for a role beyond the actor's own rights.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    group = find_group(group_id)
    require_own_abilities(actor, [entry for entry in (role, group.role) if entry is not None])
    before = {"role": group.role.name if group.role else None, "department": _name(group.department)}
    members, former = set(_member_ids(group)), group.role
    standing = _standing_of(members)
    group.role, group.department = role, department
    group.save()
    if former != role:
        _take(former, members)
    _give(actor, group, members)
    require_an_administrator()
    after = {"role": role.name if role else None, "department": _name(department)}
    tell_setup_changed(actor, GROUP, group.pk, "update", values=difference(before, after))
    _tell_standing(actor, standing)
    return group


@transaction.atomic
def make_provisioning_token(actor: Actor, *, name: str, visitor: Visitor = NOBODY) -> str:
    """Make a token for a directory and return its text, which is shown this once."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    if ProvisioningToken.objects.count() >= MOST_TOKENS:
        raise Conflict(
            "too_many_tokens", _("You have %(most)d tokens. Revoke those you do not use.") % {"most": MOST_TOKENS}
        )
    secret, digest = make_secret(actor.organization_id)
    token = ProvisioningToken.objects.create(organization=actor.organization, name=name[:120], secret_hash=digest)
    tell_setup_changed(actor, TOKEN, token.pk, "create", values={"name": (None, token.name)})
    record_security_event(
        SecurityKind.TOKEN_MADE, user_id=actor.user_id, visitor=visitor, details={"name": token.name, "way": "scim"}
    )
    return secret


@transaction.atomic
def revoke_provisioning_token(actor: Actor, token_id: uuid.UUID, *, visitor: Visitor = NOBODY) -> None:
    """End a directory's token."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    token = ProvisioningToken.objects.filter(pk=token_id).first()
    if token is None:
        raise Missing("not_found", _("This token is revoked already."))
    tell_setup_changed(actor, TOKEN, token.pk, "delete", values={"name": (token.name, None)})
    record_security_event(
        SecurityKind.TOKEN_REVOKED, user_id=actor.user_id, visitor=visitor, details={"name": token.name, "way": "scim"}
    )
    token.delete()


def _give(actor: Actor, group: ProvisionedGroup, user_ids: set[uuid.UUID]) -> None:
    if group.role is not None:
        present = set(UserRole.objects.filter(role=group.role, user_id__in=user_ids).values_list("user_id", flat=True))
        UserRole.objects.bulk_create(
            UserRole(organization=actor.organization, user_id=one, role=group.role) for one in user_ids - present
        )
        if are_separated(actor.organization) and duties_of(group.role.abilities):
            _require_one_duty_each(user_ids - present)
    if group.department is not None:
        User.objects.filter(pk__in=user_ids).update(department=group.department)


def _take(role: Role | None, user_ids: set[uuid.UUID]) -> None:
    """Take a role from people, unless another group of theirs gives it as well."""
    if role is None or not user_ids:
        return
    others = ProvisionedMember.objects.filter(group__role=role, user_id__in=user_ids).values_list("user_id", flat=True)
    UserRole.objects.filter(role=role, user_id__in=user_ids - set(others)).delete()


def _require_one_duty_each(user_ids: Collection[uuid.UUID]) -> None:
    held: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for given in UserRole.objects.filter(user_id__in=user_ids).select_related("role"):
        held[given.user_id].append(given.role)
    for roles in held.values():
        require_one_duty(roles)


def _standing_of(user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return what groups change of people: the names of their roles and of their department."""
    roles: dict[uuid.UUID, list[str]] = defaultdict(list)
    given = UserRole.objects.filter(user_id__in=user_ids).order_by("role__position", "role__name")
    for user_id, name in given.values_list("user_id", "role__name"):
        roles[user_id].append(name)
    departments = User.objects.filter(pk__in=user_ids).values_list("pk", "department__name")
    return {user_id: {"roles": roles[user_id], "department": department} for user_id, department in departments}


def _tell_standing(actor: Actor, before: dict[uuid.UUID, dict[str, Any]]) -> None:
    after = _standing_of(before)
    tell_setup_changes(actor, USER, "update", {pk: difference(before[pk], after[pk]) for pk in after})


def _member_ids(group: ProvisionedGroup) -> list[uuid.UUID]:
    return list(ProvisionedMember.objects.filter(group=group).values_list("user_id", flat=True))


def _groups_of(user: User) -> list[uuid.UUID]:
    return list(ProvisionedMember.objects.filter(user=user).values_list("group_id", flat=True))


def _name(department: Department | None) -> str | None:
    return department.name if department else None
