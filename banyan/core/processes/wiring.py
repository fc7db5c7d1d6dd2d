"""What processes register: how they are read, what they look at, what they may be told."""

from __future__ import annotations

from banyan.core.kernel.events import subscribe
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.field_uses import field_uses
from banyan.core.objects.registry import BOARD, shapings
from banyan.core.objects.shaping import Shaping
from banyan.core.processes.active import PROCESSES, STAGES, has_process, load, load_boards, load_stages
from banyan.core.processes.configuration_part import PART
from banyan.core.processes.gates import COMMENT, REASON
from banyan.core.processes.models import Process
from banyan.core.processes.policies import POLICIES, register_closed_stages
from banyan.core.processes.staying import note_stays
from banyan.core.processes.templates import register_templates
from banyan.core.processes.uses import uses_in_processes
from banyan.core.records.drafts import remarks
from banyan.core.records.events import RecordsChanged
from banyan.core.records.policies import register_policy


def register() -> None:
    """Register the room with those below it."""
    shapings.add(PROCESSES, Shaping(load, (Process,)))
    shapings.add(STAGES, Shaping(load_stages, (Process,)))
    shapings.add(BOARD, Shaping(load_boards, (Process,)))
    for policy in POLICIES:
        register_policy(policy)
    register_closed_stages()
    for name in (REASON, COMMENT):
        remarks.add(name, has_process)
    register_templates()
    register_part(PART)
    field_uses.add("processes", uses_in_processes)
    subscribe(RecordsChanged, "processes.stays", note_stays)
