"""Which run a write comes from: rules that lead to each other are counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

#: So many rules may lead to each other before the chain is cut.
MOST_DEPTH = 8


@dataclass(frozen=True)
class Origin:
    """The run that writes; ``depth`` is that of the runs which its write begins."""

    depth: int = 0
    root: uuid.UUID | None = None
    run_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Causes:
    """The runs that write together, by the record each is about; ``other`` stands for records that they create."""

    by_record: Mapping[uuid.UUID, Origin] = field(default_factory=dict)
    other: Origin = Origin()

    def of(self, record_id: uuid.UUID) -> Origin:
        """Return the run that wrote a record."""
        return self.by_record.get(record_id, self.other)


_NOBODY = Causes()
_current: ContextVar[Causes] = ContextVar("causes", default=_NOBODY)


def current_causes() -> Causes:
    """Return the runs whose steps are being done; those of nobody outside of the engine."""
    return _current.get()


@contextmanager
def causing(causes: Causes) -> Iterator[None]:
    """Let what is written in the block be the doing of these runs."""
    token = _current.set(causes)
    try:
        yield
    finally:
        _current.reset(token)
