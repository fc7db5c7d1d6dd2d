"""Encrypted values of fields: sealing and opening them, and the words by which records are found by them.

A sealed value is bound to the organization, the object, the field and the record. What finds it is a
fingerprint of its normal form, kept among the words of the record's ``search`` column, behind a mark that
nothing people type ever gets.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from banyan.core.encryption.sealing import (
    Unreadable,
    fingerprint,
    fingerprints,
    is_sealed,
    needs_resealing,
    open_text,
    seal_text,
)
from banyan.core.kernel.errors import Refused
from banyan.core.objects.spec import Field
from banyan.core.tenancy.scope import current_organization_id

logger = logging.getLogger(__name__)
VALUE, CHANGE = "field", "change"
_MARK = "§"


class Damaged(Refused):
    """A sealed value was changed behind our back, or sealed for another place."""


def _organization() -> uuid.UUID:
    found = current_organization_id()
    if found is None:
        raise RuntimeError("Sealed values are read and written within an organization's scope.")
    return found


def seal_value(entry: Field, record_id: uuid.UUID, value: Any, purpose: str = VALUE) -> Any:
    """Return what is stored of a value in its JSON form: sealed when the field is sensitive and filled."""
    if not entry.sensitive or entry.kind.is_empty(value):
        return value
    return seal_text(_organization(), purpose, str(value), entry.object_name, entry.name, record_id)


def open_value(entry: Field, record_id: uuid.UUID, stored: Any, purpose: str = VALUE) -> Any:
    """Return the JSON form of what is stored; raise ``Damaged`` when it does not open here.

    Clear values come back as they are: those of a field that is being encrypted may still be so.
    """
    if not entry.is_sealed or not is_sealed(stored):
        return stored
    try:
        return open_text(_organization(), purpose, stored, entry.object_name, entry.name, record_id)
    except Unreadable:
        place = f"{entry.object_name}.{entry.name} of {record_id}"
        logger.error("A sealed value cannot be opened: %s.", place)  # noqa: TRY400 where it failed tells nothing
        message = _("An encrypted value of this record was damaged in the database. Ask your administrator.")
        raise Damaged("encryption.damaged_value", message) from None


def opened_row(fields: Iterable[Field], row: dict[str, Any], record_id: uuid.UUID) -> dict[str, Any]:
    """Return a row that a query of one's own has read, with sealed values opened; what is damaged is empty."""
    found = dict(row)
    for entry in fields:
        if entry.is_sealed and is_sealed(found.get(entry.name)):
            try:
                found[entry.name] = open_value(entry, record_id, found[entry.name])
            except Damaged:
                found[entry.name] = ""
    return found


def is_outdated(entry: Field, stored: Any) -> bool:
    """Say whether a stored value has another form than the field asks for: clear, sealed, or under an old key."""
    if entry.kind.is_empty(stored):
        return False
    if not is_sealed(stored):
        return entry.sensitive
    try:
        return not entry.sensitive or needs_resealing(_organization(), stored)
    except Unreadable:
        return True


def lexeme(entry: Field, value: Any) -> str:
    """Return the word by which a value is found, in the text form of ``tsvector``; empty when it has none."""
    if not entry.sensitive or "eq" not in entry.kind.operators or entry.kind.is_empty(value):
        return ""
    return f"'{_MARK}{fingerprint(_organization(), _purpose(entry), _normal(entry, value))}':1D"


def query(entry: Field, values: Iterable[Any]) -> str:
    """Return the ``tsquery`` for records whose field has one of the values."""
    words = (
        f"'{_MARK}{made}'"
        for value in values
        for made in fingerprints(_organization(), _purpose(entry), _normal(entry, value))
    )
    return " | ".join(words)


def _purpose(entry: Field) -> str:
    return f"{entry.object_name}.{entry.name}"


def _normal(entry: Field, value: Any) -> str:
    """Return the form in which values are equal: as stored, without regard to case and to spaces around."""
    return " ".join(str(entry.kind.to_json(value)).casefold().split())
