"""Settings > Currencies: rates by day, entered one by one, pasted or taken from a file; which currencies are in use."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.languages import babel_locale
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.presenting import told_day, told_instant
from banyan.core.web.settings.choices import currencies as common_currencies
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.money.conversion import ONE, PRECISION, RATE_PLACES, known_currency
from banyan.money.models import ExchangeRate
from banyan.money.queries import RATES_URL, currencies_in_use
from banyan.money.references import CURRENCIES_MODULE
from banyan.money.services.rates import NewRate, enter_rates, plain, read_lines, remove_rate
from banyan.money.services.settings import set_currencies

PAGE, URL = CURRENCIES_MODULE, RATES_URL
ROWS_A_PAGE = 50
#: Days after which a rate counts as old.
OLD_DAYS = 40
LARGEST_FILE = 1_000_000


def _choices() -> list[tuple[str, str]]:
    """Return the common currencies first, then every other one that is in use somewhere."""
    language = get_language() or "en"
    common = common_currencies(language)
    known = {code for code, _label in common}
    names = babel_locale(language).currencies
    return common + sorted((code, f"{code} · {name}") for code, name in names.items() if code not in known)


class RateForm(forms.Form):
    """A rate of one day; for currencies of small units people write what a hundred are worth."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=_choices)
    day = forms.DateField(label=gettext_lazy("From day"))
    rate = forms.DecimalField(label=gettext_lazy("Rate"), max_digits=20, decimal_places=RATE_PLACES)
    units = forms.ChoiceField(
        label=gettext_lazy("for so many units"), choices=(("1", "1"), ("100", "100"), ("1000", "1,000")), initial="1"
    )
    source = forms.CharField(
        label=gettext_lazy("Source of the rate"), max_length=120, required=False,
        help_text=gettext_lazy("Such as Bank of China, middle rate. It is shown beside the rate."),
    )  # fmt: skip
    is_sure = forms.BooleanField(label=gettext_lazy("The rate is right"), required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, base: str, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["currency"]
        chosen.choices = [choice for choice in _choices() if choice[0] != base]
        self.fields["rate"].help_text = _("How many %(currency)s they are worth.") % {"currency": base}

    def ask_whether_sure(self) -> None:
        """Show the box that confirms an unusual rate."""
        self.fields["is_sure"].widget = forms.CheckboxInput()


class LinesForm(forms.Form):
    """Many rates at once."""

    lines = forms.CharField(
        label=gettext_lazy("Rates"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "wide": True, "placeholder": "USD 2026-11-01 7.12\nEUR 2026-11-01 8.25"}),
        help_text=gettext_lazy("A line for each: currency, day, rate of one unit, and the source if you like. Copied from a"
                               " spreadsheet is fine. A rate of the same day is replaced."),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("Or a file (CSV or text)"), required=False)
    source = forms.CharField(label=gettext_lazy("Source of the rates"), max_length=120, required=False)


class CurrenciesForm(forms.Form):
    """Which currencies people choose from."""

    currencies = forms.MultipleChoiceField(
        label=gettext_lazy("Currencies in use"), choices=_choices, required=False,
        widget=forms.SelectMultiple(attrs={"kind": "link", "multiple": True, "wide": True}),
        help_text=gettext_lazy("Amounts offer these beside the currency of the organization."),
    )  # fmt: skip


@signed_in("GET")
def overview(request: SignedInRequest) -> HttpResponse:
    """Show the latest rate of each currency, with who entered it when."""
    require_page(request.actor, PAGE)
    organization = request.actor.organization
    used = currencies_in_use(organization)[1:]
    rows = ExchangeRate.objects.filter(base=organization.currency, day__lte=today(request.actor.time_zone))
    latest = rows.select_related("entered_by").order_by("currency", "-day").distinct("currency")
    known = {row.currency: row for row in latest}
    names = babel_locale(get_language() or "en").currencies
    current_day = today(request.actor.time_zone)
    context = {
        "base": organization.currency,
        "base_name": names.get(organization.currency, ""),
        "rows": [
            {
                "code": code,
                "name": names.get(code, code),
                "url": f"{URL}/{code}",
                "rate": _described(known[code], current_day) if code in known else None,
                "enter_url": f"{URL}/new?currency={code}",
            }
            for code in [*used, *sorted(known.keys() - set(used))]
        ],
        "old_base": ExchangeRate.objects.exclude(base=organization.currency).exists(),
        "paste_url": f"{URL}/paste",
        "actions": [
            {"label": _("Currencies in use"), "url": f"{URL}/in-use", "icon": "checks"},
            {"label": _("Paste rates"), "url": f"{URL}/paste", "icon": "clipboard-list"},
            {"label": _("Enter a rate"), "url": f"{URL}/new", "icon": "plus", "primary": True},
        ],
    }
    return settings_answer(request, PAGE, "money/currencies.html", context)


