"""What changes much at a field: removing it, bringing it back, another kind, choices that depend on another."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.jobs.runs import latest_run
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.languages import written_day
from banyan.core.objects.customising import change_custom_field, find_custom_field
from banyan.core.objects.definitions import NARROWED
from banyan.core.objects.field_uses import Wanted, uses_of
from banyan.core.objects.kinds import Choice, MultipleChoice, kinds
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import specs_for
from banyan.core.objects.removing import (
    erased_on,
    is_given_up,
    label_of,
    remove_custom_field,
    restore_custom_field,
)
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.own_fields.converting import CONVERT, CONVERTIBLE, change_kind, preview, require_convertible, resume
from banyan.core.own_fields.jobs import start_erasing
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.object_pages import object_strip
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.settings.places_of_fields import URL, customisable_spec
from banyan.core.web.views.base import signed_in


@signed_in("GET", "POST")
def remove(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Say where a field is used and how many records have a value, and remove it."""
    require_page(request.actor, "fields")
    spec, row = customisable_spec(request, object_name), _row(object_name, field_id)
    problem = ""
    if request.method == "POST":
        try:
            removed = remove_custom_field(request.actor, field_id)
        except DomainError as refused:
            problem = str(refused.message)
        else:
            until = erased_on(removed)
            day = written_day(until.date(), request.actor.language) if until else ""
            text = _("The field is removed. Until %(day)s it can be brought back with its values.") % {"day": day}
            return saved(request, text, f"{URL}/{object_name}")
    uses = uses_of(specs_for(request.actor.organization), Wanted(object_name, row.name))
    context = {
        "object_strip": object_strip(request.actor, spec, "fields"),
        "title": _("Remove “%(name)s”") % {"name": label_of(row)},
        "url": f"{URL}/{object_name}/{field_id}",
        "object_name": object_name,
        "blocking": [use for use in uses if use.breaks],
        "losing": [use for use in uses if not use.breaks],
        "count": spec.model._default_manager.filter(custom__has_key=row.name).count(),  # noqa: SLF001 Django's own name
        "problem": problem,
    }
    return settings_answer(request, "fields", "settings/field_remove.html", context, status=422 if problem else 200)


