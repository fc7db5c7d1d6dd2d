"""Steps of somebody who lays out a form: pure functions from one layout to the next.

What a step names and is not there any more leaves the layout as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from banyan.core.layouts.content import CHART, PLACES, Block, Labels, Part, Place, Plan, Tab

#: Where something goes that says no place.
LAST = 10_000


def part_of(plan: Plan, name: str) -> Part | None:
    """Return the section that a field stands in."""
    return next((part for part in plan.parts() if any(place.name == name for place in part.places)), None)


def place_of(plan: Plan, name: str) -> Place | None:
    """Return the place of a field."""
    return next((place for place in plan.places() if place.name == name), None)


def find_part(plan: Plan, key: str) -> Part | None:
    """Return a section by its key."""
    return next((part for part in plan.parts() if part.key == key), None)


def find_tab(plan: Plan, key: str) -> Tab | None:
    """Return a tab by its key."""
    return next((tab for tab in plan.tabs if tab.key == key), None)


def put_field(plan: Plan, name: str, part_key: str = "", index: int = LAST) -> Plan:
    """Put a field into a section, from another place or from those that are left out; the last section without a key."""
    parts = list(plan.parts())
    target = part_key or (parts[-1].key if parts else "")
    if all(part.key != target for part in parts):
        return plan
    place = place_of(plan, name) or Place(name)
    bare = _map_parts(plan, lambda part: replace(part, places=tuple(p for p in part.places if p.name != name)))

    def insert(part: Part) -> Part:
        return replace(part, places=_inserted(part.places, place, index)) if part.key == target else part

    placed = _map_parts(bare, insert)
    return replace(placed, left_out=tuple(other for other in plan.left_out if other != name))


def take_field(plan: Plan, name: str) -> Plan:
    """Leave a field out."""
    bare = _map_parts(plan, lambda part: replace(part, places=tuple(p for p in part.places if p.name != name)))
    return replace(bare, left_out=tuple(dict.fromkeys((*plan.left_out, name))))


def shift_field(plan: Plan, name: str, by: int) -> Plan:
    """Move a field one place up or down; beyond its section's edge it goes on into the neighbouring one."""
    parts = list(plan.parts())
    for number, part in enumerate(parts):
        names = [place.name for place in part.places]
        if name not in names:
            continue
        index = names.index(name) + by
        if 0 <= index < len(names):
            return put_field(plan, name, part.key, index)
        neighbour = number + by
        if 0 <= neighbour < len(parts):
            return put_field(plan, name, parts[neighbour].key, LAST if by < 0 else 0)
    return plan


def change_place(plan: Plan, name: str, **changes: Any) -> Plan:
    """Change how a field behaves in its place."""

    def changed(part: Part) -> Part:
        places = tuple(replace(place, **changes) if place.name == name else place for place in part.places)
        return replace(part, places=places)

    return _map_parts(plan, changed)


def add_part(plan: Plan, tab_key: str = "") -> Plan:
    """Add an empty section to a tab; to the last one without a key."""
    key = _fresh("s", {part.key for part in plan.parts()})
    target = tab_key or (plan.tabs[-1].key if plan.tabs else "")
    return _map_tabs(plan, lambda tab: replace(tab, parts=(*tab.parts, Part(key))) if tab.key == target else tab)


def change_part(plan: Plan, key: str, **changes: Any) -> Plan:
    """Change a section's heading, columns, whether it is folded and when it shows."""
    return _map_parts(plan, lambda part: replace(part, **changes) if part.key == key else part)


def drop_part(plan: Plan, key: str) -> Plan:
    """Take a section away; its fields are left out. The only section stays."""
    part = find_part(plan, key)
    if part is None or len(list(plan.parts())) == 1:
        return plan
    left = tuple(dict.fromkeys((*plan.left_out, *(place.name for place in part.places))))
    bare = _map_tabs(plan, lambda tab: replace(tab, parts=tuple(p for p in tab.parts if p.key != key)))
    return replace(bare, left_out=left)


def put_part(plan: Plan, key: str, tab_key: str, index: int = LAST) -> Plan:
    """Put a section into a tab at a place."""
    part = find_part(plan, key)
    if part is None or find_tab(plan, tab_key) is None:
        return plan
    bare = _map_tabs(plan, lambda tab: replace(tab, parts=tuple(p for p in tab.parts if p.key != key)))

    def insert(tab: Tab) -> Tab:
        return replace(tab, parts=_inserted(tab.parts, part, index)) if tab.key == tab_key else tab

    return _map_tabs(bare, insert)


def shift_part(plan: Plan, key: str, by: int) -> Plan:
    """Move a section up or down; beyond its tab's edge it goes on into the neighbouring one."""
    for number, tab in enumerate(plan.tabs):
        keys = [part.key for part in tab.parts]
        if key not in keys:
            continue
        index = keys.index(key) + by
        if 0 <= index < len(keys):
            return put_part(plan, key, tab.key, index)
        neighbour = number + by
        if 0 <= neighbour < len(plan.tabs):
            return put_part(plan, key, plan.tabs[neighbour].key, LAST if by < 0 else 0)
    return plan


