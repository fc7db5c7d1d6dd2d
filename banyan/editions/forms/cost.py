"""The form of the cost page: a company and its plan, and any assumption that somebody knows better."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.editions.choices import EDITION_LABELS
from banyan.editions.cost.loading import assumptions, currency_rates
from banyan.editions.cost.model import typical
from banyan.editions.cost.scenario import MOST_HEADS, MOST_YEARS, Range

#: Overrides of an assumption stand in the address as three numbers: low, likely, high.
PREFIX = "a_"
AUTOMATIC = "auto"


class CostForm(forms.Form):
    """What the estimate needs; everything but the headcount may stay empty and is as usual for the size then."""

    headcount = forms.IntegerField(label=gettext_lazy("Headcount"), min_value=1, max_value=MOST_HEADS, initial=200)
    edition = forms.ChoiceField(
        label=gettext_lazy("Edition"),
        choices=[(AUTOMATIC, gettext_lazy("The smallest that serves")), *EDITION_LABELS.items()],
        required=False,
    )
    hosting = forms.ChoiceField(
        label=gettext_lazy("Hosting"),
        choices=[("cloud", gettext_lazy("Hosted by us")), ("own", gettext_lazy("Servers of one's own"))],
        required=False,
    )
    years = forms.IntegerField(
        label=gettext_lazy("Years"), min_value=1, max_value=MOST_YEARS, required=False, initial=3
    )
    growth = forms.DecimalField(
        label=gettext_lazy("Growth of headcount a year in %"), min_value=-50, max_value=200, required=False
    )
    departments = forms.IntegerField(label=gettext_lazy("Departments"), min_value=0, max_value=10_000, required=False)
    integrations = forms.IntegerField(
        label=gettext_lazy("Systems to connect"), min_value=0, max_value=1_000, required=False
    )
    customers = forms.IntegerField(
        label=gettext_lazy("Customers kept"), min_value=0, max_value=100_000_000, required=False
    )
    training = forms.ChoiceField(
        label=pgettext_lazy("cost", "Training"),
        choices=[
            ("none", gettext_lazy("None")),
            ("short", gettext_lazy("One hour")),
            ("normal", gettext_lazy("Half a day")),
            ("deep", gettext_lazy("Two days")),
        ],
        required=False,
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(code, code) for code in currency_rates()], required=False
    )

    def given(self) -> dict[str, Any]:
        """Return what was filled in, as the scenario takes it."""
        values = {name: value for name, value in self.cleaned_data.items() if value not in {None, "", AUTOMATIC}}
        values.pop("currency", None)
        if "growth" in values:
            values["growth"] = values["growth"] / 100
        return values


def with_usual(sent: Mapping[str, str]) -> dict[str, str]:
    """Return what was sent, with what is usual for the size in the place of what was left empty."""
    given = {name: value for name, value in sent.items() if value.strip()}
    heads = given.setdefault("headcount", "200")
    usual = typical(int(heads)) if heads.isdecimal() and 0 < int(heads) <= MOST_HEADS else {}
    usual = {name: str(value) for name, value in usual.items()}
    return {"edition": AUTOMATIC, "hosting": "cloud", "years": "3", "growth": "0", "currency": "CNY", **usual, **given}


def ranges_given(sent: Mapping[str, str]) -> dict[str, Range]:
    """Return the assumptions that an address replaces; raises ``Invalid`` with the key of one that is no range."""
    found = {}
    for key in assumptions():
        text = sent.get(f"{PREFIX}{key}", "").strip()
        if text:
            found[key] = _range(key, text)
    return found


def _range(key: str, text: str) -> Range:
    try:
        numbers = [Decimal(part.strip()) for part in text.split(",")]
        low, likely, high = numbers if len(numbers) == 3 else [numbers[0]] * 3
        if not all(number.is_finite() for number in (low, likely, high)):
            raise InvalidOperation  # noqa: TRY301 the same refusal as for what is no number
        return Range(low, likely, high)
    except (InvalidOperation, ValueError):
        message = _("Give one number, or three that rise from zero: low, likely, high. “%(text)s” is neither.")
        raise Invalid([FieldError(key, "bad_range", message % {"text": text[:60]})]) from None
