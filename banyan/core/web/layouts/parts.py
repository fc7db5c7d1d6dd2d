"""Dialogs and pages of the editor: how a field, section, tab, block or list is, and on which condition."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.layouts import steps
from banyan.core.layouts.checking import groupings_of, measures_of
from banyan.core.layouts.conditions import checked_tree
from banyan.core.layouts.content import CHART, CHILD, SIDE, Block, Plan
from banyan.core.layouts.models import Layout
from banyan.core.layouts.services import take_step, working_plan
from banyan.core.listing.filters import tree_to_json
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, part, visit, wants_dialog
from banyan.core.web.condition_forms import condition_editor, sent_tree
from banyan.core.web.layouts.blocks import figure_title, with_all_blocks
from banyan.core.web.layouts.choosing import question
from banyan.core.web.layouts.naming import PLACE_NAMES, block_name
from banyan.core.web.layouts.overview import PAGE, URL, layout_named
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import undone_if_wrong
from banyan.core.web.record_children import children_of
from banyan.core.web.settings.pages import settings_answer, settings_form
from banyan.core.web.views.base import signed_in

SHOW_FIELD, NEED_FIELD, SHOW_PART = "field", "need", "section"


class FieldForm(forms.Form):
    """How a field behaves in its place."""

    wide = forms.BooleanField(label=gettext_lazy("Over the whole width"), required=False)
    required = forms.BooleanField(
        label=gettext_lazy("Must be filled in"),
        required=False,
        help_text=gettext_lazy(
            "Wherever a record is created or this field is changed: in forms, imports and through the interface."
        ),
    )
    read_only = forms.BooleanField(
        label=gettext_lazy("Only shown here"),
        required=False,
        help_text=gettext_lazy("A convenience of this layout. To protect a field, restrict it for roles."),
    )


class LabelForm(forms.Form):
    """What a tab is called."""

    label_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=60, required=False)
    label_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=60, required=False)

    def labels(self) -> dict[str, str]:
        """Return the labels that are given, by language."""
        given = {"zh": self.cleaned_data["label_zh"].strip(), "en": self.cleaned_data["label_en"].strip()}
        return {language: text for language, text in given.items() if text}


class SectionForm(LabelForm):
    """A section's heading and arrangement."""

    columns = forms.ChoiceField(
        label=gettext_lazy("Number of columns"),
        choices=[("1", gettext_lazy("One")), ("2", gettext_lazy("Two"))],
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )
    folded = forms.BooleanField(
        label=gettext_lazy("Folded at first"),
        required=False,
        help_text=gettext_lazy("In dialogs and on the record's page. A section without a name cannot be folded."),
    )


class BlockForm(forms.Form):
    """Where a block stands, and which columns a list of children shows."""

    place = forms.ChoiceField(
        label=gettext_lazy("Place on the page"),
        choices=lambda: list(PLACE_NAMES.items()),
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}),
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Fields beside the name"),
        required=False,
        help_text=gettext_lazy(
            "Nothing chosen: the usual ones. The first amount stands at the end, the first choice as a mark."
        ),
        widget=forms.CheckboxSelectMultiple(attrs={"wide": True}),
    )


class FigureForm(forms.Form):
    """A figure about a list of children: what is figured out and by what it is divided."""

    measure = forms.ChoiceField(label=gettext_lazy("What"))
    by = forms.ChoiceField(
        label=gettext_lazy("Divided by"),
        required=False,
        help_text=gettext_lazy("Undivided it is one number, otherwise a chart."),
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Place on the page"),
        choices=lambda: list(PLACE_NAMES.items()),
        initial=SIDE,
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}),
    )


@signed_in("GET", "POST")
def field(request: SignedInRequest, object_name: str, layout_id: uuid.UUID, name: str) -> HttpResponse:
    """Change how a field behaves in its place."""
    spec, row = layout_named(request, object_name, layout_id)
    place = steps.place_of(working_plan(row, spec), name)
    if place is None:
        raise Missing("not_found", _("This field is not in the layout any more."))
    entry = spec.all_fields[name]
    initial = {"wide": place.wide, "required": place.required, "read_only": place.read_only}
    form = FieldForm(request.POST if request.method == "POST" else None, initial=initial)
    if entry.required or entry.read_only:
        del form.fields["required"]
    if entry.read_only:
        del form.fields["read_only"]
    if request.method == "POST" and form.is_valid():
        given = {key: form.cleaned_data[key] for key in form.fields}
        if given.get("required") and given.get("read_only"):
            form.add_error("read_only", _("What must be filled in cannot be only shown."))
        else:
            return _taken(request, row, lambda plan: steps.change_place(plan, name, **given))
    return settings_form(request, PAGE, form, title=str(entry.label), submit_label=_("Apply"))


