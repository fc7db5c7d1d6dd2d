"""Of what the configuration of an organization consists: each room says how its part is written to a file and applied.

A part is a list of entries. An entry is a mapping with a stable ``key`` and properties; it holds no ids, but
names and codes, so that it means the same in another organization. Rooms register their part while the apps load::

    register_part(
        ConfigurationPart(
            name="layouts",
            label=_("Layouts"),
            properties={"name": Property(Words(), _("Name"), needed=True), ...},
            read=read_layouts,
            apply=apply_layout,
            after=("fields", "roles"),
        )
    )

The document, its checks, layers, differences, the trial run, undo and pages are made from that by
``banyan.core.configuration``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.kernel.document_shapes import Problem, Properties, Property
from banyan.core.kernel.registry import Registry
from banyan.core.tenancy.models import Organization

KEY = "key"
Entry = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What is to become of one entry; both sides are complete: each property of the part is there.

    ``before`` is how it is now, None when it is new; ``entry`` how it shall be, None when it is removed.
    """

    key: str
    before: Mapping[str, Any] | None = None
    entry: Mapping[str, Any] | None = None

    @property
    def is_new(self) -> bool:
        """Say whether the entry is not there yet."""
        return self.before is None

    @property
    def is_removal(self) -> bool:
        """Say whether the entry is to be taken away."""
        return self.entry is None

    def values(self) -> Mapping[str, Any]:
        """Return how the entry shall be; of a removal how it is."""
        found = self.before if self.entry is None else self.entry
        return found or {}

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Return the properties that differ, as ``{name: (now, then)}``."""
        before, after = self.before or {}, self.entry or {}
        names = dict.fromkeys([*before, *after])
        return {
            name: (before.get(name), after.get(name))
            for name in names
            if name != KEY and before.get(name) != after.get(name)
        }


@dataclass(frozen=True)
class ConfigurationPart:
    """One part of the configuration.

    Args:
        name: The word of the file under which its entries stand, such as ``fields``.
        label: What people read.
        properties: What an entry says beside its ``key``; all else in a file is refused.
        read: Returns the entries of an organization, within its scope and with every property that is not at its
            default, in the order in which they are to be written. No ids, no secrets.
        apply: Makes one change, through the services that pages use, and raises ``DomainError`` when it cannot. It runs
            in the transaction of the whole; what takes long is left to a job. A trial run calls it too, and rolls back.
        after: The parts whose entries these ones name, so that those are there first.
        key_help: What keys look like, for the reference.
        check: Yields what speaks against changes before any is made, with paths that begin with the entry's key.
        needs: Returns the keys of the same part that must be there before an entry, such as that of its parent.
        abilities: What else beside customising somebody must be allowed in order to apply it.
        removable: Whether entries can be removed.
        title: Returns what people read of an entry; its key when there is no better name.
        is_gone: Says of an entry as it is read whether it counts as removed, such as a field that is not in use.
        is_single: The part has exactly one entry, that of the organization itself, which can only change.
        is_data: Its entries are records rather than settings: former configurations and trial copies leave them out.
    """

    name: str
    label: Any
    properties: Mapping[str, Property]
    read: Callable[[Organization], Sequence[Mapping[str, Any]]]
    apply: Callable[[Actor, Change], None]
    after: tuple[str, ...] = ()
    help: Any = ""
    key_help: Any = ""
    check: Callable[[Actor, Sequence[Change]], Iterable[Problem]] | None = None
    needs: Callable[[Mapping[str, Any]], Sequence[str]] | None = None
    abilities: tuple[Ability, ...] = ()
    removable: bool = True
    title: Callable[[Mapping[str, Any]], Any] | None = None
    is_gone: Callable[[Mapping[str, Any]], bool] | None = None
    is_single: bool = False
    is_data: bool = False

    @cached_property
    def shape(self) -> Properties:
        """Return the shape of an entry without its key; needed properties are asked for when it is created."""
        return Properties(dict(self.properties), needs_all=False)

    def problems(self, entry: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with an entry as a file has it; paths begin below the entry."""
        yield from self.shape.problems({name: value for name, value in entry.items() if name != KEY}, ())

    def completed(self, entry: Mapping[str, Any]) -> Entry:
        """Return an entry in which every property stands, those not mentioned with their defaults.

        Inside lists and tables only what is not at its default is mentioned.
        """
        full: Entry = {KEY: entry[KEY]}
        for name, known in self.properties.items():
            given = entry.get(name)
            full[name] = known.default if given is None else known.shape.compact(given)
        return full

    def shortened(self, entry: Mapping[str, Any]) -> Entry:
        """Return an entry without what is at its default."""
        kept = {
            name: entry[name]
            for name, known in self.properties.items()
            if name in entry and entry[name] is not None and (known.needed or entry[name] != known.default)
        }
        return {KEY: entry[KEY], **kept}

    def missing(self, entry: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield which needed properties of a new entry nobody has given."""
        for name, known in self.properties.items():
            if known.needed and entry.get(name) in (None, ""):
                yield Problem((), _("“%(name)s” is missing.") % {"name": name}, "missing")

    def title_of(self, entry: Mapping[str, Any]) -> str:
        """Return what people read of an entry."""
        return str(self.title(entry) if self.title else "") or str(entry[KEY])


#: In order of registration; ``ordered_parts`` puts what is named before what names it.
configuration_parts: Registry[ConfigurationPart] = Registry("configuration parts")
#: Functions that return parts which follow from what else is registered, such as one for each object of the set-up.
part_families: Registry[Callable[[], Sequence[ConfigurationPart]]] = Registry("families of configuration parts")


def register_part(part: ConfigurationPart) -> ConfigurationPart:
    """Make a part known to the configuration file and its pages."""
    return configuration_parts.add(part.name, part)


def ordered_parts() -> list[ConfigurationPart]:
    """Return all parts, each behind those that it names; raise ``RuntimeError`` when they go in a circle."""
    families = (part for family in part_families for part in family())
    waiting = {part.name: part for part in (*configuration_parts, *families)}
    ordered: list[ConfigurationPart] = []
    while waiting:
        ready = [part for part in waiting.values() if not any(name in waiting for name in part.after)]
        if not ready:
            raise RuntimeError(f"Configuration parts name each other in a circle: {', '.join(waiting)}.")
        ordered.append(ready[0])
        del waiting[ready[0].name]
    return ordered
