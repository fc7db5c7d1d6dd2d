"""The pages of statements: those of a period, and one with all its lines."""

from __future__ import annotations

import csv
import io
import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from banyan.commissions.choices import LineKind, State
from banyan.commissions.jobs import CALCULATE, MOST_IN_REQUEST, start_calculation
from banyan.commissions.models import CommissionLine, CommissionPlan, CommissionStatement
from banyan.commissions.queries.statements import concerns, lines_of, people_led, statement_for, statements_for
from banyan.commissions.services import statements as service
from banyan.commissions.services.plans import find_plan, read_terms
from banyan.commissions.services.statements import NO_GOAL, NO_RATE
from banyan.commissions.views.frame import (
    COLORS,
    SETTINGS,
    URL,
    asked_period,
    day_text,
    fiscal_of,
    money,
    period_choice,
    period_of,
    plan_suits,
    require_module,
    terms_in_words,
)
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.jobs.runs import latest_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, NotAllowed, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.modules import specs_on
from banyan.core.transfer.formulas import escaped
from banyan.core.web.answers import done, page, part, visit
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.presenting import told_instant
from banyan.core.web.views.base import signed_in
from banyan.money.public import FiscalPeriod, period_label

PROBLEMS = {
    NO_GOAL: gettext_lazy(
        "The plan needs a target of the person for this period, and there is none. Set one under Targets."
    ),
    NO_RATE: gettext_lazy("There is no exchange rate for %(detail)s. Enter one in the settings."),
}
KIND_ICONS = {
    LineKind.ACCELERATOR: "rocket", LineKind.CAP: "lock", LineKind.CORRECTION: "refresh", LineKind.CLAWBACK: "arrow-back-up",
}  # fmt: skip


@signed_in("GET")
def statements(request: SignedInRequest) -> HttpResponse:
    """Show the statements of a period that the reader may see, and what may be done with them."""
    actor = request.actor
    require_module(actor)
    if not concerns(actor):
        raise NotAllowed("not_allowed", _("You have no commissions, and lead nobody who has."))
    period = asked_period(request)
    found = list(
        statements_for(actor)
        .filter(first_day=period.first, last_day=period.last)
        .order_by("person__name", "plan__name")
    )
    may_manage = actor.has(Ability.KEEP_ACCOUNTS)
    plans = [plan for plan in CommissionPlan.objects.all() if plan_suits(plan, period)] if may_manage else []
    is_alone = people_led(actor) == frozenset({actor.user_id})
    context = {
        "choice": period_choice(request, period),
        "rows": [_row(actor, row) for row in found],
        "total": money(actor, sum((row.amount for row in found), Decimal(0))),
        "plans": [{"name": plan.name, "id": plan.pk} for plan in plans],
        "may_manage": may_manage,
        "can_approve": may_manage
        and any(row.state == State.DRAFT and not row.problems for row in found)
        and _is_over(actor, period),
        "can_pay": may_manage and any(row.state == State.APPROVED for row in found),
        "period": period.code,
        "calculation": _calculation(period) if may_manage else {},
        "export_url": f"{URL}/export?period={period.code}" if found else "",
        "settings_url": SETTINGS if may_manage else "",
        "has_plans": CommissionPlan.objects.exists(),
        "history": [_row(actor, row) for row in statements_for(actor).filter(person=actor.user_id)[:24]]
        if is_alone
        else [],
    }
    return page(request, "commissions/statements.html", {"commissions": context})


@signed_in("GET")
def calculation(request: SignedInRequest) -> HttpResponse:
    """Answer with how far the calculation of a period is; leads to the statements once it is done."""
    require_module(request.actor)
    require_ability(request.actor, Ability.KEEP_ACCOUNTS)
    period = asked_period(request)
    shown = _calculation(period)
    if not shown or not shown["is_under_way"]:
        return visit(request, f"{URL}?period={period.code}")
    return part(request, "commissions/_calculation.html", {"calculation": shown})


def _calculation(period: FiscalPeriod) -> dict[str, Any]:
    """Return how far the last calculation in the background is; nothing once it is done and all is well."""
    run = latest_run(CALCULATE, subject=period.code)
    if run is None or not (run.is_under_way or run.problem):
        return {}
    return {
        "is_under_way": run.is_under_way,
        "done": run.done,
        "total": run.total,
        "step": run.step,
        "problem": run.problem,
        "waits_for_worker": run.is_under_way and not run.started_at and not is_worker_alive(),
        "poll_url": f"{URL}/calculation?period={period.code}",
    }


def _is_over(actor: Actor, period: FiscalPeriod) -> bool:
    return period.last < today(actor.organization.time_zone)


def _row(actor: Actor, row: CommissionStatement) -> dict[str, Any]:
    return {
        "url": f"{URL}/{row.pk}",
        "number": row.number,
        "person": row.person.name,
        "plan": row.plan.name,
        "period": period_of(actor, row),
        "base": money(actor, row.base, row.currency),
        "amount": money(actor, row.amount, row.currency),
        "earlier": money(actor, row.earlier_amount, row.currency) if row.earlier_amount is not None else "",
        "state": str(row.get_state_display()),
        "color": COLORS[State(row.state)],
        "has_problems": bool(row.problems),
    }


