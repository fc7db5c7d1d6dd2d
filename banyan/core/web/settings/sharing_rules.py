"""Sharing by rules: records that fit a condition are shared by themselves."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.models import SharingRule
from banyan.core.access.sharing import delete_rule, find_rule, grantees_of, names_of, save_rule
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import condition_editor, condition_in_words, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.sharing import ShareForm, grantee_label, is_shareable, terms_in_words, written
from banyan.core.web.views.base import signed_in

URL = "/settings/sharing"


class RuleForm(ShareForm):
    """A rule's name, with whom it shares, how far and until when."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)
    field_order = ("name", "grantees", "access", "ends_on", "is_active")


@signed_in("GET")
def rules(request: SignedInRequest) -> HttpResponse:
    """List the rules in words."""
    require_page(request.actor, "sharing")
    specs = specs_on(request.actor.organization)
    found = list(SharingRule.objects.all())
    names = names_of(grantee for rule in found for grantee in grantees_of(rule))
    rows = [_row(request, rule, specs[rule.object_name], names) for rule in found if rule.object_name in specs]
    context = {
        "rules": rows,
        "objects": [
            {"label": str(spec.label_plural), "url": f"{URL}/new/{spec.name}"}
            for spec in specs.values()
            if is_shareable(spec)
        ],
    }
    return settings_answer(request, "sharing", "settings/sharing_rules.html", context)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Create a rule for the records of one object."""
    return _edit(request, object_name, None)


@signed_in("GET", "POST")
def edit_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change a rule."""
    require_page(request.actor, "sharing")
    rule = find_rule(rule_id)
    return _edit(request, rule.object_name, rule)


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule."""
    require_page(request.actor, "sharing")
    delete_rule(request.actor, rule_id)
    return saved(request, _("The rule is deleted."), URL)


def _edit(request: SignedInRequest, object_name: str, rule: SharingRule | None) -> HttpResponse:
    require_page(request.actor, "sharing")
    spec = specs_on(request.actor.organization).get(object_name)
    if spec is None or not is_shareable(spec):
        raise Missing("not_found", _("There is no such object."))
    form = RuleForm(request.POST or None, initial=_initial(rule) if rule else {})
    tree = rule.condition if rule else {}
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, spec, rule, form)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}, URL)
    if request.method == "POST":
        tree = sent_tree(request.POST)
    context = {
        "title": rule.name if rule else _("New rule: share %(objects)s") % {"objects": spec.noun_plural},
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "builder": condition_editor(request.actor, spec, tree, url=request.get_full_path(), submit_label=_("Save")),
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(settings_answer(request, "sharing", "settings/sharing_rule.html", context, status=status))


def _save(request: SignedInRequest, spec: ObjectSpec, rule: SharingRule | None, form: RuleForm) -> None:
    save_rule(
        request.actor,
        rule,
        grantees=form.chosen(),
        terms=form.terms(),
        name=form.cleaned_data["name"],
        object_name=spec.name,
        condition=read_condition(request.actor, spec, request.POST),
        is_active=form.cleaned_data["is_active"],
    )


def _initial(rule: SharingRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "grantees": [written(grantee) for grantee in grantees_of(rule)],
        "access": rule.access,
        "ends_on": rule.ends_on,
        "is_active": rule.is_active,
    }


def _row(request: SignedInRequest, rule: SharingRule, spec: ObjectSpec, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    condition = condition_in_words(request.actor, spec, rule.condition)
    return {
        "id": rule.pk,
        "name": rule.name,
        "is_active": rule.is_active,
        "records": _("%(objects)s where %(condition)s") % {"objects": spec.label_plural, "condition": condition}
        if rule.condition
        else _("All %(objects)s") % {"objects": spec.noun_plural},
        "with": [
            grantee_label(grantee.kind, names[grantee.id]) for grantee in grantees_of(rule) if grantee.id in names
        ],
        "terms": terms_in_words(rule.access, rule.ends_on),
    }
