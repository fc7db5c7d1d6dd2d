"""Which statements somebody may see: their own, those of the people they lead, all for those who keep accounts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from banyan.commissions.models import CommissionAssignment, CommissionLine, CommissionStatement
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import right_of
from banyan.core.access.scopes import Ability, Action
from banyan.core.access.standing import reports_of
from banyan.core.identity.models import UserRole
from banyan.core.kernel.errors import Missing
from banyan.core.objects.registry import spec_for


def people_led(actor: Actor) -> frozenset[uuid.UUID] | None:
    """Return whose statements an actor may see; None for everybody's.

    Whoever reports to somebody, and the people of departments whose opportunities somebody sees as their manager. That a
    role shows everybody's opportunities opens nobody's pay.
    """
    if actor.is_system or actor.has(Ability.KEEP_ACCOUNTS):
        return None
    own = frozenset({actor.user_id} if actor.user_id else ())
    right = right_of(actor, spec_for(actor.organization, "opportunity"), Action.VIEW)
    department = frozenset() if right.everything else right.people
    return own | department | (reports_of(actor.user) if actor.user else frozenset())


def statements_for(actor: Actor) -> QuerySet[CommissionStatement]:
    """Return the statements that an actor may see."""
    people = people_led(actor)
    rows = CommissionStatement.objects.select_related("plan", "person")
    return rows if people is None else rows.filter(person__in=sorted(people))


def statement_for(actor: Actor, statement_id: uuid.UUID) -> CommissionStatement:
    """Return a statement that an actor may see; raise ``Missing``."""
    found = statements_for(actor).select_related("approved_by", "paid_by").filter(pk=statement_id).first()
    if found is None:
        raise Missing("not_found", _("There is no such statement, or you may not see it."))
    return found


def lines_of(statement: CommissionStatement) -> Sequence[CommissionLine]:
    """Return the lines of a statement in order."""
    return list(CommissionLine.objects.filter(statement=statement).order_by("position"))


def concerns(actor: Actor) -> bool:
    """Say whether somebody has anything to do with commissions: earns some, leads people who do, or keeps accounts."""
    if actor.has(Ability.KEEP_ACCOUNTS):
        return True
    if statements_for(actor).exists():
        return True
    if actor.user_id is None:
        return False
    roles = UserRole.objects.filter(user=actor.user_id).values("role_id")
    rows = CommissionAssignment.objects.all()
    return rows.filter(person=actor.user_id).exists() or rows.filter(role__in=roles).exists()
