"""If: what a record, its parents and children hold, and who did it.

A condition is ``{"record": filter, "children": [{"object", "link", "mode", "count", "filter"}], "who": {...}}``; all of
its parts have to hold. Children are counted: ``any``, ``none``, ``all`` or ``at_least`` so many fit the filter. Who is
``{"people", "roles", "channels", "others"}``: one of these did it, or with ``others`` none of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from banyan.automation.setting import RecordValues, Setting, Values
from banyan.core.access.actor import Channel
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.fields import value_expression
from banyan.core.listing.filters import Condition, Group, Node, conditions_of, live_rows, parse_tree, to_q
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.models import Record
from banyan.core.objects.spec import CUSTOM, ObjectSpec
from banyan.core.web.wording import describe, labels_of_filter

Json = Mapping[str, Any]
ANY, NONE, ALL, AT_LEAST = "any", "none", "all", "at_least"
MODES = {
    ANY: gettext_lazy("at least one"),
    AT_LEAST: gettext_lazy("at least so many"),
    ALL: gettext_lazy("all there are, and there is one"),
    NONE: gettext_lazy("none"),
}
CHANNELS = {
    Channel.PAGE: gettext_lazy("The pages"),
    Channel.API: gettext_lazy("Interface (API)"),
    Channel.IMPORT: gettext_lazy("Import"),
    Channel.AUTOMATION: gettext_lazy("Other rules"),
    Channel.JOB: gettext_lazy("Background work"),
    Channel.COMMAND: gettext_lazy("Command line"),
}
MOST_CHILDREN_PARTS = 5


@dataclass(frozen=True)
class Case:
    """A record that a condition is about, with what happened to it, and when; without a moment it is a trial."""

    record: Record
    cause: Json
    at: datetime | None = None


def is_empty(condition: Json | None) -> bool:
    """Say whether a condition asks for nothing."""
    return not condition or not any(condition.get(part) for part in ("record", "children", "who"))


def children_of(setting: Setting, spec: ObjectSpec) -> list[tuple[ObjectSpec, str, str]]:
    """Return the objects whose records point to this one: the object, the link, and what people call it."""
    found = []
    for other in setting.specs.values():
        for name, entry in other.links.items():
            if getattr(entry.kind, "target", "") == spec.name:
                label = str(other.label_plural)
                found.append((other, name, label if name == spec.name else f"{label} ({entry.label})"))
    return found


class Tester:
    """A condition of one object, read once and tried on any number of records together.

    Raises ``Invalid`` when it names a field, an object or a person that is not there.
    """

    def __init__(self, setting: Setting, spec: ObjectSpec, condition: Json | None) -> None:
        self.setting, self.spec, self.condition = setting, spec, condition or {}
        self.node = parse_tree(self.condition.get("record") or {})
        self.fitting = Fitting(self.node, spec, setting.system)
        self._children = [_Children(setting, spec, part) for part in self.condition.get("children") or ()]
        self._who = _Who(self.condition.get("who") or {})

    def verdicts(self, cases: Sequence[Case]) -> list[str]:
        """Return for each case why the condition does not hold; an empty text when it does."""
        found = [""] * len(cases)
        if is_empty(self.condition) or not cases:
            return found
        values = RecordValues(self.setting, self.spec, [case.record for case in cases])
        for position, case in enumerate(cases):
            value = values.of(case.record)
            if not self.fitting.holds(value):
                found[position] = self._why(value)
        parts: list[_Children | _Who] = [*self._children, self._who]
        for part in parts:
            left = [position for position, why in enumerate(found) if not why]
            for position, why in zip(left, part.verdicts([cases[position] for position in left]), strict=True):
                found[position] = why
        return found

    def _why(self, value: Values) -> str:
        return "; ".join(self._failing(self.node, value)) or _("The condition does not hold.")

    def _failing(self, node: Node, value: Values) -> list[str]:
        """Return the conditions that do not hold, each with the value that there is instead."""
        if isinstance(node, Group):
            parts = [(part, self._failing(part, value)) for part in node.parts]
            if node.mode == "any":
                failing = [texts for _part, texts in parts]
                return [_(" and ").join(text for texts in failing for text in texts)] if all(failing) else []
            return [text for _part, texts in parts for text in texts]
        leaf, words = self._leaves[id(node)]
        if leaf.holds(value):
            return []
        entry = self.setting.field_at(self.spec, node.field)
        is_value = _("it is “%(value)s”") % {"value": self.setting.display(entry, value(node.field))} if entry else ""
        is_empty_value = entry is None or entry.kind.is_empty(value(node.field))
        return [
            _("%(condition)s, but %(value)s")
            % {"condition": words, "value": _("it is empty") if is_empty_value else is_value}
        ]

    @cached_property
    def _leaves(self) -> dict[int, tuple[Fitting, str]]:
        return {
            id(leaf): (Fitting(leaf, self.spec, self.setting.system), words_of(self.setting, self.spec, leaf))
            for leaf in conditions_of(self.node)
        }


class _Children:
    def __init__(self, setting: Setting, spec: ObjectSpec, part: Json) -> None:
        self.setting, self.part = setting, part
        known = {(other.name, link): (other, label) for other, link, label in children_of(setting, spec)}
        found = known.get((str(part.get("object")), str(part.get("link"))))
        if found is None:
            message = _("There is no list “%(name)s” of records that belong to this one.") % {
                "name": part.get("object")
            }
            raise Invalid([FieldError("children", "unknown_object", message)])
        self.target, self.label = found
        self.entry = self.target.all_fields[str(part["link"])]
        self.node = parse_tree(part.get("filter") or {})
        to_q(self.node, self.target, setting.system)

    def verdicts(self, cases: Sequence[Case]) -> list[str]:
        mode, ids = self.part.get("mode", ANY), [case.record.pk for case in cases]
        if not ids:
            return []
        fitting = self._counts(ids, self.node)
        total = self._counts(ids, None) if mode == ALL else {}
        return [self._verdict(fitting.get(pk, 0), total.get(pk, 0)) for pk in ids]

    def _counts(self, ids: list[uuid.UUID], node: Node | None) -> dict[uuid.UUID, int]:
        condition, annotations = to_q(node, self.target, self.setting.system)
        rows = live_rows(self.setting.system, self.target).alias(**annotations)
        if self.entry.source == CUSTOM:
            rows = rows.annotate(belongs_to=value_expression(self.entry)).filter(belongs_to__in=ids)
        else:
            rows = rows.annotate(belongs_to=value_expression(self.entry)).filter(**{f"{self.entry.attribute}__in": ids})
        return dict(rows.filter(condition).values_list("belongs_to").annotate(number=Count("pk")))

    def _verdict(self, fitting: int, total: int) -> str:
        mode = self.part.get("mode", ANY)
        wanted = int(self.part.get("count") or 1)
        holds = {ANY: fitting > 0, NONE: fitting == 0, ALL: 0 < total == fitting, AT_LEAST: fitting >= wanted}[mode]
        if holds:
            return ""
        text = (
            _("%(condition)s, but it is %(count)s of %(total)s")
            if mode == ALL
            else _("%(condition)s, but it is %(count)s")
        )
        return text % {
            "condition": child_words(self.setting, self.label, self.target, self.part),
            "count": fitting,
            "total": total,
        }


class _Who:
    def __init__(self, part: Json) -> None:
        self.part = part
        self.people = {str(value) for value in part.get("people") or ()}
        self.roles = {str(value) for value in part.get("roles") or ()}
        self.channels = set(part.get("channels") or ())

    def verdicts(self, cases: Sequence[Case]) -> list[str]:
        if not (self.people or self.roles or self.channels):
            return [""] * len(cases)
        actors = {str(case.cause.get("actor")) for case in cases if case.cause.get("actor")}
        with_role: set[str] = set()
        if self.roles and actors:
            rows = UserRole.objects.filter(user_id__in=actors, role_id__in=self.roles)
            with_role = {str(user) for user in rows.values_list("user_id", flat=True)}
        return [self._verdict(case, with_role) for case in cases]

    def _verdict(self, case: Case, with_role: set[str]) -> str:
        actor = str(case.cause.get("actor") or "")
        is_named = (
            actor in self.people
            or actor in with_role
            or (bool(self.channels) and case.cause.get("channel") in self.channels)
        )
        if is_named is not bool(self.part.get("others")):
            return ""
        return _("It was done by somebody, or in a way, that the rule leaves out.")


def words_of(setting: Setting, spec: ObjectSpec, node: Node) -> str:
    """Return a filter as a phrase, fields of parents included."""
    if isinstance(node, Group):
        joint = _(" or ") if node.mode == "any" else _(" and ")
        texts = [words_of(setting, spec, part) for part in node.parts]
        return joint.join(f"({text})" if isinstance(part, Group) and len(node.parts) > 1 else text
                          for part, text in zip(node.parts, texts, strict=True))  # fmt: skip
    name, dot, inner = node.field.partition(".")
    entry = spec.all_fields.get(name)
    target = setting.target_of(entry) if dot and entry else None
    if entry is not None and target is not None:
        below = Condition(inner, node.operator, node.values)
        return f"{entry.label} › {words_of(setting, target, below)}"
    return describe(node, spec, setting.system, labels_of_filter(node, spec, setting.system))


def child_words(setting: Setting, label: str, target: ObjectSpec, part: Json) -> str:
    """Return what is asked of a list of children."""
    mode, count = part.get("mode", ANY), int(part.get("count") or 1)
    wanted = {
        ANY: _("at least one"), NONE: _("none"), ALL: _("all"),
        AT_LEAST: ngettext("at least %(count)d", "at least %(count)d", count) % {"count": count},
    }[mode]  # fmt: skip
    node = parse_tree(part.get("filter") or {})
    if node == Group():
        return _("%(list)s: %(wanted)s") % {"list": label, "wanted": wanted}
    words = words_of(setting, target, node)
    return _("%(list)s: %(wanted)s with %(condition)s") % {"list": label, "wanted": wanted, "condition": words}


def sentences(setting: Setting, spec: ObjectSpec, condition: Json | None) -> list[str]:
    """Return a condition in words, one sentence for each part; broken parts are said to be so."""
    condition = condition or {}
    found = []
    try:
        node = parse_tree(condition.get("record") or {})
        if node != Group():
            found.append(words_of(setting, spec, node))
        known = {(other.name, link): (other, label) for other, link, label in children_of(setting, spec)}
        for part in condition.get("children") or ():
            target = known.get((str(part.get("object")), str(part.get("link"))))
            found.append(child_words(setting, target[1], target[0], part) if target else _("A list that is gone"))
    except Invalid as problem:
        found.append(str(problem.message))
    who = condition.get("who") or {}
    if any(who.get(key) for key in ("people", "roles", "channels")):
        found.append(_who_words(who))
    return found


def _who_words(who: Json) -> str:
    names = [*_names(User, who.get("people")), *_names(Role, who.get("roles"))]
    names += [str(CHANNELS.get(channel, channel)) for channel in who.get("channels") or ()]
    text = _("It was not done by %(names)s") if who.get("others") else _("It was done by %(names)s")
    return text % {"names": _(", ").join(names)}


def _names(model: type[User | Role], values: Iterable[Any] | None) -> list[str]:
    ids = [found for value in values or () if (found := parse_id(value)) is not None]
    return list(model._default_manager.filter(pk__in=ids).values_list("name", flat=True)) if ids else []  # noqa: SLF001
