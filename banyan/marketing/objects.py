"""What segments and campaigns are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Money
from banyan.core.objects.spec import Board, Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of
from banyan.marketing import preparation
from banyan.marketing.choices import CAMPAIGN, MODULE, SEGMENT, CampaignStatus
from banyan.marketing.models import Campaign, Segment
from banyan.money.public import CurrencyChoice

RUNNING = {"field": "status", "op": "eq", "value": CampaignStatus.RUNNING.value}
STILL_OPEN = {"field": "status", "op": "in", "value": [CampaignStatus.PLANNED.value, CampaignStatus.RUNNING.value]}

SEGMENT_SPEC = ObjectSpec(
    name=SEGMENT,
    plural="segments",
    model=Segment,
    module=MODULE,
    label=_("Segment"),
    label_plural=_("Segments"),
    icon="users-group",
    description=_("Named groups of customers, contacts or leads that campaigns are for."),
    number_pattern="SG-{number:04d}",
    subtitle=("object_name", "kind"),
    sort="name",
    fields=(
        field_of(Segment, "name", unique=True, weight="A", aliases=("分群", "细分", "segment")),
        field_of(Segment, "object_name", aliases=("对象",)),
        choice_of(Segment, "kind", colors={"dynamic": "blue", "static": "grey"}, aliases=("类型",)),
        field_of(Segment, "notes", weight="D", aliases=("备注", "description")),
    ),
    columns=("name", "object_name", "kind", "owner", "updated_at"),
    sections=(Section(_("Segment"), ("name", "object_name", "kind", "notes", "owner")),),
    quick_fields=("name", "object_name", "kind"),
    filters=("object_name", "kind", "owner"),
    prepare=preparation.prepare_segments,
    importable=False,
)

CAMPAIGN_SPEC = ObjectSpec(
    name=CAMPAIGN,
    plural="campaigns",
    model=Campaign,
    module=MODULE,
    label=_("Campaign"),
    label_plural=_("Campaigns"),
    icon="speakerphone",
    description=_("What is done to win customers: for whom, at what cost, and with which result."),
    number_pattern="CA-{number:05d}",
    subtitle=("kind", "starts_on"),
    sort="-starts_on",
    fields=(
        field_of(Campaign, "name", unique=True, weight="A", aliases=("活动名称", "市场活动", "活动主题", "campaign name")),
        field_of(Campaign, "kind", aliases=("活动类型", "type")),
        choice_of(
            Campaign,
            "status",
            colors={"planned": "grey", "running": "blue", "done": "green", "cancelled": "yellow"},
            aliases=("状态", "活动状态"),
        ),
        field_of(Campaign, "starts_on", aliases=("开始日期", "start date")),
        field_of(Campaign, "ends_on", aliases=("结束日期", "end date")),
        field_of(Campaign, "segment", aliases=("目标分群",)),
        field_of(Campaign, "parent", aliases=("上级活动", "parent campaign")),
        field_of(
            Campaign,
            "currency",
            kind=CurrencyChoice(),
            default=lambda actor: actor.currency,
            aliases=("币种",),
        ),
        field_of(Campaign, "budget", kind=Money(), aliases=("预算", "活动预算", "budgeted cost")),
        field_of(Campaign, "actual_cost", kind=Money(), aliases=("实际成本", "实际费用", "actual cost")),
        field_of(Campaign, "expected_responses", aliases=("预期响应数", "expected response")),
        field_of(Campaign, "expected_revenue", kind=Money(), aliases=("预期收入", "expected revenue")),
        field_of(
            Campaign,
            "code",
            unique=True,
            weight="C",
            help=_("Leads that come with this text, or with the name, as their campaign count as responses."),
            aliases=("跟踪代码", "utm_campaign"),
        ),
        field_of(Campaign, "notes", weight="D", aliases=("备注", "说明", "description")),
    ),
    columns=("name", "kind", "status", "starts_on", "ends_on", "actual_cost", "owner"),
    sections=(
        Section(_("Campaign"), ("name", "kind", "status", "starts_on", "ends_on", "segment", "owner")),
        Section(_("Money and expectations"), ("currency", "budget", "actual_cost", "expected_responses", "expected_revenue")),
        Section(_("More"), ("parent", "code", "notes")),
    ),
    quick_fields=("name", "kind", "starts_on", "ends_on", "segment"),
    filters=("status", "kind", "owner", "starts_on", "parent", "segment"),
    open_filter=STILL_OPEN,
    views=(
        ViewPreset("running", _("Running"), RUNNING, sort="-starts_on"),
        ViewPreset("mine", _("My campaigns"), {"all": [{"field": "owner", "op": "eq", "value": "me"}]}),
        ViewPreset("board", _("Board"), {}, display="board"),
    ),
    board=Board("status", total="budget", card=("kind", "starts_on", "owner")),
    calendar=Calendar("starts_on", "ends_on"),
    children=(Child(CAMPAIGN, "parent", _("Parts of this campaign"), columns=("name", "status", "starts_on"), cascade=False),),
    prepare=preparation.prepare_campaigns,
)  # fmt: skip

OBJECTS = (SEGMENT_SPEC, CAMPAIGN_SPEC)
