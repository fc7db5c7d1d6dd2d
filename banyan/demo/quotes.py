"""Quotes of the medium demo: a letterhead, and offers in every state with what customers said to them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import cycle

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.clock import today
from banyan.documents.public import change_letterhead
from banyan.portal.public import Recipient
from banyan.products.public import Product, write_document
from banyan.quotes.public import Answer, Quote, accept_quote, decline_quote, revise, send_quote
from banyan.sales.public import Opportunity

LETTERHEAD = {
    "name_zh": "枫叶硬件设备有限公司",
    "name_en": "Maven Hardware Ltd.",
    "address_zh": "上海市浦东新区张江路 88 号",
    "address_en": "88 Zhangjiang Road, Pudong, Shanghai",
    "phone": "+86 21 5555 0100",
    "email": "sales@medium.demo",
    "tax_number": "91310115MA1K3EXAM0",
    "bank_name": "Bank of Example, Shanghai Branch",
    "bank_account": "6222 0000 0000 0000 000",
    "footer_zh": "地址：上海市浦东新区张江路 88 号",
    "footer_en": "88 Zhangjiang Road, Pudong, Shanghai",
    "accent": "navy",
}
#: What becomes of the quotes, one after the other.
ENDS = ("draft", "sent", "accepted", "sent", "declined", "accepted", "revised", "sent")
QUANTITIES = (2, 5, 1, 10, 3)
MOST = 32


def load_quotes(admin: Actor) -> int:
    """Give the demo its letterhead and quotes from open opportunities; return how many there are."""
    change_letterhead(admin, LETTERHEAD, {})
    products = list(Product.objects.filter(deleted_at__isnull=True, price__isnull=False).order_by("name")[:6])
    chances = Opportunity.objects.filter(outcome="open", customer__isnull=False, deleted_at__isnull=True)
    if not products:
        return 0
    choices, amounts, ends = cycle(products), cycle(QUANTITIES), cycle(ENDS)
    count = 0
    for chance in chances.select_related("owner").order_by("number")[:MOST]:
        lines = []
        for _line in range(1 + count % 3):
            product = next(choices)
            values = {"product": product.pk, "quantity": next(amounts), "tax_rate": 13}
            lines.append({**values, "discount_percent": Decimal(5) if count % 4 == 0 else Decimal(0)})
        if count % 3 == 0:
            lines.append(
                {
                    "name": "On-site training",
                    "quantity": 1,
                    "unit_price": 1200,
                    "tax_rate": 6,
                    "is_optional": True,
                    "counts": False,
                }
            )
        quoted_on = today(admin.time_zone) - timedelta(days=count % 12)
        end = next(ends)
        # What the files say of opportunities stays as it is: no accepted quote wins one of them.
        values = {
            "customer": chance.customer_id, "opportunity": None if end == "accepted" else chance.pk, "name": chance.name, "owner": chance.owner_id,
            "quoted_on": quoted_on, "valid_until": today(admin.time_zone) + timedelta(days=5 + count % 25),
        }  # fmt: skip
        made = write_document(admin, "quote", values, lines)
        _end(admin, Quote.objects.get(pk=made.pk), end)
        count += 1
    return count


def _end(admin: Actor, quote: Quote, end: str) -> None:
    if end == "draft":
        return
    send_quote(admin, quote.pk, Recipient("Purchasing", "purchasing@customer.example", "en"))
    customer = system_actor(admin.organization)
    if end == "accepted":
        accept_quote(customer, quote.pk, Answer("Dana Purchasing", address="203.0.113.20"))
    elif end == "declined":
        decline_quote(customer, quote.pk, Answer("Dana Purchasing", reason="Another supplier was faster"))
    elif end == "revised":
        revise(admin, quote.pk)
