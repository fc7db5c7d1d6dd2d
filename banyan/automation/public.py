"""The front door of the automation app for apps above it, and for rooms that add kinds of steps or triggers."""

from banyan.automation.engine.working import work_off
from banyan.automation.services import count_enabled_rules, create_rule, delete_rule, disable, enable, save_version
from banyan.automation.steps.base import Outcome, StepContext, StepKind, Work, register_step, step_kinds
from banyan.automation.triggers.base import TriggerKind, register_trigger, triggers
from banyan.automation.values import Source, sources

__all__ = [
    "Outcome",
    "Source",
    "StepContext",
    "StepKind",
    "TriggerKind",
    "Work",
    "count_enabled_rules",
    "create_rule",
    "delete_rule",
    "disable",
    "enable",
    "register_step",
    "register_trigger",
    "save_version",
    "sources",
    "step_kinds",
    "triggers",
    "work_off",
]
