"""A few invented records of each module, for trying it in an organization of one's own; removed again by one click."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now, today
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from banyan.editions.public import samplers
from banyan.products.public import write_document

Made = list[tuple[str, Any]]

ENGLISH = {
    "customer": ("Harbor Light Coffee (example)", "Orchard Press (example)"),
    "contact": "Dana Whitfield (example)",
    "follow_up": "Asked for a first offer; wants to begin next month. (example)",
    "task": ("Call back about the offer (example)", "Send the price list (example)"),
    "product": ("Espresso machine (example)", "Yearly service (example)"),
    "deal": "Machines for three shops (example)",
    "lead": ("Priya Raman (example)", "Tomas Lind (example)"),
    "company": ("Lakeside Dental", "Summit Robotics"),
    "quote": "Offer for three shops (example)",
    "contract": "Service agreement (example)",
    "subscription": "Monthly service (example)",
    "warehouse": "Example warehouse",
    "ticket": ("The machine leaks at the tap (example)", "Which beans fit the grinder? (example)"),
    "article": (
        "Descaling the machine (example)",
        "Once a month: one sachet, one tank of water, then two tanks to rinse.",
    ),
}
CHINESE = {
    "customer": ("港湾之光咖啡（示例）", "果园印刷（示例）"),
    "contact": "林若溪（示例）",
    "follow_up": "想要一份初步报价，希望下个月开始。（示例）",
    "task": ("回电话确认报价（示例）", "发送价目表（示例）"),
    "product": ("意式咖啡机（示例）", "年度保养（示例）"),
    "deal": "三家门店的设备（示例）",
    "lead": ("沈知遥（示例）", "顾明轩（示例）"),
    "company": ("湖畔口腔", "峰会机器人"),
    "quote": "三家门店报价（示例）",
    "contract": "服务协议（示例）",
    "subscription": "每月保养（示例）",
    "warehouse": "示例仓库",
    "ticket": ("咖啡机出水口漏水（示例）", "磨豆机适合用什么豆子？（示例）"),
    "article": ("咖啡机除垢方法（示例）", "每月一次：一包除垢剂加一箱水，运行后再用两箱清水冲洗。"),
}


class Examples:
    """Makes examples and remembers them in the order in which they were made."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.specs = specs_on(actor.organization)
        self.words: dict[str, Any] = CHINESE if actor.organization.language.startswith("zh") else ENGLISH
        self.made: Made = []
        self.today = today(actor.time_zone)

    def make(self, object_name: str, **values: Any) -> uuid.UUID:
        """Make one record and return its id."""
        record = door.create(self.actor, self.specs[object_name], values)
        self.made.append((object_name, record.pk))
        return record.pk

    def write(self, object_name: str, values: dict[str, Any], lines: list[dict[str, Any]]) -> uuid.UUID:
        """Make a record with lines and return its id."""
        record = write_document(self.actor, object_name, values, lines)
        self.made.append((object_name, record.pk))
        return record.pk

    def found(self, object_name: str, name: str, **values: Any) -> uuid.UUID:
        """Return a record of that name: one that the examples of another module made, or a new one."""
        model: Any = self.specs[object_name].model
        rows = model._default_manager.filter(name=name, deleted_at__isnull=True)  # noqa: SLF001 Django's own name for it
        known: uuid.UUID | None = rows.values_list("pk", flat=True).first()
        return known or self.make(object_name, name=name, **values)

    def customer(self, place: int = 0) -> uuid.UUID:
        """Return a customer."""
        return self.found("customer", self.words["customer"][place])

    def products(self) -> list[uuid.UUID]:
        """Return two products."""
        prices = (Decimal(8800), Decimal(1200))
        return [
            self.found("product", name, price=price) for name, price in zip(self.words["product"], prices, strict=True)
        ]


def customers(examples: Examples) -> None:
    """Make customers with a contact and a follow-up."""
    first = examples.customer()
    examples.customer(1)
    examples.make("contact", name=examples.words["contact"], customer=first)
    examples.make(
        "activity", customer=first, type="call", text=examples.words["follow_up"], happened_at=now() - timedelta(days=1)
    )


def tasks(examples: Examples) -> None:
    """Make tasks of today and of the days to come."""
    for days, name in enumerate(examples.words["task"]):
        examples.make("task", name=name, due_on=examples.today + timedelta(days=days))


def opportunities(examples: Examples) -> None:
    """Make a deal under way."""
    customer = examples.customer()
    close = examples.today + timedelta(days=30)
    examples.make(
        "opportunity", customer=customer, name=examples.words["deal"], amount=Decimal(26400), expected_close_on=close
    )


def products(examples: Examples) -> None:
    """Make products with prices."""
    examples.products()


def orders(examples: Examples) -> None:
    """Make an order with two lines."""
    machine, service = examples.products()
    lines = [{"product": machine, "quantity": 3}, {"product": service, "quantity": 3}]
    examples.write("order", {"customer": examples.customer(), "ordered_on": examples.today}, lines)


def leads(examples: Examples) -> None:
    """Make leads that wait for an answer."""
    for name, company in zip(examples.words["lead"], examples.words["company"], strict=True):
        examples.make("lead", name=name, company=company, source="website")


def quotes(examples: Examples) -> None:
    """Make an offer that can be sent."""
    machine, service = examples.products()
    values = {
        "customer": examples.customer(), "name": examples.words["quote"], "quoted_on": examples.today,
        "valid_until": examples.today + timedelta(days=30),
    }  # fmt: skip
    examples.write("quote", values, [{"product": machine, "quantity": 3}, {"product": service, "quantity": 3}])


def contracts(examples: Examples) -> None:
    """Make a contract that can be signed."""
    examples.make(
        "contract", customer=examples.customer(), name=examples.words["contract"], amount=Decimal(14400),
        starts_on=examples.today, ends_on=examples.today + timedelta(days=365),
    )  # fmt: skip


def billing(examples: Examples) -> None:
    """Make something that is charged every month."""
    examples.make(
        "subscription", customer=examples.customer(), name=examples.words["subscription"], quantity=1,
        unit_price=Decimal(300), starts_on=examples.today + timedelta(days=30),
    )  # fmt: skip


def stock(examples: Examples) -> None:
    """Make a warehouse."""
    examples.make("warehouse", name=examples.words["warehouse"], code="EX")


def tickets(examples: Examples) -> None:
    """Make tickets that wait for an answer, and an article."""
    for name in examples.words["ticket"]:
        examples.make("ticket", customer=examples.customer(), name=name)
    title, text = examples.words["article"]
    examples.make("article", name=title, text=text, state="published", audience="customers")


def register() -> None:
    """Offer the examples of each module."""
    for make in (customers, tasks, opportunities, products, orders, leads, quotes, contracts, billing, stock, tickets):
        samplers.add(make.__name__, _sampler(make))


def _sampler(make: Callable[[Examples], None]) -> Callable[[Actor], Made]:
    def sample(actor: Actor) -> Made:
        examples = Examples(actor)
        make(examples)
        return examples.made

    return sample
