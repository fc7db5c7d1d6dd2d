"""What marketing does in the background: mail minute by minute, and segments with many members."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.jobs.registration import DEFAULT, defer, job, periodic
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.scope import organization_scope
from banyan.marketing.choices import MODULE
from banyan.marketing.models import CampaignTask
from banyan.marketing.services.members import add_segment
from banyan.marketing.services.sending import send_portion, sending_now


@job("marketing.send", label=gettext_lazy("A mailing is sent"), queue=DEFAULT, attempts=1, in_transaction=False)
def send(actor: Actor, *, mailing_id: str) -> None:
    """Send what may go out in this minute; what was begun and did not end is never sent again."""
    send_portion(actor.organization_id, uuid.UUID(mailing_id))


def send_soon(actor: Actor, mailing_id: uuid.UUID) -> None:
    """Queue the next portion of a mail; portions of one organization come one after the other."""
    system = system_actor(actor.organization)
    defer(send, system, lock=f"marketing.send:{actor.organization_id}", mailing_id=str(mailing_id))


@periodic("* * * * *", name="marketing.send_due")
def send_due(actor: Actor) -> None:
    """Queue the next portions of all mails that are being sent."""
    if module_is_on(actor.organization, MODULE):
        for mailing_id in sending_now():
            send_soon(actor, mailing_id)


@job(
    "marketing.add_segment",
    label=gettext_lazy("A segment joins a campaign"),
    queue=DEFAULT,
    attempts=1,
    in_transaction=False,
)
def add_many(actor: Actor, *, task_id: str) -> None:
    """Make the members of a segment members of a campaign, part by part; its page tells how far it is."""
    with organization_scope(actor.organization_id):
        task = CampaignTask.objects.select_related("segment").get(pk=task_id)
    problem, segment = "", task.segment
    try:
        with organization_scope(actor.organization_id):
            for added in add_segment(actor, task.campaign_id, segment) if segment is not None else ():
                task.added, task.known = task.added + added.added, task.known + added.known
    except DomainError as error:
        problem = str(error.message)
    with organization_scope(actor.organization_id):
        task.problem, task.finished_at = problem[:255], now()
        if problem:
            task.added = task.known = 0
        task.save(update_fields=["added", "known", "problem", "finished_at"])


def add_later(actor: Actor, task: CampaignTask) -> None:
    """Queue adding a segment, in the transaction that wrote the task."""
    defer(add_many, actor, task_id=str(task.pk))
