"""Settings > Service > Incoming mail: the mailboxes, and what became of the mails that came."""

from __future__ import annotations

import ssl
import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.registry import spec_for
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, names_of_people
from banyan.core.web.presenting import short_instant
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.service.choices import TICKET, MailState, Priority
from banyan.service.models import IncomingMail, Mailbox
from banyan.service.services import mailboxes as services
from banyan.service.services.incoming import REASONS

PAGE, URL = "service", "/settings/service/mail"
MOST_LISTED = 50
COLOURS = {MailState.MADE: "green", MailState.ADDED: "cyan", MailState.LEFT: "grey", MailState.FAILED: "red"}


class MailboxForm(forms.Form):
    """How a mailbox is reached, and what new tickets are given."""

    address = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    host = forms.CharField(
        label=gettext_lazy("IMAP server"),
        max_length=253,
        widget=forms.TextInput(attrs={"placeholder": "imap.example.com"}),
    )
    port = forms.IntegerField(label=gettext_lazy("Port (TLS)"), min_value=1, max_value=65_535, initial=993)
    account = forms.CharField(label=gettext_lazy("Account"), max_length=254)
    secret = forms.CharField(
        label=gettext_lazy("Password"), required=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Often a password for programs, made in the provider's web mail. Empty: it stays as it is."),
    )  # fmt: skip
    folder = forms.CharField(label=gettext_lazy("Folder"), max_length=200, initial="INBOX")
    authority = forms.CharField(
        label=gettext_lazy("Certificate of your own authority (PEM)"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=gettext_lazy("Only for servers inside the company."),
    )  # fmt: skip
    is_on = forms.BooleanField(label=gettext_lazy("Read this mailbox"), required=False, initial=True)
    team = forms.ChoiceField(label=pgettext_lazy("ticket", "Service team"), required=False)
    kind = forms.ChoiceField(label=pgettext_lazy("ticket", "Kind"), required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    owner = PickField(
        label=gettext_lazy("Owner"), required=False, pick_url="/pick/user", names=names_of_people,
        help_text=gettext_lazy("Senders are looked for among the contacts that this person sees; without one, among all."),
    )  # fmt: skip
    confirms = forms.BooleanField(
        label=gettext_lazy("Confirm new tickets with their number"), required=False, initial=True
    )
    confirmation = forms.CharField(
        label=gettext_lazy("Text of the confirmation"), required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("Empty: the usual text."),
    )  # fmt: skip

    def __init__(self, data: Any, *, request: SignedInRequest, mailbox: Mailbox | None) -> None:
        initial = None
        if mailbox is not None:
            initial = {name: getattr(mailbox, name) for name in services.FIELDS} | {
                "owner": str(mailbox.owner_id or "")
            }
        super().__init__(data, initial=initial)
        fields: Any = self.fields
        spec = spec_for(request.actor.organization, TICKET)
        for name in ("team", "kind"):
            kind: Any = spec.all_fields[name].kind
            fields[name].choices = [("", "–"), *((option.code, option.label) for option in kind.options)]

    def clean_authority(self) -> str:
        """Refuse what is no certificate."""
        text = str(self.cleaned_data["authority"]).strip()
        if text:
            try:
                ssl.create_default_context(cadata=text)
            except (ssl.SSLError, ValueError):
                raise forms.ValidationError(_("This is no certificate in PEM form.")) from None
        return text

    def values(self) -> dict[str, Any]:
        """Return what was chosen, as the service takes it."""
        sent = dict(self.cleaned_data)
        sent["owner_id"] = User.objects.get(pk=sent["owner"]).pk if sent.pop("owner") else None
        return sent


@signed_in("GET")
def mailboxes(request: SignedInRequest) -> HttpResponse:
    """List the mailboxes and the latest mails."""
    from banyan.service.views.settings import tabs_of  # noqa: PLC0415 that page's addresses include this one's

    require_page(request.actor, PAGE)
    actions = [{"label": _("New mailbox"), "url": f"{URL}/new", "icon": "plus", "primary": True}]
    rows = [
        {
            "url": f"{URL}/{row.pk}",
            "address": row.address,
            "is_on": row.is_on,
            "problem": row.problem,
            "checked": short_instant(row.checked_at, request.actor) if row.checked_at else "",
        }
        for row in Mailbox.objects.all()
    ]
    latest = IncomingMail.objects.select_related("ticket").order_by("-at")[:MOST_LISTED]
    context = {
        "mailboxes": rows, "mails": [_mail(request, row) for row in latest], "actions": actions, "tabs": tabs_of(URL),
    }  # fmt: skip
    return settings_answer(request, PAGE, "service/mailboxes.html", context)


def _mail(request: SignedInRequest, row: IncomingMail) -> dict[str, Any]:
    state = MailState(row.state)
    may_try = state in {MailState.LEFT, MailState.FAILED}
    return {
        "subject": row.subject or _("(no subject)"),
        "sender": row.name or row.sender,
        "when": short_instant(row.at, request.actor),
        "state": str(state.label),
        "colour": COLOURS[state],
        "reason": _(REASONS.get(row.reason, row.reason)) if row.reason else "",
        "ticket": {"url": f"/tickets/{row.ticket_id}", "number": row.ticket.number} if row.ticket else None,
        "again": f"{URL}/mails/{row.pk}/again" if may_try else "",
    }


@signed_in("GET", "POST")
def mailbox(request: SignedInRequest, mailbox_id: uuid.UUID | None = None) -> HttpResponse:
    """Ask for a mailbox."""
    require_page(request.actor, PAGE)
    found = services.find_mailbox(mailbox_id) if mailbox_id else None
    form = MailboxForm(request.POST or None, request=request, mailbox=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_mailbox(request.actor, found, **form.values())
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The mailbox is saved. Press “Try it” to see whether it can be read."), URL)
    return settings_form(request, PAGE, form, title=found.address if found else _("New mailbox"), cancel_url=URL)


@signed_in("POST")
def try_it(request: SignedInRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Say whether a mailbox can be read."""
    require_page(request.actor, PAGE)
    count = services.try_mailbox(services.find_mailbox(mailbox_id))
    text = ngettext(
        "It works: %(count)d new mail waits, and is fetched within two minutes.",
        "It works: %(count)d new mails wait, and are fetched within two minutes.",
        count,
    )
    return done(request, text % {"count": count}, next_url=URL)


@signed_in("POST")
def remove(request: SignedInRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Read a mailbox no more."""
    require_page(request.actor, PAGE)
    services.remove_mailbox(request.actor, mailbox_id)
    return saved(request, _("The mailbox is removed. Its tickets stay."), URL)


@signed_in("POST")
def again(request: SignedInRequest, mail_id: uuid.UUID) -> HttpResponse:
    """Make a ticket of a mail that failed or was left out."""
    require_page(request.actor, PAGE)
    row = services.try_again(request.actor, mail_id)
    text = _("It is a ticket now.") if row.ticket_id else _("It still cannot be read.")
    return saved(request, text, URL)


ROUTES = (
    path("service/mail", mailboxes, name="settings-service-mail"),
    path("service/mail/new", mailbox, name="settings-service-mailbox-new"),
    path("service/mail/<uuid:mailbox_id>", mailbox, name="settings-service-mailbox"),
    path("service/mail/<uuid:mailbox_id>/try", try_it, name="settings-service-mailbox-try"),
    path("service/mail/<uuid:mailbox_id>/delete", remove, name="settings-service-mailbox-delete"),
    path("service/mail/mails/<uuid:mail_id>/again", again, name="settings-service-mail-again"),
)
