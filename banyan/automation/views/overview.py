"""The list of rules, new ones, and what is done with a rule as a whole."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Max, Sum
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation import services
from banyan.automation.choices import RULE_COLORS, UNDER_WAY, ActsAs, RuleState, RunState
from banyan.automation.models import AutomationRule, Run, Tally
from banyan.automation.recipes import offered
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext
from banyan.automation.triggers.base import triggers
from banyan.automation.views.frame import PAGE, URL, Editing, answer, is_whole
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import visit
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, names_of_people
from banyan.core.web.presenting import short_instant
from banyan.core.web.settings.object_pages import narrowed, object_strip, wanted_object
from banyan.core.web.settings.pages import require_page, saved, settings_form
from banyan.core.web.views.base import signed_in

DAYS = 7


@signed_in("GET")
def rules(request: SignedInRequest) -> HttpResponse:
    """List the rules with what they did lately; without the whole app, the ready ones that can be switched on."""
    require_page(request.actor, PAGE)
    setting = Setting(request.actor.organization)
    found = list(AutomationRule.objects.select_related("owner"))
    if not is_whole(request.actor):
        found = [rule for rule in found if rule.recipe]
    wanted = wanted_object(request)
    if wanted is not None:
        found = [rule for rule in found if rule.object_name == wanted.name]
    figures = _figures()
    failed = Run.objects.filter(state=RunState.FAILED).count()
    context = {
        "rules": [_row(request, setting, rule, figures.get(rule.pk, {})) for rule in found],
        "failed": failed,
        "is_whole": is_whole(request.actor),
        "actions": _actions(request, failed, wanted),
        "object_strip": object_strip(request.actor, wanted, PAGE),
        "recipes": []
        if is_whole(request.actor) and (found or wanted)
        else offered(setting, is_whole=is_whole(request.actor)),
    }
    return answer(request, "rules.html", context)


def _actions(request: SignedInRequest, failed: int, wanted: ObjectSpec | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if failed:
        label = ngettext("%(count)d failed run", "%(count)d failed runs", failed) % {"count": failed}
        found.append({"label": label, "url": f"{URL}/failed", "icon": "alert-triangle"})
    if is_whole(request.actor):
        found.append({"label": _("Ready-made rules"), "url": f"{URL}/recipes", "icon": "template"})
        found.append(
            {
                "label": _("New rule"),
                "url": narrowed(f"{URL}/new")(wanted) if wanted else f"{URL}/new",
                "icon": "plus",
                "primary": True,
            }
        )
    return found


def _figures() -> dict[uuid.UUID, dict[str, Any]]:
    rows = Tally.objects.filter(at__gte=now() - timedelta(days=DAYS)).order_by().values("rule_id")
    sums = rows.annotate(
        begun=Sum("begun"), done=Sum("done"), skipped=Sum("skipped"), failed=Sum("failed"), last=Max("at")
    )
    return {row["rule_id"]: row for row in sums}


def _row(request: SignedInRequest, setting: Setting, rule: AutomationRule, figures: dict[str, Any]) -> dict[str, Any]:
    spec, kind = setting.specs.get(rule.object_name), triggers.get(rule.trigger)
    config = (rule.draft.get("trigger") or {}).get("config") or {}
    sentence = (
        kind.told(StepContext(setting, rule, spec), config)
        if kind and spec
        else _("The object is switched off or gone.")
    )
    last = figures.get("last")
    return {
        "url": f"{URL}/{rule.pk}",
        "name": rule.name,
        "icon": kind.icon if kind else "bolt",
        "sentence": sentence,
        "state": {"text": rule.get_state_display(), "color": RULE_COLORS[RuleState(rule.state)]},
        "is_on": rule.state == RuleState.ON,
        "runs": figures.get("begun") or 0,
        "failed": figures.get("failed") or 0,
        "last": short_instant(last, request.actor) if last else "",
        "is_draft": not rule.version,
    }


@signed_in("GET", "POST")
def new_rule(request: SignedInRequest) -> HttpResponse:
    """Begin a rule: for which object, and when."""
    require_page(request.actor, PAGE)
    services.require_editing(request.actor)
    setting = Setting(request.actor.organization)
    objects = objects_with_rules(setting)
    spec = objects.get(request.POST.get("object") or request.GET.get("object") or "")
    if request.method == "POST":
        kind = triggers.get(request.POST.get("trigger", ""))
        if spec is None or kind is None:
            raise Missing("not_found", _("There is no such object."))
        definition: dict[str, Any] = {"trigger": {"kind": kind.name, "config": {}}, "condition": {}, "steps": []}
        name = _unused_name(_("%(object)s: %(trigger)s") % {"object": spec.label, "trigger": kind.label})
        rule = services.create_rule(request.actor, name=name, spec=spec, definition=definition)
        # What the trigger cannot do without is asked for at once.
        is_open = bool(kind.problems(StepContext(setting, rule, spec), {}))
        return visit(request, f"{URL}/{rule.pk}?begin=1" if is_open else f"{URL}/{rule.pk}")
    context = StepContext(setting, AutomationRule(), spec) if spec else None
    shown = {
        "objects": [
            {
                "name": entry.name,
                "label": str(entry.label_plural),
                "icon": entry.icon,
                "url": f"{URL}/new?object={entry.name}",
            }
            for entry in objects.values()
        ],
        "object": {"name": spec.name, "label": str(spec.label)} if spec else None,
        "triggers": [
            {"name": kind.name, "label": str(kind.label), "help": str(kind.help), "icon": kind.icon}
            for kind in triggers
            if context is not None and kind.is_offered(context)
        ],
    }
    return answer(request, "new.html", shown)


def objects_with_rules(setting: Setting) -> dict[str, ObjectSpec]:
    """Return the objects that rules may be about."""
    return {name: spec for name, spec in setting.specs.items() if not spec.is_setting and not spec.ability}


def _unused_name(name: str) -> str:
    taken = set(AutomationRule.objects.filter(name__startswith=name[:100]).values_list("name", flat=True))
    return next(
        text
        for number in range(1, 1_000)
        if (text := name[:100] if number == 1 else f"{name[:100]} {number}") not in taken
    )


class SettingsForm(forms.Form):
    """What is no part of a version."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    acts_as = forms.ChoiceField(
        label=gettext_lazy("Acts as"), choices=ActsAs.choices,
        help_text=gettext_lazy("Whose right decides what the steps may do. People are only ever shown what they may see themselves."),
    )  # fmt: skip
    owner = PickField(
        label=gettext_lazy("Owner"), pick_url="/pick/user", names=names_of_people,
        help_text=gettext_lazy("Is told when the rule fails or is paused."),
    )  # fmt: skip
    most_per_hour = forms.IntegerField(
        label=gettext_lazy("At most in an hour"), min_value=1, max_value=2_000_000,
        help_text=gettext_lazy("More often than that the rule is paused, and its owner is told."),
    )  # fmt: skip


