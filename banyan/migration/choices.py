"""Fixed choices of moving in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MoveState(models.TextChoices):
    """How far a move is."""

    DRAFT = "draft", _("Being prepared")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", pgettext_lazy("state", "Done")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")


class FileState(models.TextChoices):
    """What became of an attachment."""

    WAITING = "waiting", _("Waiting")
    ATTACHED = "attached", _("Attached")
    THERE = "there", _("There already")
    LOST = "lost", _("Not attached")
    UNDONE = "undone", _("Undone")


#: States in which a job is at work, or will be.
UNDER_WAY = (MoveState.WAITING, MoveState.RUNNING, MoveState.STOPPING)
