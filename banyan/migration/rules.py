"""Recognising files, filling templates and reading marked-up text: without the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from banyan.migration.sources import SourceFile, System, alternatives, folded

#: In which order objects are written, so that what others link to is there first.
ORDER = (
    "product", "customer", "contact", "lead", "opportunity", "quote", "contract", "order", "quote_line", "order_line",
    "opportunity_line", "task", "activity",
)  # fmt: skip
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_MARKUP = re.compile(
    r"</?(p|br|div|span|b|i|strong|em|ul|ol|li|a|table|tr|td|h[1-6]|html|body)\b[^<>]*>", re.IGNORECASE
)
_NUMBERED = re.compile(r"[-_ ]*(\(?\d+\)?)$")
_BREAKING = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_NAME_BONUS, _MARK_BONUS, _MOST_MARKS = 0.35, 0.15, 3
#: Below this share of known columns a file with the right name is still somebody else's.
_LEAST_KNOWN = 0.2
#: So many known columns are those of an export, even without any that only one system has.
_TELLING = 6


@dataclass(frozen=True)
class Recognised:
    """What a table is taken for, and how sure that is (comparable, not a probability).

    ``is_telling`` says that nothing but that system's export looks like it; a list of names and phones is anybody's.
    """

    system: str
    kind: str
    score: float
    is_telling: bool = True


def place_of(object_name: str) -> int:
    """Return when an object is written among the others."""
    return ORDER.index(object_name) if object_name in ORDER else len(ORDER)


def recognise(columns: Sequence[str], name: str, systems: Sequence[System]) -> list[Recognised]:
    """Return what a table may be, the likeliest first; empty when no description fits."""
    headings = [folded(column) for column in columns]
    found = []
    for system in systems:
        marked = len(system.marks.intersection(headings))
        marks = min(marked, _MOST_MARKS) * _MARK_BONUS
        for file in system.files:
            score = _score(headings, name, file)
            if score:
                is_telling = bool(marked) or len(file.known.intersection(headings)) >= _TELLING
                found.append(Recognised(system.name, file.kind, score + marks, is_telling))
    return sorted(found, key=lambda entry: -entry.score)


def _score(headings: Sequence[str], name: str, file: SourceFile) -> float:
    present = frozenset(headings)
    if present & file.absent or not all(present.intersection(sign) for sign in file.signs):
        return 0.0
    known = sum(heading in file.known for heading in headings) / len(headings)
    is_named = bare_name(name) in file.names
    if known < _LEAST_KNOWN and not is_named:
        return 0.0
    return known + (_NAME_BONUS if is_named else 0.0)


def bare_name(name: str) -> str:
    """Return a file's name without folders, ending and number: ``data/Accounts_001.csv`` is ``accounts``."""
    last = re.sub(
        r"\.(csv|xlsx?|json|txt|tsv|ods|gz)$", "", name.replace("\\", "/").rsplit("/", 1)[-1], flags=re.IGNORECASE
    )
    return folded(_NUMBERED.sub("", last)) or folded(last)


def most_common_system(found: Sequence[Sequence[Recognised]]) -> str:
    """Return the system that most tables speak for; an empty text when none does so by more than common columns."""
    telling = {entry.system for candidates in found for entry in candidates if entry.is_telling}
    votes: dict[str, float] = {}
    for candidates in found:
        best: dict[str, float] = {}
        for entry in candidates:
            best[entry.system] = max(best.get(entry.system, 0.0), entry.score)
        for system, score in best.items():
            if system not in telling:
                continue
            votes[system] = votes.get(system, 0.0) + score
    return max(votes, key=lambda system: votes[system]) if votes else ""


def filled(template: str, cell: Callable[[tuple[str, ...]], str]) -> str:
    """Fill a template such as ``{Subject}`` line by line; a line without a single filled place is left out.

    ``cell`` returns the text of the first column there is of several headings.
    """
    lines = []
    for line in template.split("\n"):
        texts = [plain(cell(alternatives(found))).strip() for found in _PLACEHOLDER.findall(line)]
        if not any(texts):
            continue
        parts = iter(texts)
        lines.append(_PLACEHOLDER.sub(lambda _match: next(parts), line).strip(" ·:"))  # noqa: B023 used at once
    return "\n".join(lines)


def plain(text: str) -> str:
    """Return marked-up text as plain text with its line breaks; any other text as it is."""
    if "<" not in text or not _MARKUP.search(text):
        return text
    reader = _TextOf()
    reader.feed(text)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _TextOf(HTMLParser):
    """Collects the text of marked-up content; scripts and styles are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a block begins."""
        if tag in {"script", "style"}:
            self._hidden += 1
        elif tag in _BREAKING and self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End what is not to be shown."""
        if tag in {"script", "style"} and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self._hidden:
            self.pieces.append(data)


def stage_meaning(name: str, known: Mapping[str, str]) -> str:
    """Return what a stage of another system means: ``won``, ``lost``, a probability in percent, or an empty text."""
    wanted = folded(name)
    for stage, meaning in known.items():
        if folded(stage) == wanted:
            return meaning
    if any(word in wanted for word in ("lost", "输单", "丢单", "失败", "无效")):
        return "lost"
    if any(word in wanted for word in ("won", "赢单", "成交", "签约成功")):
        return "won"
    return ""
