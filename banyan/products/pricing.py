"""What a product costs a customer: price books first, then the product's own price; set-based for all lines at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Customer
from banyan.money.public import (
    CURRENCIES_MODULE,
    TAXES_MODULE,
    NoRate,
    RatesOfDay,
    TaxPicker,
    UnknownRate,
    rates_of_day,
    rounded_in,
)
from banyan.products.models import LIVE, PriceBookEntry, Product, ProductUnit
from banyan.products.references import PRICING

ONE = Decimal(1)


@dataclass(frozen=True)
class PriceQuestion:
    """One product, for whom, when, how many, in which currency and unit; None and empty where nobody knows."""

    product_id: uuid.UUID
    quantity: Decimal = ONE
    customer_id: uuid.UUID | None = None
    currency: str = ""
    day: date | None = None
    unit: str = ""


@dataclass(frozen=True)
class Price:
    """What a line takes over from a product.

    ``unit_price`` is None where the product has no price, or ``problem`` says why it has none in this currency.
    ``source`` says in words where the price comes from.
    """

    name: str
    unit: str
    unit_price: Decimal | None
    tax_rate: Decimal | None = None
    source: str = ""
    problem: str = ""


def prices_of(organization: Organization, questions: Sequence[PriceQuestion]) -> list[Price | None]:
    """Return the answer to each question; None for a product that does not exist.

    A handful of queries for all questions together, whatever their number: products, units, customers, prices, exchange
    rates, taxes.
    """
    if not questions:
        return []
    finder = _Finder(organization, questions)
    return [finder.answer(question) for question in questions]


def costs_of(organization: Organization, questions: Sequence[PriceQuestion]) -> list[Decimal | None]:
    """Return what one of each product costs the company at present, in the currency and unit asked for; else None."""
    finder = _Finder(organization, questions, only_costs=True)
    return [finder.cost(question) for question in questions]


@dataclass
class _Finder:
    """What is known of the products and customers of some questions."""

    organization: Organization
    questions: Sequence[PriceQuestion]
    only_costs: bool = False
    products: Mapping[uuid.UUID, Product] = field(init=False)
    units: dict[tuple[uuid.UUID, str], Decimal] = field(init=False, default_factory=dict)
    customers: Mapping[uuid.UUID, Customer] = field(init=False, default_factory=dict)
    entries: dict[uuid.UUID, list[PriceBookEntry]] = field(init=False, default_factory=lambda: defaultdict(list))
    _rates: dict[date, RatesOfDay] = field(init=False, default_factory=dict)
    _taxes: dict[date, TaxPicker] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        ids = {question.product_id for question in self.questions}
        self.products = Product.objects.order_by().in_bulk(list(ids))
        variants = [product for product in self.products.values() if product.variant_of_id is not None]
        bases = Product.objects.order_by().in_bulk([product.variant_of_id for product in variants]) if variants else {}
        for product in variants:
            product.variant_of = bases[product.variant_of_id]
        self.has_rates = module_is_on(self.organization, CURRENCIES_MODULE)
        self.has_taxes = module_is_on(self.organization, TAXES_MODULE)
        is_deep = module_is_on(self.organization, PRICING)
        customer_ids = {question.customer_id for question in self.questions} - {None}
        if customer_ids and (is_deep or self.has_taxes) and not self.only_costs:
            self.customers = Customer.objects.in_bulk(list(customer_ids))
        if is_deep:
            self._load_prices()

    def _load_prices(self) -> None:
        bases = {_base(product).pk for product in self.products.values()}
        wanted = {*self.products, *bases}
        for unit in ProductUnit.objects.filter(product__in=wanted):
            self.units[unit.product_id, unit.name] = unit.factor
        if self.only_costs:
            return
        days = {self._day(question) for question in self.questions}
        rows = PriceBookEntry.objects.filter(
            LIVE,
            _holds("", min(days), max(days)),
            _holds("price_book__", min(days), max(days)),
            product__in=wanted,
            price_book__is_active=True,
            price_book__deleted_at__isnull=True,
        )
        rows = rows.filter(Q(price_book__customer__isnull=True) | Q(price_book__customer__in=list(self.customers)))
        for entry in rows.select_related("price_book"):
            self.entries[entry.product_id].append(entry)

    def answer(self, question: PriceQuestion) -> Price | None:
        """Return the answer to one question, from what was loaded."""
        product = self.products.get(question.product_id)
        if product is None:
            return None
        base = _base(product)
        own_unit = product.unit or base.unit
        unit = question.unit or own_unit
        factor = ONE if unit == own_unit else self._factor(product, unit)
        asked = question.currency or self.organization.currency
        tax = self._tax(question, product.tax_rate if product.tax_rate is not None else base.tax_rate)
        price: Decimal | None = None
        source, problem = "", ""
        try:
            entry = self._best(question, product, asked, unit, factor)
            holder = product if product.price is not None else base
            # A price of one's own in the currency asked for is better than a converted one of a price book.
            is_own = holder.price is not None and self._same(holder.currency, asked)
            if entry is not None and not (is_own and not self._same(entry.price_book.currency, asked)):
                each = entry.price if entry.unit else entry.price * factor
                price = self._in(each, entry.price_book.currency, asked, question)
                source = _source(entry)
            elif holder.price is not None:
                price = self._in(holder.price * factor, holder.currency, asked, question)
        except NoRate as refusal:
            problem = str(refusal.message)
        return Price(product.name, unit, price, tax, source, problem)

    def cost(self, question: PriceQuestion) -> Decimal | None:
        """Return what one of a product costs the company, in the currency and unit asked for."""
        product = self.products.get(question.product_id)
        if product is None:
            return None
        own_unit = product.unit or _base(product).unit
        unit = question.unit or own_unit
        factor = ONE if unit == own_unit else self._factor(product, unit)
        return self._cost(question, product, question.currency or self.organization.currency, factor)

    def _best(
        self, question: PriceQuestion, product: Product, currency: str, unit: str, factor: Decimal
    ) -> PriceBookEntry | None:
        """Return the price that counts: of the same currency, then priority, then how closely it fits."""
        customer = self.customers.get(question.customer_id) if question.customer_id else None
        day = self._day(question)
        base = _base(product)
        fitting = [
            entry
            for owner in dict.fromkeys((product.pk, base.pk))
            for entry in self.entries.get(owner, ())
            if _is_valid(entry, day)
            and _is_for(entry, customer)
            and entry.unit in {"", unit}
            and entry.min_quantity <= (question.quantity if entry.unit else question.quantity * factor)
            and (self.has_rates or self._same(entry.price_book.currency, currency))
        ]
        return max(fitting, key=lambda entry: self._rank(entry, product, currency), default=None)

    def _rank(self, entry: PriceBookEntry, product: Product, currency: str) -> tuple[Any, ...]:
        book = entry.price_book
        conditions = 10 * (book.customer_id is not None) + bool(book.level) + bool(book.industry)
        conditions += book.territory_id is not None
        return (
            self._same(book.currency, currency),
            book.priority,
            conditions,
            entry.product_id == product.pk,
            bool(entry.unit),
            entry.min_quantity,
            entry.valid_from or date.min,
            -entry.price,
            str(entry.pk),
        )

    def _in(self, amount: Decimal, source: str, target: str, question: PriceQuestion) -> Decimal:
        """Return an amount in another currency; raise ``NoRate``."""
        if self._same(source, target):
            return rounded_in(amount, target)
        day = self._day(question)
        if not self.has_rates:
            raise NoRate(source or self.organization.currency, day)
        if day not in self._rates:
            self._rates[day] = rates_of_day(self.organization, day)
        try:
            return rounded_in(self._rates[day].exactly(amount, source, target), target)
        except UnknownRate as unknown:
            raise NoRate(unknown.currency, day) from None

    def _cost(self, question: PriceQuestion, product: Product, currency: str, factor: Decimal) -> Decimal | None:
        holder = product if product.cost is not None else _base(product)
        if holder.cost is None:
            return None
        try:
            return self._in(holder.cost * factor, holder.currency, currency, question)
        except NoRate:
            return None

    def _factor(self, product: Product, unit: str) -> Decimal:
        """Return how many of the product's own unit are in another one; 1 for a unit that it does not know."""
        own = self.units.get((product.pk, unit))
        return own or self.units.get((_base(product).pk, unit)) or ONE

    def _tax(self, question: PriceQuestion, own: Decimal | None) -> Decimal | None:
        if not self.has_taxes:
            return None
        day = self._day(question)
        if day not in self._taxes:
            self._taxes[day] = TaxPicker(self.organization, day)
        customer = self.customers.get(question.customer_id) if question.customer_id else None
        country = str((customer.address or {}).get("country") or "") if customer else ""
        return self._taxes[day].percent(country, own)

    def _day(self, question: PriceQuestion) -> date:
        return question.day or today(self.organization.time_zone)

    def _same(self, first: str, second: str) -> bool:
        own = self.organization.currency
        return (first or own) == (second or own)


