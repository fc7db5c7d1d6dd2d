"""Steps that write records: set fields, create a record, assign, share, a task, a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation import people
from banyan.automation.steps.base import Json, Outcome, StepContext, StepKind, Work, place_help, register_step
from banyan.automation.values import computed, problems_of, row_words, text_problem, text_words, written
from banyan.core.access.models import ReportingLine, SharedAccess
from banyan.core.access.sharing import Terms, names_of, share
from banyan.core.business_rules.assignment import assign_by_rule
from banyan.core.business_rules.models import AssignmentRule
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import USER, reference_to
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.tenancy.sequences import take_numbers
from banyan.core.web.plain_forms import PickField, names_of_people
from banyan.core.web.sharing import is_shareable, names_of_grantees, terms_in_words
from banyan.teamwork.public import mentioned

Values = Mapping[str, Any]


def update_each(works: Sequence[Work], values: Mapping[Any, Values]) -> list[Outcome]:
    """Write values into the records of the works in one go, and say of each what changed.

    Raises ``Invalid`` for the first record that refuses when it is alone; otherwise what all of them refuse.
    """
    outcome = door.update_many(works[0].actor, works[0].spec, values)
    if outcome.rejected:
        raise Invalid(next(iter(outcome.rejected.values())))
    changed = set(outcome.updated)
    return [_told(work, values[work.record.pk], is_changed=work.record.pk in changed) for work in works]


def _told(work: Work, values: Values, *, is_changed: bool) -> Outcome:
    if not is_changed:
        return Outcome(_("Everything was so already."))
    texts, details = [], {}
    for name, value in values.items():
        entry = work.spec.all_fields[name]
        if entry.sensitive:
            texts.append(_("%(field)s was set") % {"field": entry.label})
            continue
        before = work.setting.display(entry, work.value(name)) or "–"
        after = work.setting.display(entry, entry.kind.parse(value, work.setting.reading)) or "–"
        texts.append(_("%(field)s: %(before)s → %(after)s") % {"field": entry.label, "before": before, "after": after})
        details[name] = [before, after]
    return Outcome("; ".join(texts), {"changed": details})


class SetFields(StepKind):
    """Write fields of the record."""

    name = "set_fields"
    label = gettext_lazy("Set fields")
    help = gettext_lazy("Fixed values, values of other fields, texts, days from then.")
    icon = "pencil"
    fills = True

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the values."""
        rows = config.get("values") or []
        if not rows:
            return [_("Choose at least one field to set.")]
        return problems_of(context.setting, context.spec, context.spec, rows)

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which fields get which values."""
        rows = [row_words(context.setting, context.spec, context.spec, row) for row in config.get("values") or []]
        return _("Set %(values)s") % {"values": _(", ").join(rows)} if rows else str(self.label)

    def sets(self, config: Json) -> dict[str, Json]:
        """Return the rows by their fields."""
        return {str(row.get("field")): row for row in config.get("values") or []}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Write all records in a handful of statements."""
        rows = works[0].config.get("values") or []
        return update_each(works, {work.record.pk: computed(work.moment, work.spec, rows) for work in works})


class CreateRecord(StepKind):
    """Create a record of any object."""

    name = "create_record"
    label = gettext_lazy("Create a record")
    help = gettext_lazy("With values from this record, linked back to it.")
    icon = "plus"
    fills = True

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which object."""
        return _ObjectForm(data, initial=dict(config), context=context)

    def target(self, context: StepContext, config: Json) -> ObjectSpec | None:
        """Return the object whose fields are filled."""
        return context.setting.specs.get(str(config.get("object")))

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the object or its values; required fields have to be filled."""
        target = self.target(context, config)
        if target is None:
            return [_("Choose what kind of record is created.")]
        rows = config.get("values") or []
        filled = {str(row.get("field")) for row in rows}
        missing = [
            _("“%(label)s” is needed.") % {"label": entry.label}
            for name, entry in target.writable_fields.items()
            if entry.required and entry.default is None and name not in filled
        ]
        return [*missing, *problems_of(context.setting, context.spec, target, rows)]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say what is created with which values."""
        target = self.target(context, config)
        if target is None:
            return str(self.label)
        rows = [row_words(context.setting, context.spec, target, row) for row in config.get("values") or []]
        return _("Create a record “%(object)s”: %(values)s") % {"object": target.label, "values": _(", ").join(rows)}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Create one record for each run."""
        target = self.target(StepContext(works[0].setting, works[0].rule, works[0].spec), works[0].config)
        if target is None:
            raise Invalid([FieldError("object", "unknown_object", _("The kind of record to create is gone."))])
        rows = works[0].config.get("values") or []
        outcome = door.create_many(works[0].actor, target, [computed(work.moment, target, rows) for work in works])
        if outcome.rejected:
            raise Invalid(next(iter(outcome.rejected.values())))
        return [
            Outcome(
                _("A record “%(object)s” was created.") % {"object": target.label},
                {"created": [target.name, str(pk)]},
                remember={"created": {work.instruction.step_id: [target.name, str(pk)]}},
            )
            for work, pk in zip(works, outcome.created, strict=True)
        ]


