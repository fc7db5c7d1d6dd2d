"""Starting and ending sessions, and the organizations that an account may enter."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account, Session, User
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.providers.queries import may_use_password
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.sessions import BEGUN_KEY, CLIENT_KEY, ORGANIZATION_KEY, SessionStore, stored_key
from banyan.core.identity.throttling import begin_attempt, end_attempt
from banyan.core.identity.visitors import client_address, visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.cookies import COOKIE_KEY

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD, PASSKEY = "password", "passkey"
#: When somebody last proved who they are.
PROVEN_KEY = "proven_at"
#: When somebody last proved more than a password: a code, a passkey, or what a provider asked for.
FACTOR_PROVEN_KEY = "factor_proven_at"


def check_password(request: HttpRequest, *, email: str, password: str) -> Account | None:
    """Return the account of an e-mail address and password, or None.

    Takes as long for an address that nobody has. Raises ``TooManyAttempts`` after many failures.
    """
    address = client_address(request)
    locks = begin_attempt(email=email, address=address)
    account = auth.authenticate(request, username=email, password=password)
    if not isinstance(account, Account):
        record_failure(request, email=email, locks=locks)
        return None
    end_attempt(email=email, address=address)
    return account


def record_failure(request: HttpRequest, *, email: str, locks: bool, way: str = PASSWORD) -> None:
    """Tell that an attempt to sign in failed, and whether the account is locked by it."""
    account = Account.objects.filter(email=email.strip().lower()).first()
    details = {"email": email.strip()[:254], "way": way}
    for kind in (SecurityKind.SIGN_IN_FAILED, *([SecurityKind.ACCOUNT_LOCKED] if locks else [])):
        record_security_event(kind, account=account, visitor=visitor_of(request), details=details)


def start_session(
    request: HttpRequest,
    account: Account,
    organization_id: uuid.UUID | None = None,
    *,
    method: str = PASSWORD,
    began_there: dict[str, str] | None = None,
) -> None:
    """Sign an account in under a new session key, and enter an organization: the given one, or its only one.

    Args:
        request: The request that proved the account.
        account: The account.
        organization_id: Where to enter, if it may; its only organization when left out.
        method: How it was proven: by password, passkey, or the id of an identity provider.
        began_there: How the provider calls the session that it began, to end it there.
    """
    auth.login(request, account, backend=BACKEND)
    visitor = visitor_of(request)
    request.session[CLIENT_KEY] = {
        "user_agent": visitor.user_agent,
        "address": visitor.address or None,
        "signed_in_at": now().isoformat(),
        "method": method,
        COOKIE_KEY: settings.SESSION_COOKIE_NAME,
    }
    if began_there:
        request.session[BEGUN_KEY] = began_there
    # Changing what proves somebody asks for a fresh proof: this is one.
    request.session[PROVEN_KEY] = now().isoformat()
    organizations = organizations_of(account, method)
    open_to_it = [organization.pk for organization in organizations]
    # Where somebody practises is entered from the training: it makes no difference to signing in.
    homes = [organization.pk for organization in organizations if not organization.is_practice]
    if organization_id is None and len(homes) == 1:
        organization_id = homes[0]
    elif organization_id not in open_to_it:
        organization_id = None
    if organization_id is not None:
        _enter(request, account, organization_id)
    record_security_event(
        SecurityKind.SIGNED_IN,
        account=account,
        organization_id=organization_id,
        visitor=visitor,
        details={"way": method},
    )


def enter_organization(request: HttpRequest, organization_id: uuid.UUID) -> None:
    """Let a signed-in account work in one of its organizations; raise ``Missing`` for any other."""
    account = signed_in_account(request)
    method = signed_in_method(request).name
    if account is None or organization_id not in {row.pk for row in organizations_of(account, method)}:
        raise Missing("no_such_organization", "")
    request.session.cycle_key()
    _enter(request, account, organization_id)


def organizations_of(account: Account, method: str = PASSWORD) -> list[Organization]:
    """Return the organizations that an account may enter, by name: where it is an active user.

    Whom a provider vouches for enters the provider's organization alone; where only single sign-on is
    allowed, a password or a passkey opens nothing.
    """
    candidates = Organization.objects.filter(pk__in=account.organization_ids).order_by("name")
    return [organization for organization in candidates if _may_enter(account, organization, method)]


def signed_in_account(request: HttpRequest) -> Account | None:
    """Return the account of the session, whether or not an organization is chosen yet."""
    account_id = parse_id(request.session.get(auth.SESSION_KEY))
    return Account.objects.filter(pk=account_id, is_active=True).first() if account_id else None


@dataclass(frozen=True)
class Method:
    """How a session was begun."""

    name: str

    @property
    def is_provider(self) -> bool:
        """Say whether an identity provider vouched for the person; its id is then the name."""
        return parse_id(self.name) is not None


def signed_in_method(request: HttpRequest) -> Method:
    """Return how the session of a request was begun."""
    return Method((request.session.get(CLIENT_KEY) or {}).get("method", PASSWORD))


def end_sessions(account: Account, *, except_key: str = "") -> int:
    """Sign an account out everywhere, save for the session whose key the browser has; return how many ended."""
    return Session.objects.filter(account=account).exclude(session_key=stored_key(except_key)).delete()[0]


def _enter(request: HttpRequest, account: Account, organization_id: uuid.UUID) -> None:
    """Choose the organization, take over its limits, and end the oldest sessions beyond its number."""
    request.session[ORGANIZATION_KEY] = str(organization_id)
    rules = policy_of(organization_id).rules
    session = request.session
    if isinstance(session, SessionStore):
        session.set_limits(idle_minutes=rules.idle_minutes, ends_at=now() + timedelta(hours=rules.absolute_hours))
    if rules.max_sessions:
        current = stored_key(session.session_key)
        others = Session.objects.filter(account=account, organization_id=organization_id, expire_date__gt=now())
        surplus = others.exclude(session_key=current).order_by("-signed_in_at")[rules.max_sessions - 1 :]
        for old in list(surplus):
            old.delete()
            record_security_event(
                SecurityKind.SESSION_REVOKED,
                account=account,
                organization_id=organization_id,
                visitor=visitor_of(request),
                details={"reason": "too_many", "user_agent": old.user_agent},
            )


def _may_enter(account: Account, organization: Organization, method: str) -> bool:
    provider_id = parse_id(method)
    with organization_scope(organization.pk):
        if not User.objects.filter(account=account, is_active=True).exists():
            return False
    if provider_id is not None:
        with organization_scope(organization.home_id):
            return IdentityProvider.objects.filter(pk=provider_id, is_on=True).exists()
    return may_use_password(account, organization.home_id)
