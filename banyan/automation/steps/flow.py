"""Steps that lead: wait, branch, for each child, another rule, stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation.choices import RuleState
from banyan.automation.conditions import Case, Tester, children_of, sentences, words_of
from banyan.automation.models import AutomationRule
from banyan.automation.rules.timing import SECONDS, at_hour, duration
from banyan.automation.steps.base import Json, Outcome, StepContext, StepKind, SubRun, Work, register_step
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, FieldError, Invalid
from banyan.core.listing.fields import value_expression
from banyan.core.listing.filters import Group, live_rows, parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec

UNITS = (("minutes", gettext_lazy("minutes")), ("hours", gettext_lazy("hours")), ("days", gettext_lazy("days")))
MOST_CHILDREN = 1_000
#: A run that waits for a condition looks again after this long although nothing was heard: parents may have changed.
LOOK_AGAIN = timedelta(hours=1)


def length_words(amount: Any, unit: Any) -> str:
    """Return a length of time in words."""
    number = int(amount or 0)
    if unit == "minutes":
        return ngettext("%(count)d minute", "%(count)d minutes", number) % {"count": number}
    if unit == "hours":
        return ngettext("%(count)d hour", "%(count)d hours", number) % {"count": number}
    return ngettext("%(count)d day", "%(count)d days", number) % {"count": number}


class WaitFor(StepKind):
    """Wait for some time, or until a date of the record."""

    name = "wait"
    label = gettext_lazy("Wait")
    help = gettext_lazy("For some time, or until a date of the record.")
    icon = "clock"
    group = "flow"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: how long, or until which date."""
        return _WaitForm(data, initial={"mode": "for", **config}, context=context)

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        form = _WaitForm({**config}, context=context)
        return [] if form.is_valid() else [str(message) for messages in form.errors.values() for message in messages]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say how long."""
        if config.get("mode") == "until":
            field = context.setting.label_at(context.spec, str(config.get("field")))
            days = int(config.get("days") or 0)
            if days < 0:
                text = ngettext("%(days)d day before “%(field)s”", "%(days)d days before “%(field)s”", -days)
            elif days:
                text = ngettext("%(days)d day after “%(field)s”", "%(days)d days after “%(field)s”", days)
            else:
                text = _("“%(field)s”")
            return _("Wait until %(when)s") % {"when": text % {"days": abs(days), "field": field}}
        return _("Wait %(length)s") % {"length": length_words(config.get("amount"), config.get("unit"))}

    def run(self, work: Work) -> Outcome:
        """Let the run wait; it goes on with the next step."""
        until = self._until(work)
        if until is None:
            return Outcome(_("Not waited: the date is empty."))
        if until <= now():
            return Outcome(_("Not waited: the time has passed already."))
        return Outcome(
            self.sentence(StepContext(work.setting, work.rule, work.spec), work.config), waits=True, wait_until=until
        )

    def _until(self, work: Work) -> datetime | None:
        config = work.config
        if config.get("mode") != "until":
            return now() + duration(int(config.get("amount") or 0), str(config.get("unit")))
        value, shift = work.value(str(config.get("field"))), timedelta(days=int(config.get("days") or 0))
        if isinstance(value, datetime):
            return value + shift
        zone = work.setting.organization.time_zone
        return at_hour(value + shift, int(config.get("hour") or 9), zone) if isinstance(value, date) else None


class _WaitForm(forms.Form):
    mode = forms.ChoiceField(
        label=gettext_lazy("How"), initial="for",
        choices=[("for", gettext_lazy("For some time")), ("until", gettext_lazy("Until a date of the record"))],
    )  # fmt: skip
    amount = forms.IntegerField(
        label=gettext_lazy("How long"), min_value=1, max_value=10_000, required=False, initial=1
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, required=False, initial="days")
    field = forms.ChoiceField(label=gettext_lazy("Date"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("Days later"), min_value=-3_650, max_value=3_650, required=False,
        help_text=gettext_lazy("Negative: before the date."),
    )  # fmt: skip
    hour = forms.IntegerField(label=gettext_lazy("At which hour"), min_value=0, max_value=23, required=False, initial=9)

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["field"]
        entry.choices = [("", "–"), *date_fields(context.spec)]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("mode") == "until" and not found.get("field"):
            self.add_error("field", _("Choose the date."))
        if found.get("mode") == "for" and (not found.get("amount") or found.get("unit") not in SECONDS):
            self.add_error("amount", _("Say how long."))
        return found


def date_fields(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the fields that hold days or instants."""
    return [
        (name, str(entry.label))
        for name, entry in spec.all_fields.items()
        if entry.kind.widget in {"date", "datetime"} and not entry.sensitive
    ]


