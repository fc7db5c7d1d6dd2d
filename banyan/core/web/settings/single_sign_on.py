"""Single sign-on: the organization's providers, and whether passwords are still allowed."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from banyan.core.access.signing_keys import has_key
from banyan.core.access.single_sign_on import (
    emergency_candidates,
    find_provider,
    remove_provider,
    require_single_sign_on,
    save_provider,
)
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.providers.models import IdentityProvider, ProviderKind
from banyan.core.identity.providers.vouching import ProviderFailed
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.web.accounts.single_sign_on import (
    backchannel_of,
    beginning_of,
    redirect_uri,
    service_of,
    signed_out_uri,
)
from banyan.core.web.mail import base_url
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.provider_forms import FORMS, ProviderForm
from banyan.core.web.settings.signing_keys import shown_keys
from banyan.core.web.views.base import signed_in

URL = "/settings/single-sign-on"


class OnlyForm(forms.Form):
    """Whether everybody has to come through a provider, and who need not."""

    only = forms.BooleanField(
        label=gettext_lazy("Only single sign-on"),
        required=False,
        help_text=gettext_lazy("Passwords and passkeys open nothing any more, but for those named below."),
    )
    emergency = forms.MultipleChoiceField(
        label=gettext_lazy("For emergencies"),
        required=False,
        help_text=gettext_lazy(
            "Administrators who may use their password on the day on which the provider is down. At least one."
        ),
        widget=forms.SelectMultiple(attrs={"wide": True}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        people = [(str(person.pk), person.name) for person in emergency_candidates()]
        self.fields["emergency"].choices = people  # type: ignore[attr-defined]  # a choice field


@signed_in("GET")
def providers(request: SignedInRequest) -> HttpResponse:
    """List the providers."""
    require_page(request.actor, "single-sign-on")
    policy = policy_of(request.actor.organization_id)
    context = {
        "providers": [
            {
                "id": row.pk,
                "name": row.name,
                "kind": row.get_kind_display(),
                "is_on": row.is_on,
                "domains": ", ".join(row.domains),
            }
            for row in IdentityProvider.objects.all()
        ],
        "kinds": [{"value": kind.value, "label": str(kind.label)} for kind in ProviderKind],
        "is_only": policy.only_single_sign_on,
        "has_saml": IdentityProvider.objects.filter(kind=ProviderKind.SAML).exists(),
        "keys": shown_keys(),
    }
    return settings_answer(request, "single-sign-on", "settings/single_sign_on.html", context)


@sensitive_post_parameters("secret")
@signed_in("GET", "POST")
def new_provider(request: SignedInRequest, kind: str) -> HttpResponse:
    """Add a provider."""
    require_page(request.actor, "single-sign-on")
    if kind not in FORMS:
        raise Missing("not_found", _("There is no such kind of provider."))
    return _edit(request, FORMS[kind](request.POST or None, provider=None), None)


@sensitive_post_parameters("secret")
@signed_in("GET", "POST")
def provider(request: SignedInRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Show and change a provider; its secret is never shown."""
    require_page(request.actor, "single-sign-on")
    found = find_provider(provider_id)
    return _edit(request, FORMS[found.kind](request.POST or None, provider=found), found)


@signed_in("POST")
def drop_provider(request: SignedInRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Remove a provider."""
    require_page(request.actor, "single-sign-on")
    remove_provider(request.actor, provider_id, visitor=visitor_of(request))
    return saved(request, _("The provider is removed; whoever came through it is signed out."), URL)


@signed_in("GET", "POST")
def only(request: SignedInRequest) -> HttpResponse:
    """Say whether passwords are still allowed."""
    require_page(request.actor, "single-sign-on")
    policy = policy_of(request.actor.organization_id)
    initial = {"only": policy.only_single_sign_on, "emergency": [str(one) for one in policy.emergency_user_ids]}
    form = OnlyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = [one for one in map(parse_id, form.cleaned_data["emergency"]) if one is not None]
        try:
            require_single_sign_on(
                request.actor,
                only=form.cleaned_data["only"],
                emergency_user_ids=chosen,
                visitor=visitor_of(request),
            )
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The rules for signing in are saved."), URL)
    return settings_form(request, "single-sign-on", form, title=_("Only single sign-on"), cancel_url=URL)


def _edit(request: SignedInRequest, form: ProviderForm, found: IdentityProvider | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            made = save_provider(
                request.actor, form.draft(), provider_id=found.pk if found else None, visitor=visitor_of(request)
            )
        except ProviderFailed as problem:
            form.add_error(None, str(problem.message))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": made.name}, f"{URL}/{made.pk}")
    context = {
        "provider": found,
        "title": found.name if found else form.title,
        "form": {
            "action": request.path,
            "errors": errors_of(form),
            "sections": [{"title": str(title), "fields": fields_of(form, names)} for title, names in form.sections()],
        },
        "facts": _facts(found, form.kind),
        "lacks_key": form.kind == ProviderKind.SAML and not has_key(),
    }
    status = 422 if form.is_bound and form.errors else 200
    response = settings_answer(request, "single-sign-on", "settings/provider.html", context, status=status)
    response.undo_writes = status != 200  # type: ignore[attr-defined]  # read by the middleware that holds the transaction
    return response


def _facts(found: IdentityProvider | None, kind: str) -> list[dict[str, str]]:
    """Return what the administrator of the provider has to enter there."""
    facts = []
    if kind == ProviderKind.OIDC:
        facts.append({"label": _("Redirect address"), "value": redirect_uri()})
        facts.append({"label": _("Address after signing out (post-logout redirect)"), "value": signed_out_uri()})
    if found is not None and kind == ProviderKind.OIDC:
        facts.append({"label": _("Back-channel logout address"), "value": backchannel_of(found)})
    if found is not None and kind == ProviderKind.SAML:
        us = service_of(found)
        facts += [
            {"label": _("Entity ID"), "value": us.entity_id},
            {"label": _("Answer address (ACS)"), "value": us.answers_at},
            {"label": _("Sign-out address (SLO)"), "value": us.signs_out_at},
            {"label": _("Our metadata, which has all of these"), "value": us.entity_id},
        ]
    if found is not None and kind != ProviderKind.LDAP:
        facts.append({"label": _("Address to sign in at once"), "value": f"{base_url()}{beginning_of(found)}"})
    return facts