@signed_in("GET", "POST")
def section(request: SignedInRequest, object_name: str, layout_id: uuid.UUID, key: str) -> HttpResponse:
    """Change a section's heading and arrangement."""
    spec, row = layout_named(request, object_name, layout_id)
    found = steps.find_part(working_plan(row, spec), key)
    if found is None:
        raise Missing("not_found", _("This section is not in the layout any more."))
    initial = {**_labels(found.labels), "columns": str(found.columns), "folded": found.folded}
    form = SectionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {
            "labels": form.labels(),
            "columns": int(form.cleaned_data["columns"]),
            "folded": form.cleaned_data["folded"] and bool(form.labels()),
        }
        return _taken(request, row, lambda plan: steps.change_part(plan, key, **given))
    return settings_form(request, PAGE, form, title=found.title or _("Section"), submit_label=_("Apply"))


@signed_in("GET", "POST")
def tab(request: SignedInRequest, object_name: str, layout_id: uuid.UUID, key: str) -> HttpResponse:
    """Name a tab."""
    spec, row = layout_named(request, object_name, layout_id)
    found = steps.find_tab(working_plan(row, spec), key)
    if found is None:
        raise Missing("not_found", _("This tab is not in the layout any more."))
    form = LabelForm(request.POST if request.method == "POST" else None, initial=_labels(found.labels))
    if request.method == "POST" and form.is_valid():
        labels = form.labels()
        return _taken(request, row, lambda plan: steps.name_tab(plan, key, labels))
    return settings_form(request, PAGE, form, title=found.title or _("Tab"), submit_label=_("Apply"))


