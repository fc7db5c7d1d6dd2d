"""Pure rules of billing: exact shares, plans, ageing, reminders, tax numbers, periods and recurring revenue."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from banyan.money.rules import HUNDRED, ZERO, rounded

#: Characters of a unified social credit code (GB 32100-2015): no I, O, S, V, Z.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
OLD_TAX_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{20}")
#: The last day of each band of ageing, beside "not due".
BANDS = ((0, 30), (31, 60), (61, 90), (91, None))
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class TaxNumber(StrEnum):
    """What a tax number looks like."""

    VALID = "valid"
    OLD = "old"
    WRONG_DIGIT = "wrong_digit"
    WRONG = "wrong"


def tax_number_kind(text: str) -> TaxNumber:
    """Say what a Chinese tax number looks like.

    Those of 18 characters are unified social credit codes and carry a check digit; numbers of 15 and 20 characters
    are older and still occur.
    """
    number = text.strip().upper()
    if len(number) == 18:
        if not CREDIT_CODE.fullmatch(number):
            return TaxNumber.WRONG
        return TaxNumber.VALID if number[17] == check_digit(number[:17]) else TaxNumber.WRONG_DIGIT
    return TaxNumber.OLD if OLD_TAX_NUMBER.fullmatch(number) else TaxNumber.WRONG


def check_digit(number: str) -> str:
    """Return the last character of a unified social credit code from the 17 before it."""
    total = sum(ALPHABET.index(char) * pow(3, position, 31) for position, char in enumerate(number))
    return ALPHABET[(31 - total % 31) % 31]


def official_number_fits(kind: str, code: str, number: str) -> bool:
    """Say whether code and number of an invoice are such as the tax office gives for its kind.

    Fully digital invoices have a number of 20 digits and no code; older ones a code of 10 or 12 digits and a number of 8.
    """
    if kind.startswith("digital"):
        return not code and bool(re.fullmatch(r"[0-9]{20}", number))
    return bool(re.fullmatch(r"[0-9]{10}|[0-9]{12}", code)) and bool(re.fullmatch(r"[0-9]{8}", number))


def share(total: Decimal, part: Decimal, whole: Decimal, *, taken: Decimal, places: int = 2) -> Decimal:
    """Return the next share of an amount when ``part`` of ``whole`` is reached with it, ``taken`` being shared before.

    Shares are differences of rounded sums, so that they add up to the total whatever the steps; the last one takes the
    rest of all rounding.
    """
    reached = total if part == whole else rounded(total * part / whole, places)
    return reached - taken


def plan_amounts(total: Decimal, percents: Sequence[Decimal], places: int = 2) -> list[Decimal]:
    """Return the instalments of a total by percents; when these make 100, the instalments make the total."""
    found: list[Decimal] = []
    reached, sum_before = ZERO, ZERO
    for percent in percents:
        reached += percent
        found.append(share(total, reached, HUNDRED, taken=sum_before, places=places))
        sum_before += found[-1]
    return found


def proposal(available: Decimal, due: Sequence[Decimal]) -> list[Decimal]:
    """Return how much of an amount goes to each of the open sums, the first ones first."""
    shares = []
    for amount in due:
        taken = max(min(available, amount), ZERO)
        shares.append(taken)
        available -= taken
    return shares


def band_of(days: int) -> int | None:
    """Return the number of the band of a debt that is so many days overdue; None while it is not due."""
    if days <= 0:
        return None
    return next(index for index, (first, last) in enumerate(BANDS) if days >= first and (last is None or days <= last))


def stage_of(due_on: date, today: date, *, before: int, steps: Sequence[int]) -> int | None:
    """Return which reminder an open instalment has reached: 0 before, 1 on the day, 2 to 4 after; None for none yet.

    ``before`` are the days of the notice in advance, ``steps`` the days after which the further ones follow.
    """
    days = (today - due_on).days
    reached = [index + 2 for index, step in enumerate(steps) if days >= step]
    if reached:
        return reached[-1]
    if days >= 0:
        return 1
    return 0 if before and -days <= before else None


def later(day: date, months: int, *, anchor: int) -> date:
    """Return the day some months later that falls on the ``anchor`` day of the month, or on its last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))


def period_end(start: date, period: str, *, anchor: int) -> date:
    """Return the last day of the period that begins on a day."""
    return later(start, MONTHS[period], anchor=anchor) - timedelta(days=1)


def monthly(amount: Decimal, period: str, places: int = 2) -> Decimal:
    """Return what an amount for a period is a month."""
    return rounded(amount / MONTHS[period], places)


@dataclass(frozen=True)
class Proration:
    """What a change amid a period costs: positive to be paid more, negative to be given back."""

    days: int
    of_days: int
    amount: Decimal


def prorate(old: Decimal, new: Decimal, *, start: date, end: date, on: date, places: int = 2) -> Proration:
    """Return what the rest of a period, from ``on`` to its last day ``end``, costs more at the new price."""
    of_days = (end - start).days + 1
    days = min(max((end - on).days + 1, 0), of_days)
    return Proration(days, of_days, rounded((new - old) * days / of_days, places))


#: So many days before the last one on which it can be cancelled the owner is reminded.
REMIND_AHEAD = 7


@dataclass(frozen=True)
class Notice:
    """The next moment at which a subscription renews itself or ends, and the last day on which it can be cancelled."""

    on: date
    last_day: date
    is_end: bool

    def is_due(self, day: date) -> bool:
        """Say whether whoever owns the subscription should be thinking of it on a day."""
        return self.last_day - timedelta(days=REMIND_AHEAD) <= day < self.on


def notice_of(
    *, next_on: date | None, ends_on: date | None, is_renewed: bool, period: str, notice_days: int, anchor: int
) -> Notice | None:
    """Return what to be reminded of; None while a subscription goes on from one short period to the next.

    Who pays month by month with thirty days of notice is reminded of the end only: every month would be noise.
    """
    notice = timedelta(days=notice_days)
    if ends_on is not None and (next_on is None or is_renewed):
        return Notice(ends_on, ends_on - notice, True)
    if next_on is None:
        return None
    if not is_renewed:
        return Notice(next_on, next_on - notice, True)
    length = later(next_on, MONTHS[period], anchor=anchor) - next_on
    return Notice(next_on, next_on - notice, False) if length > notice + timedelta(days=REMIND_AHEAD) else None


def movement(before: Decimal, after: Decimal) -> str:
    """Return what a change of monthly revenue is called; an empty text for none."""
    if before == after:
        return ""
    if before == 0:
        return "new"
    if after == 0:
        return "churn"
    return "expansion" if after > before else "contraction"
