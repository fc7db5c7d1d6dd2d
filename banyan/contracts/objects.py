"""What contracts and their amendments are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.contracts import preparation
from banyan.contracts.choices import ContractStatus
from banyan.contracts.models import Contract, ContractAmendment
from banyan.contracts.references import AMENDMENT, CONTRACT, MODULE
from banyan.core.objects.kinds import Integer, Money, Text
from banyan.core.objects.spec import Calendar, Child, ObjectSpec, Section, ViewPreset, choice_of, field_of, link_of

COLORS = {
    "draft": "grey", "in_approval": "orange", "approved": "cyan", "active": "green", "expired": "grey",
    "terminated": "red", "renewed": "blue",
}  # fmt: skip
IN_FORCE = {"field": "status", "op": "eq", "value": ContractStatus.ACTIVE.value}

CONTRACT_SPEC = ObjectSpec(
    name=CONTRACT,
    plural="contracts",
    model=Contract,
    module=MODULE,
    label=_("Contract"),
    label_plural=_("Contracts"),
    icon="certificate",
    description=_("What was agreed with customers, for how much and until when."),
    title="name",
    number_pattern="CT-{year}-{number:05d}",
    subtitle=("customer", "status", "ends_on", "amount"),
    sort="-created_at",
    fields=(
        field_of(Contract, "name", label=_("Contract name"), weight="A", aliases=("合同", "合同名称", "subject")),
        field_of(Contract, "kind", aliases=("合同类型",)),
        choice_of(Contract, "status", colors=COLORS, aliases=("合同状态",)),
        field_of(Contract, "customer", aliases=("客户", "客户名称", "account")),
        link_of(Contract, "contact", narrowed_by="customer", aliases=("联系人",)),
        link_of(Contract, "opportunity", narrowed_by="customer", aliases=("商机",)),
        field_of(Contract, "amount", kind=Money(), aliases=("合同金额", "金额", "total")),
        field_of(Contract, "currency", kind=Text(maximum=3), default=lambda actor: actor.currency),
        field_of(Contract, "starts_on", aliases=("开始日期", "合同开始日期", "start date")),
        field_of(Contract, "ends_on", aliases=("结束日期", "合同结束日期", "到期日期", "end date")),
        field_of(
            Contract,
            "signed_on",
            help=_("A contract with a day of signature is in force."),
            aliases=("签订日期", "签约日期"),
        ),
        field_of(Contract, "our_signer", aliases=("我方签约人",)),
        field_of(Contract, "customer_signer", aliases=("客户签约人", "对方签约人")),
        field_of(Contract, "renewal"),
        field_of(
            Contract,
            "notice_days",
            kind=Integer(minimum=0, maximum=730),
            help=_("So many days before the end, the owner is reminded. 0 is no reminder."),
            summed=False,
        ),
        field_of(Contract, "renewal_months", kind=Integer(minimum=1, maximum=240), summed=False),
        field_of(Contract, "renewed_from"),
        field_of(Contract, "ended_on"),
        field_of(Contract, "end_reason"),
        field_of(Contract, "revision", kind=Integer(), summed=False),
        field_of(Contract, "notes", weight="D", aliases=("备注",)),
        field_of(Contract, "tags", weight="C"),
    ),
    columns=("number", "name", "customer", "status", "amount", "ends_on", "owner"),
    sections=(
        Section(
            _("Basics"),
            ("customer", "name", "kind", "status", "amount", "starts_on", "ends_on", "renewal", "notice_days", "owner"),
        ),
        Section(_("Signature"), ("signed_on", "our_signer", "customer_signer", "contact")),
        Section(
            _("More"),
            (
                "opportunity",
                "renewal_months",
                "renewed_from",
                "ended_on",
                "end_reason",
                "revision",
                "tags",
                "currency",
                "notes",
            ),
        ),
    ),
    quick_fields=("customer", "name", "kind", "amount", "starts_on", "ends_on"),
    territory_field="customer__territory",
    filters=("status", "kind", "ends_on", "owner", "amount", "customer"),
    views=(
        ViewPreset("mine", _("My contracts"), {"field": "owner", "op": "eq", "value": "me"}),
        ViewPreset(
            "ending",
            _("Ending soon"),
            {"all": [IN_FORCE, {"field": "ends_on", "op": "within", "value": "next_90_days"}]},
            sort="ends_on",
        ),
        ViewPreset("in_force", pgettext_lazy("contract", "In force"), IN_FORCE),
        ViewPreset(
            "to_sign", _("To be signed"), {"field": "status", "op": "in", "value": ["draft", "in_approval", "approved"]}
        ),
    ),
    calendar=Calendar("ends_on"),
    children=(
        Child(AMENDMENT, "contract", _("Amendments"), columns=("number", "name", "status", "signed_on", "new_amount")),
    ),
    open_filter={"field": "status", "op": "in", "value": ["draft", "in_approval", "approved", "active"]},
    prepare=preparation.prepare_contracts,
)

AMENDMENT_SPEC = ObjectSpec(
    name=AMENDMENT,
    plural="contract-amendments",
    model=ContractAmendment,
    module=MODULE,
    label=_("Amendment"),
    label_plural=_("Amendments"),
    icon="file-text",
    description=_("What signed contracts say otherwise from a day on."),
    title="name",
    number_pattern="AM-{year}-{number:05d}",
    subtitle=("contract", "status", "signed_on"),
    inherits_from="contract",
    sort="-created_at",
    fields=(
        "contract",
        field_of(ContractAmendment, "name", label=_("Amendment name"), weight="A"),
        choice_of(
            ContractAmendment,
            "status",
            colors={"draft": "grey", "in_approval": "orange", "approved": "cyan", "signed": "green"},
        ),
        field_of(ContractAmendment, "reason", weight="C"),
        field_of(ContractAmendment, "wording", weight="D", help=_("In the words of the paper that both sides sign.")),
        field_of(ContractAmendment, "new_amount", kind=Money(), help=_("Leave empty what stays as it is.")),
        field_of(ContractAmendment, "new_starts_on"),
        field_of(ContractAmendment, "new_ends_on"),
        field_of(ContractAmendment, "currency", kind=Text(maximum=3)),
        field_of(ContractAmendment, "old_amount", kind=Money(), summed=False),
        field_of(ContractAmendment, "old_starts_on"),
        field_of(ContractAmendment, "old_ends_on"),
        field_of(ContractAmendment, "signed_on"),
        field_of(ContractAmendment, "revision", kind=Integer(), summed=False),
    ),
    columns=("number", "name", "contract", "status", "signed_on", "new_amount", "old_amount"),
    sections=(
        Section(_("Basics"), ("contract", "name", "status", "reason", "wording")),
        Section(_("New values"), ("new_amount", "new_starts_on", "new_ends_on", "signed_on", "revision")),
        Section(_("Values before"), ("old_amount", "old_starts_on", "old_ends_on", "currency")),
    ),
    quick_fields=("contract", "reason", "wording", "new_amount", "new_ends_on"),
    filters=("status", "signed_on", "contract"),
    in_menu=False,
    prepare=preparation.prepare_amendments,
)

OBJECTS = (CONTRACT_SPEC, AMENDMENT_SPEC)
