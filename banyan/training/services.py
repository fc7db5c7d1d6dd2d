"""What learners and trainers do: practise, have an exercise checked, begin anew, close the place for practising."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability, require_own_eyes
from banyan.core.access.scopes import Ability
from banyan.core.configuration.emptying import empty_organization, lock_out
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.tenancy.models import PRACTICE, Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.training.checking import Practice, holds
from banyan.training.courses import Course, Lesson, all_courses, filled, in_language
from banyan.training.models import Certificate, Progress, Sandbox
from banyan.training.preparation import begin_course, found_sandbox
from banyan.training.queries import Learner, sandbox_of, state_of

SUBJECT = "training_progress"


@dataclass(frozen=True)
class Finding:
    """What was looked for, said as what is missing, and whether it is there."""

    text: str
    is_there: bool


@transaction.atomic
def practise(learner: Learner, course: Course) -> uuid.UUID:
    """Return the organization in which a course is practised; it is made when there is none yet.

    Raises ``NotAllowed`` for somebody who only looks as this person, ``Conflict`` without an account of one's own.
    """
    require_own_eyes(learner.home)
    if learner.home.user is None or learner.home.user.account_id is None:
        raise Conflict("no_account", _("Only people with an account of their own can practise."))
    with learner.at_home():
        # Two clicks at once make one organization: the second waits for the first.
        User.objects.select_for_update(no_key=True).get(pk=learner.user_id)
    sandbox = sandbox_of(learner) or found_sandbox(learner)
    organization = Organization.objects.get(pk=sandbox.sandbox_id)
    begin_course(organization, course)
    with organization_scope(organization.pk):
        person = User.objects.filter(account_id=learner.home.user.account_id)
        person.update(language=learner.home.user.language, theme=learner.home.user.theme)
    with learner.at_home():
        Sandbox.objects.filter(pk=sandbox.pk).update(used_at=now())
    return organization.pk


def check_lesson(actor: Actor, learner: Learner, course: Course, lesson: Lesson) -> list[Finding]:
    """Look whether an exercise is done, in the organization of the actor; when all is there, the lesson is done.

    Raises ``Conflict`` outside of the organization for practising.
    """
    if not learner.is_practising:
        raise Conflict("not_practising", _("Exercises are checked where you practise. Press “Practise” first."))
    practice = Practice(actor, course.names)
    language = get_language() or "en"
    findings = [
        Finding(
            filled(in_language(check.missing, language), course.names, actor.organization.language),
            holds(practice, check.kind, check.options),
        )
        for check in lesson.checks
    ]
    if all(finding.is_there for finding in findings):
        finish_lesson(learner, course, lesson)
    return findings


@transaction.atomic
def finish_lesson(learner: Learner, course: Course, lesson: Lesson) -> Certificate | None:
    """Note that a lesson is done; return the certificate when it was the last one of its course."""
    require_own_eyes(learner.home)
    with learner.at_home():
        Progress.objects.get_or_create(
            organization=learner.home.organization, user_id=learner.user_id, course=course.name, lesson=lesson.key
        )
        state = state_of(learner, course)
        if state.next_lesson is not None:
            return None
        number = f"{now():%Y}-{secrets.token_hex(4).upper()}"
        certificate, _made = Certificate.objects.get_or_create(
            organization=learner.home.organization,
            user_id=learner.user_id,
            course=course.name,
            defaults={"number": number},
        )
        return certificate


@transaction.atomic
def reset_course(actor: Actor, user_id: uuid.UUID, course: Course) -> None:
    """Let somebody begin a course anew: progress and certificate go. Trainers may for everybody, others for themselves.

    Raises ``NotAllowed``, or ``Missing`` for somebody who does not exist.
    """
    require_own_eyes(actor)
    if user_id != actor.user_id:
        require_ability(actor, Ability.MANAGE_PEOPLE)
    with organization_scope(actor.organization_id):
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            raise Missing("not_found", _("There is no such person."))
        count, _rows = Progress.objects.filter(user_id=user_id, course=course.name).delete()
        Certificate.objects.filter(user_id=user_id, course=course.name).delete()
        if user_id != actor.user_id and count:
            values = {"training": (f"{course.name}: {count}", None)}
            tell_setup_changed(actor, SUBJECT, user.pk, "update", values=values)


@transaction.atomic
def begin_closing(learner: Learner) -> Sandbox | None:
    """Lock the place for practising and return it, to be emptied by a job; None when there is none."""
    require_own_eyes(learner.home)
    with learner.at_home():
        sandbox = Sandbox.objects.select_for_update().filter(user_id=learner.user_id, is_closing=False).first()
        if sandbox is None:
            return None
        _lock(sandbox)
        return sandbox


def begin_closing_unused(actor: Actor, sandbox: Sandbox) -> None:
    """Lock a place for practising that nobody has used for long; within the organization's scope."""
    _lock(sandbox)


def _lock(sandbox: Sandbox) -> None:
    sandbox.is_closing = True
    sandbox.save(update_fields=["is_closing"])
    lock_out(sandbox.sandbox_id)


def close_sandbox(actor: Actor, row_id: uuid.UUID) -> None:
    """Empty a place for practising that was locked; outside of any scope."""
    with organization_scope(actor.organization_id):
        row = Sandbox.objects.filter(pk=row_id, is_closing=True).first()
        if row is None:
            return
    with organization_scope(row.sandbox_id):
        organization = Organization.objects.get(pk=row.sandbox_id)
        told = organization.settings.get(PRACTICE) or {}
        if told.get("of") == str(actor.organization_id):
            empty_organization(organization)
            organization.settings = {PRACTICE: {**told, "deleted": True}}
            organization.save(update_fields=["settings"])
    with organization_scope(actor.organization_id):
        Sandbox.objects.filter(pk=row_id).delete()


def course_named(name: str) -> Course:
    """Return a course whoever it is for; raise ``Missing`` when there is none."""
    found = next((course for course in all_courses() if course.name == name), None)
    if found is None:
        raise Missing("not_found", _("There is no such course."))
    return found
