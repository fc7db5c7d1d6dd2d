"""A flow as it is written down: JSON in a version, read into values that the engine works with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.approvals import rules
from banyan.core.approvals.choices import (
    Afterwards,
    ApproverKind,
    CommentRule,
    Mode,
    Starters,
    Taken,
    WhenEmpty,
    WhenLate,
    WhenStarter,
    Withdrawing,
)
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec

Json = dict[str, Any]
#: In ``Lock.fields``: all fields that people may write, except the owner.
EVERY_FIELD = "*"
MOST_STEPS, MOST_LEVELS, MOST_HOURS = 30, 10, 24 * 90


@dataclass(frozen=True)
class Approvers:
    """One way in which approvers are found; only what its ``kind`` needs is filled.

    ``people`` are ids of people, ``role`` is a role's key, ``level`` the distance of a superior, ``field`` a field's
    name. People are written as e-mail addresses in a document.
    """

    kind: str = ApproverKind.PEOPLE.value
    people: tuple[str, ...] = ()
    role: str = ""
    level: int = 1
    field: str = ""

    @property
    def user_ids(self) -> list[uuid.UUID]:
        """Return the ids of the people named."""
        return [pk for text in self.people if (pk := parse_id(text)) is not None]


@dataclass(frozen=True)
class Step:
    """One step: when it is taken, who decides and how, what happens when nobody does, and who gets a copy."""

    key: str
    names: Mapping[str, str] = field(default_factory=dict)
    taken: str = Taken.ALWAYS.value
    condition: Json = field(default_factory=dict)
    parallel: bool = False
    approvers: tuple[Approvers, ...] = ()
    mode: str = Mode.ALL.value
    ratio: int = 50
    when_empty: str = WhenEmpty.ADMINISTRATORS.value
    when_starter: str = WhenStarter.SUPERIOR.value
    hours: int = 0
    remind_before: int = 0
    when_late: str = WhenLate.REMIND.value
    comment: str = CommentRule.REFUSING.value
    signature: bool = False
    copies: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what the step is called in the language of the moment."""
        return in_language(self.names) or _("Approval")

    def get_mode(self) -> Any:
        """Return in words how the approvers decide together."""
        return Mode(self.mode).label

    @property
    def is_chosen(self) -> bool:
        """Say whether who starts the approval chooses approvers of the step."""
        return any(entry.kind == ApproverKind.CHOSEN for entry in self.approvers)


@dataclass(frozen=True)
class Start:
    """Who may start an approval by hand, of which records, and whether it starts by itself when they become so."""

    starters: str = Starters.EDITORS.value
    roles: tuple[str, ...] = ()
    condition: Json = field(default_factory=dict)
    by_itself: bool = False
    reason_needed: bool = False


@dataclass(frozen=True)
class Lock:
    """Which fields are locked while an approval runs, and what holds for them once it was agreed to."""

    fields: tuple[str, ...] = (EVERY_FIELD,)
    afterwards: str = Afterwards.FREE.value

    def covers(self, spec: ObjectSpec, name: str) -> bool:
        """Say whether a field is locked."""
        if EVERY_FIELD not in self.fields:
            return name in self.fields
        return name in spec.writable_fields and name != "owner"


@dataclass(frozen=True)
class Definition:
    """A whole flow. ``gate`` are the records that may only become so with an approval agreed to."""

    steps: tuple[Step, ...] = ()
    start: Start = field(default_factory=Start)
    lock: Lock = field(default_factory=Lock)
    gate: Json = field(default_factory=dict)
    on_agreed: Json = field(default_factory=dict)
    on_refused: Json = field(default_factory=dict)
    copies: tuple[str, ...] = ()
    withdrawing: str = Withdrawing.ALWAYS.value
    own: bool = False
    repeated: bool = True
    mail: bool = True

    def step(self, key: str) -> Step | None:
        """Return a step by its key."""
        return next((step for step in self.steps if step.key == key), None)

    def stages(self, taken: Sequence[str]) -> list[list[Step]]:
        """Return the steps with these keys, grouped into what runs at the same time."""
        groups = rules.stages([step.parallel for step in self.steps], [step.key in taken for step in self.steps])
        return [[self.steps[index] for index in group] for group in groups]

    def written(self) -> Json:
        """Return the definition as JSON."""
        return written(self)


def written(value: Any) -> Any:
    """Return one of these values as plain JSON."""
    found: Json = asdict(value)
    return _plain(found)


def read_definition(document: Mapping[str, Any]) -> Definition:
    """Read a definition; what is unknown is left out and what is missing gets its default."""
    plain = dict(document)
    return Definition(
        **{
            **_known(Definition, plain),
            "steps": tuple(read_step(entry) for entry in plain.get("steps", ())),
            "start": _read(Start, plain.get("start", {})),
            "lock": _read(Lock, plain.get("lock", {})),
            "copies": tuple(plain.get("copies", ())),
        }
    )


def read_step(document: Mapping[str, Any]) -> Step:
    """Read a step."""
    values = _known(Step, document)
    approvers = tuple(_read(Approvers, entry) for entry in document.get("approvers", ()))
    return Step(**{**values, "approvers": approvers, "copies": tuple(document.get("copies", ()))})


def in_language(names: Mapping[str, str]) -> str:
    """Return one of the names that an administrator wrote, in the language of the moment if there is one."""
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return names.get(language) or next((text for text in names.values() if text), "")


def _read(kind: Any, document: Mapping[str, Any]) -> Any:
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in _known(kind, document).items()
    }
    return kind(**values)


def _known(kind: Any, document: Mapping[str, Any]) -> Json:
    names = {entry.name for entry in fields(kind)}
    return {name: value for name, value in document.items() if name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value
