"""What happens to leads when they, or follow-ups about them, change."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min, Q

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.standing import actor_for
from banyan.core.files.models import Attachment
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.objects.kinds import reference_to, split_reference
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.changelog import tell_figures
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.events import FiguresChanged, RecordsChanged, RecordsResealed
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import insert_rows, update_rows
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Activity, keys_to_keep, match_keys
from banyan.leads.choices import LeadStatus, MovementKind
from banyan.leads.engine.scoring import FIGURES, rescore
from banyan.leads.models import LIVE, Conversion, Lead, LeadConsent, LeadMovement, LeadSubmission
from banyan.leads.queries import KEYED, matched_values, organization_of
from banyan.leads.rules import minutes_between
from banyan.leads.setting import lead_setting

#: A note to oneself reaches nobody.
NOTE = "note"
CONTACT_FIGURES = ("last_activity_at", "first_contact_at", "response_minutes", "next_follow_up_on")


def keep_keys(event: RecordsChanged) -> None:
    """Let the rows by which leads are recognised agree with their keys, set-based."""
    if event.object_name != "lead" or event.action in {ChangeAction.DELETE, ChangeAction.RESTORE}:
        return
    is_new = event.action == ChangeAction.CREATE
    whole = is_new or event.action == ChangeAction.MERGE
    ids = [entry.record_id for entry in event.records if whole or not entry.values.keys().isdisjoint(KEYED)]
    if ids:
        _write_keys(ids, is_new=is_new)


def renew_keys(event: RecordsResealed) -> None:
    """Make the keys of leads anew whose values were encrypted, decrypted or encrypted under another key."""
    if event.object_name != "lead":
        return
    spec = spec_for(organization_of(event.organization_id), "lead")
    rows: list[dict[str, Any]] = []
    for record in Lead.objects.filter(pk__in=event.record_ids):
        draft = Draft(spec, existing=record)
        rows.append({"id": record.pk, "match_keys": keys_to_keep(spec, match_keys(matched_values(draft.get)))})
    update_rows(Lead, ["match_keys"], rows)
    _write_keys([row["id"] for row in rows], is_new=False)


def _write_keys(ids: list[uuid.UUID], *, is_new: bool) -> None:
    with connection.cursor() as cursor:
        if not is_new:
            cursor.execute("DELETE FROM leads_leadkey WHERE lead_id = ANY(%s)", [ids])
        cursor.execute(
            "INSERT INTO leads_leadkey (organization_id, key, lead_id)"
            " SELECT organization_id, unnest(match_keys), id FROM leads_lead WHERE id = ANY(%s)",
            [ids],
        )


def forget_sent(event: RecordsChanged) -> None:
    """Take away what was sent by people whose data were erased from their leads; that something was sent stays."""
    if event.object_name != "lead" or event.action != ChangeAction.ERASE:
        return
    ids = [record.record_id for record in event.records]
    LeadSubmission.objects.filter(lead_id__in=ids).update(values={}, title="")
    LeadConsent.objects.filter(lead_id__in=ids).update(evidence="")


def log_movements(event: RecordsChanged) -> None:
    """Write down how leads came to an owner, or lost one."""
    if event.object_name != "lead" or event.action != ChangeAction.UPDATE:
        return
    rows = []
    for record in event.records:
        if "owner" not in record.values:
            continue
        before, after = map(parse_id, record.values["owner"])
        rows.append(
            {
                "id": new_id(), "organization_id": event.organization_id, "lead_id": record.record_id,
                "kind": _movement(after, event.actor_id).value, "from_owner_id": before, "to_owner_id": after,
                "actor_id": event.actor_id, "reason": "", "at": now(), "batch_id": event.batch_id,
            }
        )  # fmt: skip
    if rows:
        insert_rows(LeadMovement, rows)


def _movement(to_owner: uuid.UUID | None, by: uuid.UUID | None) -> MovementKind:
    if to_owner is None:
        return MovementKind.RELEASED if by else MovementKind.RECYCLED
    return MovementKind.CLAIMED if to_owner == by else MovementKind.ASSIGNED


def score_changed(event: RecordsChanged) -> None:
    """Score leads anew that were made or changed."""
    if event.object_name != "lead" or event.action not in {
        ChangeAction.CREATE, ChangeAction.UPDATE, ChangeAction.RESTORE, ChangeAction.MERGE,
    }:  # fmt: skip
        return
    rescore(organization_of(event.organization_id), [record.record_id for record in event.records])


def score_figures(event: FiguresChanged) -> None:
    """Score leads anew whose derived values changed, such as the last follow-up; a score is none of them."""
    if event.object_name != "lead":
        return
    ids = [record.record_id for record in event.records if not record.values.keys() <= set(FIGURES)]
    if ids:
        rescore(organization_of(event.organization_id), ids)


def note_contacts(event: RecordsChanged) -> None:
    """Let last follow-up, first contact and response time of leads agree with the follow-ups about them.

    The first one moves a new lead on. Undoing a follow-up takes that back with the same batch.
    """
    if event.object_name != "activity":
        return
    ids = [record.record_id for record in event.records]
    rows = Activity.objects.filter(pk__in=ids, about__startswith="lead:").values_list("about", flat=True)
    pointed = {found[1] for about in rows if (found := split_reference(about))}
    for record in event.records:
        for value in record.values.get("about", ()):
            found = split_reference(value)
            if found is not None and found[0] == "lead":
                pointed.add(found[1])
    if pointed:
        _keep_contacts(event, sorted(pointed))


def _keep_contacts(event: RecordsChanged, lead_ids: list[uuid.UUID]) -> None:
    organization = organization_of(event.organization_id)
    abouts = {reference_to("lead", pk): pk for pk in lead_ids}
    live = Activity.objects.filter(LIVE, about__in=list(abouts)).order_by()
    contacts = ~Q(type=NOTE)
    spans = live.values_list("about").annotate(last=Max("happened_at"), first=Min("happened_at", filter=contacts))
    found: dict[uuid.UUID, tuple[datetime | None, datetime | None]] = {
        abouts[about]: (last, first) for about, last, first in spans
    }
    newest = dict(live.order_by("about", "happened_at", "pk").values_list("about", "next_on"))
    is_new = event.action in {ChangeAction.CREATE, ChangeAction.DELETE, ChangeAction.RESTORE}
    leads = list(Lead.objects.filter(pk__in=lead_ids).select_for_update(no_key=True).order_by("pk"))
    changed, told, begun = [], [], []
    for lead in leads:
        last, first = found.get(lead.pk, (None, None))
        first = max(first, lead.created_at) if first else None
        next_on = newest.get(reference_to("lead", lead.pk)) if is_new else lead.next_follow_up_on
        values = {
            "last_activity_at": last,
            "first_contact_at": first,
            "response_minutes": _response(organization, lead, first),
            "next_follow_up_on": next_on,
        }
        before = [getattr(lead, name) for name in CONTACT_FIGURES]
        if before != list(values.values()):
            changed.append({"id": lead.pk, **values})
            told.append((lead.pk, *before, *values.values()))
        if first is not None and lead.status == LeadStatus.NEW and lead.deleted_at is None:
            begun.append(lead)
    if changed:
        update_rows(Lead, CONTACT_FIGURES, changed)
        tell_figures(organization.pk, "lead", CONTACT_FIGURES, told)
    if begun and event.action == ChangeAction.CREATE:
        _move_on(event, organization, begun)


def _response(organization: Organization, lead: Lead, first: datetime | None) -> int | None:
    if first is None:
        return None
    return minutes_between(lead.created_at, first, lead_setting(organization).hours, organization.time_zone)


def _move_on(event: RecordsChanged, organization: Organization, leads: list[Lead]) -> None:
    """Move new leads to "contacted" in the name of whoever contacted them, as part of the same work."""
    context = WriteContext.for_actor(_actor_of(event, organization), batch_id=event.batch_id)
    spec = spec_for(organization, "lead")
    drafts = []
    for lead in leads:
        draft = Draft(spec, existing=Lead.objects.get(pk=lead.pk))
        draft.set("status", LeadStatus.CONTACTED.value)
        drafts.append(draft)
    door.write_changes(context, spec, drafts)


def _actor_of(event: RecordsChanged, organization: Organization) -> Actor:
    channel = Channel(event.channel)
    user = User.objects.select_related("organization").filter(pk=event.actor_id).first() if event.actor_id else None
    return actor_for(user, channel=channel) if user else system_actor(organization, channel=channel)


def note_reversals(event: RecordsChanged) -> None:
    """Note that a conversion was taken back, by its own button or by undo, and take its copies of files away."""
    if event.object_name != "lead" or event.action != ChangeAction.UPDATE:
        return
    ids = [
        record.record_id
        for record in event.records
        if record.values.get("status", (None, None))[0] == LeadStatus.CONVERTED
    ]
    for conversion in Conversion.objects.filter(lead_id__in=ids, undone_at=None):
        Attachment.objects.filter(pk__in=conversion.copied, deleted_at=None).update(deleted_at=now())
        conversion.undone_at = now()
        conversion.save(update_fields=["undone_at"])
