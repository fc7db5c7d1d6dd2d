"""A licence, its prices and its next invoice as documents for programs and pages; amounts are texts."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.modules import modules
from banyan.editions.cost.loading import EDITIONS, dates, price_book
from banyan.editions.cost.mixtures import price_of_single
from banyan.editions.licences.rules import Invoice
from banyan.editions.licences.services import MEMBERS, Standing, licence_of, next_invoice
from banyan.editions.models import Licence

Json = dict[str, Any]
WISHES = ("edition", "seats", "currency", "period", "added", "added_on")
DAYS = frozenset({"starts_on", "trial_ends_on", "added_on"})
NUMBERS = frozenset({"seats", "added"})


def told_licence(standing: Standing) -> Json:
    """Return a licence as it stands."""
    row = standing.licence
    return {
        "edition": row.edition,
        "seats": {
            "agreed": row.seats,
            "used": standing.seats.used,
            "left": standing.left,
            "guests": standing.seats.guests,
            "deactivated": standing.seats.inactive,
        },
        "currency": row.currency,
        "period": row.period,
        "starts_on": row.starts_on.isoformat(),
        "trial": {
            "ends_on": row.trial_ends_on.isoformat() if row.trial_ends_on else None,
            "days_left": standing.trial_days,
            "after": row.after_trial,
            "is_over": standing.trial_days is not None and standing.trial_days < 0,
        },
        "limits_are": "advice",
    }


def told_invoice(row: Licence, found: Invoice) -> Json:
    """Return an invoice."""
    return {
        "edition": row.edition,
        "currency": row.currency,
        "period": row.period,
        "begins": found.begins.isoformat(),
        "ends": found.ends.isoformat(),
        "lines": [
            {
                "kind": line.kind.value, "seats": line.seats, "price": f"{line.price:f}", "months": f"{line.months:f}",
                "amount": f"{line.amount:.2f}", **({"module": line.module} if line.module else {}),
            }
            for line in found.lines
        ],
        "total": f"{found.total:.2f}",
    }  # fmt: skip


def told_prices() -> Json:
    """Return the price book: for each edition and currency the price of a seat and month by number of seats, and of each module on top."""
    return {
        "date": dates()["price_book"],
        "editions": {
            edition: {
                currency: [{"upto": bracket.upto, "price": f"{bracket.price:f}"} for bracket in brackets]
                for currency, brackets in price_book()[edition].items()
            }
            for edition in EDITIONS
        },
        "single_modules": {
            module.name: {
                currency: f"{price_of_single(module.name, currency):f}" for currency in price_book()[EDITIONS[0]]
            }
            for module in modules
            if EDITIONS[0] not in module.editions
        },
    }


def wished_invoice(actor: Actor, wish: Mapping[str, Any]) -> tuple[Licence, Invoice]:
    """Return the licence that somebody imagines, and what its next invoice would be; nothing is written."""
    row = copy(licence_of(actor))
    for name in ("edition", "currency", "period"):
        if name in wish:
            setattr(row, name, wish[name])
    _check_choices(row)
    found = next_invoice(
        actor, row, seats=wish.get("seats"), added=wish.get("added", 0), added_on=wish.get("added_on")
    )  # fmt: skip
    return row, found


def read_values(body: Mapping[str, Any], known: tuple[str, ...] = MEMBERS) -> Json:
    """Return what a program sent as values of a licence; raises ``Invalid`` with every member that is none."""
    errors, values = [], {}
    for name, value in body.items():
        if name not in known:
            message = _("There is no such member. There are: %(known)s.") % {"known": ", ".join(known)}
            errors.append(FieldError(str(name)[:60], "unknown_field", message))
            continue
        try:
            values[name] = _read(name, value)
        except (TypeError, ValueError):
            message = _("This is not a day (2026-11-26).") if name in DAYS else _("This is not a whole number.")
            if name not in DAYS | NUMBERS:
                message = _("This is not a text.")
            errors.append(FieldError(name, "bad_value", message))
    if errors:
        raise Invalid(errors)
    return values


def _read(name: str, value: Any) -> Any:
    if value is None and name in {"seats", "trial_ends_on"}:
        return None
    if name in DAYS:
        return date.fromisoformat(value)
    if name in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).lstrip("-").isdecimal():
            raise ValueError(name)
        return int(value)
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _check_choices(row: Licence) -> None:
    if row.edition not in EDITIONS:
        message = _("There is no edition “%(name)s”; there are %(known)s.")
        values = {"name": row.edition[:60], "known": ", ".join(EDITIONS)}
        raise Invalid([FieldError("edition", "unknown", message % values)])
    if row.period not in {"month", "year"}:
        raise Invalid(
            [FieldError("period", "unknown_choice", _("Choose one of: %(choices)s.") % {"choices": "month, year"})]
        )
