"""Settings > Leads: answering and the pool, scores, the checklist, and what a lead becomes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.web.business_rules.parts import condition_part, in_words
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, form_answer, undone_if_wrong
from banyan.core.web.settings.pages import frame_of, require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.leads.jobs import score_again
from banyan.leads.models import MOST_POINTS, LeadQuestion, ScoreRule
from banyan.leads.services import settings as services
from banyan.leads.services.mapping import checked, fits, mapping_of, sources, targets
from banyan.leads.setting import lead_setting

PAGE, URL = "leads", "/settings/leads"
GENERAL, SCORES, CHECKLIST, FORMS, MAPPING = "general", "scores", "checklist", "forms", "mapping"
TABS = {
    GENERAL: (URL, gettext_lazy("Answering and pool")),
    FORMS: (f"{URL}/forms", gettext_lazy("Forms")),
    SCORES: (f"{URL}/scores", gettext_lazy("Scores")),
    CHECKLIST: (f"{URL}/checklist", gettext_lazy("Checklist")),
    MAPPING: (f"{URL}/mapping", gettext_lazy("Conversion")),
}
MOST_DAYS, MOST_LEADS, MOST_MINUTES = 3_650, 1_000_000, 43_200
DAYS = [
    (1, gettext_lazy("Monday")), (2, gettext_lazy("Tuesday")), (3, gettext_lazy("Wednesday")), (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")), (6, gettext_lazy("Saturday")), (7, gettext_lazy("Sunday")),
]  # fmt: skip
SECTIONS = (
    (gettext_lazy("To answer"), ("answer_minutes", "counts_working_time", "working_days", "works_from", "works_until")),
    (gettext_lazy("Lead pool"), ("claim_limit", "hold_limit", "release_days", "notice_days")),
)


def tabs_of(active: str) -> list[dict[str, Any]]:
    """Return the tabs of the page."""
    return [{"url": url, "label": str(label), "active": name == active} for name, (url, label) in TABS.items()]


def answer(
    request: SignedInRequest, tab: str, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page of "Leads" below its tabs."""
    return settings_answer(request, PAGE, template, {**context, "tabs": tabs_of(tab)}, status=status)


def _number(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, help_text=help_text)


class GeneralForm(forms.Form):
    """How soon leads are answered, and how the pool works; 0 switches a rule off."""

    answer_minutes = _number(
        gettext_lazy("Answer a new lead within minutes"), MOST_MINUTES, gettext_lazy("0 is no such rule.")
    )
    counts_working_time = forms.BooleanField(label=gettext_lazy("Count working time only"), required=False)
    working_days = forms.MultipleChoiceField(label=gettext_lazy("Working days"), choices=DAYS, required=False)
    works_from = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Work begins at"), max_length=5)
    works_until = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Work ends at"), max_length=5)
    claim_limit = _number(gettext_lazy("Most leads one may claim a day"), MOST_LEADS, gettext_lazy("0 is no limit."))
    hold_limit = _number(gettext_lazy("Most open leads one may hold"), MOST_LEADS, gettext_lazy("0 is no limit."))
    release_days = _number(
        gettext_lazy("Back into the pool after days without a follow-up"), MOST_DAYS, gettext_lazy("0 is no such rule.")
    )
    notice_days = _number(gettext_lazy("Tell the owner days ahead"), MOST_DAYS)


@signed_in("GET", "POST")
def general(request: SignedInRequest) -> HttpResponse:
    """Set how soon leads are answered, and how the pool works."""
    require_page(request.actor, PAGE)
    setting = lead_setting(request.actor.organization)
    names = [name for _title, own in SECTIONS for name in own]
    form = GeneralForm(
        request.POST if request.method == "POST" else None, initial={name: getattr(setting, name) for name in names}
    )
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "working_days": tuple(int(day) for day in form.cleaned_data["working_days"])}
        try:
            services.save_setting(request.actor, **values)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The settings of leads are saved."), URL)
    frame = {**frame_of(request, PAGE), "tabs": tabs_of(GENERAL)}
    return form_answer(
        request,
        form,
        title=_("Leads"),
        sections=[(str(title), own) for title, own in SECTIONS],
        frame=("leads/settings_form.html", frame),
        cancel_url=URL,
    )


