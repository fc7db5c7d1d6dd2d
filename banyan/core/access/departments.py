"""The tree of departments."""

from __future__ import annotations

from django.utils.translation import gettext as _

from banyan.core.access.models import PostHolding
from banyan.core.access.trees import Tree
from banyan.core.identity.models import Department, User
from banyan.core.kernel.errors import Refused


def _refuse_while_used(department: Department) -> None:
    if Department.objects.filter(parent=department).exists():
        raise Refused("has_departments", _("Departments stand below this one. Move them first."))
    if User.objects.filter(department=department).exists():
        raise Refused("has_people", _("People belong to this department. Move them to another one first."))
    if PostHolding.objects.filter(department=department).exists():
        raise Refused("has_people", _("People hold posts in this department. Take the posts from them first."))


department_tree: Tree[Department] = Tree(Department, "department", _refuse_while_used)
