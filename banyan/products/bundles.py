"""Bundles, variants and which products go together, read for many products at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models.functions import Coalesce

from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.money.public import allocate, rounded
from banyan.products.choices import BundleMode
from banyan.products.models import LIVE, BundlePart, Product
from banyan.products.references import PRICING


@dataclass(frozen=True)
class PartOfBundle:
    """So many of a product, in its own unit, in one bundle."""

    product_id: uuid.UUID
    quantity: Decimal


def parts_of(
    organization: Organization, ids: Collection[uuid.UUID], *, mode: str = BundleMode.PARTS
) -> dict[uuid.UUID, list[PartOfBundle]]:
    """Return the parts of those products that are bundles of a mode; of any mode when it is empty.

    Stock is reserved for the parts, whichever way a bundle stands on a document.
    """
    if not ids or not module_is_on(organization, PRICING):
        return {}
    rows = BundlePart.objects.filter(bundle__in=list(ids))
    rows = rows.filter(bundle__bundle_mode=mode) if mode else rows.exclude(bundle__bundle_mode="")
    found: dict[uuid.UUID, list[PartOfBundle]] = {}
    for bundle, product, quantity in rows.values_list("bundle_id", "product_id", "quantity"):
        found.setdefault(bundle, []).append(PartOfBundle(product, quantity))
    return found


def with_variants(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of some products have variants: those are sold, not they themselves."""
    rows = Product.objects.filter(LIVE, variant_of__in=list(ids))
    return set(rows.order_by().values_list("variant_of_id", flat=True).distinct())


def bases_of(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, tuple[uuid.UUID, str]]:
    """Return for each product the one that it is a variant of, or itself, and its own unit."""
    rows = Product.objects.filter(pk__in=list(ids)).annotate(base=Coalesce("variant_of_id", "pk"))
    found = rows.values_list("pk", "base", "unit", "variant_of__unit")
    return {pk: (base, unit or base_unit or "") for pk, base, unit, base_unit in found}


def shared_prices(total: Decimal | None, parts: Sequence[tuple[Decimal, Decimal | None]]) -> list[Decimal | None]:
    """Return the unit price of each part, given as quantity and own price, so that together they come to the total.

    What cannot be told apart in whole cents is put on a part of which there is one; without such a part the sum may
    differ from the total by less than a cent for each piece.
    """
    if total is None:
        return [price for _quantity, price in parts]
    weights = [quantity * (price or Decimal(0)) for quantity, price in parts]
    shares = allocate(total, weights)
    prices = [rounded(share / quantity) for share, (quantity, _price) in zip(shares, parts, strict=True)]
    rest = total - sum(
        (rounded(price * quantity) for price, (quantity, _own) in zip(prices, parts, strict=True)), Decimal(0)
    )
    single = next(
        (index for index, (quantity, _own) in enumerate(parts) if quantity == 1 and prices[index] + rest >= 0), None
    )
    if rest and single is not None:
        prices[single] += rest
    return list(prices)


def whole_bundles(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[PartOfBundle]]:
    """Return the bundles in parts all of whose parts are among some products, each with its parts."""
    bundles = BundlePart.objects.filter(
        product__in=list(ids), bundle__bundle_mode=BundleMode.PARTS, bundle__deleted_at__isnull=True
    )
    found: dict[uuid.UUID, list[PartOfBundle]] = {}
    rows = BundlePart.objects.filter(bundle__in=bundles.values("bundle"))
    for bundle, product, quantity in rows.values_list("bundle_id", "product_id", "quantity"):
        found.setdefault(bundle, []).append(PartOfBundle(product, quantity))
    return {bundle: parts for bundle, parts in found.items() if all(part.product_id in ids for part in parts)}