class GradeForm(forms.Form):
    """From how many points which grade, and how scores fall while nothing happens."""

    grade_a = forms.IntegerField(label=gettext_lazy("Grade A from points"), min_value=-MOST_POINTS, max_value=10_000)
    grade_b = forms.IntegerField(label=gettext_lazy("Grade B from points"), min_value=-MOST_POINTS, max_value=10_000)
    decay_points = _number(gettext_lazy("Points lost by silence"), MOST_POINTS, gettext_lazy("0 is never."))
    decay_days = _number(gettext_lazy("For every so many days without activity"), MOST_DAYS)
    decay_most = _number(gettext_lazy("But at most so many points"), MOST_POINTS, gettext_lazy("0 is no limit."))


@signed_in("GET", "POST")
def scores(request: SignedInRequest) -> HttpResponse:
    """List the scoring rules in words, and set what the points come to."""
    require_page(request.actor, PAGE)
    setting, spec = lead_setting(request.actor.organization), spec_for(request.actor.organization, "lead")
    form = GradeForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(setting, name) for name in GradeForm.base_fields},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.save_setting(request.actor, **form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            score_again(request.actor)
            return saved(request, _("The scores are being worked out anew."), TABS[SCORES][0])
    rules = [
        {
            "url": f"{TABS[SCORES][0]}/{rule.pk}", "name": rule.name, "points": rule.points, "is_active": rule.is_active,
            "text": in_words(request.actor, spec, rule.condition),
        }
        for rule in ScoreRule.objects.all()
    ]  # fmt: skip
    context = {
        "rules": rules, "form": {"fields": fields_of(form), "errors": errors_of(form)}, "action": request.path,
        "actions": [{"label": _("New rule"), "url": f"{TABS[SCORES][0]}/new", "icon": "plus", "primary": True}],
    }  # fmt: skip
    response = answer(request, SCORES, "leads/scores.html", context, status=422 if form.errors else 200)
    return undone_if_wrong(response)


class RuleForm(forms.Form):
    """A scoring rule without its condition."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, required=False,
        help_text=gettext_lazy("What people read beside the points. Without one, the condition in words."),
    )  # fmt: skip
    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=-MOST_POINTS, max_value=MOST_POINTS)
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest) -> HttpResponse:
    """Add a scoring rule."""
    require_page(request.actor, PAGE)
    return _edit_rule(request, None)


@signed_in("GET", "POST")
def edit_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change a scoring rule."""
    require_page(request.actor, PAGE)
    rule = ScoreRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise Missing("not_found", _("There is no such rule."))
    return _edit_rule(request, rule)


def _edit_rule(request: SignedInRequest, rule: ScoreRule | None) -> HttpResponse:
    spec = spec_for(request.actor.organization, "lead")
    initial = {name: getattr(rule, name) for name in RuleForm.base_fields} if rule else {}
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial)
    tree = sent_tree(request.POST, "condition") if request.method == "POST" else (rule.condition if rule else {})
    if request.method == "POST" and form.is_valid():
        try:
            services.save_rule(request.actor, rule, services.RuleValues(tree, **form.cleaned_data))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            score_again(request.actor)
            return saved(request, _("The rule is saved. The scores are being worked out anew."), TABS[SCORES][0])
    context = {
        "title": (rule.name or _("Scoring rule")) if rule else _("New scoring rule"),
        "action": request.path,
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "condition": condition_part(request.actor, spec, tree, name="condition"),
        "back_url": TABS[SCORES][0],
    }
    response = answer(request, SCORES, "leads/score_rule.html", context, status=422 if form.errors else 200)
    return undone_if_wrong(response)


