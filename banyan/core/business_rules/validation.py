"""Validation rules at work: read once for an organization, tried on all drafts of a write together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.business_rules.choices import Moment, Severity
from banyan.core.business_rules.conditions import DraftValues, test_of
from banyan.core.business_rules.messages import filled
from banyan.core.business_rules.models import ValidationRule
from banyan.core.expressions import BadExpression, Type
from banyan.core.expressions import Moment as Instant
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import WARNING, DomainError, Invalid
from banyan.core.listing.fitting import Test, Values
from banyan.core.objects.formulas import compile_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext

SHAPING = "validation_rules"
#: Doors behind which nobody could confirm a warning: it speaks against nothing there.
NOBODY_TO_ASK = (Channel.JOB, Channel.AUTOMATION, Channel.COMMAND)


@dataclass(frozen=True)
class Check:
    """A validation rule ready to be tried: ``paths`` are the record's own fields that it looks at."""

    rule: ValidationRule
    code: str
    applies: Test
    holds: Test
    paths: frozenset[str]
    fields: frozenset[str]
    excepted: frozenset[str]

    def looks_at(self, draft: Draft, changed: set[str]) -> bool:
        """Say whether the rule is about such a write at all."""
        if draft.is_new:
            return self.rule.moment != Moment.CHANGE
        return self.rule.moment != Moment.CREATE and (not self.fields or not self.fields.isdisjoint(changed))

    def is_broken_by(self, values: Values) -> bool:
        """Say whether a record breaks the rule."""
        return self.applies(values) and not self.holds(values)

    @property
    def is_warning(self) -> bool:
        """Say whether the person may save all the same."""
        return self.rule.severity == Severity.WARN


class ValidationRules:
    """The rules of one object. What days mean changes at midnight, so they are read anew for each day."""

    def __init__(self, rules: Iterable[ValidationRule]) -> None:
        self.rules = tuple(rules)
        self._ready: tuple[date, tuple[Check, ...]] | None = None

    def checks(self, actor: Actor, spec: ObjectSpec) -> tuple[Check, ...]:
        """Return the rules that can be read; one that names a field which is gone looks at nothing."""
        day = today(actor.organization.time_zone)
        if self._ready is None or self._ready[0] != day:
            system = system_actor(actor.organization)
            self._ready = day, tuple(check for rule in self.rules if (check := _readable(rule, spec, system)))
        return self._ready[1]


def load(_specs: Mapping[str, ObjectSpec]) -> Mapping[str, Any]:
    """Return the rules in force of each object; a loader of shapings."""
    found: dict[str, list[ValidationRule]] = {}
    for rule in ValidationRule.objects.filter(is_active=True):
        found.setdefault(rule.object_name, []).append(rule)
    return {name: ValidationRules(rules) for name, rules in found.items()}


def check_of(rule: ValidationRule, spec: ObjectSpec, actor: Actor) -> Check:
    """Return a rule ready to be tried; raise ``Invalid`` when something in it cannot be read."""
    system = system_actor(actor.organization)
    applies, about = test_of(rule.condition, spec, system)
    holds, wanted = _demand(rule, spec, system)
    code = f"rule.{rule.key}" if rule.severity == Severity.REFUSE else f"{WARNING}{rule.key}"
    own = frozenset(path.partition(".")[0] for path in about | wanted)
    return Check(rule, code, applies, holds, own, frozenset(rule.fields), frozenset(rule.excepted_roles))


def _demand(rule: ValidationRule, spec: ObjectSpec, system: Actor) -> tuple[Test, frozenset[str]]:
    """Return what must hold: the conditions, or the formula, which has to be true and not empty."""
    if not rule.expression:
        return test_of(rule.requirement, spec, system)
    compiled = compile_for(system.organization, spec, rule.expression)
    if compiled.type is not Type.BOOLEAN:
        raise BadExpression("not_a_condition", _("The formula must say yes or no, such as amount <= 10000."))
    zone = system.organization.time_zone
    return (lambda values: compiled.evaluate(values, Instant(now(), zone)) is True), compiled.paths


def _readable(rule: ValidationRule, spec: ObjectSpec, system: Actor) -> Check | None:
    try:
        return check_of(rule, spec, system)
    except DomainError:
        return None


def applies(spec: ObjectSpec) -> bool:
    """Say whether an object has rules in force."""
    return SHAPING in spec.shaping


def judge(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse what breaks a rule, and warn of what breaks one that only warns and was not confirmed."""
    if context.exempt:
        return
    spec, actor = drafts[0].spec, context.actor
    checks = _checks_for(actor, spec)
    if not checks:
        return
    values_of = DraftValues(actor, spec, drafts)
    for draft in drafts:
        changed = set() if draft.is_new else {name for name in draft.values if draft.changes(name)}
        if not draft.is_new and not changed:
            continue
        wrong = {error.field for error in draft.errors}
        values = values_of.of(draft)
        for check in checks:
            if not check.looks_at(draft, changed) or not wrong.isdisjoint(check.paths):
                continue
            if check.is_broken_by(values) and not (check.is_warning and is_confirmed(context, check.code)):
                draft.refuse(check.rule.field, check.code, message_of(check.rule, actor, spec, values))


def _checks_for(actor: Actor, spec: ObjectSpec) -> list[Check]:
    rules: ValidationRules = spec.shaping[SHAPING]
    checks = rules.checks(actor, spec)
    if not any(check.excepted for check in checks):
        return list(checks)
    roles = role_ids(actor)
    return [check for check in checks if check.excepted.isdisjoint(roles)]


def role_ids(actor: Actor) -> set[str]:
    """Return the ids of the roles that somebody acts with, as texts."""
    return {str(role.role_id) for standing in actor.standings for role in standing.roles}


def is_confirmed(context: WriteContext, code: str) -> bool:
    """Say whether a warning speaks against nothing: it was confirmed, or nobody is there to be asked."""
    if context.channel in NOBODY_TO_ASK:
        return True
    return code in context.confirmed or context.actor.has_confirmed(code)


def message_of(rule: ValidationRule, actor: Actor, spec: ObjectSpec, values: Values) -> str:
    """Return what a rule says about a record that breaks it."""
    return filled(rule.messages, actor, spec, values) or _("This breaks the rule “%(name)s”.") % {"name": rule.name}


def problem_of(rule: ValidationRule, spec: ObjectSpec, actor: Actor) -> str:
    """Return why a rule cannot be read any more; an empty text when it can."""
    try:
        check_of(rule, spec, actor)
    except Invalid as invalid:
        return " ".join(str(error.message) for error in invalid.errors)
    except DomainError as problem:
        return str(problem.message)
    return ""
