"""The first steps: found the organization, tell what it is, add colleagues, get data. Each step may be skipped."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from banyan.core.access.founding import found_installation
from banyan.core.access.guards import require_ability
from banyan.core.access.people import invite_person
from banyan.core.access.scopes import Ability
from banyan.core.configuration.templates import applied_templates, apply_industry, fits, offered, preview
from banyan.core.identity.models import Account, Role
from banyan.core.jobs.registration import defer
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.web.accounts.signing import start_session
from banyan.core.web.guide.choices import choices_for, guide_choices
from banyan.core.web.guide.forms import ColleaguesForm, CompanyForm, FoundingForm, TemplateForm, nearest_headcount
from banyan.core.web.help.entries import entries_for
from banyan.core.web.jobs import send_invitation
from banyan.core.web.mail import base_url, reaches_people
from banyan.core.web.menu import person
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.core.web.settings.organization import change_organization
from banyan.core.web.views.base import signed_in

HOME = "/welcome/"
#: The steps after founding, with their names in the stepper.
STEPS = {
    "organization": gettext_lazy("Your company"),
    "template": gettext_lazy("Your industry"),
    "colleagues": gettext_lazy("Colleagues"),
    "data": gettext_lazy("First data"),
    "done": gettext_lazy("Begin"),
}
#: What an organization begins with, by the language it was founded in.
PLACES = {
    "zh-hans": {"currency": "CNY", "time_zone": "Asia/Shanghai", "country": "CN"},
    "en": {"currency": "USD", "time_zone": "America/New_York", "country": "US"},
}


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Found the first organization of an empty installation; lead everybody else to where they left off."""
    if getattr(request, "actor", None) is not None:
        return HttpResponseRedirect(_next_open_step(request))  # type: ignore[arg-type]  # it has an actor
    if Account.objects.exists():
        return HttpResponseRedirect("/sign-in")
    language = request.GET.get("language", "")
    with override(language if language in dict(LANGUAGES) else get_language()):
        form = FoundingForm(request.POST or None, initial={"language": get_language()})
        if request.method == "POST" and form.is_valid():
            try:
                return _found(request, form)
            except DomainError as problem:
                add_problem(form, problem)
        return _step(request, "", form, title=_("Welcome to Banyan CRM"), submit_label=_("Begin"))


@signed_in("GET", "POST")
def organization(request: SignedInRequest) -> HttpResponse:
    """Ask what the company is, so that the product fits."""
    require_ability(request.actor, Ability.MANAGE_ORGANIZATION)
    current = request.actor.organization
    initial = {
        "industry": current.industry,
        "headcount": nearest_headcount(current.headcount),
        "currency": current.currency,
        "time_zone": current.time_zone,
    }
    form = CompanyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_organization(request, form.cleaned_data)
        return _go_on(request, "organization")
    title = _("What is %(organization)s like?") % {"organization": current.name}
    return _step(request, "organization", form, title=title)


@signed_in("GET", "POST")
def template(request: SignedInRequest) -> HttpResponse:
    """Offer what fits the industry: fields, stages, rules and words that are there from the first day."""
    actor = request.actor
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    require_ability(actor, Ability.CUSTOMISE)
    form = TemplateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            apply_industry(actor, form.cleaned_data["template"], with_demo_data=form.cleaned_data["demo"])
        except DomainError as problem:
            form.add_error(None, str(problem.message))
        else:
            return _go_on(request, "template")
    taken = applied_templates()
    shown = [
        {**preview(entry, actor.language), "fits": fits(entry, actor.organization), "is_taken": entry.key in taken}
        for entry in offered(actor)
    ]
    return _step(
        request, "template", form, title=_("What does your trade need?"), template="guide/template.html",
        templates=[entry for entry in shown if entry["fits"]], others=[entry for entry in shown if not entry["fits"]],
        with_demo=form.data.get("demo") == "on" if form.is_bound else False,
    )  # fmt: skip


@signed_in("GET", "POST")
def colleagues(request: SignedInRequest) -> HttpResponse:
    """Invite colleagues, all at once."""
    require_ability(request.actor, Ability.MANAGE_PEOPLE)
    member = Role.objects.filter(key="member").first()
    form = ColleaguesForm(request.POST or None, initial={"role": str(member.pk) if member else ""})
    if request.method == "POST" and form.is_valid():
        links = _invite(request, form)
        if not form.errors and not links:
            return _go_on(request, "colleagues")
        if links:
            _remember(request, "colleagues")
            return _step(
                request, "colleagues", form, title=_("Send these links"), links=links,
                next_url=_after("colleagues"), template="guide/links.html",
            )  # fmt: skip
    return _step(request, "colleagues", form, title=_("Who works with you?"), submit_label=_("Invite"))


