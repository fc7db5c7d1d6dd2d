"""The allowed moves of a process as a drawing: stages in a row, ways on above, ways back below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banyan.core.processes.rules import Definition

BOX, GAP, HEIGHT, MIDDLE = 112, 44, 36, 90
ARC = 18
LONGEST = 9


def diagram_of(definition: Definition, label: Callable[[str], str]) -> dict[str, Any]:
    """Return boxes and ways with their places, as the template draws them; places are in pixels."""
    keys = definition.keys
    width = max(1, len(keys)) * (BOX + GAP) - GAP + 20
    boxes = []
    for index, stage in enumerate(definition.stages):
        name = label(stage.key)
        boxes.append(
            {
                "x": _left(index),
                "y": MIDDLE - HEIGHT // 2,
                "middle": _left(index) + BOX // 2,
                "text": name if len(name) <= LONGEST + 3 else f"{name[: LONGEST + 2]}…",
                "title": name,
                "kind": stage.outcome or ("start" if stage.starts else "open"),
            }
        )
    ways = [
        _way(keys.index(stage.key), keys.index(target))
        for stage in definition.stages
        for target in stage.moves
        if target in keys and target != stage.key
    ]
    return {
        "width": width,
        "height": MIDDLE * 2,
        "box": BOX,
        "box_height": HEIGHT,
        "baseline": MIDDLE + 5,
        "boxes": boxes,
        "ways": ways,
    }


def _way(source: int, target: int) -> dict[str, Any]:
    if target == source + 1:
        begin, end = _left(source) + BOX, _left(target)
        return {"path": f"M{begin} {MIDDLE} L{end - 2} {MIDDLE}", "is_back": False}
    is_back = target < source
    begin, end = _left(source) + BOX // 2, _left(target) + BOX // 2
    side = 1 if is_back else -1
    edge = MIDDLE + side * HEIGHT // 2
    far = edge + side * min(70, ARC + 9 * abs(target - source))
    shift = 10 if is_back else -10
    return {
        "path": f"M{begin - shift} {edge} C{begin - shift} {far} {end + shift} {far} {end + shift} {edge + side * 2}",
        "is_back": is_back,
    }


def _left(index: int) -> int:
    return 10 + index * (BOX + GAP)
