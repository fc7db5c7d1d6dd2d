"""What complaints of the cost model say to people, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.editions.cost.scenario import Complaint, Impossible

MESSAGES: Mapping[str, Any] = {
    "heads": _("A company has from %(least)s to %(most)s people."),
    "outside": _("Give a number from %(least)s to %(most)s."),
    "share_outside": _("Give a share from %(least)s %% to %(most)s %% a year."),
    "unknown": _("“%(value)s” is not known; there are %(known)s."),
    "more_departments": _("There cannot be more departments than people (%(heads)s)."),
    "more_migrated": _("More records are taken over than will be kept (%(customers)s). Raise the customers kept, or take over fewer."),
    "no_source": _("%(migrated)s records are taken over, but from no system. Say from how many, or take over none."),
    "empty_group": _("Each department that is trained has at least one person."),
    "more_trained": _("%(people)s people are trained by department, but the company has %(heads)s."),
    "too_many": _("These are more than %(most)s entries."),
    "bad_price": _("The price of “%(name)s” is a number from zero to a million."),
    "offer_twice": _("Two offers have the same key."),
    "no_name": _("An offer needs the name of its vendor."),
    "bad_rate": _("The rate of %(currency)s is a number above zero: how many of it one CNY is."),
    "no_rate": _("There is no rate for “%(currency)s”; there are rates for %(known)s. Give one of your own to reckon in it."),
    "bad_range": _("Give one number, or three that rise from zero: low, likely, high. “%(text)s” is neither."),
    "beyond": _("“%(label)s” lies between %(least)s and %(most)s."),
    "no_assumption": _("There is no assumption “%(key)s”."),
    "no_edition": _("There is no edition “%(name)s”; there are %(known)s."),
    "no_module": _("There is no module “%(name)s”; it may belong to a newer version."),
    "no_number": _("“%(text)s” is no number."),
    "no_day": _("“%(text)s” is no date; write it as 2026-11-26."),
    "no_field": _("A scenario has no value of this name."),
    "wrong_shape": _("This is not what a scenario has here."),
    "missing": _("This value is missing."),
}  # fmt: skip


def invalid(problem: Impossible | Iterable[Complaint]) -> Invalid:
    """Return complaints as the refusal that pages, interface and command line show, by field."""
    complaints = problem.complaints if isinstance(problem, Impossible) else tuple(problem)
    return Invalid([FieldError(entry.field, entry.code, _message(entry)) for entry in complaints])


def _message(complaint: Complaint) -> str:
    """Return what is wrong in words; labels of assumptions are in all languages until now."""
    values = {name: word(value) if isinstance(value, Mapping) else value for name, value in complaint.values.items()}
    return str(MESSAGES[complaint.code] % values)


def word(words: Mapping[str, str]) -> str:
    """Return the reader's language of a text of the files of assumptions."""
    return words["zh" if (get_language() or "").startswith("zh") else "en"]