@signed_in("POST")
def calculate(request: SignedInRequest) -> HttpResponse:
    """Calculate the drafts of a period anew: of one plan, or of all that suit it."""
    actor = request.actor
    require_module(actor)
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    period = asked_period(request)
    chosen = parse_id(request.POST.get("plan", ""))
    plans = (
        [find_plan(chosen)] if chosen else [plan for plan in CommissionPlan.objects.all() if plan_suits(plan, period)]
    )
    if not plans:
        raise Refused("no_plan", _("No plan in use makes statements for this period. Shape one in the settings."))
    url = f"{URL}?period={period.code}"
    if sum(len(service.people_of_period(plan, period)) for plan in plans) > MOST_IN_REQUEST:
        start_calculation(actor, plans, period)
        return done(request, _("The statements are being calculated."), next_url=url, visit={"url": url})
    outcomes = [service.calculate_period(actor, plan, period) for plan in plans]
    changes = [change for outcome in outcomes for change in outcome.changes]
    moved = [change for change in changes if change.before is not None and change.before != change.after]
    kept = sum(outcome.kept for outcome in outcomes)
    text = ngettext("%(count)d statement calculated.", "%(count)d statements calculated.", len(changes)) % {
        "count": len(changes)
    }
    if moved:
        text += " " + ngettext("%(count)d changed.", "%(count)d changed.", len(moved)) % {"count": len(moved)}
    if kept:
        text += " " + _("%(count)d are approved and stay as they are.") % {"count": kept}
    return done(request, text, next_url=url, visit={"url": url})


@signed_in("POST")
def approve_all(request: SignedInRequest) -> HttpResponse:
    """Approve all drafts of a period that nothing speaks against; those of oneself are left to others."""
    actor = request.actor
    require_module(actor)
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    period = asked_period(request)
    rows = CommissionStatement.objects.filter(first_day=period.first, last_day=period.last, state=State.DRAFT).order_by(
        "pk"
    )
    approved, left = 0, 0
    for pk in rows.values_list("pk", flat=True):
        try:
            service.approve(actor, pk)
        except DomainError:
            left += 1
        else:
            approved += 1
    text = ngettext("%(count)d statement approved.", "%(count)d statements approved.", approved) % {"count": approved}
    if left:
        text += " " + _("%(count)d are left: open them to see why.") % {"count": left}
    url = f"{URL}?period={period.code}"
    return done(request, text, next_url=url, visit={"url": url})


@signed_in("GET")
def statement(request: SignedInRequest, statement_id: uuid.UUID) -> HttpResponse:
    """Show one statement line by line: of which sale, by which rule, how much."""
    actor = request.actor
    require_module(actor)
    row = statement_for(actor, statement_id)
    may_manage = actor.has(Ability.KEEP_ACCOUNTS)
    on = specs_on(actor.organization)
    context = {
        **_row(actor, row),
        "organization": actor.organization.name,
        "problems": [str(PROBLEMS.get(entry["code"], entry["code"])) % entry for entry in row.problems],
        "terms": terms_in_words(actor, read_terms(row.terms)) if row.terms else [],
        "goal": money(actor, row.goal, row.currency),
        "calculated": told_instant(row.calculated_at),
        "approved": _("%(person)s, %(at)s")
        % {"person": row.approved_by.name if row.approved_by else "", "at": told_instant(row.approved_at)}
        if row.approved_at
        else "",
        "paid": day_text(row.paid_on),
        "lines": [_line(actor, row, line, on) for line in lines_of(row)],
        "back_url": f"{URL}?period={fiscal_of(actor, row).code}",
        "approve_url": f"{URL}/{row.pk}/approve" if may_manage and row.state == State.DRAFT else "",
        "pay_url": f"{URL}/{row.pk}/pay" if may_manage and row.state == State.APPROVED else "",
        "export_url": f"{URL}/{row.pk}/export",
    }
    return page(request, "commissions/statement.html", {"statement": context})


def _line(actor: Actor, row: CommissionStatement, line: CommissionLine, on: Any) -> dict[str, Any]:
    spec = on.get(line.object_name)
    kind = LineKind(line.kind)
    return {
        "kind": str(kind.label) if kind != LineKind.SALE else "",
        "icon": KIND_ICONS.get(kind, ""),
        "title": line.title or str(kind.label),
        "url": f"/{spec.plural}/{line.record_id}" if spec is not None and line.record_id else "",
        "day": day_text(line.day),
        "whole": money(actor, line.whole, row.currency),
        "share": f"{line.share.normalize():f} %" if line.share is not None and line.share != 100 else "",
        "base": money(actor, line.base, row.currency) if line.base else "",
        "category": line.category,
        "rule": _rule(actor, row, line),
        "amount": money(actor, line.amount, row.currency),
        "is_negative": line.amount < 0,
    }


