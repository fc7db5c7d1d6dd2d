"""Differences in words: what each step would do, property by property, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from banyan.core.configuration.differences import CHANGE, CREATE, REMOVE, Plan, Step, as_text
from banyan.core.configuration.documents import words_of
from banyan.core.configuration.updates import Clash
from banyan.core.configuration.yaml_text import write_yaml
from banyan.core.kernel.document_shapes import LANGUAGES, Flag, Items, Properties, Shape, Table, Words
from banyan.core.objects.configuration_parts import KEY

ACTIONS = {
    CREATE: (pgettext_lazy("difference", "New"), "green"),
    CHANGE: (pgettext_lazy("difference", "Changed"), "blue"),
    REMOVE: (pgettext_lazy("difference", "Removed"), "red"),
}
#: How an item of a list differs, with the class that colours it.
ADDED, GONE, OTHER = "added", "gone", "other"
MARKS = {ADDED: gettext_lazy("added"), GONE: gettext_lazy("removed"), OTHER: gettext_lazy("changed")}
MOST_ITEMS = 60
LONGEST_VALUE = 400


def plan_in_words(plan: Plan, language: str) -> list[dict[str, Any]]:
    """Return the steps of a plan by parts, and those that only take away what the file does not mention, last."""
    groups: list[dict[str, Any]] = []
    for is_extra, steps in ((False, plan.steps), (True, plan.extra)):
        by_part: dict[str, list[Step]] = {}
        for step in steps:
            by_part.setdefault(step.part.name, []).append(step)
        groups += [
            {
                "name": found[0].part.name,
                "label": str(found[0].part.label),
                "is_extra": is_extra,
                "steps": [step_in_words(step, language) for step in found],
            }
            for found in by_part.values()
        ]
    return groups


def clashes_in_words(clashes: Sequence[Clash], language: str) -> list[dict[str, Any]]:
    """Return what both a template and the organization have changed, with both values as people read them."""
    return [
        {
            "name": clash.name,
            "title": f"{clash.part.label}: {clash.key}",
            "place": _clash_place(clash),
            "mine": _("(removed here)") if clash.mine is None else _clash_value(clash.mine, language),
            "theirs": _clash_value(clash.theirs, language) if clash.path else _("(changed in the template)"),
        }
        for clash in clashes
    ]


def _clash_place(clash: Clash) -> str:
    if not clash.path:
        return ""
    first, *rest = clash.path
    return " · ".join([str(clash.part.properties[first].label), *rest])


def _clash_value(value: Any, language: str) -> str:
    if isinstance(value, Mapping) and value and set(value) <= set(LANGUAGES):
        return words_of(value, language)
    return as_text(value)[:LONGEST_VALUE]


def step_in_words(step: Step, language: str) -> dict[str, Any]:
    """Return what a page says of one step."""
    label, color = ACTIONS[step.action]
    title = step.title
    return {
        "name": step.name,
        "action": step.action,
        "action_label": str(label),
        "color": color,
        "title": title,
        "key": step.change.key if step.change.key != title else "",
        "rows": list(_rows(step, language)),
    }


def _rows(step: Step, language: str) -> Iterator[dict[str, Any]]:
    if step.action == REMOVE:
        return
    changed = step.change.changed()
    for name, known in step.part.properties.items():
        if name not in changed:
            continue
        now, then = changed[name]
        if step.action == CREATE and (then is None or then == known.default):
            continue
        row: dict[str, Any] = {
            "label": str(known.label),
            "name": name,
            "then": value_in_words(known.shape, then, language),
        }
        if step.action == CHANGE:
            items = list(_items(known.shape, now, then, language))
            row |= {"now": value_in_words(known.shape, now, language), "pieces": items[:MOST_ITEMS]}
        yield row


def value_in_words(shape: Shape, value: Any, language: str) -> str:
    """Return a value as people read it; what has many parts as it stands in a file."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(shape, Flag) or isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(shape, Words):
        return words_of(value, language)
    if isinstance(shape, Items) and isinstance(value, list):
        return _shortened(_(", ").join(_item_name(shape, item, language) for item in value))
    if isinstance(value, Mapping) and all(isinstance(inner, str) for inner in value.values()):
        return _shortened(_(", ").join(f"{name} {inner}" for name, inner in value.items()))
    if isinstance(value, Mapping | list):
        return _shortened(write_yaml(value).strip())
    return _shortened(str(value))


def _item_name(shape: Items, item: Any, language: str) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    label = words_of(item.get("label"), language) if item.get("label") else ""
    return label or str(item.get(shape.key or "name") or item.get("name") or write_yaml(item).strip())


def _items(shape: Shape, now: Any, then: Any, language: str) -> Iterator[dict[str, str]]:
    """Yield how two lists or tables differ, item by item; nothing where they have no items of their own."""
    if isinstance(shape, Items):
        key = shape.key or "name"
        before, after = _by_key(now, key), _by_key(then, key)
        names = {name: _item_name(shape, item, language) for name, item in (before | after).items()}
        yield from _differing(
            before,
            after,
            names,
            lambda name, one, two: f"{names[name]}: {_properties(shape.shape, one, two, language)}",
        )
    elif isinstance(shape, Table) and isinstance(now or {}, Mapping) and isinstance(then or {}, Mapping):
        before, after = dict(now or {}), dict(then or {})
        names = {
            name: f"{name}: {value_in_words(shape.shape, told, language)}" for name, told in (before | after).items()
        }
        yield from _differing(
            before, after, names,
            lambda name, one, two: f"{name}: {_told(shape.shape, one, two, language)}",
        )  # fmt: skip


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str], tell: Any
) -> Iterator[Any]:
    for name in dict.fromkeys([*after, *before]):
        if name not in before:
            yield {"kind": ADDED, "mark": str(MARKS[ADDED]), "text": names[name]}
        elif name not in after:
            yield {"kind": GONE, "mark": str(MARKS[GONE]), "text": names[name]}
        elif before[name] != after[name]:
            text = tell(name, before[name], after[name])
            yield {"kind": OTHER, "mark": str(MARKS[OTHER]), "text": text}
    if list(before) != list(after) and set(before) == set(after):
        yield {"kind": OTHER, "mark": str(MARKS[OTHER]), "text": pgettext("sequence", "Order")}


def _by_key(items: Any, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items or []:
        name = item.get(key) if isinstance(item, Mapping) else item
        found[str(name if name is not None else item)] = item
    return found


def _properties(shape: Shape, now: Any, then: Any, language: str) -> str:
    if not isinstance(shape, Properties):
        return _told(shape, now, then, language)
    parts = [
        f"{known.label}: {_told(known.shape, now.get(name), then.get(name), language)}"
        for name, known in shape.properties.items()
        if name != KEY and now.get(name) != then.get(name)
    ]
    return _("; ").join(parts)


def _told(shape: Shape, now: Any, then: Any, language: str) -> str:
    return f"{value_in_words(shape, now, language)} → {value_in_words(shape, then, language)}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"
