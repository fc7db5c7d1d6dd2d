"""The organization itself: name, language, currency, where it is; and which modules it uses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import catalogue_changed
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.objects.modules import Module, module_is_on, modules
from banyan.core.objects.registry import specs_here
from banyan.core.tenancy.models import Organization
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.choices import INDUSTRIES, countries, currencies, time_zones
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
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


@signed_in("GET")
def module_list(request: SignedInRequest) -> HttpResponse:
    """Show every module, whether it is on, and what appears with it."""
    require_page(request.actor, "modules")
    rows = [_described(request.actor.organization, module) for module in modules]
    return settings_answer(request, "modules", "settings/modules.html", {"modules": rows})


@signed_in("POST")
def switch_module(request: SignedInRequest, name: str) -> HttpResponse:
    """Switch a module on or off; its data stays, and comes back with it."""
    require_page(request.actor, "modules")
    module = modules.get(name)
    if module is None:
        raise Missing("not_found", _("There is no such module."))
    wanted = request.POST.get("on") == "true"
    current = request.actor.organization
    on, off = set(current.modules_on) - {name}, set(current.modules_off) - {name}
    if not wanted:
        off.add(name)
    elif current.edition not in module.editions:
        on.add(name)
    change_organization(request, {"modules_on": sorted(on), "modules_off": sorted(off)})
    said = _("%(module)s is on.") if wanted else _("%(module)s is off. Its data is kept.")
    return saved(request, said % {"module": module.label}, "/settings/modules")


def _described(current: Organization, module: Module) -> dict[str, Any]:
    missing = [modules[name].label for name in module.requires if not module_is_on(current, name)]
    return {
        "name": module.name,
        "label": str(module.label),
        "purpose": str(module.purpose),
        "is_on": module_is_on(current, module.name),
        "appears": [
            str(spec.label_plural) for spec in specs_here().values() if spec.module == module.name and spec.in_menu
        ],
        "missing": [str(label) for label in missing],
    }
