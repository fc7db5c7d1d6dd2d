"""What customers, contacts, contact roles, relationships and follow-ups are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.clock import now
from banyan.core.objects.kinds import (
    Address,
    ContactPoints,
    Integer,
    Money,
    PersonName,
    Phone,
    Reference,
    TerritoryChoice,
)
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of
from banyan.customers import preparation
from banyan.customers.kinds import INDUSTRIES, SOURCES
from banyan.customers.models import Activity, Contact, ContactRole, Customer, Relationship

CUSTOMER = ObjectSpec(
    name="customer",
    plural="customers",
    model=Customer,
    module="customers",
    label=_("Customer"),
    label_plural=_("Customers"),
    icon="building",
    description=_("Companies and people you do business with, and everything known about them."),
    number_pattern="C-{number:05d}",
    subtitle=("phone", "industry"),
    fields=(
        field_of(Customer, "name", weight="A", aliases=("公司", "公司名称", "客户", "单位", "account", "company")),
        "type",
        choice_of(
            Customer,
            "status",
            colors={"prospect": "blue", "active": "green", "dormant": "yellow", "lost": "grey"},
            aliases=("状态", "客户状态"),
        ),
        choice_of(Customer, "level", colors={"a": "red", "b": "orange", "c": "grey"}, aliases=("级别", "客户级别")),
        field_of(Customer, "phone", kind=Phone(), weight="B", aliases=("手机", "电话", "联系电话", "tel", "mobile")),
        field_of(Customer, "email", weight="B", aliases=("邮箱", "电子邮件", "mail")),
        field_of(Customer, "further_contacts", kind=ContactPoints(), weight="B", aliases=("其他电话", "其他联系方式")),
        field_of(Customer, "website", weight="D", aliases=("网址", "官网")),
        field_of(Customer, "address", kind=Address(), weight="D", aliases=("地址", "office location", "location")),
        field_of(Customer, "source", kind=SOURCES, aliases=("来源", "客户来源", "lead source")),
        field_of(Customer, "industry", kind=INDUSTRIES, aliases=("行业", "sector")),
        field_of(Customer, "territory", kind=TerritoryChoice(), aliases=("区域", "大区", "片区", "region")),
        field_of(Customer, "tax_number", weight="B", aliases=("税号", "统一社会信用代码", "纳税人识别号")),
        field_of(Customer, "employees", aliases=("人数", "员工数", "headcount")),
        field_of(Customer, "annual_revenue", kind=Money(), aliases=("年收入", "营业额", "revenue")),
        field_of(
            Customer,
            "founded_year",
            kind=Integer(minimum=0, maximum=9999),
            aliases=("成立年份", "year established"),
        ),
        field_of(Customer, "parent", aliases=("上级公司", "母公司", "subsidiary of")),
        field_of(Customer, "needs", weight="D", aliases=("项目需求", "需求", "requirements")),
        field_of(Customer, "notes", weight="D", aliases=("备注", "说明", "description", "remarks")),
        field_of(Customer, "tags", weight="C", aliases=("标签", "labels")),
        "next_follow_up_on",
        "last_activity_at",
    ),
    columns=("name", "phone", "status", "level", "owner", "next_follow_up_on", "last_activity_at"),
    sections=(
        Section(_("Basics"), ("name", "type", "phone", "email", "further_contacts", "website", "address")),
        Section(_("Classification"), ("status", "level", "source", "industry", "territory", "tags", "owner")),
        Section(_("Needs and follow-up"), ("needs", "next_follow_up_on", "last_activity_at")),
        Section(_("Company"), ("tax_number", "employees", "annual_revenue", "founded_year", "parent", "notes")),
    ),
    quick_fields=("name", "phone", "email", "source", "needs"),
    territory_field="territory",
    filters=("status", "level", "source", "industry", "territory", "owner", "tags", "created_at", "next_follow_up_on"),
    views=(
        ViewPreset("mine", _("My customers"), {"field": "owner", "op": "eq", "value": "me"}),
        ViewPreset(
            "due",
            _("Follow-up due"),
            {"field": "next_follow_up_on", "op": "lte", "value": "today"},
            sort="next_follow_up_on",
        ),
        ViewPreset("new", _("New this month"), {"field": "created_at", "op": "within", "value": "this_month"}),
    ),
    children=(
        Child("contact", "customer", columns=("name", "job_title", "mobile", "email")),
        Child("activity", "customer"),
        Child("contact_role", "customer", _("Contacts shared with other customers")),
        Child("relationship", "customer", _("Relationships")),
        Child("relationship", "related_customer", _("Related from")),
    ),
    prepare=preparation.prepare_customers,
)

CONTACT = ObjectSpec(
    name="contact",
    plural="contacts",
    model=Contact,
    module="customers",
    label=_("Contact"),
    label_plural=_("Contacts"),
    icon="address-book",
    description=_("The people at your customers and how to reach them."),
    number_pattern="P-{number:05d}",
    subtitle=("job_title", "mobile"),
    inherits_from="customer",
    fields=(
        field_of(
            Contact,
            "name",
            kind=PersonName(maximum=120),
            weight="A",
            aliases=("姓名", "联系人", "contact name", "full name"),
        ),
        field_of(Contact, "customer", aliases=("公司", "客户名称", "company", "account")),
        field_of(Contact, "job_title", weight="C", aliases=("职位", "职务", "title", "position")),
        "role",
        field_of(Contact, "mobile", kind=Phone(), weight="B", aliases=("手机", "手机号", "mobile phone", "cell")),
        field_of(Contact, "phone", kind=Phone(), weight="B", aliases=("电话", "座机", "tel")),
        field_of(Contact, "email", weight="B", aliases=("邮箱", "电子邮件", "mail")),
        field_of(Contact, "wechat", weight="B", aliases=("微信", "微信号")),
        field_of(Contact, "further_contacts", kind=ContactPoints(), weight="B", aliases=("其他电话", "其他邮箱")),
        "birthday",
        field_of(Contact, "address", kind=Address(), weight="D"),
        "do_not_contact",
        field_of(Contact, "notes", weight="D", aliases=("备注",)),
        field_of(Contact, "tags", weight="C", aliases=("标签",)),
    ),
    columns=("name", "customer", "job_title", "mobile", "email", "owner"),
    sections=(
        Section(
            _("Basics"),
            ("name", "customer", "job_title", "role", "mobile", "email", "wechat", "phone", "further_contacts"),
        ),
        Section(_("More"), ("birthday", "address", "do_not_contact", "tags", "owner", "notes")),
    ),
    quick_fields=("name", "customer", "mobile", "email"),
    filters=("role", "owner", "tags", "created_at"),
    children=(Child("contact_role", "contact", _("Also works for")), Child("activity", "contact", cascade=False)),
    prepare=preparation.prepare_contacts,
)

CONTACT_ROLE = ObjectSpec(
    name="contact_role",
    plural="contact-roles",
    model=ContactRole,
    module="customers",
    label=_("Contact role"),
    label_plural=_("Contact roles"),
    icon="users",
    title="job_title",
    number_pattern="CR-{number:05d}",
    inherits_from="customer",
    fields=("contact", "customer", "role", "job_title"),
    columns=("contact", "customer", "role", "job_title"),
    in_menu=False,
    has_page=False,
    timeline=False,
)

RELATIONSHIP = ObjectSpec(
    name="relationship",
    plural="relationships",
    model=Relationship,
    module="customers",
    label=_("Relationship"),
    label_plural=_("Relationships"),
    icon="link",
    title="kind",
    number_pattern="REL-{number:05d}",
    inherits_from="customer",
    fields=("customer", "kind", "related_customer", "notes"),
    columns=("customer", "kind", "related_customer"),
    in_menu=False,
    has_page=False,
    timeline=False,
    prepare=preparation.prepare_relationships,
)

ACTIVITY = ObjectSpec(
    name="activity",
    plural="activities",
    model=Activity,
    module="customers",
    label=_("Follow-up"),
    label_plural=_("Follow-ups"),
    icon="message",
    description=_("Calls, visits, meetings and messages, with the next step."),
    title="text",
    number_pattern="F-{number:06d}",
    inherits_from="customer",
    sort="-happened_at",
    fields=(
        "type",
        "customer",
        link_of(Activity, "contact", narrowed_by="customer"),
        field_of(Activity, "about", kind=Reference()),
        field_of(Activity, "text", weight="C", aliases=("跟进内容", "内容", "content", "comments")),
        field_of(Activity, "happened_at", default=lambda actor: now(), aliases=("跟进时间", "date")),
        "next_step",
        field_of(Activity, "next_on", aliases=("下次联系时间", "下次跟进")),
    ),
    columns=("happened_at", "customer", "type", "text", "next_on", "owner"),
    sections=(Section("", ("type", "customer", "contact", "text", "happened_at", "next_step", "next_on")),),
    quick_fields=("customer", "type", "text", "next_on"),
    filters=("type", "owner", "happened_at"),
    views=(
        ViewPreset("mine", _("My follow-ups"), {"field": "owner", "op": "eq", "value": "me"}),
        ViewPreset("week", _("This week"), {"field": "happened_at", "op": "within", "value": "this_week"}),
    ),
    calendar=Calendar("happened_at"),
    timeline=False,
    prepare=preparation.prepare_activities,
)

OBJECTS = (CUSTOMER, CONTACT, CONTACT_ROLE, RELATIONSHIP, ACTIVITY)
