"""The forms of the adviser: one page of questions, and what a trial organization needs to know besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import Invalid
from banyan.core.web.accounts.forms import password_field
from banyan.core.web.plain_forms import add_problem
from banyan.editions.public import NUMBER, SEVERAL, Question, Step, options_of, read_answers, word

#: What a chip sends that takes an answer back; options are few enough to be chips below this number.
NOT_SURE = "?"
MOST_CHIPS = 6


class StepForm(forms.Form):
    """A page of questions, none of which has to be answered; ``answers`` are those of the page once it is valid."""

    def __init__(self, step: Step, sent: Mapping[str, Any] | None, given: Mapping[str, Any]) -> None:
        shown = {key: _shown(value) for key, value in given.items()}
        super().__init__(sent, initial=shown)
        self.step = step
        self.answers: dict[str, Any] = {}
        for question in step.questions:
            self.fields[question.key] = _field(question)

    def clean(self) -> dict[str, Any]:
        """Read the answers as every other way in does."""
        cleaned = super().clean() or {}
        sent = {key: value for key, value in cleaned.items() if value not in ("", NOT_SURE, [], None)}
        try:
            self.answers = read_answers(sent)
        except Invalid as problem:
            add_problem(self, problem)
        return cleaned


class TrialForm(forms.Form):
    """Who tries the product; the configuration comes from the answers."""

    organization = forms.CharField(label=gettext_lazy("Organization name"), max_length=200, required=False)
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = password_field(
        gettext_lazy("Password"),
        autocomplete="new-password",
        help_text=gettext_lazy("At least 10 characters; a sentence is best."),
    )


def _field(question: Question) -> forms.Field:
    label, why = word(question.label), word(question.why)
    if question.kind == NUMBER:
        attributes = {"kind": "integer", "autocomplete": "off"}
        return forms.CharField(label=label, help_text=why, required=False, max_length=20,
                               widget=forms.TextInput(attrs=attributes))  # fmt: skip
    options = options_of(question)
    if question.kind == SEVERAL:
        return forms.MultipleChoiceField(label=label, help_text=why, required=False, choices=options,
                                         widget=forms.CheckboxSelectMultiple(attrs={"wide": True}))  # fmt: skip
    if len(options) > MOST_CHIPS:
        choices = [("", ""), *options]
        return forms.ChoiceField(label=label, help_text=why, required=False, choices=choices,
                                 widget=forms.Select(attrs={"empty_label": _("Not said")}))  # fmt: skip
    return forms.ChoiceField(label=label, help_text=why, required=False, choices=[*options, (NOT_SURE, _("Not sure yet"))],
                             widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}))  # fmt: skip


def _shown(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else f"{value:f}" if hasattr(value, "as_tuple") else value
