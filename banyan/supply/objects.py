"""What warehouses, deliveries and purchase orders are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.objects.kinds import Link
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of
from banyan.products.public import amount_fields, line_fields
from banyan.supply import preparation
from banyan.supply.choices import PURCHASE, STOCK
from banyan.supply.models import Delivery, PurchaseOrder, PurchaseOrderLine, Warehouse

WAREHOUSE = ObjectSpec(
    name="warehouse",
    plural="warehouses",
    model=Warehouse,
    module=STOCK,
    label=_("Warehouse"),
    label_plural=_("Warehouses"),
    icon="building-warehouse",
    description=_("Where goods lie."),
    number_pattern="WH-{number:02d}",
    fields=(
        field_of(Warehouse, "name", weight="A", unique=True, aliases=("仓库", "仓库名称")),
        field_of(Warehouse, "code", weight="A", aliases=("仓库编码",)),
        field_of(Warehouse, "address", aliases=("地址",)),
        field_of(Warehouse, "is_active", default=True),
        "position",
    ),
    columns=("name", "code", "address", "is_active"),
    sort="position",
    in_menu=False,
    timeline=False,
    is_setting=True,
)

DELIVERY = ObjectSpec(
    name="delivery",
    plural="deliveries",
    model=Delivery,
    module=STOCK,
    label=pgettext_lazy("shipment", "Delivery"),
    label_plural=pgettext_lazy("shipment", "Deliveries"),
    icon="truck-delivery",
    description=_("What leaves the warehouse for an order: partly or whole, with carrier and tracking number."),
    title="number",
    number_pattern="DN-{year}-{number:05d}",
    subtitle=("customer", "status", "shipped_on"),
    sort="-created_at",
    fields=(
        field_of(Delivery, "order", aliases=("订单",)),
        field_of(Delivery, "customer", weight="B"),
        field_of(Delivery, "warehouse", aliases=("仓库",)),
        field_of(Delivery, "purchase_order", kind=Link(target="purchase_order")),
        choice_of(
            Delivery,
            "status",
            colors={
                "planned": "grey", "picked": "blue", "shipped": "orange", "delivered": "green", "cancelled": "red",
            },
        ),
        field_of(Delivery, "planned_on", aliases=("计划发货日期",)),
        "shipped_on",
        "delivered_on",
        "received_by",
        field_of(Delivery, "carrier", weight="C", aliases=("承运商", "快递公司")),
        field_of(Delivery, "tracking_number", weight="A", aliases=("运单号", "快递单号")),
        field_of(Delivery, "address", aliases=("收货地址",)),
        field_of(Delivery, "notes", weight="D", aliases=("备注",)),
    ),
    columns=("number", "customer", "order", "status", "planned_on", "shipped_on", "carrier", "tracking_number"),
    sections=(
        Section(_("Basics"), ("order", "customer", "status", "warehouse", "planned_on", "shipped_on", "delivered_on",
                              "received_by", "owner")),
        Section(_("On the way"), ("carrier", "tracking_number", "address", "purchase_order", "notes")),
    ),
    quick_fields=("order", "planned_on", "carrier"),
    filters=("status", "planned_on", "customer", "warehouse", "carrier"),
    views=(
        ViewPreset("open", pgettext_lazy("deliveries", "To ship"), {"field": "status", "op": "in", "value": ["planned", "picked"]}),
        ViewPreset("way", pgettext_lazy("deliveries", "On the way"), {"field": "status", "op": "eq", "value": "shipped"}),
    ),
    calendar=Calendar("planned_on"),
    open_filter={"field": "status", "op": "in", "value": ["planned", "picked", "shipped"]},
    importable=False,
    prepare=preparation.prepare_deliveries,
)  # fmt: skip

PURCHASE_ORDER = ObjectSpec(
    name="purchase_order",
    plural="purchase-orders",
    model=PurchaseOrder,
    module=PURCHASE,
    label=_("Purchase order"),
    label_plural=_("Purchase orders"),
    icon="truck-loading",
    description=_("What you order from suppliers, until when, and what has come of it."),
    title="number",
    number_pattern="PO-{year}-{number:05d}",
    subtitle=("supplier", "status", "expected_on", "amount"),
    sort="-created_at",
    fields=(
        field_of(PurchaseOrder, "supplier", kind=Link(target="customer"), weight="B", aliases=("供应商",)),
        choice_of(
            PurchaseOrder,
            "status",
            colors={"draft": "grey", "ordered": "blue", "confirmed": "cyan", "received": "green", "cancelled": "red"},
        ),
        field_of(PurchaseOrder, "warehouse", aliases=("仓库",)),
        field_of(PurchaseOrder, "ordered_on", aliases=("采购日期",)),
        field_of(PurchaseOrder, "expected_on", aliases=("预计到货日期",)),
        "confirmed_on",
        *amount_fields(PurchaseOrder, "采购金额"),
        field_of(PurchaseOrder, "supplier_reference", weight="A"),
        field_of(PurchaseOrder, "order"),
        "ship_to",
        "tracking_number",
        field_of(PurchaseOrder, "notes", weight="D", aliases=("备注",)),
    ),
    columns=("number", "supplier", "status", "ordered_on", "expected_on", "confirmed_on", "amount", "owner"),
    sections=(
        Section(_("Basics"), ("supplier", "status", "warehouse", "ordered_on", "expected_on", "confirmed_on", "amount",
                              "owner")),
        Section(_("More"), ("supplier_reference", "order", "ship_to", "tracking_number", "currency", "prices_include_tax",
                            "net_amount", "tax_amount", "notes")),
    ),
    quick_fields=("supplier", "expected_on", "warehouse"),
    filters=("status", "supplier", "expected_on", "warehouse", "amount"),
    views=(
        ViewPreset("coming", pgettext_lazy("purchase orders", "On the way"),
                   {"field": "status", "op": "in", "value": ["ordered", "confirmed"]}, sort="expected_on"),
    ),
    calendar=Calendar("expected_on"),
    children=(
        Child("purchase_order_line", "purchase_order", _("Lines"),
              columns=("product", "name", "quantity", "received", "unit_price", "amount")),
    ),
    open_filter={"field": "status", "op": "in", "value": ["draft", "ordered", "confirmed"]},
    prepare=preparation.prepare_purchase_orders,
)  # fmt: skip

PURCHASE_ORDER_LINE = ObjectSpec(
    name="purchase_order_line",
    plural="purchase-order-lines",
    model=PurchaseOrderLine,
    module=PURCHASE,
    label=_("Purchase order line"),
    label_plural=_("Purchase order lines"),
    icon="list",
    number_pattern="POL-{number:06d}",
    inherits_from="purchase_order",
    sort="position",
    fields=(
        field_of(PurchaseOrderLine, "purchase_order", kind=Link(target="purchase_order")),
        *line_fields(PurchaseOrderLine),
        "article_number",
        "expected_on",
        "received",
    ),
    columns=("purchase_order", "product", "name", "quantity", "received", "unit_price", "amount"),
    quick_fields=("purchase_order", "product", "quantity", "unit_price"),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=preparation.prepare_purchase_lines,
)

OBJECTS = (WAREHOUSE, DELIVERY, PURCHASE_ORDER, PURCHASE_ORDER_LINE)
