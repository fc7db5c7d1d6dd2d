"""What those who manage security do: rules for signing in, other people's sessions, factors and locks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least, Now

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Session
from banyan.core.identity.policy.models import SignInPolicy
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.policy.rules import SignInRules
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid

POLICY = "sign_in_policy"


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
    policy.save()
    _limit_sessions(actor.organization_id, policy.rules)
    changed = difference(before, _described(policy))
    if changed:
        tell_setup_changed(actor, POLICY, policy.pk, "update", values=changed)
        record_security_event(
            SecurityKind.POLICY_CHANGED, user_id=actor.user_id, visitor=visitor, details={"changed": changed}
        )
    return policy


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
