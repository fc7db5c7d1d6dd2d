"""Opening a file as a table: its content says what it is, whatever its name claims."""

from __future__ import annotations

import zipfile
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.hypertext import HypertextTables, looks_like_hypertext
from banyan.core.transfer.reading.legacy import LegacyWorkbook
from banyan.core.transfer.reading.opendocument import OpenDocument
from banyan.core.transfer.reading.packing import checked_archive, unpacked_gzip, unpacked_member
from banyan.core.transfer.reading.separated import SeparatedText
from banyan.core.transfer.reading.source import Limits, Source
from banyan.core.transfer.reading.spreadsheetml import SpreadsheetML, looks_like_spreadsheetml
from banyan.core.transfer.reading.table import Table
from banyan.core.transfer.reading.workbook import Workbook

_HEAD_BYTES = 4096
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_FORMATS = (
    (b"%PDF-", "PDF"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"MIME-Version:", "MHTML"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3\x00", "SQLite"),
)
# A packed file may hold a packed table ("table.csv.gz" in a ZIP), and nothing honest goes deeper.
_DEEPEST_PACKING = 3


def open_table(
    path: str | PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    header_row: int | None = None,
    limits: Limits | None = None,
) -> Table:
    """Open CSV and its relatives, XLSX, XLS, ODS, HTML and XML tables, also inside gzip or ZIP.

    What is None is found out from the content: ``sheet`` is the first visible sheet with anything
    in it, ``header_row`` the number of the row with the column names (0 says that there is none).
    Use the result in a ``with`` statement. Raises ``Refused`` with a code beginning with ``table.``
    and a message that tells the way out; ``OSError`` when the file cannot be opened at all.
    """
    limits = limits or Limits()
    file: BinaryIO = Path(path).open("rb")  # noqa: SIM115  # the table closes it
    source: Source | None = None
    try:
        _check_size(file, limits)
        file = _unpacked(file, limits)
        source = _open_source(file, sheet=sheet, encoding=encoding, separator=separator, limits=limits)
        return Table(source, file, header_row=header_row, limits=limits)
    except BaseException:
        if source is not None:
            source.close()
        file.close()
        raise


def _unpacked(file: BinaryIO, limits: Limits) -> BinaryIO:
    """Return the table itself when the file is a packed one; closes what it leaves behind."""
    for _ in range(_DEEPEST_PACKING):
        head = _head(file)
        if head.startswith(_GZIP):
            inner = unpacked_gzip(file, limits)
        elif head.startswith(_ZIP) and (member := _single_member(file, limits)):
            inner = unpacked_member(file, member, limits)
        else:
            return file
        file.close()
        file = inner
    return file


def _single_member(file: BinaryIO, limits: Limits) -> str | None:
    """Return the name of the only file in a plain archive; None when the archive is a document itself."""
    with checked_archive(file, limits) as archive:
        names = [name for name in archive.namelist() if _is_content(name)]
        if _document_kind(archive) is not None:
            return None
    if not names:
        raise refusals.empty_file()
    if len(names) > 1:
        raise refusals.several_files(names[:100])
    return names[0]


def _is_content(name: str) -> bool:
    """Leave out folders and what macOS adds to every archive."""
    last = name.rsplit("/", 1)[-1]
    return bool(last) and not last.startswith(".") and not name.startswith("__MACOSX/")


def _document_kind(archive: zipfile.ZipFile) -> str | None:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        if "xl/workbook.bin" in names:
            return "XLSB"
        return "DOCX" if "word/document.xml" in names else "PPTX" if "ppt/presentation.xml" in names else "XLSX"
    if "content.xml" in names and "mimetype" in names:
        return "ODS"
    return "Numbers" if any(name.endswith(".iwa") for name in names) else None


def _open_source(
    file: BinaryIO, *, sheet: str | None, encoding: str | None, separator: str | None, limits: Limits
) -> Source:
    head = _head(file)
    if not head:
        raise refusals.empty_file()
    if head.startswith(_ZIP):
        return _open_archive(file, sheet, limits)
    if head.startswith(_OLE):
        return LegacyWorkbook(file, sheet=sheet, limits=limits)
    for magic, name in _OTHER_FORMATS:
        if head.startswith(magic):
            raise refusals.unsupported(name)
    if looks_like_spreadsheetml(head):
        return SpreadsheetML(file, sheet=sheet, limits=limits)
    if looks_like_hypertext(head):
        return HypertextTables(file, sheet=sheet, encoding=encoding, limits=limits)
    return SeparatedText(file, encoding=encoding, separator=separator, limits=limits)


def _open_archive(file: BinaryIO, sheet: str | None, limits: Limits) -> Source:
    archive = checked_archive(file, limits)
    kind = _document_kind(archive)
    try:
        return _open_document(archive, kind, sheet=sheet, limits=limits)
    except BaseException:
        archive.close()
        raise


def _open_document(archive: zipfile.ZipFile, kind: str | None, *, sheet: str | None, limits: Limits) -> Source:
    if kind == "XLSX":
        return Workbook(archive, sheet=sheet, limits=limits)
    if kind == "ODS":
        return OpenDocument(archive, sheet=sheet, limits=limits)
    # An archive that is no document is unpacked before; one that remains is packed deeper than any honest table.
    raise refusals.unsupported(kind or "ZIP")


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_HEAD_BYTES)


def _check_size(file: BinaryIO, limits: Limits) -> None:
    if file.seek(0, 2) > limits.file_bytes:
        raise refusals.too_large(limits.file_bytes)
