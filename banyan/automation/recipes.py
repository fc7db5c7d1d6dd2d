"""Ready-made rules: useful from the first day, and examples of how one writes them.

The texts that rules write are made in the organization's language when the recipe is taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from banyan.automation.models import AutomationRule
from banyan.automation.services import create_rule, enable, require_editing, save_version
from banyan.automation.setting import Setting
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Department, User
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.objects.modules import specs_on

Definition = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One rule of a recipe: its name, the object it is about, and what it does."""

    name: Any
    object_name: str
    build: Callable[[Actor], Definition]


@dataclass(frozen=True)
class Recipe:
    """A ready-made rule, or several that belong together; ``is_basic`` ones belong to every edition."""

    key: str
    name: Any
    text: Any
    icon: str
    parts: tuple[Part, ...]
    objects: tuple[str, ...] = ()
    is_basic: bool = False


def _rule(trigger: str, config: Definition, *steps: Definition, record: Any = None) -> Definition:
    return {
        "trigger": {"kind": trigger, "config": config},
        "condition": {"record": record} if record else {},
        "steps": list(steps),
    }


def _step(kind: str, **config: Any) -> Definition:
    own: Definition = {name: config.pop(name) for name in ("branches", "otherwise", "steps") if name in config}
    return {"id": secrets.token_hex(4), "kind": kind, "config": config, **own}


def _is(field: str, value: Any, op: str = "eq") -> Definition:
    return {"field": field, "op": op, "value": value}


def _set(**values: Any) -> Definition:
    return _step(
        "set_fields", values=[{"field": name, "source": "value", "value": value} for name, value in values.items()]
    )


def _people() -> list[str]:
    """Return those who get new customers at first: everybody who may sign in, the administrator changes that."""
    return [str(pk) for pk in User.objects.filter(is_active=True).order_by("name").values_list("pk", flat=True)[:20]]


OWNER = {"fields": ["owner"]}
OWNER_AND_SUPERIOR = {"fields": ["owner"], "superiors": True}


def _assign_new(actor: Actor) -> Definition:
    return _rule(
        "created", {},
        _step("assign", field="owner", way="turn", people=_people()),
        _step("notify", to=OWNER, text=_("New customer for you: {name}, {phone}")),
        record=_is("owner", value=True, op="isnull"),
    )  # fmt: skip


def _before_delivery(actor: Actor) -> Definition:
    return _rule(
        "date", {"field": "deliver_on", "days": -3, "hour": 9},
        _step("notify", to=OWNER, text=_("{name} for {customer} has to be delivered on {deliver_on}.")),
        record=_is("status", "confirmed"),
    )  # fmt: skip


def _big_opportunity(actor: Actor) -> Definition:
    return _rule(
        "saved", {"fields": ["amount"]},
        _step("notify", to={"superiors": True, "fields": ["owner"]}, text=_("Big opportunity: {name}, {amount}, {customer}")),
        record={"all": [_is("amount", "100000", op="gte"), _is("outcome", "open")]},
    )  # fmt: skip


def _welcome(actor: Actor) -> Definition:
    return _rule(
        "reached", {"field": "status", "to": ["active"]},
        _step("task", title=_("Welcome {name}"), days=2, to=OWNER,
              checklist=_("Call and say thank you\nName the people to turn to\nAgree on the next meeting")),
    )  # fmt: skip


def _silence(actor: Actor) -> Definition:
    return _rule(
        "date", {"field": "last_activity_at", "days": 30, "hour": 9},
        _step("task", title=_("Get in touch with {name} again"), days=1, to=OWNER),
        record=_is("status", ["prospect", "active"], op="in"),
    )  # fmt: skip


def _stuck(actor: Actor) -> Definition:
    return _rule(
        "schedule", {"every": "weekly", "weekday": 0, "hour": 8, "minute": 0, "filter": {"all": [_is("outcome", "open"), _is("expected_close_on", "today", op="lt")]}},
        _step("task", title=_("{name}: the expected close has passed. What now?"), days=3, to=OWNER),
    )  # fmt: skip


def _lost(actor: Actor) -> Definition:
    return _rule(
        "reached", {"field": "outcome", "to": ["lost"]},
        _step("branch", branches=[
            {"id": "big", "name": _("A big one"), "condition": {"record": _is("amount", "100000", op="gte")},
             "steps": [_step("notify", to=OWNER_AND_SUPERIOR, text=_("Lost: {name}, {amount}. Reason: {reason}"))]},
        ], otherwise=[]),
        _step("wait", mode="for", amount=90, unit="days"),
        _step("task", title=_("Ask {customer} again after the lost opportunity {name}"), days=5, to=OWNER),
    )  # fmt: skip


