"""Rules as parts of the configuration file: by keys, names and codes, never by ids."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.business_rules import assignment_rules, duplicate_rules, validation_rules
from banyan.core.business_rules.choices import (
    DuplicateAction,
    MatchKind,
    Moment,
    Reach,
    Severity,
    Source,
    TakerKind,
    Way,
)
from banyan.core.business_rules.definitions import delete_rule
from banyan.core.business_rules.jobs import make_keys_in_background
from banyan.core.business_rules.models import (
    AssignmentEntry,
    AssignmentRule,
    Definition,
    DuplicateRule,
    ValidationRule,
)
from banyan.core.identity.models import Role, User
from banyan.core.kernel.document_shapes import Filter, Flag, Items, Number, Properties, Property, Text, Words
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.portable import DEPARTMENT, PERSON, Names, local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, register_part
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

RuleType = TypeVar("RuleType", bound=Definition)
KEY_HELP = gettext_lazy("the object, a dot and a short name")
AFTER = ("objects", "fields", "roles", "departments", "territories", "posts", "pipelines", "stages")


def read_validation_rules(organization: Organization) -> list[dict[str, Any]]:
    """Return the validation rules of an organization as a file has them."""
    roles = {str(pk): key for pk, key in Role.objects.values_list("pk", "key")}
    return [
        {
            **_common(organization, rule, spec),
            "when": rule.moment,
            "fields": list(rule.fields),
            "requirement": portable_filter(organization, spec, rule.requirement),
            "formula": rule.expression,
            "messages": dict(rule.messages),
            "field": rule.field,
            "severity": rule.severity,
            "not_for_roles": sorted(roles[pk] for pk in rule.excepted_roles if pk in roles),
        }
        for rule, spec in _rules(organization, ValidationRule)
    ]


def apply_validation_rule(actor: Actor, change: Change) -> None:
    """Create, change or delete a validation rule as a file says."""
    row = _row(ValidationRule, change)
    if change.is_removal:
        _remove(actor, row)
        return
    entry, spec = change.values(), _spec(actor.organization, change)
    values = validation_rules.RuleValues(
        name=entry["name"],
        is_active=entry["active"],
        moment=entry["when"],
        fields=tuple(entry["fields"]),
        condition=local_filter(actor.organization, spec, entry["condition"]),
        requirement=local_filter(actor.organization, spec, entry["requirement"]),
        expression=entry["formula"],
        messages=_messages(entry["messages"]),
        field=entry["field"],
        severity=entry["severity"],
        excepted_roles=tuple(_role(key) for key in entry["not_for_roles"]),
    )
    validation_rules.save_rule(actor, row, spec, values, key=_key(change))


def read_duplicate_rules(organization: Organization) -> list[dict[str, Any]]:
    """Return the duplicate rules of an organization as a file has them."""
    return [
        {
            **_common(organization, rule, spec),
            "matches": [{"field": match["field"], "kind": match["kind"]} for match in rule.matches],
            "action": rule.action,
            "reach": rule.reach,
        }
        for rule, spec in _rules(organization, DuplicateRule)
    ]


def apply_duplicate_rule(actor: Actor, change: Change) -> None:
    """Create, change or delete a duplicate rule as a file says."""
    row = _row(DuplicateRule, change)
    if change.is_removal:
        _remove(actor, row)
        return
    entry, spec = change.values(), _spec(actor.organization, change)
    values = duplicate_rules.RuleValues(
        name=entry["name"],
        is_active=entry["active"],
        matches=tuple((match["field"], match["kind"]) for match in entry["matches"]),
        condition=local_filter(actor.organization, spec, entry["condition"]),
        action=entry["action"],
        reach=entry["reach"],
    )
    kept, is_large = duplicate_rules.save_rule(actor, row, spec, values, key=_key(change))
    if is_large:
        make_keys_in_background(actor, kept)


def read_assignment_rules(organization: Organization) -> list[dict[str, Any]]:
    """Return the assignment rules of an organization as a file has them."""
    names = Names(organization)
    return [
        {
            **_common(organization, rule, spec),
            "sources": list(rule.sources),
            "else": names.name_of(PERSON, str(rule.fallback_id)) if rule.fallback_id else "",
            "entries": [_written_entry(organization, names, spec, entry) for entry in rule.entries.all()],
        }
        for rule, spec in _rules(organization, AssignmentRule)
    ]


def apply_assignment_rule(actor: Actor, change: Change) -> None:
    """Create, change or delete an assignment rule with its entries as a file says."""
    row = _row(AssignmentRule, change)
    if change.is_removal:
        _remove(actor, row)
        return
    entry, spec, organization = change.values(), _spec(actor.organization, change), actor.organization
    names = Names(organization)
    values = assignment_rules.RuleValues(
        name=entry["name"],
        is_active=entry["active"],
        condition=local_filter(organization, spec, entry["condition"]),
        sources=tuple(entry["sources"]),
        fallback=User.objects.filter(pk=names.id_of(PERSON, entry["else"])).first() if entry["else"] else None,
    )
    kept = assignment_rules.save_rule(actor, row, spec, values, key=_key(change))
    if row is not None and "entries" not in change.changed():
        return
    for old in kept.entries.all():
        assignment_rules.delete_entry(actor, kept, old)
    for written in entry["entries"]:
        assignment_rules.save_entry(actor, kept, None, spec, _read_entry(organization, names, spec, written))


def _written_entry(
    organization: Organization, names: Names, spec: ObjectSpec, entry: AssignmentEntry
) -> dict[str, Any]:
    takers = [
        {
            "kind": taker["kind"],
            "name": _taker_name(names, taker["kind"], taker["id"]),
            **({"weight": taker["weight"]} if taker.get("weight", 1) != 1 else {}),
        }
        for taker in entry.takers
    ]
    full = {
        "way": entry.way,
        "condition": portable_filter(organization, spec, entry.condition),
        "takers": takers,
        "most_open": entry.most_open,
        "link": entry.link,
        "skill_field": entry.skill_field,
    }
    return {name: value for name, value in full.items() if value not in (None, "", [], {})}


def _read_entry(
    organization: Organization, names: Names, spec: ObjectSpec, written: Mapping[str, Any]
) -> assignment_rules.EntryValues:
    takers = tuple(
        assignment_rules.Taker(
            taker["kind"], _taker_id(names, taker["kind"], taker["name"]), int(taker.get("weight") or 1)
        )
        for taker in written.get("takers") or ()
    )
    return assignment_rules.EntryValues(
        way=written["way"],
        condition=local_filter(organization, spec, written.get("condition") or {}),
        takers=takers,
        most_open=written.get("most_open"),
        link=written.get("link") or "",
        skill_field=written.get("skill_field") or "",
    )


_BY_COLUMN = {TakerKind.ROLE: "key", TakerKind.POST: "name"}
_BY_NAMES = {TakerKind.PERSON: PERSON, TakerKind.DEPARTMENT: DEPARTMENT}


def _taker_name(names: Names, kind: str, pk: str) -> str:
    if kind in _BY_NAMES:
        return names.name_of(_BY_NAMES[TakerKind(kind)], pk)
    rows = assignment_rules.TAKERS[kind]._default_manager.filter(pk=pk)  # noqa: SLF001 Django's own name for it
    return str(rows.values_list(_BY_COLUMN[TakerKind(kind)], flat=True).first() or pk)


def _taker_id(names: Names, kind: str, name: str) -> uuid.UUID:
    if kind in _BY_NAMES:
        return uuid.UUID(names.id_of(_BY_NAMES[TakerKind(kind)], name))
    rows = assignment_rules.TAKERS[kind]._default_manager.filter(**{_BY_COLUMN[TakerKind(kind)]: name})  # noqa: SLF001
    found: uuid.UUID | None = rows.values_list("pk", flat=True).first()
    if found is None:
        raise _unknown("takers", name)
    return found


def _rules(organization: Organization, model: type[RuleType]) -> list[tuple[RuleType, ObjectSpec]]:
    specs = specs_for(organization)
    rows = model._default_manager.order_by("object_name", "position", "key")  # noqa: SLF001 Django's own name for it
    return [(rule, specs[rule.object_name]) for rule in rows if rule.object_name in specs]


def _common(organization: Organization, rule: Definition, spec: ObjectSpec) -> dict[str, Any]:
    return {
        KEY: f"{rule.object_name}.{rule.key}",
        "object": rule.object_name,
        "name": rule.name,
        "active": rule.is_active,
        "condition": portable_filter(organization, spec, rule.condition),
    }


def _row(model: type[RuleType], change: Change) -> RuleType | None:
    object_name, _dot, key = change.key.partition(".")
    return model._default_manager.filter(object_name=object_name, key=key).first()  # noqa: SLF001 as above


def _remove(actor: Actor, row: Definition | None) -> None:
    if row is not None:
        delete_rule(actor, row)


def _key(change: Change) -> str:
    """Return the key of a rule within its object: what stands behind the object's name."""
    object_name, _dot, key = change.key.partition(".")
    if object_name != change.values()["object"] or not key.isidentifier():
        message = _("Write the key as the object, a dot and a short name, such as customer.phone_needed.")
        raise Invalid([FieldError(KEY, "bad_key", message)])
    return key


