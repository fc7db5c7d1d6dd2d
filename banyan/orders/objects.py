"""What orders and order lines are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.kernel.clock import today
from banyan.core.objects.kinds import Integer, Money, Number, Text
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.customers.public import SOURCES
from banyan.orders import preparation
from banyan.orders.models import Order, OrderChange, OrderLine, OrderReturn
from banyan.orders.references import CHANGE, DEPTH, RETURN
from banyan.products.public import amount_fields, line_fields

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
        link_of(Order, "contract", narrowed_by="customer", aliases=("合同",)),
        choice_of(
            Order,
            "status",
            colors={
                "draft": "grey",
                "confirmed": "blue",
                "partly_delivered": "cyan",
                "delivered": "teal",
                "completed": "green",
                "cancelled": "red",
            },
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
        field_of(Order, "cancel_reason"),
        field_of(Order, "revision", kind=Integer(), summed=False),
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
                "contract",
                "cancel_reason",
                "revision",
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
        Child(RETURN, "order", _("Returns"), columns=("number", "status", "reason", "amount")),
        Child(CHANGE, "order", _("Changes"), columns=("number", "status", "reason", "increase")),
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
    number_pattern="SOL-{number:06d}",
    inherits_from="order",
    sort="position",
    fields=(
        "order",
        *line_fields(OrderLine),
        field_of(OrderLine, "promised_on"),
        field_of(OrderLine, "delivered_quantity", kind=Number(digits=14, decimals=3)),
        field_of(OrderLine, "returned_quantity", kind=Number(digits=14, decimals=3)),
    ),
    columns=("order", "product", "name", "quantity", "unit_price", "amount"),
    quick_fields=("order", "product", "quantity", "unit_price", "discount_percent"),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=preparation.lines_preparation(),
)

ORDER_CHANGE = ObjectSpec(
    name=CHANGE,
    plural="order-changes",
    model=OrderChange,
    module=DEPTH,
    label=_("Order change"),
    label_plural=_("Order changes"),
    icon="list-details",
    description=_("What changed about confirmed orders, why, and by whom."),
    number_pattern="OC-{year}-{number:05d}",
    subtitle=("order", "status", "increase"),
    inherits_from="order",
    sort="-created_at",
    fields=(
        "order",
        field_of(OrderChange, "name", weight="A"),
        choice_of(OrderChange, "status", colors={"waiting": "orange", "applied": "green", "refused": "red"}),
        field_of(OrderChange, "reason", weight="C"),
        field_of(OrderChange, "revision", kind=Integer(), summed=False),
        field_of(OrderChange, "currency", kind=Text(maximum=3)),
        field_of(OrderChange, "old_amount", kind=Money(), summed=False),
        field_of(OrderChange, "new_amount", kind=Money(), summed=False),
        field_of(OrderChange, "increase", kind=Money()),
    ),
    columns=("number", "order", "status", "reason", "old_amount", "new_amount", "increase", "owner"),
    sections=(Section(_("Basics"), ("order", "status", "reason", "revision", "old_amount", "new_amount", "increase")),),
    filters=("status", "order", "increase"),
    in_menu=False,
    importable=False,
    prepare=preparation.prepare_changes,
)

ORDER_RETURN = ObjectSpec(
    name=RETURN,
    plural="order-returns",
    model=OrderReturn,
    module=DEPTH,
    label=pgettext_lazy("order", "Return"),
    label_plural=_("Returns"),
    icon="arrow-back-up",
    description=_("What comes back from customers, and what they get for it."),
    number_pattern="RT-{year}-{number:05d}",
    subtitle=("customer", "order", "status", "amount"),
    inherits_from="order",
    sort="-created_at",
    fields=(
        "order",
        field_of(OrderReturn, "name", label=_("Return name"), weight="A"),
        choice_of(
            OrderReturn,
            "status",
            colors={
                "requested": "orange",
                "approved": "blue",
                "received": "cyan",
                "credited": "green",
                "refused": "red",
            },
        ),
        field_of(OrderReturn, "reason", weight="C"),
        field_of(OrderReturn, "resolution"),
        field_of(OrderReturn, "customer"),
        field_of(OrderReturn, "amount", kind=Money()),
        field_of(OrderReturn, "currency", kind=Text(maximum=3)),
        field_of(OrderReturn, "received_on"),
        field_of(OrderReturn, "answer"),
        field_of(OrderReturn, "notes", weight="D"),
    ),
    columns=("number", "order", "customer", "status", "reason", "amount", "owner"),
    sections=(
        Section(_("Basics"), ("order", "status", "reason", "resolution", "amount", "received_on", "owner")),
        Section(_("More"), ("customer", "answer", "currency", "notes")),
    ),
    quick_fields=("order", "reason", "resolution"),
    filters=("status", "customer", "owner"),
    views=(
        ViewPreset("open", _("Open"), {"field": "status", "op": "in", "value": ["requested", "approved", "received"]}),
    ),
    in_menu=False,
    importable=False,
    prepare=preparation.prepare_returns,
)

OBJECTS = (ORDER, ORDER_LINE, ORDER_CHANGE, ORDER_RETURN)
