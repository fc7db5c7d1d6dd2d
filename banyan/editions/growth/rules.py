"""Pure rules of growth: what figures say about edition, servers, modules and rights; each advice carries its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

EDITIONS = ("basic", "standard", "enterprise")
#: To how many people an edition is made for.
MOST_USERS = {"basic": 20, "standard": 500}
#: A smaller edition is named only well below its limit, so that advice does not turn with each person who comes or goes.
CLEARLY_BELOW = 0.75
#: So many paid modules of a larger edition, chosen one by one, cost about as much as it does. Fewer that are in use can stay on top
#: of a smaller one.
MODULES_OF_NEXT = 3
#: Growth is looked at over the last quarter and carried on for half a year.
LOOKED_BACK, LOOKED_AHEAD = 90, 180
#: Of fewer days than this nothing is said about what is not used.
LONG_ENOUGH = 60
#: Milliseconds within which requests are counted, and one more for whatever takes longer.
BOUNDS = (50, 100, 200, 500, 1000, 2000, 5000)
#: Nineteen requests of twenty should be answered within this; with fewer requests nothing is said.
LONGEST_WAIT, ENOUGH_REQUESTS = 1000, 500
#: So many refusals in thirty days, for each person, say that roles do not fit the work.
REFUSALS_OF_A_PERSON = 3
FEWEST_REFUSALS = 30


class Kind(StrEnum):
    """What an advice is about."""

    LARGER = "larger"
    SOON_LARGER = "soon_larger"
    SMALLER = "smaller"
    SERVERS = "servers"
    UNUSED = "unused"
    RIGHTS = "rights"


@dataclass(frozen=True)
class Day:
    """The figures of one day.

    ``changes`` are records changed that day and ``records`` those there are, both by module; only modules that keep
    records stand in them. ``refusals`` are of that day. ``waits`` are requests by ``BOUNDS``. ``cores`` are those of the
    server, ``needed_cores`` those that the capacity planner asks for.
    """

    day: date
    edition: str
    users: int
    modules: tuple[str, ...] = ()
    records: Mapping[str, int] | None = None
    changes: Mapping[str, int] | None = None
    refusals: int = 0
    waits: tuple[int, ...] = ()
    cores: int = 0
    needed_cores: int = 0

    @property
    def total(self) -> int:
        """Return how many records there are."""
        return sum((self.records or {}).values())


@dataclass(frozen=True)
class Advice:
    """What would serve better: an edition, servers, or modules; ``figures`` are why, by name.

    ``key`` stays the same while the advice does, so that whoever dismissed it is left in peace.
    """

    kind: Kind
    edition: str = ""
    modules: tuple[str, ...] = ()
    figures: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> str:
        """Return by what the advice is remembered."""
        return ".".join((self.kind.value, self.edition, *self.modules))[:80].rstrip(".")


@dataclass(frozen=True)
class Known:
    """What the product knows of its modules: which each edition has, by name, and which cost nothing by themselves."""

    editions: Mapping[str, frozenset[str]]
    free: frozenset[str] = frozenset()


def advise(days: Sequence[Day], known: Known) -> list[Advice]:
    """Return what the figures of some days say, the most important first; ``days`` are in order, the last is today."""
    if not days:
        return []
    found = [larger(days, known), smaller(days, known), waiting(days), unused(days), refused(days)]
    return [advice for advice in found if advice is not None]


def larger(days: Sequence[Day], known: Known) -> Advice | None:
    """Advise the next edition: for more people than this one is made for, now or soon, or by what was added to it."""
    now = days[-1]
    limit, following = MOST_USERS.get(now.edition), next_edition(now.edition)
    if limit is None or following is None:
        return None
    if now.users > limit:
        return Advice(Kind.LARGER, following, figures=(("users", now.users), ("limit", limit)))
    added = known.editions[following] & set(now.modules) - known.editions[now.edition] - known.free
    if len(added) >= MODULES_OF_NEXT:
        return Advice(Kind.LARGER, following, figures=(("added_modules", len(added)), ("users", now.users)))
    coming = projected(days)
    if coming > limit:
        return Advice(
            Kind.SOON_LARGER, following,
            figures=(("users", now.users), ("users_in_half_a_year", coming), ("limit", limit)),
        )  # fmt: skip
    return None


def smaller(days: Sequence[Day], known: Known) -> Advice | None:
    """Advise a smaller edition: there are clearly fewer people, and of what only the larger one has little is used.

    ``modules`` of the advice are those in use, which stay on top of the smaller one.
    """
    now = days[-1]
    lower = previous_edition(now.edition)
    if lower is None or not _is_long(days):
        return None
    limit = MOST_USERS[lower]
    most = max(day.users for day in days)
    beyond = (known.editions[now.edition] - known.editions[lower]) & set(now.modules)
    used = sorted(name for name in beyond if _changes(days, name))
    if most > limit * CLEARLY_BELOW or len(set(used) - known.free) >= MODULES_OF_NEXT:
        return None
    counted = (("kept_modules", len(used)),) if used else ()
    return Advice(Kind.SMALLER, lower, tuple(used), (("most_users", most), ("limit", limit), *counted))


def waiting(days: Sequence[Day]) -> Advice | None:
    """Advise larger servers: people wait, or the planner asks for more cores than there are."""
    last = [day.waits for day in days[-7:] if day.waits]
    counts = tuple(sum(column) for column in zip(*last, strict=True)) if last else ()
    requests = sum(counts)
    now = days[-1]
    wait = percentile(counts, 0.95)
    if requests >= ENOUGH_REQUESTS and wait > LONGEST_WAIT:
        return Advice(
            Kind.SERVERS,
            figures=(("wait", wait), ("requests", requests), ("cores", now.cores), ("needed_cores", now.needed_cores)),
        )
    if now.cores and now.needed_cores > now.cores:
        return Advice(
            Kind.SERVERS, figures=(("needed_cores", now.needed_cores), ("cores", now.cores), ("users", now.users))
        )
    return None


def unused(days: Sequence[Day]) -> Advice | None:
    """Advise fewer modules: these keep records, and nobody has changed one for long."""
    if not _is_long(days):
        return None
    known = days[-1].records or {}
    always = set(days[0].modules).intersection(*(day.modules for day in days))
    names = tuple(name for name in days[-1].modules if name in always and name in known and not _changes(days, name))
    if not names or not any(sum((day.changes or {}).values()) for day in days):
        return None
    length = (days[-1].day - days[0].day).days
    kept = sum(known[name] for name in names)
    return Advice(
        Kind.UNUSED, modules=names, figures=(("unused_modules", len(names)), ("days", length), ("kept", kept))
    )


def refused(days: Sequence[Day]) -> Advice | None:
    """Advise to look at the roles: people are refused what they seem to need."""
    count = sum(day.refusals for day in days[-30:])
    users = max(1, days[-1].users)
    if count < max(FEWEST_REFUSALS, REFUSALS_OF_A_PERSON * users):
        return None
    return Advice(Kind.RIGHTS, figures=(("refusals", count), ("users", users)))


def projected(days: Sequence[Day]) -> int:
    """Return how many people there will be in half a year if the last quarter goes on; no fewer than there are."""
    now = days[-1]
    back = [day for day in days if (now.day - day.day).days <= LOOKED_BACK]
    length = (now.day - back[0].day).days
    if length < LOOKED_BACK // 3:
        return now.users
    rise = max(0, now.users - back[0].users)
    return now.users + rise * LOOKED_AHEAD // length


def percentile(counts: Sequence[int], share: float) -> int:
    """Return the bound in milliseconds within which a share of requests was answered; twice the last beyond all.

    Nothing was asked: zero.
    """
    total, seen = sum(counts), 0
    for bound, count in zip((*BOUNDS, BOUNDS[-1] * 2), counts, strict=False):
        seen += count
        if total and seen >= share * total:
            return bound
    return 0


def bucket(milliseconds: float) -> int:
    """Return which of the counts a request belongs to."""
    return next((place for place, bound in enumerate(BOUNDS) if milliseconds <= bound), len(BOUNDS))


def next_edition(edition: str) -> str | None:
    """Return the next larger edition."""
    place = EDITIONS.index(edition) + 1
    return EDITIONS[place] if place < len(EDITIONS) else None


def previous_edition(edition: str) -> str | None:
    """Return the next smaller edition."""
    place = EDITIONS.index(edition)
    return EDITIONS[place - 1] if place else None


def _is_long(days: Sequence[Day]) -> bool:
    return (days[-1].day - days[0].day).days >= LONG_ENOUGH


def _changes(days: Sequence[Day], module: str) -> int:
    return sum((day.changes or {}).get(module, 0) for day in days)
