"""What processes show on my day: records of mine that have been in their stage for too long."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import has_process, processes_of
from banyan.core.processes.models import Stay
from banyan.core.processes.staying import hours_between
from banyan.core.processes.values import labels_of_values
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.processes.guide import hours_in_words

NAME = "over-limit"
MOST = 8


def late_of_mine(actor: Actor) -> Markup | None:
    """Return the records of one's own whose time in their stage is up, the latest first; None when there are none."""
    entries: list[tuple[Any, dict[str, Any]]] = []
    count, plurals = 0, []
    for spec in specs_on(actor.organization).values():
        if has_process(spec) and may(actor, spec, Action.VIEW):
            plurals.append(spec.plural)
            of_object, number = _late(actor, spec)
            entries += of_object
            count += number
    if not entries:
        return None
    shown = {
        "name": NAME,
        "title": _("Over the time limit"),
        "icon": "alert-triangle",
        "count": str(count),
        "url": "",
        "create_url": "",
        "live": " ".join(plurals),
        "empty": "",
        "entries": [entry for _due, entry in sorted(entries, key=lambda pair: pair[0])[:MOST]],
    }
    return macro("components/day.html", "day_list", shown)


def _late(actor: Actor, spec: ObjectSpec) -> tuple[list[tuple[Any, dict[str, Any]]], int]:
    processes = {process.id: process for process in processes_of(spec)}
    mine = restrict(live_rows(actor, spec), actor, spec).filter(owner=actor.user_id)
    late = Stay.objects.filter(
        left_at=None, due_at__lt=now(), process__in=list(processes), record_id__in=mine.values("pk")
    ).order_by("due_at")
    stays = list(late[:MOST])
    if not stays:
        return [], 0
    titles = labels_of({spec.name: [stay.record_id for stay in stays]}, actor=actor)
    entries = []
    for stay in stays:
        name = processes[stay.process_id].field_name
        stage = labels_of_values(actor, spec, spec.all_fields[name]).get(stay.stage, stay.stage)
        over = _("%(time)s over the limit") % {"time": hours_in_words(hours_between(stay.due_at or now(), now()))}
        entry = {
            "url": f"/{spec.plural}/{stay.record_id}",
            "title": str(titles.get(stay.record_id, "")),
            "subtitle": f"{spec.label} · {stage}",
            "meta": {"kind": "text", "text": over, "overdue": True},
        }
        entries.append((stay.due_at, entry))
    return entries, len(stays) if len(stays) < MOST else late.count()
