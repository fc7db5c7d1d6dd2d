"""What those who manage security do with providers of single sign-on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import INDISPENSABLE, require_ability, require_own_abilities
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account, Role, Session, User, UserRole
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.providers.models import IdentityProvider, ProviderDomain, ProviderKind
from banyan.core.identity.providers.secrets import keep_secret
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Refused
from banyan.core.kernel.text.email import is_email

PROVIDER = "identity_provider"
#: Whoever has an address at one of these shares the domain with half the world.
SHARED_DOMAINS = frozenset(
    [
        "163.com",
        "126.com",
        "qq.com",
        "foxmail.com",
        "sina.com",
        "sohu.com",
        "aliyun.com",
        "139.com",
        "189.cn",
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "proton.me",
    ]
)


@dataclass(frozen=True)
class ProviderDraft:
    """What a provider is to be; an empty secret leaves the one that is stored."""

    name: str
    kind: str
    is_on: bool
    settings: dict[str, Any]
    domains: list[str]
    group_roles: dict[str, list[str]] = field(default_factory=dict)
    default_role_ids: list[uuid.UUID] = field(default_factory=list)
    creates_people: bool = True
    sets_roles: bool = False
    secret: str = ""


def find_provider(provider_id: uuid.UUID) -> IdentityProvider:
    """Return a provider of the organization; raise ``Missing``."""
    provider = IdentityProvider.objects.select_related("organization").filter(pk=provider_id).first()
    if provider is None:
        raise Missing("not_found", _("There is no such provider."))
    return provider


@transaction.atomic
def save_provider(
    actor: Actor, draft: ProviderDraft, *, provider_id: uuid.UUID | None = None, visitor: Visitor = NOBODY
) -> IdentityProvider:
    """Make or change a provider; one that is on has to answer.

    Raises ``Invalid`` for a domain that cannot be claimed, ``Conflict`` for a name in use, ``NotAllowed`` for
    roles beyond the actor's own, ``ProviderFailed`` when the provider does not answer.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    provider = find_provider(provider_id) if provider_id else IdentityProvider(organization=actor.organization)
    before = described(provider) if provider_id else {}
    if IdentityProvider.objects.filter(name=draft.name).exclude(pk=provider.pk).exists():
        raise Conflict("provider_exists", _("There is a provider with this name already."))
    given = {*draft.default_role_ids, *(uuid.UUID(str(one)) for ids in draft.group_roles.values() for one in ids)}
    require_own_abilities(actor, Role.objects.filter(pk__in=given))
    for name in (
        "name",
        "kind",
        "is_on",
        "settings",
        "group_roles",
        "default_role_ids",
        "creates_people",
        "sets_roles",
    ):
        setattr(provider, name, getattr(draft, name))
    if draft.secret:
        keep_secret(provider, draft.secret)
    provider.domains = _claimable(actor, draft.domains, provider)
    if provider.is_on:
        try_provider(provider)
    provider.save()
    _claim(provider)
    if not provider.is_on:
        _require_a_way_in(actor)
    kind = SecurityKind.PROVIDER_CHANGED if provider_id else SecurityKind.PROVIDER_ADDED
    _tell(actor, provider, kind, difference(before, described(provider)), visitor, is_new=not provider_id)
    return provider


@transaction.atomic
def remove_provider(actor: Actor, provider_id: uuid.UUID, *, visitor: Visitor = NOBODY) -> None:
    """Remove a provider and end the sessions that it began."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    provider = find_provider(provider_id)
    ProviderDomain.objects.filter(provider_id=provider.pk).delete()
    Session.objects.filter(organization_id=actor.organization_id, method=str(provider.pk)).delete()
    details = {"name": provider.name, "kind": provider.kind}
    provider.delete()
    _require_a_way_in(actor)
    tell_setup_changed(actor, PROVIDER, provider_id, "delete", values={"name": (details["name"], None)})
    record_security_event(SecurityKind.PROVIDER_REMOVED, user_id=actor.user_id, visitor=visitor, details=details)


@transaction.atomic
def require_single_sign_on(
    actor: Actor, *, only: bool, emergency_user_ids: list[uuid.UUID], visitor: Visitor = NOBODY
) -> None:
    """Let everybody sign in through a provider only, but for administrators named for emergencies.

    Raises ``Refused`` without a provider that is on, or without an administrator who has a password and could
    mend everything on the day on which the provider is down.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    policy = policy_of(actor.organization_id)
    before = {"only_single_sign_on": policy.only_single_sign_on, "emergency": _texts(policy.emergency_user_ids)}
    able = {person.pk for person in emergency_candidates()}
    policy.only_single_sign_on = only
    policy.emergency_user_ids = [one for one in emergency_user_ids if one in able]
    policy.save()
    _require_a_way_in(actor)
    after = {"only_single_sign_on": only, "emergency": _texts(policy.emergency_user_ids)}
    changed = difference(before, after)
    if only:
        _end_password_sessions(actor.organization_id, policy.emergency_user_ids)
    if changed:
        tell_setup_changed(actor, "sign_in_policy", policy.pk, "update", values=changed)
        record_security_event(
            SecurityKind.POLICY_CHANGED, user_id=actor.user_id, visitor=visitor, details={"changed": changed}
        )


