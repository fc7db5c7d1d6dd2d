"""The choices that rules offer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Moment(models.TextChoices):
    """When a validation rule looks."""

    BOTH = "both", _("When a record is created or changed")
    CREATE = "create", _("Only when it is created")
    CHANGE = "change", _("Only when it is changed")


class Severity(models.TextChoices):
    """What a broken validation rule does."""

    REFUSE = "refuse", _("Refuse to save")
    WARN = "warn", _("Warn; the person may save all the same")


class MatchKind(models.TextChoices):
    """How two values count as the same."""

    EXACT = "exact", _("exactly the same")
    NORMALISED = "normalised", _("the same but for spelling")
    FUZZY = "fuzzy", _("similar")


class DuplicateAction(models.TextChoices):
    """What a duplicate does to a write."""

    REFUSE = "refuse", _("Refuse to save")
    WARN = "warn", _("Warn; the person may save all the same")
    REPORT = "report", _("Only list it")


class Reach(models.TextChoices):
    """Among which records duplicates are looked for."""

    ORGANIZATION = "organization", _("All records of the organization")
    VISIBLE = "visible", _("Only records that the person may see")


class Way(models.TextChoices):
    """How an entry of an assignment rule finds who gets a record."""

    TURNS = "turns", _("In turn")
    WEIGHTED = "weighted", _("In turn, by weights")
    LOAD = "load", _("Whoever has the fewest open records")
    TERRITORY = "territory", _("Whoever works in the record's territory, in turn")
    SKILL = "skill", _("Whoever has the skill that the record needs, in turn")
    KEEP = "keep", _("The owner of a linked record")
    QUEUE = "queue", _("Nobody: it waits without an owner")


class TakerKind(models.TextChoices):
    """Who can be given records."""

    PERSON = "person", pgettext_lazy("colleague", "Person")
    DEPARTMENT = "department", _("Department")
    ROLE = "role", _("Role")
    POST = "post", pgettext_lazy("position", "Post")


class Source(models.TextChoices):
    """By which door a new record comes, as far as assignment rules care."""

    IMPORT = "import", _("Import")
    API = "api", _("Interface and forms")
    AUTOMATION = "automation", _("Automation")
    JOB = "job", _("Background work")
    PAGE = "page", _("By hand, when the person leaves the owner open")
