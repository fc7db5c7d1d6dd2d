"""What people fill in: quantities line by line, lots and serial numbers as they are scanned, terms of suppliers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.kernel.ids import parse_id
from banyan.core.web.plain_forms import PickField
from banyan.customers.public import Customer
from banyan.products.public import Product
from banyan.supply.choices import Tracking
from banyan.supply.models import Place
from banyan.supply.queries import carrier_names
from banyan.supply.rules import MOST, plain

LONG = 60
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def quantity_field(
    label: Any, *, initial: Decimal | None = None, help_text: Any = "", required: bool = False
) -> forms.Field:
    """Return a field for a quantity with three places."""
    return forms.DecimalField(
        label=label, required=required, min_value=Decimal(0), max_value=MOST, max_digits=14, decimal_places=3,
        initial=plain(initial) if initial else None, help_text=help_text,
    )  # fmt: skip


def names_of(model: Any) -> Callable[[list[str]], Mapping[str, str]]:
    """Return a function that names records by the texts of their ids, for pickers."""

    def names(values: list[str]) -> Mapping[str, str]:
        ids = [pk for value in values if (pk := parse_id(value)) is not None]
        rows = model.objects.filter(pk__in=ids, deleted_at__isnull=True)
        return {str(pk): name for pk, name in rows.values_list("pk", "name")}

    return names


def product_field(**options: Any) -> PickField:
    """Return a picker of products."""
    return PickField(label=gettext_lazy("Product"), pick_url="/pick/product", names=names_of(Product), **options)


def customer_field(label: Any, **options: Any) -> PickField:
    """Return a picker of customer records."""
    return PickField(label=label, pick_url="/pick/customer", names=names_of(Customer), **options)


def place_choices(places: Iterable[Place]) -> list[tuple[str, str]]:
    """Return places as choices; held ones say so."""
    return [(str(place.pk), f"{place.code} ({_('held back')})" if place.is_held else place.code) for place in places]


def choice_field(label: Any, choices: Sequence[tuple[str, Any]], **options: Any) -> forms.ChoiceField:
    """Return a choice of one of some values, the first one chosen."""
    options.setdefault("initial", choices[0][0] if choices and options.get("required", True) else "")
    return forms.ChoiceField(label=label, choices=choices, **options)


def codes_field(label: Any, *, initial: str = "", help_text: Any = "") -> forms.CharField:
    """Return a field for codes, one in each line, as a scanner types them."""
    area = forms.Textarea(attrs={"rows": 3, "wide": True})
    return forms.CharField(
        label=label, required=False, widget=area, initial=initial, help_text=help_text, max_length=20_000
    )


def codes_in(text: str) -> list[str]:
    """Return the codes of a field, in their order; commas and semicolons separate, too."""
    for mark in (",", ";", "，", "；", "\t"):
        text = text.replace(mark, "\n")
    return [code for line in text.splitlines() if (code := line.strip())]


def lots_in(text: str) -> list[tuple[str, Decimal, date | None]]:
    """Return lots with their quantities: each line holds a lot, how much of it, and if known the day it keeps until.

    Raises ``ValueError`` with the line that cannot be read.
    """
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        front, _space, last = line.strip().rpartition(" ")
        day = None
        try:
            if DAY.fullmatch(last):
                day = date.fromisoformat(last)
                front, _space, last = front.rstrip().rpartition(" ")
            quantity = Decimal(last)
        except (InvalidOperation, ValueError) as error:
            raise ValueError(line.strip()) from error
        if not front.strip() or not quantity.is_finite():
            raise ValueError(line.strip())
        found.append((front.strip(), quantity, day))
    return found


class ShipForm(forms.Form):
    """How a delivery travels."""

    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"), required=False, choices=())
    tracking_number = forms.CharField(label=gettext_lazy("Tracking number"), max_length=80, required=False)
    shipped_on = forms.DateField(label=gettext_lazy("Shipped on"), required=False)

    def __init__(self, *args: Any, country: str, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["carrier"]
        names = carrier_names(country)
        now = (self.initial or {}).get("carrier")
        field.choices = [(name, name) for name in [*names, *([now] if now and now not in names else [])]]


class ArrivalForm(forms.Form):
    """That goods have arrived."""

    received_by = forms.CharField(label=gettext_lazy("Received by"), max_length=120, required=False)
    delivered_on = forms.DateField(label=pgettext_lazy("shipment", "Delivered on"), required=False)


class KeepForm(forms.Form):
    """How stock of a product is kept, with a minimum for each warehouse (added by the page)."""

    is_stocked = forms.BooleanField(label=gettext_lazy("Keep stock of this product"), required=False)
    tracking = forms.ChoiceField(label=gettext_lazy("Tell pieces apart"), choices=Tracking.choices)
    warranty_months = forms.IntegerField(
        label=gettext_lazy("Warranty in months"), required=False, min_value=0, max_value=600,
        help_text=gettext_lazy("Counted from the day of delivery, for each serial number."),
    )  # fmt: skip


class SupplierForm(forms.Form):
    """The terms of a supplier."""

    is_active = forms.BooleanField(label=gettext_lazy("We buy from them"), required=False, initial=True)
    lead_days = forms.IntegerField(
        label=gettext_lazy("Lead time in days"), required=False, min_value=0, max_value=1_000
    )
    minimum_amount = forms.DecimalField(
        label=gettext_lazy("Smallest order"), required=False, min_value=Decimal(0), max_digits=18, decimal_places=2
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), required=False, max_length=3, min_length=3)
    terms = forms.CharField(label=pgettext_lazy("supplier", "Terms"), required=False, max_length=300)

    def clean_currency(self) -> str:
        """Return the currency in capitals."""
        return str(self.cleaned_data.get("currency") or "").upper()


class ItemForm(forms.Form):
    """At which conditions a supplier sells a product."""

    product = product_field()
    price = forms.DecimalField(
        label=gettext_lazy("Price"), required=False, min_value=Decimal(0), max_digits=18, decimal_places=2
    )
    article_number = forms.CharField(label=gettext_lazy("Supplier's article number"), required=False, max_length=80)
    least = quantity_field(gettext_lazy("Least quantity"))
    multiple = quantity_field(gettext_lazy("Sold in multiples of"))
    lead_days = forms.IntegerField(
        label=gettext_lazy("Lead time in days"), required=False, min_value=0, max_value=1_000
    )


class RequestForm(forms.Form):
    """What somebody wants to be bought."""

    product = product_field()
    quantity = quantity_field(gettext_lazy("Quantity"), required=True)
    warehouse = forms.ChoiceField(label=gettext_lazy("Warehouse"), choices=())
    wanted_on = forms.DateField(label=gettext_lazy("Wanted by"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)


def line_ids(given: Mapping[str, Any], prefix: str) -> dict[uuid.UUID, Any]:
    """Return the filled values of fields that are named after lines, by the line."""
    found = {}
    for name, value in given.items():
        if name.startswith(prefix) and value not in (None, "", [], 0) and (pk := parse_id(name.removeprefix(prefix))):
            found[pk] = value
    return found


def made_form(
    data: Any, fields: Mapping[str, forms.Field], *, base: type[forms.Form] = forms.Form, initial: Any = None
) -> forms.Form:
    """Return a form with fields that depend on a record."""
    form = base(data, initial=initial)
    form.fields.update(fields)
    return form


def chosen(values: Collection[str]) -> list[uuid.UUID]:
    """Return the ids among texts."""
    return [pk for value in values if (pk := parse_id(value)) is not None]
