"""What people do with quotes: begin, send, revise, offer choices, compare, answer for the customer, make orders of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.files import storage
from banyan.core.kernel.errors import DomainError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, markup, page, part, wants_dialog
from banyan.core.web.mail import reaches_people
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, form_answer
from banyan.core.web.views.base import signed_in, spec_named
from banyan.customers.public import Contact
from banyan.documents.public import money_text, number_text, percent_text, price_text
from banyan.portal.public import Recipient
from banyan.quotes.choices import QuoteStatus
from banyan.quotes.models import Quote, QuoteDecision
from banyan.quotes.panels import state_panel
from banyan.quotes.queries import quote_lines
from banyan.quotes.rules import Difference, compare
from banyan.quotes.services import outcomes, steps, writing

CHANGED = ("quotes", "quote-lines", "customers", "opportunities")


class SendForm(forms.Form):
    """Whom a quote goes to, until when it holds, and what the message says."""

    recipient = forms.CharField(label=pgettext_lazy("link", "For whom"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=LANGUAGES, widget=forms.RadioSelect(attrs={"style": "chips"})
    )
    valid_until = forms.DateField(label=gettext_lazy("Valid until"))
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4, "wide": True}),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What a customer answered by telephone, on paper, or by e-mail."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("customer", "Answer"),
        choices=(
            ("accepted", gettext_lazy("The customer accepts")),
            ("declined", gettext_lazy("The customer declines")),
        ),
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )
    signer = forms.CharField(label=gettext_lazy("Who answered"), max_length=120)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=400, required=False)


class TemplateForm(forms.Form):
    """The name of a set of lines and texts."""

    name = forms.CharField(label=gettext_lazy("Template"), max_length=120)


def _quote(request: SignedInRequest, quote_id: uuid.UUID) -> tuple[ObjectSpec, Mapping[str, Any], Quote]:
    spec = spec_named(request, "quote")
    row = fetch_row(request.actor, spec, quote_id)
    return spec, row, Quote.objects.select_related("contact").get(pk=quote_id)


def _back(request: SignedInRequest, text: str, url: str, **events: Any) -> HttpResponse:
    return done(request, text, next_url=url, changed=CHANGED, close_dialog=True, visit={"url": url}, **events)


@signed_in("GET", "POST")
def send(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Ask whom a quote goes to, and send it; one that was sent goes to somebody more."""
    spec, _row, quote = _quote(request, quote_id)
    require(request.actor, spec, Action.EDIT)
    contact = quote.contact if isinstance(quote.contact, Contact) else None
    initial = {
        "recipient": contact.name if contact else "",
        "email": contact.email if contact else "",
        "language": quote.language or request.actor.organization.language,
        "valid_until": quote.valid_until,
    }
    form = SendForm(request.POST or None, initial=initial)
    if not reaches_people():
        del form.fields["message"]
    is_first = quote.status != QuoteStatus.SENT
    if not is_first:
        del form.fields["valid_until"]
    url = f"/{spec.plural}/{quote_id}"
    if request.method == "POST" and form.is_valid():
        response = _sent(request, quote_id, form, url, is_first=is_first)
        if response is not None:
            return response
    text = _("The customer gets a link to read, comment, choose and sign. From then on the quote is read-only.")
    label = _("Send by e-mail") if reaches_people() else _("Make the link")
    title = _("Send %(number)s") % {"number": quote.known_as}
    return form_answer(
        request, form, title=title, text=text, submit_label=label, cancel_url=url,
        **({"second_label": _("Only make the link"), "second_name": "only_link"} if reaches_people() else {}),  # type: ignore[arg-type]
    )  # fmt: skip


def _sent(
    request: SignedInRequest, quote_id: uuid.UUID, form: SendForm, url: str, *, is_first: bool
) -> HttpResponse | None:
    given = form.cleaned_data
    recipient = Recipient(given["recipient"], given["email"], given["language"])
    mails = reaches_people() and "only_link" not in request.POST
    try:
        if is_first:
            link = steps.send_quote(
                request.actor, quote_id, recipient, valid_until=given["valid_until"],
                message=given.get("message", ""), mails=mails,
            )  # fmt: skip
        else:
            link = steps.send_again(request.actor, quote_id, recipient, message=given.get("message", ""), mails=mails)
    except DomainError as problem:
        add_problem(form, problem)
        return None
    if mails:
        return _back(request, _("The quote is on its way to %(email)s.") % {"email": given["email"]}, url)
    context = {"link": link, "back_url": url}
    return (
        part(request, "quotes/made_dialog.html", context)
        if wants_dialog(request)
        else page(request, "quotes/made.html", context)
    )


