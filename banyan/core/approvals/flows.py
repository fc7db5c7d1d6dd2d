"""What administrators do with flows: draw them up, put versions in force, switch them on and off."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.approvals.checking import Problem, errors_in
from banyan.core.approvals.definitions import Definition, Json, Step, read_definition
from banyan.core.approvals.models import Approval, DepartmentHead, Flow, FlowVersion
from banyan.core.identity.models import Department, User
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Refused
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import field_name_from_label, forget
from banyan.core.objects.spec import ObjectSpec

FLOW, HEADS = "approval_flow", "approval_heads"
LONGEST_NAME = 80


def can_have_flows(spec: ObjectSpec) -> bool:
    """Say whether records of an object may need approval: those that have pages and are no set-up."""
    return spec.has_page and not spec.is_setting


def find_flow(flow_id: uuid.UUID) -> Flow:
    """Return a flow of the organization; raise ``Missing``."""
    flow = Flow.objects.filter(pk=flow_id).first()
    if flow is None:
        raise Missing("not_found", _("There is no such approval flow."))
    return flow


def spec_of_flow(actor: Actor, flow: Flow) -> ObjectSpec:
    """Return the object of a flow; raise ``Missing`` when the organization does not use it."""
    spec = specs_on(actor.organization).get(flow.object_name)
    if spec is None:
        raise Missing("not_found", _("There is no such object."))
    return spec


def definition_in_force(flow: Flow) -> Definition | None:
    """Return what holds of a flow; None when no version was ever put in force."""
    row = FlowVersion.objects.filter(flow=flow, number=flow.version).first() if flow.version else None
    return read_definition(row.definition) if row else None


def has_changes(flow: Flow) -> bool:
    """Say whether the draft differs from what is in force."""
    holding = definition_in_force(flow)
    return holding is None or holding.written() != read_definition(flow.draft).written()


@transaction.atomic
def create_flow(actor: Actor, spec: ObjectSpec, names: Mapping[str, str]) -> Flow:
    """Begin a flow for an object; it does nothing until a version is put in force. Raises ``Invalid``, ``NotAllowed``."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    if not can_have_flows(spec):
        raise Refused("no_flows", _("Records of this object are part of the set-up and need no approval."))
    flow = Flow.objects.create(
        organization=actor.organization,
        key=_free_key(names),
        object_name=spec.name,
        names=_clean_names(names),
        draft=Definition().written(),
        position=Flow.objects.filter(object_name=spec.name).count(),
        created_by=actor.user,
    )
    tell_setup_changed(actor, FLOW, flow.pk, "create", values={"name": (None, flow.name), "object": (None, spec.name)})
    return flow


@transaction.atomic
def rename_flow(actor: Actor, flow_id: uuid.UUID, names: Mapping[str, str]) -> Flow:
    """Give a flow other names."""
    flow = _locked(actor, flow_id)
    before = flow.name
    flow.names = _clean_names(names)
    flow.save(update_fields=["names"])
    tell_setup_changed(actor, FLOW, flow.pk, "update", values=difference({"name": before}, {"name": flow.name}))
    forget(actor.organization)
    return flow


@transaction.atomic
def save_draft(actor: Actor, flow_id: uuid.UUID, **parts: Any) -> Flow:
    """Change parts of a flow's draft: ``start``, ``lock``, ``gate`` and so on; what is in force stays as it is."""
    flow = _locked(actor, flow_id)
    _keep_draft(flow, replace(read_definition(flow.draft), **parts))
    return flow


@transaction.atomic
def save_step(actor: Actor, flow_id: uuid.UUID, step: Step) -> Flow:
    """Add a step to the draft, or change the one of the same key; raise ``Invalid`` for what is impossible in it."""
    flow = _locked(actor, flow_id)
    definition = read_definition(flow.draft)
    known = any(entry.key == step.key for entry in definition.steps)
    steps = tuple(step if entry.key == step.key else entry for entry in definition.steps)
    _keep_draft(flow, replace(definition, steps=steps if known else (*steps, step)))
    return flow


@transaction.atomic
def delete_step(actor: Actor, flow_id: uuid.UUID, key: str) -> Flow:
    """Take a step out of the draft; raise ``Missing``."""
    flow = _locked(actor, flow_id)
    definition = read_definition(flow.draft)
    if definition.step(key) is None:
        raise Missing("not_found", _("There is no such step."))
    _keep_draft(flow, replace(definition, steps=tuple(step for step in definition.steps if step.key != key)))
    return flow


@transaction.atomic
def order_steps(actor: Actor, flow_id: uuid.UUID, keys: Sequence[str]) -> Flow:
    """Put the steps of the draft into an order; those that are not named come last, as they stood."""
    flow = _locked(actor, flow_id)
    definition = read_definition(flow.draft)
    places = {key: place for place, key in enumerate(keys)}
    steps = sorted(definition.steps, key=lambda step: places.get(step.key, len(places)))
    _keep_draft(flow, replace(definition, steps=tuple(steps)))
    return flow


def new_key(definition: Definition) -> str:
    """Return a key that no step of a definition has."""
    taken = {step.key for step in definition.steps}
    return next(f"step-{number}" for number in range(1, len(taken) + 2) if f"step-{number}" not in taken)


@transaction.atomic
def discard_draft(actor: Actor, flow_id: uuid.UUID) -> Flow:
    """Let the draft be what is in force again; raise ``Conflict`` when nothing is."""
    flow = _locked(actor, flow_id)
    holding = definition_in_force(flow)
    if holding is None:
        raise Conflict("never_in_force", _("No version of this flow was ever in force."))
    _keep_draft(flow, holding)
    return flow


