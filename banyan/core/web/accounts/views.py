"""Signing in and out, choosing an organization, demo sign-in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Account
from banyan.core.identity.providers.models import IdentityProvider, ProviderDomain, ProviderKind
from banyan.core.identity.providers.queries import must_use_provider, provider_for_email
from banyan.core.identity.providers.vouching import ProviderFailed
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.throttling import TooManyAttempts
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.web.accounts import pending
from banyan.core.web.accounts.demo import demo_account, demo_accounts
from banyan.core.web.accounts.directories import check_directory
from banyan.core.web.accounts.forms import SignInForm
from banyan.core.web.accounts.links import links_of
from banyan.core.web.accounts.signing import (
    PASSWORD,
    check_password,
    enter_organization,
    organizations_of,
    signed_in_account,
    signed_in_method,
)
from banyan.core.web.accounts.single_logout import departure_of, leave
from banyan.core.web.accounts.single_sign_on import beginning_of
from banyan.core.web.answers import safe_path
from banyan.core.web.plain_forms import errors_of, fields_of

NOTICES = {"password-changed", "signed-out", "signed-out-everywhere", "signed-out-here", "network"}
#: Where signing in never leads to, because it would lead out again.
UNWANTED_NEXT = ("/sign-in", "/sign-out", "/welcome")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail address and password, and begin a session; an empty installation leads to its first steps."""
    if request.method == "POST":
        return _try_to_sign_in(request)
    if request.GET.get("language") in dict(LANGUAGES):
        return _remember_language(request)
    if getattr(request, "actor", None) is not None:
        return HttpResponseRedirect(next_path(request))
    if not Account.objects.exists():
        return HttpResponseRedirect("/welcome/")
    return _sign_in_page(request, SignInForm())


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and go on to the provider that began it where that ends sessions, too."""
    account = signed_in_account(request)
    departure = departure_of(request)
    if account is not None:
        record_security_event(SecurityKind.SIGNED_OUT, account=account, visitor=visitor_of(request))
    auth.logout(request)
    response = (
        leave(request, departure)
        if departure is not None
        else HttpResponseRedirect("/sign-in?notice=signed-out", status=303)
    )
    # Not the cookies: one of them only says that this device is known.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def choose_organization(request: HttpRequest) -> HttpResponse:
    """Let an account of several organizations enter one of them; also to change to another one."""
    account = signed_in_account(request)
    if account is None:
        return HttpResponseRedirect("/sign-in")
    choices = organizations_of(account, signed_in_method(request).name)
    error = ""
    if request.method == "POST":
        chosen = parse_id(request.POST.get("organization"))
        try:
            if chosen is not None:
                enter_organization(request, chosen)
                return HttpResponseRedirect(next_path(request), status=303)
        except Missing:
            error = _("Your account is not active in this organization.")
    context = {"organizations": choices, "next": next_path(request), "language": get_language(), "error": error}
    return render(request, "accounts/choose_organization.html", context, status=422 if error else 200)


@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as somebody of a demo organization with one click; only at the machine that serves it."""
    offered = demo_account(request, request.POST.get("email", ""))
    if offered is None:
        return HttpResponse(status=404)
    try:
        account = check_password(request, email=offered.email, password=offered.password)
    except TooManyAttempts:
        account = None
    if account is None:
        return HttpResponseRedirect("/sign-in", status=303)
    return pending.begin(
        request, account, method=PASSWORD, next_path=next_path(request), organization_id=offered.organization.pk
    )


def next_path(request: HttpRequest) -> str:
    """Return where to go after signing in: a path of this site that was asked for, else my day."""
    wanted = safe_path(request.POST.get("next") or request.GET.get("next") or "/")
    return "/" if wanted.startswith(UNWANTED_NEXT) else wanted


def _try_to_sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST)
    provider = provider_for_email(request.POST.get("email", ""))
    if "single_sign_on" in request.POST:
        return _to_provider(request, provider)
    if not form.is_valid():
        return _sign_in_page(request, form, status=422)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    if provider is not None and provider.kind != ProviderKind.LDAP and must_use_provider(email, provider):
        return _to_provider(request, provider)
    try:
        return _proven_by_password(request, form, email=email, password=password, provider=provider)
    except TooManyAttempts as problem:
        form.add_error(None, str(problem.message))
        response = _sign_in_page(request, form, status=429)
        response.headers["Retry-After"] = str(problem.details["seconds"])
        return response
    except ProviderFailed as problem:
        form.add_error(None, str(problem.message))
        return _sign_in_page(request, form, status=422)


def _proven_by_password(
    request: HttpRequest, form: SignInForm, *, email: str, password: str, provider: IdentityProvider | None
) -> HttpResponse:
    """Ask the directory first where there is one, then our own passwords where they are allowed."""
    if provider is not None and provider.kind == ProviderKind.LDAP:
        user = check_directory(request, provider, email=email, password=password)
        if user is not None and user.account is not None:
            return pending.begin(
                request,
                user.account,
                method=str(provider.pk),
                next_path=next_path(request),
                organization_id=provider.organization_id,
            )
        account = (
            None if must_use_provider(email, provider) else check_password(request, email=email, password=password)
        )
    else:
        account = check_password(request, email=email, password=password)
    if account is None:
        form.add_error(None, _("E-mail address or password is wrong."))
        return _sign_in_page(request, form, status=422)
    return pending.begin(request, account, method=PASSWORD, next_path=next_path(request))


def _to_provider(request: HttpRequest, provider: IdentityProvider | None) -> HttpResponse:
    """Lead to the provider of an e-mail domain; say so when there is none."""
    if provider is not None and provider.kind != ProviderKind.LDAP:
        query = urlencode({"next": next_path(request)})
        return HttpResponseRedirect(f"{beginning_of(provider)}?{query}", status=303)
    form = SignInForm(request.POST)
    form.errors.clear()
    if not request.POST.get("email", "").strip():
        form.add_error("email", _("Write your e-mail address: it tells where you sign in."))
    else:
        form.add_error("email", _("Your company has not set up single sign-on here. Sign in with your password."))
    return _sign_in_page(request, form, status=422)


def _sign_in_page(request: HttpRequest, form: SignInForm, *, status: int = 200) -> HttpResponse:
    notice = request.GET.get("notice", "")
    context: dict[str, Any] = {
        "language": get_language(),
        "form": {
            "title": _("Sign in"),
            "action": "/sign-in",
            "fields": fields_of(form),
            "errors": errors_of(form) if form.is_bound else [],
            "hidden": [{"name": "next", "value": next_path(request)}],
            "submit_label": _("Sign in"),
            "links": [
                {"label": _("Forgot your password?"), "url": "/forgot-password"},
                *links_of(),
                *_other_languages(),
            ],
        },
        "notice": notice if notice in NOTICES else "",
        "next": next_path(request),
        "has_single_sign_on": ProviderDomain.objects.exists(),
        "demo_accounts": demo_accounts(request),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def _other_languages() -> list[dict[str, str]]:
    current = get_language()
    return [{"label": name, "url": f"/sign-in?language={code}"} for code, name in LANGUAGES if code != current]


def _remember_language(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect("/sign-in")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        request.GET["language"],
        max_age=365 * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
