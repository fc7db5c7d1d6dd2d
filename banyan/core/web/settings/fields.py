"""Fields of objects: the built-in ones, and those that the organization adds."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.languages import written_day
from banyan.core.objects.customising import (
    FieldDraft,
    change_custom_field,
    create_custom_field,
    customisable,
    find_custom_field,
    indexable,
    order_custom_fields,
)
from banyan.core.objects.definitions import own_fields
from banyan.core.objects.field_settings import LIMITS
from banyan.core.objects.kinds import Choice, MultipleChoice, kinds
from banyan.core.objects.models import Computed, CustomField, SensitiveField
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for
from banyan.core.objects.removing import erased_on, is_given_up, label_of
from banyan.core.objects.sensitivity import is_sensitive, sealable, set_sensitive
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.own_fields.converting import CONVERTING
from banyan.core.web.menu import may
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.computed_fields import edit_computed
from banyan.core.web.settings.field_changing import links_of
from banyan.core.web.settings.field_forms import HELP, NAMES, FieldForm, NewFieldForm, SensitivityForm, names_of, sent
from banyan.core.web.settings.object_pages import object_strip
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.places_of_fields import URL, customisable_spec
from banyan.core.web.views.base import given_ids, signed_in

VALUES = ("default_value", "pattern", "minimum", "maximum", "decimals", "required", "open", "is_unique")
SWITCHES = ("is_active", "is_indexed", "sensitive")
#: Kinds whose values are written as one text, so that a default can be written so too.
WITH_DEFAULT = (
    "text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice", "multiple_choice", "tags",
    "email", "phone", "url",
)  # fmt: skip


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
    spec = customisable_spec(request, object_name)
    sealing = {row.name: str(row.get_state_display()) for row in SensitiveField.objects.filter(object_name=object_name)}
    rows = list(CustomField.objects.filter(object_name=object_name))
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
        for name, entry in spec.all_fields.items()
        if entry.source != CUSTOM and name != "version"
    ]
    new = f"{URL}/{object_name}/new"
    context = {
        "object_strip": object_strip(request.actor, spec, "fields"),
        "object_label": str(spec.label_plural),
        "object_name": object_name,
        "own": [_own_row(spec, row, sealing) for row in rows if row.removed_at is None],
        "removed": [_removed_row(request, row) for row in rows if row.removed_at is not None],
        "built_in": built_in,
        "actions": [{"label": _("New field"), "url": new, "icon": "plus", "primary": True}],
        "computed": [
            {"label": _("Formula"), "url": f"{new}/formula", "hint": _("Computed from other fields")},
            {"label": _("Roll-up"), "url": f"{new}/rollup", "hint": _("Counts or sums up records below")},
            {"label": _("Automatic number"), "url": f"{new}/number", "hint": _("Numbered by a pattern")},
        ],
    }
    return settings_answer(request, "fields", "settings/fields.html", context)


def _own_row(spec: ObjectSpec, row: CustomField, sealing: dict[str, str]) -> dict[str, Any]:
    entry = spec.all_fields.get(row.name)
    here = own_fields(spec)
    kind = str(kinds[row.kind].label)
    computed = str(Computed(row.computed).label) if row.computed else ""
    url = f"{URL}/{spec.name}/{row.pk}"
    return {
        "id": row.pk,
        "url": f"{url}/converting" if row.settings.get(CONVERTING) else url,
        "label": str(entry.label) if entry else label_of(row),
        "name": row.name,
        "kind": f"{computed} · {kind}" if computed and row.computed != Computed.NUMBER else computed or kind,
        "required": row.required,
        "is_unique": row.is_unique,
        "is_active": row.is_active,
        "is_converting": bool(row.settings.get(CONVERTING)),
        "broken": here.broken.get(row.name, "") if here else "",
        "list_url": _list_url(entry),
        "sealing": sealing.get(row.name, ""),
    }


def _removed_row(request: SignedInRequest, row: CustomField) -> dict[str, Any]:
    until = erased_on(row)
    return {
        "label": label_of(row),
        "url": f"{URL}/{row.object_name}/{row.pk}/restore",
        "erase_url": f"{URL}/{row.object_name}/{row.pk}/erase",
        "is_given_up": is_given_up(row),
        "until": written_day(until.date(), request.actor.language) if until else "",
    }


@signed_in("GET", "POST")
def new_field(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Add a field to an object."""
    require_page(request.actor, "fields")
    spec = customisable_spec(request, object_name)
    form = NewFieldForm(request.POST or None)
    form.fields["target"].choices = _targets(request)  # type: ignore[attr-defined]  # a choice field
    if request.method == "POST" and form.is_valid():
        try:
            create_custom_field(request.actor, object_name, _draft(form))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"{URL}/{object_name}"
            url = f"{url}/new" if "again" in request.POST else url
            return saved(request, _("The field is there for everybody now."), url)
    sections = (
        ("", (*NAMES, "kind", "options", "target", "default_value", "required", "is_unique", "sensitive")),
        (_("Explanation"), HELP),
    )
    return settings_form(
        request, "fields", form, title=_("New field of %(object)s") % {"object": spec.noun_plural},
        text=_("Limits, and which values go together, are set once the field is there."),
        object_strip=object_strip(request.actor, spec, "fields"), submit_label=_("Add field"), again_label=_("Add, and another one"), sections=sections, cancel_url=f"{URL}/{object_name}",
    )  # fmt: skip


