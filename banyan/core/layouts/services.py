"""What an administrator does with layouts: begin one, work on it step by step, put it into effect, do without it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Role
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Stale
from banyan.core.layouts.checking import require_whole
from banyan.core.layouts.content import Part, Place, Plan, Tab, plan_from_json, plan_to_json
from banyan.core.layouts.models import Device, Layout, RecordType
from banyan.core.layouts.record_types import typed_spec
from banyan.core.layouts.resolution import TYPE_FIELD, completed, placeable
from banyan.core.layouts.steps import place_of
from banyan.core.objects.registry import forget
from banyan.core.objects.spec import ObjectSpec

LAYOUT = "layout"
#: So many steps can be taken back.
MOST_STEPS = 50
MOST_LAYOUTS = 60
LANGUAGES = {"zh": "zh-hans", "en": "en"}
#: Widgets that take a whole line where the product lays out a form.
WIDE = {"long_text", "address"}


def product_plan(spec: ObjectSpec) -> Plan:
    """Return the product's own layout as one to begin with: all sections and fields, every block as it comes."""
    possible = placeable(spec)
    parts = []
    for number, section in enumerate(spec.layout()):
        names = [name for name in section.fields if name in possible and name != TYPE_FIELD]
        labels = {}
        for language, code in LANGUAGES.items():
            with translation.override(code):
                labels[language] = str(section.title)
        places = tuple(Place(name, wide=spec.all_fields[name].kind.widget in WIDE) for name in names)
        parts.append(Part(f"s{number + 1}", {key: text for key, text in labels.items() if text}, places=places))
    placed = {place.name for part in parts for place in part.places}
    left_out = tuple(name for name in possible if name not in placed)
    return Plan(tabs=(Tab("t1", {}, tuple(parts)),), left_out=left_out)


def layouts_of_object(object_name: str) -> list[Layout]:
    """Return all layouts of an object, in effect or not."""
    return list(Layout.objects.filter(object_name=object_name).select_related("role", "updated_by"))


def find_layout(object_name: str, layout_id: uuid.UUID) -> Layout:
    """Return a layout of the organization; raise ``Missing``."""
    row = Layout.objects.filter(object_name=object_name, pk=layout_id).select_related("role").first()
    if row is None:
        raise Missing("not_found", _("This layout does not exist."))
    return row


def working_plan(row: Layout, spec: ObjectSpec) -> Plan:
    """Return what is being worked on: the draft, else what is in effect."""
    return completed(plan_from_json(row.draft or row.content or {}), spec, with_needed=False)


@transaction.atomic
def create_layout(
    actor: Actor,
    object_name: str,
    *,
    record_type: str = "",
    role_id: uuid.UUID | None = None,
    device: str = "",
    like: Layout | None = None,
) -> Layout:
    """Begin a layout as a draft: like another one, or like the product's own.

    Raises ``NotAllowed``, ``Missing``, ``Invalid`` when type, role or device do not exist, and ``Conflict`` when there
    is a layout for just these.
    """
    require_ability(actor, Ability.CUSTOMISE)
    spec = typed_spec(actor, object_name)
    _require_known(object_name, record_type, role_id, device)
    rows = Layout.objects.filter(object_name=object_name)
    role = Role.objects.filter(pk=role_id).first() if role_id else None
    if rows.filter(record_type=record_type, role=role, device=device).exists():
        message = _("There is a layout for this type, role and device already. Open that one.")
        raise Conflict("layout_exists", message)
    if rows.count() >= MOST_LAYOUTS:
        raise Conflict("too_many_layouts", _("An object can have at most %(most)d layouts.") % {"most": MOST_LAYOUTS})
    plan = working_plan(like, spec) if like is not None else product_plan(spec)
    row = Layout.objects.create(
        organization_id=actor.organization_id,
        object_name=object_name,
        record_type=record_type,
        role_id=role_id,
        device=device,
        draft=plan_to_json(plan),
        updated_by=actor.user,
    )
    tell_setup_changed(actor, LAYOUT, row.pk, "create", values={"name": (None, name_of(row))})
    return row


@transaction.atomic
def take_step(actor: Actor, row: Layout, change: Callable[[Plan], Plan], *, revision: int | None = None) -> Layout:
    """Change the draft by one step, which can be taken back.

    Raises ``Stale`` when somebody else took a step since ``revision``.
    """
    require_ability(actor, Ability.CUSTOMISE)
    spec = typed_spec(actor, row.object_name)
    row = _locked(row, revision)
    before = working_plan(row, spec)
    after = change(before)
    if after != before:
        row.steps = [*row.steps, plan_to_json(before)][-MOST_STEPS:]
        _keep_draft(actor, row, plan_to_json(after))
    return row


