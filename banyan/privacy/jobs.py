"""Background work on personal data: erasing a person, and every night what the retention rules say."""

from __future__ import annotations

import logging
import uuid

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, DEFAULT, defer, job, periodic
from banyan.core.jobs.runs import begin_run, watched
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.privacy.models import Erasure, Inquiry
from banyan.privacy.services.erasing import begin_erasure, erase
from banyan.privacy.services.inquiries import begin_inquiry, find_inquiry, forget_inquiries, look, takes_long
from banyan.privacy.services.retention import look_again, run_rules

ERASE = "privacy.erase"
LOOK = "privacy.look"
logger = logging.getLogger(__name__)


@job(ERASE, label=gettext_lazy("Personal data of somebody is erased"), queue=BULK, attempts=3, in_transaction=False)
def erase_person(actor: Actor, *, run_id: str, erasure_id: str) -> None:
    """Make a person anonymous; a run that was cut off goes on."""
    with watched(actor, run_id) as report:
        erase(actor, uuid.UUID(erasure_id), report)
        report.outcome = {"erasure": erasure_id}


def start_erasure(
    actor: Actor,
    object_name: str,
    record_id: uuid.UUID,
    *,
    reach: str,
    clears_texts: bool,
    request_id: uuid.UUID | None = None,
) -> tuple[Erasure, JobRun]:
    """Have a person erased in the background; see ``begin_erasure`` for what it raises."""
    erasure = begin_erasure(
        actor, object_name, record_id, reach=reach, clears_texts=clears_texts, request_id=request_id
    )
    run = begin_run(actor, ERASE, subject=str(erasure.pk))
    defer(erase_person, actor, lock=f"{ERASE}:{erasure.pk}", run_id=str(run.pk), erasure_id=str(erasure.pk))
    return erasure, run


@job(
    LOOK, label=gettext_lazy("Everything about a person is looked for"), queue=DEFAULT, attempts=2, in_transaction=False
)
def look_through(actor: Actor, *, run_id: str, inquiry_id: str) -> None:
    """Find everything about a person."""
    with watched(actor, run_id) as report:
        with organization_scope(actor.organization_id):
            inquiry = find_inquiry(actor, uuid.UUID(inquiry_id))
        look(actor, inquiry, report, in_scope=False)


def start_inquiry(
    actor: Actor, *, typed: str = "", object_name: str = "", record_id: uuid.UUID | None = None
) -> Inquiry:
    """Find everything about a person: at once where there is little to read, otherwise in the background."""
    inquiry = begin_inquiry(actor, typed=typed, object_name=object_name, record_id=record_id)
    if not takes_long(actor):
        look(actor, inquiry)
        return inquiry
    run = begin_run(actor, LOOK, subject=str(inquiry.pk))
    defer(look_through, actor, lock=f"{LOOK}:{inquiry.pk}", run_id=str(run.pk), inquiry_id=str(inquiry.pk))
    return inquiry


@periodic("25 17 * * *", name="privacy.retention_at_night", queue=BULK)
def retention_at_night(actor: Actor) -> None:
    """Queue what the retention rules say, in the small hours in China."""
    defer(retain, actor, lock=f"privacy.retain:{actor.organization_id}")


@job(
    "privacy.retain",
    label=gettext_lazy("Retention rules are carried out"),
    queue=BULK,
    attempts=1,
    in_transaction=False,
)
def retain(actor: Actor) -> None:
    """Carry out the retention rules, and erase what had to stay of people only for a while."""
    for run in run_rules(actor, now()):
        logger.info("Retention rule %s: %d of %d, %d failed.", run.rule_id, run.done, run.due, run.failed)
    look_again(actor)
    with organization_scope(actor.organization_id):
        forget_inquiries(now())
