"""From a delivered table to the table that is imported: the columns as they came, and those made of them.

The table keeps every original cell, so that whatever does not fit can be shown as it was.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path

from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.importing.plan import CREATED_AT, KEY
from banyan.migration.people import People, Stages
from banyan.migration.rules import filled, plain
from banyan.migration.sources import ColumnUse, Part, folded
from banyan.migration.uploads import Opened

ROW, MADE = "#", "→ "
#: Our fields beside those of the object that a prepared table may fill.
ORIGINAL_ID, ORIGINAL_OWNER = "original_id", "original_owner"
#: What a record was in the other system, and since when, where that follows after everything else has come.
STATE, STATE_SINCE = "original_state", "original_state_since"
PAST_STATE, PAST_STATE_SINCE = "@state", "@state_since"
#: States in which a record takes no lines any more, and those in which it arrives before.
FIRST_STATES = {
    "quote": {"sent": "draft", "accepted": "draft", "declined": "draft", "expired": "draft"},
    "order": {"completed": "confirmed", "cancelled": "draft"},
}
NOTHING = "—"
#: Stands for every text where words of a column are translated, such as any day on which something was signed.
ANYTHING = "*"
TRUE = frozenset({"1", "true", "yes"})
LONG_TEXTS = ("notes", "text", "needs")
REACHED_BY = ("phone", "mobile", "email")
OWNERS = ("owner", "assignee")
#: What a row is called that has no words of its own, where a record needs some.
NEEDED_TEXTS = {"activity": "text", "task": "name"}


@dataclass
class Prepared:
    """A table ready to be imported: its columns, what each goes to, and what was met on the way.

    ``uses`` maps a column to the field it goes to, ``kinds`` to the things whose ids it holds, ``values`` to the
    translation of its words. ``people`` counts what users are called, ``stages`` what stages are called.
    """

    columns: list[str] = field(default_factory=list)
    uses: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    own_links: list[str] = field(default_factory=list)
    rows: int = 0
    linked_rows: int = 0


@dataclass(frozen=True)
class Known:
    """What has been settled about people and stages."""

    people: People
    stages: Stages


Maker = Callable[[Sequence[str]], str]
Uses = Sequence[tuple[int, ColumnUse]]


class Staging:
    """Prepares the rows of one table, or those of them that a part takes."""

    def __init__(
        self,
        opened: Opened,
        part: Part | None,
        spec: ObjectSpec,
        kind: str,
        known: Known,
        *,
        deleted: Sequence[str] = (),
    ) -> None:
        self.deleted = deleted
        self.opened = opened
        self.part = part
        self.spec = spec
        self.kind = kind
        self.known = known
        self.prepared = Prepared()
        self._places = {folded(name): position for position, name in reversed(list(enumerate(opened.columns)))}
        self._makers: list[tuple[str, Maker]] = []
        self._taken = {name.casefold() for name in opened.columns}
        self._people: list[Uses] = []
        self._stages: list[ColumnUse] = []
        self._own: list[int] = []
        self._plan()
        self.prepared.columns = [ROW, *opened.columns, *(name for name, _maker in self._makers)]

    def rows(self) -> Iterator[list[str]]:
        """Yield the prepared rows, counting people and stages."""
        prepared = self.prepared
        width = len(self.opened.columns)
        for number, cells in self.opened.rows:
            texts = [written(cell) for cell in cells]
            if len(texts) != width:
                # Half a row, or one too wide, is not guessed at: the import puts it aside as it is.
                prepared.rows += 1
                extra = [""] * len(self._makers) if len(texts) > width else []
                yield [str(number), *texts[:width], *extra, *texts[width:]]
                continue
            if self._is_passed_over(texts):
                continue
            prepared.rows += 1
            prepared.people.update({name for uses in self._people if (name := self._one_of(uses, texts))})
            stage = self._stage(texts)
            if stage:
                prepared.stages[stage] += 1
            prepared.linked_rows += any(texts[position] for position in self._own)
            yield [str(number), *texts, *(make(texts) for _name, make in self._makers)]

    def _is_passed_over(self, texts: Sequence[str]) -> bool:
        """Say whether a row is none of this part's, or was deleted there."""
        if self._first(self.deleted, texts).casefold() in TRUE:
            return True
        when = self.part.when if self.part else None
        return when is not None and not when.holds(self._first(when.headings, texts))

    def _plan(self) -> None:
        """Decide what each column goes to, and which columns have to be made."""
        targets: dict[str, list[tuple[int, ColumnUse]]] = {}
        for use in self.part.columns if self.part else ():
            position = self._place(use.headings)
            if position is None:
                continue
            for to in use.to:
                targets.setdefault(to, []).append((position, use))
        direct: set[int] = set()
        for to, uses in targets.items():
            if self._is_possible(to) and to not in {PAST_STATE, PAST_STATE_SINCE}:
                self._aim(to, uses, direct)
        for to, template in (self.part.made if self.part else {}).items():
            if self._is_possible(to):
                self._make(to, partial(self._text, template, to, targets))
        self._make_extras(targets)

    def _is_possible(self, to: str) -> bool:
        return to.startswith("@") or to.partition(".")[0] in self.spec.writable_fields

    def _aim(self, to: str, uses: Uses, direct: set[int]) -> None:
        """Let columns go to a field: the column itself where it is the only one, else one that is made of them."""
        if uses[0][1].role == "person":
            self._people.append(uses)
        if to in (self.part.made if self.part else ()):
            return
        if to in LONG_TEXTS:
            self._make(to, lambda texts: self._long_text(to, "", texts))
        elif uses[0][1].role == "stage":
            self._stages = [use for _position, use in uses]
            self._make(to, self._stage)
        else:
            self._aim_at(to, _sure(uses), direct)

    def _aim_at(self, to: str, uses: Uses, direct: set[int]) -> None:
        position, use = uses[0]
        if len(uses) == 1 and use.role != "person" and not use.first and position not in direct:
            direct.add(position)
            name = self.opened.columns[position]
            self.prepared.uses[name] = to
        else:
            tells_kind = len({entry.of for _position, entry in uses}) > 1
            name = self._make(to, lambda texts: self._one_of(uses, texts, tells_kind=tells_kind))
        self.prepared.kinds[name] = tuple(dict.fromkeys(kind for _position, entry in uses for kind in entry.of))
        if self._is_own_link(to, use):
            self.prepared.own_links.append(name)
            self._own.append(position)
        values = {word: code for _position, entry in uses for word, code in entry.values.items()}
        if values and to == "status":
            first = FIRST_STATES.get(self.spec.name, {})
            values = {word: first.get(code, code) for word, code in values.items()}
        if values:
            self.prepared.values[name] = values

    def _is_own_link(self, to: str, use: ColumnUse) -> bool:
        entry = self.spec.all_fields.get(to)
        return self.kind in use.of and entry is not None and getattr(entry.kind, "target", "") == self.spec.name

    def _make(self, to: str, maker: Maker, *, label: str = "") -> str:
        """Add a column that is made of others and return its name."""
        base = name = f"{MADE}{label or to.removeprefix('@')}"
        count = 1
        while name.casefold() in self._taken:
            count += 1
            name = f"{base} ({count})"
        self._taken.add(name.casefold())
        self._makers.append((name, maker))
        if to:
            self.prepared.uses[name] = to
        return name

    def _make_extras(self, targets: Mapping[str, Uses]) -> None:
        """Make what no column says: a key for rows without one, original ids and owners, days that follow."""
        keys = targets.get(KEY, ())
        if not keys:
            self._make(KEY, lambda texts: f"row-{hashlib.sha256(chr(31).join(texts).encode()).hexdigest()[:32]}")
        else:
            self._make("", lambda texts: texts[keys[0][0]], label=ORIGINAL_ID)
        self._make_states(targets)
        made = self.part.made if self.part else {}
        notes = next((name for name in ("notes", "text") if name in self.spec.writable_fields), "")
        if self.part and notes and notes not in targets and notes not in made and self._leftovers_possible(targets):
            self._make(notes, lambda texts: self._long_text(notes, "", texts))
        if self._points_possible(targets):
            self._make("further_contacts", lambda texts: self._further(targets, texts))
        if self.spec.name == "activity" and CREATED_AT in targets:
            self._follow("happened_at", targets, [*targets.get("happened_at", ()), *targets[CREATED_AT]])
        if self.spec.name == "opportunity" and "expected_close_on" in targets:
            closed = [*targets.get("closed_on", ()), *targets["expected_close_on"]]
            self._follow("closed_on", targets, closed, only_if=lambda texts: self._stage(texts) in self.known.stages)
        owner = next((to for to in OWNERS if to in targets), "")
        if owner and self.spec.name not in NEEDED_TEXTS:
            self._make("", lambda texts: self._unmatched(targets[owner], texts), label=ORIGINAL_OWNER)
        if {"name.given", "name.family"} & targets.keys() and "name" not in targets:
            self._make("name", lambda texts: self._stand_in(targets, texts), label="name")

    def _make_states(self, targets: Mapping[str, Uses]) -> None:
        """Keep what a record was, where it gets that state at the end."""
        later = FIRST_STATES.get(self.spec.name, {})
        uses = targets.get(PAST_STATE) or targets.get("status", ()) if later else ()
        if not uses:
            return

        def state(texts: Sequence[str]) -> str:
            told = (use.values.get(texts[position]) or use.values.get(ANYTHING, "")
                    for position, use in uses if texts[position])  # fmt: skip
            code = next(filter(None, told), "")
            return code if code in later else ""

        self._make("", state, label=STATE)
        if since := targets.get(PAST_STATE_SINCE, ()):
            self._make("", lambda texts: self._one_of(since, texts) if state(texts) else "", label=STATE_SINCE)

    def _follow(
        self,
        to: str,
        targets: Mapping[str, Uses],
        uses: Uses,
        *,
        only_if: Callable[[Sequence[str]], bool] = lambda texts: True,
    ) -> None:
        """Let a field follow from others where its own columns are empty."""
        for name in [name for name, field_name in self.prepared.uses.items() if field_name == to]:
            del self.prepared.uses[name]
        own = targets.get(to, ())
        self._make(to, lambda texts: self._one_of(uses if only_if(texts) else own, texts))

    def _leftovers_possible(self, targets: Mapping[str, Uses]) -> bool:
        return "further_contacts" not in self.spec.writable_fields and any(
            len(targets.get(to, ())) > 1 for to in REACHED_BY
        )

    def _points_possible(self, targets: Mapping[str, Uses]) -> bool:
        return "further_contacts" in self.spec.writable_fields and any(
            len(targets.get(to, ())) > 1 for to in REACHED_BY
        )

    def _place(self, headings: Sequence[str]) -> int | None:
        return next((self._places[heading] for heading in headings if heading in self._places), None)

    def _first(self, headings: Sequence[str], texts: Sequence[str]) -> str:
        position = self._place(headings)
        return "" if position is None else texts[position]

    def _one_of(self, uses: Uses, texts: Sequence[str], *, tells_kind: bool = False) -> str:
        """Return the first text that counts; an id with what it is the id of, where that differs."""
        for position, use in uses:
            text = texts[position]
            if use.first:
                text = text.split(use.first)[0].strip()
            if text and (not use.only or text in use.only):
                return f"{use.of[0]}:{text}" if tells_kind and len(use.of) == 1 else text
        return ""

    def _stage(self, texts: Sequence[str]) -> str:
        pairs = [(self._place(use.headings), use) for use in self._stages]
        return self._one_of([(position, use) for position, use in pairs if position is not None], texts)

    def _text(self, template: str, to: str, targets: Mapping[str, Uses], texts: Sequence[str]) -> str:
        text = filled(template, lambda headings: self._first(headings, texts))
        if to in LONG_TEXTS:
            return self._long_text(to, text, texts)
        return " ".join((text or self._one_of(targets.get(to, ()), texts)).split())

    def _long_text(self, to: str, text: str, texts: Sequence[str]) -> str:
        """Return a long text with everything that has no other place: further columns, numbers, who wrote it."""
        lines = [text] if text else []
        part = self.part
        for use in part.columns if part else ():
            position = self._place(use.headings)
            if position is None or not texts[position]:
                continue
            if to in use.to and plain(texts[position]) not in lines:
                lines.append(plain(texts[position]))
        if to in {"notes", "text"} and "further_contacts" not in self.spec.writable_fields:
            lines += self._further_lines(texts)
        if to == "text" and self.spec.name == "activity":
            author = self._author(texts)
            lines += [f"— {author}"] if author else []
        joined = "\n".join(line for line in lines if line)
        return joined or (NOTHING if NEEDED_TEXTS.get(self.spec.name) == to else "")

    def _further(self, targets: Mapping[str, Uses], texts: Sequence[str]) -> str:
        return "\n".join(self._further_lines(texts))

    def _further_lines(self, texts: Sequence[str]) -> list[str]:
        """Return phones and addresses that their field has no room for, each with the name of its column."""
        lines: list[str] = []
        for to in REACHED_BY:
            found = [self._place(use.headings) for use in (self.part.columns if self.part else ()) if to in use.to]
            given = [position for position in found if position is not None and texts[position]]
            first = texts[given[0]] if given else ""
            lines += [
                f"{self.opened.columns[position][:30]}: {texts[position]}"
                for position in given[1:]
                if texts[position] != first
            ]
        return lines

    def _author(self, texts: Sequence[str]) -> str:
        uses = [
            (self._place(use.headings), use) for use in (self.part.columns if self.part else ()) if "owner" in use.to
        ]
        return self._unmatched([(position, use) for position, use in uses if position is not None], texts)

    def _unmatched(self, uses: Uses, texts: Sequence[str]) -> str:
        """Return the name of the person in a row who is nobody here."""
        return self.known.people.get(self._one_of(uses, texts))

    def _stand_in(self, targets: Mapping[str, Uses], texts: Sequence[str]) -> str:
        """Return what a person without a name is called."""
        if any(self._one_of(targets.get(to, ()), texts) for to in ("name.given", "name.family")):
            return ""
        return next(
            (found for to in (*REACHED_BY, "company") if (found := self._one_of(targets.get(to, ()), texts))), ""
        )