@transaction.atomic
def restore_version(actor: Actor, flow_id: uuid.UUID, number: int) -> Flow:
    """Let the draft be an earlier version; it holds once it is put in force. Raises ``Missing``."""
    flow = _locked(actor, flow_id)
    row = FlowVersion.objects.filter(flow=flow, number=number).first()
    if row is None:
        raise Missing("not_found", _("There is no such version."))
    _keep_draft(flow, read_definition(row.definition))
    return flow


@transaction.atomic
def publish_flow(actor: Actor, flow_id: uuid.UUID) -> Flow:
    """Put the draft in force as a new version and switch the flow on; approvals under way go on as they began.

    Raises ``Invalid`` with everything that is wrong in it, before anything changes.
    """
    flow = _locked(actor, flow_id)
    spec = spec_of_flow(actor, flow)
    definition = read_definition(flow.draft)
    refuse_if_wrong(errors_in(actor.organization, spec, definition))
    before = flow.version
    if definition_in_force(flow) != definition:
        flow.version += 1
        FlowVersion.objects.create(
            organization=actor.organization,
            flow=flow,
            number=flow.version,
            definition=definition.written(),
            made_by=actor.user,
        )
    changes = {"version": (before, flow.version), "is_active": (flow.is_active, True)}
    flow.is_active = True
    flow.save(update_fields=["version", "is_active"])
    changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    tell_setup_changed(actor, FLOW, flow.pk, "update", values={**changed, **_named(flow)} if changed else {})
    forget(actor.organization)
    return flow


@transaction.atomic
def switch_flow(actor: Actor, flow_id: uuid.UUID, *, active: bool) -> Flow:
    """Switch a flow on or off; approvals under way go on. Raises ``Conflict`` when no version is in force."""
    flow = _locked(actor, flow_id)
    if active and not flow.version:
        raise Conflict("never_in_force", _("Put a version of this flow in force first."))
    if flow.is_active != active:
        flow.is_active = active
        flow.save(update_fields=["is_active"])
        tell_setup_changed(actor, FLOW, flow.pk, "update", values={"is_active": (not active, active), **_named(flow)})
        forget(actor.organization)
    return flow


@transaction.atomic
def delete_flow(actor: Actor, flow_id: uuid.UUID) -> None:
    """Delete a flow by which nothing was ever decided; raise ``Refused`` for others: they are switched off."""
    flow = _locked(actor, flow_id)
    if Approval.objects.filter(flow=flow).exists():
        message = _("Approvals were begun with this flow; their history needs it. Switch it off instead.")
        raise Refused("in_use", message)
    tell_setup_changed(actor, FLOW, flow.pk, "delete", values={"name": (flow.name, None)})
    flow.delete()
    forget(actor.organization)


@transaction.atomic
def set_heads(actor: Actor, heads: Mapping[uuid.UUID, uuid.UUID | None]) -> None:
    """Say who leads departments; None takes the head away. Raises ``Invalid`` for people who are not active."""
    require_ability(actor, Ability.CUSTOMISE)
    lock_organization(actor)
    departments = Department.objects.in_bulk(list(heads))
    wanted = {pk for pk in heads.values() if pk is not None}
    people = {user.pk: user for user in User.objects.filter(pk__in=wanted, is_active=True)}
    if wanted - people.keys():
        message = _("Somebody chosen here is deactivated or does not exist any more.")
        raise Invalid([FieldError("heads", "unknown_record", message)])
    before = {row.department_id: row.user.name for row in DepartmentHead.objects.select_related("user")}
    for department_id, user_id in heads.items():
        department = departments.get(department_id)
        if department is None:
            continue
        if user_id is None:
            DepartmentHead.objects.filter(department=department).delete()
        else:
            DepartmentHead.objects.update_or_create(
                organization_id=actor.organization_id, department=department, defaults={"user": people[user_id]}
            )
        old, new = before.get(department_id), people[user_id].name if user_id else None
        if old != new:
            values = {"department": (department.name, department.name), "head": (old, new)}
            tell_setup_changed(actor, HEADS, department.pk, "update", values=values)


def refuse_if_wrong(problems: Sequence[Problem]) -> None:
    """Raise ``Invalid`` with all that is wrong with a definition."""
    if problems:
        raise Invalid([FieldError(entry.place, entry.code, entry.message) for entry in problems])


def _locked(actor: Actor, flow_id: uuid.UUID) -> Flow:
    require_ability(actor, Ability.CUSTOMISE)
    flow = Flow.objects.select_for_update().filter(pk=flow_id).first()
    if flow is None:
        raise Missing("not_found", _("There is no such approval flow."))
    return flow


def _keep_draft(flow: Flow, definition: Definition) -> None:
    flow.draft = definition.written()
    flow.save(update_fields=["draft"])


def _named(flow: Flow) -> dict[str, tuple[Any, Any]]:
    return {"name": (flow.name, flow.name)}


def _clean_names(names: Mapping[str, str]) -> Json:
    found = {language: names.get(language, "").strip()[:LONGEST_NAME] for language in ("zh", "en")}
    if not any(found.values()):
        raise Invalid([FieldError("name_zh", "required", _("Give it a name in one language at least."))])
    return found


def _free_key(names: Mapping[str, str]) -> str:
    base = field_name_from_label(names.get("en") or names.get("zh") or "flow").replace("_", "-")[:40] or "flow"
    taken = set(Flow.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))) if key not in taken)
