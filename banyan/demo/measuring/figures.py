"""A measurement, its twin in raw SQL, and its bound."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

MILLISECONDS = "ms"


@dataclass(frozen=True)
class Figure:
    """One measurement: the median where it was taken many times.

    ``raw`` is what plain SQL needs for the same rows in the same run, in the same unit, and ``bound`` what
    the product promises: at most that, or with ``more_is_better`` at least.
    """

    name: str
    value: float
    unit: str = MILLISECONDS
    raw: float | None = None
    bound: float | None = None
    p95: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times dearer than raw SQL."""
        if not self.raw or not self.value:
            return None
        return round(self.raw / self.value if self.more_is_better else self.value / self.raw, 1)

    @property
    def keeps_bound(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if self.bound is None:
            return None
        return self.value >= self.bound if self.more_is_better else self.value <= self.bound

    def to_json(self) -> dict[str, Any]:
        """Return the figure as the command line prints it."""
        return {**asdict(self), "ratio": self.ratio, "keeps_bound": self.keeps_bound}

    def __str__(self) -> str:
        beside = "" if self.raw is None else f" (raw SQL {self.raw:,})"
        return f"{self.name}: {self.value:,} {self.unit}{beside}"
