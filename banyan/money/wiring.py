"""What the money app registers: modules, settings pages, the tax rates that a new organization gets."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import option_lists
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import name_values, subjects
from banyan.money import api
from banyan.money.kinds import CURRENCIES
from banyan.money.queries import currency_options
from banyan.money.references import CURRENCIES_MODULE, TAXES_MODULE
from banyan.money.services.configuration import PARTS
from banyan.money.services.taxes import prepare_organization
from banyan.money.views import currencies, fiscal, taxes

CURRENCY_ROUTES = (
    path("currencies", currencies.overview, name="settings-currencies"),
    path("currencies/new", currencies.new_rate, name="settings-currencies-new"),
    path("currencies/paste", currencies.paste, name="settings-currencies-paste"),
    path("currencies/in-use", currencies.in_use, name="settings-currencies-in-use"),
    path("currencies/rates/<uuid:rate_id>/remove", currencies.remove, name="settings-currencies-remove"),
    path("currencies/<str:code>", currencies.one_currency, name="settings-currency"),
)
TAX_ROUTES = (
    path("taxes", taxes.overview, name="settings-taxes"),
    path("taxes/new", taxes.new_rate, name="settings-taxes-new"),
    path("taxes/usual", taxes.usual, name="settings-taxes-usual"),
    path("taxes/prices", taxes.prices, name="settings-taxes-prices"),
    path("taxes/rules/new", taxes.new_rule, name="settings-taxes-rule-new"),
    path("taxes/rules/<uuid:rule_id>/remove", taxes.remove_rule, name="settings-taxes-rule-remove"),
    path("taxes/<uuid:rate_id>", taxes.edit_rate, name="settings-tax"),
    path("taxes/<uuid:rate_id>/remove", taxes.remove_rate, name="settings-tax-remove"),
)
PAGES = (
    SettingsPage(
        currencies.PAGE, _("Currencies"), currencies.URL, "coin", "organization",
        _("Exchange rates by day, and the currencies in use"), ability=Ability.CUSTOMISE, module=CURRENCIES_MODULE,
        words=(_("Exchange rate"), "汇率", "币种"), routes=CURRENCY_ROUTES,
    ),
    SettingsPage(
        taxes.PAGE, _("Taxes"), taxes.URL, "receipt", "organization",
        _("Tax rates by country, and prices with or without tax"), ability=Ability.CUSTOMISE, module=TAXES_MODULE,
        words=(_("VAT"), "税率", "增值税"), routes=TAX_ROUTES,
    ),
    SettingsPage(
        fiscal.PAGE, _("Fiscal year"), fiscal.URL, "calendar", "organization",
        _("When your year and its quarters begin"), ability=Ability.CUSTOMISE, module=CURRENCIES_MODULE,
        words=(_("Quarter"), "财年", "财政年度"),
        routes=(path("fiscal-year", fiscal.fiscal_year, name="settings-fiscal-year"),),
    ),
)  # fmt: skip


def register() -> None:
    """Register modules, pages, paths of the interface, and what a new organization gets."""
    modules.add(
        CURRENCIES_MODULE,
        Module(
            CURRENCIES_MODULE,
            _("Currencies and fiscal years"),
            _("Amounts in several currencies with dated exchange rates, and years that do not begin in January."),
            editions=(ENTERPRISE,),
            needed_by=_("Companies that sell in several currencies, or whose year begins elsewhere."),
            spared_by=_("Companies with one currency and the calendar year."),
            start="/settings/fiscal-year",
        ),
    )
    modules.add(
        TAXES_MODULE,
        Module(
            TAXES_MODULE,
            _("Taxes"),
            _("Tax rates by country on quotes, orders and invoices."),
            editions=(STANDARD, ENTERPRISE),
            needed_by=_("Companies that must show tax on their papers."),
            spared_by=_("Companies whose prices simply include it."),
            start="/settings/taxes",
        ),
    )
    subjects.add("exchange_rate", _("Exchange rate"))
    subjects.add("tax_rate", _("Tax rate"))
    subjects.add("tax_rule", _("Tax rule"))
    name_values(
        {
            "currencies": _("Currencies in use"),
            "fiscal_year": _("Fiscal year"),
            "prices_include_tax": _("Prices include tax"),
            "rate": _("Rate"),
            "valid_from": _("Valid from"),
            "valid_to": _("Valid to"),
            "is_default": _("Usual rate of the country"),
            "note": _("Used for"),
        }
    )
    option_lists.add(CURRENCIES, currency_options)
    organization_preparations.add("money.taxes", prepare_organization)
    for entry in PAGES:
        register_settings_page(entry)
    for part in PARTS:
        register_part(part)
    api.register()
