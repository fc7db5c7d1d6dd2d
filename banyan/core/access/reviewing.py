"""Access reviews: from time to time somebody confirms, person by person, that everybody still needs what they may do."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.models import AccessReview, AccessReviewRow, ReviewDecision
from banyan.core.access.people import change_person, deactivate_person, roles_of
from banyan.core.access.review_facts import Facts, facts_of
from banyan.core.access.review_snapshots import keep_state
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import Role, User, UserRole
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Missing, Refused
from banyan.core.kernel.events import publish
from banyan.core.tenancy.models import Organization

REVIEW = "access_review"
PLACE = "/settings/access-review"
#: In the organization's settings: every how many months a review is due, and for which day that was last told.
MONTHS, TOLD = "access_review_months", "access_review_told"
MOST_MONTHS = 24
MONTH = timedelta(days=30)
#: Whom a review is about: whoever is active, or was decided about before leaving.
COUNTED = Q(user__is_active=True) | ~Q(decision=ReviewDecision.OPEN)


def open_review() -> AccessReview | None:
    """Return the review that is under way in the organization."""
    return AccessReview.objects.select_related("started_by").filter(finished_at=None).first()


def find_review(review_id: uuid.UUID) -> AccessReview:
    """Return a review of the organization; raise ``Missing``."""
    review = AccessReview.objects.select_related("started_by", "finished_by").filter(pk=review_id).first()
    if review is None:
        raise Missing("not_found", _("There is no such access review."))
    return review


def is_carried_out(row: AccessReviewRow, roles: Collection[uuid.UUID]) -> bool:
    """Say whether what was decided is so by now; ``roles`` are the person's own roles."""
    if row.decision == ReviewDecision.ENDED:
        return not row.user.is_active
    if row.decision == ReviewDecision.REDUCED:
        return not row.user.is_active or not set(row.taken) & {str(role) for role in roles}
    return row.decision == ReviewDecision.CONFIRMED


def waiting_rows(review: AccessReview) -> list[AccessReviewRow]:
    """Return the rows whose removals nobody has carried out yet."""
    decided = AccessReviewRow.objects.select_related("user").filter(
        review=review, decision__in=[ReviewDecision.REDUCED, ReviewDecision.ENDED]
    )
    held: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for user_id, role_id in UserRole.objects.filter(user__in=[row.user_id for row in decided]).values_list(
        "user_id", "role_id"
    ):
        held[user_id].add(role_id)
    return [row for row in decided if not is_carried_out(row, held[row.user_id])]


def no_review() -> Conflict:
    """Return what is raised where a review would have to be under way."""
    return Conflict("no_review", _("No access review is under way."))


def require_reader(actor: Actor) -> None:
    """Raise ``NotAllowed`` unless the actor may read access reviews: who guards security, and auditors."""
    if not actor.has(Ability.SEE_AUDIT):
        require_ability(actor, Ability.MANAGE_SECURITY)


def rows_of(review: AccessReview, *, department_id: uuid.UUID | None = None) -> QuerySet[AccessReviewRow]:
    """Return the people of a review, of a department and those below it when one is given, by name.

    Whoever has left undecided needs no decision any more, and is not among them.
    """
    rows = AccessReviewRow.objects.filter(COUNTED, review=review).select_related("user__department", "decided_by")
    return rows.filter(user__department__path__contains=[department_id]) if department_id else rows


def progress_of(reviews: Sequence[AccessReview]) -> dict[uuid.UUID, tuple[int, int]]:
    """Return how many people each review has and about how many nothing is decided; one query for all of them."""
    rows = AccessReviewRow.objects.filter(COUNTED, review__in=reviews).order_by().values_list("review")
    is_open = Q(decision=ReviewDecision.OPEN)
    counts = rows.annotate(people=Count("id"), left=Count("id", filter=is_open))
    return {pk: (people, left) for pk, people, left in counts}


