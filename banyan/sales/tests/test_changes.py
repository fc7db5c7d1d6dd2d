"""What changed in the pipeline: the database adds up what happened to each opportunity, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from banyan.core.kernel.clock import now
from banyan.sales.models import Opportunity, OpportunityState
from banyan.sales.queries import Compared, compare
from banyan.sales.rules import MOVEMENTS
from banyan.sales.tests.conftest import Selling


@dataclass(frozen=True)
class Point:
    """How an opportunity stood on one of the two days that are compared."""

    outcome: str
    amount: Decimal
    expected_close_on: date | None
    closed_on: date | None


@dataclass(frozen=True)
class Movement:
    """What one opportunity adds to the difference between two days."""

    kind: str
    amount: Decimal


def counts(point: Point | None, first: date | None, last: date | None) -> bool:
    """Say whether something belongs to the open pipeline of a period; without days, of any time."""
    return point is not None and point.outcome == "open" and _within(point.expected_close_on, first, last)


def movements(before: Point | None, after: Point | None, first: date | None, last: date | None) -> list[Movement]:
    """Return what happened to one opportunity between two days, as far as a period's pipeline is concerned.

    What is counted before, plus all movements, is what is counted after.
    """
    was, now_is = counts(before, first, last), counts(after, first, last)
    if was and now_is:
        difference = after.amount - before.amount  # type: ignore[union-attr]  # both count, so both are there
        return [Movement("grown" if difference > 0 else "shrunk", difference)] if difference else []
    if now_is and after is not None:
        return [Movement("new" if before is None else "moved_in", after.amount)]
    if was and before is not None:
        kind = "removed" if after is None else "moved_out" if after.outcome == "open" else after.outcome
        return [Movement(kind, -before.amount)]
    if before is None and after is not None and after.outcome != "open" and _within(after.closed_on, first, last):
        # It came and went between the two days.
        return [Movement("new", after.amount), Movement(after.outcome, -after.amount)]
    return []


def _within(day: date | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    return day is not None and (first is None or first <= day) and (last is None or day <= last)


days = st.dates(date(2026, 1, 1), date(2026, 3, 31))
points = st.none() | st.builds(
    Point,
    st.sampled_from(["open", "open", "won", "lost"]),
    st.sampled_from([Decimal(0), Decimal(10), Decimal("25.50")]),
    st.none() | days,
    st.none() | days,
)


@settings(
    max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(st.tuples(points, points), min_size=1, max_size=8), st.none() | days, st.none() | days)
def test_what_was_counted_plus_all_movements_is_what_is_counted(
    selling: Selling, pairs: list[tuple[Point | None, Point | None]], first: date | None, last: date | None
) -> None:
    OpportunityState.objects.all().delete()
    Opportunity.objects.all().delete()
    begin = now() - timedelta(days=10)
    finish = begin + timedelta(days=5)
    states = []
    for was, then in pairs:
        deal = Opportunity(organization=selling.actor.organization, name="Deal", number="O", **_stage(selling))
        deal.save()
        for point, since, until in (
            (was, begin - timedelta(days=1), begin + timedelta(days=1)), (then, begin + timedelta(days=1), None),
        ):  # fmt: skip
            if point is not None:
                states.append(
                    OpportunityState(
                        organization=selling.actor.organization, opportunity=deal, since=since, until=until,
                        outcome=point.outcome, amount=point.amount, expected_close_on=point.expected_close_on,
                        closed_on=point.closed_on,
                    )
                )  # fmt: skip
    OpportunityState.objects.bulk_create(states)
    currency = selling.actor.currency

    found = compare(selling.actor, Compared(begin, finish, first, last, currency))

    moved = [movement for was, then in pairs for movement in movements(was, then, first, last)]
    assert found.start == sum((was.amount for was, _then in pairs if was and counts(was, first, last)), Decimal(0))
    assert found.end == sum((then.amount for _was, then in pairs if then and counts(then, first, last)), Decimal(0))
    for kind in MOVEMENTS:
        mine = [movement.amount for movement in moved if movement.kind == kind]
        assert found.sums[kind] == sum(mine, Decimal(0))
        assert found.counts.get(kind, 0) == len(mine) == len(found.moved[kind])


def _stage(selling: Selling) -> dict[str, Any]:
    stage = selling.stages[0]
    return {"stage": stage, "pipeline": stage.pipeline}