@signed_in("GET")
def one_currency(request: SignedInRequest, code: str) -> HttpResponse:
    """Show all rates of one currency, the latest first."""
    require_page(request.actor, PAGE)
    if not known_currency(code):
        raise Missing("not_found", _("There is no such currency."))
    base = request.actor.organization.currency
    found = ExchangeRate.objects.filter(base=base, currency=code).select_related("entered_by").order_by("-day")
    shown = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    current_day = today(request.actor.time_zone)
    context = {
        "title": f"{code} · {babel_locale(get_language() or 'en').currencies.get(code, code)}",
        "code": code,
        "base": base,
        "rows": [{**_described(row, current_day), "remove_url": f"{URL}/rates/{row.pk}/remove"} for row in shown],
        "previous_url": f"{URL}/{code}?page={shown.previous_page_number()}" if shown.has_previous() else "",
        "next_url": f"{URL}/{code}?page={shown.next_page_number()}" if shown.has_next() else "",
        "count": found.count(),
        "new_url": f"{URL}/new?currency={code}",
    }
    return settings_answer(request, PAGE, "money/currency.html", context)


@signed_in("GET", "POST")
def new_rate(request: SignedInRequest) -> HttpResponse:
    """Enter a rate of one day."""
    require_page(request.actor, PAGE)
    base = request.actor.organization.currency
    initial = {
        "currency": request.GET.get("currency", ""), "day": _asked_day(request) or today(request.actor.time_zone),
        "units": "1",
    }  # fmt: skip
    form = RateForm(request.POST or None, initial=initial, base=base)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        rate = PRECISION.divide(values["rate"], int(values["units"]))
        try:
            enter_rates(
                request.actor, [NewRate(values["currency"], values["day"], rate, values["source"])],
                is_sure=values["is_sure"],
            )  # fmt: skip
        except DomainError as problem:
            if any(error.code == "suspicious" for error in getattr(problem, "errors", ())):
                form.ask_whether_sure()
            add_problem(form, problem)
        else:
            text = _("The rate of %(currency)s is saved.") % {"currency": values["currency"]}
            return saved(request, text, f"{URL}/{values['currency']}")
    names = [name for name in form.fields if not form.fields[name].widget.is_hidden]
    return settings_form(request, PAGE, form, title=_("Enter a rate"), sections=(("", names),), cancel_url=URL)


@signed_in("GET", "POST")
def paste(request: SignedInRequest) -> HttpResponse:
    """Enter many rates at once; all of them, or none."""
    require_page(request.actor, PAGE)
    form = LinesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            rates = read_lines(request.actor, _sent_text(form), form.cleaned_data["source"])
            entered = enter_rates(request.actor, rates)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = _("%(added)s rates are new, %(replaced)s were replaced.")
            return saved(request, text % {"added": entered.added, "replaced": entered.replaced}, URL)
    base = request.actor.organization.currency
    text = _("Each rate says how many %(currency)s one unit of the currency is worth.") % {"currency": base}
    return settings_form(
        request, PAGE, form, title=_("Paste rates"), text=text, cancel_url=URL, encoding="multipart/form-data"
    )


@signed_in("GET", "POST")
def in_use(request: SignedInRequest) -> HttpResponse:
    """Choose the currencies that amounts offer."""
    require_page(request.actor, PAGE)
    form = CurrenciesForm(
        request.POST or None, initial={"currencies": currencies_in_use(request.actor.organization)[1:]}
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_currencies(request.actor, form.cleaned_data["currencies"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The currencies are saved."), URL)
    return settings_form(request, PAGE, form, title=_("Currencies in use"), cancel_url=URL)


@signed_in("POST")
def remove(request: SignedInRequest, rate_id: uuid.UUID) -> HttpResponse:
    """Remove a rate."""
    require_page(request.actor, PAGE)
    row = remove_rate(request.actor, rate_id)
    return saved(request, _("The rate is removed."), f"{URL}/{row.currency}")


def _asked_day(request: SignedInRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _sent_text(form: LinesForm) -> str:
    sent = form.cleaned_data["file"]
    if not sent:
        return str(form.cleaned_data["lines"])
    if sent.size > LARGEST_FILE:
        raise DomainError("too_large", _("The file is larger than a list of rates. Choose another one."))
    content = sent.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return str(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise DomainError("unreadable", _("The file is no text. Save it as CSV, or paste the lines."))


def _described(row: ExchangeRate, current_day: date) -> dict[str, Any]:
    inverse = PRECISION.divide(ONE, row.rate)
    return {
        "day": told_day(row.day),
        "rate": plain(row.rate),
        "inverse": plain(
            inverse.quantize(ONE.scaleb(-6)) if inverse >= ONE.scaleb(-4) else inverse.quantize(ONE.scaleb(-10))
        ),
        "source": row.source,
        "who": row.entered_by.name if row.entered_by else _("A program"),
        "when": told_instant(row.entered_at),
        "is_old": (current_day - row.day).days > OLD_DAYS,
        "is_ahead": row.day > current_day,
    }