def _rule(actor: Actor, row: CommissionStatement, line: CommissionLine) -> str:
    """Return by which rule a line came about, as a sum that can be checked by hand."""
    if line.kind == LineKind.ACCELERATOR:
        return _("everything times %(factor)s") % {"factor": f"{(line.percent / 100).normalize():f}"}
    if line.kind in {LineKind.CORRECTION, LineKind.CLAWBACK}:
        return _("the change of the credit at the rate that was paid")
    parts = " + ".join(
        f"{money(actor, Decimal(part['base']), row.currency)} × {Decimal(part['rate']).normalize():f} %"
        for part in line.slices
    )
    if line.percent == 100 or not parts:
        return parts
    joined = f"({parts})" if len(line.slices) > 1 else parts
    return f"{joined} × {line.percent.normalize():f} %"


@signed_in("POST")
def approve(request: SignedInRequest, statement_id: uuid.UUID) -> HttpResponse:
    """Approve a draft."""
    require_module(request.actor)
    row = service.approve(request.actor, statement_for(request.actor, statement_id).pk)
    url = f"{URL}/{row.pk}"
    return done(request, _("%(number)s is approved.") % {"number": row.number}, next_url=url, visit={"url": url})


class PayForm(forms.Form):
    """When statements were paid."""

    paid_on = forms.DateField(label=gettext_lazy("Paid on"))


@signed_in("GET", "POST")
def pay(request: SignedInRequest, statement_id: uuid.UUID) -> HttpResponse:
    """Note that a statement was paid."""
    return _pay(request, [statement_for(request.actor, statement_id)], f"{URL}/{statement_id}")


@signed_in("GET", "POST")
def pay_all(request: SignedInRequest) -> HttpResponse:
    """Note that all approved statements of a period were paid."""
    period = asked_period(request)
    rows = CommissionStatement.objects.filter(first_day=period.first, last_day=period.last, state=State.APPROVED)
    return _pay(request, list(rows.order_by("pk")), f"{URL}?period={period.code}")


def _pay(request: SignedInRequest, rows: list[CommissionStatement], url: str) -> HttpResponse:
    actor = request.actor
    require_module(actor)
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    form = PayForm(request.POST or None, initial={"paid_on": today(actor.organization.time_zone)})
    if request.method == "POST" and form.is_valid():
        try:
            for row in rows:
                service.pay(actor, row.pk, form.cleaned_data["paid_on"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = ngettext("%(count)d statement is paid.", "%(count)d statements are paid.", len(rows)) % {
                "count": len(rows)
            }
            return done(request, text, next_url=url, close_dialog=True, visit={"url": url})
    amount = money(actor, sum((row.amount for row in rows), Decimal(0)))
    text = ngettext("%(count)d statement, %(amount)s.", "%(count)d statements, %(amount)s.", len(rows))
    return form_answer(
        request, form, title=_("Note the payment"), text=text % {"count": len(rows), "amount": amount}, submit_label=pgettext("commission", "Paid"), cancel_url=url
    )  # fmt: skip


@signed_in("GET")
def export_period(request: SignedInRequest) -> HttpResponse:
    """Give the statements of a period as a file for payroll."""
    actor = request.actor
    require_module(actor)
    period = asked_period(request)
    rows = (
        statements_for(actor)
        .filter(first_day=period.first, last_day=period.last)
        .order_by("person__name", "plan__name")
    )
    head = [
        _("Number"),
        pgettext("commission", "Person"),
        _("E-mail"),
        pgettext("commission", "Plan"),
        _("Period"),
        _("Credit"),
        _("Commission"),
        _("Currency"),
        _("State"),
    ]
    table = [
        [row.number, row.person.name, row.person.email, row.plan.name, period_label(period), str(row.base), str(row.amount),
         row.currency, str(row.get_state_display())]
        for row in rows
    ]  # fmt: skip
    return _file(f"commissions-{period.code}.csv", head, table)


@signed_in("GET")
def export_statement(request: SignedInRequest, statement_id: uuid.UUID) -> HttpResponse:
    """Give the lines of a statement as a file."""
    actor = request.actor
    require_module(actor)
    row = statement_for(actor, statement_id)
    head = [
        _("Kind"),
        pgettext("commission", "What"),
        _("Date"),
        _("Sale"),
        pgettext("commission", "Share in %"),
        _("Credit"),
        _("Category"),
        _("Rule"),
        _("Commission"),
    ]
    table = [
        [str(LineKind(line.kind).label), line.title, day_text(line.day), str(line.whole or ""), str(line.share or ""), str(line.base),
         line.category, _rule(actor, row, line), str(line.amount)]
        for line in lines_of(row)
    ]  # fmt: skip
    table.append([_("Total"), "", "", "", "", "", "", "", str(row.amount)])
    return _file(f"{row.number}.csv", head, table)


def _file(name: str, head: list[str], rows: list[list[str]]) -> HttpResponse:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(map(escaped, row) for row in rows)
    # Spreadsheets take the text for UTF-8 when it begins so.
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
