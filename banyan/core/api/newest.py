"""Lists by time, newest first: the cursor is the id of the last entry, and ids grow with time."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id

Row = TypeVar("Row", bound=Model)


def newest(call: Call, rows: QuerySet[Row], *, default: int, maximum: int) -> tuple[list[Row], str | None]:
    """Return the entries that a call's ``limit`` and ``cursor`` ask for, and the next cursor if there are more.

    Raises ``BadParameters`` when one of the two is wrong.
    """
    limit = call.whole_number("limit", default=default, maximum=maximum)
    rows = rows.order_by("-pk")
    if call.parameter("cursor"):
        before = parse_id(call.parameter("cursor"))
        if before is None:
            raise BadParameters([FieldError("cursor", "bad_cursor", _("This cursor does not belong to this list."))])
        rows = rows.filter(pk__lt=before)
    found = list(rows[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None
