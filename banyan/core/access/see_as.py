"""Looking at the pages as somebody else, or as somebody with one role alone, sees them: read-only and logged."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability, require_own_abilities
from banyan.core.access.people import USER, find_person, roles_of
from banyan.core.access.rights import RoleRights
from banyan.core.access.role_editing import ROLE, find_role
from banyan.core.access.scopes import Ability
from banyan.core.access.standing import actor_for, rights_of_role
from banyan.core.identity.models import Role, User
from banyan.core.kernel.ids import parse_id

#: Where the session of the person who looks keeps as whom.
SESSION_KEY = "see_as"
PERSON, AS_ROLE = "person", "role"


def begin(actor: Actor, kind: str, target_id: uuid.UUID) -> dict[str, str]:
    """Return what the session keeps so that the pages are seen as a person, or with one role.

    Raises ``NotAllowed`` for those who do not manage people, or for a person who may do more than they.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    if kind == PERSON:
        user = find_person(target_id)
        require_own_abilities(actor, roles_of(user))
        subject, name = USER, user.name
    else:
        role = find_role(target_id)
        require_own_abilities(actor, [role])
        subject, name = ROLE, role.name
    tell_setup_changed(actor, subject, target_id, "see_as", values={"name": (None, name)})
    return {"kind": kind, "id": str(target_id)}


def end(actor: Actor, kept: Mapping[str, str]) -> None:
    """Log that somebody looks with their own eyes again."""
    target = parse_id(kept.get("id"))
    if target is not None:
        subject = USER if kept.get("kind") == PERSON else ROLE
        tell_setup_changed(actor, subject, target, "see_as_end", values={"name": (None, None)})


def seen_as(actor: Actor | None, kept: Any) -> Actor | None:
    """Return the actor as whom the pages are to be seen: the actor themselves when the session keeps nobody.

    The right to look is asked for again with every request; without it, and when the other person or role is
    gone, people are themselves.
    """
    if actor is None or not isinstance(kept, Mapping) or not actor.has(Ability.MANAGE_PEOPLE):
        return actor
    target = parse_id(kept.get("id"))
    if target is None:
        return actor
    if kept.get("kind") == PERSON:
        user = User.objects.select_related("organization").filter(pk=target).first()
        return actor if user is None else _watched(actor_for(user), actor)
    role = Role.objects.filter(pk=target).first()
    return actor if role is None else _watched(_with_role(actor, rights_of_role(role)), actor)


def _watched(seen: Actor, watcher: Actor) -> Actor:
    return replace(seen, watched_by=watcher.user, channel=watcher.channel)


def _with_role(actor: Actor, role: RoleRights) -> Actor:
    """Return the actor in their own place with one role alone, and nothing shared with them."""
    place = replace(actor.standings[0], roles=(role,))
    return replace(actor.standing_as(place), grantee_ids=(role.role_id,), sharing_rules=())
