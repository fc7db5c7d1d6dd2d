"""Where the work at hand was asked from: network address and program, for whoever writes that down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The other end of a request; both are empty for jobs and commands."""

    address: str = ""
    user_agent: str = ""


_NOBODY = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOBODY)


def current_origin() -> Origin:
    """Return where the work at hand was asked from."""
    return _current.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Run the block as asked for from there."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
