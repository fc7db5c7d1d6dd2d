"""Where a record stands in its process, and what is missing for the next stage."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.listing.fields import shown_fields
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess, Governing, has_process, said, stage_key
from banyan.core.processes.gates import FORBIDDING, Judge, Lack, Move, Need, next_stages
from banyan.core.processes.models import Stay, Tick
from banyan.core.processes.rules import Outcome, Stage, Way, way_of
from banyan.core.processes.staying import hours_between
from banyan.core.records.drafts import Draft
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.presenting import short_instant

MACROS = "processes/guide.html"
#: How stages with an outcome look on the path.
_STATES = {Outcome.WON: "won", Outcome.DONE: "won", Outcome.LOST: "lost", Outcome.CANCELLED: "lost"}
DAY = 24
Row = Mapping[str, Any]


@dataclass
class Guide:
    """A record in one of its processes; the caller has checked that the reader may see the record."""

    actor: Actor
    spec: ObjectSpec
    draft: Draft
    process: ActiveProcess

    @property
    def current(self) -> str:
        """Return the key of the stage that the record is in; empty when it is in none."""
        return stage_key(self.draft.get(self.process.field_name))

    @property
    def stage(self) -> Stage | None:
        """Return the stage that the record is in."""
        return self.process.definition.stage(self.current)

    @cached_property
    def ahead(self) -> list[str]:
        """Return where the record can go: on, away, back."""
        if self.stage is None:
            return [stage.key for stage in self.process.definition.stages if stage.starts]
        return next_stages(self.process.definition, self.current)

    @cached_property
    def next(self) -> str:
        """Return the stage that comes next; empty where the process ends."""
        following = [key for key in self.ahead if self.way(key) in {Way.ON, Way.BEGIN}]
        return following[0] if following and (self.stage is None or self.stage.is_open) else ""

    def way(self, key: str) -> Way:
        """Return which way a move from here goes."""
        return way_of(self.process.definition, self.current, key)

    def move(self, key: str) -> Move:
        """Return the move to a stage."""
        return Move(self.draft, self.process, self.current, key)

    @cached_property
    def judge(self) -> Judge:
        """Return who judges the next move."""
        return Judge(self.actor, self.spec, [self.move(key) for key in self.ahead] or [self.move(self.current)])

    def label(self, key: str) -> str:
        """Return what a stage is called."""
        return self.judge.label(self.process, key)

    def lacks(self, key: str) -> list[Lack]:
        """Return what is missing for a move; words that are only asked while moving are not missing yet."""
        asked = {Need.REASON, Need.COMMENT}
        return [lack for lack in self.judge.lacks(self.move(key)) if lack.need not in asked]

    @cached_property
    def stay(self) -> Stay | None:
        """Return the stay that is under way."""
        return Stay.objects.filter(record_id=self.draft.record_id, process=self.process.id, left_at=None).first()

    @cached_property
    def ticks(self) -> dict[str, Tick]:
        """Return what is ticked in the stage, by item."""
        rows = Tick.objects.filter(record_id=self.draft.record_id, process=self.process.id, stage=self.current)
        return {row.item: row for row in rows.select_related("ticked_by")}

    @property
    def url(self) -> str:
        """Return where moves are sent."""
        return f"/{self.spec.plural}/{self.draft.record_id}/stage?field={self.process.field_name}"


def guides_of(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> list[Guide]:
    """Return a record in each of its processes; none where no process governs it."""
    if not has_process(spec):
        return []
    record = spec.model._default_manager.filter(pk=record_id, deleted_at=None).first()  # noqa: SLF001
    if record is None:
        return []
    draft = Draft(spec, existing=record)
    return [Guide(actor, spec, draft, process) for process in Governing(actor, spec, [draft]).of(draft)]


def guide_for(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID, field: str) -> Guide | None:
    """Return a record in the process of one field, if one governs it."""
    return next((guide for guide in guides_of(actor, spec, record_id) if guide.process.field_name == field), None)


def path_of(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> tuple[list[dict[str, Any]], str] | None:
    """Return the stages of a record's first process as the component ``stage_path`` takes them, and its field.

    None where no process governs the record, or its reader may not see the field.
    """
    for guide in guides_of(actor, spec, record_id):
        return [_step(guide, stage) for stage in guide.process.definition.stages], guide.process.field_name
    return None


def _step(guide: Guide, stage: Stage) -> dict[str, Any]:
    definition = guide.process.definition
    here, place = definition.position(guide.current), definition.position(stage.key)
    label = guide.label(stage.key)
    is_given_up = guide.stage is not None and _STATES.get(Outcome(guide.stage.outcome)) == "lost"
    state = "ahead"
    if stage.key == guide.current:
        state = _STATES.get(Outcome(stage.outcome), "current")
    elif place < here and stage.is_open and not is_given_up:
        state = "done"
    hint = _("Move to %(stage)s") % {"stage": label}
    if stage.key not in guide.ahead and stage.key != guide.current and guide.stage is not None:
        hint = _("No way there from “%(stage)s”") % {"stage": guide.label(guide.current)}
    return {"key": stage.key, "label": label, "state": state, "hint": hint}


def guide_panel(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what is missing for the next stage of a record, with the checklist to tick; None without a process."""
    seen = shown_fields(actor, spec) if has_process(spec) else {}
    shown = [_shown(guide) for guide in guides_of(actor, spec, row["id"]) if guide.process.field_name in seen]
    if not shown:
        return None
    return Markup().join(macro(MACROS, "guide", entry) for entry in shown)


