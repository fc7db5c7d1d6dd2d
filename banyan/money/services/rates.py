"""Entering, pasting and removing exchange rates."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.transfer.parsing.dates import parse_date
from banyan.core.transfer.parsing.numbers import parse_decimal
from banyan.core.transfer.parsing.unreadable import Unreadable
from banyan.money.conversion import LEAST_RATE, MOST_RATE, ONE, RATE_PLACES, known_currency
from banyan.money.models import ExchangeRate
from banyan.money.queries import currencies_in_use
from banyan.money.services.settings import choose

MOST_LINES = 5_000
EARLIEST = date(1970, 1, 1)
MOST_AHEAD = timedelta(days=2 * 366)
#: A rate that is so many times the one before, or so small a part of it, is asked about once more.
SUSPICIOUS = Decimal(3)
_BREAK = re.compile(r"[\t;|]|,(?=\s)|\s+")
_HEADINGS = {"currency", "币种", "货币", "code", "代码"}


@dataclass(frozen=True)
class NewRate:
    """A rate to enter: ``rate`` is what one unit of ``currency`` is worth in the organization's currency."""

    currency: str
    day: date
    rate: Decimal
    source: str = ""


@dataclass(frozen=True)
class Entered:
    """How many rates are new, and how many took the place of one of the same day."""

    added: int = 0
    replaced: int = 0


@transaction.atomic
def enter_rates(actor: Actor, rates: Sequence[NewRate], *, is_sure: bool = True) -> Entered:
    """Write rates; one of the same currency and day is replaced. All of them, or none.

    Currencies that were not in use are from now on. Without ``is_sure`` a rate far from the one before is refused with
    the code ``suspicious``. Raises ``NotAllowed``, ``Invalid`` with an error for each rate.
    """
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    base = actor.organization.currency
    errors = [error for index, rate in enumerate(rates) if (error := _complaint(actor, rate, index, rates)) is not None]
    if not errors and not is_sure:
        errors = _suspicions(base, rates)
    if errors:
        raise Invalid(errors)
    wanted = {(rate.currency, rate.day): rate for rate in rates}
    known = {
        (row.currency, row.day): row
        for row in ExchangeRate.objects.filter(
            base=base, currency__in={code for code, _day in wanted}, day__in={day for _code, day in wanted}
        )
    }
    added = [_row(actor, rate) for key, rate in wanted.items() if key not in known]
    ExchangeRate.objects.bulk_create(added)
    for row in added:
        tell_setup_changed(actor, "exchange_rate", row.pk, "create", values={_title(row): (None, str(row.rate))})
    replaced = [_replace(actor, row, wanted[key]) for key, row in known.items() if key in wanted]
    used = currencies_in_use(actor.organization)
    fresh = [code for code in dict.fromkeys(code for code, _day in wanted) if code not in used]
    if fresh:
        choose(actor, {"currencies": [*used[1:], *fresh]})
    return Entered(len(added), len(replaced))


