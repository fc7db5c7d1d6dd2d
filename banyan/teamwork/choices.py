"""Fixed choices of tasks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", pgettext_lazy("task", "Open")
    DONE = "done", pgettext_lazy("state", "Done")
    CANCELLED = "cancelled", _("Cancelled")


class TaskPriority(models.TextChoices):
    """How urgent a task is."""

    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class TaskRepeat(models.TextChoices):
    """How often a task comes back once it is done."""

    DAILY = "daily", _("Every day")
    WORKDAYS = "workdays", _("Every working day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")
    YEARLY = "yearly", _("Every year")


class NotificationKind(models.TextChoices):
    """Why somebody is notified."""

    TASK = "task", _("Task")
    MENTION = "mention", _("Mention")
    ASSIGNMENT = "assignment", _("Assignment")
    REMINDER = "reminder", _("Reminder")
    REACTION = "reaction", _("Reaction")
    SYSTEM = "system", _("System")


class Emoji(models.TextChoices):
    """How somebody can react to what a colleague wrote; ``symbol`` is what people see."""

    LIKE = "like", pgettext_lazy("reaction", "Like")
    CELEBRATE = "celebrate", pgettext_lazy("reaction", "Congratulations")
    LOVE = "love", pgettext_lazy("reaction", "Love it")
    LAUGH = "laugh", pgettext_lazy("reaction", "Funny")
    LOOKING = "looking", pgettext_lazy("reaction", "I am looking into it")
    DONE = "done", pgettext_lazy("reaction", "Taken care of")

    @property
    def symbol(self) -> str:
        """Return the emoji."""
        return SYMBOLS[self.value]


SYMBOLS = {"like": "👍", "celebrate": "🎉", "love": "❤️", "laugh": "😄", "looking": "👀", "done": "✅"}
