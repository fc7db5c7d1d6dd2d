"""Objects of one's own: made, named, shaped, switched off and on."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import DomainError
from banyan.core.objects.custom_objects import (
    ObjectDraft,
    change_custom_object,
    create_custom_object,
    delete_custom_object,
    find_custom_object,
    order_custom_objects,
    possible_mains,
)
from banyan.core.objects.custom_specs import model_of
from banyan.core.objects.kinds import Choice, Date, DateTime
from banyan.core.objects.models import CustomObject
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.object_pages import object_strip
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import given_ids, signed_in

NAME = "objects"
URL = "/settings/objects"
TEXTS = ("labels", "labels_plural", "title_labels", "descriptions")
SWITCHES = ("in_menu", "is_active", "follows_main", "main_required")
SHAPES = ("columns", "board_field", "board_total", "board_card", "calendar_start", "calendar_end")
COUNT_SHOWN = 10_000
ICONS = {
    "package": gettext_lazy("Package"),
    "briefcase": gettext_lazy("Briefcase"),
    "building": gettext_lazy("Building"),
    "building-factory-2": gettext_lazy("Factory"),
    "building-store": gettext_lazy("Shop"),
    "tool": gettext_lazy("Tool"),
    "truck": gettext_lazy("Lorry"),
    "device-desktop": gettext_lazy("Computer"),
    "device-mobile": gettext_lazy("Mobile phone"),
    "clipboard-list": gettext_lazy("Checklist"),
    "calendar-event": gettext_lazy("Event"),
    "file-text": gettext_lazy("Document"),
    "folder": gettext_lazy("Folder"),
    "certificate": gettext_lazy("Certificate"),
    "key": gettext_lazy("Key"),
    "home": gettext_lazy("House"),
    "map-pin": gettext_lazy("Place"),
    "users-group": gettext_lazy("Group of people"),
    "cash": gettext_lazy("Banknotes"),
    "receipt": gettext_lazy("Receipt"),
    "bolt": gettext_lazy("Energy"),
    "star": gettext_lazy("Star"),
    "flag": gettext_lazy("Flag"),
    "bookmark": gettext_lazy("Bookmark"),
    "target": gettext_lazy("Bullseye"),
    "ticket": gettext_lazy("Ticket"),
    "world": gettext_lazy("World"),
    "wand": gettext_lazy("Wand"),
}


def usual_plural(name: str) -> str:
    """Return what several things are usually called in English, such as “batteries” or “boxes”."""
    if not name or not name.isascii() or not name[-1].isalpha():
        return name
    small = name.lower()
    if small.endswith("y") and small[-2:-1] not in {"a", "e", "i", "o", "u", ""}:
        return f"{name[:-1]}ies"
    return f"{name}es" if small.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


class ObjectForm(forms.Form):
    """What an object is called and looks like."""

    label_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80, required=False)
    label_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    plural_zh = forms.CharField(
        label=gettext_lazy("Several of them, in Chinese"), max_length=80, required=False,
        help_text=gettext_lazy("Left empty: as the name."),
    )  # fmt: skip
    plural_en = forms.CharField(
        label=gettext_lazy("Several of them, in English"), max_length=80, required=False,
        help_text=gettext_lazy("Left empty: made from the name, such as Machines."),
    )  # fmt: skip
    icon = forms.ChoiceField(
        label=gettext_lazy("Icon"),
        choices=list(ICONS.items()),
        initial="package",
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True, "icons": True}),
    )
    title_zh = forms.CharField(
        label=gettext_lazy("What its name is called, in Chinese"), max_length=80, required=False,
        help_text=gettext_lazy("Such as “Project name”. Left empty, it is “Name”."),
    )  # fmt: skip
    title_en = forms.CharField(label=gettext_lazy("What its name is called, in English"), max_length=80, required=False)
    number_pattern = forms.CharField(
        label=gettext_lazy("Numbers"), max_length=40, required=False,
        help_text=gettext_lazy("Such as PRJ-{year}-{number:05d}. With {year}, counting begins anew each year."),
    )  # fmt: skip
    description_zh = forms.CharField(label=gettext_lazy("Explanation in Chinese"), max_length=80, required=False)
    description_en = forms.CharField(label=gettext_lazy("Explanation in English"), max_length=80, required=False)
    in_menu = forms.BooleanField(label=gettext_lazy("In the menu"), required=False, initial=True)
    main_required = forms.BooleanField(
        label=gettext_lazy("Each must belong to a record"), required=False,
        help_text=gettext_lazy("Deleted together with it, and brought back together with it."),
    )  # fmt: skip
    follows_main = forms.BooleanField(
        label=gettext_lazy("Whoever sees that record sees this one"), required=False,
        help_text=gettext_lazy("Otherwise the owner of each record and the roles decide."),
    )  # fmt: skip

    def texts(self) -> dict[str, Any]:
        """Return the words by what they are for and by language."""
        given = {**self.cleaned_data}
        given["plural_en"] = given["plural_en"] or usual_plural(given["label_en"])
        given["plural_zh"] = given["plural_zh"] or given["label_zh"]
        prefixes = dict(zip(TEXTS, ("label", "plural", "title", "description"), strict=True))
        return {name: {"zh": given[f"{prefix}_zh"], "en": given[f"{prefix}_en"]} for name, prefix in prefixes.items()}


class NewObjectForm(ObjectForm):
    """An object to be made; what records belong to cannot be changed later."""

    main_object = forms.ChoiceField(
        label=gettext_lazy("Belongs to"), required=False,
        help_text=gettext_lazy("Such as customers: then each record stands beside its customer. This stays."),
    )  # fmt: skip


class ShapeForm(ObjectForm):
    """An object that exists, with what its list, board and calendar show."""

    is_active = forms.BooleanField(
        label=gettext_lazy("In use"), required=False,
        help_text=gettext_lazy("An object that is not in use disappears everywhere. Its records are kept."),
    )  # fmt: skip
    columns = forms.MultipleChoiceField(label=gettext_lazy("Columns of the list"), required=False)
    board_field = forms.ChoiceField(label=gettext_lazy("Board by"), required=False)
    board_total = forms.ChoiceField(label=gettext_lazy("Board adds up"), required=False)
    board_card = forms.MultipleChoiceField(label=gettext_lazy("Cards show"), required=False)
    calendar_start = forms.ChoiceField(label=gettext_lazy("Calendar by"), required=False)
    calendar_end = forms.ChoiceField(label=gettext_lazy("until"), required=False)

    def offer(self, spec: ObjectSpec | None) -> None:
        """Offer the object's fields where they fit; an object that is not in use has none to offer."""
        entries = list(spec.custom_fields) if spec is not None else []
        every = [("number", _("Number")), ("owner", _("Owner")), ("updated_at", _("Changed"))]
        fitting = {
            "columns": [*((entry.name, str(entry.label)) for entry in entries), *every],
            "board_field": [(entry.name, str(entry.label)) for entry in entries if isinstance(entry.kind, Choice)],
            "board_total": [(entry.name, str(entry.label)) for entry in entries if entry.kind.totals],
            "board_card": [(entry.name, str(entry.label)) for entry in entries],
            "calendar_start": [(e.name, str(e.label)) for e in entries if isinstance(e.kind, (Date, DateTime))],
            "calendar_end": [(e.name, str(e.label)) for e in entries if isinstance(e.kind, (Date, DateTime))],
        }
        for name, choices in fitting.items():
            field: Any = self.fields[name]
            field.choices = choices if isinstance(field, forms.MultipleChoiceField) else [("", _("None")), *choices]
            if not choices:
                del self.fields[name]