@signed_in("POST")
def revise(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Make the next version of a quote and lead to it."""
    spec = spec_named(request, "quote")
    require(request.actor, spec, Action.CREATE)
    made = writing.revise(request.actor, quote_id)
    return _back(
        request, _("Version %(number)d is a draft now.") % {"number": made.revision}, f"/{spec.plural}/{made.pk}"
    )


@signed_in("POST")
def from_opportunity(request: SignedInRequest, opportunity_id: uuid.UUID) -> HttpResponse:
    """Write a quote with the products of an opportunity and lead to it."""
    spec = spec_named(request, "quote")
    require(request.actor, spec, Action.CREATE)
    context = WriteContext.for_actor(request.actor)
    quote = writing.quote_from_opportunity(request.actor, opportunity_id, context=context)
    text = _("Quote %(number)s was written.") % {"number": quote.number}
    return _back(request, text, f"/{spec.plural}/{quote.pk}", undo_url=f"/undo/{context.batch_id}")


@signed_in("GET")
def state_part(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Answer with where a quote stands, after something about it has changed."""
    spec, row, _stored = _quote(request, quote_id)
    shown = state_panel(request.actor, spec, row)
    return markup(shown) if shown else HttpResponse()


@signed_in("GET", "POST")
def options(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Ask which lines the customer may choose, and what is said of each."""
    spec, _row, _now = _quote(request, quote_id)
    require(request.actor, spec, Action.EDIT)
    url, lines, error = f"/{spec.plural}/{quote_id}", quote_lines(quote_id), ""
    given = {
        str(line["id"]): {
            "offer": request.POST.get(f"offer_{line['id']}", ""),
            "description": request.POST.get(f"description_{line['id']}", ""),
            "counts": f"counts_{line['id']}" in request.POST,
        }
        for line in lines
    }
    if request.method == "POST":
        context = WriteContext.for_actor(request.actor)
        try:
            writing.set_options(request.actor, quote_id, given, context=context)
        except Invalid as problem:
            error = str(problem.message)
        else:
            return _back(
                request, _("What the customer may choose is saved."), url, undo_url=f"/undo/{context.batch_id}"
            )
    shown = [
        {
            "id": line["id"],
            "name": line["name"],
            "offer": given[str(line["id"])]["offer"] if error else _offer(line),
            "description": given[str(line["id"])]["description"] if error else line["description"],
            "counts": given[str(line["id"])]["counts"] if error else line["counts"],
        }
        for line in lines
    ]
    context_of_page = {
        "title": _("What the customer may choose"), "action": f"{url}/options", "lines": shown, "error": error,
        "groups": writing.GROUPS, "back_url": url,
    }  # fmt: skip
    template = "quotes/options_dialog.html" if wants_dialog(request) else "quotes/options.html"
    status = 422 if error else 200
    if wants_dialog(request):
        return part(request, template, context_of_page, status=status)
    return page(request, template, context_of_page, status=status)


def _offer(line: Mapping[str, Any]) -> str:
    return writing.OPTIONAL if line["is_optional"] else str(line["alternative"])


@signed_in("GET")
def compare_versions(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Show two versions of a quote side by side."""
    spec, row, quote = _quote(request, quote_id)
    other_id = parse_id(request.GET.get("with"))
    if other_id is None:
        raise Missing("not_found", _("There is no such page."))
    _spec, other_row, other = _quote(request, other_id)
    if "amount" not in row or "amount" not in other_row:
        raise Missing("not_found", _("There is no such page."))
    older, newer = sorted((quote, other), key=lambda version: version.revision)
    differences = compare(quote_lines(older.pk), quote_lines(newer.pk))
    context = {
        "title": _("%(number)s: two versions") % {"number": newer.known_as},
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}, {"label": newer.known_as, "url": f"/{spec.plural}/{newer.pk}"}],
        "older": _head(older),
        "newer": _head(newer),
        "rows": [_difference(entry, newer.currency) for entry in differences],
        "texts": [
            {"label": str(spec.all_fields[name].label), "old": getattr(older, name), "new": getattr(newer, name)}
            for name in ("valid_until", "intro", "terms")
            if getattr(older, name) != getattr(newer, name)
        ],
    }  # fmt: skip
    return page(request, "quotes/compare.html", context)


