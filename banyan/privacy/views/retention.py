"""Settings > Personal data: how long records are kept, what a rule would do today, and what it did."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import condition_editor, condition_in_words, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in
from banyan.privacy.choices import RetentionAction
from banyan.privacy.models import MOST_A_NIGHT, MOST_MONTHS, RetentionRule, RetentionRun
from banyan.privacy.references import person_kinds
from banyan.privacy.services import retention
from banyan.privacy.services.finding import titles_of
from banyan.privacy.views.frame import PAGE, RETENTION, URL, answer

LIST = f"{URL}/retention"
RUNS_SHOWN, EXAMPLES_SHOWN = 30, 10


class RuleForm(forms.Form):
    """A rule without its condition."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    action = forms.ChoiceField(label=gettext_lazy("What happens"), choices=())
    months = forms.IntegerField(label=gettext_lazy("After months"), min_value=1, max_value=MOST_MONTHS, initial=36)
    idle_since = forms.ChoiceField(label=gettext_lazy("Counted from"), choices=())
    most_a_night = forms.IntegerField(
        label=gettext_lazy("At most in one night"), min_value=1, max_value=MOST_A_NIGHT, initial=100
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("In force"), required=False,
        help_text=gettext_lazy("Save it first without, and look at what it would do."),
    )  # fmt: skip

    def __init__(self, *args: Any, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        actions = [
            (str(value), label)
            for value, label in RetentionAction.choices
            if value == RetentionAction.DELETE or spec.name in person_kinds
        ]
        action: Any = self.fields["action"]
        since: Any = self.fields["idle_since"]
        action.choices, since.choices = actions, retention.idle_choices(spec)


@signed_in("GET")
def rules(request: SignedInRequest) -> HttpResponse:
    """List the rules in words, with what they would do today, and what the last nights brought."""
    require_page(request.actor, PAGE)
    specs = retention.retainable(request.actor)
    found = [rule for rule in RetentionRule.objects.all() if rule.object_name in specs]
    runs = RetentionRun.objects.select_related("rule")[:RUNS_SHOWN]
    context = {
        "rules": [_row(request.actor, rule, specs[rule.object_name]) for rule in found],
        "objects": [{"label": str(spec.label_plural), "url": f"{LIST}/new/{spec.name}"} for spec in specs.values()],
        "runs": [
            {
                "name": run.rule.name,
                "when": told_instant(run.at),
                "text": _("%(done)s of %(due)s done, %(failed)s failed")
                % {"done": run.done, "due": run.due, "failed": run.failed},
            }
            for run in runs
        ],
    }
    return answer(request, RETENTION, "privacy/retention.html", context)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Make a rule for the records of one object."""
    return _edit(request, object_name, None)


@signed_in("GET", "POST")
def edit_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change a rule, beside what it would do today."""
    require_page(request.actor, PAGE)
    rule = retention.find_rule(rule_id)
    return _edit(request, rule.object_name, rule)


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule."""
    require_page(request.actor, PAGE)
    retention.delete_rule(request.actor, rule_id)
    return saved(request, _("The rule is deleted."), LIST)


def _edit(request: SignedInRequest, object_name: str, rule: RetentionRule | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    spec = retention.retainable(request.actor).get(object_name)
    if spec is None:
        raise Missing("not_found", _("There is no such object."))
    # Conditions name fields, not values: whoever manages personal data may use them all.
    reader = replace(request.actor, is_system=True)
    initial = {name: getattr(rule, name) for name in RuleForm.base_fields} if rule else {}
    form = RuleForm(request.POST or None, initial=initial, spec=spec)
    if request.method == "POST" and form.is_valid():
        try:
            condition = read_condition(reader, spec, request.POST)
            values = {**form.cleaned_data, "object_name": spec.name, "condition": condition}
            kept = retention.save_rule(request.actor, rule, values)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            text = _("%(name)s is saved. Look at what it would do.") % {"name": kept.name}
            return saved(request, text, f"{LIST}/{kept.pk}")
    tree = sent_tree(request.POST) if request.method == "POST" else (rule.condition if rule else {})
    context = {
        "title": rule.name if rule else _("New rule for %(objects)s") % {"objects": spec.noun_plural},
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "builder": condition_editor(reader, spec, tree, url=request.get_full_path(), submit_label=_("Save")),
        "preview": _preview(request.actor, rule, spec) if rule else None,
    }
    status = 422 if form.errors else 200
    return undone_if_wrong(answer(request, RETENTION, "privacy/retention_rule.html", context, status=status))


def _preview(actor: Actor, rule: RetentionRule, spec: ObjectSpec) -> dict[str, Any]:
    due = retention.due_records(actor, rule, now())
    ids = list(due.values_list("pk", flat=True)[:EXAMPLES_SHOWN])
    return {"text": _due_text(due.count()), "rows": titles_of(actor, spec.name, ids)}


def _due_text(count: int) -> str:
    text = ngettext("%(count)s record would be touched today.", "%(count)s records would be touched today.", count)
    return text % {"count": f"{count:,}"}


def _row(actor: Actor, rule: RetentionRule, spec: ObjectSpec) -> dict[str, Any]:
    reader = replace(actor, is_system=True)
    where = condition_in_words(reader, spec, rule.condition) if rule.condition else ""
    terms = ngettext("%(action)s after %(count)s month", "%(action)s after %(count)s months", rule.months)
    parts = [
        str(spec.label_plural),
        where,
        terms % {"action": rule.get_action_display(), "count": rule.months},
        str(rule.get_idle_since_display()),
    ]
    return {
        "url": f"{LIST}/{rule.pk}",
        "name": rule.name,
        "is_active": rule.is_active,
        "text": " · ".join(filter(None, parts)),
        "due": _due_text(retention.due_records(actor, rule, now()).count()),
    }


def _sent_tree(request: SignedInRequest) -> Any:
    try:
        return json.loads(request.POST.get("filter") or "{}")
    except ValueError:
        return {}
