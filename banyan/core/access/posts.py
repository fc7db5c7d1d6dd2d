"""Posts and levels, which bring roles, and where each person stands: posts, superiors, territories."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability, require_own_abilities
from banyan.core.access.models import (
    Level,
    LevelRole,
    Post,
    PostHolding,
    PostRole,
    ReportingLine,
    Territory,
    TerritoryMember,
)
from banyan.core.access.people import USER, find_person
from banyan.core.access.scopes import Ability
from banyan.core.access.trees import clean_name
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Refused

LEVEL, POST = "level", "post"
LOWEST, HIGHEST = 1, 99


def find_level(level_id: uuid.UUID) -> Level:
    """Return a level of the organization; raise ``Missing``."""
    found = Level.objects.filter(pk=level_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such level."))
    return found


def find_post(post_id: uuid.UUID) -> Post:
    """Return a post of the organization; raise ``Missing``."""
    found = Post.objects.select_related("level").filter(pk=post_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such post."))
    return found


def roles_brought(bringer: Level | Post) -> list[Role]:
    """Return the roles that a level or a post brings."""
    return list(bringer.roles.all())


@transaction.atomic
def save_level(actor: Actor, level: Level | None, *, name: str, rank: int, roles: Collection[Role]) -> Level:
    """Create a level, or change one, with the roles that it brings.

    Raises ``Invalid`` for a taken name or an impossible rank, ``NotAllowed`` when a role given or taken allows
    more than the actor may do.
    """
    if not LOWEST <= rank <= HIGHEST:
        message = _("A rank lies between %(lowest)d and %(highest)d.") % {"lowest": LOWEST, "highest": HIGHEST}
        raise Invalid([FieldError("rank", "out_of_range", message)])
    return _save(actor, level or Level(organization=actor.organization), LEVEL, name, roles, rank=rank)


@transaction.atomic
def save_post(actor: Actor, post: Post | None, *, name: str, level: Level | None, roles: Collection[Role]) -> Post:
    """Create a post, or change one, with its level and the roles that it brings; raises as ``save_level``."""
    return _save(actor, post or Post(organization=actor.organization), POST, name, roles, level=level)


@transaction.atomic
def delete_level(actor: Actor, level_id: uuid.UUID) -> None:
    """Delete a level that no post has; raise ``Refused``."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    level = find_level(level_id)
    if Post.objects.filter(level=level).exists():
        raise Refused("level_in_use", _("Posts are of this level. Give them another one first."))
    require_own_abilities(actor, roles_brought(level))
    tell_setup_changed(actor, LEVEL, level.pk, "delete", values={"name": (level.name, None)})
    level.delete()


@transaction.atomic
def delete_post(actor: Actor, post_id: uuid.UUID) -> None:
    """Delete a post that nobody holds; raise ``Refused``."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    post = find_post(post_id)
    if PostHolding.objects.filter(post=post).exists():
        raise Refused("post_in_use", _("People hold this post. Take it from them first."))
    require_own_abilities(actor, roles_brought(post))
    tell_setup_changed(actor, POST, post.pk, "delete", values={"name": (post.name, None)})
    post.delete()


@dataclass(frozen=True)
class Place:
    """Where a person stands: posts with the department each is held in, superiors, the main one first, territories."""

    posts: tuple[tuple[Post, Department | None], ...] = ()
    superiors: tuple[User, ...] = ()
    territories: tuple[Territory, ...] = ()


def place_of(user: User) -> Place:
    """Return where a person stands."""
    holdings = PostHolding.objects.filter(user=user).select_related("post__level", "department").order_by("post__name")
    lines = ReportingLine.objects.filter(user=user).select_related("superior").order_by("-is_main", "superior__name")
    members = TerritoryMember.objects.filter(user=user).select_related("territory").order_by("territory__name")
    return Place(
        tuple((held.post, held.department) for held in holdings),
        tuple(line.superior for line in lines),
        tuple(member.territory for member in members),
    )


@transaction.atomic
def set_place(actor: Actor, user_id: uuid.UUID, place: Place) -> None:
    """Let a person stand exactly there.

    Raises ``Conflict`` when somebody would report to themselves over others, ``NotAllowed`` when a post given
    or taken brings more than the actor may do.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    user = find_person(user_id)
    before = place_of(user)
    _require_own_abilities_of_posts(actor, before, place)
    owned: dict[str, Any] = {"organization_id": actor.organization_id, "user": user}
    PostHolding.objects.filter(user=user).delete()
    PostHolding.objects.bulk_create(
        PostHolding(**owned, post=post, department=department) for post, department in dict.fromkeys(place.posts)
    )
    ReportingLine.objects.filter(user=user).delete()
    superiors = [superior for superior in dict.fromkeys(place.superiors) if superior.pk != user.pk]
    ReportingLine.objects.bulk_create(
        ReportingLine(**owned, superior=superior, is_main=position == 0) for position, superior in enumerate(superiors)
    )
    _refuse_circle(user)
    TerritoryMember.objects.filter(user=user).delete()
    TerritoryMember.objects.bulk_create(
        TerritoryMember(**owned, territory=territory) for territory in dict.fromkeys(place.territories)
    )
    changes = difference(_described(before), _described(place))
    tell_setup_changed(actor, USER, user.pk, "update", values=changes)


