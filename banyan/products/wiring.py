"""What the products app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.records.policies import Phase, WritePolicy, register_policy
from banyan.products import objects
from banyan.products.lines.discounts import end_with_approval, follow_lines, is_bound, judge_binding
from banyan.products.lines.totals import keep_totals
from banyan.products.references import PRICING, PRODUCTS


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(PRODUCTS, Module(PRODUCTS, _("Products"), _("What you sell, with prices.")))
    modules.add(
        PRICING,
        Module(
            PRICING,
            _("Prices in depth"),
            _("Price books, variants, bundles, units, cost and margin, and how much discount people may give."),
            editions=(STANDARD, ENTERPRISE),
            requires=(PRODUCTS,),
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    subscribe(RecordsChanged, "products.totals", keep_totals)
    subscribe(RecordsChanged, "products.discounts", follow_lines)
    subscribe(ApprovalEnded, "products.discounts", end_with_approval)
    register_policy(WritePolicy("products.binding", Phase.JUDGE, is_bound, judge_binding))
