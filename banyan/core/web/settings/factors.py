"""My second factors: authenticator app, passkeys and recovery codes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from banyan.core.identity.factors.services import (
    add_totp,
    factors_of,
    fresh_recovery_codes,
    needs_second_factor,
    prove_by_code,
    remove_passkey,
    remove_totp,
    tell_passkey_added,
)
from banyan.core.identity.models import Account
from banyan.core.identity.providers.models import ProviderKind
from banyan.core.identity.providers.queries import find_provider
from banyan.core.identity.throttling import TooManyAttempts, begin_attempt, end_attempt
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.web.accounts import proofs
from banyan.core.web.accounts.second_factor import CodeForm
from banyan.core.web.accounts.signing import signed_in_account, signed_in_method
from banyan.core.web.accounts.single_sign_on import FRESH, beginning_of
from banyan.core.web.answers import safe_path
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import errors_of, fields_of
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/me/factors"
CONFIRM = f"{URL}/confirm"
View = Callable[..., HttpResponseBase]


class ProofForm(forms.Form):
    """The password, or a code of the second factor."""

    proof = forms.CharField(
        label=gettext_lazy("Password or code"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def freshly_proven(*methods: str) -> Callable[[View], View]:
    """Let a view change what proves somebody only soon after a proof: an open laptop is none."""

    def decorate(view: View) -> View:
        @sensitive_post_parameters()
        @signed_in(*methods)
        @wraps(view)
        def answer(request: SignedInRequest, **values: Any) -> HttpResponseBase:
            account = own_account(request)
            if not proofs.is_freshly_proven(request):
                return ask_for_proof(URL)
            return view(request, account, **values)

        return answer

    return decorate


def proof_address(back: str) -> str:
    """Return the page that asks for a fresh proof and leads back."""
    return CONFIRM if back == URL else f"{CONFIRM}?{urlencode({'next': back})}"


def ask_for_proof(back: str) -> HttpResponse:
    """Lead somebody to the page that asks for a fresh proof, and from there back."""
    return HttpResponseRedirect(proof_address(back), status=303)


def own_account(request: SignedInRequest) -> Account:
    """Return one's account; raise ``Refused`` when an identity provider of one organization of several vouches for it.

    Such a provider may not add what opens the other organizations.
    """
    account = signed_in_account(request)
    if account is None:
        raise Missing("not_found", _("This account is not active any more."))
    if signed_in_method(request).is_provider and len(account.organization_ids) > 1:
        message = _("Sign in with your password to change this: your account belongs to other organizations as well.")
        raise Refused("password_needed", message)
    return account


@signed_in("GET")
def factors(request: SignedInRequest) -> HttpResponse:
    """Show one's second factors."""
    account = own_account(request)
    found = factors_of(account)
    context = {
        "has_app": found.has_totp,
        "passkeys": [
            {
                "id": row.pk,
                "name": row.name,
                "created": told_instant(row.created_at),
                "used": told_instant(row.last_used_at) if row.last_used_at else "",
            }
            for row in found.passkeys
        ],
        "codes_left": found.codes_left,
        "is_empty": found.is_empty,
        "is_needed": needs_second_factor(account),
        "is_fresh": proofs.is_freshly_proven(request),
    }
    return settings_answer(request, "factors", "settings/factors.html", context)


@sensitive_post_parameters()
@signed_in("GET", "POST")
def confirm(request: SignedInRequest) -> HttpResponse:
    """Ask for password or code again, because what follows changes what proves somebody, or takes much away."""
    back = _back(request)
    account = _proving_account(request, back)
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        needs_factor = back != URL and not factors_of(account).is_empty
        if by := _proof_by(request, account, form, needs_factor=needs_factor):
            proofs.note_fresh_proof(request, with_factor=by == "code")
            return HttpResponseRedirect(back, status=303)
        if needs_factor:
            form.add_error("proof", _("This is no valid code. Your password does not suffice here."))
        else:
            form.add_error("proof", _("This is neither your password nor a valid code."))
    context = {
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "has_passkey": bool(factors_of(account).passkeys),
        "back": back,
        "is_elsewhere": back != URL,
        "provider_address": _provider_address(request, back),
    }
    status = 422 if form.is_bound and form.errors else 200
    return settings_answer(request, "factors", "settings/factor_confirm.html", context, status=status)


@signed_in("POST")
def confirm_options(request: SignedInRequest) -> HttpResponse:
    """Answer with a challenge for one's passkeys."""
    return proofs.proof_options(request, signed_in_account(request))


