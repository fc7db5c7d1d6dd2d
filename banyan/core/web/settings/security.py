"""Sign-in and security: the organization's rules for passwords, sessions and locks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.security import change_policy
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import DomainError
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in

URL = "/settings/security"


def _number(label: Any, least: int, most: int, help_text: Any = "") -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"min": least, "max": most})
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text, widget=widget)


class PolicyForm(forms.Form):
    """The rules, in the units that people think in."""

    min_length = _number(gettext_lazy("Shortest password"), 8, 64, gettext_lazy("Characters. Long beats complicated."))
    character_classes = _number(
        gettext_lazy("Kinds of characters"), 1, 4,
        gettext_lazy("Of small letters, capitals, digits and others. 1 asks for nothing."),
    )  # fmt: skip
    history = _number(
        gettext_lazy("Old passwords that may not come again"), 0, 24, gettext_lazy("0 allows every old password.")
    )
    expiry_days = _number(
        gettext_lazy("Days until a new password is due"), 0, 3650,
        gettext_lazy("0 never asks. Without a reason, changing often leads to worse passwords."),
    )  # fmt: skip
    idle_minutes = _number(
        gettext_lazy("Minutes without activity until signed out"), 5, 20_160, gettext_lazy("20160 is two weeks.")
    )
    absolute_hours = _number(
        gettext_lazy("Hours until signed out in any case"), 1, 720, gettext_lazy("720 is thirty days.")
    )
    max_sessions = _number(
        gettext_lazy("Devices signed in at the same time"), 0, 100,
        gettext_lazy("0 sets no limit. One more signs out the oldest."),
    )  # fmt: skip
    lock_failures = _number(
        gettext_lazy("Failures until an account is locked"), 0, 1000,
        gettext_lazy("0 never locks; from the sixth failure on, every attempt waits longer in any case."),
    )  # fmt: skip
    lock_minutes = _number(gettext_lazy("Minutes that it stays locked"), 1, 10_080)
    remember_device_days = _number(
        gettext_lazy("Days that a device may skip the second factor"), 0, 90,
        gettext_lazy("0 asks at every sign-in."),
    )  # fmt: skip


@signed_in("GET", "POST")
def security(request: SignedInRequest) -> HttpResponse:
    """Show and change the rules for signing in."""
    require_page(request.actor, "security")
    form = PolicyForm(request.POST or None, initial=asdict(policy_of(request.actor.organization_id).rules))
    if request.method == "POST" and form.is_valid():
        try:
            change_policy(request.actor, form.cleaned_data, visitor=visitor_of(request))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The rules for signing in are saved."), URL)
    sections = (
        (_("Passwords"), ("min_length", "character_classes", "history", "expiry_days")),
        (_("Sessions"), ("idle_minutes", "absolute_hours", "max_sessions", "remember_device_days")),
        (_("After failures"), ("lock_failures", "lock_minutes")),
    )
    return settings_form(request, "security", form, title=_("Sign-in and security"), sections=sections)
