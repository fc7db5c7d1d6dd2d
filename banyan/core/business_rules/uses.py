"""Where rules use fields and values of choices: asked before one of them goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.business_rules.messages import placeholders
from banyan.core.business_rules.models import AssignmentRule, Definition, DuplicateRule, ValidationRule
from banyan.core.kernel.errors import Refused
from banyan.core.objects.field_uses import FieldUse, Specs, Wanted, tree_uses
from banyan.core.objects.formulas import Scope, compile_among
from banyan.core.objects.modules import Stopping
from banyan.core.objects.spec import ObjectSpec


def stopping_rules(_actor: Actor, objects: frozenset[str], _gone: frozenset[str]) -> Iterator[Stopping]:
    """Yield the rules in force of objects that go: nothing is written any more that they could judge."""
    kinds: tuple[tuple[type[Definition], Any, str], ...] = (
        (ValidationRule, _("Validation rules"), "/settings/validation-rules"),
        (DuplicateRule, _("Duplicate rules"), "/settings/duplicate-rules"),
        (AssignmentRule, _("Assignment rules"), "/settings/assignment-rules"),
    )
    for model, kind, url in kinds:
        rows = model._default_manager.filter(object_name__in=objects, is_active=True)  # noqa: SLF001 Django's name for it
        for name in rows.values_list("name", flat=True):
            yield Stopping(kind, name, url)


def uses_in_rules(specs: Specs, wanted: Wanted) -> Iterator[FieldUse]:
    """Yield the rules that would break without a field, or a value of it."""
    for rule in ValidationRule.objects.all():
        if _validation_uses(specs, rule, wanted):
            yield _use(_("the validation rule “%(name)s”"), rule, "validation-rules")
    for duplicate in DuplicateRule.objects.all():
        names = {match["field"] for match in duplicate.matches} if _is_own(duplicate, wanted) else set()
        if wanted.name in names or _tree_uses(specs, duplicate, duplicate.condition, wanted):
            yield _use(_("the duplicate rule “%(name)s”"), duplicate, "duplicate-rules")
    for assignment in AssignmentRule.objects.prefetch_related("entries"):
        entries = list(assignment.entries.all())
        names = {name for entry in entries for name in (entry.link, entry.skill_field)}
        trees = [assignment.condition, *(entry.condition for entry in entries)]
        is_named = _is_own(assignment, wanted) and wanted.name in names
        if is_named or any(_tree_uses(specs, assignment, tree, wanted) for tree in trees):
            yield _use(_("the assignment rule “%(name)s”"), assignment, "assignment-rules")


def _use(place: str, rule: Definition, address: str) -> FieldUse:
    return FieldUse(place % {"name": rule.name}, f"/settings/{address}/{rule.pk}")


def _is_own(rule: Definition, wanted: Wanted) -> bool:
    """Say whether a rule is about the object of a field, and the whole field is asked about."""
    return rule.object_name == wanted.object_name and wanted.code is None


def _tree_uses(specs: Specs, rule: Definition, tree: Any, wanted: Wanted) -> bool:
    """Say whether a condition uses a field of its own object, or one of a record that it links to."""
    if rule.object_name == wanted.object_name and tree_uses(tree, wanted):
        return True
    spec = specs.get(rule.object_name)
    links = [name for name in spec.links if _leads_to(spec, name, wanted)] if spec is not None else []
    return any(tree_uses(tree, Wanted(rule.object_name, f"{name}.{wanted.name}", wanted.code)) for name in links)


def _leads_to(spec: ObjectSpec, name: str, wanted: Wanted) -> bool:
    return getattr(spec.all_fields[name].kind, "target", "") == wanted.object_name


def _validation_uses(specs: Specs, rule: ValidationRule, wanted: Wanted) -> bool:
    if _is_own(rule, wanted) and wanted.name in {*rule.fields, rule.field, *placeholders(rule.messages)}:
        return True
    trees = (rule.condition, rule.requirement)
    return any(_tree_uses(specs, rule, tree, wanted) for tree in trees) or _formula_uses(specs, rule, wanted)


def _formula_uses(specs: Specs, rule: ValidationRule, wanted: Wanted) -> bool:
    spec = specs.get(rule.object_name)
    if not rule.expression or spec is None:
        return False
    try:
        compiled = compile_among(specs, spec, rule.expression)
    except Refused:
        return False
    scope, place = Scope(specs, spec), (wanted.object_name, wanted.name)
    if wanted.code is not None:
        return any(scope.place(path) == place and code == wanted.code for path, code in compiled.codes)
    links = {(spec.name, path.partition(".")[0]) for path in compiled.paths}
    return place in {*links, *map(scope.place, compiled.paths)}