@transaction.atomic
def remove_rate(actor: Actor, rate_id: uuid.UUID) -> ExchangeRate:
    """Remove a rate; from its day on the one before counts again. Raises ``NotAllowed``, ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = ExchangeRate.objects.filter(pk=rate_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such exchange rate."))
    tell_setup_changed(actor, "exchange_rate", row.pk, "delete", values={_title(row): (str(row.rate), None)})
    ExchangeRate.objects.filter(pk=row.pk).delete()
    return row


def read_lines(actor: Actor, text: str, source: str) -> list[NewRate]:
    """Read rates that were pasted: currency, day and rate on each line, in this order, and the source if you like.

    Tabs, semicolons, commas and spaces separate; a heading and empty lines are passed over. A missing day is today.
    Raises ``Invalid`` with the number of each line that cannot be read.
    """
    rates: list[NewRate] = []
    errors: list[FieldError] = []
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        message = _("These are more than %(count)s lines. Paste them in several parts.") % {"count": MOST_LINES}
        raise Invalid([FieldError("lines", "too_many", message)])
    for number, line in enumerate(lines, start=1):
        parts = [part.strip("\"' ") for part in _BREAK.split(line.strip().replace("，", ", "), maxsplit=3)]
        if not any(parts) or parts[0].casefold() in _HEADINGS:
            continue
        try:
            rates.append(_read(actor, parts, source))
        except (Unreadable, ValueError) as problem:
            said = getattr(problem, "message", None) or problem
            text_of = _("Line %(number)s: %(problem)s") % {"number": number, "problem": said}
            errors.append(FieldError("lines", "unreadable", text_of))
    if errors:
        raise Invalid(errors[:20])
    if not rates:
        message = _("Write a line for each rate, such as USD 2026-11-01 7.12.")
        raise Invalid([FieldError("lines", "empty", message)])
    return rates


def _read(actor: Actor, parts: Sequence[str], source: str) -> NewRate:
    if len(parts) == 2:
        parts = [parts[0], today(actor.time_zone).isoformat(), parts[1]]
    if len(parts) < 3:
        raise ValueError(_("a currency, a day and a rate are needed."))
    return NewRate(
        parts[0].upper(), parse_date(parts[1]), parse_decimal(parts[2].rstrip(",")), source or "".join(parts[3:])
    )


def _complaint(actor: Actor, rate: NewRate, index: int, rates: Sequence[NewRate]) -> FieldError | None:
    """Return what is wrong with a rate by itself; names the line where there are several."""
    base = actor.organization.currency
    found: tuple[str, str, str] | None = None
    if not known_currency(rate.currency):
        found = (
            "currency",
            "unknown_currency",
            _("There is no currency %(currency)s.") % {"currency": rate.currency[:20]},
        )
    elif rate.currency == base:
        message = _("%(currency)s is the currency of the organization itself; its rate is always 1.")
        found = ("currency", "own_currency", message % {"currency": base})
    elif not rate.rate.is_finite() or not LEAST_RATE <= rate.rate <= MOST_RATE:
        found = ("rate", "out_of_range", _("A rate is more than 0 and less than 1,000,000,000."))
    elif not EARLIEST <= rate.day <= today(actor.time_zone) + MOST_AHEAD:
        found = ("day", "out_of_range", _("The day lies before 1970 or more than two years ahead. Is it right?"))
    if found is None:
        return None
    field, code, message = found
    if len(rates) > 1:
        message = _("Line %(number)s: %(problem)s") % {"number": index + 1, "problem": message}
    return FieldError(field if len(rates) == 1 else "lines", code, message)


def _suspicions(base: str, rates: Iterable[NewRate]) -> list[FieldError]:
    """Return a complaint about each rate that is far from the one before: most likely it is the inverse, or mistyped."""
    errors = []
    for rate in rates:
        earlier = (
            ExchangeRate.objects.filter(base=base, currency=rate.currency, day__lt=rate.day).order_by("-day").first()
        )
        if earlier is None or ONE / SUSPICIOUS <= rate.rate / earlier.rate <= SUSPICIOUS:
            continue
        message = _(
            "On %(day)s it was %(earlier)s. Is %(rate)s right? If it is, tick the box below and save again."
        ) % {"day": earlier.day.isoformat(), "earlier": plain(earlier.rate), "rate": plain(rate.rate)}
        errors.append(FieldError("rate", "suspicious", message))
    return errors


def _row(actor: Actor, rate: NewRate) -> ExchangeRate:
    return ExchangeRate(
        organization_id=actor.organization_id, base=actor.organization.currency, currency=rate.currency, day=rate.day,
        rate=_kept(rate.rate), source=rate.source[:120], entered_by_id=actor.user_id, entered_at=now(),
    )  # fmt: skip


def _replace(actor: Actor, row: ExchangeRate, rate: NewRate) -> ExchangeRate:
    before = row.rate
    row.rate, row.source, row.entered_by_id, row.entered_at = (
        _kept(rate.rate), rate.source[:120], actor.user_id, now(),
    )  # fmt: skip
    row.save(update_fields=["rate", "source", "entered_by", "entered_at"])
    changed = {_title(row): (str(before), str(row.rate))} if before != row.rate else {}
    tell_setup_changed(actor, "exchange_rate", row.pk, "update", values=changed)
    return row


def _kept(rate: Decimal) -> Decimal:
    return rate.quantize(ONE.scaleb(-RATE_PLACES), rounding="ROUND_HALF_UP")


def plain(rate: Decimal) -> str:
    """Return a rate without needless zeros."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _title(row: ExchangeRate) -> str:
    return f"{row.currency} {row.day.isoformat()}"
