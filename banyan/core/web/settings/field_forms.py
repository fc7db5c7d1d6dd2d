"""The forms of fields: what they are called, and what their kinds can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from banyan.core.objects.customising import CUSTOM_KINDS
from banyan.core.objects.defining import FORMULA_KINDS
from banyan.core.objects.definitions import AVERAGE, COUNT, MAXIMUM, MINIMUM, MONTHLY, NEVER, SUM, YEARLY
from banyan.core.objects.kinds import kinds
from banyan.core.objects.models import CustomField

NAMES = ("label_zh", "label_en")
HELP = ("help_zh", "help_en")


class NamesForm(forms.Form):
    """What a field is called and how it is explained, in both languages."""

    label_zh = forms.CharField(label=gettext_lazy("Label in Chinese"), max_length=120, required=False)
    label_en = forms.CharField(label=gettext_lazy("Label in English"), max_length=120, required=False)
    help_zh = forms.CharField(label=gettext_lazy("Explanation in Chinese"), max_length=120, required=False)
    help_en = forms.CharField(label=gettext_lazy("Explanation in English"), max_length=120, required=False)

    def labels(self) -> dict[str, str]:
        """Return the labels by language."""
        return {"zh": self.cleaned_data["label_zh"], "en": self.cleaned_data["label_en"]}

    def help_texts(self) -> dict[str, str]:
        """Return the explanations by language."""
        return {"zh": self.cleaned_data["help_zh"], "en": self.cleaned_data["help_en"]}


def names_of(row: CustomField) -> dict[str, str]:
    """Return the initial values of ``NamesForm`` for a field that exists."""
    return {
        "label_zh": row.labels.get("zh", ""), "label_en": row.labels.get("en", ""),
        "help_zh": row.help_texts.get("zh", ""), "help_en": row.help_texts.get("en", ""),
    }  # fmt: skip


class SensitivityForm(forms.Form):
    """Whether the values of a field are encrypted."""

    sensitive = forms.BooleanField(
        label=gettext_lazy("Encrypt values"),
        required=False,
        widget=forms.CheckboxInput(attrs={"wide": True}),
        help_text=gettext_lazy(
            "For what would harm people in the wrong hands. Lists are then filtered by the whole value only, and not "
            "sorted by it. Existing values follow in the background."
        ),
    )


class ValueForm(forms.Form):
    """What the values of a field must be like, and what new records get; each kind keeps what it can be told."""

    minimum = forms.CharField(label=gettext_lazy("At least"), required=False, max_length=20)
    maximum = forms.CharField(label=gettext_lazy("Greatest value"), required=False, max_length=20)
    decimals = forms.CharField(label=gettext_lazy("Decimals"), required=False, max_length=1)
    pattern = forms.CharField(
        label=gettext_lazy("Form of the text"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A regular expression that the whole text must fit, such as [A-Z]{2}-[0-9]{4}."),
    )
    open = forms.BooleanField(
        label=gettext_lazy("Values are added while filling in"),
        required=False,
        help_text=gettext_lazy("Otherwise forms, imports and programs take only the values of the list."),
    )
    default_value = forms.CharField(
        label=gettext_lazy("Value of new records"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Begins with “=” to be computed: =TODAY() or =ADDDAYS(TODAY(), 30)."),
    )
    is_unique = forms.BooleanField(
        label=gettext_lazy("No value twice"),
        required=False,
        help_text=gettext_lazy("Two records cannot have the same value, whoever writes them."),
    )

    def keep(self, names: set[str]) -> None:
        """Keep only these inputs."""
        for name in set(ValueForm.base_fields) - names:
            self.fields.pop(name, None)

    def settings(self) -> dict[str, Any]:
        """Return the limits that were sent."""
        names = ("minimum", "maximum", "decimals", "pattern", "open")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def default(self) -> dict[str, Any]:
        """Return the value of new records as the services take it."""
        text = self.cleaned_data.get("default_value", "").strip()
        if text.startswith(("=", "＝")):
            return {"formula": text[1:].strip()}
        return {"value": text}


class NewFieldForm(NamesForm, ValueForm, SensitivityForm):
    """A field to be added; what its kind needs is asked for too."""

    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: [(name, kinds[name].label) for name in CUSTOM_KINDS],
        initial="text",
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}),
    )
    options = forms.CharField(
        label=gettext_lazy("Values of a choice"),
        required=False,
        max_length=20_000,
        help_text=gettext_lazy("One in each line. You can colour and order them afterwards."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    target = forms.ChoiceField(
        label=gettext_lazy("Records that a link leads to"), required=False, help_text=gettext_lazy("For links only.")
    )
    sensitive = forms.BooleanField(
        label=gettext_lazy("Encrypt values"),
        required=False,
        widget=forms.CheckboxInput(attrs={"wide": True}),
        help_text=gettext_lazy(
            "For texts, phone numbers, e-mail and web addresses; identity numbers and bank accounts always are. "
            "Lists are then filtered by the whole value only, and not sorted by it."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Limits differ from kind to kind: they are set once the field is there.
        self.keep({"default_value", "is_unique"})


class UseForm(forms.Form):
    """Whether a field is in use, and indexed."""

    is_active = forms.BooleanField(
        label=gettext_lazy("In use"),
        required=False,
        help_text=gettext_lazy("A field that is not in use disappears everywhere. Its values are kept."),
    )
    is_indexed = forms.BooleanField(
        label=gettext_lazy("Indexed"),
        required=False,
        help_text=gettext_lazy(
            "Lists of many thousand records are filtered and sorted by it without delay. "
            "The index is built in the background."
        ),
    )


class FieldForm(NamesForm, ValueForm, UseForm, SensitivityForm):
    """A field that exists."""

    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)


class FormulaForm(NamesForm, UseForm):
    """A formula and the kind of its values."""

    formula = forms.CharField(
        label=gettext_lazy("Formula"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4, "wide": True}),
        help_text=gettext_lazy(
            "As in a spreadsheet, with fields instead of cells: amount * 0.06 or IF(amount > 1000, …)."
        ),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of the result"),
        choices=lambda: [(name, kinds[name].label) for name in FORMULA_KINDS],
        initial="decimal",
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}),
    )


class RollupForm(NamesForm, UseForm):
    """What is computed from the records below."""

    function = forms.ChoiceField(
        label=gettext_lazy("What is computed"),
        choices=[
            (COUNT, gettext_lazy("How many")),
            (SUM, gettext_lazy("Sum")),
            (AVERAGE, gettext_lazy("Average")),
            (MINIMUM, gettext_lazy("Least or first")),
            (MAXIMUM, gettext_lazy("Greatest or last")),
        ],
        initial=COUNT,
        widget=forms.RadioSelect(attrs={"style": "chips", "wide": True}),
    )
    field = forms.ChoiceField(
        label=gettext_lazy("Of which field"),
        required=False,
        help_text=gettext_lazy("Counting needs none."),
        widget=forms.Select(attrs={"wide": True}),
    )


class NumberingForm(NamesForm, UseForm):
    """How records are numbered."""

    pattern = forms.CharField(
        label=gettext_lazy("Pattern"),
        max_length=60,
        initial="NO-{year}-{number:5}",
        help_text=gettext_lazy("“{number:5}” is the number with five digits; {year} and {month} may stand in it."),
    )
    restart = forms.ChoiceField(
        label=gettext_lazy("Counting begins anew"),
        choices=[
            (NEVER, gettext_lazy("Never")),
            (YEARLY, gettext_lazy("Each year")),
            (MONTHLY, gettext_lazy("Each month")),
        ],
        initial=NEVER,
    )
    first = forms.IntegerField(label=gettext_lazy("First number"), min_value=1, max_value=10**9, initial=1)


def sent(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return those of the cleaned values whose inputs the form had."""
    return {name: values[name] for name in names if name in values}