@signed_in("POST")
def confirm_by_passkey(request: SignedInRequest) -> HttpResponse:
    """Take a passkey as the fresh proof."""
    back = _back(request)
    if proofs.proven_account(request).pk != _proving_account(request, back).pk:
        raise Refused("passkey_refused", _("This passkey belongs to another account."))
    proofs.note_fresh_proof(request, with_factor=True)
    return HttpResponseRedirect(back, status=303)


@freshly_proven("GET", "POST")
def app(request: SignedInRequest, account: Account) -> HttpResponse:
    """Set up an authenticator app."""
    if factors_of(account).has_totp:
        raise Refused("factor_exists", _("You have an authenticator app already. Remove it first."))
    form = CodeForm(request.POST or None)
    del form.fields["trust"]
    if request.method == "POST" and form.is_valid():
        if add_totp(account, form.cleaned_data["code"], visitor_of(request)):
            return _added(request, account, _("The authenticator app is set up."))
        form.add_error("code", _("This code is wrong. Check that the phone's clock is right."))
    context = {"form": {"fields": fields_of(form), "errors": errors_of(form)}, **proofs.app_setup(request, account)}
    status = 422 if form.is_bound and form.errors else 200
    return settings_answer(request, "factors", "settings/factor_app.html", context, status=status)


@freshly_proven("POST")
def remove_app(request: SignedInRequest, account: Account) -> HttpResponse:
    """Remove the authenticator app."""
    remove_totp(account, visitor_of(request))
    return saved(request, _("The authenticator app is removed."), URL)


@freshly_proven("POST")
def passkey_options(request: SignedInRequest, account: Account) -> HttpResponse:
    """Answer with what the browser needs to make a passkey."""
    return proofs.registration_options(request, account)


@freshly_proven("POST")
def add_passkey(request: SignedInRequest, account: Account) -> HttpResponse:
    """Keep a passkey that the browser has made."""
    tell_passkey_added(account, proofs.register_passkey(request, account), visitor_of(request))
    return _added(request, account, _("The passkey is added."))


@freshly_proven("POST")
def drop_passkey(request: SignedInRequest, account: Account, passkey_id: uuid.UUID) -> HttpResponse:
    """Remove one of one's passkeys."""
    remove_passkey(account, passkey_id, visitor_of(request))
    return saved(request, _("The passkey is removed."), URL)


@freshly_proven("POST")
def codes(request: SignedInRequest, account: Account) -> HttpResponse:
    """Make fresh recovery codes and show them, this once."""
    if factors_of(account).is_empty:
        raise Refused("factor_missing", _("Add an authenticator app or a passkey first."))
    return _shown_codes(request, account)


def _added(request: SignedInRequest, account: Account, text: str) -> HttpResponse:
    """Go back to the list; after the first factor, show the recovery codes."""
    return saved(request, text, URL) if factors_of(account).codes_left else _shown_codes(request, account)


def _shown_codes(request: SignedInRequest, account: Account) -> HttpResponse:
    made = {"codes": fresh_recovery_codes(account, visitor_of(request))}
    return settings_answer(request, "factors", "settings/factor_codes.html", made)


def _back(request: SignedInRequest) -> str:
    return safe_path(request.POST.get("next") or request.GET.get("next") or URL, URL)


def _proving_account(request: SignedInRequest, back: str) -> Account:
    """Return one's account; for changes of its factors only an account that may change them here."""
    account = signed_in_account(request)
    return own_account(request) if account is None or back == URL else account


def _provider_address(request: SignedInRequest, back: str) -> str:
    """Return where somebody proves themselves whom a provider vouches for, and who may have no password here."""
    provider_id = parse_id(signed_in_method(request).name)
    provider = find_provider(request.actor.organization.home_id, provider_id) if provider_id else None
    if provider is None or provider.kind == ProviderKind.LDAP:
        return ""
    return f"{beginning_of(provider)}?{urlencode({'next': back, FRESH: 1})}"


def _proof_by(request: SignedInRequest, account: Account, form: ProofForm, *, needs_factor: bool) -> str:
    """Return by what somebody has proved who they are, ``password`` or ``code``; nothing when neither is right."""
    visitor, given = visitor_of(request), form.cleaned_data["proof"]
    try:
        begin_attempt(email=account.email, address=visitor.address)
        if not needs_factor and account.check_password(given):
            end_attempt(email=account.email, address=visitor.address)
            return "password"
        return "code" if prove_by_code(account, given, visitor) else ""
    except TooManyAttempts as problem:
        form.add_error(None, str(problem.message))
        return ""
