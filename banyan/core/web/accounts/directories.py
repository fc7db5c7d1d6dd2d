"""Signing in with the password of a company's directory (LDAP, Active Directory)."""

from __future__ import annotations

from django.http import HttpRequest

from banyan.core.identity.models import User
from banyan.core.identity.providers.joining import user_of
from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.throttling import begin_attempt, end_attempt
from banyan.core.identity.visitors import visitor_of
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.signing import record_failure


def check_directory(request: HttpRequest, provider: IdentityProvider, *, email: str, password: str) -> User | None:
    """Return the user whose password of the directory this is, or None; guessing is slowed down as for our own.

    Raises ``TooManyAttempts``, and ``ProviderFailed`` when the directory cannot be asked or the person may not
    come in.
    """
    from banyan.core.identity.providers.directory import check_directory_password  # noqa: PLC0415 loads a library that most requests never need

    visitor = visitor_of(request)
    locks = begin_attempt(email=email, address=visitor.address)
    vouched = check_directory_password(provider, login=email, password=password)
    if vouched is None:
        record_failure(request, email=email, locks=locks, way="directory")
        return None
    end_attempt(email=email, address=visitor.address)
    with organization_scope(provider.organization_id):
        return user_of(provider, vouched, visitor)
