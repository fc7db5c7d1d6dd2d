"""The child process that reads a file from standard input and writes the text in it, as UTF-8.

Run as a program, never imported by the product: it limits memory, time and output of its own process,
because nobody knows who made the file. It ends with 0 and what text there is, with 2 when the file is
protected by a password, with 3 when it is damaged, with 4 when it is out of proportion.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 60
MOST_CHARACTERS = 500_000
MOST_PAGES = 2_000
#: What an archive may unpack to: in all, and per packed byte once it is beyond what is innocent.
UNPACKED_BYTES, INNOCENT_BYTES, RATIO = 400_000_000, 20_000_000, 200
CHUNK_BYTES = 1 << 16
PROTECTED, DAMAGED, SUSPICIOUS = 2, 3, 4

#: Elements that hold text, and elements after which a line ends, by the format's own names.
TEXT_OF = {"docx": {"t", "delText"}, "pptx": {"t"}, "xlsx": {"t", "is"}}
LINE_OF = {"docx": {"p", "br", "cr"}, "pptx": {"p", "br"}, "xlsx": {"si", "is", "row"}}
PARTS_OF = {
    "docx": re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml"),
    "pptx": re.compile(r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml"),
    "xlsx": re.compile(r"xl/(sharedStrings|workbook|worksheets/sheet\d+)\.xml"),
    "odf": re.compile(r"content\.xml"),
}
ODF_LINES = {"p", "h", "line-break", "table-cell"}


class Full(Exception):
    """As much text was read as is kept."""


class Suspicious(Exception):
    """The file would unpack to more than any honest one."""


class Collector:
    """Takes text until there is enough."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0

    def add(self, text: str) -> None:
        """Take a text; raise ``Full`` at the limit."""
        self.pieces.append(text[: MOST_CHARACTERS - self.size])
        self.size += len(self.pieces[-1])
        if self.size >= MOST_CHARACTERS:
            raise Full

    def text(self) -> str:
        """Return what was taken, without the space that layout leaves behind."""
        lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(self.pieces).splitlines())
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip().replace("\x00", "")


def read_pdf(content: bytes, found: Collector) -> None:
    """Take the text of each page."""
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise FileNotDecryptedError
    for page in reader.pages[:MOST_PAGES]:
        found.add(page.extract_text() + "\n")


def read_text(content: bytes, found: Collector) -> None:
    """Take a plain text in the encodings that occur in practice."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        found.add(content.decode("utf-16", errors="replace"))
        return
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        found.add(text)
        return
    found.add(content.decode("cp1252", errors="replace"))


def read_archive(content: bytes, kind: str, found: Collector) -> None:
    """Take the text of the parts of an Office or OpenDocument file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > UNPACKED_BYTES or (unpacked > INNOCENT_BYTES and unpacked > RATIO * len(content)):
            raise Suspicious
        names = sorted((entry.filename for entry in entries if PARTS_OF[kind].fullmatch(entry.filename)), key=_in_order)
        for name in names:
            with archive.open(name) as part:
                read_part(part, kind, found)
            found.add("\n")


def _in_order(name: str) -> tuple[str, int]:
    number = re.search(r"\d+", name)
    return re.sub(r"\d+", "", name), int(number.group()) if number else 0


def read_part(part: IO[bytes], kind: str, found: Collector) -> None:
    """Take the text of one XML part, without the features of XML that are weapons."""
    inside = 0
    texts, lines = TEXT_OF.get(kind), LINE_OF.get(kind, ODF_LINES)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        local = name.rpartition(":")[2]
        inside += texts is not None and local in texts
        if local in {"tab", "s"} and kind != "xlsx":
            found.add(" ")
        if kind == "xlsx" and local == "sheet":
            found.add(attributes.get("name", "") + "\n")

    def end(name: str) -> None:
        nonlocal inside
        local = name.rpartition(":")[2]
        inside -= texts is not None and local in texts
        if local in lines:
            found.add("\n")

    def text(data: str) -> None:
        if texts is None or inside:
            found.add(data)

    def refuse(*_declaration: object) -> None:
        raise Suspicious

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    # No office program writes a document type, and entities can be declared nowhere else.
    parser.StartDoctypeDeclHandler = refuse
    for chunk in chunks(part):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def chunks(part: IO[bytes]) -> Iterator[bytes]:
    """Yield a part piece by piece."""
    while chunk := part.read(CHUNK_BYTES):
        yield chunk


def limit_resources() -> None:
    """Let an absurd file fail in this process alone; systems without limits rely on the child being a child."""
    try:
        import resource  # noqa: PLC0415 does not exist on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main(kind: str, content: bytes) -> int:
    """Write the text of a file to standard output and return the exit code."""
    readers: dict[str, Callable[[], None]] = {
        "pdf": lambda: read_pdf(content, found),
        "text": lambda: read_text(content, found),
    }
    found, code = Collector(), 0
    try:
        readers.get(kind, lambda: read_archive(content, kind, found))()
    except Full:
        pass
    except (Suspicious, MemoryError):
        return SUSPICIOUS
    except Exception as error:  # noqa: BLE001 libraries raise anything at broken files; the exit code tells
        is_protected = type(error).__name__ in {"FileNotDecryptedError", "DependencyError"} or "encrypted" in str(error)
        code = PROTECTED if is_protected else DAMAGED
    sys.stdout.buffer.write(found.text().encode("utf-8", "ignore"))
    return code


if __name__ == "__main__":
    limit_resources()
    sys.exit(main(sys.argv[1], sys.stdin.buffer.read()))
