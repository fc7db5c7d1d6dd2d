"""The form of the cost page: a company and its plan, and any assumption that somebody knows better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.editions.choices import DEPTH_LABELS, DIRT_LABELS, EDITION_LABELS, HOSTING_LABELS
from banyan.editions.cost.addresses import AUTOMATIC, RATE
from banyan.editions.cost.loading import currency_rates
from banyan.editions.cost.model import typical
from banyan.editions.cost.scenario import MOST_HEADS, MOST_ROWS, MOST_YEARS

USUAL = (AUTOMATIC, gettext_lazy("As usual for the size"))
HEADS_AT_FIRST = "200"


class CostForm(forms.Form):
    """What the estimate needs; everything but the headcount may stay empty and is as usual for the size then."""

    name = forms.CharField(label=gettext_lazy("Name of the scenario"), max_length=120, required=False)
    headcount = forms.IntegerField(label=gettext_lazy("Headcount"), min_value=1, max_value=MOST_HEADS)
    growth = forms.DecimalField(
        label=gettext_lazy("Growth of headcount a year in %"), min_value=-50, max_value=200, required=False
    )
    departments = forms.IntegerField(label=gettext_lazy("Departments"), min_value=0, max_value=10_000, required=False)
    revenue = forms.DecimalField(
        label=gettext_lazy("Revenue a year in CNY"), min_value=0, max_value=10**13, required=False
    )
    edition = forms.ChoiceField(
        label=gettext_lazy("Edition"),
        choices=[(AUTOMATIC, gettext_lazy("The smallest that serves")), *EDITION_LABELS.items()],
        required=False,
    )
    hosting = forms.ChoiceField(label=gettext_lazy("Hosting"), choices=list(HOSTING_LABELS.items()), required=False)
    years = forms.IntegerField(label=gettext_lazy("Years"), min_value=1, max_value=MOST_YEARS, required=False)
    discount = forms.DecimalField(
        label=gettext_lazy("Interest for coming years in %"), min_value=0, max_value=50, required=False,
        help_text=gettext_lazy("What money would bring elsewhere; coming years count that much less."),
    )  # fmt: skip
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    customers = forms.IntegerField(
        label=gettext_lazy("Customers kept"), min_value=0, max_value=MOST_ROWS, required=False
    )
    migrated = forms.IntegerField(
        label=gettext_lazy("Records taken over"), min_value=0, max_value=MOST_ROWS, required=False
    )
    sources = forms.IntegerField(
        label=gettext_lazy("From how many systems or files"), min_value=0, max_value=1_000, required=False
    )
    dirt = forms.ChoiceField(
        label=gettext_lazy("State of that data"), choices=list(DIRT_LABELS.items()), required=False
    )
    integrations = forms.IntegerField(
        label=gettext_lazy("Systems to connect"), min_value=0, max_value=1_000, required=False
    )
    replaced = forms.IntegerField(label=gettext_lazy("Systems given up"), min_value=0, max_value=1_000, required=False)
    training = forms.ChoiceField(
        label=pgettext_lazy("cost", "Training"), choices=[USUAL, *DEPTH_LABELS.items()], required=False
    )
    requests = forms.DecimalField(
        label=gettext_lazy("Requests a person and hour"), min_value=0, max_value=10_000, required=False,
        help_text=gettext_lazy("Opening a page, a list or a record is one to three."),
    )  # fmt: skip
    has_failover = forms.ChoiceField(
        label=gettext_lazy("Cluster that bears a failure"),
        choices=[USUAL, ("0", gettext_lazy("No, one machine")), ("1", gettext_lazy("Yes"))],
        required=False,
    )

    def __init__(self, sent: Mapping[str, str]) -> None:
        super().__init__(with_usual(sent))
        own = [name.removeprefix(RATE) for name in sent if name.startswith(RATE)]
        codes = dict.fromkeys([*currency_rates(), *own])
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        for name, value in _usual(self.data).items():
            if name in self.fields:
                self.fields[name].widget.attrs["placeholder"] = value


#: The fields by what they are about; all but the first are folded until one of them was filled in.
SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    ("", ("headcount", "growth", "edition", "hosting", "years", "currency")),
    (gettext_lazy("The company"), ("departments", "revenue", "discount", "name")),
    (gettext_lazy("Introduction: data, systems and training"),
     ("customers", "migrated", "sources", "dirt", "integrations", "replaced", "training")),
    (gettext_lazy("Servers"), ("requests", "has_failover")),
)  # fmt: skip


def with_usual(sent: Mapping[str, str]) -> dict[str, str]:
    """Return what was sent, with a headcount to begin with and the first entry of each choice that was left empty."""
    given = {name: value for name, value in sent.items() if value.strip()}
    return {"headcount": HEADS_AT_FIRST, "edition": AUTOMATIC, "hosting": "cloud", "currency": "CNY",
            "training": AUTOMATIC, "has_failover": AUTOMATIC, "dirt": "usual", "years": "3", **given}  # fmt: skip


def _usual(sent: Mapping[str, Any]) -> dict[str, str]:
    """Return what is usual for the headcount, as it stands in empty inputs."""
    heads = str(sent.get("headcount", "")).strip()
    usual = typical(int(heads)) if heads.isdecimal() and 0 < int(heads) <= MOST_HEADS else {}
    shown = {name: f"{value:,}" for name, value in usual.items() if isinstance(value, int)}
    return {**shown, "growth": "0", "discount": "5", "requests": "60", "revenue": _("as usual for the size")}
