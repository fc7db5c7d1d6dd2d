"""Versions in headers: ETag, If-Match and If-None-Match."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.kernel.errors import Stale

_VERSION = re.compile(r'^(?:W/)?"(\d{1,18})"$')


def etag(version: int) -> str:
    """Return the entity tag of a record's version."""
    return f'"{version}"'


def not_modified(request: HttpRequest, version: int) -> Answer | None:
    """Return the answer 304 when the client has this version already, else None."""
    known = _versions(request.headers.get("If-None-Match", ""))
    return Answer(status=304, headers={"ETag": etag(version)}) if version in known else None


def expected_version(request: HttpRequest) -> int | None:
    """Return the version that a change is meant for; None when any will do.

    With several tags the highest counts: versions only grow. A tag that is none of ours gives 0, which
    no record has.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    return max(_versions(header), default=0)


def stale(record_id: uuid.UUID, version: int, current: dict[str, Any]) -> Stale:
    """Return the error for a version that is no longer the current one, with what the record holds now."""
    message = _("Somebody changed this record in the meantime. Look at both versions and choose.")
    return Stale("stale", message, record_id=record_id, version=version, current=current)


def _versions(header: str) -> set[int]:
    matches = (_VERSION.match(tag.strip()) for tag in header.split(","))
    return {int(match[1]) for match in matches if match}
