"""Who works on an opportunity with which credit, who sells against us in it, and when it counts as being at risk."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.models import GranteeKind, Share, SharedAccess
from banyan.core.access.scopes import Ability, Action
from banyan.core.access.sharing import Grantee, Terms, share, unshare
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, Refused
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.sales.choices import CompetitorState, Outcome, Threat
from banyan.sales.events import CreditChanged
from banyan.sales.models import Competitor, Opportunity, OpportunityCompetitor, OpportunityMember, RiskLimits
from banyan.sales.queries import limits_of_risk
from banyan.sales.rules import HUNDRED, Limits, rest_of_owner

TEAM, COMPETITOR, LIMITS = "opportunity_team", "competitor", "risk_limits"
MOST_MEMBERS = 30
MOST_COMPETITORS = 20
LONGEST_NOTE = 500


@dataclass(frozen=True)
class MemberDraft:
    """A colleague as somebody wants them on an opportunity."""

    person: uuid.UUID | None
    role: str = ""
    share: Decimal = Decimal(0)
    overlay: Decimal = Decimal(0)


@dataclass(frozen=True)
class RivalDraft:
    """A competitor as somebody wants it on an opportunity; one of an unknown ``name`` is added to the list."""

    name: str
    state: str = CompetitorState.IN_PLAY.value
    threat: str = Threat.MEDIUM.value
    notes: str = ""


def percentage(text: Any, name: str) -> Decimal:
    """Return a share in per cent; raise ``Invalid`` for what is none."""
    if text is None or not str(text).strip():
        return Decimal(0)
    try:
        number = Decimal(str(text).strip().rstrip("%").strip()).quantize(Decimal("0.01"))
    except InvalidOperation:
        message = _("“%(text)s” is not a percentage.") % {"text": str(text)[:40]}
        raise Invalid([FieldError(name, "not_a_number", message)]) from None
    if not number.is_finite() or not 0 <= number <= HUNDRED:
        raise Invalid([FieldError(name, "out_of_range", _("A share lies between 0 and 100 %."))])
    return number


@transaction.atomic
def save_team(
    actor: Actor, opportunity_id: uuid.UUID, members: Sequence[MemberDraft], *, version: int | None = None
) -> None:
    """Let an opportunity have exactly these members; the owner has what is left of the hundred per cent.

    New members may see and change the opportunity where the actor may share it; who leaves the team may no longer.
    Raises ``Missing``, ``NotAllowed``, ``Stale``, or ``Invalid`` with errors as ``members.<position>.<field>``.
    """
    spec = spec_for(actor.organization, "opportunity")
    # An empty change locks the opportunity, asks for the right and compares the version.
    found: Any = door.update(actor, spec, opportunity_id, {}, expected_version=version)
    people = dict(
        User.objects.filter(pk__in=[draft.person for draft in members if draft.person], is_active=True).values_list(
            "pk", "name"
        )
    )
    before = list(OpportunityMember.objects.filter(opportunity_id=opportunity_id).select_related("person"))
    _judge_team(members, {**people, **{row.person_id: row.person.name for row in before}}, found.owner_id)
    OpportunityMember.objects.filter(opportunity_id=opportunity_id).delete()
    rows = [
        OpportunityMember(
            organization_id=actor.organization_id,
            opportunity_id=opportunity_id,
            person_id=draft.person,
            role=clean_text(draft.role)[:60],
            share=draft.share,
            overlay=draft.overlay,
        )
        for draft in members
        if draft.person is not None
    ]
    OpportunityMember.objects.bulk_create(rows)
    _share_with(actor, opportunity_id, before, rows)
    was = [_told(row.person.name, row) for row in before]
    now_is = [_told(people.get(row.person_id, ""), row) for row in rows]
    changed = difference({"members": sorted(was)}, {"members": sorted(now_is)})
    tell_setup_changed(actor, TEAM, opportunity_id, "update", values=changed)
    if changed:
        publish(CreditChanged(actor.organization_id, (opportunity_id,), actor.user_id))


@dataclass(frozen=True)
class TeamBefore:
    """A team as it was before it was changed, with what stood afterwards, so that the change can be taken back."""

    before: tuple[MemberDraft, ...]
    after: tuple[MemberDraft, ...]


def team_of(opportunity_id: uuid.UUID) -> tuple[MemberDraft, ...]:
    """Return the team of an opportunity, ordered by person."""
    rows = OpportunityMember.objects.filter(opportunity_id=opportunity_id).order_by("person_id")
    return tuple(MemberDraft(row.person_id, row.role, row.share, row.overlay) for row in rows)


@transaction.atomic
def take_back_team(actor: Actor, opportunity_id: uuid.UUID, change: TeamBefore) -> None:
    """Let an opportunity have the team that it had before a change; raise ``Conflict`` when it has changed again."""
    door.update(actor, spec_for(actor.organization, "opportunity"), opportunity_id, {})
    if team_of(opportunity_id) != change.after:
        raise Conflict("changed_since", _("The team was changed again since. Change it by hand."))
    save_team(actor, opportunity_id, change.before)


def _judge_team(members: Sequence[MemberDraft], people: Mapping[uuid.UUID, str], owner: uuid.UUID | None) -> None:
    errors = []
    seen: set[uuid.UUID] = set()
    for position, draft in enumerate(members):
        where = f"members.{position}."
        if draft.person is None or draft.person not in people:
            errors.append(FieldError(where + "person", "unknown_person", _("Choose a colleague who is active.")))
            continue
        if draft.person in seen:
            message = _("%(name)s is on the team already.") % {"name": people[draft.person]}
            errors.append(FieldError(where + "person", "twice", message))
        if draft.person == owner and draft.share:
            message = _("%(name)s owns the opportunity and has the rest of the credit.")
            errors.append(FieldError(where + "share", "owner", message % {"name": people[draft.person]}))
        seen.add(draft.person)
    if len(members) > MOST_MEMBERS:
        message = _("A team has at most %(count)d members.") % {"count": MOST_MEMBERS}
        errors.append(FieldError("members", "too_many", message))
    rest = rest_of_owner(draft.share for draft in members)
    if rest < 0:
        message = _("The shares come to %(sum)s %%. Together they are 100 %% at most; the rest is the owner's.")
        errors.append(FieldError("members", "over_hundred", message % {"sum": f"{(HUNDRED - rest).normalize():f}"}))
    elif owner is None and members and rest > 0 and rest != HUNDRED:
        message = _("Nobody owns this opportunity, so the shares must be 100 % together.")
        errors.append(FieldError("members", "no_owner", message))
    if errors:
        raise Invalid(errors)


def _told(name: str, row: OpportunityMember) -> str:
    overlay = f" + {row.overlay.normalize():f} %" if row.overlay else ""
    return f"{name} {row.share.normalize():f} %{overlay}"


def _share_with(
    actor: Actor, opportunity_id: uuid.UUID, before: Sequence[OpportunityMember], after: Sequence[OpportunityMember]
) -> None:
    """Let the team see and change the opportunity, as far as the actor may give that to others."""
    spec = spec_for(actor.organization, "opportunity")
    rows = Opportunity.objects.filter(pk=opportunity_id)
    if not restrict(rows, actor, spec, Action.SHARE).exists():
        return
    roles = {row.person_id: row.role or _("Team") for row in after}
    had = {row.person_id: row.role or _("Team") for row in before}
    for person, role in roles.items():
        if had.get(person) != role:
            share(
                actor, spec, opportunity_id, [Grantee(GranteeKind.PERSON, person)], Terms(SharedAccess.EDIT, None, role)
            )
    gone = had.keys() - roles.keys()
    shared = Share.objects.filter(record_id=opportunity_id, grantee_id__in=gone).exclude(team_role="")
    for person in list(shared.values_list("grantee_id", flat=True)):
        unshare(actor, spec, opportunity_id, person)


@transaction.atomic
def save_competitors(
    actor: Actor, opportunity_id: uuid.UUID, rivals: Sequence[RivalDraft], *, version: int | None = None
) -> None:
    """Let an opportunity have exactly these competitors; who is not on the organization's list yet comes onto it.

    Raises ``Missing``, ``NotAllowed``, ``Stale``, or ``Invalid`` with errors as ``competitors.<position>.<field>``.
    """
    spec = spec_for(actor.organization, "opportunity")
    found: Any = door.update(actor, spec, opportunity_id, {}, expected_version=version)
    rivals = [RivalDraft(clean_text(draft.name)[:120], draft.state, draft.threat, draft.notes) for draft in rivals]
    _judge_rivals(rivals)
    known = {row.name.casefold(): row for row in Competitor.objects.all()}
    for draft in rivals:
        if draft.name.casefold() not in known:
            known[draft.name.casefold()] = Competitor.objects.create(
                organization_id=actor.organization_id, name=draft.name
            )
    OpportunityCompetitor.objects.filter(opportunity_id=opportunity_id).delete()
    OpportunityCompetitor.objects.bulk_create(
        OpportunityCompetitor(
            organization_id=actor.organization_id,
            opportunity_id=opportunity_id,
            competitor=known[draft.name.casefold()],
            state=draft.state,
            threat=draft.threat,
            notes=clean_text(draft.notes)[:LONGEST_NOTE],
        )
        for draft in rivals
    )
    winner = next((draft.name for draft in rivals if draft.state == CompetitorState.LOST_TO), "")
    if winner and found.outcome == Outcome.LOST and winner != found.competitor:
        door.update(actor, spec, opportunity_id, {"competitor": known[winner.casefold()].name})


def _judge_rivals(rivals: Sequence[RivalDraft]) -> None:
    errors = []
    seen: set[str] = set()
    for position, draft in enumerate(rivals):
        where = f"competitors.{position}."
        if not draft.name:
            errors.append(FieldError(where + "name", "required", _("Name the competitor.")))
        elif draft.name.casefold() in seen:
            message = _("%(name)s is on the list twice.") % {"name": draft.name}
            errors.append(FieldError(where + "name", "twice", message))
        if draft.state not in CompetitorState.values:
            errors.append(FieldError(where + "state", "unknown_choice", _("There is no such state.")))
        if draft.threat not in Threat.values:
            errors.append(FieldError(where + "threat", "unknown_choice", _("There is no such threat.")))
        seen.add(draft.name.casefold())
    if len(rivals) > MOST_COMPETITORS:
        message = _("An opportunity has at most %(count)d competitors.") % {"count": MOST_COMPETITORS}
        errors.append(FieldError("competitors", "too_many", message))
    if errors:
        raise Invalid(errors)


@transaction.atomic
def save_competitor(actor: Actor, competitor_id: uuid.UUID | None, values: Mapping[str, Any]) -> Competitor:
    """Write a competitor of the organization's list; raise ``Invalid`` when another one has the name."""
    require_ability(actor, Ability.CUSTOMISE)
    row = _competitor(competitor_id) if competitor_id else Competitor(organization_id=actor.organization_id)
    before = {name: getattr(row, name) for name in values} if competitor_id else {}
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        message = _("There is a competitor of this name already.")
        raise Invalid([FieldError("name", "not_unique", message)]) from None
    changed = difference(before, dict(values)) if competitor_id else {"name": (None, row.name)}
    tell_setup_changed(actor, COMPETITOR, row.pk, "update" if competitor_id else "create", values=changed)
    return row


