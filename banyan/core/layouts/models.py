"""Record types and layouts as an organization keeps them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Device(models.TextChoices):
    """Where a layout is used; an empty text means everywhere."""

    DESKTOP = "desktop", _("Computer")
    PHONE = "phone", _("Mobile phone")


class RecordType(OrganizationOwned):
    """A kind of records of one object, such as key accounts among customers.

    Records keep its ``code`` in their own field ``record_type``. ``roles`` lists the ids of the roles that may use
    it, empty for all; ``default_for`` those for whom it is the first choice. ``choices`` maps fields to the codes
    that they offer to records of this type; fields that it does not name offer all.
    """

    object_name = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    labels: models.JSONField[Any, Any] = models.JSONField(default=dict)
    icon = models.CharField(max_length=40, blank=True)
    color = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    position = models.PositiveIntegerField(default=0)
    roles: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    default_for: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    choices: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["object_name", "position", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "code"], name="record_type_unique")
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.code}"


class Layout(OrganizationOwned):
    """How records of one object are laid out, perhaps only for one type, one role or one device.

    ``content`` is in effect, None before the first time; ``draft`` is being worked on, None when nothing is.
    ``steps`` holds what the draft was before each step, the latest last; ``revision`` counts the steps.
    """

    object_name = models.CharField(max_length=40)
    record_type = models.CharField(max_length=60, blank=True, default="")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    device = models.CharField(max_length=10, choices=Device.choices, blank=True, default="")
    content: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    draft: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    steps: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=now)
    updated_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["object_name", "record_type", "role__name", "device"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "object_name", "record_type", "role", "device"],
                name="layout_unique",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.object_name}/{self.record_type or '*'}/{self.role_id or '*'}/{self.device or '*'}"
