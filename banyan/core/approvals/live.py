"""The flows in force, as every specification carries them: read once for all requests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from banyan.core.approvals.definitions import Definition, in_language, read_definition
from banyan.core.approvals.models import Flow, FlowVersion
from banyan.core.approvals.snapshots import lines_of
from banyan.core.objects.registry import shapings
from banyan.core.objects.shaping import Shaping
from banyan.core.objects.spec import ObjectSpec

SHAPING = "approvals"
#: Under this key, objects whose records are lines of others with flows carry the link to those.
LINES = "approvals_of_lines"


@dataclass(frozen=True)
class LiveFlow:
    """A flow with the version in force."""

    id: uuid.UUID
    key: str
    names: Mapping[str, str]
    version_id: uuid.UUID
    number: int
    definition: Definition
    is_active: bool = True

    @property
    def name(self) -> str:
        """Return what the flow is called in the language of the moment."""
        return in_language(self.names) or self.key


def all_flows(spec: ObjectSpec) -> tuple[LiveFlow, ...]:
    """Return the flows of an object that were ever in force: what they locked stays locked when they are off."""
    found: tuple[LiveFlow, ...] = spec.shaping.get(SHAPING, ())
    return found


def live_flows(spec: ObjectSpec) -> tuple[LiveFlow, ...]:
    """Return the flows of an object that are switched on."""
    return tuple(flow for flow in all_flows(spec) if flow.is_active)


def load(_specs: Mapping[str, ObjectSpec]) -> Mapping[str, Any]:
    """Return the flows by the names of their objects."""
    flows = list(Flow.objects.filter(version__gt=0))
    if not flows:
        return {}
    wanted = {(flow.pk, flow.version): flow for flow in flows}
    versions = FlowVersion.objects.filter(flow__in=flows)
    found: dict[str, list[tuple[int, LiveFlow]]] = {}
    for row in versions:
        flow = wanted.get((row.flow_id, row.number))
        if flow is not None:
            definition = read_definition(row.definition)
            live = LiveFlow(flow.pk, flow.key, flow.names, row.pk, row.number, definition, flow.is_active)
            found.setdefault(flow.object_name, []).append((flow.position, live))
    return {name: tuple(live for _position, live in sorted(rows, key=lambda row: (row[0], row[1].key)))
            for name, rows in found.items()}  # fmt: skip


def load_lines(specs: Mapping[str, ObjectSpec]) -> Mapping[str, Any]:
    """Return the links of lines by the names of their objects."""
    names = set(Flow.objects.filter(version__gt=0).values_list("object_name", flat=True))
    found = [lines_of(specs[name], dict(specs)) for name in names if name in specs]
    return {line.name: link for lines in found for line, link in lines}


def register() -> None:
    """Let every specification carry its flows, and those of lines the link to what they are lines of."""
    shapings.add(SHAPING, Shaping(load, (Flow,)))
    shapings.add(LINES, Shaping(load_lines, (Flow,)))