@transaction.atomic
def begin_review(actor: Actor) -> AccessReview:
    """Begin a review of everybody who is active. Raises ``NotAllowed``, or ``Conflict`` while one is under way."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    lock_organization(actor)
    if open_review() is not None:
        raise Conflict("review_open", _("An access review is under way already. Finish it first."))
    review = AccessReview.objects.create(organization_id=actor.organization_id, started_by_id=actor.user_id)
    AccessReviewRow.objects.bulk_create(
        AccessReviewRow(organization_id=actor.organization_id, review=review, user=person)
        for person in User.objects.filter(is_active=True)
    )
    tell_setup_changed(actor, REVIEW, review.pk, "create")
    return review


@transaction.atomic
def confirm_rows(actor: Actor, row_ids: Collection[uuid.UUID]) -> int:
    """Confirm that these people still need what they may do; return how many. Raises as ``reduce_row``."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    rows = [_open_row(actor, row_id) for row_id in sorted(row_ids)]
    facts = facts_of([row.user for row in rows])
    for row in rows:
        _decide(actor, row, facts[row.user_id], ReviewDecision.CONFIRMED)
    return len(rows)


@transaction.atomic
def confirm_usual(actor: Actor, *, department_id: uuid.UUID | None = None) -> int:
    """Confirm all who are open and about whom nothing is unusual; return how many.

    Those with something unusual are looked at one by one, and one's own rights are for a colleague. Raises
    ``NotAllowed``, or ``Conflict`` while no review is under way.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    review = open_review()
    if review is None:
        raise no_review()
    waiting = rows_of(review, department_id=department_id).filter(decision=ReviewDecision.OPEN)
    locked = waiting.select_for_update(of=("self",), no_key=True).order_by("pk")
    rows = [row for row in locked if row.user_id != actor.user_id]
    facts = facts_of([row.user for row in rows])
    usual = [row for row in rows if not facts[row.user_id].signals]
    for row in usual:
        _decide(actor, row, facts[row.user_id], ReviewDecision.CONFIRMED)
    return len(usual)


@transaction.atomic
def reduce_row(actor: Actor, row_id: uuid.UUID, *, role_ids: Collection[uuid.UUID], ends: bool, remark: str) -> bool:
    """Decide that somebody loses roles, or all access; say whether that is done already.

    Whoever may manage people carries it out at once; otherwise those who may are told, and the review waits for them.

    Raises:
        NotAllowed: The actor may not review, or may not take these roles.
        Refused: It is about the actor's own rights, about no role, or about the last administrator.
        Conflict: It was decided before, or the review is over.
    """
    require_ability(actor, Ability.MANAGE_SECURITY)
    row = _open_row(actor, row_id)
    held = roles_of(row.user)
    taken = [role for role in held if role.pk in role_ids]
    if not ends and not taken:
        raise Refused("no_role_chosen", _("Choose the roles to take away, or end the access altogether."))
    facts = facts_of([row.user])[row.user_id]
    decision = ReviewDecision.ENDED if ends else ReviewDecision.REDUCED
    _decide(actor, row, facts, decision, taken=taken, remark=remark)
    if not actor.has(Ability.MANAGE_PEOPLE):
        _ask_to_carry_out(actor, row)
        return False
    if ends:
        deactivate_person(actor, row.user_id)
    else:
        change_person(actor, row.user_id, roles=[role for role in held if role not in taken])
    return True


@transaction.atomic
def finish_review(actor: Actor) -> AccessReview:
    """End the review. Raises ``Refused`` while people are open, or removals are not carried out."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    lock_organization(actor)
    review = open_review()
    if review is None:
        raise no_review()
    rows = AccessReviewRow.objects.filter(review=review)
    if left := rows.filter(decision=ReviewDecision.OPEN, user__is_active=True).count():
        raise Refused("review_not_complete", _("%(count)d people are still open.") % {"count": left})
    if waiting := waiting_rows(review):
        message = _("These removals are not carried out yet: %(names)s.")
        raise Refused("review_waits", message % {"names": ", ".join(row.user.name for row in waiting[:10])})
    review.finished_at, review.finished_by_id = now(), actor.user_id
    review.save(update_fields=["finished_at", "finished_by"])
    keep_state(actor, review)
    counted = {decision.value: rows.filter(decision=decision).count() for decision in ReviewDecision if decision.value}
    tell_setup_changed(actor, REVIEW, review.pk, "update", values={name: (None, n) for name, n in counted.items()})
    return review


