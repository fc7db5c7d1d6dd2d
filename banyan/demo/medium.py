"""The medium demo: a hardware seller with three regional offices, loaded through the import door."""

from __future__ import annotations

import csv
import uuid
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Q

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import Department, User
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing import engine, services
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.customers.public import release_customers
from banyan.demo.billing import bill_orders
from banyan.demo.forecasts import forecast_and_pay
from banyan.demo.leads import add_leads
from banyan.demo.marketing import run_campaigns
from banyan.demo.modelling import model_company
from banyan.demo.opportunities import work_on_opportunities
from banyan.demo.orders import fill_orders
from banyan.demo.people import DemoOrganization, Person, existing_demo, found_demo
from banyan.demo.products import price_company
from banyan.demo.quotes import load_quotes
from banyan.demo.service import answer_customers
from banyan.demo.supply import stock_company
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity, Pipeline, StartingStage, create_pipeline, delete_pipeline

DATA = Path(__file__).parent / "data" / "maven-crm"
DOMAIN = "medium.demo"
ADMINISTRATOR = f"admin@{DOMAIN}"

#: Who sees the other parts of an order: name, role, title.
BOOKKEEPER = ("Fiona Ledger", "finance", "Bookkeeper")
WAREHOUSEMAN = ("Warren Holt", "warehouse", "Warehouse")
BUYER = ("Paula Chen", "purchase", "Buyer")
SERVICE_PEOPLE = (
    ("Sofia Reyes", "service", "Service agent"),
    ("Theo Brandt", "service", "Service technician"),
)
MARKETER = ("Mara Fields", "marketing", "Marketing")
STAGES = (
    StartingStage("Prospecting", 10),
    StartingStage("Engaging", 40),
    StartingStage("Won", 100, Outcome.WON),
    StartingStage("Lost", 0, Outcome.LOST),
)

#: Which field each column of the published files is; an empty one is left out, None becomes a custom field.
MAPPINGS: dict[str, dict[str, str | None]] = {
    "accounts.csv": {
        "account": "name",
        "sector": "industry",
        "year_established": "founded_year",
        "revenue": None,
        "employees": "employees",
        "office_location": "address",
        "subsidiary_of": "parent",
    },
    "products.csv": {"product": "name", "series": "category", "sales_price": "price"},
    "sales_pipeline.csv": {
        "opportunity_id": None,
        "sales_agent": "owner",
        "product": "product",
        "account": "customer",
        "deal_stage": "stage",
        "engage_date": "started_on",
        "close_date": "closed_on",
        "close_value": "amount",
    },
}
CUSTOM_LABELS = {
    "revenue": {"zh": "年收入（百万美元）", "en": "Revenue (million USD)"},
    "opportunity_id": {"zh": "商机编号（原系统）", "en": "Opportunity ID"},
}
#: What a hardware seller with teams, suppliers abroad and commissions has on top of the Standard edition.
ON_TOP = ("commissions", "currencies", "purchase")
#: How many accounts lie in the public pool of each office, and the rules of all of them.
POOLED = 6
POOL_RULES = {
    "follow_up_days": 60,
    "deal_days": 180,
    "notice_days": 5,
    "claim_limit": 5,
    "hold_limit": 100,
    "protection_days": 14,
    "cooldown_days": 30,
    "releases_leavers": True,
    "spared_levels": ["a"],
}
POOL_REASONS = ("No budget this year, ask again in spring", "The agent moved to another office")
FILES = (("accounts.csv", "customer"), ("products.csv", "product"), ("sales_pipeline.csv", "opportunity"))


@transaction.atomic
def load_medium() -> DemoOrganization:
    """Return the medium demo organization; load it first if it is not there."""
    found = existing_demo("medium")
    if found is not None:
        return found
    people, departments = _people()
    shown = [
        ADMINISTRATOR,
        *(
            _email(name)
            for name in (
                "Melvin Marxen",
                "Darcel Schlecht",
                BOOKKEEPER[0],
                WAREHOUSEMAN[0],
                BUYER[0],
                SERVICE_PEOPLE[0][0],
                MARKETER[0],
            )
        ),
    ]
    made = found_demo(
        key="medium",
        name="Maven Hardware",
        people=people,
        departments=departments,
        shown=shown,
        language="en",
        currency="USD",
        country="US",
        time_zone="America/Chicago",
        edition="standard",
        modules_on=list(ON_TOP),
        headcount=200,
        industry="manufacturing",
    )
    with organization_scope(made.organization.pk):
        actor = system_actor(made.organization, channel=Channel.IMPORT)
        _use_own_pipeline(actor)
        for name, kind in (("revenue", "decimal"), ("opportunity_id", "text")):
            target = "customer" if name == "revenue" else "opportunity"
            create_custom_field(actor, target, FieldDraft(kind, CUSTOM_LABELS[name], name=name))
    for file_name, object_name in FILES:
        _import(actor, file_name, object_name)
    with organization_scope(made.organization.pk):
        administrator = actor_for(User.objects.select_related("organization").get(email=ADMINISTRATOR))
        _fill_pools(administrator)
        work_on_opportunities(administrator)
        forecast_and_pay(administrator)
        model_company(administrator)
        price_company(administrator)
        load_quotes(administrator)
        add_leads(administrator, list(User.objects.filter(title="Sales agent").order_by("email")))
        run_campaigns(administrator, _email(MARKETER[0]))
        fill_orders(administrator)
        bill_orders(administrator)
        stock_company(administrator)
        answer_customers(administrator)
    return made


