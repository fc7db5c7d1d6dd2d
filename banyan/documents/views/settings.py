"""Settings: the letterhead, and what papers say before and after their content."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.kernel.languages import LANGUAGES, written_day
from banyan.core.objects.modules import module_is_on
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.pdf import can_draw
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in
from banyan.documents.choices import Accent
from banyan.documents.kinds import DocumentKind, Paper, Party, document_kinds
from banyan.documents.models import Letterhead
from banyan.documents.services import letterheads, texts
from banyan.documents.services.answers import pdf_answer
from banyan.documents.services.papers import chosen_language, file_name
from banyan.documents.services.rendering import render_paper
from banyan.documents.services.tables import priced_lines

LETTERHEAD, TEXTS = "letterhead", "document-texts"
URLS = {LETTERHEAD: "/settings/letterhead", TEXTS: "/settings/document-texts"}
TEXT_FIELDS = (
    "name_zh", "name_en", "address_zh", "address_en", "phone", "email", "website", "tax_number", "bank_name",
    "bank_account", "bank_code", "footer_zh", "footer_en", "accent",
)  # fmt: skip


class LetterheadForm(forms.ModelForm):
    """What stands on every paper."""

    accent = forms.ChoiceField(
        label=gettext_lazy("Accent color"), choices=Accent.choices, widget=forms.RadioSelect(attrs={"style": "chips"})
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"), required=False, help_text=gettext_lazy("PNG, JPEG or WebP; wide ones look best.")
    )
    drop_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)
    seal = forms.FileField(
        label=gettext_lazy("Seal"),
        required=False,
        help_text=gettext_lazy("A picture of the company's seal with a transparent ground."),
    )
    drop_seal = forms.BooleanField(label=gettext_lazy("Remove the seal"), required=False)

    class Meta:
        model = Letterhead
        fields = TEXT_FIELDS


@signed_in("GET", "POST")
def letterhead(request: SignedInRequest) -> HttpResponse:
    """Show and change the letterhead."""
    require_page(request.actor, LETTERHEAD)
    row = letterheads.stored_letterhead()
    initial = {} if row else {"name_zh": request.actor.organization.name, "accent": Accent.GREEN}
    form = LetterheadForm(request.POST or None, request.FILES or None, initial=initial, instance=_copy(row))
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in TEXT_FIELDS}
        pictures = {
            name: form.cleaned_data.get(name)
            for name in letterheads.PICTURES
            if form.cleaned_data.get(name) or form.cleaned_data[f"drop_{name}"]
        }
        try:
            letterheads.change_letterhead(request.actor, values, pictures)
        except Invalid as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The letterhead is saved."), URLS[LETTERHEAD])
    shown = [name for name in letterheads.PICTURES if row and getattr(row, f"{name}_id")]
    drop = [f"drop_{name}" for name in shown]
    sections = (
        (_("Company"), ("name_zh", "name_en", "address_zh", "address_en", "tax_number")),
        (_("How to reach you"), ("phone", "email", "website")),
        (_("Bank"), ("bank_name", "bank_account", "bank_code")),
        (_("Looks"), ("accent", "logo", "seal", *drop, "footer_zh", "footer_en")),
    )
    context = {
        "form": {
            "action": request.path,
            "sections": [{"title": title, "fields": fields_of(form, names)} for title, names in sections],
            "errors": errors_of(form),
        },
        "pictures": [{"name": name, "url": f"{URLS[LETTERHEAD]}/{name}.png"} for name in shown],
        "cannot": can_draw(),
        "languages": LANGUAGES,
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(settings_answer(request, LETTERHEAD, "documents/letterhead.html", context, status=status))


@signed_in("GET")
def picture(request: SignedInRequest, name: str) -> HttpResponse:
    """Send the logo or the seal."""
    require_page(request.actor, LETTERHEAD)
    row = letterheads.stored_letterhead()
    content = letterheads.picture_of(getattr(row, name)) if row and name in letterheads.PICTURES else None
    if content is None:
        raise Missing("not_found", _("There is no such picture."))
    return HttpResponse(content, content_type="image/png")


@signed_in("GET")
def preview(request: SignedInRequest) -> HttpResponse:
    """Show the letterhead on an example as PDF."""
    require_page(request.actor, LETTERHEAD)
    language = chosen_language(request.GET.get("language", ""), request.actor.language)
    return _sample_answer(request.actor, language)


@signed_in("GET")
def text_list(request: SignedInRequest) -> HttpResponse:
    """List the kinds of papers and in which languages the organization wrote its own texts."""
    require_page(request.actor, TEXTS)
    written = texts.written_kinds()
    rows = [
        {
            "label": str(kind.label),
            "languages": [
                {"label": name, "url": f"{URLS[TEXTS]}/{kind.name}/{code}", "own": (kind.name, code) in written}
                for code, name in LANGUAGES
            ],
        }
        for kind in document_kinds
        if not kind.module or module_is_on(request.actor.organization, kind.module)
    ]
    return settings_answer(request, TEXTS, "documents/texts.html", {"kinds": rows})


class TextForm(forms.Form):
    """What a paper says before and after its content."""

    intro = forms.CharField(
        label=gettext_lazy("Introduction"), required=False, max_length=texts.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "wide": True}),
    )  # fmt: skip
    terms = forms.CharField(
        label=gettext_lazy("Terms"), required=False, max_length=texts.LONGEST,
        widget=forms.Textarea(attrs={"rows": 10, "wide": True}),
    )  # fmt: skip


@signed_in("GET", "POST")
def text(request: SignedInRequest, kind: str, language: str) -> HttpResponse:
    """Show and change the texts of a kind of paper in a language; ``preview`` shows them on an example first."""
    require_page(request.actor, TEXTS)
    found = document_kinds.get(kind)
    names = dict(LANGUAGES)
    if found is None or language not in names:
        raise Missing("not_found", _("There is no such page."))
    form = TextForm(request.POST or None, initial=texts.texts_of(found, language))
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            return _sample_answer(request.actor, language, kind=found, given=form.cleaned_data)
        try:
            texts.change_texts(request.actor, found, language, form.cleaned_data)
        except Invalid as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The texts are saved."), URLS[TEXTS])
    context = {
        "title": f"{found.label} · {names[language]}",
        "form": {"action": request.path, "fields": fields_of(form), "errors": errors_of(form)},
        "placeholders": ", ".join(f"{{{name}}}" for name in (*texts.ALWAYS, *found.placeholders)),
        "cannot": can_draw(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(settings_answer(request, TEXTS, "documents/text.html", context, status=status))


def _copy(row: Letterhead | None) -> Letterhead | None:
    """Return a copy for the form, which fills in what was sent before anything is decided."""
    return Letterhead.objects.get(pk=row.pk) if row else None


def _sample_answer(
    actor: Actor, language: str, *, kind: DocumentKind | None = None, given: dict[str, Any] | None = None
) -> HttpResponse:
    paper = sample_paper(actor, language, kind=kind, given=given or {})
    return pdf_answer(file_name(paper), render_paper(actor.organization, paper, language))


def sample_paper(actor: Actor, language: str, *, kind: DocumentKind | None, given: dict[str, Any]) -> Paper:
    """Return an example of a paper, to show letterhead and texts."""
    with translation.override(language):
        lines = [
            _sample_line(_("Office chair"), Decimal(12), Decimal("399.00")),
            _sample_line(_("Standing desk"), Decimal(4), Decimal("1899.00"), discount=Decimal(5)),
        ]
        amounts = {
            "currency": actor.currency,
            "amount": sum((line["amount"] for line in lines), Decimal(0)),
            "net_amount": sum((line["net_amount"] for line in lines), Decimal(0)),
        }
        priced = priced_lines(lines, amounts)
        customer = _("Example customer")
        return Paper(
            title=str(kind.label) if kind else _("Example"),
            number="EX-2026-00001",
            facts=((_("Date"), written_day(today(actor.time_zone), language)),),
            parties=(Party(_("Customer"), customer, (_("Example street 1"),)),),
            tables=(priced.table,),
            sums=priced.sums,
            capitals=priced.capitals,
            intro=given.get("intro", ""),
            terms=given.get("terms", ""),
            signatures=(_("Supplier"), _("Customer")),
            values={"customer": customer, "date": written_day(today(actor.time_zone), language)},
            shows_bank=True,
            shows_seal=True,
        )


def _sample_line(name: str, quantity: Decimal, price: Decimal, discount: Decimal = Decimal(0)) -> dict[str, Any]:
    amount = (quantity * price * (100 - discount) / 100).quantize(Decimal("0.01"))
    tax = (amount * 13 / 113).quantize(Decimal("0.01"))
    return {
        "name": name, "quantity": quantity, "unit": _("pcs"), "unit_price": price, "discount_percent": discount,
        "tax_rate": Decimal(13), "amount": amount, "net_amount": amount - tax, "tax_amount": tax,
    }  # fmt: skip
