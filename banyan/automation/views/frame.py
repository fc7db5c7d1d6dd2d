"""What the pages of automation share: who may open them, their frame, dialogs, and the filter editor with parents."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from jinja2.utils import htmlsafe_json_dumps

from banyan.automation.choices import MODULE, READY_RULES
from banyan.automation.models import AutomationRule
from banyan.automation.services import find_rule, require_editing
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext
from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.errors import Missing
from banyan.core.listing.filters import Condition, Group, Node, parse_tree, to_q, tree_to_json
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import part, wants_dialog
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.filtering import FILTER_ID, filter_fields, with_labels
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import undone_if_wrong
from banyan.core.web.settings.pages import require_page, settings_answer
from banyan.core.web.wording import labels_of_filter

PAGE, URL = "automation", "/automation"
MOST_PARENTS = 8


def may_open(actor: Actor) -> bool:
    """Say whether somebody may open the pages at all: whoever customises, where there are rules or ready ones."""
    organization = actor.organization
    return module_is_on(organization, MODULE) or module_is_on(organization, READY_RULES)


def is_whole(actor: Actor) -> bool:
    """Say whether the organization may make rules of its own."""
    return module_is_on(actor.organization, MODULE)


@dataclass
class Editing:
    """A rule that is open in the editor."""

    request: SignedInRequest
    rule: AutomationRule
    setting: Setting
    spec: ObjectSpec

    @classmethod
    def of(cls, request: SignedInRequest, rule_id: uuid.UUID, *, changes: bool = True) -> Editing:
        """Open a rule; raise ``Missing`` or ``NotAllowed``. ``changes`` wants the right to make rules."""
        require_page(request.actor, PAGE)
        if changes:
            require_editing(request.actor)
        rule = find_rule(rule_id)
        setting = Setting(request.actor.organization)
        spec = setting.specs.get(rule.object_name)
        if spec is None:
            raise Missing("not_found", _("The object of this rule is switched off or gone."))
        return cls(request, rule, setting, spec)

    @property
    def url(self) -> str:
        """Return the rule's address."""
        return f"{URL}/{self.rule.pk}"

    @property
    def context(self) -> StepContext:
        """Return what forms and sentences of the rule's own object need."""
        return self.about(self.spec)

    def about(self, spec: ObjectSpec) -> StepContext:
        """Return what forms and sentences of steps about an object need."""
        return StepContext(self.setting, self.rule, spec, self.request.actor)

    @property
    def crumbs(self) -> list[dict[str, str]]:
        """Return the way to the rule."""
        return [{"label": _("Automation"), "url": URL}, {"label": self.rule.name, "url": self.url}]


def answer(request: SignedInRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page of automation in the frame of the settings."""
    shown = {"can_customise": request.actor.has(Ability.CUSTOMISE), **context}
    return undone_if_wrong(settings_answer(request, PAGE, f"automation/{template}", shown, status=status))


def dialog(request: SignedInRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a form as a dialog, or as a page where no script asked for it; ``template`` holds the form alone."""
    if wants_dialog(request):
        return undone_if_wrong(part(request, f"automation/{template}", context, status=status))
    return answer(request, "dialog_page.html", {**context, "inner": f"automation/{template}"}, status=status)


def reader(actor: Actor) -> Actor:
    """Return the editor with all fields: rules name fields, they do not show values."""
    return replace(actor, is_system=True)


def builder_fields(setting: Setting, actor: Actor, spec: ObjectSpec) -> list[dict[str, Any]]:
    """Return the fields of a condition: those of the object, then those of the records that it points to."""
    everything = reader(actor)
    found = filter_fields(everything, spec)
    parents = [
        (name, entry, target) for name, entry in spec.links.items() if (target := setting.target_of(entry)) is not None
    ]
    for name, entry, target in parents[:MOST_PARENTS]:
        for inner in filter_fields(everything, target):
            found.append({**inner, "name": f"{name}.{inner['name']}", "label": f"{entry.label} › {inner['label']}"})
    return found


def condition_builder(
    editing: Editing, spec: ObjectSpec, tree: Any, *, url: str, submit_label: str = ""
) -> dict[str, Any]:
    """Return what the component ``filter_builder`` needs to edit a condition, parents included."""
    node = parse_tree(tree) if tree else None
    return {
        "id": f"{FILTER_ID}-rule",
        "fields_json": htmlsafe_json_dumps(builder_fields(editing.setting, editing.request.actor, spec)),
        "value": _labelled(editing.setting, spec, node) if node is not None else None,
        "hidden": [],
        "save_url": "",
        "url": url,
        "submit_label": submit_label or _("Save"),
    }


def _labelled(setting: Setting, spec: ObjectSpec, node: Node) -> dict[str, Any]:
    """Return a condition as the editor shows it: what links point to is named, of parents as well."""
    if isinstance(node, Group):
        return {node.mode: [_labelled(setting, spec, part) for part in node.parts]}
    name, dot, inner = node.field.partition(".")
    entry = spec.all_fields.get(name)
    target = setting.target_of(entry) if dot and entry else None
    if target is None:
        return with_labels(node, spec, labels_of_filter(node, spec, setting.system), setting.system)
    below = Condition(inner, node.operator, node.values)
    return {
        **with_labels(below, target, labels_of_filter(below, target, setting.system), setting.system),
        "field": node.field,
    }


def read_filter(setting: Setting, spec: ObjectSpec, sent: QueryDict) -> dict[str, Any]:
    """Return the condition that was sent; raise ``Invalid`` when a field or value in it is impossible."""
    node = parse_tree(sent_tree(sent))
    to_q(node, spec, setting.system)
    return tree_to_json(node)
