"""From what a provider says about a person to the user and the account that sign in."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account, User
from banyan.core.identity.providers.models import ExternalIdentity, IdentityProvider
from banyan.core.identity.providers.queries import roles_of_groups
from banyan.core.identity.providers.vouching import ProviderFailed, Vouched
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.services import add_user, connect, set_roles
from banyan.core.identity.visitors import Visitor
from banyan.core.kernel.text.email import email_domain, is_email, normalize_email


@transaction.atomic
def user_of(provider: IdentityProvider, vouched: Vouched, visitor: Visitor) -> User:
    """Return the active user whom a provider vouches for, in the provider's organization's scope.

    Who came before is known by the provider's lasting name; who comes for the first time by the e-mail
    address, which has to be of a domain of the provider. Nobody known is created if the provider may.

    Raises:
        ProviderFailed: The person is not allowed in; the message says why.
    """
    known = (
        ExternalIdentity.objects.select_related("user__account", "user__organization")
        .filter(provider=provider, subject=vouched.subject)
        .first()
    )
    user = known.user if known else _first_visit(provider, vouched, visitor)
    if not user.is_active:
        raise ProviderFailed("person_inactive", _("You are deactivated here. Ask your administrator."))
    if user.account is None:
        connect(user, account_of(user.email))
    if provider.sets_roles and known is not None:
        _set_roles(provider, user, vouched)
    if user.account is None or not user.account.is_active:
        raise ProviderFailed("person_inactive", _("You are deactivated here. Ask your administrator."))
    return user


def account_of(email: str) -> Account:
    """Return the account of an e-mail address; one without password is made when there is none."""
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = Account(email=email)
        account.set_unusable_password()
        account.save()
    return account


def _first_visit(provider: IdentityProvider, vouched: Vouched, visitor: Visitor) -> User:
    email = normalize_email(vouched.email)
    if not is_email(email):
        raise ProviderFailed("no_email", _("The provider does not tell your e-mail address."))
    # Otherwise the provider of one organization could speak for the people of any other.
    if email_domain(email) not in provider.domains:
        message = _("%(email)s does not belong to the domains that this provider speaks for.")
        raise ProviderFailed("foreign_domain", message % {"email": email})
    user = User.objects.select_related("account", "organization").filter(email=email).first()
    if user is None:
        user = _create(provider, vouched, email, visitor)
    elif ExternalIdentity.objects.filter(provider=provider, user=user).exists():
        # The address was given to somebody else at the provider: an administrator has to look at that.
        message = _("%(email)s belonged to somebody else at the provider before. Ask your administrator.")
        raise ProviderFailed("address_reused", message % {"email": email})
    elif provider.sets_roles:
        _set_roles(provider, user, vouched)
    ExternalIdentity.objects.create(
        organization_id=provider.organization_id, provider=provider, subject=vouched.subject, user=user
    )
    return user


def _create(provider: IdentityProvider, vouched: Vouched, email: str, visitor: Visitor) -> User:
    if not provider.creates_people:
        raise ProviderFailed("person_unknown", _("You are not among the people here. Ask your administrator."))
    roles = roles_of_groups(provider, vouched.groups)
    if not roles:
        message = _("None of your groups gives you a role here. Ask your administrator.")
        raise ProviderFailed("no_role", message)
    user = add_user(provider.organization, name=vouched.name[:120], email=email, roles=roles)
    record_security_event(
        SecurityKind.PERSON_PROVISIONED,
        user_id=user.pk,
        visitor=visitor,
        details={"provider": provider.name, "email": email, "roles": [role.name for role in roles]},
    )
    return user


def _set_roles(provider: IdentityProvider, user: User, vouched: Vouched) -> None:
    roles = roles_of_groups(provider, vouched.groups)
    if roles:
        set_roles(user, roles)
