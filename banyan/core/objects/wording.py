"""What an organization calls built-in objects and fields: its own words instead of the product's, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from banyan.core.objects.models import Wording
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.objects.translated import Translated, in_both


@dataclass(frozen=True)
class OwnWords:
    """Words for one object or field, by language."""

    labels: Mapping[str, str]
    labels_plural: Mapping[str, str]


def own_words(rows: Iterable[Wording]) -> dict[str, dict[str, OwnWords]]:
    """Return the organization's own words by object and field, that of the object itself under an empty name."""
    found: dict[str, dict[str, OwnWords]] = {}
    for row in rows:
        found.setdefault(row.object_name, {})[row.field_name] = OwnWords(row.labels, row.labels_plural)
    return found


def with_own_words(
    specs: Mapping[str, ObjectSpec], words: Mapping[str, Mapping[str, OwnWords]]
) -> dict[str, ObjectSpec]:
    """Return objects under the organization's words; a link that is called like what it leads to follows it.

    By the product's own words the columns of files are recognised as before.
    """
    if not words:
        return dict(specs)
    renamed = {
        name: (in_both(specs[name].label), own[""]) for name, own in words.items() if "" in own and name in specs
    }
    return {name: _reworded(spec, words.get(name, {}), renamed) for name, spec in specs.items()}


def _reworded(
    spec: ObjectSpec, own: Mapping[str, OwnWords], renamed: Mapping[str, tuple[dict[str, str], OwnWords]]
) -> ObjectSpec:
    fields = tuple(entry if isinstance(entry, str) else _field(entry, own, renamed) for entry in spec.fields)
    if "" not in own:
        return replace(spec, fields=fields)
    label = Translated(own[""].labels, spec.label)
    plural = {**own[""].labels, **own[""].labels_plural}
    return replace(spec, fields=fields, label=label, label_plural=Translated(plural, spec.label_plural))


def _field(entry: Field, own: Mapping[str, OwnWords], renamed: Mapping[str, tuple[dict[str, str], OwnWords]]) -> Field:
    words = own[entry.name].labels if entry.name in own else {}
    target = renamed.get(str(getattr(entry.kind, "target", "")))
    if not words and target is not None and in_both(entry.label) == target[0]:
        words = target[1].labels
    if not words:
        return entry
    known = tuple(dict.fromkeys((*entry.aliases, *in_both(entry.label).values())))
    return replace(entry, label=Translated(words, entry.label), aliases=known)
