"""Organizations and the base of everything that belongs to one."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.ids import new_id

#: In the settings of an organization that somebody practises in: ``of`` which organization and ``user`` of it that was made for.
PRACTICE = "practice"


class Organization(models.Model):
    """A company that uses Banyan; its rows are invisible to every other organization.

    ``catalogue_version`` grows with each change of custom fields, pick lists, roles or modules, so
    that processes know when what they remember about the organization is out of date. The database itself
    counts ``access_version`` up when anything changes that rights are made from, and lists in
    ``shared_objects`` of which objects records have ever been shared.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("Organization name"), max_length=200)
    language = models.CharField(_("Language"), max_length=10, default="zh-hans")
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    time_zone = models.CharField(_("Time zone"), max_length=60, default="Asia/Shanghai")
    country = models.CharField(_("Country"), max_length=2, default="CN")
    headcount = models.PositiveIntegerField(_("Headcount"), null=True, blank=True)
    industry = models.CharField(_("Industry"), max_length=40, blank=True)
    edition = models.CharField(_("Edition"), max_length=20, default="basic")
    modules_on: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    modules_off: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    setup_finished_at = models.DateTimeField(null=True, blank=True)
    catalogue_version = models.PositiveIntegerField(default=1)
    access_version = models.PositiveIntegerField(default=1, editable=False)
    shared_objects: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_practice(self) -> bool:
        """Say whether the organization was made for one person to practise in."""
        return PRACTICE in self.settings

    @property
    def home_id(self) -> uuid.UUID:
        """Return whose rules for signing in hold: those of the real organization, also where somebody practises."""
        return uuid.UUID(self.settings[PRACTICE]["of"]) if self.is_practice else self.pk


class OrganizationOwned(models.Model):
    """Base of every table whose rows belong to one organization.

    The database enforces it: row-level security compares ``organization_id`` with the organization
    of the current transaction (see ``scope.py``). The organization leads the table's own indexes and
    constraints and has none for itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", editable=False, db_index=False
    )

    class Meta:
        abstract = True


class Sequence(OrganizationOwned):
    """The last number given out for one object of an organization, per period."""

    key = models.CharField(max_length=80)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="sequence_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"
