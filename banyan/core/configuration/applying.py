"""Carrying out what a document would do: all of it or nothing, tried first, and kept so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.scopes import Ability
from banyan.core.configuration.differences import Plan, Step, compare, read_all
from banyan.core.configuration.documents import (
    BadDocument,
    Complaint,
    Document,
    complaint_about,
    current_document,
    write_document,
)
from banyan.core.configuration.models import Occasion, Snapshot
from banyan.core.kernel.document_shapes import Problem
from banyan.core.kernel.errors import Conflict, DomainError, Invalid
from banyan.core.objects.registry import forget, unremember

CONFIGURATION = "configuration"


@dataclass(frozen=True)
class Applied:
    """What was done: the plan, and how the configuration was before; no snapshot where nothing changed."""

    plan: Plan
    snapshot: Snapshot | None


def plan_of(actor: Actor, document: Document, *, removes_extra: bool = False) -> Plan:
    """Return what a document would do to the actor's organization, within its scope; nothing is changed.

    Raises ``NotAllowed``, or ``BadDocument`` with what is wrong.
    """
    require_ability(actor, Ability.CUSTOMISE)
    return compare(document, read_all(actor.organization), actor=actor, is_exact=removes_extra)


def try_plan(actor: Actor, plan: Plan) -> list[Complaint]:
    """Do everything and take it back; return what would stand in the way, each with its place in the file."""
    require_ability(actor, Ability.CUSTOMISE)
    if plan.conflicts:
        return list(plan.conflicts)
    try:
        with transaction.atomic():
            lock_organization(actor)
            complaints = _carry_out(actor, plan)
            transaction.set_rollback(True)
            # What was remembered of the trial goes while the organization is still locked: nobody else uses it.
            unremember(actor.organization)
    finally:
        actor.organization.refresh_from_db()
        unremember(actor.organization)
    return complaints


def apply_document(
    actor: Actor,
    document: Document,
    *,
    removes_extra: bool = False,
    names: Sequence[str] | None = None,
    seen: str = "",
    occasion: Occasion = Occasion.APPLIED,
) -> Applied:
    """Make the organization's configuration what a document says, all of it or nothing.

    Args:
        actor: Somebody who may customise, and do whatever else the parts that change ask for.
        document: What is wanted.
        removes_extra: Also remove what the document does not mention.
        names: Only the steps of these names (see ``Step.name``).
        seen: The ``digest`` of the plan that somebody has looked at and agreed to.
        occasion: Why it is done, for the list of former configurations.

    Raises:
        NotAllowed: The actor lacks a right.
        BadDocument: Something cannot be done; each complaint names its place in the file.
        Conflict: The configuration has changed since somebody looked at the plan.
    """
    require_ability(actor, Ability.CUSTOMISE)
    choice = _Choice(removes_extra=removes_extra, names=names, seen=seen)
    try:
        with transaction.atomic():
            return _apply(actor, document, choice, occasion)
    except DomainError:
        # What was remembered in between does not exist any more.
        unremember(actor.organization)
        actor.organization.refresh_from_db()
        raise


@dataclass(frozen=True)
class _Choice:
    """What somebody has agreed to."""

    removes_extra: bool
    names: Sequence[str] | None
    seen: str


def _apply(actor: Actor, document: Document, choice: _Choice, occasion: Occasion) -> Applied:
    lock_organization(actor)
    plan = compare(document, read_all(actor.organization), actor=actor, is_exact=choice.removes_extra)
    if choice.seen:
        require_unchanged(plan, choice.seen)
    plan = plan if choice.names is None else plan.chosen(choice.names)
    if plan.conflicts:
        raise BadDocument(plan.conflicts)
    if plan.is_empty:
        return Applied(plan, None)
    snapshot = _keep_former(actor, plan, occasion)
    complaints = _carry_out(actor, plan)
    if complaints:
        raise BadDocument(complaints)
    forget(actor.organization)
    counts = plan.counts()
    tell_setup_changed(actor, CONFIGURATION, snapshot.pk, str(occasion), values={
        "name": (None, plan.document.source), **{name: (None, count) for name, count in counts.items() if count},
    })  # fmt: skip
    return Applied(plan, snapshot)


def require_unchanged(plan: Plan, seen: str) -> None:
    """Raise ``Conflict`` unless a plan is still the one that somebody has looked at, by its digest."""
    if plan.digest() != seen:
        message = _("The configuration has changed since you looked at the differences. Look at them again.")
        raise Conflict("changed_meanwhile", message)


def require_rights(actor: Actor, plan: Plan) -> None:
    """Raise ``NotAllowed`` when a part that would change asks for a right that the actor lacks."""
    for part in {step.part.name: step.part for step in plan.steps}.values():
        for ability in part.abilities:
            require_ability(actor, ability)


def _keep_former(actor: Actor, plan: Plan, occasion: Occasion) -> Snapshot:
    former = current_document(actor.organization, with_data=False)
    return Snapshot.objects.create(
        organization=actor.organization,
        made_by=actor.user,
        occasion=occasion,
        source=plan.document.source[:200],
        document=write_document(former),
        summary=[
            {"part": step.part.name, "key": step.change.key, "title": step.title, "action": step.action,
             "fields": sorted(step.change.changed()) if step.action == "change" else []}
            for step in plan.steps
        ],
    )  # fmt: skip


def _carry_out(actor: Actor, plan: Plan) -> list[Complaint]:
    """Make all changes, each in a savepoint of its own, and return what was refused.

    What is refused is tried again once the others of its part are there, because entries may need each other in ways
    that only the services know, as formulas need fields.
    """
    require_rights(actor, plan)
    complaints: list[Complaint] = []
    for _part, steps in groupby(plan.steps, key=lambda step: (step.part.name, step.change.is_removal)):
        waiting = list(steps)
        while waiting:
            refused = [
                (step, problem) for step in waiting if (problem := _attempt(partial(_make, actor, step))) is not None
            ]
            if len(refused) == len(waiting):
                complaints += [each for step, problem in refused for each in _complaints(plan, step, problem)]
                break
            waiting = [step for step, _problem in refused]
    return complaints


def _make(actor: Actor, step: Step) -> None:
    step.part.apply(actor, step.change)


def _attempt(work: Callable[[], Any]) -> DomainError | None:
    try:
        with transaction.atomic():
            work()
    except DomainError as problem:
        return problem
    return None


def _complaints(plan: Plan, step: Step, problem: DomainError) -> list[Complaint]:
    told = (
        [Problem(_place(step, error.field), error.message, error.code) for error in problem.errors]
        if isinstance(problem, Invalid)
        else [Problem((), problem.message, problem.code)]
    )
    return [complaint_about(plan.document, step.part.name, step.change.key, one) for one in told]


def _place(step: Step, field: str) -> tuple[str, ...]:
    return (field,) if field in step.part.properties else ()
