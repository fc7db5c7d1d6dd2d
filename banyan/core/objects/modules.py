"""Modules: what an organization can switch on and off; what is off is absent everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from banyan.core.kernel.registry import Registry
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

BASIC, STANDARD, ENTERPRISE = "basic", "standard", "enterprise"
EVERY_EDITION = (BASIC, STANDARD, ENTERPRISE)


@dataclass(frozen=True)
class Module:
    """A part of the product; ``editions`` have it switched on unless the organization says otherwise.

    ``section`` is under which its objects stand in the menu, together with those of other modules that say the same, by
    ``position``; its label when nothing is said.
    """

    name: str
    label: Any
    purpose: Any
    editions: tuple[str, ...] = EVERY_EDITION
    requires: tuple[str, ...] = ()
    section: Any = ""
    position: int = 50


modules: Registry[Module] = Registry("modules")

_REMEMBERED = 1_000
#: By organization: all objects as they were shaped last, and those of them that are on.
_on: dict[uuid.UUID, tuple[Mapping[str, ObjectSpec], dict[str, ObjectSpec]]] = {}


def module_is_on(organization: Organization, name: str) -> bool:
    """Say whether an organization uses a module: by its edition, or by its own switch."""
    module = modules.get(name)
    if module is None or name in organization.modules_off:
        return False
    if organization.edition not in module.editions and name not in organization.modules_on:
        return False
    return all(module_is_on(organization, required) for required in module.requires)


def specs_on(organization: Organization) -> dict[str, ObjectSpec]:
    """Return the objects of the modules that are on, as the organization uses them."""
    specs = specs_for(organization)
    remembered = _on.get(organization.pk)
    if remembered is not None and remembered[0] is specs:
        return remembered[1]
    known = {module.name: module_is_on(organization, module.name) for module in modules}
    found = {name: spec for name, spec in specs.items() if known.get(spec.module, False)}
    if len(_on) > _REMEMBERED:
        _on.clear()
    _on[organization.pk] = (specs, found)
    return found
