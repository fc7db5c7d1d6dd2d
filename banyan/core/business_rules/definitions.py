"""What all rules share: finding, saving and deleting them, with the log and with what processes remember."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.business_rules.models import AssignmentRule, Definition, DuplicateRule, ValidationRule
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.listing.filters import parse_tree, to_q, tree_to_json
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import field_name_from_label, forget
from banyan.core.objects.spec import ObjectSpec

SUBJECTS: dict[type[Definition], str] = {
    ValidationRule: "validation_rule",
    DuplicateRule: "duplicate_rule",
    AssignmentRule: "assignment_rule",
}
RuleType = TypeVar("RuleType", bound=Definition)
LONGEST_NAME, LONGEST_KEY = 120, 60
#: What is no business of the log.
NOT_TOLD = {"id", "organization", "created_at", "position", "key", "keys_made_at"}


def ruled_objects(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects that rules can be made for: those with pages of their own, no set-up."""
    return {name: spec for name, spec in specs_on(actor.organization).items() if has_rules(spec)}


def has_rules(spec: ObjectSpec) -> bool:
    """Say whether rules can be made for an object."""
    return spec.has_page and not spec.is_setting


def ruled_object(actor: Actor, name: str) -> ObjectSpec:
    """Return an object that rules can be made for; raise ``Missing``."""
    spec = ruled_objects(actor).get(name)
    if spec is None:
        raise Missing("not_found", _("There is no such object."))
    return spec


def find_rule(model: type[RuleType], rule_id: uuid.UUID) -> RuleType:
    """Return a rule; raise ``Missing``."""
    found = model._default_manager.filter(pk=rule_id).first()  # noqa: SLF001 Django's own name for it
    if found is None:
        raise Missing("not_found", _("There is no such rule; it may have been deleted."))
    return found


@transaction.atomic
def store_rule(actor: Actor, rule: RuleType, *, is_new: bool, before: dict[str, Any]) -> RuleType:
    """Write a rule that was judged already, log it, and let every process read it anew.

    Raises ``NotAllowed``, ``Invalid`` when its name is empty or taken.
    """
    require_ability(actor, Ability.CUSTOMISE)
    model = type(rule)
    rule.name = " ".join(rule.name.split())[:LONGEST_NAME]
    if not rule.name:
        raise Invalid([FieldError("name", "required", _("Write a name."))])
    same = model._default_manager.filter(object_name=rule.object_name)  # noqa: SLF001 Django's own name for it
    if same.filter(name__iexact=rule.name).exclude(pk=rule.pk).exists():
        raise Invalid([FieldError("name", "taken", _("There is a rule of this name already."))])
    if is_new:
        rule.key = rule.key or _free_key(set(same.values_list("key", flat=True)), rule.name)
        rule.position = (same.aggregate(last=Max("position"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise Invalid([FieldError("name", "taken", _("There is a rule of this name already."))]) from None
    values = difference(before, described(rule))
    tell_setup_changed(actor, SUBJECTS[model], rule.pk, "create" if is_new else "update", values=values)
    forget(actor.organization)
    return rule


@transaction.atomic
def delete_rule(actor: Actor, rule: Definition) -> None:
    """Delete a rule. Raises ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    values = {"name": (rule.name, None), "object": (rule.object_name, None)}
    tell_setup_changed(actor, SUBJECTS[type(rule)], rule.pk, "delete", values=values)
    rule.delete()
    forget(actor.organization)


@transaction.atomic
def switch_rule(actor: Actor, rule: RuleType, *, is_active: bool) -> RuleType:
    """Put a rule into force, or out of it."""
    before = described(rule)
    rule.is_active = is_active
    return store_rule(actor, rule, is_new=False, before=before)


def described(rule: Definition) -> dict[str, Any]:
    """Return a rule as the log tells it."""
    found: dict[str, Any] = {}
    for column in rule._meta.concrete_fields:  # noqa: SLF001 Django's own name for it
        if column.name in NOT_TOLD:
            continue
        value = getattr(rule, column.attname)
        name = "object" if column.name == "object_name" else column.name
        found[name] = str(value) if isinstance(value, uuid.UUID) else value
    return found


def checked_condition(actor: Actor, spec: ObjectSpec, tree: Any, field: str = "filter") -> dict[str, Any]:
    """Return a condition as it is kept; raise ``Invalid`` at ``field`` when something in it is impossible."""
    try:
        node = parse_tree(tree)
        to_q(node, spec, system_actor(actor.organization))
    except Invalid as invalid:
        raise Invalid([FieldError(field, error.code, error.message) for error in invalid.errors]) from None
    return tree_to_json(node)


def _free_key(taken: set[str], name: str) -> str:
    base = field_name_from_label(name)[: LONGEST_KEY - 5]
    key, number = base, 2
    while key in taken:
        key = f"{base}_{number}"
        number += 1
    return key
