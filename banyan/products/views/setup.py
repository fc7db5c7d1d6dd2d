"""What a product is made of and sold in: variants, units, parts of a bundle, what goes together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import specs_here
from banyan.core.web.answers import done, markup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import PickField, add_problem, form_answer
from banyan.core.web.views.base import signed_in, spec_named
from banyan.products import services
from banyan.products.choices import BundleMode, PairingKind
from banyan.products.models import LIVE, Product
from banyan.products.panels import product_panel
from banyan.products.references import PRICING

ROWS_OF_ATTRIBUTES = 3


def _names_of_products(values: list[str]) -> dict[str, str]:
    ids = [pk for value in values if (pk := parse_id(value)) is not None]
    return {str(pk): name for pk, name in Product.objects.filter(LIVE, pk__in=ids).values_list("pk", "name")}


class UnitForm(forms.Form):
    """A further unit."""

    name = forms.CharField(label=gettext_lazy("Unit"), max_length=20)
    factor = forms.DecimalField(label=gettext_lazy("Holds"), max_digits=14, decimal_places=6)


class PartForm(forms.Form):
    """A part of a bundle."""

    part = PickField(label=gettext_lazy("Product"), pick_url="/pick/product", names=_names_of_products)
    quantity = forms.DecimalField(label=gettext_lazy("Quantity"), max_digits=14, decimal_places=3, initial=1)


class ModeForm(forms.Form):
    """How a bundle stands on documents."""

    mode = forms.ChoiceField(
        label=gettext_lazy("On quotes and orders"), required=False,
        choices=(*BundleMode.choices, ("plain", gettext_lazy("No bundle any more"))),
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )  # fmt: skip


class PairingForm(forms.Form):
    """How the product goes together with another."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Sold"), choices=PairingKind.choices, initial=PairingKind.REQUIRES.value,
        widget=forms.RadioSelect(attrs={"style": "chips"}),
    )  # fmt: skip
    other = PickField(label=gettext_lazy("Product"), pick_url="/pick/product", names=_names_of_products)


class VariantsForm(forms.Form):
    """What tells variants apart: up to three things with their values."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        examples = ((_("Colour"), _("red, blue")), (_("Size"), "S, M, L"), ("", ""))
        for index, (name, values) in enumerate(examples, start=1):
            self.fields[f"name_{index}"] = forms.CharField(
                label=_("They differ in"), max_length=40, required=False,
                widget=forms.TextInput(attrs={"placeholder": name}),
            )  # fmt: skip
            self.fields[f"values_{index}"] = forms.CharField(
                label=_("Values, separated by commas"), max_length=600, required=False,
                widget=forms.TextInput(attrs={"placeholder": values}),
            )  # fmt: skip

    def attributes(self) -> dict[str, list[str]]:
        """Return what was filled in."""
        values = self.cleaned_data
        rows = range(1, ROWS_OF_ATTRIBUTES + 1)
        return services.read_attributes([(values[f"name_{row}"], values[f"values_{row}"]) for row in rows])


@signed_in("GET")
def setup(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Answer with the panel of a product, after something about it has changed."""
    spec = spec_named(request, "product")
    shown = product_panel(request.actor, spec, fetch_row(request.actor, spec, product_id))
    return markup(shown) if shown else HttpResponse()


@signed_in("GET", "POST")
def new_unit(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Add a unit."""
    product = _product(request, product_id)
    form = UnitForm(request.POST or None)
    form.fields["factor"].help_text = (
        _("How many %(unit)s are in one.") % {"unit": product.unit}
        if product.unit
        else _("How many of the product are in one.")
    )

    def save() -> str:
        services.add_unit(request.actor, product_id, **form.cleaned_data)
        return _("The unit is added.")

    return _answer(request, product, form, save, title=_("New unit"))


@signed_in("GET", "POST")
def new_part(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Add a part to a bundle."""
    product = _product(request, product_id)
    form = PartForm(request.POST or None)

    def save() -> str:
        part, quantity = uuid.UUID(form.cleaned_data["part"]), form.cleaned_data["quantity"]
        services.add_part(request.actor, product_id, part_id=part, quantity=quantity)
        return _("The part is added.")

    return _answer(request, product, form, save, title=_("Part of the bundle"))


@signed_in("GET", "POST")
def bundle_mode(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Choose how a bundle stands on documents."""
    product = _product(request, product_id)
    form = ModeForm(request.POST or None, initial={"mode": product.bundle_mode})

    def save() -> str:
        mode = form.cleaned_data["mode"]
        services.set_bundle_mode(request.actor, product_id, "" if mode == "plain" else mode)
        return _("The bundle is saved.")

    return _answer(request, product, form, save, title=_("Bundle"))


@signed_in("GET", "POST")
def new_pairing(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Say with what a product is sold only, or never."""
    product = _product(request, product_id)
    form = PairingForm(request.POST or None)

    def save() -> str:
        other, kind = uuid.UUID(form.cleaned_data["other"]), form.cleaned_data["kind"]
        services.add_pairing(request.actor, product_id, other_id=other, kind=kind)
        return _("It is saved.")

    return _answer(request, product, form, save, title=_("What goes together"))


@signed_in("GET", "POST")
def variants(request: SignedInRequest, product_id: uuid.UUID) -> HttpResponse:
    """Make variants: one for each combination of values."""
    product = _product(request, product_id)
    form = VariantsForm(request.POST or None)

    def save() -> str:
        count = services.make_variants(request.actor, product_id, form.attributes())
        return ngettext("%(num)d variant was made.", "%(num)d variants were made.", count) % {"num": count}

    text = _(
        "Each combination becomes a product of its own. Price, cost, unit and tax are those of this one until it has its own."
    )
    return _answer(request, product, form, save, title=_("Variants"), text=text, submit_label=_("Make variants"))


@signed_in("POST")
def remove(request: SignedInRequest, product_id: uuid.UUID, what: str, entry_id: uuid.UUID) -> HttpResponse:
    """Take a unit, a part or a pairing away from a product."""
    product = _product(request, product_id)
    removers: dict[str, Callable[..., None]] = {
        "units": services.remove_unit, "parts": services.remove_part, "pairings": services.remove_pairing,
    }  # fmt: skip
    if what not in removers:
        raise Missing("not_found", _("There is no such page."))
    removers[what](request.actor, product_id, entry_id)
    return done(request, _("It is removed."), next_url=f"/products/{product.pk}", changed=("products",))


def _product(request: SignedInRequest, product_id: uuid.UUID) -> Product:
    spec = spec_named(request, "product")
    if not module_is_on(request.actor.organization, PRICING):
        raise Missing("not_found", _("There is no such page."))
    require(request.actor, spec, Action.EDIT)
    rows = restrict(Product.objects.filter(LIVE, pk=product_id), request.actor, specs_here()["product"], Action.EDIT)
    product = rows.first()
    if product is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return product


def _answer(
    request: SignedInRequest, product: Product, form: forms.Form, save: Callable[[], str], **details: Any
) -> HttpResponse:
    """Show a form about a product, or save it."""
    if request.method == "POST" and form.is_valid():
        try:
            text = save()
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return done(request, text, next_url=f"/products/{product.pk}", changed=("products",), close_dialog=True)
    return form_answer(request, form, cancel_url=f"/products/{product.pk}", **details)