class WaitUntil(StepKind):
    """Wait until a condition holds, at most for some time."""

    name = "wait_until"
    label = gettext_lazy("Wait for a condition")
    help = gettext_lazy("Until the record fits a condition, at most for some time.")
    icon = "player-stop"
    group = "flow"
    filters = True

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: how long at most, and what happens then."""
        return _PatienceForm(data, initial=dict(config))

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the condition."""
        if not config.get("filter"):
            return [_("Say which condition is waited for.")]
        try:
            Tester(context.setting, context.spec, {"record": config["filter"]})
        except Invalid as problem:
            return [str(error.message) for error in problem.errors]
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say what is waited for."""
        words = "; ".join(sentences(context.setting, context.spec, {"record": config.get("filter") or {}})) or "…"
        length = length_words(config.get("amount"), config.get("unit"))
        if config.get("then") == "end":
            return _("Wait until %(condition)s, at most %(length)s, else end") % {"condition": words, "length": length}
        return _("Wait until %(condition)s, at most %(length)s, then go on") % {"condition": words, "length": length}

    def run(self, work: Work) -> Outcome:
        """Look whether the condition holds; if not, wait on at the same step."""
        tester = Tester(work.setting, work.spec, {"record": work.config.get("filter") or {}})
        why = tester.verdicts([Case(work.record, work.run.cause)])[0]
        if not why:
            return Outcome(_("The condition holds."), remember={"patience": None})
        patience = work.run.memory.get("patience") or {}
        limit = patience.get(work.instruction.step_id)
        ends_at = (
            datetime.fromisoformat(limit)
            if limit
            else now() + duration(int(work.config.get("amount") or 1), str(work.config.get("unit") or "days"))
        )
        if ends_at <= now():
            text = _("The time is over: %(why)s") % {"why": why}
            return Outcome(text, ends=work.config.get("then") == "end", remember={"patience": None})
        return Outcome(
            why, waits=True, stays=True, wait_until=min(ends_at, now() + LOOK_AGAIN),
            remember={"patience": {work.instruction.step_id: ends_at.isoformat()}},
        )  # fmt: skip


class _PatienceForm(forms.Form):
    amount = forms.IntegerField(label=gettext_lazy("At most"), min_value=1, max_value=10_000, initial=7)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="days")
    then = forms.ChoiceField(
        label=gettext_lazy("When the time is over"),
        choices=[("go_on", gettext_lazy("Go on with the next step")), ("end", gettext_lazy("End the run"))],
    )


class Branch(StepKind):
    """If, else if, else."""

    name = "branch"
    label = gettext_lazy("Branch")
    help = gettext_lazy("If - else if - else: different steps for different records.")
    icon = "hierarchy-2"
    group = "flow"
    branches = True

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say that the way depends."""
        return _("Depending on the record")

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Let each go the first way whose condition holds; each condition is tried on all that are left together."""
        found: dict[int, Outcome] = {}
        reasons: dict[int, list[str]] = {number: [] for number in range(len(works))}
        instruction = works[0].instruction
        for position, branch in enumerate(instruction.branches):
            name = str(branch.get("name") or _("Branch %(number)d") % {"number": position + 1})
            left = [number for number in range(len(works)) if number not in found]
            tester = Tester(works[0].setting, works[0].spec, branch.get("condition"))
            verdicts = tester.verdicts([Case(works[number].record, works[number].run.cause) for number in left])
            for number, why in zip(left, verdicts, strict=True):
                if why:
                    reasons[number].append(_("not “%(name)s”: %(why)s") % {"name": name, "why": why})
                else:
                    found[number] = Outcome(
                        _("Went “%(name)s”.") % {"name": name}, goes_to=instruction.starts[position]
                    )
        last = instruction.starts[len(instruction.branches)]
        text = _("Went “otherwise”; %(reasons)s")
        return [
            found.get(number) or Outcome(text % {"reasons": "; ".join(reasons[number])}, goes_to=last)
            for number in range(len(works))
        ]


class ForEach(StepKind):
    """Do steps for each record that belongs to this one."""

    name = "for_each"
    label = gettext_lazy("For each child record")
    help = gettext_lazy("Does the steps below for each record that belongs to this one.")
    icon = "repeat"
    group = "flow"
    has_body = True
    filters = True

    def is_offered(self, context: StepContext) -> bool:
        """Say whether anything belongs to the object."""
        return bool(children_of(context.setting, context.spec))

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which children."""
        return _EachForm(
            data, initial={"list": f"{config.get('object')}.{config.get('link')}", **config}, context=context
        )

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return object and link."""
        name, _dot, link = form.cleaned_data["list"].partition(".")
        return {"object": name, "link": link}

    def target(self, context: StepContext, config: Json) -> ObjectSpec | None:
        """Return the children's object."""
        return context.setting.specs.get(str(config.get("object")))

    def body_spec(self, context: StepContext, config: Json) -> ObjectSpec:
        """Return the children's object, which the steps below are about."""
        return self.target(context, config) or context.spec

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with list or filter."""
        target = self.target(context, config)
        known = {(other.name, link) for other, link, _label in children_of(context.setting, context.spec)}
        if target is None or (target.name, config.get("link")) not in known:
            return [_("Choose which records the steps are done for.")]
        try:
            to_q(parse_tree(config.get("filter") or {}), target, context.setting.system)
        except Invalid as problem:
            return [str(error.message) for error in problem.errors]
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say for which children."""
        target = self.target(context, config)
        if target is None:
            return str(self.label)
        labels = {(other.name, link): label for other, link, label in children_of(context.setting, context.spec)}
        label = labels.get((target.name, str(config.get("link"))), str(target.label_plural))
        node = parse_tree(config.get("filter") or {})
        if node == Group():
            return _("For each of: %(list)s") % {"list": label}
        words = words_of(context.setting, target, node)
        return _("For each of: %(list)s where %(condition)s") % {"list": label, "condition": words}

    def run(self, work: Work) -> Outcome:
        """Begin a run of the steps below for each child."""
        context = StepContext(work.setting, work.rule, work.spec)
        target = self.target(context, work.config)
        entry = target.all_fields.get(str(work.config.get("link"))) if target else None
        if target is None or entry is None:
            raise Invalid([FieldError("object", "unknown_object", _("What the steps are done for is gone."))])
        condition, annotations = to_q(parse_tree(work.config.get("filter") or {}), target, work.setting.system)
        rows = live_rows(work.setting.system, target).alias(**annotations, belongs_to=value_expression(entry))
        found = list(
            rows.filter(condition, belongs_to=work.record.pk)
            .order_by("pk")
            .values_list("pk", flat=True)[: MOST_CHILDREN + 1]
        )
        if len(found) > MOST_CHILDREN:
            message = _("More than %(count)d records belong here; narrow them by a condition.") % {
                "count": MOST_CHILDREN
            }
            raise Invalid([FieldError("filter", "too_many", message)])
        if not work.instruction.starts:
            return Outcome(_("There are no steps to be done."))
        begun = [SubRun(target.name, pk, position=work.instruction.starts[0]) for pk in found]
        text = ngettext("Begun for %(count)d record.", "Begun for %(count)d records.", len(found))
        return Outcome(text % {"count": len(found)}, sub_runs=begun)