def _people() -> tuple[list[Person], dict[str, str]]:
    """Return the people and departments: the regional offices, a team per manager, its agents."""
    with (DATA / "sales_teams.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    departments = {"Sales": ""} | {f"{row['regional_office']} office": "Sales" for row in rows}
    people = [Person("Alex Morgan", ADMINISTRATOR, "administrator", "Sales", "Sales operations")]
    managers: dict[str, str] = {}
    for row in rows:
        team = f"{row['manager']}'s team"
        departments[team] = f"{row['regional_office']} office"
        managers[row["manager"]] = team
    people += [Person(name, _email(name), "manager", team, "Sales manager") for name, team in managers.items()]
    for row in rows:
        name = row["sales_agent"]
        people.append(Person(name, _email(name), "salesperson", f"{row['manager']}'s team", "Sales agent"))
    departments["Operations"] = ""
    people += [
        Person(name, _email(name), role, "Operations", title)
        for name, role, title in (BOOKKEEPER, WAREHOUSEMAN, BUYER, MARKETER)
    ]
    departments["Service"] = ""
    people += [Person(name, _email(name), role, "Service", title) for name, role, title in SERVICE_PEOPLE]
    return people, departments


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{DOMAIN}"


def _use_own_pipeline(actor: Actor) -> None:
    """Replace the starting pipeline by the seller's own one; both have stages named Won and Lost."""
    spec = spec_for(actor.organization, "pipeline")
    starting = Pipeline.objects.filter(is_default=True).first()
    if starting is not None:
        door.update(actor, spec, starting.pk, {"is_default": False})
    create_pipeline(actor, name="Hardware sales", stages=STAGES, is_default=True)
    if starting is not None:
        delete_pipeline(actor, starting.pk)


def _fill_pools(actor: Actor) -> None:
    """Give each office its public pool, and put the quietest accounts into them: nobody owns any in the files."""
    offices = list(Department.objects.filter(name__endswith=" office").order_by("name"))
    open_deals = Count("pk", filter=Q(outcome=Outcome.OPEN))
    deals = Opportunity.objects.filter(customer__isnull=False).order_by().values_list("customer_id")
    quietest = deals.annotate(still_open=open_deals, all=Count("pk")).order_by("still_open", "all", "customer_id")
    ids = [row[0] for row in quietest[: POOLED * len(offices)]]
    for position, office in enumerate(offices):
        values = {**POOL_RULES, "name": office.name.replace("office", "pool"), "departments": [str(office.pk)]}
        pool = door.create(actor, spec_for(actor.organization, "pool"), {**values, "position": position})
        for reason, share in zip(POOL_REASONS, _halves(ids[position :: len(offices)]), strict=True):
            release_customers(actor, share, reason=reason, pool_id=pool.pk)


def _halves(ids: list[uuid.UUID]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    return ids[: len(ids) // 2], ids[len(ids) // 2 :]


def _import(actor: Actor, file_name: str, object_name: str) -> None:
    path = DATA / file_name
    with organization_scope(actor.organization_id):
        task = services.begin(actor, object_name=object_name, path=path, file_name=file_name)
        plan = ImportPlan.from_json(task.plan)
        for column in plan.columns:
            chosen = MAPPINGS[file_name][column.column]
            column.field_name = column.column if chosen is None else chosen
            if column.column == "product" and object_name == "opportunity":
                column.values = {"GTXPro": "GTX Pro"}
        services.set_plan(actor, task, plan)
        services.make_ready(actor, task)
    done = engine.work(actor, task.pk, path)
    if done.rejected or done.problem:
        raise RuntimeError(f"The demo file {file_name} was not imported whole: {done.rejected} rows, {done.problem}")