@signed_in("POST")
def remove_rule(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a scoring rule."""
    require_page(request.actor, PAGE)
    services.delete_rule(request.actor, rule_id)
    score_again(request.actor)
    return saved(request, _("The rule is deleted."), TABS[SCORES][0])


class QuestionForm(forms.Form):
    """A question of the checklist."""

    text = forms.CharField(label=gettext_lazy("Question"), max_length=200)
    hint = forms.CharField(label=gettext_lazy("Hint"), max_length=255, required=False)
    is_needed = forms.BooleanField(label=gettext_lazy("Needed to qualify"), required=False, initial=True)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


@signed_in("GET")
def checklist(request: SignedInRequest) -> HttpResponse:
    """List the questions of the checklist."""
    require_page(request.actor, PAGE)
    context = {
        "questions": LeadQuestion.objects.all(),
        "actions": [{"label": _("New question"), "url": f"{TABS[CHECKLIST][0]}/new", "icon": "plus", "primary": True}],
    }
    return answer(request, CHECKLIST, "leads/checklist_settings.html", context)


@signed_in("POST")
def begin(request: SignedInRequest) -> HttpResponse:
    """Begin with the usual rules and questions; nothing happens where there are some."""
    require_page(request.actor, PAGE)
    services.prepare_organization(request.actor.organization)
    score_again(request.actor)
    return saved(request, _("The usual rules and questions are there."), URL)


@signed_in("GET", "POST")
def new_question(request: SignedInRequest) -> HttpResponse:
    """Add a question."""
    return _edit_question(request, None)


@signed_in("GET", "POST")
def edit_question(request: SignedInRequest, question_id: uuid.UUID) -> HttpResponse:
    """Change a question."""
    require_page(request.actor, PAGE)
    question = LeadQuestion.objects.filter(pk=question_id).first()
    if question is None:
        raise Missing("not_found", _("There is no such question."))
    return _edit_question(request, question)


def _edit_question(request: SignedInRequest, question: LeadQuestion | None) -> HttpResponse:
    require_page(request.actor, PAGE)
    initial = {name: getattr(question, name) for name in QuestionForm.base_fields} if question else {}
    form = QuestionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_question(request.actor, question, services.QuestionValues(**form.cleaned_data))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The question is saved."), TABS[CHECKLIST][0])
    title = question.text if question else _("New question")
    return settings_form(request, PAGE, form, title=title, cancel_url=TABS[CHECKLIST][0])


@signed_in("POST")
def remove_question(request: SignedInRequest, question_id: uuid.UUID) -> HttpResponse:
    """Delete a question, or put it out of use where it was ticked."""
    require_page(request.actor, PAGE)
    services.delete_question(request.actor, question_id)
    return saved(request, _("The question is gone; ticks of the past stay."), TABS[CHECKLIST][0])


@signed_in("GET", "POST")
def mapping(request: SignedInRequest) -> HttpResponse:
    """Say which field of a customer, contact and opportunity takes which value of a lead."""
    require_page(request.actor, PAGE)
    form = _MappingForm(request.POST if request.method == "POST" else None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_setting(request.actor, mapping=checked(request.actor, form.chosen()))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("What a lead becomes is saved."), TABS[MAPPING][0])
    shown = {entry["name"]: entry for entry in fields_of(form)}
    rows = [
        {"label": str(entry.label), "fields": [shown.get(f"{target}.{name}") for target in form.specs]}
        for name, entry in form.sources.items()
        if any(f"{target}.{name}" in shown for target in form.specs)
    ]
    context = {
        "rows": rows, "heads": [str(spec.label) for spec in form.specs.values()], "action": request.path,
        "errors": errors_of(form),
    }  # fmt: skip
    response = answer(request, MAPPING, "leads/mapping.html", context, status=422 if form.errors else 200)
    return undone_if_wrong(response)


class _MappingForm(forms.Form):
    def __init__(self, data: Any, *, actor: Any) -> None:
        self.specs = targets(actor)
        self.sources = sources(specs_on(actor.organization)["lead"])
        current = {target: mapping_of(actor, target) for target in self.specs}
        super().__init__(data)
        for target, spec in self.specs.items():
            for name, entry in self.sources.items():
                offered = [
                    (other.name, str(other.label)) for other in spec.writable_fields.values() if fits(entry, other)
                ]
                if offered:
                    label = f"{entry.label}: {spec.label}"
                    choices = [("", "–"), *offered]
                    kept = current[target].get(name, "")
                    self.fields[f"{target}.{name}"] = forms.ChoiceField(
                        label=label, choices=choices, required=False, initial=kept
                    )

    def chosen(self) -> dict[str, dict[str, str]]:
        """Return the choice of each target."""
        found: dict[str, dict[str, str]] = {target: {} for target in self.specs}
        for key, value in self.cleaned_data.items():
            target, _dot, name = key.partition(".")
            found[target][name] = value
        return found
