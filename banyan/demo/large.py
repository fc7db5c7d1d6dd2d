"""The large demo: any number of customers with their history, made quickly for measuring.

Unlike the other demos it does not pass the door for writes: a million customers with three million
follow-ups shall be there within minutes. The rows are the same as the door would write, but for the
change log, which starts empty.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, connections

from banyan.core.access.actor import system_actor
from banyan.core.access.departments import department_tree
from banyan.core.access.founding import found_organization
from banyan.core.identity.models import Account, Department, Role, User, UserRole
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.kernel.text.pinyin import sort_key
from banyan.core.kernel.text.tokens import search_lexemes
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field
from banyan.core.objects.field_indexes import synchronise
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization, Sequence
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.public import Customer, match_keys
from banyan.demo import words
from banyan.demo.many_orders import TABLES, load_orders
from banyan.demo.people import DemoOrganization, demo_password_hash, existing_demo
from banyan.demo.rights import load_rights
from banyan.sales.choices import ForecastCategory, Outcome
from banyan.sales.public import Stage

Progress = Callable[[str], None]

DOMAIN = "large.demo"
ADMINISTRATOR = f"admin@{DOMAIN}"
MANAGER = f"manager@{DOMAIN}"
SALESPERSON = f"salesperson@{DOMAIN}"
NAMES = Path(__file__).parent / "data" / "company-names-cn" / "names.txt"
PIECE_ROWS = 10_000
ACTIVITIES_PER_CUSTOMER = 3
CUSTOMERS_PER_OPPORTUNITY = 5
#: What the two people with a narrow view own, so that narrow views can be measured.
SALESPERSON_OWNS = 10
TEAM_OWNS = 5_000
PEOPLE_PER_DEPARTMENT = 10
#: A field of the bank's own, with an index.
CREDIT_LINE = "credit_line"
#: From these probabilities on an open opportunity is counted on firmly, or hoped for.
COMMITTED, HOPED = 80, 50

_CITIES = (
    "北京", "上海", "广州", "深圳", "杭州", "南京", "成都", "重庆", "武汉", "西安", "天津", "苏州", "长沙", "青岛", "宁波", "厦门",
    "郑州", "合肥", "福州", "济南", "大连", "沈阳", "昆明", "南昌", "无锡", "佛山", "东莞", "泉州", "温州", "常州", "哈尔滨", "石家庄",
)  # fmt: skip
_TRADES = (
    "科技有限公司", "商贸有限公司", "实业有限公司", "信息技术有限公司", "机械设备有限公司", "文化传媒有限公司", "建筑工程有限公司",
    "电子有限公司", "食品有限公司", "物流有限公司", "医疗器械有限公司", "教育咨询有限公司",
)  # fmt: skip


def load_large(*, customers: int, users: int, progress: Progress = lambda text: None) -> DemoOrganization:
    """Return the large demo organization; make it first, with this many customers and people."""
    found = existing_demo("large")
    if found is not None:
        _complete_rights(found.organization)
        return found
    organization = found_organization(
        name="Great Banyan Bank",
        language="zh-hans",
        edition="enterprise",
        headcount=users,
        industry="finance",
        settings={"demo": "large-unfinished"},
    )
    with organization_scope(organization.pk):
        people = _people(organization, users)
        _own_fields(organization)
    owners = _Owners(people)
    progress(f"{users} people in {users // PEOPLE_PER_DEPARTMENT} departments.")
    rows = _customers(organization, customers, owners)
    done = 0
    while piece := list(islice(rows, PIECE_ROWS)):
        with organization_scope(organization.pk):
            insert_rows(Customer, piece)
        done += len(piece)
        if done % (PIECE_ROWS * 10) == 0 or done == customers:
            progress(f"{done:,} customers.")
    with organization_scope(organization.pk):
        _match_keys(organization)
        _activities(organization, progress)
        _opportunities(organization, progress)
        load_orders(organization, progress)
        _continue_numbers(organization, customers)
        load_rights(organization, people)
    synchronise(organization.pk)
    _analyze()
    organization.settings = {"demo": "large"}
    organization.save(update_fields=["settings"])
    return DemoOrganization(organization, {user.email: user for user in people[:3]})


def _complete_rights(organization: Organization) -> None:
    """Add roles and shares to an organization that was made before there were any."""
    with organization_scope(organization.pk):
        load_rights(organization, list(User.objects.order_by("created_at", "pk")))


class _Owners:
    """Who owns the next customer: ten for the salesperson, 5,000 for the manager's team, the rest for all others."""

    def __init__(self, people: list[User]) -> None:
        self.random = random.Random(7)  # noqa: S311 invented data
        _administrator, manager, salesperson, *others = people
        self.salesperson = salesperson.pk
        self.team = [user.pk for user in others if user.department_id == manager.department_id] or [manager.pk]
        self.others = [user.pk for user in others if user.department_id != manager.department_id] or self.team

    def owner(self, position: int) -> uuid.UUID:
        if position < SALESPERSON_OWNS:
            return self.salesperson
        if position < TEAM_OWNS:
            return self.random.choice(self.team)
        return self.random.choice(self.others)


