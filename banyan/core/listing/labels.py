"""The names of linked records and people, read in one query for each object that is pointed to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.registry import Registry
from banyan.core.listing.fields import masked_names, shown_fields
from banyan.core.listing.masking import mask
from banyan.core.objects.kinds import USER, Reading, Reference, split_reference
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import ObjectSpec

Labels = dict[uuid.UUID, str]
LONGEST_LABEL = 120

#: Targets that are neither people nor registered objects, such as files; rooms above add theirs.
label_sources: Registry[Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, str]]] = Registry("label sources")


def labels_of(ids_by_target: Mapping[str, Iterable[uuid.UUID | None]], *, actor: Actor | None = None) -> Labels:
    """Return names by id: of people (target ``user``), of records of objects, of registered sources.

    A record is named by its title field, or its number where that is empty; records in the recycle
    bin keep their name. With an actor, titles that it may not read are masked or left out. Costs one
    query for each target that has ids; unknown targets and ids give nothing.
    """
    labels: Labels = {}
    for target, ids in ids_by_target.items():
        wanted = sorted({record_id for record_id in ids if record_id is not None})
        if wanted:
            labels.update(_labels_of_target(target, wanted, actor))
    return labels


def labels_for_rows(
    spec: ObjectSpec, rows: Iterable[Mapping[str, Any]], names: Iterable[str], *, actor: Actor | None = None
) -> Labels:
    """Return the names of everything that the rows point to through the named fields."""
    return labels_of(pointed_at(spec, rows, names), actor=actor)


def pointed_at(spec: ObjectSpec, rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Return the ids of everything that the rows point to through the named fields, by target."""
    names = list(names)
    linked = [spec.all_fields[name] for name in names if name in spec.links]
    references = [name for name in names if isinstance(spec.all_fields[name].kind, Reference)]
    wanted: dict[str, set[uuid.UUID]] = {}
    for row in rows:
        for entry in linked:
            if isinstance(row[entry.name], uuid.UUID):
                wanted.setdefault(entry.kind.target, set()).add(row[entry.name])  # type: ignore[attr-defined]
        for name in references:
            pointed = split_reference(row[name])
            if pointed:
                wanted.setdefault(pointed[0], set()).add(pointed[1])
    return wanted


def title_of(spec: ObjectSpec, value: Any, number: str) -> str:
    """Return how a record is named: its title in one line, or its number when it has none."""
    reading = Reading(language=get_language() or "en")
    text = " ".join(spec.all_fields[spec.title].kind.display(value, reading).split())
    return text[:LONGEST_LABEL] or number


def _labels_of_target(target: str, ids: list[uuid.UUID], actor: Actor | None) -> Mapping[uuid.UUID, str]:
    if target == USER:
        return dict(User.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))
    spec = specs_here().get(target)
    if spec is not None:
        return _titles(spec, ids, actor)
    source = label_sources.get(target)
    return source(ids) if source else {}


def _titles(spec: ObjectSpec, ids: list[uuid.UUID], actor: Actor | None) -> Labels:
    entry = spec.all_fields[spec.title]
    found = spec.model._default_manager.filter(pk__in=ids).order_by()  # noqa: SLF001
    rows = found.values_list("pk", entry.attribute, "number")
    if actor is not None and entry.name not in shown_fields(actor, spec):
        return {pk: number for pk, _title, number in rows}
    if actor is not None and entry.name in masked_names(actor, spec):
        return {pk: mask(entry.kind, title) or number for pk, title, number in rows}
    return {pk: title_of(spec, title, number) for pk, title, number in rows}
