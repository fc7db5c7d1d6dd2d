"""All addresses: pages, REST interface, health."""

from __future__ import annotations

from django.urls import include, path

from banyan.core.api.openapi.document import document_of
from banyan.core.web.help.views import api_page

urlpatterns = [
    path("api/v1/", include("banyan.core.api.urls")),
    path("scim/v2/", include("banyan.core.api.scim.urls")),
    path("api/docs", api_page, {"document_of": document_of}, name="api-docs"),
    path("api/docs/<slug:key>", api_page, {"document_of": document_of}, name="api-docs-family"),
    path("", include("banyan.editions.urls")),
    path("", include("banyan.documents.urls")),
    path("", include("banyan.portal.urls")),
    path("", include("banyan.customers.urls")),
    path("", include("banyan.privacy.urls")),
    path("", include("banyan.teamwork.urls")),
    path("", include("banyan.leads.urls")),
    path("", include("banyan.products.urls")),
    path("", include("banyan.quotes.urls")),
    path("", include("banyan.sales.urls")),
    path("", include("banyan.contracts.urls")),
    path("", include("banyan.orders.urls")),
    path("", include("banyan.service.urls")),
    path("", include("banyan.marketing.urls")),
    path("", include("banyan.forecasts.urls")),
    path("", include("banyan.commissions.urls")),
    path("", include("banyan.billing.urls")),
    path("", include("banyan.supply.urls")),
    path("", include("banyan.analytics.urls")),
    path("", include("banyan.automation.urls")),
    path("", include("banyan.training.urls")),
    path("", include("banyan.core.web.urls")),
]
handler400 = "banyan.core.web.errors.bad_request"
handler403 = "banyan.core.web.errors.forbidden"
handler404 = "banyan.core.web.errors.not_found"
handler500 = "banyan.core.web.errors.server_error"
