"""Forms as a layout arranges them: tabs, sections, what shows and what is needed while somebody types."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.layouts.conditions import Deciding, for_browser
from banyan.core.layouts.content import Part, Place, Plan, Tree
from banyan.core.layouts.resolution import TYPE_FIELD, layouts_of
from banyan.core.listing.fields import open_fields
from banyan.core.listing.masking import Masked
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for, stored_value
from banyan.core.web.forms import Form
from banyan.core.web.presenting import presenter_for

Values = Callable[[str], Any]


def stored_values(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any], paths: set[str]) -> Values:
    """Return how the values of a record are found that conditions ask for.

    Conditions decide by all fields; what the reader sees masked or not at all is read for them, with one query.
    """
    seen = open_fields(actor, spec)
    unseen = {path for path in paths if path not in seen or path not in row or isinstance(row.get(path), Masked)}
    record = None
    if unseen and row.get("id") is not None:
        record = spec.model._default_manager.filter(pk=row["id"]).first()  # noqa: SLF001 Django's own name for it

    def value(name: str) -> Any:
        if name in unseen and name in spec.all_fields:
            return None if record is None else stored_value(record, spec.all_fields[name])
        return row.get(name)

    return value


def read_entered(actor: Actor, spec: ObjectSpec, entered: Mapping[str, Any], stored: Values) -> Values:
    """Return how values are found that are partly entered; what cannot be read counts as it is stored."""
    reading = reading_for(actor)
    found: dict[str, Any] = {}
    for name, value in entered.items():
        entry = spec.all_fields.get(name)
        if entry is None or isinstance(value, Masked):
            continue
        try:
            found[name] = entry.kind.parse(value, reading) if isinstance(value, (str, list)) else value
        except Unacceptable:
            continue
    return lambda name: found[name] if name in found else stored(name)


def within_layout(
    actor: Actor, spec: ObjectSpec, plan: Plan | None, sent: dict[str, Any], row: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a form sent without the fields that its layout does not show or lets nobody change.

    Fields that a condition hides keep the values that they have, whatever the browser sent.
    """
    if plan is None:
        return sent
    # What an address gives a new record, such as the customer it is made for, may stand in a field that is only shown.
    fixed = {place.name for place in plan.places() if place.read_only} if row.get("id") else set()
    if plan.has_conditions:
        deciding = Deciding(plan, spec, actor)
        stored = stored_values(actor, spec, row, deciding.paths)
        shown = deciding.settled(read_entered(actor, spec, sent, stored), stored)
        fixed |= set(plan.names()) - shown
    return {name: value for name, value in sent.items() if name not in fixed}


