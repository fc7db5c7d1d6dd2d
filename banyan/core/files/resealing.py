"""Contents of files, encrypted in the background: those of before encryption, and those under an old key."""

from __future__ import annotations

import logging
import uuid

from banyan.core.access.actor import Actor
from banyan.core.files import storage
from banyan.core.files.models import File
from banyan.core.records.resealing import Step

logger = logging.getLogger(__name__)
PIECE_FILES = 20


def reseal_files(actor: Actor, after: uuid.UUID | None) -> tuple[uuid.UUID | None, int]:
    """Work on the next files after an id; return the last id (None: there are no more) and how many there were."""
    rows = File.objects.order_by("pk") if after is None else File.objects.filter(pk__gt=after).order_by("pk")
    found = list(rows.values_list("pk", "key")[:PIECE_FILES])
    for file_id, key in found:
        try:
            storage.reseal(key)
        except FileNotFoundError:
            logger.warning("The content of file %s is missing.", file_id)
    return (found[-1][0] if found else None), len(found)


FILES = Step("files", reseal_files, lambda _actor: File.objects.count())
