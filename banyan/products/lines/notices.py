"""What a document's page says above everything about its discount, and below its lines about the margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import fields
from banyan.core.access.scopes import FieldAccess
from banyan.core.objects.kinds import Money
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro
from banyan.money.public import HUNDRED
from banyan.products.choices import DiscountState
from banyan.products.lines.declaring import line_documents
from banyan.products.lines.discounts import discount_of, may_decide
from banyan.products.lines.editing import plain
from banyan.products.pricing import PriceQuestion, prices_of
from banyan.products.references import PRICING

TEMPLATE = "products/discount.html"
ZERO = Decimal(0)


def discount_panel(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return whether a document's discount needs approval, was approved or refused; None where all is well."""
    if not module_is_on(actor.organization, PRICING):
        return None
    asked = discount_of(spec.name, row["id"])
    if asked is None:
        return None
    values = {
        "percent": plain(asked.percent), "allowed": plain(asked.allowed),
        "asker": asked.asked_by.name if asked.asked_by else _("A program"),
        "decider": asked.decided_by.name if asked.decided_by else _("the approval flow"),
    }  # fmt: skip
    texts = {
        DiscountState.WAITING: _(
            "%(asker)s gives %(percent)s %% discount and may give %(allowed)s %%: it needs approval."
        ),
        DiscountState.AGREED: _("The discount of %(percent)s %% was approved by %(decider)s."),
        DiscountState.REFUSED: _("The discount of %(percent)s %% was refused by %(decider)s. Lower it, or ask again."),
    }
    state = DiscountState(asked.state)
    shown = {
        "text": texts[state] % values,
        "kind": {DiscountState.WAITING: "warning", DiscountState.AGREED: "success"}.get(state, "error"),
        "decide_url": f"/discounts/{spec.plural}/{row['id']}"
        if state == DiscountState.WAITING and asked.approval_id is None and may_decide(actor, asked)
        else "",
    }
    return macro(TEMPLATE, "discount_notice", shown)


def margin_text(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    """Return what is earned on a document at the products' present cost, for those who may see the cost."""
    product = specs_on(actor.organization).get("product")
    document = line_documents[spec.name]
    if product is None or not document.customer or "cost" not in product.all_fields:
        return ""
    if fields(actor, product, ["cost"])["cost"] <= FieldAccess.MASKED:
        return ""
    day = row.get(document.day) if document.day else None
    currency = str(row.get("currency") or "")
    questions = [
        PriceQuestion(line["product_id"], line["quantity"] or Decimal(1), None, currency, day, line["unit"])
        for line in lines
        if line["product_id"] is not None
    ]
    answers = iter(prices_of(actor.organization, questions))
    net, cost, unknown = ZERO, ZERO, 0
    for line in lines:
        price = next(answers) if line["product_id"] is not None else None
        if price is None or price.unit_cost is None:
            unknown += 1
            continue
        net += line["net_amount"]
        cost += price.unit_cost * line["quantity"]
    if unknown == len(lines) or not lines:
        return ""
    reading = replace(reading_for(actor), currency=currency or actor.currency)
    percent = ((net - cost) * HUNDRED / net).quantize(Decimal("0.1")) if net else ZERO
    text = _("Margin %(amount)s (%(percent)s %%)") % {
        "amount": Money().display(net - cost, reading), "percent": plain(percent),
    }  # fmt: skip
    if unknown:
        text += " · " + ngettext("%(num)d line without cost", "%(num)d lines without cost", unknown) % {"num": unknown}
    return text
