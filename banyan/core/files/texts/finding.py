"""Finding files by their names and by the words in them, among the records that somebody may see."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.files.models import Attachment, File, FileText, TextState
from banyan.core.files.texts.extraction import Extracted, kind_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.text.tokens import document_lexemes, search_lexemes, search_query
from banyan.core.listing.text_search import matches
from banyan.core.objects.kinds import reference_to, split_reference
from banyan.core.objects.modules import specs_on

#: Attachments looked at in one go, and goes at most: who sees few records must not cost a scan of all files.
BATCH, MOST_BATCHES = 200, 5
SNIPPET_BEFORE, SNIPPET_LENGTH = 30, 120


@dataclass(frozen=True)
class FileHit:
    """A file that was found: the attachment's newest version, its record, and the words around the hit."""

    file_id: uuid.UUID
    name: str
    content_type: str
    object: str
    record_id: uuid.UUID
    version: int
    snippet: str


def note_file(file: File) -> FileText:
    """Make a file findable by its name at once; its text follows when it was read."""
    has_text = bool(kind_of(file.name, file.content_type))
    row = FileText(
        organization_id=file.organization_id, file=file, state=TextState.WAITING if has_text else TextState.NONE
    )
    row.save()
    _write_search(row, search_lexemes([(file.name, "A")]))
    return row


def store_text(row: FileText, name: str, found: Extracted) -> None:
    """Keep the text that was read, and its words."""
    row.text, row.problem, row.changed_at = found.text, found.problem, now()
    row.state = TextState.FAILED if found.problem and not found.text else TextState.READ
    row.save(update_fields=["text", "problem", "state", "changed_at"])
    _write_search(row, f"{search_lexemes([(name, 'A')])} {document_lexemes(found.text)}")


def find_files(actor: Actor, text: str, *, limit: int = 20) -> list[FileHit]:
    """Return the files whose name or text has all words of a text, newest first, of records the actor may see."""
    query = search_query(text)
    if not query:
        return []
    hits: list[FileHit] = []
    for batch in _batches(query):
        seen = _visible(actor, batch)
        hits += [_hit(row, text) for row in batch if row.about in seen]
        if len(hits) >= limit:
            break
    return hits[:limit]


def fitting_attachments(object_name: str, record_id: uuid.UUID, text: str) -> set[uuid.UUID]:
    """Return the ids of a record's attachments whose name or text has all words of a text."""
    query = search_query(text)
    if not query:
        return set()
    about = reference_to(object_name, record_id)
    fitting = FileText.objects.filter(matches(query)).values("file_id")
    return set(Attachment.objects.filter(about=about, file_id__in=fitting).values_list("pk", flat=True))


def _batches(query: str) -> Iterator[list[Attachment]]:
    """Yield fitting attachments, newest first; only the newest version of each name of a record."""
    fitting = FileText.objects.filter(matches(query)).values("file_id")
    rows = Attachment.objects.filter(file_id__in=fitting, deleted_at=None).select_related("file").order_by("-pk")
    for number in range(MOST_BATCHES):
        batch = list(rows[number * BATCH : (number + 1) * BATCH])
        if batch:
            yield batch
        if len(batch) < BATCH:
            return


def _visible(actor: Actor, rows: Sequence[Attachment]) -> set[str]:
    """Return the references, among those of attachments, to records that the actor may see; a query per object."""
    wanted: dict[str, set[uuid.UUID]] = {}
    for row in rows:
        pointed = split_reference(row.about)
        if pointed:
            wanted.setdefault(pointed[0], set()).add(pointed[1])
    seen: set[str] = set()
    specs = specs_on(actor.organization)
    for name, ids in wanted.items():
        if name not in specs:
            continue
        records = specs[name].model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001
        found = restrict(records, actor, specs[name]).values_list("pk", flat=True)
        seen |= {reference_to(name, pk) for pk in found}
    return seen


def _hit(row: Attachment, text: str) -> FileHit:
    object_name, record_id = split_reference(row.about) or ("", row.pk)
    content = FileText.objects.filter(file_id=row.file_id).values_list("text", flat=True).first() or ""
    return FileHit(
        file_id=row.file_id,
        name=row.file.name,
        content_type=row.file.content_type,
        object=object_name,
        record_id=record_id,
        version=row.version,
        snippet=snippet_of(content, text),
    )


def snippet_of(content: str, text: str) -> str:
    """Return the words around the first place where a text, or its first word, stands; empty when it does not."""
    for wanted in (text.strip(), *text.split()):
        place = content.casefold().find(wanted.casefold()) if wanted else -1
        if place >= 0:
            start = max(0, place - SNIPPET_BEFORE)
            piece = re.sub(r"\s+", " ", content[start : start + SNIPPET_LENGTH]).strip()
            return f"{'…' if start else ''}{piece}{'…' if start + SNIPPET_LENGTH < len(content) else ''}"
    return ""


def _write_search(row: FileText, lexemes: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE files_filetext SET search = %s::tsvector WHERE id = %s AND organization_id = %s",
            [lexemes, row.pk, row.organization_id],
        )
