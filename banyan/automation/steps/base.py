"""What every kind of step can do: show its form, check itself, say itself in a sentence, and work."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django import forms

from banyan.automation.models import AutomationRule, Run
from banyan.automation.rules import texts
from banyan.automation.rules.programs import Instruction
from banyan.automation.setting import RecordValues, Setting, Values
from banyan.automation.values import Moment
from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec

Json = Mapping[str, Any]


@dataclass(frozen=True)
class StepContext:
    """What a step's form, check and sentence need to know: the rule, its object, and who is editing."""

    setting: Setting
    rule: AutomationRule
    spec: ObjectSpec
    editor: Actor | None = None


@dataclass
class Work:
    """One run at one step: the record as it is now, and what the step may need of the run."""

    setting: Setting
    rule: AutomationRule
    run: Run
    spec: ObjectSpec
    actor: Actor
    instruction: Instruction
    record: Record
    is_trial: bool = False
    shared: RecordValues | None = None

    @property
    def config(self) -> Json:
        """Return how the step is set."""
        return self.instruction.config

    @property
    def actor_id(self) -> str:
        """Return who did what the rule answers to."""
        return str(self.run.cause.get("actor") or "")

    @cached_property
    def value(self) -> Values:
        """Return how the record's values are found by paths; a link costs one query for all runs at the step."""
        shared = self.shared or RecordValues(self.setting, self.spec, [self.record])
        return shared.of(self.record)

    @property
    def moment(self) -> Moment:
        """Return what values are computed from."""
        return Moment(self.setting, self.spec, self.record.pk, self.value, self.actor_id)

    @property
    def key(self) -> str:
        """Return what names this step of this run for whoever may see it twice."""
        return f"{self.run.pk}:{self.instruction.step_id}"

    @property
    def place(self) -> str:
        """Return the record's address."""
        return f"/{self.spec.plural}/{self.record.pk}"


@dataclass
class Outgoing:
    """What a step wants to have delivered."""

    kind: str
    request: dict[str, Any]


@dataclass
class SubRun:
    """A run that a step begins: of another rule, or of the steps below it for another record."""

    object_name: str
    record_id: uuid.UUID
    rule: AutomationRule | None = None
    position: int | None = None


@dataclass
class Outcome:
    """What became of a step for one run.

    ``text`` says it in words for the log. ``goes_to`` is the instruction that comes next when it is not the following
    one. A run with ``wait_until`` or ``outgoing`` waits; one that ``ends`` is over. ``remember`` joins the run's memory.
    """

    text: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    goes_to: int | None = None
    ends: bool = False
    waits: bool = False
    stays: bool = False
    wait_until: datetime | None = None
    outgoing: list[Outgoing] = field(default_factory=list)
    sub_runs: list[SubRun] = field(default_factory=list)
    remember: dict[str, Any] = field(default_factory=dict)


class StepKind:
    """Base of all kinds of steps."""

    name: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    help: ClassVar[Any] = ""
    icon: ClassVar[str] = "bolt"
    group: ClassVar[str] = "records"
    #: The kinds that hold steps: by branches, or once for each of something.
    branches: ClassVar[bool] = False
    has_body: ClassVar[bool] = False
    #: Whether the kind can be used here at all, such as only with a room that is there.
    form_class: ClassVar[type[forms.Form] | None] = None
    #: The keys of the step that the editor of field values fills, and of which object those are.
    fills: ClassVar[bool] = False
    #: Whether the step has a condition on records, edited by the filter editor.
    filters: ClassVar[bool] = False

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the step makes sense for a rule's object."""
        return True

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form | None:
        """Return the form of the step's settings; None when there is nothing to set."""
        return None

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the settings that a valid form holds."""
        return {name: value for name, value in form.cleaned_data.items() if value not in (None, "", [])}

    def target(self, context: StepContext, config: Json) -> ObjectSpec | None:
        """Return the object that the step fills or filters; the rule's own unless it says otherwise."""
        return context.spec

    def body_spec(self, context: StepContext, config: Json) -> ObjectSpec:
        """Return the object that steps within this one are about."""
        return context.spec

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the settings, in sentences that name the way out."""
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Return in one sentence what the step does."""
        return str(self.label)

    def sets(self, config: Json) -> dict[str, Json]:
        """Return what the step writes into the run's own record: rows of values by their fields."""
        return {}

    def run_many(self, works: Sequence[Work]) -> list[Outcome]:
        """Do the step for runs that are at it together; those of one call are about different records."""
        return [self.run(work) for work in works]

    def run(self, work: Work) -> Outcome:
        """Do the step for one run; raise a ``DomainError`` to let it fail."""
        raise TypeError(type(self).__name__)


step_kinds: Registry[StepKind] = Registry("kinds of steps")
GROUPS = ("records", "people", "outside", "flow")


def register_step(kind: StepKind) -> StepKind:
    """Make a kind of step known to the editor and the engine."""
    return step_kinds.add(kind.name, kind)


def place_help(setting: Setting, spec: ObjectSpec) -> str:
    """Return examples of places for values, for the help below texts."""
    names = [name for name in (spec.title, "number", "owner", *spec.quick_fields) if name in spec.all_fields]
    return " ".join(f"{{{name}}}" for name in dict.fromkeys(names)) if names else ""


def hidden_paths(setting: Setting, spec: ObjectSpec, reader: Actor, text: str) -> frozenset[str]:
    """Return the places of a text whose fields a reader may not see as they are."""
    from banyan.core.listing.fields import open_fields  # noqa: PLC0415 keeps the base light

    own = open_fields(reader, spec)
    found = set()
    for path in texts.places_in(text):
        name, dot, inner = path.partition(".")
        target = setting.target_of(spec.all_fields[name]) if dot and name in spec.all_fields else None
        if (
            name not in own
            or (dot and (target is None or inner not in open_fields(reader, target)))
            or (dot and target is not None and not reader.may(target.name, "view"))
        ):
            found.add(path)
    return frozenset(found)
