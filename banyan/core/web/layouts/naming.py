"""What layouts, their parts and their conditions are called by those who work on them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.layouts.content import CHART, CHILD, MAIN, SIDE, TOP, Block, in_language
from banyan.core.layouts.models import Device, Layout, RecordType
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Child, ObjectSpec
from banyan.core.web.layouts.blocks import figure_title, panel_named

PLACE_NAMES: dict[str, Any] = {
    TOP: gettext_lazy("Above everything"),
    MAIN: gettext_lazy("In the middle, above the timeline"),
    SIDE: gettext_lazy("Beside, on the right"),
}
DEVICE_NAMES: dict[str, Any] = {
    "": gettext_lazy("Computer and phone"),
    Device.DESKTOP: gettext_lazy("Computer"),
    Device.PHONE: gettext_lazy("Mobile phone"),
}
#: Icons that a type can have: those of the sprite that say something of a kind of records, with what they show.
TYPE_ICONS: dict[str, Any] = {
    "star": gettext_lazy("Star"),
    "building": gettext_lazy("Building"),
    "building-store": gettext_lazy("Shop"),
    "building-factory-2": gettext_lazy("Factory"),
    "building-community": gettext_lazy("Town"),
    "users": gettext_lazy("Team"),
    "user": gettext_lazy("One person"),
    "briefcase": gettext_lazy("Briefcase"),
    "world": gettext_lazy("Globe"),
    "shopping-cart": gettext_lazy("Shopping cart"),
    "package": gettext_lazy("Package"),
    "receipt": gettext_lazy("Receipt"),
    "target": gettext_lazy("Bull's eye"),
    "flag": gettext_lazy("Flag"),
    "rosette": gettext_lazy("Rosette"),
    "bolt": gettext_lazy("Bolt"),
    "tool": gettext_lazy("Tool"),
    "ticket": gettext_lazy("Ticket"),
    "truck": gettext_lazy("Truck"),
    "coin": gettext_lazy("Coin"),
}


def audience(row: Layout, types: dict[str, RecordType]) -> str:
    """Return for whom a layout is, in words."""
    kept = types.get(row.record_type)
    parts = [
        in_language(kept.labels) if kept else row.record_type,
        row.role.name if row.role else "",
        str(DEVICE_NAMES[row.device]) if row.device else "",
    ]
    return " · ".join(part for part in parts if part) or _("Everybody")


def block_name(actor: Actor, spec: ObjectSpec, block: Block, children: list[Child]) -> str:
    """Return what a block is called; an empty text when what it shows is not there for this person."""
    if block.kind in {CHILD, CHART}:
        target = specs_on(actor.organization).get(block.object)
        if target is None:
            return ""
        if block.kind == CHART:
            return figure_title(target, block)
        child = next(
            (entry for entry in children if (entry.object_name, entry.link) == (block.object, block.link)), None
        )
        return str(child.label or target.label_plural) if child else ""
    panel = panel_named(actor, spec, block.name)
    return str(panel.label or panel.name.replace("_", " ").capitalize()) if panel else ""
