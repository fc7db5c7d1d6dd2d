"""Founding an organization: its roles, its first administrator, and what each app gives it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.roles import STARTING_ROLES
from banyan.core.identity.models import Account, Role, User
from banyan.core.identity.services import add_user, connect, register_account
from banyan.core.kernel.errors import Conflict
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.tenancy.scope import organization_scope

#: Any number that no other lock of the product uses: two first visitors found one installation, not two.
FOUNDING_LOCK = 6_281_938


def found_organization(*, name: str, **details: Any) -> Organization:
    """Create an organization with its starting roles and whatever the apps prepare for it."""
    organization = Organization.objects.create(name=name, **details)
    with organization_scope(organization.pk):
        add_starting_roles(organization)
        for prepare in organization_preparations:
            prepare(organization)
    return organization


def add_starting_roles(organization: Organization) -> list[Role]:
    """Give an organization the roles that every one starts with, named in its language."""
    with override(organization.language):
        roles = [
            Role(
                organization=organization,
                key=role.key,
                name=str(role.name),
                grants=role.grants,
                abilities=[ability.value for ability in role.abilities],
                position=position,
            )
            for position, role in enumerate(STARTING_ROLES)
        ]
    return Role.objects.bulk_create(roles)


def add_administrator(organization: Organization, *, name: str, email: str, password: str) -> User:
    """Give an organization an administrator who can sign in at once."""
    account = register_account(email=email, password=password)
    with organization_scope(organization.pk):
        user = add_user(organization, name=name, email=email, roles=[Role.objects.get(key="administrator")])
        connect(user, account)
    return user


@transaction.atomic
def found_installation(*, organization: str, name: str, email: str, password: str, **details: Any) -> User:
    """Found the first organization of an empty installation with its administrator, and return that user.

    Raises ``Conflict`` as soon as anybody has an account: whoever comes later joins by invitation.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOUNDING_LOCK])
    if Account.objects.exists():
        raise Conflict("founded_already", _("Somebody has set this installation up already. Ask them to invite you."))
    founded = found_organization(name=organization.strip(), **details)
    return add_administrator(founded, name=name, email=email, password=password)
