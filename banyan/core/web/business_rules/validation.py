"""Settings > Validation rules: what must hold of records, tried on real ones before it is in force."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.actor import Actor
from banyan.core.business_rules.choices import Moment, Severity
from banyan.core.business_rules.definitions import find_rule, ruled_object, ruled_objects
from banyan.core.business_rules.jobs import check_in_background
from banyan.core.business_rules.messages import in_language
from banyan.core.business_rules.models import RuleCheck, ValidationRule
from banyan.core.business_rules.validation import problem_of
from banyan.core.business_rules.validation_rules import (
    LONGEST_MESSAGE,
    RuleValues,
    apply_values,
    begin_check,
    save_rule,
    try_rule,
)
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import part
from banyan.core.web.business_rules.parts import (
    PICKER,
    condition_part,
    deleted,
    field_choices,
    groups_by_object,
    in_words,
    names_of_records,
    narrowed_rules,
    objects_to_choose,
    records_to_show,
    switched,
)
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.object_pages import object_strip, wanted_object
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

PAGE, URL = "validation_rules", "/settings/validation-rules"
TRIAL = "try"
MESSAGE_FIELDS = {"zh": "message_zh", "en": "message_en"}
#: Names of the parts that the page shows where; the trial stands apart.
RULE_FIELDS = ("name", "is_active", "severity", "moment", "watched", "excepted_roles")
MESSAGES = ("message_zh", "message_en", "field")


class RuleForm(forms.Form):
    """A rule without its conditions, and the record that it is tried on."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    severity = forms.ChoiceField(
        label=gettext_lazy("When it is broken"), choices=Severity.choices, initial=Severity.REFUSE.value
    )
    moment = forms.ChoiceField(label=gettext_lazy("When it looks"), choices=Moment.choices, initial=Moment.BOTH.value)
    watched = forms.MultipleChoiceField(
        label=gettext_lazy("Only when one of these fields changes"), required=False,
        widget=forms.SelectMultiple(attrs=PICKER),
        help_text=gettext_lazy("Without one, every change of a record is looked at."),
    )  # fmt: skip
    excepted_roles = forms.MultipleChoiceField(
        label=gettext_lazy("Not for these roles"), required=False, widget=forms.SelectMultiple(attrs=PICKER)
    )
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)
    message_zh = forms.CharField(
        label=gettext_lazy("What people read, in Chinese"), required=False, max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    message_en = forms.CharField(
        label=gettext_lazy("What people read, in English"), required=False, max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One language is enough. {name} puts the value of that field there."),
    )  # fmt: skip
    expression = forms.CharField(
        label=gettext_lazy("Or as a formula"), required=False, max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "wide": True}),
        help_text=gettext_lazy(
            "It must be true, such as: discount <= 20 OR customer.level = “a”. Fields are written by name or label."
        ),
    )  # fmt: skip
    field = forms.ChoiceField(label=gettext_lazy("Show it at the field"), required=False)

    def __init__(self, *args: Any, actor: Actor, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["watched"].choices = field_choices(spec)
        fields["field"].choices = [("", _("at the top of the form")), *field_choices(spec)]
        fields["field"].widget.attrs["empty_label"] = _("at the top of the form")
        fields["excepted_roles"].choices = [(str(role.pk), role.name) for role in Role.objects.all()]
        fields["record"] = PickField(
            label=_("A record to try it on"), required=False, pick_url=f"/pick/{spec.name}",
            names=lambda values: names_of_records(actor, spec, values),
        )  # fmt: skip

    def values(self, request: SignedInRequest) -> RuleValues:
        """Return what was entered, with the conditions that stand beside the form."""
        sent = self.cleaned_data
        return RuleValues(
            name=sent["name"],
            is_active=sent["is_active"],
            moment=sent["moment"],
            fields=tuple(sent["watched"]),
            condition=sent_tree(request.POST, "condition"),
            requirement=sent_tree(request.POST, "requirement"),
            expression=sent["expression"],
            messages={language: sent[name] for language, name in MESSAGE_FIELDS.items()},
            field=sent["field"],
            severity=sent["severity"],
            excepted_roles=tuple(sent["excepted_roles"]),
        )


@signed_in("GET")
def rules(request: SignedInRequest) -> HttpResponse:
    """List the rules in words, by object."""
    require_page(request.actor, PAGE)
    wanted = wanted_object(request)
    context = {
        "groups": groups_by_object(
            request.actor,
            narrowed_rules(request, ValidationRule.objects.all()),
            lambda rule, spec: _row(request.actor, rule, spec),
        ),
        "objects": objects_to_choose(ruled_objects(request.actor), URL, wanted),
        "object_strip": object_strip(request.actor, wanted, PAGE),
    }
    return settings_answer(request, PAGE, "business_rules/validation_rules.html", context)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Create a rule for the records of one object."""
    require_page(request.actor, PAGE)
    return _edit(request, ruled_object(request.actor, object_name), None)


@signed_in("GET", "POST")
def edit_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change a rule, beside which existing records break it."""
    require_page(request.actor, PAGE)
    rule = find_rule(ValidationRule, rule_id)
    return _edit(request, ruled_object(request.actor, rule.object_name), rule)


@signed_in("POST")
def switch(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Put a rule into force, or out of it."""
    require_page(request.actor, PAGE)
    return switched(request, find_rule(ValidationRule, rule_id), URL)


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule."""
    require_page(request.actor, PAGE)
    return deleted(request, find_rule(ValidationRule, rule_id), URL)


@signed_in("POST")
def check(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Look which existing records break a rule; many of them in the background."""
    require_page(request.actor, PAGE)
    rule = find_rule(ValidationRule, rule_id)
    spec = ruled_object(request.actor, rule.object_name)
    found = begin_check(request.actor, rule, spec)
    if not found.is_done:
        check_in_background(request.actor, rule)
        return saved(request, _("The records are being looked through."), f"{URL}/{rule.pk}")
    return saved(request, _broken_text(found), f"{URL}/{rule.pk}")


@signed_in("GET")
def check_part(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Answer with how far the look through the records is, and what it found."""
    require_page(request.actor, PAGE)
    rule = find_rule(ValidationRule, rule_id)
    spec = ruled_object(request.actor, rule.object_name)
    return part(request, "business_rules/_rule_check.html", {"check": _check(request.actor, rule, spec)})


def _edit(request: SignedInRequest, spec: ObjectSpec, rule: ValidationRule | None) -> HttpResponse:
    form = RuleForm(request.POST or None, initial=_initial(rule) if rule else {}, actor=request.actor, spec=spec)
    tried = None
    if request.method == "POST" and form.is_valid():
        try:
            if TRIAL in request.POST:
                tried = _try(request, spec, form)
            else:
                kept = save_rule(request.actor, rule, spec, form.values(request))
                text = _("“%(name)s” is saved.") % {"name": kept.name}
                return saved(request, text, f"{URL}/{kept.pk}")
        except DomainError as problem:
            add_problem(form, problem)
    was_sent = request.method == "POST"
    trees = {
        name: sent_tree(request.POST, name) if was_sent else (getattr(rule, name) if rule else {})
        for name in ("condition", "requirement")
    }
    context = {
        "title": rule.name if rule else _("New rule for %(objects)s") % {"objects": spec.noun_plural},
        "action": request.path,
        "form": {name: fields_of(form, names) for name, names in _places().items()},
        "errors": errors_of(form),
        "condition": condition_part(request.actor, spec, trees["condition"], name="condition"),
        "requirement": condition_part(request.actor, spec, trees["requirement"], name="requirement"),
        "tried": tried,
        "rule": rule,
        "check": _check(request.actor, rule, spec) if rule else None,
        "problem": problem_of(rule, spec, request.actor) if rule and not was_sent else "",
    }
    status = 422 if form.errors else 200
    answer = settings_answer(request, PAGE, "business_rules/validation_rule.html", context, status=status)
    return undone_if_wrong(answer)


def _places() -> dict[str, tuple[str, ...]]:
    return {"rule": RULE_FIELDS, "expression": ("expression",), "messages": MESSAGES, "trial": ("record",)}


def _initial(rule: ValidationRule) -> dict[str, Any]:
    names = {"watched": "fields"}
    plain = {name: getattr(rule, names.get(name, name)) for name in (*RULE_FIELDS, "field", "expression")}
    return {**plain, **{name: rule.messages.get(language, "") for language, name in MESSAGE_FIELDS.items()}}


def _try(request: SignedInRequest, spec: ObjectSpec, form: RuleForm) -> dict[str, str]:
    """Return what the rule, as it is on the page, says of the chosen record."""
    record_id = parse_id(form.cleaned_data["record"])
    unsaved = ValidationRule(organization=request.actor.organization, object_name=spec.name)
    apply_values(request.actor, unsaved, spec, form.values(request))
    found = try_rule(request.actor, unsaved, spec, record_id) if record_id else None
    if found is None:
        return {"kind": "info", "text": _("Choose a record to try the rule on.")}
    if not found.applies:
        return {"kind": "info", "text": _("The rule is not about this record.")}
    if found.message:
        return {"kind": "warning", "text": _("This record breaks the rule: %(message)s") % {"message": found.message}}
    return {"kind": "success", "text": _("This record keeps the rule.")}


def _check(actor: Actor, rule: ValidationRule, spec: ObjectSpec) -> dict[str, Any] | None:
    found = RuleCheck.objects.filter(rule=rule).first()
    if found is None:
        return None
    return {
        "is_done": found.is_done,
        "poll_url": f"{URL}/{rule.pk}/check/part",
        "checked": found.checked,
        "total": found.total,
        "problem": found.problem,
        "broken": found.broken,
        "text": _broken_text(found),
        "when": told_instant(found.finished_at) if found.finished_at else "",
        "rows": records_to_show(actor, spec, found.examples[:20]),
    }


def _broken_text(found: RuleCheck) -> str:
    if not found.broken:
        return _("All %(count)s records that it is about keep the rule.") % {"count": f"{found.checked:,}"}
    text = ngettext("%(count)s record breaks the rule.", "%(count)s records break the rule.", found.broken)
    return text % {"count": f"{found.broken:,}"}


def _row(actor: Actor, rule: ValidationRule, spec: ObjectSpec) -> dict[str, Any]:
    where = in_words(actor, spec, rule.condition)
    demanded = in_words(actor, spec, rule.requirement) or rule.expression
    needed = _("must hold: %(condition)s") % {"condition": demanded}
    return {
        "id": rule.pk,
        "url": f"{URL}/{rule.pk}",
        "name": rule.name,
        "is_active": rule.is_active,
        "is_warning": rule.severity == Severity.WARN,
        "text": " · ".join(filter(None, (_("where %(condition)s") % {"condition": where} if where else "", needed))),
        "message": in_language(rule.messages),
        "problem": problem_of(rule, spec, actor),
    }
