"""Entries of a timeline that stand for other records: the orders, contracts, quotes or tickets of a customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Func, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncDate

from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.web.amounts import amounts_text
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import Presenter

NOON = timedelta(hours=12)
#: Says a row of values in the shape of the component ``entry``.
Told = Callable[[Presenter, Mapping[str, Any]], dict[str, Any]]


def records_around(  # noqa: PLR0913 what an app says of its records
    question: TimelineQuestion,
    object_name: str,
    told: Told,
    *,
    names: Sequence[str],
    day: str = "",
    recorded: str = "created_at",
    among: Q | None = None,
) -> list[TimelineEntry]:
    """Return the records that name the page's record in the field of its object, newest first, those the reader may see.

    Args:
        question: Which record, before which instant, at most how many (one more tells that there are more).
        object_name: The object of the records.
        told: Says one of them.
        names: The columns that ``told`` reads.
        day: The field with the day of which the entry tells; see ``_instant``. Without it only ``recorded`` counts.
        recorded: The field with the instant at which it was written down.
        among: A condition on the records.
    """
    actor, spec = question.actor, specs_on(question.actor.organization).get(object_name)
    if spec is None or not may(actor, spec, Action.VIEW):
        return []
    rows: Any = restrict(live_rows(actor, spec), actor, spec).filter(**{question.spec.name: question.record_id})
    rows = (rows if among is None else rows.filter(among)).annotate(at=_instant(day, recorded, actor.time_zone))
    if question.before is not None:
        rows = rows.filter(at__lt=question.before)
    rows = rows.order_by("-at", "-pk").values("pk", "at", recorded, *names)
    found = list((_of_latest_days(rows, question, day) if day else rows)[: question.limit + 1])
    if len(found) > question.limit and found[-1]["at"] == found[-2]["at"]:
        # The next page begins before this instant, which all records of a day may share: none may stay behind.
        last = found[-1]
        found += [*rows.filter(at=last["at"], pk__lt=last["pk"]), *rows.filter(at__lt=last["at"])[:1]]
    shown = Presenter(actor, spec)
    return [
        TimelineEntry(row["at"], row["pk"], told(shown, row), is_whole_day=row["at"] != row[recorded]) for row in found
    ]


def amount_told(shown: Presenter, row: Mapping[str, Any], name: str = "amount") -> str:
    """Return an amount of a row in its currency as text; nothing when there is none, or the reader may not see it."""
    if not shown.visible([name]) or row[name] is None:
        return ""
    return amounts_text(shown.actor, {row["currency"]: row[name]})


def _of_latest_days(rows: Any, question: TimelineQuestion, day: str) -> Any:
    """Return the rows of the days that the page reaches back to, and those without a day.

    Instants follow their days, so no other row can be among the latest; an index knows the days, but not the instants.
    """
    dated = rows.filter(**{f"{day}__isnull": False})
    if question.before is not None:
        dated = dated.filter(**{f"{day}__lte": question.before.astimezone(ZoneInfo(question.actor.time_zone)).date()})
    earliest = dated.order_by(F(day).desc()).values(day)[question.limit : question.limit + 1]
    reached = Coalesce(Subquery(earliest), Value(date.min))
    return rows.filter(Q(**{day: None}) | Q(**{f"{day}__gte": reached}))


def _instant(day: str, recorded: str, zone: str) -> Any:
    """Return when something happened of which mostly the day is known.

    What was recorded on the very day happened when it was recorded; what was recorded on another one is put at noon
    of its day, where the reader is.
    """
    if not day:
        return F(recorded)
    noon = ExpressionWrapper(F(day) + Value(NOON, output_field=DurationField()), output_field=DateTimeField())
    is_same = Q(**{day: None}) | Q(**{day: TruncDate(recorded, tzinfo=ZoneInfo(zone))})
    at_noon = Func(Value(zone), noon, function="timezone", output_field=DateTimeField())
    return Case(When(is_same, then=F(recorded)), default=at_noon, output_field=DateTimeField())
