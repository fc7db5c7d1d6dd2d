"""What administrators do with validation rules: save them, try them, look which records break them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.business_rules.choices import Moment, Severity
from banyan.core.business_rules.conditions import DraftValues, field_at
from banyan.core.business_rules.definitions import checked_condition, described, store_rule
from banyan.core.business_rules.messages import LANGUAGES, placeholders
from banyan.core.business_rules.models import RuleCheck, ValidationRule
from banyan.core.business_rules.validation import check_of, message_of
from banyan.core.expressions import BadExpression
from banyan.core.identity.models import Role
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows, parse_tree, to_q
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft

LONGEST_MESSAGE = 500
PIECE_RECORDS = 500
#: So many records are looked through while somebody waits; more in the background.
MOST_AT_ONCE = 2_000
MOST_EXAMPLES = 100


@dataclass(frozen=True)
class RuleValues:
    """What an administrator says of a validation rule."""

    name: str
    is_active: bool = True
    moment: str = Moment.BOTH
    fields: tuple[str, ...] = ()
    condition: Mapping[str, Any] = with_default(default_factory=dict)
    requirement: Mapping[str, Any] = with_default(default_factory=dict)
    expression: str = ""
    messages: Mapping[str, str] = with_default(default_factory=dict)
    field: str = ""
    severity: str = Severity.REFUSE
    excepted_roles: tuple[str, ...] = ()


def save_rule(
    actor: Actor, rule: ValidationRule | None, spec: ObjectSpec, values: RuleValues, *, key: str = ""
) -> ValidationRule:
    """Create a rule for an object, or change one.

    Raises ``NotAllowed``, ``Invalid`` with what is wrong: nothing demanded, a field that is not there, no message.
    """
    require_ability(actor, Ability.CUSTOMISE)
    row = rule or ValidationRule(organization=actor.organization, object_name=spec.name, key=key)
    before = described(row) if rule else {}
    apply_values(actor, row, spec, values)
    return store_rule(actor, row, is_new=rule is None, before=before)


def apply_values(actor: Actor, row: ValidationRule, spec: ObjectSpec, values: RuleValues) -> None:
    """Set what was said of a rule, without saving it; raise ``Invalid`` as ``save_rule`` does."""
    errors: list[FieldError] = []
    for name, tree in (("condition", values.condition), ("requirement", values.requirement)):
        try:
            setattr(row, name, checked_condition(actor, spec, tree, name))
        except Invalid as invalid:
            errors += invalid.errors
    messages = {language: str(values.messages.get(language, "")).strip() for language in LANGUAGES}
    row.messages = {language: text for language, text in messages.items() if text}
    row.name, row.is_active, row.moment, row.severity = values.name, values.is_active, values.moment, values.severity
    row.fields, row.field = list(dict.fromkeys(values.fields)), values.field
    row.expression = values.expression.strip()
    row.excepted_roles = list(dict.fromkeys(values.excepted_roles))
    errors += _problems(actor, row, spec)
    if errors:
        raise Invalid(errors)
    try:
        check_of(row, spec, actor)
    except BadExpression as problem:
        message = _("%(problem)s (at character %(place)d)") % {
            "problem": problem.message, "place": problem.position + 1,
        }  # fmt: skip
        raise Invalid([FieldError("expression", problem.code, message)]) from None


def _problems(actor: Actor, row: ValidationRule, spec: ObjectSpec) -> Iterator[FieldError]:
    if not row.requirement and not row.expression:
        yield FieldError("requirement", "required", _("Say what must hold: a rule without it would refuse nothing."))
    if row.requirement and row.expression:
        message = _("Say what must hold either by conditions or by a formula, not by both.")
        yield FieldError("expression", "one_of_two", message)
    if row.moment not in Moment.values:
        yield FieldError("moment", "unknown_choice", _("Choose one of the values in the list."))
    if row.severity not in Severity.values:
        yield FieldError("severity", "unknown_choice", _("Choose one of the values in the list."))
    for name in (*row.fields, *([row.field] if row.field else [])):
        if name not in spec.all_fields:
            place = "field" if name == row.field else "watched"
            yield FieldError(place, "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
    if not row.messages:
        yield FieldError("message_zh", "required", _("Write what people read when the rule is broken."))
    yield from _message_problems(actor, row, spec)
    roles = [pk for text in row.excepted_roles if (pk := parse_id(text)) is not None]
    if Role.objects.filter(pk__in=roles).count() < len(row.excepted_roles):
        yield FieldError("excepted_roles", "unknown_record", _("What was chosen here does not exist any more."))


def _message_problems(actor: Actor, row: ValidationRule, spec: ObjectSpec) -> Iterator[FieldError]:
    for language, text in row.messages.items():
        if len(text) > LONGEST_MESSAGE:
            message = _("At most %(maximum)d characters.") % {"maximum": LONGEST_MESSAGE}
            yield FieldError(f"message_{language}", "too_long", message)
        specs = specs_for(actor.organization)
        unknown = [path for path in sorted(placeholders({language: text})) if field_at(specs, spec, path) is None]
        if unknown:
            message = _("There is no field “%(name)s” to put into the message.") % {"name": unknown[0][:60]}
            yield FieldError(f"message_{language}", "unknown_field", message)


@dataclass(frozen=True)
class Trial:
    """What a rule says of one record: whether it is about it, and what speaks against it."""

    applies: bool
    message: str = ""


def try_rule(actor: Actor, rule: ValidationRule, spec: ObjectSpec, record_id: uuid.UUID) -> Trial | None:
    """Try a rule, saved or not, on a record as it is; None when there is no such record."""
    record = live_rows(actor, spec).filter(pk=record_id).first()
    if record is None:
        return None
    draft = Draft(spec, existing=record)  # type: ignore[arg-type]  # the rows of a specification are records
    values = DraftValues(actor, spec, [draft]).of(draft)
    check = check_of(rule, spec, actor)
    if not check.applies(values):
        return Trial(applies=False)
    return Trial(applies=True, message="" if check.holds(values) else message_of(rule, actor, spec, values))


@transaction.atomic
def begin_check(actor: Actor, rule: ValidationRule, spec: ObjectSpec) -> RuleCheck:
    """Look which existing records break a rule: at once when they are few, else the caller queues ``go_on``."""
    require_ability(actor, Ability.CUSTOMISE)
    RuleCheck.objects.filter(rule=rule).delete()
    total = _rows_to_check(actor, rule, spec).count()
    found = RuleCheck.objects.create(organization=actor.organization, rule=rule, total=total)
    if total <= MOST_AT_ONCE:
        go_on(actor, rule, spec)
        found.refresh_from_db()
    return found


def go_on(actor: Actor, rule: ValidationRule, spec: ObjectSpec) -> None:
    """Look through the records that a rule is about, and note how many break it and the first of them."""
    found = RuleCheck.objects.filter(rule=rule).first()
    if found is None:
        return
    try:
        check = check_of(rule, spec, actor)
    except DomainError as problem:
        found.problem, found.is_done, found.finished_at = str(problem.message), True, now()
        found.save()
        return
    system = system_actor(actor.organization)
    found.checked = found.broken = 0
    found.examples = []
    for records in _pieces(_rows_to_check(actor, rule, spec)):
        drafts = [Draft(spec, existing=record) for record in records]
        values_of = DraftValues(system, spec, drafts)
        broken = [draft.record_id for draft in drafts if check.is_broken_by(values_of.of(draft))]
        found.checked += len(drafts)
        found.broken += len(broken)
        found.examples = [*found.examples, *broken][:MOST_EXAMPLES]
    found.total, found.is_done, found.finished_at = found.checked, True, now()
    found.save()


def _rows_to_check(actor: Actor, rule: ValidationRule, spec: ObjectSpec) -> QuerySet[Any]:
    system = system_actor(actor.organization)
    condition, annotations = to_q(parse_tree(rule.condition), spec, system)
    return live_rows(system, spec).alias(**annotations).filter(condition)


def _pieces(rows: QuerySet[Any]) -> Iterator[Sequence[Any]]:
    """Yield records in the order of their ids, so many at a time."""
    ordered = rows.order_by("pk")
    part = list(ordered[:PIECE_RECORDS])
    while part:
        yield part
        part = list(ordered.filter(pk__gt=part[-1].pk)[:PIECE_RECORDS])
