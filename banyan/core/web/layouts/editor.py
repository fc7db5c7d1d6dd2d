"""The page on which a layout is made: every step is kept at once as a draft, can be taken back, and shows beside."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Invalid, Stale
from banyan.core.layouts import steps
from banyan.core.layouts.checking import missing_fields
from banyan.core.layouts.content import MAIN, SIDE, TOP, Block, Part, Place, Plan
from banyan.core.layouts.models import Layout
from banyan.core.layouts.record_types import types_in_order
from banyan.core.layouts.resolution import placeable
from banyan.core.layouts.services import (
    discard_draft,
    publish_layout,
    remove_layout,
    restarted,
    take_back,
    take_step,
    working_plan,
)
from banyan.core.objects.spec import Child, ObjectSpec
from banyan.core.web.answers import is_partial, part, tell
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.layouts.blocks import with_all_blocks
from banyan.core.web.layouts.naming import DEVICE_NAMES, PLACE_NAMES, audience, block_name
from banyan.core.web.layouts.overview import PAGE, URL, layout_named
from banyan.core.web.layouts.preview import records_to_show
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.record_children import children_of
from banyan.core.web.settings.pages import saved, settings_answer
from banyan.core.web.views.base import signed_in

Step = Callable[[Plan, QueryDict], Plan]


def _index(sent: QueryDict) -> int:
    text = sent.get("index", "")
    return int(text) if text.isdecimal() else steps.LAST


#: What the buttons of the editor, and dragging, do to a layout.
STEPS: dict[str, Step] = {
    "field.put": lambda plan, sent: steps.put_field(plan, sent.get("name", ""), sent.get("part", ""), _index(sent)),
    "field.up": lambda plan, sent: steps.shift_field(plan, sent.get("name", ""), -1),
    "field.down": lambda plan, sent: steps.shift_field(plan, sent.get("name", ""), 1),
    "field.drop": lambda plan, sent: steps.take_field(plan, sent.get("name", "")),
    "part.add": lambda plan, sent: steps.add_part(plan, sent.get("tab", "")),
    "part.put": lambda plan, sent: steps.put_part(plan, sent.get("key", ""), sent.get("tab", ""), _index(sent)),
    "part.up": lambda plan, sent: steps.shift_part(plan, sent.get("key", ""), -1),
    "part.down": lambda plan, sent: steps.shift_part(plan, sent.get("key", ""), 1),
    "part.drop": lambda plan, sent: steps.drop_part(plan, sent.get("key", "")),
    "tab.add": lambda plan, _sent: steps.add_tab(plan, {}),
    "tab.up": lambda plan, sent: steps.shift_tab(plan, sent.get("key", ""), -1),
    "tab.down": lambda plan, sent: steps.shift_tab(plan, sent.get("key", ""), 1),
    "tab.drop": lambda plan, sent: steps.drop_tab(plan, sent.get("key", "")),
    "block.up": lambda plan, sent: steps.shift_block(plan, sent.get("key", ""), -1),
    "block.down": lambda plan, sent: steps.shift_block(plan, sent.get("key", ""), 1),
    "block.put": lambda plan, sent: steps.put_block(plan, sent.get("key", ""), sent.get("place", ""), _index(sent)),
    "block.drop": lambda plan, sent: steps.drop_block(plan, sent.get("key", "")),
    "block.show": lambda plan, sent: steps.add_block(plan, block_of_key(sent.get("key", ""))),
}


def block_of_key(key: str) -> Block:
    """Return the panel or list of children that a key tells of, in its usual place."""
    kind, _colon, rest = key.partition(":")
    name, _colon, link = rest.partition(":")
    return Block(kind, SIDE, name) if not link else Block(kind, SIDE, object=name, link=link)


@signed_in("GET")
def editor(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Show a layout for work, with its preview."""
    spec, row = layout_named(request, object_name, layout_id)
    if is_partial(request):
        return _fresh(request, spec, row)
    roles = list(Role.objects.values_list("pk", "name"))
    context = {
        **context_of(request, spec, row),
        "preview": {
            "url": f"{URL}/{object_name}/{layout_id}/preview",
            "records": records_to_show(request.actor, spec),
            "roles": [{"value": str(pk), "label": name} for pk, name in roles],
            "role": str(row.role_id or ""),
            "device": row.device or "desktop",
        },
    }
    return settings_answer(request, PAGE, "settings/layouts/editor.html", context)


