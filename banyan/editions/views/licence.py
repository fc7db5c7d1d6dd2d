"""Settings: seats and guests, the trial, the price book, and what the next invoice would be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.languages import written_day
from banyan.core.objects.modules import modules
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.editions.choices import EDITION_LABELS, AfterTrial, BillingPeriod
from banyan.editions.cost.loading import EDITIONS, dates, price_book, single_prices
from banyan.editions.forms.licences import InvoiceForm, LicenceForm
from banyan.editions.licences.rules import Invoice, LineKind
from banyan.editions.licences.seats import seated_people
from banyan.editions.licences.services import (
    MEMBERS,
    Standing,
    agree,
    currencies,
    licence_of,
    standing_of,
)
from banyan.editions.licences.telling import wished_invoice
from banyan.editions.models import Licence

PAGE, URL = "licence", "/settings/licence"
GUESTS_SHOWN = 20


def routes() -> list[URLPattern]:
    """Return the addresses below ``/settings/``."""
    return [
        path("licence", licence, name="settings-licence"),
        path("licence/edit", edit_licence, name="settings-licence-edit"),
    ]


@signed_in("GET")
def licence(request: SignedInRequest) -> HttpResponse:
    """Show the licence, and preview an invoice for whatever the address asks."""
    require_page(request.actor, PAGE)
    actor = request.actor
    standing = standing_of(actor)
    asked = {name: value for name, value in request.GET.items() if str(value).strip()}
    initial = {
        "edition": standing.licence.edition,
        "currency": standing.licence.currency,
        "period": standing.licence.period,
    }
    form = InvoiceForm(asked or None, initial=initial)
    shown: dict[str, Any] | None = None
    if not form.is_bound or form.is_valid():
        try:
            shown = _invoice(actor, *wished_invoice(actor, form.given() if form.is_bound else {}))
        except Invalid as problem:
            if not form.is_bound:
                raise
            add_problem(form, problem)
    context = {
        "tiles": _tiles(standing),
        "trial": _trial(standing, actor),
        "guests": _guests(),
        "facts": _facts(standing, actor),
        "prices": _prices(),
        "price_day": dates()["price_book"],
        "fields": fields_of(form),
        "errors": errors_of(form),
        "invoice": shown,
        "actions": [{"label": _("Change"), "url": f"{URL}/edit", "icon": "edit", "opens": "dialog"}],
    }
    return settings_answer(request, PAGE, "editions/licence.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST")
def edit_licence(request: SignedInRequest) -> HttpResponse:
    """Write down what was agreed."""
    require_page(request.actor, PAGE)
    row = licence_of(request.actor)
    form = LicenceForm(request.POST or None, initial={name: getattr(row, name) for name in MEMBERS})
    if request.method == "POST" and form.is_valid():
        try:
            agree(request.actor, {name: form.cleaned_data[name] for name in MEMBERS})
        except Invalid as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The licence is saved. Nothing is switched or blocked by it."), URL)
    return settings_form(request, PAGE, form, title=_("What was agreed"), back_url=URL)


def _tiles(standing: Standing) -> list[dict[str, Any]]:
    seats, row = standing.seats, standing.licence
    left = _("no limit") if standing.left is None else f"{standing.left:,}"
    return [
        {"label": _("Seats used"), "value": f"{seats.used:,}", "url": "/settings/people"},
        {"label": _("Seats left"), "value": left},
        {"label": _("Guests"), "value": f"{seats.guests:,}"},
        {"label": _("Edition agreed"), "value": str(EDITION_LABELS[row.edition]), "url": "/settings/modules"},
    ]


def _trial(standing: Standing, actor: Actor) -> dict[str, str] | None:
    row = standing.licence
    if row.trial_ends_on is None or standing.trial_days is None:
        return None
    day = written_day(row.trial_ends_on, actor.language)
    text = _("The trial is over since %(day)s.") if standing.trial_days < 0 else _("The trial lasts to %(day)s.")
    return {"text": text % {"day": day}, "after": str(AfterTrial(row.after_trial).label)}


def _facts(standing: Standing, actor: Actor) -> list[tuple[str, str]]:
    row, used = standing.licence, actor.organization.edition
    facts = [
        (_("Seats agreed"), _("as many as are used") if row.seats is None else f"{row.seats:,}"),
        (_("Paid by"), str(BillingPeriod(row.period).label)),
        (_("Running period since"), written_day(row.starts_on, actor.language)),
    ]
    if used != row.edition:
        facts.append((_("Edition in use"), str(EDITION_LABELS[used])))
    if standing.left is not None and standing.left < 0:
        facts.append(
            (_("To think of"), _("More seats are used than agreed. Nothing is blocked; agree on more when you can."))
        )
    return facts


def _guests() -> dict[str, Any]:
    rows = User.objects.filter(is_active=True).exclude(pk__in=seated_people()).order_by("name")
    names = list(rows.values_list("name", flat=True)[: GUESTS_SHOWN + 1])
    return {"names": names[:GUESTS_SHOWN], "has_more": len(names) > GUESTS_SHOWN}


def _prices() -> list[dict[str, Any]]:
    """Return the price book as rows: an edition, a range of seats, and the price in each currency."""
    codes = currencies()
    rows = []
    for edition in EDITIONS:
        begins = 1
        for place, bracket in enumerate(price_book()[edition][codes[0]]):
            if bracket.upto is None:
                seats = _("from %(first)s") % {"first": f"{begins:,}"}
            else:
                seats = _("%(first)s to %(last)s") % {"first": f"{begins:,}", "last": f"{bracket.upto:,}"}
            prices = [_price(price_book()[edition][code][place].price) for code in codes]
            rows.append({"edition": EDITION_LABELS[edition] if place == 0 else "", "seats": seats, "prices": prices})
            begins = (bracket.upto or 0) + 1
    for place, edition in enumerate(single_prices()):
        label = _("Each module of the %(edition)s on top of a smaller one") % {"edition": EDITION_LABELS[edition]}
        prices = [_price(single_prices()[edition][code]) for code in codes]
        title = _("Single modules") if place == 0 else ""
        rows.append({"edition": title, "seats": label, "prices": prices})
    return [{"codes": codes, "rows": rows}]


def _invoice(actor: Actor, row: Licence, found: Invoice) -> dict[str, Any]:
    labels = {
        LineKind.FREE: _("Free seats"),
        LineKind.SEATS: _("Seats"),
        LineKind.MODULE: _("On top: %(module)s"),
        LineKind.ADDED: _("Seats that came in the running period, for the rest of it"),
    }
    return {
        "edition": EDITION_LABELS[row.edition],
        "currency": row.currency,
        "begins": written_day(found.begins, actor.language),
        "ends": written_day(found.ends, actor.language),
        "lines": [
            {
                "label": labels[line.kind] % {"module": modules[line.module].label} if line.module else labels[line.kind],
                "seats": f"{line.seats:,}", "months": f"{line.months.normalize():f}",
                "price": _price(line.price), "amount": f"{line.amount:,.2f}",
            }
            for line in found.lines
        ],
        "total": f"{found.total:,.2f}",
    }  # fmt: skip


def _price(price: Decimal) -> str:
    return f"{price:,.2f}" if price else _("free")
