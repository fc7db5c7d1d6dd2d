"""The dialogs of what one does with an approval, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.approvals import deciding, services
from banyan.core.approvals.definitions import Step
from banyan.core.approvals.engine import LONGEST_COMMENT
from banyan.core.approvals.models import Approval
from banyan.core.approvals.queries import find_approval
from banyan.core.approvals.services import steps_to_choose
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import specs_for
from banyan.core.web.answers import done
from banyan.core.web.approvals.showing import definition_of, possibilities, url_of
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, form_answer, names_of_people
from banyan.core.web.views.base import signed_in

PICK_PEOPLE = "/pick/user"
CHANGED = "approvals"


class CommentForm(forms.Form):
    """What somebody says beside an act."""

    comment = forms.CharField(
        label=pgettext_lazy("decision", "Comment"), required=False, max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3, "wide": True, "autofocus": True}),
    )  # fmt: skip

    field_order: tuple[str, ...] = ()

    def __init__(self, *args: Any, approval: Approval, possible: dict[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.approval, self.possible = approval, possible

    def details(self) -> dict[str, Any]:
        """Return what the service gets besides the actor and the approval."""
        return {"comment": self.cleaned_data.get("comment", "")}


class DecisionForm(CommentForm):
    """A comment, and the name as signature where the step asks for it."""

    signature = forms.CharField(
        label=pgettext_lazy("approval", "Signature"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.possible["signature"]:
            self.fields["signature"].help_text = _("Write your name to sign: %(name)s") % {
                "name": self.possible["signature"]
            }
        else:
            del self.fields["signature"]

    def details(self) -> dict[str, Any]:
        """Return comment and signature."""
        return {**super().details(), "signature": self.cleaned_data.get("signature", "")}


class ReturnForm(CommentForm):
    """To which step, or to who started it, and why."""

    to = forms.ChoiceField(label=gettext_lazy("Return to"))
    field_order: tuple[str, ...] = ("to", "comment")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["to"].choices = [("starter", _("Who started it, to change the record")), *self.possible["earlier"]]
        fields["to"].initial = "starter"

    def details(self) -> dict[str, Any]:
        """Return comment and step."""
        to = self.cleaned_data["to"]
        return {**super().details(), "to": "" if to == "starter" else to}


class ColleagueForm(CommentForm):
    """Which colleague, and why."""

    user = PickField(label=gettext_lazy("Colleague"), pick_url=PICK_PEOPLE, names=names_of_people)
    field_order: tuple[str, ...] = ("user", "comment")

    def details(self) -> dict[str, Any]:
        """Return comment and colleague."""
        return {**super().details(), "user_id": uuid.UUID(self.cleaned_data["user"])}


class AddForm(ColleagueForm):
    """Which colleague decides as well, before or after."""

    before = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            ("before", pgettext_lazy("approver", "Before me: I decide afterwards")),
            ("after", pgettext_lazy("approver", "After me: once I have agreed")),
        ],
        initial="before",
    )
    field_order: tuple[str, ...] = ("user", "before", "comment")

    def details(self) -> dict[str, Any]:
        """Return comment, colleague and place."""
        return {**super().details(), "before": self.cleaned_data["before"] == "before"}


class ResubmitForm(CommentForm):
    """Submitting again, with people for the steps for which the starter chooses."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        steps = steps_to_choose(definition_of(self.approval), self.approval.path)
        self.fields.update(choice_fields(steps))
        for step in steps:
            self.fields[f"chosen:{step.key}"].initial = self.approval.chosen.get(step.key, [])

    def details(self) -> dict[str, Any]:
        """Return comment and choices."""
        return {**super().details(), "chosen": chosen_in(self.cleaned_data)}


def choice_fields(steps: list[Step]) -> dict[str, forms.Field]:
    """Return a field for each step whose approvers the starter chooses."""
    return {
        f"chosen:{step.key}": PickField(
            label=_("Who decides “%(step)s”") % {"step": step.name}, pick_url=PICK_PEOPLE, names=names_of_people,
            multiple=True,
        )
        for step in steps
    }  # fmt: skip


def chosen_in(sent: dict[str, Any]) -> dict[str, list[str]]:
    """Return whom the starter chose, by steps."""
    return {name.partition(":")[2]: list(people) for name, people in sent.items() if name.startswith("chosen:")}


@dataclass(frozen=True)
class ActPage:
    """One thing to do: its form, its words, and the service that does it; ``of_seat`` acts need the actor's turn."""

    form: type[CommentForm]
    title: Any
    submit: Any
    told: Any
    run: Callable[..., Any]
    of_seat: bool = False
    danger: bool = False


