"""Forms of the sales app: people of a decision, copies, mass moves, competitors, limits of risk."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Choice
from banyan.core.objects.registry import spec_for
from banyan.core.web.plain_forms import PickField, names_of_people
from banyan.sales.choices import Attitude, BuyingRole, ForecastCategory, Influence
from banyan.sales.models import OpportunityContact, Pipeline, Stage


def _long_text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "wide": True})
    )


class PersonForm(forms.Form):
    """Somebody at the customer who has a say in an opportunity."""

    role = forms.ChoiceField(label=gettext_lazy("Part in the decision"), choices=BuyingRole.choices)
    influence = forms.ChoiceField(label=gettext_lazy("Influence"), choices=Influence.choices)
    attitude = forms.ChoiceField(label=gettext_lazy("Attitude"), choices=Attitude.choices)
    reports_to = forms.ChoiceField(label=gettext_lazy("Reports to"), choices=(), required=False)
    notes = _long_text(gettext_lazy("Notes"))

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        opportunity_id: uuid.UUID,
        customer_id: uuid.UUID | None,
        person: OpportunityContact | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        others: Any = OpportunityContact.objects.filter(opportunity_id=opportunity_id, deleted_at__isnull=True)
        if person is not None:
            others = others.exclude(pk=person.pk)
        reports_to: Any = self.fields["reports_to"]
        reports_to.choices = [("", _("Nobody here")), *others.order_by("name").values_list("contact_id", "name")]
        if person is None:
            url = "/pick/contact" + (f"?customer={customer_id}" if customer_id else "")
            contact = PickField(
                label=gettext_lazy("Contact"), pick_url=url, names=lambda values: names_of_contacts(actor, values)
            )
            self.fields = {"contact": contact, **self.fields}


def names_of_contacts(actor: Actor, values: Iterable[str]) -> dict[str, str]:
    """Return what contacts are called that the actor may see, by the texts of their ids."""
    spec = spec_for(actor.organization, "contact")
    ids = [pk for value in values if (pk := parse_id(value)) is not None]
    rows: Any = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids)
    return {str(pk): name for pk, name in rows.values_list("pk", "name")}


class CloneForm(forms.Form):
    """What a copy of an opportunity takes over."""

    name = forms.CharField(
        label=gettext_lazy("Opportunity"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True})
    )
    lines = forms.BooleanField(label=gettext_lazy("Lines"), required=False, initial=True)
    people = forms.BooleanField(label=gettext_lazy("Decision makers"), required=False, initial=True)
    team = forms.BooleanField(label=gettext_lazy("Team and credit"), required=False, initial=True)
    competitors = forms.BooleanField(label=gettext_lazy("Competitors"), required=False, initial=True)

    @property
    def parts(self) -> list[str]:
        """Return what was ticked."""
        return [name for name in ("lines", "people", "team", "competitors") if self.cleaned_data[name]]


class MoveForm(forms.Form):
    """What many opportunities are given at once; what stays empty stays as it is."""

    stage = forms.ChoiceField(
        label=gettext_lazy("Pipeline and stage"), required=False, widget=forms.Select(attrs={"autofocus": True})
    )
    owner = PickField(label=gettext_lazy("Owner"), required=False, pick_url="/pick/user", names=names_of_people)
    expected_close_on = forms.DateField(label=gettext_lazy("Expected close"), required=False)
    forecast_category = forms.ChoiceField(label=gettext_lazy("Forecast category"), required=False, choices=())
    reason = forms.ChoiceField(label=gettext_lazy("Reason for winning or losing"), required=False, choices=())
    competitor = forms.CharField(label=gettext_lazy("Competitor"), required=False, max_length=120)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        pipelines = dict(
            Pipeline.objects.filter(deleted_at__isnull=True)
            .order_by("-is_default", "position")
            .values_list("pk", "name")
        )
        stages = Stage.objects.filter(deleted_at__isnull=True, pipeline__in=pipelines).order_by("position", "pk")
        of_pipeline: dict[uuid.UUID, list[Stage]] = {}
        for stage in stages:
            of_pipeline.setdefault(stage.pipeline_id, []).append(stage)
        fields["stage"].choices = [
            ("", ""),
            *(
                (str(stage.pk), f"{name} · {stage.name}" if len(pipelines) > 1 else stage.name)
                for pk, name in pipelines.items()
                for stage in of_pipeline.get(pk, ())
            ),
        ]
        reasons = spec_for(actor.organization, "opportunity").all_fields["reason"].kind
        options_of = reasons.options if isinstance(reasons, Choice) else ()
        fields["reason"].choices = [("", ""), *((option.code, option.label) for option in options_of if option.active)]
        fields["forecast_category"].choices = [
            ("", ""),
            *(choice for choice in ForecastCategory.choices if choice[0] != ForecastCategory.CLOSED.value),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a move that changes nothing."""
        found = super().clean() or {}
        if not any(found.values()) and not self.errors:
            raise forms.ValidationError(_("Choose what the opportunities are to be given."), code="nothing_chosen")
        return found

    @property
    def values(self) -> dict[str, Any]:
        """Return what is to be written, in the form that the door reads."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if "expected_close_on" in given:
            given["expected_close_on"] = given["expected_close_on"].isoformat()
        return given


class CompetitorForm(forms.Form):
    """A competitor of the organization's list."""

    name = forms.CharField(
        label=gettext_lazy("Competitor"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )
    website = forms.URLField(label=gettext_lazy("Website"), required=False, assume_scheme="https")
    strengths = _long_text(gettext_lazy("Strengths"))
    weaknesses = _long_text(gettext_lazy("Weaknesses"))
    notes = _long_text(gettext_lazy("How to win against them"))
    is_active = forms.BooleanField(label=gettext_lazy("Offered for choice"), required=False)


def _whole_number(label: Any, longest: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=longest)


class LimitsForm(forms.Form):
    """From when on an opportunity is at risk."""

    quiet_days = _whole_number(gettext_lazy("Days without a follow-up"), 3_650)
    pushes = _whole_number(gettext_lazy("Times the close was put off"), 100)
    shrink_percent = _whole_number(gettext_lazy("Amount shrank by %"), 100)
    decider_probability = _whole_number(gettext_lazy("Decision maker known from a probability of %"), 100)
    wants_next_step = forms.BooleanField(label=gettext_lazy("Every open opportunity has a next step"), required=False)
    wants_close_date = forms.BooleanField(
        label=gettext_lazy("Every open opportunity has an expected close"), required=False
    )