def emergency_candidates() -> list[User]:
    """Return the active people who could mend everything and have a password of their own."""
    able = Role.objects.filter(abilities__contains=[ability.value for ability in INDISPENSABLE])
    holders = UserRole.objects.filter(role__in=able).values("user_id")
    people = User.objects.select_related("account").filter(pk__in=holders, is_active=True, account__isnull=False)
    return [person for person in people if person.account and person.account.has_usable_password()]


def try_provider(provider: IdentityProvider) -> None:
    """Raise ``ProviderFailed`` unless the provider answers as far as that can be known without a person."""
    if provider.kind == ProviderKind.OIDC:
        from banyan.core.identity.providers.oidc import discover  # noqa: PLC0415 loads a library that most requests never need

        discover(provider.settings["issuer"])
    elif provider.kind == ProviderKind.LDAP:
        from banyan.core.identity.providers.directory import try_directory  # noqa: PLC0415 loads a library that most requests never need

        try_directory(provider)


def described(provider: IdentityProvider) -> dict[str, Any]:
    """Return what of a provider may be shown and logged: everything but its secret."""
    return {
        "name": provider.name,
        "kind": provider.kind,
        "is_on": provider.is_on,
        "settings": provider.settings,
        "domains": provider.domains,
        "group_roles": provider.group_roles,
        "default_role_ids": _texts(provider.default_role_ids),
        "creates_people": provider.creates_people,
        "sets_roles": provider.sets_roles,
    }


def _claimable(actor: Actor, domains: list[str], provider: IdentityProvider) -> list[str]:
    cleaned = list(dict.fromkeys(domain.strip().lstrip("@").lower() for domain in domains if domain.strip()))
    for domain in cleaned:
        if not is_email(f"someone@{domain}") or domain in SHARED_DOMAINS:
            raise _not_claimable(_("%(domain)s is no e-mail domain of a company."), domain)
        taken = ProviderDomain.objects.filter(domain=domain).exclude(provider_id=provider.pk).exists()
        # Row by row: somebody of another organization must never be sent to this one's provider.
        others = Account.objects.filter(email__endswith=f"@{domain}").exclude(
            organization_ids__contains=[actor.organization_id]
        )
        if taken or others.exists():
            raise _not_claimable(_("%(domain)s is in use by another provider or organization here."), domain)
    return cleaned


def _not_claimable(message: str, domain: str) -> Invalid:
    return Invalid([FieldError("domains", "domain_refused", message % {"domain": domain})])


def _claim(provider: IdentityProvider) -> None:
    ProviderDomain.objects.filter(provider_id=provider.pk).exclude(domain__in=provider.domains).delete()
    for domain in provider.domains:
        ProviderDomain.objects.get_or_create(
            domain=domain, defaults={"organization_id": provider.organization_id, "provider_id": provider.pk}
        )


def _require_a_way_in(actor: Actor) -> None:
    policy = policy_of(actor.organization_id)
    if not policy.only_single_sign_on:
        return
    if not IdentityProvider.objects.filter(is_on=True).exists():
        raise Refused("no_provider", _("While only single sign-on is allowed, a provider has to be on."))
    able = {person.pk for person in emergency_candidates()}
    if not able & set(policy.emergency_user_ids):
        message = _("Name at least one administrator with a password for the day on which the provider is down.")
        raise Refused("no_emergency_administrator", message)


def _end_password_sessions(organization_id: uuid.UUID, emergency_user_ids: list[uuid.UUID]) -> None:
    exempt = User.objects.filter(pk__in=emergency_user_ids).values_list("account_id", flat=True)
    begun = Session.objects.filter(organization_id=organization_id, method__in=["", "password", "passkey"])
    begun.exclude(account_id__in=list(exempt)).delete()


def _tell(
    actor: Actor,
    provider: IdentityProvider,
    kind: SecurityKind,
    changed: dict[str, tuple[Any, Any]],
    visitor: Visitor,
    *,
    is_new: bool,
) -> None:
    tell_setup_changed(actor, PROVIDER, provider.pk, "create" if is_new else "update", values=changed)
    details = {"name": provider.name, "kind": provider.kind, "changed": sorted(changed)}
    record_security_event(kind, user_id=actor.user_id, visitor=visitor, details=details)


def _texts(ids: list[Any]) -> list[str]:
    return [str(one) for one in ids]
