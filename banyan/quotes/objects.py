"""What quotes and quote lines are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.kernel.clock import today
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.products.public import QUICK_LINE_FIELDS, amount_fields, line_fields, line_preparation
from banyan.quotes.choices import STATUS_COLORS
from banyan.quotes.models import Quote, QuoteLine
from banyan.quotes.preparation import LINES, prepare_quotes

QUOTE = ObjectSpec(
    name="quote",
    plural="quotes",
    model=Quote,
    module="quotes",
    label=_("Quote"),
    label_plural=_("Quotes"),
    icon="file-dollar",
    description=_("What is offered to customers, and what they say to it."),
    number_pattern="QU-{year}-{number:05d}",
    subtitle=("customer", "status", "reference", "valid_until", "amount"),
    sort="-quoted_on",
    fields=(
        field_of(Quote, "name", label=_("Quote name"), weight="A", aliases=("报价单", "报价名称", "subject")),
        field_of(Quote, "customer", aliases=("客户", "客户名称", "account")),
        link_of(Quote, "contact", narrowed_by="customer", aliases=("联系人",)),
        link_of(Quote, "opportunity", narrowed_by="customer", aliases=("商机",)),
        choice_of(Quote, "status", colors=STATUS_COLORS),
        field_of(Quote, "quoted_on", default=lambda actor: today(actor.time_zone), aliases=("报价日期",)),
        field_of(Quote, "valid_until", aliases=("有效期至",)),
        *amount_fields(Quote, "报价金额", "总金额", "total"),
        "language",
        "intro",
        "terms",
        field_of(Quote, "notes", weight="D", aliases=("备注",)),
        field_of(Quote, "tags", weight="C"),
        field_of(Quote, "reference", weight="A"),
        field_of(Quote, "revision", summed=False),
        "previous",
        "sent_at",
        "decided_at",
        "decline_reason",
    ),
    columns=("number", "name", "customer", "status", "valid_until", "amount", "owner"),
    sections=(
        Section(_("Basics"), ("customer", "contact", "name", "quoted_on", "valid_until", "amount", "owner")),
        Section(pgettext_lazy("quote", "Document"), ("language", "intro", "terms")),
        Section(
            _("More"),
            ("opportunity", "currency", "prices_include_tax", "net_amount", "tax_amount", "sent_at", "decided_at",
             "decline_reason", "tags", "notes"),
        ),
    ),
    quick_fields=("customer", "name", "amount", "valid_until"),
    territory_field="customer__territory",
    filters=("status", "valid_until", "owner", "amount", "customer", "quoted_on"),
    open_filter={"field": "status", "op": "in", "value": ["draft", "approval", "sent"]},
    views=(
        ViewPreset("open", _("Open quotes"), {"field": "status", "op": "in", "value": ["draft", "approval", "sent"]}),
        ViewPreset("mine", _("My quotes"), {"field": "owner", "op": "eq", "value": "me"}),
        ViewPreset("sent", _("Waiting for an answer"), {"field": "status", "op": "eq", "value": "sent"}, sort="valid_until"),
    ),
    calendar=Calendar("valid_until"),
    children=(
        Child(
            "quote_line",
            "quote",
            _("Lines"),
            columns=("product", "name", "quantity", "unit_price", "discount_percent", "amount"),
        ),
    ),
    prepare=prepare_quotes,
)  # fmt: skip

QUOTE_LINE = ObjectSpec(
    name="quote_line",
    plural="quote-lines",
    model=QuoteLine,
    module="quotes",
    label=_("Quote line"),
    label_plural=_("Quote lines"),
    icon="list",
    number_pattern="QL-{number:06d}",
    inherits_from="quote",
    sort="position",
    fields=(
        "quote",
        *line_fields(QuoteLine),
        "description",
        "is_optional",
        "alternative",
        field_of(QuoteLine, "counts", default=True),
    ),
    columns=("quote", "product", "name", "quantity", "unit_price", "amount", "is_optional"),
    quick_fields=("quote", *QUICK_LINE_FIELDS),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=line_preparation(LINES),
)

OBJECTS = (QUOTE, QUOTE_LINE)
