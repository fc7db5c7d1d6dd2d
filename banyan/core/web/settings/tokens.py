"""My API tokens: made, shown once, revoked."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django import forms
from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from banyan.core.access.events import tell_setup_changed
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import ApiToken, User
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.services import create_token
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

URL = "/settings/me/tokens"
TOKEN = "api_token"  # noqa: S105 - the name of a thing, not a secret
MOST_TOKENS = 50
LIFETIMES = [(str(days), ngettext_lazy("%d day", "%d days", days) % days) for days in (30, 90, 365)]


class TokenForm(forms.Form):
    """What a token is for, and how long it works."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=120,
        widget=forms.TextInput(attrs={"autofocus": True, "placeholder": gettext_lazy("For example: nightly report")}),
    )
    days = forms.ChoiceField(
        label=gettext_lazy("Works for"),
        choices=[*LIFETIMES, ("never", gettext_lazy("No end"))],
        initial="365",
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )


@signed_in("GET")
def tokens(request: SignedInRequest) -> HttpResponse:
    """List one's tokens; their secrets are not known any more."""
    rows = [
        {
            "id": token.pk,
            "name": token.name,
            "created": _day(token.created_at),
            "used": _day(token.last_used_at),
            "expires": _day(token.expires_at),
            "is_over": token.expires_at is not None and token.expires_at <= now(),
        }
        for token in ApiToken.objects.filter(user=request.actor.user)
    ]
    return settings_answer(request, "tokens", "settings/tokens.html", {"tokens": rows})


@signed_in("GET", "POST")
def new_token(request: SignedInRequest) -> HttpResponse:
    """Make a token and show its text, this once."""
    user = request.actor.user
    form = TokenForm(request.POST or None)
    if user is not None and request.method == "POST" and form.is_valid():
        made = {"secret": _made(request, user, form), "name": form.cleaned_data["name"]}
        return settings_answer(request, "tokens", "settings/token_made.html", made)
    return settings_form(
        request, "tokens", form, title=_("New API token"), submit_label=_("Make token"), cancel_url=URL,
        text=_("Programs use it to work with your rights. You will see it once."),
    )  # fmt: skip


@signed_in("POST")
def revoke_token(request: SignedInRequest, token_id: uuid.UUID) -> HttpResponse:
    """End one of one's tokens."""
    token = ApiToken.objects.filter(user=request.actor.user, pk=token_id).first()
    if token is None:
        raise Missing("not_found", _("This token is revoked already."))
    tell_setup_changed(request.actor, TOKEN, token.pk, "delete", values={"name": (token.name, None)})
    _record(request, SecurityKind.TOKEN_REVOKED, token.name)
    token.delete()
    return saved(request, _("The token is revoked. Programs that use it are refused from now on."), URL)


def _made(request: SignedInRequest, user: User, form: TokenForm) -> str:
    if ApiToken.objects.filter(user=user).count() >= MOST_TOKENS:
        raise Conflict(
            "too_many_tokens", _("You have %(most)d tokens. Revoke those you do not use.") % {"most": MOST_TOKENS}
        )
    days = form.cleaned_data["days"]
    expires_at = None if days == "never" else now() + timedelta(days=int(days))
    secret = create_token(user, name=form.cleaned_data["name"], expires_at=expires_at)
    tell_setup_changed(request.actor, TOKEN, user.pk, "create", values={"name": (None, form.cleaned_data["name"])})
    _record(request, SecurityKind.TOKEN_MADE, form.cleaned_data["name"])
    return secret


def _record(request: SignedInRequest, kind: SecurityKind, name: str) -> None:
    details = {"name": name, "way": "api"}
    record_security_event(kind, user_id=request.actor.user_id, visitor=visitor_of(request), details=details)


def _day(instant: datetime | None) -> str:
    return told_day(localtime(instant).date()) if instant else ""