class LaidForm:
    """The inputs of a form in the tabs and sections of a layout.

    ``row`` is the record as it is stored, if there is one; ``labels`` are the names that it mentions, where they are known.
    """

    def __init__(
        self, form: Form, plan: Plan, row: Mapping[str, Any], labels: Mapping[uuid.UUID, str] | None = None
    ) -> None:
        self.labels = labels
        self.form = form
        self.plan = plan
        self.row = row
        self.deciding = Deciding(plan, form.spec, form.actor)
        self._stored = stored_values(form.actor, form.spec, row, self.deciding.paths)
        self._values = read_entered(form.actor, form.spec, form.values, self._stored)
        self._shown = self.deciding.settled(self._values, self._stored)
        self._shown_parts = self.deciding.shown_parts(self._values)
        self._inputs = {entry.name for entry in form.editable(plan.names())}

    def context(self, *, folds: bool = False, has_cursor: bool = True) -> dict[str, Any]:
        """Return the keys of the component ``laid_form``.

        ``folds`` closes the sections that the layout wants folded; ``has_cursor`` lets somebody type at once.
        """
        tabs: list[dict[str, Any]] = []
        for tab in self.plan.tabs:
            sections = [shown for part in tab.parts if (shown := self._section(part, folds=folds))["fields"]]
            if sections:
                wrong = any(entry.get("error") for section in sections for entry in section["fields"])
                bare = all(section["bare"] for section in sections)
                tabs.append({"key": tab.key, "label": tab.title, "sections": sections, "wrong": wrong, "bare": bare})
        chosen = next((tab for tab in tabs if tab["wrong"]), None) or next(
            (tab for tab in tabs if not tab["bare"]), None
        )
        for shown_tab in tabs:
            shown_tab["active"] = shown_tab is chosen
        if has_cursor:
            _set_cursor(tabs)
        return {"tabs": tabs, "rules": self.rules()}

    def names(self) -> list[str]:
        """Return the names of all inputs."""
        return [name for name in self.plan.names() if name in self._inputs]

    def rules(self) -> dict[str, Any]:
        """Return what the form decides while somebody types; empty when nothing depends on anything."""
        if not self.plan.has_conditions and TYPE_FIELD not in self._inputs:
            return {}
        places = list(self.plan.places())
        parts = {part.key: self._written(part.show) for part in self.plan.parts() if part.show}
        shows = {place.name: self._written(place.show) for place in places if place.show}
        needs = {place.name: self._written(place.require) for place in places if place.require and not place.required}
        narrowed = {entry.code: dict(entry.choices) for entry in layouts_of(self.form.spec).types if entry.choices}
        return {"parts": parts, "shows": shows, "needs": needs, "types": narrowed}

    def _written(self, tree: Tree) -> Any:
        return for_browser(tree, self.deciding, self._inputs, self._values)

    def _section(self, part: Part, *, folds: bool) -> dict[str, Any]:
        fields = [shown for place in part.places if (shown := self._field(place)) is not None]
        has_error = any(entry.get("error") for entry in fields)
        return {
            "key": part.key,
            "title": part.title,
            "columns": part.columns,
            "collapsed": folds and part.folded and not has_error,
            "hidden": part.key not in self._shown_parts,
            "bare": part.key not in self._shown_parts or all(entry.get("hidden") for entry in fields),
            "fields": fields,
        }

    def _field(self, place: Place) -> dict[str, Any] | None:
        entry = self.form.spec.all_fields[place.name]
        if place.read_only:
            return self._fixed(place)
        if place.name in self.form.locks:
            shown = self.form.locked(entry)
            return {**shown, "wide": place.wide, "hidden": place.name not in self._shown}
        if place.name not in self._inputs:
            return None
        shown = self.form.input(entry)
        shown["wide"] = place.wide
        shown["required"] = entry.required or self.deciding.is_needed(place, self._values)
        shown["hidden"] = place.name not in self._shown
        return shown

    def _fixed(self, place: Place) -> dict[str, Any] | None:
        """Return a field that this layout only shows: its value as text; nothing for a record that is still to come."""
        if self.row.get("id") is None:
            return None
        presenter = presenter_for(self.form.actor, self.form.spec, [self.row], self.labels)
        entries = presenter.visible([place.name])
        if not entries:
            return None
        return {
            "name": place.name,
            "label": str(entries[0].label),
            "cell": presenter.cell(entries[0], self.row, in_list=False),
            "locked": _("It is only shown here."),
            "wide": place.wide,
            "hidden": place.name not in self._shown,
        }


def _set_cursor(tabs: list[dict[str, Any]]) -> None:
    """Put the cursor into the first wrong field, else into the first empty one."""
    inputs = [
        entry
        for tab in tabs
        if tab["active"]
        for section in tab["sections"]
        if not section["hidden"]
        for entry in section["fields"]
        if not entry.get("hidden") and "cell" not in entry
    ]
    wanted = next((entry for entry in inputs if entry.get("error")), None) or next(
        (entry for entry in inputs if not entry.get("value") and not entry.get("selected")), None
    )
    if wanted is not None:
        wanted["autofocus"] = True
