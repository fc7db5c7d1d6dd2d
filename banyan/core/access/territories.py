"""The tree of regions and territories, and who works in them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.utils.translation import gettext as _

from banyan.core.access.models import Territory, TerritoryMember
from banyan.core.access.trees import Tree
from banyan.core.kernel.errors import Refused

#: Say whether records lie in a territory; apps whose records do register theirs.
territory_holders: list[Callable[[uuid.UUID], bool]] = []


def _refuse_while_used(territory: Territory) -> None:
    if Territory.objects.filter(parent=territory).exists():
        raise Refused("has_territories", _("Territories lie below this one. Move them first."))
    if TerritoryMember.objects.filter(territory=territory).exists():
        raise Refused("has_people", _("People work in this territory. Give them another one first."))
    if any(holder(territory.pk) for holder in territory_holders):
        raise Refused("has_records", _("Records lie in this territory. Move them to another one first."))


territory_tree: Tree[Territory] = Tree(Territory, "territory", _refuse_while_used, is_list_of_values=True)
