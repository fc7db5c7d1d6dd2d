"""What approvals make of changes of records: they start by themselves, lapse, and end with what is deleted or erased."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.standing import actor_for
from banyan.core.approvals.choices import OPEN_STATES, ActKind, Afterwards, ApprovalState, StepState
from banyan.core.approvals.definitions import Definition, Lock
from banyan.core.approvals.engine import Work, end_open, is_setting, tell_changed
from banyan.core.approvals.live import LiveFlow, all_flows, live_flows
from banyan.core.approvals.models import Act, Approval
from banyan.core.approvals.services import start_approval
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.registry import remembered_spec, spec_for, specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft
from banyan.core.records.events import RecordsChanged
from banyan.core.records.linked import LinkedValues
from banyan.core.records.models import ChangeAction
from banyan.core.tenancy.models import Organization

logger = logging.getLogger(__name__)
WRITES = (ChangeAction.CREATE, ChangeAction.UPDATE)
GOING = (ChangeAction.DELETE, ChangeAction.MERGE)


def follow_changes(event: RecordsChanged) -> None:
    """Let approvals follow what happened to records; an object without flows costs no query."""
    spec = remembered_spec(event.organization_id, event.object_name)
    if spec is not None and not all_flows(spec):
        return
    ids = [record.record_id for record in event.records if not is_setting(record.record_id)]
    if not ids:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    if event.action in GOING:
        _end_of_deleted(organization, event.object_name, ids)
    elif event.action == ChangeAction.ERASE:
        _erase(event, ids)
    elif event.action in WRITES:
        _after_write(organization, event, ids)


def _after_write(organization: Organization, event: RecordsChanged, ids: Sequence[uuid.UUID]) -> None:
    spec = specs_for(organization).get(event.object_name)
    flows = live_flows(spec) if spec is not None else ()
    if spec is None or not flows:
        return
    changed = {record.record_id: set(record.values) for record in event.records}
    is_new = event.action == ChangeAction.CREATE
    anew: set[tuple[uuid.UUID, uuid.UUID]] = set()
    if not is_new:
        anew = _lapse(organization, spec, flows, changed)
    beginning = [flow for flow in flows if flow.definition.start.by_itself or any(key[0] == flow.id for key in anew)]
    if not beginning:
        return
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at__isnull=True)  # noqa: SLF001
    drafts = [Draft(spec, existing=record) for record in rows]
    for flow in beginning:
        for pk in _fitting(organization, spec, flow, drafts, None if is_new else changed, anew):
            _begin(organization, spec, flow, pk, event.actor_id)


def _fitting(
    organization: Organization,
    spec: ObjectSpec,
    flow: LiveFlow,
    drafts: Sequence[Draft],
    changed: dict[uuid.UUID, set[str]] | None,
    anew: Collection[tuple[uuid.UUID, uuid.UUID]],
) -> list[uuid.UUID]:
    """Return the records that a flow has to be started for: they fit, and what it is about was just written."""
    start = flow.definition.start
    try:
        fitting = Fitting(parse_tree(start.condition) if start.condition else None, spec, system_actor(organization))
    except Invalid:
        return []
    about = {path.partition(".")[0] for path in fitting.paths}
    wanted = [
        draft
        for draft in drafts
        if (flow.id, draft.record_id) in anew
        or (start.by_itself and (changed is None or changed.get(draft.record_id, set()) & about))
    ]
    values = LinkedValues(system_actor(organization), spec, wanted, fitting.paths)
    found = [draft.record_id for draft in wanted if fitting.holds(values.of(draft))]
    if not found:
        return []
    under_way = set(
        Approval.objects.filter(flow_id=flow.id, record_id__in=found, state__in=OPEN_STATES).values_list(
            "record_id", flat=True
        )
    )
    return [pk for pk in found if pk not in under_way]


def _begin(
    organization: Organization, spec: ObjectSpec, flow: LiveFlow, record_id: uuid.UUID, actor_id: uuid.UUID | None
) -> None:
    people = User.objects.select_related("organization").filter(is_active=True)
    user = people.filter(pk=actor_id).first() if actor_id is not None else None
    # The person's rights do not matter: the flow says that it starts.
    actor: Actor = actor_for(user, channel=Channel.AUTOMATION) if user else system_actor(organization)
    try:
        start_approval(actor, flow.id, spec, record_id, reason=_("Started by itself: the record fits the condition."))
    except DomainError:
        logger.exception("Approval flow %s did not start by itself for %s %s.", flow.key, spec.name, record_id)


def _lapse(
    organization: Organization,
    spec: ObjectSpec,
    flows: Sequence[LiveFlow],
    changed: dict[uuid.UUID, set[str]],
) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Let approvals lapse whose locked fields were changed since, and return which have to be asked for again."""
    found: set[tuple[uuid.UUID, uuid.UUID]] = set()
    watching = {flow.id: flow for flow in flows if flow.definition.lock.afterwards == Afterwards.ANEW}
    if not watching:
        return found
    rows = Approval.objects.select_for_update().filter(
        flow_id__in=list(watching), record_id__in=list(changed), state=ApprovalState.AGREED
    )
    for row in rows:
        lock = Lock(fields=tuple(row.locked))
        if not any(lock.covers(spec, name) for name in changed[row.record_id] if name in spec.all_fields):
            continue
        row.state = ApprovalState.LAPSED
        row.save(update_fields=["state"])
        _note(organization, row, ActKind.LAPSE)
        found.add((row.flow_id, row.record_id))
    return found


def _end_of_deleted(organization: Organization, object_name: str, ids: Sequence[uuid.UUID]) -> None:
    """Withdraw the approvals of records that went to the recycle bin, with another one or merged into it."""
    spec = spec_for(organization, object_name)
    rows = Approval.objects.select_related("flow", "version").select_for_update(of=("self",))
    for approval in rows.filter(record_id__in=ids, state__in=OPEN_STATES):
        record: Any = spec.model._default_manager.get(pk=approval.record_id)  # noqa: SLF001 Django's own name for it
        if record.deleted_at is None:
            continue
        work = Work(organization, spec, approval, Definition(), record)
        end_open(work, StepState.ENDED)
        approval.state, approval.ended_at, approval.is_locking = ApprovalState.WITHDRAWN, now(), False
        approval.save()
        work.note(ActKind.WITHDRAW, comment=_("The record was deleted."))
        tell_changed(work, ActKind.WITHDRAW)


def _erase(event: RecordsChanged, ids: Sequence[uuid.UUID]) -> None:
    """Keep nothing of what was erased from records: not in what was decided about, nor in the name."""
    erased = {record.record_id: set(record.values) for record in event.records}
    for approval in Approval.objects.select_for_update().filter(record_id__in=ids):
        approval.snapshot = {
            name: value for name, value in approval.snapshot.items() if name not in erased[approval.record_id]
        }
        approval.title, approval.lines = approval.number, {}
        approval.reason = ""
        approval.save(update_fields=["snapshot", "lines", "title", "reason"])


def _note(organization: Organization, approval: Approval, kind: str) -> None:
    Act.objects.create(organization_id=organization.pk, approval=approval, kind=kind, round=approval.round)