@signed_in("GET", "POST")
def data(request: SignedInRequest) -> HttpResponse:
    """Offer ways to the first data."""
    require_ability(request.actor, Ability.MANAGE_ORGANIZATION)
    if request.method == "POST":
        choice = guide_choices.get(request.POST.get("choice", ""))
        if choice is None or not choice.may(request.actor):
            raise Missing("not_found", _("There is no such choice."))
        _remember(request, "data")
        return HttpResponseRedirect(choice.start(request.actor), status=303)
    choices = [
        {"name": choice.name, "label": str(choice.label), "text": str(choice.text), "icon": choice.icon}
        for choice in choices_for(request.actor)
    ]
    return _step(
        request, "data", forms.Form(), title=_("Where do your customers come from?"), choices=choices,
        next_url=_after("data"), template="guide/data.html",
    )  # fmt: skip


@signed_in("GET", "POST")
def done(request: SignedInRequest) -> HttpResponse:
    """Say what to do first, and remember that the set-up is finished."""
    require_ability(request.actor, Ability.MANAGE_ORGANIZATION)
    if request.method == "POST":
        current = request.actor.organization
        current.setup_finished_at = current.setup_finished_at or now()
        current.save(update_fields=["setup_finished_at"])
        return HttpResponseRedirect("/", status=303)
    entries = entries_for(request.actor, request.path)
    return _step(request, "done", forms.Form(), title=_("All set"), template="guide/done.html", entries=entries)


def _found(request: HttpRequest, form: FoundingForm) -> HttpResponse:
    details = form.cleaned_data
    language = details["language"]
    user = found_installation(
        organization=details["organization"],
        name=details["name"],
        email=details["email"],
        password=details["password"],
        language=language,
        **PLACES.get(language, PLACES["en"]),
    )
    if user.account is None:
        raise TypeError("An administrator always has an account.")
    start_session(request, user.account, user.organization_id)
    return HttpResponseRedirect(f"{HOME}organization", status=303)


def _invite(request: SignedInRequest, form: ColleaguesForm) -> list[dict[str, str]]:
    """Invite everybody; return links to copy when no mail server is set. Addresses that fail stay in the form."""
    roles = list(Role.objects.filter(pk=form.cleaned_data["role"]))
    links: list[dict[str, str]] = []
    for address in form.addresses():
        try:
            joined = invite_person(request.actor, email=address, roles=roles)
        except DomainError as problem:
            form.add_error("emails", f"{address}: {problem.message}")
            continue
        if reaches_people():
            defer(send_invitation, request.actor, invited_id=str(joined.user.pk))
        else:
            links.append({"email": joined.user.email, "link": f"{base_url()}/join/{joined.secret}"})
    return links


def _step(
    request: HttpRequest, step: str, form: forms.Form, *, title: str, template: str = "guide/step.html", **more: Any
) -> HttpResponse:
    """Return one step; ``more`` are further keys of its template."""
    actor = getattr(request, "actor", None)
    context = {
        "actor": person(actor) if actor is not None else None,
        "language": get_language(),
        "wizard": {
            "title": title,
            "steps": _steps(actor.organization.settings, step) if actor is not None else [],
            "action": request.path,
            "sections": [{"title": "", "fields": fields_of(form)}],
            "errors": errors_of(form),
            "submit_label": more.pop("submit_label", ""),
            "skip_url": _after(step) if step else "",
        },
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound and form.errors else 200)


def _steps(settings: dict[str, Any], current: str) -> list[dict[str, str]]:
    finished = settings.get("guide", {})
    return [
        {
            "label": str(label),
            "url": f"{HOME}{name}",
            "state": "current" if name == current else "done" if name in finished else "ahead",
        }
        for name, label in STEPS.items()
    ]


def _after(step: str) -> str:
    names = list(STEPS)
    return f"{HOME}{names[min(names.index(step) + 1, len(names) - 1)]}"


def _next_open_step(request: SignedInRequest) -> str:
    current = request.actor.organization
    if current.setup_finished_at is not None or not request.actor.has(Ability.MANAGE_ORGANIZATION):
        return "/"
    finished = current.settings.get("guide", {})
    return f"{HOME}{next((name for name in STEPS if name not in finished), 'done')}"


def _go_on(request: SignedInRequest, step: str) -> HttpResponse:
    _remember(request, step)
    return HttpResponseRedirect(_after(step), status=303)


def _remember(request: SignedInRequest, step: str) -> None:
    current = request.actor.organization
    current.settings = {**current.settings, "guide": {**current.settings.get("guide", {}), step: "done"}}
    current.save(update_fields=["settings"])
