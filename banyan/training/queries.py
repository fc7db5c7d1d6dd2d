"""Who learns, where they practise, and how far everybody has come."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Missing
from banyan.core.tenancy.models import PRACTICE, Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.help.conditions import all_hold
from banyan.training.courses import Course, Lesson, all_courses
from banyan.training.models import Certificate, Progress, Sandbox

#: In ``settings[PRACTICE]`` of an organization for practising: the courses begun in it, the latest last.
BEGUN = "courses"


@dataclass(frozen=True)
class Learner:
    """A person in the organization where they work; ``home`` is their actor there, whatever they are in at the moment."""

    home: Actor
    is_practising: bool

    @property
    def user_id(self) -> uuid.UUID:
        """Return the person's id in the organization where they work."""
        if self.home.user is None:
            raise TypeError("The system learns nothing.")
        return self.home.user.pk

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Read and write in the organization where the person works."""
        with organization_scope(self.home.organization_id):
            yield


@dataclass(frozen=True)
class CourseState:
    """How far somebody is with a course."""

    course: Course
    lessons: tuple[Lesson, ...]
    done: Mapping[str, datetime]
    certificate: Certificate | None = None

    @property
    def count(self) -> int:
        """Return how many lessons are done."""
        return sum(lesson.key in self.done for lesson in self.lessons)

    @property
    def percent(self) -> int:
        """Return how much of the course is done, of a hundred."""
        return 100 * self.count // len(self.lessons) if self.lessons else 0

    @property
    def next_lesson(self) -> Lesson | None:
        """Return the first lesson that is not done."""
        return next((lesson for lesson in self.lessons if lesson.key not in self.done), None)

    @property
    def next_exercise(self) -> Lesson | None:
        """Return the first exercise that is not done."""
        return next((lesson for lesson in self.lessons if lesson.is_exercise and lesson.key not in self.done), None)


def learner_of(actor: Actor) -> Learner:
    """Return who learns; raise ``Missing`` for whoever practises and is no longer active where they work."""
    if not actor.organization.is_practice:
        return Learner(actor, is_practising=False)
    told = actor.organization.settings[PRACTICE]
    with organization_scope(uuid.UUID(told["of"])):
        user = User.objects.select_related("organization").filter(pk=told["user"], is_active=True).first()
        if user is None or actor.user is None or user.account_id is None or user.account_id != actor.user.account_id:
            raise Missing("not_found", _("You practise here for somebody who no longer works there."))
        return Learner(actor_for(user), is_practising=True)


def courses_for(learner: Learner) -> list[Course]:
    """Return the courses that fit the person's rights and the modules in use where they work."""
    with learner.at_home():
        return [course for course in all_courses() if all_hold(learner.home, course.needs)]


def course_for(learner: Learner, name: str) -> Course:
    """Return a course; raise ``Missing`` when there is none for this person."""
    found = next((course for course in courses_for(learner) if course.name == name), None)
    if found is None:
        raise Missing("not_found", _("There is no such course."))
    return found


def lessons_for(actor: Actor, course: Course) -> tuple[Lesson, ...]:
    """Return the lessons of a course that fit the modules and rights of a person."""
    return tuple(lesson for lesson in course.lessons if all_hold(actor, lesson.needs))


def state_of(learner: Learner, course: Course) -> CourseState:
    """Return how far the person is with a course."""
    with learner.at_home():
        rows = Progress.objects.filter(user_id=learner.user_id, course=course.name)
        done = dict(rows.values_list("lesson", "done_at"))
        certificate = Certificate.objects.filter(user_id=learner.user_id, course=course.name).first()
        return CourseState(course, lessons_for(learner.home, course), done, certificate)


def sandbox_of(learner: Learner) -> Sandbox | None:
    """Return where the person practises, or None."""
    with learner.at_home():
        return Sandbox.objects.filter(user_id=learner.user_id, is_closing=False).first()


def practice_language(learner: Learner) -> str:
    """Return the language of the names in exercises: that of the organization for practising once there is one."""
    sandbox = sandbox_of(learner)
    found = Organization.objects.filter(pk=sandbox.sandbox_id).first() if sandbox else None
    return found.language if found else learner.home.language


def begun_courses(organization: Organization) -> list[str]:
    """Return the courses begun in an organization for practising, the latest last."""
    return list((organization.settings.get(PRACTICE) or {}).get(BEGUN, []))


def everybody(actor: Actor) -> list[dict[str, Any]]:
    """Return how far each active person is with each course; the caller has checked that the actor may see it."""
    people = list(User.objects.filter(is_active=True).order_by("name"))
    done: dict[tuple[uuid.UUID, str], set[str]] = {}
    latest: dict[uuid.UUID, datetime] = {}
    for user_id, course, lesson, at in Progress.objects.values_list("user_id", "course", "lesson", "done_at"):
        done.setdefault((user_id, course), set()).add(lesson)
        latest[user_id] = max(at, latest.get(user_id, at))
    held = {(row.user_id, row.course): row for row in Certificate.objects.all()}
    courses = [course for course in all_courses() if all_hold(actor, course.needs)]
    return [
        {
            "user": user,
            "latest": latest.get(user.pk),
            "courses": [
                {
                    "course": course,
                    "done": len(done.get((user.pk, course.name), set()) & {lesson.key for lesson in course.lessons}),
                    "count": len(lessons_for(actor, course)),
                    "certificate": held.get((user.pk, course.name)),
                }
                for course in courses
            ],
        }
        for user in people
    ]


def is_trainer(actor: Actor) -> bool:
    """Say whether somebody sees how far the others are."""
    return actor.has(Ability.MANAGE_PEOPLE) and not actor.organization.is_practice


def has_begun(actor: Actor) -> bool:
    """Say whether somebody has done a lesson of any course."""
    return actor.user is not None and Progress.objects.filter(user=actor.user).exists()
