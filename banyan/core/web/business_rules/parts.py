"""What the pages of all rules share: their frame, choices of fields, and records in lists."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.business_rules.definitions import delete_rule, ruled_objects, switch_rule
from banyan.core.business_rules.models import Definition
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import condition_editor, condition_in_words
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.object_pages import wanted_object
from banyan.core.web.settings.pages import saved

RuleType = TypeVar("RuleType", bound=Definition)

#: A picker among choices that are on the page already.
PICKER = {"kind": "link", "multiple": True}


def switched(request: SignedInRequest, rule: Definition, url: str) -> HttpResponse:
    """Put a rule into force, or out of it, and say which."""
    switch_rule(request.actor, rule, is_active=not rule.is_active)
    said = _("“%(name)s” is in force.") if rule.is_active else _("“%(name)s” is no longer in force.")
    return saved(request, said % {"name": rule.name}, url)


def deleted(request: SignedInRequest, rule: Definition, url: str) -> HttpResponse:
    """Delete a rule and say so."""
    delete_rule(request.actor, rule)
    return saved(request, _("The rule is deleted."), url)


def reader_of(actor: Actor) -> Actor:
    """Return the actor for conditions: rules name fields, not values, so that whoever makes them may use them all."""
    return replace(actor, is_system=True)


def field_choices(spec: ObjectSpec) -> list[tuple[str, str]]:
    """Return the fields that people fill in, as choices."""
    return [(name, str(entry.label)) for name, entry in spec.writable_fields.items()]


def condition_part(
    actor: Actor, spec: ObjectSpec, tree: Any, *, name: str, through_links: bool = True
) -> dict[str, Any]:
    """Return what the component ``condition_input`` needs."""
    return condition_editor(reader_of(actor), spec, tree, through_links=through_links, name=name, id=f"{name}-editor")


def in_words(actor: Actor, spec: ObjectSpec, tree: Mapping[str, Any]) -> str:
    """Return a condition as a sentence; an empty text when it is the one that everything passes."""
    return condition_in_words(reader_of(actor), spec, tree) if tree else ""


def objects_to_choose(
    specs: Mapping[str, ObjectSpec], url: str, wanted: ObjectSpec | None = None
) -> list[dict[str, str]]:
    """Return the objects that a rule can be made for, or the one wanted, with the addresses that make one."""
    return [
        {"label": str(spec.label_plural), "url": f"{url}/new/{name}"}
        for name, spec in specs.items()
        if (wanted is None or wanted.name == spec.name)
    ]


def narrowed_rules(request: SignedInRequest, rules: QuerySet[RuleType]) -> QuerySet[RuleType]:
    """Return the rules that a page shows: those of the object that its address names, or all."""
    wanted = wanted_object(request)
    return rules if wanted is None else rules.filter(object_name=wanted.name)


def groups_by_object(actor: Actor, rules: Iterable[Definition], row: Any) -> list[dict[str, Any]]:
    """Return rules under the headings of their objects; those of objects that are off are left out."""
    specs = ruled_objects(actor)
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        if rule.object_name in specs:
            found.setdefault(rule.object_name, []).append(row(rule, specs[rule.object_name]))
    return [{"label": str(specs[name].label_plural), "rules": rows} for name, rows in found.items()]


def records_to_show(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> list[dict[str, str]]:
    """Return the names and addresses of those records that somebody may see, in the order given."""
    rows = restrict(live_rows(actor, spec).filter(pk__in=ids), actor, spec)
    seen = set(rows.values_list("pk", flat=True))
    labels = labels_of({spec.name: set(ids)}, actor=actor) if ids else {}
    return [{"title": labels.get(pk, str(pk)), "url": f"/{spec.plural}/{pk}"} for pk in ids if pk in seen]


def names_of_records(actor: Actor, spec: ObjectSpec, values: Sequence[str]) -> dict[str, str]:
    """Return what chosen records are called, by the texts of their ids; for a ``PickField``."""
    ids = {pk for value in values if (pk := parse_id(value)) is not None}
    labels = labels_of({spec.name: ids}, actor=actor) if ids else {}
    return {str(pk): label for pk, label in labels.items()}
