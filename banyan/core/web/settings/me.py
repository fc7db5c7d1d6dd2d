"""My settings: profile, language, appearance, password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import auth
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.debug import sensitive_post_parameters

from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.identity.models import User
from banyan.core.identity.services import set_password
from banyan.core.identity.throttling import TooManyAttempts, begin_attempt, end_attempt
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.web.accounts.client import client_address
from banyan.core.web.accounts.forms import password_field
from banyan.core.web.accounts.signing import end_sessions, signed_in_account, tell_security
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.choices import THEMES, time_zones
from banyan.core.web.settings.pages import saved, settings_form
from banyan.core.web.views.base import signed_in

PROFILE = ("name", "title", "phone", "language", "time_zone", "theme")


class ProfileForm(forms.Form):
    """What a person changes about themselves."""

    name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    title = forms.CharField(label=gettext_lazy("Post"), max_length=120, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "kind": "phone"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("Like the organization")), *LANGUAGES],
        required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("Like the organization")}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [("", gettext_lazy("Like the organization")), *time_zones()],
        required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("Like the organization")}),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Appearance"), choices=THEMES, widget=forms.RadioSelect(attrs={"style": "chips"})
    )


class PasswordForm(forms.Form):
    """The old password, then the new one."""

    current = password_field(gettext_lazy("Current password"), autocomplete="current-password")
    password = password_field(
        gettext_lazy("New password"),
        autocomplete="new-password",
        help_text=gettext_lazy("At least 10 characters; a sentence is best."),
    )


@signed_in("GET", "POST")
def profile(request: SignedInRequest) -> HttpResponse:
    """Show and change one's own name, contact details, language, time zone and appearance."""
    user = _user(request)
    form = ProfileForm(request.POST or None, initial={name: getattr(user, name) for name in PROFILE})
    if request.method == "POST" and form.is_valid():
        _change(request, form.cleaned_data)
        with override(request.actor.language):
            return saved(request, _("Your settings are saved."), "/settings/me")
    sections = ((_("About me"), PROFILE[:3]), (_("Language and appearance"), PROFILE[3:]))
    return settings_form(request, "me", form, title=_("My settings"), sections=sections)


@signed_in("POST")
def theme(request: SignedInRequest) -> HttpResponse:
    """Keep the appearance that was chosen in the account menu."""
    chosen = request.POST.get("theme", "")
    if chosen not in dict(THEMES):
        return HttpResponse(status=400)
    _change(request, {"theme": chosen})
    return HttpResponse(status=204)


@signed_in("POST")
def language(request: SignedInRequest) -> HttpResponse:
    """Change one's language; the page loads itself again in it."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(LANGUAGES):
        return HttpResponse(status=400)
    _change(request, {"language": chosen})
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


@sensitive_post_parameters()
@signed_in("GET", "POST")
def password(request: SignedInRequest) -> HttpResponse:
    """Change one's password; every other session of the account ends."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _password_changed(request, form):
        return saved(request, _("Your password is changed. Other devices were signed out."), "/settings/me/password")
    response = settings_form(request, "password", form, title=_("Password"), submit_label=_("Change password"))
    response.undo_writes = False  # type: ignore[attr-defined]  # a wrong password stays counted
    return response


def _password_changed(request: SignedInRequest, form: PasswordForm) -> bool:
    account = signed_in_account(request)
    if account is None:
        return False
    address = client_address(request)
    try:
        begin_attempt(email=account.email, address=address)
        if not account.check_password(form.cleaned_data["current"]):
            form.add_error("current", _("This is not your current password."))
            return False
        end_attempt(email=account.email, address=address)
        set_password(account, form.cleaned_data["password"])
    except TooManyAttempts as problem:
        form.add_error("current", str(problem.message))
        return False
    except DomainError as problem:
        add_problem(form, problem)
        return False
    request.session.cycle_key()
    request.session[auth.HASH_SESSION_KEY] = account.get_session_auth_hash()
    end_sessions(account, except_key=request.session.session_key or "")
    tell_security(request, "password.changed", account)
    return True


def _user(request: SignedInRequest) -> User:
    user = request.actor.user
    if user is None:
        raise TypeError("A page is always asked for by a person.")
    return user


def _change(request: SignedInRequest, values: dict[str, Any]) -> None:
    """Write one's own settings; what colleagues see of them is told."""
    user = _user(request)
    before = {name: getattr(user, name) for name in values}
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    seen = {name: pair for name, pair in difference(before, values).items() if name in {"name", "title", "phone"}}
    tell_setup_changed(request.actor, "user", user.pk, "update", values=seen)
