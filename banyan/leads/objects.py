"""What a lead is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.objects.kinds import Address, Choice, Option, Phone, TerritoryChoice
from banyan.core.objects.spec import Board, Calendar, ObjectSpec, Section, ViewPreset, choice_of, field_of
from banyan.customers.public import INDUSTRIES, SOURCES
from banyan.leads import preparation
from banyan.leads.choices import MODULE, OPEN_STATUSES, LeadStatus
from banyan.leads.models import Lead

REASONS = Choice(
    open=True,
    list_name="lead.reason",
    options=(
        Option("no_need", _("No need")),
        Option("no_budget", _("No budget")),
        Option("no_authority", _("Does not decide")),
        Option("bad_timing", _("Too early")),
        Option("competitor", _("Chose a competitor")),
        Option("no_answer", _("No answer")),
        Option("wrong_data", _("Wrong contact data")),
        Option("spam", _("Advertising or nonsense")),
    ),
)
STILL_OPEN = {"field": "status", "op": "in", "value": [status.value for status in OPEN_STATUSES]}
UNANSWERED = {
    "all": [
        {"field": "status", "op": "eq", "value": LeadStatus.NEW.value},
        {"field": "first_contact_at", "op": "isnull", "value": True},
    ]
}

LEAD = ObjectSpec(
    name="lead",
    plural="leads",
    model=Lead,
    module=MODULE,
    label=_("Lead"),
    label_plural=_("Leads"),
    icon="user-search",
    description=_("Who asked, called or left a card, until it is known whether they buy."),
    number_pattern="L-{number:06d}",
    subtitle=("company", "phone", "status"),
    fields=(
        field_of(
            Lead, "name", weight="A", aliases=("姓名", "联系人", "线索", "线索名称", "lead name", "full name", "lead number")
        ),
        field_of(Lead, "company", weight="A", aliases=("公司", "公司名称", "单位", "account", "organization")),
        field_of(Lead, "job_title", weight="C", aliases=("职位", "职务", "title", "position", "what is your current occupation")),
        field_of(Lead, "phone", kind=Phone(), weight="B", aliases=("手机", "电话", "联系电话", "tel", "mobile")),
        field_of(Lead, "email", weight="B", aliases=("邮箱", "电子邮件", "mail")),
        field_of(Lead, "wechat", weight="B", aliases=("微信", "微信号")),
        field_of(Lead, "website", weight="D", aliases=("网址", "官网")),
        field_of(Lead, "address", kind=Address(), weight="D", aliases=("地址", "location", "city")),
        field_of(Lead, "industry", kind=INDUSTRIES, aliases=("行业", "sector", "specialization")),
        field_of(Lead, "employees", aliases=("人数", "员工数", "headcount")),
        field_of(Lead, "source", kind=SOURCES, aliases=("来源", "线索来源", "lead source")),
        field_of(Lead, "campaign", weight="D", aliases=("活动", "市场活动", "lead origin")),
        field_of(Lead, "territory", kind=TerritoryChoice(), aliases=("区域", "大区", "片区", "region")),
        field_of(Lead, "needs", weight="D", aliases=("需求", "项目需求", "requirements", "what matters most to you in choosing a course")),
        field_of(Lead, "notes", weight="D", aliases=("备注", "说明", "description", "remarks")),
        field_of(Lead, "tags", weight="C", aliases=("标签", "labels")),
        choice_of(
            Lead,
            "status",
            colors={
                "new": "blue", "contacted": "cyan", "qualifying": "purple", "qualified": "green", "recycled": "yellow",
                "unqualified": "grey", "converted": "teal",
            },
            aliases=("状态", "线索状态", "lead status"),
        ),
        choice_of(Lead, "rating", colors={"hot": "red", "warm": "orange", "cold": "blue"}, aliases=("热度", "意向")),
        field_of(Lead, "score", summed=False),
        choice_of(Lead, "grade", colors={"a": "green", "b": "orange", "c": "grey"}),
        field_of(Lead, "next_step", aliases=("下一步",)),
        field_of(Lead, "next_follow_up_on", aliases=("下次联系时间", "下次跟进")),
        field_of(Lead, "reason", kind=REASONS, aliases=("无效原因", "不合适原因")),
        field_of(Lead, "again_on", aliases=("再次联系日期",)),
        "answer_by",
        "first_contact_at",
        field_of(Lead, "response_minutes", summed=False),
        "last_activity_at",
        "owned_since",
        "converted_at",
        "customer",
        "contact",
        "opportunity",
    ),
    columns=("name", "company", "status", "grade", "source", "owner", "answer_by", "created_at"),
    sections=(
        Section(pgettext_lazy("lead", "Who"), ("name", "company", "job_title", "phone", "email", "wechat")),
        Section(_("Where from"), ("source", "campaign", "needs", "tags", "owner")),
        Section(_("How far"), ("status", "rating", "next_step", "next_follow_up_on", "reason", "again_on")),
        Section(_("More"), ("industry", "employees", "website", "address", "territory", "notes")),
    ),
    quick_fields=("name", "company", "phone", "email", "source", "needs"),
    territory_field="territory",
    open_filter=STILL_OPEN,
    filters=("status", "grade", "rating", "source", "campaign", "owner", "territory", "tags", "created_at", "answer_by"),
    views=(
        ViewPreset(
            "mine", _("My leads"), {"all": [{"field": "owner", "op": "eq", "value": "me"}, STILL_OPEN]}, sort="-score"
        ),
        ViewPreset("answer", _("To answer now"), UNANSWERED, sort="answer_by"),
        ViewPreset(
            "hot",
            _("Hot leads"),
            {"all": [STILL_OPEN, {"any": [
                {"field": "grade", "op": "eq", "value": "a"}, {"field": "rating", "op": "eq", "value": "hot"},
            ]}]},
            sort="-score",
        ),
        ViewPreset(
            "unassigned", _("Unassigned"), {"all": [{"field": "owner", "op": "isnull", "value": True}, STILL_OPEN]}
        ),
        ViewPreset("board", _("Board"), STILL_OPEN, display="board"),
    ),
    board=Board("status", card=("company", "score", "next_step")),
    calendar=Calendar("next_follow_up_on"),
    prepare=preparation.prepare_leads,
)  # fmt: skip

OBJECTS = (LEAD,)
