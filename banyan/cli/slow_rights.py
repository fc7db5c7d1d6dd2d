"""The doctor's look at rights on conditions: those that ask for a field without index among very many records are slow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.models import SharingRule
from banyan.core.access.rights import read_grants
from banyan.core.database.checks import CheckResult
from banyan.core.identity.models import Role
from banyan.core.objects.customising import indexable
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

NAME = "access.conditions"
#: Above this many records a condition on a field without index is felt on every list.
MANY = 100_000
#: So many are told one by one.
TOLD = 5

Json = Mapping[str, Any]


def check_conditions() -> CheckResult:
    """Ask whether sharing rules or roles ask for own fields without index of objects with very many records."""
    found = [text for organization in Organization.objects.order_by("name") for text in _slow_in(organization)]
    if not found:
        return CheckResult(NAME, "ok", _("Rights on conditions ask for nothing that is slow to find."))
    more = [_("and %(count)s more") % {"count": len(found) - TOLD}] if len(found) > TOLD else []
    return CheckResult(
        NAME,
        "warning",
        "\n".join([*found[:TOLD], *more]),
        _(
            "Switch on “Indexed” of these fields under Settings > Fields. A field that cannot be indexed is better "
            "replaced in the condition, for example by a list of choices or a date."
        ),
    )


def _slow_in(organization: Organization) -> list[str]:
    with organization_scope(organization.pk):
        specs = specs_for(organization)
        many: dict[str, bool] = {}
        told = []
        for where, object_name, condition in _conditions():
            for field, spec in _fields_without_index(specs, object_name, condition):
                if spec.name not in many:
                    rows = spec.model._default_manager.order_by().values("pk")  # noqa: SLF001 Django's own name for it
                    many[spec.name] = rows[: MANY + 1].count() > MANY
                if many[spec.name]:
                    told.append(_told(organization, where, field, spec))
        return list(dict.fromkeys(told))


def _told(organization: Organization, where: str, field: Field, spec: ObjectSpec) -> str:
    text = _(
        "%(organization)s: %(where)s asks for “%(field)s”, a field without index, of more than %(many)s %(objects)s."
    )
    told = text % {
        "organization": organization.name,
        "where": where,
        "field": field.label,
        "many": f"{MANY:,}",
        "objects": spec.noun_plural,
    }
    return told if indexable(field.kind.name) else f"{told} {_('This field cannot be indexed.')}"


def _conditions() -> Iterator[tuple[str, str, Json]]:
    """Yield every condition of a right: where it stands in words, for which object, and the filter."""
    for rule in SharingRule.objects.filter(is_active=True):
        yield _("the sharing rule “%(name)s”") % {"name": rule.name}, rule.object_name, rule.condition
    for role in Role.objects.all():
        where = _("the role “%(name)s”") % {"name": role.name}
        for object_name, actions in role.grants.items():
            for written in actions.values():
                for grant in read_grants(written):
                    if grant.condition:
                        yield where, object_name, grant.condition
        for path, written in role.field_grants.items():
            given = written.get("except") if isinstance(written, Mapping) else None
            for grant in read_grants(given) if given else ():
                if grant.condition:
                    yield where, path.partition(".")[0], grant.condition


def _fields_without_index(
    specs: Mapping[str, ObjectSpec], object_name: str, condition: Json
) -> Iterator[tuple[Field, ObjectSpec]]:
    """Yield the own fields without index that a filter asks for, those of linked records too."""
    spec = specs.get(object_name)
    for path in _paths(condition) if spec else ():
        name, dot, inner = path.partition(".")
        asked: ObjectSpec | None = spec
        if dot and spec is not None:
            link = spec.all_fields.get(name)
            asked, name = specs.get(getattr(link.kind, "target", "")) if link else None, inner
        field = asked.all_fields.get(name) if asked else None
        if asked is not None and field is not None and field.source == CUSTOM and not field.indexed:
            yield field, asked


def _paths(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("field"), str):
            yield node["field"]
        for part in node.values():
            yield from _paths(part)
    elif isinstance(node, list):
        for part in node:
            yield from _paths(part)
