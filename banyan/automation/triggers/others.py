"""Triggers that no write begins: the clock, a button, another system, another rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation.conditions import words_of
from banyan.automation.rules.timing import DAILY, HOURLY, MONTHLY, WEEKLY, WORKDAYS
from banyan.automation.steps.base import StepContext
from banyan.automation.steps.flow import date_fields
from banyan.automation.triggers.base import Json, TriggerKind, register_trigger
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import Group, parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec

WEEKDAYS = [
    (0, gettext_lazy("Monday")), (1, gettext_lazy("Tuesday")), (2, gettext_lazy("Wednesday")), (3, gettext_lazy("Thursday")),
    (4, gettext_lazy("Friday")), (5, gettext_lazy("Saturday")), (6, gettext_lazy("Sunday")),
]  # fmt: skip
BUTTON_ICONS = (
    "bolt", "check", "flag", "star", "mail", "phone", "send", "user-check", "truck", "receipt", "clipboard-list", "refresh",
)  # fmt: skip
MOST_MAPPED = 40


def filter_words(context: StepContext, config: Json) -> str:
    """Return which records are meant."""
    try:
        node = parse_tree(config.get("filter") or {})
        if node == Group():
            return _("all %(objects)s") % {"objects": context.spec.noun_plural}
        words = words_of(context.setting, context.spec, node)
    except Invalid as problem:
        return str(problem.message)
    return _("%(objects)s where %(condition)s") % {"objects": context.spec.label_plural, "condition": words}


class DateNear(TriggerKind):
    """A date of a record is near, or has passed."""

    name = "date"
    label = gettext_lazy("A date comes near")
    help = gettext_lazy("Days before or after a date of the record, at an hour.")
    icon = "calendar-due"
    is_timed = True

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the object has a date."""
        return bool(date_fields(context.spec))

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: which date, how many days, at which hour."""
        days = config.get("days")
        shown = {"days": abs(days), "side": "after" if days > 0 else "before"} if days is not None else {}
        return _DateForm(data, initial={**config, **shown}, context=context)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return field, days and hour."""
        sent = form.cleaned_data
        days = sent["days"] if sent["side"] == "after" else -sent["days"]
        return {"field": sent["field"], "days": days, "hour": sent["hour"]}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        known = dict(date_fields(context.spec))
        return [] if config.get("field") in known else [_("Choose the date.")]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say how long before or after which date."""
        days = int(config.get("days") or 0)
        values = {
            "field": context.setting.label_at(context.spec, str(config.get("field"))), "object": context.spec.label,
            "days": abs(days), "hour": f"{int(config.get('hour') or 0):02d}:00",
        }  # fmt: skip
        if days < 0:
            text = ngettext(
                "%(days)d day before “%(field)s” of a record “%(object)s”, at %(hour)s",
                "%(days)d days before “%(field)s” of a record “%(object)s”, at %(hour)s", -days,
            )  # fmt: skip
        elif days > 0:
            text = ngettext(
                "%(days)d day after “%(field)s” of a record “%(object)s”, at %(hour)s",
                "%(days)d days after “%(field)s” of a record “%(object)s”, at %(hour)s", days,
            )  # fmt: skip
        else:
            text = _("On “%(field)s” of a record “%(object)s”, at %(hour)s")
        return text % values


class _DateForm(forms.Form):
    field = forms.ChoiceField(label=gettext_lazy("Date"))
    days = forms.IntegerField(label=gettext_lazy("How many days"), min_value=0, max_value=3_650, initial=3)
    side = forms.ChoiceField(
        label=gettext_lazy("Before or after"),
        choices=[("before", gettext_lazy("before that date")), ("after", gettext_lazy("after that date"))],
    )
    hour = forms.IntegerField(label=gettext_lazy("At which hour"), min_value=0, max_value=23, initial=9)

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        entry: Any = self.fields["field"]
        entry.choices = date_fields(context.spec)


class OnSchedule(TriggerKind):
    """The clock, again and again, for the records of a filter."""

    name = "schedule"
    label = gettext_lazy("On a schedule")
    help = gettext_lazy("Hourly, daily, weekly or monthly, for all records of a filter.")
    icon = "calendar-event"
    is_timed = True
    filters = True

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: how often and when."""
        return _ScheduleForm(data, initial=dict(config))

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the schedule."""
        sent = form.cleaned_data
        wanted = {HOURLY: ("minute",), WEEKLY: ("hour", "minute", "weekday"), MONTHLY: ("hour", "minute", "day")}
        names = wanted.get(sent["every"], ("hour", "minute"))
        return {"every": sent["every"], **{name: int(sent[name] or 0) for name in names}}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the schedule or the filter."""
        if config.get("every") not in {HOURLY, DAILY, WORKDAYS, WEEKLY, MONTHLY}:
            return [_("Say how often.")]
        try:
            to_q(parse_tree(config.get("filter") or {}), context.spec, context.setting.system)
        except Invalid as problem:
            return [str(error.message) for error in problem.errors]
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say when and for which records."""
        at = f"{int(config.get('hour') or 0):02d}:{int(config.get('minute') or 0):02d}"
        day = int(config.get("day") or 1)
        when = {
            HOURLY: _("Every hour at minute %(minute)d") % {"minute": int(config.get("minute") or 0)},
            DAILY: _("Every day at %(at)s") % {"at": at},
            WORKDAYS: _("Every working day at %(at)s") % {"at": at},
            WEEKLY: _("Every %(day)s at %(at)s") % {"day": dict(WEEKDAYS)[int(config.get("weekday") or 0)], "at": at},
            MONTHLY: _("On the last day of each month at %(at)s") % {"at": at}
            if day == 31
            else _("On day %(day)d of each month at %(at)s") % {"day": day, "at": at},
        }.get(str(config.get("every")), "…")
        return _("%(when)s, for %(records)s") % {"when": when, "records": filter_words(context, config)}


class _ScheduleForm(forms.Form):
    every = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            (DAILY, gettext_lazy("Every day")), (WORKDAYS, gettext_lazy("Every working day")), (WEEKLY, gettext_lazy("Every week")),
            (MONTHLY, gettext_lazy("Every month")), (HOURLY, gettext_lazy("Every hour")),
        ],
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("On (every week)"), choices=WEEKDAYS, coerce=int, required=False, empty_value="0"
    )
    day = forms.IntegerField(
        label=gettext_lazy("On day (every month)"), min_value=1, max_value=31, required=False, initial=1,
        help_text=gettext_lazy("31 is the last day of the month."),
    )  # fmt: skip
    hour = forms.IntegerField(label=gettext_lazy("At which hour"), min_value=0, max_value=23, required=False, initial=8)
    minute = forms.IntegerField(label=gettext_lazy("Minute"), min_value=0, max_value=59, required=False, initial=0)


class Pressed(TriggerKind):
    """Somebody pressed the rule's button on a record's page."""

    name = "button"
    label = gettext_lazy("A button is pressed")
    help = gettext_lazy("A button of your own on the record page, for chosen roles.")
    icon = "bolt"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: words, icon, question, roles."""
        return _ButtonForm(data, initial=dict(config))

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        return [] if str(config.get("label") or "").strip() else [_("Give the button a name.")]

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say which button, and who sees it."""
        roles = list(Role.objects.filter(pk__in=config.get("roles") or ()).values_list("name", flat=True))
        text = _("When somebody presses “%(label)s” on a record “%(object)s”") % {
            "label": config.get("label") or "…", "object": context.spec.label
        }  # fmt: skip
        return f"{text} ({_(', ').join(roles)})" if roles else text


class _ButtonForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("Name of the button"), max_length=40)
    icon = forms.ChoiceField(
        label=gettext_lazy("Icon"), choices=[(name, name) for name in BUTTON_ICONS], required=False
    )
    confirm = forms.CharField(
        label=gettext_lazy("Question before it is done"), max_length=200, required=False,
        help_text=gettext_lazy("Empty: at once."),
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Who sees it"),
        required=False,
        help_text=gettext_lazy("Without a choice: everybody who may change the record."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        roles: Any = self.fields["roles"]
        roles.choices = [(str(pk), name) for pk, name in Role.objects.values_list("pk", "name")]


class Hooked(TriggerKind):
    """Another system called the rule's secret address."""

    name = "hook"
    label = gettext_lazy("Another system calls (webhook)")
    help = gettext_lazy("A secret address takes JSON, and makes or finds the record.")
    icon = "world"

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form:
        """Return the form: what goes where."""
        lines = "\n".join(f"{row['field']} = {row['path']}" for row in config.get("mapping") or ())
        return _HookForm(data, initial={**config, "lines": lines}, context=context)

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return mapping and way of finding."""
        sent = form.cleaned_data
        found = {"mapping": sent["lines"], "mode": sent["mode"], "match": sent["match"]}
        return {name: value for name, value in found.items() if value}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is missing."""
        mapping = config.get("mapping") or []
        if not mapping:
            return [_("Say which part of the message goes into which field.")]
        unknown = [row["field"] for row in mapping if row["field"] not in context.spec.writable_fields]
        found = [_("There is no field “%(name)s” that can be set.") % {"name": name} for name in unknown]
        if config.get("mode") != "create" and config.get("match") not in {row["field"] for row in mapping}:
            found.append(_("Choose the field by which a record is found, and map it."))
        return found

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say what becomes of a message."""
        match = context.setting.label_at(context.spec, str(config.get("match") or ""))
        values = {"object": context.spec.label, "field": match}
        text = {
            "create": _("When another system calls: a new record “%(object)s”"),
            "find": _("When another system calls: the record “%(object)s” with the same “%(field)s”"),
        }.get(
            str(config.get("mode")),
            _("When another system calls: the record “%(object)s” with the same “%(field)s”, or a new one"),
        )
        return text % values


class _HookForm(forms.Form):
    mode = forms.ChoiceField(
        label=gettext_lazy("What a message does"), initial="find_or_create",
        choices=[
            ("find_or_create", gettext_lazy("Update the record if it is there, else create it")),
            ("create", gettext_lazy("Always create a record")),
            ("find", gettext_lazy("Only update records that are there")),
        ],
    )  # fmt: skip
    match = forms.ChoiceField(label=gettext_lazy("The record is found by"), required=False)
    lines = forms.CharField(
        label=gettext_lazy("What goes where"), widget=forms.Textarea(attrs={"rows": 6, "placeholder": "name = company.name\nphone = phone"}),
        max_length=4_000, help_text=gettext_lazy("In each line: field = path in the JSON. Nested parts are separated by dots."),
    )  # fmt: skip

    def __init__(self, *args: Any, context: StepContext, **options: Any) -> None:
        super().__init__(*args, **options)
        self.spec: ObjectSpec = context.spec
        match: Any = self.fields["match"]
        plain = {"text", "email", "phone", "integer", "url"}
        match.choices = [("", "–")] + [
            (name, str(entry.label))
            for name, entry in context.spec.writable_fields.items()
            if entry.kind.widget in plain and not entry.sensitive
        ]
        names = ", ".join(list(context.spec.writable_fields)[:30])
        self.fields["lines"].help_text = f"{self.fields['lines'].help_text} {_('Fields: %(names)s') % {'names': names}}"

    def clean_lines(self) -> list[dict[str, str]]:
        """Return the lines as field and path."""
        found = []
        for line in str(self.cleaned_data["lines"]).splitlines():
            name, equals, path = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not equals or not path:
                raise forms.ValidationError(_("“%(line)s” is not: field = path.") % {"line": line[:60]})
            if name not in self.spec.writable_fields:
                raise forms.ValidationError(_("There is no field “%(name)s” that can be set.") % {"name": name[:60]})
            found.append({"field": name, "path": path[:200]})
        if len(found) > MOST_MAPPED:
            raise forms.ValidationError(_("At most %(count)d lines.") % {"count": MOST_MAPPED})
        return found

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        mapped = {row["field"] for row in found.get("lines") or ()}
        if found.get("mode") != "create" and found.get("match") not in mapped:
            self.add_error("match", _("Choose the field by which a record is found, and map it."))
        return found


class Called(TriggerKind):
    """Another rule runs it."""

    name = "called"
    label = gettext_lazy("Another rule runs it")
    help = gettext_lazy("Steps that several rules have in common.")
    icon = "arrow-right"

    def sentence(self, context: StepContext, config: Json) -> str:
        """Say of which object."""
        return _("When another rule runs it for a record “%(object)s”") % {"object": context.spec.label}


for _kind in (DateNear(), OnSchedule(), Pressed(), Hooked(), Called()):
    register_trigger(_kind)
