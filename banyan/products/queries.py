"""Questions about products that need no prices."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal

from banyan.core.files.contents import SHOWN_TYPES
from banyan.core.files.models import Attachment
from banyan.core.objects.kinds import reference_to
from banyan.products.models import Product, ProductUnit


def picture_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the picture of each product that has one: the file that was attached last among those that are pictures."""
    about = {reference_to("product", pk): pk for pk in ids}
    rows = Attachment.objects.filter(about__in=about, deleted_at=None, file__content_type__startswith="image/")
    rows = rows.filter(file__content_type__in=SHOWN_TYPES).order_by("attached_at")
    return {about[reference]: file_id for reference, file_id in rows.values_list("about", "file_id")}


def unit_factors(pairs: Iterable[tuple[uuid.UUID, str]]) -> dict[tuple[uuid.UUID, str], Decimal]:
    """Return how many of a product's own unit are in another one; 1 for its own and for those that it does not know.

    A variant takes over the units of its product.
    """
    asked = set(pairs)
    bases = dict(Product.objects.filter(pk__in={pk for pk, _unit in asked}).values_list("pk", "variant_of_id"))
    owners = {*bases, *bases.values()} - {None}
    rows = ProductUnit.objects.filter(product__in=owners).values_list("product_id", "name", "factor")
    known = {(product, unit): factor for product, unit, factor in rows}
    return {
        (pk, unit): known.get((pk, unit)) or known.get((bases.get(pk), unit)) or Decimal(1)  # type: ignore[arg-type]
        for pk, unit in asked
    }
