"""Bundles, variants and which products go together, read for many products at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models.functions import Coalesce

from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
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
