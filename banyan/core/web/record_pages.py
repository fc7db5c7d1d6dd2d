"""The page of one record: header, stages, facts, children, timeline, in the shapes that the components take."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.clock import now
from banyan.core.layouts.conditions import Deciding
from banyan.core.layouts.content import CHART, CHILD, MAIN, PANEL, SIDE, TOP, Block, Plan
from banyan.core.layouts.resolution import TYPE_FIELD, find_type, layout_for
from banyan.core.listing.filters import live_rows
from banyan.core.listing.masking import HIDDEN_TEXT, Masked
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import Choice, Link, Money, Text
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Child, Field, ObjectSpec
from banyan.core.records.locks import NO_LOCKS, Locks, locked_fields
from banyan.core.records.merging import UNMERGE_WITHIN
from banyan.core.records.models import Merge
from banyan.core.web.answers import macro
from banyan.core.web.layouts.blocks import all_blocks, figure, panel_named
from banyan.core.web.layouts.laid import stored_values
from banyan.core.web.menu import may
from banyan.core.web.panels import (
    POST,
    TimelineQuestion,
    composers,
    contributions,
    record_menus,
    record_panels,
    row_actions,
    with_rows,
)
from banyan.core.web.presenting import Presenter, Row, presenter_for, short_instant
from banyan.core.web.processes.guide import path_of
from banyan.core.web.record_children import ParentRecord, arranged, child_list, children_of
from banyan.core.web.sharing import is_shareable
from banyan.core.web.timelines import FIRST_ENTRIES, kinds_of, timeline_of

#: Outcomes that end a path of stages.
WON, LOST = "won", "lost"
#: Fields of every record that its page shows elsewhere: in the header or the history.
SYSTEM = ("number", "version", "created_by", "updated_by")


@dataclass
class RecordPage:
    """Everything that is shown of one record to one reader; ``plan`` is its layout, None for the product's own way."""

    actor: Actor
    spec: ObjectSpec
    row: Row
    presenter: Presenter
    plan: Plan | None = None

    @classmethod
    def load(cls, actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> RecordPage:
        """Read a record; raise ``Missing`` when the reader may not see it."""
        row = fetch_row(actor, spec, record_id)
        plan = layout_for(actor, spec, row.get(TYPE_FIELD))
        return cls(actor, spec, row, presenter_for(actor, spec, [row]), plan)

    @cached_property
    def told_row(self) -> Row:
        """Return the row as apps get it: a link, number, day or choice of which a mask leaves nothing is not there for them.

        They calculate with such values and look up by them; a text of stars would make the page fail.
        """
        fields = self.spec.all_fields
        unusable = {
            name
            for name, value in self.row.items()
            if isinstance(value, Masked) and value == HIDDEN_TEXT and not isinstance(fields[name].kind, Text)
        }
        return {name: value for name, value in self.row.items() if name not in unusable}

    @property
    def id(self) -> uuid.UUID:
        """Return the record's id."""
        return self.row["id"]

    @property
    def url(self) -> str:
        """Return the record's address."""
        return self.presenter.url(self.id)

    def context(self, *, kind: str = "") -> dict[str, Any]:
        """Return the keys of ``layout/record_body.html``."""
        return {
            **self.top(),
            "facts": self.facts(),
            "composer": self.composer(),
            "timeline_kinds": kinds_of(self.actor, self.spec, self.id, kind),
            "timeline": timeline_of(TimelineQuestion(self.actor, self.spec, self.id, limit=FIRST_ENTRIES), kind=kind),
            "children_url": f"{self.url}/children",
            "middle_url": f"{self.url}/children?place={MAIN}" if self._has_middle else "",
        }

    def top(self) -> dict[str, Any]:
        """Return the keys of ``objects/record_top.html``: what is said of the record before anything else."""
        return {
            "id": self.id,
            "url": self.url,
            "version": self.row.get("version"),
            "live_url": self.url,
            "object": self.spec.plural,
            "header": self.header(),
            **self.way(),
            "before": self.blocks(TOP) if self.plan else self.panels("before"),
        }

    def way(self) -> dict[str, Any]:
        """Return the stages and where moves are sent: those of its process, else of the board's field."""
        governed = path_of(self.actor, self.spec, self.id)
        shown = governed is not None and self.presenter.visible([governed[1]])
        stages, field = (governed[0], f"?field={governed[1]}") if governed and shown else (self.stages(), "")
        moved = governed[1] if governed else self.spec.board.field if self.spec.board else ""
        can_move = self.can_edit and moved not in self.locks
        return {"stages": stages, "move_url": f"/{self.spec.plural}/{self.id}/stage{field}" if can_move else ""}

    @property
    def _has_middle(self) -> bool:
        return self.plan is not None and any(block.place == MAIN for block in self.plan.blocks)

    @property
    def can_edit(self) -> bool:
        """Say whether the reader may change records of this object at all."""
        return may(self.actor, self.spec, Action.EDIT)

    def header(self) -> dict[str, Any]:
        """Return name, number, the facts one needs while talking, and what can be done."""
        spec, presenter = self.spec, self.presenter
        actions = [
            {"label": str(entry.label), "url": entry.url(spec, self.id), "icon": entry.icon, "opens": entry.opens,
             "primary": entry.logs}
            for entry in contributions(row_actions, self.actor, spec.name)
            if entry.may(self.actor) and entry.opens != POST
        ]  # fmt: skip
        if self.can_edit:
            actions.append({"label": _("Edit"), "url": f"{self.url}/edit", "icon": "pencil", "opens": "dialog"})
        texts, badges = [], []
        for entry in presenter.visible(spec.subtitle):
            cell = presenter.cell(entry, self.row, in_list=False)
            if cell.get("kind") == "choice" and cell.get("text"):
                badges.append({"text": cell["text"], "color": cell.get("color")})
            elif cell.get("text"):
                texts.append(cell["text"])
        shape = find_type(spec, self.row.get(TYPE_FIELD)) if presenter.visible([TYPE_FIELD]) else None
        if shape is not None:
            badges.insert(0, {"text": shape.label, "color": shape.color})
        return {
            "id": self.id,
            "title": presenter.title(self.row),
            "number": self.row.get("number"),
            "subtitle": " · ".join(texts),
            "badges": badges,
            "icon": (shape.icon if shape else "") or (spec.icon if spec.icon not in {"address-book", "users"} else ""),
            "actions": actions,
            "more": self._more_actions(),
        }

    def _more_actions(self) -> Markup:
        buttons = "components/buttons.html"
        items = [macro(buttons, "menu_item", _("History"), f"{self.url}/history", "history")]
        if is_shareable(self.spec) and may(self.actor, self.spec, Action.SHARE):
            items.append(macro(buttons, "menu_item", _("Share"), f"{self.url}/share", "share", "dialog"))
        if self.actor.has(Ability.MANAGE_PEOPLE):
            question = f"/settings/access?object={self.spec.name}&record={self.id}"
            items.append(macro(buttons, "menu_item", _("Who can see this?"), question, "eye"))
        if may(self.actor, self.spec, Action.CREATE):
            items.append(macro(buttons, "menu_item", _("Duplicate"), f"{self.url}/copy", "copy", "dialog"))
        for entry in contributions(record_menus, self.actor, self.spec.name):
            items += [
                macro(buttons, "menu_item", item["label"], item["url"], item["icon"], item["opens"])
                for item in entry.build(self.actor, self.spec, self.told_row)
            ]
        if self.can_edit and may(self.actor, self.spec, Action.DELETE):
            merge = f"/{self.spec.plural}/merge/choose?ids={self.id}"
            items.append(macro(buttons, "menu_item", _("Merge with another"), merge, "git-merge", "dialog"))
        if may(self.actor, self.spec, Action.DELETE):
            delete = f"{self.url}/delete"
            items.append(macro(buttons, "menu_divider"))
            items.append(macro(buttons, "menu_item", _("Delete"), icon_name="trash", post=delete, danger=True))
        return Markup().join(items)

    def facts(self) -> list[dict[str, Any]]:
        """Return the fields in their sections; those that say nothing stand together at the end, folded.

        A layout of the organization's own decides by itself what is shown, empty or not.
        """
        if self.plan is not None:
            return self._laid_facts(self.plan)
        groups: list[dict[str, Any]] = []
        empty: list[dict[str, Any]] = []
        for index, section in enumerate(self.spec.layout()):
            shown: list[dict[str, Any]] = []
            for entry in self.presenter.visible(section.fields):
                if entry.name == self.spec.title or entry.name in SYSTEM:
                    continue
                fact = self.fact(entry)
                is_empty = index > 0 and self._says_nothing(entry)
                (empty if is_empty and entry.kind.widget != "boolean" else shown).append(fact)
            if shown:
                groups.append({"title": str(section.title), "list": shown})
        if empty:
            groups.append(
                {"title": _("Other fields (%(count)d)") % {"count": len(empty)}, "list": empty, "folded": True}
            )
        groups.append({"title": _("Record"), "list": self._origin()})
        return groups

    def _laid_facts(self, plan: Plan) -> list[dict[str, Any]]:
        deciding = Deciding(plan, self.spec, self.actor)
        values = stored_values(self.actor, self.spec, self.row, deciding.paths)
        shown, parts = deciding.shown(values), deciding.shown_parts(values)
        groups: list[dict[str, Any]] = []
        for tab in plan.tabs:
            for part in tab.parts:
                names = [place.name for place in part.places if place.name in shown and place.name != self.spec.title]
                facts = [self.fact(entry) for entry in self.presenter.visible(names)]
                if facts and part.key in parts:
                    title = part.title
                    groups.append(
                        {"title": title, "list": facts, "folded": part.folded and bool(title), "tab": tab.key}
                    )
        used = [tab for tab in plan.tabs if any(group["tab"] == tab.key for group in groups)]
        if len(used) > 1:
            groups[0]["tabs"] = [
                {"key": tab.key, "label": tab.title, "active": index == 0} for index, tab in enumerate(used)
            ]
        groups.append({"title": _("Record"), "list": self._origin(), "tab": ""})
        return groups

    def _says_nothing(self, entry: Field) -> bool:
        """Say whether a field is empty, or the currency that amounts show and that is the usual one."""
        value = self.row.get(entry.name)
        return entry.kind.is_empty(value) or (entry.name in self._currencies and value == self.actor.currency)

    @cached_property
    def _currencies(self) -> set[str]:
        fields = self.spec.all_fields.values()
        return {entry.kind.currency_field for entry in fields if isinstance(entry.kind, Money)}

    def fact(self, entry: Field) -> dict[str, Any]:
        """Return one field with its value and, if it can be changed, the address of its editor."""
        can_edit = self.can_edit and self.presenter.editable(entry, self.row) and entry.name not in self._fixed
        lock = self.locks.get(entry.name)
        return {
            "name": entry.name,
            "label": str(entry.label),
            "kind": entry.kind.name,
            "cell": self.presenter.cell(entry, self.row, in_list=False),
            "edit_url": f"{self.url}/facts/{entry.name}/edit" if can_edit and lock is None else "",
            "locked": lock.message if lock and can_edit else "",
        }

    @cached_property
    def locks(self) -> Locks:
        """Return what cannot be changed of the record now, with the reasons; nobody asks who may change nothing anyway."""
        if not self.can_edit:
            return NO_LOCKS
        access = self.presenter.access_in(self.row)
        return locked_fields(self.actor, self.spec, self.row, access)

    @cached_property
    def _fixed(self) -> set[str]:
        """Return the fields that the layout only shows."""
        return {place.name for place in self.plan.places() if place.read_only} if self.plan else set()

    def _origin(self) -> list[dict[str, Any]]:
        entries = self.presenter.visible(("created_at", "created_by", "updated_at", "updated_by"))
        entries = [entry for entry in entries if self.row.get(entry.name) is not None]
        return [{**self.fact(entry), "edit_url": ""} for entry in entries]

    def stages(self) -> list[dict[str, Any]]:
        """Return the path of stages for objects that move through them; no path for others."""
        board = self.spec.board
        entry = self.spec.all_fields.get(board.field) if board else None
        deciding = [self.row.get(name) for name in (board.field, board.group_field)] if board else []
        if (
            entry is None
            or not self.presenter.visible([entry.name])
            or any(isinstance(one, Masked) for one in deciding)
        ):
            return []
        if isinstance(entry.kind, Choice):
            options = [option for option in entry.kind.options if option.active]
            return _path([(option.code, str(option.label), "") for option in options], self.row.get(entry.name))
        return _path(self._stage_records(entry), self.row.get(entry.name)) if isinstance(entry.kind, Link) else []

    def _stage_records(self, entry: Field) -> list[tuple[Any, str, str]]:
        target = specs_on(self.actor.organization).get(getattr(entry.kind, "target", ""))
        if target is None or self.spec.board is None:
            return []
        rows = restrict(live_rows(self.actor, target), self.actor, target)
        group = self.row.get(self.spec.board.group_field)
        if group is not None:
            rows = rows.filter(**{target.all_fields[self.spec.board.group_field].attribute: group})
        names = [name for name in ("position", "outcome") if name in target.all_fields]
        ordered = rows.order_by(*names[:1], target.title).values("pk", target.title, *names)
        return [(row["pk"], row[target.title], str(row.get("outcome") or "")) for row in ordered]

    def composer(self) -> dict[str, Any] | None:
        """Return the box that logs what happened, if an app has one for this object."""
        for entry in contributions(composers, self.actor, self.spec.name):
            built = entry.build(self.actor, self.spec, self.told_row)
            if built is not None:
                return built
        return None

    def merges(self) -> list[dict[str, str]]:
        """Return the merges into this record that can still be taken back."""
        rows = Merge.objects.filter(kept_id=self.id, undone_at=None, at__gte=now() - UNMERGE_WITHIN)
        return [
            {
                "text": _merge_text(merge),
                "when": short_instant(merge.at, self.actor),
                "undo_url": f"/unmerge/{merge.batch_id}",
            }
            for merge in rows.select_related("actor")
        ]

    def panels(self, place: str) -> Markup:
        """Return what apps show of the record ``before`` its timeline or beside its ``children``."""
        here = [panel for panel in contributions(record_panels, self.actor, self.spec.name) if panel.place == place]
        asked = with_rows(here, self.actor, self.spec.name, self.row["id"])
        found = [panel.render(self.actor, self.spec, self.told_row) for panel in asked]
        return Markup().join(part for part in found if part)

    def blocks(self, place: str) -> Markup:
        """Return what the layout puts beside the fields to one place of the page: panels, lists and figures."""
        if self.plan is None:
            return Markup()
        children = children_of(self.actor, self.spec)
        found = [
            self._block(block, children)
            for block in all_blocks(self.actor, self.spec, children, self.plan)
            if block.place == place
        ]
        return Markup().join(part for part in found if part)

    def _block(self, block: Block, children: list[Child]) -> Any:
        if block.kind == CHART:
            return figure(self.actor, block, self.told_row)
        if block.kind == CHILD:
            child = next(
                (child for child in children if (child.object_name, child.link) == (block.object, block.link)), None
            )
            return macro("components/record.html", "child_list", self.child(arranged(child, block))) if child else None
        panel = panel_named(self.actor, self.spec, block.name) if block.kind == PANEL else None
        return panel.render(self.actor, self.spec, self.told_row) if panel else None

    def children_part(self, place: str = SIDE) -> Markup:
        """Return what stands beside the timeline, or above it: as laid out, else panels and then lists of children."""
        if self.plan is not None:
            return self.blocks(place)
        lists = (macro("components/record.html", "child_list", child) for child in self.children())
        return Markup().join((self.panels("children"), *lists))

    def arranged_child(self, object_name: str, link: str) -> Child | None:
        """Return a list of children as the layout wants it; None when the page has no such list."""
        child = next(
            (
                child
                for child in children_of(self.actor, self.spec)
                if (child.object_name, child.link) == (object_name, link)
            ),
            None,
        )
        if child is None or self.plan is None:
            return child
        block = next((block for block in self.plan.blocks if block.key == f"{CHILD}:{object_name}:{link}"), None)
        return arranged(child, block) if block else child

    def children(self) -> list[dict[str, Any]]:
        """Return the lists of records that point to this one."""
        return [self.child(child) for child in children_of(self.actor, self.spec)]

    def child(self, child: Child) -> dict[str, Any]:
        """Return one list of children: the first of them, and how to add one."""
        parent = ParentRecord(self.id, self.url, self.presenter.title(self.row))
        return child_list(self.actor, parent, child)


def _merge_text(merge: Merge) -> str:
    text = ngettext(
        "%(who)s merged %(count)d record into this one.",
        "%(who)s merged %(count)d records into this one.",
        len(merge.dropped),
    )
    return text % {"who": merge.actor.name if merge.actor else _("The system"), "count": len(merge.dropped)}


def _path(stages: list[tuple[Any, str, str]], current: Any) -> list[dict[str, Any]]:
    """Return the stages with their state: what is behind, what is now, what lies ahead."""
    position = next((index for index, (key, _label, _outcome) in enumerate(stages) if key == current), -1)
    is_lost = position >= 0 and stages[position][2] == LOST
    path = []
    for index, (key, label, outcome) in enumerate(stages):
        state = "ahead"
        if index == position:
            state = outcome if outcome in {WON, LOST} else "current"
        elif index < position and outcome not in {WON, LOST} and not is_lost:
            state = "done"
        path.append({"key": str(key), "label": label, "state": state})
    return path
