"""Fixed choices of rules and their runs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: The whole of the app, and the few ready rules that every edition has.
MODULE, READY_RULES = "automation", "ready_rules"


class RuleState(models.TextChoices):
    """Whether a rule works."""

    OFF = "off", pgettext_lazy("rule", "Off")
    ON = "on", pgettext_lazy("rule", "On")
    PAUSED = "paused", pgettext_lazy("rule", "Paused")


class ActsAs(models.TextChoices):
    """With whose right the steps of a rule are done."""

    SYSTEM = "system", _("The system: everything is possible")
    OWNER = "owner", _("The rule's owner: only what this person may do")


class RunState(models.TextChoices):
    """How far a run is.

    ``ready`` and ``waiting`` runs go on when they are due; a waiting one without that waits for an answer from
    outside. ``held`` ones belong to a paused rule. ``skipped`` means that the condition did not hold, ``stopped``
    that a step or a guard ended the run.
    """

    READY = "ready", pgettext_lazy("run", "Queued")
    WAITING = "waiting", pgettext_lazy("run", "Waiting")
    HELD = "held", pgettext_lazy("run", "Held back")
    DONE = "done", pgettext_lazy("run", "Done")
    SKIPPED = "skipped", pgettext_lazy("run", "Did not apply")
    STOPPED = "stopped", pgettext_lazy("run", "Ended early")
    FAILED = "failed", pgettext_lazy("run", "Failed")


#: Runs that go on by themselves.
UNDER_WAY = (RunState.READY, RunState.WAITING, RunState.HELD)


class Priority(models.IntegerChoices):
    """Which runs come first: what a person waits for, then everything else."""

    IMMEDIATE = 0, _("At once")
    USUAL = 1, pgettext_lazy("priority", "Usual")


class StepState(models.TextChoices):
    """What became of a step."""

    DONE = "done", pgettext_lazy("step", "Done")
    WAITING = "waiting", pgettext_lazy("step", "Waiting")
    AGAIN = "again", pgettext_lazy("step", "Is tried again")
    FAILED = "failed", pgettext_lazy("step", "Failed")


class DeliveryKind(models.TextChoices):
    """What leaves the installation."""

    WEBHOOK = "webhook", _("Webhook")
    EMAIL = "email", _("E-mail message")


class DeliveryState(models.TextChoices):
    """How far a delivery is."""

    WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
    DONE = "done", pgettext_lazy("delivery", "Delivered")
    FAILED = "failed", pgettext_lazy("delivery", "Failed")


#: Colours of states on pages.
COLORS = {
    RunState.READY: "blue", RunState.WAITING: "yellow", RunState.HELD: "orange", RunState.DONE: "green",
    RunState.SKIPPED: "grey", RunState.STOPPED: "grey", RunState.FAILED: "red",
}  # fmt: skip
RULE_COLORS = {RuleState.ON: "green", RuleState.OFF: "grey", RuleState.PAUSED: "orange"}
