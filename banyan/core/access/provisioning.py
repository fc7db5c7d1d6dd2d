"""What a company's directory tells by SCIM: people come, change and go; groups give roles and departments."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability, require_an_administrator, require_own_abilities
from banyan.core.access.people import USER, deactivate_person, find_person, reactivate_person
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Department, Role, User, UserRole
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.providers.models import (
    ProvisionedGroup,
    ProvisionedMember,
    ProvisionedPerson,
    ProvisioningToken,
)
from banyan.core.identity.secrets import make_secret
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.services import add_user
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Refused
from banyan.core.kernel.text.email import is_email, normalize_email

TOKEN = "provisioning_token"  # noqa: S105 - the name of a thing, not a secret
GROUP = "provisioned_group"
MOST_TOKENS = 10


@dataclass(frozen=True)
class PersonFacts:
    """What a directory says of a person."""

    email: str
    name: str = ""
    title: str = ""
    phone: str = ""
    department: str = ""
    is_active: bool = True
    external_id: str = ""


@transaction.atomic
def provision_person(actor: Actor, facts: PersonFacts, visitor: Visitor) -> User:
    """Add a person, or take over one whom the organization has already and no directory manages.

    They have no role until a group gives one. Raises ``Conflict`` when the directory has told of them before.
    """
    email = normalize_email(facts.email)
    user = User.objects.filter(email=email).first()
    if user is not None and ProvisionedPerson.objects.filter(user=user).exists():
        raise Conflict("user_exists", _("%(email)s belongs to a colleague already.") % {"email": email})
    if user is None:
        user = add_user(actor.organization, name=facts.name, email=email, roles=[])
        tell_setup_changed(actor, USER, user.pk, "create", values={"email": (None, email)})
        record_security_event(
            SecurityKind.PERSON_PROVISIONED, user_id=user.pk, visitor=visitor, details={"email": email, "way": "scim"}
        )
    ProvisionedPerson.objects.create(organization=actor.organization, user=user, external_id=facts.external_id)
    return change_provisioned(actor, user.pk, facts)


@transaction.atomic
def change_provisioned(actor: Actor, user_id: uuid.UUID, facts: PersonFacts) -> User:
    """Let a person be what the directory says; whoever is not active any more is signed out at once.

    Raises ``Conflict`` for an address in use, ``Refused`` for the last administrator.
    """
    user = find_person(user_id)
    email = normalize_email(facts.email)
    if not is_email(email):
        raise Invalid([FieldError("userName", "not_email", _("Write an e-mail address."))])
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise Conflict("user_exists", _("%(email)s belongs to a colleague already.") % {"email": email})
    department = Department.objects.filter(name=facts.department).first() if facts.department else user.department
    after = {
        "email": email,
        "name": facts.name or user.name,
        "title": facts.title,
        "phone": facts.phone,
        "department_id": department.pk if department else None,
    }
    changed = difference({name: getattr(user, name) for name in after}, after)
    for name in changed:
        setattr(user, name, after[name])
    if changed:
        user.save(update_fields=list(changed))
        shown = {name: (str(old or ""), str(new or "")) for name, (old, new) in changed.items()}
        tell_setup_changed(actor, USER, user.pk, "update", values=shown)
    ProvisionedPerson.objects.update_or_create(
        user=user, defaults={"organization": actor.organization, "external_id": facts.external_id}
    )
    if user.is_active and not facts.is_active:
        _let_go(actor, user)
    elif facts.is_active and not user.is_active:
        reactivate_person(actor, user.pk)
    return find_person(user_id)


@transaction.atomic
def release_person(actor: Actor, user_id: uuid.UUID) -> None:
    """Deactivate a person whom the directory has deleted: what they own stays, so they stay as well."""
    user = find_person(user_id)
    if user.is_active:
        _let_go(actor, user)
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
    made.name, made.external_id = cleaned, external_id
    made.save()
    return made


@transaction.atomic
def remove_group(actor: Actor, group: ProvisionedGroup) -> None:
    """Remove a group; its members lose what it gave them."""
    set_members(actor, group, [])
    group.delete()


@transaction.atomic
def set_members(actor: Actor, group: ProvisionedGroup, user_ids: list[uuid.UUID]) -> None:
    """Let a group have exactly these members, who have its role and department from now on.

    Raises ``Invalid`` for somebody of another organization, ``Refused`` when the last administrator would go.
    """
    wanted = set(user_ids)
    people = {user.pk: user for user in User.objects.filter(pk__in=wanted)}
    if wanted - people.keys():
        raise Invalid([FieldError("members", "not_found", _("A member is not a person of this organization."))])
    present = set(_member_ids(group))
    ProvisionedMember.objects.filter(group=group, user_id__in=present - wanted).delete()
    ProvisionedMember.objects.bulk_create(
        ProvisionedMember(organization=actor.organization, group=group, user_id=one) for one in wanted - present
    )
    _take(group.role, present - wanted)
    _give(actor, group, wanted - present)
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
    group.role, group.department = role, department
    group.save()
    if former != role:
        _take(former, members)
    _give(actor, group, members)
    require_an_administrator()
    after = {"role": role.name if role else None, "department": _name(department)}
    tell_setup_changed(actor, GROUP, group.pk, "update", values=difference(before, after))
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


def _let_go(actor: Actor, user: User) -> None:
    """Deactivate a person; who is to help when providers fail does not depend on one."""
    if user.pk in policy_of(actor.organization_id).emergency_user_ids:
        message = _("%(name)s is named for emergencies and cannot be deactivated by a directory.")
        raise Refused("emergency_administrator", message % {"name": user.name})
    deactivate_person(actor, user.pk)


def _give(actor: Actor, group: ProvisionedGroup, user_ids: set[uuid.UUID]) -> None:
    if group.role is not None:
        present = set(UserRole.objects.filter(role=group.role, user_id__in=user_ids).values_list("user_id", flat=True))
        UserRole.objects.bulk_create(
            UserRole(organization=actor.organization, user_id=one, role=group.role) for one in user_ids - present
        )
    if group.department is not None:
        User.objects.filter(pk__in=user_ids).update(department=group.department)


def _take(role: Role | None, user_ids: set[uuid.UUID]) -> None:
    """Take a role from people, unless another group of theirs gives it as well."""
    if role is None or not user_ids:
        return
    others = ProvisionedMember.objects.filter(group__role=role, user_id__in=user_ids).values_list("user_id", flat=True)
    UserRole.objects.filter(role=role, user_id__in=user_ids - set(others)).delete()


def _member_ids(group: ProvisionedGroup) -> list[uuid.UUID]:
    return list(ProvisionedMember.objects.filter(group=group).values_list("user_id", flat=True))


def _groups_of(user: User) -> list[uuid.UUID]:
    return list(ProvisionedMember.objects.filter(user=user).values_list("group_id", flat=True))


def _name(department: Department | None) -> str | None:
    return department.name if department else None