def months_between(organization: Organization) -> int:
    """Return every how many months a review is due; nought: nobody is reminded."""
    return int(organization.settings.get(MONTHS) or 0)


def due_on(organization: Organization) -> date | None:
    """Return the day on which the next review is due; nothing while one is under way, or when none is wished."""
    months = months_between(organization)
    if not months or open_review() is not None:
        return None
    last = AccessReview.objects.exclude(finished_at=None).order_by("-finished_at").first()
    begun = last.finished_at if last and last.finished_at else organization.created_at
    return (begun + months * MONTH).date()


@transaction.atomic
def set_months(actor: Actor, months: int) -> None:
    """Say every how many months a review is due, nought for never."""
    require_ability(actor, Ability.MANAGE_SECURITY)
    if not 0 <= months <= MOST_MONTHS:
        raise Refused("out_of_range", _("Choose a number from 0 to %(most)d.") % {"most": MOST_MONTHS})
    lock_organization(actor)
    organization = Organization.objects.get(pk=actor.organization_id)
    before = months_between(organization)
    organization.settings = {**organization.settings, MONTHS: months}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    if before != months:
        tell_setup_changed(actor, "organization", organization.pk, "update", values={MONTHS: (before, months)})


@transaction.atomic
def remind(organization: Organization) -> bool:
    """Tell those who manage security, once, that a review is due; say whether that was done."""
    due = due_on(organization)
    if due is None or due > now().date() or organization.settings.get(TOLD) == due.isoformat():
        return False
    locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    locked.settings = {**locked.settings, TOLD: due.isoformat()}
    locked.save(update_fields=["settings"])
    people = tuple(_holders(Ability.MANAGE_SECURITY))
    text = gettext_noop("An access review is due: confirm who may do what.")
    publish(PeopleToTell(organization.pk, people, text, PLACE))
    return True


def _holders(ability: Ability) -> list[uuid.UUID]:
    able = UserRole.objects.filter(role__abilities__contains=[ability.value], user__is_active=True)
    return sorted(set(able.values_list("user_id", flat=True)))


def _open_row(actor: Actor, row_id: uuid.UUID) -> AccessReviewRow:
    rows = AccessReviewRow.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("user__organization", "user__account", "review").filter(pk=row_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such access review."))
    if row.review.finished_at is not None or row.decision:
        raise Conflict("decided_already", _("This was decided already."))
    if row.user_id == actor.user_id and len(_holders(Ability.MANAGE_SECURITY)) > 1:
        raise Refused("own_rights", _("Nobody decides about their own rights. A colleague who manages security does."))
    return row


def _decide(
    actor: Actor,
    row: AccessReviewRow,
    facts: Facts,
    decision: ReviewDecision,
    *,
    taken: Sequence[Role] = (),
    remark: str = "",
) -> None:
    row.decision, row.remark, row.facts = decision.value, remark.strip()[:300], facts.to_json()
    row.taken = [str(role.pk) for role in taken]
    row.decided_by_id, row.decided_at = actor.user_id, now()
    row.save()
    values = {"person": (None, row.user.name), "decision": (None, decision.value), "remark": (None, row.remark)}
    if taken:
        values["roles"] = (None, ", ".join(role.name for role in taken))
    tell_setup_changed(actor, REVIEW, row.review_id, "update", values=values)


def _ask_to_carry_out(actor: Actor, row: AccessReviewRow) -> None:
    text = gettext_noop("The access review decided to take rights away from %(name)s. Please do so.")
    place = f"/settings/people/{row.user_id}"
    people = tuple(_holders(Ability.MANAGE_PEOPLE))
    publish(PeopleToTell(actor.organization_id, people, text, place, {"name": row.user.name}, actor.user_id))
