"""What the products app shows on products: picture, prices, variants, units, parts, what goes together."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import fields, restrict
from banyan.core.access.scopes import Action, FieldAccess
from banyan.core.objects.kinds import Money, Number
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.presenting import told_day
from banyan.money.public import HUNDRED
from banyan.products.choices import BundleMode, PairingKind
from banyan.products.lines.editing import plain
from banyan.products.models import LIVE, BundlePart, PriceBookEntry, Product, ProductPairing, ProductUnit
from banyan.products.queries import picture_of
from banyan.products.references import PRICING

TEMPLATE = "products/setup.html"
SHOWN = 50
Row = Mapping[str, Any]


def product_panel(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what a product is made of and sold in; None where prices in depth are off and it has no picture."""
    product_id: uuid.UUID = row["id"]
    picture = picture_of([product_id]).get(product_id)
    is_deep = module_is_on(actor.organization, PRICING)
    if not is_deep and picture is None:
        return None
    product = Product.objects.select_related("variant_of").get(pk=product_id)
    url = f"/{spec.plural}/{product_id}"
    shown: dict[str, Any] = {
        "live": f"{spec.plural} price-book-entries",
        "live_url": f"{url}/setup",
        "url": url,
        "picture": f"/files/{picture}?show" if picture else "",
        "name": product.name,
        "is_deep": is_deep,
    }
    if is_deep:
        may_edit = may(actor, spec, Action.EDIT)
        shown |= {
            "may_edit": may_edit,
            "is_variant": product.variant_of_id is not None,
            "is_bundle": bool(product.bundle_mode),
            "mode": BundleMode(product.bundle_mode).label if product.bundle_mode else "",
            "margin": _margin(actor, spec, product),
            "prices": _prices(actor, product),
            "new_price_url": _new_price_url(actor, product_id),
            "variants": _variants(actor, spec, product),
            "units": _units(product, url),
            "parts": _parts(product, url),
            "pairings": _pairings(product, url),
        }
    return macro(TEMPLATE, "product_setup", shown)


def _margin(actor: Actor, spec: ObjectSpec, product: Product) -> str:
    """Return what is earned at the list price, for those who may see the cost."""
    base = product.variant_of or product
    price = product.price if product.price is not None else base.price
    cost = product.cost if product.cost is not None else base.cost
    if price is None or cost is None or not price or not may_see_cost(actor, spec):
        return ""
    reading = replace(reading_for(actor), currency=product.currency or actor.currency)
    percent = ((price - cost) * HUNDRED / price).quantize(HUNDRED / 1000)
    values = {"amount": Money().display(price - cost, reading), "percent": plain(percent)}
    return _("Margin at the list price: %(amount)s (%(percent)s %%)") % values


def may_see_cost(actor: Actor, spec: ObjectSpec) -> bool:
    """Say whether somebody may see what products cost the company."""
    return "cost" in spec.all_fields and fields(actor, spec, ["cost"])["cost"] > FieldAccess.MASKED


def _prices(actor: Actor, product: Product) -> list[dict[str, Any]]:
    spec, books = specs_on(actor.organization).get("price_book_entry"), specs_on(actor.organization).get("price_book")
    if spec is None or books is None or not may(actor, spec, Action.VIEW):
        return []
    rows = restrict(PriceBookEntry.objects.filter(LIVE, product=product), actor, spec)
    rows = rows.select_related("price_book").order_by("price_book__name", "min_quantity", "valid_from")
    found = []
    for row in rows[:SHOWN]:
        reading = replace(reading_for(actor), currency=row.price_book.currency or actor.currency)
        days = ""
        if row.valid_from or row.valid_to:
            first, last = (told_day(day) if day else "…" for day in (row.valid_from, row.valid_to))
            days = _("%(first)s to %(last)s") % {"first": first, "last": last}
        quantity = Number().display(row.min_quantity, reading)
        found.append(
            {
                "book": row.price_book.name,
                "url": f"/{books.plural}/{row.price_book_id}",
                "price": Money().display(row.price, reading),
                "hint": " · ".join(
                    filter(
                        None,
                        (
                            _("from %(quantity)s") % {"quantity": quantity} if row.min_quantity != 1 else "",
                            row.unit,
                            days,
                        ),
                    )
                ),
            }
        )
    return found


def _new_price_url(actor: Actor, product_id: uuid.UUID) -> str:
    spec = specs_on(actor.organization).get("price_book_entry")
    return f"/{spec.plural}/new?product={product_id}" if spec and may(actor, spec, Action.CREATE) else ""


def _variants(actor: Actor, spec: ObjectSpec, product: Product) -> list[dict[str, Any]]:
    rows = restrict(Product.objects.filter(LIVE, variant_of=product), actor, spec).order_by("created_at", "number")
    return [
        {
            "name": row.name.removeprefix(f"{product.name}, "),
            "url": f"/{spec.plural}/{row.pk}",
            "price": Money().display(row.price, replace(reading_for(actor), currency=row.currency or actor.currency)),
        }
        for row in rows[:SHOWN]
    ]


def _units(product: Product, url: str) -> list[dict[str, Any]]:
    owner = product.variant_of_id or product.pk
    rows = ProductUnit.objects.filter(product__in={owner, product.pk})
    unit = product.unit or (product.variant_of.unit if product.variant_of else "")
    return [
        {
            "text": f"1 {row.name} = {plain(row.factor)} {unit}".strip(),
            "remove_url": f"{url}/units/{row.pk}/remove" if row.product_id == product.pk else "",
        }
        for row in rows
    ]


def _parts(product: Product, url: str) -> list[dict[str, Any]]:
    rows = BundlePart.objects.filter(bundle=product).select_related("product")
    return [
        {
            "name": row.product.name,
            "url": f"/products/{row.product_id}",
            "quantity": " ".join(filter(None, (plain(row.quantity), row.product.unit))),
            "remove_url": f"{url}/parts/{row.pk}/remove",
        }
        for row in rows
    ]


def _pairings(product: Product, url: str) -> list[dict[str, Any]]:
    rows = ProductPairing.objects.filter(product=product).select_related("other")
    return [
        {
            "kind": PairingKind(row.kind).label,
            "name": row.other.name,
            "url": f"/products/{row.other_id}",
            "remove_url": f"{url}/pairings/{row.pk}/remove",
        }
        for row in rows
    ]
