"""Examples to begin with: complete processes that an administrator adapts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Department
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.registry import Registry
from banyan.core.listing.filters import live_rows, parse_tree
from banyan.core.objects.customising import FieldDraft, create_custom_field, customisable
from banyan.core.objects.modules import specs_on
from banyan.core.objects.pick_lists import set_options
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.models import Process
from banyan.core.processes.receiving import head_of
from banyan.core.processes.rules import (
    Check,
    Definition,
    Gate,
    Item,
    Limit,
    Outcome,
    Reason,
    Receiver,
    Stage,
    WorkingTime,
    usual_moves,
)
from banyan.core.processes.services import NewProcess, create_process, first_definition

Texts = dict[str, str]


@dataclass(frozen=True)
class Template:
    """An example: for which object it is, and what makes it there."""

    key: str
    label: Any
    text: Any
    icon: str
    object_name: str
    build: Callable[[Actor, ObjectSpec], Process]


@dataclass(frozen=True)
class _Step:
    """A stage of an example, with what its value is called and which departments it belongs to by name."""

    code: str
    names: Texts
    color: str = "blue"
    outcome: str = Outcome.OPEN
    departments: Sequence[str] = ()
    days: int = 0
    items: Sequence[tuple[str, Texts]] = ()
    entry: Gate = field(default_factory=Gate)
    exit: Gate = field(default_factory=Gate)


templates: Registry[Template] = Registry("process templates")
HOURS_OF_A_DAY = 9

_PRODUCTION = (
    _Step(
        "contract_review", {"zh": "合同评审", "en": "Contract review"}, departments=("销售", "sales"), days=2,
        items=(("specification", {"zh": "规格与图号已与客户确认", "en": "Specification confirmed by the customer"}),
               ("credit", {"zh": "信用额度已核对", "en": "Credit limit checked"})),
        exit=Gate(fields=("deliver_on", "amount")),
    ),
    _Step(
        "engineering", {"zh": "技术设计", "en": "Engineering"}, "cyan", departments=("技术", "工程", "研发", "engineering"), days=5,
        items=(("bill", {"zh": "物料清单已下达", "en": "Bill of materials released"}),), exit=Gate(file=True),
    ),
    _Step(
        "procurement", {"zh": "物料采购", "en": "Procurement"}, "teal", departments=("采购", "procurement", "purchas"), days=10,
        items=(("complete", {"zh": "物料已齐套", "en": "Materials complete"}),),
    ),
    _Step(
        "production", {"zh": "生产制造", "en": "Production"}, "purple", departments=("生产", "制造", "production"), days=10,
        items=(("report", {"zh": "工序已全部报工", "en": "All operations reported"}),),
    ),
    _Step(
        "quality", {"zh": "质量检验", "en": "Quality inspection"}, "orange", departments=("质量", "品质", "quality"), days=2,
        items=(("passed", {"zh": "出厂检验合格", "en": "Final inspection passed"}),), exit=Gate(file=True),
    ),
    _Step(
        "shipping", {"zh": "包装发货", "en": "Shipping"}, "yellow", departments=("仓", "物流", "发货", "logistics", "warehouse"), days=3,
        items=(("documents", {"zh": "随货单据齐全", "en": "Shipping documents complete"}),),
    ),
    _Step("delivered", {"zh": "已交付", "en": "Delivered"}, "green", Outcome.DONE),
    _Step("cancelled", {"zh": "已取消", "en": "Cancelled"}, "grey", Outcome.CANCELLED),
)  # fmt: skip
_WHY_CANCELLED = (
    Reason("customer", {"zh": "客户取消", "en": "Cancelled by the customer"}),
    Reason("credit", {"zh": "信用不足", "en": "Credit refused"}),
    Reason("technical", {"zh": "技术无法实现", "en": "Not feasible"}),
)


def templates_for(actor: Actor) -> list[Template]:
    """Return the examples whose object is in use."""
    on = specs_on(actor.organization)
    return [template for template in templates if template.object_name in on]


@transaction.atomic
def use_template(actor: Actor, key: str) -> Process:
    """Make a process from an example, as a draft; raise ``Missing`` when there is no such example."""
    require_ability(actor, Ability.CUSTOMISE)
    template = next((one for one in templates_for(actor) if one.key == key), None)
    if template is None:
        raise Missing("not_found", _("There is no such example."))
    return template.build(actor, specs_on(actor.organization)[template.object_name])


def _make_production(actor: Actor, spec: ObjectSpec) -> Process:
    """Make the process of an order through the departments of a manufacturer, with a field for its stages."""
    if not customisable(spec):
        raise Missing("not_found", _("There is no such object."))
    labels = {"zh": "生产阶段", "en": "Production stage"}
    made = create_custom_field(actor, spec.name, FieldDraft("choice", labels))
    language = "zh" if actor.organization.language.startswith("zh") else "en"
    rows = [{"code": step.code, "label": step.names[language], "color": step.color} for step in _PRODUCTION]
    set_options(actor, f"{spec.name}.{made.name}", rows)
    departments = list(Department.objects.order_by("position", "name"))
    stages = tuple(_stage(step, departments, spec) for step in _PRODUCTION)
    definition = usual_moves(Definition(stages, back_needs_reason=True, working=WorkingTime()))
    names = {"zh": "生产订单跨部门流转", "en": "Manufacturing order across departments"}
    return create_process(actor, NewProcess(spec.name, made.name, names, definition=definition, key="manufacturing"))


def _stage(step: _Step, departments: Sequence[Department], spec: ObjectSpec) -> Stage:
    fits = [one for one in departments if any(word in one.name.casefold() for word in step.departments)]
    headed = next((one for one in fits if head_of(one.pk) is not None), None)
    known = tuple(name for name in step.exit.fields if name in spec.writable_fields)
    return Stage(
        key=step.code,
        outcome=step.outcome,
        exit=replace(step.exit, fields=known),
        entry=step.entry,
        checklist=tuple(Item(key, texts) for key, texts in step.items),
        handover=Receiver("department", str(headed.pk)) if headed is not None else Receiver(),
        limit=Limit(step.days * HOURS_OF_A_DAY, HOURS_OF_A_DAY if step.days > 1 else 0) if step.days else Limit(),
        reasons=_WHY_CANCELLED if step.outcome == Outcome.CANCELLED else (),
        needs_comment=step.outcome == Outcome.CANCELLED,
    )


def _make_gates(actor: Actor, spec: ObjectSpec) -> Process:
    """Make gates for the opportunities of the pipeline that is used by default."""
    entry = spec.all_fields["stage"]
    group = getattr(entry.kind, "narrowed_by", "")
    target = specs_on(actor.organization)[getattr(spec.all_fields[group].kind, "target", "")]
    rows = live_rows(system_actor(actor.organization), target).order_by("-is_default", "position")
    pipeline, name = rows.values_list("pk", target.title).first() or (None, "")
    if pipeline is None:
        raise Missing("not_found", _("There is no such example."))
    condition = {"field": group, "op": "eq", "value": str(pipeline)}
    definition = first_definition(actor, spec, entry, parse_tree(condition))
    open_keys = [stage.key for stage in definition.stages if stage.is_open]
    gates = _gates_of_sales()
    stages = []
    for stage in definition.stages:
        if stage.is_open:
            changed = gates[min(open_keys.index(stage.key), len(gates) - 1)]
            stages.append(replace(stage, **changed))
        elif stage.outcome == Outcome.WON:
            worth = Check(
                {"field": "amount", "op": "gt", "value": 0},
                {"zh": "赢单前请填写成交金额。", "en": "Fill in the amount before it is won."},
            )
            stages.append(replace(stage, entry=Gate((worth,))))
        else:
            stages.append(replace(stage, entry=Gate(fields=("reason",))))
    whole = replace(definition, stages=tuple(stages), back_needs_reason=True, working=WorkingTime())
    names = {"zh": f"商机阶段门（{name}）", "en": f"Opportunity gates ({name})"}
    return create_process(actor, NewProcess(spec.name, "stage", names, condition, whole, key="opportunity_gates"))


def _gates_of_sales() -> list[dict[str, Any]]:
    """Return what the open stages of a pipeline ask for before one goes on, from the first to the last."""
    week = 5 * HOURS_OF_A_DAY
    return [
        {
            "exit": Gate(fields=("contact",)),
            "checklist": (Item("need", {"zh": "已了解客户的真实需求", "en": "The customer's need is understood"}),),
            "limit": Limit(2 * week, HOURS_OF_A_DAY),
        },
        {
            "exit": Gate(fields=("amount", "expected_close_on")),
            "checklist": (
                Item("decider", {"zh": "已见到决策人", "en": "Met the person who decides"}),
                Item("budget", {"zh": "预算已确认", "en": "Budget confirmed"}),
            ),
            "limit": Limit(2 * week, HOURS_OF_A_DAY),
        },
        {"exit": Gate(fields=("next_step",), file=True), "limit": Limit(2 * week, HOURS_OF_A_DAY)},
        {
            "checklist": (Item("terms", {"zh": "付款与交付条款已谈妥", "en": "Terms of payment and delivery agreed"}),),
            "limit": Limit(4 * week, week),
        },
    ]


def register_templates() -> None:
    """Register the examples of the product; apps above may add theirs."""
    templates.add(
        "manufacturing",
        Template(
            "manufacturing",
            gettext_lazy("Manufacturing order across departments"),
            gettext_lazy(
                "From contract review through engineering, procurement, production, inspection and shipping: "
                "checklists, files and time limits for each department."
            ),
            "building-factory-2",
            "order",
            _make_production,
        ),
    )
    templates.add(
        "opportunity_gates",
        Template(
            "opportunity_gates",
            gettext_lazy("Gates for opportunities"),
            gettext_lazy(
                "For the default pipeline: what must be known before a deal goes on, how long it may rest, "
                "and why it was lost."
            ),
            "target",
            "opportunity",
            _make_gates,
        ),
    )