def address_of(spec: ObjectSpec) -> str:
    """Return where an object of one's own is named and shaped; an empty text for a built-in one."""
    pk = CustomObject.objects.filter(name=spec.name).values_list("pk", flat=True).first() if spec.is_custom else None
    return f"{URL}/{pk}" if pk is not None else ""


@signed_in("GET")
def objects(request: SignedInRequest) -> HttpResponse:
    """List the organization's own objects in the order of the menu."""
    require_page(request.actor, NAME)
    specs = specs_for(request.actor.organization)
    rows = [
        {
            "id": row.pk,
            "url": f"{URL}/{row.pk}",
            "fields_url": f"/settings/fields/{row.name}" if row.is_active else "",
            "label": str(Translated(row.labels_plural, row.name)),
            "icon": row.icon,
            "path": f"/{row.plural}",
            "is_active": row.is_active,
            "fields": len(specs[row.name].custom_fields) if row.name in specs else 0,
            "main": str(specs[row.main_object].label) if row.main_object in specs else "",
        }
        for row in CustomObject.objects.all()
    ]
    new = {"label": _("New object"), "url": f"{URL}/new", "icon": "plus", "primary": True}
    return settings_answer(request, NAME, "settings/objects.html", {"objects": rows, "actions": [new]})


@signed_in("GET", "POST")
def new_object(request: SignedInRequest) -> HttpResponse:
    """Make an object; its fields come next."""
    require_page(request.actor, NAME)
    form = NewObjectForm(request.POST or None)
    mains = [(spec.name, str(spec.label_plural)) for spec in possible_mains(request.actor)]
    form.fields["main_object"].choices = [("", _("Nothing: it stands by itself")), *mains]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        draft = ObjectDraft(
            **form.texts(), icon=given["icon"], number_pattern=given["number_pattern"], in_menu=given["in_menu"],
            main_object=given["main_object"], main_required=given["main_required"], follows_main=given["follows_main"],
        )  # fmt: skip
        try:
            row = create_custom_object(request.actor, draft)
        except DomainError as problem:
            _add(form, problem)
        else:
            return saved(request, _("The object is there. Add the fields it needs."), f"/settings/fields/{row.name}")
    sections = (
        ("", ("label_zh", "label_en", "plural_zh", "plural_en", "icon")),
        (_("Relation"), ("main_object", "main_required", "follows_main")),
        (_("More"), ("title_zh", "title_en", "number_pattern", "in_menu", "description_zh", "description_en")),
    )
    return settings_form(
        request, NAME, form, title=_("New object"), submit_label=_("Make object"), sections=sections, cancel_url=URL
    )