@transaction.atomic
def take_back(actor: Actor, row: Layout) -> Layout:
    """Take the last step back; nothing happens when there is none."""
    require_ability(actor, Ability.CUSTOMISE)
    row = _locked(row, None)
    if row.steps:
        before = row.steps[-1]
        row.steps = row.steps[:-1]
        _keep_draft(actor, row, before)
    return row


@transaction.atomic
def publish_layout(actor: Actor, row: Layout) -> Layout:
    """Put the draft into effect for everybody at once; raise ``Invalid`` with all that is wrong with it."""
    require_ability(actor, Ability.CUSTOMISE)
    spec = typed_spec(actor, row.object_name)
    row = _locked(row, None)
    plan = plan_from_json(row.draft or row.content or {})
    require_whole(plan, spec, actor)
    before = row.content
    row.content, row.draft, row.steps = plan_to_json(completed(plan, spec)), None, []
    row.published_at = row.updated_at = now()
    row.updated_by = actor.user
    row.save()
    forget(actor.organization)
    values = {"name": (name_of(row), name_of(row)), **told_difference(before, row.content, spec)}
    tell_setup_changed(actor, LAYOUT, row.pk, "publish", values=values)
    return row


@transaction.atomic
def discard_draft(actor: Actor, row: Layout) -> Layout | None:
    """Forget what is being worked on; a layout that was never in effect is gone with it."""
    require_ability(actor, Ability.CUSTOMISE)
    row = _locked(row, None)
    if row.content is None:
        remove_layout(actor, row)
        return None
    row.draft, row.steps = None, []
    row.revision += 1
    row.save()
    return row


@transaction.atomic
def remove_layout(actor: Actor, row: Layout) -> None:
    """Do without a layout: the next closest one holds again, or the product's own."""
    require_ability(actor, Ability.CUSTOMISE)
    layout_id, name, was_in_effect = row.pk, name_of(row), row.content is not None
    Layout.objects.filter(pk=layout_id).delete()
    if was_in_effect:
        forget(actor.organization)
    tell_setup_changed(actor, LAYOUT, layout_id, "delete", values={"name": (name, None)})


def restarted(spec: ObjectSpec) -> Callable[[Plan], Plan]:
    """Return the step that begins anew from the product's own layout."""
    return lambda _plan: product_plan(spec)


def name_of(row: Layout) -> str:
    """Return what a layout is called where it is told of: the object and for whom."""
    role = Role.objects.filter(pk=row.role_id).first() if row.role_id else None
    parts = (row.record_type, role.name if role else "", str(row.get_device_display()) if row.device else "")
    marks = ", ".join(part for part in parts if part)
    return f"{row.object_name} ({marks})" if marks else row.object_name


def told_difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], spec: ObjectSpec
) -> dict[str, tuple[Any, Any]]:
    """Return what became different between two layouts, for the log: fields in and out, needed fields, columns, blocks."""
    old, new = plan_from_json(before or {}), plan_from_json(after)

    def labels(names: list[str]) -> str:
        return ", ".join(str(spec.all_fields[name].label) if name in spec.all_fields else name for name in names)

    def needed(plan: Plan) -> list[str]:
        return [place.name for place in plan.places() if place.required or place.require]

    pairs = {
        "placed_fields": (labels(old.names()), labels(new.names())),
        "needed_fields": (labels(needed(old)), labels(needed(new))),
        "columns": (labels(list(old.columns)), labels(list(new.columns))),
        "blocks": (", ".join(block.key for block in old.blocks), ", ".join(block.key for block in new.blocks)),
    }
    found: dict[str, tuple[Any, Any]] = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if not found and old != new:
        changed = [place.name for place in new.places() if place != place_of(old, place.name)]
        found["arrangement"] = (None, labels(changed) or _("Sections"))
    return found


def _require_known(object_name: str, record_type: str, role_id: uuid.UUID | None, device: str) -> None:
    if record_type and not RecordType.objects.filter(object_name=object_name, code=record_type).exists():
        raise Invalid([FieldError("record_type", "unknown_type", _("This record type does not exist."))])
    if role_id is not None and not Role.objects.filter(pk=role_id).exists():
        raise Invalid([FieldError("role", "unknown_role", _("This role does not exist."))])
    if device not in {"", *Device.values}:
        raise Invalid(
            [FieldError("device", "unknown_device", _("A layout is for computers, for phones, or for both."))]
        )


def _locked(row: Layout, revision: int | None) -> Layout:
    current = Layout.objects.select_for_update(of=("self",)).select_related("role").filter(pk=row.pk).first()
    if current is None:
        raise Missing("not_found", _("This layout does not exist."))
    if revision is not None and revision != current.revision:
        message = _("Somebody else changed this layout in the meantime. Look at it as it is now.")
        raise Stale("stale", message)
    return current


def _keep_draft(actor: Actor, row: Layout, draft: dict[str, Any]) -> None:
    row.draft = draft
    row.revision += 1
    row.updated_at = now()
    row.updated_by = actor.user
    row.save()
