"""The letterhead: what it says in a language, changing it, its pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.files import storage
from banyan.core.files.models import File
from banyan.core.files.services import Upload, store_file
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.tenancy.models import Organization
from banyan.documents.choices import ACCENT_COLORS
from banyan.documents.models import Letterhead

PICTURES = ("logo", "seal")
LARGEST_PICTURE = 5 * 1024 * 1024
#: Wider pictures print no better at the size they have on paper.
LARGEST_SIDE = 1_200
MOST_PIXELS = 40_000_000


@dataclass(frozen=True)
class Head:
    """A letterhead as it reads in one language; ``logo`` and ``seal`` are PNG images."""

    name: str
    address: str = ""
    contact: tuple[str, ...] = ()
    tax_number: str = ""
    bank: tuple[str, ...] = ()
    footer: str = ""
    accent: str = "green"
    logo: bytes | None = None
    seal: bytes | None = None

    @property
    def color(self) -> str:
        """Return the accent as a color of style sheets."""
        return ACCENT_COLORS.get(self.accent, ACCENT_COLORS["green"])


def stored_letterhead() -> Letterhead | None:
    """Return the letterhead of the current organization, if somebody has filled one in."""
    return Letterhead.objects.select_related("logo", "seal").first()


def head_of(organization: Organization, language: str) -> Head:
    """Return the letterhead in a language; what is missing in it is taken from the other one."""
    row = stored_letterhead()
    if row is None:
        return Head(organization.name)
    first, second = ("zh", "en") if language.startswith("zh") else ("en", "zh")

    def either(name: str) -> str:
        return str(getattr(row, f"{name}_{first}") or getattr(row, f"{name}_{second}"))

    return Head(
        name=either("name") or organization.name,
        address=either("address"),
        contact=tuple(filter(None, (row.phone, row.email, row.website))),
        tax_number=row.tax_number,
        bank=tuple(filter(None, (row.bank_name, row.bank_account, row.bank_code))),
        footer=either("footer"),
        accent=row.accent,
        logo=picture_of(row.logo),
        seal=picture_of(row.seal),
    )


def picture_of(file: File | None) -> bytes | None:
    """Return the content of a picture; None when there is none, or it was lost: a paper without logo is still one."""
    if file is None:
        return None
    try:
        return b"".join(storage.read(file.key))
    except FileNotFoundError:
        return None


@transaction.atomic
def change_letterhead(actor: Actor, values: dict[str, Any], pictures: dict[str, Upload | None]) -> Letterhead:
    """Store the letterhead; ``pictures`` are those that change, None takes one away.

    Raises ``Invalid`` for a picture that is none, before anything is stored.
    """
    drawn = {name: None if upload is None else as_png(upload, name) for name, upload in pictures.items()}
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    row = stored_letterhead() or Letterhead(organization_id=actor.organization_id)
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    changes = difference(before, values)
    for name, content in drawn.items():
        file = None if content is None else store_file(actor, SimpleUploadedFile(f"{name}.png", content))
        changes[name] = (bool(getattr(row, f"{name}_id")), file is not None)
        setattr(row, name, file)
    row.save()
    tell_setup_changed(actor, "letterhead", row.pk, "update", values=changes)
    return row


def as_png(upload: Upload, field: str) -> bytes:
    """Return an uploaded picture drawn anew as PNG, at most ``LARGEST_SIDE`` wide: nothing else in it survives."""
    if (upload.size or 0) > LARGEST_PICTURE:
        message = _("The picture is larger than %(megabytes)d MB. Choose a smaller one.")
        raise Invalid([FieldError(field, "too_large", message % {"megabytes": LARGEST_PICTURE // 1024**2})])
    # Most processes never read a picture, and the library is large.
    from PIL import Image, UnidentifiedImageError

    upload.seek(0)
    try:
        with Image.open(io.BytesIO(upload.read()), formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                message = _("The picture has too many pixels. Choose a smaller one.")
                raise Invalid([FieldError(field, "too_large", message)])
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        message = _("This is no picture that can be read. PNG, JPEG and WebP are fine.")
        raise Invalid([FieldError(field, "not_a_picture", message)]) from problem
    drawn.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    written = io.BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return written.getvalue()