def _shown(guide: Guide) -> dict[str, Any]:
    actor, spec, record_id = guide.actor, guide.spec, guide.draft.record_id
    can_edit = may(actor, spec, Action.EDIT)
    lacks = guide.lacks(guide.next) if guide.next else []
    return {
        "process": guide.process.label,
        "time": time_in_stage(guide.stay),
        "due": due_in_words(guide.stay, actor),
        "is_late": is_late(guide.stay),
        "checklist": _items(guide),
        "tick_url": f"/{spec.plural}/{record_id}/ticks" if can_edit else "",
        "process_key": guide.process.key,
        "stage": guide.current,
        "next": guide.label(guide.next) if guide.next else "",
        # What is in the checklist is said there already.
        "lacks": [lack.message for lack in lacks if lack.need is not Need.ITEM],
        "is_ready": not lacks,
        "is_forbidden": any(lack.need in FORBIDDING for lack in lacks),
        "moves": _moves(guide) if can_edit else [],
        "history_url": f"/{spec.plural}/{record_id}/stages",
    }


def _items(guide: Guide) -> list[dict[str, Any]]:
    found = []
    for item in guide.stage.checklist if guide.stage is not None else ():
        tick = guide.ticks.get(item.key)
        who = tick.ticked_by.name if tick is not None and tick.ticked_by is not None else ""
        found.append(
            {
                "key": item.key,
                "label": said(item.labels),
                "needed": item.needed,
                "done": tick is not None,
                "by": f"{who} · {short_instant(tick.ticked_at, guide.actor)}" if tick is not None else "",
            }
        )
    return found


def _moves(guide: Guide) -> list[dict[str, Any]]:
    """Return the buttons: the next stage first, then the others that one can go to."""
    keys = [guide.next, *(key for key in guide.ahead if key != guide.next)] if guide.next else guide.ahead
    version = guide.draft.existing.version if guide.draft.existing is not None else ""
    return [
        {
            "key": key,
            "label": guide.label(key),
            "url": guide.url,
            "version": str(version),
            "is_next": key == guide.next,
            "is_back": guide.way(key) is Way.BACK,
        }
        for key in keys
    ]


def time_in_stage(stay: Stay | None) -> str:
    """Return how long a stay has lasted, in words; nothing when nobody knows."""
    return "" if stay is None else hours_in_words(hours_between(stay.entered_at, stay.left_at or now()))


def hours_in_words(hours: float) -> str:
    """Return a span of time as people say it: minutes, hours with a half, days."""
    if hours < 1:
        minutes = round(hours * 60)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if hours < DAY:
        return _("%(count)s h") % {"count": f"{hours:.1f}".removesuffix(".0")}
    days = f"{hours / DAY:.1f}".removesuffix(".0")
    return _("%(count)s days") % {"count": days} if days != "1" else _("1 day")


def is_late(stay: Stay | None) -> bool:
    """Say whether the time of a stay is up."""
    return stay is not None and stay.left_at is None and stay.due_at is not None and stay.due_at < now()


def due_in_words(stay: Stay | None, actor: Actor) -> str:
    """Return until when a stay may last, or for how long its time has been up."""
    due: datetime | None = stay.due_at if stay is not None else None
    if due is None:
        return ""
    if is_late(stay):
        return _("%(time)s over the limit") % {"time": hours_in_words(hours_between(due, now()))}
    return _("until %(moment)s") % {"moment": short_instant(due, actor)}


def late_ids(spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return which records have been in their stage for too long; asks nothing where there is no process."""
    wanted = list(ids)
    if not wanted or not has_process(spec):
        return set()
    rows = Stay.objects.filter(record_id__in=wanted, left_at=None, due_at__lt=now())
    return set(rows.values_list("record_id", flat=True))


def mark_late(spec: ObjectSpec, cards: Iterable[dict[str, Any]]) -> None:
    """Put a badge on the cards of a board whose records have been in their stage for too long."""
    if not has_process(spec):
        return
    shown = list(cards)
    late = late_ids(spec, [card["id"] for card in shown])
    for card in shown:
        if card["id"] in late:
            card["badges"].append({"text": _("Over the limit"), "color": "red"})
