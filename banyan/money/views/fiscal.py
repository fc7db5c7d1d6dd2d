"""Settings > Fiscal year: when it begins, and which calendar year names it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in
from banyan.money.choices import PeriodKind
from banyan.money.periods import period_of, periods_of
from banyan.money.queries import fiscal_calendar, period_label
from banyan.money.services.settings import set_fiscal_year

PAGE, URL = "fiscal-year", "/settings/fiscal-year"


class FiscalYearForm(forms.Form):
    """When the fiscal year begins."""

    first_month = forms.TypedChoiceField(
        label=gettext_lazy("First month"),
        choices=lambda: [(str(number), name) for number, name in MONTHS.items()],
        coerce=int,
    )
    is_named_after_end = forms.ChoiceField(
        label=gettext_lazy("A year over two calendar years is named after"),
        choices=(("end", gettext_lazy("the year in which it ends")), ("start", gettext_lazy("the year in which it begins"))),
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )  # fmt: skip


@signed_in("GET", "POST")
def fiscal_year(request: SignedInRequest) -> HttpResponse:
    """Show and change the fiscal year, with the quarters that come of it."""
    require_page(request.actor, PAGE)
    calendar = fiscal_calendar(request.actor.organization)
    initial = {
        "first_month": str(calendar.first_month),
        "is_named_after_end": "end" if calendar.is_named_after_end else "start",
    }
    form = FiscalYearForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_fiscal_year(
                request.actor,
                first_month=form.cleaned_data["first_month"],
                is_named_after_end=form.cleaned_data["is_named_after_end"] == "end",
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The fiscal year is saved."), URL)
    context = {
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "action": URL,
        "current": _told(period_of(calendar, today(request.actor.time_zone))),
        "quarters": [
            _told(period)
            for period in periods_of(calendar, calendar.year_of(today(request.actor.time_zone)), PeriodKind.QUARTER)
        ],
    }
    status = 422 if form.errors else 200
    return undone_if_wrong(settings_answer(request, PAGE, "money/fiscal_year.html", context, status=status))


def _told(period: Any) -> dict[str, str]:
    first, last = (told_day(day) for day in (period.first, period.last))
    return {"label": period_label(period), "days": _("%(first)s to %(last)s") % {"first": first, "last": last}}
