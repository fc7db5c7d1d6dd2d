"""What orders and order lines are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.clock import today
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.customers.public import SOURCES
from banyan.orders import preparation
from banyan.orders.models import Order, OrderLine
from banyan.products.public import amount_fields, line_fields, line_preparation

ORDER = ObjectSpec(
    name="order",
    plural="orders",
    model=Order,
    module="orders",
    label=_("Order"),
    label_plural=_("Orders"),
    icon="shopping-cart",
    description=_("What customers ordered, for how much, and until when."),
    title="name",
    number_pattern="SO-{year}-{number:05d}",
    subtitle=("customer", "status", "ordered_on", "amount"),
    sort="-ordered_on",
    fields=(
        field_of(Order, "name", label=_("Order name"), weight="A", aliases=("订单", "订单名称", "subject")),
        field_of(Order, "customer", aliases=("客户", "客户名称", "account")),
        link_of(Order, "contact", narrowed_by="customer", aliases=("联系人",)),
        link_of(Order, "opportunity", narrowed_by="customer"),
        choice_of(
            Order,
            "status",
            colors={"draft": "grey", "confirmed": "blue", "completed": "green", "cancelled": "red"},
            aliases=("订单状态",),
        ),
        field_of(
            Order,
            "ordered_on",
            default=lambda actor: today(actor.time_zone),
            aliases=("下单日期", "订单日期", "order date", "invoicedate"),
        ),
        field_of(Order, "deliver_on", aliases=("交货日期",)),
        *amount_fields(Order, "订单金额", "总金额", "total"),
        field_of(Order, "source", kind=SOURCES),
        field_of(Order, "notes", weight="D", aliases=("备注",)),
        field_of(Order, "tags", weight="C"),
    ),
    columns=("number", "name", "customer", "status", "ordered_on", "amount", "owner"),
    sections=(
        Section(_("Basics"), ("customer", "name", "status", "ordered_on", "deliver_on", "amount", "owner")),
        Section(
            _("More"),
            (
                "contact",
                "opportunity",
                "source",
                "tags",
                "currency",
                "prices_include_tax",
                "net_amount",
                "tax_amount",
                "notes",
            ),
        ),
    ),
    quick_fields=("customer", "name", "amount", "ordered_on"),
    territory_field="customer__territory",
    filters=("status", "ordered_on", "owner", "amount", "customer"),
    views=(
        ViewPreset("mine", _("My orders"), {"field": "owner", "op": "eq", "value": "me"}),
        ViewPreset("month", _("This month"), {"field": "ordered_on", "op": "within", "value": "this_month"}),
    ),
    calendar=Calendar("deliver_on"),
    children=(
        Child(
            "order_line",
            "order",
            _("Lines"),
            columns=("product", "name", "quantity", "unit_price", "discount_percent", "amount"),
        ),
    ),
    prepare=preparation.prepare_orders,
)

ORDER_LINE = ObjectSpec(
    name="order_line",
    plural="order-lines",
    model=OrderLine,
    module="orders",
    label=_("Order line"),
    label_plural=_("Order lines"),
    icon="list",
    number_pattern="L-{number:06d}",
    inherits_from="order",
    sort="position",
    fields=(
        "order",
        *line_fields(OrderLine),
    ),
    columns=("order", "product", "name", "quantity", "unit_price", "amount"),
    quick_fields=("order", "product", "quantity", "unit_price", "discount_percent"),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=line_preparation(preparation.LINES),
)

OBJECTS = (ORDER, ORDER_LINE)
