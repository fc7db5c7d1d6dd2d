"""Forgotten passwords, and joining by an invitation link."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from banyan.core.identity.models import Account, Invitation
from banyan.core.identity.services import (
    accept_invitation,
    find_invitation,
    organization_of_secret,
    set_password,
)
from banyan.core.identity.throttling import TooManyAttempts, begin_attempt, end_attempt
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.text.email import normalize_email
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.accounts.client import client_address
from banyan.core.web.accounts.forms import ForgottenPasswordForm, JoinForm, NewPasswordForm
from banyan.core.web.accounts.signing import end_sessions, start_session, tell_security
from banyan.core.web.errors import domain_error
from banyan.core.web.jobs import send_password_link
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of

TO_SIGN_IN = "/sign-in"


@never_cache
@require_http_methods(["GET", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password; the answer is the same whether or not the account exists."""
    form = ForgottenPasswordForm(request.POST or None)
    sent = False
    if request.method == "POST" and form.is_valid():
        email = normalize_email(form.cleaned_data["email"])
        try:
            begin_attempt(email=f"reset {email}", address=client_address(request))
        except TooManyAttempts as problem:
            return domain_error(request, problem)
        send_password_link.defer(email=email, language=get_language() or "en")
        sent = True
    shown: dict[str, Any] = {
        "title": _("Set a new password"),
        "text": _("Write your e-mail address. We send you a link to choose a new password."),
        "fields": fields_of(form),
        "submit_label": _("Send the link"),
    }
    return _account_page(request, form, shown, template="accounts/forgot_password.html", sent=sent)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def reset_password(request: HttpRequest, account_id: uuid.UUID, token: str) -> HttpResponse:
    """Set a new password by the link of a message; every session of the account ends."""
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    if account is None or not default_token_generator.check_token(account, token):
        ended = _("This link has ended or was used. Ask for a new one on the sign-in page.")
        return domain_error(request, Missing("link_ended", ended))
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_password(account, form.cleaned_data["password"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            end_sessions(account)
            tell_security(request, "password.reset", account)
            end_attempt(email=account.email, address=client_address(request))
            return HttpResponseRedirect(f"{TO_SIGN_IN}?notice=password-changed", status=303)
    shown = {
        "title": _("Choose a new password"),
        "text": account.email,
        "fields": fields_of(form),
        "submit_label": _("Save"),
    }
    return _account_page(request, form, shown)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Let an invited person choose a password and begin; the link works once."""
    organization_id = organization_of_secret(secret)
    try:
        if organization_id is None:
            raise Missing("invitation_ended", _("This invitation link is not complete. Copy all of it."))
        with organization_scope(organization_id):
            invitation = find_invitation(secret)
            with override(invitation.organization.language):
                return _join(request, invitation)
    except DomainError as problem:
        return domain_error(request, problem)


def _join(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None, initial={"name": invitation.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            account = _accept(request, invitation, form)
        except TooManyAttempts:
            raise
        except DomainError as problem:
            add_problem(form, problem)
        else:
            start_session(request, account, invitation.organization_id)
            return HttpResponseRedirect("/", status=303)
    known = Account.objects.filter(email=invitation.user.email).exclude(password="").exists()
    text = _("Your account %(email)s exists already: write its password.") if known else _("You sign in as %(email)s.")
    shown = {
        "title": _("Join %(organization)s") % {"organization": invitation.organization.name},
        "text": text % {"email": invitation.user.email},
        "fields": fields_of(form),
        "submit_label": _("Join"),
    }
    return _account_page(request, form, shown)


def _accept(request: HttpRequest, invitation: Invitation, form: JoinForm) -> Account:
    """Accept in a transaction of its own, so that a wrong password is counted and nothing else is kept."""
    email, address = invitation.user.email, client_address(request)
    begin_attempt(email=email, address=address)
    with transaction.atomic():
        account = accept_invitation(invitation, password=form.cleaned_data["password"], name=form.cleaned_data["name"])
    end_attempt(email=email, address=address)
    return account


def _account_page(
    request: HttpRequest, form: Any, shown: dict[str, Any], *, template: str = "layout/sign_in.html", **more: Any
) -> HttpResponse:
    """Return a page with one form and a link back to the sign-in page."""
    links = [{"label": _("Back to sign-in"), "url": TO_SIGN_IN}]
    context = {
        "language": get_language(),
        "form": {"action": request.path, "errors": errors_of(form), "links": links, **shown},
        **more,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, context, status=status)
