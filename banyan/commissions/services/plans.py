"""Shaping commission plans and giving them to people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.commissions.models import CommissionAssignment, CommissionPlan, CommissionStatement
from banyan.commissions.rules import Accelerator, Terms, Tier, Unusable, check_terms
from banyan.core.access.actor import Actor
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused

SUBJECT = "commission_plan"
MOST_TIERS = 20
#: What is said of terms that cannot be used, and beside which field.
MESSAGES: Mapping[str, tuple[str, Any]] = {
    "no_tiers": ("tiers", gettext_lazy("A plan needs at least one tier, such as from 0 without end at 3 %%.")),
    "gap": (
        "tiers",
        gettext_lazy("Tier %(position)s leaves a gap: it has to begin where the one before ends, the first at 0."),
    ),
    "overlap": (
        "tiers",
        gettext_lazy("Tier %(position)s overlaps the one before: it has to begin where that one ends."),
    ),
    "empty_tier": ("tiers", gettext_lazy("Tier %(position)s ends before it begins.")),
    "after_last": (
        "tiers",
        gettext_lazy("Tier %(position)s comes after one without end. Only the last tier has no end."),
    ),
    "no_end": (
        "tiers",
        gettext_lazy("The last tier ends somewhere: leave its end empty, so that nothing above is forgotten."),
    ),
    "rate": ("tiers", gettext_lazy("The rate of tier %(position)s is not between 0 and 100 %%.")),
    "category": ("category_percents", gettext_lazy("What a category counts is zero per cent or more.")),
    "accelerator": (
        "accelerators",
        gettext_lazy("An accelerator begins at zero per cent or more, with a factor of zero or more."),
    ),
    "accelerator_twice": ("accelerators", gettext_lazy("Two accelerators begin at the same per cent of the target.")),
    "cap": ("cap", gettext_lazy("A cap is zero or more.")),
}


def terms_of(plan: CommissionPlan) -> Terms:
    """Return how a plan pays."""
    return read_terms(
        {
            "mode": plan.mode,
            "measured": plan.measured,
            "tiers": plan.tiers,
            "category_percents": plan.category_percents,
            "accelerators": plan.accelerators,
            "cap": None if plan.cap is None else str(plan.cap),
        }
    )


def read_terms(written: Mapping[str, Any]) -> Terms:
    """Return terms as statements keep them."""
    return Terms(
        tuple(
            Tier(Decimal(tier["start"]), None if tier["end"] is None else Decimal(tier["end"]), Decimal(tier["rate"]))
            for tier in written["tiers"]
        ),
        written["mode"],
        written["measured"],
        {name: Decimal(percent) for name, percent in written["category_percents"].items()},
        tuple(Accelerator(Decimal(step["from_percent"]), Decimal(step["factor"])) for step in written["accelerators"]),
        None if written["cap"] is None else Decimal(written["cap"]),
    )


def write_terms(terms: Terms) -> dict[str, Any]:
    """Return terms as they are stored."""
    return {
        "mode": terms.mode,
        "measured": terms.measured,
        "tiers": [
            {"start": str(tier.start), "end": None if tier.end is None else str(tier.end), "rate": str(tier.rate)}
            for tier in terms.tiers
        ],
        "category_percents": {name: str(percent) for name, percent in terms.category_percents.items()},
        "accelerators": [
            {"from_percent": str(step.from_percent), "factor": str(step.factor)} for step in terms.accelerators
        ],
        "cap": None if terms.cap is None else str(terms.cap),
    }


def require_usable(terms: Terms) -> None:
    """Raise ``Invalid`` for terms that cannot be used, saying where and why."""
    if len(terms.tiers) > MOST_TIERS:
        raise Invalid([FieldError("tiers", "too_many", _("At most %(most)d tiers.") % {"most": MOST_TIERS})])
    try:
        check_terms(terms)
    except Unusable as problem:
        field, message = MESSAGES[problem.code]
        raise Invalid([FieldError(field, problem.code, str(message) % {"position": problem.position})]) from None


def find_plan(plan_id: uuid.UUID) -> CommissionPlan:
    """Return a plan; raise ``Missing``."""
    plan = CommissionPlan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise Missing("not_found", _("There is no such commission plan."))
    return plan


@transaction.atomic
def save_plan(actor: Actor, plan: CommissionPlan | None, terms: Terms, **values: Any) -> CommissionPlan:
    """Create or change a plan; statements that are approved keep the terms they were made by.

    Raises ``Invalid`` for terms with gaps or a name that is taken.
    """
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    require_usable(terms)
    kept = plan or CommissionPlan(organization=actor.organization)
    if CommissionPlan.objects.filter(name=values["name"]).exclude(pk=kept.pk).exists():
        raise Invalid([FieldError("name", "taken", _("Another plan has this name."))])
    before = _described(kept) if plan else {}
    written = write_terms(terms)
    for name, value in {**values, **written, "cap": terms.cap}.items():
        setattr(kept, name, value)
    kept.changed_at = now()
    kept.save()
    tell_setup_changed(
        actor, SUBJECT, kept.pk, "update" if plan else "create", values=difference(before, _described(kept))
    )
    return kept


@transaction.atomic
def delete_plan(actor: Actor, plan_id: uuid.UUID) -> None:
    """Delete a plan that no statement was made by; raise ``Refused``."""
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    plan = find_plan(plan_id)
    if CommissionStatement.objects.filter(plan=plan).exists():
        raise Refused("plan_in_use", _("Statements were made by this plan. Take it out of use instead."))
    tell_setup_changed(actor, SUBJECT, plan.pk, "delete", values={"name": (plan.name, None)})
    plan.delete()


@transaction.atomic
def assign(
    actor: Actor,
    plan: CommissionPlan,
    *,
    person: User | None = None,
    role: Role | None = None,
    starts_on: date,
    ends_on: date | None = None,
) -> CommissionAssignment:
    """Give a plan to a person, or to everybody with a role, for some days.

    Raises ``Invalid`` for days that end before they begin, or that overlap those of an earlier gift of the same plan.
    """
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    if (person is None) == (role is None):
        raise Invalid([FieldError("person", "one_of_two", _("Name a person or a role."))])
    if ends_on is not None and ends_on < starts_on:
        raise Invalid([FieldError("ends_on", "before_start", _("The last day is before the first."))])
    CommissionPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    beside = CommissionAssignment.objects.filter(plan=plan, person=person, role=role)
    overlapping = beside.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        overlapping = overlapping.filter(starts_on__lte=ends_on)
    if overlapping.exists():
        message = _("The plan is given to %(name)s for some of these days already. End that first.")
        raise Invalid([FieldError("starts_on", "overlaps", message % {"name": (person or role).name})])  # type: ignore[union-attr]
    made = CommissionAssignment.objects.create(
        organization=actor.organization, plan=plan, person=person, role=role, starts_on=starts_on, ends_on=ends_on
    )
    name = person.name if person else role.name if role else ""
    tell_setup_changed(actor, SUBJECT, plan.pk, "update", values={"given_to": (None, name)})
    return made


@transaction.atomic
def end_assignment(actor: Actor, assignment_id: uuid.UUID, ends_on: date | None) -> None:
    """Let an assignment end on a day, or, without one, take it back; statements that were made stay.

    Raises ``Missing`` for an unknown one, ``Invalid`` for a day before it begins.
    """
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    row = CommissionAssignment.objects.select_related("plan").filter(pk=assignment_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such assignment."))
    tell_setup_changed(actor, SUBJECT, row.plan_id, "update", values={"given_until": (None, str(ends_on))})
    if ends_on is None:
        row.delete()
        return
    if ends_on < row.starts_on:
        raise Invalid([FieldError("ends_on", "before_start", _("The last day is before the first."))])
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])


def assignments_of(plan: CommissionPlan) -> Sequence[CommissionAssignment]:
    """Return who has a plan, and when."""
    rows = CommissionAssignment.objects.filter(plan=plan).select_related("person", "role")
    return list(rows.order_by("-starts_on", "person__name", "role__name"))


def _described(plan: CommissionPlan) -> dict[str, Any]:
    names = ("name", "base", "interval", "mode", "measured", "tiers", "category_percents", "accelerators", "is_active")
    return {**{name: getattr(plan, name) for name in names}, "cap": None if plan.cap is None else str(plan.cap)}
