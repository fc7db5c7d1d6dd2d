"""What the leads app derives and refuses while leads pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from banyan.core.access.actor import Channel
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.text.pinyin import sort_key
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, LockSource, Stored, locking, register_locks
from banyan.customers.public import keys_to_keep, match_keys
from banyan.leads.choices import GIVEN_UP, OPEN_STATUSES, LeadStatus
from banyan.leads.queries import KEYED, matched_values, unticked
from banyan.leads.rules import due_after
from banyan.leads.setting import lead_setting

#: Set by the conversion itself: nothing else may say that a lead is converted.
CONVERSION = "leads.conversion"
#: Files and programs bring a past that has no ticks and no reasons.
BRINGS_HISTORY = frozenset({Channel.IMPORT, Channel.COMMAND})
NAMED_BY = ("company", "email", "phone", "wechat")
LONGEST_NAME = 200


def prepare_leads(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name leads, keep their keys, note since when they are with an owner, and judge where they may move."""
    at = now()
    setting = lead_setting(context.actor.organization)
    for draft in drafts:
        _name(draft, context)
        if draft.is_new or draft.changes("name"):
            draft.columns["sort_name"] = sort_key(draft.get("name") or "")[:600]
        if draft.is_new or any(name in draft.values for name in KEYED):
            draft.columns["match_keys"] = keys_to_keep(draft.spec, match_keys(matched_values(draft.get)))
        if draft.changes("owner"):
            draft.set("owned_since", at if draft.get("owner") else None)
        # A list that is imported came in long ago: nobody waits for an answer within the hour.
        waits = draft.is_new and context.channel != Channel.IMPORT and setting.answer_minutes
        if waits and draft.get("answer_by") is None:
            zone = context.actor.organization.time_zone
            draft.set("answer_by", due_after(at, setting.answer_minutes, setting.hours, zone))
    if not context.exempt:
        _judge_moves(drafts, context)


def converted_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return that leads which have become customers keep their status, until their conversion is taken back."""
    lock = locking(["status"], "converted", _("This lead has become a customer. Take the conversion back first."))
    return {
        record.record_id: lock
        for record in records
        if not context.exempt
        and record.before("status") == LeadStatus.CONVERTED
        and not (isinstance(record, Draft) and record.notes.get(CONVERSION))
    }


def register_what_stays() -> None:
    """Let forms, programs and the door know what of leads cannot change."""
    fields = frozenset({"status"})
    register_locks(
        LockSource("leads.converted", lambda spec: spec.name == "lead", converted_of, fields=fields, reads=("status",))
    )


def _name(draft: Draft, context: WriteContext) -> None:
    """Name a lead after whatever is known, where nobody gave a name."""
    if draft.get("name"):
        return
    known = next((str(draft.get(name)) for name in NAMED_BY if draft.get(name)), "")
    if known:
        draft.set("name", known[:LONGEST_NAME])
    elif not context.exempt:
        draft.refuse("name", "required", _("Say who it is: a name, a company, a phone or an e-mail."))


def _judge_moves(drafts: Sequence[Draft], context: WriteContext) -> None:
    moved = [draft for draft in drafts if draft.changes("status") or draft.is_new]
    brings_history = context.channel in BRINGS_HISTORY
    qualified = [draft.record_id for draft in moved if draft.get("status") == LeadStatus.QUALIFIED]
    missing = unticked(qualified) if qualified and not brings_history else {}
    for draft in moved:
        to, before = draft.get("status"), draft.before("status")
        is_conversion = draft.notes.get(CONVERSION)
        if to == LeadStatus.CONVERTED and not is_conversion:
            message = _("Use “Convert”: it says which customer, contact and opportunity come of the lead.")
            draft.refuse("status", "convert", message)
        elif to in GIVEN_UP and not brings_history:
            _require_reason(draft, to, context)
        if draft.record_id in missing and to == LeadStatus.QUALIFIED:
            questions = _(", ").join(question.text for question in missing[draft.record_id])
            message = _("Not yet ticked in the checklist: %(questions)s") % {"questions": questions}
            draft.refuse("status", "not_ticked", message)
        if to in OPEN_STATUSES and before in GIVEN_UP:
            draft.set("again_on", None)
            draft.set("reason", "")


def _require_reason(draft: Draft, to: str, context: WriteContext) -> None:
    if not draft.get("reason"):
        draft.refuse("reason", "required", _("Say why, so that the next one knows."))
    if to == LeadStatus.RECYCLED:
        again = draft.get("again_on")
        if again is None:
            draft.refuse("again_on", "required", _("Say on which day to contact this lead again."))
        elif again <= today(context.actor.time_zone):
            draft.refuse("again_on", "in_the_past", _("Choose a day in the future."))
