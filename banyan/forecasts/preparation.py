"""What targets refuse and derive while they pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.models import Territory
from banyan.core.access.scopes import Action
from banyan.core.identity.models import Department, User
from banyan.core.kernel.ids import parse_id
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.choices import CustomerLevel
from banyan.forecasts.choices import Dimension, Measure
from banyan.forecasts.queries.measures import measure_sources
from banyan.forecasts.queries.people import People, people_of
from banyan.money.choices import PeriodKind
from banyan.money.public import fiscal_period, period_label
from banyan.products.public import Product

#: Beyond, somebody mistyped.
MOST_MONEY, MOST_COUNT = Decimal(10) ** 13, Decimal(10) ** 8


def prepare_targets(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name targets after period, people and part; refuse what cannot be one, and people whose targets are not one's to set."""
    people = _names(User, {draft.get("person") for draft in drafts})
    departments = _names(Department, {pk for draft in drafts for pk in draft.get("departments") or ()})
    settable = people_of(context.actor, "target", Action.EDIT) if not context.actor.is_system else None
    for draft in drafts:
        _check_amount(draft)
        _check_whose(draft, departments, settable)
        part = _check_part(draft)
        if draft.get("month") is None:
            continue
        whose = people.get(draft.get("person")) or " ".join(
            departments.get(pk, "") for pk in draft.get("departments") or ()
        )
        kind = PeriodKind(draft.get("period") or PeriodKind.MONTH)
        words = [period_label(fiscal_period(context.actor.organization, draft.get("month"), kind))]
        words.append(whose or _("Whole team"))
        if draft.get("measure") != Measure.AMOUNT_WON:
            words.append(str(Measure(draft.get("measure")).label))
        words.append(part)
        draft.set("name", " · ".join(filter(None, words))[:200])


def _names(model: type[User | Department], ids: set[uuid.UUID | None]) -> Mapping[uuid.UUID, str]:
    known = ids - {None}
    return dict(model.objects.filter(pk__in=known).values_list("pk", "name")) if known else {}


def _check_amount(draft: Draft) -> None:
    amount, measure = draft.get("amount"), draft.get("measure")
    if amount is None:
        return
    source = measure_sources.get(measure)
    is_money = source is None or source.is_money
    if amount <= 0:
        draft.refuse("amount", "too_small", _("A target is more than zero."))
    elif amount > (MOST_MONEY if is_money else MOST_COUNT):
        draft.refuse("amount", "too_large", _("A target this high must be a slip. Check the number of zeros."))
    elif not is_money and amount != amount.to_integral_value():
        draft.refuse("amount", "not_whole", _("What is counted has no decimals."))
    if not is_money and draft.get("currency"):
        draft.set("currency", "")


def _check_whose(draft: Draft, departments: Mapping[uuid.UUID, str], settable: People | None) -> None:
    person, given = draft.get("person"), draft.get("departments") or []
    if person and given:
        message = _("A target is one person's or a department's, not both. Leave one of them empty.")
        draft.refuse("departments", "person_too", message)
    elif len(given) > 1:
        draft.refuse("departments", "too_many", _("Name one department; those below it belong to it."))
    elif any(pk not in departments for pk in given):
        draft.refuse("departments", "unknown_record", _("There is no such department."))
    if person and settable is not None and person not in settable and (draft.is_new or draft.changes("person")):
        draft.refuse("person", "not_allowed", _("You may not set targets for this person. Their manager can."))


def _check_part(draft: Draft) -> str:
    """Refuse a part of the business that does not exist or cannot be told of the measure; return what it is called."""
    dimension, part = draft.get("dimension") or "", (draft.get("part") or "").strip()
    source = measure_sources.get(draft.get("measure"))
    if not dimension:
        if part:
            draft.refuse("dimension", "required", _("Say what kind of thing “%(part)s” is.") % {"part": part[:60]})
        return ""
    if source is not None and dimension not in source.dimensions:
        message = _("“%(measure)s” cannot be told apart by this.") % {"measure": Measure(source.name).label}
        draft.refuse("dimension", "not_told", message)
        return part
    if not part:
        draft.refuse("part", "required", _("Say which one."))
        return ""
    found = part_named(dimension, part)
    if found is None:
        draft.refuse("part", "unknown_record", _("“%(value)s” was not found.") % {"value": part[:60]})
        return part
    code, label = found
    draft.set("part", code)
    return label


def part_named(dimension: str, text: str) -> tuple[str, str] | None:
    """Return the code and the name of a part of the business, given by either; None when there is none."""
    if dimension in {Dimension.TERRITORY, Dimension.PRODUCT}:
        rows: Any = Territory.objects if dimension == Dimension.TERRITORY else Product.objects.filter(deleted_at=None)
        pk = parse_id(text)
        row = (rows.filter(pk=pk) if pk else rows.filter(name__iexact=text)).values_list("pk", "name").first()
        return (str(row[0]), row[1]) if row else None
    if dimension == Dimension.CUSTOMER_LEVEL:
        for code, label in CustomerLevel.choices:
            if text.casefold() in {str(code).casefold(), str(label).casefold()}:
                return str(code), str(label)
        return None
    return text, text
