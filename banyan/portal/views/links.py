"""What the organization does with links: make, send, withdraw, see who looked; and answer visitors."""

from __future__ import annotations

import uuid

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, markup, page, part, refused, wants_dialog
from banyan.core.web.mail import reaches_people
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import object_page, signed_in
from banyan.portal.hooks import entries_of, panel
from banyan.portal.services import links, visits
from banyan.portal.services.mailing import send_by_mail
from banyan.portal.services.pages import PortalPage, portal_pages


class LinkForm(forms.Form):
    """Whom a link is for and how long it holds."""

    recipient = forms.CharField(label=pgettext_lazy("link", "For whom"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=LANGUAGES, widget=forms.RadioSelect(attrs={"style": "chips"})
    )
    expires_on = forms.DateField(label=gettext_lazy("Valid until"))
    sends = forms.BooleanField(label=gettext_lazy("Send it by e-mail"), required=False)
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4, "wide": True}),
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """Ask for an address where a message is wanted."""
        values = super().clean() or {}
        if values.get("sends") and not values.get("email"):
            self.add_error("email", _("Whom should it be sent to?"))
        return values


def _page_of(request: SignedInRequest, spec: ObjectSpec, purpose: str) -> PortalPage:
    found = portal_pages.get(purpose)
    if found is None or found.object_name != spec.name or not links.is_on(request.actor, found):
        raise Missing("not_found", _("There is no such page."))
    return found


@object_page("GET", "POST")
def new(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, purpose: str) -> HttpResponse:
    """Ask whom a link is for, make it and, if wished, send it."""
    found = _page_of(request, spec, purpose)
    row = fetch_row(request.actor, spec, record_id)
    links.require_edit(request.actor, spec.name, record_id)
    name, email, language = found.recipient(request.actor, row)
    initial = {
        "recipient": name,
        "email": email,
        "expires_on": found.expires_on(request.actor, row) or links.proposed_day(found, today(request.actor.time_zone)),
        "language": language or request.actor.organization.language,
        "sends": True,
    }
    form = LinkForm(request.POST or None, initial=initial)
    if not reaches_people():
        del form.fields["sends"], form.fields["message"]
    url = f"/{spec.plural}/{record_id}"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            link = links.create_link(
                request.actor, spec.name, record_id, purpose=purpose, recipient=links.Recipient(given["recipient"], given["email"], given["language"]), expires_on=given["expires_on"],
            )  # fmt: skip
        except Invalid as problem:
            add_problem(form, problem)
        else:
            if given.get("sends"):
                send_by_mail(request.actor, link, message=given["message"])
                return done(
                    request, _("The link is on its way."), next_url=url, changed=(spec.plural,), close_dialog=True
                )
            context = {"link": link, "back_url": url}
            if wants_dialog(request):
                return part(request, "portal/made_dialog.html", context)
            return page(request, "portal/made.html", context)
    text = _("Whoever has the link sees this page without an account, and nothing else.")
    return form_answer(
        request, form, title=str(found.label), submit_label=_("Make the link"), cancel_url=url, text=text
    )


@signed_in("GET")
def link_visits(request: SignedInRequest, link_id: uuid.UUID) -> HttpResponse:
    """Show the log of a link."""
    link = links.find_own_link(request.actor, link_id)
    context = {"link": link, "entries": entries_of(link.pk, request.actor)}
    if wants_dialog(request):
        return part(request, "portal/visits_dialog.html", context)
    return page(request, "portal/visits.html", context)


@signed_in("POST")
def withdraw(request: SignedInRequest, link_id: uuid.UUID) -> HttpResponse:
    """Let a link lead nowhere from now on."""
    link = links.withdraw_link(request.actor, link_id)
    spec = spec_for(request.actor.organization, link.object_name)
    url = f"/{spec.plural}/{link.record_id}"
    return done(request, _("The link was withdrawn."), next_url=url, changed=(spec.plural,))


@object_page("GET")
def panel_part(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer with the links and the conversation of a record as they are now."""
    shown = panel(request.actor, spec, fetch_row(request.actor, spec, record_id), error="")
    return markup(shown) if shown else HttpResponse()


@object_page("POST", action=Action.VIEW)
def answer(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Answer visitors of a record."""
    row = fetch_row(request.actor, spec, record_id)
    try:
        visits.answer_comment(request.actor, spec.name, record_id, request.POST.get("text", ""))
    except Invalid as problem:
        shown = panel(request.actor, spec, row, error=str(problem.errors[0].message))
        return refused(markup(shown, status=422)) if shown else HttpResponse(status=422)
    url = f"/{spec.plural}/{record_id}"
    return done(request, _("Your answer is on the customer's page."), next_url=url, changed=(spec.plural,))
