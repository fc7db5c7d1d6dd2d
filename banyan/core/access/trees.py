"""Trees of departments and of territories: order, paths, creating, moving and deleting."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import catalogue_changed, lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing

Node = TypeVar("Node", bound=Any)


@dataclass(frozen=True)
class Tree(Generic[Node]):
    """What is done with the rows of ``model``, a ``TreeNode``.

    ``subject`` is what the change log calls a row; ``refuse_delete`` raises while something still hangs on one.
    ``is_list_of_values`` says that fields offer the rows, so that specifications change with them.
    """

    model: Any
    subject: str
    refuse_delete: Callable[[Node], None]
    is_list_of_values: bool = False

    def find(self, node_id: uuid.UUID) -> Node:
        """Return a row of the organization; raise ``Missing``."""
        node = self.model.objects.select_related("parent").filter(pk=node_id).first()
        if node is None:
            raise Missing("not_found", _("There is no such entry; somebody may have deleted it."))
        return node

    def in_order(self) -> list[tuple[Node, int]]:
        """Return all rows with their depth, each below its parent, siblings by position and name."""
        children: dict[uuid.UUID | None, list[Node]] = {}
        for node in self.model.objects.order_by("position", "name"):
            children.setdefault(node.parent_id, []).append(node)
        ordered: list[tuple[Node, int]] = []
        waiting = [(node, 0) for node in reversed(children.get(None, []))]
        while waiting:
            node, depth = waiting.pop()
            ordered.append((node, depth))
            waiting.extend((child, depth + 1) for child in reversed(children.get(node.pk, [])))
        return ordered

    def create(self, actor: Actor, *, name: str, parent_id: uuid.UUID | None = None) -> Node:
        """Create a row at the end of its siblings; raise ``Invalid`` when one of that name stands there."""
        with transaction.atomic():
            self._begin(actor)
            parent = self.find(parent_id) if parent_id else None
            position = self.model.objects.filter(parent=parent).count()
            node = self.model(organization=actor.organization, name=clean_name(name), parent=parent, position=position)
            self._save(node)
            self.set_paths(actor.organization_id)
            self._finish(actor)
            tell_setup_changed(actor, self.subject, node.pk, "create", values={"name": (None, node.name)})
            return self.find(node.pk)

    def change(self, actor: Actor, node_id: uuid.UUID, *, name: str, parent_id: uuid.UUID | None) -> Node:
        """Rename a row or put it below another one, with all that is below it.

        Raises ``Conflict`` when it would stand below itself, ``Invalid`` when the name is taken there.
        """
        with transaction.atomic():
            self._begin(actor)
            node = self.find(node_id)
            before = _described(node)
            node.name = clean_name(name)
            node.parent = self.find(parent_id) if parent_id else None
            self._save(node)
            self.set_paths(actor.organization_id)
            self._finish(actor)
            tell_setup_changed(actor, self.subject, node.pk, "update", values=difference(before, _described(node)))
            return self.find(node.pk)

    def delete(self, actor: Actor, node_id: uuid.UUID) -> None:
        """Delete a row on which nothing hangs; raise ``Refused`` otherwise."""
        with transaction.atomic():
            self._begin(actor)
            node = self.find(node_id)
            self.refuse_delete(node)
            tell_setup_changed(actor, self.subject, node.pk, "delete", values={"name": (node.name, None)})
            node.delete()
            self._finish(actor)

    def set_paths(self, organization_id: uuid.UUID) -> None:
        """Work out the path of every row from its parents; raise ``Conflict`` when a circle was made."""
        nodes = {row.pk: row for row in self.model.objects.filter(organization_id=organization_id)}
        changed = []
        for node in nodes.values():
            path: list[uuid.UUID] = []
            current = node
            while current is not None:
                if current.pk in path:
                    raise Conflict("circular", _("An entry cannot stand above itself."))
                path.append(current.pk)
                current = nodes.get(current.parent_id) if current.parent_id else None
            if node.path != path[::-1]:
                node.path = path[::-1]
                changed.append(node)
        self.model.objects.bulk_update(changed, ["path"])

    def _begin(self, actor: Actor) -> None:
        require_ability(actor, Ability.MANAGE_PEOPLE)
        lock_organization(actor)

    def _finish(self, actor: Actor) -> None:
        if self.is_list_of_values:
            catalogue_changed(actor.organization)

    def _save(self, node: Node) -> None:
        if node.parent_id == node.pk:
            raise Conflict("circular", _("An entry cannot stand above itself."))
        try:
            with transaction.atomic():
                node.save()
        except IntegrityError:
            raise Invalid([FieldError("name", "taken", _("There is an entry of this name here already."))]) from None


def clean_name(name: str, *, longest: int = 120) -> str:
    """Return a name without needless spaces; raise ``Invalid`` when nothing is left."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid([FieldError("name", "required", _("Write a name."))])
    return cleaned[:longest]


def _described(node: Any) -> dict[str, Any]:
    return {"name": node.name, "parent": node.parent.name if node.parent else None}