@signed_in("GET", "POST")
def rule_settings(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change name, owner, whose right a rule acts with, and how often it may run."""
    editing = Editing.of(request, rule_id)
    rule = editing.rule
    initial = {name: getattr(rule, name) for name in ("name", "description", "acts_as", "most_per_hour")}
    form = SettingsForm(request.POST or None, initial={**initial, "owner": str(rule.owner_id or "")})
    if request.method == "POST" and form.is_valid():
        try:
            sent = form.cleaned_data
            owner_id = parse_id(sent["owner"])
            owner = User.objects.filter(pk=owner_id, is_active=True).first() if owner_id else None
            if owner is None:
                raise Invalid([FieldError("owner", "unknown_record", _("Choose somebody who may sign in."))])
            services.change_rule(request.actor, rule, **{**sent, "owner": owner})
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is saved.") % {"name": rule.name}, editing.url)
    return settings_form(request, PAGE, form, title=_("Settings of the rule"))


@signed_in("POST")
def switch(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Switch a rule on or off."""
    require_page(request.actor, PAGE)
    rule = services.find_rule(rule_id)
    wanted = request.POST.get("to") == "on"
    if wanted:
        services.enable(request.actor, rule)
    else:
        services.disable(request.actor, rule)
    text = _("“%(name)s” is on.") if wanted else _("“%(name)s” is off. What is under way goes to its end.")
    return saved(request, text % {"name": rule.name}, _back(request, rule))


@signed_in("POST")
def resume(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Let a paused rule go on, with what was held back or without."""
    require_page(request.actor, PAGE)
    rule = services.find_rule(rule_id)
    drop = request.POST.get("drop") == "1"
    count = services.resume(request.actor, rule, drop=drop)
    text = (
        ngettext("%(count)d run was dropped.", "%(count)d runs were dropped.", count)
        if drop
        else ngettext("%(count)d run goes on.", "%(count)d runs go on.", count)
    )
    return saved(request, text % {"count": count}, _back(request, rule))


@signed_in("POST")
def end_runs(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """End what a rule has under way."""
    require_page(request.actor, PAGE)
    rule = services.find_rule(rule_id)
    count = services.end_runs(request.actor, rule)
    text = ngettext("%(count)d run was ended.", "%(count)d runs were ended.", count) % {"count": count}
    return saved(request, text, f"{URL}/{rule.pk}/runs")


@signed_in("POST")
def remove(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Delete a rule that is off."""
    require_page(request.actor, PAGE)
    rule = services.find_rule(rule_id)
    services.delete_rule(request.actor, rule)
    return saved(request, _("“%(name)s” is deleted.") % {"name": rule.name}, URL)


def under_way(rule: AutomationRule) -> int:
    """Return how many runs of a rule are under way."""
    return Run.objects.filter(rule=rule, state__in=UNDER_WAY).count()


def _back(request: SignedInRequest, rule: AutomationRule) -> str:
    return f"{URL}/{rule.pk}" if request.POST.get("back") == "rule" and is_whole(request.actor) else URL
