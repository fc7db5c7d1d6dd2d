"""Work of the rules that takes long, in the background."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.business_rules.definitions import ruled_objects
from banyan.core.business_rules.duplicate_keys import make_all_keys
from banyan.core.business_rules.models import Assignment, DuplicateKey, DuplicateRule, ValidationRule
from banyan.core.business_rules.validation_rules import go_on
from banyan.core.jobs.registration import BULK, defer, job, periodic


@job("business_rules.check", label=gettext_lazy("Records that break a rule are looked for"), queue=BULK)
def look_through(actor: Actor, *, rule_id: str) -> None:
    """Look which existing records break a rule."""
    rule = ValidationRule.objects.filter(pk=uuid.UUID(rule_id)).first()
    spec = ruled_objects(actor).get(rule.object_name) if rule else None
    if rule is not None and spec is not None:
        go_on(actor, rule, spec)


@job("business_rules.make_keys", label=gettext_lazy("Records are prepared for a duplicate rule"), queue=BULK)
def make_keys(actor: Actor, *, rule_id: str) -> None:
    """Make the keys of all records under a duplicate rule."""
    rule = DuplicateRule.objects.filter(pk=uuid.UUID(rule_id)).first()
    spec = ruled_objects(actor).get(rule.object_name) if rule else None
    if rule is not None and spec is not None:
        make_all_keys(actor, rule, spec)


def check_in_background(actor: Actor, rule: ValidationRule) -> None:
    """Queue the look through the records that a rule is about."""
    defer(look_through, actor, lock=f"rule-{rule.pk}", rule_id=str(rule.pk))


def make_keys_in_background(actor: Actor, rule: DuplicateRule) -> None:
    """Queue the making of keys for all records under a rule."""
    defer(make_keys, actor, lock=f"rule-{rule.pk}", rule_id=str(rule.pk))


@periodic("40 19 * * *", name="business_rules.forget_gone")
def forget_gone(actor: Actor) -> None:
    """Forget the keys of records that were erased for good, and why somebody had got them; by night in East Asia."""
    for name, spec in ruled_objects(actor).items():
        living = spec.model._default_manager.values("pk")  # noqa: SLF001 Django's own name for it
        DuplicateKey.objects.filter(rule__object_name=name).exclude(record_id__in=living).delete()
        Assignment.objects.filter(object_name=name).exclude(record_id__in=living).delete()
