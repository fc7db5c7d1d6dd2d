"""What the products app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.products import objects
from banyan.products.lines.totals import keep_totals


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add("products", Module("products", _("Products"), _("What you sell, with prices.")))
    for spec in objects.OBJECTS:
        register_object(spec)
    subscribe(RecordsChanged, "products.totals", keep_totals)