def _birthday_of_order(actor: Actor) -> Definition:
    return _rule(
        "reached", {"field": "status", "to": ["completed"]},
        _step("wait", mode="for", amount=14, unit="days"),
        _step("task", title=_("Ask {customer} how satisfied they are with {name}"), days=3, to=OWNER),
    )  # fmt: skip


def _dormant(actor: Actor) -> Definition:
    return _rule(
        "date", {"field": "last_activity_at", "days": 180, "hour": 7}, _set(status="dormant"), record=_is("status", "active"),
    )  # fmt: skip


def _overdue_task(actor: Actor) -> Definition:
    return _rule(
        "date", {"field": "due_on", "days": 3, "hour": 9},
        _step("notify", to={"fields": ["assignee", "owner"]}, text=_("Overdue for three days: {name}")),
        record=_is("status", "open"),
    )  # fmt: skip


def _button_escalate(actor: Actor) -> Definition:
    return _rule(
        "button", {"label": _("Ask for help"), "icon": "flag", "confirm": _("Tell the superior about this opportunity?")},
        _step("message", to={"superiors": True}, text=_("Help is needed here.")),
        _step("notify", to={"superiors": True}, text=_("Help is needed: {name}, {amount}")),
    )  # fmt: skip


def _web_lead(actor: Actor) -> Definition:
    mapping = [
        {"field": "name", "path": "company"}, {"field": "phone", "path": "phone"}, {"field": "email", "path": "email"},
        {"field": "needs", "path": "message"},
    ]  # fmt: skip
    return _rule(
        "hook", {"mode": "find_or_create", "match": "phone", "mapping": mapping},
        _step("assign", field="owner", way="turn", people=_people()),
        _step("task", title=_("Call {name} back: they wrote on the website"), days=0, to=OWNER, priority="high"),
    )  # fmt: skip


def _onboarding_team() -> dict[str, Any]:
    """Return who does onboarding at first: the department whose name says so, else the owner."""
    for word in ("service", "客服", "服务", "售后", "实施", "交付", "success", "onboarding"):
        found = Department.objects.filter(name__icontains=word).first()
        if found is not None:
            return {"grantees": [f"department:{found.pk}"]}
    return OWNER


def _response(actor: Actor) -> Definition:
    """Answer to a campaign: whoever sends a form is a lead, and sales qualifies it."""
    return _rule(
        "form", {},
        _step("notify", to=OWNER, text=_("{name} answered to {campaign}.")),
        _step("task", title=_("Qualify {name}: need, budget, decision, date"), days=2, to=OWNER, priority="high"),
        record=_is("status", ["new", "contacted", "qualifying"], op="in"),
    )  # fmt: skip


def _converted(actor: Actor) -> Definition:
    """A lead that became a customer: whoever sells it plans the next step."""
    return _rule(
        "reached", {"field": "status", "to": ["converted"]},
        _step("task", title=_("{name} is a customer now: agree on the next step"), days=1, to=OWNER),
    )  # fmt: skip


def _won(actor: Actor) -> Definition:
    return _rule(
        "reached", {"field": "outcome", "to": ["won"]},
        _step("create_record", object="order", values=[
            {"field": "name", "source": "copy", "value": "name"}, {"field": "customer", "source": "copy", "value": "customer"},
            {"field": "opportunity", "source": "record"}, {"field": "amount", "source": "copy", "value": "amount"},
            {"field": "currency", "source": "copy", "value": "currency"}, {"field": "owner", "source": "copy", "value": "owner"},
            {"field": "status", "source": "value", "value": "confirmed"},
        ]),
        _step("notify", to=OWNER, text=_("{name} is won. The order is made and onboarding begins.")),
    )  # fmt: skip


def _onboard(actor: Actor) -> Definition:
    team = _onboarding_team()
    steps = [
        _step("task", title=_("Onboarding of {customer}: first call"), days=1, to=team, priority="high",
              checklist=_("Read what sales agreed\nCall the customer\nFix date and people")),
        _step("task", title=_("Onboarding of {customer}: set up and train"), days=7, to=team),
        _step("task", title=_("Onboarding of {customer}: hand over and ask for feedback"), days=21, to=team),
        _step("message", to=team, text=_("Onboarding begins: {name}")),
    ]  # fmt: skip
    if "ticket" in specs_on(actor.organization):
        steps.insert(0, _step("create_record", object="ticket", values=[
            {"field": "name", "source": "text", "value": _("Onboarding of {customer}")},
            {"field": "description", "source": "text", "value": _("Sold as “{name}”. Read what sales agreed, call the customer, fix date and people.")},
            {"field": "customer", "source": "copy", "value": "customer"},
            {"field": "kind", "source": "value", "value": "onboarding"},
            {"field": "channel", "source": "value", "value": "api"},
        ]))  # fmt: skip
    if "grantees" in team:
        steps.insert(0, _step("share", grantees=team["grantees"], access="view"))
    return _rule(
        "reached", {"field": "status", "to": ["confirmed"]}, *steps, record=_is("opportunity", value=False, op="isnull")
    )


