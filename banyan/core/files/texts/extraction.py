"""Taking the text out of a file, whoever made it: in a child process with limits."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_CHILD = Path(__file__).with_name("child.py")
TIMEOUT_SECONDS = 120
_PROTECTED, _DAMAGED = 2, 3

Problem = Literal["", "protected", "damaged", "too_complex"]

#: How the text of a file is read, by the ending of its name.
KINDS = {
    "pdf": "pdf",
    **dict.fromkeys(("docx", "docm", "dotx"), "docx"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx"), "xlsx"),
    **dict.fromkeys(("pptx", "pptm", "ppsx"), "pptx"),
    **dict.fromkeys(("odt", "ods", "odp"), "odf"),
    **dict.fromkeys(("txt", "csv", "tsv", "md", "log", "json", "xml", "ics", "vcf", "eml"), "text"),
}
OFFICE_KINDS = frozenset({"docx", "xlsx", "pptx", "odf"})


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file, as much of it as could be read, and why there is not more."""

    text: str
    problem: Problem = ""


def kind_of(name: str, content_type: str) -> str:
    """Return how the text of a file is read: ``pdf``, ``docx`` ... ``text``; empty when it has none."""
    ending = name.rpartition(".")[2].lower()
    if content_type == "application/pdf":
        return "pdf"
    return KINDS.get(ending, "text" if content_type.startswith("text/") else "")


def text_of(content: Iterable[bytes], kind: str) -> Extracted:
    """Return the text of a file of a kind; a file that cannot be read gives a problem, never an error."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        for piece in content:
            source.write(piece)
        source.seek(0)
        try:
            ended = subprocess.run(  # noqa: S603 our own program; the kind is one of ours
                [sys.executable, "-I", str(_CHILD), kind],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Extracted("", "too_complex")
        target.seek(0)
        text = target.read().decode("utf-8", "ignore")
    problems: dict[int, Problem] = {0: "", _PROTECTED: "protected", _DAMAGED: "damaged"}
    return Extracted(text, problems.get(ended.returncode, "too_complex"))
