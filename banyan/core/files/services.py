"""Storing, attaching, finding and removing files."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.files import storage
from banyan.core.files.contents import content_type, safe_name
from banyan.core.files.events import FileAttached
from banyan.core.files.models import Attachment, File, TextState
from banyan.core.files.scanning import infected, scan
from banyan.core.files.texts.finding import note_file
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import new_id
from banyan.core.objects.kinds import reference_to, split_reference
from banyan.core.objects.registry import specs_here

START_BYTES = 8_192


class Upload(Protocol):
    """What a browser sent: Django's uploaded file, or anything alike."""

    name: str | None

    @property
    def size(self) -> int | None:
        """Return how many bytes it has."""

    def chunks(self) -> Any:
        """Yield the content in pieces."""

    def seek(self, offset: int) -> Any:
        """Go to a place in the content."""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""


def checked(upload: Upload) -> tuple[str, str]:
    """Return the name and the type that an upload will have; raise ``Refused`` for what has no place here."""
    name = safe_name(upload.name or "file")
    upload.seek(0)
    return name, content_type(name, upload.read(START_BYTES), size=upload.size or 0)


@transaction.atomic
def store_file(actor: Actor, upload: Upload) -> File:
    """Check and store an uploaded file and return it; raise ``Refused`` for what has no place here."""
    name, found = checked(upload)
    scanned_at = moment_of_scan(name, upload)
    digest = digest_of(upload)
    file_id = new_id()
    key = storage.key_of(actor.organization_id, file_id)
    upload.seek(0)
    storage.write(key, upload.chunks())
    return File.objects.create(
        id=file_id,
        organization_id=actor.organization_id,
        name=name,
        key=key,
        content_type=found,
        size=upload.size or 0,
        sha256=digest,
        uploaded_by_id=actor.user_id,
        scanned_at=scanned_at,
    )


def moment_of_scan(name: str, upload: Upload) -> datetime | None:
    """Return now when an upload was found clean, None when nobody was asked; raise ``Infected`` or ``NotScanned``."""
    upload.seek(0)
    is_clean = scan(name, upload.chunks)
    upload.seek(0)
    return now() if is_clean else None


def content_of(file: File) -> Iterator[bytes]:
    """Return the content of a file in pieces, to hand it out; one that was not scanned yet is scanned now.

    Raises ``FileNotFoundError`` when it is lost, ``Infected`` or ``NotScanned`` when it may not be handed out.
    """
    if file.threat:
        raise infected(file.name, file.threat)
    if file.scanned_at is None and scan(file.name, lambda: storage.read(file.key)):
        file.scanned_at = now()
        File.objects.filter(pk=file.pk).update(scanned_at=file.scanned_at)
    return storage.read(file.key)


def digest_of(upload: Upload) -> str:
    """Return the digest by which the content of an upload is known again."""
    digest = hashlib.sha256()
    upload.seek(0)
    for piece in upload.chunks():
        digest.update(piece)
    return digest.hexdigest()


@transaction.atomic
def attach(
    actor: Actor,
    *,
    object_name: str,
    record_id: uuid.UUID,
    upload: Upload,
    attached_at: datetime | None = None,
    attached_by_id: uuid.UUID | None = None,
) -> Attachment:
    """Attach a file to a record that the actor may edit; the same name again makes a new version.

    ``attached_at`` and ``attached_by_id`` tell of a file from another system when and by whom it was attached there. Raises ``Missing``, ``NotAllowed`` or ``Refused``.
    """
    _require(actor, object_name, record_id, Action.EDIT)
    about = reference_to(object_name, record_id)
    file = store_file(actor, upload)
    versions = Attachment.objects.filter(about=about, file__name=file.name).aggregate(latest=Max("version"))
    row = Attachment.objects.create(
        organization_id=actor.organization_id,
        file=file,
        about=about,
        version=(versions["latest"] or 0) + 1,
        attached_by_id=attached_by_id or actor.user_id,
        attached_at=attached_at or now(),
    )
    has_text = note_file(file).state == TextState.WAITING
    publish(FileAttached(organization_id=actor.organization_id, file_id=file.pk, has_text=has_text))
    return row


def attachments_of(actor: Actor, *, object_name: str, record_id: uuid.UUID) -> Sequence[Attachment]:
    """Return the files attached to a record, newest first; raise ``Missing`` when it may not be seen."""
    _require(actor, object_name, record_id, Action.VIEW)
    rows = Attachment.objects.filter(about=reference_to(object_name, record_id), deleted_at=None)
    return list(rows.select_related("file", "attached_by"))


def detach(actor: Actor, attachment_id: uuid.UUID) -> Attachment:
    """Take a file off its record; ``reattach`` brings it back."""
    return _set_deleted(actor, attachment_id, deleted=True)


def reattach(actor: Actor, attachment_id: uuid.UUID) -> Attachment:
    """Bring a file back to its record."""
    return _set_deleted(actor, attachment_id, deleted=False)


def _set_deleted(actor: Actor, attachment_id: uuid.UUID, *, deleted: bool) -> Attachment:
    row = Attachment.objects.select_related("file").filter(pk=attachment_id).first()
    pointed = split_reference(row.about) if row else None
    if row is None or pointed is None:
        raise Missing("not_found", _("This file does not exist, or you may not see it."))
    _require(actor, pointed[0], pointed[1], Action.EDIT)
    row.deleted_at = now() if deleted else None
    row.save(update_fields=["deleted_at"])
    return row


def readable_file(actor: Actor, file_id: uuid.UUID) -> File:
    """Return a file that the actor may read: one's own upload, or attached to a record one may see.

    Raises ``Missing`` otherwise.
    """
    file = File.objects.filter(pk=file_id).first()
    if file is not None:
        if file.uploaded_by_id == actor.user_id and actor.user_id is not None:
            return file
        for row in Attachment.objects.filter(file=file, deleted_at=None):
            pointed = split_reference(row.about)
            if pointed and _is_visible(actor, *pointed, Action.VIEW):
                return file
    raise Missing("not_found", _("This file does not exist, or you may not see it."))


def _require(actor: Actor, object_name: str, record_id: uuid.UUID, action: Action) -> None:
    if not _is_visible(actor, object_name, record_id, Action.VIEW):
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    if action is not Action.VIEW and not _is_visible(actor, object_name, record_id, action):
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))


def _is_visible(actor: Actor, object_name: str, record_id: uuid.UUID, action: Action) -> bool:
    spec = specs_here().get(object_name)
    if spec is None:
        return False
    rows = spec.model._default_manager.filter(pk=record_id, deleted_at__isnull=True)  # noqa: SLF001
    return restrict(rows, actor, spec, action).exists()
