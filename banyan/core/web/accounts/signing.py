"""Starting and ending sessions, and the organizations that an account may enter."""

from __future__ import annotations

import uuid

from django.contrib import auth
from django.http import HttpRequest

from banyan.core.identity.events import SecurityEvent
from banyan.core.identity.models import Account, Session, User
from banyan.core.identity.sessions import CLIENT_KEY, ORGANIZATION_KEY
from banyan.core.identity.throttling import TooManyAttempts, begin_attempt, end_attempt
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.email import normalize_email
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.client import client_address, user_agent

BACKEND = "django.contrib.auth.backends.ModelBackend"


def check_password(request: HttpRequest, *, email: str, password: str) -> Account | None:
    """Return the account of an e-mail address and password, or None.

    Takes as long for an address that nobody has. Raises ``TooManyAttempts`` after many failures.
    """
    address = client_address(request)
    try:
        begin_attempt(email=email, address=address)
    except TooManyAttempts:
        tell_security(request, "sign_in.refused", _account_of(email))
        raise
    account = auth.authenticate(request, username=email, password=password)
    if not isinstance(account, Account):
        tell_security(request, "sign_in.failed", _account_of(email))
        return None
    end_attempt(email=email, address=address)
    return account


def start_session(request: HttpRequest, account: Account, organization_id: uuid.UUID | None = None) -> None:
    """Sign an account in under a new session key, and enter an organization: the given one, or its only one."""
    auth.login(request, account, backend=BACKEND)
    request.session[CLIENT_KEY] = {
        "user_agent": user_agent(request),
        "address": client_address(request) or None,
        "signed_in_at": now().isoformat(),
    }
    if organization_id is None:
        open_to_it = organizations_of(account)
        organization_id = open_to_it[0].pk if len(open_to_it) == 1 else None
    if organization_id is not None:
        request.session[ORGANIZATION_KEY] = str(organization_id)
    tell_security(request, "sign_in", account, organization_id)


def enter_organization(request: HttpRequest, organization_id: uuid.UUID) -> None:
    """Let a signed-in account work in one of its organizations; raise ``Missing`` for any other."""
    account = signed_in_account(request)
    if account is None or organization_id not in {row.pk for row in organizations_of(account)}:
        raise Missing("no_such_organization", "")
    request.session.cycle_key()
    request.session[ORGANIZATION_KEY] = str(organization_id)
    tell_security(request, "organization.entered", account, organization_id)


def organizations_of(account: Account) -> list[Organization]:
    """Return the organizations in which the account is an active user, by name."""
    candidates = Organization.objects.filter(pk__in=account.organization_ids).order_by("name")
    return [organization for organization in candidates if _is_member(account, organization)]


def signed_in_account(request: HttpRequest) -> Account | None:
    """Return the account of the session, whether or not an organization is chosen yet."""
    account_id = parse_id(request.session.get(auth.SESSION_KEY))
    return Account.objects.filter(pk=account_id, is_active=True).first() if account_id else None


def tell_security(
    request: HttpRequest, kind: str, account: Account | None, organization_id: uuid.UUID | None = None, **details: str
) -> None:
    """Publish what happened to an account; an address that nobody has concerns no organization."""
    publish(
        SecurityEvent(
            kind,
            account_id=account.pk if account else None,
            organization_id=organization_id,
            address=client_address(request),
            user_agent=user_agent(request),
            details=details,
        )
    )


def _account_of(email: str) -> Account | None:
    return Account.objects.filter(email=normalize_email(email)).first()


def end_sessions(account: Account, *, except_key: str = "") -> int:
    """Sign an account out everywhere, save for one session; return how many ended."""
    return Session.objects.filter(account=account).exclude(session_key=except_key).delete()[0]


def _is_member(account: Account, organization: Organization) -> bool:
    with organization_scope(organization.pk):
        return User.objects.filter(account=account, is_active=True).exists()
