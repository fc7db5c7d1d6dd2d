"""What is derived and refused while products, price books and their prices pass the one door for writes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, Stored, locking
from banyan.core.web.presenting import told_day
from banyan.products.models import LIVE, PriceBook, PriceBookEntry, Product, ProductUnit

#: Beyond these nobody means what was typed.
MOST_PRICE = Decimal(10) ** 12
MOST_QUANTITY = Decimal(10) ** 9


class Period(NamedTuple):
    """The days on which something holds; None is open."""

    first: date | None
    last: date | None

    def overlaps(self, other: Period) -> bool:
        """Say whether there is a day in both."""
        starts = max(self.first or date.min, other.first or date.min)
        return starts <= min(self.last or date.max, other.last or date.max)


def prepare_products(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse impossible prices, unknown currencies, and variants of variants."""
    for draft in drafts:
        _judge_price(draft, "price")
        if draft.changes("cost"):
            _judge_price(draft, "cost")
    _judge_variants([draft for draft in drafts if draft.changes("variant_of") and draft.get("variant_of")])


def prepare_price_books(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse a period that ends before it begins, and unknown currencies."""
    for draft in drafts:
        _judge_period(draft)


def priced_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return which price books have prices: their currency stays."""
    if context.exempt:
        return {}
    rows = PriceBookEntry.objects.filter(LIVE, price_book__in=[record.record_id for record in records])
    message = _("There are prices in this currency. Make another price book for the other currency.")
    lock = locking(["currency"], "in_use", message, of_record=False)
    return dict.fromkeys(rows.values_list("price_book_id", flat=True).distinct(), lock)


def prepare_price_book_entries(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name prices after their products; refuse impossible ones, and those that hold at the same time as another."""
    ids = {draft.get("product") for draft in drafts} - {None}
    products = Product.objects.in_bulk(list(ids))
    books = PriceBook.objects.in_bulk(list({draft.get("price_book") for draft in drafts} - {None}))
    units: dict[uuid.UUID, set[str]] = defaultdict(set)
    for product_id, name in ProductUnit.objects.filter(product__in=ids).values_list("product_id", "name"):
        units[product_id].add(name)
    for draft in drafts:
        product = products.get(draft.get("product"))
        if product is not None:
            draft.set("name", product.name)
            _judge_unit(draft, product, units[product.pk])
        book = books.get(draft.get("price_book"))
        if book is not None:
            draft.set("currency", book.currency)
        _judge_price(draft, "price")
        _judge_period(draft)
        quantity = draft.get("min_quantity")
        if quantity is None or not 0 < quantity <= MOST_QUANTITY:
            message = _("A price counts from a quantity above 0 on, and at most 1,000,000,000.")
            draft.refuse("min_quantity", "out_of_range", message)
    _judge_overlaps([draft for draft in drafts if not draft.errors])


def _judge_price(draft: Draft, name: str) -> None:
    value = draft.get(name)
    if value is not None and value < 0:
        draft.refuse(name, "negative", _("A price cannot be negative."))
    elif value is not None and value > MOST_PRICE:
        draft.refuse(name, "too_large", _("A price is at most 1,000,000,000,000."))


def _judge_period(draft: Draft) -> None:
    first, last = draft.get("valid_from"), draft.get("valid_to")
    if first and last and last < first:
        draft.refuse("valid_to", "before_start", _("It ends before it begins. Choose a later day."))


def _judge_unit(draft: Draft, product: Product, further: Iterable[str]) -> None:
    unit = draft.get("unit")
    if unit and unit == product.unit:
        draft.set("unit", "")
    elif unit and unit not in further:
        message = _("%(product)s is not sold by %(unit)s. Add the unit to the product first, or leave it out.")
        draft.refuse("unit", "unknown_unit", message % {"product": product.name, "unit": unit})


def _judge_variants(drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    targets = Product.objects.in_bulk([draft.get("variant_of") for draft in drafts])
    with_variants = set(
        Product.objects.filter(LIVE, variant_of__in=[draft.record_id for draft in drafts]).values_list(
            "variant_of_id", flat=True
        )
    )
    for draft in drafts:
        target = targets.get(draft.get("variant_of"))
        if target is not None and (target.pk == draft.record_id or target.variant_of_id is not None):
            message = _("A product cannot be a variant of itself or of another variant.")
            draft.refuse("variant_of", "is_variant", message)
        elif draft.record_id in with_variants:
            message = _("This product has variants itself. Make those variants of the other product instead.")
            draft.refuse("variant_of", "has_variants", message)


def _judge_overlaps(drafts: Sequence[Draft]) -> None:
    """Refuse prices that hold for the same case on the same day as another one."""
    asked = [draft for draft in drafts if _case(draft)[0] is not None]
    if not asked:
        return
    ids = [draft.record_id for draft in asked]
    rows = PriceBookEntry.objects.filter(
        LIVE,
        price_book__in={draft.get("price_book") for draft in asked},
        product__in={draft.get("product") for draft in asked},
    ).exclude(pk__in=ids)
    taken: dict[tuple[Any, ...], list[Period]] = defaultdict(list)
    for row in rows:
        case = (row.price_book_id, row.product_id, row.unit, row.min_quantity)
        taken[case].append(Period(row.valid_from, row.valid_to))
    for draft in asked:
        period = Period(draft.get("valid_from"), draft.get("valid_to"))
        other = next((found for found in taken[_case(draft)] if found.overlaps(period)), None)
        if other is not None:
            message = _(
                "There is a price of this product from this quantity on already, %(days)s. Let it end before this one"
                " begins, or change that one."
            )
            draft.refuse("valid_from", "overlapping", message % {"days": _told(other)})
        taken[_case(draft)].append(period)


def _case(draft: Draft) -> tuple[Any, ...]:
    return (draft.get("price_book"), draft.get("product"), draft.get("unit") or "", draft.get("min_quantity"))


def _told(period: Period) -> str:
    first, last = (told_day(day) if day else "…" for day in period)
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
