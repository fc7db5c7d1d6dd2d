"""Addresses of stock, deliveries and purchases beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.supply.views import counting, deliveries, lots, overview, parts, purchasing

urlpatterns = [
    path("stock", overview.overview, name="stock"),
    path("stock/work", overview.work, name="stock-work"),
    path("stock/moves", overview.ledger, name="stock-moves"),
    path("stock/backorders", overview.backorders, name="stock-backorders"),
    path("stock/backorders/<uuid:need_id>/urgent", overview.make_urgent, name="stock-urgent"),
    path("stock/serials", overview.serials, name="stock-serials"),
    path("stock/lots", lots.lots, name="stock-lots"),
    path("stock/lots/expiry", lots.expiry, name="stock-lot-expiry"),
    path("stock/book", overview.new_move, name="stock-book"),
    path("stock/to-order", purchasing.to_order, name="stock-to-order"),
    path("stock/requests/new", purchasing.new_request, name="stock-request"),
    path("stock/requests/decline", purchasing.decline, name="stock-request-decline"),
    path("stock/counts", counting.counts, name="stock-counts"),
    path("stock/counts/new", counting.new_count, name="stock-count-new"),
    path("stock/counts/<uuid:count_id>", counting.count_page, name="stock-count"),
    path("stock/counts/<uuid:count_id>/found", counting.found_more, name="stock-count-found"),
    path("stock/counts/<uuid:count_id>/drop", counting.drop, name="stock-count-drop"),
    path("orders/<uuid:order_id>/supply", parts.order_state, name="order-supply"),
    path("orders/<uuid:order_id>/send", deliveries.deliver, name="order-send"),
    path("orders/<uuid:order_id>/from-supplier", purchasing.from_supplier, name="order-from-supplier"),
    path("deliveries/<uuid:delivery_id>/supply", parts.delivery_goods, name="delivery-goods"),
    path("deliveries/<uuid:delivery_id>/pick", deliveries.pick, name="delivery-pick"),
    path("deliveries/<uuid:delivery_id>/ship", deliveries.ship, name="delivery-ship"),
    path("deliveries/<uuid:delivery_id>/arrived", deliveries.arrived, name="delivery-arrived"),
    path("deliveries/<uuid:delivery_id>/cancel", deliveries.cancel, name="delivery-cancel"),
    path("deliveries/<uuid:delivery_id>/return", deliveries.come_back, name="delivery-return"),
    path("purchase-orders/<uuid:purchase_id>/supply", parts.purchase_state, name="purchase-supply"),
    path("purchase-orders/<uuid:purchase_id>/place", purchasing.place, name="purchase-place"),
    path("purchase-orders/<uuid:purchase_id>/close", purchasing.close, name="purchase-close"),
    path("purchase-orders/<uuid:purchase_id>/receive", purchasing.receipt, name="purchase-receive"),
    path("purchase-orders/<uuid:purchase_id>/shipped", purchasing.shipped_directly, name="purchase-shipped"),
    path("products/<uuid:product_id>/stock", parts.product_stock, name="product-stock"),
    path("products/<uuid:product_id>/keep-stock", overview.keep, name="product-keep-stock"),
    path("customers/<uuid:customer_id>/supplier", purchasing.supplier, name="customer-supplier"),
    path("customers/<uuid:customer_id>/supplier/items", purchasing.conditions, name="supplier-items"),
    path(
        "customers/<uuid:customer_id>/supplier/items/<uuid:item_id>/drop",
        purchasing.drop_item,
        name="supplier-item-drop",
    ),
]
