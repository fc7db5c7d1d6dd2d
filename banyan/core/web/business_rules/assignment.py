"""Settings > Assignment rules: who gets new records, line by line, with what would have happened."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.business_rules.assignment import preview
from banyan.core.business_rules.assignment_rules import (
    EntryValues,
    RuleValues,
    assignable_object,
    assignable_objects,
    delete_entry,
    find_entry,
    has_territory,
    order_entries,
    owned_links,
    save_entry,
    save_rule,
)
from banyan.core.business_rules.choices import Source, Way
from banyan.core.business_rules.definitions import find_rule
from banyan.core.business_rules.models import AssignmentEntry, AssignmentRule
from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec
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
from banyan.core.web.business_rules.takers import entry_in_words, sent_takers, taker_rows, takers_of, why_text
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import (
    PickField,
    add_problem,
    errors_of,
    fields_of,
    names_of_people,
    undone_if_wrong,
)
from banyan.core.web.settings.object_pages import object_strip, wanted_object
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import given_ids, signed_in

PAGE, URL = "assignment_rules", "/settings/assignment-rules"
NAMES = ("name", "is_active", "sources", "fallback")


class RuleForm(forms.Form):
    """A rule without its condition and entries."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    fallback = PickField(
        label=gettext_lazy("Else, when nobody can be found"), required=False, pick_url="/pick/user",
        names=names_of_people,
        help_text=gettext_lazy("Without one, such a record gets the usual owner: whoever creates it."),
    )  # fmt: skip
    sources = forms.MultipleChoiceField(
        label=gettext_lazy("For records that come by"), required=False, choices=Source.choices,
        initial=[Source.IMPORT.value, Source.API.value, Source.AUTOMATION.value],
        help_text=gettext_lazy("Only when no owner is given. The rule can also be carried out from lists."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)


class EntryForm(forms.Form):
    """An entry without its condition and takers."""

    way = forms.ChoiceField(label=gettext_lazy("In which way"), choices=())
    link = forms.ChoiceField(label=gettext_lazy("The owner of"), required=False)
    skill_field = forms.ChoiceField(label=gettext_lazy("The skill is in the field"), required=False)
    most_open = forms.IntegerField(
        label=gettext_lazy("At most so many open records each"), required=False, min_value=1, max_value=100_000
    )

    def __init__(self, *args: Any, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        links = owned_links(spec)
        fields["way"].choices = [
            (str(value), label)
            for value, label in Way.choices
            if (value != Way.TERRITORY or has_territory(spec)) and (value != Way.KEEP or links)
        ]
        fields["link"].choices = [("", "–"), *((name, str(spec.all_fields[name].label)) for name in links)]
        fields["skill_field"].choices = [
            ("", "–"),
            *(
                (name, str(entry.label))
                for name, entry in spec.writable_fields.items()
                if entry.kind.widget in {"choice", "multiple_choice", "text", "tags"}
            ),
        ]


@signed_in("GET")
def rules(request: SignedInRequest) -> HttpResponse:
    """List the rules in words, by object."""
    require_page(request.actor, PAGE)
    wanted = wanted_object(request)
    found = narrowed_rules(request, AssignmentRule.objects.prefetch_related("entries"))
    context = {
        "groups": groups_by_object(request.actor, found, lambda rule, spec: _row(request.actor, rule, spec)),
        "objects": objects_to_choose(assignable_objects(request.actor), URL, wanted),
        "object_strip": object_strip(request.actor, wanted, PAGE),
        "people_url": f"{URL}/people",
    }
    return settings_answer(request, PAGE, "business_rules/assignment_rules.html", context)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Create a rule for the records of one object."""
    require_page(request.actor, PAGE)
    return _edit(request, assignable_object(request.actor, object_name), None)


@signed_in("GET", "POST")
def edit_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change a rule, beside its entries and to whom the newest records would have gone."""
    require_page(request.actor, PAGE)
    rule = find_rule(AssignmentRule, rule_id)
    return _edit(request, assignable_object(request.actor, rule.object_name), rule)


@signed_in("POST")
def switch(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Put a rule into force, or out of it."""
    require_page(request.actor, PAGE)
    return switched(request, find_rule(AssignmentRule, rule_id), URL)


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule."""
    require_page(request.actor, PAGE)
    return deleted(request, find_rule(AssignmentRule, rule_id), URL)


@signed_in("GET", "POST")
def new_entry(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Add an entry to a rule."""
    require_page(request.actor, PAGE)
    return _edit_entry(request, find_rule(AssignmentRule, rule_id), None)


@signed_in("GET", "POST")
def edit_entry(request: SignedInRequest, rule_id: uuid.UUID, entry_id: uuid.UUID) -> HttpResponse:
    """Change an entry of a rule."""
    require_page(request.actor, PAGE)
    rule = find_rule(AssignmentRule, rule_id)
    return _edit_entry(request, rule, find_entry(rule, entry_id))


@signed_in("POST")
def remove_entry(request: SignedInRequest, rule_id: uuid.UUID, entry_id: uuid.UUID) -> HttpResponse:
    """Take an entry out of a rule."""
    require_page(request.actor, PAGE)
    rule = find_rule(AssignmentRule, rule_id)
    delete_entry(request.actor, rule, find_entry(rule, entry_id))
    return saved(request, _("The entry is deleted."), f"{URL}/{rule.pk}")


@signed_in("POST")
def order(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Put the entries of a rule into another order."""
    require_page(request.actor, PAGE)
    rule = find_rule(AssignmentRule, rule_id)
    order_entries(request.actor, rule, given_ids(request.POST.getlist("ids")))
    return saved(request, _("The order is saved."), f"{URL}/{rule.pk}")


def _edit(request: SignedInRequest, spec: ObjectSpec, rule: AssignmentRule | None) -> HttpResponse:
    form = RuleForm(request.POST or None, initial=_initial(rule) if rule else {})
    if request.method == "POST" and form.is_valid():
        try:
            kept = save_rule(request.actor, rule, spec, _values(request, form))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            url = f"{URL}/{kept.pk}" if rule else f"{URL}/{kept.pk}/entries/new"
            return saved(request, _("“%(name)s” is saved.") % {"name": kept.name}, url)
    was_sent = request.method == "POST"
    tree = sent_tree(request.POST, "condition") if was_sent else (rule.condition if rule else {})
    context = {
        "title": rule.name if rule else _("New rule for %(objects)s") % {"objects": spec.noun_plural},
        "action": request.path,
        "fields": fields_of(form, NAMES),
        "errors": errors_of(form),
        "condition": condition_part(request.actor, spec, tree, name="condition"),
        "rule": rule,
        "entries": [_entry_row(request.actor, entry, spec) for entry in rule.entries.all()] if rule else [],
        "previews": _previews(request.actor, rule, spec) if rule else [],
    }
    status = 422 if form.errors else 200
    answer = settings_answer(request, PAGE, "business_rules/assignment_rule.html", context, status=status)
    return undone_if_wrong(answer)


def _initial(rule: AssignmentRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "is_active": rule.is_active,
        "sources": rule.sources,
        "fallback": str(rule.fallback_id or ""),
    }


def _values(request: SignedInRequest, form: RuleForm) -> RuleValues:
    sent = form.cleaned_data
    fallback = parse_id(sent["fallback"])
    return RuleValues(
        name=sent["name"],
        is_active=sent["is_active"],
        condition=sent_tree(request.POST, "condition"),
        sources=tuple(sent["sources"]),
        fallback=User.objects.filter(pk=fallback).first() if fallback else None,
    )


def _edit_entry(request: SignedInRequest, rule: AssignmentRule, entry: AssignmentEntry | None) -> HttpResponse:
    spec = assignable_object(request.actor, rule.object_name)
    names = ("way", "link", "skill_field", "most_open")
    initial = {name: getattr(entry, name) for name in names} if entry else {}
    form = EntryForm(request.POST or None, initial=initial, spec=spec)
    was_sent = request.method == "POST"
    if was_sent and form.is_valid():
        sent = form.cleaned_data
        values = EntryValues(
            way=sent["way"],
            condition=sent_tree(request.POST, "condition"),
            takers=tuple(sent_takers(request.POST)),
            most_open=sent["most_open"],
            link=sent["link"],
            skill_field=sent["skill_field"],
        )
        try:
            save_entry(request.actor, rule, entry, spec, values)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The entry is saved."), f"{URL}/{rule.pk}")
    tree = sent_tree(request.POST, "condition") if was_sent else (entry.condition if entry else {})
    takers = sent_takers(request.POST) if was_sent else (takers_of(entry) if entry else [])
    context = {
        "title": _("Entry %(number)d") % {"number": entry.position + 1} if entry else _("New entry"),
        "rule": {"name": rule.name, "url": f"{URL}/{rule.pk}"},
        "action": request.path,
        "fields": fields_of(form, names),
        "errors": errors_of(form),
        "takers": taker_rows(takers),
        "condition": condition_part(request.actor, spec, tree, name="condition"),
    }
    status = 422 if form.errors else 200
    answer = settings_answer(request, PAGE, "business_rules/assignment_entry.html", context, status=status)
    return undone_if_wrong(answer)


def _previews(actor: Actor, rule: AssignmentRule, spec: ObjectSpec) -> list[dict[str, Any]]:
    found = preview(actor, rule, spec)
    shown = {row["url"]: row for row in records_to_show(actor, spec, [entry.record_id for entry in found])}
    people = {pk for entry in found if entry.decision for pk, _why in entry.decision.passed_over}
    people |= {entry.decision.user_id for entry in found if entry.decision and entry.decision.user_id}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
    rows = []
    for entry in found:
        record = shown.get(f"/{spec.plural}/{entry.record_id}")
        if record is None:
            continue
        decision = entry.decision
        if decision is None:
            who, how = _("nobody: it keeps the usual owner"), ""
        else:
            who = names.get(decision.user_id, "") if decision.user_id else _("the queue")
            place = (
                _("entry %(number)d") % {"number": decision.number} if decision.number else _("no entry found anybody")
            )
            skipped = [f"{names.get(pk, '')}: {why_text(why)}" for pk, why in decision.passed_over]
            how = " · ".join([place, *skipped])
        rows.append({**record, "who": who, "how": how})
    return rows


def _entry_row(actor: Actor, entry: AssignmentEntry, spec: ObjectSpec) -> dict[str, Any]:
    labels = {name: str(field.label) for name, field in spec.all_fields.items()}
    return {
        "id": entry.pk,
        "number": entry.position + 1,
        "url": f"{URL}/{entry.rule_id}/entries/{entry.pk}",
        "where": in_words(actor, spec, entry.condition) or _("all"),
        "text": entry_in_words(entry, labels),
    }


def _row(actor: Actor, rule: AssignmentRule, spec: ObjectSpec) -> dict[str, Any]:
    where = in_words(actor, spec, rule.condition)
    labels = dict(Source.choices)
    sources = [str(labels[source]) for source in rule.sources if source in labels]
    return {
        "url": f"{URL}/{rule.pk}",
        "name": rule.name,
        "is_active": rule.is_active,
        "text": " · ".join(
            filter(None, (_("where %(condition)s") % {"condition": where} if where else "", _(", ").join(sources)))
        ),
        "entries": [_entry_row(actor, entry, spec) for entry in rule.entries.all()],
    }
