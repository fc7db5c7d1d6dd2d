"""Pure rules of processes: what a definition is, whether it makes sense, which way a move goes, when time is up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

Texts = Mapping[str, str]


class Outcome(StrEnum):
    """What it means that a record has come to a stage; an empty one is under way."""

    OPEN = ""
    DONE = "done"
    WON = "won"
    LOST = "lost"
    CANCELLED = "cancelled"


#: Outcomes for which nothing of the stage before has to be complete.
GIVEN_UP = frozenset({Outcome.LOST, Outcome.CANCELLED})


class Way(StrEnum):
    """Which way a move goes."""

    BEGIN = "begin"
    ON = "on"
    BACK = "back"
    AWAY = "away"


class Handover(StrEnum):
    """Who gets a record that comes into a stage, or whose time is up."""

    STAYS = ""
    PERSON = "person"
    ROLE = "role"
    DEPARTMENT = "department"
    SUPERIOR = "superior"
    CREATOR = "creator"


@dataclass(frozen=True)
class Check:
    """A condition that must hold, and what people read when it does not."""

    filter: Mapping[str, Any] = field(default_factory=dict)
    messages: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Gate:
    """What must be true of a record that comes into a stage, or goes on from it."""

    checks: tuple[Check, ...] = ()
    fields: tuple[str, ...] = ()
    file: bool = False


@dataclass(frozen=True)
class Item:
    """Something to tick while a record is in a stage; a ``needed`` one must be ticked before it goes on."""

    key: str
    labels: Texts = field(default_factory=dict)
    needed: bool = True


@dataclass(frozen=True)
class Reason:
    """A reason to choose from on coming into a stage."""

    key: str
    labels: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Receiver:
    """Who gets a record: a kind of ``Handover``, with the id of the person, role or department."""

    kind: str = Handover.STAYS
    id: str = ""


@dataclass(frozen=True)
class Limit:
    """How long a record may stay: hours, and how many before the end its owner is reminded.

    When time is up the owner is told, the superior too if wished, and ``receiver`` may get the record.
    """

    hours: int = 0
    remind: int = 0
    superior: bool = True
    receiver: Receiver = field(default_factory=Receiver)


@dataclass(frozen=True)
class Movers:
    """Who may move records on from a stage: the owner, and whoever is named by a grantee; all when nobody is named."""

    owner: bool = False
    grantees: tuple[Mapping[str, str], ...] = ()

    @property
    def is_anybody(self) -> bool:
        """Say whether nobody is excluded."""
        return not self.owner and not self.grantees


@dataclass(frozen=True)
class Stage:
    """A stage: its ``key`` is the value of the field, as text."""

    key: str
    outcome: str = Outcome.OPEN
    starts: bool = False
    moves: tuple[str, ...] = ()
    entry: Gate = field(default_factory=Gate)
    exit: Gate = field(default_factory=Gate)
    checklist: tuple[Item, ...] = ()
    movers: Movers = field(default_factory=Movers)
    handover: Receiver = field(default_factory=Receiver)
    limit: Limit = field(default_factory=Limit)
    reasons: tuple[Reason, ...] = ()
    needs_comment: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether a record in it is still under way."""
        return self.outcome == Outcome.OPEN


@dataclass(frozen=True)
class WorkingTime:
    """When hours count: the days of the week (1 is Monday), from one time of the day to another."""

    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    begins: str = "09:00"
    ends: str = "18:00"


@dataclass(frozen=True)
class Definition:
    """A process: its stages in order, whether a way back needs a reason, and when hours count (None: always)."""

    stages: tuple[Stage, ...] = ()
    back_needs_reason: bool = False
    working: WorkingTime | None = None

    @property
    def keys(self) -> list[str]:
        """Return the keys of the stages in order."""
        return [stage.key for stage in self.stages]

    def stage(self, key: str) -> Stage | None:
        """Return a stage by its key."""
        return next((stage for stage in self.stages if stage.key == key), None)

    def position(self, key: str) -> int:
        """Return the place of a stage; -1 for one that there is not."""
        return next((index for index, stage in enumerate(self.stages) if stage.key == key), -1)


def to_json(definition: Definition) -> dict[str, Any]:
    """Return a definition as it is stored."""
    return asdict(definition)


def from_json(stored: Mapping[str, Any] | None) -> Definition:
    """Return the definition that is stored so; what is missing has its default."""
    given = stored or {}
    working = given.get("working")
    return Definition(
        stages=tuple(_stage(entry) for entry in given.get("stages", ())),
        back_needs_reason=bool(given.get("back_needs_reason")),
        working=WorkingTime(tuple(working["days"]), working["begins"], working["ends"]) if working else None,
    )


