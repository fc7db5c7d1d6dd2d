"""Making a trial organization from an advice: one click for whoever is signed in, a name and a password for visitors."""

from __future__ import annotations

from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from banyan.core.access.actor import Actor
from banyan.core.identity.visitors import client_address
from banyan.core.kernel.errors import Conflict, DomainError, Invalid, NotAllowed
from banyan.core.kernel.rate_limits import RateLimiter
from banyan.core.web.accounts.client import is_loopback
from banyan.core.web.accounts.signing import enter_organization, start_session
from banyan.core.web.errors import domain_error
from banyan.core.web.plain_forms import UNPROCESSABLE, add_problem, errors_of, fields_of, undone_if_wrong
from banyan.editions.adviser.advising import Advice, advise
from banyan.editions.adviser.answers import answers_in_query, query_of, read_answers
from banyan.editions.adviser.telling import tell
from banyan.editions.adviser.trials import DAYS, Founder, found_trial, may_found
from banyan.editions.forms.adviser import TrialForm
from banyan.editions.views.adviser import HOME, RESULT, asked_language, framed, with_language

#: Founding takes seconds of work: a network address gets few attempts in a minute.
attempts = RateLimiter(6)


@never_cache
@sensitive_post_parameters("password")
def trial(request: HttpRequest) -> HttpResponse:
    """Ask what is needed, and found a trial organization with the configuration of the advice."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(("GET", "POST"))
    with translation.override(asked_language(request) or translation.get_language()):
        try:
            return _trial(request)
        except DomainError as error:
            return domain_error(request, error)


def _trial(request: HttpRequest) -> HttpResponse:
    actor: Actor | None = getattr(request, "actor", None)
    if not may_found(actor):
        message = _("This installation does not let you make trial organizations. Ask its administrator.")
        raise NotAllowed("not_allowed", message)
    advice = advise(read_answers(answers_in_query(request.GET)))
    if request.method != "POST":
        return _page(request, advice, TrialForm(), actor)
    address = client_address(request)
    if address and not is_loopback(address):
        attempts.take(address)
    if actor is not None and actor.user is not None and actor.user.account is not None:
        user = actor.user
        founder = Founder(user.name, user.email, account=user.account, address=address)
        made = found_trial(actor, advice, founder, name=request.POST.get("organization", ""), language=_language())
        enter_organization(request, made.organization_id)
        return HttpResponseRedirect("/", status=303)
    return _by_visitor(request, advice, address)


def _by_visitor(request: HttpRequest, advice: Advice, address: str) -> HttpResponse:
    form = TrialForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        founder = Founder(values["name"], values["email"], values["password"], address=address)
        try:
            made = found_trial(None, advice, founder, name=values["organization"], language=_language())
        except (Invalid, Conflict) as problem:
            add_problem(form, problem)
        else:
            auth.logout(request)
            if made.account is None:
                raise TypeError("An administrator always has an account.")
            start_session(request, made.account, made.organization_id)
            return HttpResponseRedirect("/", status=303)
    return _page(request, advice, form, None)


def _page(request: HttpRequest, advice: Advice, form: TrialForm, actor: Actor | None) -> HttpResponse:
    query = with_language(request, query_of(advice.given))
    names = ["organization"] if actor is not None else list(form.fields)
    context: dict[str, Any] = {
        "advice": tell(advice),
        "fields": fields_of(form, names),
        "errors": errors_of(form),
        "action": f"{HOME}/trial?{query}",
        "back_url": f"{RESULT}?{query}",
        "is_signed_in": actor is not None,
        "days": DAYS,
    }
    status = UNPROCESSABLE if form.errors else 200
    return undone_if_wrong(framed(request, "editions/trial.html", context, status=status))


def _language() -> str:
    """Return the language that the trial's people begin with: that of the page."""
    return translation.get_language() or "en"