class _ObjectForm(forms.Form):
    object = forms.ChoiceField(label=gettext_lazy("What is created"))

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["object"]
        entry.choices = [
            (spec.name, str(spec.label))
            for spec in context.setting.specs.values()
            if not spec.is_setting and spec.has_page
        ]
        entry.widget.attrs["refreshes"] = True


class Assign(StepKind):
    """Give the record to somebody."""

    name = "assign"
    label = gettext_lazy("Assign")
    help = gettext_lazy("To a person, in turn, to whoever stands in a field, or to the superior.")
    icon = "user-check"
    group = "people"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which field, and to whom."""
        return _AssignForm(data, initial=dict(config), context=context)

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        form = _AssignForm({**config}, context=context)
        return [] if form.is_valid() else [str(message) for messages in form.errors.values() for message in messages]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say who gets it."""
        entry = context.spec.all_fields.get(str(config.get("field") or "owner"))
        names = _(", ").join(names_of_people(list(config.get("people") or ())).values())
        way = {
            "turn": _("in turn to %(names)s") % {"names": names},
            "field": _("to %(names)s") % {"names": context.setting.label_at(context.spec, str(config.get("path")))},
            "rule": _("by the assignment rule “%(rule)s”")
            % {"rule": dict(assignment_rules(context.spec)).get(str(config.get("rule")), "…")},
            "superior": _("to the superior of the owner"),
            "actor": _("to whoever did it"),
        }.get(str(config.get("way")), "")
        return _("Assign “%(field)s” %(way)s") % {"field": entry.label if entry else "", "way": way}

    def sets(self, config: Json) -> dict[str, Json]:
        """Return the field that is written; who comes next in turn is someone else each time."""
        source = "turn" if config.get("way") == "turn" and len(config.get("people") or ()) > 1 else "copy"
        return {str(config.get("field") or "owner"): {"source": source, "value": None}}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Assign all records together."""
        if works[0].config.get("way") == "rule":
            return _assigned_by_rule(works)
        name = str(works[0].config.get("field") or "owner")
        chosen = self._people(works)
        if None in chosen:
            raise Invalid([FieldError(name, "nobody", _("There is nobody to assign it to."))])
        return update_each(works, {work.record.pk: {name: person} for work, person in zip(works, chosen, strict=True)})

    def _people(self, works: Sequence[Work]) -> list[Any]:
        config, way = works[0].config, works[0].config.get("way")
        if way == "turn":
            ids = [pk for text in config.get("people") or () if (pk := parse_id(text)) is not None]
            active = set(User.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
            present = [pk for pk in ids if pk in active]
            if not present:
                return [None] * len(works)
            first = take_numbers(works[0].run.organization_id, _turn_key(works[0]), len(works))
            return [present[(first + number - 1) % len(present)] for number in range(len(works))]
        if way == "superior":
            lines = ReportingLine.objects.filter(user_id__in=[work.value("owner") for work in works], is_main=True)
            superiors = dict(lines.values_list("user_id", "superior_id"))
            return [superiors.get(work.value("owner")) for work in works]
        if way == "actor":
            return [parse_id(work.actor_id) for work in works]
        return [work.value(str(config.get("path"))) for work in works]


def assignment_rules(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the assignment rules of an object: keys and names."""
    return list(AssignmentRule.objects.filter(object_name=spec.name).values_list("key", "name"))


def _assigned_by_rule(works: Sequence[Work]) -> list[Outcome]:
    """Let an assignment rule say who gets the records; those that it cannot place stay."""
    key = str(works[0].config.get("rule"))
    rule = AssignmentRule.objects.filter(object_name=works[0].spec.name, key=key).first()
    if rule is None:
        raise Invalid([FieldError("rule", "unknown_record", _("The assignment rule is gone."))])
    outcome = assign_by_rule(works[0].actor, rule.pk, works[0].spec, [work.record.pk for work in works])
    if outcome.rejected:
        raise Invalid(next(iter(outcome.rejected.values())))
    placed = set(outcome.updated)
    done, left = (
        _("Assigned by “%(rule)s”.") % {"rule": rule.name},
        _("“%(rule)s” found nobody for it.") % {"rule": rule.name},
    )
    return [Outcome(done if work.record.pk in placed else left) for work in works]


