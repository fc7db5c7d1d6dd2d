"""What lines being edited take over from products: names, units, prices with where they come from, parts of bundles."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import restrict
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import Money
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.records.drafts import reading_for
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.money.public import allocate, rounded
from banyan.products.bundles import PartOfBundle, bases_of, parts_of, with_variants
from banyan.products.lines.declaring import MOST_LINES
from banyan.products.lines.editing import plain
from banyan.products.models import ProductUnit
from banyan.products.pricing import Price, PriceQuestion, prices_of
from banyan.products.references import PRICING

Json = dict[str, Any]
MOST = Decimal(10) ** 9


@signed_in("GET")
def prices(request: SignedInRequest) -> HttpResponse:
    """Answer for each line, given as product, quantity and unit, what it takes over; null for no product.

    Customer, currency and day are those of the document.
    """
    spec = spec_named(request, "product")
    asked = [
        (parse_id(product), _quantity(quantity), unit)
        for product, quantity, unit in zip_longest(
            *(request.GET.getlist(name)[:MOST_LINES] for name in ("product", "quantity", "unit")), fillvalue=""
        )
    ]
    ids = {product for product, _quantity, _unit in asked if product is not None}
    seen = set(
        restrict(live_rows(request.actor, spec), request.actor, spec).filter(pk__in=ids).values_list("pk", flat=True)
    )
    customer, currency, day = _circumstances(request)
    questions = [
        PriceQuestion(product, quantity, customer, currency, day, unit)
        for product, quantity, unit in asked
        if product is not None and product in seen
    ]
    answers = iter(_answers(request, questions))
    return JsonResponse({"lines": [next(answers) if product in seen else None for product, _quantity, _unit in asked]})


def _circumstances(request: SignedInRequest) -> tuple[uuid.UUID | None, str, date | None]:
    """Return customer, currency and day; a customer whom the person may not see counts as none."""
    customer_id = parse_id(request.GET.get("customer", ""))
    spec = specs_on(request.actor.organization).get("customer")
    if customer_id is not None:
        rows = restrict(live_rows(request.actor, spec), request.actor, spec) if spec is not None else None
        customer_id = customer_id if rows is not None and rows.filter(pk=customer_id).exists() else None
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = None
    return customer_id, request.GET.get("currency", "")[:3].upper(), day


def _answers(request: SignedInRequest, questions: Sequence[PriceQuestion]) -> list[Json | None]:
    organization = request.actor.organization
    is_deep = module_is_on(organization, PRICING)
    ids = {question.product_id for question in questions}
    found = prices_of(organization, questions)
    units = _units(ids) if is_deep else {}
    bundles = parts_of(organization, ids) if is_deep else {}
    parents = with_variants(ids) if is_deep else set()
    answers: list[Json | None] = []
    for question, price in zip(questions, found, strict=True):
        if price is None:
            answers.append(None)
            continue
        answer = _answer(request, question, price)
        answer["units"] = [{"name": name} for name in units.get(question.product_id, ())]
        if question.product_id in parents:
            answer["problem"] = _("Choose one of its variants.")
        parts = bundles.get(question.product_id)
        answer["parts"] = _parts(request, question, price, parts) if parts else []
        answers.append(answer)
    return answers


def _answer(request: SignedInRequest, question: PriceQuestion, price: Price) -> Json:
    reading = replace(reading_for(request.actor), currency=question.currency or request.actor.currency)
    shown = Money().display(price.unit_price, reading)
    if price.source:
        listed = _("%(source)s: %(price)s") % {"source": price.source, "price": shown}
    else:
        listed = _("List price: %(price)s") % {"price": shown} if price.unit_price is not None else ""
    return {
        "name": price.name, "unit": price.unit, "price": None if price.unit_price is None else plain(price.unit_price),
        "tax_rate": None if price.tax_rate is None else plain(price.tax_rate), "source": price.source, "listed": listed,
        "problem": price.problem,
    }  # fmt: skip


def _parts(
    request: SignedInRequest, question: PriceQuestion, bundle: Price, parts: Sequence[PartOfBundle]
) -> list[Json]:
    """Return the lines that stand for a bundle: its price is shared among them in proportion to their own prices."""
    organization = request.actor.organization
    asked = [
        replace(question, product_id=part.product_id, quantity=part.quantity * question.quantity, unit="")
        for part in parts
    ]
    own = prices_of(organization, asked)
    shares = shared_prices(
        bundle.unit_price,
        [(part.quantity, price.unit_price if price else None) for part, price in zip(parts, own, strict=True)],
    )
    return [
        {
            "product": str(part.product_id), "name": price.name, "unit": price.unit,
            "quantity": plain(part.quantity * question.quantity),
            "price": None if share is None else plain(share),
            "tax_rate": None if price.tax_rate is None else plain(price.tax_rate),
        }
        for part, price, share in zip(parts, own, shares, strict=True)
        if price is not None
    ]  # fmt: skip


def shared_prices(total: Decimal | None, parts: Sequence[tuple[Decimal, Decimal | None]]) -> list[Decimal | None]:
    """Return the unit price of each part, given as quantity and own price, so that together they come to the total.

    What cannot be told apart in whole cents is put on a part of which there is one; without such a part the sum may
    differ from the total by less than a cent for each piece.
    """
    if total is None:
        return [price for _quantity, price in parts]
    weights = [quantity * (price or Decimal(0)) for quantity, price in parts]
    shares = allocate(total, weights)
    prices = [rounded(share / quantity) for share, (quantity, _price) in zip(shares, parts, strict=True)]
    rest = total - sum(
        (rounded(price * quantity) for price, (quantity, _own) in zip(prices, parts, strict=True)), Decimal(0)
    )
    single = next(
        (index for index, (quantity, _own) in enumerate(parts) if quantity == 1 and prices[index] + rest >= 0), None
    )
    if rest and single is not None:
        prices[single] += rest
    return list(prices)


def _units(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, list[str]]:
    """Return the units that each product is sold in, its own first; variants have those of their product."""
    found: dict[uuid.UUID, list[str]] = {}
    rows = bases_of(ids)
    further: dict[uuid.UUID, list[str]] = {}
    for unit in ProductUnit.objects.filter(product__in={*ids, *(base for base, _own in rows.values())}):
        further.setdefault(unit.product_id, []).append(unit.name)
    for product_id, (base, own) in rows.items():
        names = [own, *further.get(product_id, ()), *further.get(base, ())]
        found[product_id] = list(dict.fromkeys(name for name in names if name))
    return found


def _quantity(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "").strip() or "1")
    except InvalidOperation:
        return Decimal(1)
    return number if number.is_finite() and 0 < number <= MOST else Decimal(1)
