"""What those who manage security do: rules for signing in, other people's sessions, factors and locks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Least, Now
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability, require_own_abilities
from banyan.core.access.people import find_person, roles_of
from banyan.core.access.role_editing import ROLE, find_role
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.factors.services import reset_all_factors
from banyan.core.identity.models import Role, Session, User
from banyan.core.identity.networks import allowed_networks, is_within, read_networks
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.policy.rules import SignInRules
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.throttling import unlock
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Refused

POLICY = "sign_in_policy"
#: Two typing errors are no attack.
LEAST_LOCK = 3
MOST_EXPORT_ROWS = 10_000_000


@transaction.atomic
def change_policy(actor: Actor, values: Mapping[str, int], *, visitor: Visitor = NOBODY) -> SignInPolicy:
    """Set the rules for signing in; shorter limits hold for the sessions that exist as well.

    ``values`` names fields of ``SignInRules``. Raises ``Invalid`` for what is out of bounds.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    policy = policy_of(actor.organization_id)
    before = _described(policy)
    for entry in fields(SignInRules):
        if entry.name in values:
            setattr(policy, entry.name, values[entry.name])
    try:
        policy.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as refused:
        raise Invalid(
            [FieldError(name, "out_of_bounds", text) for name, texts in refused.message_dict.items() for text in texts]
        ) from None
    if 0 < policy.lock_failures < LEAST_LOCK:
        message = _("Locking begins with the third failure at the earliest; 0 never locks.")
        raise Invalid([FieldError("lock_failures", "out_of_bounds", message)])
    policy.save()
    _limit_sessions(actor.organization_id, policy.rules)
    changed = difference(before, _described(policy))
    if changed:
        tell_setup_changed(actor, POLICY, policy.pk, "update", values=changed)
        record_security_event(
            SecurityKind.POLICY_CHANGED, user_id=actor.user_id, visitor=visitor, details={"changed": changed}
        )
    return policy


@transaction.atomic
def change_role_sign_in(
    actor: Actor, role_id: uuid.UUID, *, needs_second_factor: bool, networks: str, visitor: Visitor = NOBODY
) -> Role:
    """Say how people with a role sign in: with a second factor, from which networks (a text with one per line).

    Raises ``Invalid`` for what is no network, and ``Refused`` when the actor would be locked out.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    role = find_role(role_id)
    require_own_abilities(actor, [role])
    try:
        chosen = read_networks(networks)
    except ValueError as problem:
        message = _("%(text)s is not a network. Write it like 203.0.113.0/24.") % {"text": str(problem)[:60]}
        raise Invalid([FieldError("networks", "not_a_network", message)]) from None
    before = {"needs_second_factor": role.needs_second_factor, "networks": list(role.networks)}
    role.needs_second_factor, role.networks = needs_second_factor, chosen
    role.save(update_fields=["needs_second_factor", "networks"])
    _refuse_to_lock_out(actor, visitor)
    after = {"needs_second_factor": needs_second_factor, "networks": chosen}
    tell_setup_changed(actor, ROLE, role.pk, "update", values=difference(before, after))
    return role


@transaction.atomic
def limit_role_exports(actor: Actor, role_id: uuid.UUID, most_rows: int) -> Role:
    """Say how many rows people with a role may take in one export; zero is no limit of its own.

    Raises ``NotAllowed`` without the right, or for a role beyond the actor's own rights, and ``Invalid``.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    role = find_role(role_id)
    require_own_abilities(actor, [role])
    if not 0 <= most_rows <= MOST_EXPORT_ROWS:
        message = _("Choose a number from %(least)s to %(most)s.") % {"least": 0, "most": f"{MOST_EXPORT_ROWS:,}"}
        raise Invalid([FieldError("most_export_rows", "out_of_range", message)])
    before, role.most_export_rows = role.most_export_rows, most_rows
    role.save(update_fields=["most_export_rows"])
    if before != most_rows:
        tell_setup_changed(actor, ROLE, role.pk, "update", values={"most_export_rows": (before, most_rows)})
    return role


def _refuse_to_lock_out(actor: Actor, visitor: Visitor) -> None:
    if actor.user is None:
        return
    allowed = allowed_networks(role.networks for role in roles_of(actor.user))
    if allowed and not is_within(visitor.address, allowed):
        message = _("You work from %(address)s, which these networks leave out: you would lock yourself out.")
        raise Refused("would_lock_out", message % {"address": visitor.address or "?"})


@transaction.atomic
def reset_factors(actor: Actor, user_id: uuid.UUID, *, visitor: Visitor = NOBODY) -> User:
    """Take all second factors from somebody who lost them, and sign them out everywhere.

    Raises ``Refused`` for an account that belongs to other organizations as well: one of them alone may not
    make it weaker.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    user = find_person(user_id)
    require_own_abilities(actor, roles_of(user))
    account = user.account
    if account is None:
        raise Conflict("no_account", _("%(name)s has not joined yet.") % {"name": user.name})
    if len(account.organization_ids) > 1:
        message = _("This account belongs to other organizations as well. Its owner has to use a recovery code.")
        raise Refused("shared_account", message)
    reset_all_factors(account)
    Session.objects.filter(account=account).delete()
    record_security_event(
        SecurityKind.FACTORS_RESET,
        account=account,
        user_id=actor.user_id,
        visitor=visitor,
        details={"person": str(user.pk)},
    )
    return user


@transaction.atomic
def unlock_person(actor: Actor, user_id: uuid.UUID, *, visitor: Visitor = NOBODY) -> User:
    """Let somebody try again whose account is locked by failures."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    user = find_person(user_id)
    if user.account is not None:
        unlock(user.account.email)
        record_security_event(
            SecurityKind.ACCOUNT_UNLOCKED,
            account=user.account,
            user_id=actor.user_id,
            visitor=visitor,
            details={"person": str(user.pk)},
        )
    return user


def sessions_of(user: User) -> QuerySet[Session]:
    """Return where a person is signed in to their organization; other organizations' sessions are not its business."""
    if user.account_id is None:
        return Session.objects.none()
    found = Session.objects.filter(account_id=user.account_id, organization_id=user.organization_id)
    return found.filter(expire_date__gt=now()).order_by("-last_seen_at")


@transaction.atomic
def end_sessions_of(actor: Actor, user_id: uuid.UUID, *, visitor: Visitor = NOBODY) -> User:
    """Sign a person out of the organization on all devices."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    user = find_person(user_id)
    require_own_abilities(actor, roles_of(user))
    ended = sessions_of(user).delete()[0]
    record_security_event(
        SecurityKind.SESSION_REVOKED,
        account=user.account,
        user_id=actor.user_id,
        visitor=visitor,
        details={"reason": "administrator", "person": str(user.pk), "count": ended},
    )
    return user


def _limit_sessions(organization_id: uuid.UUID, rules: SignInRules) -> None:
    """Let the limits hold for sessions that began under other ones; what is over ends now."""
    began = Coalesce(F("signed_in_at"), F("last_seen_at"), Now())
    sessions = Session.objects.filter(organization_id=organization_id)
    sessions.update(idle_minutes=rules.idle_minutes, ends_at=began + timedelta(hours=rules.absolute_hours))
    seen = Coalesce(F("last_seen_at"), Now())
    sessions.update(expire_date=Least(seen + timedelta(minutes=rules.idle_minutes), F("ends_at")))
    sessions.filter(expire_date__lte=now()).delete()


def _described(policy: SignInPolicy) -> dict[str, Any]:
    return {entry.name: getattr(policy, entry.name) for entry in fields(SignInRules)}