def _late_ticket(actor: Actor) -> Definition:
    return _rule(
        "reached", {"field": "solve_breached", "to": ["true"]},
        _step("notify", to=OWNER_AND_SUPERIOR, text=_("Late: {name}, {customer}")),
        _step("task", title=_("Solve {name} today, or tell {customer} when"), days=0, to=OWNER, priority="high"),
        record=_is("state", ["new", "open", "waiting"], op="in"),
    )  # fmt: skip


def _answered_again(actor: Actor) -> Definition:
    return _rule(
        "answer", {"states": ["solved"]},
        _step("notify", to=OWNER_AND_SUPERIOR, text=_("Not solved after all? {customer} wrote again about “{name}”.")),
        _step("task", title=_("Answer {customer} today: {name}"), days=0, to=OWNER, priority="high"),
    )  # fmt: skip


def _campaign_response(actor: Actor) -> Definition:
    return _rule(
        "response", {},
        _step("task", title=_("{name} responded to a campaign: get in touch"), days=1, to=OWNER, priority="high"),
    )  # fmt: skip


def _campaign_over(actor: Actor) -> Definition:
    return _rule(
        "reached", {"field": "status", "to": ["done"]},
        _step("task", title=_("Results of {name}: what do we repeat?"), days=7, to=OWNER,
              checklist=_("Open all responses and give them to somebody\nCompare cost and won opportunities\nWrite down what to repeat")),
    )  # fmt: skip


RECIPES: dict[str, Recipe] = {
    recipe.key: recipe
    for recipe in (
        Recipe("assign_new", gettext_lazy("Give new customers without owner to the team in turn"),
               gettext_lazy("A customer that comes in without owner, by import or interface, is given to somebody, who is told at once."),
               "user-check", (Part(gettext_lazy("Assign new customers in turn"), "customer", _assign_new),), is_basic=True),
        Recipe("before_delivery", gettext_lazy("Remind before an order is due"),
               gettext_lazy("Three days before delivery the owner of a confirmed order is reminded."),
               "calendar-due", (Part(gettext_lazy("Remind before delivery"), "order", _before_delivery),), is_basic=True),
        Recipe("big_opportunity", gettext_lazy("Tell the superior about big opportunities"),
               gettext_lazy("When the amount of an open opportunity reaches 100,000, the owner's superior is told."),
               "bell", (Part(gettext_lazy("Tell of big opportunities"), "opportunity", _big_opportunity),), is_basic=True),
        Recipe("welcome", gettext_lazy("Welcome new customers"),
               gettext_lazy("When a customer becomes active, the owner gets a task with a checklist."),
               "checkbox", (Part(gettext_lazy("Welcome new customers"), "customer", _welcome),), is_basic=True),
        Recipe("silence", gettext_lazy("Follow up on silence"),
               gettext_lazy("After thirty days without a follow-up the owner gets a task."),
               "clock", (Part(gettext_lazy("Follow up on silence"), "customer", _silence),), is_basic=True),
        Recipe("hand_over", gettext_lazy("From campaign response to onboarding, across departments"),
               gettext_lazy("Whoever answers to a campaign by a form becomes a lead that sales qualifies and converts; a won opportunity becomes"
                            " an order; a confirmed order is shared with the service department and opens onboarding: a ticket, where tickets are used, and tasks."),
               "git-merge", (
                   Part(gettext_lazy("1. A campaign response becomes a lead to qualify"), "lead", _response),
                   Part(gettext_lazy("2. A converted lead gets its next step"), "lead", _converted),
                   Part(gettext_lazy("3. A won opportunity becomes an order"), "opportunity", _won),
                   Part(gettext_lazy("4. A confirmed order opens onboarding"), "order", _onboard),
               )),
        Recipe("web_lead", gettext_lazy("Take enquiries from your website"),
               gettext_lazy("A form of your website sends to a secret address: the customer is found or created, given to somebody, and called back today."),
               "world", (Part(gettext_lazy("Enquiries from the website"), "customer", _web_lead),)),
        Recipe("stuck", gettext_lazy("Tidy up opportunities every Monday"),
               gettext_lazy("For each open opportunity whose expected close has passed, the owner gets a task."),
               "calendar-event", (Part(gettext_lazy("Opportunities past their date"), "opportunity", _stuck),)),
        Recipe("lost", gettext_lazy("Learn from lost opportunities and ask again"),
               gettext_lazy("A big loss is told to the superior; ninety days later the owner is asked to try again."),
               "repeat", (Part(gettext_lazy("After a lost opportunity"), "opportunity", _lost),)),
        Recipe("satisfaction", gettext_lazy("Ask for satisfaction after an order"),
               gettext_lazy("Two weeks after an order is completed the owner asks the customer."),
               "star", (Part(gettext_lazy("Ask after an order"), "order", _birthday_of_order),)),
        Recipe("dormant", gettext_lazy("Mark silent customers as dormant"),
               gettext_lazy("An active customer without follow-up for half a year becomes dormant."),
               "moon", (Part(gettext_lazy("Dormant customers"), "customer", _dormant),)),
        Recipe("overdue", gettext_lazy("Chase overdue tasks"),
               gettext_lazy("Three days after its due date, whoever has to do a task and whoever gave it are told."),
               "alert-triangle", (Part(gettext_lazy("Overdue tasks"), "task", _overdue_task),)),
        Recipe("late_ticket", gettext_lazy("Ask the superior to help with late tickets"),
               gettext_lazy("When a ticket is not solved in the promised time, the owner and their superior are told, and the owner gets a task for today."),
               "clock", (Part(gettext_lazy("Promised time has passed: a second pair of eyes"), "ticket", _late_ticket),), ("task",)),
        Recipe("answered_again", gettext_lazy("See that nobody overlooks an answer to a solved ticket"),
               gettext_lazy("When a customer writes again about a solved ticket, the owner and their superior are told, and the owner gets a task for today."),
               "message-reply", (Part(gettext_lazy("Answer to a solved ticket"), "ticket", _answered_again),), ("task",)),
        Recipe("campaign_response", gettext_lazy("Get in touch with whoever responds to a campaign"),
               gettext_lazy("When a contact or a lead responds to a campaign, their owner gets a task for tomorrow."),
               "speakerphone", (
                   Part(gettext_lazy("A contact responds to a campaign"), "contact", _campaign_response),
                   Part(gettext_lazy("A lead responds to a campaign"), "lead", _campaign_response),
               ), ("task", "campaign")),
        Recipe("campaign_over", gettext_lazy("Look at the results when a campaign is over"),
               gettext_lazy("When a campaign is set to done, its owner gets a task to look at the responses and decide what to repeat."),
               "star", (Part(gettext_lazy("Check results when a campaign ends"), "campaign", _campaign_over),), ("task",)),
        Recipe("ask_help", gettext_lazy("A button to ask for help"),
               gettext_lazy("A button on opportunities tells the superior that help is needed."),
               "flag", (Part(gettext_lazy("Ask for help"), "opportunity", _button_escalate),)),
    )
}  # fmt: skip


