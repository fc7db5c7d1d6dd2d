"""Settings > Taxes: rates by country, rules for customers of other countries, prices with or without tax."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.languages import babel_locale
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.choices import countries
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.money.models import TaxRate, TaxRule
from banyan.money.queries import prices_include_tax
from banyan.money.references import TAXES_MODULE
from banyan.money.services import taxes as services
from banyan.money.services.rates import plain
from banyan.money.services.settings import set_prices_include_tax
from banyan.money.usual_taxes import USUAL

PAGE, URL = TAXES_MODULE, "/settings/taxes"


class TaxRateForm(forms.Form):
    """A tax rate."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    rate = forms.DecimalField(
        label=gettext_lazy("Rate in %"), max_digits=5, decimal_places=2, min_value=0, max_value=100
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=lambda: countries(get_language() or "en"))
    note = forms.CharField(label=gettext_lazy("Used for"), max_length=200, required=False)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), required=False)
    valid_to = forms.DateField(label=gettext_lazy("Valid to"), required=False)
    is_default = forms.BooleanField(
        label=gettext_lazy("Usual rate of the country"), required=False,
        help_text=gettext_lazy("Of products that name none."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class TaxRuleForm(forms.Form):
    """Which rate holds for customers of a country."""

    country = forms.ChoiceField(label=gettext_lazy("Country of the customer"), required=False, choices=())
    instead_of = forms.ChoiceField(label=gettext_lazy("Instead of"), required=False, choices=())
    rate = forms.ChoiceField(label=pgettext_lazy("tax", "Rate"), choices=())

    def __init__(self, *args: Any, rates: list[TaxRate], **options: Any) -> None:
        super().__init__(*args, **options)
        named = [(str(rate.pk), _label(rate)) for rate in rates]
        fields: Any = self.fields
        fields["country"].choices = [("", _("Every other country")), *countries(get_language() or "en")]
        fields["country"].widget.attrs["empty_label"] = _("Every other country")
        fields["instead_of"].choices = [("", _("Every rate")), *named]
        fields["instead_of"].widget.attrs["empty_label"] = _("Every rate")
        fields["rate"].choices = named


class UsualForm(forms.Form):
    """The country whose usual rates are added."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["country"]
        field.choices = [choice for choice in countries(get_language() or "en") if choice[0] in USUAL]


class PricesForm(forms.Form):
    """Whether prices are written with tax."""

    include = forms.ChoiceField(
        label=gettext_lazy("Prices on new quotes and orders"),
        choices=(("with", gettext_lazy("include tax")), ("without", gettext_lazy("are without tax"))),
        widget=forms.RadioSelect(attrs={"style": "chips"}),
        help_text=gettext_lazy("Each document may say otherwise. Documents that exist stay as they are."),
    )  # fmt: skip


@signed_in("GET")
def overview(request: SignedInRequest) -> HttpResponse:
    """Show the rates by country, and the rules."""
    require_page(request.actor, PAGE)
    organization = request.actor.organization
    names = babel_locale(get_language() or "en").territories
    rates = sorted(TaxRate.objects.all(), key=lambda row: (row.country != organization.country, row.country, -row.rate))
    rules = TaxRule.objects.select_related("rate", "instead_of")
    context = {
        "groups": [
            {"country": names.get(country, country), "rows": [_described(row) for row in rows]}
            for country, rows in groupby(rates, key=lambda row: row.country)
        ],
        "rules": [
            {
                "text": _("Customers in %(country)s") % {"country": names.get(rule.country, rule.country)}
                if rule.country
                else _("Customers in every other country"),
                "rate": _label(rule.rate),
                "instead_of": _label(rule.instead_of) if rule.instead_of else "",
                "remove_url": f"{URL}/rules/{rule.pk}/remove",
            }
            for rule in rules
        ],
        "includes_tax": prices_include_tax(organization),
        "urls": {"rule": f"{URL}/rules/new", "prices": f"{URL}/prices", "usual": f"{URL}/usual", "new": f"{URL}/new"},
        "actions": [
            {"label": _("Usual rates of a country"), "url": f"{URL}/usual", "icon": "world"},
            {"label": _("New tax rate"), "url": f"{URL}/new", "icon": "plus", "primary": True},
        ],
    }
    return settings_answer(request, PAGE, "money/taxes.html", context)


@signed_in("GET", "POST")
def new_rate(request: SignedInRequest) -> HttpResponse:
    """Add a tax rate."""
    return _edit(request, None)


@signed_in("GET", "POST")
def edit_rate(request: SignedInRequest, rate_id: uuid.UUID) -> HttpResponse:
    """Change a tax rate; documents keep the number they have."""
    require_page(request.actor, PAGE)
    return _edit(request, services.find_tax_rate(rate_id))


@signed_in("POST")
def remove_rate(request: SignedInRequest, rate_id: uuid.UUID) -> HttpResponse:
    """Remove a tax rate with its rules."""
    require_page(request.actor, PAGE)
    services.remove_tax_rate(request.actor, services.find_tax_rate(rate_id))
    return saved(request, _("The tax rate is removed."), URL)


@signed_in("GET", "POST")
def usual(request: SignedInRequest) -> HttpResponse:
    """Add the usual rates of a country."""
    require_page(request.actor, PAGE)
    form = UsualForm(request.POST or None, initial={"country": request.actor.organization.country})
    if request.method == "POST" and form.is_valid():
        count = services.add_usual(request.actor, form.cleaned_data["country"])
        return saved(request, _("%(count)s tax rates were added.") % {"count": count}, URL)
    text = _(
        "Adds those that are not there yet. Check them: laws change, and what you sell may be taxed in another way."
    )
    return settings_form(request, PAGE, form, title=_("Usual rates of a country"), text=text, cancel_url=URL)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest) -> HttpResponse:
    """Say which rate holds for customers of a country."""
    require_page(request.actor, PAGE)
    rates = list(TaxRate.objects.filter(is_active=True))
    form = TaxRuleForm(request.POST or None, rates=rates)
    if request.method == "POST" and form.is_valid():
        by_id = {str(rate.pk): rate for rate in rates}
        values = form.cleaned_data
        try:
            services.save_tax_rule(
                request.actor,
                country=values["country"],
                instead_of=by_id.get(values["instead_of"]),
                rate=by_id[values["rate"]],
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The rule is saved."), URL)
    return settings_form(request, PAGE, form, title=_("New tax rule"), cancel_url=URL)


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Remove a rule."""
    require_page(request.actor, PAGE)
    services.remove_tax_rule(request.actor, rule_id)
    return saved(request, _("The rule is deleted."), URL)


@signed_in("GET", "POST")
def prices(request: SignedInRequest) -> HttpResponse:
    """Choose whether prices are written with tax."""
    require_page(request.actor, PAGE)
    initial = {"include": "with" if prices_include_tax(request.actor.organization) else "without"}
    form = PricesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_prices_include_tax(request.actor, include=form.cleaned_data["include"] == "with")
        return saved(request, _("The choice is saved."), URL)
    return settings_form(request, PAGE, form, title=_("Prices with or without tax"), cancel_url=URL)


def _edit(request: SignedInRequest, row: TaxRate | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    initial = (
        {name: getattr(row, name) for name in TaxRateForm.base_fields}
        if row
        else {"country": request.actor.organization.country, "is_active": True}
    )
    form = TaxRateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_tax_rate(request.actor, row, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}, URL)
    return settings_form(request, PAGE, form, title=row.name if row else _("New tax rate"), cancel_url=URL)


def _label(rate: TaxRate) -> str:
    percent = f"{plain(rate.rate)} %"
    return f"{rate.country} · {rate.name}" if percent in rate.name else f"{rate.country} · {rate.name} ({percent})"


def _described(row: TaxRate) -> dict[str, Any]:
    days = ""
    if row.valid_from or row.valid_to:
        first, last = (told_day(day) if day else "…" for day in (row.valid_from, row.valid_to))
        days = _("%(first)s to %(last)s") % {"first": first, "last": last}
    return {
        "name": row.name, "percent": plain(row.rate), "note": row.note, "days": days, "is_default": row.is_default,
        "is_active": row.is_active, "url": f"{URL}/{row.pk}", "remove_url": f"{URL}/{row.pk}/remove",
    }  # fmt: skip
