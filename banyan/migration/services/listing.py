"""Which files of an export belong to which records: by the lists that came with them, or by the folders they lie in."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError
from banyan.migration.choices import FileState
from banyan.migration.models import Move, MoveAttachment, MoveFile, MoveTable
from banyan.migration.services.keeping import at_hand
from banyan.migration.sources import ColumnUse, FileList, SourceFile, file_of, folded
from banyan.migration.staging import written
from banyan.migration.uploads import CONTENT_FOLDERS, contents_in, opened

LONGEST_NAME, LONGEST_PATH, AT_ONCE = 255, 1_000, 1_000
#: What a cell starts with that is decoded to see whether it is a content.
PROBED, LEAST_ENCODED = 400, 64
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_BETWEEN = re.compile(r"[;；|\n]+")
_PATH = re.compile(r"[0-9a-f/]+|([A-Za-z]+/)+[A-Za-z0-9]+")
_TOKEN_ENDS = re.compile(r"[_\-\s.]")
Cells = Callable[[tuple[str, ...]], str]


@dataclass
class _Place:
    """A content that was delivered: in an archive, or as a file of its own."""

    source: MoveFile
    member: str
    path: str
    is_table: bool
    is_taken: bool = False

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def folders(self) -> list[str]:
        """The folders that it lies in, the innermost first."""
        return [folder for folder in reversed(self.path.split("/")[:-1]) if folder.casefold() not in CONTENT_FOLDERS]


@dataclass
class _Delivered:
    """Everything that was delivered, found by path, by name, and by the id that its name begins with."""

    places: list[_Place] = field(default_factory=list)
    by_name: dict[str, list[_Place]] = field(default_factory=dict)
    by_token: dict[str, list[_Place]] = field(default_factory=dict)

    def add(self, place: _Place) -> None:
        """Make a content known."""
        self.places.append(place)
        name = place.name.casefold()
        self.by_name.setdefault(name, []).append(place)
        for token in _tokens(name):
            self.by_token.setdefault(token, []).append(place)

    def find(self, content: str, key: str, name: str, keys: Sequence[str]) -> _Place | None:
        """Return the content that a list means by where it says it lies, by its id, or by its name."""
        path = content.replace("\\", "/").lstrip("./").casefold()
        if path:
            same = [
                place
                for place in self.by_name.get(path.rsplit("/", 1)[-1], [])
                if f"/{place.path}".casefold().endswith(f"/{path}")
            ]
            if len(same) == 1:
                return same[0]
        if key:
            # A table may be called 7.csv, and is not the content of attachment 7.
            same = [place for place in self.by_token.get(key.casefold(), []) if not place.is_table]
            if len(same) == 1:
                return same[0]
        return _only(self.by_name.get(name.casefold(), []) if name else [], (key, *keys))


def _tokens(name: str) -> set[str]:
    """Return the ids that a name may be or begin with: ``00P1_plan.pdf`` is ``00p1``."""
    stem = name.rpartition(".")[0] or name
    return {name, stem, _TOKEN_ENDS.split(stem, maxsplit=1)[0]}


def _only(places: Sequence[_Place], keys: Sequence[str]) -> _Place | None:
    """Return the one content of a name; of several the one in a folder of the record."""
    if len(places) > 1:
        wanted = {key.casefold() for key in keys if key}
        places = [place for place in places if wanted & {folder.casefold() for folder in place.folders}]
    return places[0] if len(places) == 1 else None


def list_attachments(move: Move, paths: Mapping[Any, Path]) -> None:
    """Note the attachments of a move anew: whose they are and where their content lies; those of lists left out are not.

    ``paths`` are delivered files that lie at hand, by the id of their ``MoveFile``.
    """
    move.attachments.all().delete()
    delivered = _delivered(move, paths)
    tables = _lists(move)
    if not delivered.places and not tables:
        return
    documents = _documents(tables, paths)
    for table, file in tables:
        if file.attachments is not None:
            rows = _listed(table, file.attachments, delivered, documents, paths)
            count = sum(1 for _row in rows) if table.is_left_out else _note(rows)
            if table.lists_files:
                table.rows = count
                table.save(update_fields=["rows"])
    _set_aside(move, delivered)
    _note(_unlisted(move, place) for place in delivered.places if _is_unlisted(place))


def _note(rows: Iterator[MoveAttachment]) -> int:
    count = 0
    while part := list(islice(rows, AT_ONCE)):
        count += len(MoveAttachment.objects.bulk_create(part))
    return count


def _delivered(move: Move, paths: Mapping[Any, Path]) -> _Delivered:
    delivered = _Delivered()
    for source in move.files.select_related("file"):
        with at_hand(source, paths) as path:
            try:
                contents = contents_in(path)
            except DomainError:
                continue  # a broken archive; its problem is noted already
        if contents is None:
            delivered.add(_Place(source, "", source.name, is_table=not source.problem))
        for content in contents or ():
            delivered.add(_Place(source, content.member, content.path, content.is_table))
    return delivered


def _lists(move: Move) -> list[tuple[MoveTable, SourceFile]]:
    """Return the tables that tell of attachments, each file once."""
    found: dict[tuple[Any, ...], tuple[MoveTable, SourceFile]] = {}
    for table in move.tables.select_related("source__file").filter(sets_links=False):
        file = file_of(table.system, table.kind)
        if file is not None and (file.attachments or file.file_links):
            found.setdefault((table.source_id, table.member, table.sheet), (table, file))
    return list(found.values())


def _rows(table: MoveTable, paths: Mapping[Any, Path]) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of a list, each with a function that reads the first column there is of several headings."""
    with at_hand(table.source, paths) as path, opened(path, table.member, table.sheet) as opened_table:
        places = {folded(name): position for position, name in reversed(list(enumerate(opened_table.columns)))}
        for number, (_shown_number, cells) in enumerate(opened_table.rows):

            def cell(headings: tuple[str, ...], cells: Sequence[Any] = cells) -> str:
                given = (places[heading] for heading in headings if heading in places)
                return next((text for place in given if place < len(cells) and (text := written(cells[place]))), "")

            yield number, cell


