"""Work of the rules that takes long, in the background."""

from __future__ import annotations

import uuid

from banyan.core.access.actor import Actor
from banyan.core.business_rules.definitions import ruled_objects
from banyan.core.business_rules.models import ValidationRule
from banyan.core.business_rules.validation_rules import go_on
from banyan.core.jobs.registration import BULK, defer, job


@job("business_rules.check", queue=BULK)
def look_through(actor: Actor, *, rule_id: str) -> None:
    """Look which existing records break a rule."""
    rule = ValidationRule.objects.filter(pk=uuid.UUID(rule_id)).first()
    spec = ruled_objects(actor).get(rule.object_name) if rule else None
    if rule is not None and spec is not None:
        go_on(actor, rule, spec)


def check_in_background(actor: Actor, rule: ValidationRule) -> None:
    """Queue the look through the records that a rule is about."""
    defer(look_through, actor, lock=f"rule-{rule.pk}", rule_id=str(rule.pk))
