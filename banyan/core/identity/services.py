"""What is done with organizations, people, roles, invitations and tokens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.identity.duties import are_separated, require_one_duty
from banyan.core.identity.models import Account, ApiToken, Department, Invitation, Role, User, UserRole
from banyan.core.identity.passwords import set_password
from banyan.core.identity.secrets import make_secret, read_secret
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.text.email import is_email, normalize_email
from banyan.core.tenancy.models import Organization

INVITATION_VALID = timedelta(days=14)


@dataclass(frozen=True)
class Joined:
    """A colleague who was added, and the link by which they join."""

    user: User
    secret: str


def register_account(*, email: str, password: str, joining: uuid.UUID | None = None) -> Account:
    """Create an account that can sign in; raise ``Invalid`` for a bad address or a weak password.

    An account that exists already is returned unchanged only if it has no password yet. The rules of the
    organization that it is ``joining`` hold for the password.
    """
    address = normalize_email(email)
    if not is_email(address):
        raise Invalid([FieldError("email", "not_email", _("Write an e-mail address."))])
    account = Account.objects.filter(email=address).first() or Account(email=address)
    if account.has_usable_password() and account.password:
        raise Conflict("account_exists", _("There is an account with this e-mail address already; sign in with it."))
    set_password(account, password, joining=joining)
    return account


def add_user(
    organization: Organization,
    *,
    name: str,
    email: str,
    roles: list[Role],
    department: Department | None = None,
    **details: Any,
) -> User:
    """Add a person to the organization of the current scope; raise ``Conflict`` when the address is taken."""
    address = normalize_email(email)
    if not is_email(address):
        raise Invalid([FieldError("email", "not_email", _("Write an e-mail address."))])
    if User.objects.filter(email=address).exists():
        raise Conflict("user_exists", _("%(email)s belongs to a colleague already.") % {"email": address})
    user = User.objects.create(
        organization=organization, name=name.strip() or address, email=address, department=department, **details
    )
    set_roles(user, roles)
    return user


def set_roles(user: User, roles: list[Role]) -> None:
    """Give a user exactly these roles.

    Raises ``Refused`` when duties are separated and roles would be added that carry more than one.
    """
    held = set(UserRole.objects.filter(user=user).values_list("role_id", flat=True))
    if are_separated(user.organization) and {role.pk for role in roles} - held:
        require_one_duty(roles)
    UserRole.objects.filter(user=user).exclude(role__in=roles).delete()
    present = set(UserRole.objects.filter(user=user).values_list("role_id", flat=True))
    UserRole.objects.bulk_create(
        UserRole(organization_id=user.organization_id, user=user, role=role) for role in roles if role.pk not in present
    )


def connect(user: User, account: Account) -> None:
    """Let an account be this user: it may now enter the user's organization."""
    user.account = account
    user.save(update_fields=["account"])
    if user.organization_id not in account.organization_ids:
        account.organization_ids = [*account.organization_ids, user.organization_id]
        account.save(update_fields=["organization_ids"])


@transaction.atomic
def invite(
    organization: Organization, *, email: str, name: str, roles: list[Role], invited_by: User | None, **details: Any
) -> Joined:
    """Add a colleague who joins by a link; return the user and the link's secret, which is stored as a hash."""
    user = add_user(organization, name=name, email=email, roles=roles, **details)
    return Joined(user, new_invitation(user, invited_by=invited_by))


def new_invitation(user: User, *, invited_by: User | None) -> str:
    """Make a fresh invitation for a user who has not joined yet and return its secret; older ones end."""
    Invitation.objects.filter(user=user, accepted_at=None).delete()
    secret, digest = make_secret(user.organization_id)
    Invitation.objects.create(
        organization_id=user.organization_id,
        user=user,
        secret_hash=digest,
        invited_by=invited_by,
        expires_at=now() + INVITATION_VALID,
    )
    return secret


def find_invitation(secret: str) -> Invitation:
    """Return the open invitation of a secret, within its organization's scope; raise ``Missing``."""
    read = read_secret(secret)
    invitation = (
        Invitation.objects.select_related("user", "organization")
        .filter(secret_hash=read[1], accepted_at=None, expires_at__gt=now(), user__is_active=True)
        .first()
        if read
        else None
    )
    if invitation is None:
        raise Missing("invitation_ended", _("This invitation has ended or was used. Ask your colleague for a new one."))
    return invitation


def organization_of_secret(secret: str) -> uuid.UUID | None:
    """Return the organization that an invitation or token names, to open its scope."""
    read = read_secret(secret)
    return read[0] if read else None


@transaction.atomic
def accept_invitation(invitation: Invitation, *, password: str, name: str = "") -> Account:
    """Let the invited person join: make (or find) the account, set the password, connect it to the user.

    Somebody who has an account from another organization proves it by its password. Raises
    ``Missing`` when the invitation was used in the meantime.
    """
    if not Invitation.objects.select_for_update().filter(pk=invitation.pk, accepted_at=None).exists():
        raise Missing("invitation_ended", _("This invitation has ended or was used. Ask your colleague for a new one."))
    account = Account.objects.filter(email=invitation.user.email).first()
    if account is None or not account.password:
        account = register_account(email=invitation.user.email, password=password, joining=invitation.organization_id)
    elif not account.is_active or not account.check_password(password):
        message = _("There is an account with your address already: write its password.")
        raise Invalid([FieldError("password", "wrong_password", message)])
    if name.strip():
        invitation.user.name = name.strip()
        invitation.user.save(update_fields=["name"])
    connect(invitation.user, account)
    invitation.accepted_at = now()
    invitation.save(update_fields=["accepted_at"])
    return account


def create_token(user: User, *, name: str, expires_at: datetime | None = None) -> str:
    """Make an API token for a user and return its text, which is shown this once."""
    secret, digest = make_secret(user.organization_id)
    ApiToken.objects.create(
        organization_id=user.organization_id, user=user, name=name, secret_hash=digest, expires_at=expires_at
    )
    return secret
