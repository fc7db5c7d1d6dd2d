"""The lead pool: leads without owner, which people claim within limits and rules bring back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.errors import FieldError, Invalid, NotAllowed, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import Draft, WriteContext
from banyan.leads.choices import OPEN_STATUSES
from banyan.leads.models import LIVE, OPEN, Lead, LeadMovement
from banyan.leads.queries import claimed_today, lead_spec, leads_held
from banyan.leads.rules import room_left
from banyan.leads.setting import LeadSetting, lead_setting

MOST_AT_ONCE = 500
LONGEST_REASON = 255


@dataclass
class Outcome:
    """What was done with leads, as one batch, and why nothing was done with the others."""

    batch_id: uuid.UUID
    done: list[uuid.UUID] = field(default_factory=list)
    refused: dict[uuid.UUID, Refused] = field(default_factory=dict)

    def only(self) -> None:
        """Raise why nothing was done, where nothing was."""
        if not self.done and self.refused:
            raise next(iter(self.refused.values()))


@transaction.atomic
def claim(actor: Actor, ids: Sequence[uuid.UUID]) -> Outcome:
    """Become the owner of leads in the pool, as far as the limits allow.

    Whoever claims is locked first, then the leads in order of their ids, so that of several who claim at once one
    gets each lead and nobody more than allowed. Raises ``NotAllowed`` for whoever may not change leads.
    """
    spec = lead_spec(actor)
    require(actor, spec, Action.EDIT)
    if actor.user is None:
        raise NotAllowed("not_allowed", _("Only a person can claim leads."))
    if len(ids) > MOST_AT_ONCE:
        raise Refused("too_many", _("At most %(count)d leads at a time.") % {"count": MOST_AT_ONCE})
    list(User.objects.filter(pk=actor.user.pk).select_for_update(no_key=True, of=("self",)))
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    rows = {row.pk: row for row in Lead.objects.filter(LIVE, pk__in=ids).select_for_update(of=("self",)).order_by("pk")}
    setting = lead_setting(actor.organization)
    held = leads_held(actor.user.pk) if setting.hold_limit else 0
    claimed = claimed_today(actor) if setting.claim_limit else 0
    room = room_left(held=held, claimed_today=claimed, hold_limit=setting.hold_limit, claim_limit=setting.claim_limit)
    taken: list[Lead] = []
    for pk in dict.fromkeys(ids):
        row = rows.get(pk)
        if row is None or row.owner_id is not None or row.status not in OPEN_STATUSES:
            outcome.refused[pk] = Refused("not_in_pool", _("This lead is no longer in the pool: somebody was faster."))
        elif room is not None and len(taken) >= room:
            holds = setting.hold_limit and held + len(taken) >= setting.hold_limit
            outcome.refused[pk] = _enough(setting, holds=bool(holds))
        else:
            taken.append(row)
    _write(context, taken, lambda draft: draft.set("owner", actor.user_id), outcome)
    return outcome


@transaction.atomic
def release(actor: Actor, ids: Sequence[uuid.UUID], *, reason: str) -> Outcome:
    """Put leads that one may change into the pool and say why. Raises ``Missing``, ``NotAllowed``, ``Invalid``."""
    text = " ".join(reason.split())[:LONGEST_REASON]
    if not text:
        raise Invalid([FieldError("reason", "required", _("Say why, so that the next one knows."))])
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    chosen: list[Lead] = []
    for row in door.lock(actor, lead_spec(actor), list(ids), Action.EDIT):
        if not isinstance(row, Lead) or row.owner_id is None:
            outcome.refused[row.pk] = Refused("in_pool", _("This lead lies in the pool already."))
        elif row.status not in OPEN_STATUSES:
            outcome.refused[row.pk] = Refused("not_open", _("Only open leads go into the pool."))
        else:
            chosen.append(row)
    _write(context, chosen, lambda draft: draft.set("owner", None), outcome)
    give_reason(context.batch_id, text)
    return outcome


def due_leads(setting: LeadSetting, at: datetime) -> QuerySet[Lead]:
    """Return the leads that the rule brings back at a moment: so many days with an owner and without a contact."""
    limit = at - timedelta(days=setting.release_days)
    owned = Coalesce("owned_since", "created_at", output_field=DateTimeField())
    active = Greatest(owned, Coalesce(F("last_activity_at"), owned))
    return Lead.objects.filter(LIVE, OPEN, owner__isnull=False).alias(active=active).filter(active__lte=limit)


@transaction.atomic
def release_due(actor: Actor, ids: Sequence[uuid.UUID]) -> int:
    """Put leads that the rule has found into the pool, those that nobody works on right now; return how many."""
    setting = lead_setting(actor.organization)
    context = WriteContext.for_actor(actor)
    outcome = Outcome(context.batch_id)
    rows = Lead.objects.filter(LIVE, OPEN, Q(owner__isnull=False), pk__in=ids)
    found = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    _write(context, found, lambda draft: draft.set("owner", None), outcome)
    give_reason(context.batch_id, f"rule:{setting.release_days}")
    return len(outcome.done)


def give_reason(batch_id: uuid.UUID, reason: str) -> None:
    """Write down why leads were moved."""
    LeadMovement.objects.filter(batch_id=batch_id).update(reason=reason)


def _write(context: WriteContext, rows: Iterable[Lead], change: Callable[[Draft], None], outcome: Outcome) -> None:
    spec = spec_for(context.actor.organization, "lead")
    drafts = []
    for row in rows:
        draft = Draft(spec, existing=row)
        change(draft)
        drafts.append(draft)
    if not drafts:
        return
    written = door.write_changes(context, spec, drafts)
    outcome.done += written.updated
    for pk, errors in written.rejected.items():
        outcome.refused[pk] = Refused(errors[0].code, errors[0].message)


def _enough(setting: LeadSetting, *, holds: bool) -> Refused:
    if holds:
        message = _("One may hold at most %(count)d open leads.") % {"count": setting.hold_limit}
    else:
        message = _("One may claim at most %(count)d leads a day.") % {"count": setting.claim_limit}
    return Refused("limit_reached", message)
