"""What tickets and articles are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.objects.kinds import Choice, Integer, Option, Phone
from banyan.core.objects.spec import Board, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.service import preparation
from banyan.service.choices import ARTICLE, MODULE, RUNNING, TICKET, UNSOLVED, ArticleState, TicketState
from banyan.service.models import Article, Ticket

KINDS = Choice(
    open=True,
    list_name="ticket.kind",
    options=(
        Option("question", pgettext_lazy("ticket", "Question"), "blue"),
        Option("fault", pgettext_lazy("ticket", "Fault"), "red"),
        Option("request", pgettext_lazy("ticket", "Request"), "cyan"),
        Option("complaint", pgettext_lazy("ticket", "Complaint"), "orange"),
        Option("onboarding", pgettext_lazy("ticket", "Onboarding"), "green"),
        Option("maintenance", pgettext_lazy("ticket", "Maintenance"), "purple"),
    ),
)
TEAMS = Choice(
    open=True,
    list_name="ticket.team",
    options=(
        Option("first_line", pgettext_lazy("ticket", "First line")),
        Option("second_line", pgettext_lazy("ticket", "Experts")),
        Option("field_service", pgettext_lazy("ticket", "Field service")),
    ),
)
STATES = {"new": "blue", "open": "cyan", "waiting": "yellow", "solved": "green", "closed": "grey"}
PRIORITIES = {"low": "grey", "normal": "blue", "high": "orange", "urgent": "red"}
OPEN = {"field": "state", "op": "in", "value": [state.value for state in UNSOLVED]}
TO_DO = {"field": "state", "op": "in", "value": [state.value for state in RUNNING]}
MINE = {"field": "owner", "op": "eq", "value": "me"}
LATE = {
    "any": [
        {"field": "solve_breached", "op": "eq", "value": True},
        {
            "all": [
                {"field": "reply_breached", "op": "eq", "value": True},
                {"field": "first_replied_at", "op": "isnull", "value": True},
            ]
        },
    ]
}

TICKET_SPEC = ObjectSpec(
    name=TICKET,
    plural="tickets",
    model=Ticket,
    module=MODULE,
    label=pgettext_lazy("service", "Ticket"),
    label_plural=_("Tickets"),
    icon="ticket",
    description=_("What customers want solved, with who looks after it and by when."),
    title="name",
    number_pattern="T-{number:06d}",
    subtitle=("customer", "state", "due_at"),
    sort="-created_at",
    fields=(
        field_of(Ticket, "name", weight="A", aliases=("主题", "标题", "工单", "工单标题", "subject", "title")),
        field_of(Ticket, "description", weight="D", aliases=("描述", "问题描述", "内容", "details")),
        field_of(Ticket, "customer", aliases=("客户", "客户名称", "account", "company")),
        link_of(Ticket, "contact", narrowed_by="customer", aliases=("联系人",)),
        field_of(Ticket, "requester", weight="B", aliases=("提出人", "报修人", "requester")),
        field_of(Ticket, "email", weight="B", aliases=("邮箱", "电子邮件")),
        field_of(Ticket, "phone", kind=Phone(), weight="B", aliases=("电话", "手机")),
        field_of(Ticket, "product", module="products", aliases=("产品",)),
        link_of(Ticket, "contract", narrowed_by="customer", module="contracts", aliases=("合同",)),
        field_of(Ticket, "kind", kind=KINDS, aliases=("类型", "工单类型", "type", "category")),
        choice_of(Ticket, "priority", colors=PRIORITIES, aliases=("优先级", "紧急程度")),
        field_of(Ticket, "channel", aliases=("渠道", "来源", "source", "origin")),
        choice_of(Ticket, "state", colors=STATES, aliases=("状态", "工单状态", "status")),
        field_of(Ticket, "team", kind=TEAMS, aliases=("服务组", "处理组", "group")),
        field_of(Ticket, "parent", help=_("The ticket that this one is a part of.")),
        field_of(Ticket, "tags", weight="C", aliases=("标签", "labels")),
        field_of(
            Ticket, "received_at", help=_("Now, when nothing is said; promised times count from then."),
            aliases=("提交时间", "受理时间", "received"),
        ),
        "due_at",
        "reply_by",
        "first_replied_at",
        "reply_breached",
        "solve_by",
        "solved_at",
        "solve_breached",
        field_of(Ticket, "reopened", kind=Integer(), summed=False),
        field_of(Ticket, "score", kind=Integer(), summed=False),
        "remark",
        "rated_at",
    ),
    columns=("number", "name", "customer", "state", "priority", "due_at", "owner", "received_at"),
    sections=(
        Section(_("Basics"), ("name", "description", "customer", "contact", "kind", "priority", "state", "owner", "team")),
        Section(_("Who asks"), ("requester", "email", "phone", "channel")),
        Section(_("Promised times"), (
            "received_at", "due_at", "reply_by", "first_replied_at", "reply_breached", "solve_by", "solved_at",
            "solve_breached", "reopened",
        )),
        Section(_("Satisfaction"), ("score", "remark", "rated_at")),
        Section(_("More"), ("product", "contract", "parent", "tags")),
    ),
    quick_fields=("name", "customer", "contact", "kind", "priority", "channel", "description"),
    territory_field="customer__territory",
    open_filter=OPEN,
    filters=(
        "state", "priority", "kind", "owner", "team", "customer", "channel", "due_at", "received_at", "solve_breached",
        "score", "tags",
    ),
    views=(
        ViewPreset("mine", _("My tickets"), {"all": [MINE, OPEN]}, sort="due_at"),
        ViewPreset(
            "unassigned", _("Unassigned"), {"all": [{"field": "owner", "op": "isnull", "value": True}, OPEN]},
            sort="due_at",
        ),
        ViewPreset("overdue", _("Overdue"), {"all": [TO_DO, LATE]}, sort="due_at"),
        ViewPreset("waiting", _("Waiting for the customer"), {
            "field": "state", "op": "eq", "value": TicketState.WAITING.value,
        }),
        ViewPreset("board", _("Board"), OPEN, display="board", sort="due_at"),
    ),
    board=Board("state", card=("customer", "priority", "due_at", "owner")),
    children=(Child(TICKET, "parent", pgettext_lazy("ticket", "Parts"), columns=("number", "name", "state", "owner"), cascade=False),),
    prepare=preparation.prepare_tickets,
)  # fmt: skip

PUBLISHED = {"field": "state", "op": "eq", "value": ArticleState.PUBLISHED.value}

ARTICLE_SPEC = ObjectSpec(
    name=ARTICLE,
    plural="articles",
    model=Article,
    module=MODULE,
    label=_("Article"),
    label_plural=_("Knowledge base"),
    icon="note",
    description=_("Answers that serve again: for colleagues, or for customers as well."),
    title="name",
    number_pattern="KB-{number:04d}",
    subtitle=("state", "audience"),
    fields=(
        field_of(Article, "name", weight="A", aliases=("标题", "文章标题", "title")),
        field_of(Article, "text", weight="C", aliases=("正文", "内容", "body", "content")),
        choice_of(Article, "state", colors={"draft": "grey", "published": "green", "review": "orange"}, aliases=("状态",)),
        choice_of(Article, "audience", colors={"internal": "grey", "customers": "blue"}, aliases=("适用对象",)),
        field_of(Article, "product", module="products", aliases=("产品",)),
        field_of(Article, "review_on", aliases=("复核日期",)),
        field_of(Article, "used", kind=Integer(), summed=False),
        field_of(Article, "tags", weight="B", aliases=("标签",)),
    ),
    columns=("number", "name", "state", "audience", "used", "review_on", "owner"),
    sections=(
        Section(_("Basics"), ("name", "text", "state", "audience", "owner")),
        Section(_("More"), ("product", "review_on", "used", "tags")),
    ),
    quick_fields=("name", "text", "state", "audience"),
    filters=("state", "audience", "product", "review_on", "owner", "tags"),
    views=(
        ViewPreset("published", _("Published"), PUBLISHED, sort="name"),
        ViewPreset("to_review", _("To be reviewed"), {"any": [
            {"field": "state", "op": "eq", "value": ArticleState.REVIEW.value},
            {"all": [PUBLISHED, {"field": "review_on", "op": "lt", "value": "today"}]},
        ]}, sort="review_on"),
    ),
    prepare=preparation.prepare_articles,
)  # fmt: skip

OBJECTS = (TICKET_SPEC, ARTICLE_SPEC)
