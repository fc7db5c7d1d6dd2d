"""What happened to a record, newest first: changes in plain words, and what apps add."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import fields as field_access
from banyan.core.access.scopes import FieldAccess
from banyan.core.kernel.clock import today
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import babel_locale, written_day, written_instant
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import USER
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.models import Change, ChangeAction
from banyan.core.records.sealing import readable_pair
from banyan.core.web.panels import (
    TimelineEntry,
    TimelineQuestion,
    TimelineSource,
    contributions,
    timeline_additions,
    timeline_sources,
    with_rows,
)
from banyan.core.web.presenting import Presenter, relative_day

#: The page of a record begins with the latest; "earlier" brings more at once.
FIRST_ENTRIES, FURTHER_ENTRIES = 25, 50
#: A long text in the history is shown by its beginning.
LONGEST_VALUE = 160
CHANGES = "changes"
_TITLES: dict[str, tuple[Any, str, str]] = {
    ChangeAction.CREATE: (gettext_lazy("created this record"), "plus", "green"),
    ChangeAction.UPDATE: (gettext_lazy("changed"), "pencil", "grey"),
    ChangeAction.DELETE: (gettext_lazy("deleted this record"), "trash", "red"),
    ChangeAction.RESTORE: (gettext_lazy("restored this record"), "restore", "green"),
    ChangeAction.MERGE: (gettext_lazy("merged records"), "git-merge", "purple"),
    ChangeAction.ERASE: (gettext_lazy("erased personal data"), "ban", "grey"),
}
_CHANNELS: dict[str, Any] = {
    "api": gettext_lazy("through the interface"),
    "import": gettext_lazy("by an import"),
    "automation": gettext_lazy("by a rule"),
    "job": gettext_lazy("in the background"),
    "command": gettext_lazy("by a command"),
}


def sources_for(actor: Actor, spec: ObjectSpec) -> list[TimelineSource]:
    """Return where the entries of an object's timeline come from; the change log always belongs to it."""
    return [*contributions(timeline_sources, actor, spec.name), CHANGE_LOG]


def timeline_of(question: TimelineQuestion, *, kind: str = "") -> dict[str, Any]:
    """Return one page of a record's timeline, of all kinds or one, in the shape of the component ``timeline``."""
    actor, spec = question.actor, question.spec
    sources = [source for source in sources_for(actor, spec) if kind in {"", source.name}]
    asked = with_rows(sources, actor, spec.name, question.record_id)
    entries = [entry for source in asked for entry in source.load(question)]
    entries.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    shown = entries[: question.limit]
    # The next page begins before the last instant of this one, so what happened at that instant stays together.
    shown += [entry for entry in entries[question.limit :] if entry.at == shown[-1].at]
    more = len(entries) > len(shown)
    shown = _with_additions(actor, spec, shown)
    base = f"/{spec.plural}/{question.record_id}/timeline"
    kept = f"&kind={kind}" if kind else ""
    return {
        "id": f"timeline-{question.record_id}",
        "object": " ".join([spec.plural, *_covered_paths(actor, spec)]),
        "refresh_url": f"{base}?{kept.lstrip('&')}",
        "groups": grouped_by_day(actor, shown),
        "next_url": f"{base}?before={shown[-1].at.isoformat().replace('+00:00', 'Z')}{kept}" if more else "",
    }


