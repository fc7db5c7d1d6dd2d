"""Settings > Leads > Forms: what each form asks and says, where what it brings goes, and how it gets onto a web site."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import spec_for
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, errors_of, fields_of, names_of_people, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in
from banyan.leads.choices import Destination
from banyan.leads.models import LeadForm
from banyan.leads.services.forms import (
    LANGUAGES,
    LONGEST,
    TEXTS,
    FormValues,
    askable,
    delete_form,
    public_url,
    save_form,
    words,
)
from banyan.leads.views.public_form import TRAP
from banyan.leads.views.settings import FORMS, PAGE, TABS, answer
from banyan.privacy.public import purposes_in_use

URL = TABS[FORMS][0]
FEW = ("name", "company", "phone", "email", "needs")
WORDS = {
    "title": (gettext_lazy("Heading, in Chinese"), gettext_lazy("Heading, in English")),
    "intro": (gettext_lazy("Text above the fields, in Chinese"), gettext_lazy("Text above the fields, in English")),
    "button": (gettext_lazy("Button, in Chinese"), gettext_lazy("Button, in English")),
    "thanks": (gettext_lazy("Thanks, in Chinese"), gettext_lazy("Thanks, in English")),
    "consent": (gettext_lazy("What people agree to, in Chinese"), gettext_lazy("What people agree to, in English")),
}
LONG = ("intro", "thanks", "consent")
GROUPS = {
    "basics": ("name", "is_active", "source", "campaign", "destination", "owner"),
    "words": tuple(f"{name}_{language}" for name in ("title", "intro", "button", "thanks") for language in LANGUAGES),
    "consent": ("purpose", "consent_required", "consent_zh", "consent_en"),
    "site": ("sites", "thanks_url"),
}


class DesignForm(forms.Form):
    """Everything about a form but its fields."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    is_active = forms.BooleanField(label=gettext_lazy("Open to the public"), required=False, initial=True)
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    campaign = forms.CharField(label=gettext_lazy("Campaign"), max_length=200, required=False)
    destination = forms.ChoiceField(
        label=gettext_lazy("Who gets the leads"), choices=Destination.choices, initial=Destination.RULES
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("Consent for the purpose"), required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("No consent is asked for")}),
    )  # fmt: skip
    consent_required = forms.BooleanField(
        label=gettext_lazy("Nothing is sent without it"), required=False, initial=True
    )
    sites = forms.CharField(
        label=gettext_lazy("Web sites that show the form"), required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "https://www.example.com"}),
        help_text=gettext_lazy("One address in each line. Only these may show it in a frame or send to it."),
    )  # fmt: skip
    thanks_url = forms.URLField(
        label=gettext_lazy("Where “Go on” leads after the thanks"), required=False, max_length=500,
        assume_scheme="https",
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["owner"] = PickField(
            label=_("Which person"), required=False, pick_url="/pick/user", names=names_of_people
        )
        for name, labels in WORDS.items():
            for language, label in zip(LANGUAGES, labels, strict=True):
                widget = forms.Textarea(attrs={"rows": 2}) if name in LONG else forms.TextInput()
                fields[f"{name}_{language}"] = forms.CharField(
                    label=label, required=False, max_length=LONGEST[name], widget=widget
                )
        kind: Any = spec_for(actor.organization, "lead").all_fields["source"].kind
        fields["source"].choices = [("", ""), *((option.code, str(option.label)) for option in kind.options)]
        fields["purpose"].choices = [("", ""), *((str(row.pk), row.name) for row in purposes_in_use())]

    def values(self, asked: list[dict[str, Any]]) -> FormValues:
        """Return what was entered, with the fields that stand beside the form."""
        sent = self.cleaned_data
        return FormValues(
            name=sent["name"],
            fields=asked,
            texts={name: {language: sent[f"{name}_{language}"] for language in LANGUAGES} for name in TEXTS},
            is_active=sent["is_active"],
            source=sent["source"],
            campaign=sent["campaign"],
            destination=sent["destination"],
            owner=parse_id(sent["owner"]),
            purpose_id=parse_id(sent["purpose"]),
            consent_required=sent["consent_required"],
            sites=[line.strip() for line in sent["sites"].splitlines() if line.strip()],
            thanks_url=sent["thanks_url"],
        )


@signed_in("GET")
def form_list(request: SignedInRequest) -> HttpResponse:
    """List the forms, with what each has brought and turned away."""
    require_page(request.actor, PAGE)
    context = {
        "forms": [{"form": form, "public_url": public_url(form)} for form in LeadForm.objects.all()],
        "actions": [{"label": _("New form"), "url": f"{URL}/new", "icon": "plus", "primary": True}],
    }
    return answer(request, FORMS, "leads/forms.html", context)


@signed_in("GET", "POST")
def new_form(request: SignedInRequest) -> HttpResponse:
    """Design a form."""
    return _edit(request, None)


@signed_in("GET", "POST")
def edit_form(request: SignedInRequest, form_id: uuid.UUID) -> HttpResponse:
    """Change a form, beside how it gets onto a web site."""
    require_page(request.actor, PAGE)
    row = LeadForm.objects.filter(pk=form_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such form."))
    return _edit(request, row)


@signed_in("POST")
def remove_form(request: SignedInRequest, form_id: uuid.UUID) -> HttpResponse:
    """Delete a form."""
    require_page(request.actor, PAGE)
    delete_form(request.actor, form_id)
    return saved(request, _("The form is deleted. The leads that it brought stay."), URL)


def _edit(request: SignedInRequest, row: LeadForm | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    form = DesignForm(request.POST if request.method == "POST" else None, initial=_initial(row), actor=request.actor)
    asked = _asked(request) if request.method == "POST" else (row.fields if row else _few())
    if request.method == "POST" and form.is_valid():
        try:
            kept = save_form(request.actor, row, form.values(asked))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("“%(name)s” is saved.") % {"name": kept.name}, f"{URL}/{kept.pk}")
    context = {
        "title": row.name if row else _("New form"),
        "action": request.path,
        "form": {name: fields_of(form, names) for name, names in GROUPS.items()},
        "errors": errors_of(form),
        "rows": _rows(request, asked),
        "code": _code(request.actor, row) if row else None,
        "back_url": URL,
    }
    response = answer(request, FORMS, "leads/form_design.html", context, status=422 if form.errors else 200)
    return undone_if_wrong(response)


def _few() -> list[dict[str, Any]]:
    return [{"name": name, "required": name in {"name", "phone"}} for name in FEW]


def _asked(request: SignedInRequest) -> list[dict[str, Any]]:
    """Return the fields that were ticked, in the order of their places."""
    sent = request.POST
    found = []
    for name in sent.getlist("asked"):
        place = sent.get(f"place_{name}", "")
        row = {
            "name": name, "required": bool(sent.get(f"required_{name}")),
            **{language: sent.get(f"{language}_{name}", "") for language in LANGUAGES},
        }  # fmt: skip
        found.append((int(place) if place.isdecimal() else 99, row))
    return [row for _place, row in sorted(found, key=lambda pair: pair[0])]


def _rows(request: SignedInRequest, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all fields that may be asked for, those that are first."""
    known = askable(spec_for(request.actor.organization, "lead"))
    chosen = {entry["name"]: entry for entry in asked}
    names = [*(name for name in chosen if name in known), *(name for name in known if name not in chosen)]
    return [
        {
            "name": name, "label": str(known[name].label), "is_asked": name in chosen, "place": place,
            "required": bool(chosen.get(name, {}).get("required")),
            **{language: chosen.get(name, {}).get(language, "") for language in LANGUAGES},
        }
        for place, name in enumerate(names, 1)
    ]  # fmt: skip


def _initial(row: LeadForm | None) -> dict[str, Any]:
    if row is None:
        return {"source": "website"}
    plain = ("name", "is_active", "source", "campaign", "destination", "consent_required", "thanks_url")
    found: dict[str, Any] = {name: getattr(row, name) for name in plain}
    found |= {
        f"{name}_{language}": (row.texts.get(name) or {}).get(language, "") for name in TEXTS for language in LANGUAGES
    }
    return {
        **found,
        "owner": str(row.owner_id or ""),
        "purpose": str(row.purpose_id or ""),
        "sites": "\n".join(row.sites),
    }


def _code(actor: Actor, row: LeadForm) -> dict[str, str]:
    """Return the addresses of a form and what is pasted into a web site: a frame, or plain HTML."""
    title = escape(words(row, "title", "zh") or row.name)
    frame = (
        f'<iframe src="{public_url(row, embedded=True)}" title="{title}" width="100%" height="640" loading="lazy"'
        ' style="border:0"></iframe>'
    )
    known = askable(spec_for(actor.organization, "lead"))
    lines = [f'<form action="{public_url(row)}" method="post">']
    for entry in row.fields:
        usual = known[entry["name"]].label if entry["name"] in known else entry["name"]
        label = escape(entry.get("zh") or entry.get("en") or str(usual))
        needed = " required" if entry.get("required") else ""
        lines.append(f'  <label>{label} <input name="{entry["name"]}"{needed}></label>')
    lines.append(f'  <input name="{TRAP}" tabindex="-1" autocomplete="off" hidden>')
    if row.purpose_id:
        needed = " required" if row.consent_required else ""
        lines.append(
            f'  <label><input type="checkbox" name="consent" value="true"{needed}> {escape(words(row, "consent", "zh"))}</label>'
        )
    lines += [f'  <button type="submit">{escape(words(row, "button", "zh") or _("Send"))}</button>', "</form>"]
    return {"url": public_url(row), "frame": frame, "html": "\n".join(lines)}
