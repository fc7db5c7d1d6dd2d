"""Rules of every object that rooms above add to the one door: the organization's own checks, gates and derived values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from banyan.core.kernel.registry import Registry
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext


class Phase(IntEnum):
    """When a policy looks at drafts.

    Before defaults are filled in, after the object's rules, when all is set; and, to keep something beside the record,
    when nothing speaks against a draft any more and its row is about to be written.
    """

    ASSIGN = 10
    DERIVE = 20
    JUDGE = 30
    SETTLE = 40


@dataclass(frozen=True)
class WritePolicy:
    """Something that looks at every write.

    ``applies`` is asked for each write and must answer from memory, such as from ``spec.shaping``. ``run`` gets the
    drafts of one write together, so that it asks the database once for all of them; it sets values or refuses.
    ``keep`` gets records on their way to the recycle bin; it raises a ``DomainError`` to keep them.
    Policies of a phase run in the order of their names. Drafts with errors are only seen while judging, so that
    people learn everything that is wrong at once.
    """

    name: str
    phase: Phase
    applies: Callable[[ObjectSpec], bool]
    run: Callable[[Sequence[Draft], WriteContext], None] | None = None
    keep: Callable[[ObjectSpec, Sequence[Record], WriteContext], None] | None = None


write_policies: Registry[WritePolicy] = Registry("write policies")


def register_policy(policy: WritePolicy) -> WritePolicy:
    """Make a policy look at every write."""
    return write_policies.add(policy.name, policy)


def run_policies(phase: Phase, spec: ObjectSpec, drafts: Sequence[Draft], context: WriteContext) -> None:
    """Let the policies of a phase look at the drafts of one write of one object."""
    for policy in sorted(write_policies, key=lambda policy: policy.name):
        if policy.phase is phase and policy.run is not None and policy.applies(spec):
            seen = drafts if phase is Phase.JUDGE else [draft for draft in drafts if not draft.errors]
            if seen:
                policy.run(seen, context)


def ask_to_keep(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Let the policies refuse that records go to the recycle bin; raise what they raise."""
    for policy in sorted(write_policies, key=lambda policy: policy.name):
        if policy.keep is not None and policy.applies(spec):
            policy.keep(spec, records, context)