def _turn_key(work: Work) -> str:
    return f"turn:{work.rule.pk}:{work.instruction.step_id}"[:80]


class _AssignForm(forms.Form):
    field = forms.ChoiceField(label=gettext_lazy("Which field"))
    way = forms.ChoiceField(
        label=gettext_lazy("To whom"),
        choices=[
            ("turn", gettext_lazy("People, in turn")), ("rule", gettext_lazy("By an assignment rule")), ("field", gettext_lazy("Whoever stands in a field")),
            ("superior", gettext_lazy("The superior of the owner")), ("actor", gettext_lazy("Whoever did it")),
        ],
    )  # fmt: skip
    people = PickField(
        label=gettext_lazy("People"), pick_url="/pick/user", names=names_of_people, multiple=True, required=False,
        help_text=gettext_lazy("One person, or several who get records one after the other."),
    )  # fmt: skip
    rule = forms.ChoiceField(label=gettext_lazy("Assignment rule"), required=False)
    path = forms.ChoiceField(label=gettext_lazy("Field that holds the person"), required=False)

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["field"]
        entry.choices = [
            (name, str(field.label))
            for name, field in context.spec.writable_fields.items()
            if getattr(field.kind, "target", "") == USER
        ]
        rule: Any = self.fields["rule"]
        rule.choices = [("", "–"), *assignment_rules(context.spec)]
        path: Any = self.fields["path"]
        path.choices = [("", "–"), *people.person_fields(context.setting, context.spec)]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("way") == "turn" and not found.get("people"):
            self.add_error("people", _("Choose at least one person."))
        if found.get("way") == "rule" and not found.get("rule"):
            self.add_error("rule", _("Choose the assignment rule."))
        if found.get("way") == "rule" and found.get("field") != "owner":
            self.add_error("field", _("Assignment rules give records an owner."))
        if found.get("way") == "field" and not found.get("path"):
            self.add_error("path", _("Choose the field that holds the person."))
        return found


class Share(StepKind):
    """Share the record."""

    name = "share"
    label = gettext_lazy("Share")
    help = gettext_lazy("Let people, departments or roles see or change the record.")
    icon = "share"
    group = "people"

    def is_offered(self, context: StepContext) -> bool:
        """Say whether records of the object can be shared."""
        return is_shareable(context.spec)

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: with whom, how far and for how long."""
        return _ShareForm(data, initial=dict(config))

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        if not is_shareable(context.spec):
            return [_("Records of this kind are not shared by themselves.")]
        given = list(config.get("grantees") or ())
        if not given or len(names_of_grantees(given)) < len(set(given)):
            return [_("Choose with whom to share; somebody chosen earlier may be gone.")]
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say with whom."""
        names = _(", ").join(names_of_grantees(list(config.get("grantees") or ())).values())
        terms = terms_in_words(str(config.get("access") or SharedAccess.VIEW), None)
        return _("Share with %(names)s: %(terms)s") % {"names": names, "terms": terms}

    def run(self, work: Work) -> Outcome:
        """Share the record."""
        grantees = people.grantees_in(work.config)
        days = work.config.get("days")
        ends_on = today(work.setting.organization.time_zone) + timedelta(days=int(days)) if days else None
        share(work.actor, work.spec, work.record.pk, grantees, Terms(str(work.config.get("access")), ends_on))
        names = _(", ").join(sorted(names_of(grantees).values()))
        return Outcome(_("Shared with %(names)s.") % {"names": names})


class _ShareForm(forms.Form):
    grantees = PickField(
        label=gettext_lazy("With whom"), pick_url="/pick/grantees", multiple=True,
        names=lambda values: names_of_grantees(values),  # noqa: PLW0108 found when it is called
    )  # fmt: skip
    access = forms.ChoiceField(
        label=gettext_lazy("What they may do"), choices=SharedAccess.choices, initial=SharedAccess.VIEW.value
    )
    days = forms.IntegerField(
        label=gettext_lazy("For days"), min_value=1, max_value=3_650, required=False,
        help_text=gettext_lazy("Empty: until somebody ends it."),
    )  # fmt: skip


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


for _kind in (SetFields(), CreateRecord(), CreateTask(), WriteMessage(), Assign(), Share()):
    register_step(_kind)