def _stage(given: Mapping[str, Any]) -> Stage:
    limit = given.get("limit") or {}
    movers = given.get("movers") or {}
    return Stage(
        key=str(given["key"]),
        outcome=str(given.get("outcome") or ""),
        starts=bool(given.get("starts")),
        moves=tuple(given.get("moves") or ()),
        entry=_gate(given.get("entry") or {}),
        exit=_gate(given.get("exit") or {}),
        checklist=tuple(
            Item(item["key"], item.get("labels") or {}, bool(item.get("needed", True)))
            for item in given.get("checklist") or ()
        ),
        movers=Movers(bool(movers.get("owner")), tuple(movers.get("grantees") or ())),
        handover=_receiver(given.get("handover")),
        limit=Limit(
            int(limit.get("hours") or 0),
            int(limit.get("remind") or 0),
            bool(limit.get("superior", True)),
            _receiver(limit.get("receiver")),
        ),
        reasons=tuple(Reason(entry["key"], entry.get("labels") or {}) for entry in given.get("reasons") or ()),
        needs_comment=bool(given.get("needs_comment")),
    )


def _gate(given: Mapping[str, Any]) -> Gate:
    checks = tuple(Check(entry.get("filter") or {}, entry.get("messages") or {}) for entry in given.get("checks") or ())
    return Gate(checks, tuple(given.get("fields") or ()), bool(given.get("file")))


def _receiver(given: Mapping[str, Any] | None) -> Receiver:
    return Receiver(str((given or {}).get("kind") or ""), str((given or {}).get("id") or ""))


@dataclass(frozen=True)
class Problem:
    """Why a definition cannot be put into force; ``stage`` and ``other`` are keys of stages."""

    code: str
    stage: str = ""
    other: str = ""


def problems_of(definition: Definition) -> list[Problem]:
    """Return what makes no sense in a process: no stage, no beginning, no end, stages without way in or out."""
    stages = definition.stages
    if not stages:
        return [Problem("no_stages")]
    keys = set(definition.keys)
    found = [
        Problem("unknown_move", stage.key, other) for stage in stages for other in stage.moves if other not in keys
    ]
    starts = [stage.key for stage in stages if stage.starts]
    ends = [stage.key for stage in stages if not stage.is_open]
    if not starts:
        found.append(Problem("no_start"))
    if not ends:
        found.append(Problem("no_end"))
    moves = {stage.key: [key for key in stage.moves if key in keys and key != stage.key] for stage in stages}
    if starts:
        reached = _reached(starts, moves)
        found += [Problem("unreachable", key) for key in definition.keys if key not in reached]
    if ends:
        backwards = {key: [other for other in keys if key in moves[other]] for key in keys}
        ending = _reached(ends, backwards)
        for stage in stages:
            if not moves[stage.key] and stage.is_open:
                found.append(Problem("dead_end", stage.key))
            elif stage.key not in ending:
                found.append(Problem("endless", stage.key))
    return found


def _reached(begin: Iterable[str], moves: Mapping[str, Sequence[str]]) -> set[str]:
    reached, waiting = set(begin), list(begin)
    while waiting:
        for key in moves[waiting.pop()]:
            if key not in reached:
                reached.add(key)
                waiting.append(key)
    return reached


def way_of(definition: Definition, source: str, target: str) -> Way:
    """Return which way a move goes; from nowhere, or from a stage that the process does not know, it begins."""
    before, after = definition.stage(source), definition.stage(target)
    if before is None or after is None:
        return Way.BEGIN
    if after.outcome in GIVEN_UP:
        return Way.AWAY
    if not before.is_open and after.is_open:
        return Way.BACK
    return Way.ON if definition.position(target) > definition.position(source) else Way.BACK


def usual_moves(definition: Definition) -> Definition:
    """Return the definition with the moves that most processes have: to the next stage, one back, and to every end."""
    open_keys = [stage.key for stage in definition.stages if stage.is_open]
    ends = [stage.key for stage in definition.stages if not stage.is_open]
    good = [key for key in ends if (definition.stage(key) or Stage(key)).outcome not in GIVEN_UP]
    given_up = [key for key in ends if key not in good]
    stages = []
    for stage in definition.stages:
        moves: list[str] = []
        if stage.is_open:
            place = open_keys.index(stage.key)
            following = open_keys[place + 1 : place + 2]
            moves = [*open_keys[max(0, place - 1) : place], *following, *([] if following else good), *given_up]
        starts = bool(open_keys) and stage.key == open_keys[0]
        stages.append(replace(stage, moves=tuple(moves), starts=starts))
    return replace(definition, stages=tuple(stages))


def time_is_up(begin: datetime, hours: int, working: WorkingTime | None, zone: str) -> datetime:
    """Return the instant at which a number of hours has passed since ``begin``, counting only working time.

    Args:
        begin: When the hours begin to count, in UTC or any zone.
        hours: How many.
        working: When hours count; None counts each.
        zone: The IANA zone in which the times of the day are meant.
    """
    left = timedelta(hours=hours)
    if working is None or not working.days or working.begins >= working.ends:
        return begin + left
    here = ZoneInfo(zone)
    opens, closes = time.fromisoformat(working.begins), time.fromisoformat(working.ends)
    day = begin.astimezone(here).date()
    while True:
        if day.isoweekday() in working.days:
            start = max(begin, datetime.combine(day, opens, here).astimezone(begin.tzinfo))
            end = datetime.combine(day, closes, here).astimezone(begin.tzinfo)
            if end - start >= left:
                return start + left
            left -= max(timedelta(0), end - start)
        day += timedelta(days=1)
