"""What the sales app looks up."""

from __future__ import annotations

import uuid

from banyan.sales.models import Pipeline


def default_pipeline_id() -> uuid.UUID | None:
    """Return the pipeline that new opportunities and stages belong to when none is named."""
    pipelines = Pipeline.objects.filter(deleted_at__isnull=True).order_by("-is_default", "position", "id")
    return pipelines.values_list("pk", flat=True).first()
