"""The forms in which administrators draw up a flow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.approvals.approvers import person_fields
from banyan.core.approvals.choices import (
    Afterwards,
    ApproverKind,
    CommentRule,
    Mode,
    Starters,
    Taken,
    WhenEmpty,
    WhenLate,
    WhenStarter,
    Withdrawing,
)
from banyan.core.approvals.definitions import (
    EVERY_FIELD,
    MOST_HOURS,
    Approvers,
    Definition,
    Json,
    Lock,
    Start,
    Step,
)
from banyan.core.approvals.flows import LONGEST_NAME
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.plain_forms import PickField, fields_of, names_of_people

DISTANCES = 5


def people_field(label: Any, help_text: Any = "") -> PickField:
    """Return a field in which colleagues are chosen."""
    return PickField(
        label=label, required=False, pick_url="/pick/user", names=names_of_people, multiple=True, help_text=help_text
    )


class NamesForm(forms.Form):
    """What a flow or a step is called, in one language at least."""

    name_zh = forms.CharField(
        label=gettext_lazy("Name in Chinese"), required=False, max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )  # fmt: skip
    name_en = forms.CharField(label=gettext_lazy("Name in English"), required=False, max_length=LONGEST_NAME)

    def names(self) -> dict[str, str]:
        """Return the names by languages."""
        return {"zh": self.cleaned_data["name_zh"].strip(), "en": self.cleaned_data["name_en"].strip()}

    def clean(self) -> dict[str, Any]:
        """Refuse a thing without any name."""
        sent: dict[str, Any] = super().clean() or {}
        if not any((sent.get("name_zh") or "", sent.get("name_en") or "")):
            self.add_error("name_zh", _("Give it a name in one language at least."))
        return sent


class FlowStartForm(forms.Form):
    """Who starts approvals, and whether they start by themselves."""

    starters = forms.ChoiceField(label=gettext_lazy("Who may start it by hand"), choices=Starters.choices)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), required=False, widget=forms.SelectMultiple(attrs={"wide": True}),
        help_text=gettext_lazy("For “people with certain roles”."),
    )  # fmt: skip
    by_itself = forms.BooleanField(
        label=gettext_lazy("It starts by itself as soon as a record is saved that fits the condition below"),
        required=False,
    )
    reason_needed = forms.BooleanField(label=gettext_lazy("Who starts it has to say what it is about"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["roles"].choices = list(Role.objects.values_list("key", "name"))

    @staticmethod
    def initial_of(start: Start) -> Json:
        """Return what the form shows."""
        return {
            "starters": start.starters, "roles": list(start.roles), "by_itself": start.by_itself,
            "reason_needed": start.reason_needed,
        }  # fmt: skip

    def start(self, condition: Json) -> Start:
        """Return what was entered."""
        sent = self.cleaned_data
        return Start(sent["starters"], tuple(sent["roles"]), condition, sent["by_itself"], sent["reason_needed"])


class FlowLockForm(forms.Form):
    """Which fields are locked, and what holds afterwards."""

    every = forms.BooleanField(
        label=gettext_lazy("All fields except the owner"),
        required=False,
    )
    fields_locked = forms.MultipleChoiceField(
        label=gettext_lazy("Or only these fields"),
        required=False,
        widget=forms.SelectMultiple(attrs={"wide": True}),
    )
    afterwards = forms.ChoiceField(label=gettext_lazy("Once it was agreed to"), choices=Afterwards.choices)

    def __init__(self, *args: Any, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["fields_locked"].choices = [(name, str(entry.label)) for name, entry in spec.writable_fields.items()]

    @staticmethod
    def initial_of(lock: Lock) -> Json:
        """Return what the form shows."""
        named = [name for name in lock.fields if name != EVERY_FIELD]
        return {"every": EVERY_FIELD in lock.fields, "fields_locked": named, "afterwards": lock.afterwards}

    def lock(self) -> Lock:
        """Return what was entered."""
        sent = self.cleaned_data
        named = (EVERY_FIELD,) if sent["every"] else tuple(sent["fields_locked"])
        return Lock(named, sent["afterwards"])


class FlowOptionsForm(NamesForm):
    """Names, copies, and how strict the flow is."""

    copies = people_field(gettext_lazy("Copies to"), gettext_lazy("They read it once it was agreed to."))
    withdrawing = forms.ChoiceField(label=gettext_lazy("Who started it may withdraw it"), choices=Withdrawing.choices)
    own = forms.BooleanField(
        label=gettext_lazy("Who started it may decide about it where a step allows that"), required=False
    )
    once = forms.BooleanField(
        label=gettext_lazy("Who has agreed in an earlier step is not asked again"), required=False
    )
    mail = forms.BooleanField(label=gettext_lazy("Ask approvers by e-mail as well"), required=False)

    @staticmethod
    def initial_of(names: Json, definition: Definition) -> Json:
        """Return what the form shows."""
        return {
            "name_zh": names.get("zh", ""), "name_en": names.get("en", ""), "copies": list(definition.copies),
            "withdrawing": definition.withdrawing, "own": definition.own, "once": not definition.repeated,
            "mail": definition.mail,
        }  # fmt: skip

    def parts(self) -> Json:
        """Return what was entered, besides the names."""
        sent = self.cleaned_data
        return {
            "copies": tuple(sent["copies"]), "withdrawing": sent["withdrawing"], "own": sent["own"],
            "repeated": not sent["once"], "mail": sent["mail"],
        }  # fmt: skip


class StepForm(NamesForm):
    """One step: who decides (everybody named counts), how, by when, and what happens when nobody does."""

    parallel = forms.BooleanField(label=gettext_lazy("Runs at the same time as the step before it"), required=False)
    people = people_field(gettext_lazy("Certain people"))
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Everybody with a role"), required=False, widget=forms.SelectMultiple(attrs={"wide": True})
    )
    superior = forms.ChoiceField(label=gettext_lazy("A superior of who started it"), required=False)
    chain = forms.ChoiceField(label=gettext_lazy("All superiors, one above the other"), required=False)
    head = forms.BooleanField(label=gettext_lazy("The head of the department of who started it"), required=False)
    person_fields = forms.MultipleChoiceField(
        label=gettext_lazy("The person in a field of the record"), required=False,
        widget=forms.SelectMultiple(attrs={"wide": True}),
    )  # fmt: skip
    chosen = forms.BooleanField(label=gettext_lazy("Whoever starts the approval chooses"), required=False)
    mode = forms.ChoiceField(label=gettext_lazy("If there are several"), choices=Mode.choices)
    ratio = forms.IntegerField(
        label=gettext_lazy("Share in percent"), min_value=1, max_value=100, required=False,
        help_text=gettext_lazy("For “a share of them has to agree”."),
    )  # fmt: skip
    when_empty = forms.ChoiceField(label=gettext_lazy("If nobody is found"), choices=WhenEmpty.choices)
    when_starter = forms.ChoiceField(
        label=gettext_lazy("If an approver is who started it"), choices=WhenStarter.choices
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Time for the step, in hours"), min_value=0, max_value=MOST_HOURS, required=False,
        help_text=gettext_lazy("Empty or 0: no limit."),
    )  # fmt: skip
    remind_before = forms.IntegerField(
        label=gettext_lazy("Remind so many hours before the end"), min_value=0, max_value=MOST_HOURS, required=False
    )
    when_late = forms.ChoiceField(label=gettext_lazy("When the time is over"), choices=WhenLate.choices)
    comment = forms.ChoiceField(label=gettext_lazy("A comment is needed"), choices=CommentRule.choices)
    signature = forms.BooleanField(label=gettext_lazy("Agreeing is signed with the own name"), required=False)
    copies = people_field(gettext_lazy("Copies to"), gettext_lazy("They read it as soon as the step begins."))
    taken = forms.ChoiceField(
        label=gettext_lazy("When the step is taken"), choices=Taken.choices,
        help_text=gettext_lazy("With a condition below, it is taken only where that holds."),
    )  # fmt: skip

    SECTIONS = (
        ("", ("name_zh", "name_en")),
        (gettext_lazy("Who decides"), ("people", "roles", "superior", "chain", "head", "person_fields", "chosen")),
        (gettext_lazy("How they decide"), ("mode", "ratio", "comment", "signature", "when_empty", "when_starter")),
        (gettext_lazy("Time limit"), ("hours", "remind_before", "when_late")),
        (pgettext_lazy("approval", "Copies"), ("copies",)),
        (gettext_lazy("When it is taken"), ("parallel", "taken")),
    )

    def __init__(self, *args: Any, spec: ObjectSpec, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["roles"].choices = list(Role.objects.values_list("key", "name"))
        distances = [(number, str(number)) for number in range(1, DISTANCES + 1)]
        words = {1: _("the direct superior"), 2: _("the superior's superior")}
        fields["superior"].choices = [
            ("", "–"),
            *((n, words.get(n, _("%(number)s levels above") % {"number": n})) for n, _t in distances),
        ]
        fields["chain"].choices = [
            ("", "–"),
            *((n, _("up to %(number)s levels") % {"number": n}) for n, _t in distances),
        ]
        fields["person_fields"].choices = [
            (name, str(spec.all_fields[name].label))
            for name in person_fields(spec)
            if name not in {"created_by", "updated_by"}
        ]

    @staticmethod
    def initial_of(step: Step) -> Json:
        """Return what the form shows of a step."""

        def of(kind: str) -> list[Approvers]:
            return [entry for entry in step.approvers if entry.kind == kind]

        shown: Json = {
            name: getattr(step, name)
            for name in (
                "parallel",
                "mode",
                "ratio",
                "when_empty",
                "when_starter",
                "when_late",
                "comment",
                "signature",
                "taken",
            )
        }
        return {
            **shown,
            "name_zh": step.names.get("zh", ""), "name_en": step.names.get("en", ""),
            "hours": step.hours or None, "remind_before": step.remind_before or None, "copies": list(step.copies),
            "people": [pk for entry in of(ApproverKind.PEOPLE) for pk in entry.people],
            "roles": [entry.role for entry in of(ApproverKind.ROLE)],
            "superior": next((entry.level for entry in of(ApproverKind.SUPERIOR)), ""),
            "chain": next((entry.level for entry in of(ApproverKind.CHAIN)), ""),
            "head": bool(of(ApproverKind.HEAD)),
            "person_fields": [entry.field for entry in of(ApproverKind.FIELD)],
            "chosen": bool(of(ApproverKind.CHOSEN)),
        }  # fmt: skip

    def step(self, key: str, condition: Json) -> Step:
        """Return the step that was entered."""
        sent = self.cleaned_data
        taken = self._taken(condition)
        return Step(
            key=key, names=self.names(), taken=taken, condition=condition if taken == Taken.IF else {},
            parallel=sent["parallel"], approvers=self._approvers(), mode=sent["mode"], ratio=sent["ratio"] or 50,
            when_empty=sent["when_empty"], when_starter=sent["when_starter"], hours=sent["hours"] or 0,
            remind_before=sent["remind_before"] or 0, when_late=sent["when_late"], comment=sent["comment"],
            signature=sent["signature"], copies=tuple(sent["copies"]),
        )  # fmt: skip

    def _taken(self, condition: Json) -> str:
        """Return when the step is taken: a condition that was added counts, also where nobody has said so above it."""
        chosen = str(self.cleaned_data["taken"])
        if condition and chosen == Taken.ALWAYS and self.initial.get("taken") == Taken.ALWAYS:
            return Taken.IF.value
        if condition and chosen == Taken.OTHERWISE:
            message = _("A step that is taken only without the one before it has no condition of its own. Remove it.")
            raise Invalid([FieldError("taken", "no_condition", message)])
        return chosen

    def sections(self) -> list[Json]:
        """Return the sections as the component takes them; what is seldom needed is folded."""
        return [
            {"title": title, "fields": fields_of(self, names), "collapsed": position in {3, 4} and not self.errors}
            for position, (title, names) in enumerate(self.SECTIONS)
        ]

    def _approvers(self) -> tuple[Approvers, ...]:
        sent = self.cleaned_data
        found = [Approvers(ApproverKind.PEOPLE.value, people=tuple(sent["people"]))] if sent["people"] else []
        found += [Approvers(ApproverKind.ROLE.value, role=role) for role in sent["roles"]]
        if sent["superior"]:
            found.append(Approvers(ApproverKind.SUPERIOR.value, level=int(sent["superior"])))
        if sent["chain"]:
            found.append(Approvers(ApproverKind.CHAIN.value, level=int(sent["chain"])))
        if sent["head"]:
            found.append(Approvers(ApproverKind.HEAD.value))
        found += [Approvers(ApproverKind.FIELD.value, field=name) for name in sent["person_fields"]]
        if sent["chosen"]:
            found.append(Approvers(ApproverKind.CHOSEN.value))
        return tuple(found)


class HeadsForm(forms.Form):
    """Who leads each department."""

    def __init__(self, *args: Any, departments: list[tuple[Any, str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        for pk, name, head in departments:
            self.fields[f"head:{pk}"] = PickField(
                label=name, required=False, pick_url="/pick/user", names=names_of_people, initial=str(head or "")
            )


class MailForm(forms.Form):
    """Whether a link in an e-mail is enough to decide."""

    allowed = forms.BooleanField(
        label=pgettext_lazy("mail", "Whoever has the link may decide without signing in"), required=False
    )