@signed_in("POST")
def step(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Change the draft by one step, and answer with the editor as it is then."""
    spec, row = layout_named(request, object_name, layout_id)
    wanted = STEPS.get(request.POST.get("do", ""))
    if wanted is None:
        return _fresh(request, spec, row)

    def change(plan: Plan) -> Plan:
        return wanted(plan if not _is_about_blocks(request) else _with_blocks(request, spec, plan), request.POST)

    try:
        row = take_step(request.actor, row, change, revision=revision_of(request))
    except Stale as problem:
        answer = _fresh(request, spec, layout_named(request, object_name, layout_id)[1])
        return tell(answer, toast={"text": str(problem.message), "kind": "warning"})
    return _fresh(request, spec, row)


@signed_in("POST")
def undo(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Take the last step back."""
    spec, row = layout_named(request, object_name, layout_id)
    return _fresh(request, spec, take_back(request.actor, row))


@signed_in("POST")
def restart(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Begin anew from the product's own layout, as one step."""
    spec, row = layout_named(request, object_name, layout_id)
    return _fresh(request, spec, take_step(request.actor, row, restarted(spec)))


@signed_in("POST")
def publish(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Put the draft into effect."""
    spec, row = layout_named(request, object_name, layout_id)
    try:
        publish_layout(request.actor, row)
    except Invalid as problem:
        if not is_partial(request):
            raise
        answer = _fresh(request, spec, row, problems=[str(error.message) for error in problem.errors])
        answer.undo_writes = True  # type: ignore[attr-defined]  # read by the middleware that holds the transaction
        return answer
    return saved(request, _("The layout is in effect for everybody now."), f"{URL}/{object_name}")


@signed_in("POST")
def discard(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Forget the draft."""
    _spec, row = layout_named(request, object_name, layout_id)
    kept = discard_draft(request.actor, row)
    url = f"{URL}/{object_name}/{layout_id}" if kept else f"{URL}/{object_name}"
    return saved(request, _("The draft is discarded."), url)


@signed_in("POST")
def remove(request: SignedInRequest, object_name: str, layout_id: uuid.UUID) -> HttpResponse:
    """Do without the layout: what is next closest, or the product's own, holds again."""
    _spec, row = layout_named(request, object_name, layout_id)
    remove_layout(request.actor, row)
    return saved(request, _("The layout is gone; the next closest one holds again."), f"{URL}/{object_name}")


def revision_of(request: SignedInRequest) -> int | None:
    """Return the step that the page was at."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() else None


def _is_about_blocks(request: SignedInRequest) -> bool:
    return request.POST.get("do", "").startswith("block.")


def _with_blocks(request: SignedInRequest, spec: ObjectSpec, plan: Plan) -> Plan:
    return with_all_blocks(request.actor, spec, children_of(request.actor, spec), plan)


def _fresh(request: SignedInRequest, spec: ObjectSpec, row: Layout, problems: list[str] | None = None) -> HttpResponse:
    context = {**context_of(request, spec, row), "problems": problems or []}
    return tell(part(request, "settings/layouts/_editor.html", context), layout_changed=True)


def context_of(request: SignedInRequest, spec: ObjectSpec, row: Layout) -> dict[str, Any]:
    """Return the keys of ``settings/layouts/_editor.html``."""
    plan = working_plan(row, spec)
    types = {entry.code: entry for entry in types_in_order(spec.name)}
    described = _Described(request, spec, plan)
    return {
        "url": f"{URL}/{spec.name}/{row.pk}",
        "back_url": f"{URL}/{spec.name}",
        "object_label": str(spec.label_plural),
        "title": audience(row, types),
        "device_name": str(DEVICE_NAMES[row.device]),
        "revision": row.revision,
        "state": {
            "in_effect": row.content is not None,
            "draft": row.draft is not None,
            "steps": len(row.steps),
        },
        "tabs": described.tabs(),
        "unused": described.unused(),
        "places": described.places(),
        "hidden_blocks": described.hidden_blocks(),
        "columns": [str(spec.all_fields[name].label) for name in plan.columns],
        "missing": [str(entry.label) for entry in missing_fields(plan, spec)],
        "problems": [],
    }


class _Described:
    """The parts of a layout as the editor shows them."""

    def __init__(self, request: SignedInRequest, spec: ObjectSpec, plan: Plan) -> None:
        self.actor = request.actor
        self.spec = spec
        self.plan = plan
        self.children: list[Child] = children_of(request.actor, spec)

    def tabs(self) -> list[dict[str, Any]]:
        return [
            {"key": tab.key, "title": tab.title, "parts": [self._part(part) for part in tab.parts]}
            for tab in self.plan.tabs
        ]

    def unused(self) -> list[dict[str, Any]]:
        placed = set(self.plan.names())
        names = [name for name in placeable(self.spec) if name not in placed]
        return [{"name": name, "label": str(self.spec.all_fields[name].label)} for name in names]

    def places(self) -> list[dict[str, Any]]:
        blocks = with_all_blocks(self.actor, self.spec, self.children, self.plan).blocks
        return [
            {
                "place": place,
                "label": str(PLACE_NAMES[place]),
                "blocks": [
                    {"key": block.key, "kind": block.kind, "label": name}
                    for block in blocks
                    if block.place == place and (name := block_name(self.actor, self.spec, block, self.children))
                ],
            }
            for place in (TOP, MAIN, SIDE)
        ]

    def hidden_blocks(self) -> list[dict[str, Any]]:
        named = ((key, block_name(self.actor, self.spec, block_of_key(key), self.children)) for key in self.plan.hidden)
        return [{"key": key, "label": name} for key, name in named if name]

    def _part(self, part: Part) -> dict[str, Any]:
        return {
            "key": part.key,
            "title": part.title,
            "columns": part.columns,
            "folded": part.folded,
            "show": self._words(part.show),
            "fields": [self._place(place) for place in part.places],
        }

    def _place(self, place: Place) -> dict[str, Any]:
        entry = self.spec.all_fields[place.name]
        return {
            "name": place.name,
            "label": str(entry.label),
            "kind": str(entry.kind.label),
            "wide": place.wide,
            "required": place.required or (entry.required and not entry.read_only),
            "read_only": place.read_only,
            "show": self._words(place.show),
            "require": self._words(place.require),
        }

    def _words(self, tree: Any) -> str:
        return condition_in_words(self.actor, self.spec, tree) if tree else ""
