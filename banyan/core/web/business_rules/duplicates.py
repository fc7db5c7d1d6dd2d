"""Settings > Duplicate rules: by which fields records are the same, and which ones are."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.business_rules.choices import DuplicateAction, MatchKind, Reach
from banyan.core.business_rules.definitions import find_rule, ruled_object, ruled_objects
from banyan.core.business_rules.duplicate_rules import (
    MOST_FIELDS,
    RuleValues,
    declare_distinct,
    groups_of,
    save_rule,
)
from banyan.core.business_rules.jobs import make_keys_in_background
from banyan.core.business_rules.likeness import can_match
from banyan.core.business_rules.models import DuplicateRule
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.duplicates import duplicate_rules
from banyan.core.web.business_rules.parts import (
    condition_part,
    deleted,
    groups_by_object,
    in_words,
    narrowed_rules,
    objects_to_choose,
    records_to_show,
    switched,
)
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.settings.object_pages import object_strip, wanted_object
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import given_ids, signed_in

PAGE, URL = "duplicate_rules", "/settings/duplicate-rules"
NAMES = ("name", "action", "reach", "is_active")


class RuleForm(forms.Form):
    """A rule without its condition: rows of a field and the way in which its values are compared."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    action = forms.ChoiceField(
        label=gettext_lazy("When there is one like it"), choices=DuplicateAction.choices,
        initial=DuplicateAction.WARN.value,
    )  # fmt: skip
    reach = forms.ChoiceField(
        label=gettext_lazy("Where it looks"), choices=Reach.choices, initial=Reach.ORGANIZATION.value,
        help_text=gettext_lazy("Of a record that the person may not see, only that there is one is said."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)
    matches = forms.CharField(required=False, label=gettext_lazy("Fields that must agree"))


@signed_in("GET")
def rules(request: SignedInRequest) -> HttpResponse:
    """List the rules in words, by object, and what is looked for anyway."""
    require_page(request.actor, PAGE)
    wanted = wanted_object(request)
    found = narrowed_rules(request, DuplicateRule.objects.all())
    specs = ruled_objects(request.actor)
    context = {
        "groups": groups_by_object(request.actor, found, lambda rule, spec: _row(request.actor, rule, spec)),
        "objects": objects_to_choose(ruled_objects(request.actor), URL, wanted),
        "object_strip": object_strip(request.actor, wanted, PAGE),
        "built_in": [
            {"label": str(spec.label_plural), "url": duplicate_rules[name].review_url}
            for name, spec in specs.items()
            if name in duplicate_rules and (wanted is None or wanted.name == spec.name)
        ],
    }
    return settings_answer(request, PAGE, "business_rules/duplicate_rules.html", context)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Create a rule for the records of one object."""
    require_page(request.actor, PAGE)
    return _edit(request, ruled_object(request.actor, object_name), None)


@signed_in("GET", "POST")
def edit_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change a rule."""
    require_page(request.actor, PAGE)
    rule = find_rule(DuplicateRule, rule_id)
    return _edit(request, ruled_object(request.actor, rule.object_name), rule)


@signed_in("POST")
def switch(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Put a rule into force, or out of it; while it was out, keys were not kept."""
    require_page(request.actor, PAGE)
    rule = find_rule(DuplicateRule, rule_id)
    answer = switched(request, rule, URL)
    if rule.is_active:
        make_keys_in_background(request.actor, rule)
    return answer


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule."""
    require_page(request.actor, PAGE)
    return deleted(request, find_rule(DuplicateRule, rule_id), URL)


@signed_in("GET")
def found(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Show the records that are the same by a rule, to merge them or to tell them apart."""
    require_page(request.actor, PAGE)
    rule = find_rule(DuplicateRule, rule_id)
    spec = ruled_object(request.actor, rule.object_name)
    context = {
        "title": rule.name,
        "rule_url": f"{URL}/{rule.pk}",
        "is_ready": rule.keys_made_at is not None,
        "fields": _fields_text(rule, spec),
        "groups": [
            {
                "records": records_to_show(request.actor, spec, group.ids),
                "merge_url": f"/{spec.plural}/merge?" + "&".join(f"ids={pk}" for pk in group.ids),
                "ids": group.ids,
            }
            for group in groups_of(request.actor, rule, spec)
        ],
    }
    return settings_answer(request, PAGE, "business_rules/duplicates_found.html", context)


@signed_in("POST")
def distinct(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Remember that the records of a group are different ones."""
    require_page(request.actor, PAGE)
    rule = find_rule(DuplicateRule, rule_id)
    spec = ruled_object(request.actor, rule.object_name)
    declare_distinct(request.actor, spec, given_ids(request.POST.getlist("ids")))
    return saved(request, _("Remembered."), f"{URL}/{rule.pk}/found")


def _edit(request: SignedInRequest, spec: ObjectSpec, rule: DuplicateRule | None) -> HttpResponse:
    initial = {name: getattr(rule, name) for name in NAMES} if rule else {}
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            values = _values(request, form)
            kept, is_large = save_rule(request.actor, rule, spec, values)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            if is_large:
                make_keys_in_background(request.actor, kept)
            return saved(request, _("“%(name)s” is saved.") % {"name": kept.name}, f"{URL}/{kept.pk}/found")
    was_sent = request.method == "POST"
    tree = sent_tree(request.POST, "condition") if was_sent else (rule.condition if rule else {})
    chosen = _sent_matches(request) if was_sent else [(m["field"], m["kind"]) for m in (rule.matches if rule else ())]
    context = {
        "title": rule.name if rule else _("New rule for %(objects)s") % {"objects": spec.noun_plural},
        "action": request.path,
        "fields": fields_of(form, NAMES),
        "errors": errors_of(form),
        "matches": _match_rows(spec, chosen),
        "condition": condition_part(request.actor, spec, tree, name="condition"),
        "found_url": f"{URL}/{rule.pk}/found" if rule else "",
    }
    status = 422 if form.errors else 200
    answer = settings_answer(request, PAGE, "business_rules/duplicate_rule.html", context, status=status)
    return undone_if_wrong(answer)


def _values(request: SignedInRequest, form: RuleForm) -> RuleValues:
    sent = form.cleaned_data
    return RuleValues(
        name=sent["name"],
        is_active=sent["is_active"],
        matches=tuple(_sent_matches(request)),
        condition=sent_tree(request.POST, "condition"),
        action=sent["action"],
        reach=sent["reach"],
    )


def _sent_matches(request: SignedInRequest) -> list[tuple[str, str]]:
    pairs = zip(request.POST.getlist("match_field"), request.POST.getlist("match_kind"), strict=False)
    return [(name, kind) for name, kind in pairs if name]


def _match_rows(spec: ObjectSpec, chosen: list[tuple[str, str]]) -> list[dict[str, Any]]:
    fields = [(name, str(entry.label)) for name, entry in spec.writable_fields.items() if can_match(entry)]
    rows = [*chosen, *([("", MatchKind.NORMALISED.value)] * max(1, 3 - len(chosen)))][:MOST_FIELDS]
    return [
        {
            "fields": [{"value": value, "label": label, "is_on": value == name} for value, label in fields],
            "kinds": [{"value": str(value), "label": str(label), "is_on": value == kind} for value, label in MatchKind.choices],
        }
        for name, kind in rows
    ]  # fmt: skip


def _fields_text(rule: DuplicateRule, spec: ObjectSpec) -> str:
    parts = [
        f"{spec.all_fields[match['field']].label} ({MatchKind(match['kind']).label})"
        for match in rule.matches
        if match["field"] in spec.all_fields
    ]
    return _(" and ").join(parts)


def _row(actor: Actor, rule: DuplicateRule, spec: ObjectSpec) -> dict[str, Any]:
    where = in_words(actor, spec, rule.condition)
    parts = (
        _fields_text(rule, spec),
        _("where %(condition)s") % {"condition": where} if where else "",
        str(DuplicateAction(rule.action).label),
        str(Reach(rule.reach).label),
    )
    return {
        "url": f"{URL}/{rule.pk}",
        "name": rule.name,
        "is_active": rule.is_active,
        "is_broken": any(match["field"] not in spec.all_fields for match in rule.matches),
        "text": " · ".join(filter(None, parts)),
    }
