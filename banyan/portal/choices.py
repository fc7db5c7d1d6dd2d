"""What happens at links for people without an account."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitKind(models.TextChoices):
    """What somebody did at a link."""

    LOOK = "look", _("looked at it")
    DOWNLOAD = "download", _("downloaded it")
    ANSWER = "answer", _("answered")
