"""What those who manage people do with the tree of departments."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Department, User
from banyan.core.identity.services import set_department_paths
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Refused

DEPARTMENT = "department"


def find_department(department_id: uuid.UUID) -> Department:
    """Return a department of the organization; raise ``Missing``."""
    department = Department.objects.filter(pk=department_id).first()
    if department is None:
        raise Missing("not_found", _("There is no such department."))
    return department


def departments_in_order() -> list[tuple[Department, int]]:
    """Return all departments with their depth, each below its parent, siblings by position and name."""
    children: dict[uuid.UUID | None, list[Department]] = {}
    for department in Department.objects.order_by("position", "name"):
        children.setdefault(department.parent_id, []).append(department)
    ordered: list[tuple[Department, int]] = []
    waiting = [(department, 0) for department in reversed(children.get(None, []))]
    while waiting:
        department, depth = waiting.pop()
        ordered.append((department, depth))
        waiting.extend((child, depth + 1) for child in reversed(children.get(department.pk, [])))
    return ordered


@transaction.atomic
def create_department(actor: Actor, *, name: str, parent_id: uuid.UUID | None = None) -> Department:
    """Create a department at the end of its siblings; raise ``Invalid`` when one of that name stands there."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    parent = find_department(parent_id) if parent_id else None
    department = Department(
        organization=actor.organization,
        name=_clean_name(name),
        parent=parent,
        position=Department.objects.filter(parent=parent).count(),
    )
    _save(department)
    set_department_paths(actor.organization)
    tell_setup_changed(actor, DEPARTMENT, department.pk, "create", values={"name": (None, department.name)})
    return find_department(department.pk)


@transaction.atomic
def change_department(actor: Actor, department_id: uuid.UUID, *, name: str, parent_id: uuid.UUID | None) -> Department:
    """Rename a department or put it below another one, with all that is below it.

    Raises ``Conflict`` when it would stand below itself, ``Invalid`` when the name is taken there.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    department = find_department(department_id)
    before = {"name": department.name, "parent": _parent_name(department)}
    department.name = _clean_name(name)
    department.parent = find_department(parent_id) if parent_id else None
    _save(department)
    set_department_paths(actor.organization)
    after = {"name": department.name, "parent": _parent_name(department)}
    tell_setup_changed(actor, DEPARTMENT, department.pk, "update", values=difference(before, after))
    return find_department(department.pk)


@transaction.atomic
def delete_department(actor: Actor, department_id: uuid.UUID) -> None:
    """Delete an empty department; raise ``Refused`` while people or departments belong to it."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    department = find_department(department_id)
    if Department.objects.filter(parent=department).exists():
        raise Refused("has_departments", _("Departments stand below this one. Move them first."))
    if User.objects.filter(department=department).exists():
        raise Refused("has_people", _("People belong to this department. Move them to another one first."))
    tell_setup_changed(actor, DEPARTMENT, department.pk, "delete", values={"name": (department.name, None)})
    department.delete()


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid([FieldError("name", "required", _("Write a name."))])
    return cleaned[:120]


def _parent_name(department: Department) -> str | None:
    return department.parent.name if department.parent else None


def _save(department: Department) -> None:
    if department.parent_id == department.pk:
        raise Conflict("circular", _("A department cannot stand above itself."))
    try:
        with transaction.atomic():
            department.save()
    except IntegrityError:
        message = _("There is a department of this name here already.")
        raise Invalid([FieldError("name", "taken", message)]) from None
