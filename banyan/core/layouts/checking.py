"""What a layout must be before it may be put into effect."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.layouts.conditions import checked_tree
from banyan.core.layouts.content import BLOCK_KINDS, CHART, CHILD, MOST_COLUMNS, PLACES, Block, Plan, Tree
from banyan.core.layouts.resolution import TYPE_FIELD, is_needed, placeable
from banyan.core.objects.kinds import Choice, Date, DateTime
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec

MOST_PARTS = 40
MOST_TABS = 12
MOST_BLOCKS = 60
LONGEST_LABEL = 60


def require_whole(plan: Plan, spec: ObjectSpec, actor: Actor) -> None:
    """Raise ``Invalid`` with all that is wrong, unless records can be created and read with the layout."""
    errors = [*_form_errors(plan, spec), *_condition_errors(plan, spec, actor), *_block_errors(plan, spec, actor)]
    if errors:
        raise Invalid(errors)


def missing_fields(plan: Plan, spec: ObjectSpec) -> list[Field]:
    """Return the fields without which no record can be created, and which somebody would not always find in the form."""
    open_places = {
        place.name
        for part in plan.parts()
        if not part.show
        for place in part.places
        if not place.show and not place.read_only
    }
    possible = set(placeable(spec)) - {TYPE_FIELD}
    return [
        spec.all_fields[name]
        for name in spec.writable_fields
        if name in possible and is_needed(spec, name) and name not in open_places
    ]


def _form_errors(plan: Plan, spec: ObjectSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    missing = missing_fields(plan, spec)
    if missing:
        message = _(
            "Without these fields no record can be created: %(fields)s. Place them where they always show and can be "
            "filled in, or give them a default value."
        )
        fields = ", ".join(str(entry.label) for entry in missing)
        errors.append(FieldError("fields", "needed_fields", message % {"fields": fields}))
    names = plan.names()
    unknown = [name for name in names if name not in spec.all_fields]
    if unknown:
        message = _("%(object)s have no field “%(name)s”.")
        errors += [
            FieldError("fields", "unknown_field", message % {"object": spec.label_plural, "name": name[:60]})
            for name in unknown
        ]
    twice = [name for name, count in Counter(names).items() if count > 1]
    errors += [
        FieldError("fields", "placed_twice", _("“%(name)s” is placed twice.") % {"name": name}) for name in twice
    ]
    for place in plan.places():
        entry = spec.all_fields.get(place.name)
        if entry is not None and (place.required or place.require) and (place.read_only or entry.read_only):
            message = _("“%(label)s” cannot be needed and read-only at the same time.") % {"label": entry.label}
            errors.append(FieldError(place.name, "needed_and_read_only", message))
    keys = Counter([part.key for part in plan.parts()])
    if len(plan.tabs) > MOST_TABS or sum(keys.values()) > MOST_PARTS or len(plan.blocks) > MOST_BLOCKS:
        message = _("A layout has at most %(tabs)d tabs, %(parts)d sections and %(blocks)d blocks.")
        sizes = {"tabs": MOST_TABS, "parts": MOST_PARTS, "blocks": MOST_BLOCKS}
        errors.append(FieldError("sections", "too_large", message % sizes))
    if not keys or max(keys.values()) > 1 or any(not 1 <= part.columns <= MOST_COLUMNS for part in plan.parts()):
        message = _("A layout needs sections with one or two columns, each with a key of its own.")
        errors.append(FieldError("sections", "bad_sections", message))
    return errors


def _condition_errors(plan: Plan, spec: ObjectSpec, actor: Actor) -> list[FieldError]:
    trees: list[tuple[str, Tree]] = []
    for part in plan.parts():
        trees.append((part.title or _("Section"), part.show))
        for place in part.places:
            entry = spec.all_fields.get(place.name)
            trees += [(str(entry.label), tree) for tree in (place.show, place.require) if entry is not None]
    errors: list[FieldError] = []
    for where, tree in trees:
        try:
            checked_tree(dict(tree), spec, actor)
        except Invalid as invalid:
            message = _("The condition of “%(where)s”: %(problem)s")
            errors += [
                FieldError("conditions", error.code, message % {"where": where, "problem": error.message})
                for error in invalid.errors
            ]
    return errors


def _block_errors(plan: Plan, spec: ObjectSpec, actor: Actor) -> list[FieldError]:
    errors = []
    specs = specs_for(actor.organization)
    for block in plan.blocks:
        problem = _problem_of(block, spec, specs)
        if problem:
            errors.append(FieldError("blocks", "bad_block", problem))
    unknown = [name for name in plan.columns if name not in spec.all_fields]
    if unknown:
        message = _("%(object)s have no field “%(name)s”.")
        errors.append(
            FieldError("columns", "unknown_field", message % {"object": spec.label_plural, "name": unknown[0][:60]})
        )
    return errors


def _problem_of(block: Block, spec: ObjectSpec, specs: Any) -> str:
    """Return what is wrong with a block, in a sentence; empty when nothing is."""
    if block.kind not in BLOCK_KINDS or block.place not in PLACES:
        return _("There is no block “%(name)s”.") % {"name": block.key[:80]}
    if block.kind not in {CHILD, CHART}:
        return ""
    target = specs.get(block.object)
    entry = target.all_fields.get(block.link) if target is not None else None
    if target is None or entry is None or getattr(entry.kind, "target", "") != spec.name:
        return _("No “%(link)s” of “%(object)s” leads here.") % {"link": block.link[:60], "object": block.object[:60]}
    unknown = [name for name in block.columns if name not in target.all_fields]
    if unknown:
        return _("%(object)s have no field “%(name)s”.") % {"object": target.label_plural, "name": unknown[0][:60]}
    if block.kind == CHART and (block.measure not in measures_of(target) or block.by not in groupings_of(target)):
        return _("%(object)s cannot be counted like this.") % {"object": target.label_plural}
    return ""


def measures_of(target: ObjectSpec) -> dict[str, str]:
    """Return what can be figured out of records, with words: how many there are, and the sums of numbers."""
    sums = {
        f"sum:{name}": _("Sum of %(field)s") % {"field": entry.label}
        for name, entry in target.all_fields.items()
        if entry.kind.totals and entry.summed and not entry.is_sealed and name != "version"
    }
    return {"count": _("How many"), **sums}


def groupings_of(target: ObjectSpec) -> dict[str, str]:
    """Return by what records can be grouped, with words: choices, months, or not at all."""
    found = {"": _("All together")}
    for name, entry in target.all_fields.items():
        if entry.is_sealed:
            continue
        if isinstance(entry.kind, Choice):
            found[name] = str(entry.label)
        elif isinstance(entry.kind, (Date, DateTime)):
            found[f"{name}:month"] = _("%(field)s by month") % {"field": entry.label}
    return found
