"""What people do with documents and their lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.products.lines.declaring import MOST_LINES, LineDocument, Replacing, line_documents, live_lines

#: What people see of a line, beside what its document adds.
LINE_VALUES = ("id", "product_id", "product__name", "name", "unit", "quantity", "unit_price", "discount_percent",
               "tax_rate", "amount", "net_amount", "tax_amount", "position")  # fmt: skip

_whole: ContextVar[uuid.UUID | None] = ContextVar("document_written_whole", default=None)


def is_written_whole(document_id: uuid.UUID) -> bool:
    """Say whether the lines at hand are written together with their document, or all of them at once."""
    return _whole.get() == document_id


@contextmanager
def _as_a_whole(document_id: uuid.UUID) -> Iterator[None]:
    token = _whole.set(document_id)
    try:
        yield
    finally:
        _whole.reset(token)


def lines_of(name: str, document_id: uuid.UUID, *further: str) -> list[dict[str, Any]]:
    """Return the live lines of a document in their order, with ``further`` values.

    The caller has checked that the document may be seen.
    """
    document = line_documents[name]
    return list(live_lines(document, [document_id]).order_by("position", "id").values(*LINE_VALUES, *further))


@transaction.atomic
def write_document(
    actor: Actor,
    name: str,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] = (),
    *,
    context: WriteContext | None = None,
) -> Record:
    """Create a document of the object ``name`` with its lines and return it.

    Raises ``Invalid`` with the errors of the document, or of the lines as ``lines.<position>.<field>``;
    then nothing is stored.
    """
    context = context or WriteContext.for_actor(actor)
    document = line_documents[name]
    written = door.create(actor, spec_for(actor.organization, name), values, context=context)
    if lines:
        _check_number(lines)
        with _as_a_whole(written.pk):
            _add_lines(actor, document, written.pk, list(enumerate(lines)), context)
        written.refresh_from_db()
    if document.written is not None:
        document.written(actor, written, context)
        written.refresh_from_db()
    return written


@transaction.atomic
def replace_lines(  # noqa: PLR0913 each says something of its own
    actor: Actor,
    name: str,
    document_id: uuid.UUID,
    lines: Sequence[Mapping[str, Any]],
    *,
    version: int | None = None,
    context: WriteContext | None = None,
    reason: str = "",
) -> Any:
    """Let a document have exactly these lines, in this order; return nothing, or why they wait, as for an approval.

    Those with an ``id`` are changed, others added, missing ones go to the recycle bin. Two people who
    do so at once come one after the other. Raises ``Missing`` or ``NotAllowed`` for the document, ``Stale``
    when it is no longer at ``version``, ``Invalid`` with errors as ``lines.<position>.<field>``, or when its lines
    are closed.
    """
    context = context or WriteContext.for_actor(actor)
    document = line_documents[name]
    _check_number(lines)
    # An empty change of the document locks it, asks for the right and compares the version.
    written = door.update(
        actor, spec_for(actor.organization, name), document_id, {}, expected_version=version, context=context
    )
    _check_open(document, written)

    def proceed() -> None:
        with _as_a_whole(document_id):
            _replace(actor, document, document_id, lines, context)

    if document.around is None:
        proceed()
        return None
    return document.around(Replacing(actor, written, lines, context, reason), proceed)


def _replace(
    actor: Actor,
    document: LineDocument,
    document_id: uuid.UUID,
    lines: Sequence[Mapping[str, Any]],
    context: WriteContext,
) -> None:
    spec = spec_for(actor.organization, document.line)
    present = set(live_lines(document, [document_id]).values_list("pk", flat=True))
    kept = _kept(lines, present)
    gone = sorted(present - kept.keys())
    if gone:
        recycle.delete(actor, spec, gone, context=context)
    changes = {line_id: _values(lines[position], position) for line_id, position in kept.items()}
    if changes:
        outcome = door.update_many(actor, spec, changes, context=context)
        _raise_line_errors({kept[line_id]: errors for line_id, errors in outcome.rejected.items()})
    added = [(position, line) for position, line in enumerate(lines) if not line.get("id")]
    if added:
        _add_lines(actor, document, document_id, added, context)


def _check_open(document: LineDocument, written: Record) -> None:
    reason = document.closed(written) if document.closed is not None else ""  # type: ignore[arg-type]
    if reason:
        raise Invalid([FieldError("", "closed", reason)])


def _kept(lines: Sequence[Mapping[str, Any]], present: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the positions of lines that are there already; refuse ids that are not, or come twice."""
    kept: dict[uuid.UUID, int] = {}
    for position, line in enumerate(lines):
        line_id = parse_id(line["id"]) if line.get("id") else None
        if line.get("id") and (line_id not in present or line_id in kept):
            raise Invalid(
                [_line_error(position, "id", "unknown_record", _("This line does not belong to the document."))]
            )
        if line_id is not None:
            kept[line_id] = position
    return kept


def _check_number(lines: Sequence[Mapping[str, Any]]) -> None:
    if len(lines) > MOST_LINES:
        message = _("A document has at most %(maximum)d lines.") % {"maximum": MOST_LINES}
        raise Invalid([FieldError("lines", "too_many", message)])


def _values(line: Mapping[str, Any], position: int) -> dict[str, Any]:
    return {**{name: value for name, value in line.items() if name != "id"}, "position": position}


def _add_lines(
    actor: Actor,
    document: LineDocument,
    document_id: uuid.UUID,
    lines: Sequence[tuple[int, Mapping[str, Any]]],
    context: WriteContext,
) -> None:
    spec = spec_for(actor.organization, document.line)
    rows = [{**_values(line, position), document.link: document_id} for position, line in lines]
    outcome = door.create_many(actor, spec, rows, context=context)
    _raise_line_errors({lines[index][0]: errors for index, errors in outcome.rejected.items()})


def _raise_line_errors(rejected: Mapping[int, Sequence[FieldError]]) -> None:
    if rejected:
        raise Invalid(
            [
                _line_error(position, error.field, error.code, error.message)
                for position, errors in sorted(rejected.items())
                for error in errors
            ]
        )


def _line_error(position: int, name: str, code: str, message: Any) -> FieldError:
    return FieldError(f"lines.{position}.{name}", code, message)
