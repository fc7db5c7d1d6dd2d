"""Who is told what when records change."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_noop

from banyan.core.access.events import RecordShared
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import User
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import reference_to
from banyan.core.records.events import ChangedRecord, RecordsChanged
from banyan.customers.events import ReleaseAhead
from banyan.teamwork.choices import NotificationKind, TaskStatus
from banyan.teamwork.models import Comment, Follower, Task
from banyan.teamwork.notices import MOST_EXCERPT, able_to_see, notify, tell_mentioned
from banyan.teamwork.queries import followers_of

#: A bulk change tells each person once, not once per record.
TELL_SINGLY = 5
MOST_WAITING = 50


def tell_people(event: RecordsChanged) -> None:
    """Tell assignees of their tasks, mentioned people of comments, new owners of their records."""
    if event.channel == "import":
        return
    if event.object_name == "task" and event.action in {"create", "update"}:
        _tell_assignees(event)
        _tell_sharers(event)
        _tell_waiting(event)
    elif event.object_name == "comment" and event.action == "create":
        _tell_mentioned(event)
    elif event.action == "update":
        _tell_new_owners(event)
    if event.action == "update" and len(event.records) <= TELL_SINGLY:
        _tell_followers(event)


def tell_of_release(event: ReleaseAhead) -> None:
    """Remind an owner of customers that go to a public pool soon; they stand on my day, too."""
    people = User.objects.select_related("organization").filter(pk=event.owner_id)
    count = len(event.customer_ids)
    notify(
        people,
        kind=NotificationKind.REMINDER,
        text=gettext_noop("%(count)s of your customers will go to “%(pool)s” in %(days)s days unless you follow up."),
        about=reference_to("customer", event.customer_ids[0]) if count == 1 else "",
        values={"count": str(count), "pool": event.pool_name, "days": str(event.days)},
    )


def _tell_assignees(event: RecordsChanged) -> None:
    concerned = [entry.record_id for entry in event.records if event.action == "create" or "assignee" in entry.values]
    tasks = Task.objects.filter(pk__in=concerned, assignee__isnull=False).select_related("assignee__organization")
    by_person: dict[uuid.UUID, list[Task]] = {}
    for task in tasks:
        if task.assignee_id is not None and task.assignee_id != event.actor_id:
            by_person.setdefault(task.assignee_id, []).append(task)
    for given in by_person.values():
        person = given[0].assignee
        if person is None:
            continue
        if len(given) > TELL_SINGLY:
            text = gettext_noop("You have %(count)s new tasks.")
            notify(
                [person],
                kind=NotificationKind.TASK,
                text=text,
                actor_id=event.actor_id,
                values={"count": str(len(given))},
            )
            continue
        for task in given:
            notify(
                [person],
                kind=NotificationKind.TASK,
                text=gettext_noop("New task for you: %(name)s"),
                about=reference_to("task", task.pk),
                actor_id=event.actor_id,
                values={"name": task.name},
            )


def _name_of(user_id: uuid.UUID | None) -> str:
    if user_id is None:
        return ""
    return User.objects.filter(pk=user_id).values_list("name", flat=True).first() or ""


def _tell_sharers(event: RecordsChanged) -> None:
    """Tell those with whom a task is newly shared; whoever saw it before is told nothing."""
    new: dict[uuid.UUID, set[str]] = {}
    for entry in event.records:
        before, after = entry.values.get("shared_with", ((), ()))
        if set(after or ()) - set(before or ()):
            new[entry.record_id] = set(after or ()) - set(before or ())
    created = [entry.record_id for entry in event.records] if event.action == "create" else []
    for task in Task.objects.filter(pk__in=[*new, *created]).exclude(shared_with=[]):
        people = new.get(task.pk) or {str(person) for person in task.shared_with}
        notify(
            User.objects.filter(pk__in=people).select_related("organization"),
            kind=NotificationKind.TASK,
            text=gettext_noop("A task was shared with you: %(name)s"),
            about=reference_to("task", task.pk),
            actor_id=event.actor_id,
            values={"name": task.name},
        )


def _tell_waiting(event: RecordsChanged) -> None:
    """Tell those whose task waited for one that is done now that they can begin."""
    done = [entry.record_id for entry in event.records if entry.values.get("status", ("", ""))[1] == TaskStatus.DONE]
    if not done:
        return
    waiting = Task.objects.filter(waits_for__in=done, status=TaskStatus.OPEN, deleted_at__isnull=True)
    for task in waiting.select_related("assignee__organization", "waits_for")[:MOST_WAITING]:
        if task.assignee is None or task.waits_for is None:
            continue
        notify(
            [task.assignee],
            kind=NotificationKind.TASK,
            text=gettext_noop("“%(name)s” can begin: “%(before)s” is done."),
            about=reference_to("task", task.pk),
            actor_id=event.actor_id,
            values={"name": task.name, "before": task.waits_for.name},
        )


def _tell_followers(event: RecordsChanged) -> None:
    """Tell those who follow a record that somebody has changed it."""
    abouts = [reference_to(event.object_name, entry.record_id) for entry in event.records]
    following = followers_of(abouts)
    if not following or event.actor_id is None:
        return
    by = User.objects.filter(pk=event.actor_id).values_list("name", flat=True).first() or ""
    titles = labels_of({event.object_name: [entry.record_id for entry in event.records]})
    for entry, about in zip(event.records, abouts, strict=True):
        if about in following:
            followers = User.objects.filter(pk__in=following[about]).select_related("organization")
            notify(
                able_to_see(followers, about),
                kind=NotificationKind.SYSTEM,
                text=gettext_noop("%(by)s changed “%(name)s”."),
                about=about,
                actor_id=event.actor_id,
                values={"by": by, "name": titles.get(entry.record_id, "")},
            )


def _tell_mentioned(event: RecordsChanged) -> None:
    for comment in Comment.objects.filter(pk__in=[entry.record_id for entry in event.records]):
        by = _name_of(event.actor_id)
        people = User.objects.filter(pk__in=comment.mentions).select_related("organization")
        tell_mentioned(people, comment.about, by=by, text=comment.text, actor_id=event.actor_id)
        followers = Follower.objects.filter(about=comment.about).exclude(user__in=comment.mentions)
        notify(
            able_to_see([row.user for row in followers.select_related("user__organization")], comment.about),
            kind=NotificationKind.MENTION,
            text=gettext_noop("%(by)s commented: %(text)s"),
            about=comment.about,
            actor_id=event.actor_id,
            values={"by": by, "text": comment.text[:MOST_EXCERPT]},
        )


def _tell_new_owners(event: RecordsChanged) -> None:
    by_owner: dict[str, list[ChangedRecord]] = {}
    for entry in event.records:
        new_owner = entry.values.get("owner", (None, None))[1]
        if new_owner and new_owner != str(event.actor_id):
            by_owner.setdefault(new_owner, []).append(entry)
    owners: dict[str, Any] = {
        str(user.pk): user for user in User.objects.filter(pk__in=list(by_owner)).select_related("organization")
    }
    for key, entries in by_owner.items():
        if key in owners:
            about = reference_to(event.object_name, entries[0].record_id) if len(entries) == 1 else ""
            text = gettext_noop("%(count)s records are yours now.")
            notify(
                [owners[key]],
                kind=NotificationKind.ASSIGNMENT,
                text=text,
                about=about,
                actor_id=event.actor_id,
                values={"count": str(len(entries))},
            )


def tell_shared(event: RecordShared) -> None:
    """Tell people that somebody shared a record with them, or took them into its team."""
    title = labels_of({event.object_name: [event.record_id]}).get(event.record_id, "")
    text = gettext_noop("%(by)s shared “%(name)s” with you.")
    if event.team_role:
        text = gettext_noop("%(by)s took you into the team of “%(name)s” as %(role)s.")
    notify(
        User.objects.filter(pk__in=event.people).select_related("organization"),
        kind=NotificationKind.ASSIGNMENT,
        text=text,
        about=reference_to(event.object_name, event.record_id),
        actor_id=event.actor_id,
        values={"by": _name_of(event.actor_id), "name": title, "role": event.team_role},
    )


def tell_watchers(event: PeopleToTell) -> None:
    """Notify people of what a room of the core wants them to know, such as an alert or an export that waits."""
    users = User.objects.select_related("organization").filter(pk__in=event.user_ids)
    notify(
        users,
        kind=NotificationKind.SYSTEM,
        text=event.text,
        about=event.place,
        actor_id=event.actor_id,
        values=event.values,
    )
