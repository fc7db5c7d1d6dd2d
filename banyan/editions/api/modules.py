"""Editions and modules for programs: what is on, what another choice would change, and choosing it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, register_route
from banyan.core.objects.choosing import choose
from banyan.core.objects.modules import EVERY_EDITION, Mixture, mixture_of
from banyan.editions.switching.surface import preview
from banyan.editions.switching.telling import chosen, told
from banyan.editions.switching.wishes import wished_of

Json = dict[str, Any]
NAMES: Json = {"type": "array", "items": {"type": "string"}}
TEXT: Json = {"type": "string"}
WISH: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "edition": {"type": "string", "enum": list(EVERY_EDITION)},
        "modules": {**NAMES, "description": "Exactly these are on."},
        "switch_on": {**NAMES, "description": "With all that they need."},
        "switch_off": {**NAMES, "description": "With all that need them."},
        "plain": {"type": "boolean", "description": "Exactly as the edition has it."},
    },
    "example": {"switch_on": ["quotes"]},
}
MODULE: Json = {
    "type": "object",
    "properties": {
        "name": TEXT, "label": TEXT, "purpose": TEXT, "needed_by": TEXT, "not_needed_by": TEXT,
        "editions": NAMES, "requires": NAMES, "is_on": {"type": "boolean"},
    },
    "required": ["name", "label", "purpose", "editions", "requires", "is_on"],
}  # fmt: skip
CHOICE: Json = {
    "type": "object",
    "properties": {"edition": TEXT, "modules": {"type": "array", "items": MODULE}},
    "required": ["edition", "modules"],
}
PREVIEW: Json = {
    "type": "object",
    "properties": {
        "edition": TEXT, "comes": NAMES, "goes": NAMES,
        "appears": {"type": "object", "additionalProperties": NAMES},
        "disappears": {"type": "object", "additionalProperties": NAMES},
        "stops": {"type": "array", "items": {"type": "object"}},
        "kept": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["edition", "comes", "goes", "appears", "disappears", "stops", "kept"],
}  # fmt: skip


def show(call: Call) -> Answer:
    """Answer with what is on."""
    call.allow_only(())
    require_ability(call.actor, Ability.MANAGE_ORGANIZATION)
    return Answer(chosen(call.actor.organization))


def look(call: Call) -> Answer:
    """Answer with what another choice would change."""
    call.allow_only(())
    require_ability(call.actor, Ability.MANAGE_ORGANIZATION)
    return Answer(told(preview(call.actor, _wished(call))))


def change(call: Call) -> Answer:
    """Choose, and answer with what is on now."""
    call.allow_only(())
    require_ability(call.actor, Ability.MANAGE_ORGANIZATION)
    choose(call.actor, _wished(call))
    return Answer(chosen(call.actor.organization))


def _wished(call: Call) -> Mixture:
    return wished_of(mixture_of(call.actor.organization), call.json())


def register() -> None:
    """Add the paths."""
    tag = _("Editions and modules")
    register_route(
        Route("GET", "/modules", show, Operation(
            id="show_modules", summary=_("Show edition and modules"), tag=tag,
            replies={200: Reply(_("What is on, and what there is."), CHOICE)}))
    )  # fmt: skip
    register_route(
        Route("POST", "/modules/preview", look, Operation(
            id="preview_modules", summary=_("Say what another choice would change"), tag=tag, body=WISH,
            description=_("Nothing is changed by it."), problems=(400, 415, 422),
            replies={200: Reply(_("What appears, disappears, stops and is kept."), PREVIEW)}))
    )  # fmt: skip
    register_route(
        Route("PATCH", "/modules", change, Operation(
            id="choose_modules", summary=_("Choose edition and modules"), tag=tag, body=WISH,
            description=_("Nothing is deleted: what goes keeps its records and has them again when it comes back."),
            problems=(400, 415, 422), replies={200: Reply(_("What is on now."), CHOICE)}))
    )  # fmt: skip