@transaction.atomic
def remove_competitor(actor: Actor, competitor_id: uuid.UUID) -> None:
    """Take a competitor off the list; raise ``Refused`` while opportunities name it."""
    require_ability(actor, Ability.CUSTOMISE)
    row = _competitor(competitor_id)
    if OpportunityCompetitor.objects.filter(competitor=row).exists():
        message = _("Opportunities name %(name)s. Take it out of the choice instead, so that the win rate stays.")
        raise Refused("competitor_in_use", message % {"name": row.name})
    tell_setup_changed(actor, COMPETITOR, row.pk, "delete", values={"name": (row.name, None)})
    row.delete()


def _competitor(competitor_id: uuid.UUID) -> Competitor:
    row = Competitor.objects.filter(pk=competitor_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such competitor."))
    return row


@transaction.atomic
def save_limits(actor: Actor, limits: Limits) -> None:
    """Say from when on opportunities are at risk; the caller lets their signs be found again in the background."""
    require_ability(actor, Ability.CUSTOMISE)
    changed = difference(asdict(limits_of_risk()), asdict(limits))
    values = {entry.name: getattr(limits, entry.name) for entry in fields(limits)}
    RiskLimits.objects.update_or_create(organization_id=actor.organization_id, defaults=values)
    tell_setup_changed(actor, LIMITS, actor.organization_id, "update", values=changed)


def read_members(entries: Sequence[Mapping[str, Any]]) -> list[MemberDraft]:
    """Return the members of a body or a form; raise ``Invalid`` for shares that are none."""
    return [
        MemberDraft(
            person=parse_id(str(entry.get("person") or "")),
            role=str(entry.get("role") or ""),
            share=percentage(entry.get("share"), f"members.{position}.share"),
            overlay=percentage(entry.get("overlay"), f"members.{position}.overlay"),
        )
        for position, entry in enumerate(entries)
    ]


def read_rivals(entries: Sequence[Mapping[str, Any]]) -> list[RivalDraft]:
    """Return the competitors of a body or a form."""
    return [
        RivalDraft(
            name=str(entry.get("name") or ""),
            state=str(entry.get("state") or CompetitorState.IN_PLAY.value),
            threat=str(entry.get("threat") or Threat.MEDIUM.value),
            notes=str(entry.get("notes") or ""),
        )
        for entry in entries
    ]
