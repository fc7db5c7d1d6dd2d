"""Forms of the licence: what was agreed, and what an invoice is previewed for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from banyan.editions.choices import EDITION_LABELS, AfterTrial, BillingPeriod
from banyan.editions.licences.rules import MOST_SEATS
from banyan.editions.licences.services import currencies

_AS_USED = gettext_lazy("Empty: as many as are used.")


class LicenceForm(forms.Form):
    """What was agreed."""

    edition = forms.ChoiceField(label=gettext_lazy("Edition"), choices=list(EDITION_LABELS.items()))
    seats = forms.IntegerField(
        label=gettext_lazy("Seats"), min_value=0, max_value=MOST_SEATS, required=False, help_text=_AS_USED
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=lambda: [(code, code) for code in currencies()]
    )
    period = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=BillingPeriod.choices)
    starts_on = forms.DateField(label=gettext_lazy("Running period since"))
    trial_ends_on = forms.DateField(
        label=gettext_lazy("Trial until"), required=False, help_text=gettext_lazy("Its last day; empty: no trial.")
    )
    after_trial = forms.ChoiceField(
        label=gettext_lazy("After the trial"),
        choices=AfterTrial.choices,
        widget=forms.RadioSelect(attrs={"style": "chips"}),
        help_text=gettext_lazy("Nothing is ever lost: what rests keeps its records."),
    )


class InvoiceForm(forms.Form):
    """What an invoice is previewed for; whatever stays empty is as the licence says."""

    edition = forms.ChoiceField(label=gettext_lazy("Edition"), choices=list(EDITION_LABELS.items()), required=False)
    seats = forms.IntegerField(label=gettext_lazy("Seats"), min_value=0, max_value=MOST_SEATS, required=False)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=lambda: [(code, code) for code in currencies()], required=False
    )
    period = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=BillingPeriod.choices, required=False)
    added = forms.IntegerField(
        label=gettext_lazy("Of these, seats that came in the running period"), min_value=0, max_value=MOST_SEATS,
        required=False,
    )  # fmt: skip
    added_on = forms.DateField(label=gettext_lazy("They came on"), required=False)

    def given(self) -> dict[str, Any]:
        """Return what was filled in."""
        return {name: value for name, value in self.cleaned_data.items() if value not in {None, ""}}
