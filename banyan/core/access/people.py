"""What those who manage people do: invite, change, deactivate, and let come back."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import (
    lock_organization,
    require_ability,
    require_an_administrator,
    require_may_assign,
)
from banyan.core.access.models import PostHolding
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import ApiToken, Department, Invitation, Role, Session, User, UserRole
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.services import Joined, invite, new_invitation, set_roles
from banyan.core.kernel.errors import Conflict, Missing

USER = "user"


def without_role() -> QuerySet[User]:
    """Return the active people who have no role, neither of their own nor by a post: they can open nothing."""
    by_post = PostHolding.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(~Exists(UserRole.objects.filter(user=OuterRef("pk"))), ~Exists(by_post), is_active=True)


def not_joined() -> QuerySet[User]:
    """Return the people who were invited and have not come yet."""
    invited = Invitation.objects.filter(user=OuterRef("pk"), accepted_at=None)
    return User.objects.filter(Exists(invited), is_active=True, account=None)


def find_person(user_id: uuid.UUID) -> User:
    """Return a person of the organization; raise ``Missing``."""
    user = User.objects.select_related("organization", "account", "department").filter(pk=user_id).first()
    if user is None:
        raise Missing("not_found", _("This person does not belong to your organization."))
    return user


def roles_of(user: User) -> list[Role]:
    """Return a person's roles in their order."""
    return list(Role.objects.filter(pk__in=user.roles.through.objects.filter(user=user).values("role_id")))


@transaction.atomic
def invite_person(
    actor: Actor, *, email: str, name: str = "", roles: list[Role], department: Department | None = None
) -> Joined:
    """Add a colleague and return the user with the secret of the link by which they join.

    Raises ``Conflict`` when the address belongs to a colleague already, ``Invalid`` when it is none.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    require_may_assign(actor, roles)
    joined = invite(
        actor.organization, email=email, name=name, roles=roles, invited_by=actor.user, department=department
    )
    values = {"email": (None, joined.user.email), "roles": (None, [role.name for role in roles])}
    tell_setup_changed(actor, USER, joined.user.pk, "create", values=values)
    return joined


@transaction.atomic
def renew_invitation(actor: Actor, user_id: uuid.UUID) -> Joined:
    """Make a fresh link for somebody who has not joined; the earlier one ends. Raises ``Conflict`` after joining."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    user = find_person(user_id)
    if user.account_id is not None or not user.is_active:
        raise Conflict("joined_already", _("%(name)s has joined already or is deactivated.") % {"name": user.name})
    return Joined(user, new_invitation(user, invited_by=actor.user))


@transaction.atomic
def change_person(actor: Actor, user_id: uuid.UUID, *, roles: list[Role] | None = None, **details: Any) -> User:
    """Change a person's name, phone, title, department (a ``Department`` or None) and roles.

    Raises ``Refused`` when the last administrator would lose the role, ``NotAllowed`` when a role given
    or taken allows more than the actor may do.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    user = find_person(user_id)
    before = _described(user)
    for name, value in details.items():
        setattr(user, name, value)
    user.save(update_fields=list(details) or None)
    if roles is not None:
        held = roles_of(user)
        changed = [role for role in (*held, *roles) if (role in held) != (role in roles)]
        require_may_assign(actor, changed, to=user)
        set_roles(user, roles)
        require_an_administrator()
    tell_setup_changed(actor, USER, user.pk, "update", values=difference(before, _described(user)))
    return user


@transaction.atomic
def deactivate_person(actor: Actor, user_id: uuid.UUID) -> User:
    """End a person's access: sessions, tokens and invitations; what they own stays theirs until it is handed over.

    Raises ``Refused`` for the last administrator.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    user = find_person(user_id)
    require_may_assign(actor, roles_of(user), to=user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    require_an_administrator()
    if user.account is not None:
        ended = Session.objects.filter(account=user.account, organization=user.organization).delete()[0]
        details = {"reason": "deactivated", "person": str(user.pk), "count": ended}
        record_security_event(
            SecurityKind.SESSION_REVOKED, account=user.account, user_id=actor.user_id, details=details
        )
    ApiToken.objects.filter(user=user).delete()
    Invitation.objects.filter(user=user, accepted_at=None).delete()
    tell_setup_changed(actor, USER, user.pk, "update", values={"is_active": (True, False)})
    return user


@transaction.atomic
def reactivate_person(actor: Actor, user_id: uuid.UUID) -> User:
    """Let a person work again, with the roles they had."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    user = find_person(user_id)
    require_may_assign(actor, roles_of(user), to=user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    tell_setup_changed(actor, USER, user.pk, "update", values={"is_active": (False, True)})
    return user


def _described(user: User) -> dict[str, Any]:
    department = Department.objects.filter(pk=user.department_id).first() if user.department_id else None
    return {
        "name": user.name,
        "phone": user.phone,
        "title": user.title,
        "department": department.name if department else None,
        "roles": [role.name for role in roles_of(user)],
    }
