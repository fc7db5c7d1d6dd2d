"""How the medium company has shaped its CRM: an object of its own with a process, computed fields, rules, an approval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.standing import actor_for
from banyan.core.approvals.documents import from_document
from banyan.core.approvals.services import start_approval
from banyan.core.business_rules.validation_rules import RuleValues, save_rule
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.objects.custom_objects import ObjectDraft, create_custom_object
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.pick_lists import set_options
from banyan.core.objects.registry import spec_for
from banyan.core.processes.rules import Gate, Item, Limit, WorkingTime, usual_moves
from banyan.core.processes.rules import Outcome as StageOutcome
from banyan.core.processes.services import NewProcess, change_draft, create_process, draft_of, publish
from banyan.core.records import door
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity

INSTALLATION = "installation"
#: So many of the newest sales have been installed, and so many of those are not finished yet.
INSTALLED, UNFINISHED = 120, 24
WARRANTY_MONTHS = 24
HOURS_OF_A_DAY = 9
STATES = (("planned", "Planned", "grey"), ("installing", "Being installed", "yellow"), ("running", "Running", "green"),
          ("retired", "Retired", "blue"))  # fmt: skip
PLANNED, INSTALLING, RUNNING, RETIRED = (code for code, _label, _color in STATES)
ASKED = 2
REASONS = ("The fitters are booked for next week.", "Please decide before the end of the month.")
APPROVAL = {
    "key": "large_installations",
    "object": INSTALLATION,
    "names": {"zh": "大额设备发货审批", "en": "Release of large equipment"},
    "start": {"condition": {"field": "price", "op": "gte", "value": 1_000}, "reason_needed": True},
    "lock": {"fields": ["price", "customer", "sold_in"]},
    "steps": [
        {
            "key": "operations",
            "names": {"zh": "销售运营", "en": "Sales operations"},
            "approvers": [{"kind": "people", "people": ["admin@medium.demo"]}],
        },
        {
            "key": "manager",
            "names": {"zh": "销售经理", "en": "Sales manager"},
            "taken": "if",
            "condition": {"field": "price", "op": "gte", "value": 3_000},
            "approvers": [{"kind": "superior"}],
        },
    ],
}


def model_company(actor: Actor) -> None:
    """Shape the medium company's CRM as its administrator would, and fill what is new with its newest sales."""
    _make_installations(actor)
    _make_figures(actor)
    _make_rule(actor)
    _fill_installations(actor)
    _make_process(actor)
    _ask_for_approval(actor)


def _make_installations(actor: Actor) -> None:
    draft = ObjectDraft(
        {"zh": "设备安装", "en": "Installation"},
        {"zh": "设备安装", "en": "Installations"},
        {"zh": "设备", "en": "Equipment"},
        {"zh": "已售设备在客户现场的安装与保修。", "en": "What was sold, where it stands, and until when it is guaranteed."},
        name=INSTALLATION, icon="tool", number_pattern="IN-{year}-{number:04d}", main_object="customer",
        main_required=True,
    )  # fmt: skip
    create_custom_object(actor, draft)
    warranty = {"formula": f"ADDMONTHS(installed_on, {WARRANTY_MONTHS})"}
    state = {"zh": "安装状态", "en": "State"}
    for field in (
        FieldDraft("choice", state, name="state", options=[label for _code, label, _color in STATES]),
        FieldDraft("link", {"zh": "来源商机", "en": "Sold in"}, name="sold_in", settings={"target": "opportunity"}),
        FieldDraft("money", {"zh": "金额", "en": "Price"}, name="price"),
        FieldDraft("date", {"zh": "安装日期", "en": "Installed on"}, name="installed_on"),
        FieldDraft("date", {"zh": "保修截止", "en": "Warranty until"}, name="warranty_until", computed="formula",
                   definition=warranty),
        FieldDraft("text", {"zh": "序列号", "en": "Serial number"}, name="serial_number", unique=True),
    ):  # fmt: skip
        create_custom_field(actor, INSTALLATION, field)
    options = [{"code": code, "label": label, "color": color} for code, label, color in STATES]
    set_options(actor, f"{INSTALLATION}.state", options)