def superiors_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    """Return whom a person reports to, at any distance, nearest first; in a circle that is the person as well."""
    found: list[uuid.UUID] = []
    nearest = [user_id]
    while nearest:
        lines = (
            ReportingLine.objects.filter(user_id__in=nearest).order_by("-is_main").values_list("superior_id", flat=True)
        )
        nearest = [superior for superior in dict.fromkeys(lines) if superior not in found]
        found += nearest
    return found


def _save(actor: Actor, row: Any, subject: str, name: str, roles: Collection[Role], **values: Any) -> Any:
    require_ability(actor, Ability.MANAGE_PEOPLE)
    lock_organization(actor)
    is_new = row._state.adding  # noqa: SLF001 Django's own name for it
    held = [] if is_new else roles_brought(row)
    require_own_abilities(actor, [role for role in (*held, *roles) if (role in held) != (role in roles)])
    before = {} if is_new else _described_bringer(row, held)
    row.name = clean_name(name)
    for key, value in values.items():
        setattr(row, key, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid([FieldError("name", "taken", _("There is an entry of this name here already."))]) from None
    given: Any = LevelRole if isinstance(row, Level) else PostRole
    owner = {subject: row}
    given.objects.filter(**owner).exclude(role__in=roles).delete()
    present = set(given.objects.filter(**owner).values_list("role_id", flat=True))
    given.objects.bulk_create(
        given(organization=actor.organization, role=role, **owner) for role in roles if role.pk not in present
    )
    after = _described_bringer(row, list(roles))
    tell_setup_changed(actor, subject, row.pk, "create" if is_new else "update", values=difference(before, after))
    return row


def _described_bringer(row: Level | Post, roles: Sequence[Role]) -> dict[str, Any]:
    detail = {"rank": row.rank} if isinstance(row, Level) else {"level": row.level.name if row.level else None}
    return {"name": row.name, **detail, "roles": sorted(role.name for role in roles)}


def _require_own_abilities_of_posts(actor: Actor, before: Place, after: Place) -> None:
    held, given = {post for post, _department in before.posts}, {post for post, _department in after.posts}
    changed = held ^ given
    levels = {post.level_id for post in changed if post.level_id}
    brought = Role.objects.filter(
        pk__in=[
            *PostRole.objects.filter(post__in=changed).values_list("role_id", flat=True),
            *LevelRole.objects.filter(level_id__in=levels).values_list("role_id", flat=True),
        ]
    )
    require_own_abilities(actor, brought)


def _refuse_circle(user: User) -> None:
    if user.pk in superiors_of(user.pk):
        raise Conflict("circular", _("%(name)s would report to themselves over others.") % {"name": user.name})


def _described(place: Place) -> dict[str, Any]:
    return {
        "posts": sorted(
            f"{post.name} ({department.name})" if department else post.name for post, department in place.posts
        ),
        "superiors": [superior.name for superior in place.superiors],
        "territories": sorted(territory.name for territory in place.territories),
    }
