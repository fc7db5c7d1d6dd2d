"""Settings > Commissions: plans with their tiers, who has them, and a trial of what they pay."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.commissions.choices import Base, Interval, Measured, Mode
from banyan.commissions.models import CommissionAssignment, CommissionPlan
from banyan.commissions.rules import Accelerator, Sale, Terms, Tier, Unusable, calculate, is_monotone
from banyan.commissions.services import plans as service
from banyan.commissions.services.plans import assignments_of, find_plan, terms_of
from banyan.commissions.views.frame import SETTINGS, money, terms_in_words
from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, errors_of, fields_of, names_of_people, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

PAGE = "commissions"
EMPTY_LINES = 2
TIER_COLUMNS, CATEGORY_COLUMNS, ACCELERATOR_COLUMNS = (
    ("tier_start", "tier_end", "tier_rate"),
    ("category_name", "category_percent"),
    ("accelerator_from", "accelerator_factor"),
)


class PlanForm(forms.Form):
    """A plan without its tables."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    base = forms.ChoiceField(label=gettext_lazy("Earned"), choices=Base.choices, initial=Base.ORDERED)
    interval = forms.ChoiceField(label=gettext_lazy("Statement for a"), choices=Interval.choices)
    mode = forms.ChoiceField(label=gettext_lazy("How tiers count"), choices=Mode.choices)
    measured = forms.ChoiceField(label=gettext_lazy("Limits of the tiers"), choices=Measured.choices)
    cap = forms.DecimalField(
        label=gettext_lazy("At most in one statement"), max_digits=18, decimal_places=2, required=False
    )
    counts_overlays = forms.BooleanField(
        label=gettext_lazy("Credit beside the hundred per cent counts, too"), required=False, initial=True
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class AssignForm(forms.Form):
    """Who gets a plan, and when."""

    person = PickField(
        label=pgettext_lazy("commission", "Person"), required=False, pick_url="/pick/user", names=names_of_people
    )
    role = forms.ChoiceField(label=gettext_lazy("or everybody with the role"), choices=(), required=False)
    starts_on = forms.DateField(label=gettext_lazy("From"))
    ends_on = forms.DateField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: until further notice.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        role: Any = self.fields["role"]
        role.choices = [("", ""), *((str(pk), name) for pk, name in Role.objects.values_list("pk", "name"))]


@signed_in("GET")
def plans(request: SignedInRequest) -> HttpResponse:
    """List the plans in words."""
    require_page(request.actor, PAGE)
    rows = [
        {
            "id": plan.pk,
            "name": plan.name,
            "url": f"{SETTINGS}/{plan.pk}",
            "is_active": plan.is_active,
            "text": " · ".join([str(plan.get_base_display()), *terms_in_words(request.actor, terms_of(plan))]),
            "people": len(assignments_of(plan)),
        }
        for plan in CommissionPlan.objects.all()
    ]
    actions = [{"label": _("New plan"), "url": f"{SETTINGS}/new", "icon": "plus", "primary": True}]
    return settings_answer(request, PAGE, "commissions/plans.html", {"plans": rows, "actions": actions})


@signed_in("GET", "POST")
def new_plan(request: SignedInRequest) -> HttpResponse:
    """Make a plan."""
    return _edit(request, None)


@signed_in("GET", "POST")
def edit_plan(request: SignedInRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Change a plan, beside who has it."""
    require_page(request.actor, PAGE)
    return _edit(request, find_plan(plan_id))


def _edit(request: SignedInRequest, plan: CommissionPlan | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    initial = {name: getattr(plan, name) for name in PlanForm.base_fields} if plan else {}
    form = PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name not in {"cap", "mode", "measured"}}
        try:
            terms = _read_terms(request.POST, form.cleaned_data)
            kept = service.save_plan(request.actor, plan, terms, **values)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": kept.name}, f"{SETTINGS}/{kept.pk}")
    tables = _sent_tables(request.POST) if request.method == "POST" else _tables_of(plan)
    context = {
        "title": plan.name if plan else _("New commission plan"),
        "plan": plan,
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        **tables,
        "assignments": [_assignment(row) for row in assignments_of(plan)] if plan else [],
        "trial": _trial(request, plan) if plan else None,
        "warning": _warning(plan) if plan else "",
        "base_url": f"{SETTINGS}/{plan.pk}" if plan else f"{SETTINGS}/new",
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(settings_answer(request, PAGE, "commissions/plan.html", context, status=status))


def _warning(plan: CommissionPlan) -> str:
    return (
        ""
        if is_monotone(terms_of(plan))
        else _("A higher tier pays less than a lower one: selling more may earn less.")
    )


def _assignment(row: CommissionAssignment) -> dict[str, Any]:
    until = row.ends_on.isoformat() if row.ends_on else _("until further notice")
    return {
        "id": row.pk,
        "name": row.person.name
        if row.person
        else _("Everybody with the role %(role)s") % {"role": row.role.name if row.role else ""},
        "days": f"{row.starts_on.isoformat()} – {until}",
        "is_open": row.ends_on is None,
    }


def _tables_of(plan: CommissionPlan | None) -> dict[str, Any]:
    terms = terms_of(plan) if plan else Terms((Tier(Decimal(0), None, Decimal(3)),))
    return _tables(
        [(_text(tier.start), _text(tier.end), _text(tier.rate)) for tier in terms.tiers],
        [(name, _text(percent)) for name, percent in terms.category_percents.items()],
        [(_text(step.from_percent), _text(step.factor)) for step in terms.accelerators],
    )


def _sent_tables(sent: QueryDict) -> dict[str, Any]:
    return _tables(*(_lines(sent, columns) for columns in (TIER_COLUMNS, CATEGORY_COLUMNS, ACCELERATOR_COLUMNS)))


def _tables(*tables: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    names = ("tiers", "categories", "accelerators")
    widths = (3, 2, 2)
    return {
        name: [*rows, *[("",) * width] * EMPTY_LINES] for name, rows, width in zip(names, tables, widths, strict=True)
    }


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _lines(sent: QueryDict, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the lines of a table as they were sent, without those that are empty."""
    rows = zip(*(sent.getlist(column) for column in columns), strict=False)
    return [tuple(cell.strip() for cell in row) for row in rows if any(cell.strip() for cell in row)]


def _read_terms(sent: QueryDict, values: dict[str, Any]) -> Terms:
    tiers = tuple(
        Tier(_number(start or "0"), _number(end) if end else None, _number(rate))
        for start, end, rate in _lines(sent, TIER_COLUMNS)
    )
    categories = {name: _number(percent) for name, percent in _lines(sent, CATEGORY_COLUMNS)}
    steps = tuple(Accelerator(_number(start), _number(factor)) for start, factor in _lines(sent, ACCELERATOR_COLUMNS))
    return Terms(tiers, values["mode"], values["measured"], categories, steps, values["cap"])


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "").removesuffix("%").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Invalid([FieldError("", "not_a_number", _("“%(value)s” is no number.") % {"value": text[:40]})])
    return number


def _trial(request: SignedInRequest, plan: CommissionPlan) -> dict[str, Any]:
    """Return what the plan would pay for an amount, if one was asked for."""
    given, goal = request.GET.get("try", ""), request.GET.get("goal", "")
    shown: dict[str, Any] = {"amount": given, "goal": goal, "result": ""}
    if not given:
        return shown
    try:
        sale = Sale("trial", today(request.actor.time_zone), _number(given))
        made = calculate(terms_of(plan), [sale], goal=_number(goal) if goal else None)
    except Unusable:
        shown["result"] = _("This plan needs a target, too.")
    except DomainError as problem:
        shown["result"] = str(problem.message)
    else:
        shown["result"] = money(request.actor, made.total)
    return shown


@signed_in("POST")
def delete_plan(request: SignedInRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Delete a plan that was never used."""
    require_page(request.actor, PAGE)
    service.delete_plan(request.actor, plan_id)
    return saved(request, _("The plan is deleted."), SETTINGS)


@signed_in("GET", "POST")
def assign(request: SignedInRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Give a plan to a person or a role."""
    require_page(request.actor, PAGE)
    plan = find_plan(plan_id)
    first = today(request.actor.time_zone).replace(day=1)
    form = AssignForm(request.POST or None, initial={"starts_on": first})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        person, role = parse_id(given["person"] or ""), parse_id(given["role"] or "")
        try:
            service.assign(
                request.actor,
                plan,
                person=User.objects.filter(pk=person).first() if person else None,
                role=Role.objects.filter(pk=role).first() if role else None,
                starts_on=given["starts_on"],
                ends_on=given["ends_on"],
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The plan is given."), f"{SETTINGS}/{plan.pk}")
    return settings_form(
        request, PAGE, form, title=_("Give “%(name)s” to") % {"name": plan.name}, submit_label=_("Give"), cancel_url=f"{SETTINGS}/{plan.pk}"
    )  # fmt: skip


class EndForm(forms.Form):
    """When somebody has a plan for the last time."""

    ends_on = forms.DateField(label=gettext_lazy("Until"))


@signed_in("GET", "POST")
def end(request: SignedInRequest, plan_id: uuid.UUID, assignment_id: uuid.UUID) -> HttpResponse:
    """Let an assignment end."""
    require_page(request.actor, PAGE)
    form = EndForm(request.POST or None, initial={"ends_on": today(request.actor.time_zone)})
    url = f"{SETTINGS}/{plan_id}"
    if request.method == "POST" and form.is_valid():
        try:
            service.end_assignment(request.actor, assignment_id, form.cleaned_data["ends_on"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The plan ends on that day."), url)
    return settings_form(request, PAGE, form, title=_("Last day of the plan"), submit_label=_("Save"), cancel_url=url)


@signed_in("POST")
def withdraw(request: SignedInRequest, plan_id: uuid.UUID, assignment_id: uuid.UUID) -> HttpResponse:
    """Take an assignment back as if it had never been."""
    require_page(request.actor, PAGE)
    service.end_assignment(request.actor, assignment_id, None)
    return saved(request, _("The plan is taken back."), f"{SETTINGS}/{plan_id}")
