"""The licence of an organization: reading, agreeing, and what follows a trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.choosing import choose, in_edition
from banyan.core.objects.modules import BASIC, mixture_of, modules_of
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.remembering import remember
from banyan.editions.choices import AfterTrial, BillingPeriod
from banyan.editions.cost.loading import EDITIONS, price_book
from banyan.editions.cost.mixtures import paid_singly, price_of_single
from banyan.editions.licences.rules import MOST_SEATS, Invoice, Single, Tier, invoice, period_after
from banyan.editions.licences.seats import Seats, count_seats
from banyan.editions.models import Licence

SUBJECT = "licence"
#: Under which name the organization remembers its trial, for the notice on its pages.
TRIAL = "licence_trial"
MEMBERS = ("edition", "seats", "currency", "period", "starts_on", "trial_ends_on", "after_trial")
#: Notice is given so many days before a trial ends.
NOTICE_DAYS = 14


@dataclass(frozen=True)
class Standing:
    """A licence as it stands: what was agreed, what is used, how many days of a trial are left (below zero: over)."""

    licence: Licence
    seats: Seats
    trial_days: int | None

    @property
    def left(self) -> int | None:
        """Return how many agreed seats are free, below zero when more are used; None when as many as used are agreed."""
        return None if self.licence.seats is None else self.licence.seats - self.seats.used


def licence_of(actor: Actor) -> Licence:
    """Return the licence of an organization; one that nobody has agreed says what is used."""
    row = Licence.objects.first()
    if row is not None:
        return row
    organization = actor.organization
    currency = organization.currency if organization.currency in currencies() else "CNY"
    return Licence(
        organization=organization,
        edition=organization.edition,
        currency=currency,
        period=BillingPeriod.MONTH,
        starts_on=today(actor.time_zone).replace(day=1),
    )


def standing_of(actor: Actor) -> Standing:
    """Return how the licence of an organization stands."""
    row = licence_of(actor)
    days = (row.trial_ends_on - today(actor.time_zone)).days if row.trial_ends_on else None
    return Standing(row, count_seats(), days)


@transaction.atomic
def agree(actor: Actor, values: dict[str, Any]) -> Licence:
    """Write down what was agreed, and return it; nothing is switched or blocked by it.

    Raises ``NotAllowed`` or ``Invalid`` with every value that is none.
    """
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    row = licence_of(actor)
    before = {name: _plain(getattr(row, name)) for name in MEMBERS}
    for name, value in values.items():
        setattr(row, name, value)
    _check(row)
    if "trial_ends_on" in values or "after_trial" in values:
        row.trial_ended_at = None
    row.updated_at = now()
    row.save()
    ends = {"ends_on": row.trial_ends_on.isoformat(), "after": row.after_trial} if row.trial_ends_on else None
    remember(actor.organization, TRIAL, ends)
    after = {name: _plain(getattr(row, name)) for name in MEMBERS}
    tell_setup_changed(actor, SUBJECT, row.pk, "update", values=difference(before, after))
    return row


def end_trial(actor: Actor) -> bool:
    """Do what follows a trial whose last day is over, once, and say whether it did; records are never touched."""
    row = Licence.objects.select_for_update(no_key=True).filter(trial_ended_at=None).first()
    if row is None or row.trial_ends_on is None or row.trial_ends_on >= today(actor.time_zone):
        return False
    row.trial_ended_at = now()
    row.save(update_fields=["trial_ended_at"])
    if row.after_trial == AfterTrial.BASIC:
        current = mixture_of(actor.organization)
        choose(actor, in_edition(type(current)(current.edition, frozenset(), current.off), BASIC))
    return True


def next_invoice(
    actor: Actor, row: Licence, *, seats: int | None = None, added: int = 0, added_on: date | None = None
) -> Invoice:
    """Return what the next invoice of a licence would be; raises ``Invalid`` for impossible numbers or days."""
    count = seats if seats is not None else row.seats if row.seats is not None else count_seats().used
    last = max(today(actor.time_zone), row.trial_ends_on or date.min)
    begins = period_after(row.starts_on, row.period, last)
    try:
        on_top = modules_of(actor.organization) & set(actor.organization.modules_on)
        prices: list[Tier | Single] = [*tiers(row.edition, row.currency), *singles(row.edition, on_top, row.currency)]
        return invoice(count, prices, period=row.period, begins=begins, added=added, added_on=added_on)
    except ValueError as problem:
        name, _colon, message = str(problem).partition(": ")
        raise Invalid([FieldError(name, "out_of_range", _told(name, message))]) from None


def tiers(edition: str, currency: str) -> list[Tier]:
    """Return the prices of an edition in a currency; raises ``Invalid`` where there are none."""
    prices = price_book().get(edition, {})
    if currency not in prices:
        message = _("There are no prices in “%(currency)s”; there are %(known)s.")
        values = {"currency": currency[:10], "known": ", ".join(currencies())}
        raise Invalid([FieldError("currency", "no_price", message % values)])
    return [Tier(bracket.upto, Decimal(bracket.price)) for bracket in prices[currency]]


def singles(edition: str, names: Iterable[str], currency: str) -> list[Single]:
    """Return the modules that are paid for on top of an edition, each with its price of a seat and month."""
    return [Single(name, price_of_single(name, currency)) for name in paid_singly(edition, names)]


def currencies() -> list[str]:
    """Return the currencies in which every edition has prices."""
    books = [set(price_book()[edition]) for edition in EDITIONS]
    return [code for code in price_book()[EDITIONS[0]] if all(code in book for book in books)]


def _check(row: Licence) -> None:
    errors = []
    known = {
        "edition": (row.edition, EDITIONS), "currency": (row.currency, currencies()),
        "period": (row.period, BillingPeriod.values), "after_trial": (row.after_trial, AfterTrial.values),
    }  # fmt: skip
    for name, (value, choices) in known.items():
        if value not in choices:
            message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}
            errors.append(FieldError(name, "unknown_choice", message))
    if row.seats is not None and not 0 <= row.seats <= MOST_SEATS:
        errors.append(FieldError("seats", "out_of_range", _told("seats", "")))
    if row.trial_ends_on is not None and row.trial_ends_on < row.starts_on - timedelta(days=366 * 5):
        errors.append(FieldError("trial_ends_on", "out_of_range", _("This day is long past.")))
    if errors:
        raise Invalid(errors)


def _told(name: str, message: str) -> str:
    """Return in the reader's language what is wrong with a number or a day."""
    if name == "seats":
        return _("Seats are from 0 to %(most)s.") % {"most": f"{MOST_SEATS:,}"}
    if name == "added":
        return _("Not more seats can have come than there are.")
    first, last = message.removeprefix("a day from ").rstrip(".").split(" to ")
    return _("Choose a day of the running period, from %(first)s to %(last)s.") % {"first": first, "last": last}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