def _with_additions(actor: Actor, spec: ObjectSpec, entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Return entries with what further apps have to say of the records behind them, a query for each app."""
    abouts = [entry.shown["about"] for entry in entries if entry.shown.get("about")]
    added: dict[str, dict[str, Any]] = {}
    if abouts:
        for addition in contributions(timeline_additions, actor, spec.name):
            for about, keys in addition.load(actor, abouts).items():
                added.setdefault(about, {}).update(keys)
    return [
        replace(entry, shown={**entry.shown, **added[entry.shown["about"]]})
        if entry.shown.get("about") in added
        else entry
        for entry in entries
    ]


def kinds_of(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID, chosen: str) -> list[dict[str, Any]]:
    """Return the choice between everything and one kind of entries."""
    base = f"/{spec.plural}/{record_id}/timeline"
    tabs: list[dict[str, Any]] = [{"label": _("Everything"), "url": f"{base}?", "active": not chosen}]
    tabs += [
        {"label": str(source.label), "url": f"{base}?kind={source.name}", "active": chosen == source.name}
        for source in sources_for(actor, spec)
        if source.has_tab(spec)
    ]
    return tabs


def grouped_by_day(actor: Actor, entries: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    """Return entries under headings that name their days."""
    zone, current = ZoneInfo(actor.time_zone), today(actor.time_zone)
    groups = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return [
        {
            "label": day_heading(actor, day, current),
            "entries": [_with_time(entry, zone, actor.language) for entry in group],
        }
        for day, group in groups
    ]


def day_heading(actor: Actor, day: date, current: date) -> str:
    """Return today, yesterday, or the day as the reader's language writes it."""
    near = relative_day(day, current)
    if near:
        return near
    is_chinese, is_this_year = actor.language.startswith("zh"), day.year == current.year
    written = (
        ("M月d日 EEE" if is_this_year else "y年M月d日 EEE")
        if is_chinese
        else ("EEE, MMM d" if is_this_year else "EEE, MMM d, y")
    )
    return format_date(day, written, locale=babel_locale(actor.language))


def _with_time(entry: TimelineEntry, zone: ZoneInfo, language: str) -> dict[str, Any]:
    local = entry.at.astimezone(zone)
    day = written_day(local.date(), language)
    return {
        "id": entry.id,
        "when": "" if entry.is_whole_day else local.strftime("%H:%M"),
        "when_iso": local.date().isoformat() if entry.is_whole_day else local.isoformat(timespec="seconds"),
        "when_full": day if entry.is_whole_day else written_instant(local, language),
        **entry.shown,
    }


def _covered_paths(actor: Actor, spec: ObjectSpec) -> list[str]:
    names = [name for source in contributions(timeline_sources, actor, spec.name) for name in source.covers]
    specs = specs_here()
    return [specs[name].plural for name in names if name in specs]


#: What a change is put into words from.
WORDED = ("batch_id", "object_name", "record_id", "action", "values", "channel", "at", "actor__name")


def load_changes(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return a record's changes as entries in plain words, one more than asked for when there are more."""
    # Changes of what hangs on the record, such as whom it is shared with, are logged under its id as well.
    rows = Change.objects.filter(
        record_id=question.record_id,
        object_name=question.spec.name,
        organization_id=question.actor.organization_id,
    )
    if question.before is not None:
        rows = rows.filter(at__lt=question.before)
    changes = list(rows.select_related("actor").only(*WORDED).order_by("-id")[: question.limit + 1])
    wording = ChangeWording(question.actor, question.spec, changes)
    return [TimelineEntry(change.at, change.pk, wording.entry(change)) for change in changes]


class ChangeWording:
    """Says changes in words, with the names of what they mention, for one reader."""

    def __init__(self, actor: Actor, spec: ObjectSpec, changes: Iterable[Change]) -> None:
        self.spec = spec
        changes = list(changes)
        access = field_access(actor, spec, spec.all_fields)
        self.fields: Mapping[str, Field] = {
            name: entry for name, entry in spec.all_fields.items() if access[name] >= FieldAccess.READ_ONLY
        }
        self.presenter = Presenter(actor, spec, labels_of(self._mentioned(changes), actor=actor))

    def entry(self, change: Change) -> dict[str, Any]:
        """Return a change in the shape of the component ``entry``."""
        title, icon, color = _TITLES.get(change.action, _TITLES[ChangeAction.UPDATE])
        through = _CHANNELS.get(change.channel)
        return {
            "icon": icon,
            "color": color,
            "who": change.actor.name if change.actor else _("The system"),
            "title": _("%(what)s %(through)s") % {"what": title, "through": through} if through else str(title),
            "changes": [
                {"label": str(self.fields[name].label), "old": self._text(name, old), "new": self._text(name, new)}
                for name, (old, new) in self._readable(change)
            ],
        }

    def _readable(self, change: Change) -> Iterator[tuple[str, tuple[Any, Any]]]:
        for name, pair in change.values.items():
            if name in self.fields:
                yield name, readable_pair(self.fields[name], change.record_id, pair)

    def _text(self, name: str, stored: Any) -> str:
        entry = self.fields[name]
        try:
            value = entry.kind.from_json(stored)
            text = self.presenter.cell(entry, {name: value, "id": None}, in_list=False).get("text") or ""
        except (TypeError, ValueError):
            # The field has had another kind since; what was stored then is shown as it is.
            text = "" if stored is None else str(stored)
        return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE].rstrip() + "…"

    def _mentioned(self, changes: Iterable[Change]) -> dict[str, set[uuid.UUID]]:
        wanted: dict[str, set[uuid.UUID]] = {}
        for change in changes:
            for name, pair in change.values.items():
                kind = self.fields[name].kind if name in self.fields else None
                target = USER if kind is not None and kind.widget == "people" else getattr(kind, "target", "")
                if not target:
                    continue
                for stored in pair:
                    for item in stored if isinstance(stored, list) else [stored]:
                        found = parse_id(item) if item else None
                        if found:
                            wanted.setdefault(target, set()).add(found)
        return wanted


def read_instant(text: str) -> datetime | None:
    """Return the instant from which a page of the timeline goes on; None for the first page or nonsense."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


CHANGE_LOG = TimelineSource(CHANGES, gettext_lazy("Changes"), "history", load_changes)
