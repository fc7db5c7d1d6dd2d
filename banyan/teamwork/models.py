"""Tasks, comments and notifications."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.teamwork.choices import Emoji, NotificationKind, TaskPriority, TaskRepeat, TaskStatus


class Task(Record):
    """Something to be done by somebody, perhaps about a record, perhaps again and again.

    ``checklist`` is a list of ``{text, done}``; ``shared_with`` holds the users who see it as well, among
    them the ``helpers``, who do it together with the assignee. ``parent`` is the task of which this is a
    part; ``waits_for`` the one that has to be done before.
    """

    name = models.CharField(_("Task"), max_length=255)
    notes = models.TextField(_("Notes"), blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    priority = models.CharField(_("Priority"), max_length=10, choices=TaskPriority.choices, default=TaskPriority.NORMAL)
    assignee = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Assigned to")
    )
    helpers: ArrayField[Any, Any] = ArrayField(
        models.UUIDField(), verbose_name=_("Together with"), default=list, blank=True
    )
    due_on = models.DateField(_("Due"), null=True, blank=True)
    remind_at = models.DateTimeField(_("Remind me"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, editable=False)
    repeat = models.CharField(_("Repeat"), max_length=10, choices=TaskRepeat.choices, blank=True)
    checklist: models.JSONField[Any, Any] = models.JSONField(_("Checklist"), default=list, blank=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=pgettext_lazy("task", "Part of"),
    )
    waits_for = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("Waits for"),
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    about = models.CharField(_("About"), max_length=90, blank=True)
    shared_with: ArrayField[Any, Any] = ArrayField(
        models.UUIDField(), verbose_name=_("Shared with"), default=list, blank=True
    )
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    done_at = models.DateTimeField(_("Done at"), null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["due_on"]
        indexes: ClassVar = [
            *record_indexes("task"),
            models.Index(
                fields=["organization", "assignee", "due_on"],
                name="task_open",
                condition=models.Q(status=TaskStatus.OPEN, deleted_at__isnull=True),
            ),
            models.Index(fields=["organization", "due_on", "id"], name="task_due"),
            models.Index(fields=["organization", "customer"], name="task_customer"),
            models.Index(fields=["organization", "about"], name="task_about", condition=~models.Q(about="")),
            models.Index(
                fields=["remind_at"], name="task_reminder", condition=models.Q(reminded_at=None, status=TaskStatus.OPEN)
            ),
            GinIndex(fields=["organization", "shared_with"], name="task_shared_with"),
            GinIndex(fields=["organization", "helpers"], name="task_helpers"),
            models.Index(fields=["organization", "parent"], name="task_parent", condition=~models.Q(parent=None)),
            models.Index(
                fields=["organization", "waits_for"], name="task_waits_for", condition=~models.Q(waits_for=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Comment(Record):
    """What a colleague wrote on a record; mentioned people are told."""

    about = models.CharField(_("About"), max_length=90)
    text = models.TextField(_("Comment"))
    mentions: ArrayField[Any, Any] = ArrayField(models.UUIDField(), default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        indexes: ClassVar = [
            *record_indexes("comment"),
            models.Index(fields=["organization", "about", "created_at"], name="comment_about"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Follower(OrganizationOwned):
    """A user who wants to hear of changes of a record."""

    about = models.CharField(max_length=90)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering: ClassVar = ["about"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "about", "user"], name="follower_unique"),
        ]

    def __str__(self) -> str:
        return self.about


class Reaction(OrganizationOwned):
    """How a user reacted to a comment or follow-up, each way at most once."""

    about = models.CharField(max_length=90)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=12, choices=Emoji.choices)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "about", "user", "emoji"], name="reaction_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} {self.about}"


class Notification(OrganizationOwned):
    """Something a user should know; ``text`` is already in the user's language."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=NotificationKind.choices)
    text = models.CharField(max_length=400)
    about = models.CharField(max_length=90, blank=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "user", "-created_at"], name="notification_user"),
            models.Index(
                fields=["organization", "user"], name="notification_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.text
