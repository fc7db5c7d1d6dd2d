"""Every reason for which a file is not read, each with a stable code and the way out."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.errors import Refused


def empty_file() -> Refused:
    """Refuse a file, or a sheet, without a single filled cell."""
    return Refused("table.empty", _("This file holds no data. Check that you chose the right file, and save it again."))


def only_header() -> Refused:
    """Refuse a table that has column names and no rows."""
    return Refused("table.only_header", _("This file has column names but no rows. Add at least one row below them."))


def password_protected() -> Refused:
    """Refuse an encrypted workbook or archive."""
    return Refused(
        "table.password",
        _("This file is protected by a password. Open it, remove the password, save it and choose it again."),
    )


def broken(reason: str = "") -> Refused:
    """Refuse a file whose inside contradicts its format; ``reason`` is technical, for the log."""
    return Refused(
        "table.broken",
        _("This file is damaged and cannot be opened. Open it in a spreadsheet program and save it again."),
        reason=reason,
    )


def suspicious_compression() -> Refused:
    """Refuse an archive that unpacks to far more than any real table (a zip bomb)."""
    return Refused(
        "table.bomb",
        _("This file unpacks to suspiciously much. Save the table as plain CSV and choose that file."),
    )


def too_large(limit_bytes: int) -> Refused:
    """Refuse a file, or its unpacked content, above the limit in bytes."""
    return Refused(
        "table.too_large",
        format_lazy(
            _("This file is larger than {megabytes} MB. Split it into several files and import them one by one."),
            megabytes=f"{limit_bytes // 1_000_000:,}",
        ),
        limit_bytes=limit_bytes,
    )


def no_space() -> Refused:
    """Refuse to unpack when the disk of the server is nearly full."""
    return Refused(
        "table.no_space",
        _(
            "The server has too little disk space to unpack this file. Tell your administrator, or choose a smaller file."
        ),
    )


def not_a_table() -> Refused:
    """Refuse content that is neither text nor a workbook."""
    return Refused(
        "table.not_a_table",
        _("This is not a table we can read. Save it as XLSX or CSV in your spreadsheet program and choose that file."),
    )


def unsupported(name: str) -> Refused:
    """Refuse a known format that is not read; ``name`` is the format as people call it."""
    return Refused(
        "table.unsupported",
        format_lazy(
            _("{name} files are not supported. Save the table as XLSX or CSV and choose that file."), name=name
        ),
        format=name,
    )


def unknown_encoding() -> Refused:
    """Refuse text in which no encoding makes sense of the bytes."""
    return Refused(
        "table.unknown_encoding",
        _("We cannot tell the character encoding of this file. Choose it yourself, or save the file as CSV UTF-8."),
    )


def no_such_encoding(name: str) -> Refused:
    """Refuse an encoding name that means nothing."""
    return Refused(
        "table.no_such_encoding",
        format_lazy(_("There is no character encoding called “{name}”. Choose one from the list."), name=name),
        encoding=name,
    )


def bad_separator(separator: str) -> Refused:
    """Refuse a separator that is not exactly one ordinary character."""
    return Refused(
        "table.bad_separator",
        _("The separator must be a single character, such as a comma, a semicolon or a tab."),
        separator=separator,
    )


def too_many_columns(limit: int) -> Refused:
    """Refuse a table wider than the limit."""
    return Refused(
        "table.too_many_columns",
        format_lazy(
            _("This table has more than {limit} columns. Delete the columns you do not need, and try again."),
            limit=f"{limit:,}",
        ),
        limit=limit,
    )


def endless_cell(row: int) -> Refused:
    """Refuse a cell without end, which is nearly always a quotation mark that nobody closed."""
    return Refused(
        "table.unclosed_quote",
        format_lazy(
            _("The cell that begins in line {row} does not end: a quotation mark is not closed. Correct that line."),
            row=f"{row:,}",
        ),
        row=row,
    )


def missing_sheet(name: str, sheets: list[str]) -> Refused:
    """Refuse a sheet name that the workbook does not have."""
    return Refused(
        "table.missing_sheet",
        format_lazy(
            _("This file has no sheet called “{name}”. Choose one of: {sheets}."), name=name, sheets=", ".join(sheets)
        ),
        sheets=sheets,
    )


def missing_header_row(row: int) -> Refused:
    """Refuse a row of column names that is empty or beyond the beginning of the file."""
    return Refused(
        "table.missing_header_row",
        format_lazy(_("Row {row} holds no column names. Choose a row near the top of the file."), row=f"{row:,}"),
        row=row,
    )


def several_files(names: list[str]) -> Refused:
    """Refuse an archive with more than one table in it."""
    return Refused(
        "table.several_files",
        _("This archive holds several files. Unpack it and choose the file you want to import."),
        names=names,
    )
