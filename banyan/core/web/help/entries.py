"""What the help offers besides texts, such as tours and the training: rooms and apps register it in their wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.modules import module_is_on


@dataclass(frozen=True)
class HelpEntry:
    """A link at the foot of the help."""

    name: str
    label: Any
    url: str
    icon: str
    position: int = 100
    module: str = ""
    may: Callable[[Actor], bool] = lambda actor: True


help_entries: Registry[HelpEntry] = Registry("help entries")


def entries_for(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Return the entries that the reader of the help about a page may follow."""
    return [
        {"label": str(entry.label), "url": entry.url, "icon": entry.icon}
        for entry in sorted(help_entries, key=lambda entry: entry.position)
        if entry.url != path
        and entry.may(actor)
        and (not entry.module or module_is_on(actor.organization, entry.module))
    ]
