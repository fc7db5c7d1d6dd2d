"""The pages of the training: courses, lessons, the certificate, and how far everybody is."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import localtime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import User
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.tenancy.models import PRACTICE
from banyan.core.web.accounts.signing import enter_organization
from banyan.core.web.answers import done, is_partial, page, part, tell
from banyan.core.web.help.finding import marked
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import FrameNotice
from banyan.core.web.presenting import told_day
from banyan.core.web.views.base import signed_in
from banyan.training.courses import Course, Lesson, filled, in_language, words_in
from banyan.training.jobs import start_closing
from banyan.training.models import Certificate
from banyan.training.queries import (
    CourseState,
    Learner,
    begun_courses,
    course_for,
    courses_for,
    everybody,
    is_trainer,
    learner_of,
    lessons_for,
    practice_language,
    sandbox_of,
    state_of,
)
from banyan.training.services import Finding, check_lesson, course_named, finish_lesson, practise, reset_course

URL = "/training"
RESULT = "lesson-result"


@signed_in("GET")
def courses(request: SignedInRequest) -> HttpResponse:
    """Show the courses, and how far the reader is with each."""
    learner = learner_of(request.actor)
    shown = [_course(state_of(learner, course)) for course in courses_for(learner)]
    context = {
        "courses": shown,
        "is_practising": learner.is_practising,
        "home": learner.home.organization.name,
        "has_sandbox": sandbox_of(learner) is not None,
        "is_trainer": is_trainer(request.actor),
    }
    return page(request, "training/courses.html", context)


@signed_in("GET")
def course_page(request: SignedInRequest, course: str) -> HttpResponse:
    """Show the lessons of a course."""
    learner = learner_of(request.actor)
    state = state_of(learner, course_for(learner, course))
    lessons = [_lesson(state, lesson) for lesson in state.lessons]
    return page(request, "training/course.html", {"course": _course(state), "lessons": lessons})


@signed_in("GET")
def lesson_page(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Show a lesson: what there is to know, and the exercise."""
    learner = learner_of(request.actor)
    found, one = _find(learner, course, lesson)
    state = state_of(learner, found)
    language = practice_language(learner)
    words = words_in(one.words, get_language() or "en")
    place = [entry.key for entry in state.lessons].index(one.key)
    following = state.lessons[place + 1] if place + 1 < len(state.lessons) else None
    context = {
        "course": _course(state),
        "lesson": _lesson(state, one),
        "text": [_told(line, found, language) for line in words.text.strip().split("\n\n")],
        "task": _told(words.task, found, language) if words.task else "",
        "page_url": one.page,
        "file": {"name": f"{one.file}.csv", "url": f"{URL}/{found.name}/files/{one.file}"} if one.file else None,
        "is_practising": learner.is_practising and begun_courses(request.actor.organization)[-1:] == [found.name],
        "following": _lesson(state, following) if following else None,
        "is_complete": state.next_lesson is None,
        "place": {"number": place + 1, "count": len(state.lessons)},
    }
    return page(request, "training/lesson.html", context)


