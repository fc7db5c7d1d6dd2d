"""Settings > Payments and invoices: terms of payment, reminders, credit limits, numbers of invoices."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.billing.forms import SeriesForm, SettingsForm, TermsTemplateForm
from banyan.billing.models import InvoiceSeries, PlanTemplate
from banyan.billing.queries import settings_of
from banyan.billing.services import deciding
from banyan.billing.services.plans import remove_template, rows_text, save_template, usual_templates
from banyan.billing.views.steps import form_step
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.kinds import Choice
from banyan.core.objects.registry import spec_for
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

PAGE, URL = "billing", "/settings/billing"
LEAST_PARTS = 2


@signed_in("GET")
def overview(request: SignedInRequest) -> HttpResponse:
    """Show what is decided, with the ways to change it."""
    require_page(request.actor, PAGE)
    found = settings_of(request.actor.organization)
    days = ngettext("%(count)s day to pay without a plan", "%(count)s days to pay without a plan", found.term_days)
    facts = [
        days % {"count": found.term_days},
        _("reminders after %(first)s, %(second)s and %(third)s days")
        % {"first": found.first_days, "second": found.second_days, "third": found.third_days},
        _("customers are reminded by e-mail") if found.reminds_customer else "",
        _("receipts are confirmed") if found.needs_confirmation else "",
        f"{_('Beyond the credit limit')}: {found.get_credit_mode_display()}",
    ]
    templates = [
        {"url": f"{URL}/terms/{row.pk}", "name": row.name, "text": rows_text(row.rows),
         "delete_url": f"{URL}/terms/{row.pk}/delete"}
        for row in PlanTemplate.objects.all()
    ]  # fmt: skip
    series = [
        {"url": f"{URL}/series/{row.pk}", "name": row.name, "text": row.pattern, "is_active": row.is_active}
        for row in InvoiceSeries.objects.all()
    ]
    context = {
        "facts": " · ".join(filter(None, facts)), "change_url": f"{URL}/change", "templates": templates,
        "new_terms_url": f"{URL}/terms/new", "usual_url": f"{URL}/terms/usual", "series": series,
        "new_series_url": f"{URL}/series/new",
    }  # fmt: skip
    return settings_answer(request, PAGE, "billing/settings.html", context)


@signed_in("GET", "POST")
def change(request: SignedInRequest) -> HttpResponse:
    """Change terms, reminders and credit limits."""
    require_page(request.actor, PAGE)
    found = settings_of(request.actor.organization)
    levels = _levels(request)
    initial = {name: getattr(found, name) for name in SettingsForm.base_fields}
    initial |= {f"{SettingsForm.LIMIT}{code}": found.level_limits.get(code, "") for code, _label in levels}
    form = SettingsForm(request.POST or None, levels=levels, initial=initial)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        limits = {code: _text(values.pop(f"{SettingsForm.LIMIT}{code}")) for code, _label in levels}
        deciding.save_settings(request.actor, {**values, "level_limits": {k: v for k, v in limits.items() if v}})
        return _("Saved."), URL

    return form_step(request, form, run, title=_("Payments and invoices"))


def _text(limit: Decimal | None) -> str:
    return "" if limit is None else str(limit)


def _levels(request: SignedInRequest) -> list[tuple[str, Any]]:
    kind = spec_for(request.actor.organization, "customer").all_fields["level"].kind
    return [(option.code, option.label) for option in kind.options] if isinstance(kind, Choice) else []


@signed_in("POST")
def take_usual(request: SignedInRequest) -> HttpResponse:
    """Take the usual terms of payment to begin with."""
    require_page(request.actor, PAGE)
    known = set(PlanTemplate.objects.values_list("name", flat=True))
    for name, rows in usual_templates():
        if name not in known:
            save_template(request.actor, None, name=name, rows=rows)
    return saved(request, _("The usual terms of payment are there."), URL)


@signed_in("GET", "POST")
def new_terms(request: SignedInRequest) -> HttpResponse:
    """Add terms of payment."""
    return _terms(request, None)


@signed_in("GET", "POST")
def edit_terms(request: SignedInRequest, template_id: uuid.UUID) -> HttpResponse:
    """Change terms of payment; orders that are planned stay as they are."""
    return _terms(request, template_id)


def _terms(request: SignedInRequest, template_id: uuid.UUID | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    template = PlanTemplate.objects.filter(pk=template_id).first() if template_id else None
    if template_id and template is None:
        raise Missing("not_found", _("There are no such payment terms any more."))
    initial = {"name": template.name, "rows": _rows_as_text(template.rows)} if template else {}
    form = TermsTemplateForm(request.POST or None, initial=initial)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        save_template(request.actor, template, name=values["name"], rows=_read_rows(values["rows"]))
        return _("The terms of payment are saved."), URL

    return form_step(request, form, run, title=_("Payment terms"))


@signed_in("POST")
def delete_terms(request: SignedInRequest, template_id: uuid.UUID) -> HttpResponse:
    """Delete terms of payment."""
    require_page(request.actor, PAGE)
    remove_template(request.actor, template_id)
    return saved(request, _("The payment terms are deleted."), URL)


def _rows_as_text(rows: list[dict[str, Any]]) -> str:
    return "\n".join(f"{row['percent']}, {row['name']}, {row['event']}, {row['days_after']}" for row in rows)


def _read_rows(text: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        parts = [part.strip() for part in line.replace("，", ",").split(",")]
        if len(parts) < LEAST_PARTS:
            message = _("Row %(number)s: write percent, name, event and days.") % {"number": number}
            raise Invalid([FieldError("rows", "unreadable", message)])
        parts += ["confirmed", "0"][len(parts) - 2 :]
        rows.append({"percent": parts[0].rstrip("% "), "name": parts[1], "event": parts[2], "days_after": parts[3]})
    return rows


@signed_in("GET", "POST")
def new_series(request: SignedInRequest) -> HttpResponse:
    """Add a series of numbers."""
    return _series(request, None)


@signed_in("GET", "POST")
def edit_series(request: SignedInRequest, series_id: uuid.UUID) -> HttpResponse:
    """Change a series of numbers."""
    return _series(request, series_id)


def _series(request: SignedInRequest, series_id: uuid.UUID | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    series = InvoiceSeries.objects.filter(pk=series_id).first() if series_id else None
    if series_id and series is None:
        raise Missing("not_found", _("There is no such series of numbers."))
    initial = {name: getattr(series, name) for name in SeriesForm.base_fields} if series else {}
    form = SeriesForm(request.POST or None, initial=initial)

    def run(values: dict[str, Any]) -> tuple[str, str]:
        deciding.save_series(request.actor, series, values)
        return _("The series is saved."), URL

    return form_step(request, form, run, title=_("Numbers of invoices"))
