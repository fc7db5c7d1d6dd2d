"""One page is one moment: what several of its parts ask is asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_known: ContextVar[dict[Any, Any] | None] = ContextVar("known_in_this_moment", default=None)


@contextmanager
def one_moment() -> Iterator[None]:
    """Let functions marked with ``once_a_moment`` remember their answers within the block.

    Only for blocks that write nothing, such as the making of a page.
    """
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once_a_moment(question: Callable[P, T]) -> Callable[P, T]:
    """Mark a question whose answer may be shared by the parts of one page; outside a moment it is always asked.

    Arguments must be hashable, and whoever gets an answer must not change it.
    """

    @wraps(question)
    def asked(*args: P.args, **values: P.kwargs) -> T:
        known = _known.get()
        if known is None:
            return question(*args, **values)
        key = (question, args, tuple(sorted(values.items())))
        if key not in known:
            known[key] = question(*args, **values)
        answer: T = known[key]
        return answer

    return asked
