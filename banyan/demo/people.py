"""Demo organizations' people: accounts that can sign in, departments, roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from banyan.core.access.departments import department_tree
from banyan.core.access.founding import found_organization
from banyan.core.identity.models import Account, Department, Role, User
from banyan.core.identity.services import add_user, connect
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

#: The password of every demo account. Demo organizations hold nothing that is worth protecting, and
#: the sign-in page offers their accounts openly, on this machine only.
DEMO_PASSWORD = "banyan-demo-2026"  # noqa: S105 meant to be known


@dataclass(frozen=True)
class Person:
    """Somebody of a demo organization."""

    name: str
    email: str
    role: str
    department: str = ""
    title: str = ""


@dataclass
class DemoOrganization:
    """A demo organization that has been made: the organization and who can sign in."""

    organization: Organization
    users: dict[str, User] = field(default_factory=dict)
    is_new: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return what the command line prints."""
        return {
            "organization": str(self.organization.pk),
            "name": self.organization.name,
            "users": [{"email": email, "password": DEMO_PASSWORD} for email in self.users],
        }


def found_demo(
    *, key: str, name: str, people: list[Person], departments: dict[str, str], shown: list[str], **details: Any
) -> DemoOrganization:
    """Found a demo organization with its departments (name to parent name) and people.

    ``shown`` lists the e-mail addresses that the sign-in page offers.
    """
    accounts = [
        {"email": person.email, "password": DEMO_PASSWORD, "name": person.name, "title": person.title}
        for person in people
        if person.email in shown
    ]
    settings = {"demo": key, "demo_accounts": accounts}
    organization = found_organization(name=name, settings=settings, **details)
    made = DemoOrganization(organization)
    with organization_scope(organization.pk):
        found: dict[str, Department] = {}
        for position, (department, parent) in enumerate(departments.items()):
            found[department] = Department.objects.create(
                organization=organization, name=department, parent=found.get(parent), position=position
            )
        department_tree.set_paths(organization.pk)
        roles = {role.key: role for role in Role.objects.all()}
        for person in people:
            user = add_user(
                organization,
                name=person.name,
                email=person.email,
                roles=[roles[person.role]],
                department=found.get(person.department),
                title=person.title,
            )
            connect(user, _account(person.email))
            made.users[person.email] = user
    return made


def existing_demo(key: str) -> DemoOrganization | None:
    """Return a demo organization that is there already."""
    organization = Organization.objects.filter(settings__demo=key).first()
    if organization is None:
        return None
    with organization_scope(organization.pk):
        users = {user.email: user for user in User.objects.filter(account__isnull=False)}
    return DemoOrganization(organization, users, is_new=False)


@cache
def demo_password_hash() -> str:
    """Return the hash of the demo password; one for all demo accounts, because hashing is slow on purpose."""
    return make_password(DEMO_PASSWORD)


def _account(email: str) -> Account:
    account, _is_new = Account.objects.get_or_create(email=email, defaults={"password": demo_password_hash()})
    return account
