"""Messages that administrators write for their rules, in both languages, with values of fields in braces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language

from banyan.core.access.actor import Actor
from banyan.core.business_rules.conditions import field_at
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.fields import open_fields, reading_of
from banyan.core.listing.fitting import Values
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import USER
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec

LANGUAGES = ("zh", "en")
#: Stands for a value that the reader may not see.
CONCEALED = "•••"
_PLACEHOLDER = re.compile(r"\{([a-zA-Z_][\w.]*)\}")


def in_language(messages: Mapping[str, str]) -> str:
    """Return the message in the language of the moment, else in the other one."""
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return messages.get(language) or next((text for text in messages.values() if text), "")


def placeholders(messages: Mapping[str, str]) -> set[str]:
    """Return the paths that messages name in braces."""
    return {path for text in messages.values() for path in _PLACEHOLDER.findall(text)}


def filled(messages: Mapping[str, str], actor: Actor, spec: ObjectSpec, values: Values) -> str:
    """Return the message with the values of a record; those that the reader may not see are concealed."""
    text = in_language(messages)
    if "{" not in text:
        return text
    specs = specs_for(actor.organization)
    shown = {path: _shown(path, actor, spec, specs, values) for path in _PLACEHOLDER.findall(text)}
    return _PLACEHOLDER.sub(lambda found: shown[found[1]], text)


def _shown(path: str, actor: Actor, spec: ObjectSpec, specs: Mapping[str, ObjectSpec], values: Values) -> str:
    entry = field_at(specs, spec, path)
    if entry is None:
        return f"{{{path}}}"
    name, _dot, inner = path.partition(".")
    target = specs.get(getattr(spec.all_fields[name].kind, "target", "")) if inner else None
    is_open = name in open_fields(actor, spec) and (target is None or inner in open_fields(actor, target))
    if not is_open:
        return CONCEALED
    value = values(path)
    return (
        "–"
        if entry.kind.is_empty(value)
        else entry.kind.display(value, reading_of(actor, _labels(entry, value, actor)))
    )


def _labels(entry: Field, value: Any, actor: Actor) -> dict[Any, str]:
    target = USER if entry.kind.widget == "people" else getattr(entry.kind, "target", "")
    if not target:
        return {}
    given: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    return labels_of({target: {pk for item in given if (pk := parse_id(item)) is not None}}, actor=actor)