def _make_figures(actor: Actor) -> None:
    """Let customers show what they bought, and an opportunity what it is worth to its salesperson."""
    won = {"field": "outcome", "op": "eq", "value": str(Outcome.WON)}
    for field in (
        FieldDraft("integer", {"zh": "已装设备数", "en": "Installations"}, name="installations", computed="rollup",
                   definition={"object": INSTALLATION, "link": "customer", "function": "count"}),
        FieldDraft("money", {"zh": "累计成交额", "en": "Won in all"}, name="won_in_all", computed="rollup",
                   definition={"object": "opportunity", "link": "customer", "function": "sum", "field": "amount",
                               "filter": won}),
    ):  # fmt: skip
        create_custom_field(actor, "customer", field)
    size = 'IF(won_in_all >= 100000, "A", IF(won_in_all >= 50000, "B", "C"))'
    labels = {"zh": "客户价值等级", "en": "Value class"}
    draft = FieldDraft("text", labels, name="value_class", computed="formula", definition={"formula": size})
    create_custom_field(actor, "customer", draft)


def _make_rule(actor: Actor) -> None:
    values = RuleValues(
        name="Running needs a date",
        condition={"field": "state", "op": "in", "value": [RUNNING, RETIRED]},
        requirement={"field": "installed_on", "op": "isnull", "value": False},
        messages={
            "zh": "设备“{name}”已投入运行，请填写安装日期。",
            "en": "“{name}” runs already: fill in when it was installed.",
        },
        field="installed_on",
    )
    save_rule(actor, None, spec_for(actor.organization, INSTALLATION), values)


def _fill_installations(actor: Actor) -> None:
    sales = Opportunity.objects.filter(outcome=Outcome.WON, customer__isnull=False, closed_on__isnull=False)
    newest = list(sales.order_by("-closed_on", "number")[:INSTALLED])
    outcome = door.create_many(actor, spec_for(actor.organization, INSTALLATION), list(_installations(newest)))
    if outcome.rejected:
        raise RuntimeError(f"Installations of the demo were refused: {outcome.rejected}")


def _installations(sales: Iterable[Opportunity]) -> Iterable[dict[str, Any]]:
    for position, sale in enumerate(sales):
        is_open = position < UNFINISHED
        state = (PLANNED, INSTALLING)[position % 2] if is_open else RUNNING
        closed_on = sale.closed_on or today("UTC")
        yield {
            "name": f"{sale.product or sale.name} {position + 1:03d}",
            "customer": str(sale.customer_id),
            "owner": str(sale.owner_id) if sale.owner_id else None,
            "sold_in": str(sale.pk),
            "price": sale.amount,
            "state": state,
            "installed_on": None if is_open else closed_on + timedelta(days=14 + position % 9),
            "serial_number": f"MH-{closed_on:%y}{position + 1:05d}",
        }


def _make_process(actor: Actor) -> None:
    labels = {"zh": "设备安装流程", "en": "Installing equipment"}
    row = create_process(actor, NewProcess(INSTALLATION, "state", labels, key="installing"))
    definition = draft_of(row)
    changed: dict[str, dict[str, Any]] = {
        PLANNED: {
            "checklist": (Item("site", {"zh": "现场条件已确认", "en": "The site is prepared"}),),
            "limit": Limit(10 * HOURS_OF_A_DAY, HOURS_OF_A_DAY),
        },
        INSTALLING: {
            "exit": Gate(fields=("installed_on", "serial_number")),
            "checklist": (Item("training", {"zh": "已完成操作培训", "en": "Operators are trained"}),),
            "limit": Limit(5 * HOURS_OF_A_DAY, HOURS_OF_A_DAY),
        },
        RETIRED: {"outcome": StageOutcome.DONE},
    }
    stages = tuple(replace(stage, **changed.get(stage.key, {})) for stage in definition.stages)
    whole = replace(definition, stages=stages, back_needs_reason=True, working=WorkingTime())
    change_draft(actor, row, usual_moves(whole))
    publish(actor, row)


def _ask_for_approval(actor: Actor) -> None:
    """Draw up the flow for large equipment, and let two of those that are planned wait for a decision."""
    (flow,) = from_document(actor, [APPROVAL])
    spec = spec_for(actor.organization, INSTALLATION)
    rows = spec.model._default_manager.filter(custom__state=PLANNED, owner__isnull=False)  # noqa: SLF001 Django's own name
    dearest = sorted(rows, key=lambda row: Decimal(row.custom.get("price") or 0), reverse=True)[:ASKED]
    for row, reason in zip(dearest, REASONS, strict=True):
        starter = actor_for(User.objects.select_related("organization").get(pk=str(row.owner_id)))
        start_approval(starter, flow.pk, spec, row.pk, reason=reason)