def _people(organization: Organization, count: int) -> list[User]:
    """Make people in departments: an administrator, a manager with a team of nine, a salesperson, and others."""
    head = Department.objects.create(organization=organization, name="总行")
    departments = [
        Department.objects.create(
            organization=organization, name=f"{_CITIES[i % len(_CITIES)]}分行 {i + 1}", parent=head
        )
        for i in range(max(2, count // PEOPLE_PER_DEPARTMENT))
    ]
    department_tree.set_paths(organization.pk)
    emails = [ADMINISTRATOR, MANAGER, SALESPERSON, *(f"user{i}@{DOMAIN}" for i in range(max(0, count - 3)))]
    accounts = Account.objects.bulk_create(
        Account(email=email, password=demo_password_hash(), organization_ids=[organization.pk]) for email in emails
    )
    people = []
    for position, (email, account) in enumerate(zip(emails, accounts, strict=True)):
        name = words.FAMILY_NAMES[position % len(words.FAMILY_NAMES)] + words.GIVEN_NAMES[position % 15]
        department = departments[0 if position == 1 else -1 if position == 2 else position % len(departments)]
        people.append(User(organization=organization, account=account, name=name, email=email, department=department))
    User.objects.bulk_create(people)
    roles = {role.key: role for role in Role.objects.all()}
    keys = ["administrator", "manager", *(["salesperson"] * (len(people) - 2))]
    UserRole.objects.bulk_create(
        UserRole(organization=organization, user=user, role=roles[key]) for user, key in zip(people, keys, strict=True)
    )
    return people


def _own_fields(organization: Organization) -> None:
    """Add a field of the bank's own to customers, by which lists are filtered and sorted."""
    actor = system_actor(organization)
    draft = FieldDraft("decimal", {"zh": "授信额度", "en": "Credit line"}, name=CREDIT_LINE)
    change_custom_field(actor, create_custom_field(actor, "customer", draft).pk, is_indexed=True)


def _customers(organization: Organization, count: int, owners: _Owners) -> Iterator[dict[str, Any]]:
    choose = random.Random(11)  # noqa: S311 invented data
    names = NAMES.read_text(encoding="utf-8").split()
    start = now() - timedelta(days=720)
    for position in range(count):
        name = f"{choose.choice(_CITIES)}{choose.choice(names)}{choose.choice(_TRADES)}"
        phone = f"+861{choose.choice('3578')}{choose.randrange(10**8, 10**9)}"
        number = f"C-{position + 1:05d}"
        at = start + timedelta(seconds=position * 62_000_000 // count)
        values = {"name": name, "phone": phone, "type": "company"}
        yield {
            "id": new_id(),
            "organization_id": organization.pk,
            "number": number,
            "name": name,
            "sort_name": sort_key(name),
            "match_keys": match_keys(values),
            "phone": phone,
            "status": choose.choice(("prospect", "active", "active", "dormant")),
            "level": choose.choice(("a", "b", "b", "c", "c")),
            "source": choose.choice(("referral", "website", "search", "exhibition")),
            "industry": choose.choice(("manufacturing", "retail", "finance", "software")),
            "annual_revenue": choose.randrange(1, 100_000) * 1_000,
            "custom": {CREDIT_LINE: str(choose.randrange(1, 5_000) * 10_000)},
            "owner_id": owners.owner(position),
            "search": search_lexemes([(number, "A"), (name, "A"), (phone, "B")]),
            "created_at": at,
            "updated_at": at,
        }


def _match_keys(organization: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customerkey (organization_id, key, customer_id)"
            " SELECT organization_id, unnest(match_keys), id FROM customers_customer WHERE organization_id = %s",
            [organization.pk],
        )


def _activities(organization: Organization, progress: Progress) -> None:
    """Give every customer follow-ups over the last year, in SQL: their words come from a few sentences."""
    texts = list(words.FOLLOW_UPS)
    vectors = [search_lexemes([(text, "C")]) for text in texts]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_activity (id, organization_id, number, owner_id, custom, search, version,
                   created_at, updated_at, customer_id, about, type, text, happened_at, next_step)
            SELECT uuidv7(), customer.organization_id,
                   'F-' || lpad((row_number() OVER ())::text, 6, '0'), customer.owner_id, '{}',
                   (%(vectors)s::text[])[1 + pick]::tsvector, 1, at, at, customer.id, '',
                   (ARRAY['call', 'visit', 'meeting', 'message'])[1 + pick %% 4],
                   (%(texts)s::text[])[1 + pick], at, ''
              FROM customers_customer AS customer
             CROSS JOIN LATERAL (
                   SELECT now() - random() * interval '365 days' AS at, floor(random() * %(count)s)::int AS pick
                     FROM generate_series(1, %(each)s) WHERE customer.id IS NOT NULL) AS made
             WHERE customer.organization_id = %(organization)s
            """,
            {
                "vectors": vectors,
                "texts": texts,
                "count": len(texts),
                "each": ACTIVITIES_PER_CUSTOMER,
                "organization": organization.pk,
            },
        )
        progress(f"{cursor.rowcount:,} follow-ups.")


def _opportunities(organization: Organization, progress: Progress) -> None:
    """Give every fifth customer an opportunity in some stage, in SQL."""
    stages = list(Stage.objects.filter(deleted_at__isnull=True).order_by("position"))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sales_opportunity (id, organization_id, number, owner_id, custom, search, version,
                   created_at, updated_at, name, product, customer_id, pipeline_id, stage_id, amount, currency,
                   expected_close_on, outcome, closed_on, reason, competitor, source, next_step, notes, tags, stage_since,
                   furthest_stage_id, probability, is_probability_own, forecast_category, is_category_own, risks, pushed_count,
                   prices_include_tax)
            SELECT uuidv7(), organization_id, 'O-' || row_number() OVER (), owner_id, '{}', search, 1, at, at,
                   name, '', id, %(pipeline)s, (%(stages)s::uuid[])[stage], 1000 * floor(1 + random() * 400), 'CNY',
                   (now() + random() * interval '90 days')::date, (%(outcomes)s::text[])[stage],
                   CASE WHEN (%(outcomes)s::text[])[stage] <> 'open' THEN at::date END, '', '', '', '', '', '{}', at,
                   (%(furthest)s::uuid[])[stage], (%(probabilities)s::int[])[stage], false, (%(categories)s::text[])[stage],
                   false, '{}', 0, true
              FROM (SELECT customer.*, 1 + floor(random() * %(count)s)::int AS stage,
                           now() - random() * interval '180 days' AS at,
                           row_number() OVER (ORDER BY id) AS position
                      FROM customers_customer AS customer WHERE organization_id = %(organization)s) AS chosen
             WHERE position %% %(every)s = 0
            """,
            {
                "pipeline": stages[0].pipeline_id,
                "stages": [stage.pk for stage in stages],
                "outcomes": [stage.outcome for stage in stages],
                "furthest": _furthest(stages),
                "probabilities": [stage.probability for stage in stages],
                "categories": [_category(stage) for stage in stages],
                "count": len(stages),
                "organization": organization.pk,
                "every": CUSTOMERS_PER_OPPORTUNITY,
            },
        )
        progress(f"{cursor.rowcount:,} opportunities.")


def _category(stage: Stage) -> str:
    """Return how firmly an opportunity in a stage is counted on."""
    if stage.outcome != Outcome.OPEN:
        return (ForecastCategory.CLOSED if stage.outcome == Outcome.WON else ForecastCategory.OMITTED).value
    if stage.probability >= COMMITTED:
        return ForecastCategory.COMMIT.value
    return (ForecastCategory.BEST_CASE if stage.probability >= HOPED else ForecastCategory.PIPELINE).value


def _furthest(stages: list[Stage]) -> list[uuid.UUID]:
    """Return for each stage how far an opportunity in it has come: lost ones came anywhere, half of the way here."""
    still_open = [stage.pk for stage in stages if stage.outcome == Outcome.OPEN]
    of_closed = {Outcome.WON.value: still_open[-1], Outcome.LOST.value: still_open[len(still_open) // 2]}
    return [of_closed.get(stage.outcome, stage.pk) for stage in stages]


def _continue_numbers(organization: Organization, customers: int) -> None:
    """Let the next records go on after the numbers given here."""
    year = now().year
    lasts = {
        "customer": customers,
        "activity": customers * ACTIVITIES_PER_CUSTOMER,
        f"opportunity:{year}": customers // CUSTOMERS_PER_OPPORTUNITY,
    }
    for key, last in lasts.items():
        Sequence.objects.update_or_create(organization=organization, key=key, defaults={"last": last})


def _analyze() -> None:
    """Tell the planner about the new rows and flush the indexes at once, as autovacuum would do within minutes."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "VACUUM (ANALYZE) customers_customer, customers_customerkey, customers_activity, sales_opportunity, "
            + ", ".join(TABLES)
        )
    connections["owner"].close()
