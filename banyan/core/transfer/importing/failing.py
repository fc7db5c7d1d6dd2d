"""What stops a run in the background: said to people where they look, and left to the worker where it may try again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from banyan.core.kernel.errors import DomainError

logger = logging.getLogger(__name__)


@contextmanager
def failures_told(
    tell: Callable[[str], None], *, unexpected: str, what: str, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Tell why a run stopped: the reason of a refusal, else that it was ``unexpected``, which goes on to the worker.

    A database that goes away is not told: whoever calls again goes on. Errors of the ``passing`` types are the caller's.
    """
    passed: tuple[type[Exception], ...] = (OperationalError, InterfaceError, *passing)
    try:
        yield
    except DomainError as refusal:
        tell(str(refusal.message))
    except passed:
        raise
    except Exception:
        logger.exception("%s failed.", what)
        tell(unexpected)
        raise
