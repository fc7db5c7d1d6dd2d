"""Rules in the configuration file: with names and codes instead of ids, so that they mean the same elsewhere.

An id within a definition is written ``@kind:name``: ``@user:ada@example.com``, ``@role:manager``, ``@department:Sales``,
``@stage:Won``. Secret addresses and secrets are not written; they are made anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation import services
from banyan.automation.choices import ActsAs, RuleState
from banyan.automation.models import USUAL_MOST_PER_HOUR, AutomationRule
from banyan.automation.setting import Setting
from banyan.automation.triggers.base import triggers
from banyan.core.access.actor import Actor
from banyan.core.access.models import Level, Post
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.document_shapes import Flag, Number, Property, Shape, Text
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart, register_part
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

Json = Mapping[str, Any]
#: Things that are no records, with the column by which a file names them.
NAMED: dict[str, tuple[Any, str]] = {
    "user": (User, "email"),
    "role": (Role, "key"),
    "department": (Department, "name"),
    "post": (Post, "name"),
    "level": (Level, "name"),
}
#: How recipients write the kinds of things above.
GRANTEE_KINDS = {"person": "user"}
MARK = "@"


def read_rules(organization: Organization) -> Sequence[Json]:
    """Return the rules that were ever put into effect, by their keys."""
    setting = Setting(organization)
    found = []
    for rule in AutomationRule.objects.filter(version__gt=0).select_related("owner").order_by("key"):
        definition = services.definition_in_force(rule)
        entry: dict[str, Any] = {
            KEY: rule.key, "name": rule.name, "description": rule.description, "object": rule.object_name,
            "is_on": rule.state == RuleState.ON, "acts_as": str(rule.acts_as), "most_per_hour": rule.most_per_hour,
            "owner": rule.owner.email if rule.owner else "", "recipe": rule.recipe,
            **_walked(definition, lambda text: _named(setting, text)),
        }  # fmt: skip
        found.append(entry)
    return found


def apply_rule(actor: Actor, change: Change) -> None:
    """Make, change or delete a rule; raise ``Invalid`` when something that it names is not there."""
    rule = AutomationRule.objects.filter(key=change.key).first()
    if change.entry is None:
        if rule is not None:
            services.delete_rule(actor, services.disable(actor, rule))
        return
    entry, setting = change.entry, Setting(actor.organization)
    spec = setting.specs.get(str(entry["object"]))
    if spec is None:
        raise Invalid(
            [FieldError("object", "unknown_object", _("There is no object “%(name)s”.") % {"name": entry["object"]})]
        )
    definition = {
        name: _walked(entry.get(name) or empty, lambda text: _found(setting, text)) for name, empty in PARTS.items()
    }
    if triggers.get(str(definition["trigger"].get("kind"))) is None:
        raise Invalid([FieldError("trigger", "unknown_trigger", _("There is no such trigger."))])
    if rule is None:
        rule = services.create_rule(
            actor,
            name=str(entry["name"]),
            spec=spec,
            definition=definition,
            key=change.key,
            recipe=str(entry.get("recipe") or ""),
        )
    owner = User.objects.filter(email=str(entry.get("owner") or "").lower(), is_active=True).first() or actor.user
    rule = services.change_rule(
        actor, rule, name=str(entry["name"]), description=str(entry.get("description") or ""), owner=owner,
        acts_as=str(entry.get("acts_as") or ActsAs.SYSTEM), most_per_hour=int(entry.get("most_per_hour") or USUAL_MOST_PER_HOUR),
    )  # fmt: skip
    rule.draft = definition
    rule.save(update_fields=["draft"])
    rule = services.save_version(actor, rule)
    (services.enable if entry.get("is_on") else services.disable)(actor, rule)


def _walked(value: Any, change: Callable[[str], str]) -> Any:
    """Return JSON in which every text has been changed."""
    if isinstance(value, dict):
        return {key: _walked(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_walked(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _named(setting: Setting, text: str) -> str:
    """Return an id as a name, with what it is the name of; any other text as it is."""
    kind, colon, rest = text.rpartition(":")
    pk = parse_id(rest if colon else text)
    if pk is None or len(text) < 32:
        return text
    for name, (model, column) in NAMED.items():
        if colon and GRANTEE_KINDS.get(kind, kind) != name:
            continue
        found = model._default_manager.filter(pk=pk).values_list(column, flat=True).first()  # noqa: SLF001
        if found is not None:
            return f"{kind}:{MARK}{name}:{found}" if colon else f"{MARK}{name}:{found}"
    return _record_named(setting, pk) or text


def _record_named(setting: Setting, pk: uuid.UUID) -> str:
    for spec in sorted(setting.specs.values(), key=lambda entry: not entry.is_setting):
        title = _title(spec)
        found = spec.model._default_manager.filter(pk=pk).values_list(title, flat=True).first() if title else None  # noqa: SLF001
        if found:
            return f"{MARK}{spec.name}:{found}"
    return ""


def _found(setting: Setting, text: str) -> str:
    """Return a name as the id that it has here; raise ``Invalid`` when there is nothing of this name."""
    start = text.find(MARK)
    grantee, rest = text[:start], text[start + 1 :]
    kind, colon, name = rest.partition(":")
    if start < 0 or not colon or (grantee and not grantee.endswith(":")):
        return text
    if kind in NAMED:
        model, column = NAMED[kind]
        found = model._default_manager.filter(**{column: name}).values_list("pk", flat=True).first()  # noqa: SLF001
    elif kind in setting.specs and _title(setting.specs[kind]):
        manager = setting.specs[kind].model._default_manager  # noqa: SLF001 Django's own name for it
        rows = manager.filter(deleted_at__isnull=True, **{_title(setting.specs[kind]): name})
        found = rows.order_by("created_at").values_list("pk", flat=True).first()
    else:
        return text
    if found is None:
        message = _("“%(name)s” is named here, but there is nothing of this name.") % {"name": f"{MARK}{rest}"}
        raise Invalid([FieldError("steps", "unknown_record", message)])
    return f"{grantee}{found}"


def _title(spec: ObjectSpec) -> str:
    """Return the column that names records of an object; empty for titles that lie elsewhere."""
    entry = spec.all_fields[spec.title]
    return entry.attribute if entry.source == "column" and not entry.is_sealed else ""


PARTS: dict[str, Any] = {"trigger": {}, "condition": {}, "steps": []}


def register() -> None:
    """Make rules known to the configuration file."""
    register_part(
        ConfigurationPart(
            name="automation_rules",
            label=gettext_lazy("Automation rules"),
            key_help=gettext_lazy("a short name"),
            help=gettext_lazy("Ids within are written as @user:e-mail, @role:key, @department:name or @object:name."),
            properties={
                "name": Property(Text(longest=120, may_be_empty=False), gettext_lazy("Name"), needed=True),
                "description": Property(Text(longest=300), gettext_lazy("Description"), default=""),
                "object": Property(Text(), gettext_lazy("Object"), needed=True, fixed=True),
                "is_on": Property(Flag(), gettext_lazy("On"), default=False),
                "acts_as": Property(Text(tuple(ActsAs.values)), gettext_lazy("Acts as"), default=ActsAs.SYSTEM.value),
                "owner": Property(Text(), gettext_lazy("Owner"), default=""),
                "most_per_hour": Property(
                    Number(least=1), gettext_lazy("At most in an hour"), default=USUAL_MOST_PER_HOUR
                ),
                "recipe": Property(Text(), gettext_lazy("Ready-made rule"), default=""),
                "trigger": Property(Shape(), gettext_lazy("When this happens"), needed=True),
                "condition": Property(Shape(), gettext_lazy("If"), default={}),
                "steps": Property(Shape(), gettext_lazy("Then"), needed=True),
            },
            read=read_rules,
            apply=apply_rule,
            # Demo records that come in the same file are no occasion for a rule.
            after=(
                "objects",
                "fields",
                "roles",
                "departments",
                "posts",
                "approval_flows",
                "assignment_rules",
                "demo_records",
            ),
            title=lambda entry: entry.get("name", ""),
        )
    )
