"""The page of one record type: what it is called, who may use it, and which values its fields offer."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.identity.models import Role
from banyan.core.kernel.errors import DomainError
from banyan.core.layouts.content import in_language
from banyan.core.layouts.models import RecordType
from banyan.core.layouts.record_types import (
    TypeDraft,
    delete_record_type,
    find_record_type,
    narrowable,
    order_record_types,
    save_record_type,
)
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.layouts.naming import TYPE_ICONS
from banyan.core.web.layouts.overview import PAGE, URL, spec_with_layouts
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.lists import color_choices
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import given_ids, signed_in

OFFERS = "offers__"


class TypeForm(forms.Form):
    """A record type; a field for each choice of the object is added, with the values it offers."""

    label_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=60, required=False)
    label_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=60, required=False)
    icon = forms.ChoiceField(
        label=gettext_lazy("Icon"),
        required=False,
        choices=lambda: list(TYPE_ICONS.items()),
        widget=forms.RadioSelect(attrs={"style": "chips", "icons": True, "wide": True}),
    )
    color = forms.ChoiceField(
        label=gettext_lazy("Colour"),
        required=False,
        choices=lambda: [(choice["value"], choice["label"]) for choice in color_choices()],
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("In use"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Records keep a type that is not in use; new ones cannot get it."),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Who may use it"),
        required=False,
        help_text=gettext_lazy("Nobody chosen: everybody."),
        widget=forms.CheckboxSelectMultiple(attrs={"wide": True}),
    )
    default_for = forms.MultipleChoiceField(
        label=gettext_lazy("First choice of these roles"),
        required=False,
        help_text=gettext_lazy("Others begin with the first type of the list."),
        widget=forms.CheckboxSelectMultiple(attrs={"wide": True}),
    )


@signed_in("GET", "POST")
def new_type(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Create a record type."""
    return _edit(request, object_name, None)


@signed_in("GET", "POST")
def edit_type(request: SignedInRequest, object_name: str, type_id: uuid.UUID) -> HttpResponse:
    """Change a record type."""
    require_page(request.actor, PAGE)
    return _edit(request, object_name, find_record_type(object_name, type_id))


@signed_in("POST")
def remove_type(request: SignedInRequest, object_name: str, type_id: uuid.UUID) -> HttpResponse:
    """Delete a record type that no record has."""
    require_page(request.actor, PAGE)
    delete_record_type(request.actor, object_name, type_id)
    return saved(request, _("The record type is deleted."), f"{URL}/{object_name}")


@signed_in("POST")
def order_types(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Put the types into the order sent."""
    require_page(request.actor, PAGE)
    order_record_types(request.actor, object_name, given_ids(request.POST.getlist("ids")))
    return saved(request, _("The order is saved."), f"{URL}/{object_name}")


def _edit(request: SignedInRequest, object_name: str, row: RecordType | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    spec = spec_with_layouts(request, object_name)
    form = TypeForm(request.POST or None, initial=_initial(spec, row))
    roles = [(str(pk), name) for pk, name in Role.objects.values_list("pk", "name")]
    for name in ("roles", "default_for"):
        form.fields[name].choices = roles  # type: ignore[attr-defined]  # a choice field
    offers = _add_offers(form, spec)
    if request.method == "POST" and form.is_valid():
        try:
            save_record_type(request.actor, object_name, row, _draft(form, offers))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            name = form.cleaned_data["label_zh"] or form.cleaned_data["label_en"]
            return saved(request, _("%(name)s is saved.") % {"name": name}, f"{URL}/{object_name}")
    sections = (
        ("", ("label_zh", "label_en", "icon", "color", "is_active")),
        (_("Roles"), ("roles", "default_for")),
        (
            _("Values that fields offer to records of this type; none chosen: all"),
            tuple(f"{OFFERS}{name}" for name in offers),
        ),
    )
    title = in_language(row.labels) if row else _("New record type of %(object)s") % {"object": spec.noun_plural}
    return settings_form(request, PAGE, form, title=title, sections=sections, cancel_url=f"{URL}/{object_name}")


def _add_offers(form: TypeForm, spec: ObjectSpec) -> list[str]:
    names = narrowable(spec)
    for name in names:
        entry = spec.all_fields[name]
        options = [(option.code, str(option.label)) for option in entry.kind.options if option.active]  # type: ignore[attr-defined]
        form.fields[f"{OFFERS}{name}"] = forms.MultipleChoiceField(
            label=str(entry.label),
            required=False,
            choices=options,
            widget=forms.CheckboxSelectMultiple(attrs={"wide": True}),
        )
    return names


def _draft(form: TypeForm, offers: list[str]) -> TypeDraft:
    data = form.cleaned_data
    return TypeDraft(
        labels={"zh": data["label_zh"], "en": data["label_en"]},
        icon=data["icon"],
        color=data["color"],
        is_active=data["is_active"],
        roles=data["roles"],
        default_for=data["default_for"],
        choices={name: codes for name in offers if (codes := data[f"{OFFERS}{name}"])},
    )


def _initial(spec: ObjectSpec, row: RecordType | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "label_zh": row.labels.get("zh", ""),
        "label_en": row.labels.get("en", ""),
        "icon": row.icon,
        "color": row.color,
        "is_active": row.is_active,
        "roles": row.roles,
        "default_for": row.default_for,
        **{f"{OFFERS}{name}": codes for name, codes in row.choices.items() if name in spec.all_fields},
    }
