"""Products that are only sold together, or never: a document with lines is looked at as a whole."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.modules import module_is_on
from banyan.products.choices import PairingKind
from banyan.products.lines.declaring import LineDocument, live_lines
from banyan.products.models import ProductPairing
from banyan.products.references import PRICING


def check_pairings(actor: Actor, document: LineDocument, document_id: uuid.UUID) -> None:
    """Raise ``Invalid`` when a product stands on a document without one that it needs, or with one that it excludes.

    Variants count as the product that they are variants of. Documents without customer are not looked at.
    """
    if not document.customer or not module_is_on(actor.organization, PRICING):
        return
    rows = live_lines(document, [document_id]).filter(product__isnull=False)
    if document.counted:
        rows = rows.filter(**{document.counted: True})
    lines = list(rows.order_by("position", "pk").values_list("product_id", "product__variant_of_id"))
    present = {found for line in lines for found in line if found is not None}
    if not present:
        return
    errors = []
    for pairing in ProductPairing.objects.filter(product__in=present).select_related("product", "other"):
        is_there = pairing.other_id in present
        if is_there == (pairing.kind == PairingKind.REQUIRES):
            continue
        values = {"product": pairing.product.name, "other": pairing.other.name}
        message = (
            _("%(product)s is only sold together with %(other)s. Add it, or leave %(product)s out.")
            if pairing.kind == PairingKind.REQUIRES
            else _("%(product)s and %(other)s are never sold together. Leave one of them out.")
        )
        position = next(index for index, line in enumerate(lines) if pairing.product_id in line)
        errors.append(FieldError(f"lines.{position}.product", pairing.kind, message % values))
    if errors:
        raise Invalid(errors)
