"""The choice of a part of the business that targets are narrowed to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.models import Territory
from banyan.core.objects.kinds import Choice
from banyan.core.objects.registry import spec_for
from banyan.core.web.middleware import SignedInRequest
from banyan.customers.choices import CustomerLevel
from banyan.forecasts.choices import Dimension
from banyan.forecasts.queries.targets import Asked
from banyan.forecasts.views.frame import with_query
from banyan.products.public import Product

MOST_OFFERED = 200


def part_choice(request: SignedInRequest, asked: Asked) -> dict[str, Any]:
    """Return the choice of a part for a page: one list for each dimension that the measure can tell."""
    groups: list[dict[str, Any]] = []
    for dimension in asked.measure.dimensions:
        options = parts_of(request, dimension)
        if options:
            groups.append(
                {
                    "label": str(Dimension(dimension).label),
                    "options": [
                        {
                            "label": label,
                            "url": with_query(request, dimension=dimension, part=code),
                            "active": asked.slice.dimension == dimension and asked.slice.part == code,
                        }
                        for code, label in options
                    ],
                }
            )
    active = [option["label"] for group in groups for option in group["options"] if option["active"]]
    return {
        "label": active[0] if active else _("Whole business"),
        "groups": groups,
        "all_url": with_query(request, dimension=None, part=None),
        "is_narrowed": bool(asked.slice.dimension),
    }


def parts_of(request: SignedInRequest, dimension: str) -> list[tuple[str, str]]:
    """Return the parts of the business by code and name."""
    if dimension == Dimension.TERRITORY:
        return [(str(pk), name) for pk, name in Territory.objects.values_list("pk", "name")[:MOST_OFFERED]]
    products = Product.objects.filter(deleted_at__isnull=True)
    if dimension == Dimension.PRODUCT:
        return [(str(pk), name) for pk, name in products.order_by("name").values_list("pk", "name")[:MOST_OFFERED]]
    if dimension == Dimension.PRODUCT_CATEGORY:
        names = products.exclude(category="").order_by("category").values_list("category", flat=True).distinct()
        return [(name, name) for name in names[:MOST_OFFERED]]
    if dimension == Dimension.CUSTOMER_LEVEL:
        return [(str(level.value), str(level.label)) for level in CustomerLevel]
    kind = spec_for(request.actor.organization, "customer").all_fields["industry"].kind
    return [(option.code, str(option.label)) for option in kind.options] if isinstance(kind, Choice) else []