def _sure(uses: Uses) -> Uses:
    """Return the columns with ids where there are any: ids are sure, names may be shared."""
    return [pair for pair in uses if pair[1].of] or uses


@contextmanager
def staged(staging: Staging, *, head: int | None = None) -> Iterator[Path]:
    """Write the prepared table as a file for the time of the block; ``head`` takes that many rows only."""
    with tempfile.NamedTemporaryFile("w", prefix="banyan-move-", suffix=".csv", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(staging.prepared.columns)
        for row in islice(staging.rows(), head):
            writer.writerow(row)
        target.flush()
        yield Path(target.name)


@contextmanager
def links_only(path: Path, prepared: Prepared) -> Iterator[tuple[Path, list[str]]]:
    """Write a second table of the keys and of the links to records of the same file, for the time of the block."""
    key = next(name for name, to in prepared.uses.items() if to == KEY)
    columns = [ROW, key, *prepared.own_links]
    with (
        path.open(encoding="utf-8", newline="") as source,
        tempfile.NamedTemporaryFile("w", prefix="banyan-move-", suffix=".csv", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow(columns)
        for row in csv.DictReader(source):
            if any(row[name] for name in prepared.own_links):
                writer.writerow([row[name] for name in columns])
        target.flush()
        yield Path(target.name), columns


def written(cell: Cell) -> str:
    """Return a cell as text that reads back as the same."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    return str(cell).strip()
