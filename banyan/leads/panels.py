"""What the leads app shows on records and on my day: what decides the next step, the score, the checklist, the past."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.condition_forms import condition_in_words
from banyan.core.web.day import DayList, FirstStep
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion, contributions, timeline_sources
from banyan.core.web.presenting import presenter_for, short_instant
from banyan.leads.choices import MODULE, OPEN_STATUSES, Arrival, LeadStatus, MovementKind
from banyan.leads.engine.scoring import reasons_of
from banyan.leads.models import Lead, LeadMovement, LeadSubmission
from banyan.leads.objects import UNANSWERED
from banyan.leads.queries import (
    any_lead,
    leads_behind,
    movements_of,
    questions_in_use,
    submissions_of,
    ticks_of,
)

PARTS = "leads/panels.html"
Row = Mapping[str, Any]
GRADES = {"a": "green", "b": "orange", "c": "grey"}
MOVEMENT_ICONS = {
    MovementKind.RELEASED: "inbox", MovementKind.RECYCLED: "rotate", MovementKind.CLAIMED: "user-check",
    MovementKind.ASSIGNED: "users",
}  # fmt: skip
#: Entries of a lead that its customer shows anyway, because they belong to both.
SHARED_SOURCES = ("follow_ups", "tasks")


def duration_text(minutes: int) -> str:
    """Return minutes as people say them."""
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 60 * 48:
        hours = round(minutes / 60)
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(minutes / 1_440)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what decides the next step with a lead, and the buttons for it."""
    status, url = row.get("status"), f"/{spec.plural}/{row['id']}"
    can_edit = may(actor, spec, Action.EDIT)
    seen = {
        entry.name
        for entry in presenter_for(actor, spec, []).visible(("score", "grade", "answer_by", "first_contact_at"))
    }
    shown: dict[str, Any] = {"facts": [], "actions": [], "links": []}
    if status == LeadStatus.CONVERTED:
        shown["links"] = _became(actor, row)
        shown["text"] = _("This lead has become:")
        if can_edit:
            shown["actions"].append(
                {
                    "label": _("Take the conversion back"),
                    "url": f"{url}/reverse",
                    "icon": "arrow-back-up",
                    "kind": "ghost",
                }
            )
        return macro(PARTS, "state", shown)
    if "grade" in seen and row.get("grade"):
        shown["grade"] = {
            "text": str(row["grade"]).upper(),
            "color": GRADES.get(row["grade"], "grey"),
            "score": row.get("score"),
        }
    if status in OPEN_STATUSES:
        shown["facts"].append(_answer(actor, row, seen))
        questions = questions_in_use()
        if questions:
            done = len(set(ticks_of(row["id"])) & {question.pk for question in questions})
            shown["facts"].append({"label": _("Checklist"), "text": f"{done}/{len(questions)}"})
    elif row.get("again_on"):
        shown["facts"].append({"label": _("Contact again on"), "text": str(row["again_on"])})
    if row.get("next_step"):
        shown["facts"].append({"label": _("Next step"), "text": row["next_step"]})
    shown["facts"] = [fact for fact in shown["facts"] if fact]
    if can_edit:
        shown["actions"] = _actions(row, url)
    shown["existing_url"] = f"{url}/existing"
    return macro(PARTS, "state", shown)


def _actions(row: Row, url: str) -> list[dict[str, Any]]:
    found = [{"label": pgettext("lead", "Convert"), "url": f"{url}/convert", "icon": "user-check", "kind": "primary"}]
    if row.get("owner") is None and row.get("status") in OPEN_STATUSES:
        found.append({"label": _("Claim"), "post": f"/leads/claim?ids={row['id']}", "icon": "user-plus"})
    if row.get("status") in OPEN_STATUSES:
        found.append({"label": _("Contact again later"), "url": f"{url}/recycle", "icon": "calendar-event"})
        found.append({"label": _("Not suitable"), "url": f"{url}/disqualify", "icon": "ban"})
    else:
        found.append({"label": _("Take up again"), "post": f"{url}/reopen", "icon": "rotate"})
    return found


def menu_of(actor: Actor, spec: ObjectSpec, row: Row) -> list[dict[str, Any]]:
    """Return what a lead's menu offers besides: to release one that has an owner into the pool."""
    if row.get("owner") is None or row.get("status") not in OPEN_STATUSES or not may(actor, spec, Action.EDIT):
        return []
    url = f"/leads/release?ids={row['id']}"
    return [{"label": _("Release into the pool"), "url": url, "icon": "inbox", "opens": "dialog"}]


