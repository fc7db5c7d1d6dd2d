"""Signing in with a second factor, or with a passkey alone; setting a factor up when a role asks for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from banyan.core.identity.factors.services import (
    add_totp,
    factors_of,
    fresh_recovery_codes,
    prove_by_code,
    tell_passkey_added,
)
from banyan.core.identity.models import Account
from banyan.core.identity.policy.queries import rules_for_account
from banyan.core.identity.providers.strength import Strength
from banyan.core.identity.throttling import TooManyAttempts
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.web.accounts import pending, proofs
from banyan.core.web.accounts.pending import Pending
from banyan.core.web.accounts.signing import PASSKEY, record_failure
from banyan.core.web.answers import safe_path
from banyan.core.web.errors import domain_error
from banyan.core.web.plain_forms import errors_of, fields_of

TO_SIGN_IN = "/sign-in"
Step = Callable[[HttpRequest, Pending, Account], HttpResponse]


class CodeForm(forms.Form):
    """The number of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("One-time code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
    trust = forms.BooleanField(label=gettext_lazy("Trust this device"), required=False)


def step(*methods: str) -> Callable[[Step], Callable[[HttpRequest], HttpResponse]]:
    """Let a view answer only somebody who is amid signing in."""

    def decorate(view: Step) -> Callable[[HttpRequest], HttpResponse]:
        @never_cache
        @sensitive_post_parameters()
        @require_http_methods(list(methods))
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            open_step = pending.pending_of(request)
            account = open_step.account if open_step else None
            if open_step is None or account is None:
                return HttpResponseRedirect(TO_SIGN_IN, status=303)
            try:
                return view(request, open_step, account)
            except DomainError as problem:
                return domain_error(request, problem)

        return answer

    return decorate


@step("GET", "POST")
def factor(request: HttpRequest, open_step: Pending, account: Account) -> HttpResponse:
    """Ask for the second factor: a code, or a passkey."""
    form = CodeForm(request.POST or None)
    days = rules_for_account(account).remember_device_days
    if not days:
        del form.fields["trust"]
    else:
        form.fields["trust"].label = _("Trust this device for %(days)d days") % {"days": days}
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            if prove_by_code(account, form.cleaned_data["code"], visitor_of(request)):
                return pending.factor_proven(request, open_step, trust=form.cleaned_data.get("trust", False))
            form.add_error("code", _("This code is wrong, or was used before."))
        except TooManyAttempts as problem:
            form.add_error(None, str(problem.message))
            status = problem.status
    factors = factors_of(account)
    context = {
        "language": get_language(),
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "has_app": factors.has_totp,
        "has_passkey": bool(factors.passkeys),
        "codes_left": factors.codes_left,
    }
    if status == 200 and form.is_bound and form.errors:
        status = 422
    return render(request, "accounts/factor.html", context, status=status)


@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> JsonResponse:
    """Answer with a challenge: for the passkeys of who is amid signing in, else for any passkey of this site."""
    open_step = pending.pending_of(request)
    return proofs.proof_options(request, open_step.account if open_step else None)


@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey: as the second factor of who is amid signing in, else as the only proof."""
    open_step = pending.pending_of(request)
    try:
        account = proofs.proven_account(request)
        if open_step is not None and str(account.pk) != open_step.account_id:
            raise Refused("passkey_refused", _("This passkey belongs to another account."))
    except DomainError as problem:
        record_failure(request, email="", locks=False, way=PASSKEY)
        return domain_error(request, problem)
    if open_step is not None:
        return pending.factor_proven(request, open_step)
    next_path = safe_path(request.POST.get("next") or "/")
    return pending.begin(request, account, method=PASSKEY, next_path=next_path, strength=Strength(True, now()))


@step("GET", "POST")
def enrol(request: HttpRequest, open_step: Pending, account: Account) -> HttpResponse:
    """Let somebody whose role asks for a second factor set one up before they are signed in."""
    _refuse_enrolment(open_step, account)
    form = CodeForm(request.POST or None)
    del form.fields["trust"]
    if request.method == "POST" and form.is_valid():
        if add_totp(account, form.cleaned_data["code"], visitor_of(request)):
            return _enrolled(request, open_step, account)
        form.add_error("code", _("This code is wrong. Check that the phone's clock is right."))
    context = {
        "language": get_language(),
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        **proofs.app_setup(request, account),
    }
    return render(request, "accounts/enrol.html", context, status=422 if form.is_bound and form.errors else 200)


@step("POST")
def enrol_passkey_options(request: HttpRequest, open_step: Pending, account: Account) -> HttpResponse:
    """Answer with what the browser needs to make a passkey."""
    _refuse_enrolment(open_step, account)
    return proofs.registration_options(request, account)


@step("POST")
def enrol_passkey(request: HttpRequest, open_step: Pending, account: Account) -> HttpResponse:
    """Keep the passkey as the second factor that a role asks for."""
    _refuse_enrolment(open_step, account)
    made = proofs.register_passkey(request, account)
    tell_passkey_added(account, made, visitor_of(request))
    return _enrolled(request, open_step, account)


@step("POST")
def go_on(request: HttpRequest, open_step: Pending, account: Account) -> HttpResponse:
    """Go on after the recovery codes were shown."""
    return pending.go_on(request, open_step)


def _enrolled(request: HttpRequest, open_step: Pending, account: Account) -> HttpResponse:
    """Show the recovery codes, this once; the session begins when somebody has put them away."""
    pending.note_factor(request, open_step)
    context: dict[str, Any] = {
        "language": get_language(),
        "codes": fresh_recovery_codes(account, visitor_of(request)),
    }
    return render(request, "accounts/recovery_codes.html", context)


def _refuse_enrolment(open_step: Pending, account: Account) -> None:
    """Refuse to add a factor by the first proof alone where that would open more than it does.

    Where there is a factor, it would make that one useless. A provider of one organization may not add what opens the
    others.
    """
    if not factors_of(account).is_empty:
        raise Refused("factor_exists", _("There is a second factor already. Sign in with it."))
    if parse_id(open_step.method) is not None and len(account.organization_ids) > 1:
        message = _("Sign in with your password to set one up: your account belongs to other organizations as well.")
        raise Refused("password_needed", message)