@signed_in("GET", "POST")
def edit_object(request: SignedInRequest, object_id: uuid.UUID) -> HttpResponse:
    """Change what an object is called and what its list, board and calendar show."""
    require_page(request.actor, NAME)
    row = find_custom_object(object_id)
    form = ShapeForm(request.POST or None, initial=_initial(row))
    form.offer(specs_for(request.actor.organization).get(row.name))
    if not row.main_object:
        del form.fields["main_required"], form.fields["follows_main"]
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, row, form)
        except DomainError as problem:
            _add(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": Translated(row.labels, row.name)}, URL)
    groups = (
        ("", ("label_zh", "label_en", "plural_zh", "plural_en", "icon", "in_menu", "is_active")),
        (_("Relation"), ("main_required", "follows_main")),
        (_("List, board and calendar"), SHAPES),
        (_("More"), ("title_zh", "title_en", "number_pattern", "description_zh", "description_en")),
    )
    sections = [(title, tuple(name for name in names if name in form.fields)) for title, names in groups]
    return settings_form(
        request, NAME, form, title=str(Translated(row.labels, row.name)), cancel_url=URL,
        sections=[(title, names) for title, names in sections if names], text=_usage(row),
        object_strip=object_strip(request.actor, specs_for(request.actor.organization).get(row.name), NAME),
    )  # fmt: skip


@signed_in("POST")
def remove_object(request: SignedInRequest, object_id: uuid.UUID) -> HttpResponse:
    """Delete an object that has no records."""
    require_page(request.actor, NAME)
    delete_custom_object(request.actor, object_id)
    return saved(request, _("The object is deleted."), URL)


@signed_in("POST")
def order_objects(request: SignedInRequest) -> HttpResponse:
    """Put the objects into the order sent."""
    require_page(request.actor, NAME)
    order_custom_objects(request.actor, given_ids(request.POST.getlist("ids")))
    return saved(request, _("The order is saved."), URL)


def _change(request: SignedInRequest, row: CustomObject, form: ShapeForm) -> None:
    given = form.cleaned_data
    shape = {**row.shape, **{name: given[name] for name in SHAPES if name in form.fields}}
    if not shape.get("columns"):
        shape.pop("columns", None)
    change_custom_object(
        request.actor,
        row.pk,
        **form.texts(),
        icon=given["icon"],
        number_pattern=given["number_pattern"] or row.number_pattern,
        shape=shape,
        **{name: given[name] for name in SWITCHES if name in form.fields},
    )


def _initial(row: CustomObject) -> dict[str, Any]:
    texts = {
        f"{prefix}_{language}": getattr(row, name).get(language, "")
        for name, prefix in zip(TEXTS, ("label", "plural", "title", "description"), strict=True)
        for language in ("zh", "en")
    }
    switches = {name: getattr(row, name) for name in SWITCHES}
    return {**texts, **switches, **row.shape, "icon": row.icon, "number_pattern": row.number_pattern}


def _usage(row: CustomObject) -> str:
    """Return how many records there are and where programs find them."""
    count = len(model_of(row.name)._default_manager.values_list("pk", flat=True)[: COUNT_SHOWN + 1])  # noqa: SLF001 Django's own name
    shown = f"{COUNT_SHOWN:,}+" if count > COUNT_SHOWN else f"{count:,}"
    return _("%(count)s records. Programs find them under %(path)s.") % {
        "count": shown,
        "path": f"/api/v1/{row.plural}",
    }


def _add(form: forms.Form, problem: DomainError) -> None:
    """Show a refusal beside the field that people fill in."""
    for error in getattr(problem, "errors", ()):
        if error.field == "labels":
            form.add_error("label_zh", str(error.message))
            return
    add_problem(form, problem)
