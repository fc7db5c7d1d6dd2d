"""Modules: what an organization can switch on and off; what is off is absent everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.registry import remembered_choice, specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import current_organization_id

BASIC, STANDARD, ENTERPRISE = "basic", "standard", "enterprise"
EVERY_EDITION = (BASIC, STANDARD, ENTERPRISE)


@dataclass(frozen=True)
class Module:
    """A part of the product; ``editions`` have it switched on unless the organization says otherwise.

    ``purpose``, ``needed_by`` and ``spared_by`` say in few words what it is for, who needs it and who does without.
    ``chapters`` of the guide (or sections of one) explain it; ``start`` is the page on which one begins with it. ``section`` is under which
    its objects stand in the menu, together with those of other modules that say the same, by ``position``; its label
    when nothing is said.
    """

    name: str
    label: Any
    purpose: Any
    editions: tuple[str, ...] = EVERY_EDITION
    requires: tuple[str, ...] = ()
    section: Any = ""
    position: int = 50
    needed_by: Any = ""
    spared_by: Any = ""
    chapters: tuple[str, ...] = ()
    start: str = ""


@dataclass(frozen=True)
class Mixture:
    """Which modules an organization has chosen: an edition, and what it has besides or without."""

    edition: str
    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Contradiction:
    """A module that was asked for and cannot be on: ``missing`` are the modules it needs, none when it is also off."""

    module: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Stopping:
    """Something that an organization made and that rests while modules are off, such as a rule or an approval."""

    kind: Any
    label: str
    url: str = ""


@dataclass(frozen=True)
class Offer:
    """A kind of things that people meet in the product, such as reports: ``read`` returns those of an actor, by key.

    Compared with and without modules it says what comes and goes with them.
    """

    name: str
    label: Any
    read: Callable[[Actor], Mapping[str, str]]
    position: int = 100


modules: Registry[Module] = Registry("modules")
#: What apps show besides menu, pages, fields and paths of the interface, which are known anyway.
offers: Registry[Offer] = Registry("offers")
#: What rests when of these objects (first set) or modules (second set) nothing is used any more; rooms and apps that keep
#: rules, approvals and the like register how theirs are found.
stopping_finders: Registry[Callable[[Actor, frozenset[str], frozenset[str]], Iterable[Stopping]]] = Registry(
    "stopping finders"
)


def mixture_of(organization: Organization) -> Mixture:
    """Return what an organization has chosen."""
    return Mixture(organization.edition, frozenset(organization.modules_on), frozenset(organization.modules_off))


def modules_of(organization: Organization) -> frozenset[str]:
    """Return the names of the modules that are on."""
    return _effective(mixture_of(organization), len(modules))


def effective(mixture: Mixture) -> frozenset[str]:
    """Return the names of the modules that are on with a mixture: a module whose requirement is off rests, too."""
    return _effective(mixture, len(modules))


_REMEMBERED = 1_000
#: By organization: all objects as they were shaped last, and those of them that are on.
_on: dict[uuid.UUID, tuple[Mapping[str, ObjectSpec], dict[str, ObjectSpec]]] = {}


def module_is_on(organization: Organization, name: str) -> bool:
    """Say whether an organization uses a module: by its edition, or by its own switch."""
    return name in modules_of(organization)


def module_is_on_here(name: str) -> bool:
    """Say whether the organization whose scope is open uses a module, for those who follow events; see ``modules_here``."""
    return name in modules_here()


def modules_here() -> frozenset[str]:
    """Return the modules that are on in the organization whose scope is open; none outside of any.

    As this process last shaped the organization, which whoever acts has just asked for: it costs no question.
    """
    organization_id = current_organization_id()
    if organization_id is None:
        return frozenset()
    choice = remembered_choice(organization_id)
    if choice is None:
        return modules_of(Organization.objects.get(pk=organization_id))
    return effective(Mixture(*choice))


@lru_cache(maxsize=1000)
def _effective(mixture: Mixture, count: int) -> frozenset[str]:
    """Return what is on; ``count`` of registered modules is part of what is remembered."""
    chosen = {
        module.name
        for module in modules
        if module.name not in mixture.off and (mixture.edition in module.editions or module.name in mixture.on)
    }
    return without_unmet(chosen)


def edition_modules(edition: str) -> frozenset[str]:
    """Return the modules that an edition has by itself."""
    return effective(Mixture(edition))


def without_unmet(names: Iterable[str]) -> frozenset[str]:
    """Return those of some modules whose requirements are all among them."""
    found = {name for name in names if name in modules}
    while True:
        unmet = {name for name in found if not found.issuperset(modules[name].requires)}
        if not unmet:
            return frozenset(found)
        found -= unmet


def with_required(names: Iterable[str]) -> frozenset[str]:
    """Return some modules with all that they require."""
    found: set[str] = set()
    waiting = [name for name in names if name in modules]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(modules[name].requires)
    return frozenset(found)


def needing(name: str, among: Iterable[str]) -> list[str]:
    """Return which of some modules need a module, directly or by another one."""
    listed = list(among)
    rest = without_unmet(other for other in listed if other != name)
    return [other for other in listed if other != name and other in modules and other not in rest]


def mixing(edition: str, wanted: Iterable[str]) -> Mixture:
    """Return the mixture of an edition in which exactly these modules are on.

    What rests because its requirement is off is not named, so that it comes back together with that.
    """
    chosen = without_unmet(wanted)
    own = edition_modules(edition)
    left_out = {name for name in own - chosen if chosen.issuperset(modules[name].requires)}
    return Mixture(edition, chosen - own, frozenset(left_out))


def contradictions(mixture: Mixture) -> list[Contradiction]:
    """Return what a mixture asks for and cannot have: each with what it needs besides."""
    on = effective(mixture)
    found = []
    for name in sorted(mixture.on & frozenset(modules.keys())):
        if name in mixture.off:
            found.append(Contradiction(name, ()))
        elif name not in on:
            found.append(Contradiction(name, tuple(sorted(with_required([name]) - on - {name}))))
    return found


def specs_on(organization: Organization) -> dict[str, ObjectSpec]:
    """Return the objects of the modules that are on, as the organization uses them."""
    specs = specs_for(organization)
    remembered = _on.get(organization.pk)
    if remembered is not None and remembered[0] is specs:
        return remembered[1]
    on = modules_of(organization)
    found = {name: spec for name, spec in specs.items() if spec.module in on}
    if len(_on) > _REMEMBERED:
        _on.clear()
    _on[organization.pk] = (specs, found)
    return found
