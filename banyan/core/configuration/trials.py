"""Trial copies: an organization made from the real one, for trying a configuration before it counts.

The database keeps the two apart as it keeps any two organizations apart. A copy is made, and what was tried in it is taken
over, by documents alone. Colleagues are in it by name, so that rights can be tried as theirs; only whoever made the copy
can sign in.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.founding import found_organization
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.configuration.applying import apply_document
from banyan.core.configuration.documents import current_document, read_document, write_document
from banyan.core.configuration.emptying import empty_organization, lock_out
from banyan.core.configuration.models import Occasion, Proposal, TrialCopy, TrialState
from banyan.core.configuration.proposals import Layer, propose
from banyan.core.configuration.sampling import MOST_ROWS, Sample, take_sample, write_sample
from banyan.core.identity.models import Account, Department, Role, User, UserRole
from banyan.core.identity.services import add_user, connect
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.listing.portable import tree_paths
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

TRIAL = "trial"
SUBJECT = "trial_copy"
MOST_COPIES = 5
MOST_DAYS = 90
ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class _Colleague:
    """What a copy takes over of a person."""

    id: uuid.UUID
    name: str
    email: str
    title: str
    department: str
    roles: tuple[str, ...]
    #: How they have set up the product for themselves, by the names of the model's columns.
    settings: dict[str, str]


def is_trial(organization: Organization) -> bool:
    """Say whether an organization is a trial copy."""
    return TRIAL in organization.settings


@transaction.atomic
def begin_trial(actor: Actor, *, name: str, days: int, sample_rows: int) -> TrialCopy:
    """Note a trial copy that is to be made; ``make_trial`` makes it.

    Raises ``NotAllowed``, ``Conflict`` when there are too many or within a trial copy, ``Invalid`` for impossible numbers.
    """
    require_ability(actor, Ability.CUSTOMISE)
    require_ability(actor, Ability.MANAGE_PEOPLE)
    if is_trial(actor.organization):
        raise Conflict("is_a_trial", _("This is a trial copy itself. Go back to your organization first."))
    if TrialCopy.objects.count() >= MOST_COPIES:
        message = _("There can be at most %(most)d trial copies. Delete one first.") % {"most": MOST_COPIES}
        raise Conflict("too_many_trials", message)
    errors = []
    title = " ".join(name.split())[:200]
    if not title:
        errors.append(FieldError("name", "required", _("Write a name.")))
    if not 1 <= days <= MOST_DAYS:
        errors.append(FieldError("days", "out_of_range", _("Write a number from 1 to %(most)d.") % {"most": MOST_DAYS}))
    if not 0 <= sample_rows <= MOST_ROWS:
        message = _("Write a number from 0 to %(most)d.") % {"most": MOST_ROWS}
        errors.append(FieldError("sample_rows", "out_of_range", message))
    if errors:
        raise Invalid(errors)
    row = TrialCopy.objects.create(
        organization=actor.organization,
        name=title,
        made_by=actor.user,
        ends_on=today(actor.time_zone) + timedelta(days=days),
        sample_rows=sample_rows,
    )
    tell_setup_changed(actor, SUBJECT, row.pk, "create", values={"name": (None, title)})
    return row


def make_trial(actor: Actor, trial_id: uuid.UUID) -> None:
    """Make a trial copy that was asked for; outside of any scope. What fails leaves no organization behind."""
    with organization_scope(actor.organization_id):
        row = TrialCopy.objects.filter(pk=trial_id, state=TrialState.MAKING).first()
        if row is None:
            return
        text = write_document(current_document(actor.organization, with_data=False))
        colleagues = _colleagues()
        with override(actor.organization.language):
            sample = take_sample(actor, row.sample_rows) if row.sample_rows else Sample()
    with transaction.atomic():
        made = _found(actor, row)
        with organization_scope(made.pk):
            records = _fill(made, text, colleagues, sample, maker=actor.user)
        with organization_scope(actor.organization_id):
            TrialCopy.objects.filter(pk=trial_id).update(trial_id=made.pk, state=TrialState.READY, records=records)


def note_failure(actor: Actor, trial_id: uuid.UUID, problem: str) -> None:
    """Note that a trial copy could not be made, and why."""
    with organization_scope(actor.organization_id):
        TrialCopy.objects.filter(pk=trial_id).update(state=TrialState.FAILED, problem=problem[:2000])


def _colleagues() -> list[_Colleague]:
    departments = tree_paths(Department)
    roles: dict[uuid.UUID, list[str]] = {}
    for user_id, key in UserRole.objects.values_list("user_id", "role__key"):
        roles.setdefault(user_id, []).append(key)
    return [
        _Colleague(
            user.pk,
            user.name,
            user.email,
            user.title,
            departments.get(user.department_id, "") if user.department_id else "",
            tuple(sorted(roles.get(user.pk, ()))),
            {name: getattr(user, name) for name in ("language", "time_zone", "theme")},
        )
        for user in User.objects.filter(is_active=True)
    ]


def _found(actor: Actor, row: TrialCopy) -> Organization:
    real = actor.organization
    details: dict[str, Any] = {
        name: getattr(real, name)
        for name in ("language", "currency", "time_zone", "country", "industry", "headcount", "edition")
    }
    settings = {TRIAL: {"of": str(real.pk), "of_name": real.name, "until": row.ends_on.isoformat()}}
    return found_organization(name=row.name, settings=settings, setup_finished_at=real.setup_finished_at, **details)


def _fill(
    made: Organization, text: str, colleagues: Iterable[_Colleague], sample: Sample, *, maker: User | None
) -> dict[str, int]:
    """Give a new copy the configuration, the people and the records; within its scope."""
    actor = system_actor(made, channel=Channel.JOB)
    people: dict[uuid.UUID, uuid.UUID] = {}
    known = list(colleagues)
    for colleague in known:
        user = add_user(made, name=colleague.name, email=colleague.email, roles=[], title=colleague.title)
        people[colleague.id] = user.pk
    if maker is not None and maker.account is not None and maker.pk in people:
        administrator = User.objects.get(pk=people[maker.pk])
        UserRole.objects.create(organization=made, user=administrator, role=Role.objects.get(key=ADMINISTRATOR))
        connect(administrator, Account.objects.get(pk=maker.account.pk))
    document = read_document(text, source=made.name)
    apply_document(actor, document, removes_extra=True)
    _place(made, known, people)
    actor = system_actor(Organization.objects.get(pk=made.pk), channel=Channel.JOB)
    return write_sample(actor, sample, people)


def _place(made: Organization, colleagues: Iterable[_Colleague], people: dict[uuid.UUID, uuid.UUID]) -> None:
    """Give people the departments, roles and settings that they have in the original."""
    departments = {path: pk for pk, path in tree_paths(Department).items()}
    roles = {role.key: role for role in Role.objects.all()}
    for colleague in colleagues:
        user_id = people[colleague.id]
        department = departments.get(colleague.department)
        User.objects.filter(pk=user_id).update(department_id=department, **colleague.settings)
        held = set(UserRole.objects.filter(user_id=user_id).values_list("role__key", flat=True))
        UserRole.objects.bulk_create(
            UserRole(organization=made, user_id=user_id, role=roles[key])
            for key in colleague.roles
            if key in roles and key not in held
        )


def find_trial(actor: Actor, trial_id: uuid.UUID) -> TrialCopy:
    """Return a trial copy of the organization; raise ``NotAllowed`` or ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = TrialCopy.objects.select_related("made_by").filter(pk=trial_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such trial copy any more."))
    return row


def propose_promotion(actor: Actor, trial_id: uuid.UUID) -> Proposal:
    """Keep the configuration of a trial copy for looking at what taking it over would change.

    Raises ``Missing``, ``NotAllowed``, or ``Conflict`` while the copy is not ready.
    """
    row = find_trial(actor, trial_id)
    copy = _organization_of(actor, row)
    with organization_scope(copy.pk):
        text = write_document(current_document(copy, with_data=False))
    return propose(actor, [Layer(row.name, text)], occasion=Occasion.PROMOTED)


def _organization_of(actor: Actor, row: TrialCopy) -> Organization:
    """Return the organization of a copy that is ready; one that belongs to somebody else is none."""
    found = Organization.objects.filter(pk=row.trial_id).first() if row.trial_id else None
    if found is None or row.state != TrialState.READY:
        raise Conflict("not_ready", _("The trial copy is not ready yet."))
    if (found.settings.get(TRIAL) or {}).get("of") != str(actor.organization_id):
        raise Missing("not_found", _("There is no such trial copy any more."))
    return found


@transaction.atomic
def begin_deleting(actor: Actor, trial_id: uuid.UUID) -> TrialCopy:
    """Note that a trial copy is to be deleted; nobody can enter it from now on. Raises ``Missing`` or ``NotAllowed``."""
    row = find_trial(actor, trial_id)
    row.state = TrialState.DELETING
    row.save(update_fields=["state"])
    if row.trial_id:
        lock_out(row.trial_id)
    tell_setup_changed(actor, SUBJECT, row.pk, "delete", values={"name": (row.name, None)})
    return row


def delete_trial(actor: Actor, trial_id: uuid.UUID) -> None:
    """Delete everything in a trial copy but its audit log, which the law keeps; outside of any scope."""
    with organization_scope(actor.organization_id):
        row = TrialCopy.objects.filter(pk=trial_id, state=TrialState.DELETING).first()
        if row is None:
            return
    if row.trial_id:
        with organization_scope(row.trial_id):
            copy = Organization.objects.get(pk=row.trial_id)
            if (copy.settings.get(TRIAL) or {}).get("of") == str(actor.organization_id):
                _empty(copy)
    with organization_scope(actor.organization_id):
        TrialCopy.objects.filter(pk=trial_id).delete()


def due_trials(actor: Actor) -> list[TrialCopy]:
    """Return the trial copies whose last day has passed, and those whose deletion was cut off."""
    ended = TrialCopy.objects.filter(ends_on__lt=today(actor.time_zone))
    return [*ended, *TrialCopy.objects.filter(state=TrialState.DELETING).exclude(pk__in=ended.values("pk"))]


def _empty(copy: Organization) -> None:
    """Empty a trial copy whose scope is open, and note that it was deleted."""
    empty_organization(copy)
    copy.settings = {TRIAL: {**copy.settings[TRIAL], "deleted": True}}
    copy.save(update_fields=["settings"])
