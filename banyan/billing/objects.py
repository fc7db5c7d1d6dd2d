"""What instalments, payments, invoices, their lines and subscriptions are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.billing.choices import InvoiceState, PlanStatus, SubscriptionState
from banyan.billing.models import Invoice, InvoiceLine, Payment, PaymentPlan, Subscription
from banyan.billing.preparation.invoices import kind_of, prepare_invoice_lines, prepare_invoices
from banyan.billing.preparation.payments import prepare_payments, prepare_plans
from banyan.billing.preparation.subscriptions import prepare_subscriptions
from banyan.core.kernel.clock import today
from banyan.core.objects.kinds import Link, Money, Number, Text
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.money.public import CurrencyChoice

MODULE = "billing"
OPEN = [PlanStatus.WAITING.value, PlanStatus.DUE_SOON.value, PlanStatus.OVERDUE.value, PlanStatus.PART_PAID.value]
STILL_OPEN = {"field": "status", "op": "in", "value": OPEN}

PAYMENT_PLAN = ObjectSpec(
    name="payment_plan",
    plural="payment-plans",
    model=PaymentPlan,
    module=MODULE,
    label=pgettext_lazy("payment plan", "Instalment"),
    label_plural=_("Payment plan"),
    icon="calendar-due",
    description=_("What is to be paid of each order, by when, and what was paid."),
    number_pattern="INS-{number:06d}",
    subtitle=("order", "status", "due_on", "amount"),
    inherits_from="order",
    sort="due_on",
    fields=(
        field_of(PaymentPlan, "order", aliases=("订单", "合同")),
        field_of(PaymentPlan, "customer", aliases=("客户",)),
        field_of(PaymentPlan, "position"),
        field_of(PaymentPlan, "name", weight="B", aliases=("期次", "回款期次")),
        field_of(PaymentPlan, "amount", kind=Money(), aliases=("计划回款金额", "计划金额")),
        field_of(PaymentPlan, "paid_amount", kind=Money()),
        field_of(PaymentPlan, "currency", kind=Text(maximum=3)),
        choice_of(
            PaymentPlan,
            "status",
            colors={
                "inactive": "grey", "waiting": "blue", "due_soon": "yellow", "overdue": "red", "part_paid": "cyan",
                "paid": "green", "void": "grey",
            },
        ),
        field_of(PaymentPlan, "due_on", aliases=("计划回款日期", "到期日")),
        field_of(PaymentPlan, "event"),
        field_of(PaymentPlan, "days_after", summed=False),
        field_of(PaymentPlan, "method", aliases=("回款方式",)),
        field_of(PaymentPlan, "remind_days", summed=False, aliases=("提前提醒天数",)),
        field_of(PaymentPlan, "promised_on"),
        field_of(PaymentPlan, "has_no_reminders"),
        field_of(PaymentPlan, "is_void"),
        field_of(PaymentPlan, "notes", weight="D", aliases=("备注",)),
    ),
    columns=("order", "customer", "name", "due_on", "status", "amount", "paid_amount"),
    sections=(
        Section(_("Instalment"), ("order", "name", "amount", "event", "days_after", "due_on", "method")),
        Section(_("Reminders"), ("remind_days", "promised_on", "has_no_reminders", "is_void", "notes") ),
    ),
    quick_fields=("order", "name", "amount", "due_on"),
    filters=("status", "due_on", "customer", "amount", "promised_on"),
    views=(
        ViewPreset(
            "week", _("Due this week"),
            {"all": [{"field": "due_on", "op": "within", "value": "this_week"}, STILL_OPEN]}, sort="due_on",
        ),
        ViewPreset("overdue", _("Overdue"), {"field": "status", "op": "eq", "value": "overdue"}, sort="due_on"),
        ViewPreset("open", _("Still to come"), STILL_OPEN, sort="due_on"),
    ),
    calendar=Calendar("due_on"),
    open_filter=STILL_OPEN,
    prepare=prepare_plans,
)  # fmt: skip

PAYMENT = ObjectSpec(
    name="payment",
    plural="payments",
    model=Payment,
    module=MODULE,
    label=_("Payment"),
    label_plural=_("Payments"),
    icon="cash",
    description=_("What customers have paid, for which orders, and what was given back."),
    title="number",
    number_pattern="PAY-{year}-{number:05d}",
    subtitle=("customer", "paid_on", "amount", "state"),
    sort="-paid_on",
    fields=(
        field_of(Payment, "customer", aliases=("客户", "客户名称")),
        field_of(Payment, "amount", kind=Money(), aliases=("回款金额", "金额", "收款金额")),
        field_of(Payment, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency, aliases=("币种",)),
        field_of(Payment, "paid_on", default=lambda actor: today(actor.time_zone), aliases=("回款日期", "收款日期")),
        field_of(Payment, "method", aliases=("回款方式", "付款方式")),
        field_of(Payment, "payer_name", weight="B", aliases=("付款人", "付款方")),
        field_of(Payment, "account", aliases=("收款账户",)),
        field_of(Payment, "reference", weight="B", aliases=("流水号", "银行流水号")),
        choice_of(Payment, "kind", colors={"receipt": "green", "refund": "orange"}),
        choice_of(
            Payment, "state",
            colors={"waiting": "yellow", "confirmed": "green", "refused": "grey", "reversed": "red"},
        ),
        field_of(Payment, "unallocated", kind=Money()),
        field_of(Payment, "refund_of"),
        field_of(Payment, "reversed_on"),
        field_of(Payment, "reason"),
        field_of(Payment, "notes", weight="D", aliases=("备注",)),
    ),
    columns=("number", "customer", "paid_on", "amount", "method", "state", "unallocated", "owner"),
    sections=(
        Section(_("Payment"), ("customer", "amount", "currency", "paid_on", "method", "payer_name")),
        Section(_("Bank"), ("account", "reference", "notes", "owner")),
    ),
    quick_fields=("customer", "amount", "paid_on", "method", "payer_name"),
    filters=("state", "kind", "paid_on", "method", "customer", "amount", "unallocated", "owner"),
    views=(
        ViewPreset("unallocated", _("Unallocated"), {"field": "unallocated", "op": "gt", "value": "0"}, sort="paid_on"),
        ViewPreset("month", _("This month"), {"field": "paid_on", "op": "within", "value": "this_month"}),
        ViewPreset("waiting", _("To be confirmed"), {"field": "state", "op": "eq", "value": "waiting"}),
    ),
    open_filter={"field": "unallocated", "op": "gt", "value": "0"},
    prepare=prepare_payments,
)  # fmt: skip

INVOICE = ObjectSpec(
    name="invoice",
    plural="invoices",
    model=Invoice,
    module=MODULE,
    label=_("Invoice"),
    label_plural=_("Invoices"),
    icon="file-invoice",
    description=_("Requested, approved and issued invoices, and the credit notes that take them back."),
    title="number",
    number_pattern="IR-{year}-{number:05d}",
    subtitle=("customer", "official_number", "state", "amount"),
    sort="-requested_on",
    fields=(
        field_of(Invoice, "customer", aliases=("客户",)),
        link_of(Invoice, "order", narrowed_by="customer", aliases=("订单",)),
        choice_of(
            Invoice, "state",
            colors={"requested": "yellow", "approved": "blue", "refused": "grey", "issued": "green", "cancelled": "red"},
        ),
        field_of(Invoice, "kind", default=lambda actor: kind_of(actor.organization.country), aliases=("发票类型",)),
        field_of(Invoice, "form"),
        field_of(Invoice, "amount", kind=Money()),
        field_of(Invoice, "net_amount", kind=Money()),
        field_of(Invoice, "tax_amount", kind=Money()),
        field_of(Invoice, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency),
        field_of(Invoice, "header_kind"),
        field_of(Invoice, "title", weight="B", aliases=("发票抬头", "抬头")),
        field_of(Invoice, "tax_number", weight="B", aliases=("税号", "纳税人识别号")),
        "bank",
        "bank_account",
        "address",
        "phone",
        field_of(Invoice, "requested_on", default=lambda actor: today(actor.time_zone)),
        field_of(Invoice, "issued_on"),
        field_of(Invoice, "official_number", weight="A", aliases=("发票号码",)),
        field_of(Invoice, "official_code", aliases=("发票代码",)),
        field_of(Invoice, "credits"),
        field_of(Invoice, "is_return"),
        field_of(Invoice, "red_form_number", aliases=("红字确认单编号",)),
        field_of(Invoice, "reason"),
        field_of(Invoice, "email"),
        "express_company",
        field_of(Invoice, "express_number", weight="C"),
        "delivered_on",
        field_of(Invoice, "notes", weight="D"),
    ),
    columns=("number", "customer", "official_number", "kind", "state", "amount", "requested_on", "issued_on"),
    sections=(
        Section(_("Invoice"), ("customer", "order", "kind", "form", "currency", "requested_on", "owner")),
        Section(
            _("Buyer"), ("header_kind", "title", "tax_number", "bank", "bank_account", "address", "phone"),
        ),
        Section(_("Handing over"), ("email", "express_company", "express_number", "delivered_on", "notes")),
        Section(_("Taking back"), ("credits", "is_return", "red_form_number")),
    ),
    quick_fields=("customer", "order", "kind", "title", "tax_number"),
    filters=("state", "kind", "requested_on", "issued_on", "customer", "amount", "owner"),
    views=(
        ViewPreset("approve", _("To be approved"), {"field": "state", "op": "eq", "value": "requested"}),
        ViewPreset("issue", _("To be issued"), {"field": "state", "op": "eq", "value": "approved"}),
        ViewPreset("month", _("This month"), {"field": "issued_on", "op": "within", "value": "this_month"}),
    ),
    open_filter={
        "field": "state", "op": "in", "value": [InvoiceState.REQUESTED.value, InvoiceState.APPROVED.value],
    },
    children=(
        Child(
            "invoice_line", "invoice", _("Lines"),
            columns=("name", "quantity", "unit", "unit_price", "tax_rate", "net_amount", "tax_amount", "amount"),
        ),
    ),
    prepare=prepare_invoices,
)  # fmt: skip

INVOICE_LINE = ObjectSpec(
    name="invoice_line",
    plural="invoice-lines",
    model=InvoiceLine,
    module=MODULE,
    label=_("Invoice line"),
    label_plural=_("Invoice lines"),
    icon="list",
    number_pattern="IL-{number:06d}",
    inherits_from="invoice",
    sort="position",
    fields=(
        "invoice",
        field_of(InvoiceLine, "order_line", kind=Link(target="order_line")),
        field_of(InvoiceLine, "credited_line", kind=Link(target="invoice_line")),
        "product",
        "name",
        "unit",
        field_of(InvoiceLine, "quantity", kind=Number(digits=14, decimals=3)),
        field_of(InvoiceLine, "unit_price", kind=Money(), summed=False),
        field_of(InvoiceLine, "tax_rate", kind=Number(digits=5, decimals=2), summed=False),
        field_of(InvoiceLine, "amount", kind=Money()),
        field_of(InvoiceLine, "net_amount", kind=Money()),
        field_of(InvoiceLine, "tax_amount", kind=Money()),
        "position",
    ),
    columns=("invoice", "name", "quantity", "unit_price", "tax_rate", "net_amount", "tax_amount", "amount"),
    quick_fields=("invoice", "name", "quantity", "unit_price", "tax_rate"),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=prepare_invoice_lines,
)

SUBSCRIPTION = ObjectSpec(
    name="subscription",
    plural="subscriptions",
    model=Subscription,
    module=MODULE,
    label=_("Subscription"),
    label_plural=_("Subscriptions"),
    icon="refresh",
    description=_("What customers pay for month after month, or year after year."),
    number_pattern="SUB-{year}-{number:05d}",
    subtitle=("customer", "state", "monthly_amount", "next_on"),
    sort="next_on",
    fields=(
        field_of(Subscription, "name", weight="A", aliases=("订阅", "订阅名称")),
        field_of(Subscription, "customer", aliases=("客户",)),
        link_of(Subscription, "contact", narrowed_by="customer", aliases=("联系人",)),
        field_of(Subscription, "product", aliases=("产品",)),
        field_of(Subscription, "quantity", kind=Number(digits=14, decimals=3), default=1, aliases=("数量",)),
        field_of(Subscription, "unit_price", kind=Money(), summed=False, aliases=("单价",)),
        field_of(Subscription, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency),
        field_of(Subscription, "period", aliases=("周期", "计费周期")),
        field_of(Subscription, "starts_on", default=lambda actor: today(actor.time_zone), aliases=("开始日期",)),
        field_of(Subscription, "ends_on", aliases=("结束日期",)),
        field_of(Subscription, "is_renewed", default=True),
        field_of(Subscription, "notice_days", summed=False),
        choice_of(
            Subscription, "state",
            colors={"active": "green", "paused": "yellow", "cancelled": "red", "ended": "grey"},
        ),
        field_of(Subscription, "next_on"),
        field_of(Subscription, "monthly_amount", kind=Money()),
        field_of(Subscription, "credit", kind=Money()),
        field_of(Subscription, "cancelled_on"),
        field_of(Subscription, "reason"),
        field_of(Subscription, "notes", weight="D"),
    ),
    columns=("number", "name", "customer", "state", "quantity", "unit_price", "period", "monthly_amount", "next_on"),
    sections=(
        Section(_("Subscription"), ("customer", "product", "name", "quantity", "unit_price", "currency", "period")),
        Section(_("Term"), ("starts_on", "ends_on", "is_renewed", "notice_days", "contact", "notes", "owner")),
    ),
    quick_fields=("customer", "product", "name", "quantity", "unit_price", "period", "starts_on"),
    filters=("state", "period", "next_on", "ends_on", "customer", "product", "owner"),
    views=(
        ViewPreset("active", _("Active"), {"field": "state", "op": "eq", "value": SubscriptionState.ACTIVE.value}),
        ViewPreset("next", _("Charged this month"), {"field": "next_on", "op": "within", "value": "this_month"}),
    ),
    calendar=Calendar("next_on"),
    open_filter={"field": "state", "op": "in", "value": ["active", "paused"]},
    prepare=prepare_subscriptions,
)  # fmt: skip

OBJECTS = (PAYMENT_PLAN, PAYMENT, INVOICE, INVOICE_LINE, SUBSCRIPTION)
