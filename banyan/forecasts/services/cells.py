"""Reading the cells that a sheet sends: JSON of what was changed, amounts as people write them."""

from __future__ import annotations

import json
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.forecasts.queries.targets import DEPARTMENT, EVERYBODY, PERSON, Subject
from banyan.forecasts.services.targets import MOST_CELLS, Cell
from banyan.money.public import FiscalCalendar, FiscalPeriod, read_code

LONGEST, MOST = 40, Decimal(10) ** 18
#: What people write after a number: ten thousand, a hundred million.
UNITS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


def read_cells(text: str, calendar: FiscalCalendar, year: FiscalPeriod) -> list[Cell]:
    """Return the cells of a sheet; raise ``Invalid`` naming the first one that makes no sense."""
    try:
        given = json.loads(text or "[]")
    except ValueError:
        given = None
    if not isinstance(given, list) or len(given) > MOST_CELLS:
        raise _no_sheet()
    return [_cell(entry, calendar, year) for entry in given]


def read_amount(text: str, field: str) -> Decimal | None:
    """Return an amount as people write it, such as 1,200.50, １２０万 or ¥ 3000; None for an empty text."""
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("¥$€£").replace(",", "").replace(" ", "")
    if not plain or plain == "-":
        return None
    unit = UNITS.get(plain[-1], Decimal(1))
    try:
        amount = Decimal(plain[:-1] if plain[-1] in UNITS else plain) * unit
    except InvalidOperation:
        amount = Decimal("NaN")
    is_amount = amount.is_finite() and abs(amount) < MOST and amount == amount.quantize(Decimal("0.01"))
    if len(plain) > LONGEST or not is_amount:
        raise Invalid([FieldError(field, "not_a_number", _("“%(value)s” is no amount.") % {"value": text[:LONGEST]})])
    return amount.quantize(Decimal("0.01"))


def _cell(entry: Any, calendar: FiscalCalendar, year: FiscalPeriod) -> Cell:
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(name), str) for name in ("row", "period", "value", "was")
    ):
        raise _no_sheet()
    kind, _colon, key = entry["row"].partition(":")
    pk = parse_id(key) if key else None
    is_right = pk is not None and kind in {PERSON, DEPARTMENT} if kind != EVERYBODY else not key
    try:
        period = read_code(calendar, entry["period"])
    except ValueError:
        period = None
    if not is_right or period is None or period.year != year.year:
        raise _no_sheet()
    amount = read_amount(entry["value"], "cells")
    if amount is not None and amount < 0:
        message = _("A target of %(period)s is below zero: %(value)s.")
        raise Invalid(
            [FieldError("cells", "too_small", message % {"period": entry["period"], "value": entry["value"]})]
        )
    return Cell(Subject(kind, pk), period, amount or None, read_amount(entry["was"], "cells"))


def _no_sheet() -> Invalid:
    message = _("What was sent is no part of this sheet. Load the page again.")
    return Invalid([FieldError("cells", "no_sheet", message)])