ACTS: dict[str, ActPage] = {
    "agree": ActPage(
        DecisionForm, gettext_lazy("Agree"), gettext_lazy("Agree"), gettext_lazy("You agreed."),
        lambda actor, pk, **details: deciding.decide(actor, pk, agree=True, **details), of_seat=True,
    ),
    "refuse": ActPage(
        DecisionForm, gettext_lazy("Refuse"), gettext_lazy("Refuse"), gettext_lazy("You refused."),
        lambda actor, pk, **details: deciding.decide(actor, pk, agree=False, **details), of_seat=True, danger=True,
    ),
    "return": ActPage(
        ReturnForm, pgettext_lazy("approval", "Return"), pgettext_lazy("approval", "Return"), gettext_lazy("It is returned."),
        deciding.return_approval, of_seat=True,
    ),
    "hand-on": ActPage(
        ColleagueForm, gettext_lazy("Hand on to a colleague"), gettext_lazy("Hand on"),
        gettext_lazy("It is handed on."),
        deciding.hand_on, of_seat=True,
    ),
    "add": ActPage(
        AddForm, gettext_lazy("Add an approver"), gettext_lazy("Add"), gettext_lazy("The colleague is asked as well."),
        deciding.add_approver, of_seat=True,
    ),
    "withdraw": ActPage(
        CommentForm, gettext_lazy("Withdraw the request"), gettext_lazy("Withdraw"),
        gettext_lazy("The request is withdrawn."), services.withdraw, danger=True,
    ),
    "say": ActPage(
        CommentForm, pgettext_lazy("approval", "Comment"), pgettext_lazy("approval", "Send"), gettext_lazy("Your comment is there."),
        services.comment,
    ),
    "remind": ActPage(
        CommentForm, gettext_lazy("Remind"), gettext_lazy("Remind"), gettext_lazy("Those who decide are reminded."),
        lambda actor, pk, comment: services.remind(actor, pk),
    ),
    "resubmit": ActPage(
        ResubmitForm, gettext_lazy("Submit again"), pgettext_lazy("approval", "Submit"), gettext_lazy("It is submitted again."),
        services.resubmit,
    ),
    "release": ActPage(
        CommentForm, gettext_lazy("Unlock the record"), gettext_lazy("Unlock"),
        gettext_lazy("The record is unlocked; its approval does not hold any more."), services.release, danger=True,
    ),
}  # fmt: skip


@signed_in("GET", "POST")
def act(request: SignedInRequest, approval_id: uuid.UUID, name: str) -> HttpResponse:
    """Ask what an act needs to know, and do it; nothing changes by opening the page."""
    entry = ACTS.get(name)
    if entry is None:
        raise Missing("not_found", _("There is no such page."))
    approval = find_approval(request.actor, approval_id)
    possible = possibilities(request.actor, approval)
    form = entry.form(request.POST or None, approval=approval, possible=possible)
    if request.method == "POST":
        # Some acts ask nothing, so that an empty form is one that was sent.
        form = entry.form(request.POST, approval=approval, possible=possible)
        if form.is_valid():
            try:
                entry.run(request.actor, approval_id, **form.details(), **_seat(entry, request.POST))
            except DomainError as problem:
                if problem.status in {403, 404, 409}:
                    raise
                add_problem(form, problem)
            else:
                return _done(request, approval, str(entry.told))
    hidden = [{"name": "seat", "value": str(possible["seat"] or "")}] if entry.of_seat else []
    title = _(": ").join((str(entry.title), approval.title))
    return form_answer(
        request, form, title=title, submit_label=entry.submit, danger=entry.danger, hidden=hidden,
        cancel_url=url_of(approval), text=_hint(name, possible),
    )  # fmt: skip


def _seat(entry: ActPage, sent: QueryDict) -> dict[str, Any]:
    return {"seat_id": parse_id(sent.get("seat"))} if entry.of_seat else {}


def _hint(name: str, possible: dict[str, Any]) -> str:
    if possible["for"] and ACTS[name].of_seat:
        return _("You decide for %(name)s.") % {"name": possible["for"]}
    return ""


def _done(request: SignedInRequest, approval: Approval, text: str) -> HttpResponse:
    spec = specs_for(request.actor.organization).get(approval.object_name)
    changed = (CHANGED, spec.plural) if spec is not None else (CHANGED,)
    return done(request, text, next_url=url_of(approval), changed=changed, close_dialog=True)
