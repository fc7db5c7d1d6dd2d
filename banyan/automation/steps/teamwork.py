"""Steps that write what colleagues read: a task, a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation import people
from banyan.automation.steps.base import Json, Outcome, StepContext, StepKind, Work, place_help, register_step
from banyan.automation.values import text_problem, text_words, written
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.teamwork.public import mentioned


class CreateTask(StepKind):
    """Create a task from a template."""

    name = "task"
    label = gettext_lazy("Create a task")
    help = gettext_lazy("From a template: title, deadline, checklist, who does it.")
    icon = "checkbox"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether there are tasks."""
        return "task" in context.setting.specs

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form of the template."""
        initial = {**config, **people.initial_of(config.get("to") or {})}
        return _TaskForm(data, initial=initial, setting=context.setting, spec=context.spec)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the template."""
        sent = form.cleaned_data
        found = {name: sent.get(name) for name in ("title", "days", "priority", "checklist", "notes")}
        return {
            **{name: value for name, value in found.items() if value not in (None, "")},
            "to": people.recipients_of(sent),
        }

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the template."""
        texts = [str(config.get(name) or "") for name in ("title", "notes", "checklist")]
        found = [problem for text in texts if (problem := text_problem(context.setting, context.spec, text))]
        if not texts[0].strip():
            found.append(_("Give the task a title."))
        return [*found, *people.problems(context.setting, context.spec, config.get("to") or {})]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say who has to do what until when."""
        days = int(config.get("days") or 0)
        due = ngettext("due in %(days)d day", "due in %(days)d days", days) % {"days": days}
        return _("Create the task “%(title)s” for %(who)s, %(due)s") % {
            "title": text_words(context.setting, context.spec, str(config.get("title") or "")),
            "who": people.words(context.setting, context.spec, config.get("to") or {}),
            "due": due,
        }

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Create the tasks: the first of the people does it, the others help."""
        config = works[0].config
        chosen = people.recipients(config.get("to") or {}, [(work.value, work.actor_id) for work in works])
        if not all(chosen):
            raise Invalid([FieldError("to", "nobody", _("There is nobody who could do the task."))])
        rows = [self._values(work, group) for work, group in zip(works, chosen, strict=True)]
        outcome = door.create_many(works[0].actor, works[0].setting.specs["task"], rows)
        if outcome.rejected:
            raise Invalid(next(iter(outcome.rejected.values())))
        text = _("Task “%(title)s” for %(names)s.")
        return [
            Outcome(
                text % {"title": row["name"], "names": _(", ").join(person.name for person in group)},
                {"created": ["task", str(pk)]},
            )
            for row, group, pk in zip(rows, chosen, outcome.created, strict=True)
        ]

    def _values(self, work: Work, chosen: Sequence[User]) -> dict[str, Any]:
        config = work.config
        values: dict[str, Any] = {
            "name": written(work.moment, str(config.get("title")))[:255],
            "assignee": chosen[0].pk,
            "owner": chosen[0].pk,
            "helpers": [str(person.pk) for person in chosen[1:]],
            "due_on": today(work.setting.organization.time_zone) + timedelta(days=int(config.get("days") or 0)),
            "priority": config.get("priority") or "normal",
            "notes": written(work.moment, str(config.get("notes") or "")),
            "checklist": written(work.moment, str(config.get("checklist") or "")),
            "about": reference_to(work.spec.name, work.record.pk),
            "customer": self._customer(work),
        }
        return {name: value for name, value in values.items() if value not in (None, "", [])}

    def _customer(self, work: Work) -> Any:
        if work.spec.name == "customer":
            return work.record.pk
        return work.value("customer") if "customer" in work.spec.links else None


class _TaskForm(people.RecipientsForm):
    title = forms.CharField(label=gettext_lazy("Task"), max_length=200)
    days = forms.IntegerField(label=gettext_lazy("Due after days"), min_value=0, max_value=3_650, initial=1)
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), initial="normal",
        choices=[("high", gettext_lazy("High")), ("normal", gettext_lazy("Normal")), ("low", gettext_lazy("Low"))],
    )  # fmt: skip
    checklist = forms.CharField(
        label=gettext_lazy("Checklist"), widget=forms.Textarea(attrs={"rows": 4}), max_length=5_000, required=False,
        help_text=gettext_lazy("One item in each line."),
    )  # fmt: skip
    notes = forms.CharField(label=gettext_lazy("Notes"), widget=forms.Textarea, max_length=5_000, required=False)
    field_order = (
        "title",
        "days",
        "priority",
        "grantees",
        "fields_of_record",
        "superiors",
        "actor",
        "checklist",
        "notes",
    )

    def __init__(self, *args: Any, setting: Any, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, setting=setting, spec=spec, **options)
        self.fields["title"].help_text = _("Places for values: %(places)s") % {"places": place_help(setting, spec)}


class WriteMessage(StepKind):
    """Write a comment on the record."""

    name = "message"
    label = gettext_lazy("Write a comment")
    help = gettext_lazy("On the record's timeline; people named with @ are told.")
    icon = "message-circle"
    group = "people"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether there are comments."""
        return "comment" in context.setting.specs

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: the text and who is mentioned."""
        initial = {**config, **people.initial_of(config.get("to") or {})}
        return _MessageForm(data, initial=initial, setting=context.setting, spec=context.spec)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return text and recipients."""
        return {"text": form.cleaned_data["text"], "to": people.recipients_of(form.cleaned_data)}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the text or the recipients."""
        problem = text_problem(context.setting, context.spec, str(config.get("text") or ""))
        to = config.get("to") or {}
        found = [] if people.is_nobody(to) else people.problems(context.setting, context.spec, to)
        return [*([problem] if problem else []), *found]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say what is written."""
        text = text_words(context.setting, context.spec, str(config.get("text") or ""))
        to = config.get("to") or {}
        if people.is_nobody(to):
            return _("Comment: “%(text)s”") % {"text": text}
        return _("Comment to %(names)s: “%(text)s”") % {
            "names": people.words(context.setting, context.spec, to),
            "text": text,
        }

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Write the comments."""
        to = works[0].config.get("to") or {}
        cases = [(work.value, work.actor_id) for work in works]
        named = [[] for _work in works] if people.is_nobody(to) else people.recipients(to, cases)
        rows = []
        for work, group in zip(works, named, strict=True):
            text = "".join(f"@{person.name} " for person in group) + written(
                work.moment, str(work.config.get("text") or "")
            )
            rows.append(
                {"about": reference_to(work.spec.name, work.record.pk), "text": text, "mentions": mentioned(text)}
            )
        outcome = door.create_many(works[0].actor, works[0].setting.specs["comment"], rows)
        if outcome.rejected:
            raise Invalid(next(iter(outcome.rejected.values())))
        return [Outcome(_("Commented: “%(text)s”") % {"text": row["text"]}) for row in rows]


class _MessageForm(people.RecipientsForm):
    text = forms.CharField(label=gettext_lazy("Comment"), widget=forms.Textarea, max_length=5_000)
    field_order = ("text", "grantees", "fields_of_record", "superiors", "actor")

    def __init__(self, *args: Any, setting: Any, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, setting=setting, spec=spec, **options)
        self.fields["grantees"].label = _("People to mention")
        self.fields["text"].help_text = _("Everybody who sees the record reads it. Places for values: %(places)s") % {
            "places": place_help(setting, spec)
        }

    def needs_somebody(self) -> bool:
        """Say that a comment need not mention anybody."""
        return False


for _kind in (CreateTask(), WriteMessage()):
    register_step(_kind)