class _EachForm(forms.Form):
    list = forms.ChoiceField(label=gettext_lazy("Which records"))

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["list"]
        entry.choices = [
            (f"{other.name}.{link}", label) for other, link, label in children_of(context.setting, context.spec)
        ]
        entry.widget.attrs["refreshes"] = True


class RunRule(StepKind):
    """Run another rule for the same record."""

    name = "run_rule"
    label = gettext_lazy("Run another rule")
    help = gettext_lazy("A rule that is begun by other rules, for the same record.")
    icon = "arrow-right"
    group = "flow"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether there is such a rule."""
        return callable_rules(context).exists()

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which rule."""
        return _RuleForm(data, initial=dict(config), context=context)

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return whether the rule can be run."""
        found = callable_rules(context).filter(key=config.get("rule") or "").first()
        if found is None:
            return [_("Choose a rule for the same kind of record that is begun by other rules.")]
        return [] if found.version else [_("“%(name)s” was never put into effect.") % {"name": found.name}]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which rule."""
        found = AutomationRule.objects.filter(key=config.get("rule") or "").first()
        return _("Run the rule “%(name)s”") % {"name": found.name if found else "…"}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Begin a run of the other rule for each."""
        context = StepContext(works[0].setting, works[0].rule, works[0].spec)
        found = callable_rules(context).filter(key=works[0].config.get("rule") or "").first()
        if found is None or found.state != RuleState.ON or not found.version:
            raise DomainError("rule_is_off", _("The rule that should be run is gone or switched off."))
        text = _("“%(name)s” was begun.") % {"name": found.name}
        return [Outcome(text, sub_runs=[SubRun(work.spec.name, work.record.pk, rule=found)]) for work in works]


def callable_rules(context: StepContext) -> Any:
    """Return the other rules of the same object that are begun by rules."""
    rows = AutomationRule.objects.filter(object_name=context.spec.name, trigger="called")
    return rows.exclude(pk=context.rule.pk)


class _RuleForm(forms.Form):
    rule = forms.ChoiceField(label=gettext_lazy("Rule"))

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["rule"]
        entry.choices = list(callable_rules(context).values_list("key", "name"))


class Stop(StepKind):
    """End the run."""

    name = "stop"
    label = gettext_lazy("End here")
    help = gettext_lazy("Nothing more is done for this record.")
    icon = "ban"
    group = "flow"

    def run(self, work: Work) -> Outcome:
        """End the run."""
        return Outcome(_("Ended by this step."), ends=True)


for _kind in (WaitFor(), WaitUntil(), Branch(), ForEach(), RunRule(), Stop()):
    register_step(_kind)
