"""What pipelines, stages and opportunities are."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Choice, Integer, Money, MultipleChoice, Option
from banyan.core.objects.spec import (
    Board,
    Calendar,
    Child,
    Forecast,
    ObjectSpec,
    Section,
    ViewPreset,
    choice_of,
    field_of,
    link_of,
)
from banyan.customers.public import SOURCES
from banyan.products.public import LINE_COLUMNS, QUICK_LINE_FIELDS, amount_fields, line_fields, line_preparation
from banyan.sales import preparation
from banyan.sales.choices import DEAL_WORK, RiskSign
from banyan.sales.models import Opportunity, OpportunityContact, OpportunityLine, Pipeline, Stage
from banyan.sales.queries import default_pipeline_id

REASONS = Choice(
    open=True,
    list_name="opportunity.reason",
    options=(
        Option("price", _("Price")),
        Option("product_fit", _("Fit of the product")),
        Option("relationship", _("Relationship")),
        Option("timing", _("Timing")),
        Option("competitor", _("Competitor")),
        Option("budget", _("No budget")),
        Option("no_answer", _("No answer")),
        Option("other", _("Other")),
    ),
)

CATEGORY_COLORS = {"pipeline": "grey", "best_case": "blue", "commit": "green", "omitted": "", "closed": "teal"}
RISK_COLORS = {"close_passed": "red", "next_step_late": "red", "amount_shrank": "red"}
RISKS = MultipleChoice(
    options=tuple(Option(sign.value, sign.label, RISK_COLORS.get(sign.value, "orange")) for sign in RiskSign)
)

#: What lines bring with them is seen by those who have lines.
AMOUNTS = tuple(
    entry if entry.name in {"amount", "currency"} else replace(entry, module=DEAL_WORK)
    for entry in amount_fields(Opportunity, "金额", "预计金额", "value", "close value")
)

PIPELINE = ObjectSpec(
    name="pipeline",
    plural="pipelines",
    model=Pipeline,
    module="opportunities",
    label=_("Pipeline"),
    label_plural=_("Pipelines"),
    icon="layout-kanban",
    number_pattern="PL-{number:02d}",
    fields=(field_of(Pipeline, "name", unique=True), "is_default", "position"),
    columns=("name", "is_default", "position"),
    sort="position",
    children=(Child("stage", "pipeline"),),
    in_menu=False,
    has_page=False,
    timeline=False,
    own_fields=(),
    is_setting=True,
    prepare=preparation.prepare_pipelines,
)

STAGE = ObjectSpec(
    name="stage",
    plural="stages",
    model=Stage,
    module="opportunities",
    label=_("Stage"),
    label_plural=_("Stages"),
    icon="target",
    number_pattern="ST-{number:03d}",
    fields=(
        field_of(Stage, "pipeline", default=lambda actor: default_pipeline_id()),
        "name",
        "position",
        field_of(Stage, "probability", kind=Integer(minimum=0, maximum=100)),
        "outcome",
        "stale_days",
        "color",
        "card_limit",
        "forecast_category",
    ),
    columns=("pipeline", "name", "position", "probability", "outcome"),
    sort="position",
    namesake_order=("-pipeline__is_default",),
    in_menu=False,
    has_page=False,
    timeline=False,
    own_fields=(),
    is_setting=True,
)

OPPORTUNITY = ObjectSpec(
    name="opportunity",
    plural="opportunities",
    model=Opportunity,
    module="opportunities",
    label=_("Opportunity"),
    label_plural=_("Opportunities"),
    icon="target",
    description=_("Chances to sell and how far each has come."),
    number_pattern="O-{year}-{number:05d}",
    subtitle=("customer", "amount"),
    fields=(
        field_of(Opportunity, "name", weight="A", aliases=("商机", "商机名称", "deal", "opportunity name")),
        field_of(Opportunity, "customer", aliases=("客户", "客户名称", "account", "company")),
        link_of(Opportunity, "contact", narrowed_by="customer", aliases=("联系人",)),
        field_of(Opportunity, "product", weight="B", aliases=("产品", "意向产品", "product")),
        "pipeline",
        link_of(Opportunity, "stage", narrowed_by="pipeline", aliases=("阶段", "deal stage", "销售阶段")),
        *AMOUNTS,
        field_of(Opportunity, "expected_close_on", aliases=("预计成交日期", "close date expected")),
        field_of(Opportunity, "started_on", aliases=("engage date",)),
        field_of(Opportunity, "closed_on", aliases=("成交日期", "close date")),
        choice_of(Opportunity, "outcome", colors={"open": "blue", "won": "green", "lost": "grey"}),
        field_of(Opportunity, "reason", kind=REASONS),
        "competitor",
        field_of(Opportunity, "source", kind=SOURCES, aliases=("来源",)),
        "next_step",
        field_of(Opportunity, "next_step_on", aliases=("下一步日期", "next step date")),
        field_of(
            Opportunity,
            "probability",
            kind=Integer(minimum=0, maximum=100),
            help=_("That of the stage, unless you know better. Yours holds while it stays in the stage."),
            summed=False,
            aliases=("赢单率", "成功率", "probability"),
        ),
        field_of(Opportunity, "weighted_amount", kind=Money()),
        choice_of(
            Opportunity,
            "forecast_category",
            colors=CATEGORY_COLORS,
            aliases=("预测类别", "forecast category"),
            module=DEAL_WORK,
        ),
        "is_probability_own",
        field_of(Opportunity, "is_category_own", module=DEAL_WORK),
        field_of(Opportunity, "risks", kind=RISKS, module=DEAL_WORK),
        field_of(Opportunity, "pushed_count", summed=False, module=DEAL_WORK),
        field_of(Opportunity, "notes", weight="D", aliases=("备注",)),
        field_of(Opportunity, "tags", weight="C", aliases=("标签",)),
        "stage_since",
        "furthest_stage",
    ),
    columns=("name", "customer", "stage", "amount", "expected_close_on", "owner", "updated_at"),
    sections=(
        Section(_("Basics"), ("name", "customer", "contact", "product", "amount", "expected_close_on", "owner")),
        Section(
            _("Progress"),
            (
                "pipeline",
                "stage",
                "next_step",
                "next_step_on",
                "probability",
                "forecast_category",
                "reason",
                "competitor",
                "started_on",
                "closed_on",
            ),
        ),
        Section(_("More"), ("source", "tags", "currency", "prices_include_tax", "net_amount", "tax_amount", "notes")),
    ),
    quick_fields=("customer", "name", "amount", "expected_close_on"),
    territory_field="customer__territory",
    open_filter={"field": "outcome", "op": "eq", "value": "open"},
    filters=(
        "stage",
        "outcome",
        "owner",
        "amount",
        "expected_close_on",
        "closed_on",
        "forecast_category",
        "risks",
        "tags",
    ),
    views=(
        ViewPreset("open", _("Open opportunities"), {"field": "outcome", "op": "eq", "value": "open"}),
        ViewPreset(
            "mine",
            _("My open opportunities"),
            {
                "all": [
                    {"field": "owner", "op": "eq", "value": "me"},
                    {"field": "outcome", "op": "eq", "value": "open"},
                ]
            },
        ),
        ViewPreset(
            "won",
            _("Won this month"),
            {
                "all": [
                    {"field": "outcome", "op": "eq", "value": "won"},
                    {"field": "closed_on", "op": "within", "value": "this_month"},
                ]
            },
            sort="-closed_on",
        ),
        ViewPreset(
            "at_risk",
            _("At risk"),
            {
                "all": [
                    {"field": "outcome", "op": "eq", "value": "open"},
                    {"field": "risks", "op": "isnull", "value": False},
                ]
            },
            sort="expected_close_on",
            columns=("name", "customer", "stage", "risks", "amount", "expected_close_on", "owner"),
            module=DEAL_WORK,
        ),
    ),
    board=Board(
        "stage", total="amount", card=("customer", "amount", "expected_close_on", "risks"), group_field="pipeline"
    ),
    calendar=Calendar("expected_close_on"),
    forecast=Forecast("expected_close_on", total="amount", weighted="weighted_amount", module=DEAL_WORK),
    children=(
        Child("opportunity_line", "opportunity", _("Lines"), columns=("product", "name", "quantity", "amount")),
        Child("opportunity_contact", "opportunity", _("Decision makers")),
    ),
    prepare=preparation.prepare_opportunities,
)

OPPORTUNITY_LINE = ObjectSpec(
    name="opportunity_line",
    plural="opportunity-lines",
    model=OpportunityLine,
    module=DEAL_WORK,
    label=_("Opportunity line"),
    label_plural=_("Opportunity lines"),
    icon="list",
    number_pattern="OL-{number:06d}",
    inherits_from="opportunity",
    sort="position",
    fields=("opportunity", *line_fields(OpportunityLine)),
    columns=("opportunity", *LINE_COLUMNS),
    quick_fields=("opportunity", *QUICK_LINE_FIELDS),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=line_preparation(preparation.LINES),
)

OPPORTUNITY_CONTACT = ObjectSpec(
    name="opportunity_contact",
    plural="opportunity-contacts",
    model=OpportunityContact,
    module=DEAL_WORK,
    label=_("Decision maker"),
    label_plural=_("Decision makers"),
    icon="hierarchy-2",
    description=_("Who at the customer has a say in an opportunity, and how they stand towards you."),
    number_pattern="DM-{number:05d}",
    subtitle=("opportunity", "role", "attitude"),
    inherits_from="opportunity",
    sort="created_at",
    fields=(
        field_of(OpportunityContact, "name", weight="A"),
        "opportunity",
        "contact",
        choice_of(
            OpportunityContact,
            "role",
            colors={"decision_maker": "green", "budget_holder": "green", "champion": "teal", "blocker": "red"},
        ),
        choice_of(
            OpportunityContact,
            "attitude",
            colors={"2": "green", "1": "lime", "0": "grey", "-1": "orange", "-2": "red"},
        ),
        "influence",
        "reports_to",
        field_of(OpportunityContact, "notes", weight="D"),
    ),
    columns=("opportunity", "contact", "role", "influence", "attitude"),
    quick_fields=("opportunity", "contact", "role", "influence", "attitude", "reports_to"),
    filters=("role", "influence", "attitude"),
    in_menu=False,
    timeline=False,
    prepare=preparation.prepare_opportunity_contacts,
)

OBJECTS = (PIPELINE, STAGE, OPPORTUNITY, OPPORTUNITY_LINE, OPPORTUNITY_CONTACT)