def fits(setting: Setting, recipe: Recipe) -> bool:
    """Say whether the organization has the objects that a recipe needs."""
    wanted = {part.object_name for part in recipe.parts} | set(recipe.objects)
    if recipe.key in {"welcome", "silence", "hand_over"}:
        wanted.add("task")
    return wanted <= setting.specs.keys()


def offered(setting: Setting, *, is_whole: bool) -> list[dict[str, Any]]:
    """Return the recipes as cards, with whether each is taken; only those of every edition without the whole app."""
    taken = set(AutomationRule.objects.exclude(recipe="").values_list("recipe", flat=True))
    return [
        {
            "key": recipe.key, "name": str(recipe.name), "text": str(recipe.text), "icon": recipe.icon,
            "is_taken": recipe.key in taken, "url": f"/automation/recipes/{recipe.key}", "count": len(recipe.parts),
        }
        for recipe in RECIPES.values()
        if fits(setting, recipe) and (is_whole or recipe.is_basic)
    ]  # fmt: skip


@transaction.atomic
def take(actor: Actor, key: str, *, is_whole: bool) -> list[AutomationRule]:
    """Make the rules of a recipe; without the whole app they are switched on at once. Raises ``Missing``, ``Conflict``."""
    require_ability(actor, Ability.CUSTOMISE)
    recipe, setting = RECIPES.get(key), Setting(actor.organization)
    if recipe is None or not fits(setting, recipe) or not (is_whole or recipe.is_basic):
        raise Missing("not_found", _("There is no such ready-made rule."))
    if is_whole:
        require_editing(actor)
    if AutomationRule.objects.filter(recipe=key).exists():
        raise Conflict("taken", _("You have this rule already."))
    made = []
    for part in recipe.parts:
        with override(actor.organization.language):
            definition, name, text = part.build(actor), str(part.name), str(recipe.text)
        rule = create_rule(
            actor, name=name, spec=setting.specs[part.object_name], definition=definition, description=text, recipe=key
        )
        rule = save_version(actor, rule)
        made.append(rule if is_whole else enable(actor, rule))
    return made
