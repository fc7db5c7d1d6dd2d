"""A few records of any business, for trial organizations whose industry has no demo data of its own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.sales.public import Stage

CUSTOMERS = (
    ({"zh": "青禾贸易有限公司", "en": "Green Grain Trading"}, "active", "a"),
    ({"zh": "东篱酒店管理公司", "en": "Eastern Hedge Hotels"}, "active", "b"),
    ({"zh": "云岭旅行社", "en": "Cloud Ridge Travel"}, "prospect", "b"),
    ({"zh": "海石花餐饮", "en": "Coral Kitchen"}, "prospect", "c"),
    ({"zh": "长风会展服务", "en": "Long Wind Events"}, "active", "b"),
    ({"zh": "南屏物业", "en": "South Screen Estates"}, "dormant", "c"),
)
CONTACTS = (
    {"zh": "陈思远", "en": "Alice Chen"},
    {"zh": "林佳", "en": "Robert Lin"},
    {"zh": "周明", "en": "Maria Zhou"},
)
DEALS = (
    (0, {"zh": "年度合作续签", "en": "Renewal for the year"}, 2, 86_000),
    (2, {"zh": "首次采购", "en": "First purchase"}, 0, 24_000),
    (3, {"zh": "三家门店试用", "en": "Trial in three branches"}, 1, 36_000),
    (4, {"zh": "秋季活动服务", "en": "Services for the autumn"}, 3, 58_000),
)
TASKS = (
    (0, {"zh": "寄送续签方案", "en": "Send the renewal"}, 1),
    (2, {"zh": "约时间上门介绍", "en": "Arrange a visit"}, 2),
    (3, {"zh": "确认试用名单", "en": "Agree who takes part in the trial"}, 4),
)
NOTES = (
    (
        0,
        {
            "zh": "客户希望价格与去年一致，月底前答复。",
            "en": "They want last year's price and an answer before the month ends.",
        },
        2,
    ),
    (2, {"zh": "朋友介绍，想先了解服务内容。", "en": "Came by recommendation; wants to know what we do."}, 1),
    (4, {"zh": "对上次活动满意，秋季还有一场。", "en": "Liked the last event; another one comes in autumn."}, 5),
)


def load_general(actor: Actor) -> None:
    """Give an organization customers with contacts, follow-ups, deals and tasks, in its language; within its scope."""
    language = "zh" if actor.organization.language.startswith("zh") else "en"
    day, owner = today(actor.organization.time_zone), str(User.objects.order_by("pk").values_list("pk", flat=True)[0])
    customers = _create(
        actor, "customer",
        [{"name": name[language], "status": status, "level": level, "owner": owner} for name, status, level in CUSTOMERS],
    )  # fmt: skip
    _create(
        actor, "contact",
        [{"name": name[language], "customer": customers[place], "owner": owner} for place, name in enumerate(CONTACTS)],
    )  # fmt: skip
    _create(
        actor, "activity",
        [{"customer": customers[place], "type": "call", "text": text[language], "owner": owner,
          "happened_at": f"{day - timedelta(days=ago)}T10:00"} for place, text, ago in NOTES],
    )  # fmt: skip
    stages = list(Stage.objects.order_by("position").values_list("pk", flat=True))
    _create(
        actor, "opportunity",
        [{"name": name[language], "customer": customers[place], "stage": stages[min(stage, len(stages) - 1)],
          "amount": Decimal(amount), "expected_close_on": day + timedelta(days=20 + 7 * stage), "owner": owner}
         for place, name, stage, amount in DEALS],
    )  # fmt: skip
    _create(
        actor, "task",
        [{"name": name[language], "customer": customers[place], "assignee": owner, "due_on": day + timedelta(days=ahead),
          "owner": owner} for place, name, ahead in TASKS],
    )  # fmt: skip


def _create(actor: Actor, name: str, rows: list[dict[str, Any]]) -> list[Any]:
    outcome = door.create_many(actor, spec_for(actor.organization, name), rows)
    if outcome.rejected:
        raise RuntimeError(f"The demo's {name} is wrong: {outcome.rejected}")
    return outcome.created
