"""Choices of modules and previews as documents for programs."""

from __future__ import annotations

from typing import Any

from banyan.core.objects.modules import modules, modules_of
from banyan.core.tenancy.models import Organization
from banyan.editions.switching.surface import Preview

Json = dict[str, Any]


def chosen(organization: Organization) -> Json:
    """Return the edition and every module as programs read them."""
    on = modules_of(organization)
    return {
        "edition": organization.edition,
        "modules": [
            {
                "name": module.name,
                "label": str(module.label),
                "purpose": str(module.purpose),
                "needed_by": str(module.needed_by),
                "not_needed_by": str(module.spared_by),
                "editions": list(module.editions),
                "requires": list(module.requires),
                "is_on": module.name in on,
            }
            for module in modules
        ],
    }


def told(found: Preview) -> Json:
    """Return a preview as programs read it."""
    return {
        "edition": found.wanted.edition,
        "comes": list(found.comes),
        "goes": list(found.goes),
        "appears": {entry.name: list(entry.comes) for entry in found.differences if entry.comes},
        "disappears": {entry.name: list(entry.goes) for entry in found.differences if entry.goes},
        "stops": [{"kind": str(entry.kind), "label": entry.label} for entry in found.stopping],
        "kept": [{"object": entry.label, "records": entry.count} for entry in found.kept],
    }
