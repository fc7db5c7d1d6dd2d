"""Filters without ids, as a file keeps them: people by e-mail address, departments by their path, records by name.

What a filter says of choices, dates and numbers is the same in every organization and stays as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.models import Territory
from banyan.core.identity.models import Department, TreeNode, User
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filter_tree import Group, Node, parse_tree, tree_to_json
from banyan.core.objects.kinds import USER, Departments, People, TerritoryChoice
from banyan.core.objects.registry import objects, specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.tenancy.models import Organization

SEPARATOR = " / "
PERSON, DEPARTMENT, TERRITORY = USER, "department", "territory"
#: Kinds of operators whose values are no records.
_WITHOUT_RECORDS = frozenset({"isnull", "within"})
Rename = Callable[[str, str], str]


def portable_filter(organization: Organization, spec: ObjectSpec, tree: Any) -> dict[str, Any]:
    """Return a filter in which names stand for ids; an id that leads nowhere any more stays as it is."""
    names = Names(organization)
    return tree_to_json(_renamed(specs_for(organization), spec, parse_tree(tree), names.name_of))


def local_filter(organization: Organization, spec: ObjectSpec, tree: Any) -> dict[str, Any]:
    """Return a filter of a file with the ids of this organization.

    Raises ``Invalid`` when it is no filter, or names something that the organization does not have.
    """
    names = Names(organization)
    return tree_to_json(_renamed(specs_for(organization), spec, parse_tree(tree), names.id_of))


class Names:
    """Names that stand for ids in an organization, and back; each is looked up once."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self._trees: dict[str, dict[str, str]] = {}

    def name_of(self, target: str, value: str) -> str:
        """Return the name of an id; the id itself where nothing has it."""
        found = parse_id(value)
        if found is None:
            return value
        if target == PERSON:
            return User.objects.filter(pk=found).values_list("email", flat=True).first() or value
        if target in {DEPARTMENT, TERRITORY}:
            return self._tree(target).get(str(found), value)
        spec = specs_for(self.organization).get(target)
        row = _rows(spec).filter(pk=found).first() if spec else None
        return record_key(spec, row) if spec and row is not None else value

    def id_of(self, target: str, value: str) -> str:
        """Return the id of a name; words such as ``me`` mean the same everywhere. Raises ``Invalid``."""
        found = self._find(target, value)
        if found is None:
            message = _("“%(name)s” is not known in this organization.") % {"name": value[:120]}
            raise Invalid([FieldError(target, "unknown_record", message)])
        return found

    def _find(self, target: str, value: str) -> str | None:
        if target == PERSON:
            if "@" not in value:
                return value
            person = User.objects.filter(email__iexact=value).values_list("pk", flat=True).first()
            return str(person) if person else None
        if target in {DEPARTMENT, TERRITORY}:
            return {path: node for node, path in self._tree(target).items()}.get(value)
        spec = specs_for(self.organization).get(target)
        record = find_record(spec, value) if spec else None
        return str(record) if record else None

    def _tree(self, target: str) -> dict[str, str]:
        if target not in self._trees:
            model: type[TreeNode] = Department if target == DEPARTMENT else Territory
            self._trees[target] = {str(node_id): path for node_id, path in tree_paths(model).items()}
        return self._trees[target]


def tree_paths(model: type[TreeNode]) -> dict[uuid.UUID, str]:
    """Return what leads to each row of a tree: the names from the top down."""
    rows = {row.pk: row for row in model._default_manager.all()}  # noqa: SLF001
    return {pk: SEPARATOR.join(rows[step].name for step in row.path if step in rows) for pk, row in rows.items()}


def record_key(spec: ObjectSpec, record: Any) -> str:
    """Return the name by which a file knows a record: its code or title, behind that of the set-up it belongs to."""
    title = str(getattr(record, naming_field(spec).attribute, "") or "")
    outer = _outer(spec)
    above = getattr(record, outer.name, None) if outer else None
    return f"{above}{SEPARATOR}{title}" if above else title


def naming_field(spec: ObjectSpec) -> Field:
    """Return the field by which a file knows records: the code of a set-up object that has one, else the title."""
    code = spec.all_fields.get("code")
    return code if spec.is_setting and code is not None and code.unique else spec.all_fields[spec.title]


def find_record(spec: ObjectSpec, name: str) -> uuid.UUID | None:
    """Return the oldest record of a name, as ``record_key`` writes it; None when there is none."""
    outer = _outer(spec)
    attribute = naming_field(spec).attribute
    rows = _rows(spec)
    if outer is None:
        return rows.filter(**{attribute: name}).values_list("pk", flat=True).first()
    title = name.rpartition(SEPARATOR)[2]
    candidates = rows.filter(**{f"{attribute}": title}).select_related(outer.name)
    return next((row.pk for row in candidates if record_key(spec, row) == name), None)


def _outer(spec: ObjectSpec) -> Field | None:
    """Return the link of a set-up object to the one that it is a part of, such as that of a stage to its pipeline."""
    if not spec.is_setting:
        return None
    settings = {known.name for known in objects if known.is_setting}
    links = (entry for entry in spec.links.values() if entry.required)
    return next((entry for entry in links if getattr(entry.kind, "target", "") in settings), None)


def _rows(spec: ObjectSpec) -> Any:
    return spec.model._default_manager.filter(deleted_at__isnull=True).order_by("created_at", "id")  # noqa: SLF001


def _renamed(specs: Mapping[str, ObjectSpec], spec: ObjectSpec, node: Node, rename: Rename) -> Node:
    if isinstance(node, Group):
        return replace(node, parts=tuple(_renamed(specs, spec, part, rename) for part in node.parts))
    target = _target(specs, spec, node.field)
    if not target or node.operator in _WITHOUT_RECORDS:
        return node
    return replace(node, values=tuple(_each(node.values, lambda value: rename(target, value))))


def _each(values: Iterable[Any], rename: Callable[[str], str]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield [rename(entry) if isinstance(entry, str) else entry for entry in value]
        else:
            yield rename(value) if isinstance(value, str) else value


def _target(specs: Mapping[str, ObjectSpec], spec: ObjectSpec, path: str) -> str:
    """Return to what the values of a filter's field lead: an object, people, departments or territories."""
    found = spec
    *links, name = path.split(".")
    for step in links:
        link = found.all_fields.get(step)
        above = specs.get(getattr(link.kind, "target", "")) if link else None
        if above is None:
            return ""
        found = above
    entry = found.all_fields.get(name)
    if entry is None:
        return ""
    if isinstance(entry.kind, TerritoryChoice):
        return TERRITORY
    if isinstance(entry.kind, Departments):
        return DEPARTMENT
    return PERSON if isinstance(entry.kind, People) else str(getattr(entry.kind, "target", ""))
