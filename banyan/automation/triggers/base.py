"""What every kind of trigger can do: show its form, check itself, say itself in a sentence, and recognise its events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from banyan.automation.conditions import Case
from banyan.automation.setting import Setting
from banyan.automation.steps.base import StepContext
from banyan.core.kernel.registry import Registry
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.events import ChangedRecord

Json = Mapping[str, Any]
CREATE, UPDATE = "create", "update"
#: How many happenings are read for each record that a trial wants.
READ_FOR_EACH = 20


class TriggerKind:
    """Base of all kinds of triggers."""

    name: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    help: ClassVar[Any] = ""
    icon: ClassVar[str] = "bolt"
    #: The writes that may begin it; none for what the clock, a person or another system begins.
    actions: ClassVar[tuple[str, ...]] = ()
    #: Whether the clock begins it.
    is_timed: ClassVar[bool] = False
    #: Whether it has a filter of records.
    filters: ClassVar[bool] = False

    def is_offered(self, context: StepContext) -> bool:
        """Say whether the trigger makes sense for an object."""
        return True

    def form(self, context: StepContext, data: Any, config: Json) -> forms.Form | None:
        """Return the form of the settings; None when there is nothing to set."""
        return None

    def read(self, context: StepContext, form: forms.Form) -> dict[str, Any]:
        """Return the settings that a valid form holds."""
        return {name: value for name, value in form.cleaned_data.items() if value not in (None, "", [])}

    def problems(self, context: StepContext, config: Json) -> list[str]:
        """Return what is wrong with the settings."""
        return []

    def sentence(self, context: StepContext, config: Json) -> str:
        """Return in one sentence when the rule begins."""
        return str(self.label)

    def told(self, context: StepContext, config: Json) -> str:
        """Return the sentence, or what kind of trigger it is while nothing of what it needs has been set yet."""
        if not config and self.problems(context, config):
            return str(self.label)
        return self.sentence(context, config)

    def watched_fields(self, config: Json) -> frozenset[str] | None:
        """Return the fields whose changes may begin it; None for any."""
        return None

    def matches(self, changed: ChangedRecord, config: Json) -> bool:
        """Say whether a change of watched fields begins it."""
        return True

    def past(self, spec: ObjectSpec, config: Json, most: int) -> list[uuid.UUID] | None:
        """Return the records that it last began with or would have, newest first; None where the change log knows."""
        return None

    def delay(self, config: Json) -> timedelta | None:
        """Return how long after the event the run is due; None for at once."""
        return None

    def verdicts(self, setting: Setting, spec: ObjectSpec, config: Json, cases: Sequence[Case]) -> list[str]:
        """Return for each case why it is no case of the trigger after all, seen from the records as they are now."""
        return [""] * len(cases)


triggers: Registry[TriggerKind] = Registry("triggers")


def register_trigger(kind: TriggerKind) -> TriggerKind:
    """Make a kind of trigger known to the editor and the engine."""
    return triggers.add(kind.name, kind)


def newest(rows: QuerySet[Any, Any], most: int) -> list[uuid.UUID]:
    """Return the first different ids of rows that are in order; of records that occur often only so many are read."""
    return list(dict.fromkeys(rows[: most * READ_FOR_EACH]))[:most]


@dataclass(frozen=True)
class Watched:
    """A rule that is on, as writes look at it: all that matching needs, in memory."""

    rule_id: Any
    version: int
    trigger: TriggerKind
    config: Json
    fields: frozenset[str] | None


@dataclass(frozen=True)
class Watch:
    """What the writes of one object have to look at; ``hears`` says that runs wait for changes of its records."""

    by_action: Mapping[str, tuple[Watched, ...]] = field(default_factory=dict)
    hears: bool = False
    buttons: tuple[Any, ...] = ()
