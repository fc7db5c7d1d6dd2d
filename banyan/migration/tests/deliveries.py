"""What tests of the assistant deliver and read: archives, workbooks and tables, pages, figures and reports."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.transfer.models import Import
from banyan.migration.models import Move

EXPORTS = Path(__file__).parent / "exports"
PAGE = "/settings/import"


def packed(name: str, members: Mapping[str, str | bytes]) -> SimpleUploadedFile:
    """Return an archive with these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for path, text in members.items():
            target.writestr(path, text)
    return SimpleUploadedFile(name, content.getvalue())


def table(name: str, text: str | bytes) -> SimpleUploadedFile:
    """Return a file of text."""
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def deliver(browser: Client, *files: SimpleUploadedFile, source: str = "auto") -> str:
    """Deliver files on the page and return the address of the move."""
    answer = browser.post(PAGE, {"source": source, "files": list(files)})
    assert answer.status_code == 303, words(answer.content.decode())[:1500]
    return answer["Location"]


def take_over(browser: Client, address: str) -> Move:
    """Carry a move out on its page."""
    browser.post(f"{address}/start", {"move": "1"})
    move = Move.objects.get(pk=address.rsplit("/", 1)[-1])
    assert move.state == "done", move.problem
    return move


def words(page: str) -> str:
    """Return the words of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def counts(move: Move) -> tuple[int, ...]:
    """Return how many records a move created, updated and put aside."""
    tasks = Import.objects.filter(part_of=move.pk)
    return tuple(sum(getattr(task, name) for task in tasks) for name in ("created", "updated", "rejected"))


def report(browser: Client, address: str) -> dict[str, list[tuple]]:
    """Return the sheets of the report with their rows."""
    content = b"".join(browser.get(f"{address}/report"))
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
