"""How the medium company prices what it sells: price books, currencies, a bundle, units, variants, discount limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.money.public import NewRate, add_usual, enter_rates
from banyan.products.public import PricingSetup, Product

#: What one unit of a currency was worth in dollars at the end of the last twelve months, the latest first.
RATES = {
    "EUR": ("1.162", "1.158", "1.171", "1.169", "1.176", "1.154", "1.132", "1.135", "1.081", "1.042", "1.036", "1.041"),
    "GBP": ("1.324", "1.316", "1.344", "1.350", "1.372", "1.346", "1.334", "1.331", "1.292", "1.257", "1.240", "1.252"),
    "CNY": ("0.1412", "0.1405", "0.1404", "0.1402", "0.1396", "0.1389", "0.1375", "0.1377", "0.1378", "0.1373", "0.138", "0.137"),
}  # fmt: skip
#: The share of the list price that buying costs.
COSTS = (Decimal("0.62"), Decimal("0.58"), Decimal("0.71"), Decimal("0.55"))
TIERS = ((1, Decimal("0.95")), (10, Decimal("0.90")), (50, Decimal("0.84")))
CABLE_LENGTHS = ("2 m", "5 m", "10 m")
LIMITS = {"salesperson": "10", "manager": "25"}


def price_company(actor: Actor) -> None:
    """Give the medium company exchange rates, taxes, price books and everything else that prices depend on."""
    _enter_rates(actor)
    add_usual(actor, actor.organization.country)
    products = list(Product.objects.filter(deleted_at__isnull=True, price__gt=0).order_by("name"))
    _set_costs(actor, products)
    _make_price_books(actor, products)
    setup = PricingSetup(actor)
    cable = _product(actor, "Signal cable", "SC", Decimal(18), "piece")
    setup.variants(cable, {"Length": list(CABLE_LENGTHS)})
    mount = _product(actor, "Wall mount", "WM", Decimal(45), "piece")
    setup.unit(mount, "box", Decimal(12))
    kit = _product(actor, "Starter kit", "SK", (products[0].price or Decimal(0)) + 70, "kit")
    setup.part(kit, products[0], Decimal(1))
    setup.part(kit, mount, Decimal(2))
    setup.requires(mount, products[0])
    roles = dict(Role.objects.filter(key__in=LIMITS).values_list("key", "pk"))
    setup.limits([{"role": str(roles[key]), "percent": percent} for key, percent in LIMITS.items()])


def _enter_rates(actor: Actor) -> None:
    first = today(actor.time_zone).replace(day=1)
    rates = []
    for currency, values in RATES.items():
        day = first
        for value in values:
            rates.append(NewRate(currency, day, Decimal(value), "ECB"))
            day = (day - timedelta(days=1)).replace(day=1)
    enter_rates(actor, rates)


def _set_costs(actor: Actor, products: Sequence[Product]) -> None:
    changes = {
        product.pk: {"cost": str(((product.price or 0) * COSTS[index % len(COSTS)]).quantize(Decimal("0.01")))}
        for index, product in enumerate(products)
    }
    door.update_many(actor, spec_for(actor.organization, "product"), changes)


def _make_price_books(actor: Actor, products: Sequence[Product]) -> None:
    books = spec_for(actor.organization, "price_book")
    year = today(actor.time_zone).year
    volume = door.create(actor, books, {"name": f"Volume prices {year}", "valid_from": f"{year}-01-01"})
    europe = door.create(actor, books, {"name": "Europe", "currency": "EUR"})
    key = door.create(actor, books, {"name": "Key accounts", "level": "a", "priority": 10})
    euro = Decimal(RATES["EUR"][0])
    rows = []
    for product in products:
        price = product.price or Decimal(0)
        rows += [
            {"price_book": volume.pk, "product": product.pk, "min_quantity": quantity, "price": _cents(price * share)}
            for quantity, share in TIERS[1:]
        ]
        rows.append({"price_book": europe.pk, "product": product.pk, "price": _cents(price / euro)})
        rows.append({"price_book": key.pk, "product": product.pk, "price": _cents(price * TIERS[0][1])})
    door.create_many(actor, spec_for(actor.organization, "price_book_entry"), rows)


def _product(actor: Actor, name: str, code: str, price: Decimal, unit: str) -> Product:
    values = {"name": name, "code": code, "price": price, "unit": unit, "category": "Accessories",
              "cost": _cents(price * COSTS[0])}  # fmt: skip
    return Product.objects.get(pk=door.create(actor, spec_for(actor.organization, "product"), values).pk)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