@signed_in("GET", "POST")
def block(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Change where a block stands and what a list of children shows."""
    spec, row = layout_named(request, object_name, layout_id)
    children = children_of(request.actor, spec)
    key = request.GET.get("key", "")
    found = steps.find_block(with_all_blocks(request.actor, spec, children, working_plan(row, spec)), key)
    if found is None:
        raise Missing("not_found", _("This block is not in the layout any more."))
    form = BlockForm(
        request.POST if request.method == "POST" else None,
        initial={"place": found.place, "columns": list(found.columns)},
    )
    target = specs_on(request.actor.organization).get(found.object)
    if found.kind == CHILD and target is not None:
        form.fields["columns"].choices = _columns(target, found.columns)  # type: ignore[attr-defined]
    else:
        del form.fields["columns"]
    if request.method == "POST" and form.is_valid():
        place, columns = form.cleaned_data["place"], tuple(form.cleaned_data.get("columns") or ())

        def change(plan: Plan) -> Plan:
            plan = with_all_blocks(request.actor, spec, children, plan)
            changed = steps.change_block(plan, key, replace(found, columns=columns))
            return changed if place == found.place else steps.put_block(changed, key, place)

        return _taken(request, row, change)
    title = block_name(request.actor, spec, found, children)
    return settings_form(request, PAGE, form, title=title, submit_label=_("Apply"))


@signed_in("GET", "POST")
def figure(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Add a figure about a list of children: first of which, then what."""
    spec, row = layout_named(request, object_name, layout_id)
    pages = specs_on(request.actor.organization)
    children = children_of(request.actor, spec)
    lists = {f"{child.object_name}:{child.link}": child for child in children}
    chosen = lists.get(request.GET.get("of", ""))
    if chosen is None:
        return question(
            request,
            _("New figure"),
            _("Of which list?"),
            [
                {
                    "label": str(child.label or pages[child.object_name].label_plural),
                    "icon": pages[child.object_name].icon,
                    "url": f"{request.path}?of={key}",
                }
                for key, child in lists.items()
            ],
        )
    target = pages[chosen.object_name]
    form = FigureForm(request.POST if request.method == "POST" else None, initial={"measure": "count", "place": SIDE})
    form.fields["measure"].choices = list(measures_of(target).items())  # type: ignore[attr-defined]
    form.fields["by"].choices = list(groupings_of(target).items())  # type: ignore[attr-defined]
    form.fields["by"].widget.attrs["empty_label"] = groupings_of(target)[""]
    if request.method == "POST" and form.is_valid():
        made = Block(
            CHART, form.cleaned_data["place"], object=target.name, link=chosen.link,
            measure=form.cleaned_data["measure"], by=form.cleaned_data["by"],
        )  # fmt: skip
        return _taken(
            request,
            row,
            lambda plan: steps.add_block(with_all_blocks(request.actor, spec, children, plan), made, 0),
            text=_("“%(figure)s” is added.") % {"figure": figure_title(target, made)},
        )
    return settings_form(
        request,
        PAGE,
        form,
        title=_("New figure: %(list)s") % {"list": chosen.label or target.label_plural},
        submit_label=_("Add"),
    )


@signed_in("GET", "POST")
def columns(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Choose the columns of lists, in order."""
    spec, row = layout_named(request, object_name, layout_id)
    chosen = working_plan(row, spec).columns
    if request.method == "POST":
        names = [name for name in request.POST.getlist("columns") if name in spec.all_fields]
        return _taken(request, row, lambda plan: steps.set_columns(plan, names))
    shown = {
        "title": _("Columns of lists"),
        "action": request.get_full_path(),
        "columns": [{"name": name, "label": label, "shown": name in chosen} for name, label in _columns(spec, chosen)],
    }
    if wants_dialog(request):
        return part(request, "settings/layouts/columns_dialog.html", {"form": shown})
    return settings_answer(request, PAGE, "settings/layouts/columns.html", {"form": shown})


@signed_in("GET", "POST")
def condition(request: SignedInRequest, object_name: str, layout_id: uuid.UUID, of: str, key: str) -> HttpResponse:
    """Choose when a field or section shows, or when a field must be filled in."""
    spec, row = layout_named(request, object_name, layout_id)
    plan = working_plan(row, spec)
    place, found = steps.place_of(plan, key), steps.find_part(plan, key)
    if (of == SHOW_PART and found is None) or (of in {SHOW_FIELD, NEED_FIELD} and place is None) or of not in TITLES:
        raise Missing("not_found", _("This is not in the layout any more."))
    tree: Any = (
        found.show
        if found and of == SHOW_PART
        else (place.require if of == NEED_FIELD else place.show)
        if place
        else {}
    )
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        tree = sent_tree(request.POST)
        try:
            return _keep_condition(request, spec, row, of, key)
        except DomainError as problem:
            errors = problem.errors if isinstance(problem, Invalid) else [FieldError("", problem.code, problem.message)]
            problems = [{"field": "", "label": "", "message": str(error.message)} for error in errors]
    name = str(spec.all_fields[key].label) if of != SHOW_PART else (found.title if found else "") or _("Section")
    context = {
        "title": str(TITLES[of]) % {"name": name},
        "errors": problems,
        "editor_url": f"{URL}/{object_name}/{layout_id}",
        "builder": condition_editor(request.actor, spec, tree, url=request.get_full_path(), submit_label=_("Apply")),
    }
    status = 422 if problems else 200
    return undone_if_wrong(settings_answer(request, PAGE, "settings/layouts/condition.html", context, status=status))


TITLES: dict[str, Any] = {
    SHOW_FIELD: gettext_lazy("When “%(name)s” shows"),
    NEED_FIELD: gettext_lazy("When “%(name)s” must be filled in"),
    SHOW_PART: gettext_lazy("When “%(name)s” shows"),
}


def _keep_condition(request: SignedInRequest, spec: ObjectSpec, row: Layout, of: str, key: str) -> HttpResponse:
    tree = tree_to_json(checked_tree(sent_tree(request.POST), spec, request.actor))

    def change(plan: Plan) -> Plan:
        if of == SHOW_PART:
            return steps.change_part(plan, key, show=tree)
        return steps.change_place(plan, key, **({"require": tree} if of == NEED_FIELD else {"show": tree}))

    take_step(request.actor, row, change)
    return visit(request, f"{URL}/{spec.name}/{row.pk}")


def _taken(request: SignedInRequest, row: Layout, change: Any, *, text: str = "") -> HttpResponse:
    """Take a step and let the editor, which stands behind the dialog, load itself again."""
    take_step(request.actor, row, change)
    url = f"{URL}/{row.object_name}/{row.pk}"
    return done(request, text or _("The draft is changed."), next_url=url, close_dialog=True, layout_stepped=True)


def _columns(spec: ObjectSpec, chosen: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the fields that can be columns, the chosen ones first in their order."""
    names = [*chosen, *(name for name in spec.all_fields if name not in chosen and name != "version")]
    return [(name, str(spec.all_fields[name].label)) for name in names if name in spec.all_fields]


def _labels(labels: Any) -> dict[str, str]:
    return {"label_zh": labels.get("zh", ""), "label_en": labels.get("en", "")}