def _spec(organization: Organization, change: Change) -> ObjectSpec:
    name = change.values()["object"]
    spec = specs_for(organization).get(name)
    if spec is None:
        message = _("There is no object “%(name)s”.") % {"name": name}
        raise Invalid([FieldError("object", "unknown_object", message)])
    return spec


def _role(key: str) -> str:
    found = Role.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise _unknown("not_for_roles", key)
    return str(found)


def _messages(written: Any) -> dict[str, str]:
    return {"zh": written, "en": written} if isinstance(written, str) else dict(written)


def _unknown(field: str, name: str) -> Invalid:
    message = _("“%(name)s” is not known in this organization.") % {"name": name[:120]}
    return Invalid([FieldError(field, "unknown_record", message)])


def _shared() -> dict[str, Property]:
    return {
        "object": Property(Text(), gettext_lazy("Object"), needed=True, fixed=True),
        "name": Property(Text(longest=120), gettext_lazy("Name"), needed=True),
        "active": Property(Flag(), gettext_lazy("In force"), default=True),
        "condition": Property(Filter(), gettext_lazy("Which records it is about"), default={}),
    }


def _choice(choices: Sequence[str], label: Any, default: str) -> Property:
    return Property(Text(tuple(choices)), label, default=str(default))


MATCH = Properties(
    {
        "field": Property(Text(), gettext_lazy("Field"), needed=True),
        "kind": Property(Text(tuple(MatchKind.values)), gettext_lazy("How it agrees"), needed=True),
    }
)
TAKER = Properties(
    {
        "kind": Property(Text(tuple(TakerKind.values)), gettext_lazy("Kind"), needed=True),
        "name": Property(
            Text(), gettext_lazy("Name"),
            gettext_lazy("An e-mail address, the path of a department, the key of a role or the name of a post."),
            needed=True,
        ),
        "weight": Property(Number(least=1, most=100), gettext_lazy("Weight"), default=1),
    }
)  # fmt: skip
ENTRY = Properties(
    {
        "way": Property(Text(tuple(Way.values)), gettext_lazy("In which way"), needed=True),
        "condition": Property(Filter(), gettext_lazy("For which records"), default={}),
        "takers": Property(Items(TAKER), gettext_lazy("To whom"), default=[]),
        "most_open": Property(Number(least=1), gettext_lazy("At most open")),
        "link": Property(Text(), gettext_lazy("The owner of"), default=""),
        "skill_field": Property(Text(), gettext_lazy("The skill is in the field"), default=""),
    }
)


