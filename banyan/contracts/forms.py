"""Forms of the steps of contracts, and reading the rows of instalments and terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.contracts.models import Clause
from banyan.contracts.services.instalments import FIELDS
from banyan.core.kernel.errors import FieldError
from banyan.core.web.plain_forms import PickField, names_of_people

Row = dict[str, Any]
PLAN_INPUTS = FIELDS
TERM_INPUTS = ("title", "text")


class SignForm(forms.Form):
    """Who signed on which day."""

    signed_on = forms.DateField(label=gettext_lazy("Signed on"))
    our_signer = PickField(
        label=gettext_lazy("Signed by us"), required=False, pick_url="/pick/user", names=names_of_people
    )
    customer_signer = forms.CharField(label=gettext_lazy("Signed by the customer"), required=False, max_length=120)


class DayForm(forms.Form):
    """On which day an amendment was signed."""

    signed_on = forms.DateField(label=gettext_lazy("Signed on"))


class TerminateForm(forms.Form):
    """Since when and why a contract ends."""

    ended_on = forms.DateField(label=gettext_lazy("Ended on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.TextInput(attrs={"autofocus": True, "wide": True})
    )


class RenewForm(forms.Form):
    """The period and the amount of the next contract."""

    starts_on = forms.DateField(label=gettext_lazy("Starts on"), required=False)
    ends_on = forms.DateField(label=gettext_lazy("Ends on"), required=False)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), required=False, min_value=Decimal(0), max_digits=18, decimal_places=2
    )


class TermForm(forms.Form):
    """One term of a contract."""

    title = forms.CharField(label=gettext_lazy("Heading"), max_length=120)
    text = forms.CharField(
        label=pgettext_lazy("clause", "Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 10})
    )


class ChooseForm(forms.Form):
    """Which clauses of the library a contract takes over."""

    clauses = forms.MultipleChoiceField(label=gettext_lazy("Clauses"))

    def __init__(self, *args: Any, clauses: Sequence[Clause], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(clause.pk), " · ".join(filter(None, (clause.category, clause.name)))) for clause in clauses]
        self.fields["clauses"].choices = choices  # type: ignore[attr-defined]  # a choice field


class ClauseForm(forms.Form):
    """A clause of the library."""

    name = forms.CharField(label=gettext_lazy("Heading"), max_length=120)
    category = forms.CharField(label=gettext_lazy("Category"), max_length=60, required=False)
    text = forms.CharField(
        label=pgettext_lazy("clause", "Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("A changed text is a new version. Contracts keep the text that they took over."),
    )  # fmt: skip
    is_standard = forms.BooleanField(label=gettext_lazy("In every new contract"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


def read_rows(sent: QueryDict, names: Iterable[str]) -> list[Row]:
    """Return the rows that were sent, one value of each input per row; rows without anything are left out."""
    columns = {name: sent.getlist(f"row_{name}") for name in names}
    length = max((len(values) for values in columns.values()), default=0)
    rows = [
        {name: values[index] if index < len(values) else "" for name, values in columns.items()}
        for index in range(length)
    ]
    return [row for row in rows if any(value for name, value in row.items() if name not in {"id", "days", "event"})]


def with_errors(rows: Sequence[Row], errors: Iterable[FieldError], head: str) -> list[Row]:
    """Return rows as they were sent, each with the messages of what is wrong about it."""
    wrong: dict[int, list[str]] = {}
    for error in errors:
        first, _dot, rest = error.field.partition(".")
        position = rest.partition(".")[0]
        if first == head and position.isdecimal():
            wrong.setdefault(int(position), []).append(str(error.message))
    return [{**row, "errors": wrong.get(position, [])} for position, row in enumerate(rows)]


def plain(value: Any) -> str:
    """Return a value as one types it: no separators, no needless zeros."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def plan_rows(lines: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return stored instalments as the editor takes them."""
    return [{name: plain(line.get(name)) for name in PLAN_INPUTS} for line in lines]