def _base(product: Product) -> Product:
    """Return the product that a variant takes missing values from; any other product itself."""
    return product.variant_of if product.variant_of is not None else product


def _holds(prefix: str, first: date, last: date) -> Q:
    """Return the condition that something holds on one of some days."""
    return (Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": last})) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": first})
    )


def _is_valid(entry: PriceBookEntry, day: date) -> bool:
    return all(
        (each.valid_from is None or each.valid_from <= day) and (each.valid_to is None or each.valid_to >= day)
        for each in (entry, entry.price_book)
    )


def _is_for(entry: PriceBookEntry, customer: Customer | None) -> bool:
    """Say whether a customer fulfils every condition of a price book."""
    book = entry.price_book
    wanted: Iterable[tuple[Any, Any]] = (
        (book.customer_id, customer.pk if customer else None),
        (book.level, customer.level if customer else ""),
        (book.industry, customer.industry if customer else ""),
        (book.territory_id, customer.territory_id if customer else None),
    )
    return all(not asked or asked == own for asked, own in wanted)


def _source(entry: PriceBookEntry) -> str:
    book = entry.price_book
    if entry.min_quantity > ONE:
        quantity = format(entry.min_quantity.normalize(), "f")
        return _("%(book)s, from %(quantity)s") % {"book": book.name, "quantity": quantity}
    return book.name