def add_tab(plan: Plan, labels: Labels) -> Plan:
    """Add a tab with one empty section."""
    tab_key = _fresh("t", {tab.key for tab in plan.tabs})
    part_key = _fresh("s", {part.key for part in plan.parts()})
    return replace(plan, tabs=(*plan.tabs, Tab(tab_key, labels, (Part(part_key),))))


def name_tab(plan: Plan, key: str, labels: Labels) -> Plan:
    """Name a tab."""
    return _map_tabs(plan, lambda tab: replace(tab, labels=labels) if tab.key == key else tab)


def drop_tab(plan: Plan, key: str) -> Plan:
    """Take a tab away; its sections go to the one before it, or after it. The only tab stays."""
    keys = [tab.key for tab in plan.tabs]
    if key not in keys or len(keys) == 1:
        return plan
    number = keys.index(key)
    heir = keys[number - 1] if number else keys[1]
    parts = plan.tabs[number].parts
    rest = replace(plan, tabs=tuple(tab for tab in plan.tabs if tab.key != key))

    def inherit(tab: Tab) -> Tab:
        if tab.key != heir:
            return tab
        return replace(tab, parts=(*tab.parts, *parts) if number else (*parts, *tab.parts))

    return _map_tabs(rest, inherit)


def shift_tab(plan: Plan, key: str, by: int) -> Plan:
    """Move a tab to the left or to the right."""
    return replace(plan, tabs=_shifted(plan.tabs, key, by))


def add_block(plan: Plan, block: Block, index: int = LAST) -> Plan:
    """Show a block, from those that are hidden or a new one; one that is shown already stays where it is."""
    if any(other.key == block.key for other in plan.blocks):
        return plan
    hidden = tuple(key for key in plan.hidden if key != block.key)
    return replace(plan, blocks=_inserted(plan.blocks, block, index), hidden=hidden)


def drop_block(plan: Plan, key: str) -> Plan:
    """Hide a block; a figure is gone."""
    block = find_block(plan, key)
    if block is None:
        return plan
    hidden = plan.hidden if block.kind == CHART else tuple(dict.fromkeys((*plan.hidden, key)))
    return replace(plan, blocks=tuple(other for other in plan.blocks if other.key != key), hidden=hidden)


def shift_block(plan: Plan, key: str, by: int) -> Plan:
    """Move a block up or down among those of its place; beyond the edge it stays."""
    block = find_block(plan, key)
    if block is None:
        return plan
    same = [other for other in plan.blocks if other.place == block.place]
    index = same.index(block) + by
    if not 0 <= index < len(same):
        return plan
    return put_block(plan, key, block.place, index)


def put_block(plan: Plan, key: str, place: str, index: int = LAST) -> Plan:
    """Put a block to a place of the page."""
    block = find_block(plan, key)
    if block is None or place not in PLACES:
        return plan
    others = [other for other in plan.blocks if other.key != key]
    same = _inserted(tuple(other for other in others if other.place == place), replace(block, place=place), index)
    return replace(plan, blocks=(*(other for other in others if other.place != place), *same))


def change_block(plan: Plan, key: str, block: Block) -> Plan:
    """Replace a block by what it has become, unless there is such a one already."""
    if block.key != key and find_block(plan, block.key) is not None:
        return plan
    return replace(plan, blocks=tuple(block if other.key == key else other for other in plan.blocks))


def find_block(plan: Plan, key: str) -> Block | None:
    """Return a block by its key."""
    return next((block for block in plan.blocks if block.key == key), None)


def set_columns(plan: Plan, names: Sequence[str]) -> Plan:
    """Choose the columns of lists; none for the product's own."""
    return replace(plan, columns=tuple(dict.fromkeys(names)))


def _inserted(entries: tuple[Any, ...], entry: Any, index: int) -> tuple[Any, ...]:
    place = max(0, min(index, len(entries)))
    return (*entries[:place], entry, *entries[place:])


def _shifted(entries: tuple[Any, ...], key: str, by: int) -> tuple[Any, ...]:
    keys = [entry.key for entry in entries]
    if key not in keys or not 0 <= keys.index(key) + by < len(keys):
        return entries
    index = keys.index(key)
    rest = (*entries[:index], *entries[index + 1 :])
    return _inserted(rest, entries[index], index + by)


def _map_tabs(plan: Plan, change: Callable[[Tab], Tab]) -> Plan:
    return replace(plan, tabs=tuple(change(tab) for tab in plan.tabs))


def _map_parts(plan: Plan, change: Callable[[Part], Part]) -> Plan:
    return _map_tabs(plan, lambda tab: replace(tab, parts=tuple(change(part) for part in tab.parts)))


def _fresh(prefix: str, taken: set[str]) -> str:
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"
