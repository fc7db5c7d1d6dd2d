"""What is derived and refused while documents and their lines pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on, modules_here
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, Stored, locking
from banyan.core.tenancy.models import Organization
from banyan.money.public import (
    CURRENCIES_MODULE,
    HUNDRED,
    LineAmounts,
    NoRate,
    line_amounts,
    places_of,
    rate_on,
)
from banyan.products.bundles import with_variants
from banyan.products.lines.declaring import LineDocument, line_documents, live_lines, stored_documents
from banyan.products.lines.limits import judge_discounts
from banyan.products.models import DocumentAmounts
from banyan.products.pricing import PriceQuestion, prices_of
from banyan.products.references import PRICING

ZERO = Decimal(0)
#: Beyond these nobody means what was typed, and sums would no longer fit their columns.
MOST_QUANTITY = Decimal(10) ** 9
MOST_AMOUNT = Decimal(10) ** 14


@dataclass(frozen=True)
class PricedInput:
    """The numbers that a line's amounts follow from."""

    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    tax_rate: Decimal | None

    def amounts(self, *, includes_tax: bool, currency: str) -> LineAmounts:
        """Return what the line comes to in a document."""
        return line_amounts(
            quantity=self.quantity,
            unit_price=self.unit_price,
            discount_percent=self.discount_percent,
            tax_rate=self.tax_rate,
            includes_tax=includes_tax,
            places=places_of(currency),
        )


def keep_amounts(drafts: Sequence[Draft], context: WriteContext, document: LineDocument) -> None:
    """Refuse a negative amount, and a currency nobody can convert."""
    if not context.exempt:
        _judge_currencies(drafts, context.actor.organization, document)
    for draft in drafts:
        amount = draft.get("amount")
        if amount is not None and amount < 0:
            draft.refuse("amount", "negative", _("The amount cannot be negative."))


def summed_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return which documents have lines: their amount is the sum of those and cannot be typed over."""
    document = line_documents[spec.name]
    if context.exempt or specs_here()[document.line].module not in modules_here():
        return {}
    rows = live_lines(document, [record.record_id for record in records])
    lock = locking(["amount"], "derived", _("There are lines: the amount is their sum."), of_record=False)
    return dict.fromkeys(rows.values_list(f"{document.link}_id", flat=True).distinct(), lock)


def _judge_currencies(drafts: Sequence[Draft], organization: Organization, document: LineDocument) -> None:
    """Refuse a currency without a rate on the document's day, where currencies are converted."""
    for draft in drafts:
        code = draft.get("currency")
        if code and draft.changes("currency") and module_is_on(organization, CURRENCIES_MODULE):
            day = (draft.get(document.day) if document.day else None) or today(organization.time_zone)
            try:
                rate_on(organization, code, organization.currency, day)
            except NoRate as problem:
                draft.refuse("currency", problem.code, problem.message)


def line_preparation(document: LineDocument) -> Callable[[Sequence[Draft], WriteContext], None]:
    """Return the business rules of a document's lines, for their specification.

    Name, unit, price and tax are taken from the product where none is given, and the line's amounts worked out.
    """

    def prepare(drafts: Sequence[Draft], context: WriteContext) -> None:
        parents = _parents(drafts, document)
        _take_over(drafts, parents, document, context.actor.organization)
        for draft in drafts:
            parent = parents.get(draft.get(document.link))
            if parent is not None and document.closed and document.closes_single_lines and not context.exempt:
                reason = document.closed(parent)
                if reason:
                    draft.refuse("", "closed", reason)
            _judge(draft)
        _refuse_with_variants(drafts, context)
        judge_discounts(drafts, parents, document, context)
        for draft in drafts:
            if not draft.errors:
                _work_out(draft, parents.get(draft.get(document.link)))

    return prepare


