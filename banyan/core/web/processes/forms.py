"""Forms of the process editor, and how they become stages."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from banyan.core.identity.models import Department, Role
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.text.cleaning import clean_line
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.rules import (
    Definition,
    Gate,
    Handover,
    Item,
    Limit,
    Movers,
    Outcome,
    Reason,
    Receiver,
    Stage,
    Texts,
    WorkingTime,
)
from banyan.core.web.plain_forms import PickField, names_of_people
from banyan.core.web.sharing import names_of_grantees, read_grantees

OUTCOMES = (
    (Outcome.OPEN.value, gettext_lazy("Under way")),
    (Outcome.DONE.value, gettext_lazy("Ends as done")),
    (Outcome.WON.value, gettext_lazy("Ends as won")),
    (Outcome.LOST.value, gettext_lazy("Ends as lost")),
    (Outcome.CANCELLED.value, gettext_lazy("Ends as cancelled")),
)
DAYS = (
    ("1", gettext_lazy("Mon")), ("2", gettext_lazy("Tue")), ("3", gettext_lazy("Wed")), ("4", gettext_lazy("Thu")),
    ("5", gettext_lazy("Fri")), ("6", gettext_lazy("Sat")), ("7", gettext_lazy("Sun")),
)  # fmt: skip
BOTH_LANGUAGES = gettext_lazy("One in each line. For two languages write “中文 | English”.")
STAYS = gettext_lazy("stays with its owner")
MOST_LINES = 50
DAY, YEAR = 24, 8_760
#: A length of time as people write it, in hours or in days, in both languages.
LENGTH = re.compile(r"(?P<count>\d{1,5})\s*(?:(?P<days>d|days?|天|日)|h|hours?|小时)?")


def _searched() -> forms.SelectMultiple:
    """Return the widget of a choice among many."""
    return forms.SelectMultiple(attrs={"kind": "link", "multiple": True, "wide": True})


def _lines() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 3})


class ProcessForm(forms.Form):
    """What a process is called in both languages."""

    zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120, required=False)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)

    def labels(self) -> dict[str, str]:
        """Return the names."""
        return {language: self.cleaned_data[language] for language in ("zh", "en")}


class NewProcessForm(ProcessForm):
    """A process to be made: of which object and field."""

    field = forms.ChoiceField(
        label=gettext_lazy("Whose values are the stages?"),
        help_text=gettext_lazy("Any choice can have stages. Add one under “Fields” if the object has none yet."),
        widget=forms.Select(attrs={"wide": True}),
    )
    field_order = ("field", "zh", "en")


class TimesForm(ProcessForm):
    """The name of a process, when hours count, and whether a way back needs a reason."""

    back_needs_reason = forms.BooleanField(
        label=gettext_lazy("Moving back needs a comment"),
        required=False,
        widget=forms.CheckboxInput(attrs={"wide": True}),
    )
    working = forms.BooleanField(
        label=gettext_lazy("Count working hours only"), required=False, widget=forms.CheckboxInput(attrs={"wide": True})
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Working days"),
        choices=DAYS,
        required=False,
        widget=forms.SelectMultiple(attrs={"wide": True}),
    )
    begins = forms.CharField(
        label=gettext_lazy("Work begins"), max_length=5, widget=forms.TextInput(attrs={"kind": "time"})
    )
    ends = forms.CharField(
        label=gettext_lazy("Work ends"), max_length=5, widget=forms.TextInput(attrs={"kind": "time"})
    )

    def times(self, definition: Definition) -> Definition:
        """Return the definition with what the form says of times; raise ``Invalid`` for times that cannot be."""
        sent = self.cleaned_data
        working = None
        if sent["working"]:
            begins, ends = _time(sent["begins"], "begins"), _time(sent["ends"], "ends")
            if not sent["days"] or begins >= ends:
                message = _("Work takes place on at least one day and ends after it began.")
                raise Invalid([FieldError("ends", "out_of_range", message)])
            working = WorkingTime(tuple(int(day) for day in sent["days"]), begins, ends)
        return replace(definition, working=working, back_needs_reason=sent["back_needs_reason"])

    @staticmethod
    def initial_of(labels: Texts, definition: Definition) -> dict[str, Any]:
        """Return what the form shows of a process."""
        working = definition.working or WorkingTime()
        return {
            **labels,
            "back_needs_reason": definition.back_needs_reason,
            "working": definition.working is not None,
            "days": [str(day) for day in working.days],
            "begins": working.begins,
            "ends": working.ends,
        }


def day_hours(definition: Definition) -> int:
    """Return how many hours a day has in a process: those of a working day where only working hours count."""
    if definition.working is None:
        return DAY
    begins, ends = (
        int(time[:2]) + int(time[3:5]) / 60 for time in (definition.working.begins, definition.working.ends)
    )
    return max(round(ends - begins), 1)


class HoursField(forms.CharField):
    """A length of time in hours, written as hours or as days, such as ``8``, ``3 days`` or ``3天``.

    A day has ``day_hours``: 24, or those of a working day where only working hours count.
    """

    day_hours = DAY

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]  # texts become hours
        """Return the hours that a text means."""
        text = unicodedata.normalize("NFKC", str(value or "")).strip().lower()
        if not text:
            return None
        found = LENGTH.fullmatch(text)
        hours = int(found["count"]) * (self.day_hours if found["days"] else 1) if found else -1
        if not 0 <= hours <= YEAR:
            raise forms.ValidationError(
                _("Write hours or days, such as 8 or 3 days, at most a year."), code="not_hours"
            )
        return hours

    def prepare_value(self, value: Any) -> Any:
        """Return how hours are shown: whole days as days."""
        if not isinstance(value, int) or value < self.day_hours or value % self.day_hours:
            return value
        days = value // self.day_hours
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


class StageForm(forms.Form):
    """Everything about one stage but its conditions."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Meaning"), choices=OUTCOMES, required=False,
        widget=forms.Select(attrs={"empty_label": gettext_lazy("Under way")}),
    )  # fmt: skip
    starts = forms.BooleanField(label=gettext_lazy("Records begin here"), required=False)
    moves = forms.MultipleChoiceField(
        label=gettext_lazy("Moves on to"), required=False, widget=forms.SelectMultiple(attrs={"wide": True})
    )
    entry_fields = forms.MultipleChoiceField(label=gettext_lazy("Fields needed"), required=False, widget=_searched())
    entry_file = forms.BooleanField(label=gettext_lazy("A file must be attached"), required=False)
    exit_fields = forms.MultipleChoiceField(label=gettext_lazy("Fields needed"), required=False, widget=_searched())
    exit_file = forms.BooleanField(label=gettext_lazy("A file must be attached"), required=False)
    needed_items = forms.CharField(
        label=gettext_lazy("Checklist: must be ticked"), required=False, widget=_lines(), help_text=BOTH_LANGUAGES
    )
    other_items = forms.CharField(label=gettext_lazy("Checklist: if needed"), required=False, widget=_lines())
    mover_owner = forms.BooleanField(label=gettext_lazy("The owner may move it on"), required=False)
    movers = PickField(
        label=gettext_lazy("Who else may move it on"), pick_url="/pick/grantees", multiple=True, required=False,
        names=lambda values: names_of_grantees(values),  # noqa: PLW0108 as the sharing form has it
        help_text=gettext_lazy("Nobody here and no tick: everybody who may change the record."),
    )  # fmt: skip
    handover = forms.ChoiceField(
        label=gettext_lazy("On entry the record"), required=False, widget=forms.Select(attrs={"empty_label": STAYS})
    )
    handover_person = PickField(
        label=gettext_lazy("Which person"), pick_url="/pick/user", required=False, names=names_of_people
    )
    hours = HoursField(
        label=gettext_lazy("Longest stay"), required=False, help_text=gettext_lazy("In hours, or in days: 8 or 3 days.")
    )
    remind = HoursField(label=gettext_lazy("Remind the owner so long before"), required=False)
    superior = forms.BooleanField(label=gettext_lazy("Tell the owner's superior when time is up"), required=False)
    late_to = forms.ChoiceField(
        label=gettext_lazy("When time is up the record"),
        required=False,
        widget=forms.Select(attrs={"empty_label": STAYS}),
    )
    late_person = PickField(
        label=gettext_lazy("Which person"), pick_url="/pick/user", required=False, names=names_of_people
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons to choose from"), required=False, widget=_lines(), help_text=BOTH_LANGUAGES
    )
    needs_comment = forms.BooleanField(label=gettext_lazy("Coming here needs a comment"), required=False)

    SECTIONS = (
        ("", ("outcome", "starts", "moves")),
        (gettext_lazy("To come in"), ("entry_fields", "entry_file", "reasons", "needs_comment")),
        (gettext_lazy("Before going on"), ("exit_fields", "exit_file", "needed_items", "other_items")),
        (gettext_lazy("Who"), ("handover", "handover_person", "mover_owner", "movers")),
        (gettext_lazy("Time limit"), ("hours", "remind", "superior", "late_to", "late_person")),
    )

    def __init__(
        self, *arguments: Any, spec: ObjectSpec, others: Iterable[tuple[str, str]], day_hours: int = DAY, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        for name in ("hours", "remind"):
            self.fields[name].day_hours = day_hours  # type: ignore[attr-defined]  # they are fields of hours
        fields = [(name, str(entry.label)) for name, entry in spec.writable_fields.items() if name != "owner"]
        for name in ("entry_fields", "exit_fields"):
            self.fields[name].choices = fields  # type: ignore[attr-defined]  # these are choices
        self.fields["moves"].choices = list(others)  # type: ignore[attr-defined]
        for name in ("handover", "late_to"):
            self.fields[name].choices = receiver_choices()  # type: ignore[attr-defined]

    def stage(self, known: Stage) -> Stage:
        """Return the stage as the form wants it; its conditions stay as they are. Raises ``Invalid``."""
        sent = self.cleaned_data
        grantees = tuple({"kind": one.kind, "id": str(one.id)} for one in read_grantees(sent["movers"]))
        items = {said_line(item.labels): item.key for item in known.checklist}
        reasons = {said_line(reason.labels): reason.key for reason in known.reasons}
        return replace(
            known,
            outcome=sent["outcome"],
            starts=sent["starts"],
            moves=tuple(sent["moves"]),
            entry=Gate(known.entry.checks, tuple(sent["entry_fields"]), sent["entry_file"]),
            exit=Gate(known.exit.checks, tuple(sent["exit_fields"]), sent["exit_file"]),
            checklist=(
                *(Item(_key(items, line), read_line(line)) for line in lines_of(sent["needed_items"])),
                *(Item(_key(items, line), read_line(line), needed=False) for line in lines_of(sent["other_items"])),
            ),
            movers=Movers(sent["mover_owner"], grantees),
            handover=_receiver(sent, "handover", "handover_person"),
            limit=Limit(
                sent["hours"] or 0, sent["remind"] or 0, sent["superior"], _receiver(sent, "late_to", "late_person")
            ),
            reasons=tuple(Reason(_key(reasons, line), read_line(line)) for line in lines_of(sent["reasons"])),
            needs_comment=sent["needs_comment"],
        )

    @staticmethod
    def initial_of(stage: Stage) -> dict[str, Any]:
        """Return what the form shows of a stage."""
        handover, late = stage.handover, stage.limit.receiver
        return {
            "outcome": stage.outcome,
            "starts": stage.starts,
            "moves": list(stage.moves),
            "entry_fields": list(stage.entry.fields),
            "entry_file": stage.entry.file,
            "exit_fields": list(stage.exit.fields),
            "exit_file": stage.exit.file,
            "needed_items": "\n".join(said_line(item.labels) for item in stage.checklist if item.needed),
            "other_items": "\n".join(said_line(item.labels) for item in stage.checklist if not item.needed),
            "mover_owner": stage.movers.owner,
            "movers": [f"{entry['kind']}:{entry['id']}" for entry in stage.movers.grantees],
            "handover": written_receiver(handover),
            "handover_person": handover.id if handover.kind == Handover.PERSON else "",
            "hours": stage.limit.hours or None,
            "remind": stage.limit.remind or None,
            "superior": stage.limit.superior,
            "late_to": written_receiver(late),
            "late_person": late.id if late.kind == Handover.PERSON else "",
            "reasons": "\n".join(said_line(reason.labels) for reason in stage.reasons),
            "needs_comment": stage.needs_comment,
        }


class AddStageForm(forms.Form):
    """A stage to be added: a value that is no stage yet, or a new value."""

    value = forms.ChoiceField(label=gettext_lazy("Value"), required=False)
    new_value = forms.CharField(label=gettext_lazy("Or a new value"), max_length=100, required=False)


class CheckForm(forms.Form):
    """What people read when a condition does not hold."""

    zh = forms.CharField(label=gettext_lazy("Message in Chinese"), max_length=300, required=False)
    en = forms.CharField(label=gettext_lazy("Message in English"), max_length=300, required=False)


def receiver_choices() -> list[tuple[str, str]]:
    """Return who can receive records, as values of a choice."""
    roles = [(f"{Handover.ROLE}:{pk}", name) for pk, name in Role.objects.values_list("pk", "name")]
    departments = [(f"{Handover.DEPARTMENT}:{pk}", name) for pk, name in Department.objects.values_list("pk", "name")]
    return [
        ("", str(STAYS)),
        (Handover.CREATOR.value, _("goes back to who created it")),
        (Handover.SUPERIOR.value, _("goes to the owner's superior")),
        (Handover.PERSON.value, _("goes to a certain person")),
        *(
            (value, _("goes to the one with the least to do of the role “%(name)s”") % {"name": name})
            for value, name in roles
        ),
        *((value, _("goes to the head of “%(name)s”") % {"name": name}) for value, name in departments),
    ]


def written_receiver(receiver: Receiver) -> str:
    """Return a receiver as a value of the choice."""
    is_group = receiver.kind in {Handover.ROLE, Handover.DEPARTMENT}
    return f"{receiver.kind}:{receiver.id}" if is_group else str(receiver.kind)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, each once, without empty ones."""
    return list(dict.fromkeys(line for part in text.splitlines() if (line := clean_line(part)[:200])))[:MOST_LINES]


def read_line(line: str) -> dict[str, str]:
    """Return what a line says in both languages; without a bar, in the language of the moment."""
    chinese, bar, english = line.partition("|")
    if bar and chinese.strip() and english.strip():
        return {"zh": chinese.strip(), "en": english.strip()}
    return {"zh" if (get_language() or "en").startswith("zh") else "en": line.strip("| ")}


def said_line(labels: Texts) -> str:
    """Return words in both languages as one line."""
    chinese, english = labels.get("zh", ""), labels.get("en", "")
    return f"{chinese} | {english}" if chinese and english and chinese != english else chinese or english


def _key(known: Mapping[str, str], line: str) -> str:
    return known.get(said_line(read_line(line))) or uuid.uuid4().hex[:8]


def _receiver(sent: Mapping[str, Any], name: str, person: str) -> Receiver:
    kind, _colon, found = sent[name].partition(":")
    if kind == Handover.PERSON:
        if not sent[person]:
            raise Invalid([FieldError(person, "required", _("Choose the person."))])
        return Receiver(kind, sent[person])
    return Receiver(kind, found)


def _time(text: str, field: str) -> str:
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise Invalid([FieldError(field, "not_a_time", _("Write the time as 09:00."))])
    return f"{int(hours):02d}:{int(minutes):02d}"