@signed_in("GET", "POST")
def field(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Change a field: what it is called, what its values must be like, what is computed."""
    require_page(request.actor, "fields")
    row = find_custom_field(field_id)
    spec = customisable_spec(request, object_name)
    if row.removed_at is not None or row.settings.get(CONVERTING):
        raise Missing("not_found", _("This field does not exist."))
    if row.computed:
        return edit_computed(request, spec, row)
    form = _field_form(request, spec, row)
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, row, form)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The field is saved."), f"{URL}/{object_name}")
    sections = (
        ("", NAMES),
        (_("Limits and defaults"), tuple(name for name in VALUES if name in form.fields)),
        (_("Explanation"), HELP),
        (_("Use"), tuple(name for name in SWITCHES if name in form.fields)),
    )
    return settings_form(
        request, "fields", form, title=label_of(row), sections=sections, cancel_url=f"{URL}/{object_name}",
        links=links_of(spec, row), object_strip=object_strip(request.actor, spec, "fields"),
    )  # fmt: skip


def _field_form(request: SignedInRequest, spec: ObjectSpec, row: CustomField) -> FieldForm:
    initial = {
        **names_of(row),
        **{name: row.settings.get(name, name == "open" or "") for name in LIMITS.get(row.kind, ())},
        "required": row.required, "is_active": row.is_active, "is_indexed": row.is_indexed,
        "is_unique": row.is_unique, "sensitive": is_sensitive(row.object_name, row.name),
        "default_value": _default_text(row),
    }  # fmt: skip
    form = FieldForm(request.POST or None, initial=initial)
    kept = {*LIMITS.get(row.kind, ()), *(("default_value",) if row.kind in WITH_DEFAULT else ())}
    is_plain = not initial["sensitive"]
    if is_plain and may_be_unique(row.kind):
        kept.add("is_unique")
    form.keep(kept)
    if not indexable(row.kind) or not is_plain:
        del form.fields["is_indexed"]
    if not kinds[row.kind].sealable or row.is_unique:
        del form.fields["sensitive"]
    return form


def may_be_unique(kind: str) -> bool:
    """Say whether values of a kind can be such that none stands twice."""
    return indexable(kind) and kind != "boolean" and not kinds[kind].is_personal


def _default_text(row: CustomField) -> str:
    """Return the default of a field as people write it."""
    if row.default.get("formula"):
        return f"={row.default['formula']}"
    value = row.default.get("value")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _change(request: SignedInRequest, row: CustomField, form: FieldForm) -> None:
    changes = sent(form.cleaned_data, "required", "is_active", "is_indexed", "is_unique")
    if changes.get("is_unique"):
        # Whoever writes a value looks it up among all others.
        changes["is_indexed"] = True
    if "default_value" in form.fields:
        changes["default"] = form.default()
    if form.settings():
        changes["settings"] = form.settings()
    change_custom_field(request.actor, row.pk, labels=form.labels(), help_texts=form.help_texts(), **changes)
    if "sensitive" in form.fields:
        set_sensitive(request.actor, row.object_name, row.name, sensitive=form.cleaned_data["sensitive"])


@signed_in("GET", "POST")
def field_encryption(request: SignedInRequest, object_name: str, name: str) -> HttpResponse:
    """Have a built-in field's values encrypted, or no more."""
    require_page(request.actor, "fields")
    spec = customisable_spec(request, object_name)
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
    kind = form.cleaned_data["kind"]
    return FieldDraft(
        kind=kind,
        # Inputs that do not fit the kind are not seen: what they hold was meant for another one.
        unique=form.cleaned_data["is_unique"] and may_be_unique(kind),
        default=form.default() if kind in WITH_DEFAULT else {},
        labels=form.labels(),
        help_texts=form.help_texts(),
        required=form.cleaned_data["required"],
        options=form.cleaned_data["options"].splitlines(),
        settings={"target": form.cleaned_data["target"]},
        sensitive=form.cleaned_data["sensitive"],
    )


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
