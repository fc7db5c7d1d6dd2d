"""The organization itself: name, language, currency, where it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import catalogue_changed
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.tenancy.models import Organization
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.choices import INDUSTRIES, countries, currencies, time_zones
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in

FIELDS = ("name", "language", "currency", "time_zone", "country", "industry", "headcount")


def current_language() -> str:
    """Return the reader's language; there always is one while a page is made."""
    return get_language() or "en"


class OrganizationForm(forms.Form):
    """What an organization is, as far as the product needs to know."""

    name = forms.CharField(label=gettext_lazy("Organization name"), max_length=200)
    industry = forms.ChoiceField(
        label=gettext_lazy("Industry"), choices=[("", gettext_lazy("Not said")), *INDUSTRIES], required=False
    )
    headcount = forms.IntegerField(label=gettext_lazy("Headcount"), min_value=1, max_value=1_000_000, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=LANGUAGES,
        help_text=gettext_lazy("For everybody who has not chosen another one."),
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=lambda: currencies(current_language()),
        help_text=gettext_lazy("Of new amounts; those that exist keep theirs."),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=lambda: countries(current_language()),
        help_text=gettext_lazy("Tells how phone numbers without country code are read."),
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=time_zones)


@signed_in("GET", "POST")
def organization(request: SignedInRequest) -> HttpResponse:
    """Show and change the organization."""
    require_page(request.actor, "organization")
    current = request.actor.organization
    form = OrganizationForm(request.POST or None, initial={name: getattr(current, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        change_organization(request, form.cleaned_data)
        with override(request.actor.language):
            return saved(request, _("The organization is saved."), "/settings/organization")
    sections = (
        (_("Company"), ("name", "industry", "headcount")),
        (_("Language, money and place"), ("language", "currency", "country", "time_zone")),
    )
    return settings_form(request, "organization", form, title=_("Organization"), sections=sections)


def change_organization(request: SignedInRequest, values: dict[str, Any]) -> Organization:
    """Write the organization's own values, log the change and tell every process."""
    current = request.actor.organization
    before = {name: getattr(current, name) for name in values}
    for name, value in values.items():
        setattr(current, name, value)
    current.save(update_fields=list(values))
    catalogue_changed(current)
    tell_setup_changed(request.actor, "organization", current.pk, "update", values=difference(before, values))
    return current
