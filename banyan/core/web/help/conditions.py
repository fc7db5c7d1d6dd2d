"""Conditions in texts of help and tours: what must hold of their reader for a line or a step to be shown.

``module:name`` a module is on, ``ability:name`` the reader has it, ``object:name`` the reader may see its records,
``works:name`` the reader may change those of others too, ``creates:name`` the reader may make some, ``small`` the organization has up to twenty people; about the object of the page: ``board``, ``calendar``, ``own`` (made by the organization), and
the actions ``create``, ``edit``, ``import`` and so on. ``!`` before a condition turns it round.
"""

from __future__ import annotations

from collections.abc import Iterable

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action, Scope
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.menu import may

SMALL_HEADCOUNT = 20


def all_hold(actor: Actor | None, conditions: Iterable[str], spec: ObjectSpec | None = None) -> bool:
    """Say whether all conditions hold; for somebody who has not signed in, none does."""
    return all(_holds(actor, condition, spec) for condition in conditions)


def _holds(actor: Actor | None, condition: str, spec: ObjectSpec | None) -> bool:
    if condition.startswith("!"):
        return not _holds(actor, condition[1:], spec)
    if actor is None:
        return False
    kind, _colon, name = condition.partition(":")
    if kind == "module":
        return module_is_on(actor.organization, name)
    if kind == "ability":
        return actor.has(name)
    if kind == "object":
        found = specs_on(actor.organization).get(name)
        return found is not None and may(actor, found, Action.VIEW)
    if kind == "works":
        found = specs_on(actor.organization).get(name)
        return found is not None and actor.scope(name, Action.EDIT) > Scope.OWN
    if kind == "creates":
        found = specs_on(actor.organization).get(name)
        return found is not None and may(actor, found, Action.CREATE)
    if kind == "small":
        return (actor.organization.headcount or 0) <= SMALL_HEADCOUNT
    return spec is not None and _object_holds(actor, spec, condition)


def _object_holds(actor: Actor, spec: ObjectSpec, condition: str) -> bool:
    shapes = {"board": spec.board is not None, "calendar": spec.calendar is not None, "own": spec.is_custom}
    if condition in shapes:
        return shapes[condition]
    if condition == "import" and not spec.importable:
        return False
    return may(actor, spec, Action(condition))
