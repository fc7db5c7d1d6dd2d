"""Views that people save: which records of an object, in which order, with which columns, shown how."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.encryption.columns import SealedJSONField, SealedTextField
from banyan.core.identity.models import User
from banyan.core.tenancy.models import OrganizationOwned


class Display(models.TextChoices):
    """How the records of a view are shown."""

    TABLE = "table", _("Table")
    BOARD = "board", _("Board")
    CALENDAR = "calendar", _("Calendar")
    FORECAST = "forecast", _("Forecast")


class SavedView(OrganizationOwned):
    """A saved view of one object: private, or shared with everybody, with roles or with departments and those below.

    ``filter`` is a filter tree as ``parse_tree`` reads it. The people of the roles in
    ``default_role_ids`` see a shared view first when they open the list. ``color_rules`` are
    ``{"filter": tree, "color": name}``; the first that fits a record colours its row.
    """

    object_name = models.CharField(max_length=40)
    name = models.CharField(_("View name"), max_length=80)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    is_shared = models.BooleanField(_("Shared with everybody"), default=False)
    role_ids: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(models.UUIDField(), default=list, blank=True)
    department_ids: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(
        models.UUIDField(), default=list, blank=True
    )
    is_pinned = models.BooleanField(_("Shown as a tab"), default=True)
    default_role_ids: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(
        models.UUIDField(), default=list, blank=True
    )
    # What is looked for may be a value of the fields that are encrypted.
    filter = SealedJSONField(default=dict, blank=True)
    search = SealedTextField(max_length=200, blank=True)
    sort: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=70), default=list, blank=True)
    columns: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=70), default=list, blank=True)
    color_rules = SealedJSONField(default=list, blank=True)
    display = models.CharField(max_length=10, choices=Display.choices, default=Display.TABLE)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "object_name", "owner", "name"],
                nulls_distinct=False,
                name="saved_view_name_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name
