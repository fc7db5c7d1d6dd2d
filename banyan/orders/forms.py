"""Forms of the steps of orders and returns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.core.web.plain_forms import PickField
from banyan.orders.choices import Resolution
from banyan.orders.references import ORDER


class CancelForm(forms.Form):
    """Why an order is cancelled."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.TextInput(attrs={"autofocus": True, "wide": True})
    )


class DeliveryForm(forms.Form):
    """When a delivery went out, and what else is to be said."""

    delivered_on = forms.DateField(label=gettext_lazy("Delivered on"))
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Carrier, tracking number")}),
    )  # fmt: skip


class ReturnForm(forms.Form):
    """Why goods come back, and what the customer gets for them."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.TextInput(attrs={"autofocus": True, "wide": True})
    )
    resolution = forms.ChoiceField(label=gettext_lazy("Customer gets"), choices=Resolution.choices)


class AnswerForm(forms.Form):
    """What is answered to whoever wants to return something."""

    answer = forms.CharField(
        label=gettext_lazy("Answer"), max_length=500, widget=forms.TextInput(attrs={"autofocus": True, "wide": True})
    )


class ReceiveForm(forms.Form):
    """On which day goods came back."""

    received_on = forms.DateField(label=gettext_lazy("Received on"))


class OrderForm(ReturnForm):
    """Of which order something comes back, and why."""

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        spec = spec_for(actor.organization, ORDER)

        def names(values: list[str]) -> dict[str, str]:
            ids = [pk for value in values if (pk := parse_id(value)) is not None]
            rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=ids)
            return {str(pk): f"{number} {name}" for pk, number, name in rows.values_list("pk", "number", "name")}

        order = PickField(label=_("Order"), pick_url="/pick/order", names=names)
        self.fields = {"order": order, **self.fields}
        for field in self.fields.values():
            field.error_messages["required"] = _("“%(label)s” is needed.") % {"label": field.label}