def register() -> None:
    """Make rules known to the configuration file."""
    for part in (_validation_part(), _duplicate_part(), _assignment_part()):
        register_part(part)


def _validation_part() -> ConfigurationPart:
    return ConfigurationPart(
        name="validation_rules",
        label=gettext_lazy("Validation rules"),
        key_help=KEY_HELP,
        properties={
            **_shared(),
            "when": _choice(Moment.values, gettext_lazy("When it looks"), Moment.BOTH),
            "fields": Property(Items(Text()), gettext_lazy("Only when one of these fields changes"), default=[]),
            "requirement": Property(Filter(), gettext_lazy("What must hold"), default={}),
            "formula": Property(Text(), gettext_lazy("Or as a formula"), default=""),
            "messages": Property(Words(), gettext_lazy("What people read"), needed=True),
            "field": Property(Text(), gettext_lazy("Show it at the field"), default=""),
            "severity": _choice(Severity.values, gettext_lazy("When it is broken"), Severity.REFUSE),
            "not_for_roles": Property(Items(Text()), gettext_lazy("Not for these roles"), default=[]),
        },
        read=read_validation_rules,
        apply=apply_validation_rule,
        after=AFTER,
        title=_title,
    )


def _duplicate_part() -> ConfigurationPart:
    return ConfigurationPart(
        name="duplicate_rules",
        label=gettext_lazy("Duplicate rules"),
        key_help=KEY_HELP,
        properties={
            **_shared(),
            "matches": Property(Items(MATCH), gettext_lazy("Fields that must agree"), needed=True),
            "action": _choice(DuplicateAction.values, gettext_lazy("When there is one like it"), DuplicateAction.WARN),
            "reach": _choice(Reach.values, gettext_lazy("Where it looks"), Reach.ORGANIZATION),
        },
        read=read_duplicate_rules,
        apply=apply_duplicate_rule,
        after=AFTER,
        title=_title,
    )


def _assignment_part() -> ConfigurationPart:
    return ConfigurationPart(
        name="assignment_rules",
        label=gettext_lazy("Assignment rules"),
        key_help=KEY_HELP,
        properties={
            **_shared(),
            "sources": Property(
                Items(Text(tuple(Source.values))), gettext_lazy("For records that come by"), default=[]
            ),
            "else": Property(Text(), gettext_lazy("Else, when nobody can be found"), default=""),
            "entries": Property(Items(ENTRY), gettext_lazy("Entries"), default=[]),
        },
        read=read_assignment_rules,
        apply=apply_assignment_rule,
        after=AFTER,
        title=_title,
    )


def _title(entry: Mapping[str, Any]) -> Any:
    return entry.get("name", "")
