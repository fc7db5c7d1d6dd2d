"""Fields of objects: the built-in ones, and those that the organization adds."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.customising import (
    CUSTOM_KINDS,
    FieldDraft,
    change_custom_field,
    create_custom_field,
    customisable,
    find_custom_field,
    indexable,
    order_custom_fields,
)
from banyan.core.objects.kinds import Choice, MultipleChoice, kinds
from banyan.core.objects.models import CustomField, SensitiveField
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for
from banyan.core.objects.sensitivity import is_sensitive, sealable, set_sensitive
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import given_ids, signed_in

URL = "/settings/fields"
SWITCHES = ("required", "is_active", "is_indexed", "sensitive")
LABEL_FIELDS = ("label_zh", "label_en", "help_zh", "help_en")


class LabelForm(forms.Form):
    """What a field is called and how it is explained, in both languages."""

    label_zh = forms.CharField(label=gettext_lazy("Label in Chinese"), max_length=120, required=False)
    label_en = forms.CharField(label=gettext_lazy("Label in English"), max_length=120, required=False)
    help_zh = forms.CharField(label=gettext_lazy("Explanation in Chinese"), max_length=120, required=False)
    help_en = forms.CharField(label=gettext_lazy("Explanation in English"), max_length=120, required=False)
    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)

    def labels(self) -> dict[str, str]:
        """Return the labels by language."""
        return {"zh": self.cleaned_data["label_zh"], "en": self.cleaned_data["label_en"]}

    def help_texts(self) -> dict[str, str]:
        """Return the explanations by language."""
        return {"zh": self.cleaned_data["help_zh"], "en": self.cleaned_data["help_en"]}


class SensitivityForm(forms.Form):
    """Whether the values of a field are encrypted."""

    sensitive = forms.BooleanField(
        label=gettext_lazy("Encrypt values"),
        required=False,
        widget=forms.CheckboxInput(attrs={"wide": True}),
        help_text=gettext_lazy(
            "For what would harm people in the wrong hands. Lists are then filtered by the whole value only, and not "
            "sorted by it. Existing values follow in the background."
        ),
    )


class NewFieldForm(LabelForm, SensitivityForm):
    """A field to be added; what its kind needs is asked for too."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: [(name, kinds[name].label) for name in CUSTOM_KINDS],
        initial="text",
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}),
    )
    options = forms.CharField(
        label=gettext_lazy("Values of a choice"),
        required=False,
        max_length=20_000,
        help_text=gettext_lazy("One in each line. You can colour and order them afterwards."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    target = forms.ChoiceField(
        label=gettext_lazy("Records that a link leads to"), required=False, help_text=gettext_lazy("For links only.")
    )
    sensitive = forms.BooleanField(
        label=gettext_lazy("Encrypt values"),
        required=False,
        widget=forms.CheckboxInput(attrs={"wide": True}),
        help_text=gettext_lazy(
            "For texts, phone numbers, e-mail and web addresses; identity numbers and bank accounts always are. "
            "Lists are then filtered by the whole value only, and not sorted by it."
        ),
    )


class FieldForm(LabelForm, SensitivityForm):
    """A field that exists; its kind stays."""

    is_active = forms.BooleanField(
        label=gettext_lazy("In use"),
        required=False,
        help_text=gettext_lazy("A field that is not in use disappears everywhere. Its values are kept."),
    )
    is_indexed = forms.BooleanField(
        label=gettext_lazy("Indexed"),
        required=False,
        help_text=gettext_lazy(
            "Lists of many thousand records are filtered and sorted by it without delay. "
            "The index is built in the background."
        ),
    )


@signed_in("GET")
def field_objects(request: SignedInRequest) -> HttpResponse:
    """List the objects with the number of their own fields."""
    require_page(request.actor, "fields")
    rows = [
        {
            "url": f"{URL}/{spec.name}",
            "label": str(spec.label_plural),
            "icon": spec.icon,
            "built_in": len(spec.all_fields) - len(spec.custom_fields),
            "own": len(spec.custom_fields),
        }
        for spec in specs_on(request.actor.organization).values()
        if customisable(spec)
    ]
    return settings_answer(request, "fields", "settings/field_objects.html", {"objects": rows})


@signed_in("GET")
def fields(request: SignedInRequest, object_name: str) -> HttpResponse:
    """List the fields of one object, its own ones first."""
    require_page(request.actor, "fields")
    spec = _spec(request, object_name)
    shaped = spec.all_fields
    sealing = {row.name: str(row.get_state_display()) for row in SensitiveField.objects.filter(object_name=object_name)}
    own = [
        {
            "id": row.pk,
            "url": f"{URL}/{object_name}/{row.pk}",
            "label": str(shaped[row.name].label) if row.name in shaped else _any_label(row),
            "name": row.name,
            "kind": str(kinds[row.kind].label),
            "required": row.required,
            "is_active": row.is_active,
            "list_url": _list_url(shaped.get(row.name)),
            "sealing": sealing.get(row.name, ""),
        }
        for row in CustomField.objects.filter(object_name=object_name)
    ]
    built_in = [
        {
            "label": str(entry.label),
            "name": name,
            "kind": str(entry.kind.label),
            "required": entry.required and not entry.read_only,
            "list_url": _list_url(entry),
            "sealing": sealing.get(name, ""),
            "sealing_url": f"{URL}/{object_name}/encryption/{name}" if sealable(spec, entry) else "",
        }
        for name, entry in shaped.items()
        if entry.source != CUSTOM and name != "version"
    ]
    context = {
        "object_label": str(spec.label_plural),
        "object_name": object_name,
        "own": own,
        "built_in": built_in,
        "actions": [{"label": _("New field"), "url": f"{URL}/{object_name}/new", "icon": "plus", "primary": True}],
    }
    return settings_answer(request, "fields", "settings/fields.html", context)


@signed_in("GET", "POST")
def new_field(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Add a field to an object."""
    require_page(request.actor, "fields")
    spec = _spec(request, object_name)
    form = NewFieldForm(request.POST or None)
    form.fields["target"].choices = _targets(request)  # type: ignore[attr-defined]  # a choice field
    if request.method == "POST" and form.is_valid():
        try:
            create_custom_field(request.actor, object_name, _draft(form))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The field is there for everybody now."), f"{URL}/{object_name}")
    sections = (
        ("", ("label_zh", "label_en", "kind", "options", "target", "required", "sensitive")),
        (_("Explanation"), ("help_zh", "help_en")),
    )
    return settings_form(
        request, "fields", form, title=_("New field of %(object)s") % {"object": spec.noun_plural},
        submit_label=_("Add field"), sections=sections, cancel_url=f"{URL}/{object_name}",
    )  # fmt: skip


@signed_in("GET", "POST")
def field(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Change a field's labels, whether it is needed and in use."""
    require_page(request.actor, "fields")
    row = find_custom_field(field_id)
    initial = {
        "label_zh": row.labels.get("zh", ""), "label_en": row.labels.get("en", ""),
        "help_zh": row.help_texts.get("zh", ""), "help_en": row.help_texts.get("en", ""),
        "required": row.required, "is_active": row.is_active, "is_indexed": row.is_indexed,
        "sensitive": is_sensitive(object_name, row.name),
    }  # fmt: skip
    form = FieldForm(request.POST or None, initial=initial)
    if not indexable(row.kind) or initial["sensitive"]:
        del form.fields["is_indexed"]
    if not kinds[row.kind].sealable:
        del form.fields["sensitive"]
    if request.method == "POST" and form.is_valid():
        try:
            change_custom_field(
                request.actor,
                field_id,
                labels=form.labels(),
                help_texts=form.help_texts(),
                required=form.cleaned_data["required"],
                is_active=form.cleaned_data["is_active"],
                is_indexed=form.cleaned_data.get("is_indexed", False),
            )
            if "sensitive" in form.fields:
                set_sensitive(request.actor, object_name, row.name, sensitive=form.cleaned_data["sensitive"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The field is saved."), f"{URL}/{object_name}")
    names = tuple(name for name in form.fields if name in {*LABEL_FIELDS, *SWITCHES})
    return settings_form(
        request, "fields", form, title=_any_label(row), sections=(("", names),), cancel_url=f"{URL}/{object_name}"
    )


@signed_in("GET", "POST")
def field_encryption(request: SignedInRequest, object_name: str, name: str) -> HttpResponse:
    """Have a built-in field's values encrypted, or no more."""
    require_page(request.actor, "fields")
    spec = _spec(request, object_name)
    entry = spec.all_fields.get(name)
    if entry is None or entry.source == CUSTOM or not sealable(spec, entry):
        raise Missing("not_found", _("This field does not exist."))
    form = SensitivityForm(
        request.POST if request.method == "POST" else None, initial={"sensitive": is_sensitive(object_name, name)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_sensitive(request.actor, object_name, name, sensitive=form.cleaned_data["sensitive"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The field is saved."), f"{URL}/{object_name}")
    return settings_form(
        request, "fields", form, title=str(entry.label), sections=(("", ("sensitive",)),),
        cancel_url=f"{URL}/{object_name}",
    )  # fmt: skip


@signed_in("POST")
def order_fields(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Put the own fields of an object into the order sent."""
    require_page(request.actor, "fields")
    order_custom_fields(request.actor, object_name, given_ids(request.POST.getlist("ids")))
    return saved(request, _("The order is saved."), f"{URL}/{object_name}")


def _draft(form: NewFieldForm) -> FieldDraft:
    return FieldDraft(
        kind=form.cleaned_data["kind"],
        labels=form.labels(),
        help_texts=form.help_texts(),
        required=form.cleaned_data["required"],
        options=form.cleaned_data["options"].splitlines(),
        settings={"target": form.cleaned_data["target"]},
        sensitive=form.cleaned_data["sensitive"],
    )


def _spec(request: SignedInRequest, object_name: str) -> ObjectSpec:
    spec = specs_on(request.actor.organization).get(object_name)
    if spec is None or not customisable(spec):
        raise Missing("not_found", _("There is no such object."))
    return spec


def _targets(request: SignedInRequest) -> list[tuple[str, str]]:
    return [
        ("", "–"),
        *(
            (spec.name, str(spec.label_plural))
            for spec in specs_for(request.actor.organization).values()
            if spec.has_page and may(request.actor, spec, Action.VIEW)
        ),
    ]


def _list_url(entry: Field | None) -> str:
    kind: Any = entry.kind if entry else None
    is_shaped = isinstance(kind, (Choice, MultipleChoice)) and kind.open and kind.list_name
    return f"/settings/lists/{kind.list_name}" if is_shaped else ""


def _any_label(row: CustomField) -> str:
    return next((text for text in row.labels.values() if text), row.name)
