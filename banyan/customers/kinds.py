"""Pick lists of customers that other records share: where a customer came from, and its industry."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.objects.kinds import Choice, Option

SOURCES = Choice(
    open=True,
    list_name="customer.source",
    options=(
        Option("referral", _("Referral")),
        Option("website", _("Website")),
        Option("search", _("Search engine")),
        Option("social", _("Social media")),
        Option("exhibition", _("Exhibition")),
        Option("advertising", _("Advertising")),
        Option("cold_call", _("Cold call")),
        Option("other", _("Other")),
    ),
)
INDUSTRIES = Choice(
    open=True,
    list_name="customer.industry",
    options=(
        Option("manufacturing", _("Manufacturing")),
        Option("retail", _("Retail and e-commerce")),
        Option("finance", pgettext_lazy("industry", "Finance")),
        Option("education", _("Education")),
        Option("real_estate", _("Real estate")),
        Option("software", _("Software and internet")),
        Option("medical", _("Medical")),
        Option("consulting", _("Consulting and design")),
        Option("logistics", _("Logistics")),
        Option("other", _("Other")),
    ),
)
