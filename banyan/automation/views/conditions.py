"""Changing conditions: of the record and its parents, of child records, and of who did it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation.conditions import ANY, AT_LEAST, CHANNELS, MODES, children_of
from banyan.automation.views.editor import MAIN
from banyan.automation.views.frame import Editing, condition_builder, dialog
from banyan.automation.views.steps import draft_of, filter_dialog, find_step, keep
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.listing.filters import parse_tree, to_q, tree_to_json
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, errors_of, fields_of, names_of_people
from banyan.core.web.settings.pages import settings_form
from banyan.core.web.views.base import signed_in


def condition_at(editing: Editing, draft: dict[str, Any], place: str) -> tuple[dict[str, Any], ObjectSpec]:
    """Return the condition of a place, which may be changed, and its object: the rule's own, or that of a branch."""
    if place == MAIN:
        if not isinstance(draft.get("condition"), dict):
            draft["condition"] = {}
        return draft["condition"], editing.spec
    step_id, _dash, branch_id = place.partition("-")
    step, spec = find_step(editing, draft, step_id)
    branch = next((branch for branch in step.get("branches") or () if branch["id"] == branch_id), None)
    if branch is None:
        raise Missing("not_found", _("There is no such branch any more. Load the page again."))
    if not isinstance(branch.get("condition"), dict):
        branch["condition"] = {}
    return branch["condition"], spec


@signed_in("GET", "POST")
def record(request: SignedInRequest, rule_id: uuid.UUID, place: str) -> HttpResponse:
    """Change what has to hold of the record and of the records that it points to."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    condition, spec = condition_at(editing, draft, place)

    def put(tree: dict[str, Any]) -> None:
        condition["record"] = tree

    url = f"{editing.url}/conditions/{place}/record"
    title = _("Only if the record fits")
    return filter_dialog(editing, spec, condition.get("record"), url=url, put=put, draft=draft, title=title)


class ChildrenForm(forms.Form):
    """Which children, and how many of them."""

    list = forms.ChoiceField(label=gettext_lazy("Records that belong to it"))
    mode = forms.ChoiceField(label=gettext_lazy("How many fit"), choices=tuple(MODES.items()))
    count = forms.IntegerField(label=gettext_lazy("So many"), min_value=1, max_value=100_000, required=False, initial=1)

    def __init__(self, *args: Any, editing: Editing, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["list"]
        entry.choices = [(f"{other.name}.{link}", label) for other, link, label in children_of(editing.setting, spec)]


@signed_in("GET", "POST")
def children(request: SignedInRequest, rule_id: uuid.UUID, place: str, number: int) -> HttpResponse:
    """Change a condition on child records: first which, then the filter they have to fit."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    condition, spec = condition_at(editing, draft, place)
    parts = list(condition.get("children") or [])
    part = dict(parts[number]) if number < len(parts) else {}
    url = f"{editing.url}/conditions/{place}/children/{number}"
    if request.method == "POST" and "remove" in request.POST and number < len(parts):
        condition["children"] = [*parts[:number], *parts[number + 1 :]]
        return keep(editing, draft, _("The condition is taken away."))
    chosen = request.POST.get("list") or request.GET.get("list") or f"{part.get('object')}.{part.get('link')}"
    known = {f"{other.name}.{link}": other for other, link, _label in children_of(editing.setting, spec)}
    target = known.get(chosen, next(iter(known.values()), None))
    if target is None:
        raise Missing("not_found", _("Nothing belongs to records of this kind."))
    initial = {"list": chosen, "mode": part.get("mode") or ANY, "count": part.get("count") or 1}
    form = ChildrenForm(request.POST or None, initial=initial, editing=editing, spec=spec)
    tree, problems = part.get("filter"), []
    if request.method == "POST":
        tree = sent_tree(request.POST)
        if "choose" in request.POST:
            form = ChildrenForm(initial={**initial, "mode": request.POST.get("mode")}, editing=editing, spec=spec)
            tree = {}
        elif form.is_valid():
            try:
                node = parse_tree(tree)
                to_q(node, target, editing.setting.system)
            except DomainError as problem:
                problems = [str(problem.message)]
            else:
                return _keep_children(editing, draft, condition, number, form, tree_to_json(node))
    shown = {
        "title": _("Only if records that belong to it fit"),
        "builder": condition_builder(editing, target, tree, url=url),
        "fields": fields_of(form),
        "errors": [*errors_of(form), *({"field": "", "label": "", "message": text} for text in problems)],
        "choose_url": url,
        "remove_url": url if number < len(parts) else "",
        "hint": _("Conditions on %(objects)s; without one, all count.") % {"objects": target.label_plural},
        "crumbs": editing.crumbs,
    }
    wrong = bool(problems) or (form.is_bound and bool(form.errors))
    return dialog(request, "filter_form.html", shown, status=422 if wrong else 200)


