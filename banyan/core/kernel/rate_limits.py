"""How often somebody may ask: a bucket of requests per caller, refilled all the time.

The buckets live in the memory of the process, so that counting costs nothing; with several server
processes each grants the limit by itself.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError

MOST_BUCKETS = 20_000
SECONDS = 60.0


class TooManyRequests(DomainError):
    """A caller has to wait; ``details["retry_after"]`` says for how many seconds."""

    status = 429


@dataclass(frozen=True)
class Allowance:
    """What a caller may still do: the limit per minute, what is left, and seconds until it is full again."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell programs."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class RateLimiter:
    """Token buckets by key: ``limit`` requests at once, refilled within a minute; 0 is no limit."""

    def __init__(self, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> Allowance | None:
        """Take one request out of a caller's bucket and return what is left; None without a limit.

        Raises ``TooManyRequests`` when the bucket is empty.
        """
        if not self.limit:
            return None
        with self._lock:
            at = self._clock()
            left = self._left(key, at)
            if left < 1:
                raise self._refusal(left)
            self._buckets[key] = (left - 1, at)
            if len(self._buckets) > MOST_BUCKETS:
                self._forget_full(at)
        return Allowance(self.limit, int(left - 1), math.ceil((self.limit - left + 1) / self._per_second))

    def require_room(self, key: str) -> None:
        """Raise ``TooManyRequests`` when a bucket is empty, without taking from it."""
        if self.limit:
            with self._lock:
                left = self._left(key, self._clock())
            if left < 1:
                raise self._refusal(left)

    def knows(self, key: str) -> bool:
        """Say whether a caller has made requests lately."""
        return key in self._buckets

    @property
    def _per_second(self) -> float:
        return self.limit / SECONDS

    def _left(self, key: str, at: float) -> float:
        left, since = self._buckets.get(key, (float(self.limit), at))
        return min(float(self.limit), left + (at - since) * self._per_second)

    def _refusal(self, left: float) -> TooManyRequests:
        wait = max(1, math.ceil((1 - left) / self._per_second))
        message = _("More than %(limit)d requests within a minute. Try again in %(wait)d seconds.")
        return TooManyRequests("too_many_requests", message % {"limit": self.limit, "wait": wait}, retry_after=wait)

    def _forget_full(self, at: float) -> None:
        """Drop the buckets that are full again: they say no more than a new one would."""
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if self._left(key, at) < self.limit}
