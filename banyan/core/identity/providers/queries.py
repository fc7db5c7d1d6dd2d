"""Which provider vouches for whom."""

from __future__ import annotations

import uuid

from banyan.core.identity.models import Account, Role, User
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.providers.models import IdentityProvider, ProviderDomain
from banyan.core.kernel.text.email import email_domain, normalize_email
from banyan.core.tenancy.scope import organization_scope


def provider_for_email(email: str) -> IdentityProvider | None:
    """Return the provider through which the people of an e-mail domain sign in, if it is on."""
    row = ProviderDomain.objects.filter(domain=email_domain(normalize_email(email))).first()
    return find_provider(row.organization_id, row.provider_id) if row else None


def find_provider(organization_id: uuid.UUID, provider_id: uuid.UUID) -> IdentityProvider | None:
    """Return a provider of an organization that is on."""
    with organization_scope(organization_id):
        return (
            IdentityProvider.objects.select_related("organization")
            .filter(pk=provider_id, organization_id=organization_id, is_on=True)
            .first()
        )


def may_use_password(account: Account, organization_id: uuid.UUID) -> bool:
    """Say whether an account may enter an organization by password or passkey."""
    policy = policy_of(organization_id)
    if not policy.only_single_sign_on:
        return True
    with organization_scope(organization_id):
        return User.objects.filter(account=account, is_active=True, pk__in=policy.emergency_user_ids).exists()


def must_use_provider(email: str, provider: IdentityProvider) -> bool:
    """Say whether somebody may sign in through the provider alone; the same for people who do not exist."""
    if not policy_of(provider.organization_id).only_single_sign_on:
        return False
    account = Account.objects.filter(email=normalize_email(email)).first()
    return account is None or not may_use_password(account, provider.organization_id)


def roles_of_groups(provider: IdentityProvider, groups: tuple[str, ...]) -> list[Role]:
    """Return the roles for the groups that a provider names; the default ones for people in none of them.

    Names of groups are compared without regard to case.
    """
    mapped = {name.casefold(): ids for name, ids in provider.group_roles.items()}
    chosen = {role_id for group in groups for role_id in mapped.get(group.casefold(), [])}
    return list(Role.objects.filter(pk__in=chosen or provider.default_role_ids))