@signed_in("POST")
def restore(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Bring a removed field back."""
    require_page(request.actor, "fields")
    _row(object_name, field_id)
    restore_custom_field(request.actor, field_id)
    return saved(request, _("The field is back, with its values."), f"{URL}/{object_name}")


@signed_in("GET", "POST")
def erase(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Say what is lost when a removed field is erased before its time, and erase it."""
    require_page(request.actor, "fields")
    spec, row = customisable_spec(request, object_name), _row(object_name, field_id)
    if request.method == "POST":
        start_erasing(request.actor, field_id)
        return saved(request, _("The field is being erased, with all its values."), f"{URL}/{object_name}")
    if row.removed_at is None or is_given_up(row):
        raise Missing("not_found", _("This field does not exist."))
    context = {
        "object_strip": object_strip(request.actor, spec, "fields"),
        "title": _("Erase “%(name)s” for good") % {"name": label_of(row)},
        "url": f"{URL}/{object_name}/{field_id}/erase",
        "cancel_url": f"{URL}/{object_name}",
        "count": spec.model._default_manager.filter(custom__has_key=row.name).count(),  # noqa: SLF001 Django's own name
    }
    return settings_answer(request, "fields", "settings/field_erase.html", context)


@signed_in("GET", "POST")
def convert(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Say what another kind would make of the values, and change it."""
    require_page(request.actor, "fields")
    spec, row = customisable_spec(request, object_name), _row(object_name, field_id)
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    context: dict[str, Any] = {
        "object_strip": object_strip(request.actor, spec, "fields"),
        "title": _("Another kind for “%(name)s”") % {"name": label_of(row)},
        "url": f"{URL}/{object_name}/{field_id}",
        "kind": str(kinds[row.kind].label),
        "wanted": kind,
        "kinds": [{"value": name, "label": str(kinds[name].label)} for name in CONVERTIBLE if name != row.kind],
    }
    status = 200
    if kind:
        try:
            require_convertible(request.actor, row, kind)
            if request.method == "POST":
                run = change_kind(request.actor, field_id, kind)
                text = _("The kind is changed.")
                if run is not None:
                    text = _("The values are converted in the background; until then the field is not in use.")
                return saved(request, text, f"{URL}/{object_name}")
            context["preview"] = preview(request.actor, row, kind)
            context["wanted_label"] = str(kinds[kind].label)
        except DomainError as refused:
            context["problem"], status = str(refused.message), 422
    return settings_answer(request, "fields", "settings/field_convert.html", context, status=status)


@signed_in("GET", "POST")
def choices(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Say which values of a choice go with each value of another one."""
    require_page(request.actor, "fields")
    spec, row = customisable_spec(request, object_name), _row(object_name, field_id)
    entry = spec.all_fields.get(row.name)
    if entry is None or not isinstance(entry.kind, (Choice, MultipleChoice)):
        raise Missing("not_found", _("This field does not exist."))
    narrowed = row.settings.get(NARROWED) or {}
    by = request.POST.get("by", request.GET.get("by", narrowed.get("by", "")))
    problem = ""
    if request.method == "POST":
        try:
            given = {"by": by, "values": _sent_matrix(request, entry, spec.all_fields.get(by))}
            change_custom_field(request.actor, field_id, settings={NARROWED: given})
        except DomainError as refused:
            problem = str(refused.message)
        else:
            return saved(request, _("The field is saved."), f"{URL}/{object_name}/{field_id}")
    context = {
        "object_strip": object_strip(request.actor, spec, "fields"),
        "title": _("Which values go together: “%(name)s”") % {"name": entry.label},
        "url": f"{URL}/{object_name}/{field_id}",
        "others": [
            {"value": name, "label": str(other.label), "chosen": name == by}
            for name, other in spec.all_fields.items()
            if isinstance(other.kind, Choice) and name != row.name and not other.is_sealed
        ],
        "by": by,
        "matrix": _matrix(entry, spec.all_fields.get(by), narrowed if narrowed.get("by") == by else {}),
        "options": [
            {"code": option.code, "label": str(option.label)} for option in entry.kind.options if option.active
        ],
        "problem": problem,
    }
    return settings_answer(request, "fields", "settings/field_choices.html", context, status=422 if problem else 200)


def _matrix(entry: Field, by: Field | None, narrowed: dict[str, Any]) -> list[dict[str, Any]]:
    if by is None or not isinstance(by.kind, Choice):
        return []
    values = narrowed.get("values") or {}
    kind: Any = entry.kind
    every = [option.code for option in kind.options]
    return [
        {"code": option.code, "label": str(option.label), "allowed": values.get(option.code, every)}
        for option in by.kind.options
        if option.active
    ]


def _sent_matrix(request: SignedInRequest, entry: Field, by: Field | None) -> dict[str, list[str]]:
    """Return what goes with each value of the other choice; where all does, values added later do so too."""
    if by is None or not isinstance(by.kind, Choice):
        return {}
    kind: Any = entry.kind
    every = {option.code for option in kind.options if option.active}
    ticked = {
        option.code: request.POST.getlist(f"allowed:{option.code}") for option in by.kind.options if option.active
    }
    return {code: allowed for code, allowed in ticked.items() if not every <= set(allowed)}


@signed_in("GET", "POST")
def converting_progress(request: SignedInRequest, object_name: str, field_id: uuid.UUID) -> HttpResponse:
    """Say how far the conversion of a field is, and let one that has failed go on."""
    require_page(request.actor, "fields")
    row = _row(object_name, field_id)
    if request.method == "POST":
        resume(request.actor, row)
        return saved(request, _("The conversion goes on."), f"{URL}/{object_name}/{field_id}/converting")
    run = latest_run(CONVERT, subject=str(row.pk))
    context = {"title": label_of(row), "run": run, "url": f"{URL}/{object_name}"}
    return settings_answer(request, "fields", "settings/field_converting.html", context)


def _row(object_name: str, field_id: uuid.UUID) -> CustomField:
    row = find_custom_field(field_id)
    if row.object_name != object_name:
        raise Missing("not_found", _("This field does not exist."))
    return row


def links_of(spec: ObjectSpec, row: CustomField) -> list[dict[str, str]]:
    """Return the further pages of a field that exists."""
    url = f"{URL}/{row.object_name}/{row.pk}"
    found = []
    entry = spec.all_fields.get(row.name)
    if entry is not None and isinstance(entry.kind, (Choice, MultipleChoice)) and entry.kind.list_name:
        found.append({"label": _("Values"), "url": f"/settings/lists/{entry.kind.list_name}", "icon": "list"})
    if row.kind in {"choice", "multiple_choice"} and row.name in spec.all_fields:
        found.append({"label": _("Which values go together"), "url": f"{url}/choices", "icon": "list-check"})
    if row.kind in CONVERTIBLE and not row.computed:
        found.append({"label": _("Another kind"), "url": f"{url}/convert", "icon": "refresh"})
    found.append({"label": _("Remove"), "url": f"{url}/remove", "icon": "trash"})
    return found
