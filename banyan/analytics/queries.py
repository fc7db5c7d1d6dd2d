"""What statistics count and add up, always of the records that the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, IntegerField, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action, Scope
from banyan.core.kernel.periods import previous_period
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import Condition, parse_tree, to_q, tree_to_json
from banyan.core.listing.groups import group_by
from banyan.core.listing.query import ListRequest, matching_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.orders.choices import CLOSED_STATUSES
from banyan.sales.choices import Outcome

MODULE = "statistics"
OWNER, SOURCE = "owner", "source"
Sums = dict[str, Decimal]


@dataclass(frozen=True)
class Measure:
    """Something that is counted by the day in a field, among records that fit conditions.

    ``amount`` is the field that is added up besides, by currency. ``has_source`` says whether the
    records know where their customer came from.
    """

    name: str
    label: Any
    object_name: str
    day_field: str
    conditions: tuple[dict[str, Any], ...] = ()
    amount: str = ""
    has_source: bool = True

    def tree(self, first: date, last: date, *more: dict[str, Any]) -> dict[str, Any]:
        """Return the filter of the records that are counted in a period."""
        within = {"field": self.day_field, "op": "between", "value": [first.isoformat(), last.isoformat()]}
        return {"all": [within, *self.conditions, *more]}


MEASURES = (
    Measure("new_customers", _("New customers"), "customer", "created_at"),
    Measure("follow_ups", _("Follow-ups"), "activity", "happened_at", has_source=False),
    Measure(
        "won",
        _("Opportunities won"),
        "opportunity",
        "closed_on",
        ({"field": "outcome", "op": "eq", "value": Outcome.WON.value},),
        amount="amount",
    ),
    Measure(
        "orders",
        _("Orders closed"),
        "order",
        "ordered_on",
        ({"field": "status", "op": "in", "value": [status.value for status in CLOSED_STATUSES]},),
        amount="amount",
    ),
)


@dataclass(frozen=True)
class Figure:
    """How many records, and what they add up to by currency."""

    count: int = 0
    sums: Sums = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """A figure of a period beside the one of the period before."""

    measure: Measure
    spec: ObjectSpec
    current: Figure
    previous: Figure


@dataclass(frozen=True)
class Part:
    """A figure of some of the records: those of one person, from one source, or of one step of the period."""

    key: Any
    label: str
    figure: Figure
    condition: dict[str, Any]


def measures_for(actor: Actor, names: Iterable[str] = ()) -> list[tuple[Measure, ObjectSpec]]:
    """Return what the actor may count: objects that are on and allowed, by fields that are not hidden."""
    specs, wanted = specs_on(actor.organization), set(names)
    found = []
    for measure in MEASURES:
        spec = specs.get(measure.object_name)
        if spec is None or (wanted and measure.name not in wanted):
            continue
        if effective_scope(actor, spec, Action.VIEW) is Scope.NONE:
            continue
        needed = {measure.day_field, *(condition["field"] for condition in measure.conditions)}
        if needed <= open_fields(actor, spec).keys():
            found.append((measure, spec))
    return found


def sees_amount(actor: Actor, measure: Measure, spec: ObjectSpec) -> bool:
    """Say whether the amounts of a measure may be shown."""
    return bool(measure.amount) and measure.amount in open_fields(actor, spec)


def compare(actor: Actor, measure: Measure, spec: ObjectSpec, *, first: date, last: date) -> Comparison:
    """Return a measure of a period and of the one before it, in one query."""
    before_first, _before_last = previous_period(first, last)
    request = ListRequest(filter=parse_tree(measure.tree(before_first, last)))
    is_current, _annotations = to_q(Condition(measure.day_field, "gte", (first.isoformat(),)), spec, actor)
    has_amount = sees_amount(actor, measure, spec)
    has_currency = has_amount and "currency" in spec.all_fields
    rows = matching_rows(actor, spec, request).values(
        is_current=Case(When(is_current, then=Value(1)), default=Value(0), output_field=IntegerField()),
        currency_of_sum=F("currency") if has_currency else Value("", output_field=CharField()),
    )
    figures: dict[str, Any] = {"number": Count("*"), **({"total": Sum(measure.amount)} if has_amount else {})}
    counts = [0, 0]
    sums: tuple[Sums, Sums] = ({}, {})
    for row in rows.annotate(**figures):
        period = row["is_current"]
        counts[period] += row["number"]
        _add(sums[period], row["currency_of_sum"] or actor.currency, row.get("total"))
    return Comparison(measure, spec, Figure(counts[1], sums[1]), Figure(counts[0], sums[0]))


def parts_of(actor: Actor, measure: Measure, spec: ObjectSpec, *, by: str, first: date, last: date) -> list[Part]:
    """Return a measure cut into parts by a field, such as ``owner`` or ``created_at:day``."""
    has_amount = sees_amount(actor, measure, spec)
    figures = ("count", f"sum:{measure.amount}") if has_amount else ("count",)
    request = ListRequest(filter=parse_tree(measure.tree(first, last)))
    return [
        Part(
            group.keys[0],
            group.labels[0],
            Figure(group.values["count"], dict(group.values.get(f"sum:{measure.amount}") or {})),
            tree_to_json(group.filter),
        )
        for group in group_by(actor, spec, request, by=by, measures=figures)
    ]


def _add(sums: Sums, currency: str, amount: Decimal | None) -> None:
    if amount is not None:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
