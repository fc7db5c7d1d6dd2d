"""Beginning a quote with a saved set of lines; and the settings of quotes."""

from __future__ import annotations

import uuid

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, errors_of, fields_of, form_answer
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in, spec_named
from banyan.quotes.models import QuoteTemplate
from banyan.quotes.services.writing import quote_from_template
from banyan.quotes.setting import change_settings, settings_of

PAGE, URL = "quotes", "/settings/quotes"


class SettingsForm(forms.Form):
    """How the organization works with quotes."""

    valid_days = forms.IntegerField(label=gettext_lazy("Quotes hold for days"), min_value=1, max_value=365)
    remind_days = forms.IntegerField(
        label=gettext_lazy("Remind the owner days before the end"), min_value=0, max_value=60,
        help_text=gettext_lazy("When the customer has not answered yet."),
    )  # fmt: skip
    wins_opportunity = forms.BooleanField(label=gettext_lazy("An accepted quote wins its opportunity"), required=False)


@signed_in("GET", "POST")
def settings(request: SignedInRequest) -> HttpResponse:
    """Show and change how quotes work, and list the templates."""
    require_page(request.actor, PAGE)
    current = settings_of(request.actor.organization)
    initial = {name: getattr(current, name) for name in SettingsForm.base_fields}
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_settings(request.actor, form.cleaned_data)
        return saved(request, _("The settings are saved."), URL)
    context = {
        "fields": fields_of(form),
        "errors": errors_of(form),
        "templates": [
            {"id": row.pk, "name": row.name, "lines": len(row.content.get("lines", ())), "who": row.made_by.name if row.made_by else ""}
            for row in QuoteTemplate.objects.select_related("made_by")
        ],
    }  # fmt: skip
    status = 422 if form.is_bound and form.errors else 200
    return settings_answer(request, PAGE, "quotes/settings.html", context, status=status)


def _template(template_id: uuid.UUID | None) -> QuoteTemplate:
    row = QuoteTemplate.objects.filter(pk=template_id).first() if template_id else None
    if row is None:
        raise Missing("not_found", _("This template does not exist any more."))
    return row


class NameForm(forms.Form):
    """The name of a template."""

    name = forms.CharField(label=gettext_lazy("Template"), max_length=120)


@signed_in("GET", "POST")
def rename(request: SignedInRequest, template_id: uuid.UUID) -> HttpResponse:
    """Give a template another name."""
    require_page(request.actor, PAGE)
    row = _template(template_id)
    form = NameForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        row.name = form.cleaned_data["name"]
        try:
            with transaction.atomic():
                row.save(update_fields=["name"])
        except IntegrityError:
            form.add_error("name", _("There is a template of this name already."))
        else:
            return saved(request, _("The template is saved."), URL)
    return form_answer(request, form, title=row.name, cancel_url=URL)


@signed_in("POST")
def remove(request: SignedInRequest, template_id: uuid.UUID) -> HttpResponse:
    """Delete a template; quotes made from it stay as they are."""
    require_page(request.actor, PAGE)
    _template(template_id).delete()
    return saved(request, _("The template is deleted."), URL)


@signed_in("GET", "POST")
def begin(request: SignedInRequest) -> HttpResponse:
    """Ask for customer and template, and write the quote."""
    spec, customers = spec_named(request, "quote"), spec_named(request, "customer")
    require(request.actor, spec, Action.CREATE)

    def names(values: list[str]) -> dict[str, str]:
        ids = [found for value in values if (found := parse_id(value)) is not None]
        seen = restrict(live_rows(request.actor, customers), request.actor, customers).filter(pk__in=ids)
        labels = labels_of({"customer": list(seen.values_list("pk", flat=True))}, actor=request.actor)
        return {str(pk): label for pk, label in labels.items()}

    class BeginForm(forms.Form):
        """For whom, and with which lines."""

        template = forms.ChoiceField(
            label=_("Template"), choices=[(str(row.pk), row.name) for row in QuoteTemplate.objects.all()]
        )
        customer = PickField(label=_("Customer"), pick_url="/pick/customer", names=names)

    initial = {"customer": request.GET.get("customer", "")}
    form = BeginForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        context = WriteContext.for_actor(request.actor)
        values = {"customer": form.cleaned_data["customer"]}
        try:
            quote = quote_from_template(
                request.actor, _template(parse_id(form.cleaned_data["template"])), values, context=context
            )
        except Invalid as problem:
            add_problem(form, problem)
        else:
            url = f"/{spec.plural}/{quote.pk}"
            text = _("Quote %(number)s was written.") % {"number": quote.number}
            return done(
                request, text, next_url=url, changed=("quotes",), close_dialog=True,
                undo_url=f"/undo/{context.batch_id}", visit={"url": url},
            )  # fmt: skip
    hint = "" if QuoteTemplate.objects.exists() else _("There is no template yet. Save one from a quote first.")
    return form_answer(
        request,
        form,
        title=_("Quote from a template"),
        text=hint,
        submit_label=_("Create"),
        cancel_url=f"/{spec.plural}",
    )
