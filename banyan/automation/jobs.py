"""Background work of rules: runs, deliveries, the clock, and cleaning up."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from banyan.automation.choices import DeliveryState, Priority, RunState
from banyan.automation.engine.delivering import deliver_due
from banyan.automation.engine.timed import scan
from banyan.automation.engine.waking import DELIVER, WORK, WORK_NOW, wake
from banyan.automation.engine.working import work_off
from banyan.automation.models import AutomationRule, Delivery, Run, Tally
from banyan.automation.setting import Setting
from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, DEFAULT, IMMEDIATE, job, periodic
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope

#: How long ended runs and their logs are kept; those that did not apply say little and go sooner.
KEPT, SKIPPED_KEPT = timedelta(days=180), timedelta(days=30)
PART = 5_000


@job(WORK, label=gettext_lazy("Rules are carried out"), queue=DEFAULT, attempts=5, in_transaction=False)
def work(actor: Actor) -> None:
    """Work off what is due; what is left after some time is left to another job, so that others have their turn."""
    if work_off(actor.organization_id):
        with organization_scope(actor.organization_id):
            wake(actor.organization_id, WORK)


@job(
    WORK_NOW,
    label=gettext_lazy("Rules that people wait for are carried out"),
    queue=IMMEDIATE,
    attempts=5,
    in_transaction=False,
)
def work_now(actor: Actor) -> None:
    """Work off what people wait for, before everything else."""
    if work_off(actor.organization_id, priority=Priority.IMMEDIATE):
        with organization_scope(actor.organization_id):
            wake(actor.organization_id, WORK_NOW)


@job(DELIVER, label=gettext_lazy("Messages of rules go out"), queue=DEFAULT, attempts=5, in_transaction=False)
def deliver(actor: Actor) -> None:
    """Send what waits to leave the installation."""
    while deliver_due(actor.organization_id):
        pass


@periodic("* * * * *", name="automation.tick")
def tick(actor: Actor) -> None:
    """Every minute: what the clock begins, runs whose waiting is over, deliveries whose next attempt is due."""
    if not AutomationRule.objects.exists():
        return
    with translation.override(actor.language), timezone.override(actor.time_zone):
        scan(Setting(actor.organization))
    due = Run.objects.filter(state__in=[RunState.READY, RunState.WAITING], due_at__lte=now())
    if due.filter(priority=Priority.IMMEDIATE).exists():
        wake(actor.organization_id, WORK_NOW)
    if due.exists():
        wake(actor.organization_id, WORK)
    if Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=now()).exists():
        wake(actor.organization_id, DELIVER)


@periodic("35 18 * * *", name="automation.prune", queue=BULK)
def prune(actor: Actor) -> None:
    """Forget what ended long ago."""
    ended = Run.objects.filter(ended_at__lt=now() - KEPT) | Run.objects.filter(
        state=RunState.SKIPPED, ended_at__lt=now() - SKIPPED_KEPT
    )
    while ids := list(ended.order_by("pk").values_list("pk", flat=True)[:PART]):
        Run.objects.filter(pk__in=ids).delete()
    Tally.objects.filter(at__lt=now() - KEPT).delete()
