"""What pipelines, stages and opportunities are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Choice, Integer, Money, Option
from banyan.core.objects.spec import (
    Board,
    Calendar,
    Child,
    ObjectSpec,
    Section,
    ViewPreset,
    choice_of,
    field_of,
    link_of,
)
from banyan.customers.public import SOURCES
from banyan.money.public import CurrencyChoice
from banyan.sales import preparation
from banyan.sales.models import Opportunity, Pipeline, Stage, Target
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
        field_of(Opportunity, "amount", kind=Money(), aliases=("金额", "预计金额", "value", "close value")),
        field_of(Opportunity, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency),
        field_of(Opportunity, "expected_close_on", aliases=("预计成交日期", "close date expected")),
        field_of(Opportunity, "started_on", aliases=("engage date",)),
        field_of(Opportunity, "closed_on", aliases=("成交日期", "close date")),
        choice_of(Opportunity, "outcome", colors={"open": "blue", "won": "green", "lost": "grey"}),
        field_of(Opportunity, "reason", kind=REASONS),
        "competitor",
        field_of(Opportunity, "source", kind=SOURCES, aliases=("来源",)),
        "next_step",
        field_of(Opportunity, "notes", weight="D", aliases=("备注",)),
        field_of(Opportunity, "tags", weight="C", aliases=("标签",)),
        "stage_since",
        "furthest_stage",
    ),
    columns=("name", "customer", "stage", "amount", "expected_close_on", "owner", "updated_at"),
    sections=(
        Section(_("Basics"), ("name", "customer", "contact", "product", "amount", "expected_close_on", "owner")),
        Section(_("Progress"), ("pipeline", "stage", "next_step", "reason", "competitor", "started_on", "closed_on")),
        Section(_("More"), ("source", "tags", "currency", "notes")),
    ),
    quick_fields=("customer", "name", "amount", "expected_close_on"),
    territory_field="customer__territory",
    open_filter={"field": "outcome", "op": "eq", "value": "open"},
    filters=("stage", "outcome", "owner", "amount", "expected_close_on", "closed_on", "tags"),
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
    ),
    board=Board("stage", total="amount", card=("customer", "amount", "expected_close_on"), group_field="pipeline"),
    calendar=Calendar("expected_close_on"),
    prepare=preparation.prepare_opportunities,
)

TARGET = ObjectSpec(
    name="target",
    plural="targets",
    model=Target,
    module="opportunities",
    label=_("Target"),
    label_plural=_("Targets"),
    icon="flag",
    description=_("What is to be won in a month, by one person or by everybody together."),
    number_pattern="TG-{number:04d}",
    fields=(
        "name",
        field_of(Target, "person", aliases=("负责人", "销售", "sales rep")),
        field_of(Target, "month", aliases=("月份",)),
        field_of(Target, "amount", kind=Money(), aliases=("目标", "目标金额", "target amount")),
        field_of(Target, "currency", kind=CurrencyChoice(), default=lambda actor: actor.currency),
    ),
    columns=("name", "person", "month", "amount"),
    sort="-month",
    filters=("person", "month"),
    in_menu=False,
    timeline=False,
    own_fields=("owner", "person"),
    prepare=preparation.prepare_targets,
)

OBJECTS = (PIPELINE, STAGE, OPPORTUNITY, TARGET)