def _take_over(
    drafts: Sequence[Draft],
    parents: dict[uuid.UUID, DocumentAmounts],
    document: LineDocument,
    organization: Organization,
) -> None:
    asking = [draft for draft in drafts if draft.get("product") and _lacks(draft)]
    questions = [_question(draft, parents.get(draft.get(document.link)), document) for draft in asking]
    for draft, price in zip(asking, prices_of(organization, questions), strict=True):
        if price is None:
            continue
        for name in ("name", "unit"):
            if not draft.get(name):
                draft.set(name, getattr(price, name))
        for name in ("unit_price", "tax_rate"):
            if draft.get(name) is None and name not in draft.given:
                draft.set(name, getattr(price, name))
        if price.problem and draft.get("unit_price") is None and "unit_price" not in draft.given:
            draft.refuse("unit_price", "no_rate", price.problem)


def _lacks(draft: Draft) -> bool:
    changed = draft.is_new or draft.changes("product")
    return changed and (not draft.get("name") or not draft.get("unit") or draft.get("unit_price") is None
                        or draft.get("tax_rate") is None)  # fmt: skip


def _question(draft: Draft, parent: DocumentAmounts | None, document: LineDocument) -> PriceQuestion:
    return PriceQuestion(
        draft.get("product"),
        draft.get("quantity") or Decimal(1),
        getattr(parent, f"{document.customer}_id", None) if document.customer else None,
        parent.currency if parent is not None else "",
        getattr(parent, document.day, None) if document.day else None,
        draft.get("unit") or "",
    )


def _judge(draft: Draft) -> None:
    if not draft.get("name"):
        draft.refuse("name", "required", _("Choose a product or describe what is meant."))
    quantity = draft.get("quantity") or ZERO
    price = draft.get("unit_price") or ZERO
    if quantity < 0:
        draft.refuse("quantity", "negative", _("The quantity cannot be negative."))
    elif quantity > MOST_QUANTITY:
        draft.refuse("quantity", "too_large", _("A quantity is at most 1,000,000,000."))
    if price < 0:
        draft.refuse("unit_price", "negative", _("The price cannot be negative. Give a discount instead."))
    elif quantity * price > MOST_AMOUNT:
        draft.refuse("unit_price", "too_large", _("Quantity and price together come to too large an amount."))
    if not 0 <= (draft.get("discount_percent") or ZERO) <= HUNDRED:
        draft.refuse("discount_percent", "out_of_range", _("A discount lies between 0 and 100 %."))
    if not 0 <= (draft.get("tax_rate") or ZERO) <= HUNDRED:
        draft.refuse("tax_rate", "out_of_range", _("A tax rate lies between 0 and 100 %."))


def _refuse_with_variants(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse products that have variants: one of those is meant."""
    if context.exempt or not module_is_on(context.actor.organization, PRICING):
        return
    asked = [draft for draft in drafts if draft.get("product") and draft.changes("product")]
    parents = with_variants({draft.get("product") for draft in asked}) if asked else set()
    for draft in asked:
        if draft.get("product") in parents:
            draft.refuse("product", "has_variants", _("This product comes in variants. Choose one of them."))


def _work_out(draft: Draft, parent: DocumentAmounts | None) -> None:
    rate = draft.get("tax_rate")
    given = PricedInput(
        Decimal(draft.get("quantity") or 0),
        Decimal(draft.get("unit_price") or 0),
        Decimal(draft.get("discount_percent") or 0),
        None if rate is None else Decimal(rate),
    )
    found = given.amounts(
        includes_tax=parent is None or parent.prices_include_tax, currency=parent.currency if parent else ""
    )
    for name, value in (("amount", found.amount), ("net_amount", found.net), ("tax_amount", found.tax)):
        draft.set(name, value)


def _parents(drafts: Sequence[Draft], document: LineDocument) -> dict[uuid.UUID, DocumentAmounts]:
    ids = {draft.get(document.link) for draft in drafts} - {None}
    return stored_documents(document).in_bulk(list(ids)) if ids else {}
