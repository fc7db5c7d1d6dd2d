"""How long the log is kept, and what stays of what goes: a note in the log itself, so that the chain can be verified."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction

from banyan.core.access.actor import Channel, system_actor
from banyan.core.audit.bounds import following, id_at
from banyan.core.audit.models import Head, Segment
from banyan.core.audit.notes import note, note_restored
from banyan.core.audit.policy import Policy
from banyan.core.audit.verification import PRUNED
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

#: A month of the setting is never shorter than one of the calendar, which the database compares with.
MONTH = timedelta(days=31)
#: The clock of a backup is read in whole seconds, and some time before its rows are.
BACKUP_MARGIN = timedelta(minutes=2)


@transaction.atomic
def prune(organization: Organization) -> int:
    """Delete what is older than the organization keeps, in whole segments; return how many entries went.

    The last deleted segment's number and hash stand in the log afterwards: there the chain begins.
    """
    limit = now() - MONTH * Policy.of(organization).audit_months
    head = Head.objects.filter(organization_id=organization.pk).first()
    old = Segment.objects.filter(organization_id=organization.pk, before__lte=id_at(limit), at__lt=limit)
    last = old.filter(number__lt=head.number).order_by("-number").first() if head else None
    if last is None:
        return 0
    note(system_actor(organization), PRUNED, details={"through": last.number, "hash": last.hash})
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.prune_audit_entry(%s)", [last.before])
        (gone,) = cursor.fetchone()
        cursor.execute("SELECT public.prune_audit_segment(%s)", [following(last.before)])
    return int(gone)


def note_restoration(organization_id: str, created_at: str) -> None:
    """Write down that an organization was put back to a backup: what was changed since is gone."""
    with organization_scope(uuid.UUID(organization_id)):
        actor = system_actor(Organization.objects.get(pk=organization_id), channel=Channel.COMMAND)
        note_restored(actor, after=id_at(datetime.fromisoformat(created_at) - BACKUP_MARGIN), before=id_at(now()))
