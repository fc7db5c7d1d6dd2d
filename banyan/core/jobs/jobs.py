"""The installation's nightly housekeeping."""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from banyan.core.access.actor import Actor
from banyan.core.access.events import SetupChanged
from banyan.core.audit.models import Result
from banyan.core.audit.notes import note
from banyan.core.audit.retention import prune
from banyan.core.audit.sealing import seal
from banyan.core.audit.shipping import ship
from banyan.core.audit.verification import verify
from banyan.core.audit.wording import told_finding
from banyan.core.database.backup import create_backup
from banyan.core.database.verification import stored_backups, verify_backup
from banyan.core.identity.models import Session
from banyan.core.jobs.registration import BULK, actor_of, defer, installation_periodic, job, periodic
from banyan.core.jobs.runs import watched
from banyan.core.kernel.clock import now
from banyan.core.objects.customising import CUSTOM_FIELD
from banyan.core.objects.field_indexes import synchronise
from banyan.core.objects.registry import specs_for
from banyan.core.records.recycle import purge_expired
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger(__name__)
FINISHED_JOBS_KEPT_HOURS = 14 * 24
VERIFY_AUDIT_LOG = "audit.verify"


@installation_periodic("30 18 * * *", name="database.daily_backup", queue=BULK)
def daily_backup() -> None:
    """Back up the installation; at half past two in the morning in China, the early evening in UTC."""
    made = create_backup(settings.CONFIGURATION)
    logger.info("Backup written to %s.", made.path)


@installation_periodic("30 20 * * 0", name="database.weekly_verification", queue=BULK)
def weekly_verification() -> None:
    """Restore the newest backup on trial, early on Monday in China; what is found stands on the page of backups."""
    backups = stored_backups(settings.CONFIGURATION.backup_directory)
    if not backups:
        return
    found = verify_backup(settings.CONFIGURATION, backups[0].path)
    if found.is_good:
        logger.info("%s was restored on trial: %d rows.", backups[0].path, found.rows)
    else:
        logger.error("%s is no good backup: %s", backups[0].path, found.problem)


@installation_periodic("10 19 * * *", name="jobs.clean_up", queue=BULK)
def clean_up() -> None:
    """Forget sessions that have ended and jobs that finished two weeks ago."""
    Session.objects.filter(expire_date__lt=now()).delete()
    async_to_sync(app.job_manager.delete_old_jobs)(nb_hours=FINISHED_JOBS_KEPT_HOURS, include_failed=False)


@periodic("40 19 * * *", name="records.empty_recycle_bin", queue=BULK)
def empty_recycle_bin(actor: Actor) -> None:
    """Erase what has lain in the recycle bin for 90 days."""
    for spec in specs_for(actor.organization).values():
        purge_expired(spec)


@periodic("* * * * *", name="audit.seal")
def seal_audit_log(actor: Actor) -> None:
    """Seal what was logged, and send a copy to the collector of logs; one that does not answer gets it later."""
    seal(actor.organization_id)
    try:
        with transaction.atomic():
            ship(actor.organization_id)
    except OSError:
        logger.exception("The collector in BANYAN_SYSLOG_URL does not take the audit log; it is tried again.")


@job(VERIFY_AUDIT_LOG, label=gettext_lazy("The audit log is checked"), queue=BULK, attempts=1, in_transaction=False)
def verify_audit_log(actor: Actor, *, run_id: str) -> None:
    """Compare the audit log with its seals, because somebody asked for it."""
    with watched(actor, run_id) as report, organization_scope(actor.organization_id):
        verified = verify(actor.organization_id)
        told = told_finding(verified.finding) if verified.finding else ""
        report.outcome = {
            "rows": verified.entries + verified.changes, "segments": verified.segments, "finding": told,
            "foreign_key": verified.foreign_key,
        }  # fmt: skip
        note(
            actor,
            "audit.verified",
            result=Result.DONE if verified.is_whole else Result.FAILED,
            details={"finding": told},
        )


@periodic("50 19 * * *", name="audit.prune", queue=BULK)
def prune_audit_log(actor: Actor) -> None:
    """Delete what is older than the organization keeps its audit log."""
    prune(actor.organization)


@job(
    "objects.index_fields",
    label=gettext_lazy("Indexes of fields are built"),
    queue=BULK,
    attempts=5,
    in_transaction=False,
)
def index_fields(actor: Actor) -> None:
    """Build the indexes of custom fields that are missing, and drop those that nobody wants any more."""
    synchronise(actor.organization_id)


def index_changed_field(event: SetupChanged) -> None:
    """Queue the work on indexes when a custom field was marked, unmarked, or switched on or off."""
    if event.subject == CUSTOM_FIELD and {"is_indexed", "is_active"} & event.values.keys():
        # One after the other: two that build on one table would wait for each other.
        defer(index_fields, actor_of(event.organization_id, event.actor_id), lock="objects.index_fields")


@installation_periodic("20 20 * * *", name="objects.index_all_fields", queue=BULK)
def index_all_fields() -> None:
    """Let every organization have its indexes: a restored one comes without."""
    for organization in Organization.objects.all():
        synchronise(organization.pk)