def _keep_children(
    editing: Editing,
    draft: dict[str, Any],
    condition: dict[str, Any],
    number: int,
    form: ChildrenForm,
    tree: dict[str, Any],
) -> HttpResponse:
    sent = form.cleaned_data
    name, _dot, link = sent["list"].partition(".")
    part = {"object": name, "link": link, "mode": sent["mode"], "filter": tree}
    if sent["mode"] == AT_LEAST:
        part["count"] = sent["count"] or 1
    parts = list(condition.get("children") or [])
    condition["children"] = [*parts[:number], part, *parts[number + 1 :]]
    return keep(editing, draft)


class WhoForm(forms.Form):
    """Who did it, or through which door."""

    people = PickField(
        label=gettext_lazy("People"), pick_url="/pick/user", names=names_of_people, multiple=True, required=False
    )
    roles = forms.MultipleChoiceField(label=gettext_lazy("Roles"), required=False)
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Through which door"),
        choices=[(str(name), label) for name, label in CHANNELS.items()],
        required=False,
    )
    others = forms.ChoiceField(
        label=gettext_lazy("How it counts"), required=False,
        choices=[("", gettext_lazy("One of these did it")), ("1", gettext_lazy("None of these did it"))],
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        roles: Any = self.fields["roles"]
        roles.choices = [(str(pk), name) for pk, name in Role.objects.values_list("pk", "name")]


@signed_in("GET", "POST")
def who(request: SignedInRequest, rule_id: uuid.UUID, place: str) -> HttpResponse:
    """Change who has to have done it."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    condition, _spec = condition_at(editing, draft, place)
    given = condition.get("who") or {}
    form = WhoForm(request.POST or None, initial={**given, "others": "1" if given.get("others") else ""})
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        found = {name: sent[name] for name in ("people", "roles", "channels") if sent[name]}
        if found and sent["others"]:
            found["others"] = True
        condition["who"] = found
        return keep(editing, draft)
    return settings_form(
        request,
        "automation",
        form,
        title=_("Only if somebody did it"),
        text=_("Leave all empty to ask for nobody in particular."),
    )


class BranchForm(forms.Form):
    """What a branch is called."""

    name = forms.CharField(label=gettext_lazy("Name of the branch"), max_length=60)


@signed_in("GET", "POST")
def branch(request: SignedInRequest, rule_id: uuid.UUID, step_id: str, branch_id: str) -> HttpResponse:
    """Name a branch; ``new`` adds one."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    step, _spec = find_step(editing, draft, step_id)
    branches = step.setdefault("branches", [])
    if branch_id == "new":
        if request.method == "POST":
            branches.append({"id": secrets.token_hex(3), "name": "", "condition": {}, "steps": []})
            return keep(editing, draft)
        raise Missing("not_found", _("There is no such page."))
    found = next((entry for entry in branches if entry["id"] == branch_id), None)
    if found is None:
        raise Missing("not_found", _("There is no such branch any more. Load the page again."))
    form = BranchForm(request.POST or None, initial={"name": found.get("name")})
    if request.method == "POST" and form.is_valid():
        found["name"] = form.cleaned_data["name"]
        return keep(editing, draft)
    return settings_form(request, "automation", form, title=_("Name of the branch"))


@signed_in("POST")
def delete_branch(request: SignedInRequest, rule_id: uuid.UUID, step_id: str, branch_id: str) -> HttpResponse:
    """Take a branch away, with its steps."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    step, _spec = find_step(editing, draft, step_id)
    step["branches"] = [entry for entry in step.get("branches") or [] if entry["id"] != branch_id]
    return keep(editing, draft, _("The branch is taken away."))
