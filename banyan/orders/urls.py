"""Addresses of the orders app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.orders.views import papers, returns, steps

ORDER, RETURN = "orders/<uuid:order_id>", "order-returns/<uuid:return_id>"

urlpatterns = [
    path(f"{ORDER}/print", papers.print_page, name="order-print"),
    path(f"{ORDER}/confirm", steps.confirm_order, name="order-confirm"),
    path(f"{ORDER}/complete", steps.complete_order, name="order-complete"),
    path(f"{ORDER}/cancel", steps.cancel_order, name="order-cancel"),
    path(f"{ORDER}/deliver", steps.deliver, name="order-deliver"),
    path(f"{ORDER}/promise", steps.promise, name="order-promise"),
    path(f"{ORDER}/return", returns.of_order, name="order-return"),
    path("order-returns/new", returns.new_return, name="order-return-new"),
    path(f"{RETURN}/approve", returns.approve, name="order-return-approve"),
    path(f"{RETURN}/refuse", returns.refuse, name="order-return-refuse"),
    path(f"{RETURN}/receive", returns.receive, name="order-return-receive"),
    path(f"{RETURN}/credited", returns.credited, name="order-return-credited"),
    path("opportunities/<uuid:opportunity_id>/order", papers.from_opportunity, name="order-from-opportunity"),
]
