"""What happens to leads by itself: scores fade, leads come back, and whoever is late is told."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy, gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.events import publish
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.leads.choices import MODULE, LeadStatus
from banyan.leads.engine.scoring import all_open, rescore
from banyan.leads.models import LIVE, Lead
from banyan.leads.queries import late_leads
from banyan.leads.services.pool import due_leads, release_due
from banyan.leads.setting import lead_setting

AT_ONCE = 500
#: A few are named; of more only the number is told.
MOST_NAMED = 3


def score_again(actor: Actor) -> None:
    """Queue working out all scores anew, after the rules have changed."""
    defer(score_all, actor, lock=f"leads.score_all:{actor.organization_id}")


@job("leads.score_all", label=gettext_lazy("Scores of all leads are worked out"), queue=BULK, in_transaction=False)
def score_all(actor: Actor) -> None:
    """Work out the scores of all leads that may still become customers, in parts with a transaction each."""
    score_everything(actor)


def score_everything(actor: Actor) -> int:
    """Do the same at once and return how many scores changed."""
    with organization_scope(actor.organization_id):
        parts = list(all_open())
    changed = 0
    for part in parts:
        with organization_scope(actor.organization_id):
            changed += rescore(actor.organization, part)
    return changed


@periodic("35 17 * * *", name="leads.at_night", queue=BULK)
def at_night(actor: Actor) -> None:
    """Bring back what is due, let scores fade, and tell owners what they will lose, in the night of China."""
    if not module_is_on(actor.organization, MODULE):
        return
    wake_recycled(actor)
    release_idle(actor, now())
    tell_owners(actor, now())
    defer(score_all, actor, lock=f"leads.score_all:{actor.organization_id}")


def wake_recycled(actor: Actor) -> int:
    """Make leads new again whose day has come, and tell their owners; return how many."""
    day = today(actor.organization.time_zone)
    rows = Lead.objects.filter(LIVE, status=LeadStatus.RECYCLED, again_on__lte=day).order_by("pk")
    found = list(rows.values_list("pk", "owner_id", "name")[:10_000])
    if not found:
        return 0
    changes = {pk: {"status": LeadStatus.NEW.value} for pk, _owner, _name in found}
    door.update_many(actor, spec_for(actor.organization, "lead"), changes)
    for pk, owner_id, name in found:
        if owner_id is not None:
            text = gettext_noop("Time to contact this lead again: %(name)s")
            publish(PeopleToTell(actor.organization_id, (owner_id,), text, f"/leads/{pk}", {"name": name}))
    return len(found)


def release_idle(actor: Actor, at: datetime) -> int:
    """Put leads into the pool that nobody has contacted for too long; return how many."""
    setting = lead_setting(actor.organization)
    if not setting.release_days:
        return 0
    released, after = 0, uuid.UUID(int=0)
    while True:
        ids = list(due_leads(setting, at).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            return released
        released += release_due(actor, ids)
        after = ids[-1]


def tell_owners(actor: Actor, at: datetime) -> int:
    """Tell owners of leads that the rule will bring back so many days later, on the one day when that is so."""
    setting = lead_setting(actor.organization)
    if not setting.release_days or not setting.notice_days:
        return 0
    ahead = at + timedelta(days=setting.notice_days)
    soon = due_leads(setting, ahead).exclude(pk__in=due_leads(setting, ahead - timedelta(days=1)).values("pk"))
    by_owner: dict[uuid.UUID, list[str]] = defaultdict(list)
    for owner_id, name in soon.order_by("name").values_list("owner_id", "name")[:10_000]:
        by_owner[owner_id].append(name)
    text = gettext_noop("Leads go back to the pool in %(days)s days unless you contact them: %(names)s")
    for owner_id, names in by_owner.items():
        values = {"days": str(setting.notice_days), "names": _named(names)}
        publish(PeopleToTell(actor.organization_id, (owner_id,), text, "/leads?view=mine", values))
    return len(by_owner)


@periodic("*/5 * * * *", name="leads.tell_late")
def tell_late(actor: Actor) -> None:
    """Tell owners once of leads that they should have answered by now."""
    if module_is_on(actor.organization, MODULE):
        warn(actor, now())


def warn(actor: Actor, at: datetime) -> int:
    """Tell owners of leads that wait too long; return how many leads were told of."""
    rows = late_leads(at).filter(owner__isnull=False, warned_at=None).order_by("answer_by", "pk")
    found = list(rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", "owner_id", "name")[:2_000])
    if not found:
        return 0
    Lead.objects.filter(pk__in=[pk for pk, _owner, _name in found]).update(warned_at=at)
    by_owner: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = defaultdict(list)
    for pk, owner_id, name in found:
        by_owner[owner_id].append((pk, name))
    text = gettext_noop("Waiting too long for an answer: %(names)s")
    for owner_id, own in by_owner.items():
        place = f"/leads/{own[0][0]}" if len(own) == 1 else "/leads?view=answer"
        names = _named([name for _pk, name in own])
        publish(PeopleToTell(actor.organization_id, (owner_id,), text, place, {"names": names}))
    return len(found)


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return f"{shown} +{len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else shown
