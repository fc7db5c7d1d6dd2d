"""``banyan user`` and ``banyan token``."""

from __future__ import annotations

import secrets
import uuid
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click
import orjson

from banyan.cli.starting import open_installation

if TYPE_CHECKING:
    from banyan.core.identity.models import User
    from banyan.core.tenancy.models import Organization


@click.group()
def user() -> None:
    """Add people and set passwords."""


@user.command("create")
@click.option("--organization", required=True, help="Name or id of the organization; a new name founds one.")
@click.option("--email", required=True)
@click.option("--name", default="", help="The person's name.")
@click.option("--role", default="administrator", show_default=True, help="The key of a role.")
@click.option("--password", default=None, help="Made and printed when left out.")
@click.option("--json", "as_json", is_flag=True)
def create_user(*, organization: str, email: str, name: str, role: str, password: str | None, as_json: bool) -> None:
    """Add a person who can sign in at once."""
    open_installation()
    from banyan.core.access.founding import found_organization  # noqa: PLC0415 needs Django
    from banyan.core.identity.models import Role  # noqa: PLC0415
    from banyan.core.identity.services import add_user, connect, register_account  # noqa: PLC0415
    from banyan.core.kernel.errors import DomainError  # noqa: PLC0415
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415

    found = find_organization(organization) or found_organization(name=organization)
    chosen = password or secrets.token_urlsafe(12)
    try:
        with organization_scope(found.pk):
            account = register_account(email=email, password=chosen)
            roles = list(Role.objects.filter(key=role))
            if not roles:
                raise click.ClickException(f"There is no role {role}.")
            connect(add_user(found, name=name or email, email=email, roles=roles), account)
    except DomainError as problem:
        raise click.ClickException(str(problem.message)) from None
    answer(as_json, {"organization": str(found.pk), "email": email, "password": chosen})


@user.command("password")
@click.option("--email", required=True)
@click.option("--password", default=None, help="Made and printed when left out.")
def change_password(*, email: str, password: str | None) -> None:
    """Set a person's password."""
    open_installation()
    from banyan.core.identity.models import Account  # noqa: PLC0415 needs Django
    from banyan.core.identity.passwords import set_password  # noqa: PLC0415
    from banyan.core.kernel.errors import DomainError  # noqa: PLC0415

    account = Account.objects.filter(email=email.strip().lower()).first()
    if account is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    chosen = password or secrets.token_urlsafe(12)
    try:
        set_password(account, chosen)
    except DomainError as problem:
        raise click.ClickException(str(problem.message)) from None
    answer(as_json=False, result={"email": account.email, "password": chosen})


@user.command("rescue")
@click.option("--email", required=True)
@click.option("--factors", is_flag=True, help="Also take the second factors, when phone and recovery codes are lost.")
@click.option("--networks", is_flag=True, help="Also let the person's roles be used from everywhere again.")
@click.option("--passwords", is_flag=True, help="Also allow passwords where only single sign-on was allowed.")
def rescue(*, email: str, factors: bool, networks: bool, passwords: bool) -> None:
    """Let somebody in again who is locked out, as the owner of the machine may."""
    open_installation()
    from banyan.cli.rescuing import rescue_account  # noqa: PLC0415 needs Django
    from banyan.core.identity.models import Account  # noqa: PLC0415

    account = Account.objects.filter(email=email.strip().lower()).first()
    if account is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    for done in rescue_account(account, factors=factors, networks=networks, passwords=passwords):
        click.echo(done)


@user.command("list")
@click.option("--organization", required=True, help="Name or id of the organization.")
def list_users(*, organization: str) -> None:
    """List the people of an organization."""
    open_installation()
    from banyan.core.identity.models import User  # noqa: PLC0415 needs Django

    with scope_of(organization):
        for person in User.objects.order_by("name"):
            click.echo(f"{person.email}\t{person.name}\t{'active' if person.is_active else 'inactive'}")


@click.group()
def token() -> None:
    """Make API tokens."""


@token.command("create")
@click.option("--user", "email", required=True, help="The person's e-mail address.")
@click.option("--organization", default="", help="Name or id, when the person belongs to several.")
@click.option("--name", default="command line", show_default=True)
def create_token_for(*, email: str, organization: str, name: str) -> None:
    """Print a bearer token that acts with the person's rights."""
    open_installation()
    from banyan.core.identity.services import create_token  # noqa: PLC0415 needs Django

    person, organization_id = find_user(email, organization)
    with scope_of(str(organization_id)):
        click.echo(create_token(person, name=name))


def find_organization(name_or_id: str) -> Organization | None:
    """Return an organization by id, name or the demo's short name; None when there is none."""
    from banyan.core.kernel.ids import parse_id  # noqa: PLC0415 needs Django
    from banyan.core.tenancy.models import Organization  # noqa: PLC0415

    organization_id = parse_id(name_or_id)
    if organization_id is not None:
        return Organization.objects.filter(pk=organization_id).first()
    by_name = Organization.objects.filter(name=name_or_id).first()
    return by_name or Organization.objects.filter(settings__demo=name_or_id).first()


def require_organization(name_or_id: str) -> Organization:
    """Return an organization, or end with a message that lists those there are."""
    from banyan.core.tenancy.models import Organization  # noqa: PLC0415 needs Django

    found = find_organization(name_or_id)
    if found is None:
        known = ", ".join(Organization.objects.values_list("name", flat=True)[:20]) or "none yet"
        raise click.ClickException(f"There is no organization {name_or_id}. Known: {known}.")
    return found


def scope_of(name_or_id: str) -> AbstractContextManager[None]:
    """Return the scope of an organization by name or id."""
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415 needs Django

    return organization_scope(require_organization(name_or_id).pk)


def find_user(email: str, organization: str = "") -> tuple[User, uuid.UUID]:
    """Return a person by e-mail address, with the organization, or end with a message."""
    from banyan.core.identity.models import Account, User  # noqa: PLC0415 needs Django
    from banyan.core.tenancy.scope import organization_scope  # noqa: PLC0415

    account = Account.objects.filter(email=email.strip().lower()).first()
    if account is None or not account.organization_ids:
        raise click.ClickException(f"Nobody signs in as {email}.")
    organization_id = require_organization(organization).pk if organization else account.organization_ids[0]
    with organization_scope(organization_id):
        person = User.objects.select_related("organization").filter(account=account).first()
    if person is None:
        raise click.ClickException(f"{email} does not belong to this organization.")
    return person, organization_id


def answer(as_json: bool, result: dict[str, Any]) -> None:  # noqa: FBT001 the option's own value
    """Print a result as JSON, or as lines for people."""
    if as_json:
        click.echo(orjson.dumps(result, default=str).decode())
        return
    for name, value in result.items():
        click.echo(f"{name}: {value}")