def _documents(
    tables: Sequence[tuple[MoveTable, SourceFile]], paths: Mapping[Any, Path]
) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return to which records each document belongs, as far as a file says so."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for table, file in tables:
        links = file.file_links
        if links is None:
            continue
        for _number, cell in _rows(table, paths):
            document, owner = cell(links.document), _owner(links.about, cell, links.passed_over)
            if document and owner:
                found.setdefault(document, []).append(owner)
    return found


def _owner(about: Sequence[ColumnUse], cell: Cells, passed_over: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """Return the id of the record that a row names first, and what kinds of things it may be the id of."""
    keys = ((cell(use.headings), use.of) for use in about)
    return next(((key, of) for key, of in keys if key and not key.startswith(passed_over)), None)


def _listed(
    table: MoveTable,
    files: FileList,
    delivered: _Delivered,
    documents: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]],
    paths: Mapping[Any, Path],
) -> Iterator[MoveAttachment]:
    for number, cell in _rows(table, paths):
        if files.when is not None and not files.when.holds(cell(files.when.headings)):
            continue
        content, address = cell(files.content), cell(files.address)
        name, key = _name(files, cell), cell(files.key)
        if not (content or address or name):
            continue
        owner = _owner(files.about, cell, files.passed_over)
        document = cell(files.document)
        owners = list(dict.fromkeys([*documents.get(document, ()), *([owner] if owner else ())]))
        keys = [of for of, _kinds in owners]
        for one in _parts(content) or _parts(address) or [""]:
            place = delivered.find(one if content else "", key, name, keys) or delivered.find("", document, "", keys)
            if place is not None:
                place.is_taken = True
            for of, kinds in owners or [("", ())]:
                row = MoveAttachment(
                    organization_id=table.organization_id, move_id=table.move_id, table=table,
                    name=(name or (place.name if place else one.rstrip("/").rsplit("/", 1)[-1]) or key)[:LONGEST_NAME],
                    keys=[of] if of else [], kinds=list(kinds), author=cell(files.author)[:LONGEST_NAME],
                    created=cell(files.created)[:40],
                )  # fmt: skip
                _locate(row, place, number, one if content else "", address if content else one)
                yield row


def _parts(text: str) -> list[str]:
    """Return what a cell names one after the other: several files, or several addresses; a content is one."""
    if len(text) > LONGEST_PATH:
        return [text]
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _name(files: FileList, cell: Cells) -> str:
    name, ending = cell(files.name).replace("\\", "/").rsplit("/", 1)[-1], cell(files.ending).lstrip(".")
    return f"{name}.{ending}" if name and ending and not name.casefold().endswith(f".{ending.casefold()}") else name


def _locate(row: MoveAttachment, place: _Place | None, number: int, content: str, address: str) -> None:
    """Note where the content of an attachment lies, or why it is not there."""
    if place is not None:
        row.source, row.member = place.source, place.member[:LONGEST_PATH]
    elif content and _is_encoded(content):
        row.row = number
    elif address or _ADDRESS.match(content):
        row.state, row.problem = FileState.LOST, str(_("It lies with the other system (%(address)s), from where nothing is fetched. Download it and deliver it beside the export.") % {"address": (address or content)[:300]})  # fmt: skip
    else:
        row.state, row.problem = FileState.LOST, str(_("Its content was not delivered. Deliver the folder with the files beside the export."))  # fmt: skip


def _is_encoded(content: str) -> bool:
    """Say whether a cell holds a content itself, written in base 64; paths and digests have such letters too."""
    probe = "".join(content[:PROBED].split())
    if len(probe) < LEAST_ENCODED or _PATH.fullmatch(probe):
        return False
    try:
        base64.b64decode(probe[: len(probe) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(content) > PROBED or len(probe) % 4 == 0


def _set_aside(move: Move, delivered: _Delivered) -> None:
    """Let what is attached to a record not be read as a table as well."""
    for place in delivered.places:
        if not place.is_taken:
            continue
        if not place.member and place.source.problem:
            MoveFile.objects.filter(pk=place.source.pk).update(problem="")
        elif place.is_table:
            note = _("This file is attached to a record, and not read as a table.")
            same = move.tables.filter(source=place.source, member=place.member)
            same.update(is_left_out=True, problem=note)


def _is_unlisted(place: _Place) -> bool:
    return not place.is_taken and not place.is_table and bool(place.member)


def _unlisted(move: Move, place: _Place) -> MoveAttachment:
    """Return a content that no list names: the folders it lies in and the beginning of its name may say whose it is."""
    stem = place.name.rpartition(".")[0] or place.name
    keys = list(dict.fromkeys([*place.folders, *sorted({stem, _TOKEN_ENDS.split(stem, maxsplit=1)[0]}, key=len)]))
    row = MoveAttachment(
        organization_id=move.organization_id, move=move, source=place.source, member=place.member[:LONGEST_PATH],
        name=place.name[:LONGEST_NAME], keys=[key[:200] for key in keys],
    )  # fmt: skip
    if not place.folders and place.name.lower().endswith(".zip"):
        row.source, row.state = None, FileState.LOST
        row.problem = _("An archive within an archive is not opened. Deliver it by itself.")
    return row