def _answer(actor: Actor, row: Row, seen: set[str]) -> dict[str, Any]:
    """Return how long the lead waited for an answer, or how long there still is."""
    if "first_contact_at" not in seen:
        return {}
    if row.get("first_contact_at"):
        minutes = Lead.objects.filter(pk=row["id"]).values_list("response_minutes", flat=True).first()
        return {"label": _("Answered after"), "text": duration_text(minutes or 0)}
    due = row.get("answer_by")
    if due is None:
        return {}
    is_late = due < now()
    text = short_instant(due, actor)
    return {"label": _("Answer was due") if is_late else _("Answer by"), "text": text, "is_late": is_late}


def _became(actor: Actor, row: Row) -> list[dict[str, str]]:
    """Return links to what a lead became, as far as the reader may see it."""
    specs = specs_on(actor.organization)
    links = []
    for name in ("customer", "contact", "opportunity"):
        target, record_id = specs.get(name), row.get(name)
        if target is None or record_id is None:
            continue
        found = restrict(live_rows(actor, target), actor, target).filter(pk=record_id).values("name").first()
        if found is not None:
            links.append(
                {
                    "label": str(target.label),
                    "text": found["name"],
                    "url": f"/{target.plural}/{record_id}",
                    "icon": target.icon,
                }
            )
    return links


