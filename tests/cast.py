"""The fixed cast: an organization with its people, and a stranger's organization."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connections
from django.test import Client
from psycopg import sql

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.departments import department_tree
from banyan.core.access.founding import add_administrator, found_organization
from banyan.core.access.scopes import Action, Scope
from banyan.core.access.standing import actor_for
from banyan.core.identity.events import SecurityEvent
from banyan.core.identity.models import Account, Department, Role, User
from banyan.core.identity.services import add_user, connect, create_token, register_account
from banyan.core.identity.sessions import ORGANIZATION_KEY, SessionStore
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import subscribe, unsubscribe
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.signing import PROVEN_KEY
from tests.founding import Copied, copy_of

PASSWORD = "correct horse battery"


@dataclass
class Cast:
    """An organization of six: administrator, manager with a department, two members, a salesperson, a reader."""

    organization: Organization
    departments: dict[str, Department] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def actor(self, name: str, channel: Channel = Channel.PAGE) -> Actor:
        """Return a person as actor; call it within the organization's scope."""
        return actor_for(User.objects.select_related("organization").get(pk=self.users[name].pk), channel=channel)


def found(name: str, domain: str) -> Cast:
    organization = found_organization(
        name=name, language="en", currency="CNY", time_zone="Asia/Shanghai", edition="enterprise"
    )
    admin = add_administrator(organization, name="Ada Admin", email=f"ada@{domain}", password=PASSWORD)
    cast = Cast(organization, users={"admin": admin})
    with organization_scope(organization.pk):
        sales = Department.objects.create(organization=organization, name="Sales")
        south = Department.objects.create(organization=organization, name="Sales South", parent=sales)
        department_tree.set_paths(organization.pk)
        cast.departments = {"sales": sales, "south": south}
        people = (
            ("manager", "Mei Manager", "manager", sales),
            ("owner", "Olga Owner", "member", sales),
            ("teammate", "Tom Teammate", "member", south),
            ("salesperson", "Sam Sales", "salesperson", south),
            ("viewer", "Vera Viewer", "read_only", None),
        )
        for key, person, role, department in people:
            roles = [Role.objects.get(key=role)]
            user = add_user(organization, name=person, email=f"{key}@{domain}", roles=roles, department=department)
            connect(user, register_account(email=user.email, password=PASSWORD))
            cast.users[key] = user
    return cast


def with_rights(actor: Actor, **scopes: Scope) -> Actor:
    """Return a person whose roles give every action on these objects with these scopes."""
    given = {name: {str(action): scope.key for action in Action} for name, scope in scopes.items()}
    places = [
        replace(place, roles=tuple(replace(role, grants={**role.grants, **given}) for role in place.roles))
        for place in actor.standings
    ]
    return actor.standing_as(*places)


def forget_entirely(cast: Cast) -> None:
    """Delete all rows of an organization that was committed, whatever refers to what, as only a superuser can."""
    domain = cast.users["admin"].email.partition("@")[2]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'organization_id'"
                       " AND table_schema = 'public'")  # fmt: skip
        for (table,) in cursor.fetchall():
            statement = sql.SQL("DELETE FROM {} WHERE organization_id = %s").format(sql.Identifier(table))
            cursor.execute(statement, [cast.organization.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    Account.objects.filter(email__endswith=f"@{domain}").delete()
    Organization.objects.filter(pk=cast.organization.pk).delete()


@pytest.fixture
def told() -> Iterator[list[SecurityEvent]]:
    """What is told of the safety of accounts while the test runs."""
    events: list[SecurityEvent] = []
    subscribe(SecurityEvent, "tests.told", events.append)
    yield events
    unsubscribe(SecurityEvent, "tests.told")


_copies: dict[str, tuple[Cast, Copied]] = {}


def found_again(name: str, domain: str) -> Cast:
    """Return what ``found`` returns, copied from the organization that was founded first under this name."""
    if name not in _copies:
        first = found(name, domain)
        _copies[name] = first, copy_of(first.organization, [user.account_id for user in first.users.values()])
        return first
    first, copied = _copies[name]
    with copied.pasted() as new:
        organization = Organization.objects.get(pk=new(first.organization.pk))
        users = {user.pk: user for user in User.objects.select_related("account")}
        departments = {department.pk: department for department in Department.objects.all()}
    for user in users.values():
        user.organization = organization
    return Cast(
        organization,
        {key: departments[new(department.pk)] for key, department in first.departments.items()},
        {key: users[new(user.pk)] for key, user in first.users.items()},
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """The organization that a test is about."""
    return found_again("Banyan Test Company", "cast.test")


@pytest.fixture
def strangers(db: None) -> Cast:
    """Another organization, whose data nobody of the cast may ever see."""
    return found_again("Strangers Limited", "strangers.test")


@pytest.fixture
def scope(cast: Cast) -> Iterator[Cast]:
    """The cast, with their organization's scope open."""
    with organization_scope(cast.organization.pk):
        yield cast


@pytest.fixture
def admin(scope: Cast) -> Actor:
    """The administrator, with the organization's scope open."""
    return scope.actor("admin")


def sign_in(cast: Cast, name: str, **headers: str) -> Client:
    """Return a browser in which a person of the cast is signed in."""
    client = Client(headers=headers)
    account = cast.users[name].account
    session = SessionStore()
    session.update({
        SESSION_KEY: str(account.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: account.get_session_auth_hash(),
        ORGANIZATION_KEY: str(cast.organization.pk),
        PROVEN_KEY: now().isoformat(),
    })  # fmt: skip
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def api_client(cast: Cast, name: str) -> Client:
    """Return a client that sends a person's API token."""
    with organization_scope(cast.organization.pk):
        token = create_token(cast.users[name], name="test")
    return Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})
