"""Reports that an organization makes for itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Drawing(models.TextChoices):
    """How the figures of a report are drawn beside its table."""

    BARS = "bars", pgettext_lazy("chart", "Bars")
    LINE = "line", pgettext_lazy("chart", "Line")
    RING = "ring", pgettext_lazy("chart", "Ring")
    NONE = "none", pgettext_lazy("chart", "Table only")


class OwnReport(OrganizationOwned):
    """Records of an object, counted or added up in groups.

    ``labels`` and ``questions`` map ``zh`` and ``en`` to words. ``by`` names one or two fields as ``listing.groups`` takes
    them, ``measures`` what is figured out. With ``day_field`` a report is about the records of a period.
    """

    key = models.CharField(max_length=40)
    labels: models.JSONField[Any, Any] = models.JSONField(default=dict)
    questions: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    object_name = models.CharField(max_length=60)
    filter: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    by: models.JSONField[Any, Any] = models.JSONField(default=list)
    measures: models.JSONField[Any, Any] = models.JSONField(default=list)
    day_field = models.CharField(max_length=60, blank=True)
    drawing = models.CharField(_("Drawn as"), max_length=10, choices=Drawing.choices, default=Drawing.BARS)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "created_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "key"], name="own_report_key")]

    def __str__(self) -> str:
        return self.key
