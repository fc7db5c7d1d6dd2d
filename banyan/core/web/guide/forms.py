"""What the first steps ask."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.languages import LANGUAGES
from banyan.core.web.accounts.forms import password_field
from banyan.core.web.settings.choices import HEADCOUNTS, INDUSTRIES, currencies, time_zones
from banyan.core.web.settings.organization import current_language
from banyan.core.web.settings.people import role_choices

SEPARATORS = re.compile(r"[\s,;，；、]+")
MOST_COLLEAGUES = 100


class FoundingForm(forms.Form):
    """The first organization and the person who sets it up."""

    organization = forms.CharField(
        label=_("Organization name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = password_field(
        _("Password"), autocomplete="new-password", help_text=_("At least 10 characters; a sentence is best.")
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, widget=forms.RadioSelect(attrs={"style": "chips"})
    )


class CompanyForm(forms.Form):
    """What the product adapts to."""

    industry = forms.ChoiceField(label=_("Industry"), choices=[("", _("Not said")), *INDUSTRIES], required=False)
    headcount = forms.TypedChoiceField(
        label=_("Headcount"),
        choices=[(str(number), label) for number, label in HEADCOUNTS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=lambda: currencies(current_language()))
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)


class TemplateForm(forms.Form):
    """Which industry's template is wanted, and whether with records for trying things."""

    template = forms.CharField(label=_("Template"), max_length=60)
    demo = forms.BooleanField(label=_("With demo records"), required=False)


class ColleaguesForm(forms.Form):
    """Addresses of colleagues, and what all of them may do at first."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        required=False,
        max_length=20_000,
        help_text=_("One in each line, or separated by commas."),
        widget=forms.Textarea(attrs={"rows": 5, "autofocus": True}),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=role_choices, widget=forms.RadioSelect(attrs={"style": "chips", "wide": True})
    )

    def addresses(self) -> list[str]:
        """Return the addresses that were written, each once."""
        parts = SEPARATORS.split(self.cleaned_data["emails"])
        return list(dict.fromkeys(part for part in parts if part))[:MOST_COLLEAGUES]


def nearest_headcount(headcount: int | None) -> str:
    """Return the choice that stands for a number of people."""
    if headcount is None:
        return ""
    return str(min((number for number, _label in HEADCOUNTS), key=lambda number: abs(number - headcount)))
