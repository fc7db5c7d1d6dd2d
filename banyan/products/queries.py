"""Questions about products that need no prices."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from banyan.core.files.contents import SHOWN_TYPES
from banyan.core.files.models import Attachment
from banyan.core.objects.kinds import reference_to


def picture_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the picture of each product that has one: the file that was attached last among those that are pictures."""
    about = {reference_to("product", pk): pk for pk in ids}
    rows = Attachment.objects.filter(about__in=about, deleted_at=None, file__content_type__startswith="image/")
    rows = rows.filter(file__content_type__in=SHOWN_TYPES).order_by("attached_at")
    return {about[reference]: file_id for reference, file_id in rows.values_list("about", "file_id")}