def score(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the score with its reasons, rule by rule."""
    if not presenter_for(actor, spec, []).visible(("score",)) or row.get("status") == LeadStatus.CONVERTED:
        return None
    return macro(PARTS, "score", score_context(actor, spec, row["id"], row.get("score") or 0, row.get("grade") or ""))


def score_context(actor: Actor, spec: ObjectSpec, lead_id: uuid.UUID, total: int, grade: str) -> dict[str, Any]:
    """Return a score in words."""
    lines = []
    for reason in reasons_of(actor.organization, lead_id):
        if reason.rule is None:
            text = ngettext("No activity for %(count)d day", "No activity for %(count)d days", reason.idle_days)
            lines.append({"points": reason.points, "text": text % {"count": reason.idle_days}})
        else:
            words = reason.rule.name or condition_in_words(replace(actor, is_system=True), spec, reason.rule.condition)
            lines.append({"points": reason.points, "text": words})
    return {"total": total, "grade": grade.upper(), "color": GRADES.get(grade, "grey"), "lines": lines}


def checklist(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the questions of the checklist with who ticked what, and when."""
    questions = questions_in_use()
    if not questions:
        return None
    can_edit = may(actor, spec, Action.EDIT) and row.get("status") != LeadStatus.CONVERTED
    return macro(PARTS, "checklist", checklist_context(actor, row["id"], can_edit=can_edit))


def checklist_context(actor: Actor, lead_id: uuid.UUID, *, can_edit: bool) -> dict[str, Any]:
    """Return the checklist of a lead."""
    ticks = ticks_of(lead_id)
    entries = []
    for question in questions_in_use():
        tick = ticks.get(question.pk)
        said = ""
        if tick is not None:
            said = f"{tick.user.name if tick.user else _('The system')}, {short_instant(tick.at, actor)}"
        entries.append(
            {
                "text": question.text, "hint": question.hint, "is_needed": question.is_needed, "is_ticked": tick is not None,
                "said": said, "url": f"/leads/{lead_id}/tick/{question.pk}" if can_edit else "",
            }
        )  # fmt: skip
    done = sum(1 for entry in entries if entry["is_ticked"])
    return {"id": f"checklist-{lead_id}", "entries": entries, "done": done, "total": len(entries)}


def load_captures(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return what a lead sent, and how it came to its owners, newest first."""
    sent = submissions_of([question.record_id], before=question.before, limit=question.limit + 1)
    moved = movements_of(question.record_id, before=question.before, limit=question.limit + 1)
    entries = [*map(_sent_entry, sent), *map(_moved_entry, moved)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[: question.limit + 1]


def _sent_entry(row: LeadSubmission) -> TimelineEntry:
    is_mail = row.arrival == Arrival.EMAIL
    title = _("wrote an e-mail: %(title)s") if is_mail else _("sent the form “%(title)s”")
    words = row.values.get("text", "") if is_mail else "\n".join(str(value) for value in row.values.values())
    return TimelineEntry(
        row.at,
        row.pk,
        {
            "icon": "mail" if is_mail else "clipboard-list", "color": "blue", "who": _("The lead"),
            "title": title % {"title": row.title}, "text": str(words)[:1_000],
        },
    )  # fmt: skip


def _moved_entry(row: LeadMovement) -> TimelineEntry:
    words = {
        "from_owner": row.from_owner.name if row.from_owner else "–",
        "to_owner": row.to_owner.name if row.to_owner else "–",
    }
    titles = {
        MovementKind.RELEASED: _("released the lead into the pool"),
        MovementKind.RECYCLED: _("released the lead of %(from_owner)s into the pool"),
        MovementKind.CLAIMED: _("claimed the lead"),
        MovementKind.ASSIGNED: _("assigned the lead to %(to_owner)s"),
    }
    kind = MovementKind(row.kind)
    shown = {
        "icon": MOVEMENT_ICONS[kind], "color": "grey", "who": row.actor.name if row.actor else _("Rule of the pool"),
        "title": titles[kind] % words, "text": reason_text(row.reason),
    }  # fmt: skip
    return TimelineEntry(row.at, row.pk, shown)


def reason_text(reason: str) -> str:
    """Return why a lead was moved: what a person wrote, or the rule that did it."""
    mark, separator, days = reason.partition(":")
    if mark != "rule" or not separator or not days.isdecimal():
        return reason
    return ngettext("No contact for %(count)d day", "No contact for %(count)d days", int(days)) % {"count": int(days)}


def load_past(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return what happened while a customer, contact or opportunity was a lead, as far as the reader may see it."""
    actor = question.actor
    spec = specs_on(actor.organization).get("lead")
    if spec is None or not may(actor, spec, Action.VIEW):
        return []
    behind = leads_behind(question.spec.name, question.record_id)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=behind) if behind else []
    # On its customer, what a lead was talked about stands already; an opportunity knows only what is about itself.
    left_out = SHARED_SOURCES if question.spec.name in {"customer", "contact"} else ()
    entries: list[TimelineEntry] = []
    for row in rows:
        own = replace(question, spec=spec, record_id=row.pk)
        for source in contributions(timeline_sources, actor, spec.name):
            if source.name not in left_out:
                entries += source.load(own)
        arrived = TimelineEntry(row.created_at, row.pk, _arrived(row, spec))  # type: ignore[attr-defined]  # a lead
        if question.before is None or arrived.at < question.before:
            entries.append(arrived)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[: question.limit + 1]


def _arrived(row: Any, spec: ObjectSpec) -> dict[str, Any]:
    return {
        "icon": spec.icon, "color": "blue", "who": _("The lead"), "title": _("came in"),
        "text": " · ".join(filter(None, (row.campaign, row.needs[:300]))),
        "links": [{"text": row.name, "href": f"/{spec.plural}/{row.pk}"}],
    }  # fmt: skip


def _mine_unanswered(_actor: Actor) -> dict[str, Any]:
    return {"all": [*UNANSWERED["all"], {"field": "owner", "op": "eq", "value": "me"}]}


TO_ANSWER = DayList(
    "leads-to-answer",
    gettext_lazy("Leads to answer now"),
    "lead",
    _mine_unanswered,
    sort="answer_by",
    shows=("company", "source"),
    meta="answer_by",
    icon="user-search",
    live=("leads", "activities"),
    limit=8,
)


def may_see(actor: Actor) -> bool:
    """Say whether somebody may see leads; nobody where there are none."""
    return _may(actor, Action.VIEW)


def may_edit(actor: Actor) -> bool:
    """Say whether somebody may change leads, and look into the pool."""
    return _may(actor, Action.EDIT)


def _may_create(actor: Actor) -> bool:
    return _may(actor, Action.CREATE)


def _may(actor: Actor, action: Action) -> bool:
    spec = specs_on(actor.organization).get("lead")
    return spec is not None and may(actor, spec, action)


FIRST_STEP = FirstStep(
    "lead",
    gettext_lazy("Bring in leads"),
    gettext_lazy("Write one down, import a list, or put a form on your website."),
    "/leads/new",
    "user-search",
    is_done=any_lead,
    may=_may_create,
    position=35,
    module=MODULE,
)
