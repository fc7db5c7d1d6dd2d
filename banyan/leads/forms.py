"""Forms that several pages of leads share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.labels import labels_of
from banyan.core.records.duplicates import Candidate
from banyan.core.web.plain_forms import PickField
from banyan.core.web.wording import DUPLICATE_REASONS
from banyan.leads.choices import Target
from banyan.leads.models import Lead
from banyan.leads.services.converting import NEW, NONE, Choice, candidates, may_create, new_values, proposal


def reasons_in_words(codes: tuple[str, ...]) -> list[str]:
    """Return why two records may be one."""
    return [str(DUPLICATE_REASONS.get(code, code)) for code in codes]


class ConvertForm(forms.Form):
    """What becomes of a lead: who is attached to, what is made, and how the opportunity is called."""

    customer = forms.ChoiceField(label=gettext_lazy("Customer"))
    customer_name = forms.CharField(label=gettext_lazy("Name of the new customer"), max_length=200, required=False)
    contact = forms.ChoiceField(label=gettext_lazy("Contact"))
    with_opportunity = forms.BooleanField(label=gettext_lazy("Make an opportunity"), required=False)
    opportunity_name = forms.CharField(label=gettext_lazy("Opportunity"), max_length=200, required=False)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=18, decimal_places=2, min_value=0, required=False
    )
    expected_close_on = forms.DateField(label=gettext_lazy("Expected close"), required=False)

    def __init__(self, data: Any, *, actor: Actor, lead: Lead) -> None:
        proposed = proposal(actor, lead)
        super().__init__(data, initial=_initial(actor, lead, proposed))
        fields: Any = self.fields
        fields["customer"].choices = self._choices(actor, lead, Target.CUSTOMER)
        fields["contact"].choices = [*self._choices(actor, lead, Target.CONTACT), (NONE, _("No contact"))]
        fields["other_customer"] = PickField(
            label=_("Another customer that is there"), required=False, pick_url="/pick/customer",
            names=lambda values: _names(actor, values),
        )  # fmt: skip
        self.order_fields(("customer", "customer_name", "other_customer", "contact"))
        if not may_create(actor, Target.OPPORTUNITY):
            for name in ("with_opportunity", "opportunity_name", "amount", "expected_close_on"):
                del fields[name]

    def _choices(self, actor: Actor, lead: Lead, target: Target) -> list[tuple[str, str]]:
        found = [(str(entry.record_id), _known(entry)) for entry in candidates(actor, lead, target)]
        if not may_create(actor, target):
            return found
        name = str(new_values(actor, lead, target).get("name") or "")
        return [(NEW, _("New: %(name)s") % {"name": name}), *found]

    def choice(self) -> Choice:
        """Return what was chosen."""
        sent = self.cleaned_data
        names = {"name": "opportunity_name", "amount": "amount", "expected_close_on": "expected_close_on"}
        opportunity = {
            name: value if isinstance(value, str) else str(value)
            for name, field in names.items()
            if (value := sent.get(field)) not in (None, "")
        }
        return Choice(
            customer=sent.get("other_customer") or sent["customer"],
            contact=sent["contact"],
            opportunity=NEW if sent.get("with_opportunity") else NONE,
            values={Target.CUSTOMER: {"name": sent.get("customer_name") or ""}, Target.OPPORTUNITY: opportunity},
        )


def _known(entry: Candidate) -> str:
    reasons = ", ".join(reasons_in_words(entry.reasons))
    return _("There already: %(name)s (%(reasons)s)") % {"name": entry.title, "reasons": reasons}


def _names(actor: Actor, values: list[str]) -> Mapping[str, str]:
    ids = {pk for value in values if (pk := parse_id(value)) is not None}
    found = labels_of({"customer": ids}, actor=actor) if ids else {}
    return {str(pk): label for pk, label in found.items()}


def _initial(actor: Actor, lead: Lead, proposed: Choice) -> dict[str, Any]:
    return {
        "customer": proposed.customer,
        "contact": proposed.contact,
        "customer_name": str(new_values(actor, lead, Target.CUSTOMER).get("name") or ""),
        "with_opportunity": proposed.opportunity == NEW,
        "opportunity_name": str(new_values(actor, lead, Target.OPPORTUNITY).get("name") or "")
        if proposed.opportunity == NEW
        else "",
    }


class SeveralForm(forms.Form):
    """How several leads are converted."""

    with_opportunity = forms.BooleanField(
        label=gettext_lazy("Make an opportunity of each"), required=False, initial=True
    )
    attaches = forms.BooleanField(
        label=gettext_lazy("Attach to customers and contacts that are likely the same"), required=False, initial=True
    )


class ReverseForm(forms.Form):
    """Whether what a conversion made goes, too."""

    removes = forms.BooleanField(
        label=gettext_lazy("Put the customer, contact and opportunity that it made into the recycle bin"),
        required=False,
    )


class ReleaseForm(forms.Form):
    """Why leads go into the pool."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=255, help_text=gettext_lazy("Whoever claims the lead next reads it."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )  # fmt: skip
