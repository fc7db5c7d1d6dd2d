"""Documents laid over one another: an industry's template, and what the company has made of it.

Entries are known by their keys. What a later document says of an entry wins, property by property; lists whose items have
a name and tables are merged item by item (see ``kernel.document_shapes``). ``remove: true`` takes an entry away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from banyan.core.configuration.documents import Document, Place
from banyan.core.kernel.document_shapes import Path
from banyan.core.objects.configuration_parts import KEY, ConfigurationPart, Entry, ordered_parts


def stack(documents: Sequence[Document]) -> Document:
    """Return one document that says what all of them say, the later ones winning; at least one must be given."""
    return reduce(lay_over, documents)


def lay_over(base: Document, over: Document) -> Document:
    """Return what two documents say together, the second one winning."""
    parts = ordered_parts()
    removals = (base.removals | over.removals) - {
        (part.name, key) for part in parts for key in over.entries.get(part.name, {})
    }
    entries: dict[str, dict[str, Entry]] = {}
    for part in parts:
        if part.name in base.entries or part.name in over.entries:
            merged = _merged(part, base, over)
            entries[part.name] = {key: entry for key, entry in merged.items() if (part.name, key) not in over.removals}
    places: dict[Path, Place] = {**base.places, **over.places}
    return replace(
        over,
        source=_joined(base.source, over.source),
        name=over.name or base.name,
        description=over.description or base.description,
        is_complete=base.is_complete and over.is_complete,
        entries=entries,
        removals=removals,
        wholes=_wholes(base) | _wholes(over),
        places=places,
    )


def _merged(part: ConfigurationPart, base: Document, over: Document) -> dict[str, Entry]:
    """Return the entries of both. Where the documents are not both complete, each entry is made to say it all by itself."""
    merged = {key: _stated(part, entry, base) for key, entry in base.entries.get(part.name, {}).items()}
    for key, entry in over.entries.get(part.name, {}).items():
        stated = _stated(part, entry, over)
        if key in merged and not over.is_whole(part.name, key):
            merged[key] = {**part.shape.merge(merged[key], stated), KEY: key}
        else:
            merged[key] = stated
    return merged


def _stated(part: ConfigurationPart, entry: Entry, document: Document) -> Entry:
    """Return an entry with everything that it says: where it stands as a whole, that is every property."""
    return part.completed(entry) if document.is_whole(part.name, entry[KEY]) else entry


def _wholes(document: Document) -> frozenset[tuple[str, str]]:
    if not document.is_complete:
        return document.wholes
    return frozenset((part, key) for part, entries in document.entries.items() for key in entries)


def _joined(*sources: str) -> str:
    return " + ".join(source for source in sources if source)
