"""Telling a rule's owner what went wrong: once, not for each run."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils.translation import gettext_noop

from banyan.automation.choices import RunState
from banyan.automation.models import AutomationRule, Run
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish

QUIET = timedelta(hours=1)
FAILED = gettext_noop("The rule “%(rule)s” failed: %(reason)s")
LOOP = gettext_noop("The rule “%(rule)s” was stopped: rules lead to each other without end.")
STORM = gettext_noop("The rule “%(rule)s” is paused: it ran more often than it may in an hour.")


def tell_owner(rule: AutomationRule, text: str, *, place: str = "", **values: str) -> None:
    """Tell the owner of a rule something, by the bell."""
    if rule.owner_id is None:
        return
    publish(
        PeopleToTell(
            organization_id=rule.organization_id,
            user_ids=(rule.owner_id,),
            text=text,
            place=place or f"/automation/{rule.pk}",
            values={"rule": rule.name, **values},
        )
    )


def tell_of_failure(rule: AutomationRule, run: Run) -> None:
    """Tell the owner that a run failed, unless another one of the rule did within the hour before."""
    earlier = Run.objects.filter(rule=rule, state=RunState.FAILED, ended_at__gte=now() - QUIET).exclude(pk=run.pk)
    if not earlier.exists():
        tell_owner(rule, FAILED, place=f"/automation/runs/{run.pk}", reason=run.reason[:200])


def tell_of_loop(organization_id: uuid.UUID, rule_id: uuid.UUID) -> None:
    """Tell the owner that a chain of rules was cut off, unless that happened within the hour before."""
    stopped = Run.objects.filter(rule_id=rule_id, state=RunState.STOPPED, ended_at__gte=now() - QUIET)
    if stopped.count() <= 1:
        rule = AutomationRule.objects.filter(pk=rule_id).first()
        if rule is not None:
            tell_owner(rule, LOOP, place=f"/automation/{rule.pk}/runs?state=stopped")