def _head(quote: Quote) -> dict[str, str]:
    label = _("Version %(number)d") % {"number": quote.revision}
    return {"label": label, "total": money_text(quote.amount, quote.currency)}


def _difference(entry: Difference, currency: str) -> dict[str, Any]:
    line = entry.new or entry.old or {}
    return {"name": line["name"], "kind": entry.kind, "old": _side(entry.old, currency), "new": _side(entry.new, currency),
            "changed": entry.changed}  # fmt: skip


def _side(line: Mapping[str, Any] | None, currency: str) -> dict[str, str]:
    if line is None:
        return {}
    return {
        "quantity": number_text(line["quantity"], unit=line["unit"]),
        "unit_price": price_text(line["unit_price"], currency),
        "discount_percent": percent_text(line["discount_percent"]),
        "tax_rate": percent_text(line["tax_rate"]),
        "amount": price_text(line["amount"], currency),
    }


@signed_in("GET", "POST")
def answer(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Write down what a customer answered elsewhere."""
    spec, _row, quote = _quote(request, quote_id)
    require(request.actor, spec, Action.EDIT)
    url = f"/{spec.plural}/{quote_id}"
    initial = {"kind": "accepted", "signer": quote.contact.name if quote.contact else ""}
    form = AnswerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = steps.Answer(form.cleaned_data["signer"], reason=form.cleaned_data["reason"])
        is_accepted = form.cleaned_data["kind"] == "accepted"
        try:
            (steps.accept_quote if is_accepted else steps.decline_quote)(request.actor, quote_id, given)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = _("The quote was accepted.") if is_accepted else _("The quote was declined.")
            return _back(request, text, url)
    title = _("Answer to %(number)s") % {"number": quote.known_as}
    text = _("For what the customer said by telephone, e-mail or on paper. Attach the paper to the files.")
    return form_answer(request, form, title=title, text=text, cancel_url=url)


@signed_in("POST")
def become(request: SignedInRequest, quote_id: uuid.UUID, name: str) -> HttpResponse:
    """Make an accepted quote into an order or a contract, and lead to that."""
    context = WriteContext.for_actor(request.actor)
    object_name, record_id = outcomes.make_outcome(request.actor, quote_id, name, context=context)
    spec = spec_named(request, object_name)
    return _back(request, _("%(object)s from the quote.") % {"object": spec.label}, f"/{spec.plural}/{record_id}")


@signed_in("GET", "POST")
def template(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Keep the lines and texts of a quote under a name."""
    spec, _row, quote = _quote(request, quote_id)
    require(request.actor, spec, Action.EDIT)
    form = TemplateForm(request.POST or None, initial={"name": quote.name})
    url = f"/{spec.plural}/{quote_id}"
    if request.method == "POST" and form.is_valid():
        try:
            writing.save_template(request.actor, quote_id, form.cleaned_data["name"])
        except Invalid as problem:
            add_problem(form, problem)
        else:
            return done(request, _("The template is saved."), next_url=url, close_dialog=True)
    text = _("Its lines, options and texts; a template of the same name is replaced.")
    return form_answer(request, form, title=_("Save as template"), text=text, cancel_url=url)


@signed_in("GET")
def signature(request: SignedInRequest, quote_id: uuid.UUID) -> HttpResponse:
    """Send the signature under an accepted quote."""
    _quote(request, quote_id)
    decision = QuoteDecision.objects.select_related("signature").filter(quote=quote_id).first()
    if decision is None or decision.signature is None:
        raise Missing("not_found", _("There is no such picture."))
    try:
        content = b"".join(storage.read(decision.signature.key))
    except FileNotFoundError:
        raise Missing("not_found", _("There is no such picture.")) from None
    return HttpResponse(content, content_type="image/png")
