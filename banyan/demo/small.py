"""The small demo: a design studio of ten people in Shanghai, with a few months of work behind it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.demo import words
from banyan.demo.people import DemoOrganization, Person, existing_demo, found_demo
from banyan.sales.public import Stage

DOMAIN = "small.demo"
ADMINISTRATOR = f"admin@{DOMAIN}"
PEOPLE = (
    Person("林悦", ADMINISTRATOR, "administrator", "管理", "创始人"),
    Person("陈思远", f"chensiyuan@{DOMAIN}", "manager", "客户", "客户总监"),
    Person("李娜", f"lina@{DOMAIN}", "member", "客户", "客户经理"),
    Person("王浩然", f"wanghaoran@{DOMAIN}", "member", "客户", "客户经理"),
    Person("周子墨", f"zhouzimo@{DOMAIN}", "member", "设计", "设计总监"),
    Person("吴佳怡", f"wujiayi@{DOMAIN}", "member", "设计", "品牌设计师"),
    Person("徐一鸣", f"xuyiming@{DOMAIN}", "member", "设计", "空间设计师"),
    Person("孙晓彤", f"sunxiaotong@{DOMAIN}", "member", "设计", "交互设计师"),
    Person("郑凯文", f"zhengkaiwen@{DOMAIN}", "member", "制作", "制作经理"),
    Person("何雨晴", f"heyuqing@{DOMAIN}", "read_only", "管理", "财务"),
)
DEPARTMENTS = {"工作室": "", "管理": "工作室", "客户": "工作室", "设计": "工作室", "制作": "工作室"}
SELLERS = (ADMINISTRATOR, f"chensiyuan@{DOMAIN}", f"lina@{DOMAIN}", f"wanghaoran@{DOMAIN}")
CUSTOMERS = 64
MONTHS = 6


@transaction.atomic
def load_small() -> DemoOrganization:
    """Return the small demo organization; make it first if it is not there.

    Days are relative to today, so that the front page always has something to do.
    """
    found = existing_demo("small")
    if found is not None:
        return found
    made = found_demo(
        key="small",
        name="拾光设计工作室",
        people=list(PEOPLE),
        departments=DEPARTMENTS,
        shown=[ADMINISTRATOR, f"lina@{DOMAIN}"],
        language="zh-hans",
        currency="CNY",
        country="CN",
        time_zone="Asia/Shanghai",
        edition="basic",
        headcount=10,
        industry="consulting",
    )
    with organization_scope(made.organization.pk):
        _Story(made).tell()
    return made


class _Story:
    """Makes the studio's customers and what happened with them; the same each time for the same day."""

    def __init__(self, made: DemoOrganization) -> None:
        self.random = random.Random(20)  # noqa: S311 a story, no secret
        self.actor: Actor = system_actor(made.organization, channel=Channel.IMPORT)
        self.sellers = [made.users[email].pk for email in SELLERS]
        self.team = [user.pk for user in made.users.values()]
        self.today = today("Asia/Shanghai")

    def tell(self) -> None:
        """Write everything, in the order in which it refers to each other."""
        products = self._create("product", words.PRODUCTS)
        customers = self._create("customer", [self._customer(name) for name in words.COMPANIES[:CUSTOMERS]])
        owners = dict(self._spec("customer").model._default_manager.values_list("pk", "owner_id"))  # noqa: SLF001
        self._create("contact", [row for pk in customers for row in self._contacts(pk, owners[pk])])
        self._create("activity", [row for pk in customers for row in self._activities(pk, owners[pk])])
        self._opportunities(customers, owners)
        self._orders(customers, owners, products)
        self._create("task", [self._task(pk, owners[pk]) for pk in self.random.sample(customers, 26)])
        self._spread_over_months(customers)

    def _spec(self, name: str) -> Any:
        return spec_for(self.actor.organization, name)

    def _create(self, name: str, rows: Sequence[dict[str, Any]]) -> list[uuid.UUID]:
        outcome = door.create_many(self.actor, self._spec(name), rows)
        if outcome.rejected:
            raise RuntimeError(f"The demo's {name} is wrong: {outcome.rejected}")
        return outcome.created

    def _customer(self, name: str) -> dict[str, Any]:
        choose = self.random.choice
        return {
            "name": name,
            "status": choose(["prospect", "prospect", "active", "active", "active", "dormant"]),
            "level": choose(["a", "b", "b", "c", "c"]),
            "phone": f"1{choose('3578')}{self.random.randrange(10**8, 10**9)}",
            "source": choose(["referral", "referral", "website", "social", "exhibition", "search"]),
            "industry": choose(["retail", "software", "education", "real_estate", "medical", "manufacturing"]),
            "address": choose(words.ADDRESSES),
            "needs": choose(words.NEEDS),
            "tags": self.random.sample(words.TAGS, self.random.randrange(0, 3)),
            "owner": choose(self.sellers),
        }

    def _contacts(self, customer: uuid.UUID, owner: Any) -> list[dict[str, Any]]:
        rows = []
        for position in range(self.random.choice([1, 1, 2, 3])):
            name = self.random.choice(words.FAMILY_NAMES) + self.random.choice(words.GIVEN_NAMES)
            rows.append(
                {
                    "name": name,
                    "customer": customer,
                    "job_title": self.random.choice(words.JOB_TITLES),
                    "role": "decision_maker" if position == 0 else self.random.choice(["influencer", "user"]),
                    "mobile": f"1{self.random.choice('3578')}{self.random.randrange(10**8, 10**9)}",
                    "owner": owner,
                }
            )
        return rows

    def _activities(self, customer: uuid.UUID, owner: Any) -> list[dict[str, Any]]:
        rows = []
        count = self.random.randrange(1, 7)
        days = sorted((self.random.randrange(0, MONTHS * 30) for _ in range(count)), reverse=True)
        for position, ago in enumerate(days):
            is_latest = position == count - 1
            moment = datetime.combine(self.today - timedelta(days=ago), time(self.random.randrange(1, 9), 30), UTC)
            plans_next = is_latest and self.random.random() < 0.6
            rows.append(
                {
                    "customer": customer,
                    "type": self.random.choice(["call", "call", "visit", "meeting", "message", "note"]),
                    "text": self.random.choice(words.FOLLOW_UPS),
                    "happened_at": moment,
                    "next_step": self.random.choice(words.NEXT_STEPS) if plans_next else "",
                    "next_on": self.today + timedelta(days=self.random.randrange(-5, 9)) if plans_next else None,
                    "owner": owner,
                }
            )
        return rows

    def _opportunities(self, customers: list[uuid.UUID], owners: dict[Any, Any]) -> None:
        stages = list(Stage.objects.order_by("position"))
        rows = []
        for customer in self.random.sample(customers, 44):
            stage = self.random.choices(stages, weights=[5, 6, 5, 4, 6, 2])[0]
            started = self.today - timedelta(days=self.random.randrange(10, 150))
            is_closed = stage.outcome != "open"
            rows.append(
                {
                    "customer": customer,
                    "product": self.random.choice(words.SERVICES),
                    "stage": stage.pk,
                    "amount": Decimal(self.random.randrange(8, 260) * 1000),
                    "started_on": started,
                    "expected_close_on": self.today + timedelta(days=self.random.randrange(-6, 60)),
                    "closed_on": self.today - timedelta(days=self.random.randrange(0, 80)) if is_closed else None,
                    "reason": self.random.choice(["price", "timing", "budget"]) if stage.outcome == "lost" else "",
                    "owner": owners[customer],
                }
            )
        self._create("opportunity", rows)

    def _orders(self, customers: list[uuid.UUID], owners: dict[Any, Any], products: list[uuid.UUID]) -> None:
        buyers = self.random.choices(customers, k=46)
        orders = self._create(
            "order",
            [
                {
                    "customer": customer,
                    "ordered_on": self.today - timedelta(days=self.random.randrange(0, MONTHS * 30)),
                    "status": self.random.choice(["confirmed", "completed", "completed"]),
                    "owner": owners[customer],
                }
                for customer in buyers
            ],
        )
        lines = [
            {
                "order": order,
                "product": self.random.choice(products),
                "quantity": self.random.choice([1, 1, 1, 2, 3, 5]),
                "discount_percent": self.random.choice([0, 0, 0, 5, 10]),
                "position": position,
            }
            for order in orders
            for position in range(self.random.randrange(1, 4))
        ]
        self._create("order_line", lines)

    def _task(self, customer: uuid.UUID, owner: Any) -> dict[str, Any]:
        checklist = [{"text": text, "done": False} for text in self.random.sample(words.STEPS, 2)]
        return {
            "name": self.random.choice(words.TASKS),
            "customer": customer,
            "assignee": self.random.choice([owner, owner, self.random.choice(self.team)]),
            "due_on": self.today + timedelta(days=self.random.randrange(-3, 10)),
            "priority": self.random.choice(["high", "normal", "normal", "low"]),
            "checklist": checklist if self.random.random() < 0.3 else [],
            "owner": owner,
        }

    def _spread_over_months(self, customers: list[uuid.UUID]) -> None:
        """Let customers have come over the months; only the demo may say when a record was made."""
        model = self._spec("customer").model
        for customer in customers:
            ago = timedelta(days=self.random.randrange(0, MONTHS * 30), hours=self.random.randrange(0, 9))
            moment = datetime.combine(self.today, time(1), UTC) - ago
            model._default_manager.filter(pk=customer).update(created_at=moment)  # noqa: SLF001
