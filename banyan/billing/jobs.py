"""Background work of billing: instalments grow due, subscriptions are renewed, reminders go out."""

from __future__ import annotations

import logging
import uuid

from django.db import transaction
from django.utils.translation import gettext_lazy

from banyan.billing.engine.openness import refresh_open
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.models import Subscription
from banyan.billing.objects import MODULE
from banyan.billing.services.noticing import tell_of_notices
from banyan.billing.services.reminding import due_reminders, send_reminder
from banyan.billing.services.subscribing import renew
from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, DEFAULT, defer, job, periodic
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.modules import module_is_on

logger = logging.getLogger(__name__)


@periodic("5 * * * *", name="billing.grow_due", queue=DEFAULT)
def grow_due(actor: Actor) -> None:
    """Let instalments grow due: every hour, because midnight is not everywhere at once."""
    if module_is_on(actor.organization, MODULE):
        refresh_plans(actor.organization_id, None, today(actor.organization.time_zone))


@periodic("40 18 * * *", name="billing.open_orders", queue=BULK)
def derive_open(actor: Actor) -> None:
    """Derive once a night what of all orders is open, so that nothing depends on every change having been told."""
    if module_is_on(actor.organization, MODULE):
        refresh_open(actor.organization_id, None)


@periodic("20 * * * *", name="billing.renew", queue=DEFAULT)
def renew_subscriptions(actor: Actor) -> None:
    """Make the orders of all periods that have begun; one subscription's trouble does not keep the others waiting."""
    if not module_is_on(actor.organization, MODULE):
        return
    day = today(actor.organization.time_zone)
    rows = Subscription.objects.filter(state="active", next_on__lte=day, deleted_at__isnull=True).order_by("pk")
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                renew(actor, pk, day)
        except DomainError:
            logger.exception("Subscription %s was not renewed.", pk)


@periodic("30 0 * * *", name="billing.notices", queue=DEFAULT)
def tell_notices(actor: Actor) -> None:
    """Tell owners of subscriptions that can soon be cancelled no longer, or that end."""
    if module_is_on(actor.organization, MODULE):
        tell_of_notices(actor, today(actor.organization.time_zone))


@periodic("0 1 * * *", name="billing.remind", queue=DEFAULT)
def remind(actor: Actor) -> None:
    """Write down the reminders of the day, at nine in China, and queue those that go out by e-mail."""
    if not module_is_on(actor.organization, MODULE):
        return
    for pk in due_reminders(actor, today(actor.organization.time_zone)):
        defer(send_by_mail, actor, lock=f"billing.reminder:{pk}", reminder_id=str(pk))


@job("billing.send_reminder", label=gettext_lazy("A payment reminder is sent"), queue=DEFAULT, attempts=1)
def send_by_mail(_actor: Actor, *, reminder_id: str) -> None:
    """Send one reminder; it is sent at most once."""
    send_reminder(uuid.UUID(reminder_id))
