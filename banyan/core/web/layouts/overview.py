"""The pages that list objects, and the types and layouts of one of them."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.identity.models import Role
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.layouts.content import in_language
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.layouts.record_types import types_in_order
from banyan.core.layouts.resolution import TYPE_FIELD
from banyan.core.layouts.services import create_layout, find_layout, layouts_of_object
from banyan.core.objects.customising import customisable
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import tell, visit
from banyan.core.web.layouts.naming import DEVICE_NAMES, audience
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.presenting import short_instant
from banyan.core.web.settings.object_pages import object_strip
from banyan.core.web.settings.pages import require_page, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

PAGE = "layouts"
URL = "/settings/layouts"


class NewLayoutForm(forms.Form):
    """For whom a layout is to be, and what it begins with."""

    record_type = forms.ChoiceField(
        label=gettext_lazy("Record type"),
        required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("All types")}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("All roles")}),
    )
    device = forms.ChoiceField(
        label=gettext_lazy("Device"),
        required=False,
        choices=lambda: list(DEVICE_NAMES.items()),
        widget=forms.Select(attrs={"empty_label": DEVICE_NAMES[""]}),
    )
    like = forms.ChoiceField(
        label=gettext_lazy("Begin like"),
        required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("The product's own layout")}),
    )


@signed_in("GET")
def objects(request: SignedInRequest) -> HttpResponse:
    """List the objects with how many types and layouts they have."""
    require_page(request.actor, PAGE)
    types = Counter(RecordType.objects.filter(is_active=True).values_list("object_name", flat=True))
    layouts = Counter(Layout.objects.values_list("object_name", flat=True))
    rows = [
        {
            "url": f"{URL}/{spec.name}",
            "label": str(spec.label_plural),
            "icon": spec.icon,
            "types": types[spec.name],
            "layouts": layouts[spec.name],
        }
        for spec in specs_on(request.actor.organization).values()
        if customisable(spec) and spec.has_page
    ]
    return settings_answer(request, PAGE, "settings/layouts/objects.html", {"objects": rows})


@signed_in("GET")
def object_page(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Show the types and layouts of one object."""
    require_page(request.actor, PAGE)
    spec = spec_with_layouts(request, object_name)
    types = types_in_order(object_name)
    roles = {str(pk): name for pk, name in Role.objects.values_list("pk", "name")}
    by_code = {row.code: row for row in types}
    context = {
        "object_strip": object_strip(request.actor, spec, PAGE),
        "object_label": str(spec.label_plural),
        "object_icon": spec.icon,
        "url": f"{URL}/{object_name}",
        "types": [_type_row(row, roles) for row in types],
        "are_switched_off": bool(types) and TYPE_FIELD not in spec.all_fields,
        "layouts": [
            {
                "url": f"{URL}/{object_name}/{row.pk}",
                "for": audience(row, by_code),
                "in_effect": row.content is not None,
                "draft": row.draft is not None,
                "changed_by": row.updated_by.name if row.updated_by else "",
                "changed_at": short_instant(row.updated_at, request.actor),
            }
            for row in layouts_of_object(object_name)
        ],
    }
    return settings_answer(request, PAGE, "settings/layouts/object.html", context)


@signed_in("GET", "POST")
def new_layout(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Ask for whom a layout is, and open it for work."""
    require_page(request.actor, PAGE)
    spec = spec_with_layouts(request, object_name)
    form = NewLayoutForm(request.POST or None, initial={TYPE_FIELD: request.GET.get("type", "")})
    types = {row.code: row for row in types_in_order(object_name)}
    existing = {str(row.pk): audience(row, types) for row in layouts_of_object(object_name)}
    choices = {
        "record_type": [(row.code, in_language(row.labels)) for row in types.values()],
        "role": [(str(pk), name) for pk, name in Role.objects.values_list("pk", "name")],
        "like": list(existing.items()),
    }
    for name, given in choices.items():
        form.fields[name].choices = [("", "–"), *given]  # type: ignore[attr-defined]  # a choice field
    if not types:
        del form.fields["record_type"]
    if request.method == "POST" and form.is_valid():
        try:
            row = _create(request, object_name, form)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return tell(visit(request, f"{URL}/{object_name}/{row.pk}"), close_dialog=True)
    return settings_form(
        request, PAGE, form, title=_("New layout of %(object)s") % {"object": spec.noun_plural},
        submit_label=_("Begin"), cancel_url=f"{URL}/{object_name}",
    )  # fmt: skip


def _create(request: SignedInRequest, object_name: str, form: NewLayoutForm) -> Layout:
    like = parse_id(form.cleaned_data["like"])
    return create_layout(
        request.actor,
        object_name,
        record_type=form.cleaned_data.get("record_type", ""),
        role_id=parse_id(form.cleaned_data["role"]),
        device=form.cleaned_data["device"],
        like=find_layout(object_name, like) if like else None,
    )


def spec_with_layouts(request: SignedInRequest, object_name: str) -> ObjectSpec:
    """Return an object whose pages can be laid out; raise ``Missing``."""
    spec = specs_on(request.actor.organization).get(object_name)
    if spec is None or not customisable(spec) or not spec.has_page:
        raise Missing("not_found", _("There is no such object."))
    return spec


def layout_named(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> tuple[ObjectSpec, Layout]:
    """Return an object and one of its layouts, for those who may work on it."""
    require_page(request.actor, PAGE)
    return spec_with_layouts(request, object_name), find_layout(object_name, layout_id)


def _type_row(row: RecordType, roles: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "label": in_language(row.labels),
        "code": row.code,
        "icon": row.icon,
        "color": row.color,
        "is_active": row.is_active,
        "roles": [roles[role] for role in row.roles if role in roles],
        "default_for": [roles[role] for role in row.default_for if role in roles],
        "narrowed": len(row.choices),
    }
