"""What a layout says, as data: tabs, sections, places of fields, blocks beside them, columns of lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import get_language

Labels = Mapping[str, str]
Tree = Mapping[str, Any]

SIDE, MAIN, TOP = "side", "main", "top"
PLACES = (SIDE, MAIN, TOP)
PANEL, CHILD, CHART = "panel", "child", "chart"
BLOCK_KINDS = (PANEL, CHILD, CHART)
NUMBER, BAR = "number", "bar"
MOST_COLUMNS = 2


@dataclass(frozen=True)
class Place:
    """Where a field stands and how it behaves there; ``show`` and ``require`` are filter trees.

    Without ``show`` it is always shown. It is needed when ``required``, or when ``require`` holds.
    """

    name: str
    wide: bool = False
    required: bool = False
    read_only: bool = False
    show: Tree = field(default_factory=dict)
    require: Tree = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A section: a titled group of fields, shown when ``show`` holds."""

    key: str
    labels: Labels = field(default_factory=dict)
    columns: int = MOST_COLUMNS
    folded: bool = False
    show: Tree = field(default_factory=dict)
    places: tuple[Place, ...] = ()

    @property
    def title(self) -> str:
        """Return the heading in the language of the moment."""
        return in_language(self.labels)


@dataclass(frozen=True)
class Tab:
    """Sections that are seen together."""

    key: str
    labels: Labels = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def title(self) -> str:
        """Return what the tab is called in the language of the moment."""
        return in_language(self.labels)


@dataclass(frozen=True)
class Block:
    """Something beside the fields: a panel of an app, a list of children, or a figure about them.

    ``name`` is the panel's; children and figures name the ``object`` and the ``link`` by which it points here. A
    figure counts, or adds up (``sum:amount``), all of them or each value of ``by`` (a choice, or ``date:month``).
    """

    kind: str
    place: str = SIDE
    name: str = ""
    object: str = ""
    link: str = ""
    columns: tuple[str, ...] = ()
    measure: str = "count"
    by: str = ""

    @property
    def key(self) -> str:
        """Return what tells the block apart within its layout."""
        if self.kind == PANEL:
            return f"{PANEL}:{self.name}"
        if self.kind == CHILD:
            return f"{CHILD}:{self.object}:{self.link}"
        return f"{CHART}:{self.object}:{self.link}:{self.measure}:{self.by}"


@dataclass(frozen=True)
class Plan:
    """A whole layout.

    ``left_out`` are the fields, and ``hidden`` the keys of the blocks, that are deliberately not shown; what is in
    neither is newer than the layout and comes last. ``columns`` are those of lists, none for the product's own.
    """

    tabs: tuple[Tab, ...] = ()
    blocks: tuple[Block, ...] = ()
    left_out: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def parts(self) -> Iterator[Part]:
        """Yield the sections of all tabs."""
        for tab in self.tabs:
            yield from tab.parts

    def places(self) -> Iterator[Place]:
        """Yield the places of all fields."""
        for part in self.parts():
            yield from part.places

    def names(self) -> list[str]:
        """Return the names of all placed fields, in order."""
        return [place.name for place in self.places()]

    @property
    def has_conditions(self) -> bool:
        """Say whether something depends on the record's values."""
        return any(part.show for part in self.parts()) or any(place.show or place.require for place in self.places())


def in_language(labels: Labels) -> str:
    """Return a label in the language of the moment, else in the one it has."""
    language: Literal["zh", "en"] = "zh" if (get_language() or "en").startswith("zh") else "en"
    return labels.get(language) or next((text for text in labels.values() if text), "")


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Write a layout in a stable order, leaving out what says nothing."""
    return _bare(
        {
            "tabs": [_tab_to_json(tab) for tab in plan.tabs],
            "blocks": [_block_to_json(block) for block in plan.blocks],
            "left_out": list(plan.left_out),
            "hidden": list(plan.hidden),
            "columns": list(plan.columns),
        }
    )


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read what ``plan_to_json`` wrote; what is missing is as it is without being said."""
    return Plan(
        tabs=tuple(_tab_from_json(tab, index) for index, tab in enumerate(data.get("tabs") or ())),
        blocks=tuple(_block_from_json(block) for block in data.get("blocks") or ()),
        left_out=_names(data.get("left_out")),
        hidden=_names(data.get("hidden")),
        columns=_names(data.get("columns")),
    )


def _tab_to_json(tab: Tab) -> dict[str, Any]:
    parts = [
        _bare(
            {
                "key": part.key,
                "labels": dict(part.labels),
                "columns": part.columns if part.columns != MOST_COLUMNS else 0,
                "folded": part.folded,
                "show": dict(part.show),
                "fields": [_place_to_json(place) for place in part.places],
            }
        )
        for part in tab.parts
    ]
    return _bare({"key": tab.key, "labels": dict(tab.labels), "sections": parts})


def _place_to_json(place: Place) -> dict[str, Any]:
    return _bare(
        {
            "name": place.name,
            "wide": place.wide,
            "required": place.required,
            "read_only": place.read_only,
            "show": dict(place.show),
            "require": dict(place.require),
        }
    )


def _block_to_json(block: Block) -> dict[str, Any]:
    is_chart = block.kind == CHART
    return _bare(
        {
            "kind": block.kind,
            "place": block.place,
            "name": block.name,
            "object": block.object,
            "link": block.link,
            "columns": list(block.columns),
            "measure": block.measure if is_chart else "",
            "by": block.by if is_chart else "",
        }
    )


def _tab_from_json(data: Mapping[str, Any], index: int) -> Tab:
    key = str(data.get("key") or f"t{index + 1}")
    parts = tuple(
        Part(
            key=str(part.get("key") or f"{key}s{number + 1}"),
            labels=_labels(part.get("labels")),
            columns=int(part.get("columns") or MOST_COLUMNS),
            folded=bool(part.get("folded")),
            show=_tree(part.get("show")),
            places=tuple(_place_from_json(place) for place in part.get("fields") or ()),
        )
        for number, part in enumerate(data.get("sections") or ())
    )
    return Tab(key, _labels(data.get("labels")), parts)


def _place_from_json(data: Mapping[str, Any]) -> Place:
    return Place(
        name=str(data.get("name") or ""),
        wide=bool(data.get("wide")),
        required=bool(data.get("required")),
        read_only=bool(data.get("read_only")),
        show=_tree(data.get("show")),
        require=_tree(data.get("require")),
    )


def _block_from_json(data: Mapping[str, Any]) -> Block:
    return Block(
        kind=str(data.get("kind") or ""),
        place=str(data.get("place") or SIDE),
        name=str(data.get("name") or ""),
        object=str(data.get("object") or ""),
        link=str(data.get("link") or ""),
        columns=_names(data.get("columns")),
        measure=str(data.get("measure") or "count"),
        by=str(data.get("by") or ""),
    )


def _bare(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in (None, "", False, 0, [], {}, ())}


def _labels(data: Any) -> dict[str, str]:
    return {str(name): str(text) for name, text in data.items() if text} if isinstance(data, Mapping) else {}


def _tree(data: Any) -> dict[str, Any]:
    return dict(data) if isinstance(data, Mapping) else {}


def _names(data: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for name in data)) if isinstance(data, (list, tuple)) else ()
