"""Telling people: notifications, and the count on the bell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop, override

from banyan.core.access.decisions import restrict
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.registry import specs_for
from banyan.core.records.changelog import notify_live
from banyan.teamwork.choices import NotificationKind
from banyan.teamwork.models import Notification

MOST_TEXT = 400
MOST_EXCERPT = 120


def notify(
    users: Iterable[User],
    *,
    kind: NotificationKind,
    text: str,
    about: str = "",
    actor_id: uuid.UUID | None = None,
    values: Mapping[str, str] | None = None,
) -> int:
    """Tell active users something, each in their own language; nobody is told of what they did themselves.

    ``text`` is a message of the catalogue, translated per user, with ``values`` to fill in. Returns
    how many were told.
    """
    told = {user.pk: user for user in users if user.is_active and user.pk != actor_id}
    rows = []
    for user in told.values():
        with override(user.language or user.organization.language):
            message = gettext(text) % values if values else gettext(text)
        rows.append(
            Notification(
                organization_id=user.organization_id,
                user=user,
                kind=kind,
                text=message[:MOST_TEXT],
                about=about,
                actor_id=actor_id,
            )
        )
    Notification.objects.bulk_create(rows)
    for user in told.values():
        tell_unread(user)
    return len(rows)


@dataclass(frozen=True)
class Notice:
    """What one user is told, in words of its own, and about which record."""

    user: User
    text: str
    about: str = ""


def notify_many(notices: Sequence[Notice], *, kind: NotificationKind) -> None:
    """Tell many users many things at once; the texts are written already. Who is no longer active hears nothing."""
    told = [notice for notice in notices if notice.user.is_active]
    Notification.objects.bulk_create(
        Notification(
            organization_id=notice.user.organization_id,
            user=notice.user,
            kind=kind,
            text=notice.text[:MOST_TEXT],
            about=notice.about,
        )
        for notice in told
    )
    for user in {notice.user.pk: notice.user for notice in told}.values():
        tell_unread(user)


def able_to_see(users: Iterable[User], about: str) -> list[User]:
    """Return those of the users who may see a record: nobody is told of what they may not know."""
    pointed = split_reference(about)
    if pointed is None:
        return []
    able = []
    for user in users:
        actor = actor_for(user)
        spec = specs_for(actor.organization).get(pointed[0])
        if spec is not None and restrict(live_rows(actor, spec).filter(pk=pointed[1]), actor, spec).exists():
            able.append(user)
    return able


def tell_mentioned(people: Iterable[User], about: str, *, by: str, text: str, actor_id: uuid.UUID | None) -> None:
    """Tell people that a text about a record names them; who may not see the record hears nothing of what it says."""
    named = list(people)
    able = able_to_see(named, about)
    notify(
        able,
        kind=NotificationKind.MENTION,
        text=gettext_noop("%(by)s mentioned you: %(text)s"),
        about=about,
        actor_id=actor_id,
        values={"by": by, "text": text[:MOST_EXCERPT]},
    )
    notify(
        [person for person in named if person not in able],
        kind=NotificationKind.MENTION,
        text=gettext_noop("%(by)s mentioned you in a record that you may not see. Ask them to share it with you."),
        actor_id=actor_id,
        values={"by": by},
    )


def unread_count(user_id: uuid.UUID) -> int:
    """Return how many notifications a user has not read."""
    return Notification.objects.filter(user_id=user_id, read_at=None).count()


def mark_read(user: User, ids: Iterable[uuid.UUID] | None = None) -> int:
    """Mark a user's notifications as read, all of them without ``ids``; return how many were unread."""
    rows = Notification.objects.filter(user=user, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    changed = rows.update(read_at=now())
    tell_unread(user)
    return changed


def mark_unread(user: User, notice_id: uuid.UUID) -> None:
    """Let one of a user's notifications count as not read again."""
    Notification.objects.filter(user=user, pk=notice_id).update(read_at=None)
    tell_unread(user)


def tell_unread(user: User) -> None:
    """Send the count of unread notifications to the user's open pages."""
    notify_live(
        user.organization_id, {"user": str(user.pk), "event": "unread", "data": {"count": unread_count(user.pk)}}
    )