@signed_in("POST")
def practise_lesson(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Make the place for practising if there is none, and go there."""
    learner = learner_of(request.actor)
    found, one = _find(learner, course, lesson)
    organization_id = practise(learner, found)
    if organization_id != request.actor.organization_id:
        enter_organization(request, organization_id)
    return HttpResponseRedirect(f"{URL}/{found.name}/{one.key}", status=303)


@signed_in("POST")
def check(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Look whether an exercise is done, and say what is missing."""
    learner = learner_of(request.actor)
    found, one = _find(learner, course, lesson)
    findings = check_lesson(request.actor, learner, found, one)
    address = f"{URL}/{found.name}/{one.key}"
    is_done = all(finding.is_there for finding in findings)
    if request.headers.get("HX-Target") == RESULT:
        if is_done:
            return tell(HttpResponse(status=204), visit={"url": address}, toast={"text": _praise(), "kind": "success"})
        return part(request, "training/_result.html", {"findings": findings})
    if is_done:
        return done(request, _praise(), next_url=address, visit={"url": address})
    return _say(request, next(finding for finding in findings if not finding.is_there), address)


@signed_in("POST")
def mark_read(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Note that a lesson without exercise was read, and go on."""
    learner = learner_of(request.actor)
    found, one = _find(learner, course, lesson)
    if one.is_exercise:
        raise Missing("not_found", _("This lesson has an exercise; have it checked."))
    finish_lesson(learner, found, one)
    following = state_of(learner, found).next_lesson
    return HttpResponseRedirect(f"{URL}/{found.name}" + (f"/{following.key}" if following else ""), status=303)


@signed_in("POST")
def leave(request: SignedInRequest) -> HttpResponse:
    """Go back from practising to where one works."""
    learner = learner_of(request.actor)
    if learner.is_practising:
        enter_organization(request, learner.home.organization_id)
    return HttpResponseRedirect(URL, status=303)


@signed_in("POST")
def close(request: SignedInRequest) -> HttpResponse:
    """Remove the place for practising; what was learned stays noted."""
    learner = learner_of(request.actor)
    if learner.is_practising:
        enter_organization(request, learner.home.organization_id)
        # Closing ends the sessions there: this one has to be noted as elsewhere before.
        request.session.save()
    if start_closing(learner):
        leave_message(request, _("The organization for practising is being removed. Your progress stays."))
    return HttpResponseRedirect(URL, status=303)


@signed_in("POST")
def reset(request: SignedInRequest, course: str) -> HttpResponse:
    """Let the reader begin a course anew."""
    learner = learner_of(request.actor)
    reset_course(learner.home, learner.user_id, course_for(learner, course))
    leave_message(request, _("You can begin the course anew."))
    return HttpResponseRedirect(f"{URL}/{course}", status=303)


@signed_in("GET")
def certificate(request: SignedInRequest, course: str) -> HttpResponse:
    """Show the reader's certificate, to be printed."""
    learner = learner_of(request.actor)
    state = state_of(learner, course_for(learner, course))
    return _certificate(request, learner.home, state.course, state.certificate)


@signed_in("GET")
def practice_file(request: SignedInRequest, course: str, name: str) -> HttpResponse:
    """Answer with a file to practise importing with."""
    learner = learner_of(request.actor)
    found = next((file for file in course_for(learner, course).files if file.name == name), None)
    if found is None:
        raise Missing("not_found", _("There is no such file."))
    text = in_language(found.texts, practice_language(learner))
    response = HttpResponse("\ufeff" + text.strip() + "\n", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@signed_in("GET")
def people(request: SignedInRequest) -> HttpResponse:
    """Show trainers how far everybody is."""
    _require_trainer(request.actor)
    rows = everybody(request.actor)
    titles = [_title(entry["course"]) for entry in rows[0]["courses"]] if rows else []
    return page(request, "training/people.html", {"rows": [_person(row) for row in rows], "titles": titles})


@signed_in("POST")
def reset_person(request: SignedInRequest, user_id: uuid.UUID, course: str) -> HttpResponse:
    """Let somebody else begin a course anew."""
    _require_trainer(request.actor)
    reset_course(request.actor, user_id, course_named(course))
    return done(request, _("The course can be begun anew."), next_url=f"{URL}/people", visit={"url": f"{URL}/people"})


@signed_in("GET")
def certificate_of(request: SignedInRequest, user_id: uuid.UUID, course: str) -> HttpResponse:
    """Show somebody else's certificate."""
    _require_trainer(request.actor)
    row = Certificate.objects.select_related("user").filter(user_id=user_id, course=course).first()
    return _certificate(request, request.actor, course_named(course), row)


def practice_notice(actor: Actor) -> FrameNotice | None:
    """Return what stands above every page where somebody practises: the exercise that is next."""
    if not actor.organization.is_practice or actor.organization.settings[PRACTICE].get("deleted"):
        return None
    begun = begun_courses(actor.organization)
    try:
        learner = learner_of(actor)
    except DomainError:
        return None
    state = state_of(learner, course_named(begun[-1])) if begun else None
    one = state.next_exercise if state else None
    if state is None or one is None:
        return FrameNotice(
            _("You practise here. Nothing reaches your real organization."), URL, _("To the training"), "info"
        )
    words = words_in(one.words, get_language() or "en")
    language = actor.organization.language
    text = filled(words.task, state.course.names, language).replace("**", "").replace("`", "")
    address = f"{URL}/{state.course.name}/{one.key}"
    return FrameNotice(
        _("Exercise: %(task)s") % {"task": text}, address, _("To the lesson"), "info",
        post_url=f"{address}/check", post_label=pgettext("training", "Check"),
    )  # fmt: skip


def _find(learner: Learner, course: str, lesson: str) -> tuple[Course, Lesson]:
    found = course_for(learner, course)
    with learner.at_home():
        one = next((entry for entry in lessons_for(learner.home, found) if entry.key == lesson), None)
    if one is None:
        raise Missing("not_found", _("There is no such lesson."))
    return found, one


def _require_trainer(actor: Actor) -> None:
    require_ability(actor, Ability.MANAGE_PEOPLE)
    if not is_trainer(actor):
        raise Missing("not_found", _("There is no such page."))


def _praise() -> str:
    return _("That is right. Well done!")


def _say(request: HttpRequest, finding: Finding, address: str) -> HttpResponse:
    """Tell what is missing, wherever the check was asked for."""
    if is_partial(request):
        return tell(HttpResponse(status=204), toast={"text": finding.text, "kind": "warning"})
    leave_message(request, finding.text, kind="warning")
    return HttpResponseRedirect(address, status=303)


def _told(text: str, course: Course, language: str) -> Markup:
    return marked(" ".join(filled(text, course.names, language).split("\n")))


def _title(course: Course) -> str:
    return str(words_in(course.words, get_language() or "en").title)


def _course(state: CourseState) -> dict[str, Any]:
    words = words_in(state.course.words, get_language() or "en")
    following = state.next_lesson
    return {
        "name": state.course.name,
        "icon": state.course.icon,
        "title": words.title,
        "text": words.text,
        "url": f"{URL}/{state.course.name}",
        "next_url": f"{URL}/{state.course.name}/{following.key}" if following else "",
        "count": state.count,
        "total": len(state.lessons),
        "percent": state.percent,
        "certificate_url": f"{URL}/{state.course.name}/certificate" if state.certificate else "",
    }


def _lesson(state: CourseState, lesson: Lesson) -> dict[str, Any]:
    words = words_in(lesson.words, get_language() or "en")
    return {
        "key": lesson.key,
        "title": words.title,
        "url": f"{URL}/{state.course.name}/{lesson.key}",
        "is_exercise": lesson.is_exercise,
        "is_done": lesson.key in state.done,
    }


def _person(row: dict[str, Any]) -> dict[str, Any]:
    user: User = row["user"]
    return {
        "id": user.pk,
        "name": user.name,
        "latest": told_day(localtime(row["latest"]).date()) if row["latest"] else "",
        "courses": [
            {
                **entry,
                "name": entry["course"].name,
                "title": _title(entry["course"]),
                "percent": 100 * entry["done"] // entry["count"] if entry["count"] else 0,
                "certificate_url": (
                    f"{URL}/people/{user.pk}/{entry['course'].name}/certificate" if entry["certificate"] else ""
                ),
            }
            for entry in row["courses"]
        ],
    }


def _certificate(request: SignedInRequest, actor: Actor, course: Course, row: Certificate | None) -> HttpResponse:
    if row is None:
        raise Missing("not_found", _("There is no certificate yet: lessons are still open."))
    context = {
        "person": actor.user.name if actor.user is not None and actor.user.pk == row.user_id else row.user.name,
        "title": _title(course),
        "text": words_in(course.words, get_language() or "en").text,
        "lessons": [words_in(lesson.words, get_language() or "en").title for lesson in lessons_for(actor, course)],
        "organization": actor.organization.name,
        "number": row.number,
        "day": told_day(localtime(row.issued_at).date()),
        "back_url": URL,
    }
    return page(request, "training/certificate.html", context)
