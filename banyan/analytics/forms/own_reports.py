"""The form of a report of one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.analytics.models import Drawing
from banyan.analytics.services import LONGEST_LABEL, LONGEST_QUESTION, MOST_MEASURES
from banyan.core.objects.kinds import Boolean, Choice, Date, DateTime, Link
from banyan.core.objects.spec import ObjectSpec

COUNT = "count"


class OwnReportForm(forms.Form):
    """What is counted of which records, and by what; its choices are those of one object."""

    label = forms.CharField(
        label=gettext_lazy("Name"), max_length=LONGEST_LABEL, widget=forms.TextInput(attrs={"autofocus": True})
    )
    question = forms.CharField(
        label=gettext_lazy("Which question it answers"), max_length=LONGEST_QUESTION, required=False
    )
    view = forms.ChoiceField(
        label=gettext_lazy("Which records"),
        required=False,
        help_text=gettext_lazy("Those of a shared view, as its filter is now."),
    )
    by = forms.ChoiceField(label=gettext_lazy("Grouped by"))
    then_by = forms.ChoiceField(label=gettext_lazy("And by"), required=False)
    measures = forms.MultipleChoiceField(
        label=gettext_lazy("Figures"), widget=forms.CheckboxSelectMultiple(attrs={"style": "chips"})
    )
    day_field = forms.ChoiceField(
        label=gettext_lazy("Date that the period is about"),
        required=False,
        help_text=gettext_lazy("Without one the report counts the records of all time."),
    )
    drawing = forms.ChoiceField(
        label=gettext_lazy("Drawn as"), choices=Drawing.choices, widget=forms.RadioSelect(attrs={"style": "chips"})
    )

    def __init__(self, spec: ObjectSpec, views: list[tuple[str, str]], *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        dimensions = dimensions_of(spec)
        choices = {
            "by": dimensions,
            "then_by": [("", _("Nothing more")), *dimensions],
            "measures": figures_of(spec),
            "day_field": [("", _("All time")), *days_of(spec)],
            "view": views,
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]  # these are choices

    def clean_measures(self) -> list[str]:
        """Refuse more figures than a table shows well."""
        chosen: list[str] = self.cleaned_data["measures"]
        if len(chosen) > MOST_MEASURES:
            message = _("Choose from one to %(most)d figures.") % {"most": MOST_MEASURES}
            raise forms.ValidationError(message, code="too_many")
        return chosen


def dimensions_of(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return by what records can be grouped: choices, links, people, yes or no, and months and years of dates."""
    found: list[tuple[str, str]] = []
    for name, entry in spec.all_fields.items():
        if entry.is_sealed or entry.kind.many:
            continue
        if isinstance(entry.kind, Date | DateTime):
            found.append((f"{name}:month", _("%(field)s by month") % {"field": entry.label}))
            found.append((f"{name}:year", _("%(field)s by year") % {"field": entry.label}))
        elif isinstance(entry.kind, Choice | Link | Boolean):
            found.append((name, str(entry.label)))
    return found


def figures_of(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return what can be figured out of records: how many there are, sums and averages of numbers."""
    found = [(COUNT, _("How many"))]
    for name, entry in spec.all_fields.items():
        if entry.kind.totals and entry.summed and not entry.is_sealed and name != "version":
            found.append((f"sum:{name}", _("Sum of %(field)s") % {"field": entry.label}))
            found.append((f"average:{name}", _("Average of %(field)s") % {"field": entry.label}))
    return found


def days_of(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the dates of records."""
    return [
        (name, str(entry.label)) for name, entry in spec.all_fields.items() if isinstance(entry.kind, Date | DateTime)
    ]
