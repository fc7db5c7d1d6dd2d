"""Ticking the checklist of the stage that a record is in."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.guards import require_own_eyes
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import Governing, has_process, stage_key
from banyan.core.processes.models import Tick
from banyan.core.records.drafts import Draft


def require_editable(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> None:
    """Raise ``Missing`` for a record that is not seen, ``NotAllowed`` for one that may not be changed."""
    rows = spec.model._default_manager.filter(pk=record_id, deleted_at__isnull=True)  # noqa: SLF001
    if not restrict(rows, actor, spec).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    if not restrict(rows, actor, spec, Action.EDIT).exists():
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))


def set_tick(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID, item: tuple[str, str, str], *, done: bool) -> None:
    """Tick an item of a checklist, given by the key of its process, its stage and its own key, or take the tick away.

    Raises ``NotAllowed`` for those who may not change the record, ``Missing`` when the record is no longer in that
    stage, or the stage has no such item.
    """
    require_own_eyes(actor)
    require_editable(actor, spec, record_id)
    _process, stage_name, item_key = item
    process_id = _process_with(actor, spec, record_id, item) if has_process(spec) else None
    if process_id is None:
        raise Missing("not_found", _("The record has moved on meanwhile. Look at it again."))
    rows = Tick.objects.filter(process=process_id, record_id=record_id, stage=stage_name, item=item_key)
    if not done:
        rows.delete()
        return
    Tick.objects.get_or_create(
        organization=actor.organization,
        process_id=process_id,
        record_id=record_id,
        stage=stage_name,
        item=item_key,
        defaults={"ticked_by": actor.user, "ticked_at": now()},
    )


def _process_with(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID, item: tuple[str, str, str]) -> uuid.UUID | None:
    """Return the process in whose checklist an item stands that can be ticked now."""
    process_key, stage_name, item_key = item
    draft = Draft(spec, existing=spec.model._default_manager.get(pk=record_id))  # noqa: SLF001
    for process in Governing(actor, spec, [draft]).of(draft):
        stage = process.definition.stage(stage_name)
        is_here = stage_key(draft.get(process.field_name)) == stage_name
        if process.key == process_key and stage is not None and is_here:
            return process.id if item_key in {one.key for one in stage.checklist} else None
    return None
