"""Access reviews: from time to time somebody confirms, person by person, that everybody still needs what they may do."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import lock_organization, require_ability
from banyan.core.access.models import AccessReview, AccessReviewRow, LevelRole, PostHolding, PostRole, ReviewDecision
from banyan.core.access.people import change_person, deactivate_person, roles_of
from banyan.core.access.rights import read_grants
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.identity.duties import duties_of
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.factors.models import Passkey, TotpFactor
from banyan.core.identity.models import Account, ApiToken, Role, Session, User, UserRole
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
#: Whoever has not been here for so long probably does not need to be let in.
DORMANT_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class Facts:
    """What speaks for and against somebody's rights.

    ``roles`` are their own, ``brought`` those that posts and levels bring; ``signals`` are codes of what is unusual:
    ``never``, ``dormant``, ``no_factor``, ``administers``, ``several_duties``, ``exports_all``, ``token``.
    """

    roles: tuple[str, ...]
    brought: tuple[str, ...]
    last_seen: datetime | None
    has_factor: bool
    signals: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what a review keeps."""
        return {**asdict(self), "last_seen": self.last_seen.isoformat() if self.last_seen else ""}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Facts:
        """Return the facts from what was kept."""
        seen = kept["last_seen"]
        texts = {name: tuple(kept[name]) for name in ("roles", "brought", "signals")}
        return cls(
            **texts, last_seen=datetime.fromisoformat(seen) if seen else None, has_factor=bool(kept["has_factor"])
        )


def facts_of(people: Sequence[User]) -> dict[uuid.UUID, Facts]:
    """Return what is known of people of one organization, with a number of queries that does not grow with them."""
    ids = [person.pk for person in people]
    accounts = {person.pk: person.account_id for person in people}
    own: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for held in UserRole.objects.select_related("role").filter(user__in=ids).order_by("role__position"):
        own[held.user_id].append(held.role)
    brought = _brought(ids)
    seen = _last_seen(list(filter(None, accounts.values())), people)
    proven = set(TotpFactor.objects.filter(account__in=seen, confirmed_at__isnull=False).values_list("pk", flat=True))
    proven |= set(Passkey.objects.filter(account__in=seen).values_list("account_id", flat=True))
    with_token = set(ApiToken.objects.filter(user__in=ids).values_list("user_id", flat=True))
    at = now()
    found = {}
    for person in people:
        account_id = accounts[person.pk]
        last_seen = seen.get(account_id) if account_id else None
        roles = [*own[person.pk], *brought[person.pk]]
        has_factor = account_id in proven
        found[person.pk] = Facts(
            tuple(role.name for role in own[person.pk]),
            tuple(role.name for role in brought[person.pk]),
            last_seen,
            has_factor,
            tuple(_signals(roles, last_seen, at, has_factor=has_factor, has_token=person.pk in with_token)),
        )
    return found


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
        raise Conflict("no_review", _("No access review is under way."))
    rows = AccessReviewRow.objects.filter(review=review)
    if left := rows.filter(decision=ReviewDecision.OPEN, user__is_active=True).count():
        raise Refused("review_not_complete", _("%(count)d people are still open.") % {"count": left})
    if waiting := waiting_rows(review):
        message = _("These removals are not carried out yet: %(names)s.")
        raise Refused("review_waits", message % {"names": ", ".join(row.user.name for row in waiting[:10])})
    review.finished_at, review.finished_by_id = now(), actor.user_id
    review.save(update_fields=["finished_at", "finished_by"])
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


def _brought(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Role]]:
    by_post: dict[uuid.UUID, list[Role]] = defaultdict(list)
    by_level: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for brings in PostRole.objects.select_related("role"):
        by_post[brings.post_id].append(brings.role)
    for ranked in LevelRole.objects.select_related("role"):
        by_level[ranked.level_id].append(ranked.role)
    found: dict[uuid.UUID, list[Role]] = defaultdict(list)
    for holding in PostHolding.objects.select_related("post").filter(user__in=ids):
        level_id = holding.post.level_id
        for role in (*by_post[holding.post_id], *(by_level[level_id] if level_id else [])):
            if role not in found[holding.user_id]:
                found[holding.user_id].append(role)
    return found


def _last_seen(account_ids: Collection[uuid.UUID], people: Sequence[User]) -> dict[uuid.UUID, datetime | None]:
    """Return when accounts were last seen: at a sign-in, or in a session of this organization."""
    seen = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "last_login"))
    if people:
        sessions = Session.objects.filter(account__in=account_ids, organization_id=people[0].organization_id)
        for account_id, at in sessions.exclude(last_seen_at=None).values_list("account_id", "last_seen_at"):
            seen[account_id] = max(filter(None, (seen.get(account_id), at)))
    return seen


def _signals(
    roles: Sequence[Role], last_seen: datetime | None, at: datetime, *, has_factor: bool, has_token: bool
) -> list[str]:
    abilities = {ability for role in roles for ability in role.abilities}
    exports = any(
        grant.scope is Scope.ALL
        for role in roles
        for actions in role.grants.values()
        for grant in read_grants(actions.get(Action.EXPORT.value))
    )
    told = {
        "never": last_seen is None,
        "dormant": last_seen is not None and last_seen < at - DORMANT_AFTER,
        "no_factor": not has_factor and any(role.needs_second_factor for role in roles),
        "administers": bool(duties_of(abilities)),
        "several_duties": len(duties_of(abilities)) > 1,
        "exports_all": exports,
        "token": has_token,
    }
    return [code for code, holds in told.items() if holds]


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
