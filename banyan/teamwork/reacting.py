"""Reacting to what colleagues wrote: who may, what was given, and telling the author."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import reference_to, split_reference
from banyan.core.objects.modules import specs_on
from banyan.core.records.changelog import notify_live
from banyan.teamwork.choices import Emoji, NotificationKind
from banyan.teamwork.models import Comment, Notification, Reaction
from banyan.teamwork.notices import notify

COMMENT, ACTIVITY = "comment", "activity"
REACTABLE = (COMMENT, ACTIVITY)
QUOTED = 60


@dataclass
class Given:
    """How often a reaction was given, by whom, and whether by the reader."""

    emoji: Emoji
    names: list[str] = field(default_factory=list)
    is_mine: bool = False


@dataclass(frozen=True)
class _Written:
    """What somebody wrote: who, what, and the record on whose page it stands."""

    author_id: uuid.UUID | None
    text: str
    page: str


@transaction.atomic
def react(actor: Actor, object_name: str, record_id: uuid.UUID, emoji: str, *, is_on: bool | None = None) -> bool:
    """Give a reaction or take it back (whichever it is not, without ``is_on``); return whether it is given now.

    The author is told, once until they have read it; open pages show it at once.

    Raises:
        Missing: There is no such comment or follow-up, or the actor may not see it.
        Invalid: There is no such reaction.
    """
    written = _written(actor, object_name, record_id)
    if emoji not in Emoji.values:
        message = _("There is no such reaction. There are: %(known)s.") % {"known": ", ".join(Emoji.values)}
        raise Invalid([FieldError("emoji", "unknown_reaction", message)])
    about = reference_to(object_name, record_id)
    if actor.user is None:
        return False
    own = Reaction.objects.filter(about=about, user=actor.user, emoji=emoji)
    was_on = own.exists()
    wanted = not was_on if is_on is None else is_on
    if wanted == was_on:
        return was_on
    if wanted:
        Reaction.objects.get_or_create(organization_id=actor.organization_id, about=about, user=actor.user, emoji=emoji)
        _tell_author(actor, written, Emoji(emoji))
    else:
        own.delete()
    notify_live(actor.organization_id, {"object": object_name, "action": "update", "ids": [str(record_id)]})
    return wanted


def reactions_to(actor: Actor, abouts: Iterable[str]) -> dict[str, list[Given]]:
    """Return the reactions to comments and follow-ups by their reference, in one query."""
    rows = Reaction.objects.filter(organization_id=actor.organization_id, about__in=list(abouts))
    found: dict[str, dict[str, Given]] = {}
    for about, emoji, user_id, name in rows.values_list("about", "emoji", "user_id", "user__name"):
        given = found.setdefault(about, {}).setdefault(emoji, Given(Emoji(emoji)))
        given.names.append(name)
        given.is_mine = given.is_mine or user_id == actor.user_id
    order = Emoji.values
    return {
        about: sorted(kinds.values(), key=lambda given: order.index(given.emoji.value))
        for about, kinds in found.items()
    }


def require_visible(actor: Actor, object_name: str, record_id: uuid.UUID) -> None:
    """Raise ``Missing`` unless the actor sees a comment or follow-up; whoever sees a record sees what was said about it."""
    _written(actor, object_name, record_id)


def _written(actor: Actor, object_name: str, record_id: uuid.UUID) -> _Written:
    specs = specs_on(actor.organization)
    if object_name == ACTIVITY and ACTIVITY in specs:
        row = fetch_row(actor, specs[ACTIVITY], record_id, columns=("version", "owner", "text"))
        return _Written(row.get("owner"), str(row.get("text") or ""), reference_to(ACTIVITY, record_id))
    comment = Comment.objects.filter(pk=record_id, deleted_at__isnull=True).first() if object_name == COMMENT else None
    place = split_reference(comment.about) if comment else None
    place_id = parse_id(place[1]) if place else None
    if comment is None or place is None or place_id is None or place[0] not in specs:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    fetch_row(actor, specs[place[0]], place_id, columns=("version",))
    return _Written(comment.created_by_id, comment.text, comment.about)


def _tell_author(actor: Actor, written: _Written, emoji: Emoji) -> None:
    if written.author_id is None or actor.user is None:
        return
    unread = Notification.objects.filter(
        user_id=written.author_id,
        kind=NotificationKind.REACTION,
        actor_id=actor.user_id,
        about=written.page,
        read_at=None,
    )
    if unread.exists():
        return
    quote = " ".join(written.text.split())
    notify(
        User.objects.filter(pk=written.author_id).select_related("organization"),
        kind=NotificationKind.REACTION,
        text=gettext_noop("%(who)s reacted %(emoji)s to “%(text)s”"),
        about=written.page,
        actor_id=actor.user_id,
        values={
            "who": actor.user.name,
            "emoji": emoji.symbol,
            "text": quote if len(quote) <= QUOTED else f"{quote[:QUOTED]}…",
        },
    )
